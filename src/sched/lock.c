/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sched/lock.c - ceiling locks, and sections with a countdown of their own
 *
 * A container's lock keeps out its own handlers and whatever is less urgent
 * than the most urgent of them, for a time that has a limit of its own: the
 * countdown is set to the smaller of the limit and the budget, and what the
 * lock took is charged to the budget afterwards.
 */
#include "sched/internal.h"

#define DEPTH_MAX 255u

int
wio_sched_lock(struct wio_sched *sched, uint32_t level)
{
    const struct wio_port_sched_ops *ops = sched_ops(sched);
    void *ctx = sched->ctx;
    struct wio_entity *entity = sched->current;
    uint32_t key;
    uint32_t left;

    if (entity->lock_depth > 0) {
        if (entity->lock_depth == DEPTH_MAX) {
            return WIO_ERR_LIMIT;
        }
        entity->lock_depth++;
        return 0;
    }
    entity->lock_key = ops->raise(ctx, level);
    key = sched_irq_save(sched);
    left = ops->budget_swap(ctx, sched->lock_limit_ticks);
    entity->lock_left = left;
    entity->lock_ticks = sched->lock_limit_ticks;
    if (left <= sched->lock_limit_ticks) {
        ops->budget_swap(ctx, left);
        entity->lock_ticks = left;
    }
    entity->lock_depth = 1;
    sched_irq_restore(sched, key);
    sched_trace(sched, WIO_TRACE_LOCK, entity->slot, level);
    return 0;
}

int
wio_sched_unlock(struct wio_sched *sched)
{
    const struct wio_port_sched_ops *ops = sched_ops(sched);
    void *ctx = sched->ctx;
    struct wio_entity *entity = sched->current;
    uint32_t left;
    uint32_t key;

    if (entity->lock_depth == 0) {
        return WIO_ERR_INVALID_ARGUMENT;
    }
    if (entity->lock_depth > 1) {
        entity->lock_depth--;
        return 0;
    }
    key = sched_irq_save(sched);
    left = ops->budget_swap(ctx, 0);
    ops->budget_swap(ctx, entity->lock_left - (entity->lock_ticks - left));
    entity->lock_depth = 0;
    sched_irq_restore(sched, key);
    sched_trace(sched, WIO_TRACE_UNLOCK, entity->slot, 0);
    ops->lower(ctx, entity->lock_key);
    return 0;
}

void
sched_drop_lock(struct wio_sched *sched, struct wio_entity *entity)
{
    if (entity->lock_depth > 0) {
        entity->lock_depth = 0;
        sched_ops(sched)->lower(sched->ctx, entity->lock_key);
        sched_trace(sched, WIO_TRACE_UNLOCK, entity->slot, 0);
    }
}

/* -- Sections --------------------------------------------------------------------- */

bool
wio_sched_begin_section(struct wio_sched *sched, struct wio_section *section,
                        uint64_t ns)
{
    const struct wio_port_sched_ops *ops = sched_ops(sched);
    struct wio_entity *entity = sched->current;
    uint32_t ticks = wio_sched_ticks(sched, ns);
    uint32_t key = sched_irq_save(sched);
    uint32_t left = ops->budget_swap(sched->ctx, ticks);
    bool begins = left > 1 && left - 1 > ticks;   /* 1 stands for an end */

    if (begins) {
        section->outer = entity->section;
        section->ticks = ticks;
        section->left = left;
        section->lock_key = entity->lock_key;
        section->lock_left = entity->lock_left;
        section->lock_ticks = entity->lock_ticks;
        section->lock_depth = entity->lock_depth;
        section->overrun = WIO_OVERRUN_NONE;
        entity->lock_depth = 0;
        entity->section = section;
    } else {
        ops->budget_swap(sched->ctx, left);
    }
    sched_irq_restore(sched, key);
    return begins;
}

void
wio_sched_end_section(struct wio_sched *sched, struct wio_section *section)
{
    const struct wio_port_sched_ops *ops = sched_ops(sched);
    struct wio_entity *entity = sched->current;
    uint32_t key = sched_irq_save(sched);
    uint32_t left = sched_left_of_budget(entity,
                                         ops->budget_swap(sched->ctx, 0));

    sched_drop_lock(sched, entity);
    /* The countdown may stand at 1 for one that has ended. */
    ops->budget_swap(sched->ctx,
                     section->left - section->ticks +
                         (section->overrun == WIO_OVERRUN_BUDGET ? 0 : left));
    entity->section = section->outer;
    entity->lock_key = section->lock_key;
    entity->lock_left = section->lock_left;
    entity->lock_ticks = section->lock_ticks;
    entity->lock_depth = section->lock_depth;
    sched_irq_restore(sched, key);
}

/* -- Sections of the host's own ----------------------------------------------------- */

uint32_t
wio_sched_enter(struct wio_sched *sched, uint32_t level)
{
    return sched_ops(sched)->raise(sched->ctx, level);
}

void
wio_sched_leave(struct wio_sched *sched, uint32_t key)
{
    sched_ops(sched)->lower(sched->ctx, key);
}
