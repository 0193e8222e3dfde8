/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who ran when, from who began and ended: what runs is the top of a stack, as
 * on the board. Where entries were lost the stack is given up: what was on it
 * is cut off at the last thing that is known.
 */
#include <stdlib.h>
#include <string.h>

#include "sched/trace.h"
#include "trace.h"

#define STACK_MAX 32u
#define UNKNOWN UINT64_MAX

struct maker {
    const struct trace *trace;
    struct trace_spans *spans;
    uint32_t stack[STACK_MAX];                  /* activations */
    uint32_t depth;
    uint64_t released[TRACE_ENTITIES_MAX];      /* UNKNOWN: not, or not known */
    uint64_t masked[TRACE_ENTITIES_MAX];
    uint64_t locked[TRACE_ENTITIES_MAX];
    uint8_t lock_level[TRACE_ENTITIES_MAX];
    uint64_t now;
    bool is_unknown;           /* entries were lost: the stack may lack some */
};

static bool
is_entity(uint32_t at)
{
    return at < TRACE_ENTITIES_MAX;
}

/* -- Pieces ---------------------------------------------------------------------- */

static void
open_piece(struct maker *m, uint32_t activation, uint64_t at)
{
    struct trace_activation *a = &m->spans->activations[activation];
    uint32_t piece = ++m->spans->n_pieces;

    m->spans->pieces[piece] = (struct trace_piece){ .from_ns = at,
                                                    .above = TRACE_NOBODY };
    if (a->first == 0) {
        a->first = piece;
    } else {
        m->spans->pieces[a->last].next = piece;
    }
    a->last = piece;
}

static void
close_piece(struct maker *m, uint32_t activation, uint64_t at, uint8_t above)
{
    struct trace_activation *a = &m->spans->activations[activation];
    struct trace_piece *piece = &m->spans->pieces[a->last];

    piece->to_ns = at > piece->from_ns ? at : piece->from_ns;
    piece->above = above;
    a->run_ns += piece->to_ns - piece->from_ns;
    a->end_ns = piece->to_ns;
}

/* -- Activations ------------------------------------------------------------------ */

static void
push(struct maker *m, uint32_t entity, uint64_t at, uint8_t flags)
{
    uint32_t n = m->spans->n_activations;

    if (m->depth == STACK_MAX) {
        return;
    }
    if (m->depth > 0) {
        close_piece(m, m->stack[m->depth - 1], at, (uint8_t)entity);
    }
    m->spans->activations[n] = (struct trace_activation){
        .release_ns = m->released[entity] == UNKNOWN ? at
                                                     : m->released[entity],
        .begin_ns = at,
        .entity = (uint8_t)entity,
        .flags = (uint8_t)(flags | (m->released[entity] == UNKNOWN
                                        ? TRACE_NO_RELEASE : 0)),
    };
    m->released[entity] = UNKNOWN;
    m->spans->n_activations++;
    m->stack[m->depth++] = n;
    open_piece(m, n, at);
}

static void
end_lock(struct maker *m, uint32_t entity, uint64_t at)
{
    if (m->locked[entity] != UNKNOWN) {
        m->spans->locks[m->spans->n_locks++] = (struct trace_section){
            .from_ns = m->locked[entity],
            .to_ns = at,
            .entity = (uint8_t)entity,
            .level = m->lock_level[entity],
        };
        m->locked[entity] = UNKNOWN;
    }
}

static void
pop(struct maker *m, uint64_t at, uint8_t flags)
{
    uint32_t top = m->stack[--m->depth];

    close_piece(m, top, at, TRACE_NOBODY);
    m->spans->activations[top].flags |= flags;
    end_lock(m, m->spans->activations[top].entity, at);
    if (m->depth > 0) {
        open_piece(m, m->stack[m->depth - 1], at);
    }
}

/* How deep the stack is up to an entity's activation, 0 when there is none. */
static uint32_t
depth_of(const struct maker *m, uint32_t entity)
{
    uint32_t depth = m->depth;

    while (depth > 0 &&
           m->spans->activations[m->stack[depth - 1]].entity != entity) {
        depth--;
    }
    return depth;
}

static void
begin(struct maker *m, uint32_t entity, uint32_t below, uint64_t at)
{
    uint32_t under = trace_by_slot(m->trace, below);
    uint32_t depth = depth_of(m, entity);

    while (depth > 0 && m->depth >= depth) {
        pop(m, at, TRACE_CUT);             /* nobody preempts himself */
    }
    /* Behind a gap: who was preempted is told. */
    if (m->is_unknown && m->depth == 0 && is_entity(under)) {
        push(m, under, at, TRACE_CUT | TRACE_NO_RELEASE);
    }
    push(m, entity, at, 0);
}

static void
end(struct maker *m, uint32_t entity, uint64_t at)
{
    uint32_t depth = depth_of(m, entity);

    while (depth > 0 && m->depth > depth) {
        pop(m, at, TRACE_CUT);
    }
    if (depth > 0) {
        pop(m, at, 0);
    }
}

/* -- Records ---------------------------------------------------------------------- */

static void
mark(struct maker *m, uint32_t entity, const struct trace_record *record)
{
    m->spans->marks[m->spans->n_marks++] = (struct trace_mark){
        .at_ns = record->at_ns,
        .value = record->value,
        .entity = (uint8_t)entity,
        .kind = record->kind,
    };
}

static void
flag_top(struct maker *m, uint32_t entity, uint8_t flag)
{
    for (uint32_t i = m->depth; i-- > 0;) {
        struct trace_activation *a = &m->spans->activations[m->stack[i]];

        if (a->entity == entity) {
            a->flags |= flag;
            return;
        }
    }
}

/* A fault names the container's first entity; it befell the one that runs, if
 * that is of the same container. */
static uint32_t
faulty(struct maker *m, uint32_t entity)
{
    if (m->depth > 0 && is_entity(entity)) {
        uint8_t top = m->spans->activations[m->stack[m->depth - 1]].entity;

        if (m->trace->entities[top].container ==
            m->trace->entities[entity].container) {
            return top;
        }
    }
    return entity;
}

static void
set_masked(struct maker *m, uint32_t entity, bool masked, uint64_t at)
{
    if (masked && m->masked[entity] == UNKNOWN) {
        m->masked[entity] = at;
    } else if (!masked && m->masked[entity] != UNKNOWN) {
        m->spans->masks[m->spans->n_masks++] = (struct trace_section){
            .from_ns = m->masked[entity],
            .to_ns = at,
            .entity = (uint8_t)entity,
        };
        m->masked[entity] = UNKNOWN;
    }
}

/* Records whose `who` is a source. */
static void
take_source(struct maker *m, const struct trace_record *record)
{
    uint32_t entity = trace_by_source(m->trace, record->who);

    mark(m, entity, record);
    if (!is_entity(entity)) {
        return;
    }
    if (record->kind == WIO_TRACE_EVENT) {
        m->released[entity] = record->at_ns;
    }
    if (record->kind != WIO_TRACE_DROP) {
        set_masked(m, entity, record->kind != WIO_TRACE_UNMASK,
                   record->at_ns);
    }
}

/* And those where it is a slot. */
static void
take_slot(struct maker *m, const struct trace_record *record)
{
    uint32_t entity = trace_by_slot(m->trace, record->who);
    uint64_t at = record->at_ns;

    if (!is_entity(entity)) {
        return;                            /* the background, or unloaded */
    }
    switch (record->kind) {
    case WIO_TRACE_RELEASE:
        m->released[entity] = at - record->value;
        break;
    case WIO_TRACE_BEGIN:
        begin(m, entity, record->value, at);
        break;
    case WIO_TRACE_END:
        end(m, entity, at);
        break;
    case WIO_TRACE_LOCK:
        m->locked[entity] = at;
        m->lock_level[entity] = (uint8_t)record->value;
        break;
    case WIO_TRACE_UNLOCK:
        end_lock(m, entity, at);
        break;
    case WIO_TRACE_BUDGET:
        flag_top(m, entity, TRACE_OVER);
        mark(m, entity, record);
        break;
    case WIO_TRACE_FAULT:
        entity = faulty(m, entity);
        flag_top(m, entity, TRACE_FAULT);
        mark(m, entity, record);
        break;
    default:
        mark(m, entity, record);
        break;
    }
}

static void
take(struct maker *m, const struct trace_record *record)
{
    if (record->lost_before > 0) {
        m->is_unknown = true;
        while (m->depth > 0) {
            pop(m, m->now, TRACE_CUT);
        }
        for (uint32_t i = 0; i < TRACE_ENTITIES_MAX; i++) {
            m->released[i] = m->locked[i] = UNKNOWN;
            if (m->masked[i] != UNKNOWN) {
                set_masked(m, i, false, m->now);
            }
        }
    }
    m->now = record->at_ns;
    switch (record->kind) {
    case WIO_TRACE_EVENT:
    case WIO_TRACE_MASK:
    case WIO_TRACE_UNMASK:
    case WIO_TRACE_DROP:
        take_source(m, record);
        break;
    default:
        take_slot(m, record);
        break;
    }
}

/* -- All ---------------------------------------------------------------------------- */

void
trace_free_spans(struct trace_spans *spans)
{
    free(spans->activations);
    free(spans->pieces);
    free(spans->marks);
    free(spans->locks);
    free(spans->masks);
    memset(spans, 0, sizeof(*spans));
}

bool
trace_make_spans(const struct trace *trace, struct trace_spans *spans)
{
    struct maker m = { .trace = trace, .spans = spans };
    size_t room = 2 * (size_t)trace->n + 64;

    /* A record makes at most two of anything, and its end one more each. */
    *spans = (struct trace_spans){
        .activations = calloc(room, sizeof(*spans->activations)),
        .pieces = calloc(room * 2, sizeof(*spans->pieces)),
        .marks = calloc(room, sizeof(*spans->marks)),
        .locks = calloc(room, sizeof(*spans->locks)),
        .masks = calloc(room, sizeof(*spans->masks)),
    };
    if (!spans->activations || !spans->pieces || !spans->marks ||
        !spans->locks || !spans->masks) {
        trace_free_spans(spans);
        return false;
    }
    for (uint32_t i = 0; i < TRACE_ENTITIES_MAX; i++) {
        m.released[i] = m.masked[i] = m.locked[i] = UNKNOWN;
    }
    spans->from_ns = trace->n ? trace->records[0].at_ns : 0;
    m.now = spans->from_ns;
    for (uint32_t i = 0; i < trace->n; i++) {
        take(&m, &trace->records[i]);
    }
    spans->to_ns = m.now;
    while (m.depth > 0) {
        pop(&m, m.now, TRACE_CUT);
    }
    for (uint32_t i = 0; i < TRACE_ENTITIES_MAX; i++) {
        set_masked(&m, i, false, m.now);
    }
    /* A release before the trace began makes it begin earlier. */
    for (uint32_t i = 0; i < spans->n_activations; i++) {
        if (spans->activations[i].release_ns < spans->from_ns) {
            spans->from_ns = spans->activations[i].release_ns;
        }
    }
    return true;
}
