/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sched/line.c - interrupt sources: accepted, masked, unmasked, counted
 *
 *   unmasked --event: stub--> masked, handler pended --returned, T over--+
 *      ^                                                                |
 *      |  nothing came meanwhile                                        v
 *      +---------------------------------------------------------- look back
 *                                                                       |
 *            masked, handler pended <--an edge is remembered: accepted--+
 *
 * An edge that the hardware remembers while its source is masked is accepted
 * (or dropped, as the policy says) when T is over, without an interrupt: the
 * source stays masked then, and T begins anew.
 */
#include "sched/internal.h"

#define COUNT_MAX 0x7fffffffu

static void
mask(struct wio_sched *sched, struct wio_line *line)
{
    if (line->is_raised) {
        line->masked = true;
    } else {
        sched_ops(sched)->source_mask(sched->ctx, line->source);
    }
}

/* Events are counted once they are known; a saturated count stays so. */
static void
add(uint32_t *count, uint32_t n)
{
    *count = n > UINT32_MAX - *count ? UINT32_MAX : *count + n;
}

static void
accept(struct wio_sched *sched, struct wio_line *line, uint64_t now)
{
    line->event.accepted_ns = now;
    line->event.n_accepted++;
    line->event.busy = 1;
    sched_ops(sched)->pend(sched->ctx, line->handler->slot);
}

/* What is left of the stub when the port does it, and the trace is on. */
static void
on_direct(void *arg, uint64_t now)
{
    struct wio_line *line = arg;

    sched_trace_at(line->handler->sched, now, WIO_TRACE_EVENT, line->source,
                   1);
}

/* The stub: above all levels, in constant time. */
static void
on_event(void *arg)
{
    struct wio_line *line = arg;
    struct wio_sched *sched = line->handler->sched;
    uint64_t now = sched_now(sched);

    mask(sched, line);
    line->event.n_new = 1;
    accept(sched, line, now);
    sched_trace_at(sched, now, WIO_TRACE_EVENT, line->source, 1);
}

/* -- Looking back ------------------------------------------------------------------ */

/* What came while the source was masked; forgotten by the hardware. */
static uint32_t
take_remembered(struct wio_sched *sched, struct wio_line *line, bool *merged)
{
    const struct wio_port_sched_ops *ops = sched_ops(sched);
    void *ctx = sched->ctx;
    uint32_t n = 0;

    *merged = false;
    if (line->is_raised) {
        n = line->n_waiting;
        line->n_waiting = 0;
        return n;
    }
    if (!line->is_level && ops->source_clear(ctx, line->source)) {
        n = 1;
        *merged = !ops->source_missed;
        line->n_merged += *merged;
    }
    if (ops->source_missed) {
        uint32_t missed = ops->source_missed(ctx, line->source);

        n = missed < COUNT_MAX - n ? n + missed : COUNT_MAX;
    }
    return n;
}

static void
drop(struct wio_sched *sched, struct wio_line *line, uint64_t now, uint32_t n)
{
    if (n > 0) {
        add(&line->n_dropped, n);
        sched_trace_at(sched, now, WIO_TRACE_DROP, line->source, n);
    }
}

static void
unmask(struct wio_sched *sched, struct wio_line *line, uint64_t now)
{
    if (sched->trace.on) {
        sched_trace_at(sched, now, WIO_TRACE_UNMASK, line->source,
                       (uint32_t)(now - line->event.accepted_ns));
    }
    if (line->is_raised) {
        line->masked = false;
    } else {
        sched_ops(sched)->source_unmask(sched->ctx, line->source);
    }
}

void
sched_line_unmask(struct wio_sched *sched, struct wio_line *line, uint64_t now)
{
    bool merged;
    uint32_t n;

    if (!line->enabled || line->blocked ||
        (line->overflow == WIO_LINE_MASK && !line->acknowledged)) {
        return;                            /* enable or ack comes back here */
    }
    line->acknowledged = false;
    n = take_remembered(sched, line, &merged);
    if (n == 0) {
        unmask(sched, line, now);
    } else if (line->overflow == WIO_LINE_DROP_NEWEST) {
        drop(sched, line, now, n);
        unmask(sched, line, now);
    } else if (line->is_level) {
        add(&line->n_coalesced, n);        /* still there, or over */
        unmask(sched, line, now);
    } else {
        line->event.n_new = merged ? n | WIO_LINE_AT_LEAST : n;
        add(&line->n_coalesced, n - 1);
        mask(sched, line);                 /* ack finds it unmasked, too */
        sched_trace_at(sched, now, WIO_TRACE_EVENT, line->source, n);
        accept(sched, line, now);
    }
}

void
sched_line_finish(struct wio_sched *sched, struct wio_line *line, uint64_t now)
{
    uint64_t at = line->event.accepted_ns + line->handler->period_ns;

    line->event.busy = 0;
    if (at <= now) {
        sched_line_unmask(sched, line, now);
    } else {
        line->unmask_ns = at;
        sched_timer(sched, at);
    }
}

/* Whoever let the source stay masked lets it go: as soon as the handler is
 * done and T is over. */
static void
reconsider(struct wio_sched *sched, struct wio_line *line, uint64_t now)
{
    if (!line->event.busy && line->unmask_ns == UINT64_MAX) {
        sched_line_finish(sched, line, now);
    }
}

void
sched_line_direct(struct wio_sched *sched, struct wio_line *line)
{
    const struct wio_port_sched_ops *ops = sched_ops(sched);

    if (ops->source_direct && !line->is_raised) {
        (void)ops->source_direct(sched->ctx, line->source,
                                 line->handler->slot, &line->event,
                                 sched->trace.on ? on_direct : NULL, line);
    }
}

/* -- Lines -------------------------------------------------------------------------- */

int
wio_sched_line_open(struct wio_sched *sched, struct wio_line *line,
                    const struct wio_source_info *info)
{
    const struct wio_port_sched_ops *ops = sched_ops(sched);
    uint32_t source = 0;
    uint32_t key;
    int err;

    while (source < WIO_SCHED_MAX_ENTITIES && sched->lines[source]) {
        source++;
    }
    if (source >= WIO_SCHED_MAX_ENTITIES || source >= ops->n_sources) {
        return WIO_ERR_LIMIT;
    }
    line->source = (uint8_t)source;
    line->unmask_ns = UINT64_MAX;
    line->is_level = (info->trigger & 12u) != 0;
    line->enabled = line->blocked = false;
    line->masked = true;
    line->n_waiting = 0;
    line->event.busy = 0;
    /* As if T were over: the first event waits for nothing. */
    line->event.accepted_ns = sched_now(sched) - line->handler->period_ns;
    line->handler->line = line;
    err = line->is_raised ? 0 : ops->source_open(sched->ctx, source, info,
                                                 on_event, line);
    if (err) {
        return err;
    }
    key = sched_irq_save(sched);
    sched->lines[source] = line;
    sched_line_direct(sched, line);
    if (source >= sched->n_sources) {
        sched->n_sources = source + 1;
    }
    sched_irq_restore(sched, key);
    return 0;
}

void
wio_sched_line_close(struct wio_sched *sched, struct wio_line *line)
{
    uint32_t key = sched_irq_save(sched);

    if (sched->lines[line->source] == line) {
        mask(sched, line);
        line->blocked = true;
        if (!line->is_raised) {
            sched_ops(sched)->source_close(sched->ctx, line->source);
        }
        sched->lines[line->source] = NULL;
    }
    sched_irq_restore(sched, key);
}

void
wio_sched_line_raise(struct wio_sched *sched, struct wio_line *line)
{
    (void)sched;
    if (line->blocked) {
        return;
    }
    if (line->masked) {
        add(&line->n_waiting, 1);
    } else {
        on_event(line);
    }
}

void
wio_sched_line_enable(struct wio_sched *sched, struct wio_line *line)
{
    uint32_t key = sched_irq_save(sched);

    if (!line->enabled && !line->blocked) {
        uint64_t now = sched_now(sched);
        bool merged;

        line->enabled = true;
        line->acknowledged = true;         /* the guest is ready */
        drop(sched, line, now, take_remembered(sched, line, &merged));
        reconsider(sched, line, now);
    }
    sched_irq_restore(sched, key);
}

void
wio_sched_line_disable(struct wio_sched *sched, struct wio_line *line)
{
    uint32_t key = sched_irq_save(sched);

    line->enabled = false;
    line->unmask_ns = UINT64_MAX;
    mask(sched, line);
    sched_trace(sched, WIO_TRACE_MASK, line->source, 0);
    sched_irq_restore(sched, key);
}

bool
wio_sched_line_ack(struct wio_sched *sched, struct wio_line *line)
{
    uint32_t key = sched_irq_save(sched);
    uint64_t now = sched_now(sched);
    bool merged;
    uint32_t n = take_remembered(sched, line, &merged);

    drop(sched, line, now, n);
    line->acknowledged = true;
    if (line->overflow == WIO_LINE_MASK && line->enabled) {
        reconsider(sched, line, now);
    }
    sched_irq_restore(sched, key);
    return n > 0;
}

void
wio_sched_line_block(struct wio_sched *sched, struct wio_line *line)
{
    uint32_t key = sched_irq_save(sched);

    line->blocked = true;
    line->unmask_ns = UINT64_MAX;
    mask(sched, line);
    sched_trace(sched, WIO_TRACE_MASK, line->source, 0);
    sched_irq_restore(sched, key);
}

struct wio_line_events
wio_sched_line_take(struct wio_sched *sched, struct wio_line *line)
{
    struct wio_line_events events = {
        .count = line->event.n_new & ~WIO_LINE_AT_LEAST,
        .at_least = (line->event.n_new & WIO_LINE_AT_LEAST) != 0,
        .stamp_ns = line->event.accepted_ns,
    };

    (void)sched;
    line->event.n_new = 0;
    return events;
}
