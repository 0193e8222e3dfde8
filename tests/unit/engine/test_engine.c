/* SPDX-License-Identifier: Apache-2.0 */
/* Steps, stops, traps, limits, and the compiler's pitfalls. The vectors of
 * tests/spec have the semantics; here is what they cannot ask. */
#include <limits.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "engine/engine.h"

#define ARENA_BYTES (4u << 20)
#define STACK_BYTES 65536u

struct host {
    struct wio_exec *exec;
    struct wio_func target;      /* what `back` calls */
    uint32_t steps_seen;         /* by `back`, before it calls */
    int err;                     /* of its call */
    struct wio_trap trap;
    int32_t raise;               /* `leaf` raises this, unless 0 */
};

struct world {
    uint8_t *bytes;
    uint32_t n_bytes;
    uint8_t *memory;
    struct wio_arena arena;
    struct wio_module *module;
    struct wio_instance *instance;
    struct wio_exec *exec;
    struct host host;
};

/* -- The host ------------------------------------------------------------- */

static uint32_t
host_back(struct wio_instance *instance, uint32_t n)
{
    struct host *host = instance->host;
    uint32_t result = 0;

    assert_ptr_equal(instance->exec, host->exec);
    host->steps_seen = wio_engine_steps_left(host->exec);
    host->err = wio_engine_call(host->exec, &host->target, &n, 1, &result,
                                &host->trap);
    return result;
}

static uint32_t
host_leaf(struct wio_instance *instance, uint32_t n)
{
    const struct host *host = instance->host;

    if (host->raise) {
        wio_engine_raise(instance, WIO_TRAP_DENIED, host->raise);
        wio_engine_raise(instance, WIO_TRAP_HOST, 1);    /* the first wins */
    }
    return n * 2;
}

static uint64_t
host_wide(struct wio_instance *instance, uint32_t a, uint32_t b)
{
    (void)instance;
    return (uint64_t)a << 32 | b;
}

static const struct wio_host_func offered[] = {
    { "env", "back", "i:i", (wio_host_fn)host_back, 0 },
    { "env", "leaf", "i:i", (wio_host_fn)host_leaf, WIO_HOST_LEAF },
    { "env", "wide", "ii:I", (wio_host_fn)host_wide, WIO_HOST_LEAF }
};

static int
resolve(void *ctx, const struct wio_import_info *import,
        struct wio_extern *found, struct wio_report *report)
{
    (void)ctx;
    (void)report;
    for (size_t i = 0; i < sizeof offered / sizeof offered[0]; i++) {
        if (wio_span_is(import->name, offered[i].name)) {
            found->kind = WIO_EXTERN_FUNC;
            found->of.host_func = &offered[i];
            return 0;
        }
    }
    return WIO_ERR_UNLINKABLE;
}

/* -- Worlds --------------------------------------------------------------- */

static void
read_guest(struct world *w, const char *name)
{
    char path[PATH_MAX];
    FILE *file;
    long size;

    snprintf(path, sizeof path, "%s/%s.wasm", GUESTS, name);
    file = fopen(path, "rb");
    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    size = ftell(file);
    rewind(file);
    w->n_bytes = (uint32_t)size;
    w->bytes = malloc(w->n_bytes);
    assert_int_equal(fread(w->bytes, 1, w->n_bytes, file), w->n_bytes);
    fclose(file);
}

static int
instantiate(struct world *w, uint32_t memory_bytes, struct wio_report *report)
{
    struct wio_instance_limits limits = { .memory_bytes = memory_bytes,
                                          .table_elements = 16 };
    struct wio_trap trap;

    return wio_engine_instantiate(w->module, NULL, resolve, NULL, &w->host,
                                  &limits, &w->arena, &w->instance, &trap,
                                  report);
}

static struct world *
open_world(const char *name, uint32_t stack_bytes)
{
    struct world *w = calloc(1, sizeof *w);
    struct wio_report report = { .code = 0 };

    read_guest(w, name);
    w->memory = malloc(ARENA_BYTES + stack_bytes);
    wio_arena_init(&w->arena, w->memory, ARENA_BYTES + stack_bytes);
    assert_int_equal(wio_engine_load(w->bytes, w->n_bytes, WIO_FEATURE_ALL,
                                     &w->arena, &w->module, &report), 0);
    assert_int_equal(instantiate(w, 131072, &report), 0);
    assert_int_equal(wio_engine_exec_create(&w->arena, stack_bytes, &w->exec),
                     0);
    w->host.exec = w->exec;
    return w;
}

static void
close_world(struct world *w)
{
    free(w->memory);
    free(w->bytes);
    free(w);
}

static const struct wio_func *
find(struct world *w, const char *name)
{
    static struct wio_extern found;

    assert_true(wio_engine_find(w->instance, name, &found));
    assert_int_equal(found.kind, WIO_EXTERN_FUNC);
    return &found.func;
}

static uint32_t
call(struct world *w, const char *name, const uint32_t *args, uint32_t n_args)
{
    struct wio_trap trap;
    uint32_t results[4] = { 0xdeadu };

    assert_int_equal(wio_engine_call(w->exec, find(w, name), args, n_args,
                                     results, &trap), 0);
    return results[0];
}

static uint32_t
call1(struct world *w, const char *name, uint32_t arg)
{
    return call(w, name, &arg, 1);
}

static struct wio_trap
call_trapping(struct world *w, const char *name, uint32_t arg, uint32_t n_args)
{
    struct wio_trap trap = { .cause = WIO_TRAP_NONE };
    uint64_t scratch[512];
    uint32_t result = 77;

    assert_int_equal(wio_engine_call(w->exec, find(w, name), &arg, n_args,
                                     &result, &trap), WIO_ERR_TRAPPED);
    wio_engine_locate(w->module, &trap, scratch, sizeof(scratch));
    assert_int_equal(result, 77);
    assert_null(w->instance->exec);
    return trap;
}

/* -- Steps ---------------------------------------------------------------- */

static void
steps_of_a_call(void **state)
{
    struct world *w = open_world("guest", STACK_BYTES);

    (void)state;
    wio_engine_set_steps(w->exec, 10);
    call(w, "empty", NULL, 0);
    assert_int_equal(wio_engine_steps_left(w->exec), 9);
    wio_engine_set_steps(w->exec, 0);
    assert_int_equal(call_trapping(w, "empty", 0, 0).cause, WIO_TRAP_STEPS);
    close_world(w);
}

static void
steps_do_not_depend_on_fusion(void **state)
{
    static const char *const forms[] = {
        "count", "count_plain", "count_table"
    };
    struct world *w = open_world("guest", STACK_BYTES);

    (void)state;
    for (uint32_t i = 0; i < 3; i++) {
        wio_engine_set_steps(w->exec, 1000);
        assert_int_equal(call1(w, forms[i], 100), 100);
        assert_int_equal(wio_engine_steps_left(w->exec), 1000 - 1 - 99);
    }
    close_world(w);
}

static void
steps_end_exactly(void **state)
{
    struct world *w = open_world("guest", STACK_BYTES);

    (void)state;
    wio_engine_set_steps(w->exec, 100);      /* 1 call, 99 back-edges */
    assert_int_equal(call1(w, "count", 100), 100);
    assert_int_equal(wio_engine_steps_left(w->exec), 0);
    wio_engine_set_steps(w->exec, 99);
    assert_int_equal(call_trapping(w, "count", 100, 1).cause, WIO_TRAP_STEPS);
    assert_int_equal(wio_engine_steps_left(w->exec), 0);
    wio_engine_set_steps(w->exec, 1000);
    assert_int_equal(call_trapping(w, "spin", 0, 0).cause, WIO_TRAP_STEPS);
    wio_engine_set_steps(w->exec, 100);
    assert_int_equal(call1(w, "count", 100), 100);
    close_world(w);
}

/* 1000 bytes are 62 steps, four times, and the call is one. */
static void
steps_pay_for_bulk_operators(void **state)
{
    struct world *w = open_world("guest", STACK_BYTES);

    (void)state;
    wio_engine_set_steps(w->exec, 1000);
    call1(w, "fills", 1000);
    assert_int_equal(wio_engine_steps_left(w->exec), 1000 - 1 - 4 * 62);
    wio_engine_set_steps(w->exec, 1 + 4 * 62);
    call1(w, "fills", 1000);
    assert_int_equal(wio_engine_steps_left(w->exec), 0);
    wio_engine_set_steps(w->exec, 4 * 62);
    assert_int_equal(call_trapping(w, "fills", 1000, 1).cause, WIO_TRAP_STEPS);
    /* Paid piece by piece: too little for the last one is left. */
    assert_in_range(wio_engine_steps_left(w->exec), 0, 3);
    /* What is refused costs nothing, however long it would be. */
    wio_engine_set_steps(w->exec, 3);
    assert_int_equal(call_trapping(w, "fills", UINT32_MAX, 1).cause,
                     WIO_TRAP_MEMORY_BOUNDS);
    assert_int_equal(wio_engine_steps_left(w->exec), 2);
    close_world(w);
}

static void
steps_survive_nesting(void **state)
{
    struct world *w = open_world("guest", STACK_BYTES);

    (void)state;
    w->host.target = *find(w, "count");
    wio_engine_set_steps(w->exec, 50);
    assert_int_equal(call1(w, "calls_back", 10), 11);
    assert_int_equal(w->host.steps_seen, 49);
    assert_int_equal(wio_engine_steps_left(w->exec), 50 - 1 - 10);

    /* The nested call uses them up: it traps, and so does its caller's next
     * step, but not before. */
    wio_engine_set_steps(w->exec, 6);
    assert_int_equal(call1(w, "calls_back", 10), 1);
    assert_int_equal(w->host.err, WIO_ERR_TRAPPED);
    assert_int_equal(w->host.trap.cause, WIO_TRAP_STEPS);
    assert_int_equal(wio_engine_steps_left(w->exec), 0);

    /* The same through the export of an import. */
    w->host.target = *find(w, "calls_leaf");
    wio_engine_set_steps(w->exec, 5);
    assert_int_equal(call1(w, "calls_back", 4), 10);
    assert_int_equal(wio_engine_steps_left(w->exec), 3);
    close_world(w);
}

/* -- Stop ----------------------------------------------------------------- */

static void *
stopper(void *arg)
{
    struct world *w = arg;
    const struct timespec pause = { .tv_nsec = 20000000 };

    nanosleep(&pause, NULL);
    wio_engine_stop(w->exec);
    return NULL;
}

static void
stop_from_a_thread(void **state)
{
    struct world *w = open_world("guest", STACK_BYTES);
    pthread_t thread;

    (void)state;
    for (uint32_t i = 0; i < 5; i++) {
        wio_engine_set_steps(w->exec, WIO_STEPS_MAX);
        assert_int_equal(pthread_create(&thread, NULL, stopper, w), 0);
        assert_int_equal(call_trapping(w, "spin", 0, 0).cause,
                         WIO_TRAP_STOPPED);
        pthread_join(thread, NULL);
        assert_true(wio_engine_steps_left(w->exec) > 0);
        assert_int_equal(call1(w, "count", 5), 5);
    }
    close_world(w);
}

/* A timer may fire between being armed and the call: that stop counts. One
 * that came after a call is dropped when the steps are set for the next. */
static void
stop_before_a_call_is_taken_unless_the_steps_are_set(void **state)
{
    struct world *w = open_world("guest", STACK_BYTES);

    (void)state;
    wio_engine_set_steps(w->exec, 1000);
    wio_engine_stop(w->exec);
    assert_int_equal(call_trapping(w, "spin", 0, 0).cause, WIO_TRAP_STOPPED);
    assert_in_range(wio_engine_steps_left(w->exec), 997, 999);
    wio_engine_stop(w->exec);
    wio_engine_set_steps(w->exec, 1000);
    assert_int_equal(call1(w, "count", 5), 5);
    close_world(w);
}

/* -- Traps ---------------------------------------------------------------- */

static void
traps_tell_function_and_byte(void **state)
{
    struct world *w = open_world("guest", STACK_BYTES);
    struct wio_trap trap;

    (void)state;
    trap = call_trapping(w, "trap_unreachable", 0, 0);
    assert_int_equal(trap.cause, WIO_TRAP_UNREACHABLE);
    assert_int_equal(trap.func, find(w, "trap_unreachable")->index);
    assert_true(trap.offset > 0 && trap.offset < w->n_bytes);
    assert_int_equal(w->bytes[trap.offset], 0x00);
    assert_int_equal(w->bytes[trap.offset - 1], 0x01);   /* the nop */

    trap = call_trapping(w, "trap_divide", 0, 1);
    assert_int_equal(trap.cause, WIO_TRAP_INTEGER_DIVIDE);
    assert_int_equal(trap.func, find(w, "trap_divide")->index);
    assert_int_equal(w->bytes[trap.offset], 0x6d);

    trap = call_trapping(w, "trap_load", 0x20000, 1);
    assert_int_equal(trap.cause, WIO_TRAP_MEMORY_BOUNDS);
    assert_int_equal(trap.func, find(w, "trap_load")->index - 1);
    assert_int_equal(w->bytes[trap.offset], 0x28);
    assert_int_equal(call1(w, "trap_load", 0), 0x17161514 + 4);
    close_world(w);
}

static void
a_host_function_ends_the_guest(void **state)
{
    struct world *w = open_world("guest", STACK_BYTES);
    struct wio_trap trap;

    (void)state;
    assert_int_equal(call1(w, "calls_leaf", 21), 43);
    w->host.raise = WIO_ERR_NOT_PERMITTED;
    trap = call_trapping(w, "calls_leaf", 21, 1);
    assert_int_equal(trap.cause, WIO_TRAP_DENIED);
    assert_int_equal(trap.code, WIO_ERR_NOT_PERMITTED);
    assert_int_equal(w->bytes[trap.offset], 0x10);

    /* In a nested call it ends that one only. */
    w->host.target = *find(w, "calls_leaf");
    assert_int_equal(call1(w, "calls_back", 1), 1);
    assert_int_equal(w->host.err, WIO_ERR_TRAPPED);
    assert_int_equal(w->host.trap.cause, WIO_TRAP_DENIED);
    w->host.raise = 0;
    assert_int_equal(call1(w, "calls_leaf", 21), 43);
    close_world(w);
}

static void
wide_results_of_imports(void **state)
{
    struct world *w = open_world("guest", STACK_BYTES);
    struct wio_trap trap;
    uint32_t results[2];

    (void)state;
    assert_int_equal(wio_engine_call(w->exec, find(w, "calls_wide"), NULL, 0,
                                     results, &trap), 0);
    assert_int_equal(results[0], 6);
    assert_int_equal(results[1], 7);
    close_world(w);
}

/* Guest calls take none of the C stack: far deeper than it could hold. */
static void *
recurse_deeply(void *arg)
{
    struct world *w = arg;
    uint32_t depth = 1000000;
    struct wio_trap trap;
    uint32_t result;

    if (wio_engine_call(w->exec, find(w, "recurse"), &depth, 1, &result,
                        &trap) != 0) {
        return NULL;
    }
    return result == depth ? w : NULL;
}

static void
guest_depth_is_not_c_depth(void **state)
{
    struct world *w = open_world("guest", 64u << 20);
    pthread_attr_t attr;
    pthread_t thread;
    void *result = NULL;

    (void)state;
    pthread_attr_init(&attr);
    assert_int_equal(pthread_attr_setstacksize(&attr, 256u << 10), 0);
    assert_int_equal(pthread_create(&thread, &attr, recurse_deeply, w), 0);
    pthread_join(thread, &result);
    pthread_attr_destroy(&attr);
    assert_ptr_equal(result, w);
    close_world(w);
}

static void
the_stack_ends_with_a_trap(void **state)
{
    struct world *w;

    (void)state;
    for (uint32_t bytes = 0; bytes < 2048; bytes += 8) {
        struct wio_trap trap;

        w = open_world("guest", bytes);
        trap = call_trapping(w, "recurse", 1000, 1);
        assert_int_equal(trap.cause, WIO_TRAP_STACK);
        assert_int_equal(trap.func, find(w, "recurse")->index);
        close_world(w);
    }
}

/* -- Compiler ------------------------------------------------------------- */

static void
pitfalls(void **state)
{
    struct world *w = open_world("guest", STACK_BYTES);
    uint32_t args[6];

    (void)state;
    assert_int_equal(call1(w, "wrapped_address", 0u - 65536u + 3u), 0x13);
    for (uint32_t i = 0; i < 4; i++) {
        args[0] = i & 1u ? 20 : 0;
        args[1] = i >> 1;
        assert_int_equal(call(w, "compare_before_label", args, 2),
                         args[1] || args[0] < 10);
    }
    assert_int_equal(call1(w, "alias_through_loop", 9), 9);
    args[0] = 42;
    args[1] = 1;
    assert_int_equal(call(w, "alias_through_if", args, 2),
                     42u - 99u);
    args[1] = 0;
    assert_int_equal(call(w, "alias_through_if", args, 2), 0);
    args[0] = 3;
    args[1] = 1;                 /* 0x1_0000_0003 squared: high slot not 0 */
    assert_int_equal(call(w, "wrap_beside", args, 2), 9 + 7);
    close_world(w);
}

static void
locals_start_at_zero(void **state)
{
    struct world *w = open_world("guest", STACK_BYTES);

    (void)state;
    assert_int_equal(call(w, "dirty", NULL, 0), UINT32_MAX);
    assert_int_equal(call1(w, "zero_on_a_path", 0), 0);
    assert_int_equal(call1(w, "zero_on_a_path", 1), 5);
    close_world(w);
}

static void
results_may_exchange_locals(void **state)
{
    struct world *w = open_world("guest", STACK_BYTES);
    const uint32_t args[2] = { 1, 2 };
    struct wio_trap trap;
    uint32_t results[2];

    (void)state;
    assert_int_equal(wio_engine_call(w->exec, find(w, "swap"), args, 2,
                                     results, &trap), 0);
    assert_int_equal(results[0], 2);
    assert_int_equal(results[1], 1);
    assert_int_equal(wio_engine_call(w->exec, find(w, "swap"), args, 1,
                                     results, &trap),
                     WIO_ERR_INVALID_ARGUMENT);
    close_world(w);
}

static void
frames_beyond_a_byte(void **state)
{
    struct world *w = open_world("far", STACK_BYTES);
    struct wio_trap trap;

    (void)state;
    assert_int_equal(call1(w, "sum", 0), 0);
    assert_int_equal(call1(w, "sum", 100), 5050 - 6);
    assert_int_equal(call1(w, "sum", 2), 3 + (10 - 6) - 6);
    wio_engine_set_steps(w->exec, 1000);
    call1(w, "sum", 100);
    assert_int_equal(wio_engine_steps_left(w->exec), 1000 - 1 - 99);
    trap = call_trapping(w, "trap", UINT32_MAX, 1);
    assert_int_equal(trap.cause, WIO_TRAP_MEMORY_BOUNDS);
    assert_int_equal(w->bytes[trap.offset], 0x28);
    close_world(w);
}

/* -- Limits --------------------------------------------------------------- */

static void
memory_stays_within_its_reserve(void **state)
{
    struct world *w = open_world("guest", STACK_BYTES);
    struct wio_report report = { .code = 0 };

    (void)state;
    assert_int_equal(call(w, "size", NULL, 0), 1);
    assert_int_equal(call1(w, "grow", 2), UINT32_MAX);
    assert_int_equal(call1(w, "grow", 1), 1);
    assert_int_equal(call(w, "size", NULL, 0), 2);
    assert_int_equal(call1(w, "grow", UINT32_MAX), UINT32_MAX);
    assert_int_equal(w->instance->memory->n_bytes, 131072);
    assert_null(wio_guest_range(w->instance, 131072, 1));
    assert_non_null(wio_guest_range(w->instance, 131072, 0));
    assert_int_equal(instantiate(w, 65535, &report), WIO_ERR_LIMIT);
    assert_int_equal(report.code, WIO_ERR_LIMIT);
    close_world(w);
}

static void
no_prefix_is_a_module(void **state)
{
    struct world *w = open_world("guest", STACK_BYTES);

    (void)state;
    for (uint32_t n = 0; n < w->n_bytes; n++) {
        struct wio_report report = { .code = 0 };
        struct wio_arena arena;
        struct wio_module *module = NULL;
        uint8_t *bytes = malloc(n ? n : 1);
        int err;

        for (uint32_t i = 0; i < n; i++) {
            bytes[i] = w->bytes[i];  /* its own block, for the sanitizer */
        }
        wio_arena_init(&arena, w->memory, ARENA_BYTES);
        err = wio_engine_load(bytes, n, WIO_FEATURE_ALL, &arena, &module,
                              &report);
        if (err) {
            assert_true(err == WIO_ERR_MALFORMED || err == WIO_ERR_INVALID);
            assert_int_equal(report.code, err);
            assert_int_equal(arena.used, 0);
            assert_int_equal(arena.scratch, 0);
        } else {
            /* Only between sections: before functions are announced, or when
             * nothing but the data section (11) is missing. */
            assert_true(wio_module_size(module).n_functions == 0 ||
                        w->bytes[n] == 11);
        }
        free(bytes);
    }
    close_world(w);
}

static uint8_t *
put_u32(uint8_t *at, uint32_t value)
{
    for (uint32_t i = 0; i < 4; i++) {
        *at++ = (uint8_t)(value >> (7 * i) | 0x80u);
    }
    *at++ = (uint8_t)(value >> 28);
    return at;
}

/* Only a branch forward over more than 64 KiB made this function a big one; the
 * pass that looks for the trap's byte cannot see that by itself. */
static void
a_trap_behind_a_long_branch_is_found(void **state)
{
    static const uint8_t head[] = { 0, 'a', 's', 'm', 1, 0, 0, 0,
                                    1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0,
                                    7, 5, 1, 1, 'f', 0, 0, 0x0a };
    const uint32_t n_sets = 30000;
    const uint32_t n_body = 3 + 2 + 4 + 4 * n_sets + 3;
    struct world *w = calloc(1, sizeof *w);
    struct wio_report report = { .code = 0 };
    uint32_t offset;
    uint8_t *p;

    (void)state;
    w->bytes = calloc(1, sizeof head + 11 + n_body);
    memcpy(w->bytes, head, sizeof head);
    p = put_u32(w->bytes + sizeof head, 6 + n_body);
    *p++ = 1;
    p = put_u32(p, n_body);
    memcpy(p, "\1\1\x7f\2\x40\x20\0\x0d\0", 9);   /* block, br_if 0 */
    p += 9;
    for (uint32_t i = 0; i < n_sets; i++, p += 4) {
        memcpy(p, "\x41\0\x21\0", 4);                /* local.set */
    }
    memcpy(p, "\x0b\0\x0b", 3);                       /* end, unreachable */
    offset = (uint32_t)(p + 1 - w->bytes);
    w->n_bytes = offset + 2;
    w->memory = malloc(ARENA_BYTES);
    wio_arena_init(&w->arena, w->memory, ARENA_BYTES);
    assert_int_equal(wio_engine_load(w->bytes, w->n_bytes, WIO_FEATURE_ALL,
                                     &w->arena, &w->module, &report), 0);
    assert_int_equal(instantiate(w, 0, &report), 0);
    assert_int_equal(wio_engine_exec_create(&w->arena, STACK_BYTES, &w->exec),
                     0);
    assert_int_equal(call_trapping(w, "f", 0, 0).offset, offset);
    close_world(w);
}

/* Processor time to load a function with one br_table: @n_labels entries, all
 * to a block of @n_values results. */
static clock_t
time_of_br_table(uint32_t n_values, uint32_t n_labels)
{
    static const uint8_t head[] = { 0, 'a', 's', 'm', 1, 0, 0, 0 };
    const uint32_t arena_bytes = 32u << 20;
    uint8_t *bytes = calloc(1, n_labels + 8 * n_values + 256);
    uint8_t *p = bytes + sizeof head;
    void *memory = malloc(arena_bytes);
    struct wio_report report = { .code = 0 };
    struct wio_module *module;
    struct wio_arena arena;
    clock_t begin;

    memcpy(bytes, head, sizeof head);
    *p++ = 1;                    /* types: () -> (), () -> n_values i32 */
    p = put_u32(p, 1 + 3 + 2 + 5 + n_values);
    memcpy(p, "\2\x60\0\0\x60\0", 6);
    p = put_u32(p + 6, n_values);
    memset(p, 0x7f, n_values);
    p += n_values;
    memcpy(p, "\3\2\1\0\x0a", 5);
    p = put_u32(p + 5, 1 + 5 + 3 + 2 * n_values + 2 + 1 + 5 + n_labels + 1 +
                1 + n_values + 1);
    *p++ = 1;
    p = put_u32(p, 3 + 2 * n_values + 2 + 1 + 5 + n_labels + 1 + 1 +
                n_values + 1);
    memcpy(p, "\0\2\1", 3);     /* no locals; block (type 1) */
    p += 3;
    for (uint32_t i = 0; i <= n_values; i++) {
        *p++ = 0x41;             /* i32.const 0 */
        *p++ = 0;
    }
    *p++ = 0x0e;                 /* br_table 0 0 0 ... */
    p = put_u32(p, n_labels) + n_labels + 1;
    *p++ = 0x0b;
    memset(p, 0x1a, n_values);   /* drop */
    p += n_values;
    *p++ = 0x0b;
    wio_arena_init(&arena, memory, arena_bytes);
    begin = clock();
    assert_int_equal(wio_engine_load(bytes, (uint32_t)(p - bytes),
                                     WIO_FEATURE_ALL, &arena, &module,
                                     &report), 0);
    begin = clock() - begin;
    free(memory);
    free(bytes);
    return begin;
}

/* Every entry of a br_table once led to a check of all its label's values:
 * with 128 of them loading took three times as long as with one. */
static void
a_br_table_is_checked_once_a_label(void **state)
{
    clock_t one = time_of_br_table(1, 1000000);

    (void)state;
    assert_true(time_of_br_table(128, 1000000) < 2 * one);
}

static void
any_arena_is_enough_or_refused(void **state)
{
    struct world *w = open_world("guest", STACK_BYTES);
    uint32_t n_done = 0;

    (void)state;
    for (uint32_t size = 0; size < 8192; size += 8) {
        struct wio_report report = { .code = 0 };
        struct wio_arena arena;
        struct wio_module *module;
        uint8_t *memory = malloc(size ? size : 1);
        int err;

        wio_arena_init(&arena, memory, size);
        err = wio_engine_load(w->bytes, w->n_bytes, WIO_FEATURE_ALL, &arena,
                              &module, &report);
        assert_true(err == 0 || err == WIO_ERR_NO_MEMORY);
        assert_true(err == 0 || n_done == 0);    /* never less with more */
        n_done += err == 0;
        free(memory);
    }
    assert_true(n_done > 0);
    close_world(w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_of_a_call),
        cmocka_unit_test(steps_do_not_depend_on_fusion),
        cmocka_unit_test(steps_end_exactly),
        cmocka_unit_test(steps_pay_for_bulk_operators),
        cmocka_unit_test(steps_survive_nesting),
        cmocka_unit_test(stop_from_a_thread),
        cmocka_unit_test(
            stop_before_a_call_is_taken_unless_the_steps_are_set),
        cmocka_unit_test(traps_tell_function_and_byte),
        cmocka_unit_test(a_host_function_ends_the_guest),
        cmocka_unit_test(wide_results_of_imports),
        cmocka_unit_test(guest_depth_is_not_c_depth),
        cmocka_unit_test(the_stack_ends_with_a_trap),
        cmocka_unit_test(pitfalls),
        cmocka_unit_test(locals_start_at_zero),
        cmocka_unit_test(results_may_exchange_locals),
        cmocka_unit_test(frames_beyond_a_byte),
        cmocka_unit_test(memory_stays_within_its_reserve),
        cmocka_unit_test(no_prefix_is_a_module),
        cmocka_unit_test(a_trap_behind_a_long_branch_is_found),
        cmocka_unit_test(a_br_table_is_checked_once_a_label),
        cmocka_unit_test(any_arena_is_enough_or_refused)
    };

    return cmocka_run_group_tests_name("engine", tests, NULL, NULL);
}
