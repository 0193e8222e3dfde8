/* SPDX-License-Identifier: Apache-2.0 */
#include "trace.h"

#include <stdlib.h>
#include <string.h>

#include "sched/trace.h"

const char *const trace_kinds[4] = { "?", "task", "main", "handler" };

const char *
trace_mark_name(uint8_t kind)
{
    static const char *const names[] = {
        [WIO_TRACE_RELEASE] = "release", [WIO_TRACE_BEGIN] = "begin",
        [WIO_TRACE_END] = "end", [WIO_TRACE_EVENT] = "event",
        [WIO_TRACE_MASK] = "mask", [WIO_TRACE_UNMASK] = "unmask",
        [WIO_TRACE_BUDGET] = "budget", [WIO_TRACE_LOCK] = "lock",
        [WIO_TRACE_UNLOCK] = "unlock", [WIO_TRACE_FAULT] = "fault",
        [WIO_TRACE_DROP] = "drop", [WIO_TRACE_SKIP] = "skip",
        [WIO_TRACE_LOAD] = "load", [WIO_TRACE_UNLOAD] = "unload",
        [WIO_TRACE_SERVE] = "serve", [WIO_TRACE_SERVED] = "served"
    };

    if (kind >= sizeof(names) / sizeof(*names) || !names[kind]) {
        return "?";
    }
    return names[kind];
}

void
trace_free(struct trace *trace)
{
    free(trace->records);
    trace->records = NULL;
    trace->n = trace->room = 0;
}

static struct trace_record *
next_record(struct trace *trace)
{
    if (trace->n == TRACE_RECORDS_MAX) {
        trace->is_full = true;
        return NULL;
    }
    if (trace->n + 1 >= trace->room) {
        uint32_t room = trace->room ? trace->room * 2 : 4096;
        struct trace_record *more = realloc(trace->records,
                                            room * sizeof(*more));

        if (!more) {
            trace->is_full = true;
            return NULL;
        }
        memset(more + trace->room, 0,
               (room - trace->room) * sizeof(*more));
        trace->records = more;
        trace->room = room;
    }
    return &trace->records[trace->n];
}

void
trace_add(struct trace *trace, uint64_t at_ns, uint32_t kind, uint32_t who,
          uint32_t value)
{
    struct trace_record *record = next_record(trace);

    if (record) {
        record->at_ns = at_ns;
        record->kind = (uint8_t)kind;
        record->who = (uint8_t)who;
        record->value = value;
        trace->n++;
    }
}

void
trace_add_lost(struct trace *trace, uint32_t n)
{
    struct trace_record *record = next_record(trace);

    trace->n_lost += n;
    if (record) {
        record->lost_before += n;
    }
}

void
trace_put_entity(struct trace *trace, const struct wio_entity_info *info)
{
    uint32_t at = trace_by_slot(trace, info->slot);

    if (at == TRACE_NOBODY) {
        if (trace->n_entities == TRACE_ENTITIES_MAX) {
            return;
        }
        at = trace->n_entities++;
    }
    trace->entities[at] = *info;
}

static int
by_level(const void *a, const void *b)
{
    const struct wio_entity_info *x = a;
    const struct wio_entity_info *y = b;

    return x->level != y->level ? (x->level < y->level ? -1 : 1)
                                : (int)x->slot - (int)y->slot;
}

void
trace_sort(struct trace *trace)
{
    qsort(trace->entities, trace->n_entities, sizeof(trace->entities[0]),
          by_level);
    /* Nearly sorted already. */
    for (uint32_t i = 1; i < trace->n; i++) {
        struct trace_record record = trace->records[i];
        uint32_t at = i;

        /* What was lost stays where it was lost. */
        while (at > 0 && record.lost_before == 0 &&
               trace->records[at - 1].at_ns > record.at_ns) {
            trace->records[at] = trace->records[at - 1];
            at--;
        }
        trace->records[at] = record;
    }
}

uint32_t
trace_by_slot(const struct trace *trace, uint32_t slot)
{
    for (uint32_t i = 0; i < trace->n_entities; i++) {
        if (trace->entities[i].slot == slot) {
            return i;
        }
    }
    return TRACE_NOBODY;
}

uint32_t
trace_by_source(const struct trace *trace, uint32_t source)
{
    for (uint32_t i = 0; i < trace->n_entities; i++) {
        if (trace->entities[i].has_line &&
            trace->entities[i].source == source) {
            return i;
        }
    }
    return TRACE_NOBODY;
}

void
trace_print_table(const struct trace *trace)
{
    printf("%2s  %-30s %-8s %8s %8s %8s %9s %6s %9s %8s %7s\n", "lv",
           "who (times in us)", "", "C", "T", "D", "R", "seen", "runs",
           "overruns", "missed");
    for (uint32_t i = 0; i < trace->n_entities; i++) {
        const struct wio_entity_info *e = &trace->entities[i];

        printf("%2u  %-30s %-8s %8.0f %8.0f %8.0f %9.1f %6.1f %9u %8u %7u\n",
               e->level, e->name, trace_kinds[e->kind & 3u],
               (double)e->budget_ns / 1e3, (double)e->period_ns / 1e3,
               (double)e->deadline_ns / 1e3, (double)e->response_ns / 1e3,
               (double)e->max_response_ns / 1e3, e->activations, e->overruns,
               e->missed);
        if (e->has_line) {
            printf("    %-30s accepted %u, coalesced %u, dropped %u\n",
                   "  its line", e->n_accepted, e->n_coalesced, e->n_dropped);
        }
    }
    if (trace->has_control && trace->control_n > 0) {
        printf("control: %u distances of %.1f to %.1f us for %.1f\n",
               trace->control_n, trace->control_min_ns / 1e3,
               trace->control_max_ns / 1e3, trace->control_period_ns / 1e3);
    }
}
