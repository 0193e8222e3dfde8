/* SPDX-License-Identifier: Apache-2.0 */
/*
 * board/match.c - a grant or a reason for every need
 *
 * Each need looks at the nodes of its kind in blob order and takes the first
 * that passes all tests. The tests stand in one order, so that the node that
 * passed most of them is the nearest miss, and the first test it failed is
 * why it was not taken.
 */
#include <stddef.h>

#include "board/irq.h"
#include "board/search.h"

static const char *const miss_texts[] = {
    [MISS_OTHER] = "is not what was asked for",
    [MISS_DISABLED] = "is disabled",
    [MISS_NOT_OFFERED] = "is not offered in this class (wasmio,class)",
    [MISS_NOT_GRANTABLE] = "is not marked wasmio,grantable",
    [MISS_OTHER_OWNER] = "is reserved for others (wasmio,only-for)",
    [MISS_DIRECTION] = "does not go in this direction (wasmio,direction)",
    [MISS_SIZE] = "is smaller than the size asked for",
    [MISS_REQUESTS] = "takes fewer requests at a time (wasmio,max-requests)",
    [MISS_INTERVAL] = "takes requests only further apart "
                      "(wasmio,request-min-interval-us)",
    [MISS_TAKEN_HERE] = "is taken by another need of this container",
    [MISS_CLAIMED] = "is in use by another container",
    [MISS_OCCUPIED] = "has devices that are in use without it",
    [MISS_SELECTS] = "selects a chip that is in use",
    [MISS_SELECTED] = "has a chip select that a container works",
    [MISS_DRIVEN] = "is on a bus whose controller is driven by a container "
                    "that does not provide it",
    [MISS_SERVED] = "is served by a container, which takes no requests",
    [MISS_CHAIN] = "is served by a container, which one that serves others "
                   "itself cannot have"
};

static const char *const class_texts[] = {
    [WIO_NEED_I2C_DEVICE] = "i2c-device",
    [WIO_NEED_GPIO] = "gpio",
    [WIO_NEED_UART] = "uart",
    [WIO_NEED_MMIO] = "mmio",
    [WIO_NEED_IRQ] = "irq",
    [WIO_NEED_SPI_DEVICE] = "spi-device"
};

/* The controller class that serves a need class. */
static const uint8_t served_by[] = {
    [WIO_NEED_I2C_DEVICE] = WIO_CONTROLLER_I2C,
    [WIO_NEED_GPIO] = WIO_CONTROLLER_GPIO,
    [WIO_NEED_UART] = WIO_CONTROLLER_UART,
    [WIO_NEED_MMIO] = WIO_CONTROLLER_MMIO,
    [WIO_NEED_IRQ] = 0,
    [WIO_NEED_SPI_DEVICE] = WIO_CONTROLLER_SPI
};

/* -- The tests ---------------------------------------------------------------- */

static bool
is_enabled(const struct wio_fdt *fdt, uint32_t node)
{
    struct wio_span status;

    return !wio_fdt_get(fdt, node, "status", &status) ||
           (wio_fdt_string(status, 0, &status) &&
            (wio_span_is(status, "okay") || wio_span_is(status, "ok")));
}

/* Its role, or one of its compatible texts, the first of the need first. */
static bool
is_meant(const struct search *s, uint32_t node)
{
    const struct wio_need *need = s->need;
    const struct wio_fdt *fdt = &s->board->fdt;
    struct wio_span entry;
    uint32_t i;

    if (need->role.len > 0 &&
        !wio_board_lists_(fdt, node, "wasmio,role", need->role)) {
        return false;
    }
    if (need->compatible.len == 0) {
        return true;
    }
    for (i = 0; wio_fdt_string(need->compatible, i, &entry); i++) {
        if (wio_board_lists_(fdt, node, "compatible", entry)) {
            return true;
        }
    }
    return false;
}

static bool
may_go(const struct search *s, uint32_t node)
{
    struct wio_span direction;
    bool out = (s->need->gpio_flags & WIO_GPIO_OUTPUT) != 0;

    if (s->need->class != WIO_NEED_GPIO ||
        !wio_fdt_get_string(&s->board->fdt, node, "wasmio,direction",
                            &direction)) {
        return true;
    }
    return wio_span_is(direction, "in-out") ||
           wio_span_is(direction, out ? "out" : "in");
}

/* None are offered where the board says nothing. */
static enum miss
test_requests(const struct search *s, uint32_t node)
{
    uint32_t most = 0;
    uint32_t interval_us = 1;

    (void)wio_fdt_get_u32(&s->board->fdt, node, "wasmio,max-requests", &most);
    (void)wio_fdt_get_u32(&s->board->fdt, node,
                          "wasmio,request-min-interval-us", &interval_us);
    if (s->need->n_requests > most) {
        return MISS_REQUESTS;
    }
    return s->need->n_requests > 0 &&
                   s->need->request_interval_us < interval_us
               ? MISS_INTERVAL : MISS_FITS;
}

static enum miss
test(const struct search *s, uint32_t controller, uint32_t node)
{
    const struct wio_fdt *fdt = &s->board->fdt;
    const struct wio_need *need = s->need;
    struct wio_span value;
    int32_t index;
    uint32_t i;

    if (!is_meant(s, node)) {
        return MISS_OTHER;
    }
    if (!is_enabled(fdt, node) || !is_enabled(fdt, controller)) {
        return MISS_DISABLED;
    }
    index = wio_board_controller_(s->board, controller,
                                  served_by[need->class]);
    if (index < 0) {
        return MISS_NOT_OFFERED;
    }
    if (!wio_board_flag_(fdt, node, "wasmio,grantable")) {
        return MISS_NOT_GRANTABLE;
    }
    if (wio_fdt_get(fdt, node, "wasmio,only-for", &value) &&
        !wio_board_lists_(fdt, node, "wasmio,only-for", s->config->model)) {
        return MISS_OTHER_OWNER;
    }
    if (!may_go(s, node)) {
        return MISS_DIRECTION;
    }
    if (need->class == WIO_NEED_MMIO &&
        need->size > s->board->controllers[index].info.size) {
        return MISS_SIZE;
    }
    if (test_requests(s, node) != MISS_FITS) {
        return test_requests(s, node);
    }
    if (wio_board_granted_here_(s, node)) {
        return MISS_TAKEN_HERE;
    }
    for (i = 0; s->claims && i < s->claims->n; i++) {
        if (s->claims->of[i].node == node) {
            return MISS_CLAIMED;
        }
    }
    return wio_board_test_bus_(s, controller, node);
}

/* True when the search is over. */
static bool
consider(struct search *s, uint32_t controller, uint32_t node)
{
    enum miss miss = test(s, controller, node);

    if (miss > s->miss) {
        s->miss = miss;
        s->nearest = node;
        s->parent = controller;
    }
    return miss == MISS_FITS;
}

/* Of the node itself, offered to containers or not. */
static bool
is_of_kind(const struct search *s, uint32_t node)
{
    const struct wio_fdt *fdt = &s->board->fdt;
    struct wio_span name;

    if (wio_board_controller_(s->board, node, served_by[s->need->class]) >=
        0) {
        return true;
    }
    /* A console and the like: worth a reason when it is what was meant. */
    return wio_fdt_get(fdt, node, "reg", &name) && is_meant(s, node);
}

static void
search(struct search *s)
{
    const struct wio_fdt *fdt = &s->board->fdt;
    bool on_bus = s->need->class == WIO_NEED_I2C_DEVICE ||
                  s->need->class == WIO_NEED_SPI_DEVICE ||
                  s->need->class == WIO_NEED_GPIO;
    struct board_walk walk;
    uint32_t child;

    s->miss = MISS_NONE;
    for (walk = wio_board_walk_(fdt); walk.node != WIO_FDT_NONE;
         wio_board_walk_next_(&walk)) {
        if (!on_bus) {
            if (is_of_kind(s, walk.node) &&
                consider(s, walk.node, walk.node)) {
                return;
            }
            continue;
        }
        if (wio_board_controller_(s->board, walk.node,
                                  served_by[s->need->class]) < 0) {
            continue;
        }
        for (child = wio_fdt_first_child(fdt, walk.node);
             child != WIO_FDT_NONE;
             child = wio_fdt_next_sibling(fdt, child)) {
            if (consider(s, walk.node, child)) {
                return;
            }
        }
    }
}

/* -- Grants ------------------------------------------------------------------ */

/* The smaller of what the need wants and what the policy allows. */
static uint32_t
at_most(const struct search *s, uint32_t wanted, const char *name)
{
    uint32_t limit;

    if (wio_fdt_get_u32(&s->board->fdt, s->nearest, name, &limit) &&
        limit < wanted) {
        return limit;
    }
    return wanted;
}

/* The need's wish and the wiring: active low when either says so. */
static uint32_t
pin_flags(const struct search *s)
{
    uint32_t flags = s->need->gpio_flags;

    if (wio_board_flag_(&s->board->fdt, s->nearest, "wasmio,active-low")) {
        flags |= WIO_GPIO_ACTIVE_LOW;
    }
    /* From "begins active" to the level of an output. */
    if ((flags & WIO_GPIO_OUTPUT) && (flags & WIO_GPIO_ACTIVE_LOW)) {
        flags ^= WIO_GPIO_INITIAL_HIGH;
    }
    return flags;
}

/* Wiring and clock are the board's: Devicetree's spi-peripheral-props. */
static struct wio_spi_chip
chip_of(const struct search *s)
{
    const struct wio_fdt *fdt = &s->board->fdt;
    struct wio_spi_chip chip = { 0 };
    uint32_t select = 0;

    (void)wio_fdt_get_u32(fdt, s->nearest, "reg", &select);
    (void)wio_fdt_get_u32(fdt, s->nearest, "spi-max-frequency", &chip.max_hz);
    chip.select = (uint8_t)select;
    if (wio_board_flag_(fdt, s->nearest, "spi-cpha")) {
        chip.mode |= WIO_SPI_CPHA;
    }
    if (wio_board_flag_(fdt, s->nearest, "spi-cpol")) {
        chip.mode |= WIO_SPI_CPOL;
    }
    return chip;
}

/* The registers inside the window's part that was asked for. */
static int
fill_rules(const struct search *s, struct wio_grant *grant,
           struct wio_arena *arena)
{
    struct wio_register_rule *rules;
    struct wio_span list;
    uint32_t n = 0;
    uint32_t i;

    if (!wio_fdt_get(&s->board->fdt, s->nearest, "wasmio,registers", &list)) {
        return WIO_ERR_BAD_BOARD;
    }
    rules = wio_arena_take(arena, list.len / BOARD_RULE_BYTES *
                           (uint32_t)sizeof(*rules), 4);
    if (!rules) {
        return WIO_ERR_NO_MEMORY;
    }
    for (i = 0; i < list.len / 4; i += 4) {
        uint32_t off = wio_fdt_cell(list, i);
        uint32_t width = wio_fdt_cell(list, i + 1);

        if (width <= s->need->size && off <= s->need->size - width) {
            rules[n++] = (struct wio_register_rule){
                .off = off,
                .read_mask = wio_fdt_cell(list, i + 2),
                .write_mask = wio_fdt_cell(list, i + 3),
                .width = (uint8_t)width
            };
        }
    }
    grant->of.mmio.rules = rules;
    grant->of.mmio.n_rules = n;
    return 0;
}

static int
fill_grant(const struct search *s, struct wio_grant *grant,
           struct wio_arena *arena)
{
    const struct wio_need *need = s->need;
    const struct wio_fdt *fdt = &s->board->fdt;
    uint32_t timeout_us = at_most(s, need->timeout_us,
                                  "wasmio,max-timeout-us");
    uint32_t max_transfer = at_most(s, need->max_transfer,
                                    "wasmio,max-transfer");
    uint32_t reg = 0;

    grant->granted = true;
    grant->n_requests = (uint8_t)need->n_requests;
    grant->request_interval_us = need->request_interval_us;
    grant->served = need->class == WIO_NEED_SPI_DEVICE &&
                    wio_board_driven_(s, s->parent);
    grant->node = s->nearest;
    grant->controller = (uint8_t)wio_board_controller_(s->board, s->parent,
        served_by[need->class]);
    switch (need->class) {
    case WIO_NEED_I2C_DEVICE:
        (void)wio_fdt_get_u32(fdt, s->nearest, "reg", &reg);
        grant->of.i2c.addr = (uint16_t)reg;
        grant->of.i2c.max_transfer = max_transfer;
        grant->of.i2c.timeout_us = timeout_us;
        return 0;
    case WIO_NEED_SPI_DEVICE:
        grant->of.spi.chip = chip_of(s);
        grant->of.spi.max_transfer = max_transfer;
        grant->of.spi.timeout_us = timeout_us;
        return 0;
    case WIO_NEED_GPIO:
        (void)wio_fdt_get_u32(fdt, s->nearest, "reg", &reg);
        grant->of.gpio.pin = reg;
        grant->of.gpio.flags = pin_flags(s);
        return 0;
    case WIO_NEED_UART:
        reg = 115200;
        (void)wio_fdt_get_u32(fdt, s->nearest, "current-speed", &reg);
        grant->of.uart.baud = need->baud ? need->baud : reg;
        grant->of.uart.max_transfer = max_transfer;
        grant->of.uart.timeout_us = timeout_us;
        return 0;
    default:
        grant->of.mmio.base =
            s->board->controllers[grant->controller].info.base;
        grant->of.mmio.size = need->size;
        grant->of.mmio.timeout_us = timeout_us;
        return fill_rules(s, grant, arena);
    }
}

/* -- Sentences --------------------------------------------------------------- */

/* What identifies a node: its role or its first compatible text. */
static struct wio_span
identity(const struct wio_fdt *fdt, uint32_t node, bool role_first)
{
    struct wio_span text = { NULL, 0 };
    struct wio_span list;

    if (role_first && wio_fdt_get(fdt, node, "wasmio,role", &list) &&
        wio_fdt_string(list, 0, &text)) {
        return text;
    }
    if (wio_fdt_get(fdt, node, "compatible", &list)) {
        (void)wio_fdt_string(list, 0, &text);
    }
    return text;
}

static void
explain_miss(const struct search *s, struct wio_report *reason)
{
    const struct wio_need *need = s->need;
    const struct wio_fdt *fdt = &s->board->fdt;
    bool by_role = need->compatible.len == 0;
    const char *class = class_texts[need->class];
    struct wio_span wanted = need->role;
    struct wio_span name;
    struct wio_span is;

    if (!by_role) {
        (void)wio_fdt_string(need->compatible, 0, &wanted);
    }
    if (s->miss == MISS_NONE) {
        (void)wio_report_fail(reason, WIO_ERR_NO_MATCH,
            "need \"%S\": looked for %s \"%S\"; the board has no %s at all",
            &need->label, class, &wanted, class);
        return;
    }
    name = wio_fdt_name(fdt, s->nearest);
    is = identity(fdt, s->nearest, by_role);
    (void)wio_report_fail(reason, WIO_ERR_NO_MATCH,
        "need \"%S\": looked for %s \"%S\"; the board has \"%S\" (%S) but it "
        "%s", &need->label, class, &wanted, &name, &is, miss_texts[s->miss]);
}

uint32_t
wio_grant_text(const struct wio_board *board, const struct wio_need *need,
               const struct wio_grant *grant, char *text, uint32_t size)
{
    const struct wio_fdt *fdt = &board->fdt;
    struct wio_span on;
    struct wio_span is;

    if (!grant->granted) {
        return wio_format(text, size, "%S: not granted, optional",
                          &need->label);
    }
    on = wio_fdt_name(fdt, board->controllers[grant->controller].node);
    is = identity(fdt, wio_board_irq_node_(grant), false);
    switch (grant->class) {
    case WIO_NEED_I2C_DEVICE:
        return wio_format(text, size, "%S: %S at address %x of %S",
                          &need->label, &is, (uint32_t)grant->of.i2c.addr,
                          &on);
    case WIO_NEED_SPI_DEVICE:
        return wio_format(text, size, "%S: %S at chip select %u of %S%s",
                          &need->label, &is,
                          (uint32_t)grant->of.spi.chip.select, &on,
                          grant->served ? ", served by a container" : "");
    case WIO_NEED_GPIO:
        return wio_format(text, size, "%S: %s pin %u of %S, active %s",
            &need->label,
            grant->of.gpio.flags & WIO_GPIO_OUTPUT ? "output" : "input",
            grant->of.gpio.pin, &on,
            grant->of.gpio.flags & WIO_GPIO_ACTIVE_LOW ? "low" : "high");
    case WIO_NEED_UART:
        return wio_format(text, size, "%S: %S, %S at %u baud", &need->label,
                          &is, &on, grant->of.uart.baud);
    case WIO_NEED_IRQ: {
        struct wio_span of = wio_fdt_name(fdt, wio_board_irq_node_(grant));

        if (need->irq.is_completion) {
            return wio_format(text, size, "%S: completion of requests, %S",
                              &need->label, &of);
        }
        return wio_format(text, size, "%S: interrupt line %u, %S",
                          &need->label, grant->of.irq.source.line, &of);
    }
    default:
        return wio_format(text, size, "%S: %u registers of %S, %S",
                          &need->label, grant->of.mmio.n_rules, &is, &on);
    }
}

static void
explain_grant(const struct search *s, const struct wio_grant *grant,
              struct wio_report *reason)
{
    (void)wio_grant_text(s->board, s->need, grant, reason->text,
                         sizeof(reason->text));
}

/* -- The match ---------------------------------------------------------------- */

static int
match_device(struct search *s, struct wio_grant *grant,
             struct wio_arena *arena, struct wio_report *why)
{
    search(s);
    if (s->miss != MISS_FITS) {
        explain_miss(s, why);
        return WIO_ERR_NO_MATCH;
    }
    if (fill_grant(s, grant, arena)) {
        return wio_report_fail(why, WIO_ERR_NO_MEMORY,
                               "need \"%S\": no memory for its registers",
                               &s->need->label);
    }
    return 0;
}

static int
match_irq(const struct search *s, struct wio_grant *grant,
          struct wio_report *why)
{
    const struct irq_match match = {
        .board = s->board,
        .config = s->config,
        .claims = s->claims,
        .grants = s->grants,
        .need = s->need,
        .report = why,
    };

    return wio_board_match_irq_(&match, grant);
}

/* Interrupts come when all devices have their grants: an `irq` may stand
 * before the need it belongs to. */
static int
match_all(struct search *s, bool irqs, struct wio_grant *grants,
          struct wio_arena *arena, struct wio_report *reasons,
          struct wio_report *report)
{
    int first = 0;

    for (s->n_grants = 0; s->n_grants < s->config->n_needs; s->n_grants++) {
        struct wio_grant *grant = &grants[s->n_grants];
        struct wio_report *reason = reasons ? &reasons[s->n_grants] : NULL;
        struct wio_report why = { .code = 0 };
        int err;

        s->need = &s->config->needs[s->n_grants];
        if ((s->need->class == WIO_NEED_IRQ) != irqs) {
            continue;
        }
        grant->class = s->need->class;
        err = irqs ? match_irq(s, grant, &why)
                   : match_device(s, grant, arena, &why);
        if (err == 0 && reason) {
            explain_grant(s, grant, reason);
        } else if (err && reason) {
            *reason = why;
        }
        if (err == WIO_ERR_NO_MEMORY || (err && !s->need->optional)) {
            if (report->code == 0) {
                *report = why;             /* the first one is told */
            }
            first = first ? first : err;
        }
        if (err == WIO_ERR_NO_MEMORY) {
            return err;
        }
    }
    return first;
}

int
wio_board_match(const struct wio_board *board,
                const struct wio_container_config *config,
                const struct wio_claims *claims, struct wio_arena *arena,
                struct wio_grant *grants, struct wio_report *reasons,
                struct wio_report *report)
{
    struct search s = {
        .board = board,
        .config = config,
        .claims = claims,
        .grants = grants
    };
    struct wio_report ignored = { .code = 0 };
    int first = 0;
    int err;

    if (config->memory_bytes > board->policy.max_memory_bytes) {
        first = wio_report_fail(report, WIO_ERR_NO_MATCH,
            "the container asks for %u bytes of memory, the board's policy "
            "allows %u (max-memory-bytes)", config->memory_bytes,
            board->policy.max_memory_bytes);
    }
    for (uint32_t i = 0; i < config->n_needs; i++) {
        wio_fill(&grants[i], 0, sizeof(grants[i]));
        if (reasons) {
            reasons[i].code = 0;
            reasons[i].text[0] = '\0';
        }
    }
    err = match_all(&s, false, grants, arena, reasons,
                    first ? &ignored : report);
    if (err == WIO_ERR_NO_MEMORY) {
        return err;
    }
    first = first ? first : err;
    err = match_all(&s, true, grants, arena, reasons,
                    first ? &ignored : report);
    return first ? first : err;
}
