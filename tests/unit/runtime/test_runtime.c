/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole way of a container: loaded, refused, run, faulted, unloaded. The
 * guests are the .wat files beside this one, their configurations and the
 * board the .dts files. Tests named tNN_ are those of the numbered faults seen
 * in neighbouring systems (docs/reference/abi.md).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <wio/abi.h>
#include <wio/runtime.h>

#include "fake.h"
#include "packed.h"

#define N_OF(array) (sizeof(array) / sizeof((array)[0]))
#define ARENA_BYTES 98304u

static struct fake fake;
static struct wio_runtime *runtime;
static struct wio_report report;
static _Alignas(16) uint8_t runtime_memory[8192];
static _Alignas(16) uint8_t arenas[4][ARENA_BYTES];
static uint8_t board[PACKED_FILE_BYTES];
static uint32_t board_len;
/* The bytes of a container must stay while it is loaded. */
static uint8_t images[4][PACKED_BYTES];

/* -- Making containers ----------------------------------------------------- */

static uint32_t
image(uint32_t place, const char *module, const char *config)
{
    uint32_t len = packed_read(module, "wasm", images[place]);

    return config ? packed_add(images[place], len, config) : len;
}

static int
load_into(uint32_t place, const char *module, const char *config,
          uint32_t arena_bytes, wio_container_id *id)
{
    uint32_t len = image(place, module, config);

    wio_report_clear(&report);
    return wio_runtime_load(runtime, images[place], len, arenas[place],
                            arena_bytes, id, &report);
}

static wio_container_id
load(uint32_t place, const char *module, const char *config)
{
    wio_container_id id = 0;

    if (load_into(place, module, config, ARENA_BYTES, &id)) {
        fail_msg("%s with %s: %s", module, config, report.text);
    }
    return id;
}

/* Loading is refused, with a sentence that holds @word, and nothing stays. */
static void
refused(const char *module, const char *config, int code, const char *word)
{
    wio_container_id id = 99;
    uint32_t n_configures = fake.n_configures;
    int err = load_into(3, module, config, ARENA_BYTES, &id);

    if (err != code || !strstr(report.text, word)) {
        fail_msg("%s with %s: %s (%s), wanted %s and \"%s\"", module,
                 config ? config : "nothing", wio_strerror(err), report.text,
                 wio_strerror(code), word);
    }
    assert_int_equal(report.code, code);
    assert_int_equal(id, 99);
    assert_int_equal(fake.n_accesses, 0);
    assert_int_equal(fake.n_configures, n_configures);
}

static int
setup_board(const char *name)
{
    struct wio_runtime_config config = {
        .port = &fake.port,
        .board = board,
        .memory = runtime_memory,
        .memory_bytes = sizeof(runtime_memory),
    };
    int err;

    fake_init(&fake);
    board_len = packed_read(name, "dtb", board);
    config.board_len = board_len;
    wio_report_clear(&report);
    err = wio_runtime_create(&config, &runtime, &report);
    if (err) {
        print_error("%s\n", report.text);
    }
    return err;
}

static int
setup(void **state)
{
    (void)state;
    return setup_board("board");
}

/* -- Asking ---------------------------------------------------------------- */

static uint32_t results[4];

#define call(id, name, n, ...) \
    call_slots(id, name, (const uint32_t[4]){ __VA_ARGS__ }, n)

static int
call_slots(wio_container_id id, const char *name, const uint32_t *args,
           uint32_t n_args)
{
    uint32_t n_results = 0;

    wio_report_clear(&report);
    memset(results, 0, sizeof(results));
    return wio_runtime_call(runtime, id, name, args, n_args, results, 4,
                            &n_results, &report);
}

static struct wio_point
point(wio_container_id id, const char *label)
{
    struct wio_point value;
    int i = wio_runtime_find_point(runtime, id, label);

    assert_true(i >= 0);
    assert_int_equal(wio_runtime_point(runtime, id, (uint32_t)i, &value), 0);
    return value;
}

static struct wio_container_info
info(wio_container_id id)
{
    struct wio_container_info value;

    assert_int_equal(wio_runtime_info(runtime, id, &value), 0);
    return value;
}

/* -- Loading --------------------------------------------------------------- */

static void
container_runs_and_publishes(void **state)
{
    wio_container_id id = load(0, "sensor", "sensor");
    struct wio_point value;
    char text[100];

    (void)state;
    assert_int_equal(point(id, "temperature").quality, WIO_QUALITY_NONE);
    fake.i2c_answer = 0xe7;                        /* -25 */
    assert_true(wio_runtime_run(runtime) == 1000000);
    value = point(id, "temperature");
    assert_int_equal(value.quality, WIO_QUALITY_GOOD);
    assert_true((int64_t)value.bits == -25);
    assert_string_equal(value.unit, "mC");
    assert_int_equal(value.type, 4);
    assert_true(value.provides);
    assert_int_equal(fake.i2c_addr, 0x48);

    fake.i2c_result = WIO_ERR_I2C_NACK_ADDRESS;
    fake_advance(&fake, 1000000);
    wio_runtime_run(runtime);
    value = point(id, "temperature");
    assert_int_equal(value.quality, WIO_QUALITY_BAD);
    assert_int_equal(value.code, WIO_ERR_I2C_NACK_ADDRESS);
    assert_true((int64_t)value.bits == -25);
    assert_int_equal(value.n_writes, 2);

    assert_true(wio_runtime_grant_text(runtime, id, 0, text, 100) > 0);
    assert_string_equal(text, "sensor: ti,tmp105 at address 0x48 of i2c@1000");
    assert_true(wio_runtime_grant_text(runtime, id, 1, text, 100) > 0);
    assert_non_null(strstr(text, "led: output pin 1 of gpio@2000"));
    assert_int_equal(wio_runtime_grant_text(runtime, id, 3, text, 100),
                     WIO_ERR_INVALID_ARGUMENT);
}

static void
info_tells_what_a_container_holds(void **state)
{
    wio_container_id id = load(0, "sensor", "sensor");
    struct wio_container_info i = info(id);

    (void)state;
    assert_int_equal(i.state, WIO_STATE_RUNNING);
    assert_string_equal(i.model, "sensor");
    assert_string_equal(i.version, "1.2.3");
    assert_int_equal(i.n_needs, 3);
    assert_int_equal(i.n_points, 2);
    assert_int_equal(i.memory_bytes, 65536);
    assert_true(i.arena_bytes > 65536 && i.arena_bytes < 65536 + 8192);
    assert_true(i.code_bytes > 0 && i.compiled_bytes > 0);
    assert_int_equal(i.activations, 0);
    assert_int_equal(i.fault.code, 0);
    assert_int_equal(wio_runtime_container(runtime, 0), id);
    assert_int_equal(wio_runtime_container(runtime, 1), 0);
    assert_int_equal(wio_runtime_info(runtime, id + 1, &i),
                     WIO_ERR_BAD_HANDLE);
}

static void
modules_are_refused_by_class_of_defect(void **state)
{
    (void)state;
    refused("sensor", NULL, WIO_ERR_NO_CONFIG, "wasmio.config");
    refused("imports_gpio", "bare", WIO_ERR_UNDECLARED, "class gpio");
    refused("imports_unknown", "bare", WIO_ERR_UNLINKABLE, "nearest is open");
    refused("empty", "poll", WIO_ERR_NO_EXPORT, "poll");
    refused("init_type", "bare", WIO_ERR_NO_EXPORT, "wasmio-init");
    refused("large", "bare", WIO_ERR_LIMIT, "131072");
    refused("two_memories", "bare", WIO_ERR_LIMIT, "131072");
    refused("data_outside", "bare", WIO_ERR_TRAPPED, "");
}

static void
bytes_that_are_no_module_are_refused(void **state)
{
    wio_container_id id;

    (void)state;
    memset(images[0], 0x55, 100);
    wio_report_clear(&report);
    assert_int_equal(wio_runtime_load(runtime, images[0], 100, arenas[0],
                                      ARENA_BYTES, &id, &report),
                     WIO_ERR_MALFORMED);
    wio_report_clear(&report);
    assert_int_equal(wio_runtime_load(runtime, images[0], 0, arenas[0],
                                      ARENA_BYTES, &id, &report),
                     WIO_ERR_MALFORMED);
    wio_report_clear(&report);
    assert_int_equal(wio_runtime_load(runtime, images[0], 5000, arenas[0],
                                      ARENA_BYTES, &id, &report),
                     WIO_ERR_LIMIT);
    assert_non_null(strstr(report.text, "4096"));
}

static void
every_prefix_of_a_container_is_refused(void **state)
{
    uint32_t len = image(0, "sensor", "sensor");
    wio_container_id id;

    (void)state;
    for (uint32_t n = 0; n < len; n++) {
        wio_report_clear(&report);
        assert_true(wio_runtime_load(runtime, images[0], n, arenas[0],
                                     ARENA_BYTES, &id, &report) < 0);
        assert_int_not_equal(report.code, 0);
    }
    assert_int_equal(fake.n_accesses, 0);
    assert_int_equal(wio_runtime_container(runtime, 0), 0);
    load(0, "sensor", "sensor");
}

/* A load of changed bytes is refused with a sentence and holds nothing, or it
 * runs and can be unloaded; never anything else. */
static void
mutated_containers_are_refused_or_run(void **state)
{
    uint32_t len = image(1, "sensor", "sensor");
    uint32_t random = 20261122;
    uint32_t n_loaded = 0;

    (void)state;
    for (uint32_t i = 0; i < 4000; i++) {
        wio_container_id id;

        memcpy(images[0], images[1], len);
        for (uint32_t j = 0; j <= i % 3; j++) {
            random ^= random << 13;
            random ^= random >> 17;
            random ^= random << 5;
            images[0][random % len] = (uint8_t)(random >> 24);
        }
        wio_report_clear(&report);
        if (wio_runtime_load(runtime, images[0], len, arenas[0], ARENA_BYTES,
                             &id, &report) == 0) {
            n_loaded++;
            wio_runtime_run(runtime);
            fake_advance(&fake, 1000000);
            wio_runtime_run(runtime);
            assert_int_equal(wio_runtime_unload(runtime, id), 0);
        } else {
            assert_int_not_equal(report.code, 0);
            assert_int_not_equal(report.text[0], 0);
        }
        assert_int_equal(wio_runtime_container(runtime, 0), 0);
    }
    /* Both ways were gone. */
    assert_true(n_loaded > 40 && n_loaded < 4000);
    load(0, "sensor", "sensor");
}

static void
two_configurations_are_refused(void **state)
{
    uint32_t len = image(0, "empty", "bare");
    wio_container_id id;

    (void)state;
    len = packed_add(images[0], len, "bare");
    wio_report_clear(&report);
    assert_int_equal(wio_runtime_load(runtime, images[0], len, arenas[0],
                                      ARENA_BYTES, &id, &report),
                     WIO_ERR_BAD_CONFIG);
    assert_non_null(strstr(report.text, "2 sections"));
}

static void
every_size_of_arena_is_refused_or_enough(void **state)
{
    wio_container_id id;
    uint32_t least = 0;

    (void)state;
    for (uint32_t n = 0; n <= ARENA_BYTES && least == 0; n += 8) {
        /* Most sizes below the linear memory are alike. */
        if (n == 4096) {
            n = 65536;
        }
        memset(arenas[0] + n, 0xa5, ARENA_BYTES - n);
        if (load_into(0, "sensor", "sensor", n, &id) == 0) {
            least = n;
        } else {
            assert_int_equal(report.code, WIO_ERR_NO_MEMORY);
        }
        for (uint32_t i = n; i < ARENA_BYTES && i < n + 64; i++) {
            assert_int_equal(arenas[0][i], 0xa5);
        }
    }
    assert_true(least > 65536);
    assert_true(info(id).arena_bytes <= least);
    assert_int_equal(wio_runtime_run(runtime), 1000000);
}

static void
start_and_init_must_end_and_agree(void **state)
{
    (void)state;
    refused("start_trap", "bare", WIO_ERR_TRAPPED, "unreachable");
    refused("init_loop", "bare", WIO_ERR_OUT_OF_BUDGET, "bare");
    refused("init_fails", "bare", WIO_ERR_TRAPPED, "no-device");
    assert_int_equal(wio_runtime_container(runtime, 0), 0);
}

static void
t10_endless_loop_in_the_start_function(void **state)
{
    (void)state;
    refused("start_loop", "bare", WIO_ERR_OUT_OF_BUDGET, "bare");
}

static void
t02_device_in_use_is_not_granted_twice(void **state)
{
    wio_container_id id = load(0, "sensor", "sensor");
    wio_container_id second;

    (void)state;
    refused("empty", "twice", WIO_ERR_NO_MATCH, "mine");
    assert_int_equal(wio_runtime_unload(runtime, id), 0);
    second = load(1, "empty", "twice");
    assert_int_equal(wio_runtime_unload(runtime, second), 0);
    /* A refused load holds nothing: "sensor" can still be loaded. */
    load(0, "sensor", "sensor");
}

static void
model_names_are_unique(void **state)
{
    (void)state;
    load(0, "empty", "bare");
    refused("empty", "bare", WIO_ERR_BUSY, "bare");
}

static void
containers_are_counted(void **state)
{
    (void)state;
    load(0, "empty", "bare");
    load(1, "sensor", "sensor");
    load(2, "poll_loop", "poll");
    fake.n_accesses = 0;
    refused("sensor", "other", WIO_ERR_LIMIT, "3 containers");
}

static void
safe_state_without_the_right_is_refused(void **state)
{
    (void)state;
    refused("empty", "unsafe", WIO_ERR_BAD_CONFIG, "mmio-bits");
}

static void
optional_needs_may_be_missing(void **state)
{
    wio_container_id id = load(0, "sensor", "sensor");
    wio_container_id other = load(1, "sensor", "other");
    char text[100];

    (void)state;
    assert_true(wio_runtime_grant_text(runtime, other, 1, text, 100) > 0);
    assert_non_null(strstr(text, "not granted"));
    assert_int_equal(call(other, "led", 1, 1), 0);
    assert_int_equal(results[0], (uint32_t)WIO_ERR_BAD_HANDLE);
    assert_int_equal(fake.n_accesses, 0);
    assert_int_equal(call(id, "led", 1, 1), 0);
    assert_int_equal(fake.n_accesses, 1);
}

/* -- Isolation ------------------------------------------------------------- */

static void
t01_handle_of_another_container_is_refused(void **state)
{
    wio_container_id a = load(0, "sensor", "sensor");
    wio_container_id b = load(1, "sensor", "other");
    uint32_t of_a;

    (void)state;
    assert_int_equal(call(a, "handle", 0, 0), 0);
    of_a = results[0];
    assert_int_equal(call(b, "probe", 1, of_a), 0);
    assert_int_equal(results[0], (uint32_t)WIO_ERR_BAD_HANDLE);
    assert_int_equal(fake.n_accesses, 0);
    assert_int_equal(call(a, "probe", 1, of_a), 0);
    assert_int_equal(results[0], 0);
    assert_int_equal(fake.i2c_addr, 0x48);
    assert_int_equal(call(b, "handle", 0, 0), 0);
    assert_int_equal(call(b, "probe", 1, results[0]), 0);
    assert_int_equal(fake.i2c_addr, 0x49);
}

static void
stale_handle_after_reload_is_refused(void **state)
{
    wio_container_id id = load(0, "sensor", "sensor");
    uint32_t handle;

    (void)state;
    assert_int_equal(call(id, "handle", 0, 0), 0);
    handle = results[0];
    assert_int_equal(wio_runtime_unload(runtime, id), 0);
    assert_int_equal(call(id, "handle", 0, 0), WIO_ERR_BAD_HANDLE);
    id = load(0, "sensor", "sensor");
    fake.n_accesses = 0;
    assert_int_equal(call(id, "probe", 1, handle), 0);
    assert_int_equal(results[0], (uint32_t)WIO_ERR_BAD_HANDLE);
    assert_int_equal(fake.n_accesses, 0);
}

static void
memory_stops_at_its_bound(void **state)
{
    wio_container_id id = load(0, "sensor", "sensor");

    (void)state;
    assert_int_equal(call(id, "grow", 1, 0), 0);
    assert_int_equal(results[0], 1);
    assert_int_equal(call(id, "grow", 1, 1), 0);
    assert_int_equal(results[0], UINT32_MAX);
    assert_int_equal(info(id).memory_bytes, 65536);
}

static void
t05_faulted_container_leaves_the_others_alone(void **state)
{
    wio_container_id bad = load(0, "poll_loop", "poll");
    wio_container_id good = load(1, "sensor", "sensor");

    (void)state;
    fake.i2c_answer = 7;
    wio_runtime_run(runtime);
    assert_int_equal(info(bad).state, WIO_STATE_FAULTED);
    assert_int_equal(info(bad).fault.code, WIO_ERR_OUT_OF_BUDGET);
    assert_int_equal(info(bad).faults, 1);
    assert_int_equal(point(bad, "count").quality, WIO_QUALITY_BAD);
    assert_int_equal(point(bad, "count").code, WIO_ERR_OUT_OF_BUDGET);
    assert_int_equal(info(good).state, WIO_STATE_RUNNING);
    assert_true(point(good, "temperature").bits == 7);
    fake_advance(&fake, 1000000);
    wio_runtime_run(runtime);
    assert_int_equal(info(bad).activations, 1);
    assert_int_equal(info(good).activations, 2);
}

/* -- Operations, budgets, faults ------------------------------------------- */

static void
operations_take_and_give_slots(void **state)
{
    wio_container_id id = load(0, "sensor", "sensor");
    uint32_t n = 0;

    (void)state;
    assert_int_equal(call(id, "add", 3, 0xffffffff, 1, 2), 0);
    assert_int_equal(results[0], 0);
    assert_int_equal(results[1], 2);
    assert_int_equal(call(id, "add", 2, 1, 2), WIO_ERR_INVALID_ARGUMENT);
    assert_int_equal(call(id, "add", 4, 1, 2), WIO_ERR_INVALID_ARGUMENT);
    assert_int_equal(call(id, "take-ref", 1, 0), WIO_ERR_INVALID_ARGUMENT);
    assert_int_equal(call(id, "nothing", 0, 0), WIO_ERR_NO_EXPORT);
    assert_int_equal(call(id, "memory", 0, 0), WIO_ERR_NO_EXPORT);
    assert_int_equal(call(id + 1, "add", 0, 0), WIO_ERR_BAD_HANDLE);
    assert_int_equal(wio_runtime_call(runtime, id, "add",
                                      (const uint32_t[]){ 1, 2, 3 }, 3,
                                      results, 1, &n, &report),
                     WIO_ERR_INVALID_ARGUMENT);
    assert_int_equal(info(id).state, WIO_STATE_RUNNING);
}

static void
endless_operation_is_stopped_and_made_safe(void **state)
{
    wio_container_id id = load(0, "sensor", "sensor");

    (void)state;
    wio_runtime_run(runtime);
    fake.registers[1] = 0xa0;
    assert_int_equal(call(id, "spin", 0, 0), WIO_ERR_OUT_OF_BUDGET);
    assert_int_equal(report.code, WIO_ERR_OUT_OF_BUDGET);
    assert_int_equal(info(id).state, WIO_STATE_FAULTED);
    /* The safe state: led active; 4 bits of a register, the others kept. */
    assert_int_equal(fake.gpio_level[1], 1);
    assert_int_equal(fake.registers[1], 0xa5);
    assert_int_equal(point(id, "temperature").quality, WIO_QUALITY_BAD);
    assert_int_equal(fake.n_logs, 1);
    assert_int_equal(call(id, "add", 3, 1, 2, 3), WIO_ERR_BUSY);
    assert_true(wio_runtime_run(runtime) == UINT64_MAX);
    assert_int_equal(wio_runtime_unload(runtime, id), 0);
    load(0, "sensor", "sensor");
}

static void
trap_says_where_and_why(void **state)
{
    wio_container_id id = load(0, "sensor", "sensor");

    (void)state;
    assert_int_equal(call(id, "crash", 0, 0), WIO_ERR_TRAPPED);
    assert_non_null(strstr(report.text, "sensor: unreachable in function"));
    assert_non_null(strstr(info(id).fault.text, "sensor: unreachable"));
    assert_non_null(strstr(fake.log, "sensor: unreachable"));
    assert_int_equal(fake.gpio_level[1], 1);
    assert_int_equal(point(id, "temperature").code, WIO_ERR_TRAPPED);
}

static void
recursion_ends_in_a_trap(void **state)
{
    wio_container_id id = load(0, "sensor", "sensor");

    (void)state;
    assert_int_equal(call(id, "recurse", 1, 1), WIO_ERR_TRAPPED);
    assert_int_equal(info(id).state, WIO_STATE_FAULTED);
}

static void
t09_host_calls_do_not_refill_the_budget(void **state)
{
    wio_container_id id = load(0, "sensor", "sensor");
    uint32_t n_toggles;

    (void)state;
    fake.n_accesses = 0;
    assert_int_equal(call(id, "blink-forever", 0, 0), WIO_ERR_OUT_OF_BUDGET);
    n_toggles = fake.n_accesses;
    /* 200 us of 10 steps, one or two a round, and two safe-state accesses */
    assert_true(n_toggles > 500 && n_toggles <= 2003);
}

static void
bus_time_counts_to_the_budget(void **state)
{
    wio_container_id id = load(0, "sensor", "sensor");
    uint64_t start = fake.now_ns;

    (void)state;
    fake.i2c_takes_ns = 20000;
    assert_int_equal(call(id, "read-forever", 0, 0), WIO_ERR_OUT_OF_BUDGET);
    /* 200 us, a quarter more for the alarm, and the transfer in progress */
    assert_true(fake.now_ns - start >= 200000);
    assert_true(fake.now_ns - start <= 270000);
}

static void
alarm_ends_what_takes_few_steps(void **state)
{
    wio_container_id id = load(0, "sensor", "sensor");

    (void)state;
    fake.n_accesses = 0;
    fake.gpio_takes_ns = 1000;
    assert_int_equal(call(id, "blink-forever", 0, 0), WIO_ERR_OUT_OF_BUDGET);
    /* 200 us and a quarter, the round in progress, two safe-state accesses */
    assert_true(fake.n_accesses >= 250 && fake.n_accesses <= 255);
}

static void
bus_time_counts_without_an_alarm_too(void **state)
{
    static struct wio_port_core_ops no_alarm;
    wio_container_id id;
    uint64_t start;

    (void)state;
    no_alarm = *fake.port.core;
    no_alarm.alarm_set = NULL;
    no_alarm.alarm_clear = NULL;
    fake.port.core = &no_alarm;
    id = load(0, "sensor", "sensor");
    start = fake.now_ns;
    fake.i2c_takes_ns = 20000;
    assert_int_equal(call(id, "read-forever", 0, 0), WIO_ERR_OUT_OF_BUDGET);
    assert_true(fake.now_ns - start <= 270000);
}

static void
t12_device_that_hangs_does_not_hang_the_controller(void **state)
{
    wio_container_id id = load(0, "sensor", "sensor");
    uint64_t start;

    (void)state;
    wio_runtime_run(runtime);
    fake.i2c_hangs = true;
    fake_advance(&fake, 1000000);
    start = fake.now_ns;
    wio_runtime_run(runtime);
    /* The transfer ends with the budget of 100 us and a quarter. */
    assert_true(fake.now_ns - start <= 125000);
    assert_int_equal(point(id, "temperature").quality, WIO_QUALITY_BAD);
}

static void
delay_beyond_the_budget_ends_the_activation(void **state)
{
    wio_container_id id = load(0, "sensor", "sensor");
    uint64_t start = fake.now_ns;

    (void)state;
    assert_int_equal(call(id, "wait", 1, 100), 0);
    assert_int_equal(fake.now_ns - start, 100000);
    assert_int_equal(call(id, "wait", 1, 4000000000u), WIO_ERR_OUT_OF_BUDGET);
    assert_int_equal(fake.now_ns - start, 100000);
}

static void
refused_register_access_is_an_answer(void **state)
{
    wio_container_id id = load(0, "sensor", "sensor");

    (void)state;
    assert_int_equal(call(id, "poke", 2, 0, 0x1234), 0);
    assert_int_equal(fake.registers[0], 0x1234);
    assert_int_equal(call(id, "peek", 1, 0), 0);
    assert_int_equal(results[0], 0x1234);
    assert_int_equal(call(id, "poke", 2, 4, 0x10), 0);
    assert_int_equal(results[0], (uint32_t)WIO_ERR_MMIO_BITS);
    assert_int_equal(call(id, "peek", 1, 8), 0);
    assert_int_equal(results[0], (uint32_t)WIO_ERR_MMIO_OUTSIDE);
    assert_int_equal(results[1], UINT32_MAX);
}

static void
refused_register_access_is_a_fault_where_the_policy_is_strict(void **state)
{
    wio_container_id id;

    (void)state;
    assert_int_equal(setup_board("strict"), 0);
    id = load(0, "sensor", "sensor");
    assert_int_equal(call(id, "poke", 2, 0, 0x1234), 0);
    assert_int_equal(call(id, "poke-twice", 2, 0x10, 0x5678),
                     WIO_ERR_TRAPPED);
    assert_non_null(strstr(report.text, "mmio-bits"));
    assert_int_equal(info(id).state, WIO_STATE_FAULTED);
    assert_int_equal(fake.registers[0], 0x1234);
}

/* -- Time ------------------------------------------------------------------ */

static void
mains_run_by_period_and_urgency(void **state)
{
    wio_container_id slow = load(0, "sensor", "sensor");
    wio_container_id fast = load(1, "sensor", "other");

    (void)state;
    assert_true(wio_runtime_run(runtime) == 500000);
    assert_int_equal(fake.i2c_addr, 0x48);         /* "other" was first */
    assert_int_equal(info(slow).activations, 1);
    assert_int_equal(info(fast).activations, 1);
    assert_true(wio_runtime_run(runtime) == 500000);
    assert_int_equal(info(fast).activations, 1);
    fake_advance(&fake, 500000);
    assert_true(wio_runtime_run(runtime) == 500000);
    assert_int_equal(info(slow).activations, 1);
    assert_int_equal(info(fast).activations, 2);
    fake_advance(&fake, 499999);
    assert_true(wio_runtime_run(runtime) == 1);
}

static void
missed_releases_are_counted_and_the_phase_stays(void **state)
{
    wio_container_id id = load(0, "sensor", "sensor");

    (void)state;
    wio_runtime_run(runtime);
    fake_advance(&fake, 3500000);
    assert_true(wio_runtime_run(runtime) == 500000);
    assert_int_equal(info(id).activations, 2);
    assert_int_equal(info(id).missed, 2);
    fake_advance(&fake, 500000);
    assert_true(wio_runtime_run(runtime) == 1000000);
    assert_int_equal(info(id).activations, 3);
    assert_int_equal(info(id).missed, 2);
}

/* -- Points ---------------------------------------------------------------- */

static void
host_sets_consumed_points_only(void **state)
{
    wio_container_id id = load(0, "sensor", "sensor");
    int setpoint = wio_runtime_find_point(runtime, id, "setpoint");

    (void)state;
    assert_int_equal(setpoint, 1);
    assert_int_equal(wio_runtime_find_point(runtime, id, "nothing"),
                     WIO_ERR_NO_DEVICE);
    assert_int_equal(wio_runtime_set_point(runtime, id, 0, 1),
                     WIO_ERR_NOT_PERMITTED);
    assert_int_equal(wio_runtime_set_point(runtime, id, 1, 256),
                     WIO_ERR_INVALID_ARGUMENT);
    assert_int_equal(wio_runtime_set_point(runtime, id, 2, 1),
                     WIO_ERR_INVALID_ARGUMENT);
    assert_int_equal(call(id, "get-setpoint", 0, 0), 0);
    assert_int_equal(results[0], (uint32_t)WIO_ERR_WOULD_BLOCK);
    assert_int_equal(wio_runtime_set_point(runtime, id, 1, 255), 0);
    assert_int_equal(call(id, "get-setpoint", 0, 0), 0);
    assert_int_equal(results[0], 255);
    assert_int_equal(results[1], 0);
}

static void
unload_makes_safe_and_gives_everything_back(void **state)
{
    wio_container_id id = load(0, "sensor", "sensor");
    struct wio_point value;

    (void)state;
    assert_int_equal(call(id, "led", 1, 0), 0);
    assert_int_equal(wio_runtime_unload(runtime, id), 0);
    assert_int_equal(fake.gpio_level[1], 1);
    assert_int_equal(wio_runtime_unload(runtime, id), WIO_ERR_BAD_HANDLE);
    assert_int_equal(wio_runtime_point(runtime, id, 0, &value),
                     WIO_ERR_BAD_HANDLE);
    memset(arenas[0], 0x77, ARENA_BYTES);
    assert_true(wio_runtime_run(runtime) == UINT64_MAX);
    for (uint32_t i = 0; i < 300; i++) {
        id = load(0, "sensor", "sensor");
        assert_int_equal(wio_runtime_unload(runtime, id), 0);
    }
}

/* The host's part of a container's memory; the container moves its ends. */
static void
buffers_are_within_what_is_exported(void **state)
{
    static const struct {
        uint32_t from, end, offset, len;
        int code;
    } cases[] = {
        { 100, 116, 0, 16, 0 },
        { 100, 116, 16, 0, 0 },
        { 100, 116, 0, 17, WIO_ERR_INVALID_ARGUMENT },
        { 100, 116, 15, 2, WIO_ERR_INVALID_ARGUMENT },
        { 100, 116, UINT32_MAX, 2, WIO_ERR_INVALID_ARGUMENT },
        { 100, 116, 1, UINT32_MAX, WIO_ERR_INVALID_ARGUMENT },
        { 116, 100, 0, 0, WIO_ERR_NO_EXPORT },
        { 65535, 65537, 0, 1, 0 },
        { 65535, 65537, 1, 1, WIO_ERR_NO_EXPORT },
        { 0xfffffff0, UINT32_MAX, 0, 4, WIO_ERR_NO_EXPORT },
    };
    wio_container_id id = load(0, "buffer", "bare");
    const uint32_t place = 101;
    uint8_t bytes[32];
    uint32_t n;

    (void)state;
    for (uint32_t i = 0; i < N_OF(cases); i++) {
        const uint32_t ends[2] = { cases[i].from, cases[i].end };

        assert_int_equal(wio_runtime_call(runtime, id, "move", ends, 2, &n, 0,
                                          &n, &report), 0);
        memset(bytes, 0xaa, sizeof(bytes));
        assert_int_equal(wio_runtime_read_buffer(runtime, id, cases[i].offset,
                                                 bytes, cases[i].len),
                         cases[i].code);
        if (cases[i].code != 0) {
            assert_int_equal(bytes[0], 0xaa);
            assert_int_equal(
                wio_runtime_write_buffer(runtime, id, cases[i].offset, bytes,
                                         cases[i].len), cases[i].code);
        } else if (cases[i].len == 16) {
            uint32_t result = 0;

            assert_memory_equal(bytes, "0123456789abcdef\xaa", 17);
            assert_int_equal(wio_runtime_write_buffer(runtime, id, 1, "!", 1),
                             0);
            assert_int_equal(wio_runtime_call(runtime, id, "byte-at", &place,
                                              1, &result, 1, &n, &report), 0);
            assert_int_equal(result, '!');
        }
    }
    assert_int_equal(wio_runtime_read_buffer(runtime, id + 1, 0, bytes, 1),
                     WIO_ERR_BAD_HANDLE);
    assert_int_equal(wio_runtime_unload(runtime, id), 0);
    id = load(0, "buffer_wide", "bare");
    assert_int_equal(wio_runtime_read_buffer(runtime, id, 0, bytes, 1),
                     WIO_ERR_NO_EXPORT);
    assert_int_equal(wio_runtime_unload(runtime, id), 0);
    id = load(0, "empty", "bare");
    assert_int_equal(wio_runtime_read_buffer(runtime, id, 0, bytes, 1),
                     WIO_ERR_NO_EXPORT);
}

static void
runtime_needs_a_board_and_room(void **state)
{
    struct wio_runtime_config config = {
        .port = &fake.port,
        .board = board,
        .board_len = board_len,
        .memory = runtime_memory,
        .memory_bytes = 64,
    };

    (void)state;
    wio_report_clear(&report);
    assert_int_equal(wio_runtime_create(&config, &runtime, &report),
                     WIO_ERR_NO_MEMORY);
    config.memory_bytes = sizeof(runtime_memory);
    config.board_len = 20;
    wio_report_clear(&report);
    assert_int_equal(wio_runtime_create(&config, &runtime, &report),
                     WIO_ERR_BAD_BOARD);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup(name, setup)
        T(container_runs_and_publishes),
        T(info_tells_what_a_container_holds),
        T(modules_are_refused_by_class_of_defect),
        T(bytes_that_are_no_module_are_refused),
        T(every_prefix_of_a_container_is_refused),
        T(mutated_containers_are_refused_or_run),
        T(two_configurations_are_refused),
        T(every_size_of_arena_is_refused_or_enough),
        T(start_and_init_must_end_and_agree),
        T(t01_handle_of_another_container_is_refused),
        T(t02_device_in_use_is_not_granted_twice),
        T(t05_faulted_container_leaves_the_others_alone),
        T(t09_host_calls_do_not_refill_the_budget),
        T(t10_endless_loop_in_the_start_function),
        T(t12_device_that_hangs_does_not_hang_the_controller),
        T(model_names_are_unique),
        T(containers_are_counted),
        T(safe_state_without_the_right_is_refused),
        T(optional_needs_may_be_missing),
        T(stale_handle_after_reload_is_refused),
        T(memory_stops_at_its_bound),
        T(operations_take_and_give_slots),
        T(endless_operation_is_stopped_and_made_safe),
        T(trap_says_where_and_why),
        T(recursion_ends_in_a_trap),
        T(bus_time_counts_to_the_budget),
        T(alarm_ends_what_takes_few_steps),
        T(bus_time_counts_without_an_alarm_too),
        T(delay_beyond_the_budget_ends_the_activation),
        T(refused_register_access_is_an_answer),
        T(refused_register_access_is_a_fault_where_the_policy_is_strict),
        T(mains_run_by_period_and_urgency),
        T(missed_releases_are_counted_and_the_phase_stays),
        T(host_sets_consumed_points_only),
        T(unload_makes_safe_and_gives_everything_back),
        T(buffers_are_within_what_is_exported),
        T(runtime_needs_a_board_and_room),
#undef T
    };

    return cmocka_run_group_tests_name("runtime", tests, NULL, NULL);
}
