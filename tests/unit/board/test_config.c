/* SPDX-License-Identifier: Apache-2.0 */
/*
 * board/config: what a good configuration becomes, and that no changed one
 * gets through with a value out of its range. The defects, one a file, are in
 * tests/bad/config.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <wio/port.h>

#include "base/fdt.h"
#include "board/config.h"
#include "tree.h"

static struct tree tree;
static max_align_t memory[2048];
static uint8_t all[WIO_CONFIG_MAX_BYTES];   /* all.dts */
static uint32_t n_all;

static int
load_all(void **state)
{
    FILE *file = fopen(ALL_DTB, "rb");

    (void)state;
    if (!file) {
        return -1;
    }
    n_all = (uint32_t)fread(all, 1, sizeof(all), file);
    fclose(file);
    return n_all > 0 ? 0 : -1;
}

static int
read_blob(struct wio_span blob, struct wio_container_config *config,
          struct wio_report *report)
{
    struct wio_arena arena;

    memset(report, 0, sizeof(*report));
    wio_arena_init(&arena, memory, sizeof(memory));
    return wio_config_read(blob, &arena, config, report);
}

static void
everything(void **state)
{
    struct wio_container_config c;
    struct wio_report report;
    struct wio_span text;

    (void)state;
    assert_int_equal(read_blob((struct wio_span){ all, n_all }, &c, &report),
                     0);
    assert_true(wio_span_is(c.model, "all"));
    assert_true(wio_span_is(c.version, "1.2.3"));
    assert_int_equal(c.memory_bytes, 4096);
    assert_int_equal(c.stack_bytes, 2048);
    assert_int_equal(c.n_needs, 6);

    assert_true(wio_span_is(c.needs[0].label, "sensor"));
    assert_int_equal(c.needs[0].class, WIO_NEED_I2C_DEVICE);
    assert_true(wio_fdt_string(c.needs[0].compatible, 1, &text));
    assert_true(wio_span_is(text, "national,lm75"));
    assert_int_equal(c.needs[0].max_transfer, 4);
    assert_int_equal(c.needs[0].timeout_us, 5000);
    assert_false(c.needs[0].optional);

    assert_int_equal(c.needs[1].gpio_flags, WIO_GPIO_OUTPUT |
                     WIO_GPIO_ACTIVE_LOW | WIO_GPIO_INITIAL_HIGH);
    assert_true(wio_span_is(c.needs[1].role, "user-led"));
    assert_int_equal(c.needs[2].gpio_flags, WIO_GPIO_PULL_UP);
    assert_true(c.needs[2].optional);

    assert_int_equal(c.needs[3].class, WIO_NEED_UART);
    assert_int_equal(c.needs[3].baud, 9600);
    assert_int_equal(c.needs[3].max_transfer, 32);      /* defaults */
    assert_int_equal(c.needs[3].timeout_us, 10000);

    assert_int_equal(c.needs[4].class, WIO_NEED_MMIO);
    assert_int_equal(c.needs[4].size, 0x48);
    assert_int_equal(c.needs[4].timeout_us, 100);

    assert_int_equal(c.needs[5].class, WIO_NEED_IRQ);
    assert_true(wio_span_is(c.needs[5].irq.of, "sensor"));
    assert_true(wio_span_is(c.needs[5].irq.handler, "on-alert"));
    assert_int_equal(c.needs[5].irq.trigger, WIO_TRIGGER_LEVEL_LOW);
    assert_int_equal(c.needs[5].irq.overflow, WIO_OVERFLOW_DROP_NEWEST);
    assert_int_equal(c.needs[5].irq.budget_us, 40);
    assert_int_equal(c.needs[5].irq.min_interarrival_us, 1000);
    assert_int_equal(c.needs[5].irq.deadline_us, 500);

    assert_int_equal(c.n_points, 2);
    assert_true(wio_span_is(c.points[0].label, "temperature"));
    assert_true(wio_span_is(c.points[0].unit, "mC"));
    assert_int_equal(c.points[0].type, WIO_POINT_I32);
    assert_true(c.points[0].provides);
    assert_int_equal(c.points[1].type, WIO_POINT_F64);
    assert_false(c.points[1].provides);
    assert_true(c.points[1].optional);

    assert_int_equal(c.n_services, 1);
    assert_true(wio_span_is(c.services[0].label, "bus"));
    assert_int_equal(c.services[0].class, WIO_NEED_SPI_DEVICE);
    assert_true(wio_span_is(c.services[0].of, "uart"));
    assert_true(wio_span_is(c.services[0].entry, "transfer"));
    assert_true(wio_span_is(c.services[0].buffer, "bytes"));
    assert_int_equal(c.services[0].max_transfer, 64);
    assert_int_equal(c.services[0].budget_us, 100);
    assert_int_equal(c.services[0].byte_ns, 8000);

    assert_true(wio_span_is(c.main.entry, "poll"));
    assert_int_equal(c.main.period_us, 100000);
    assert_int_equal(c.main.budget_us, 300);
    assert_int_equal(c.main.deadline_us, 50000);

    assert_int_equal(c.n_safe_writes, 2);
    assert_true(wio_span_is(c.safe_writes[0].of, "led"));
    assert_int_equal(c.safe_writes[0].offset, 0);
    assert_true(wio_span_is(c.safe_writes[1].of, "uart"));
    assert_int_equal(c.safe_writes[1].offset, 0x30);
    assert_int_equal(c.safe_writes[1].value, 0x10);
}

static void
least(void **state)
{
    struct wio_container_config c;
    struct wio_report report;

    (void)state;
    tree_container(&tree, "least", 0);
    tree_end(&tree);
    assert_int_equal(read_blob(tree_blob(&tree), &c, &report), 0);
    assert_int_equal(c.n_needs + c.n_points + c.n_safe_writes, 0);
    assert_int_equal(c.main.entry.len, 0);
    assert_int_equal(c.stack_bytes, 0);
}

static void
triggers(void **state)
{
    static const struct { const char *text; uint8_t trigger; } cases[] = {
        { "edge-rising", WIO_TRIGGER_EDGE_RISING },
        { "edge-falling", WIO_TRIGGER_EDGE_FALLING },
        { "edge-both", WIO_TRIGGER_EDGE_BOTH },
        { "level-high", WIO_TRIGGER_LEVEL_HIGH },
        { "level-low", WIO_TRIGGER_LEVEL_LOW }
    };

    (void)state;
    for (uint32_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct wio_container_config c;
        struct wio_report report;

        tree_container(&tree, "t", 0);
        tree_begin(&tree, "needs");
        tree_begin(&tree, "alert");
        tree_text(&tree, "class", "irq");
        tree_text(&tree, "of", "port");
        tree_text(&tree, "handler", "h");
        tree_text(&tree, "trigger", cases[i].text);
        tree_u32(&tree, "budget-us", 1);
        tree_u32(&tree, "deadline-us", 1);
        tree_u32(&tree, "min-interarrival-us", 1);
        tree_end(&tree);
        tree_begin(&tree, "port");
        tree_text(&tree, "class", "uart");
        tree_text(&tree, "role", "r");
        tree_end(&tree);
        tree_end(&tree);
        tree_end(&tree);
        assert_int_equal(read_blob(tree_blob(&tree), &c, &report), 0);
        assert_int_equal(c.needs[0].irq.trigger, cases[i].trigger);
        assert_int_equal(c.needs[0].irq.overflow, WIO_OVERFLOW_COALESCE);
    }
}

/* dtc would not write it, a hostile blob has it. */
static void
property_twice(void **state)
{
    struct wio_container_config c;
    struct wio_report report;

    (void)state;
    tree_container(&tree, "twice", 0);
    tree_u32(&tree, "memory", 1u << 20);
    tree_end(&tree);
    assert_int_equal(read_blob(tree_blob(&tree), &c, &report),
                     WIO_ERR_BAD_CONFIG);
    assert_string_equal(report.text, "/: property \"memory\" is there twice");
}

static void
too_large(void **state)
{
    struct wio_container_config c;
    struct wio_report report;
    static uint8_t ballast[8300];

    (void)state;
    tree_container(&tree, "large", 0);
    tree_prop(&tree, "ballast", ballast, sizeof(ballast));
    tree_end(&tree);
    assert_int_equal(read_blob(tree_blob(&tree), &c, &report),
                     WIO_ERR_BAD_CONFIG);
    assert_non_null(strstr(report.text, "more than the 8192 allowed"));
}

static void
small_arena(void **state)
{
    struct wio_container_config c;
    uint32_t fits = 0;

    (void)state;
    for (uint32_t n = 0; n <= sizeof(memory); n += 8) {
        struct wio_report report = { 0 };
        struct wio_arena arena;
        int err;

        wio_arena_init(&arena, memory, n);
        err = wio_config_read((struct wio_span){ all, n_all }, &arena, &c,
                              &report);
        if (err == 0) {
            fits = n;
            break;
        }
        assert_int_equal(err, WIO_ERR_NO_MEMORY);
        assert_int_equal(arena.used, 0);
        assert_true(report.text[0] != '\0');
    }
    assert_true(fits > 0);
}

/* -- Changed blobs -------------------------------------------------------------- */

static bool
inside(struct wio_span part, const uint8_t *blob, uint32_t len)
{
    return part.len == 0 ||
           (part.bytes >= blob && part.len <= len &&
            (size_t)(part.bytes - blob) <= len - part.len);
}

static void
assert_need(const struct wio_need *need, const uint8_t *blob, uint32_t len)
{
    assert_true(inside(need->label, blob, len));
    assert_true(inside(need->compatible, blob, len));
    assert_true(inside(need->role, blob, len));
    assert_in_range(need->label.len, 1, WIO_CONFIG_MAX_LABEL);
    assert_in_range(need->class, WIO_NEED_I2C_DEVICE, WIO_NEED_IRQ);
    assert_in_range(need->max_transfer, 1, 4096);
    assert_in_range(need->timeout_us, 1, 1000000);
    if (need->class == WIO_NEED_MMIO) {
        assert_in_range(need->size, 4, 65536);
        assert_int_equal(need->size % 4, 0);
    }
    if (need->class == WIO_NEED_IRQ) {
        assert_true(need->irq.budget_us >= 1);
        assert_true(need->irq.budget_us <= need->irq.deadline_us);
        assert_true(need->irq.deadline_us <= need->irq.min_interarrival_us);
        assert_in_range(need->irq.overflow, 0, 2);
        assert_true(need->irq.handler.len > 0);
    }
}

/* Whatever was accepted keeps the ranges that the rest of the core relies
 * on, and has no text outside the blob. */
static void
assert_sane(const struct wio_container_config *c, const uint8_t *blob,
            uint32_t len)
{
    assert_true(inside(c->model, blob, len));
    assert_in_range(c->model.len, 1, 31);
    assert_in_range(c->version.len, 1, 15);
    assert_true(c->memory_bytes <= 0x1000000);
    assert_true(c->stack_bytes <= 65536 && c->stack_bytes % 8 == 0);
    assert_true(c->n_needs <= WIO_CONFIG_MAX_NEEDS);
    assert_true(c->n_points <= WIO_CONFIG_MAX_POINTS);
    assert_true(c->n_safe_writes <= WIO_CONFIG_MAX_SAFE_WRITES);
    for (uint32_t i = 0; i < c->n_needs; i++) {
        assert_need(&c->needs[i], blob, len);
        for (uint32_t j = 0; j < i; j++) {
            assert_false(wio_span_equal(c->needs[i].label,
                                        c->needs[j].label));
        }
    }
    for (uint32_t i = 0; i < c->n_points; i++) {
        assert_in_range(c->points[i].type, WIO_POINT_BOOL, WIO_POINT_F64);
        assert_true(c->points[i].unit.len <= 15);
    }
    if (c->main.entry.len) {
        assert_true(c->main.budget_us >= 1);
        assert_true(c->main.budget_us <= c->main.deadline_us);
        assert_true(c->main.deadline_us <= c->main.period_us);
        assert_in_range(c->main.period_us, 100, 3600000000u);
    }
}

/* Every byte takes every value that differs from it in one bit, and four
 * extremes; each blob lies in memory of just its size. */
static void
every_byte_changed(void **state)
{
    uint8_t *blob = malloc(n_all);
    uint32_t n_accepted = 0;
    uint32_t n_refused = 0;

    (void)state;
    assert_non_null(blob);
    memcpy(blob, all, n_all);
    for (uint32_t at = 0; at < n_all; at++) {
        for (uint32_t how = 0; how < 12; how++) {
            static const uint8_t extremes[] = { 0x00, 0x7f, 0x80, 0xff };
            struct wio_container_config c;
            struct wio_report report;
            int err;

            if (how < 8) {
                blob[at] = (uint8_t)(all[at] ^ 1u << how);
            } else {
                blob[at] = extremes[how - 8];
            }
            err = read_blob((struct wio_span){ blob, n_all }, &c, &report);
            if (err == 0) {
                assert_sane(&c, blob, n_all);
                n_accepted++;
            } else {
                assert_int_equal(report.code, err);
                assert_true(report.text[0] != '\0');
                n_refused++;
            }
        }
        blob[at] = all[at];
    }
    free(blob);
    /* A check that accepts or refuses everything would see nothing. */
    assert_true(n_accepted > 100);
    assert_true(n_refused > 1000);
}

static void
every_prefix(void **state)
{
    (void)state;
    for (uint32_t n = 0; n < n_all; n++) {
        uint8_t *blob = malloc(n ? n : 1);
        struct wio_container_config c;
        struct wio_report report;

        assert_non_null(blob);
        memcpy(blob, all, n);
        assert_int_equal(read_blob((struct wio_span){ blob, n }, &c, &report),
                         WIO_ERR_BAD_CONFIG);
        free(blob);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything),
        cmocka_unit_test(least),
        cmocka_unit_test(triggers),
        cmocka_unit_test(property_twice),
        cmocka_unit_test(too_large),
        cmocka_unit_test(small_arena),
        cmocka_unit_test(every_byte_changed),
        cmocka_unit_test(every_prefix),
    };

    return cmocka_run_group_tests_name("config", tests, load_all, NULL);
}
