/* SPDX-License-Identifier: Apache-2.0 */
/* base/fdt: good trees at any alignment, every defect of the format */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/fdt.h"
#include "tree.h"

#define BAD (-77)

static struct tree tree;

/* In memory of just its size, so that a sanitizer sees any step outside. */
static int
open_copy(struct wio_span blob, uint32_t shift, struct wio_report *report)
{
    uint32_t n = blob.len + shift;
    uint8_t *room = malloc(n > 0 ? n : 1);
    struct wio_fdt fdt;
    int err;

    assert_non_null(room);
    memcpy(room + shift, blob.bytes, blob.len);
    memset(report, 0, sizeof(*report));
    err = wio_fdt_open((struct wio_span){ room + shift, blob.len }, 65536,
                       BAD, &fdt, report);
    free(room);
    return err;
}

static void
assert_refused(const char *part)
{
    struct wio_report report;
    int err = open_copy(tree_blob(&tree), 0, &report);

    assert_int_equal(err, BAD);
    assert_int_equal(report.code, BAD);
    if (!strstr(report.text, part)) {
        fail_msg("\"%s\" does not say \"%s\"", report.text, part);
    }
}

static void
make_family(void)
{
    tree_clear(&tree);
    tree_begin(&tree, "");
    tree_word(&tree, 4);
    tree_u32(&tree, "one", 1);
    tree_prop(&tree, "list", "a\0bc", 5);
    tree_flag(&tree, "flag");
    tree_begin(&tree, "first");
    tree_begin(&tree, "deep");
    tree_u32(&tree, "reg", 0x12345678);
    tree_end(&tree);
    tree_end(&tree);
    tree_word(&tree, 4);
    tree_begin(&tree, "second@4");
    tree_text(&tree, "text", "hello");
    tree_end(&tree);
    tree_end(&tree);
}

static void
reads_at_any_alignment(void **state)
{
    struct wio_span blob;
    uint8_t room[4096];

    (void)state;
    make_family();
    blob = tree_blob(&tree);
    for (uint32_t shift = 0; shift < 4; shift++) {
        struct wio_report report = { 0 };
        struct wio_span value;
        struct wio_span text;
        struct wio_fdt fdt;
        uint32_t node;
        uint32_t cell = 0;

        memcpy(room + shift, blob.bytes, blob.len);
        assert_int_equal(wio_fdt_open((struct wio_span){ room + shift,
                                      blob.len }, 4096, BAD, &fdt, &report),
                         0);
        assert_true(wio_fdt_get_u32(&fdt, 0, "one", &cell));
        assert_int_equal(cell, 1);
        assert_true(wio_fdt_get(&fdt, 0, "flag", &value));
        assert_int_equal(value.len, 0);
        assert_false(wio_fdt_get_u32(&fdt, 0, "flag", &cell));
        assert_false(wio_fdt_get(&fdt, 0, "reg", &value));
        assert_true(wio_fdt_get(&fdt, 0, "list", &value));
        assert_true(wio_fdt_string(value, 1, &text));
        assert_true(wio_span_is(text, "bc"));
        assert_false(wio_fdt_string(value, 2, &text));
        assert_false(wio_fdt_get_string(&fdt, 0, "list", &text));

        node = wio_fdt_first_child(&fdt, 0);
        assert_true(wio_span_is(wio_fdt_name(&fdt, node), "first"));
        node = wio_fdt_child(&fdt, node, "deep");
        assert_true(wio_fdt_get_u32(&fdt, node, "reg", &cell));
        assert_int_equal(cell, 0x12345678);
        assert_int_equal(wio_fdt_next_sibling(&fdt, node), WIO_FDT_NONE);
        assert_int_equal(wio_fdt_first_child(&fdt, node), WIO_FDT_NONE);
        node = wio_fdt_next_sibling(&fdt, wio_fdt_first_child(&fdt, 0));
        assert_true(wio_span_is(wio_fdt_name(&fdt, node), "second@4"));
        assert_true(wio_fdt_get_string(&fdt, node, "text", &text));
        assert_true(wio_span_is(text, "hello"));
        assert_int_equal(wio_fdt_next_sibling(&fdt, node), WIO_FDT_NONE);
        assert_int_equal(wio_fdt_next_sibling(&fdt, 0), WIO_FDT_NONE);
        assert_int_equal(wio_fdt_child(&fdt, 0, "third"), WIO_FDT_NONE);
    }
}

static void
properties_in_order(void **state)
{
    static const char *const names[] = { "one", "list", "flag" };
    struct wio_report report = { 0 };
    struct wio_fdt_prop prop;
    struct wio_fdt fdt;
    bool more;
    uint32_t n = 0;

    (void)state;
    make_family();
    assert_int_equal(wio_fdt_open(tree_blob(&tree), 4096, BAD, &fdt, &report),
                     0);
    for (more = wio_fdt_first_prop(&fdt, 0, &prop); more;
         more = wio_fdt_next_prop(&fdt, &prop)) {
        assert_true(n < 3);
        assert_true(wio_span_is(prop.name, names[n++]));
    }
    assert_int_equal(n, 3);
}

static void
version_16(void **state)
{
    struct wio_report report;
    struct wio_span blob;

    (void)state;
    make_family();
    blob = tree_blob(&tree);
    tree_set_header(blob, 5, 16);
    tree_set_header(blob, 9, 0xffffffff);     /* not a field then */
    assert_int_equal(open_copy(blob, 1, &report), 0);
    tree_set_header(blob, 5, 15);
    assert_int_equal(open_copy(blob, 1, &report), BAD);
    tree_set_header(blob, 5, 18);
    tree_set_header(blob, 6, 18);
    assert_int_equal(open_copy(blob, 1, &report), BAD);
}

static void
header_points_outside(void **state)
{
    static const uint32_t values[] = {
        0x7fffffff, 0xffffffff, 0xfffffffc, 0xffffff00, 4096
    };
    struct wio_report report;

    (void)state;
    for (uint32_t word = 1; word < 10; word++) {
        if (word == 4 || word == 7) {
            continue;          /* reservations, boot CPU: not looked at */
        }
        for (uint32_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
            struct wio_span blob;

            if (word == 5) {
                continue;      /* a later version may be compatible */
            }
            make_family();
            blob = tree_blob(&tree);
            tree_set_header(blob, word, values[i]);
            assert_int_equal(open_copy(blob, 0, &report), BAD);
            assert_true(report.text[0] != '\0');
        }
    }
}

static void
too_large_for_the_caller(void **state)
{
    struct wio_report report = { 0 };
    struct wio_fdt fdt;

    (void)state;
    make_family();
    assert_int_equal(wio_fdt_open(tree_blob(&tree), 100, BAD, &fdt, &report),
                     BAD);
    assert_non_null(strstr(report.text, "more than the 100 allowed"));
}

/* Whatever prefix is given, it is refused and nothing outside is read. */
static void
every_prefix(void **state)
{
    struct wio_report report;
    struct wio_span blob;

    (void)state;
    make_family();
    blob = tree_blob(&tree);
    for (uint32_t n = 0; n < blob.len; n++) {
        assert_int_equal(open_copy((struct wio_span){ blob.bytes, n }, 0,
                                   &report), BAD);
    }
    assert_int_equal(open_copy(blob, 0, &report), 0);
}

static void
no_root(void **state)
{
    (void)state;
    tree_clear(&tree);
    assert_refused("no root node");
    tree_clear(&tree);
    tree_word(&tree, 4);
    tree_begin(&tree, "");
    tree_end(&tree);
    assert_refused("no root node");
}

static void
two_roots(void **state)
{
    (void)state;
    tree_clear(&tree);
    tree_begin(&tree, "");
    tree_end(&tree);
    tree_begin(&tree, "");
    tree_end(&tree);
    assert_refused("a second root node");
}

static void
node_not_ended(void **state)
{
    (void)state;
    tree_clear(&tree);
    tree_begin(&tree, "");
    tree_begin(&tree, "child");
    tree_end(&tree);
    assert_refused("an end token inside a node");
}

static void
node_ended_twice(void **state)
{
    (void)state;
    tree_clear(&tree);
    tree_begin(&tree, "");
    tree_end(&tree);
    tree_end(&tree);
    assert_refused("the end of a node that was not begun");
}

static void
unknown_token(void **state)
{
    (void)state;
    tree_clear(&tree);
    tree_begin(&tree, "");
    tree_word(&tree, 5);
    tree_end(&tree);
    assert_refused("an unknown token");
}

static void
property_after_child(void **state)
{
    (void)state;
    tree_clear(&tree);
    tree_begin(&tree, "");
    tree_begin(&tree, "child");
    tree_end(&tree);
    tree_flag(&tree, "late");
    tree_end(&tree);
    assert_refused("a property after a child node");
}

static void
property_name_outside(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 3; i++) {
        static const uint32_t offs[] = { 0x7fffffff, 0xffffffff, 5 };

        tree_clear(&tree);
        tree_begin(&tree, "");
        tree_flag(&tree, "flag");
        tree_word(&tree, 3);
        tree_word(&tree, 0);
        tree_word(&tree, offs[i]);
        tree_end(&tree);
        assert_refused("a property name outside the strings block");
    }
}

static void
property_value_too_long(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 4; i++) {
        static const uint32_t lens[] = {
            0xffffffff, 0xfffffffd, 0x7fffffff, 9
        };

        tree_clear(&tree);
        tree_begin(&tree, "");
        tree_flag(&tree, "flag");
        tree_word(&tree, 3);
        tree_word(&tree, lens[i]);
        tree_word(&tree, 0);
        tree_end(&tree);
        assert_refused("a property value that leaves the structure block");
    }
}

static void
node_name_without_end(void **state)
{
    (void)state;
    tree_clear(&tree);
    tree_begin(&tree, "");
    tree_word(&tree, 1);
    tree_word(&tree, 0x61616161);
    tree_word(&tree, 0x61616161);
    tree.n_structure -= 4;
    /* The end token that follows has bytes that end the name; cut it off. */
    struct wio_span blob = tree_blob(&tree);
    struct wio_report report;

    tree_set_header(blob, 9, tree.n_structure - 4);
    assert_int_equal(open_copy(blob, 0, &report), BAD);
    assert_non_null(strstr(report.text, "a node name without an end"));
}

static void
node_without_name(void **state)
{
    (void)state;
    tree_clear(&tree);
    tree_begin(&tree, "");
    tree_begin(&tree, "");
    tree_end(&tree);
    tree_end(&tree);
    assert_refused("a node without a name");
}

static void
depth(void **state)
{
    struct wio_report report;

    (void)state;
    for (uint32_t n = WIO_FDT_MAX_DEPTH; n <= WIO_FDT_MAX_DEPTH + 1; n++) {
        tree_clear(&tree);
        for (uint32_t i = 0; i < n; i++) {
            tree_begin(&tree, i ? "n" : "");
        }
        for (uint32_t i = 0; i < n; i++) {
            tree_end(&tree);
        }
        assert_int_equal(open_copy(tree_blob(&tree), 0, &report),
                         n == WIO_FDT_MAX_DEPTH ? 0 : BAD);
    }
    assert_non_null(strstr(report.text, "nodes nested too deep"));
}

static void
number_of_nodes(void **state)
{
    struct wio_report report;

    (void)state;
    for (uint32_t n = WIO_FDT_MAX_NODES; n <= WIO_FDT_MAX_NODES + 1; n++) {
        tree_clear(&tree);
        tree_begin(&tree, "");
        for (uint32_t i = 1; i < n; i++) {
            tree_begin(&tree, "n");
            tree_end(&tree);
        }
        tree_end(&tree);
        assert_int_equal(open_copy(tree_blob(&tree), 0, &report),
                         n == WIO_FDT_MAX_NODES ? 0 : BAD);
    }
    assert_non_null(strstr(report.text, "too many nodes"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_at_any_alignment),
        cmocka_unit_test(properties_in_order),
        cmocka_unit_test(version_16),
        cmocka_unit_test(header_points_outside),
        cmocka_unit_test(too_large_for_the_caller),
        cmocka_unit_test(every_prefix),
        cmocka_unit_test(no_root),
        cmocka_unit_test(two_roots),
        cmocka_unit_test(node_not_ended),
        cmocka_unit_test(node_ended_twice),
        cmocka_unit_test(unknown_token),
        cmocka_unit_test(property_after_child),
        cmocka_unit_test(property_name_outside),
        cmocka_unit_test(property_value_too_long),
        cmocka_unit_test(node_name_without_end),
        cmocka_unit_test(node_without_name),
        cmocka_unit_test(depth),
        cmocka_unit_test(number_of_nodes),
    };

    return cmocka_run_group_tests_name("fdt", tests, NULL, NULL);
}
