/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ports/sim/sim_sched.c - levels, interrupts, budgets on the virtual clock
 *
 * What preempts is a nested call: whenever the clock moves, or something is
 * pended or let in, everything due happens. At the same nanosecond: the
 * budget, the timer, then interrupts by source; these run above all levels
 * and one after another. A countdown runs whenever the clock does.
 *
 * The clock moves by what a guest executes (virtual_advance), by what an
 * access costs and by waiting. The first two are time of the one who runs:
 * what preempts it on the way comes on top.
 */
#include <stddef.h>

#include "sim_internal.h"

/* -- Dispatch ----------------------------------------------------------------- */

static struct wio_sim_slot *
most_urgent(struct wio_sim *sim)
{
    uint32_t floor = sim->levels.level < sim->levels.ceiling
                         ? sim->levels.level
                         : sim->levels.ceiling;
    struct wio_sim_slot *found = NULL;

    for (uint32_t i = 0; i < WIO_SIM_SLOTS; i++) {
        struct wio_sim_slot *slot = &sim->levels.slots[i];

        if (slot->pending && slot->level < floor) {
            floor = slot->level;
            found = slot;
        }
    }
    return found;
}

static bool
is_open(const struct wio_sim *sim)
{
    return sim->config.scheduled && sim->irq_depth == 0 && !sim->levels.above;
}

/* Everything pending that is more urgent than what runs. */
static void
settle(struct wio_sim *sim)
{
    struct wio_sim_slot *slot;

    while (is_open(sim) && (slot = most_urgent(sim)) != NULL) {
        uint32_t before = sim->levels.level;

        slot->pending = false;
        sim->levels.level = slot->level;
        slot->fn(slot->arg);
        sim->levels.level = before;
    }
}

static void
above_all(struct wio_sim *sim, void (*fn)(void *arg), void *arg, uint64_t ns)
{
    sim->levels.above = true;
    fn(arg);
    sim->now_ns += ns;             /* nothing can come between */
    sim->levels.above = false;
}

/* -- Interrupts ----------------------------------------------------------------- */

static void
deliver(struct wio_sim *sim, struct wio_sim_source *source)
{
    source->asserted = false;
    source->n_stubs++;
    above_all(sim, source->fn, source->arg, sim->config.stub_ns);
}

static void
edge(struct wio_sim_source *source)
{
    source->n_edges++;
    if (source->asserted) {
        source->missed++;
    }
    source->asserted = true;
}

static void
edge_at(struct wio_sim *sim, uint32_t line)
{
    for (uint32_t i = 0; i < WIO_SIM_SOURCES; i++) {
        struct wio_sim_source *source = &sim->levels.sources[i];

        if (source->open && !source->info.is_pin &&
            source->info.line == line) {
            edge(source);
        }
    }
}

void
wio_sim_edge(struct wio_sim *sim, uint32_t line)
{
    edge_at(sim, line);
    sim_happen(sim);
}

static void
pin_changes(struct wio_sim *sim, uint32_t index, uint32_t pin, bool high)
{
    for (uint32_t i = 0; i < WIO_SIM_SOURCES; i++) {
        struct wio_sim_source *source = &sim->levels.sources[i];

        if (!source->open || !source->info.is_pin ||
            source->info.base != sim->gpio[index].base ||
            source->info.pin != pin) {
            continue;
        }
        if (source->info.trigger >= 4) {
            source->asserted = high == (source->info.trigger == 4);
        } else if ((source->info.trigger & (high ? 1u : 2u)) != 0) {
            edge(source);
        }
    }
}

void
sim_pin_changed(struct wio_sim *sim, uint32_t index, uint32_t pin, bool high)
{
    pin_changes(sim, index, pin, high);
    sim_happen(sim);
}

/* Takes no time: only edges see it. */
static void
pulse_at(struct wio_sim *sim, uint32_t index, uint32_t pin)
{
    bool high = (sim->gpio[index].in >> pin & 1u) != 0;

    pin_changes(sim, index, pin, !high);
    pin_changes(sim, index, pin, high);
}

int
sim_storm_add(struct wio_sim *sim, const struct wio_sim_storm *storm)
{
    for (uint32_t i = 0; i < WIO_SIM_STORMS; i++) {
        if (sim->levels.storms[i].left == 0) {
            sim->levels.storms[i] = *storm;
            return WIO_OK;
        }
    }
    return WIO_ERR_LIMIT;
}

int
wio_sim_storm(struct wio_sim *sim, uint32_t line, uint64_t first_ns,
              uint64_t period_ns, uint32_t count, uint32_t seed)
{
    const struct wio_sim_storm storm = {
        .at_ns = first_ns, .period_ns = period_ns, .left = count,
        .line = line, .random = seed,
    };

    return sim_storm_add(sim, &storm);
}

static uint32_t
next_random(uint32_t *x)
{
    *x ^= *x << 13;
    *x ^= *x >> 17;
    *x ^= *x << 5;
    return *x;
}

static void
storm_happens(struct wio_sim *sim, struct wio_sim_storm *storm)
{
    storm->left--;
    storm->at_ns += storm->random != 0
                        ? 1 + next_random(&storm->random) %
                                  (2 * storm->period_ns)
                        : storm->period_ns;
    if (storm->is_pin) {
        pulse_at(sim, storm->index, storm->line);
    } else {
        edge_at(sim, storm->line);
    }
}

/* -- What is due ---------------------------------------------------------------- */

static struct wio_sim_storm *
next_storm(struct wio_sim *sim)
{
    struct wio_sim_storm *found = NULL;

    for (uint32_t i = 0; i < WIO_SIM_STORMS; i++) {
        struct wio_sim_storm *storm = &sim->levels.storms[i];

        if (storm->left > 0 && (!found || storm->at_ns < found->at_ns)) {
            found = storm;
        }
    }
    return found;
}

uint64_t
sim_next_level_ns(struct wio_sim *sim)
{
    const struct wio_sim_storm *storm = next_storm(sim);
    uint64_t at = storm ? storm->at_ns : UINT64_MAX;
    uint64_t line_ns = sim->config.scheduled ? sim_next_line_ns(sim)
                                             : UINT64_MAX;

    at = line_ns < at ? line_ns : at;
    if (!is_open(sim)) {
        return at;
    }
    if (sim->levels.timer_ns < at) {
        at = sim->levels.timer_ns;
    }
    if (sim_next_request_ns(sim) < at) {
        at = sim_next_request_ns(sim);
    }
    if (sim->levels.counting && !sim->levels.ended &&
        sim->levels.end_ns < at) {
        at = sim->levels.end_ns;
    }
    return at;
}

static bool
one_interrupt(struct wio_sim *sim)
{
    for (uint32_t i = 0; i < WIO_SIM_SOURCES; i++) {
        struct wio_sim_source *source = &sim->levels.sources[i];

        if (source->open && source->asserted && !source->masked) {
            deliver(sim, source);
            return true;
        }
    }
    return false;
}

/* Edges come whatever runs. */
static void
storms_due(struct wio_sim *sim)
{
    struct wio_sim_storm *storm;

    while ((storm = next_storm(sim)) != NULL && storm->at_ns <= sim->now_ns) {
        storm_happens(sim, storm);
    }
}

/* One thing that is due now; false when there is none. */
static bool
one_due(struct wio_sim *sim)
{
    storms_due(sim);
    sim_lines_follow(sim);
    if (!is_open(sim)) {
        return false;
    }
    if (sim->levels.counting && !sim->levels.ended &&
        sim->levels.end_ns <= sim->now_ns) {
        sim->levels.ended = true;
        above_all(sim, sim->levels.on_budget, sim->levels.arg, 0);
        return true;
    }
    if (sim->levels.timer_ns <= sim->now_ns) {
        sim->levels.timer_ns = UINT64_MAX;
        above_all(sim, sim->levels.on_timer, sim->levels.arg,
                  sim->config.timer_ns);
        return true;
    }
    return sim_request_happens(sim) || one_interrupt(sim);
}

void
sim_happen(struct wio_sim *sim)
{
    if (!sim->config.scheduled) {
        return;
    }
    storms_due(sim);
    sim_lines_follow(sim);
    if (sim->levels.above) {
        return;
    }
    do {
        settle(sim);
    } while (one_due(sim));
    settle(sim);
    /* What comes next may be something else than when the guest that goes on
     * was last told how far it may run. */
    sim_sync(sim);
}

void
sim_sync(struct wio_sim *sim)
{
    if (sim->levels.sync && !sim->levels.above) {
        sim->levels.sync(sim->levels.sync_arg);
    }
}

/* -- Operations ------------------------------------------------------------------- */

static void
start(void *ctx, void (*on_timer)(void *arg), void (*on_budget)(void *arg),
      void *arg)
{
    struct wio_sim *sim = ctx;

    sim->levels.on_timer = on_timer;
    sim->levels.on_budget = on_budget;
    sim->levels.arg = arg;
}

static int
slot_open(void *ctx, uint32_t slot, uint32_t level, uint32_t group,
          void (*fn)(void *arg), void *arg)
{
    struct wio_sim *sim = ctx;

    (void)group;
    if (slot >= WIO_SIM_SLOTS || level >= WIO_SIM_LEVELS) {
        return WIO_ERR_LIMIT;
    }
    sim->levels.slots[slot] = (struct wio_sim_slot){ fn, arg, level, false };
    return WIO_OK;
}

static void
slot_level(void *ctx, uint32_t slot, uint32_t level)
{
    struct wio_sim *sim = ctx;

    sim->levels.slots[slot].level = level;
}

static void
slot_close(void *ctx, uint32_t slot)
{
    struct wio_sim *sim = ctx;

    sim->levels.slots[slot].pending = false;
}

static void
pend(void *ctx, uint32_t slot)
{
    struct wio_sim *sim = ctx;

    sim->levels.slots[slot].pending = true;
    sim_happen(sim);
}

static uint32_t
raise_to(void *ctx, uint32_t level)
{
    struct wio_sim *sim = ctx;
    uint32_t key = sim->levels.ceiling;

    if (level < key) {
        sim->levels.ceiling = level;
    }
    return key;
}

static void
lower(void *ctx, uint32_t key)
{
    struct wio_sim *sim = ctx;

    sim->levels.ceiling = key;
    sim_happen(sim);
}

static uint32_t
budget_left(void *ctx)
{
    struct wio_sim *sim = ctx;

    sim_sync(sim);
    if (!sim->levels.counting) {
        return 0;
    }
    return sim->levels.ended || sim->levels.end_ns <= sim->now_ns
               ? 1
               : (uint32_t)(sim->levels.end_ns - sim->now_ns);
}

static uint32_t
budget_swap(void *ctx, uint32_t ticks)
{
    struct wio_sim *sim = ctx;
    uint32_t left = budget_left(ctx);

    sim->levels.counting = ticks != 0;
    sim->levels.ended = false;
    sim->levels.end_ns = sim->now_ns + ticks;
    sim_sync(sim);
    return left;
}

static void
timer_set(void *ctx, uint64_t at_ns)
{
    struct wio_sim *sim = ctx;

    sim_sync(sim);
    sim->levels.timer_ns = at_ns;
    sim_happen(sim);
}

static int
source_open(void *ctx, uint32_t at, const struct wio_source_info *info,
            void (*fn)(void *arg), void *arg)
{
    struct wio_sim *sim = ctx;

    for (uint32_t i = 0; i < WIO_SIM_SOURCES; i++) {
        const struct wio_sim_source *other = &sim->levels.sources[i];

        if (other->open && other->info.line == info->line &&
            !(other->info.is_pin && info->is_pin &&
              other->info.pin != info->pin)) {
            return WIO_ERR_BUSY;
        }
    }
    sim->levels.sources[at] = (struct wio_sim_source){
        .fn = fn, .arg = arg, .info = *info, .open = true, .masked = true,
    };
    return WIO_OK;
}

static void
source_mask(void *ctx, uint32_t at)
{
    struct wio_sim *sim = ctx;

    sim->levels.sources[at].masked = true;
}

static void
source_close(void *ctx, uint32_t at)
{
    struct wio_sim *sim = ctx;

    sim->levels.sources[at].open = false;
}

static void
source_unmask(void *ctx, uint32_t at)
{
    struct wio_sim *sim = ctx;

    sim->levels.sources[at].masked = false;
    sim_happen(sim);
}

static bool
source_clear(void *ctx, uint32_t at)
{
    struct wio_sim *sim = ctx;
    bool had = sim->levels.sources[at].asserted;

    sim->levels.sources[at].asserted = false;
    return had;
}

static uint32_t
source_missed(void *ctx, uint32_t at)
{
    struct wio_sim *sim = ctx;
    uint32_t missed = sim->levels.sources[at].missed;

    sim->levels.sources[at].missed = 0;
    return missed;
}

static uint64_t
virtual_next(void *ctx)
{
    struct wio_sim *sim = ctx;
    uint64_t at = sim_next_ns(sim);

    if (is_open(sim) && most_urgent(sim)) {
        return 0;
    }
    return at == UINT64_MAX ? at : at > sim->now_ns ? at - sim->now_ns : 0;
}

static void
virtual_advance(void *ctx, uint64_t ns)
{
    sim_advance_own(ctx, ns);
}

static void
virtual_sync(void *ctx, void (*sync)(void *arg), void *arg)
{
    struct wio_sim *sim = ctx;

    sim->levels.sync = sync;
    sim->levels.sync_arg = arg;
}

const struct wio_port_sched_ops sim_sched_ops = {
    .n_levels = WIO_SIM_LEVELS,
    .n_slots = WIO_SIM_SLOTS,
    .n_sources = WIO_SIM_SOURCES,
    .tick_hz = 1000000000u,
    .max_ticks = 0x7fffffffu,
    .start = start,
    .slot_open = slot_open,
    .slot_level = slot_level,
    .slot_close = slot_close,
    .pend = pend,
    .raise = raise_to,
    .lower = lower,
    .budget_swap = budget_swap,
    .budget_left = budget_left,
    .timer_set = timer_set,
    .source_open = source_open,
    .source_close = source_close,
    .source_mask = source_mask,
    .source_unmask = source_unmask,
    .source_clear = source_clear,
    .source_missed = source_missed,
    .virtual_next = virtual_next,
    .virtual_advance = virtual_advance,
    .virtual_sync = virtual_sync,
};
