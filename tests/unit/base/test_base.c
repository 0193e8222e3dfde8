/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The base layer: spans, arena, LEB128, formatting, CRC-32.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/crc32.h"
#include "base/leb.h"
#include "base/report.h"

#define N_OF(array) (sizeof(array) / sizeof(array)[0])

static void
span_compares_whole_text(void **state)
{
    const uint8_t bytes[] = { 'i', '2', 'c' };
    struct wio_span span = { bytes, 3 };

    (void)state;
    assert_true(wio_span_is(span, "i2c"));
    assert_false(wio_span_is(span, "i2"));
    assert_false(wio_span_is(span, "i2cc"));
    span.len = 0;
    assert_true(wio_span_is(span, ""));
    assert_false(wio_span_is(span, "i"));
}

static void
arena_takes_from_both_ends_and_returns(void **state)
{
    _Alignas(16) uint8_t block[64];
    struct wio_arena arena;
    struct wio_arena_mark mark;
    uint8_t *a;

    (void)state;
    memset(block, 0xAA, sizeof block);
    wio_arena_init(&arena, block, sizeof block);
    a = wio_arena_take(&arena, 3, 1);
    assert_ptr_equal(a, block);
    assert_int_equal(a[2], 0);
    assert_ptr_equal(wio_arena_take(&arena, 8, 8), block + 8);
    mark = wio_arena_mark(&arena);
    assert_ptr_equal(wio_arena_scratch(&arena, 9, 8), block + 48);
    assert_int_equal(wio_arena_left(&arena), 32);
    assert_null(wio_arena_take(&arena, 33, 1));
    assert_null(wio_arena_scratch(&arena, 33, 1));
    assert_null(wio_arena_take(&arena, UINT32_MAX, 16));
    assert_null(wio_arena_scratch(&arena, UINT32_MAX, 16));
    assert_int_equal(wio_arena_left(&arena), 32);
    wio_arena_return(&arena, mark);
    assert_int_equal(wio_arena_left(&arena), 48);
    assert_int_equal(arena.peak, 32);
}

static const struct {
    uint8_t bytes[10];
    uint8_t n;
    uint8_t defect;
    uint32_t value;
} unsigned_32[] = {
    { { 0x00 }, 1, WIO_CURSOR_GOOD, 0 },
    { { 0x7f }, 1, WIO_CURSOR_GOOD, 127 },
    { { 0x80, 0x01 }, 2, WIO_CURSOR_GOOD, 128 },
    { { 0x80, 0x80, 0x80, 0x80, 0x00 }, 5, WIO_CURSOR_GOOD, 0 },
    { { 0xff, 0xff, 0xff, 0xff, 0x0f }, 5, WIO_CURSOR_GOOD, UINT32_MAX },
    { { 0xff, 0xff, 0xff, 0xff, 0x1f }, 5, WIO_CURSOR_LARGE, 0 },
    { { 0x80, 0x80, 0x80, 0x80, 0x80, 0 }, 6, WIO_CURSOR_LONG, 0 },
    { { 0x80 }, 1, WIO_CURSOR_END, 0 },
    { { 0 }, 0, WIO_CURSOR_END, 0 },
};

static void
leb_u32_follows_the_specification(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(unsigned_32); i++) {
        struct wio_cursor c = wio_cursor(unsigned_32[i].bytes,
                                         unsigned_32[i].n);

        assert_int_equal(wio_read_leb_u32(&c), unsigned_32[i].value);
        assert_int_equal(c.bad, unsigned_32[i].defect);
        assert_ptr_equal(c.at, c.end);
    }
}

static const struct {
    uint8_t bytes[10];
    uint8_t n;
    uint8_t defect;
    int64_t value;
} signed_32[] = {
    { { 0x7f }, 1, WIO_CURSOR_GOOD, -1 },
    { { 0x3f }, 1, WIO_CURSOR_GOOD, 63 },
    { { 0x40 }, 1, WIO_CURSOR_GOOD, -64 },
    { { 0xff, 0xff, 0xff, 0xff, 0x7f }, 5, WIO_CURSOR_GOOD, -1 },
    { { 0x80, 0x80, 0x80, 0x80, 0x78 }, 5, WIO_CURSOR_GOOD, INT32_MIN },
    { { 0xff, 0xff, 0xff, 0xff, 0x07 }, 5, WIO_CURSOR_GOOD, INT32_MAX },
    { { 0xff, 0xff, 0xff, 0xff, 0x0f }, 5, WIO_CURSOR_LARGE, 0 },
    { { 0x80, 0x80, 0x80, 0x80, 0x70 }, 5, WIO_CURSOR_LARGE, 0 },
    { { 0xff, 0xff, 0xff, 0xff, 0xff, 0 }, 6, WIO_CURSOR_LONG, 0 },
}, signed_64[] = {
    { { 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7f }, 10,
      WIO_CURSOR_GOOD, INT64_MIN },
    { { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00 }, 10,
      WIO_CURSOR_GOOD, INT64_MAX },
    { { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01 }, 10,
      WIO_CURSOR_LARGE, 0 },
    { { 0x80, 0x7f }, 2, WIO_CURSOR_GOOD, -128 },
};

static void
leb_signed_follows_the_specification(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(signed_32); i++) {
        struct wio_cursor c = wio_cursor(signed_32[i].bytes, signed_32[i].n);

        assert_int_equal(wio_read_leb_s32(&c), signed_32[i].value);
        assert_int_equal(c.bad, signed_32[i].defect);
    }
    for (size_t i = 0; i < N_OF(signed_64); i++) {
        struct wio_cursor c = wio_cursor(signed_64[i].bytes, signed_64[i].n);

        assert_true(wio_read_leb_s64(&c) == signed_64[i].value);
        assert_int_equal(c.bad, signed_64[i].defect);
    }
}

static void
cursor_never_passes_its_end(void **state)
{
    const uint8_t bytes[] = { 1, 2, 3, 4, 5 };
    struct wio_cursor c = wio_cursor(bytes, sizeof bytes);

    (void)state;
    assert_int_equal(wio_read_u32_le(&c), 0x04030201);
    assert_int_equal(wio_read_span(&c, UINT32_MAX).len, 0);
    assert_int_equal(c.bad, WIO_CURSOR_END);
    assert_ptr_equal(c.at, c.end);
    assert_true(wio_read_u64_le(&c) == 0);
    assert_int_equal(wio_read_u8(&c), 0);
}

static void
an_empty_span_without_address_reads_as_its_end(void **state)
{
    struct wio_cursor c = wio_cursor(NULL, 0);

    (void)state;
    assert_int_equal(wio_read_leb_u32(&c), 0);
    assert_int_equal(c.bad, WIO_CURSOR_END);
}

static void
report_keeps_the_first_sentence(void **state)
{
    struct wio_report report;
    const uint8_t odd[] = { 'a', 0x1b, 0xff, 'b' };
    struct wio_span span = { odd, sizeof odd };

    (void)state;
    wio_report_clear(&report);
    assert_int_equal(wio_report_fail(&report, WIO_ERR_INVALID,
                                     "%s %S %u %d %x %% %q", "x", &span,
                                     UINT32_MAX, INT32_MIN, 0xbeefu),
                     WIO_ERR_INVALID);
    assert_string_equal(report.text,
                        "x a??b 4294967295 -2147483648 0xbeef % q");
    assert_int_equal(wio_report_fail(&report, WIO_ERR_LIMIT, "second"),
                     WIO_ERR_LIMIT);
    assert_int_equal(report.code, WIO_ERR_INVALID);
    assert_int_equal(wio_report_fail(NULL, WIO_ERR_BUSY, "none"),
                     WIO_ERR_BUSY);
}

static void
format_cuts_and_terminates(void **state)
{
    char text[8];

    (void)state;
    assert_int_equal(wio_format(text, sizeof text, "1234567"), 7);
    assert_string_equal(text, "1234567");
    assert_int_equal(wio_format(text, sizeof text, "12345678"), 7);
    assert_string_equal(text, "1234...");
    assert_int_equal(wio_format(text, sizeof text, "%s", NULL), 1);
    assert_string_equal(text, "?");
    assert_int_equal(wio_format(text, 1, "x"), 0);
    assert_string_equal(text, "");
    text[0] = 'k';
    assert_int_equal(wio_format(text, 0, "x"), 0);
    assert_int_equal(text[0], 'k');
    assert_int_equal(wio_format(text, sizeof text, "%"), 0);
}

static void
codes_are_negative_and_carry_their_parts(void **state)
{
    (void)state;
    assert_int_equal(WIO_ERR_BAD_HANDLE, -1);
    assert_int_equal(WIO_ERR_I2C_NACK_DATA, -(1 << 16 | 1 << 8 | 3));
    assert_int_equal(WIO_ERR_DOMAIN(WIO_ERR_I2C_NACK_DATA), WIO_DOMAIN_I2C);
    assert_int_equal(WIO_ERR_PAYLOAD(WIO_ERR_I2C_NACK_DATA), 1);
    assert_int_equal(WIO_ERR_CAUSE(WIO_ERR_I2C_NACK_DATA), 3);
    assert_string_equal(wio_strerror(WIO_ERR_MMIO_BITS), "mmio-bits");
    assert_string_equal(wio_strerror(7), "ok");
    assert_string_equal(wio_strerror(-0x7fffff), "unknown");
}

static void
crc32_of_the_check_string(void **state)
{
    const char text[] = "123456789";
    uint32_t first = wio_crc32(0, text, 4);

    (void)state;
    assert_int_equal(wio_crc32(0, text, 9), 0xCBF43926);
    assert_int_equal(wio_crc32(first, text + 4, 5), 0xCBF43926);
}

/* The definition: a division by the polynomial, bit by bit. */
static uint32_t
crc32_by_bits(uint32_t crc, const uint8_t *at, uint32_t n_bytes)
{
    crc = ~crc;
    for (uint32_t i = 0; i < n_bytes; i++) {
        crc ^= at[i];
        for (uint32_t bit = 0; bit < 8; bit++) {
            crc = crc & 1u ? crc >> 1 ^ 0xEDB88320u : crc >> 1;
        }
    }
    return ~crc;
}

static void
crc32_is_the_division(void **state)
{
    uint8_t bytes[256];
    uint32_t random = 1;

    (void)state;
    for (uint32_t i = 0; i < 256; i++) {
        bytes[0] = (uint8_t)i;
        assert_int_equal(wio_crc32(0, bytes, 1), crc32_by_bits(0, bytes, 1));
    }
    for (uint32_t n = 0; n < sizeof bytes; n++) {
        uint32_t first = random;     /* what it goes on from */

        for (uint32_t i = 0; i < n; i++) {
            random = random * 1664525u + 1013904223u;
            bytes[i] = (uint8_t)(random >> 24);
        }
        assert_int_equal(wio_crc32(first, bytes, n),
                         crc32_by_bits(first, bytes, n));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(span_compares_whole_text),
        cmocka_unit_test(arena_takes_from_both_ends_and_returns),
        cmocka_unit_test(leb_u32_follows_the_specification),
        cmocka_unit_test(leb_signed_follows_the_specification),
        cmocka_unit_test(cursor_never_passes_its_end),
        cmocka_unit_test(an_empty_span_without_address_reads_as_its_end),
        cmocka_unit_test(report_keeps_the_first_sentence),
        cmocka_unit_test(format_cuts_and_terminates),
        cmocka_unit_test(codes_are_negative_and_carry_their_parts),
        cmocka_unit_test(crc32_of_the_check_string),
        cmocka_unit_test(crc32_is_the_division),
    };

    return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
