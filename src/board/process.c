/* SPDX-License-Identifier: Apache-2.0 */
/* board/process.c - points, main and safe state of a configuration */
#include "board/config_internal.h"

#define MAX_TIME_US 3600000000u

/* -- /provides and /consumes ------------------------------------------------- */

#define FORM_PROVIDES 1u
#define FORM_CONSUMES 2u

#define AT(member) (uint8_t)offsetof(struct wio_point_decl, member)

static const struct rule point_rules[] = {
    { "type", RULE_CHOICE, AT(type), RULE_ALL, RULE_ALL, WIO_POINT_BOOL,
      { .choices = "bool|i8|u8|i16|u16|i32|u32|i64|f32|f64" } },
    { "unit", RULE_TEXT, AT(unit), RULE_ALL, 0, 0, { 15 } },
    { "optional", RULE_FLAG, AT(optional), FORM_CONSUMES, 0, 0, { 0 } }
};

#undef AT

static bool
is_point(const struct wio_fdt *fdt, uint32_t node)
{
    return !wio_config_is_service_(fdt, node);
}

static int
read_point(const struct config_reader *reader, const struct rule_place *place,
           uint32_t which, void *entry)
{
    struct wio_point_decl *point = entry;

    (void)reader;
    point->label = wio_fdt_name(place->fdt, place->node);
    point->provides = which == 0;
    return wio_rules_read_(place, point_rules,
                           sizeof(point_rules) / sizeof(point_rules[0]),
                           which == 0 ? FORM_PROVIDES : FORM_CONSUMES, point);
}

int
wio_config_points_(const struct config_reader *reader, uint32_t provides,
                   uint32_t consumes)
{
    static const struct config_group group = {
        .parents = { "/provides/", "/consumes/" },
        .max = WIO_CONFIG_MAX_POINTS,
        .size = sizeof(struct wio_point_decl),
        .takes = is_point,
        .read = read_point
    };
    const uint32_t nodes[2] = { provides, consumes };
    void *points = NULL;
    int err = wio_config_group_(reader, &group, nodes, &points,
                                &reader->config->n_points);

    reader->config->points = points;
    return err;
}

/* -- /main ------------------------------------------------------------------- */

#define AT(member) (uint8_t)offsetof(struct wio_main_decl, member)

static const struct rule main_rules[] = {
    { "entry", RULE_TEXT, AT(entry), RULE_ALL, RULE_ALL, 1, { 63 } },
    { "period-us", RULE_U32, AT(period_us), RULE_ALL, RULE_ALL, 100,
      { MAX_TIME_US } },
    { "budget-us", RULE_U32, AT(budget_us), RULE_ALL, RULE_ALL, 1,
      { MAX_TIME_US } },
    { "deadline-us", RULE_U32, AT(deadline_us), RULE_ALL, 0, 1,
      { MAX_TIME_US } }
};

#undef AT

int
wio_config_main_(const struct config_reader *reader, uint32_t node)
{
    struct rule_place place = config_place_(reader, node, "/");
    struct wio_main_decl *main = &reader->config->main;
    int err;

    if (node == WIO_FDT_NONE) {
        return 0;
    }
    err = wio_rules_read_(&place, main_rules,
                          sizeof(main_rules) / sizeof(main_rules[0]),
                          RULE_ALL, main);
    if (!err) {
        err = wio_rules_leaf_(&place);
    }
    if (err) {
        return err;
    }
    if (main->deadline_us == 0) {
        main->deadline_us = main->period_us;
    }
    return wio_config_times_(&place, main->budget_us, main->deadline_us,
                             main->period_us, "period-us");
}

/* -- /safe-state ------------------------------------------------------------- */

#define NO_OFFSET UINT32_MAX
#define AT(member) (uint8_t)offsetof(struct wio_safe_write, member)

static const struct rule safe_rules[] = {
    { "of", RULE_TEXT, AT(of), RULE_ALL, 0, 1,
      { WIO_CONFIG_MAX_LABEL } },
    { "offset", RULE_U32, AT(offset), RULE_ALL, 0, 0, { 65532 } },
    { "value", RULE_U32, AT(value), RULE_ALL, RULE_ALL, 0, { UINT32_MAX } }
};

#undef AT

/* What it writes to must be an output or a window, and the value fit. */
static int
check_target(const struct config_reader *reader,
             const struct rule_place *place, struct wio_safe_write *write)
{
    const struct wio_need *need = wio_config_need_(reader->config, write->of);

    if (need && need->class == WIO_NEED_GPIO &&
        (need->gpio_flags & WIO_GPIO_OUTPUT)) {
        if (write->offset != NO_OFFSET) {
            return wio_rules_fail_(place, "offset",
                                   "is for registers, a pin has none");
        }
        if (write->value > 1) {
            return wio_rules_fail_(place, "value", "of a pin is <0> "
                                   "(inactive) or <1> (active)");
        }
        write->offset = 0;
        return 0;
    }
    if (need && need->class == WIO_NEED_MMIO) {
        if (write->offset >= need->size) {
            return wio_rules_fail_(place, "offset", "is missing or not "
                                   "inside the window");
        }
        return 0;
    }
    return wio_rules_fail_(place, NULL, "its name or property \"of\" must be "
                           "that of an output or a register window");
}

static int
read_write(const struct config_reader *reader, const struct rule_place *place,
           uint32_t which, void *entry)
{
    struct wio_safe_write *write = entry;
    int err;

    (void)which;
    /* A write whose name is that of its need has no property `of`. */
    write->of = wio_fdt_name(place->fdt, place->node);
    write->offset = NO_OFFSET;
    err = wio_rules_read_(place, safe_rules,
                          sizeof(safe_rules) / sizeof(safe_rules[0]),
                          RULE_ALL, write);
    return err ? err : check_target(reader, place, write);
}

int
wio_config_safe_state_(const struct config_reader *reader, uint32_t node)
{
    static const struct config_group group = {
        .parents = { "/safe-state/", NULL },
        .max = WIO_CONFIG_MAX_SAFE_WRITES,
        .size = sizeof(struct wio_safe_write),
        .read = read_write
    };
    const uint32_t nodes[2] = { node, WIO_FDT_NONE };
    void *writes = NULL;
    int err = wio_config_group_(reader, &group, nodes, &writes,
                                &reader->config->n_safe_writes);

    reader->config->safe_writes = writes;
    return err;
}
