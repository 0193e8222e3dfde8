/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sched/trace.h - what happened, in a ring
 *
 * One entry is 16 bytes; the oldest are overwritten and the number of entries
 * ever made is kept, so a reader knows what it missed. Written above and at
 * all levels: an entry is taken by one atomic addition, so a writer that preempts
 * another has an entry of its own. Read from the background.
 */
#ifndef WIO_SCHED_TRACE_H
#define WIO_SCHED_TRACE_H

#include <stdbool.h>
#include <stdint.h>

#include <wio/port.h>

/* Numbers are part of the console's and the tool's format: appended only. */
enum wio_trace_kind {
    WIO_TRACE_RELEASE = 1,     /* pended; value: ns since it was due */
    WIO_TRACE_BEGIN,           /* an activation begins; value: slot preempted,
                                  0xff: none */
    WIO_TRACE_END,             /* value: budget ticks used */
    WIO_TRACE_EVENT,           /* accepted: the handler is pended, the source
                                  masked; who is the source; value: events */
    WIO_TRACE_MASK,            /* by the guest's `disable` or a fault; who is
                                  the source. The stub's is told by EVENT */
    WIO_TRACE_UNMASK,          /* value: ns since acceptance */
    WIO_TRACE_BUDGET,          /* the budget is over */
    WIO_TRACE_LOCK,            /* value: level */
    WIO_TRACE_UNLOCK,
    WIO_TRACE_FAULT,           /* who is the slot; value: the code */
    WIO_TRACE_DROP,            /* events lost, counted; value: how many */
    WIO_TRACE_SKIP,            /* releases skipped; value: how many */
    WIO_TRACE_LOAD,            /* who is the slot, added; value: level */
    WIO_TRACE_UNLOAD,
    WIO_TRACE_SERVE,           /* what runs calls another container; value: its
                                  number */
    WIO_TRACE_SERVED           /* and is back; value: the result */
};

struct wio_trace_entry {
    uint64_t at_ns;
    uint32_t value;
    uint8_t kind;              /* enum wio_trace_kind */
    uint8_t who;               /* slot or source */
    uint16_t serial;           /* low bits of its number, to find torn reads */
};

struct wio_trace {
    struct wio_trace_entry *entries;
    uint32_t mask;             /* a power of two less 1 */
    uint32_t n;                /* ever made; wraps */
    bool on;
};

/* Any context; @at_ns is what the caller has read already. */
static inline void
wio_trace_put(struct wio_trace *trace, uint64_t at_ns,
              enum wio_trace_kind kind, uint32_t who, uint32_t value)
{
    struct wio_trace_entry *entry;
    uint32_t n;

    if (!trace->on) {
        return;
    }
    n = __atomic_fetch_add(&trace->n, 1u, __ATOMIC_RELAXED);
    entry = &trace->entries[n & trace->mask];
    entry->at_ns = at_ns;
    entry->value = value;
    entry->kind = (uint8_t)kind;
    entry->who = (uint8_t)who;
    /* Last: with its number an entry is whole. */
    __atomic_store_n(&entry->serial, (uint16_t)n, __ATOMIC_RELEASE);
}

#endif
