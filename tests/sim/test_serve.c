/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Containers that serve containers: `loop` drives a bus, `user-a` and `user-b`
 * have a chip each on it. What the provider does for a first byte is in
 * serve.h. Whatever one of them does, the others go on and nobody is later
 * than computed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <wio/abi.h>
#include <wio/runtime.h>

#include "runtime/internal.h"
#include "serve.h"
#include "sim/sim.h"

#define MS UINT64_C(1000000)
#define USER_LINE 6u               /* of pulse@6000 */
#define LOOP_LINE 9u
#define BLOCK 5u                   /* the bus's registers: the sixth block */
#define RELEASE 1u                 /* kinds of the trace */
#define FAULT 10u
#define SERVE 15u
#define SERVED 16u

/* What a consumer does, see serve_user.c. */
enum { PLAIN, TRANSACTION, TWICE, AFTER_WORK, POLL, POLL_OTHER };

static struct wio_sim sim;
static struct wio_runtime *runtime;
static struct wio_report report;
static uint64_t runtime_memory[16384];
static uint64_t arenas[4][4096];
static uint8_t modules[4][16384];
static uint8_t board[32768];
static wio_container_id loop, a, b;

static uint32_t
read_file(const char *path, uint8_t *bytes, uint32_t size)
{
    FILE *file = fopen(path, "rb");
    size_t n;

    if (file == NULL) {
        fail_msg("cannot open %s", path);
    }
    n = fread(bytes, 1, size, file);
    (void)fclose(file);
    assert_true(n > 0 && n < size);
    return (uint32_t)n;
}

static int
try_load(uint32_t place, const char *name, wio_container_id *id)
{
    char path[512];
    uint32_t n;

    snprintf(path, sizeof path, "%s/%s.wasm", SERVE_CONTAINERS, name);
    n = read_file(path, modules[place], sizeof modules[place]);
    wio_report_clear(&report);
    return wio_runtime_load(runtime, modules[place], n, arenas[place],
                            sizeof arenas[place], id, &report);
}

static wio_container_id
load(uint32_t place, const char *name)
{
    wio_container_id id = 0;

    if (try_load(place, name, &id)) {
        fail_msg("%s: %s", name, report.text);
    }
    return id;
}

static void
expect_refused(uint32_t place, const char *name, int code, const char *why)
{
    wio_container_id id = 0;

    assert_int_equal(try_load(place, name, &id), code);
    if (!strstr(report.text, why)) {
        fail_msg("%s", report.text);
    }
}

static void
host_task(void *arg)
{
    (void)arg;
    wio_sim_advance_ns(&sim, 1000);
}

static int
setup(void **state)
{
    const struct wio_sim_config sim_config = {
        .mmio_ns = 50, .scheduled = true, .stub_ns = 500, .timer_ns = 300,
    };
    struct wio_runtime_config config = {
        .board = board,
        .board_len = read_file(SERVE_BOARD, board, sizeof board),
        .memory = runtime_memory,
        .memory_bytes = sizeof runtime_memory,
        .trace_entries = 4096,
    };

    (void)state;
    wio_report_clear(&report);
    wio_sim_create(&sim, &sim_config);
    config.port = wio_sim_port(&sim);
    if (wio_runtime_create(&config, &runtime, &report)) {
        fail_msg("create: %s", report.text);
    }
    assert_int_equal(wio_runtime_host_task(runtime, "control", host_task,
                                           NULL), 0);
    return 0;
}

static int
setup_three(void **state)
{
    (void)setup(state);
    loop = load(0, "serve_loop");
    a = load(1, "serve_user_a");
    /* So user-b is released while user-a is in its call. */
    wio_sim_advance_ns(&sim, 300000);
    b = load(2, "serve_user_b");
    return 0;
}

static uint32_t
call(wio_container_id id, const char *name, uint32_t first, uint32_t n,
     uint32_t how, uint32_t n_args)
{
    const uint32_t args[3] = { first, n, how };
    uint32_t result = 0;
    uint32_t n_results;

    wio_report_clear(&report);
    if (wio_runtime_call(runtime, id, name, args, n_args, &result, 1,
                         &n_results, &report)) {
        fail_msg("%s: %s", name, report.text);
    }
    return result;
}

static int32_t
try_now(wio_container_id id, uint32_t first, uint32_t n, uint32_t how)
{
    return (int32_t)call(id, "try", first, n, how, 3);
}

/* By its main, at its level; 1: it has not run. */
static int32_t
try_main(wio_container_id id, uint32_t first, uint32_t n, uint32_t how)
{
    (void)call(id, "arm", first, n, how, 3);
    wio_sim_advance_ns(&sim, 80 * MS);
    return (int32_t)call(id, "result", 0, 0, 0, 0);
}

static struct wio_container_info
info(wio_container_id id)
{
    struct wio_container_info of;

    assert_int_equal(wio_runtime_info(runtime, id, &of), 0);
    return of;
}

static void
expect_state(wio_container_id id, enum wio_container_state state)
{
    struct wio_container_info of = info(id);

    if (of.state != state) {
        fail_msg("%s is in state %d: %s", of.model, (int)of.state,
                 of.fault.text);
    }
}

static void
expect_in_time(void)
{
    struct wio_entity_info of;

    for (uint32_t i = 0; wio_runtime_entity(runtime, i, &of) == 0; i++) {
        if (of.max_response_ns > of.response_ns || of.missed != 0 ||
            of.overruns != 0) {
            fail_msg("%s took %llu ns, computed were %llu; %u missed, %u "
                     "overruns", of.name,
                     (unsigned long long)of.max_response_ns,
                     (unsigned long long)of.response_ns, of.missed,
                     of.overruns);
        }
    }
}

/* What was written to the first register, call by call; how many. */
static uint32_t
calls_seen(uint64_t from, uint32_t *values, uint32_t max)
{
    uint32_t n = 0;

    for (uint64_t i = from; i < sim.n_log; i++) {
        const struct wio_sim_access *access = &sim.log[i % WIO_SIM_LOG];

        if (access->class == WIO_SIM_CLASS_MMIO && access->index == BLOCK &&
            access->op == WIO_SIM_OP_WRITE && access->offset == 0 &&
            n < max) {
            values[n++] = access->value;
        }
    }
    return n;
}

static uint32_t
last_flags(void)
{
    return sim.mmio[BLOCK].plain[2];
}

/* -- Served ------------------------------------------------------------------ */

static void
bytes_go_there_and_back(void **state)
{
    (void)state;
    assert_int_equal(try_now(a, SERVE_NOTHING, 16, PLAIN), 0);
    assert_int_equal(try_now(b, SERVE_NOTHING, 64, PLAIN), 0);
    assert_int_equal(try_main(a, SERVE_NOTHING, 33, TWICE), 0);
    assert_int_equal(try_main(b, SERVE_NOTHING, 1, PLAIN), 0);
    expect_state(loop, WIO_STATE_RUNNING);
    expect_in_time();
}

static void
chip_is_selected_as_the_transaction_says(void **state)
{
    const uint64_t from = sim.n_log;
    const uint32_t un = WIO_ABI_SERVE_UNSELECTED << 16;
    const uint32_t select = WIO_ABI_SERVE_SELECT << 16;
    const uint32_t release = WIO_ABI_SERVE_RELEASE << 16;
    /* chip-b: select 1, CPOL; 20 bytes each way by a buffer of 16; the delay
     * at the end is in front of the release. */
    const uint32_t chip = 1u << 24 | WIO_ABI_SERVE_CPOL << 16;
    const uint32_t want[] = {
        chip | un | 2, chip | select | 16, chip | 4, chip | 16, chip | 4,
        chip | release,
    };
    uint32_t values[16];

    (void)state;
    assert_int_equal(try_now(b, SERVE_NOTHING, 20, TRANSACTION), 0);
    assert_int_equal(calls_seen(from, values, 16), 6);
    assert_memory_equal(values, want, sizeof want);
}

/* 0xfd00: the first byte SILENT, the second 0xee, 2380 bytes; nothing else. A
 * poll takes what time there is, and no provider is blamed for its length. */
static void
poll_ends_with_its_answer_or_its_time(void **state)
{
    (void)state;
    assert_int_equal(try_main(b, SERVE_SILENT, 4000, POLL), 0);
    assert_int_equal(try_now(b, SERVE_SILENT, 4000, POLL), 0);
    assert_int_equal(try_now(b, SERVE_SILENT, 4000, POLL_OTHER),
                     WIO_ERR_SPI_OTHER);
    assert_true(last_flags() & WIO_ABI_SERVE_RELEASE);
    assert_int_equal(try_now(b, SERVE_SILENT, 100, POLL), WIO_ERR_TIMEOUT);
    assert_true(last_flags() & WIO_ABI_SERVE_RELEASE);
    assert_int_equal(try_main(b, SERVE_SILENT, 40000000, POLL), 0);
    expect_state(loop, WIO_STATE_RUNNING);
    expect_in_time();
}

static void
calls_run_at_the_level_of_the_caller(void **state)
{
    struct wio_trace_record records[256];
    struct wio_entity_info of;
    uint32_t next = 0;
    uint32_t lost;
    uint32_t slot = 0xff;
    uint32_t runs = 0xff;
    uint32_t seen = 0;
    uint32_t n;

    (void)state;
    for (uint32_t i = 0; wio_runtime_entity(runtime, i, &of) == 0; i++) {
        if (strcmp(of.name, "user-b main") == 0) {
            slot = of.slot;
        }
        assert_null(strstr(of.name, "loop main"));
    }
    assert_int_equal(try_main(b, SERVE_NOTHING, 16, PLAIN), 0);
    while ((n = wio_runtime_trace(runtime, &next, records, 256, &lost)) > 0) {
        for (uint32_t i = 0; i < n; i++) {
            if (records[i].kind == 2) {
                runs = records[i].who;
            } else if (records[i].kind == SERVE) {
                assert_int_equal(records[i].who, slot);
                assert_int_equal(runs, slot);
                assert_int_equal(records[i].value, loop);
                seen |= 1u;
            } else if (records[i].kind == SERVED && (seen & 1u) != 0) {
                assert_int_equal(records[i].value, 0);
                seen |= 2u;
            }
        }
    }
    assert_int_equal(seen, 3);
}

/* Whether somebody else was released in the middle of a call. */
static bool
released_inside_a_call(void)
{
    struct wio_trace_record records[256];
    uint32_t next = 0;
    uint32_t lost;
    uint32_t n;
    bool inside = false;
    bool seen = false;
    uint32_t who = 0;

    while ((n = wio_runtime_trace(runtime, &next, records, 256, &lost)) > 0) {
        for (uint32_t i = 0; i < n; i++) {
            seen |= inside && records[i].kind == RELEASE &&
                    records[i].who == who + 2;
            if (records[i].kind == SERVE) {
                who = records[i].who;
            }
            inside = records[i].kind == SERVE ||
                     (inside && records[i].kind != SERVED);
        }
    }
    return seen;
}

/* user-b, whose slot is two behind, is released in the middle of user-a's
 * call. */
static void
calls_of_two_exclude_each_other(void **state)
{
    (void)state;
    wio_sim_advance_ns(&sim, 25 * MS);   /* both are released next */
    for (uint32_t i = 0; i < 10; i++) {
        (void)call(a, "arm", SERVE_SLOW, 16, TWICE, 3);
        (void)call(b, "arm", SERVE_SLOW, 16, TWICE, 3);
        wio_sim_advance_ns(&sim, 80 * MS);
        assert_int_equal((int32_t)call(a, "result", 0, 0, 0, 0), 0);
        assert_int_equal((int32_t)call(b, "result", 0, 0, 0, 0), 0);
    }
    assert_true(released_inside_a_call());
    expect_in_time();
}

/* -- Faults of the provider ---------------------------------------------------- */

static const struct {
    uint32_t first;
    int32_t code;
    bool faults;
    const char *why;
} misdeeds[] = {
    { SERVE_LOOP, WIO_ERR_TIMEOUT, true, "stopped from outside" },
    { SERVE_TRAP, WIO_ERR_SPI_OTHER, true, "unreachable" },
    { SERVE_SMASH, WIO_ERR_NO_DEVICE, true, "beyond its stack" },
    { SERVE_DELAY, WIO_ERR_TIMEOUT, true, "out-of-budget" },
    { SERVE_HOLD, WIO_ERR_TIMEOUT, true, "kept its interrupts masked" },
    { SERVE_ERROR, WIO_ERR_SPI_MODE_FAULT, false, "" },
    { SERVE_NONSENSE, WIO_ERR_SPI_OTHER, false, "" },
    { SERVE_POSITIVE, WIO_ERR_SPI_OTHER, false, "" },
    { SERVE_WAIT, 0, false, "" },
    { SERVE_LOCK, 0, false, "" },
    { SERVE_GROW, WIO_ERR_SPI_OTHER, true, "interrupt handler" },
    { SERVE_CLOSE, 0, false, "" },
};

static void
expect_misdeeds(int32_t (*try)(wio_container_id id, uint32_t first,
                               uint32_t n, uint32_t how))
{
    for (uint32_t i = 0; i < sizeof misdeeds / sizeof misdeeds[0]; i++) {
        void *state = NULL;
        uint32_t runs;
        int32_t code;

        (void)setup_three(&state);
        code = try(a, misdeeds[i].first, 16, PLAIN);
        if (code != misdeeds[i].code) {
            fail_msg("%x: %s, not %s: %s", misdeeds[i].first,
                     wio_strerror(code), wio_strerror(misdeeds[i].code),
                     info(loop).fault.text);
        }
        expect_state(loop, misdeeds[i].faults ? WIO_STATE_FAULTED
                                              : WIO_STATE_RUNNING);
        if (!strstr(info(loop).fault.text, misdeeds[i].why)) {
            fail_msg("%s", info(loop).fault.text);
        }
        if (misdeeds[i].faults) {
            assert_int_equal(sim.mmio[BLOCK].plain[0], 0xfe);
            assert_int_equal(sim.mmio[BLOCK].plain[1], 0x5a);
        }
        /* Those who had it go on, and are told. */
        runs = call(a, "runs", 0, 0, 0, 0);
        code = misdeeds[i].faults ? (int32_t)WIO_ERR_NO_DEVICE : 0;
        assert_int_equal(try_now(b, SERVE_NOTHING, 16, PLAIN), code);
        assert_int_equal(try_main(a, SERVE_NOTHING, 16, PLAIN), code);
        assert_true(call(a, "runs", 0, 0, 0, 0) > runs);
        expect_state(a, WIO_STATE_RUNNING);
        expect_state(b, WIO_STATE_RUNNING);
        expect_in_time();
    }
}

static void
faults_stay_with_the_provider(void **state)
{
    (void)state;
    expect_misdeeds(try_main);
}

static void
faults_stay_with_the_provider_in_the_background(void **state)
{
    (void)state;
    expect_misdeeds(try_now);
}

static uint64_t
longest_run_ns(const char *name)
{
    struct wio_entity_info of;

    for (uint32_t i = 0; wio_runtime_entity(runtime, i, &of) == 0; i++) {
        if (strcmp(of.name, name) == 0) {
            return of.max_run_ns;
        }
    }
    fail_msg("no entity %s", name);
    return 0;
}

static void
nothing_of_a_faulted_one_runs(void **state)
{
    (void)state;
    assert_int_equal(try_now(b, SERVE_TRAP, 16, PLAIN), WIO_ERR_SPI_OTHER);
    assert_int_equal(try_main(a, SERVE_LOOP, 16, PLAIN), WIO_ERR_NO_DEVICE);
    assert_true(longest_run_ns("user-a main") < 200000);
}

/* An edge in the middle of the next call of user-a's main: it begins some 200 us
 * after the release, and takes 300 when it is slow. */
static void
edge_in_the_next_call(uint32_t line)
{
    struct wio_trace_record records[256];
    struct wio_entity_info of;
    uint64_t released_ns = 0;
    uint32_t next = 0;
    uint32_t slot = 0xff;
    uint32_t lost;
    uint32_t n;

    for (uint32_t i = 0; wio_runtime_entity(runtime, i, &of) == 0; i++) {
        slot = strcmp(of.name, "user-a main") == 0 ? of.slot : slot;
    }
    while ((n = wio_runtime_trace(runtime, &next, records, 256, &lost)) > 0) {
        for (uint32_t i = 0; i < n; i++) {
            if (records[i].kind == RELEASE && records[i].who == slot) {
                released_ns = records[i].at_ns - records[i].value;
            }
        }
    }
    assert_true(released_ns > 0);
    while (released_ns <= wio_sim_now_ns(&sim)) {
        released_ns += 40 * MS;
    }
    assert_int_equal(wio_sim_storm(&sim, line, released_ns + 300000, 1000000,
                                   1, 0), 0);
}

static bool
faulted_inside_a_call(void)
{
    struct wio_trace_record records[256];
    uint32_t next = 0;
    uint32_t lost;
    uint32_t n;
    bool inside = false;

    while ((n = wio_runtime_trace(runtime, &next, records, 256, &lost)) > 0) {
        for (uint32_t i = 0; i < n; i++) {
            if (records[i].kind == FAULT && inside) {
                return true;
            }
            inside = records[i].kind == SERVE ||
                     (inside && records[i].kind != SERVED);
        }
    }
    return false;
}

/* Its handler, at its own level, in the middle of a call. */
static void
handler_faults_while_it_serves(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 2; i++) {
        (void)setup_three(state);
        wio_sim_advance_ns(&sim, 50 * MS);
        assert_int_equal(try_now(a, SERVE_EDGE_TRAPS, 16, PLAIN), 0);
        (void)call(a, "arm", i ? SERVE_LOOP : SERVE_SLOW, 16, PLAIN, 3);
        edge_in_the_next_call(LOOP_LINE);
        wio_sim_advance_ns(&sim, 80 * MS);
        expect_state(loop, WIO_STATE_FAULTED);
        assert_true(faulted_inside_a_call());
        assert_non_null(strstr(info(loop).fault.text, "unreachable"));
        assert_int_equal((int32_t)call(a, "result", 0, 0, 0, 0),
                         WIO_ERR_NO_DEVICE);
        expect_state(a, WIO_STATE_RUNNING);
        /* What it interrupted ends then, not at its own time. */
        assert_true(i == 0 || longest_run_ns("user-a main") < 600000);
    }
}

/* Each transfer on the I2C bus is one reading, whole; how many. */
static uint32_t
whole_readings(void)
{
    static const uint8_t whole[] = {
        WIO_SIM_OP_START_WRITE, WIO_SIM_OP_WRITE, WIO_SIM_OP_START_READ,
        WIO_SIM_OP_READ, WIO_SIM_OP_READ, WIO_SIM_OP_STOP
    };
    uint32_t n = 0;

    assert_true(sim.n_log < WIO_SIM_LOG);
    for (uint64_t i = 0; i < sim.n_log; i++) {
        if (sim.log[i].class == WIO_SIM_CLASS_I2C) {
            assert_int_equal(sim.log[i].op, whole[n % sizeof whole]);
            n++;
        }
    }
    return n / sizeof whole;
}

/* A call may come in the middle of a transfer that its provider's main, or
 * somebody else, makes on another bus: nobody enters that one then. */
static void
no_other_bus_is_used_in_a_call(void **state)
{
    uint32_t n;

    (void)state;
    /* Its controller takes no requests, so nothing else notices. */
    memset(runtime->buses, 0, sizeof runtime->buses);
    loop = load(0, "serve_wire");
    a = load(1, "serve_user_a");
    assert_int_equal(try_now(a, SERVE_WIRE, 16, PLAIN), 0);
    assert_int_equal((int32_t)call(loop, "served", 0, 0, 0, 0),
                     WIO_ERR_WOULD_BLOCK);
    n = whole_readings();
    for (uint32_t i = 0; i < 8; i++) {
        assert_int_equal(try_main(a, SERVE_WIRE, 16, PLAIN), 0);
        assert_int_equal((int32_t)call(loop, "served", 0, 0, 0, 0),
                         WIO_ERR_WOULD_BLOCK);
    }
    assert_true(whole_readings() >= n + 100);
    expect_in_time();
}

/* -- Faults and budgets of the consumer ------------------------------------------ */

/* user-a's handler traps while its main is inside the provider. */
static void
consumer_faults_while_it_is_served(void **state)
{
    (void)state;
    wio_sim_advance_ns(&sim, 50 * MS);
    (void)call(a, "arm", SERVE_SLOW, 16, TWICE, 3);
    edge_in_the_next_call(USER_LINE);
    wio_sim_advance_ns(&sim, 80 * MS);
    assert_true(faulted_inside_a_call());
    expect_state(a, WIO_STATE_FAULTED);
    expect_state(loop, WIO_STATE_RUNNING);
    assert_int_equal(try_main(b, SERVE_NOTHING, 16, PLAIN), 0);
    assert_int_equal(try_now(b, SERVE_NOTHING, 16, PLAIN), 0);
    expect_state(b, WIO_STATE_RUNNING);
}

/* 2 ms of 2.5 gone, and four calls of 0.4 wanted: none is begun. */
static void
call_that_does_not_fit_into_the_budget_does_not_begin(void **state)
{
    uint32_t n;

    (void)state;
    assert_int_equal(try_main(b, SERVE_NOTHING, 16, AFTER_WORK), 0);
    n = call(loop, "calls", 0, 0, 0, 0);
    assert_int_equal(n, 1);
    assert_int_equal(try_main(b, SERVE_NOTHING, 64, AFTER_WORK),
                     WIO_ERR_OUT_OF_BUDGET);
    assert_int_equal(call(loop, "calls", 0, 0, 0, 0), n);
    expect_state(b, WIO_STATE_RUNNING);
    expect_state(loop, WIO_STATE_RUNNING);
}

/* What the calls took is gone from the caller's budget. */
static void
calls_are_charged_to_the_caller(void **state)
{
    (void)state;
    assert_int_equal(try_main(b, SERVE_SLOW, 16, TWICE), 0);
    assert_in_range(longest_run_ns("user-b main"), 600000, 900000);
    expect_in_time();
}

/* -- Coming and going -------------------------------------------------------------- */

static void
provider_is_replaced_under_its_consumers(void **state)
{
    (void)state;
    assert_int_equal(try_now(a, SERVE_NOTHING, 16, PLAIN), 0);
    assert_int_equal(wio_runtime_unload(runtime, loop), 0);
    memset(arenas[0], 0xa5, sizeof arenas[0]);
    assert_int_equal(try_now(a, SERVE_NOTHING, 16, PLAIN), WIO_ERR_NO_DEVICE);
    assert_int_equal(try_main(b, SERVE_NOTHING, 16, PLAIN),
                     WIO_ERR_NO_DEVICE);
    loop = load(0, "serve_loop");
    assert_int_equal(try_now(a, SERVE_NOTHING, 16, PLAIN), 0);
    assert_int_equal(try_main(b, SERVE_NOTHING, 16, PLAIN), 0);
    assert_int_equal(wio_runtime_unload(runtime, a), 0);
    memset(arenas[1], 0xa5, sizeof arenas[1]);
    assert_int_equal(try_main(b, SERVE_NOTHING, 16, PLAIN), 0);
    expect_in_time();
}

static void
refusals_say_why(void **state)
{
    (void)state;
    expect_refused(1, "serve_user_b", WIO_ERR_NO_MATCH,
                   "load a container that provides it first");
    (void)load(0, "serve_taker");
    expect_refused(1, "serve_user_b", WIO_ERR_NO_MATCH,
                   "driven by a container that does not provide it");
    (void)setup(state);
    loop = load(0, "serve_loop");
    expect_refused(1, "serve_chain", WIO_ERR_NO_MATCH,
                   "which one that serves others itself cannot have");
    expect_refused(1, "serve_requests", WIO_ERR_NO_MATCH,
                   "served by a container, which takes no requests");
    b = load(1, "serve_user_b");
    expect_refused(2, "serve_user_b", WIO_ERR_BUSY, "loaded already");
    expect_refused(2, "serve_loop", WIO_ERR_BUSY, "loaded already");
}

/* A bus that the port has a driver for: whoever is there first. */
static void
bus_has_one_master(void **state)
{
    wio_container_id c;

    (void)state;
    c = load(0, "serve_user_c");
    expect_refused(1, "serve_usurper", WIO_ERR_NO_MATCH,
                   "has devices that are in use without it");
    assert_int_equal(wio_runtime_unload(runtime, c), 0);
    (void)load(1, "serve_usurper");
    c = load(0, "serve_user_c");
    assert_int_equal(try_now(c, SERVE_NOTHING, 16, PLAIN), 0);
}

static void
blocking_by_the_others_calls_is_in_the_admission(void **state)
{
    (void)state;
    loop = load(0, "serve_loop");
    b = load(1, "serve_user_tight");
    assert_int_equal(wio_runtime_unload(runtime, b), 0);
    a = load(1, "serve_user_a");
    expect_refused(2, "serve_user_tight", WIO_ERR_NOT_ADMITTED,
                   "user-tight main could take");
    b = load(2, "serve_user_b");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(bytes_go_there_and_back, setup_three),
        cmocka_unit_test_setup(chip_is_selected_as_the_transaction_says,
                               setup_three),
        cmocka_unit_test_setup(poll_ends_with_its_answer_or_its_time,
                               setup_three),
        cmocka_unit_test_setup(calls_run_at_the_level_of_the_caller,
                               setup_three),
        cmocka_unit_test_setup(calls_of_two_exclude_each_other, setup_three),
        cmocka_unit_test(faults_stay_with_the_provider),
        cmocka_unit_test(faults_stay_with_the_provider_in_the_background),
        cmocka_unit_test_setup(nothing_of_a_faulted_one_runs, setup_three),
        cmocka_unit_test(handler_faults_while_it_serves),
        cmocka_unit_test_setup(no_other_bus_is_used_in_a_call, setup),
        cmocka_unit_test_setup(consumer_faults_while_it_is_served,
                               setup_three),
        cmocka_unit_test_setup(
            call_that_does_not_fit_into_the_budget_does_not_begin,
            setup_three),
        cmocka_unit_test_setup(calls_are_charged_to_the_caller, setup_three),
        cmocka_unit_test_setup(provider_is_replaced_under_its_consumers,
                               setup_three),
        cmocka_unit_test_setup(refusals_say_why, setup),
        cmocka_unit_test_setup(bus_has_one_master, setup),
        cmocka_unit_test_setup(
            blocking_by_the_others_calls_is_in_the_admission, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
