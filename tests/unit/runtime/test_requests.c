/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests on the simulated board: begun, ended, told, cancelled, and what a
 * container that ends leaves behind: nothing that runs, nothing that writes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <wio/abi.h>
#include <wio/runtime.h>

#include "packed.h"
#include "runtime/internal.h"
#include "sim/sim.h"

#define US UINT64_C(1000)
#define MS UINT64_C(1000000)
#define ARENA_BYTES 98304u

/* A reading: START and address, the pointer, again, two bytes, at 100 kHz. */
#define READING_NS ((10 + 9 + 10 + 2 * 9) * 10 * US)
#define POINTER 64u                /* guest addresses; the pointer is 0 */
#define READ_TO 72u

static struct wio_sim sim;
static struct wio_port port;
static struct wio_runtime *runtime;
static struct wio_report report;
static _Alignas(16) uint8_t runtime_memory[16384];
static _Alignas(16) uint8_t arena[ARENA_BYTES];
static uint8_t board[PACKED_FILE_BYTES];
static uint8_t image[PACKED_BYTES];
static wio_container_id id;

static void
load(void)
{
    const uint32_t len = packed_add(
        image, packed_read("requests", "wasm", image), "requests");

    wio_report_clear(&report);
    if (wio_runtime_load(runtime, image, len, arena, ARENA_BYTES, &id,
                         &report)) {
        fail_msg("load: %s", report.text);
    }
}

static uint32_t n_control;

static void
control(void *arg)
{
    (void)arg;
    n_control++;
}

static int
setup_with(bool can_submit)
{
    const struct wio_sim_config sim_config = {
        .scheduled = true, .request_ns = 200,
    };
    struct wio_runtime_config config = {
        .board = board,
        .memory = runtime_memory,
        .memory_bytes = sizeof(runtime_memory),
    };

    wio_sim_create(&sim, &sim_config);
    port = *wio_sim_port(&sim);
    config.port = &port;
    config.board_len = packed_read("requests_board", "dtb", board);
    if (wio_runtime_create(&config, &runtime, &report)) {
        fail_msg("create: %s", report.text);
    }
    if (!can_submit) {
        memset(runtime->buses, 0, sizeof(runtime->buses));
    }
    assert_int_equal(wio_runtime_host_task(runtime, "control", control, NULL),
                     0);
    load();
    return 0;
}

static int
setup(void **state)
{
    (void)state;
    return setup_with(true);
}

/* A port whose controllers do not go on by themselves. */
static int
setup_plain(void **state)
{
    (void)state;
    return setup_with(false);
}

/* With @n_args integers. */
static int32_t
call(const char *name, uint32_t n_args, ...)
{
    uint32_t args[4] = { 0 };
    uint32_t result = 0;
    uint32_t n;
    va_list list;

    va_start(list, n_args);
    for (uint32_t i = 0; i < n_args; i++) {
        args[i] = va_arg(list, uint32_t);
    }
    va_end(list);
    wio_report_clear(&report);
    if (wio_runtime_call(runtime, id, name, args, n_args, &result, 1, &n,
                         &report)) {
        fail_msg("%s: %s", name, report.text);
    }
    return (int32_t)result;
}

static int32_t
submit_reading(void)
{
    return call("submit", 4, POINTER, 1, READ_TO, 2);
}

static bool
is_faulted(void)
{
    struct wio_container_info info;

    assert_int_equal(wio_runtime_info(runtime, id, &info), 0);
    return info.state == WIO_STATE_FAULTED;
}

static void
pass(uint64_t ns)
{
    wio_sim_advance_ns(&sim, ns);
}

static struct wio_entity_info
entity(const char *name)
{
    struct wio_entity_info info;

    for (uint32_t i = 0; wio_runtime_entity(runtime, i, &info) == 0; i++) {
        if (strcmp(info.name, name) == 0) {
            return info;
        }
    }
    fail_msg("no entity %s", name);
    return info;
}

/* -- The way of a request ---------------------------------------------------------- */

static void
goes_on_while_the_guest_is_elsewhere(void **state)
{
    uint64_t began;
    int32_t request;

    (void)state;
    (void)wio_sim_set(&sim, "temperature", 25500);
    began = wio_sim_now_ns(&sim);
    request = submit_reading();
    assert_true(request > 0);
    /* The call took no time of the bus. */
    assert_true(wio_sim_now_ns(&sim) - began < READING_NS / 10);
    assert_int_equal(call("status", 1, request), WIO_ABI_REQUEST_ACTIVE);
    assert_int_equal(call("result", 1, request), WIO_ERR_WOULD_BLOCK);
    assert_int_equal(call("next-done", 0), WIO_ERR_WOULD_BLOCK);
    pass(READING_NS - 20 * US);
    assert_int_equal(call("status", 1, request), WIO_ABI_REQUEST_ACTIVE);
    pass(30 * US);
    assert_int_equal(call("status", 1, request), WIO_ABI_REQUEST_DONE);
    assert_int_equal(call("next-done", 0), request);
    assert_int_equal(call("result", 1, request), 2);
    assert_int_equal(call("peek", 1, READ_TO) & 0xffff, 0x8019);
    /* Taken once. */
    assert_int_equal(call("result", 1, request), WIO_ERR_BAD_HANDLE);
    assert_int_equal(call("status", 1, request), WIO_ERR_BAD_HANDLE);
    assert_int_equal(call("next-done", 0), WIO_ERR_WOULD_BLOCK);
}

static void
arguments_are_checked_before_anything_begins(void **state)
{
    (void)state;
    assert_int_equal(call("submit", 4, 65535, 2, READ_TO, 2), WIO_ERR_FAULT);
    assert_int_equal(call("submit", 4, POINTER, 1, 65535, 2), WIO_ERR_FAULT);
    assert_int_equal(call("submit", 4, 0xffffffff, 1, READ_TO, 2),
                     WIO_ERR_FAULT);
    assert_int_equal(call("submit", 4, POINTER, 1, 65537, 0), WIO_ERR_FAULT);
    assert_int_equal(call("submit", 4, POINTER, 5, READ_TO, 2),
                     WIO_ERR_NOT_PERMITTED);
    assert_int_equal(call("submit", 4, POINTER, 1, READ_TO, 5),
                     WIO_ERR_NOT_PERMITTED);
    assert_int_equal(call("submit", 4, POINTER, 0, READ_TO, 0),
                     WIO_ERR_INVALID_ARGUMENT);
    assert_int_equal(call("submit", 4, READ_TO, 2, READ_TO + 1, 2),
                     WIO_ERR_INVALID_ARGUMENT);
    assert_int_equal(call("submit-to", 1, 0x50), WIO_ERR_NOT_PERMITTED);
    assert_int_equal(call("submit-with", 1, 0), WIO_ERR_BAD_HANDLE);
    assert_int_equal(call("submit-read", 2, POINTER, 9), WIO_ERR_NOT_PERMITTED);
    assert_int_equal(call("submit-read", 2, POINTER, 0),
                     WIO_ERR_INVALID_ARGUMENT);
    assert_int_equal(call("submit-write", 2, 65535, 2), WIO_ERR_FAULT);
    assert_int_equal(call("cancel", 1, 0), WIO_ERR_BAD_HANDLE);
    assert_int_equal(call("result", 1, 0xffffffff), WIO_ERR_BAD_HANDLE);
    assert_int_equal(wio_sim_accesses(&sim, "i2c0"), 0);
    assert_int_equal(wio_sim_accesses(&sim, "uart0"), 0);
}

static void
no_more_than_declared(void **state)
{
    int32_t first = submit_reading();
    int32_t second = call("submit", 4, POINTER, 1, 80, 2);

    (void)state;
    assert_true(first > 0 && second > 0 && first != second);
    assert_int_equal(call("submit", 4, POINTER, 1, 88, 2), WIO_ERR_BUSY);
    assert_int_equal(call("status", 1, second), WIO_ABI_REQUEST_QUEUED);
    pass(3 * READING_NS);
    /* Done, but not taken: still there. */
    assert_int_equal(call("submit", 4, POINTER, 1, 88, 2), WIO_ERR_BUSY);
    assert_int_equal(call("next-done", 0), first);
    assert_int_equal(call("result", 1, first), 2);
    assert_int_equal(call("next-done", 0), second);
    /* In the same place, but not the same. */
    assert_true(call("submit", 4, POINTER, 1, 88, 2) > 0);
    assert_int_equal(call("status", 1, first), WIO_ERR_BAD_HANDLE);
}

/* Two devices on a bus: one after the other, each whole. */
static void
one_at_a_time_on_a_bus(void **state)
{
    char text[512];
    int32_t reading = submit_reading();
    int32_t memory = call("submit-memory", 4, POINTER, 1, 80, 2);

    (void)state;
    assert_int_equal(call("status", 1, memory), WIO_ABI_REQUEST_QUEUED);
    pass(3 * READING_NS);
    assert_int_equal(call("result", 1, reading), 2);
    assert_int_equal(call("result", 1, memory), 2);
    assert_int_equal(call("peek", 1, 80) & 0xffff, 0xffff);
    (void)wio_sim_trace(&sim, 0, text, sizeof(text));
    assert_non_null(strstr(text, "i2c0 S48w 00 S48r 19 00 P\n"
                                 "i2c0 S50w 00 S50r ff ff P\n"));
}

/* The transfers on the bus, one letter each: a reading of the sensor r, of the
 * memory m, anything else x. */
static void
expect_transfers(const char *expected)
{
    static const uint8_t whole[] = {
        WIO_SIM_OP_START_WRITE, WIO_SIM_OP_WRITE, WIO_SIM_OP_START_READ,
        WIO_SIM_OP_READ, WIO_SIM_OP_READ, WIO_SIM_OP_STOP
    };
    char seen[16] = "";
    uint32_t n = 0;
    uint32_t at = 0;
    bool good = true;

    for (uint64_t i = 0; i < sim.n_log && n < 15; i++) {
        const struct wio_sim_access *access = &sim.log[i];

        if (access->class != WIO_SIM_CLASS_I2C) {
            continue;
        }
        good &= at < sizeof(whole) && access->op == whole[at++];
        if (access->op == WIO_SIM_OP_STOP) {
            seen[n++] = !good ? 'x' : access->offset == 0x48 ? 'r' : 'm';
            at = 0;
            good = true;
        }
    }
    assert_string_equal(seen, expected);
}

/* A handler submits while main is in a call: behind it. */
static void
a_call_is_not_disturbed(void **state)
{
    (void)state;
    (void)call("enable-sent", 0);
    (void)call("set-handler", 1, 1);
    (void)call("set-mode", 1, 4);
    pass(20 * MS);
    assert_int_equal(call("waited", 0), 0);
    assert_int_equal(call("result", 1, call("last", 0)), 2);
    expect_transfers("rr");
}

/* What a handler asks for goes before what the background asked for earlier. */
static void
the_more_urgent_is_first(void **state)
{
    (void)state;
    (void)call("enable-sent", 0);
    (void)call("set-handler", 1, 1);
    (void)call("submit-write", 2, POINTER, 1);
    (void)call("submit", 4, POINTER, 1, 88, 2);
    (void)call("submit-memory", 4, POINTER, 1, 80, 2);
    pass(4 * READING_NS);
    expect_transfers("rrm");
}

/* A call does not wait for a request, nor a request end a call. */
static void
a_call_is_refused_meanwhile(void **state)
{
    int32_t request = submit_reading();

    (void)state;
    assert_int_equal(call("write-read", 4, 96, 1, 100, 2), WIO_ERR_BUSY);
    pass(2 * READING_NS);
    assert_int_equal(call("write-read", 4, 96, 1, 100, 2), 0);
    assert_int_equal(call("result", 1, request), 2);
}

static void
beginnings_keep_their_distance(void **state)
{
    uint64_t began = wio_sim_now_ns(&sim);
    int32_t first = call("submit-memory", 4, POINTER, 1, 80, 1);
    int32_t second = call("submit-memory", 4, POINTER, 1, 84, 1);

    (void)state;
    pass(1500 * US);
    assert_int_equal(call("status", 1, first), WIO_ABI_REQUEST_DONE);
    assert_int_equal(call("status", 1, second), WIO_ABI_REQUEST_QUEUED);
    /* The bus is free for others until then. */
    assert_int_equal(call("write-read", 4, 96, 1, 100, 2), 0);
    pass(began + 2050 * US - wio_sim_now_ns(&sim));
    assert_int_equal(call("status", 1, second), WIO_ABI_REQUEST_ACTIVE);
    pass(MS);
    assert_int_equal(call("status", 1, second), WIO_ABI_REQUEST_DONE);
}

/* -- Lent buffers ------------------------------------------------------------------ */

static void
lent_buffers_are_refused(void **state)
{
    int32_t request = submit_reading();

    (void)state;
    assert_true(request > 0);
    /* What is received into: nobody else writes or sends it. */
    assert_int_equal(call("submit-memory", 4, 96, 1, READ_TO + 1, 2),
                     WIO_ERR_BUSY);
    assert_int_equal(call("submit-memory", 4, READ_TO, 2, 96, 2), WIO_ERR_BUSY);
    assert_int_equal(call("uart-write", 2, READ_TO - 3, 4), WIO_ERR_BUSY);
    assert_int_equal(call("submit-read", 2, READ_TO - 3, 4), WIO_ERR_BUSY);
    /* What is sent may be sent once more, not received into. */
    assert_int_equal(call("submit-memory", 4, 96, 1, POINTER - 1, 2),
                     WIO_ERR_BUSY);
    assert_int_equal(call("uart-write", 2, POINTER - 3, 4), 4);
    assert_int_equal(call("info", 1, READ_TO - 15), WIO_ERR_BUSY);
    assert_int_equal(call("info", 1, POINTER), WIO_ERR_BUSY);
    /* Beside it is free. */
    assert_int_equal(call("info", 1, READ_TO + 2), 16);
    assert_int_equal(call("uart-write", 2, READ_TO - 4, 4), 4);
    assert_int_equal(call("uart-write", 2, READ_TO + 2, 4), 4);
    pass(2 * READING_NS);
    assert_int_equal(call("uart-write", 2, READ_TO, 2), 2);
    assert_int_equal(call("result", 1, request), 2);
}

/* -- Errors and time --------------------------------------------------------------- */

static void
expect_error(const char *fault, int32_t code)
{
    int32_t request;

    assert_int_equal(wio_sim_script(&sim, fault, &report), 0);
    request = submit_reading();
    pass(5 * MS);
    assert_int_equal(call("result", 1, request), code);
    /* And the bus is free. */
    assert_int_equal(call("write-read", 4, 96, 1, 100, 2), 0);
}

static void
errors_are_results(void **state)
{
    (void)state;
    expect_error("fault i2c0:nack-address", WIO_ERR_I2C_NACK_ADDRESS);
    expect_error("fault i2c0:nack-data=0", WIO_ERR_I2C_NACK_DATA);
    expect_error("fault i2c0:arbitration", WIO_ERR_I2C_ARBITRATION);
    expect_error("fault i2c0:stuck", WIO_ERR_I2C_BUS);
    expect_error("fault i2c0:hang", WIO_ERR_TIMEOUT);
    expect_error("fault i2c0:hang=1", WIO_ERR_TIMEOUT);
    expect_error("fault i2c0:late=2900", WIO_ERR_TIMEOUT);
    expect_error("fault i2c0:late=1000", 2);
}

/* The device acknowledges and hangs (sddf#212). */
static void
time_ends_what_hangs(void **state)
{
    int32_t request;

    (void)state;
    assert_int_equal(wio_sim_script(&sim, "fault i2c0:hang=1", &report), 0);
    (void)call("enable", 0);
    request = submit_reading();
    pass(2950 * US);
    assert_int_equal(call("status", 1, request), WIO_ABI_REQUEST_ACTIVE);
    pass(100 * US);
    assert_int_equal(call("status", 1, request), WIO_ABI_REQUEST_DONE);
    assert_int_equal(call("result", 1, request), WIO_ERR_TIMEOUT);
    assert_int_equal(call("handled", 0), 1);  /* told as any other end */
}

/* -- Cancel ------------------------------------------------------------------------ */

/* At every microsecond of its way: it ends there, and nothing comes after. */
static void
cancel_wins_or_loses_in_every_phase(void **state)
{
    uint32_t n_lost = 0;

    (void)state;
    for (uint64_t at = 0; at < READING_NS + 100 * US; at += 7 * US) {
        int32_t request;
        uint32_t n_log;
        int32_t result;

        (void)call("poke", 2, READ_TO, 0x55555555);
        request = submit_reading();
        assert_true(request > 0);
        pass(at);
        assert_int_equal(call("cancel", 1, request), 0);
        assert_int_equal(call("status", 1, request), WIO_ABI_REQUEST_DONE);
        n_log = (uint32_t)sim.n_log;
        result = call("peek", 1, READ_TO);
        pass(2 * READING_NS);
        assert_int_equal(sim.n_log, n_log);
        assert_int_equal(call("peek", 1, READ_TO), result);
        n_lost += result == 0x55550019;
        result = call("result", 1, request);
        assert_true(result == WIO_ERR_CANCELLED || result == 2);
        n_lost -= result == 2;
        assert_int_equal(call("write-read", 4, 96, 1, 100, 2), 0);
    }
    assert_int_equal(n_lost, 0);
}

static void
cancel_of_one_that_waits_its_turn(void **state)
{
    int32_t first = submit_reading();
    int32_t second = call("submit", 4, POINTER, 1, 80, 2);
    int32_t third = call("submit-memory", 4, POINTER, 1, 88, 2);

    (void)state;
    assert_int_equal(call("cancel", 1, second), 0);
    assert_int_equal(call("result", 1, second), WIO_ERR_CANCELLED);
    pass(3 * READING_NS);
    assert_int_equal(call("result", 1, first), 2);
    assert_int_equal(call("result", 1, third), 2);
    assert_int_equal(call("peek", 1, 80), 0);
    /* Cancelled when it had ended: it keeps its result. */
    first = submit_reading();
    pass(2 * READING_NS);
    assert_int_equal(call("cancel", 1, first), 0);
    assert_int_equal(call("result", 1, first), 2);
}

/* -- Handles that go while they are used ---------------------------------------- */

static struct wio_port_core_ops core;
static void (*sim_restore)(void *ctx, uint32_t key);

/* Where an interrupt comes that was kept out: its handler faults, once the
 * request has its place. */
static void
restore_and_revoke(void *ctx, uint32_t key)
{
    struct wio_container *container = wio_runtime_find_(runtime, id);

    sim_restore(ctx, key);
    for (uint32_t i = 0; i < container->bind.requests.n_slots; i++) {
        if (container->bind.requests.slots[i].on_bus.state ==
            WIO_BUS_ACTIVE) {
            wio_caps_revoke_all(&container->bind.caps);
        }
    }
}

static void
expect_none(const char *name, uint32_t n_args, uint32_t w, uint32_t w_len)
{
    uint32_t n_log = (uint32_t)sim.n_log;
    int32_t request;

    core = *port.core;
    sim_restore = core.irq_restore;
    core.irq_restore = restore_and_revoke;
    port.core = &core;
    request = call(name, n_args, w, w_len, (uint32_t)READ_TO, 2u);
    core.irq_restore = sim_restore;
    assert_true(request > 0);
    assert_int_equal(call("result", 1, request), WIO_ERR_BAD_HANDLE);
    assert_int_equal(sim.n_log, n_log);
}

static void
plain_i2c_submit_meets_a_withdrawn_handle(void **state)
{
    (void)state;
    expect_none("submit", 4, POINTER, 1);
}

static void
plain_uart_submit_meets_a_withdrawn_handle(void **state)
{
    (void)state;
    expect_none("submit-write", 2, POINTER, 1);
}

/* -- Events ------------------------------------------------------------------------ */

static void
completion_is_an_event(void **state)
{
    struct wio_entity_info info;

    (void)state;
    (void)call("enable", 0);
    (void)submit_reading();
    pass(READING_NS + 50 * US);
    assert_int_equal(call("handled", 0), 1);
    assert_int_equal(call("events", 0), 1);
    info = entity("requests done");
    assert_int_equal(info.activations, 1);
    assert_true(info.max_response_ns <= info.response_ns);
}

/* One that came before its line was enabled is dropped, and counted there; the
 * request itself is not lost. */
static void
completion_before_enable(void **state)
{
    int32_t request = submit_reading();

    (void)state;
    pass(2 * READING_NS);
    (void)call("enable", 0);
    pass(MS);
    assert_int_equal(call("handled", 0), 0);
    assert_int_equal(call("next-done", 0), request);
    assert_int_equal(call("result", 1, request), 2);
    (void)submit_reading();
    pass(2 * READING_NS);
    assert_int_equal(call("handled", 0), 1);
}

/* Two within T: one activation more, which is told how many. */
static void
completions_coalesce_within_t(void **state)
{
    (void)state;
    (void)call("enable", 0);
    (void)submit_reading();
    (void)call("submit", 4, POINTER, 1, 80, 1);
    pass(1050 * US);
    assert_int_equal(call("handled", 0), 1);  /* the second waits for T */
    pass(2 * MS);
    assert_int_equal(call("handled", 0), 2);
    assert_int_equal(call("events", 0), 2);
}

static void
a_handler_submits_the_next(void **state)
{
    (void)state;
    (void)call("enable", 0);
    (void)call("set-handler", 1, 1);
    (void)submit_reading();
    pass(READING_NS + 200 * US);
    assert_int_equal(call("status", 1, call("last", 0)), WIO_ABI_REQUEST_ACTIVE);
    pass(2 * MS);
    /* Two slots, none taken: the third was refused. */
    assert_int_equal(call("handled", 0), 2);
    assert_int_equal(call("last", 0), WIO_ERR_BUSY);
}

static void
main_waits_for_its_request(void **state)
{
    (void)state;
    (void)call("enable", 0);
    (void)call("set-mode", 1, 2);
    pass(20 * MS);
    assert_int_equal(call("waited", 0), 1);
    assert_int_equal(call("result", 1, call("last", 0)), 2);
    assert_true(entity("requests main").max_run_ns < READING_NS / 2);
}

/* -- Ends of a container ----------------------------------------------------------- */

/* What the device, the bus and the memory see from now on. */
static void
expect_nothing_more(void)
{
    uint64_t n_log = sim.n_log;
    uint32_t n_interrupts = sim.n_request_interrupts;
    static uint8_t before[ARENA_BYTES];

    memcpy(before, arena, sizeof(before));
    pass(20 * MS);
    assert_int_equal(sim.n_log, n_log);
    assert_int_equal(sim.n_request_interrupts, n_interrupts);
    assert_memory_equal(before, arena, sizeof(before));
}

static void
expect_bus_is_free(void)
{
    const struct wio_sim_access *last = NULL;

    for (uint64_t i = 0; i < sim.n_log; i++) {
        if (sim.log[i % WIO_SIM_LOG].class == WIO_SIM_CLASS_I2C) {
            last = &sim.log[i % WIO_SIM_LOG];
        }
    }
    assert_true(last && last->op == WIO_SIM_OP_STOP);
}

/* Kill with a transfer under way (tock#2906), in each phase. */
static void
unload_leaves_nothing_running(void **state)
{
    (void)state;
    for (uint64_t at = 0; at < READING_NS; at += 13 * US) {
        (void)submit_reading();
        (void)call("submit-memory", 4, POINTER, 1, 80, 2);
        (void)call("submit-write", 2, POINTER, 8);
        (void)call("submit-read", 2, 120, 8);
        (void)call("spi-submit", 4, POINTER, 8, 200, 8);
        pass(at);
        assert_int_equal(wio_runtime_unload(runtime, id), 0);
        expect_bus_is_free();
        memset(arena, 0xa5, sizeof(arena));   /* somebody else's now */
        (void)wio_sim_feed(&sim, "uart0", "late", 4);
        expect_nothing_more();
        (void)wio_sim_set(&sim, "uart0.loopback", 0);
        wio_sim_create(&sim, NULL);
        setup(NULL);
    }
}

static void
expect_fault_ends_all(void)
{
    int64_t led = 1;

    (void)call("submit-memory", 4, POINTER, 1, 80, 2);
    (void)call("submit-write", 2, POINTER, 8);
    (void)call("submit-read", 2, 120, 8);
    while (!is_faulted() && wio_sim_now_ns(&sim) < 100 * MS) {
        pass(100 * US);
    }
    assert_true(is_faulted());
    expect_bus_is_free();
    assert_int_equal(wio_sim_get(&sim, "gpio0.1", &led), 0);
    assert_int_equal(led, 0);
    expect_nothing_more();
}

static void
a_trap_ends_all(void **state)
{
    (void)state;
    (void)call("set-mode", 1, 1);             /* main submits and traps */
    expect_fault_ends_all();
}

static void
the_end_of_a_budget_ends_all(void **state)
{
    (void)state;
    (void)call("set-mode", 1, 3);
    expect_fault_ends_all();
}

static void
a_trap_in_a_handler_ends_all(void **state)
{
    (void)state;
    (void)call("enable", 0);
    (void)call("set-handler", 1, 2);
    (void)submit_reading();
    expect_fault_ends_all();
}

/* -- Controllers that do not go on by themselves ------------------------------------ */

static void
as_a_plain_call_it_is_over_at_once(void **state)
{
    uint64_t began = wio_sim_now_ns(&sim);
    int32_t request;

    (void)state;
    (void)call("enable", 0);
    request = submit_reading();
    assert_true(wio_sim_now_ns(&sim) - began >= READING_NS);
    assert_int_equal(call("status", 1, request), WIO_ABI_REQUEST_DONE);
    assert_int_equal(call("cancel", 1, request), 0);
    assert_int_equal(call("result", 1, request), 2);
    assert_int_equal(call("peek", 1, READ_TO) & 0xffff, 0x19);
    pass(100 * US);
    assert_int_equal(call("handled", 0), 1);
}

/* Where it would take time of a handler. */
static void
not_from_a_handler_then(void **state)
{
    (void)state;
    (void)call("enable", 0);
    (void)call("set-handler", 1, 1);
    (void)submit_reading();
    pass(MS);
    assert_int_equal(call("last", 0), WIO_ERR_WOULD_BLOCK);
}

/* Its number is told when it has ended: a handler that guesses it in the middle
 * of the call has none, and cancels nothing that goes on. */
static void
has_no_number_before_it_has_ended(void **state)
{
    const int32_t first = submit_reading();
    const int32_t second = call("submit", 4, POINTER, 1, 80, 2);
    const int32_t guess = (int32_t)wio_handle_next((uint32_t)second);

    (void)state;
    assert_int_equal(call("result", 1, first), 2);
    assert_int_equal(call("result", 1, second), 2);
    (void)call("enable-sent", 0);
    (void)call("set-handler", 1, 3);
    (void)call("poke", 2, 128, guess);
    (void)call("set-mode", 1, 5);
    pass(20 * MS);
    assert_int_equal(call("handled", 0), 2);
    assert_int_equal(call("last", 0), guess);
    assert_int_equal(call("peek", 1, 132), WIO_ERR_BAD_HANDLE);
    assert_int_equal(call("peek", 1, 136), WIO_ERR_BAD_HANDLE);
    assert_int_equal(call("result", 1, guess), 2);
}

/* -- UART -------------------------------------------------------------------------- */

static void
uart_both_ways_at_once(void **state)
{
    uint8_t sent[8];
    int32_t out;
    int32_t in;

    (void)state;
    (void)call("poke", 2, 128, 0x64636261);
    in = call("submit-read", 2, 120, 4);
    out = call("submit-write", 2, 128, 4);
    (void)wio_sim_feed(&sim, "uart0", "wxyz", 4);
    assert_int_equal(call("status", 1, in), WIO_ABI_REQUEST_ACTIVE);
    pass(MS);
    assert_int_equal(call("result", 1, out), 4);
    assert_int_equal(call("result", 1, in), 4);
    assert_int_equal(call("peek", 1, 120), 0x7a797877);
    assert_int_equal(wio_sim_take(&sim, "uart0", sent, 8), 4);
    assert_memory_equal(sent, "abcd", 4);
}

/* What has come by the end of its time, or until it is cancelled, counts. */
static void
uart_reads_what_there_is(void **state)
{
    int32_t in = call("submit-read", 2, 120, 8);

    (void)state;
    (void)wio_sim_feed(&sim, "uart0", "abc", 3);
    pass(5 * MS);
    assert_int_equal(call("result", 1, in), 3);
    in = call("submit-read", 2, 120, 8);
    pass(5 * MS);
    assert_int_equal(call("result", 1, in), WIO_ERR_TIMEOUT);
    in = call("submit-read", 2, 120, 8);
    (void)wio_sim_feed(&sim, "uart0", "de", 2);
    pass(MS);
    (void)call("cancel", 1, in);
    assert_int_equal(call("result", 1, in), 2);
}

/* -- SPI --------------------------------------------------------------------------- */

static void
spi_exchanges(void **state)
{
    int32_t request;

    (void)state;
    assert_int_equal(call("spi-submit", 4, 96, 4, 104, 3),
                     WIO_ERR_INVALID_ARGUMENT);
    assert_int_equal(call("spi-submit", 4, 96, 0, 104, 0),
                     WIO_ERR_INVALID_ARGUMENT);
    assert_int_equal(call("spi-submit", 4, 96, 9, 112, 9),
                     WIO_ERR_NOT_PERMITTED);
    assert_int_equal(call("spi-submit", 4, 65534, 4, 104, 4), WIO_ERR_FAULT);
    assert_int_equal(wio_sim_accesses(&sim, "spi0"), 0);
    (void)call("poke", 2, 96, 0x9f);       /* JEDEC ID */
    request = call("spi-submit", 4, 96, 4, 104, 4);
    assert_int_equal(call("status", 1, request), WIO_ABI_REQUEST_ACTIVE);
    assert_int_equal(call("spi-transfer", 3, 96, 112, 4), WIO_ERR_BUSY);
    pass(100 * US);
    assert_int_equal(call("result", 1, request), 4);
    assert_int_equal(call("peek", 1, 104), 0x1450efff);
    assert_int_equal(call("spi-transfer", 3, 96, 112, 4), 0);
    pass(MS);
    assert_int_equal(wio_sim_script(&sim, "fault spi0:hang", &report), 0);
    request = call("spi-submit", 4, 96, 4, 0, 0);
    pass(500 * US);
    assert_int_equal(call("status", 1, request), WIO_ABI_REQUEST_ACTIVE);
    pass(600 * US);
    assert_int_equal(call("result", 1, request), WIO_ERR_TIMEOUT);
    assert_int_equal(call("spi-transfer", 3, 96, 112, 4), 0);
}

/* -- Time of others ---------------------------------------------------------------- */

/* The interrupts of requests are in everybody's response time. */
static void
interrupts_are_admitted(void **state)
{
    struct wio_entity_info before = entity("control");
    struct wio_entity_info after;
    uint64_t end = wio_sim_now_ns(&sim) + 100 * MS;

    (void)state;
    (void)call("enable", 0);
    while (wio_sim_now_ns(&sim) < end) {
        int32_t request = submit_reading();

        (void)call("submit-memory", 4, POINTER, 1, 80, 8);
        (void)call("submit-write", 2, POINTER, 8);
        pass(600 * US);
        while ((request = call("next-done", 0)) > 0) {
            (void)call("result", 1, request);
        }
    }
    after = entity("control");
    assert_true(after.activations > 50);
    assert_true(after.max_response_ns <= after.response_ns);
    assert_int_equal(wio_runtime_unload(runtime, id), 0);
    assert_true(entity("control").response_ns < before.response_ns);
}

/* By hand: 4 bytes and an address each way, beginning and end as 13, one transfer
 * carried into the window and one begun in it. */
static void
interrupts_are_in_the_response_time(void **state)
{
    static struct wio_board some;
    struct wio_need need = { .class = WIO_NEED_I2C_DEVICE };
    const struct wio_container_config config = { .needs = &need,
                                                 .n_needs = 1 };
    struct wio_grant grant = {
        .granted = true, .class = WIO_NEED_I2C_DEVICE, .n_requests = 1,
        .request_interval_us = 500,
        .of.i2c = { .max_transfer = 4, .timeout_us = 100 },
    };
    const struct wio_plan_container container = { &config, &grant };
    struct wio_plan plan;
    struct wio_report said = { 0 };

    (void)state;
    memset(&some, 0, sizeof(some));
    some.policy.costs.request_ns = 100;
    some.policy.costs.stub_ns = 30;
    some.policy.costs.timer_ns = 7;
    some.policy.costs.timer_each_ns = 1;
    some.policy.n_tasks = 1;
    some.policy.tasks[0] = (struct wio_task_decl){
        { (const uint8_t *)"task", 4 }, 1000, 10, 500, 0xff
    };
    assert_int_equal(wio_plan_make(&plan, &some, 8, &container, 1, &said), 0);
    assert_int_equal(plan.set.costs.timer_ns, 10);
    assert_int_equal(plan.entities[0].response_ns,
                     10000 + 10 + 2 * (23 * 100 + 30 + 2 * 10));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup(name, setup)
        T(goes_on_while_the_guest_is_elsewhere),
        T(arguments_are_checked_before_anything_begins),
        T(no_more_than_declared),
        T(one_at_a_time_on_a_bus),
        T(a_call_is_refused_meanwhile),
        T(beginnings_keep_their_distance),
        T(lent_buffers_are_refused),
        T(errors_are_results),
        T(time_ends_what_hangs),
        T(cancel_wins_or_loses_in_every_phase),
        T(cancel_of_one_that_waits_its_turn),
        T(completion_is_an_event),
        T(completion_before_enable),
        T(completions_coalesce_within_t),
        T(a_handler_submits_the_next),
        T(main_waits_for_its_request),
        T(unload_leaves_nothing_running),
        T(a_trap_ends_all),
        T(the_end_of_a_budget_ends_all),
        T(a_trap_in_a_handler_ends_all),
        T(uart_both_ways_at_once),
        T(uart_reads_what_there_is),
        T(spi_exchanges),
        T(interrupts_are_admitted),
        T(a_call_is_not_disturbed),
        T(the_more_urgent_is_first),
        cmocka_unit_test(interrupts_are_in_the_response_time),
        cmocka_unit_test_setup(as_a_plain_call_it_is_over_at_once,
                               setup_plain),
        cmocka_unit_test_setup(not_from_a_handler_then, setup_plain),
        cmocka_unit_test_setup(has_no_number_before_it_has_ended,
                               setup_plain),
        cmocka_unit_test_setup(plain_i2c_submit_meets_a_withdrawn_handle,
                               setup_plain),
        cmocka_unit_test_setup(plain_uart_submit_meets_a_withdrawn_handle,
                               setup_plain),
#undef T
    };

    return cmocka_run_group_tests_name("requests", tests, NULL, NULL);
}
