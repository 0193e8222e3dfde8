/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Steps, stopping, calls that come back, and what a trap says: the promises of
 * engine.h about execution that the specification's vectors do not see. With
 * NATIVE the same of native code, which must count the same steps; it says of
 * a trap only which function was called.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/aot/attach.h"
#include "engine/aot/image.h"
#include "engine/engine.h"
#include "engine/interp/module.h"       /* WIO_CFG_ATOMIC_BYTES */

#ifdef NATIVE
#define STACK_BYTES 65536u           /* a frame of C is larger */
#define IS_NATIVE true
extern const struct wio_aot_image wio_image;
#else
#define STACK_BYTES 8192u
#define IS_NATIVE false
#endif

struct fixture {
    uint8_t bytes[8192];
    uint32_t n_bytes;
    uint8_t memory[256u << 10];
    struct wio_instance *instance;
    struct wio_exec *exec;
    struct wio_store store;
    struct wio_instance *instances[1];

    const char *back_to;        /* export that the host function calls */
    uint32_t back_arg;
    int back_result;
    struct wio_trap back_trap;
    bool stop;                  /* or asks the exec to stop */
    uint32_t n_calls;           /* of host functions */
    uint32_t depth;             /* of calls back, most seen */
};

/* -- Host ----------------------------------------------------------------- */

static const struct wio_func *
find(struct fixture *f, const char *name)
{
    static struct wio_extern found;

    if (!wio_engine_find(f->instance, name, &found)) {
        fail_msg("no export %s", name);
    }
    return &found.func;
}

static uint32_t
host(struct wio_instance *instance, uint32_t value)
{
    struct fixture *f = instance->host;
    uint32_t result[2] = { 0, 0 };

    f->n_calls++;
    if (f->stop) {
        wio_engine_stop(f->exec);
    }
    if (f->back_to) {
        f->depth++;
        f->back_result = wio_engine_call(f->exec, find(f, f->back_to),
                                         &f->back_arg, 1, result,
                                         &f->back_trap);
        return result[0];
    }
    return value + 1;
}

static uint32_t
leaf(struct wio_instance *instance, uint32_t value)
{
    struct fixture *f = instance->host;

    f->n_calls++;
    if (f->stop) {
        wio_engine_stop(f->exec);
    }
    return value + 1;
}

static int
resolve(void *ctx, const struct wio_import_info *import,
        struct wio_extern *found, struct wio_report *report)
{
    static const struct wio_host_func funcs[] = {
        { "h", "host", "i:i", (wio_host_fn)host, 0 },
        { "h", "leaf", "i:i", (wio_host_fn)leaf, WIO_HOST_LEAF },
    };

    (void)ctx;
    (void)report;
    *found = (struct wio_extern){
        .kind = WIO_EXTERN_FUNC,
        .of.host_func = &funcs[wio_span_is(import->name, "leaf")]
    };
    return 0;
}

static struct fixture fixture;

static int
attach(struct wio_module *module, struct wio_report *report)
{
#ifdef NATIVE
    return wio_engine_attach(module, &wio_image, report);
#else
    (void)module;
    (void)report;
    return 0;
#endif
}

static int
set_up(void **state)
{
    const struct wio_instance_limits limits = { 65536, 3, false };
    struct fixture *f = &fixture;
    struct wio_module *module;
    struct wio_arena arena;
    struct wio_report report;
    struct wio_trap trap;
    FILE *file = fopen(GUEST, "rb");

    memset(f, 0, sizeof *f);
    if (!file) {
        return -1;
    }
    f->n_bytes = (uint32_t)fread(f->bytes, 1, sizeof f->bytes, file);
    (void)fclose(file);
    wio_report_clear(&report);
    wio_arena_init(&arena, f->memory, sizeof f->memory);
    f->store = (struct wio_store){ f->instances, 1, 0 };
    if (wio_engine_load(f->bytes, f->n_bytes, WIO_FEATURE_ALL, &arena,
                        &module, &report) ||
        attach(module, &report) ||
        wio_engine_instantiate(module, &f->store, resolve, NULL, f, &limits,
                               &arena, &f->instance, &trap, &report) ||
        wio_engine_exec_create(&arena, STACK_BYTES, &f->exec)) {
        (void)fprintf(stderr, "%s\n", report.text);
        return -1;
    }
    wio_engine_set_steps(f->exec, WIO_STEPS_MAX);
    *state = f;
    return 0;
}

static int
call(struct fixture *f, const char *name, uint32_t arg, struct wio_trap *trap)
{
    const struct wio_func *func = find(f, name);
    uint64_t scratch[512];
    uint32_t results[2];
    int err = wio_engine_call(f->exec, func, &arg,
                              wio_engine_func_type(*func).params.len, results,
                              trap);

    if (err == WIO_ERR_TRAPPED) {
        wio_engine_locate(f->instance->module, trap, scratch,
                          sizeof(scratch));
    }
    return err;
}

static uint32_t
steps_of(struct fixture *f, const char *name, uint32_t arg)
{
    struct wio_trap trap;

    wio_engine_set_steps(f->exec, 100000);
    if (call(f, name, arg, &trap)) {
        fail_msg("%s: %s", name, wio_trap_text(trap.cause));
    }
    return 100000 - wio_engine_steps_left(f->exec);
}

/* -- Steps ---------------------------------------------------------------- */

/* name, steps that one round more costs */
static const struct {
    const char *name;
    uint32_t per_round;
} loops[] = {
    { "count-down", 1 }, { "count-up", 1 }, { "less-than", 1 },
    { "jump", 1 },       { "table", 1 },    { "wide", 1 },
    { "with-values", 1 }, { "nested", 3 },  { "calls", 2 },
    { "indirect", 2 },   { "recursion", 1 },
};

/* One a call and one a taken branch back, whatever operators they became. */
static void
steps_are_counted(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof loops / sizeof loops[0]; i++) {
        const uint32_t base = steps_of(f, loops[i].name, 1);

        for (uint32_t n = 2; n < 40; n += 7) {
            const uint32_t want = base + (n - 1) * loops[i].per_round;
            const uint32_t got = steps_of(f, loops[i].name, n);

            if (got != want) {
                fail_msg("%s(%u): %u steps, want %u", loops[i].name,
                         (unsigned)n, (unsigned)got, (unsigned)want);
            }
        }
    }
    assert_int_equal(steps_of(f, "count-down", 1),
                     steps_of(f, "count-up", 1));
}

/* A budget of what it costs suffices, one less does not, and the instance
 * can be called again. */
static void
steps_end(void **state)
{
    struct fixture *f = *state;
    struct wio_trap trap;

    for (size_t i = 0; i < sizeof loops / sizeof loops[0]; i++) {
        const uint32_t cost = steps_of(f, loops[i].name, 20);

        wio_engine_set_steps(f->exec, cost);
        assert_int_equal(call(f, loops[i].name, 20, &trap), 0);
        assert_int_equal(wio_engine_steps_left(f->exec), 0);
        for (uint32_t less = 1; less < 20; less += 6) {
            wio_engine_set_steps(f->exec, cost - less);
            assert_int_equal(call(f, loops[i].name, 20, &trap),
                             WIO_ERR_TRAPPED);
            assert_int_equal(trap.cause, WIO_TRAP_STEPS);
            assert_int_equal(wio_engine_steps_left(f->exec), 0);
        }
        wio_engine_set_steps(f->exec, cost);
        assert_int_equal(call(f, loops[i].name, 20, &trap), 0);
    }
}

/* Calls back from a host function run on the same steps. */
static void
steps_are_shared(void **state)
{
    struct fixture *f = *state;
    const uint32_t alone = steps_of(f, "host", 0);
    const uint32_t inner = steps_of(f, "count-down", 30);
    struct wio_trap trap;

    f->back_to = "count-down";
    f->back_arg = 30;
    assert_int_equal(steps_of(f, "host", 0), alone + inner);
    assert_int_equal(f->back_result, 0);

    wio_engine_set_steps(f->exec, inner - 5);
    (void)call(f, "host", 0, &trap);
    assert_int_equal(f->back_result, WIO_ERR_TRAPPED);
    assert_int_equal(f->back_trap.cause, WIO_TRAP_STEPS);
    assert_int_equal(wio_engine_steps_left(f->exec), 0);
}

/* -- Calls back ----------------------------------------------------------- */

/* Guest and host call each other until the guest's stack is full; then all
 * of it unwinds and works again. */
static void
calls_back_end_with_the_stack(void **state)
{
    struct fixture *f = *state;
    struct wio_trap trap;

    f->back_to = "host";
    f->back_arg = 3;
    (void)call(f, "host", 3, &trap);
    assert_in_range(f->depth, 5, STACK_BYTES);
    f->back_to = NULL;
    assert_int_equal(call(f, "host", 3, &trap), 0);
}

static void
a_trap_inside_does_not_reach_outside(void **state)
{
    struct fixture *f = *state;
    const struct wio_func *func = find(f, "host");
    struct wio_trap trap;
    uint32_t arg = 3;
    uint32_t result = 0;

    f->back_to = "t-divide";
    f->back_arg = 0;
    assert_int_equal(wio_engine_call(f->exec, func, &arg, 1, &result, &trap),
                     0);
    assert_int_equal(f->back_result, WIO_ERR_TRAPPED);
    assert_int_equal(f->back_trap.cause, WIO_TRAP_INTEGER_DIVIDE);
    assert_int_equal(result, 1);        /* the host's answer 0, and one */
}

/* -- Stopping ------------------------------------------------------------- */

static void
stop_at_the_next_safepoint(void **state)
{
    struct fixture *f = *state;
    struct wio_trap trap;

    f->stop = true;
    wio_engine_set_steps(f->exec, 1000);
    assert_int_equal(call(f, "host-then-loop", 500, &trap), WIO_ERR_TRAPPED);
    assert_int_equal(trap.cause, WIO_TRAP_STOPPED);
    assert_in_range(wio_engine_steps_left(f->exec), 990, 1000);

    /* While nothing runs it is dropped when the steps are set. */
    f->stop = false;
    wio_engine_stop(f->exec);
    wio_engine_set_steps(f->exec, 1000);
    assert_int_equal(call(f, "count-down", 50, &trap), 0);
    assert_int_equal(call(f, "count-down", 50, &trap), 0);
}

/* Whoever calls one host function after the other comes to no safepoint. */
static void
stop_behind_a_host_function(void **state)
{
    static const char *const names[] = { "hosts", "leaves" };
    struct fixture *f = *state;
    struct wio_trap trap;

    for (uint32_t i = 0; i < 2; i++) {
        f->n_calls = 0;
        f->stop = true;
        wio_engine_set_steps(f->exec, 1000);
        assert_int_equal(call(f, names[i], 1, &trap), WIO_ERR_TRAPPED);
        assert_int_equal(trap.cause, WIO_TRAP_STOPPED);
        assert_int_equal(f->n_calls, 1);

        f->stop = false;                /* and it is over with that */
        assert_int_equal(call(f, names[i], 1, &trap), 0);
        assert_int_equal(f->n_calls, 4);
    }
}

static void *
stop_soon(void *exec)
{
    (void)usleep(20000);
    wio_engine_stop(exec);
    return NULL;
}

static void
stop_from_another_thread(void **state)
{
    struct fixture *f = *state;
    struct wio_trap trap;
    pthread_t thread;

    for (int i = 0; i < 3; i++) {
        wio_engine_set_steps(f->exec, WIO_STEPS_MAX);
        assert_int_equal(pthread_create(&thread, NULL, stop_soon, f->exec),
                         0);
        assert_int_equal(call(f, "forever", 0, &trap), WIO_ERR_TRAPPED);
        assert_int_equal(trap.cause, WIO_TRAP_STOPPED);
        assert_int_equal(pthread_join(thread, NULL), 0);
        assert_in_range(wio_engine_steps_left(f->exec), 1, WIO_STEPS_MAX);
    }
    assert_int_equal(call(f, "count-down", 50, &trap), 0);
}

/* -- What a trap says ----------------------------------------------------- */

/* Where the constant @value ends in the module (LEB128 of an i32.const). */
static uint32_t
after_constant(const struct fixture *f, int32_t value)
{
    uint8_t code[6] = { 0x41 };
    uint32_t n = 1;

    for (int32_t rest = value; n < 4; rest >>= 7) {
        code[n++] = (uint8_t)((rest & 0x7f) | 0x80);
    }
    code[n - 1] &= 0x7f;                  /* 70001 .. and back: three bytes */
    for (uint32_t at = 8; at + n <= f->n_bytes; at++) {
        if (memcmp(f->bytes + at, code, n) == 0) {
            return at + n;
        }
    }
    fail_msg("no constant %d in the module", (int)value);
    return 0;
}

/* The operator is the first byte @opcode behind the constant. */
static void
traps_at(struct fixture *f, const char *name, uint32_t func_of_export,
         enum wio_trap_cause cause, int32_t constant, uint8_t opcode)
{
    struct wio_trap trap;
    uint32_t at = after_constant(f, constant);

    while (f->bytes[at] != opcode) {
        at++;
    }
    assert_int_equal(call(f, name, 0, &trap), WIO_ERR_TRAPPED);
    if (IS_NATIVE) {
        at = 0;
        func_of_export = find(f, name)->index;
    }
    if (trap.cause != cause || trap.offset != at ||
        trap.func != func_of_export) {
        fail_msg("%s: cause %d, function %u, byte %u; want %d, %u, %u", name,
                 (int)trap.cause, (unsigned)trap.func, (unsigned)trap.offset,
                 (int)cause, (unsigned)func_of_export, (unsigned)at);
    }
}

static void
traps_say_where(void **state)
{
    static const struct {
        const char *name;
        enum wio_trap_cause cause;
        int32_t constant;
        uint8_t opcode;
    } traps[] = {
        { "t-unreachable", WIO_TRAP_UNREACHABLE, 70001, 0x00 },
        { "t-load", WIO_TRAP_MEMORY_BOUNDS, -70002, 0x28 },
        { "t-store", WIO_TRAP_MEMORY_BOUNDS, -70003, 0x36 },
        { "t-divide", WIO_TRAP_INTEGER_DIVIDE, 70004, 0x6d },
        { "t-trunc", WIO_TRAP_INVALID_CONVERSION, 70005, 0xa8 },
        { "t-indirect", WIO_TRAP_UNDEFINED_ELEMENT, 70006, 0x11 },
        { "t-type", WIO_TRAP_INDIRECT_TYPE, 70011, 0x11 },
        { "t-null", WIO_TRAP_UNINITIALIZED_ELEMENT, 70007, 0x11 },
        { "t-fill", WIO_TRAP_MEMORY_BOUNDS, 70008, 0xfc },
        { "t-atomic", WIO_TRAP_UNALIGNED, 70010, 0xfe },
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof traps / sizeof traps[0]; i++) {
        traps_at(f, traps[i].name, find(f, traps[i].name)->index,
                 traps[i].cause, traps[i].constant, traps[i].opcode);
    }
    /* Deep down: the function that trapped, which stands before the export. */
    traps_at(f, "t-deep", find(f, "t-deep")->index - 1, WIO_TRAP_UNREACHABLE,
             70009, 0x00);
}

/* -- Atomic accesses ------------------------------------------------------ */

static void
trap_of(struct fixture *f, const char *name, uint32_t arg,
        enum wio_trap_cause cause)
{
    struct wio_trap trap = { .cause = WIO_TRAP_NONE };

    assert_int_equal(call(f, name, arg, &trap), WIO_ERR_TRAPPED);
    if (trap.cause != cause) {
        fail_msg("%s(%u): %s", name, (unsigned)arg,
                 wio_trap_text(trap.cause));
    }
}

/* In a handler it is refused before its address is looked at. */
static void
nobody_waits_in_memory(void **state)
{
    struct fixture *f = *state;

    trap_of(f, "wait", 8, WIO_TRAP_NOT_SHARED);
    trap_of(f, "wait", 9, WIO_TRAP_UNALIGNED);
    trap_of(f, "wait", 65536, WIO_TRAP_MEMORY_BOUNDS);
    wio_engine_set_handler(f->exec, true);
    trap_of(f, "wait", 8, WIO_TRAP_HANDLER);
    trap_of(f, "wait", 9, WIO_TRAP_HANDLER);
    trap_of(f, "wait", 65536, WIO_TRAP_HANDLER);
}

static void
atomic_addresses_are_checked(void **state)
{
    struct fixture *f = *state;
    struct wio_trap trap;

    for (uint32_t at = 65529; at < 65536; at++) {
        trap_of(f, "add64", at, WIO_TRAP_UNALIGNED);
    }
    trap_of(f, "add64", 65536, WIO_TRAP_MEMORY_BOUNDS);
    trap_of(f, "add64", 0xfffffff8u, WIO_TRAP_MEMORY_BOUNDS);
    trap_of(f, "add8", 65536, WIO_TRAP_MEMORY_BOUNDS);
    assert_int_equal(call(f, "add64", 65528, &trap), 0);
    assert_int_equal(call(f, "add8", 65535, &trap), 0);
}

struct locks {
    uint32_t n_entered;
    uint32_t n_left;
};

static uint32_t
enter(void *ctx)
{
    struct locks *locks = ctx;

    assert_int_equal(locks->n_entered, locks->n_left);
    return ++locks->n_entered + 100;
}

static void
leave(void *ctx, uint32_t key)
{
    struct locks *locks = ctx;

    assert_int_equal(key, locks->n_entered + 100);
    locks->n_left++;
}

/* For what the processor cannot do in one step, and for nothing else. */
static void
wide_atomics_take_the_lock(void **state)
{
    struct fixture *f = *state;
    struct locks locks = { 0, 0 };
    const struct wio_engine_lock lock = { enter, leave, &locks };
    struct wio_trap trap;

    wio_engine_set_lock(f->instance, &lock);
    assert_int_equal(call(f, "add8", 16, &trap), 0);
    assert_int_equal(locks.n_left, WIO_CFG_ATOMIC_BYTES < 1);
    locks = (struct locks){ 0, 0 };
    assert_int_equal(call(f, "add64", 16, &trap), 0);
    assert_int_equal(locks.n_left, WIO_CFG_ATOMIC_BYTES < 8);
    trap_of(f, "add64", 17, WIO_TRAP_UNALIGNED);
    assert_int_equal(locks.n_left, WIO_CFG_ATOMIC_BYTES < 8);
    assert_int_equal(locks.n_entered, locks.n_left);
    wio_engine_set_lock(f->instance, NULL);
    assert_int_equal(call(f, "add64", 16, &trap), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(steps_are_counted, set_up),
        cmocka_unit_test_setup(steps_end, set_up),
        cmocka_unit_test_setup(steps_are_shared, set_up),
        cmocka_unit_test_setup(calls_back_end_with_the_stack, set_up),
        cmocka_unit_test_setup(a_trap_inside_does_not_reach_outside, set_up),
        cmocka_unit_test_setup(stop_at_the_next_safepoint, set_up),
        cmocka_unit_test_setup(stop_behind_a_host_function, set_up),
        cmocka_unit_test_setup(stop_from_another_thread, set_up),
        cmocka_unit_test_setup(traps_say_where, set_up),
        cmocka_unit_test_setup(nobody_waits_in_memory, set_up),
        cmocka_unit_test_setup(atomic_addresses_are_checked, set_up),
        cmocka_unit_test_setup(wide_atomics_take_the_lock, set_up),
    };

    return cmocka_run_group_tests_name("exec", tests, NULL, NULL);
}
