/* SPDX-License-Identifier: Apache-2.0 */
/* sched/internal.h - what the files of this layer share */
#ifndef WIO_SCHED_INTERNAL_H
#define WIO_SCHED_INTERNAL_H

#include <stddef.h>

#include "sched/admit.h"
#include "sched/sched.h"

/* Slot of what the background runs, in the trace. */
#define WIO_SCHED_BACKGROUND 0xfeu

static inline const struct wio_port_sched_ops *
sched_ops(const struct wio_sched *sched)
{
    return sched->ops;
}

static inline uint64_t
sched_now(const struct wio_sched *sched)
{
    return sched->port->core->now_ns(sched->ctx);
}

static inline uint32_t
sched_irq_save(const struct wio_sched *sched)
{
    return sched->port->core->irq_save(sched->ctx);
}

static inline void
sched_irq_restore(const struct wio_sched *sched, uint32_t key)
{
    sched->port->core->irq_restore(sched->ctx, key);
}

static inline void
sched_trace_at(struct wio_sched *sched, uint64_t now,
               enum wio_trace_kind kind, uint32_t who, uint32_t value)
{
    wio_trace_put(&sched->trace, now, kind, who, value);
}

/* The clock is read only when the trace is on. */
static inline void
sched_trace(struct wio_sched *sched, enum wio_trace_kind kind, uint32_t who,
            uint32_t value)
{
    if (sched->trace.on) {
        wio_trace_put(&sched->trace, sched_now(sched), kind, who, value);
    }
}

/* The timer comes no later than @at_ns. With interrupts kept out. */
static inline void
sched_timer(struct wio_sched *sched, uint64_t at_ns)
{
    if (at_ns < sched->timer_ns) {
        sched->timer_ns = at_ns;
        sched_ops(sched)->timer_set(sched->ctx, at_ns);
    }
}

/* admit.c, for assign.c */

/* The entity at a level, or n. */
uint32_t sched_admit_at_level(const struct wio_admit_set *set,
                              uint32_t level);
/* Whether all times are ones that can be computed with; *@who: whose are not. */
enum wio_admit_verdict sched_admit_ranges(const struct wio_admit_set *set,
                                          uint32_t *who);
/* Whether @i keeps its deadline at its level when everybody undecided is above
 * it. What those cost must not depend on their order, so their allowance is
 * that of their whole deadline. */
bool sched_admit_holds_below(struct wio_admit_set *set, uint32_t i);

/* lock.c */

/* What is left of the budget of @entity, whose countdown shows @left. */
static inline uint32_t
sched_left_of_budget(const struct wio_entity *entity, uint32_t left)
{
    if (entity->lock_depth > 0) {
        uint32_t used = entity->lock_ticks - left;

        return entity->lock_left - used;
    }
    return left;
}

/* A lock does not outlive its activation, nor its section. */
void sched_drop_lock(struct wio_sched *sched, struct wio_entity *entity);

/* line.c, all with interrupts kept out or above all levels */

/* The handler has returned: the source is unmasked now or when T is over. */
void sched_line_finish(struct wio_sched *sched, struct wio_line *line,
                       uint64_t now);
/* Whether the port counts, or the trace is told, too. */
void sched_line_direct(struct wio_sched *sched, struct wio_line *line);
/* T is over and the handler has returned. */
void sched_line_unmask(struct wio_sched *sched, struct wio_line *line,
                       uint64_t now);

#endif
