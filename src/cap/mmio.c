/* SPDX-License-Identifier: Apache-2.0 */
/* cap/mmio.c - windows: building them, and everything off the fast path */
#include "cap/mmio.h"

#include <stddef.h>

#define POLL_PAUSE_NS 1000u

static uint32_t
all_bits(uint32_t width)
{
    return width == 4 ? UINT32_MAX : (1u << (8 * width)) - 1;
}

static int
check_rule(const struct wio_mmio_grant *grant, uint32_t i)
{
    const struct wio_register_rule *rule = &grant->rules[i];

    if (rule->width != 1 && rule->width != 2 && rule->width != 4) {
        return WIO_ERR_BAD_BOARD;
    }
    if (rule->width > grant->size || rule->off > grant->size - rule->width ||
        rule->off % rule->width != 0 ||
        ((rule->read_mask | rule->write_mask) & ~all_bits(rule->width)) != 0) {
        return WIO_ERR_BAD_BOARD;
    }
    if (i > 0 && (rule->off < rule[-1].off ||
                  rule->off - rule[-1].off < rule[-1].width)) {
        return WIO_ERR_BAD_BOARD;
    }
    return 0;
}

int
wio_mmio_open(struct wio_mmio_window *window, uint32_t handle,
              const struct wio_mmio_grant *grant, struct wio_arena *arena)
{
    struct wio_mmio_grant *kept;
    struct wio_mmio_masks *masks;
    uint8_t *index;
    uint32_t n_words = 0;
    uint32_t n_masks = 1;

    if (grant->n_rules > 255) {
        return WIO_ERR_LIMIT;
    }
    for (uint32_t i = 0; i < grant->n_rules; i++) {
        int err = check_rule(grant, i);

        if (err) {
            return err;
        }
        /* Only memory has a fast path. */
        if (!grant->ops && grant->rules[i].width == 4) {
            n_words = grant->rules[i].off / 4 + 1;
            n_masks++;
        }
    }
    kept = wio_arena_take(arena, sizeof(*kept), 8);
    masks = wio_arena_take(arena, n_masks * (uint32_t)sizeof(*masks), 4);
    index = wio_arena_take(arena, n_words ? n_words : 1, 1);
    if (!kept || !masks || !index) {
        return WIO_ERR_NO_MEMORY;
    }
    n_masks = 1;
    for (uint32_t i = 0; i < grant->n_rules && n_words > 0; i++) {
        const struct wio_register_rule *rule = &grant->rules[i];

        if (rule->width == 4) {
            masks[n_masks].read = rule->read_mask;
            masks[n_masks].write = rule->write_mask;
            index[rule->off / 4] = (uint8_t)n_masks++;
        }
    }
    *kept = *grant;
    *window = (struct wio_mmio_window){
        .handle = handle,
        .n_words = n_words,
        .index = index,
        .masks = masks,
        .base = grant->base,
        .grant = kept,
    };
    return 0;
}

/* How many registers begin at @off or before it: they are sorted. */
static uint32_t
first_beyond(const struct wio_mmio_grant *grant, uint32_t off)
{
    uint32_t low = 0;
    uint32_t high = grant->n_rules;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (grant->rules[middle].off <= off) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* The granted register at @off with @width, or NULL and the reason. */
static const struct wio_register_rule *
find_rule(const struct wio_mmio_window *window, uint32_t off, uint32_t width,
          int *refusal)
{
    bool touches = false;
    uint32_t i;

    *refusal = WIO_ERR_MMIO_NO_REGISTER;
    if (width > window->grant->size || off > window->grant->size - width) {
        *refusal = WIO_ERR_MMIO_OUTSIDE;
        return NULL;
    }
    if (off % width != 0) {
        *refusal = WIO_ERR_MMIO_ALIGNMENT;
        return NULL;
    }
    i = first_beyond(window->grant, off);
    if (i > 0) {
        const struct wio_register_rule *rule = &window->grant->rules[i - 1];

        if (rule->off == off && rule->width == width) {
            return rule;
        }
        /* An access that touches a register but is not its own access: the
         * last one that begins before it, or the first behind. */
        touches = off - rule->off < rule->width;
    }
    if (touches || (i < window->grant->n_rules &&
                    window->grant->rules[i].off - off < width)) {
        *refusal = WIO_ERR_MMIO_WIDTH;
    }
    return NULL;
}

static uint32_t
bus_read(const struct wio_mmio_window *window, uint32_t off, uint32_t width)
{
    uintptr_t at = window->base + off;

    if (window->grant->ops) {
        return window->grant->ops->read(window->grant->ctx, off, width);
    }
    if (width == 1) {
        return *(const volatile uint8_t *)at;
    }
    if (width == 2) {
        return *(const volatile uint16_t *)at;
    }
    return *(const volatile uint32_t *)at;
}

static void
bus_write(const struct wio_mmio_window *window, uint32_t off, uint32_t width,
          uint32_t value)
{
    uintptr_t at = window->base + off;

    if (window->grant->ops) {
        window->grant->ops->write(window->grant->ctx, off, width, value);
    } else if (width == 1) {
        *(volatile uint8_t *)at = (uint8_t)value;
    } else if (width == 2) {
        *(volatile uint16_t *)at = (uint16_t)value;
    } else {
        *(volatile uint32_t *)at = value;
    }
}

/* Replaces the bits of @mask; nothing comes between read and write. */
static void
bus_merge(const struct wio_mmio_window *window, uint32_t off, uint32_t width,
          uint32_t mask, uint32_t value)
{
    const struct wio_port *port = window->grant->port;
    uint32_t key = port->core->irq_save(port->ctx);
    uint32_t old = bus_read(window, off, width);

    bus_write(window, off, width, (old & ~mask) | (value & mask));
    port->core->irq_restore(port->ctx, key);
}

int64_t
wio_mmio_read(const struct wio_mmio_window *window, uint32_t off,
              uint32_t width)
{
    int refusal;
    const struct wio_register_rule *rule = find_rule(window, off, width,
                                                     &refusal);

    if (!rule) {
        return refusal;
    }
    if (rule->read_mask == 0) {
        return WIO_ERR_MMIO_WRITE_ONLY;
    }
    return (int64_t)(bus_read(window, off, width) & rule->read_mask);
}

static int
check_value(const struct wio_register_rule *rule, uint32_t value)
{
    if (rule->write_mask == 0) {
        return WIO_ERR_MMIO_READ_ONLY;
    }
    if ((value & ~rule->write_mask) != 0) {
        return WIO_ERR_MMIO_BITS;
    }
    return 0;
}

int
wio_mmio_write(const struct wio_mmio_window *window, uint32_t off,
               uint32_t width, uint32_t value)
{
    int err;
    const struct wio_register_rule *rule = find_rule(window, off, width, &err);

    if (!rule) {
        return err;
    }
    err = check_value(rule, value);
    if (err) {
        return err;
    }
    if (rule->write_mask == all_bits(width) || rule->read_mask == 0) {
        bus_write(window, off, width, value);
    } else {
        bus_merge(window, off, width, rule->write_mask, value);
    }
    return 0;
}

int
wio_mmio_modify32(const struct wio_mmio_window *window, uint32_t off,
                  uint32_t mask, uint32_t value)
{
    int err = wio_mmio_check_modify32(window, off, mask);

    if (err == 0) {
        bus_merge(window, off, 4, mask, value);
    }
    return err;
}

/* -- Without the access ---------------------------------------------------- */

int
wio_mmio_check_read(const struct wio_mmio_window *window, uint32_t off,
                    uint32_t width)
{
    int err;
    const struct wio_register_rule *rule = find_rule(window, off, width, &err);

    return !rule ? err : rule->read_mask ? 0 : (int)WIO_ERR_MMIO_WRITE_ONLY;
}

int
wio_mmio_check_store(const struct wio_mmio_window *window, uint32_t off,
                     uint32_t width, uint32_t value)
{
    int err;
    const struct wio_register_rule *rule = find_rule(window, off, width, &err);

    return rule ? check_value(rule, value) : err;
}

int
wio_mmio_check_modify32(const struct wio_mmio_window *window, uint32_t off,
                        uint32_t mask)
{
    int err = wio_mmio_check_read(window, off, 4);

    return err ? err : wio_mmio_check_store(window, off, 4, mask);
}

/* -- Waiting --------------------------------------------------------------- */

int
wio_mmio_poll32(const struct wio_mmio_window *window, uint32_t off,
                uint32_t mask, uint32_t want, uint32_t timeout_us,
                uint64_t deadline_ns)
{
    const struct wio_port *port = window->grant->port;
    int err;
    const struct wio_register_rule *rule = find_rule(window, off, 4, &err);
    uint64_t end_ns;

    if (!rule) {
        return err;
    }
    if (rule->read_mask == 0) {
        return WIO_ERR_MMIO_WRITE_ONLY;
    }
    if ((mask & ~rule->read_mask) != 0) {
        return WIO_ERR_MMIO_BITS;
    }
    if ((want & ~mask) != 0) {
        return WIO_ERR_INVALID_ARGUMENT;   /* can never come true */
    }
    if (timeout_us > window->grant->timeout_us) {
        timeout_us = window->grant->timeout_us;
    }
    end_ns = port->core->now_ns(port->ctx) + (uint64_t)timeout_us * 1000;
    if (end_ns > deadline_ns) {
        end_ns = deadline_ns;
    }
    for (;;) {
        if ((bus_read(window, off, 4) & mask) == want) {
            return 0;
        }
        if (port->core->now_ns(port->ctx) >= end_ns) {
            return WIO_ERR_TIMEOUT;
        }
        port->core->delay_ns(port->ctx, POLL_PAUSE_NS);
    }
}

/* The register that begins at @off, whatever its width. */
static const struct wio_register_rule *
rule_at(const struct wio_mmio_window *window, uint32_t off)
{
    for (uint32_t i = 0; i < window->grant->n_rules; i++) {
        if (window->grant->rules[i].off == off) {
            return &window->grant->rules[i];
        }
    }
    return NULL;
}

int
wio_mmio_check_write(const struct wio_mmio_window *window, uint32_t off,
                     uint32_t value)
{
    const struct wio_register_rule *rule = rule_at(window, off);

    return rule ? check_value(rule, value) : WIO_ERR_MMIO_NO_REGISTER;
}

int
wio_mmio_write_any(const struct wio_mmio_window *window, uint32_t off,
                   uint32_t value)
{
    const struct wio_register_rule *rule = rule_at(window, off);

    if (!rule) {
        return WIO_ERR_MMIO_NO_REGISTER;
    }
    return wio_mmio_write(window, off, rule->width, value);
}
