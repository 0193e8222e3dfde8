/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Windows as memories (windows.wat) on simulated registers. The board's record
 * has every access that reached a device, so what is compared is the whole of
 * what was done: width, order, number, and that nothing else was.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "rig.h"

/* What a fault of the container leaves behind, made by the host. */
#define SAFE "mmio0 w4 00c=0000005a\n"

static struct rig rig;

static int
setup(void **state)
{
    (void)state;
    rig_load(&rig, "windows.wasm");
    return 0;
}

static const char *
accesses(void)
{
    return rig_accesses(&rig);
}

static uint32_t
count(const char *all, const char *one)
{
    uint32_t n = 0;

    for (const char *at = all; (at = strstr(at, one)) != NULL; at++) {
        n++;
    }
    return n;
}

static uint64_t
load_of(const char *name, uint32_t at)
{
    uint64_t result;

    if (rig_call(&rig, name, &at, 1, &result)) {
        fail_msg("%s(%x): %s", name, at, rig.text);
    }
    return result;
}

static void
store_to(const char *name, uint32_t at, uint32_t value)
{
    const uint32_t args[3] = { at, value, 0x55555555 };
    const uint32_t n_args = name[strlen(name) - 1] == 'l' ? 3 : 2;
    uint64_t result;

    if (rig_call(&rig, name, args, n_args, &result)) {
        fail_msg("%s(%x): %s", name, at, rig.text);
    }
}

static uint64_t
call(const char *name)
{
    uint64_t result;

    if (rig_call(&rig, name, NULL, 0, &result)) {
        fail_msg("%s: %s", name, rig.text);
    }
    return result;
}

/* -- One access each --------------------------------------------------------- */

static void
every_width_is_one_access_of_it(void **state)
{
    (void)state;
    store_to("store32", 0, 0xfedcba98);
    assert_int_equal(load_of("load32", 0), 0xfedcba98);
    assert_string_equal(accesses(), "mmio0 w4 000=fedcba98\n"
                                    "mmio0 r4 000=fedcba98\n");
    store_to("store16", 0x10, 0x12348765);
    assert_int_equal(load_of("load16u", 0x10), 0x8765);
    assert_int_equal(load_of("load16s", 0x10), 0xffff8765);
    assert_string_equal(accesses(), "mmio0 w2 010=8765\n"
                                    "mmio0 r2 010=8765\n"
                                    "mmio0 r2 010=8765\n");
    store_to("store8", 0x12, 0x1234ff81);
    assert_int_equal(load_of("load8u", 0x12), 0x81);
    assert_int_equal(load_of("load8s", 0x12), 0xffffff81);
    assert_string_equal(accesses(), "mmio0 w1 012=81\n"
                                    "mmio0 r1 012=81\n"
                                    "mmio0 r1 012=81\n");
}

static void
values_of_64_bits_and_floats_are_accesses_of_their_width(void **state)
{
    (void)state;
    store_to("store32l", 0, 0x80000001);
    assert_true(load_of("load32ul", 0) == 0x80000001u);
    assert_true(load_of("load32sl", 0) == 0xffffffff80000001u);
    assert_string_equal(accesses(), "mmio0 w4 000=80000001\n"
                                    "mmio0 r4 000=80000001\n"
                                    "mmio0 r4 000=80000001\n");
    store_to("store8l", 0x12, 0xf0);
    assert_true(load_of("load8sl", 0x12) == 0xfffffffffffffff0u);
    assert_int_equal(load_of("load16ul", 0x10), 0);
    assert_string_equal(accesses(), "mmio0 w1 012=f0\n"
                                    "mmio0 r1 012=f0\n"
                                    "mmio0 r2 010=0000\n");
    store_to("storef", 0x38, 0x3f800000);
    assert_int_equal(load_of("loadf", 0x38), 0x3f800000);
    assert_string_equal(accesses(), "mmio0 w4 038=3f800000\n"
                                    "mmio0 r4 038=3f800000\n");
}

static void
constant_addresses_make_the_same_accesses(void **state)
{
    (void)state;
    assert_int_equal(load_of("constants", 0x11223344), 0x11226688);
    assert_string_equal(accesses(), "mmio0 w4 038=11223344\n"
                                    "mmio0 r4 038=11223344\n"
                                    "mmio0 w4 03c=11223344\n"
                                    "mmio0 w2 010=3344\n"
                                    "mmio0 w1 012=44\n"
                                    "mmio0 r4 03c=11223344\n"
                                    "mmio0 r2 010=3344\n");
}

static void
a_hundred_equal_stores_are_a_hundred_accesses(void **state)
{
    (void)state;
    (void)load_of("hundred", 0x77);
    assert_int_equal(count(accesses(), "mmio0 w4 000=00000077\n"), 100);
    assert_int_equal(count(rig.trace, "\n"), 100);
}

static void
nothing_is_joined_or_left_out(void **state)
{
    (void)state;
    (void)call("dead");
    assert_string_equal(accesses(), "mmio0 r4 000=00000000\n"
                                    "mmio0 r4 000=00000000\n"
                                    "mmio0 w4 000=00000007\n"
                                    "mmio0 w4 000=00000007\n"
                                    "mmio0 r4 000=00000007\n");
}

/* The device answers 1 from its fifth read on. */
static void
a_polling_loop_reads_each_time(void **state)
{
    struct wio_report report = { .code = 0 };

    (void)state;
    assert_int_equal(wio_sim_script(&rig.sim, "fault mmio0:stuck=1@5", &report),
                     0);
    assert_int_equal(call("poll"), 5);
    assert_string_equal(accesses(), "mmio0 r4 008=00000000\n"
                                    "mmio0 r4 008=00000000\n"
                                    "mmio0 r4 008=00000000\n"
                                    "mmio0 r4 008=00000000\n"
                                    "mmio0 r4 008=00000001\n");
}

static void
accesses_are_made_in_program_order(void **state)
{
    (void)state;
    assert_int_equal(load_of("order", 0x99), 0x99);
    assert_string_equal(accesses(), "mmio0 w4 000=00000099\n"
                                    "mmio1 w4 004=00001234\n"
                                    "mmio1 r4 004=00001234\n"
                                    "mmio0 w4 038=00001234\n"
                                    "mmio0 r4 000=00000099\n");
}

static void
bits_that_are_not_granted_are_kept(void **state)
{
    struct wio_report report = { .code = 0 };

    (void)state;
    assert_int_equal(wio_sim_script(&rig.sim, "set mmio0.0x04=0xabcd1207",
                                    &report), 0);
    store_to("store32", 4, 0x50);
    assert_int_equal(load_of("load32-4", 0), 0x1257);
    assert_string_equal(accesses(), "mmio0 r4 004=abcd1207\n"
                                    "mmio0 w4 004=abcd1257\n"
                                    "mmio0 r4 004=abcd1257\n");
}

/* -- Refused ------------------------------------------------------------------- */

/* The call is refused with @why, and nothing but the safe state is done. */
static void
assert_refused(const char *name, uint32_t n_args, uint32_t at, uint32_t value,
               const char *why)
{
    const uint32_t args[2] = { at, value };
    uint64_t result;

    rig_load(&rig, "windows.wasm");
    assert_int_equal(rig_call(&rig, name, args, n_args, &result),
                     WIO_ERR_TRAPPED);
    if (strstr(rig.text, why) == NULL) {
        fail_msg("%s(%x): %s, expected: %s", name, at, rig.text, why);
    }
    assert_string_equal(accesses(), SAFE);
}

static void
a_refused_access_traps_and_does_not_reach_the_device(void **state)
{
    (void)state;
    assert_refused("load32", 1, 0x14, 0, "mmio-no-register");
    assert_refused("load32", 1, 0x10, 0, "mmio-width");
    assert_refused("load16u", 1, 0x0, 0, "mmio-width");
    assert_refused("load8u", 1, 0x3, 0, "mmio-width");
    assert_refused("load32", 1, 0x0c, 0, "mmio-write-only");
    assert_refused("store32", 2, 0x08, 1, "mmio-read-only");
    assert_refused("store8", 2, 0x13, 1, "mmio-read-only");
    assert_refused("store32", 2, 0x04, 1, "mmio-bits");
    assert_refused("store32", 2, 0x0c, 0x1000, "mmio-bits");
    assert_refused("const-denied", 0, 0, 0, "mmio-read-only");
    assert_refused("const-load-denied", 0, 0, 0, "mmio-write-only");
}

static void
a_misaligned_access_is_denied(void **state)
{
    (void)state;
    assert_refused("load32", 1, 2, 0, "access denied: mmio-alignment");
    assert_refused("store32", 2, 1, 0, "access denied: mmio-alignment");
    assert_refused("load16u", 1, 0x11, 0, "access denied: mmio-alignment");
    assert_refused("const-misaligned", 0, 0, 0, "access denied: mmio-alignment");
}

static void
the_length_of_the_window_is_the_bound_of_the_memory(void **state)
{
    static const char bounds[] = "out of bounds memory access";

    (void)state;
    assert_refused("load32", 1, 0x40, 0, bounds);
    assert_refused("load32", 1, 0x3d, 0, bounds);
    assert_refused("load8u", 1, 0x40, 0, bounds);
    assert_refused("load16u", 1, 0x3f, 0, bounds);
    assert_refused("store32", 2, 0xffffffff, 0, bounds);
    assert_refused("store8", 2, 0x80000000, 0, bounds);
    assert_refused("const-outside", 0, 0, 0, bounds);
    assert_refused("wraps", 1, 4, 0, bounds);
    assert_refused("wraps", 1, 0xffffffff, 0, bounds);
    rig_load(&rig, "windows.wasm");
    (void)load_of("load32", 0x3c);
    assert_string_equal(accesses(), "mmio0 r4 03c=00000000\n");
    assert_int_equal(call("sizes"), 1000000 + 8000 + 64);
}

static void
a_window_that_was_not_granted_has_no_registers(void **state)
{
    (void)state;
    assert_refused("absent", 0, 0, 0, "no-device");
}

/* One file a defect, tests/bad/windows. */
static void
what_a_window_cannot_do_is_refused_at_load(void **state)
{
    static const struct {
        const char *name;
        const char *why;
    } defects[] = {
        { "wide-load.wasm", "accesses 64 bits" },
        { "wide-store.wasm", "accesses 64 bits" },
        { "wide-float.wasm", "accesses 64 bits" },
        { "wide-dead.wasm", "accesses 64 bits" },
        { "atomic.wasm", "atomically" },
        { "atomic-load.wasm", "atomically" },
        { "copy-from.wasm", "copies or fills" },
        { "copy-to.wasm", "copies or fills" },
        { "fill.wasm", "copies or fills" },
        { "init.wasm", "copies or fills" },
        { "grow.wasm", "grows" },
        { "segment.wasm", "is a data segment" },
        { "larger.wasm", "(memory 64 64 (pagesize 1))" },
        { "smaller.wasm", "(memory 64 64 (pagesize 1))" },
        { "growing.wasm", "(memory 64 64 (pagesize 1))" },
        { "endless.wasm", "(memory 64 64 (pagesize 1))" },
    };

    (void)state;
    for (uint32_t i = 0; i < sizeof defects / sizeof defects[0]; i++) {
        assert_int_equal(rig_try(&rig, defects[i].name), WIO_ERR_UNLINKABLE);
        if (!strstr(rig.text, defects[i].why) ||
            !strstr(rig.text, "window regs: ")) {
            fail_msg("%s: %s", defects[i].name, rig.text);
        }
        assert_string_equal(rig_accesses(&rig), "");
    }
}

/* -- Beside them ----------------------------------------------------------------- */

static void
pointers_of_host_functions_are_in_the_own_memory(void **state)
{
    (void)state;
    assert_int_equal(call("say"), 0);
    assert_string_equal(rig.logged, "windows: own memory\n");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(every_width_is_one_access_of_it, setup),
        cmocka_unit_test_setup(
            values_of_64_bits_and_floats_are_accesses_of_their_width, setup),
        cmocka_unit_test_setup(constant_addresses_make_the_same_accesses,
                               setup),
        cmocka_unit_test_setup(a_hundred_equal_stores_are_a_hundred_accesses,
                               setup),
        cmocka_unit_test_setup(nothing_is_joined_or_left_out, setup),
        cmocka_unit_test_setup(a_polling_loop_reads_each_time, setup),
        cmocka_unit_test_setup(accesses_are_made_in_program_order, setup),
        cmocka_unit_test_setup(bits_that_are_not_granted_are_kept, setup),
        cmocka_unit_test(a_refused_access_traps_and_does_not_reach_the_device),
        cmocka_unit_test(a_misaligned_access_is_denied),
        cmocka_unit_test(the_length_of_the_window_is_the_bound_of_the_memory),
        cmocka_unit_test(a_window_that_was_not_granted_has_no_registers),
        cmocka_unit_test(what_a_window_cannot_do_is_refused_at_load),
        cmocka_unit_test_setup(
            pointers_of_host_functions_are_in_the_own_memory, setup),
    };

    return cmocka_run_group_tests_name("windows", tests, NULL, NULL);
}
