/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The core with WIO_CFG_SENTENCES=0: it accepts and refuses what the other one
 * does, and the text of a refusal is the name of its code. The configurations
 * of tests/bad/config are read by such a core as well (bad_config_nosentences).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/fdt.h"
#include "engine/engine.h"

/* (func (export "f") (param i32 i32) (result i32)
 *   local.get 0  local.get 1  i32.add) */
static const uint8_t good_module[] = {
    0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00,
    0x01, 0x07, 0x01, 0x60, 0x02, 0x7f, 0x7f, 0x01, 0x7f,
    0x03, 0x02, 0x01, 0x00,
    0x07, 0x05, 0x01, 0x01, 0x66, 0x00, 0x00,
    0x0a, 0x09, 0x01, 0x07, 0x00, 0x20, 0x00, 0x20, 0x01, 0x6a, 0x0b
};

/* What becomes of the module when one byte of it is another. */
static const struct {
    uint32_t at;
    uint8_t byte;
    int code;
    const char *text;
} defects[] = {
    { 0, 0x01, WIO_ERR_MALFORMED, "malformed" },       /* magic */
    { 9, 0x70, WIO_ERR_MALFORMED, "malformed" },       /* section's length */
    { 20, 0x05, WIO_ERR_INVALID, "invalid" },          /* no such type */
    { 34, 0x07, WIO_ERR_INVALID, "invalid" },          /* no such local */
    { 37, 0x7c, WIO_ERR_INVALID, "invalid" }           /* i64.add of i32 */
};

static int
load(const uint8_t *bytes, uint32_t n, struct wio_report *report)
{
    _Alignas(16) static uint8_t memory[8192];
    struct wio_arena arena;
    struct wio_module *module;

    memset(report, 0, sizeof(*report));
    wio_arena_init(&arena, memory, sizeof(memory));
    return wio_engine_load(bytes, n, 0, &arena, &module, report);
}

static void
modules(void **state)
{
    struct wio_report report;
    uint8_t bytes[sizeof(good_module)];
    size_t i;

    (void)state;
    assert_int_equal(load(good_module, sizeof(good_module), &report), 0);
    assert_int_equal(report.code, 0);
    for (i = 0; i < sizeof(defects) / sizeof(defects[0]); i++) {
        memcpy(bytes, good_module, sizeof(bytes));
        bytes[defects[i].at] = defects[i].byte;
        assert_int_equal(load(bytes, sizeof(bytes), &report),
                         defects[i].code);
        assert_int_equal(report.code, defects[i].code);
        assert_string_equal(report.text, defects[i].text);
    }
}

static void
the_first_code_stays(void **state)
{
    const uint8_t junk[64] = { 0 };
    struct wio_report report = { 0 };
    struct wio_fdt fdt;

    (void)state;
    assert_int_equal(wio_fdt_open((struct wio_span){ junk, sizeof(junk) }, 64,
                                  WIO_ERR_BAD_BOARD, &fdt, &report),
                     WIO_ERR_BAD_BOARD);
    assert_int_equal(wio_fdt_open((struct wio_span){ junk, sizeof(junk) }, 64,
                                  WIO_ERR_BAD_CONFIG, &fdt, &report),
                     WIO_ERR_BAD_CONFIG);
    assert_int_equal(report.code, WIO_ERR_BAD_BOARD);
    assert_string_equal(report.text, "bad-board");
    assert_int_equal(wio_fdt_open((struct wio_span){ junk, sizeof(junk) }, 64,
                                  WIO_ERR_BAD_CONFIG, &fdt, NULL),
                     WIO_ERR_BAD_CONFIG);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(modules),
        cmocka_unit_test(the_first_code_stays),
    };

    return cmocka_run_group_tests_name("nosentences", tests, NULL, NULL);
}
