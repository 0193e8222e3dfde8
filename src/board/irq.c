/* SPDX-License-Identifier: Apache-2.0 */
/*
 * board/irq.c - the interrupt of a device that was granted
 *
 * The device's node lists its interrupts as <line trigger> pairs
 * (Devicetree Specification v0.4, section 2.4; triggers as bits: 1 rising, 2
 * falling, 4 high, 8 low, 0 any); a pin has that of its controller. The owner
 * offers them by wasmio,irq-min-interarrival-us at the node that is granted:
 * no interrupt without a bound of its rate.
 */
#include "board/irq.h"

#include <stddef.h>

#include "board/board_internal.h"

#define INTERRUPT_BYTES 8u
#define CLAIM_SHIFT 24u
#define COMPLETION_INDEX 254u      /* in claims; no device has so many */

uint32_t
wio_board_irq_node_(const struct wio_grant *grant)
{
    return grant->node & ((1u << CLAIM_SHIFT) - 1u);
}

static int
refuse(const struct irq_match *m, const char *why)
{
    return wio_report_fail(m->report, WIO_ERR_NO_MATCH,
                           "need \"%S\": the interrupt of \"%S\" %s",
                           &m->need->label, &m->need->irq.of, why);
}

/* Which of the device's interrupts: by name, or the first. */
static bool
find_index(const struct irq_match *m, uint32_t node, uint32_t *index)
{
    struct wio_span names;
    struct wio_span name;

    *index = 0;
    if (m->need->irq.source.len == 0) {
        return true;
    }
    if (!wio_fdt_get(&m->board->fdt, node, "interrupt-names", &names)) {
        return false;
    }
    for (uint32_t i = 0; wio_fdt_string(names, i, &name); i++) {
        if (wio_span_equal(name, m->need->irq.source)) {
            *index = i;
            return true;
        }
    }
    return false;
}

static int
check_policy(const struct irq_match *m, uint32_t node)
{
    const struct wio_fdt *fdt = &m->board->fdt;
    const struct wio_need *need = m->need;
    uint32_t limit;

    if (!wio_fdt_get_u32(fdt, node, "wasmio,irq-min-interarrival-us",
                         &limit)) {
        if (need->irq.is_completion) {
            limit = 1;             /* its requests have an interval */
        } else {
            return refuse(m, "is not offered by the board "
                             "(wasmio,irq-min-interarrival-us)");
        }
    }
    if (need->irq.min_interarrival_us < limit) {
        return wio_report_fail(m->report, WIO_ERR_NO_MATCH,
                               "need \"%S\": min-interarrival-us is %u, the "
                               "board allows no less than %u", &need->label,
                               need->irq.min_interarrival_us, limit);
    }
    if (wio_fdt_get_u32(fdt, node, "wasmio,irq-max-budget-us", &limit) &&
        need->irq.budget_us > limit) {
        return wio_report_fail(m->report, WIO_ERR_NO_MATCH,
                               "need \"%S\": budget-us is %u, the board "
                               "allows no more than %u", &need->label,
                               need->irq.budget_us, limit);
    }
    return 0;
}

static int
find_source(const struct irq_match *m, const struct wio_grant *device,
            struct wio_source_info *source, uint32_t *index)
{
    const struct wio_fdt *fdt = &m->board->fdt;
    uint32_t controller = m->board->controllers[device->controller].node;
    bool is_pin = device->class == WIO_NEED_GPIO;
    uint32_t node = is_pin ? controller : device->node;
    struct wio_span list;
    uint32_t triggers;

    if (!wio_fdt_get(fdt, node, "interrupts", &list) ||
        list.len < INTERRUPT_BYTES || list.len % INTERRUPT_BYTES != 0) {
        return refuse(m, "is not wired on this board (interrupts)");
    }
    if (!find_index(m, node, index) ||
        *index >= list.len / INTERRUPT_BYTES) {
        return refuse(m, "has no such source (interrupt-names)");
    }
    *source = (struct wio_source_info){
        .is_pin = is_pin,
        .line = wio_fdt_cell(list, 2 * *index),
        .pin = is_pin ? device->of.gpio.pin : 0,
        .base = m->board->controllers[device->controller].info.base,
        .trigger = m->need->irq.trigger,
    };
    triggers = is_pin ? 0 : wio_fdt_cell(list, 2 * *index + 1);
    if (triggers != 0 && (triggers & source->trigger) != source->trigger) {
        return refuse(m, "cannot have this trigger");
    }
    return 0;
}

static bool
is_taken(const struct irq_match *m, uint32_t node)
{
    for (uint32_t i = 0; i < m->config->n_needs; i++) {
        if (m->grants[i].granted && m->grants[i].node == node) {
            return true;
        }
    }
    for (uint32_t i = 0; m->claims && i < m->claims->n; i++) {
        if (m->claims->of[i].node == node) {
            return true;
        }
    }
    return false;
}

int
wio_board_match_irq_(const struct irq_match *m, struct wio_grant *grant)
{
    const struct wio_grant *device = NULL;
    struct wio_source_info source;
    uint32_t index = 0;
    uint32_t claim;
    int err;

    for (uint32_t i = 0; i < m->config->n_needs; i++) {
        if (wio_span_equal(m->config->needs[i].label, m->need->irq.of)) {
            device = &m->grants[i];
        }
    }
    if (!device || !device->granted) {
        return refuse(m, "cannot be had: that need has no grant");
    }
    if (m->need->irq.is_completion) {
        source = (struct wio_source_info){ .trigger = m->need->irq.trigger };
        index = COMPLETION_INDEX;
        err = 0;
    } else {
        err = find_source(m, device, &source, &index);
    }
    err = err ? err : check_policy(m, device->node);
    if (err) {
        return err;
    }
    claim = device->node | (index + 1) << CLAIM_SHIFT;
    if (is_taken(m, claim)) {
        return refuse(m, "is taken already");
    }
    grant->granted = true;
    grant->node = claim;
    grant->controller = device->controller;
    grant->of.irq.source = source;
    grant->of.irq.budget_us = m->need->irq.budget_us;
    grant->of.irq.min_interarrival_us = m->need->irq.min_interarrival_us;
    grant->of.irq.deadline_us = m->need->irq.deadline_us;
    return 0;
}
