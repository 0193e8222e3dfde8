/* SPDX-License-Identifier: Apache-2.0 */
/* board/board: the boards of this tree, and the defects of a board's tree */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "board/board.h"
#include "boards/boards.h"
#include "tree.h"

static struct tree tree;

/* A board with one register block, changed in one place by each test. */
struct variant {
    const char *missing;            /* policy property that is left out */
    const char *extra;              /* property added to the block */
    const char *class;              /* of the block */
    uint32_t size;                  /* of the block */
    uint32_t rules[8];              /* wasmio,registers */
    uint32_t n_rules;               /* cells */
    bool child;                     /* a node below the block */
    uint32_t beside;                /* address of another block, or 0 */
};

static const struct variant good = {
    .class = "mmio",
    .size = 0x100,
    .rules = { 0, 4, 0xff, 0xff, 4, 2, 0xffff, 0 },
    .n_rules = 8
};

static void
add_policy(const char *missing)
{
    static const char *const names[] = {
        "max-containers", "max-memory-bytes", "max-module-bytes",
        "steps-per-us", "init-budget-us", "operation-budget-us"
    };

    tree_begin(&tree, "wasmio,policy");
    for (uint32_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (!missing || strcmp(missing, names[i]) != 0) {
            tree_u32(&tree, names[i], 8);
        }
    }
    tree_end(&tree);
}

static int
read_variant(const struct variant *v, struct wio_report *report)
{
    const uint32_t reg[2] = { 0x1000, v->size };
    struct wio_board board;

    tree_clear(&tree);
    tree_begin(&tree, "");
    tree_text(&tree, "model", "test");
    tree_text(&tree, "compatible", "wasmio,test");
    add_policy(v->missing);
    tree_begin(&tree, "block@1000");
    tree_text(&tree, "compatible", "acme,block");
    tree_cells(&tree, "reg", reg, 2);
    tree_text(&tree, "wasmio,class", v->class);
    if (v->extra) {
        tree_flag(&tree, v->extra);
    }
    tree_cells(&tree, "wasmio,registers", v->rules, v->n_rules);
    if (v->child) {
        tree_begin(&tree, "device@200");
        tree_u32(&tree, "reg", 0x200);
        tree_end(&tree);
    }
    tree_end(&tree);
    if (v->beside) {
        const uint32_t other[2] = { v->beside, 16 };

        tree_begin(&tree, "other");
        tree_cells(&tree, "reg", other, 2);
        tree_end(&tree);
    }
    tree_end(&tree);
    memset(report, 0, sizeof(*report));
    return wio_board_read(tree_blob(&tree), &board, report);
}

static void
assert_bad(const struct variant *v, const char *part)
{
    struct wio_report report;

    assert_int_equal(read_variant(v, &report), WIO_ERR_BAD_BOARD);
    assert_int_equal(report.code, WIO_ERR_BAD_BOARD);
    if (!strstr(report.text, part)) {
        fail_msg("\"%s\" does not say \"%s\"", report.text, part);
    }
}

static void
boards_of_this_tree(void **state)
{
    const struct wio_board_entry *entry;
    uint32_t n = 0;

    (void)state;
    for (; (entry = wio_boards_at(n)) != NULL; n++) {
        struct wio_report report = { 0 };
        struct wio_board board;
        uint32_t classes = 0;

        assert_ptr_equal(wio_boards_find(entry->name), entry);
        if (wio_board_read((struct wio_span){ entry->blob, entry->len },
                           &board, &report) != 0) {
            fail_msg("%s: %s", entry->name, report.text);
        }
        assert_true(board.policy.max_containers >= 1);
        assert_false(board.policy.strict_access);
        for (uint32_t i = 0; i < board.n_controllers; i++) {
            assert_true(strlen(board.controllers[i].info.compatible) > 0);
            assert_true(board.controllers[i].info.size > 0);
            classes |= 1u << board.controllers[i].info.class;
        }
        /* I2C, GPIO, UART and registers on each of them; a process has only
         * registers. */
        assert_int_equal(classes & 0x1e,
                         strcmp(entry->kind, "linux") == 0 ? 0x10 : 0x1e);
    }
    assert_int_equal(n, 4);
    assert_null(wio_boards_find("sim2"));
}

/* In the order of the blob, which the ports count by. */
static void
controllers_of_sim(void **state)
{
    static const struct {
        const char *compatible;
        uint8_t class;
        uint32_t base;
    } expected[] = {
        { "wasmio,sim-i2c", WIO_CONTROLLER_I2C, 0x1000 },
        { "wasmio,sim-gpio", WIO_CONTROLLER_GPIO, 0x2000 },
        { "wasmio,sim-uart", WIO_CONTROLLER_UART, 0x3000 },
        { "arm,pl011", WIO_CONTROLLER_MMIO, 0x4000 },
        { "arm,cmsdk-uart", WIO_CONTROLLER_MMIO, 0x5000 },
        { "wasmio,sim-spi", WIO_CONTROLLER_SPI, 0x8000 },
        { "wasmio,sim-pulse", WIO_CONTROLLER_MMIO, 0x6000 },
        { "wasmio,sim-pulse", WIO_CONTROLLER_MMIO, 0x7000 }
    };
    const uint32_t n = sizeof(expected) / sizeof(expected[0]);
    const struct wio_board_entry *entry = wio_boards_find("sim");
    struct wio_report report = { 0 };
    struct wio_board board;

    (void)state;
    assert_int_equal(wio_board_read((struct wio_span){ entry->blob,
                                    entry->len }, &board, &report), 0);
    assert_int_equal(board.n_controllers, n);
    for (uint32_t i = 0; i < n; i++) {
        const struct wio_controller_info *info = &board.controllers[i].info;

        assert_string_equal(info->compatible, expected[i].compatible);
        assert_int_equal(info->class, expected[i].class);
        assert_int_equal(info->base, expected[i].base);
    }
}

static void
good_variant(void **state)
{
    struct wio_report report;

    (void)state;
    assert_int_equal(read_variant(&good, &report), 0);
}

static void
policy(void **state)
{
    struct variant v = good;
    struct wio_report report = { 0 };
    struct wio_board board;

    (void)state;
    v.missing = "steps-per-us";
    assert_bad(&v, "wasmio,policy: property \"steps-per-us\" is missing");
    tree_clear(&tree);
    tree_begin(&tree, "");
    tree_text(&tree, "model", "test");
    tree_text(&tree, "compatible", "wasmio,test");
    tree_end(&tree);
    assert_int_equal(wio_board_read(tree_blob(&tree), &board, &report),
                     WIO_ERR_BAD_BOARD);
    assert_non_null(strstr(report.text, "\"/wasmio,policy\" is missing"));
}

/* A slip of the owner's pen must not silently grant or withhold. */
static void
misspelt_property(void **state)
{
    struct variant v = good;

    (void)state;
    v.extra = "wasmio,grantble";
    assert_bad(&v, "block@1000: property \"wasmio,grantble\" is unknown");
}

static void
unknown_class(void **state)
{
    struct variant v = good;

    (void)state;
    v.class = "can";
    assert_bad(&v, "must list some of i2c|gpio|uart|mmio|spi");
}

static void
register_rules(void **state)
{
    static const uint32_t bad[][4] = {
        { 0, 3, 1, 1 },             /* width */
        { 0, 0, 1, 1 },
        { 2, 4, 1, 1 },             /* alignment */
        { 0x100, 4, 1, 1 },         /* outside */
        { 0xfffffffc, 4, 1, 1 },
        { 0, 1, 0x100, 0 },         /* bits */
        { 0, 2, 0, 0x10000 },
        { 0, 4, 0, 0 }              /* no right at all */
    };
    struct variant v = good;

    (void)state;
    for (uint32_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        memcpy(v.rules, bad[i], sizeof(bad[i]));
        v.n_rules = 4;
        assert_bad(&v, "block@1000: register rule 0");
    }
    v = good;
    v.rules[4] = 2;                 /* inside the one before */
    assert_bad(&v, "register rule 1 (offset 0x2)");
    v.n_rules = 7;
    assert_bad(&v, "\"wasmio,registers\" must be");
    v.n_rules = 0;
    assert_bad(&v, "\"wasmio,registers\" must be");
}

static void
registers_and_devices(void **state)
{
    struct variant v = good;

    (void)state;
    v.child = true;
    assert_bad(&v, "cannot go with child nodes");
    v.class = "i2c";
    assert_bad(&v, "device@200: property \"reg\" is no address");
}

/* Pins, the controller's own output, and none said: in the order listed. */
static void
chip_selects(void **state)
{
    static const struct wio_select_pin expected[] = {
        { 0x2000, 7, false }, { 0, 0, false }, { 0x2000, 9, true }
    };
    const uint32_t reg[2] = { 0x1000, 16 };
    const uint32_t bank[2] = { 0x2000, 16 };
    const uint32_t selects[] = { 3, 7, 1, 0, 3, 9, 0 };
    struct wio_select_pin pins[WIO_SPI_SELECTS];

    (void)state;
    for (uint32_t listed = 0; listed < 2; listed++) {
        struct wio_report report = { 0 };
        struct wio_board board;
        uint32_t n;

        tree_clear(&tree);
        tree_begin(&tree, "");
        tree_text(&tree, "model", "test");
        tree_text(&tree, "compatible", "wasmio,test");
        add_policy(NULL);
        tree_begin(&tree, "spi@1000");
        tree_text(&tree, "compatible", "acme,spi");
        tree_text(&tree, "wasmio,class", "spi");
        tree_cells(&tree, "reg", reg, 2);
        if (listed) {
            tree_cells(&tree, "cs-gpios", selects, 7);
        }
        tree_end(&tree);
        tree_begin(&tree, "gpio@2000");
        tree_cells(&tree, "reg", bank, 2);
        tree_u32(&tree, "phandle", 3);
        tree_end(&tree);
        tree_end(&tree);
        assert_int_equal(wio_board_read(tree_blob(&tree), &board, &report),
                         0);
        n = wio_board_selects(&board, 0, pins);
        assert_int_equal(n, listed ? 3 : 1);
        for (uint32_t i = 0; i < n; i++) {
            const struct wio_select_pin *e = &expected[listed ? i : 1];

            assert_int_equal(pins[i].base, e->base);
            assert_int_equal(pins[i].pin, e->pin);
            assert_int_equal(pins[i].active_high, e->active_high);
        }
    }
}

static void
size_of_a_block(void **state)
{
    struct variant v = good;

    (void)state;
    v.size = 0;
    assert_bad(&v, "property \"reg\" must be");
    v.size = 0xffffffff;            /* past the end of the address space */
    assert_bad(&v, "property \"reg\" must be");
}

/* A window that reaches another device's registers would grant them too. */
static void
blocks_apart(void **state)
{
    struct variant v = good;
    struct wio_report report;

    (void)state;
    v.beside = 0x1000 + v.size;
    assert_int_equal(read_variant(&v, &report), 0);
    v.beside = 0x1000 + v.size - 1;
    assert_bad(&v, "block@1000: property \"reg\" overlaps that of \"other\"");
    v.beside = 0x1000 - 16;
    assert_int_equal(read_variant(&v, &report), 0);
    v.beside = 0x1000 - 15;
    assert_bad(&v, "overlaps");
    v.beside = 0x1000;
    assert_bad(&v, "overlaps");
}

/* Boards may be read from files: no change of a byte may lead outside. */
static void
every_byte_changed(void **state)
{
    const struct wio_board_entry *entry = wio_boards_find("sim");
    uint8_t *blob = malloc(entry->len);
    uint32_t n_refused = 0;

    (void)state;
    assert_non_null(blob);
    memcpy(blob, entry->blob, entry->len);
    for (uint32_t at = 0; at < entry->len; at++) {
        for (uint32_t how = 0; how < 8; how++) {
            struct wio_report report = { 0 };
            struct wio_board board;

            blob[at] = (uint8_t)(entry->blob[at] ^ 1u << how);
            if (wio_board_read((struct wio_span){ blob, entry->len }, &board,
                               &report) != 0) {
                assert_int_equal(report.code, WIO_ERR_BAD_BOARD);
                n_refused++;
            } else {
                assert_true(board.n_controllers <=
                            WIO_BOARD_MAX_CONTROLLERS);
            }
        }
        blob[at] = entry->blob[at];
    }
    free(blob);
    assert_true(n_refused > 1000);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(boards_of_this_tree),
        cmocka_unit_test(controllers_of_sim),
        cmocka_unit_test(good_variant),
        cmocka_unit_test(policy),
        cmocka_unit_test(misspelt_property),
        cmocka_unit_test(unknown_class),
        cmocka_unit_test(register_rules),
        cmocka_unit_test(registers_and_devices),
        cmocka_unit_test(chip_selects),
        cmocka_unit_test(size_of_a_block),
        cmocka_unit_test(blocks_apart),
        cmocka_unit_test(every_byte_changed),
    };

    return cmocka_run_group_tests_name("board", tests, NULL, NULL);
}
