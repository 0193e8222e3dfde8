/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench/ladder/cases.c - ways to a device, on a board with its own port
 *
 * The table of common/cases.h once more, for everything that the matrix of the
 * report holds: accesses, class calls, entries, a bus transaction, general
 * computing, a load. Containers are loaded by the runtime, once, and stay.
 */
#include "common/cases.h"

#include <wio/runtime.h>

#include "common/native.h"
#include "engine/engine.h"
#include "common/window.h"
#include "guest/kernels.h"
#include "ladder/guests.h"
#include "ladder/machine.h"
#include "ladder/sdk.h"

#define LADDER(name) native_##name
#include "ladder/driver.h"

#define ENTRY_STACK 512u
#ifndef LADDER_SENSOR_N
#define LADDER_SENSOR_N 64u        /* readings; fewer where the bus is slow */
#endif

uint32_t direct_open_all(void);
uint32_t direct_registers(uint32_t n);
uint32_t direct_straight(uint32_t n);

enum container { DRIVER, SENSOR, N_CONTAINERS };

static const struct {
    const uint8_t *bytes;
    const uint8_t *end;
    uint8_t *arena;
    const uint32_t *arena_bytes;
} containers[N_CONTAINERS] = {
    [DRIVER] = { guest_driver, guest_driver_end, machine_driver_arena,
                 &machine_driver_bytes },
    [SENSOR] = { guest_sensor, guest_sensor_end, machine_sensor_arena,
                 &machine_sensor_bytes },
};

static wio_container_id ids[N_CONTAINERS];
static struct wio_runtime *runtime;
static struct wio_report report;

const char *bench_error = report.text;

static bool
fail(const char *why)
{
    bench_error = why;
    return false;
}

/* -- Containers in the runtime ----------------------------------------------- */

static bool
start_runtime(void)
{
    const struct wio_runtime_config config = {
        .port = machine_start(),
        .board = guest_board,
        .board_len = (uint32_t)(guest_board_end - guest_board),
        .memory = machine_runtime_memory,
        .memory_bytes = machine_runtime_bytes,
    };

    return runtime || wio_runtime_create(&config, &runtime, &report) == 0;
}

static bool
load(enum container which)
{
    bench_error = report.text;
    wio_report_clear(&report);
    return wio_runtime_load(runtime, containers[which].bytes,
                            (uint32_t)(containers[which].end -
                                       containers[which].bytes),
                            containers[which].arena,
                            *containers[which].arena_bytes, &ids[which],
                            &report) == 0;
}

static bool
call(enum container which, const char *name, const uint32_t *args,
     uint32_t n_args, uint32_t *results)
{
    uint32_t n;

    return wio_runtime_call(runtime, ids[which], name, args, n_args, results,
                            2, &n, &report) == 0;
}

/* The container is there; its bus or window is open. */
static bool
have(enum container which)
{
    uint32_t opened[2] = { 0, 0 };

    if (!start_runtime()) {
        return false;
    }
    if (ids[which] != 0) {
        return true;
    }
    if (!load(which)) {
        return false;
    }
    if (which == DRIVER) {
        return call(DRIVER, "open_all", 0, 0, opened) &&
               (opened[0] || fail("the driver's needs do not open"));
    }
    return true;
}

/* -- Kinds of case ------------------------------------------------------------ */

static bool
run_native(const struct bench_case *self, uint32_t n, uint32_t *result)
{
    if (!start_runtime()) {
        return false;
    }
    (void)native_open_all();
    (void)direct_open_all();
    *result = self->of.native(n);
    return g_faults == 0 || fail("an access was refused");
}

static bool
run_container(const struct bench_case *self, uint32_t n, uint32_t *result)
{
    uint32_t results[2];

    if (!have(DRIVER) || !call(DRIVER, self->of.export_name, &n, 1, results)) {
        return false;
    }
    *result = results[0];
    return true;
}

/* Once: a sensor that has just been powered wants some polls. */
static bool
run_sensor_native(const struct bench_case *self, uint32_t n, uint32_t *result)
{
    static bool settled;

    (void)self;
    if (!start_runtime() || native_sensor_init() != 0) {
        return false;
    }
    if (!settled) {
        (void)native_settle(1);
        settled = true;
    }
    *result = native_read_many(n);
    return *result != 0 || fail("the sensor does not answer");
}

static bool
run_sensor(const struct bench_case *self, uint32_t n, uint32_t *result)
{
    static bool settled;
    uint32_t results[2];

    (void)self;
    if (!have(SENSOR) ||
        (!settled && !call(SENSOR, "settle", &n, 1, results)) ||
        !call(SENSOR, "read_many", &n, 1, results)) {
        return false;
    }
    settled = true;
    *result = results[0];
    return *result != 0 || fail("the sensor does not answer");
}

/* Operations: looked up by name, called within a budget. */
static bool
run_operation(const struct bench_case *self, uint32_t n, uint32_t *result)
{
    uint32_t results[2];

    (void)self;
    if (!have(DRIVER)) {
        return false;
    }
    for (uint32_t i = 0; i < n; i++) {
        if (!call(DRIVER, "nothing", &i, 1, results) || results[0] != i) {
            return false;
        }
    }
    *result = n;
    return true;
}

static bool
run_load(const struct bench_case *self, uint32_t n, uint32_t *result)
{
    (void)self;
    if (!have(SENSOR)) {
        return false;
    }
    for (uint32_t i = 0; i < n; i++) {
        if (wio_runtime_unload(runtime, ids[SENSOR]) != 0 || !load(SENSOR)) {
            return false;
        }
    }
    *result = n;
    return true;
}

/* -- Calls by the engine alone -------------------------------------------------- */

static struct {
    struct wio_arena arena;
    struct wio_module *module;
    struct wio_instance *instance;
    struct wio_instance *room[1];
    struct wio_store store;
    struct wio_exec *exec;
} entry;

static int
resolve_nothing(void *ctx, const struct wio_import_info *import,
                struct wio_extern *found, struct wio_report *why)
{
    (void)ctx;
    (void)import;
    (void)found;
    (void)why;
    return WIO_ERR_UNLINKABLE;
}

static bool
have_entry(void)
{
    struct wio_instance_limits limits = { .table_elements = 1 };
    struct wio_trap trap;

    if (entry.exec) {
        return true;
    }
    wio_report_clear(&report);
    bench_error = report.text;
    wio_arena_init(&entry.arena, bench_memory, bench_memory_bytes);
    entry.store.instances = entry.room;
    entry.store.capacity = 1;
    if (wio_engine_load(guest_entry,
                        (uint32_t)(guest_entry_end - guest_entry),
                        WIO_FEATURE_ALL, &entry.arena, &entry.module,
                        &report) < 0) {
        return false;
    }
    limits.memory_bytes = wio_module_memory(entry.module, 0).min;
    return wio_engine_instantiate(entry.module, &entry.store, resolve_nothing,
                                  0, 0, &limits, &entry.arena,
                                  &entry.instance, &trap, &report) >= 0 &&
           wio_engine_exec_create(&entry.arena, ENTRY_STACK,
                                  &entry.exec) >= 0;
}

/* As a host does it: the budget, then the call. */
static inline __attribute__((always_inline)) bool
call_entry(const struct wio_extern *export, const uint32_t *args,
           uint32_t n_args, uint32_t *result)
{
    struct wio_trap trap;

    wio_engine_set_steps(entry.exec, WIO_STEPS_MAX);
    return wio_engine_call(entry.exec, &export->func, args, n_args, result,
                           &trap) >= 0 || fail(wio_trap_text(trap.cause));
}

static bool
run_empty(const struct bench_case *self, uint32_t n, uint32_t *result)
{
    struct wio_extern empty;

    (void)self;
    if (!have_entry() || !wio_engine_find(entry.instance, "empty", &empty)) {
        return false;
    }
    for (uint32_t i = 0; i < n; i++) {
        if (!call_entry(&empty, 0, 0, 0)) {
            return false;
        }
    }
    *result = n;
    return true;
}

static bool
run_irq(const struct bench_case *self, uint32_t n, uint32_t *result)
{
    struct wio_extern irq;
    struct wio_extern total;
    uint32_t before;

    (void)self;
    if (!have_entry() || !wio_engine_find(entry.instance, "irq", &irq) ||
        !wio_engine_find(entry.instance, "irq_total", &total) ||
        !call_entry(&total, 0, 0, &before)) {
        return false;
    }
    for (uint32_t i = 0; i < n; i++) {
        if (!call_entry(&irq, &i, 1, 0)) {
            return false;
        }
    }
    if (!call_entry(&total, 0, 0, result)) {
        return false;
    }
    *result -= before;
    return true;
}

/* -- Sizes ------------------------------------------------------------------------ */

bool
bench_sizes(void (*emit)(const char *guest, const char *what, uint32_t value))
{
    static const char *const names[N_CONTAINERS] = { "driver", "tmp105" };

    for (uint32_t i = 0; i < N_CONTAINERS; i++) {
        struct wio_container_info info;

        if (!have((enum container)i) ||
            wio_runtime_info(runtime, ids[i], &info) != 0) {
            return false;
        }
        emit(names[i], "file_bytes",
             (uint32_t)(containers[i].end - containers[i].bytes));
        emit(names[i], "code_bytes", info.code_bytes);
        emit(names[i], "compiled_bytes", info.compiled_bytes);
        emit(names[i], "arena_bytes", info.arena_bytes);
        emit(names[i], "memory_bytes", info.memory_bytes);
    }
    return true;
}

/* -- The table ---------------------------------------------------------------------- */

#define NATIVE(case_name, fn, count) \
    { \
        .name = case_name, .reference = case_name, .n = (count), \
        .run = run_native, .of.native = (fn), \
    }
#define CONTAINER(kernel, count) \
    { \
        .name = "interp." kernel, .reference = "native." kernel, \
        .n = (count), .run = run_container, .of.export_name = (kernel), \
    }

const struct bench_case bench_cases[] = {
    NATIVE("direct.registers", direct_registers, 4000),
    NATIVE("native.registers", native_registers, 4000),
    CONTAINER("registers", 4000),
    NATIVE("direct.straight", direct_straight, 1000),
    NATIVE("native.straight", native_straight, 1000),
    CONTAINER("straight", 1000),
    NATIVE("native.pins", native_pins, 4000),
    CONTAINER("pins", 4000),
    NATIVE("native.work", native_work, 4),
    CONTAINER("work", 4),
    NATIVE("native.empty", native_empty_calls, 4000),
    {
        .name = "interp.empty", .reference = "native.empty", .n = 4000,
        .run = run_empty,
    },
    {
        .name = "interp.operation", .reference = "native.empty", .n = 500,
        .run = run_operation,
    },
    NATIVE("native.irq", native_irq_calls, 4000),
    {
        .name = "interp.irq", .reference = "native.irq", .n = 4000,
        .run = run_irq,
    },
    {
        .name = "native.sensor", .reference = "native.sensor",
        .n = LADDER_SENSOR_N,
        .run = run_sensor_native,
    },
    {
        .name = "interp.sensor", .reference = "native.sensor",
        .n = LADDER_SENSOR_N,
        .run = run_sensor,
    },
    {
        .name = "load.tmp105", .reference = "load.tmp105", .n = 8,
        .run = run_load,
    },
};
const uint32_t bench_n_cases = sizeof bench_cases / sizeof bench_cases[0];
