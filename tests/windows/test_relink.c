/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `wasmio link` makes of a container does what the container did: the
 * same results, the same sentences, the same accesses in the same order.
 *
 *     test_relink                     the pair markers.wasm, markers-linked.wasm
 *     test_relink NAME.wasm...        pairs NAME.wasm, NAME-linked.wasm: their
 *                                     operations f0-0 to f11-2 (:I)
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "rig.h"

static struct rig plain;
static struct rig linked;

static void
load_both(const char *name)
{
    char other[512];
    size_t len = strlen(name) - strlen(".wasm");

    (void)snprintf(other, sizeof other, "%.*s-linked.wasm", (int)len, name);
    rig_load(&plain, name);
    rig_load(&linked, other);
}

/* Where the instruction was is another byte, and the function another number:
 * the sentence up to there. */
static void
cut(char *text)
{
    char *in = strstr(text, " in function ");

    if (in) {
        *in = '\0';
    }
}

/* Nothing in the two runs differs. */
static int
call_both(const char *name, const uint32_t *args, uint32_t n_args)
{
    uint64_t results[2];
    int err = rig_call(&plain, name, args, n_args, &results[0]);

    assert_int_equal(rig_call(&linked, name, args, n_args, &results[1]), err);
    assert_true(results[0] == results[1]);
    cut(plain.text);
    cut(linked.text);
    assert_string_equal(linked.text, plain.text);
    assert_string_equal(rig_accesses(&linked), rig_accesses(&plain));
    if (!err) {                        /* else it has the byte as well */
        assert_string_equal(linked.logged, plain.logged);
    }
    return err;
}

static int
setup(void **state)
{
    (void)state;
    load_both("markers.wasm");
    return 0;
}

/* -- One module with everything in it ------------------------------------------- */

static void
the_start_function_made_its_access(void **state)
{
    (void)state;
    assert_string_equal(rig_accesses(&plain), "mmio0 w4 038=00057a27\n");
    assert_string_equal(rig_accesses(&linked), "mmio0 w4 038=00057a27\n");
}

static void
every_width_at_every_offset(void **state)
{
    static const char *const names[] = {
        "load8u", "load16u", "load32", "store8", "store16", "store32",
    };
    uint32_t n_good = 0;

    (void)state;
    for (uint32_t i = 0; i < 6; i++) {
        for (uint32_t off = 0; off < 70; off++) {
            const uint32_t args[2] = { off, 0xa50 + off * 0x01010000 };

            if (call_both(names[i], args, i < 3 ? 1 : 2)) {
                load_both("markers.wasm");   /* refused: it is faulted */
            } else {
                n_good++;
            }
        }
    }
    /* Reads: two of a byte, one of 16 bits, five of 32. Writes: one, one,
     * four, less what touches bits that are not granted. */
    assert_int_equal(n_good, 2 + 1 + 5 + 1 + 1 + 3);
}

static void
constant_addresses(void **state)
{
    static const char *const refused[] = {
        "const-denied", "const-load-denied", "const-outside",
        "const-misaligned", "const-high", "absent",
    };
    const uint32_t value = 0x89abcdef;

    (void)state;
    assert_int_equal(call_both("constants", &value, 1), 0);
    assert_non_null(strstr(plain.trace, "mmio0 w2 010=ffff\n"
                                        "mmio0 w2 010=cdef\n"
                                        "mmio0 w1 012=01\n"
                                        "mmio0 w1 012=f0\n"
                                        "mmio0 r4 03c=89abcdef\n"));
    assert_int_equal(call_both("order", &value, 1), 0);
    for (uint32_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        load_both("markers.wasm");
        (void)call_both("load32", (const uint32_t[]){ 0 }, 1);
        assert_int_equal(call_both(refused[i], NULL, 0), WIO_ERR_TRAPPED);
        assert_string_equal(plain.trace, "mmio0 w4 00c=0000005a\n");
    }
}

static void
functions_and_memories_are_the_same_ones(void **state)
{
    uint64_t result;

    (void)state;
    assert_int_equal(call_both("functions", NULL, 0), 0);
    (void)rig_call(&linked, "functions", NULL, 0, &result);
    assert_true(result == 7u + 0x57a27u + 8u + 8u);
    (void)rig_accesses(&linked);
    (void)rig_accesses(&plain);
    assert_int_equal(call_both("say", NULL, 0), 0);
    assert_string_equal(plain.logged, "windows: own memory\n");
    /* Only once: it drops a segment. */
    assert_int_equal(call_both("memories", NULL, 0), 0);
}

/* -- Given ones --------------------------------------------------------------- */

static int n_given;
static char **given;

static void
given_pairs_are_equal(void **state)
{
    (void)state;
    for (int i = 0; i < n_given; i++) {
        load_both(given[i]);
        for (uint32_t call = 0; call < 36; call++) {
            char name[16];

            (void)snprintf(name, sizeof name, "f%u-%u", call % 12, call / 12);
            if (call_both(name, NULL, 0)) {
                load_both(given[i]);
            }
        }
    }
}

int
main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_start_function_made_its_access, setup),
        cmocka_unit_test_setup(every_width_at_every_offset, setup),
        cmocka_unit_test_setup(constant_addresses, setup),
        cmocka_unit_test_setup(functions_and_memories_are_the_same_ones,
                               setup),
    };
    const struct CMUnitTest pairs[] = {
        cmocka_unit_test(given_pairs_are_equal),
    };

    given = argv + 1;
    n_given = argc - 1;
    return n_given ? cmocka_run_group_tests_name("pairs", pairs, NULL, NULL)
                   : cmocka_run_group_tests_name("relink", tests, NULL, NULL);
}
