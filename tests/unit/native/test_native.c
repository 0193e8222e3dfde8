/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file of a compiled container: one that is good, and each field of its
 * header as it must not be. A field that was changed has a checksum that fits,
 * so that what is refused is the field; then the same with the old one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/crc32.h"
#include "engine/aot/attach.h"
#include "engine/aot/image.h"
#include "runtime/native.h"

#define N_OF(array) (sizeof(array) / sizeof((array)[0]))
#define IMAGE_BYTES 192u
#define TAIL_BYTES 24u             /* what follows the section */
#define FILE_BYTES (WIO_NATIVE_IMAGE_AT + IMAGE_BYTES + TAIL_BYTES)
#define BSS_BYTES 64u

/* Where fields are in the file; docs/reference/compiled.md. */
enum {
    AT_MAGIC = 28, AT_FORMAT = 32, AT_ABI = 34, AT_FILE = 36, AT_CRC = 40,
    AT_KIND = 44, AT_IMAGE = 48, AT_IMAGE_BYTES = 52, AT_TEXT = 56,
    AT_ENTRY = 60, AT_LOAD = 64, AT_BSS = 68, AT_BSS_BYTES = 72, AT_SLOT = 76,
    AT_BUILD = 88, AT_TARGET = 108
};

static const uint8_t build[WIO_NATIVE_BUILD_BYTES] = { 0xab, 0xcd, 0xef, 0x01,
                                                       9, 8, 7 };
/* A controller, as far as a host can be one: its addresses have 32 bits. */
static uint8_t *file;
static uint8_t *memory;
static struct wio_native_file native;
static struct wio_report report;

static const struct wio_port_native_ops ops = {
    .kind = WIO_NATIVE_FLAT, .target = "mps2-an386", .build = build
};
static const struct wio_port port = { .name = "test", .native = &ops };

static void
put32(uint32_t at, uint32_t value)
{
    for (uint32_t i = 0; i < 4; i++) {
        file[at + i] = (uint8_t)(value >> (8 * i));
    }
}

static void
sign(uint32_t len)
{
    uint32_t crc = wio_crc32(0, file, AT_CRC);

    put32(AT_CRC, wio_crc32(crc, file + AT_CRC + 4, len - AT_CRC - 4));
}

/* Where both lie is decided by what can be said in 32 bits: nothing here is
 * followed on a host. */
static uint32_t
low(const void *at)
{
    return (uint32_t)(uintptr_t)at;
}

static void
make_good(void)
{
    /* Section 0, its length, and behind it a custom section "pad". */
    const uint32_t n = WIO_NATIVE_IMAGE_AT - 14 + IMAGE_BYTES;

    memset(file, 0, FILE_BYTES);
    memcpy(file, "\0asm\1\0\0\0", 8);
    for (uint32_t i = 0; i < 5; i++) {
        file[9 + i] = (uint8_t)((n >> (7 * i) & 0x7f) | (i < 4 ? 0x80 : 0));
    }
    file[14] = sizeof(WIO_AOT_SECTION) - 1;
    memcpy(file + 15, WIO_AOT_SECTION, sizeof(WIO_AOT_SECTION) - 1);
    put32(AT_MAGIC, WIO_NATIVE_MAGIC);
    put32(AT_FORMAT, WIO_NATIVE_FORMAT | WIO_AOT_ABI << 16);
    put32(AT_FILE, FILE_BYTES);
    put32(AT_KIND, WIO_NATIVE_FLAT);
    put32(AT_IMAGE, WIO_NATIVE_IMAGE_AT);
    put32(AT_IMAGE_BYTES, IMAGE_BYTES);
    put32(AT_TEXT, 32);
    put32(AT_ENTRY, 64);
    put32(AT_LOAD, low(file + WIO_NATIVE_IMAGE_AT));
    put32(AT_BSS, low(memory));
    put32(AT_BSS_BYTES, BSS_BYTES);
    memcpy(file + AT_BUILD, build, sizeof(build));
    strcpy((char *)file + AT_TARGET, "mps2-an386");
    memcpy(file + FILE_BYTES - TAIL_BYTES, "\0\x16\3pad", 6);
    sign(FILE_BYTES);
}

static int
check(uint32_t len)
{
    int err;

    wio_report_clear(&report);
    err = wio_native_read((struct wio_span){ file, len }, &native, &report);
    if (err || !native.is_there) {
        return err;
    }
    return wio_native_check_place(&native, &port, memory, BSS_BYTES, &report);
}

/* Refused with this code and one sentence that has @words in it. */
static void
assert_refused(int err, int code, const char *words)
{
    if (err != code || !strstr(report.text, words)) {
        fail_msg("%s (%s) instead of %s (%s)", wio_strerror(err), report.text,
                 wio_strerror(code), words);
    }
    assert_null(strchr(report.text, '\n'));
    assert_null(strstr(report.text, "..."));
}

static int
set_up(void **state)
{
    (void)state;
    /* On a host an address is cut to 32 bits wherever it is compared; below
     * 4 GiB it is not. */
    file = aligned_alloc(4096, 4096);
    memory = aligned_alloc(4096, 4096);
    make_good();
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    free(file);
    free(memory);
    return 0;
}

/* -- Tests ------------------------------------------------------------------ */

static void
test_good(void **state)
{
    (void)state;
    assert_int_equal(wio_native_read((struct wio_span){ file, FILE_BYTES },
                                     &native, &report), 0);
    assert_true(native.is_there);
    assert_ptr_equal(native.image, file + WIO_NATIVE_IMAGE_AT);
    assert_int_equal(native.header.entry, 64);
    assert_string_equal(native.header.target, "mps2-an386");
}

static void
test_ordinary(void **state)
{
    static const uint8_t module[8] = { 0, 'a', 's', 'm', 1, 0, 0, 0 };

    (void)state;
    for (uint32_t len = 0; len <= sizeof(module); len++) {
        assert_int_equal(wio_native_read((struct wio_span){ module, len },
                                         &native, &report), 0);
        assert_false(native.is_there);
    }
}

struct defect {
    uint32_t at;
    uint32_t value;
    int code;
    const char *words;
};

static const struct defect defects[] = {
    { AT_MAGIC, 0x12345678, WIO_ERR_ABI_VERSION, "of a format that is not" },
    { AT_FORMAT, (WIO_NATIVE_FORMAT + 1) | WIO_AOT_ABI << 16,
      WIO_ERR_ABI_VERSION, "of a format that is not" },
    { AT_FORMAT, WIO_NATIVE_FORMAT | (WIO_AOT_ABI + 1) << 16,
      WIO_ERR_ABI_VERSION, "for ABI" },
    { AT_FILE, FILE_BYTES - 1, WIO_ERR_MALFORMED, "where it was made with" },
    { AT_FILE, FILE_BYTES + 1, WIO_ERR_MALFORMED, "where it was made with" },
    { AT_KIND, 0, WIO_ERR_MALFORMED, "no known kind" },
    { AT_KIND, 3, WIO_ERR_MALFORMED, "no known kind" },
    { AT_IMAGE, WIO_NATIVE_IMAGE_AT + 8, WIO_ERR_MALFORMED,
      "image lies outside" },
    { AT_IMAGE, 0xfffffff8, WIO_ERR_MALFORMED, "image lies outside" },
    { AT_IMAGE_BYTES, IMAGE_BYTES + TAIL_BYTES, WIO_ERR_MALFORMED,
      "image is longer" },
    { AT_IMAGE_BYTES, IMAGE_BYTES + 1, WIO_ERR_MALFORMED, "image is longer" },
    { AT_IMAGE_BYTES, IMAGE_BYTES + TAIL_BYTES + 1, WIO_ERR_MALFORMED,
      "image lies outside" },
    { AT_IMAGE_BYTES, 0xffffffff, WIO_ERR_MALFORMED, "image lies outside" },
    { AT_TEXT, IMAGE_BYTES + 1, WIO_ERR_MALFORMED, "code is longer" },
    { AT_TEXT, 0xffffffff, WIO_ERR_MALFORMED, "code is longer" },
    { AT_ENTRY, IMAGE_BYTES - 48, WIO_ERR_MALFORMED, "entry lies outside" },
    { AT_ENTRY, IMAGE_BYTES + 4, WIO_ERR_MALFORMED, "entry lies outside" },
    { AT_ENTRY, 0xfffffffc, WIO_ERR_MALFORMED, "entry lies outside" },
    { AT_ENTRY, 66, WIO_ERR_MALFORMED, "entry lies outside" },
    { AT_LOAD, 4, WIO_ERR_MALFORMED, "multiple of 8" },
    { AT_BSS, 4, WIO_ERR_MALFORMED, "multiple of 8" },
    { AT_BSS_BYTES, 4, WIO_ERR_MALFORMED, "multiple of 8" },
    { AT_TARGET + 28, 0x41414141, WIO_ERR_MALFORMED, "has no end" },
    { AT_TARGET, 0x21212121, WIO_ERR_NO_MATCH, "and this is mps2-an386" },
    { AT_KIND, WIO_NATIVE_SHARED, WIO_ERR_NO_MATCH, "and this is mps2-an386" },
    { AT_BUILD, 0x04030201, WIO_ERR_NO_MATCH, "build 0x1020304" },
    { AT_BUILD + 16, 1, WIO_ERR_NO_MATCH, "of the firmware" },
};

static void
test_defects(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(defects); i++) {
        const struct defect *d = &defects[i];

        make_good();
        put32(d->at, d->value);
        assert_true(check(FILE_BYTES) != 0);
        sign(FILE_BYTES);
        assert_refused(check(FILE_BYTES), d->code, d->words);
    }
}

/* One byte anywhere, with the checksum as it was. */
static void
test_damage(void **state)
{
    (void)state;
    for (uint32_t at = 0; at < FILE_BYTES; at++) {
        make_good();
        file[at] ^= 0x10;
        wio_report_clear(&report);
        if (wio_native_read((struct wio_span){ file, FILE_BYTES }, &native,
                            &report) == 0) {
            /* Then nobody takes it for a compiled one. */
            assert_false(native.is_there);
            assert_true(at < WIO_NATIVE_HEADER_AT);
        }
    }
}

static void
test_cut(void **state)
{
    (void)state;
    for (uint32_t len = WIO_NATIVE_HEADER_AT; len < FILE_BYTES; len++) {
        wio_report_clear(&report);
        assert_int_equal(wio_native_read((struct wio_span){ file, len },
                                         &native, &report),
                         WIO_ERR_MALFORMED);
        assert_true(report.text[0] != '\0');
    }
}

static void
test_second(void **state)
{
    (void)state;
    /* The tail becomes another section of that name. */
    memcpy(file + FILE_BYTES - TAIL_BYTES, "\0\x16\x0d" WIO_AOT_SECTION, 16);
    sign(FILE_BYTES);
    assert_refused(check(FILE_BYTES), WIO_ERR_MALFORMED, "not the only one");
}

static void
test_not_first(void **state)
{
    uint8_t moved[FILE_BYTES];

    (void)state;
    memcpy(moved, file, 8);
    memcpy(moved + 8, file + FILE_BYTES - TAIL_BYTES, TAIL_BYTES);
    memcpy(moved + 8 + TAIL_BYTES, file + 8, FILE_BYTES - TAIL_BYTES - 8);
    memcpy(file, moved, FILE_BYTES);
    assert_refused(check(FILE_BYTES), WIO_ERR_MALFORMED, "not the first one");
}

static void
test_short_section(void **state)
{
    (void)state;
    file[9] = 0x8e + 100;              /* name and 100 bytes of the header */
    file[10] = 0x80;
    wio_report_clear(&report);
    assert_refused(wio_native_read((struct wio_span){ file, FILE_BYTES },
                                   &native, &report), WIO_ERR_MALFORMED,
                   "shorter than its header");
}

/* What a host can see of the places: its addresses do not fit, and so nothing
 * is taken that was made for others. */
static void
test_places(void **state)
{
    const struct wio_port none = { .name = "bare" };

    (void)state;
    make_good();
    assert_int_equal(wio_native_read((struct wio_span){ file, FILE_BYTES },
                                     &native, &report), 0);
    wio_report_clear(&report);
    assert_refused(wio_native_check_place(&native, &none, memory, 4096,
                                          &report),
                   WIO_ERR_NOT_SUPPORTED, "bare runs no compiled");
    native.header.load_at += 8;
    wio_report_clear(&report);
    assert_refused(wio_native_check_place(&native, &port, memory, 4096,
                                          &report),
                   WIO_ERR_NO_MATCH, "for slot 0");
}

/* With addresses that have 32 bits, as on a controller. */
static void
test_low_places(void **state)
{
    uint8_t *at = (uint8_t *)(uintptr_t)0x20000000u;
    uint8_t *bss = (uint8_t *)(uintptr_t)0x20100000u;

    (void)state;
    make_good();
    put32(AT_LOAD, 0x20000000u);
    put32(AT_BSS, 0x20100000u);
    sign(FILE_BYTES);
    assert_int_equal(wio_native_read((struct wio_span){ file, FILE_BYTES },
                                     &native, &report), 0);
    native.image = at;                 /* looked at by its address only */
    wio_report_clear(&report);
    assert_int_equal(wio_native_check_place(&native, &port, bss, BSS_BYTES,
                                            &report), 0);
    assert_refused(wio_native_check_place(&native, &port, bss, BSS_BYTES - 1,
                                          &report),
                   WIO_ERR_NO_MEMORY, "take 64 bytes, and its slot has 63");
    wio_report_clear(&report);
    assert_refused(wio_native_check_place(&native, &port, bss + 8, BSS_BYTES,
                                          &report),
                   WIO_ERR_NO_MATCH, "for slot 0 at address 0x20000000");
    wio_report_clear(&report);
    native.image = at + 8;
    assert_refused(wio_native_check_place(&native, &port, bss, BSS_BYTES,
                                          &report),
                   WIO_ERR_NO_MATCH, "lies at 0x20000008");
}

/* What ends the code, and what shares its memory. */
static void
test_form(void **state)
{
    static const struct {
        uint16_t flags;
        bool must_count;
        bool has_handlers;
        const char *why;           /* NULL: good */
    } cases[] = {
        { 0, false, false, NULL },
        { WIO_AOT_COUNTED, true, false, NULL },
        { WIO_AOT_VOLATILE, false, true, NULL },
        { WIO_AOT_COUNTED | WIO_AOT_VOLATILE, true, true, NULL },
        { WIO_AOT_VOLATILE, true, true, "counts no steps" },
        { WIO_AOT_COUNTED, true, true, "in order" },
        { 0, false, true, "in order" },
    };

    (void)state;
    for (uint32_t i = 0; i < N_OF(cases); i++) {
        const struct wio_aot_image image = { .flags = cases[i].flags };
        int err;

        wio_report_clear(&report);
        err = wio_native_check_form(&image, cases[i].must_count,
                                    cases[i].has_handlers, &report);
        assert_int_equal(err, cases[i].why ? WIO_ERR_NOT_SUPPORTED : 0);
        if (cases[i].why) {
            assert_non_null(strstr(report.text, cases[i].why));
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_good, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_ordinary, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_defects, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_damage, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_cut, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_second, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_not_first, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_short_section, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_places, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_low_places, set_up, tear_down),
        cmocka_unit_test(test_form),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
