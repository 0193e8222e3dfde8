/* SPDX-License-Identifier: Apache-2.0 */
/* board/needs.c - node /needs of a configuration */
#include <wio/abi.h>

#include "board/config_internal.h"

#define NEED_I2C (1u << WIO_NEED_I2C_DEVICE)
#define NEED_GPIO (1u << WIO_NEED_GPIO)
#define NEED_UART (1u << WIO_NEED_UART)
#define NEED_MMIO (1u << WIO_NEED_MMIO)
#define NEED_IRQ (1u << WIO_NEED_IRQ)
#define NEED_SPI (1u << WIO_NEED_SPI_DEVICE)
#define NEED_BUS (NEED_I2C | NEED_SPI)      /* devices on a bus */

#define DEFAULT_TRANSFER 32u
#define DEFAULT_TIMEOUT_US 10000u
#define MAX_TRANSFER 4096u
#define MAX_TIMEOUT_US 1000000u
#define MAX_TIME_US 3600000000u

/* In the order of enum wio_need_class, which begins at 1. */
static const char class_names[] = "i2c-device|gpio|uart|mmio|irq|spi-device";

/* The need and what gpio says in words of its own. */
struct need_reading {
    struct wio_need need;
    uint8_t direction;               /* 1 in, 2 out */
    uint8_t initial;                 /* 0 not said, 1 inactive, 2 active */
    bool active_low;
    bool pull_up;
    bool pull_down;
};

#define AT(member) (uint8_t)offsetof(struct need_reading, member)

static const struct rule need_rules[] = {
    { "class", RULE_PASS, 0, RULE_ALL, RULE_ALL, 0, { 0 } },
    { "optional", RULE_FLAG, AT(need.optional), RULE_ALL, 0, 0, { 0 } },
    { "compatible", RULE_LIST, AT(need.compatible),
      NEED_BUS | NEED_UART | NEED_MMIO, NEED_BUS | NEED_MMIO, 1, { 63 } },
    { "role", RULE_TEXT, AT(need.role), NEED_GPIO | NEED_UART, NEED_GPIO, 1,
      { WIO_CONFIG_MAX_LABEL } },
    { "max-transfer", RULE_U32, AT(need.max_transfer), NEED_BUS | NEED_UART,
      0, 1, { MAX_TRANSFER } },
    { "timeout-us", RULE_U32, AT(need.timeout_us),
      NEED_BUS | NEED_UART | NEED_MMIO, 0, 1, { MAX_TIMEOUT_US } },
    { "requests", RULE_U32, AT(need.n_requests), NEED_BUS | NEED_UART, 0, 1,
      { WIO_CONFIG_MAX_REQUESTS } },
    { "request-interval-us", RULE_U32, AT(need.request_interval_us),
      NEED_BUS | NEED_UART, 0, 1, { MAX_TIME_US } },
    { "direction", RULE_CHOICE, AT(direction), NEED_GPIO, NEED_GPIO, 1,
      { .choices = "in|out" } },
    { "active-low", RULE_FLAG, AT(active_low), NEED_GPIO, 0, 0, { 0 } },
    { "pull-up", RULE_FLAG, AT(pull_up), NEED_GPIO, 0, 0, { 0 } },
    { "pull-down", RULE_FLAG, AT(pull_down), NEED_GPIO, 0, 0, { 0 } },
    { "initial", RULE_CHOICE, AT(initial), NEED_GPIO, 0, 1,
      { .choices = "inactive|active" } },
    { "baud", RULE_U32, AT(need.baud), NEED_UART, 0, 300, { 4000000 } },
    { "size", RULE_U32, AT(need.size), NEED_MMIO, NEED_MMIO, 4, { 65536 } },
    { "of", RULE_TEXT, AT(need.irq.of), NEED_IRQ, NEED_IRQ, 1,
      { WIO_CONFIG_MAX_LABEL } },
    { "handler", RULE_TEXT, AT(need.irq.handler), NEED_IRQ, NEED_IRQ, 1,
      { 63 } },
    { "source", RULE_TEXT, AT(need.irq.source), NEED_IRQ, 0, 1,
      { WIO_CONFIG_MAX_LABEL } },
    { "budget-us", RULE_U32, AT(need.irq.budget_us), NEED_IRQ, NEED_IRQ, 1,
      { MAX_TIME_US } },
    { "min-interarrival-us", RULE_U32, AT(need.irq.min_interarrival_us),
      NEED_IRQ, NEED_IRQ, 1, { MAX_TIME_US } },
    { "deadline-us", RULE_U32, AT(need.irq.deadline_us), NEED_IRQ, NEED_IRQ,
      1, { MAX_TIME_US } },
    { "trigger", RULE_CHOICE, AT(need.irq.trigger), NEED_IRQ, NEED_IRQ, 1,
      { .choices = "edge-rising|edge-falling|edge-both|level-high|level-low"
      } },
    { "overflow", RULE_CHOICE, AT(need.irq.overflow), NEED_IRQ, 0, 0,
      { .choices = "coalesce|drop-newest|mask" } }
};

static int
finish_gpio(const struct rule_place *place, struct need_reading *reading)
{
    uint32_t flags = 0;

    if (reading->pull_up && reading->pull_down) {
        return wio_rules_fail_(place, NULL,
                               "pull-up and pull-down exclude each other");
    }
    if (reading->direction == 1 && reading->initial != 0) {
        return wio_rules_fail_(place, "initial", "is for outputs only");
    }
    flags |= reading->direction == 2 ? WIO_GPIO_OUTPUT : 0u;
    flags |= reading->active_low ? WIO_GPIO_ACTIVE_LOW : 0u;
    flags |= reading->pull_up ? WIO_GPIO_PULL_UP : 0u;
    flags |= reading->pull_down ? WIO_GPIO_PULL_DOWN : 0u;
    flags |= reading->initial == 2 ? WIO_GPIO_INITIAL_HIGH : 0u;
    reading->need.gpio_flags = flags;
    return 0;
}

static int
finish_irq(const struct rule_place *place, struct wio_need *need)
{
    need->irq.is_completion = wio_span_is(need->irq.source,
                                          WIO_SOURCE_COMPLETION);
    if (need->irq.is_completion &&
        need->irq.trigger != WIO_TRIGGER_EDGE_RISING) {
        return wio_rules_fail_(place, "trigger", "of source "
                               "\"" WIO_SOURCE_COMPLETION "\" must be "
                               "edge-rising");
    }
    if (need->irq.trigger > WIO_TRIGGER_LEVEL_HIGH) {
        need->irq.trigger = WIO_TRIGGER_LEVEL_LOW;
    }
    return wio_config_times_(place, need->irq.budget_us,
                             need->irq.deadline_us,
                             need->irq.min_interarrival_us,
                             "min-interarrival-us");
}

static int
finish(const struct rule_place *place, struct need_reading *reading)
{
    struct wio_need *need = &reading->need;

    if ((need->n_requests > 0) != (need->request_interval_us > 0)) {
        return wio_rules_fail_(place, "requests",
                               "and \"request-interval-us\" go together");
    }
    switch (need->class) {
    case WIO_NEED_GPIO:
        return finish_gpio(place, reading);
    case WIO_NEED_UART:
        if (need->role.len == 0 && need->compatible.len == 0) {
            return wio_rules_fail_(place, "role",
                                   "or \"compatible\" is missing");
        }
        return 0;
    case WIO_NEED_MMIO:
        if (need->size % 4 != 0) {
            return wio_rules_fail_(place, "size", "must be a multiple of %u",
                                   4u);
        }
        return 0;
    case WIO_NEED_IRQ:
        return finish_irq(place, need);
    default:
        return 0;
    }
}

static int
read_need(const struct config_reader *reader, const struct rule_place *place,
          uint32_t which, void *entry)
{
    struct need_reading reading;
    struct wio_span name;
    int32_t class = -1;
    int err;

    (void)reader;
    (void)which;
    if (!wio_fdt_get(place->fdt, place->node, "class", &name)) {
        return wio_rules_fail_(place, "class", "is missing");
    }
    if (wio_fdt_get_string(place->fdt, place->node, "class", &name)) {
        class = wio_rules_choice_(class_names, name);
    }
    if (class < 0) {
        return wio_rules_fail_(place, "class", "must be one of %s",
                               class_names);
    }
    wio_fill(&reading, 0, sizeof(reading));
    reading.need.class = (uint8_t)(class + 1);
    reading.need.label = wio_fdt_name(place->fdt, place->node);
    reading.need.timeout_us = DEFAULT_TIMEOUT_US;
    reading.need.max_transfer = DEFAULT_TRANSFER;
    err = wio_rules_read_(place, need_rules,
                          sizeof(need_rules) / sizeof(need_rules[0]),
                          (uint8_t)(1u << reading.need.class), &reading);
    if (!err) {
        err = finish(place, &reading);
    }
    *(struct wio_need *)entry = reading.need;
    return err;
}

/* An interrupt belongs to a need that can raise one. */
static int
check_owner(const struct config_reader *reader, const struct wio_need *need)
{
    const struct wio_need *owner = wio_config_need_(reader->config,
                                                    need->irq.of);

    if (!owner || owner->class == WIO_NEED_IRQ) {
        return wio_report_fail(reader->report, WIO_ERR_BAD_CONFIG,
            "/needs/%S: property \"of\" names \"%S\", which is no need that "
            "has interrupts", &need->label, &need->irq.of);
    }
    if (need->irq.is_completion && owner->n_requests == 0) {
        return wio_report_fail(reader->report, WIO_ERR_BAD_CONFIG,
            "/needs/%S: source \"" WIO_SOURCE_COMPLETION "\" is of requests, "
            "and \"%S\" has no property \"requests\"", &need->label,
            &need->irq.of);
    }
    return 0;
}

int
wio_config_needs_(const struct config_reader *reader, uint32_t node)
{
    static const struct config_group group = {
        .parents = { "/needs/", NULL },
        .max = WIO_CONFIG_MAX_NEEDS,
        .size = sizeof(struct wio_need),
        .read = read_need
    };
    struct wio_container_config *config = reader->config;
    const uint32_t nodes[2] = { node, WIO_FDT_NONE };
    void *needs = NULL;
    uint32_t i;
    int err = wio_config_group_(reader, &group, nodes, &needs,
                                &config->n_needs);

    config->needs = needs;
    for (i = 0; !err && i < config->n_needs; i++) {
        if (config->needs[i].class == WIO_NEED_IRQ) {
            err = check_owner(reader, &config->needs[i]);
        }
    }
    return err;
}
