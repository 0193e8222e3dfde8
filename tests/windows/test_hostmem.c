/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine and memories that lie with the host, without any device: the
 * fake below has a list of the calls it got.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/span.h"
#include "engine/engine.h"

#define MOST_CALLS 32u
#define REFUSED WIO_ERR_MMIO_READ_ONLY

struct call {
    char what;                     /* r, w */
    uint32_t at;
    uint32_t n_bytes;
    uint32_t value;
};

/* What the module is linked to. */
static struct {
    struct wio_memory memories[3];
    struct call calls[MOST_CALLS];
    uint32_t n_calls;
    uint32_t refuse_from;          /* the call from which on all are refused */
    uint32_t stop_at;              /* the call during which a stop comes */
    uint32_t steps_left;           /* as the engine said in the last call */
} fake;

static uint64_t arena_memory[65536];
static uint8_t bytes[65536];
static struct wio_exec *exec;
static struct wio_instance *instance;
static struct wio_report report;
static struct wio_trap trap;

static int32_t
note(char what, uint32_t at, uint32_t n_bytes, uint32_t value)
{
    uint32_t i = fake.n_calls++;

    assert_true(i < MOST_CALLS);
    fake.calls[i] = (struct call){ what, at, n_bytes, value };
    fake.steps_left = wio_engine_steps_left(exec);
    if (i == fake.stop_at) {
        wio_engine_stop(exec);
    }
    return i >= fake.refuse_from ? (int32_t)REFUSED : 0;
}

static int64_t
fake_load(const struct wio_memory *memory, uint32_t at, uint32_t n_bytes)
{
    int32_t err = note('r', at, n_bytes, 0);

    assert_true(memory >= fake.memories && memory < fake.memories + 3);
    return err ? err : (int64_t)(0x80000000u >> (8 * (4 - n_bytes)));
}

static int64_t
fake_load32(const struct wio_memory *memory, uint32_t at)
{
    return fake_load(memory, at, 4);
}

static int32_t
fake_store(const struct wio_memory *memory, uint32_t at, uint32_t n_bytes,
           uint32_t value)
{
    assert_true(memory >= fake.memories && memory < fake.memories + 3);
    return note('w', at, n_bytes, value);
}

static int32_t
fake_store32(const struct wio_memory *memory, uint32_t at, uint32_t value)
{
    return fake_store(memory, at, 4, value);
}

static const struct wio_memory_host fake_host = {
    fake_load32, fake_load, fake_store32, fake_store
};

static uint32_t
nothing(struct wio_instance *of, uint32_t a, uint32_t b, uint32_t c)
{
    (void)of;
    return a + b + c;
}

static const struct wio_host_func three = {
    "", "", "iii:i", (wio_host_fn)nothing, 0
};
static const struct wio_host_func two = {
    "", "", "ii:i", (wio_host_fn)nothing, 0
};

/* @ctx: memories of the engine's own, or NULL for the fake ones. */
static int
resolve(void *ctx, const struct wio_import_info *import,
        struct wio_extern *found, struct wio_report *unused)
{
    static const uint32_t sizes[] = { 64, 8, 4 };
    uint32_t i = wio_span_is(import->name, "other") ? 1
                 : wio_span_is(import->name, "absent") ? 2 : 0;
    struct wio_memory **own = ctx;

    (void)unused;
    *found = (struct wio_extern){ .kind = import->type.kind };
    if (import->type.kind == WIO_EXTERN_FUNC) {
        found->of.host_func = import->type.func.params.len == 3 ? &three
                                                                : &two;
        return 0;
    }
    fake.memories[i] = (struct wio_memory){
        .n_bytes = sizes[i], .n_pages = sizes[i], .max_pages = sizes[i],
        .declared_max = sizes[i], .host = &fake_host,
    };
    found->of.memory = own ? own[i] : &fake.memories[i];
    return 0;
}

/* The module of a file on an empty record; own memories when asked for. */
static int
start(const char *name, bool own)
{
    const struct wio_instance_limits limits = { .memory_bytes = 65536,
                                                .table_elements = 8 };
    struct wio_memory *memories[3] = { NULL, NULL, NULL };
    struct wio_module *module;
    struct wio_arena arena;
    char path[512];
    FILE *file;
    size_t n;

    (void)snprintf(path, sizeof path, "%s/%s", GUESTS, name);
    file = fopen(path, "rb");
    assert_non_null(file);
    n = fread(bytes, 1, sizeof bytes, file);
    (void)fclose(file);
    memset(&fake, 0, sizeof fake);
    fake.refuse_from = fake.stop_at = UINT32_MAX;
    wio_report_clear(&report);
    wio_arena_init(&arena, arena_memory, sizeof arena_memory);
    assert_int_equal(wio_engine_memory_create(&arena, 64, 64, 0,
                                              &memories[0]), 0);
    assert_int_equal(wio_engine_memory_create(&arena, 8, 8, 0,
                                              &memories[1]), 0);
    assert_int_equal(wio_engine_memory_create(&arena, 4, 4, 0,
                                              &memories[2]), 0);
    assert_int_equal(wio_engine_load(bytes, (uint32_t)n, WIO_FEATURE_ALL,
                                     &arena, &module, &report), 0);
    assert_int_equal(wio_engine_exec_create(&arena, 4096, &exec), 0);
    return wio_engine_instantiate(module, NULL, resolve,
                                  own ? memories : NULL, NULL, &limits,
                                  &arena, &instance, &trap, &report);
}

static int
call(const char *name, uint32_t arg, uint32_t *result)
{
    struct wio_extern found;
    uint32_t args[2] = { arg, 0x99 };
    uint32_t results[2] = { 0, 0 };
    uint32_t n_args;
    int err;

    assert_true(wio_engine_find(instance, name, &found));
    n_args = wio_engine_func_type(found.func).params.len;
    wio_engine_set_steps(exec, 1000);
    err = wio_engine_call(exec, &found.func, args, n_args, results, &trap);
    if (result) {
        *result = results[0];
    }
    return err;
}

static int
setup(void **state)
{
    (void)state;
    assert_int_equal(start("windows-bare.wasm", false), 0);
    return 0;
}

static void
assert_calls(const struct call *expected, uint32_t n)
{
    assert_int_equal(fake.n_calls, n);
    assert_memory_equal(fake.calls, expected, n * sizeof *expected);
}

/* -- Tests -------------------------------------------------------------------- */

static void
each_access_is_one_call(void **state)
{
    static const struct call expected[] = {
        { 'w', 0x38, 4, 0xabcd }, { 'r', 0x38, 4, 0 },
        { 'w', 0x3c, 4, 0x80000000 }, { 'w', 0x10, 2, 0xabcd },
        { 'w', 0x12, 1, 0xcd }, { 'r', 0x3c, 4, 0 }, { 'r', 0x10, 2, 0 },
    };
    uint32_t result;

    (void)state;
    assert_int_equal(call("constants", 0xabcd, &result), 0);
    assert_calls(expected, 7);
    assert_int_equal(result, 0x80008000);
}

static void
signs_are_extended_by_the_engine(void **state)
{
    uint32_t result;

    (void)state;
    assert_int_equal(call("load8s", 5, &result), 0);
    assert_int_equal(result, 0xffffff80);
    assert_int_equal(call("load8u", 5, &result), 0);
    assert_int_equal(result, 0x80);
    assert_int_equal(call("load16s", 5, &result), 0);
    assert_int_equal(result, 0xffff8000);
}

static void
a_refusal_is_a_trap_of_its_instruction(void **state)
{
    static const char *const names[] = {
        "load32", "store32", "store8", "const-denied", "const-load-denied",
    };
    uint64_t scratch[128];

    (void)state;
    for (uint32_t i = 0; i < 5; i++) {
        assert_int_equal(start("windows-bare.wasm", false), 0);
        fake.refuse_from = 0;
        assert_int_equal(call(names[i], 8, NULL), WIO_ERR_TRAPPED);
        assert_int_equal(trap.cause, WIO_TRAP_DENIED);
        assert_int_equal(trap.code, REFUSED);
        assert_int_equal(fake.n_calls, 1);
        wio_engine_locate(instance->module, &trap, scratch, sizeof scratch);
        assert_in_range(bytes[trap.offset], 0x28, 0x3e);
        assert_null(instance->exec);
    }
    /* Beyond the memory it is another trap, whatever the code. */
    assert_int_equal(start("windows-bare.wasm", false), 0);
    fake.refuse_from = 0;
    assert_int_equal(call("load32", 61, NULL), WIO_ERR_TRAPPED);
    assert_int_equal(trap.cause, WIO_TRAP_MEMORY_BOUNDS);
    assert_int_equal(call("const-outside", 0, NULL), WIO_ERR_TRAPPED);
    assert_int_equal(trap.cause, WIO_TRAP_MEMORY_BOUNDS);
}

static void
an_address_beyond_32_bits_makes_no_call(void **state)
{
    (void)state;
    assert_int_equal(call("wraps", 8, NULL), WIO_ERR_TRAPPED);
    assert_int_equal(trap.cause, WIO_TRAP_MEMORY_BOUNDS);
    assert_int_equal(fake.n_calls, 0);
}

/* As behind a host function: no other access comes after it. */
static void
a_stop_ends_the_call_behind_the_access(void **state)
{
    static const char *const names[] = { "constants", "dead", "order" };

    (void)state;
    for (uint32_t i = 0; i < 3; i++) {
        for (uint32_t at = 0; at < 5; at++) {
            assert_int_equal(start("windows-bare.wasm", false), 0);
            fake.stop_at = at;
            assert_int_equal(call(names[i], 8, NULL), WIO_ERR_TRAPPED);
            assert_int_equal(trap.cause, WIO_TRAP_STOPPED);
            assert_int_equal(fake.n_calls, at + 1);
        }
    }
    /* Taken: the next call is not ended by it. */
    assert_int_equal(call("sizes", 0, NULL), 0);
}

/* A clock that counts steps is right in every access. */
static void
steps_are_up_to_date_in_an_access(void **state)
{
    uint32_t before;

    (void)state;
    assert_int_equal(call("constants", 8, NULL), 0);
    assert_int_equal(fake.steps_left, 999);
    fake.n_calls = 0;
    (void)start("windows-bare.wasm", false);
    fake.stop_at = 20;
    assert_int_equal(call("hundred", 8, NULL), WIO_ERR_TRAPPED);
    before = fake.steps_left;
    assert_int_equal(before, 999 - 20);
    assert_int_equal(fake.n_calls, 21);
}

static void
the_main_memory_is_the_first_own_one(void **state)
{
    (void)state;
    assert_non_null(instance->memory);
    assert_int_equal(instance->memory->n_bytes, 65536);
    assert_memory_equal(wio_guest_range(instance, 16, 10), "own memory", 10);
}

/* The same code on memories that have bytes. */
static void
imported_memories_with_bytes_are_ordinary(void **state)
{
    uint32_t result;

    (void)state;
    assert_int_equal(start("windows-bare.wasm", true), 0);
    assert_int_equal(call("constants", 0x11223344, &result), 0);
    assert_int_equal(result, 0x11223344 + 0x3344);
    assert_int_equal(call("order", 7, &result), 0);
    assert_int_equal(result, 7);
    assert_int_equal(call("store8", 3, NULL), 0);
    assert_int_equal(call("load8s", 3, &result), 0);
    assert_int_equal(result, 0xffffff99);
    assert_int_equal(call("load32", 61, &result), WIO_ERR_TRAPPED);
    assert_int_equal(trap.cause, WIO_TRAP_MEMORY_BOUNDS);
    assert_int_equal(call("const-outside", 0, NULL), WIO_ERR_TRAPPED);
    assert_int_equal(trap.cause, WIO_TRAP_MEMORY_BOUNDS);
    assert_int_equal(fake.n_calls, 0);
}

/* Whoever did not look before: the linker does. */
static void
what_needs_bytes_is_not_linked(void **state)
{
    static const char *const names[] = {
        "wide-load", "wide-store", "wide-float", "wide-dead", "atomic",
        "atomic-load", "copy-from", "copy-to", "fill", "init", "grow",
        "segment",
    };

    (void)state;
    for (uint32_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[64];

        (void)snprintf(path, sizeof path, "%s-bare.wasm", names[i]);
        assert_int_equal(start(path, false), WIO_ERR_UNLINKABLE);
        assert_non_null(strstr(report.text, "8, 16 and 32 bits"));
        assert_int_equal(start(path, true), 0);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(each_access_is_one_call, setup),
        cmocka_unit_test_setup(signs_are_extended_by_the_engine, setup),
        cmocka_unit_test(a_refusal_is_a_trap_of_its_instruction),
        cmocka_unit_test_setup(an_address_beyond_32_bits_makes_no_call, setup),
        cmocka_unit_test(a_stop_ends_the_call_behind_the_access),
        cmocka_unit_test_setup(steps_are_up_to_date_in_an_access, setup),
        cmocka_unit_test_setup(the_main_memory_is_the_first_own_one, setup),
        cmocka_unit_test(imported_memories_with_bytes_are_ordinary),
        cmocka_unit_test(what_needs_bytes_is_not_linked),
    };

    return cmocka_run_group_tests_name("hostmem", tests, NULL, NULL);
}
