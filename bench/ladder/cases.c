/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench/ladder/cases.c - ways to a device, on a board with its own port
 *
 * The table of common/cases.h once more, for everything that the matrix of the
 * report holds: accesses, class calls, entries, a bus transaction, general
 * computing, a load. self->guest says which engine: enum ladder_engine.
 */
#include "common/cases.h"

#include "common/native.h"
#include "common/window.h"
#include "guest/kernels.h"
#include "ladder/containers.h"
#include "ladder/machine.h"
#include "ladder/sdk.h"

#define LADDER(name) native_##name
#include "ladder/driver.h"

#ifndef LADDER_SENSOR_N
#define LADDER_SENSOR_N 64u        /* readings; fewer where the bus is slow */
#endif

uint32_t direct_open_all(void);
uint32_t direct_registers(uint32_t n);
uint32_t direct_straight(uint32_t n);

/* -- Natively ------------------------------------------------------------------ */

static bool
run_native(const struct bench_case *self, uint32_t n, uint32_t *result)
{
    if (!ladder_start()) {
        return false;
    }
    (void)native_open_all();
    (void)direct_open_all();
    *result = self->of.native(n);
    return g_faults == 0 || ladder_fail("an access was refused");
}

/* Once: a sensor that has just been powered wants some polls. */
static bool
run_sensor_native(const struct bench_case *self, uint32_t n, uint32_t *result)
{
    static bool settled;

    (void)self;
    if (!ladder_start() || native_sensor_init() != 0) {
        return false;
    }
    if (!settled) {
        (void)native_settle(1);
        settled = true;
    }
    *result = native_read_many(n);
    return *result != 0 || ladder_fail("the sensor does not answer");
}

/* -- In containers ------------------------------------------------------------- */

static enum ladder_engine
engine_of(const struct bench_case *self)
{
    return (enum ladder_engine)self->guest;
}

static bool
have_driver(const struct bench_case *self)
{
    uint32_t opened[2] = { 0, 0 };
    bool is_new;

    return ladder_have(LADDER_DRIVER, engine_of(self), &is_new) &&
           (!is_new || (ladder_call(LADDER_DRIVER, "open_all", 0, 0, opened) &&
                        (opened[0] ||
                         ladder_fail("the driver's needs do not open"))));
}

static bool
run_container(const struct bench_case *self, uint32_t n, uint32_t *result)
{
    uint32_t results[2];

    if (!have_driver(self) ||
        !ladder_call(LADDER_DRIVER, self->of.export_name, &n, 1, results)) {
        return false;
    }
    *result = results[0];
    return true;
}

/* What registers() or straight() wrote last. */
static bool
holds_last(const volatile uint32_t *window, uint32_t n)
{
    uint32_t in_turn = 0;
    uint32_t in_all = 0;

    for (uint32_t i = 0; i < LADDER_WINDOW_WORDS; i++) {
        in_turn += window[(n - 1u - i) % LADDER_WINDOW_WORDS] == n - 1u - i;
        in_all += window[i] == n - 1u;
    }
    return n < LADDER_WINDOW_WORDS || in_turn == LADDER_WINDOW_WORDS ||
           in_all == LADDER_WINDOW_WORDS;
}

/* A compiler that drops accesses would give the right sum as well. */
static bool
run_window(const struct bench_case *self, uint32_t n, uint32_t *result)
{
    volatile uint32_t *window = machine_window();

    for (uint32_t i = 0; i < LADDER_WINDOW_WORDS; i++) {
        window[i] = UINT32_MAX;
    }
    return run_container(self, n, result) &&
           (holds_last(window, n) ||
            ladder_fail("what it wrote is not in the window"));
}

static bool
run_sensor(const struct bench_case *self, uint32_t n, uint32_t *result)
{
    uint32_t results[2];
    bool is_new;

    if (!ladder_have(LADDER_SENSOR, engine_of(self), &is_new) ||
        (is_new && !ladder_call(LADDER_SENSOR, "settle", &n, 1, results)) ||
        !ladder_call(LADDER_SENSOR, "read_many", &n, 1, results)) {
        return false;
    }
    *result = results[0];
    return *result != 0 || ladder_fail("the sensor does not answer");
}

/* Operations: looked up by name, called within a budget. */
static bool
run_operation(const struct bench_case *self, uint32_t n, uint32_t *result)
{
    uint32_t results[2];

    if (!have_driver(self)) {
        return false;
    }
    for (uint32_t i = 0; i < n; i++) {
        if (!ladder_call(LADDER_DRIVER, "nothing", &i, 1, results) ||
            results[0] != i) {
            return false;
        }
    }
    *result = n;
    return true;
}

static bool
run_load(const struct bench_case *self, uint32_t n, uint32_t *result)
{
    bool is_new;

    if (!ladder_have(LADDER_SENSOR, engine_of(self), &is_new)) {
        return false;
    }
    for (uint32_t i = 0; i < n; i++) {
        if (!ladder_reload(LADDER_SENSOR, engine_of(self))) {
            return false;
        }
    }
    *result = n;
    return true;
}

/* -- Calls by the engine alone ---------------------------------------------------- */

/* As a host does it: the budget, then the call. */
static inline __attribute__((always_inline)) bool
call_entry(struct wio_exec *exec, const struct wio_extern *export,
           uint32_t *result)
{
    struct wio_trap trap;

    wio_engine_set_steps(exec, WIO_STEPS_MAX);
    return wio_engine_call(exec, &export->func, 0, 0, result, &trap) >= 0 ||
           ladder_fail(wio_trap_text(trap.cause));
}

static bool
run_call(const struct bench_case *self, uint32_t n, uint32_t *result)
{
    struct wio_instance *instance;
    struct wio_extern empty;
    struct wio_exec *exec;

    if (!ladder_entry(engine_of(self), &instance, &exec) ||
        !wio_engine_find(instance, "empty", &empty)) {
        return false;
    }
    for (uint32_t i = 0; i < n; i++) {
        if (!call_entry(exec, &empty, 0)) {
            return false;
        }
    }
    *result = n;
    return true;
}

/* As the runtime calls mains and handlers: prepared once. The argument is
 * written by each call of a function that takes one. */
static bool
run_prepared(const struct bench_case *self, uint32_t n, const char *name,
             bool has_argument)
{
    uint32_t unused;
    struct wio_instance *instance;
    struct wio_extern export;
    struct wio_exec *exec;
    struct wio_trap trap;
    uint32_t *argument;
    int err = 0;

    if (!ladder_entry(engine_of(self), &instance, &exec) ||
        !wio_engine_find(instance, name, &export)) {
        return false;
    }
    argument = wio_engine_prepare(exec, &export.func);
    if (!argument) {
        return ladder_fail("the export cannot be prepared");
    }
    argument = has_argument ? argument : &unused;
    if (engine_of(self) == LADDER_AOT) {
        for (uint32_t i = 0; i < n && err == 0; i++) {
            *argument = i;
            wio_engine_set_steps(exec, WIO_STEPS_MAX);
            err = wio_engine_enter(exec, &trap);
        }
    } else {
        for (uint32_t i = 0; i < n && err == 0; i++) {
            *argument = i;
            wio_engine_set_steps(exec, WIO_STEPS_MAX);
            err = wio_engine_call(exec, &export.func, 0, WIO_PREPARED, 0,
                                  &trap);
        }
    }
    return err == 0 || ladder_fail(wio_trap_text(trap.cause));
}

static bool
run_empty(const struct bench_case *self, uint32_t n, uint32_t *result)
{
    *result = n;
    return run_prepared(self, n, "empty", false);
}

static bool
run_irq(const struct bench_case *self, uint32_t n, uint32_t *result)
{
    struct wio_instance *instance;
    struct wio_extern total;
    struct wio_exec *exec;
    uint32_t before;

    if (!ladder_entry(engine_of(self), &instance, &exec) ||
        !wio_engine_find(instance, "irq_total", &total) ||
        !call_entry(exec, &total, &before) ||
        !run_prepared(self, n, "irq", true) ||
        !call_entry(exec, &total, result)) {
        return false;
    }
    *result -= before;
    return true;
}

/* -- Sizes ------------------------------------------------------------------------ */

bool
bench_sizes(void (*emit)(const char *guest, const char *what, uint32_t value))
{
    static const char *const names[LADDER_N_ENGINES] = { "interp", "aot" };

    for (uint32_t i = 0; i < LADDER_N_ENGINES; i++) {
        const enum ladder_engine engine = (enum ladder_engine)i;
        struct wio_container_info info;
        bool is_new;

        if (!ladder_have(LADDER_SENSOR, engine, &is_new) ||
            !ladder_info(LADDER_SENSOR, &info)) {
            return false;
        }
        emit(names[i], "file_bytes",
             ladder_file_bytes(LADDER_SENSOR, engine));
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
/* A row in both engines. */
#define IN(engine, engine_number, what, right, how, kernel, count) \
    { \
        .name = engine "." what, .reference = "native." right, \
        .n = (count), .run = (how), .of.export_name = (kernel), \
        .guest = (engine_number), \
    }
#define BOTH(what, right, how, kernel, count) \
    IN("interp", LADDER_INTERP, what, right, how, kernel, count), \
    IN("aot", LADDER_AOT, what, right, how, kernel, count)
#define KERNEL_OF(what, right, count) \
    BOTH(what, right, run_container, what, count)
#define ACCESS_OF(what, right, count) \
    BOTH(what, right, run_window, what, count)

const struct bench_case bench_cases[] = {
    NATIVE("direct.registers", direct_registers, 20000),
    NATIVE("native.registers", native_registers, 20000),
    NATIVE("direct.straight", direct_straight, 1000),
    NATIVE("native.straight", native_straight, 1000),
    NATIVE("native.pins", native_pins, 20000),
    NATIVE("native.work", native_work, 4),
    NATIVE("native.empty", native_empty_calls, 20000),
    NATIVE("native.irq", native_irq_calls, 20000),
    {
        .name = "native.sensor", .reference = "native.sensor",
        .n = LADDER_SENSOR_N, .run = run_sensor_native,
    },
    ACCESS_OF("registers", "registers", 20000),
    ACCESS_OF("straight", "straight", 1000),
    ACCESS_OF("window_registers", "registers", 20000),
    ACCESS_OF("window_straight", "straight", 1000),
    ACCESS_OF("batch", "straight", 1000),
    KERNEL_OF("pins", "pins", 20000),
    KERNEL_OF("work", "work", 4),
    BOTH("operation", "empty", run_operation, 0, 500),
    BOTH("call", "empty", run_call, 0, 20000),
    BOTH("empty", "empty", run_empty, 0, 20000),
    BOTH("irq", "irq", run_irq, 0, 20000),
    BOTH("sensor", "sensor", run_sensor, 0, LADDER_SENSOR_N),
    BOTH("load", "empty", run_load, 0, 8),
};
const uint32_t bench_n_cases = sizeof bench_cases / sizeof bench_cases[0];
