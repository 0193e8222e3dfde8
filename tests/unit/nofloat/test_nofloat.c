/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine with WIO_CFG_FLOAT=0 and WIO_CFG_ATOMICS=0: integer modules run,
 * and a module with a floating-point or an atomic operator is refused in one
 * sentence, not run wrongly.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/engine.h"

/* (func (export "f") (param i32 i32) (result i32)
 *   local.get 0  local.get 1  i32.add) */
static const uint8_t integer_module[] = {
    0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00,
    0x01, 0x07, 0x01, 0x60, 0x02, 0x7f, 0x7f, 0x01, 0x7f,
    0x03, 0x02, 0x01, 0x00,
    0x07, 0x05, 0x01, 0x01, 0x66, 0x00, 0x00,
    0x0a, 0x09, 0x01, 0x07, 0x00, 0x20, 0x00, 0x20, 0x01, 0x6a, 0x0b
};

/* (func (export "f") (param f32 f32) (result f32)
 *   local.get 0  local.get 1  f32.add) */
static const uint8_t float_module[] = {
    0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00,
    0x01, 0x07, 0x01, 0x60, 0x02, 0x7d, 0x7d, 0x01, 0x7d,
    0x03, 0x02, 0x01, 0x00,
    0x07, 0x05, 0x01, 0x01, 0x66, 0x00, 0x00,
    0x0a, 0x09, 0x01, 0x07, 0x00, 0x20, 0x00, 0x20, 0x01, 0x92, 0x0b
};

/* (func atomic.fence) */
static const uint8_t atomic_module[] = {
    0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00,
    0x01, 0x04, 0x01, 0x60, 0x00, 0x00,
    0x03, 0x02, 0x01, 0x00,
    0x0a, 0x07, 0x01, 0x05, 0x00, 0xfe, 0x03, 0x00, 0x0b
};

static void
integers_run(void **state)
{
    _Alignas(16) static uint8_t memory[8192];
    struct wio_arena arena;
    struct wio_report report = { 0 };
    struct wio_module *module;
    struct wio_instance *instance;
    struct wio_exec *exec;
    struct wio_extern f;
    struct wio_trap trap;
    const struct wio_instance_limits limits = { 0 };
    const uint32_t args[2] = { 40, 2 };
    uint32_t result = 0;

    (void)state;
    wio_arena_init(&arena, memory, sizeof memory);
    assert_int_equal(wio_engine_load(integer_module, sizeof integer_module, 0,
                                     &arena, &module, &report), 0);
    assert_int_equal(wio_engine_instantiate(module, NULL, NULL, NULL, NULL,
                                            &limits, &arena, &instance, &trap,
                                            &report), 0);
    assert_int_equal(wio_engine_exec_create(&arena, 512, &exec), 0);
    wio_engine_set_steps(exec, 100);
    assert_true(wio_engine_find(instance, "f", &f));
    assert_int_equal(wio_engine_call(exec, &f.func, args, 2, &result, &trap),
                     0);
    assert_int_equal(result, 42);
}

static void
floats_are_refused_in_a_sentence(void **state)
{
    _Alignas(16) static uint8_t memory[8192];
    struct wio_arena arena;
    struct wio_report report = { 0 };
    struct wio_module *module = NULL;

    (void)state;
    wio_arena_init(&arena, memory, sizeof memory);
    assert_int_equal(wio_engine_load(float_module, sizeof float_module, 0,
                                     &arena, &module, &report),
                     WIO_ERR_LIMIT);
    assert_null(module);
    assert_non_null(strstr(report.text, "float"));
    assert_int_equal(arena.used, 0);
}

/* Whatever is offered: the switch, not the feature, is off. */
static void
atomics_are_refused_in_a_sentence(void **state)
{
    _Alignas(16) static uint8_t memory[8192];
    struct wio_arena arena;
    struct wio_report report = { 0 };
    struct wio_module *module = NULL;

    (void)state;
    wio_arena_init(&arena, memory, sizeof memory);
    assert_int_equal(wio_engine_load(atomic_module, sizeof atomic_module,
                                     WIO_FEATURE_ALL, &arena, &module,
                                     &report), WIO_ERR_LIMIT);
    assert_null(module);
    assert_non_null(strstr(report.text, "atomic"));
    assert_int_equal(arena.used, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_run),
        cmocka_unit_test(floats_are_refused_in_a_sentence),
        cmocka_unit_test(atomics_are_refused_in_a_sentence),
    };

    return cmocka_run_group_tests_name("nofloat", tests, NULL, NULL);
}
