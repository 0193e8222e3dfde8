/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sched/sched.c - entities: released, dispatched, accounted
 *
 * What preempts what is the port's doing; here is what happens around an
 * activation. dispatch() may be interrupted at any instruction by another
 * dispatch(), which ends before it goes on; so what must survive that lies in
 * its frame, and the pair (countdown, current) is changed with interrupts kept
 * out: a countdown could end between the two.
 */
#include "sched/internal.h"

/* -- Activations --------------------------------------------------------------- */

static void
account(struct wio_entity *entity, uint64_t now, uint32_t used)
{
    struct wio_entity_stats *stats = &entity->stats;
    uint64_t response_ns = now - wio_sched_released_ns(entity);

    if (response_ns > UINT32_MAX) {
        response_ns = UINT32_MAX;
    }
    if (response_ns > stats->max_response_ns) {
        stats->max_response_ns = (uint32_t)response_ns;
    }
    if (used > stats->max_run_ticks) {
        stats->max_run_ticks = used;
    }
    stats->total_run_ticks += used;
    stats->missed += response_ns > entity->deadline_ns;
    stats->overruns += entity->overrun != WIO_OVERRUN_NONE;
    stats->activations++;
}

/* A main that waits is released again by an event or at its time, but a period
 * after this release at the earliest. */
static void
schedule_wait(struct wio_sched *sched, struct wio_entity *entity, uint64_t now)
{
    uint64_t earliest = entity->release_ns + entity->period_ns;
    uint64_t at = entity->woken ? now : entity->until_ns;

    entity->next_ns = at > earliest ? at : earliest;
    sched_timer(sched, entity->next_ns);
}

static void
finish(struct wio_sched *sched, struct wio_entity *entity, uint64_t now)
{
    if (entity->suspended) {
        entity->busy = false;
        if (entity->line) {
            entity->line->event.busy = 0;
        }
        return;
    }
    if (entity->waiting) {
        schedule_wait(sched, entity, now);
    }
    entity->busy = false;
    if (entity->line) {
        sched_line_finish(sched, entity->line, now);
    }
}

/* Out of the way of those who have it off. */
__attribute__((noinline)) static void
trace_begin(struct wio_sched *sched, const struct wio_entity *entity,
            const struct wio_entity *below)
{
    sched_trace(sched, WIO_TRACE_BEGIN, entity->slot,
                below ? below->slot : 0xffu);
}

static void
end(struct wio_entity *entity, struct wio_entity *below, uint32_t below_left)
{
    struct wio_sched *sched = entity->sched;
    const struct wio_port_sched_ops *ops = sched_ops(sched);
    void *ctx = sched->ctx;
    uint32_t key = sched_irq_save(sched);
    uint32_t left = sched_left_of_budget(entity, ops->budget_swap(ctx, 0));
    uint64_t now;

    sched_drop_lock(sched, entity);
    now = sched_now(sched);
    /* The countdown may stand at 1 for a budget that has ended. */
    account(entity, now, entity->overrun == WIO_OVERRUN_NONE
                             ? entity->budget_ticks - left
                             : entity->budget_ticks);
    finish(sched, entity, now);
    sched_trace_at(sched, now, WIO_TRACE_END, entity->slot,
                   entity->budget_ticks - left);
    /* Last, so that as little as can be is charged to what goes on. */
    sched->current = below;
    ops->budget_swap(ctx, below_left);
    sched_irq_restore(sched, key);
}

/* One activation, in the frame of what it preempts. What can be done at its end
 * is not done at its beginning: the next one waits for less. */
static void
activate(struct wio_entity *entity)
{
    struct wio_sched *sched = entity->sched;
    struct wio_entity *below = sched->current;
    uint32_t below_left;

    /* In this order no end of a countdown is lost: one of @below's that falls
     * between the two comes again when its countdown is set again, and what it
     * does to @entity is undone. */
    sched->current = entity;
    below_left = sched_ops(sched)->budget_swap(sched->ctx,
                                               entity->budget_ticks);
    entity->overrun = WIO_OVERRUN_NONE;
    if (sched->trace.on) {
        trace_begin(sched, entity, below);
    }
    entity->run(entity);
    end(entity, below, below_left);
}

static void
dispatch(void *arg)
{
    struct wio_entity *entity = arg;

    if (!entity->suspended) {
        activate(entity);
    }
}

/* -- Made by the port ------------------------------------------------------------ */

void
wio_sched_end_direct(struct wio_entity *entity, struct wio_entity *below,
                     uint32_t below_left)
{
    end(entity, below, below_left);
    entity->overrun = WIO_OVERRUN_NONE;    /* as the next one needs it */
}

/* A countdown of what was running ended as @self took its place: it ends again
 * when it is set again. */
static void
begun_over(void *self)
{
    struct wio_entity *entity = self;

    entity->overrun = WIO_OVERRUN_NONE;
}

/* With interrupts kept out. */
static void
set_direct(struct wio_sched *sched, struct wio_entity *entity)
{
    const struct wio_port_sched_ops *ops = sched_ops(sched);
    struct wio_port_direct *direct = entity->direct;

    if (!direct || !ops->slot_direct) {
        return;
    }
    direct->budget_ticks = entity->budget_ticks;
    direct->current = (void **)(uintptr_t)&sched->current;
    direct->self = entity;
    direct->begun_over = begun_over;
    if (!ops->slot_direct(sched->ctx, entity->slot,
                          entity->suspended || sched->trace.on ? NULL
                                                               : direct)) {
        entity->direct = NULL;
    }
}

void
wio_sched_set_direct(struct wio_sched *sched)
{
    uint32_t key = sched_irq_save(sched);

    for (uint32_t i = 0; i < sched->n_slots; i++) {
        if (sched->entities[i]) {
            set_direct(sched, sched->entities[i]);
        }
    }
    for (uint32_t i = 0; i < sched->n_sources; i++) {
        if (sched->lines[i]) {
            sched_line_direct(sched, sched->lines[i]);
        }
    }
    sched_irq_restore(sched, key);
}

uint64_t
wio_sched_released_ns(const struct wio_entity *entity)
{
    return entity->line ? entity->line->event.accepted_ns
                        : entity->release_ns;
}

bool
wio_sched_is_busy(const struct wio_entity *entity)
{
    return entity->line ? entity->line->event.busy != 0 : entity->busy;
}

enum wio_overrun
wio_sched_background(struct wio_sched *sched, struct wio_entity *entity)
{
    entity->sched = sched;
    entity->slot = WIO_SCHED_BACKGROUND;
    entity->release_ns = sched_now(sched);
    entity->deadline_ns = UINT64_MAX;
    activate(entity);
    return (enum wio_overrun)entity->overrun;
}

__attribute__((noinline)) static void
trace_budget(struct wio_sched *sched, const struct wio_entity *entity)
{
    sched_trace(sched, WIO_TRACE_BUDGET, entity->slot, entity->overrun);
}

void
wio_sched_was_cut(struct wio_entity *entity)
{
    struct wio_sched *sched = entity->sched;
    uint8_t is = entity->lock_depth > 0 &&
                         entity->lock_left > entity->lock_ticks
                     ? WIO_OVERRUN_LOCK
                     : WIO_OVERRUN_BUDGET;

    if (entity->section) {
        if (entity->section->overrun == WIO_OVERRUN_NONE) {
            entity->section->overrun = is;
        }
        return;
    }
    if (entity->overrun == WIO_OVERRUN_NONE) {
        entity->overrun = is;
        if (sched->trace.on) {
            trace_budget(sched, entity);
        }
    }
}

/* Above all levels: the countdown of what runs has ended. */
static void
on_budget(void *arg)
{
    struct wio_sched *sched = arg;
    struct wio_entity *entity = sched->current;

    if (entity) {
        wio_sched_was_cut(entity);
        if (entity->section) {
            entity->section->over(entity->section);
        } else {
            entity->over(entity);
        }
    }
}

/* -- Releases -------------------------------------------------------------------- */

static void
trace_release(struct wio_sched *sched, const struct wio_entity *entity)
{
    if (sched->trace.on) {
        uint64_t now = sched_now(sched);

        sched_trace_at(sched, now, WIO_TRACE_RELEASE, entity->slot,
                       (uint32_t)(now - entity->release_ns));
    }
}

static void
release(struct wio_sched *sched, struct wio_entity *entity, uint64_t at)
{
    entity->release_ns = at;
    entity->busy = true;
    trace_release(sched, entity);
    sched_ops(sched)->pend(sched->ctx, entity->slot);
}

/* Releases that came while the one before was not finished, or while nobody
 * looked, are skipped: they never pile up, and the phase stays. */
static void
skip(struct wio_sched *sched, struct wio_entity *entity, uint32_t n)
{
    entity->stats.missed += n;
    sched_trace(sched, WIO_TRACE_SKIP, entity->slot, n);
}

static void
release_due(struct wio_sched *sched, struct wio_entity *entity, uint64_t now)
{
    uint64_t at = entity->next_ns;

    /* One that is about to wait and has not ended sets its time at its end. */
    if (entity->waiting && !entity->busy) {
        entity->waiting = false;
        entity->next_ns = at + entity->period_ns;
        release(sched, entity, at);
        return;
    }
    entity->next_ns += entity->period_ns;
    if (entity->next_ns <= now) {
        uint64_t n = (now - entity->next_ns) / entity->period_ns + 1;

        skip(sched, entity, (uint32_t)n);
        at += n * entity->period_ns;
        entity->next_ns += n * entity->period_ns;
    }
    if (entity->busy) {
        skip(sched, entity, 1);
        return;
    }
    release(sched, entity, at);
}

/* Those that are due; when the next of the others is. */
static uint64_t
ring(struct wio_sched *sched, uint64_t now)
{
    struct wio_alarm *alarm = sched->alarms;
    uint64_t next = UINT64_MAX;

    while (alarm) {
        struct wio_alarm *following = alarm->next;

        if (alarm->at_ns <= now) {
            wio_sched_alarm_clear(sched, alarm);
            alarm->fn(alarm->arg);         /* may set itself again, no other */
        }
        alarm = following;
    }
    for (alarm = sched->alarms; alarm; alarm = alarm->next) {
        next = alarm->at_ns < next ? alarm->at_ns : next;
    }
    return next;
}

static void
on_timer(void *arg)
{
    struct wio_sched *sched = arg;
    uint64_t now = sched_now(sched);
    uint64_t next = ring(sched, now);

    for (uint32_t i = 0; i < sched->n_slots; i++) {
        struct wio_entity *entity = sched->entities[i];

        if (entity) {
            if (entity->next_ns <= now) {
                release_due(sched, entity, now);
            }
            next = entity->next_ns < next ? entity->next_ns : next;
        }
    }
    for (uint32_t i = 0; i < sched->n_sources; i++) {
        struct wio_line *line = sched->lines[i];

        if (line) {
            if (line->unmask_ns <= now) {
                line->unmask_ns = UINT64_MAX;
                sched_line_unmask(sched, line, now);
            }
            next = line->unmask_ns < next ? line->unmask_ns : next;
        }
    }
    sched->timer_ns = next;
    sched_ops(sched)->timer_set(sched->ctx, next);
}

/* -- Alarms ----------------------------------------------------------------------- */

void
wio_sched_alarm_set(struct wio_sched *sched, struct wio_alarm *alarm,
                    uint64_t at_ns)
{
    if (!alarm->armed) {
        alarm->armed = true;
        alarm->next = sched->alarms;
        sched->alarms = alarm;
    }
    alarm->at_ns = at_ns;
    sched_timer(sched, at_ns);
}

void
wio_sched_alarm_clear(struct wio_sched *sched, struct wio_alarm *alarm)
{
    struct wio_alarm **at = &sched->alarms;

    while (*at && *at != alarm) {
        at = &(*at)->next;
    }
    if (*at) {
        *at = alarm->next;
    }
    alarm->armed = false;
}

/* -- Entities --------------------------------------------------------------------- */

void
wio_sched_start(struct wio_sched *sched, const struct wio_port *port,
                uint32_t lock_limit_us, struct wio_trace_entry *entries,
                uint32_t n_entries)
{
    *sched = (struct wio_sched){
        .port = port,
        .ops = port->sched,
        .ctx = port->ctx,
        .timer_ns = UINT64_MAX,
        .trace = {
            .entries = entries,
            .mask = n_entries > 0 ? n_entries - 1 : 0,
            .on = n_entries > 0,
        },
    };
    sched->lock_limit_ticks = wio_sched_ticks(sched,
                                              (uint64_t)lock_limit_us * 1000);
    port->sched->start(port->ctx, on_timer, on_budget, sched);
}

uint32_t
wio_sched_ticks(const struct wio_sched *sched, uint64_t ns)
{
    const struct wio_port_sched_ops *ops = sched_ops(sched);
    uint64_t ns_per_tick = 1000000000u / ops->tick_hz;
    uint64_t ticks = ns / ns_per_tick + (ns % ns_per_tick != 0);

    return ticks < ops->max_ticks ? (uint32_t)ticks : ops->max_ticks;
}

int
wio_sched_add(struct wio_sched *sched, struct wio_entity *entity,
              uint64_t first_ns)
{
    const struct wio_port_sched_ops *ops = sched_ops(sched);
    uint32_t slot = 0;
    uint32_t key;
    int err;

    while (slot < WIO_SCHED_MAX_ENTITIES && sched->entities[slot]) {
        slot++;
    }
    if (slot >= WIO_SCHED_MAX_ENTITIES || slot >= ops->n_slots) {
        return WIO_ERR_LIMIT;
    }
    entity->sched = sched;
    entity->slot = (uint8_t)slot;
    entity->slot_level = entity->level;
    entity->next_ns = UINT64_MAX;
    entity->stats = (struct wio_entity_stats){ .activations = 0 };
    entity->busy = entity->suspended = entity->waiting = false;
    entity->section = NULL;
    entity->lock_depth = 0;
    err = ops->slot_open(sched->ctx, slot, entity->level, entity->group,
                         dispatch, entity);
    if (err) {
        return err;
    }
    sched_trace(sched, WIO_TRACE_LOAD, slot, entity->level);
    key = sched_irq_save(sched);
    sched->entities[slot] = entity;
    if (slot >= sched->n_slots) {
        sched->n_slots = slot + 1;
    }
    entity->overrun = WIO_OVERRUN_NONE;
    set_direct(sched, entity);
    entity->next_ns = first_ns;
    sched_timer(sched, first_ns);
    sched_irq_restore(sched, key);
    return 0;
}

void
wio_sched_remove(struct wio_sched *sched, struct wio_entity *entity)
{
    uint32_t key = sched_irq_save(sched);

    if (sched->entities[entity->slot] == entity) {
        sched->entities[entity->slot] = NULL;
        entity->suspended = true;
        sched_ops(sched)->slot_close(sched->ctx, entity->slot);
        sched_trace(sched, WIO_TRACE_UNLOAD, entity->slot, 0);
    }
    sched_irq_restore(sched, key);
}

void
wio_sched_set_levels(struct wio_sched *sched)
{
    for (uint32_t i = 0; i < sched->n_slots; i++) {
        struct wio_entity *entity = sched->entities[i];

        if (entity && entity->slot_level != entity->level) {
            entity->slot_level = entity->level;
            sched_ops(sched)->slot_level(sched->ctx, i, entity->level);
        }
    }
}

void
wio_sched_suspend(struct wio_entity *entity)
{
    uint32_t key = sched_irq_save(entity->sched);

    entity->suspended = true;
    entity->waiting = false;
    entity->next_ns = UINT64_MAX;
    set_direct(entity->sched, entity);
    sched_irq_restore(entity->sched, key);
}

void
wio_sched_resume(struct wio_entity *entity, uint64_t first_ns)
{
    uint32_t key = sched_irq_save(entity->sched);

    entity->suspended = false;
    entity->busy = false;
    if (entity->line) {
        entity->line->event.busy = 0;
    }
    entity->next_ns = first_ns;
    set_direct(entity->sched, entity);
    sched_timer(entity->sched, first_ns);
    sched_irq_restore(entity->sched, key);
}

void
wio_sched_again(struct wio_entity *entity)
{
    struct wio_sched *sched = entity->sched;
    uint32_t key = sched_irq_save(sched);

    if (!entity->suspended) {
        uint64_t now = sched_now(sched);

        skip(sched, entity, 1);
        entity->next_ns = now + entity->period_ns;
        sched_timer(sched, entity->next_ns);
        release(sched, entity, now);
    }
    sched_irq_restore(sched, key);
}

/* -- Waiting -------------------------------------------------------------------- */

void
wio_sched_wait(struct wio_sched *sched, uint64_t until_ns)
{
    struct wio_entity *entity = sched->current;

    entity->until_ns = until_ns;
    entity->woken = false;
    entity->waiting = true;
}

bool
wio_sched_wake(struct wio_entity *entity)
{
    struct wio_sched *sched = entity->sched;
    uint32_t key = sched_irq_save(sched);
    bool waits = entity->waiting && !entity->suspended;

    if (waits) {
        entity->woken = true;
        if (!entity->busy) {           /* else its end sees to it */
            schedule_wait(sched, entity, sched_now(sched));
        }
    }
    sched_irq_restore(sched, key);
    return waits;
}

uint64_t
wio_sched_left_ns(const struct wio_sched *sched)
{
    const struct wio_port_sched_ops *ops = sched_ops(sched);
    uint32_t ns_per_tick = 1000000000u / ops->tick_hz;

    if (!sched->current) {
        return UINT64_MAX;
    }
    /* Under a lock the countdown is the lock's: what waits must end by it. */
    return (uint64_t)ops->budget_left(sched->ctx) * ns_per_tick;
}
