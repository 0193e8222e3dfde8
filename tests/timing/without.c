/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The port with one protection taken away. The runtime and the admission test
 * stay as they are: what they promise must be seen to break.
 */
#include <stddef.h>

#include "timing.h"

/* There is one port, and it is wrapped once. */
static struct wio_port_sched_ops ops;
static const struct wio_port_sched_ops *whole;
static uint32_t limit_ticks;

/* throttle: the source stays unmasked. */
static void
mask_nothing(void *ctx, uint32_t source)
{
    (void)ctx;
    (void)source;
}

/* budget: its end goes by unnoticed, and nobody is cut off. */
static void
notice_nothing(void *arg)
{
    (void)arg;
}

static void
start_without_budget(void *ctx, void (*on_timer)(void *arg),
                     void (*on_budget)(void *arg), void *arg)
{
    (void)on_budget;
    whole->start(ctx, on_timer, notice_nothing, arg);
}

/* lock-limit: what is set for a lock counts as long as it can. */
static uint32_t
swap_without_limit(void *ctx, uint32_t ticks)
{
    return whole->budget_swap(ctx, ticks == limit_ticks ? whole->max_ticks
                                                        : ticks);
}

/* ceiling: a lock keeps nobody out. */
static uint32_t
raise_nothing(void *ctx, uint32_t level)
{
    (void)level;
    return whole->raise(ctx, whole->n_levels - 1);
}

/* levels: nobody is more urgent than anybody. */
static int
open_at_one_level(void *ctx, uint32_t slot, uint32_t level, uint32_t group,
                  void (*fn)(void *arg), void *arg)
{
    (void)level;
    return whole->slot_open(ctx, slot, 1, group, fn, arg);
}

static void
set_no_level(void *ctx, uint32_t slot, uint32_t level)
{
    (void)level;
    whole->slot_level(ctx, slot, 1);
}

static bool
is(const char *a, const char *b)
{
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

bool
timing_without(struct wio_port *port, const char *name,
               uint32_t lock_limit_ticks)
{
    whole = port->sched;
    ops = *whole;
    limit_ticks = lock_limit_ticks;
    port->sched = &ops;
    if (is(name, "throttle")) {
        ops.source_mask = mask_nothing;
        ops.source_direct = NULL;
    } else if (is(name, "budget")) {
        ops.start = start_without_budget;
        ops.guarded = NULL;
        ops.slot_direct = NULL;
    } else if (is(name, "lock-limit")) {
        ops.budget_swap = swap_without_limit;
    } else if (is(name, "ceiling")) {
        ops.raise = raise_nothing;
    } else if (is(name, "levels")) {
        ops.slot_open = open_at_one_level;
        ops.slot_level = set_no_level;
    } else {
        return false;
    }
    return true;
}
