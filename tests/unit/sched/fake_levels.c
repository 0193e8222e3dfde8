/* SPDX-License-Identifier: Apache-2.0 */
#include "fake_levels.h"

#include <string.h>

/* Everything pending that is more urgent than what runs. */
static void
settle(struct levels *levels)
{
    for (;;) {
        uint32_t floor = levels->level < levels->ceiling ? levels->level
                                                         : levels->ceiling;
        uint32_t best = LEVELS_SLOTS;
        uint32_t before = levels->level;

        if (levels->irq_off > 0 || levels->above) {
            return;
        }
        for (uint32_t i = 0; i < LEVELS_SLOTS; i++) {
            if (levels->slots[i].pending && levels->slots[i].level < floor) {
                floor = levels->slots[i].level;
                best = i;
            }
        }
        if (best == LEVELS_SLOTS) {
            return;
        }
        levels->slots[best].pending = false;
        levels->level = levels->slots[best].level;
        levels->slots[best].fn(levels->slots[best].arg);
        levels->level = before;
    }
}

static void
above(struct levels *levels, void (*fn)(void *arg), void *arg)
{
    levels->above = true;
    fn(arg);
    levels->above = false;
}

static bool
one_due(struct levels *levels)
{
    if (levels->irq_off > 0 || levels->above) {
        return false;
    }
    if (levels->ended && levels->ticks == 1) {
        levels->ticks = 0;
        above(levels, levels->on_budget, levels->arg);
        return true;
    }
    if (levels->timer_ns <= levels->now_ns) {
        levels->timer_ns = UINT64_MAX;
        above(levels, levels->on_timer, levels->arg);
        return true;
    }
    return false;
}

static void
happen(struct levels *levels)
{
    do {
        settle(levels);
    } while (one_due(levels));
    settle(levels);
}

void
levels_pass(struct levels *levels, uint64_t ns)
{
    uint64_t end_ns = levels->now_ns + ns;

    /* For the test by the clock; for a job in time of its own. */
    while (levels->level == LEVELS_NONE ? levels->now_ns < end_ns : ns > 0) {
        levels->now_ns++;
        ns--;
        if (levels->ticks > 0 && !levels->ended && --levels->ticks == 0) {
            levels->ticks = 1;
            levels->ended = true;
        }
        happen(levels);
    }
}

void
levels_interrupt(struct levels *levels, void (*fn)(void *arg), void *arg)
{
    above(levels, fn, arg);
    happen(levels);
}

void
levels_edge(struct levels *levels, uint32_t source)
{
    if (levels->sources[source].masked) {
        levels->sources[source].missed += levels->sources[source].remembered;
        levels->sources[source].remembered = true;
        return;
    }
    levels->sources[source].n_stubs++;
    above(levels, levels->sources[source].fn, levels->sources[source].arg);
    happen(levels);
}

/* -- Operations -------------------------------------------------------------- */

static uint64_t
now_ns(void *ctx)
{
    return ((struct levels *)ctx)->now_ns;
}

static uint32_t
irq_save(void *ctx)
{
    return ((struct levels *)ctx)->irq_off++;
}

static void
irq_restore(void *ctx, uint32_t key)
{
    struct levels *levels = ctx;

    levels->irq_off = key;
    happen(levels);
}

static void
start(void *ctx, void (*on_timer)(void *arg), void (*on_budget)(void *arg),
      void *arg)
{
    struct levels *levels = ctx;

    levels->on_timer = on_timer;
    levels->on_budget = on_budget;
    levels->arg = arg;
}

static int
slot_open(void *ctx, uint32_t slot, uint32_t level, uint32_t group,
          void (*fn)(void *arg), void *arg)
{
    struct levels *levels = ctx;

    (void)group;
    levels->slots[slot].fn = fn;
    levels->slots[slot].arg = arg;
    levels->slots[slot].level = level;
    levels->slots[slot].pending = false;
    return 0;
}

static void
slot_level(void *ctx, uint32_t slot, uint32_t level)
{
    ((struct levels *)ctx)->slots[slot].level = level;
}

static void
slot_close(void *ctx, uint32_t slot)
{
    ((struct levels *)ctx)->slots[slot].pending = false;
}

static void
pend(void *ctx, uint32_t slot)
{
    struct levels *levels = ctx;

    levels->slots[slot].pending = true;
    happen(levels);
}

static uint32_t
raise_(void *ctx, uint32_t level)
{
    struct levels *levels = ctx;
    uint32_t key = levels->ceiling;

    if (level < levels->ceiling) {
        levels->ceiling = level;
    }
    return key;
}

static void
lower(void *ctx, uint32_t key)
{
    struct levels *levels = ctx;

    levels->ceiling = key;
    happen(levels);
}

static uint32_t
budget_swap(void *ctx, uint32_t ticks)
{
    struct levels *levels = ctx;
    uint32_t left = levels->ended ? 1 : levels->ticks;

    levels->ended = ticks == 1;      /* ends at once */
    levels->ticks = ticks;
    return left;
}

static uint32_t
budget_left(void *ctx)
{
    return ((struct levels *)ctx)->ticks;
}

static void
timer_set(void *ctx, uint64_t at_ns)
{
    struct levels *levels = ctx;

    levels->timer_ns = at_ns;
    happen(levels);
}

static int
source_open(void *ctx, uint32_t source, const struct wio_source_info *info,
            void (*fn)(void *arg), void *arg)
{
    struct levels *levels = ctx;

    (void)info;
    memset(&levels->sources[source], 0, sizeof(levels->sources[source]));
    levels->sources[source].fn = fn;
    levels->sources[source].arg = arg;
    levels->sources[source].masked = true;
    return 0;
}

static void
source_mask(void *ctx, uint32_t source)
{
    ((struct levels *)ctx)->sources[source].masked = true;
}

static void
source_close(void *ctx, uint32_t source)
{
    source_mask(ctx, source);
}

static void
source_unmask(void *ctx, uint32_t source)
{
    struct levels *levels = ctx;

    levels->sources[source].masked = false;
}

static bool
source_clear(void *ctx, uint32_t source)
{
    struct levels *levels = ctx;
    bool had = levels->sources[source].remembered;

    levels->sources[source].remembered = false;
    return had;
}

static uint32_t
source_missed(void *ctx, uint32_t source)
{
    struct levels *levels = ctx;
    uint32_t missed = levels->sources[source].missed;

    levels->sources[source].missed = 0;
    return missed;
}

static const struct wio_port_core_ops core_ops = {
    .now_ns = now_ns,
    .irq_save = irq_save,
    .irq_restore = irq_restore,
};

void
levels_init(struct levels *levels, bool counts)
{
    memset(levels, 0, sizeof(*levels));
    levels->timer_ns = UINT64_MAX;
    levels->level = levels->ceiling = LEVELS_NONE;
    levels->ops = (struct wio_port_sched_ops){
        .n_levels = 8,
        .n_slots = LEVELS_SLOTS,
        .n_sources = LEVELS_SOURCES,
        .tick_hz = 1000000000u,
        .max_ticks = UINT32_MAX,
        .start = start,
        .slot_open = slot_open,
        .slot_level = slot_level,
        .slot_close = slot_close,
        .pend = pend,
        .raise = raise_,
        .lower = lower,
        .budget_swap = budget_swap,
        .budget_left = budget_left,
        .timer_set = timer_set,
        .source_open = source_open,
        .source_close = source_close,
        .source_mask = source_mask,
        .source_unmask = source_unmask,
        .source_clear = source_clear,
        .source_missed = counts ? source_missed : NULL,
    };
    levels->port = (struct wio_port){
        .name = "levels", .ctx = levels, .core = &core_ops,
        .sched = &levels->ops,
    };
}
