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

static int
read_points(const struct config_reader *reader, uint32_t node, bool provides)
{
    struct wio_container_config *config = reader->config;
    uint32_t child;
    uint32_t i;
    int err;

    for (child = wio_fdt_first_child(reader->fdt, node);
         child != WIO_FDT_NONE;
         child = wio_fdt_next_sibling(reader->fdt, child)) {
        struct wio_point_decl *point = &config->points[config->n_points];
        struct rule_place place = config_place_(reader, child,
            provides ? "/provides/" : "/consumes/");

        point->label = wio_fdt_name(reader->fdt, child);
        point->provides = provides;
        for (i = 0; i < config->n_points; i++) {
            if (wio_span_equal(config->points[i].label, point->label)) {
                return wio_rules_fail_(&place, "two points have this label%s",
                                       "");
            }
        }
        err = wio_rules_read_(&place, point_rules,
                              sizeof(point_rules) / sizeof(point_rules[0]),
                              provides ? FORM_PROVIDES : FORM_CONSUMES,
                              "provides", point);
        if (!err) {
            err = wio_rules_leaf_(&place);
        }
        if (err) {
            return err;
        }
        config->n_points++;
    }
    return 0;
}

int
wio_config_points_(const struct config_reader *reader, uint32_t provides,
                   uint32_t consumes)
{
    struct wio_container_config *config = reader->config;
    uint32_t n_provides = 0;
    uint32_t n_consumes = 0;
    int err = 0;

    if (provides != WIO_FDT_NONE) {
        err = wio_config_group_(reader, provides, WIO_CONFIG_MAX_POINTS,
                                &n_provides);
    }
    if (!err && consumes != WIO_FDT_NONE) {
        err = wio_config_group_(reader, consumes,
                                WIO_CONFIG_MAX_POINTS - n_provides,
                                &n_consumes);
    }
    if (err || n_provides + n_consumes == 0) {
        return err;
    }
    config->points = wio_arena_take(reader->arena, (n_provides + n_consumes) *
                                    (uint32_t)sizeof(*config->points),
                                    (uint32_t)sizeof(void *));
    if (!config->points) {
        return wio_report_fail(reader->report, WIO_ERR_NO_MEMORY,
                               "no memory for %u points",
                               n_provides + n_consumes);
    }
    if (n_provides > 0) {
        err = read_points(reader, provides, true);
    }
    if (!err && n_consumes > 0) {
        err = read_points(reader, consumes, false);
    }
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
                          RULE_ALL, "", main);
    if (!err) {
        err = wio_rules_leaf_(&place);
    }
    if (err) {
        return err;
    }
    if (main->deadline_us == 0) {
        main->deadline_us = main->period_us;
    }
    if (main->deadline_us > main->period_us) {
        return wio_rules_fail_(&place, "deadline-us is above period-us: the "
                               "next activation would come first%s", "");
    }
    if (main->budget_us > main->deadline_us) {
        return wio_rules_fail_(&place, "budget-us is above deadline-us, so no "
                               "activation could meet it%s", "");
    }
    return 0;
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
            return wio_rules_fail_(place, "property \"%s\" is for registers, "
                                   "a pin has none", "offset");
        }
        if (write->value > 1) {
            return wio_rules_fail_(place, "property \"%s\" of a pin is <0> "
                                   "(inactive) or <1> (active)", "value");
        }
        write->offset = 0;
        return 0;
    }
    if (need && need->class == WIO_NEED_MMIO) {
        if (write->offset >= need->size) {
            return wio_rules_fail_(place, "property \"%s\" is missing or not "
                                   "inside the window", "offset");
        }
        return 0;
    }
    return wio_rules_fail_(place, "its name or property \"%s\" must be that "
                           "of an output or a register window", "of");
}

int
wio_config_safe_state_(const struct config_reader *reader, uint32_t node)
{
    struct wio_container_config *config = reader->config;
    uint32_t child;
    uint32_t n;
    int err;

    if (node == WIO_FDT_NONE) {
        return 0;
    }
    err = wio_config_group_(reader, node, WIO_CONFIG_MAX_SAFE_WRITES, &n);
    if (err || n == 0) {
        return err;
    }
    config->safe_writes = wio_arena_take(reader->arena,
        n * (uint32_t)sizeof(*config->safe_writes), (uint32_t)sizeof(void *));
    if (!config->safe_writes) {
        return wio_report_fail(reader->report, WIO_ERR_NO_MEMORY,
                               "no memory for %u safe-state writes", n);
    }
    for (child = wio_fdt_first_child(reader->fdt, node);
         child != WIO_FDT_NONE;
         child = wio_fdt_next_sibling(reader->fdt, child)) {
        struct rule_place place = config_place_(reader, child,
                                                "/safe-state/");
        struct wio_safe_write *write =
            &config->safe_writes[config->n_safe_writes];

        /* A write whose name is that of its need has no property `of`. */
        write->of = wio_fdt_name(reader->fdt, child);
        write->offset = NO_OFFSET;
        err = wio_rules_read_(&place, safe_rules,
                              sizeof(safe_rules) / sizeof(safe_rules[0]),
                              RULE_ALL, "", write);
        if (!err) {
            err = wio_rules_leaf_(&place);
        }
        if (!err) {
            err = check_target(reader, &place, write);
        }
        if (err) {
            return err;
        }
        config->n_safe_writes++;
    }
    return 0;
}
