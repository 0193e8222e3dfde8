/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Chrome trace event format ("Trace Event Format", Google, JSON object
 * form): a thread a row, in the order of levels. An activation is a B with its
 * E; inside it, properly nested, what preempted it and the locks it held.
 * Times of a row never go back. Microseconds, with ns behind the point.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sched/trace.h"
#include "trace.h"

struct writer {
    FILE *file;
    const struct trace *trace;
    const struct trace_spans *spans;
    uint64_t row_ns;           /* last time of this row */
    uint32_t entity;           /* of this row */
    uint32_t mark;             /* the next ones to look at */
    uint32_t lock;
    bool is_first;
};

void
trace_put_json_text(FILE *file, const char *text)
{
    fputc('"', file);
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;

        if (c == '"' || c == '\\') {
            fprintf(file, "\\%c", c);
        } else if (c < ' ' || c > '~' || c == '<' || c == '>' || c == '&') {
            fprintf(file, "\\u%04x", c < 0x80u ? c : 0xfffdu);
        } else {
            fputc(c, file);
        }
    }
    fputc('"', file);
}

static double
us(uint64_t ns)
{
    return (double)ns / 1000.0;
}

/* Up to the time; a row's times do not go back. */
static void
open_event(struct writer *w, const char *phase, uint64_t at)
{
    if (at < w->row_ns) {
        at = w->row_ns;
    }
    w->row_ns = at;
    fprintf(w->file, "%s{\"ph\":\"%s\",\"pid\":1,\"tid\":%u,\"ts\":%.3f",
            w->is_first ? "\n" : ",\n", phase, w->entity + 1,
            us(at - w->spans->from_ns));
    w->is_first = false;
}

static void
put_name(struct writer *w, const char *name)
{
    fprintf(w->file, ",\"name\":");
    trace_put_json_text(w->file, name);
}

/* The marks of this row up to @at. */
static void
put_marks(struct writer *w, uint64_t at)
{
    const struct trace_spans *spans = w->spans;

    for (; w->mark < spans->n_marks && spans->marks[w->mark].at_ns <= at;
         w->mark++) {
        const struct trace_mark *mark = &spans->marks[w->mark];

        if (mark->entity == w->entity) {
            open_event(w, "i", mark->at_ns);
            put_name(w, trace_mark_name(mark->kind));
            fprintf(w->file, ",\"s\":\"t\",\"args\":{\"value\":%u}}",
                    mark->value);
        }
    }
}

static void
put_begin(struct writer *w, uint64_t at, const char *what, const char *who)
{
    char name[160];

    put_marks(w, at);
    open_event(w, "B", at);
    snprintf(name, sizeof(name), "%s%s", what, who);
    put_name(w, name);
}

static void
put_end(struct writer *w, uint64_t at)
{
    put_marks(w, at);
    open_event(w, "E", at);
    fputc('}', w->file);
}

/* -- Rows ------------------------------------------------------------------------ */

/* The locks of this row that begin before @to, within a piece. */
static void
put_locks(struct writer *w, uint64_t to, bool *is_locked)
{
    const struct trace_spans *spans = w->spans;

    for (; w->lock < spans->n_locks; w->lock++) {
        const struct trace_section *lock = &spans->locks[w->lock];

        if (lock->entity != w->entity) {
            continue;
        }
        if (!*is_locked && lock->from_ns <= to) {
            put_begin(w, lock->from_ns, "lock", "");
            fprintf(w->file, ",\"args\":{\"level\":%u}}", lock->level);
            *is_locked = true;
        }
        if (!*is_locked || lock->to_ns > to) {
            return;
        }
        put_end(w, lock->to_ns);
        *is_locked = false;
    }
}

static void
put_pieces(struct writer *w, const struct trace_activation *a)
{
    const struct trace_piece *piece = &w->spans->pieces[a->first];
    bool is_locked = false;

    for (;;) {
        uint32_t next = piece->next;

        put_locks(w, piece->to_ns, &is_locked);
        if (next == 0) {
            break;
        }
        put_begin(w, piece->to_ns, "preempted by ",
                  piece->above != TRACE_NOBODY
                      ? w->trace->entities[piece->above].name : "?");
        fputc('}', w->file);
        piece = &w->spans->pieces[next];
        put_end(w, piece->from_ns);
    }
    if (is_locked) {
        put_end(w, a->end_ns);
        w->lock++;
    }
}

static void
put_activation(struct writer *w, const struct trace_activation *a)
{
    if (a->release_ns < a->begin_ns) {
        put_begin(w, a->release_ns, "waits", "");
        fputc('}', w->file);
        put_end(w, a->begin_ns);
    }
    put_begin(w, a->begin_ns, "", w->trace->entities[a->entity].name);
    fprintf(w->file, ",\"args\":{\"run_us\":%.3f", us(a->run_ns));
    if (!(a->flags & (TRACE_NO_RELEASE | TRACE_CUT))) {
        fprintf(w->file, ",\"response_us\":%.3f",
                us(a->end_ns - a->release_ns));
    }
    fprintf(w->file, "%s%s%s}}",
            a->flags & TRACE_OVER ? ",\"over_budget\":true" : "",
            a->flags & TRACE_FAULT ? ",\"fault\":true" : "",
            a->flags & TRACE_CUT ? ",\"cut\":true" : "");
    put_pieces(w, a);
    put_end(w, a->end_ns);
}

static void
put_row(struct writer *w, uint32_t entity)
{
    w->entity = entity;
    w->row_ns = w->spans->from_ns;
    w->mark = 0;
    w->lock = 0;
    for (uint32_t i = 0; i < w->spans->n_activations; i++) {
        if (w->spans->activations[i].entity == entity) {
            put_activation(w, &w->spans->activations[i]);
        }
    }
    put_marks(w, UINT64_MAX);
}

static void
put_meta(struct writer *w, const char *kind, const char *name, uint32_t order)
{
    fprintf(w->file, "%s{\"ph\":\"M\",\"pid\":1,\"tid\":%u,\"name\":\"%s\","
            "\"args\":{", w->is_first ? "\n" : ",\n", w->entity + 1, kind);
    w->is_first = false;
    if (name) {
        fprintf(w->file, "\"name\":");
        trace_put_json_text(w->file, name);
    } else {
        fprintf(w->file, "\"sort_index\":%u", order);
    }
    fprintf(w->file, "}}");
}

/* -- Counters ---------------------------------------------------------------------- */

struct step {
    uint64_t at_ns;
    int change;
};

static int
by_time(const void *a, const void *b)
{
    const struct step *x = a;
    const struct step *y = b;

    return x->at_ns != y->at_ns ? (x->at_ns < y->at_ns ? -1 : 1)
                                : x->change - y->change;
}

/* How many are released and not finished. */
static bool
put_ready(struct writer *w)
{
    uint32_t n = w->spans->n_activations;
    struct step *steps = calloc(2 * (size_t)n + 1, sizeof(*steps));
    int ready = 0;

    if (!steps) {
        return false;
    }
    for (uint32_t i = 0; i < n; i++) {
        const struct trace_activation *a = &w->spans->activations[i];

        steps[2 * i] = (struct step){ a->release_ns, 1 };
        steps[2 * i + 1] = (struct step){ a->end_ns, -1 };
    }
    qsort(steps, 2 * (size_t)n, sizeof(*steps), by_time);
    w->entity = 0;
    w->row_ns = w->spans->from_ns;
    for (uint32_t i = 0; i < 2 * n; i++) {
        ready += steps[i].change;
        open_event(w, "C", steps[i].at_ns);
        fprintf(w->file, ",\"name\":\"ready\",\"args\":{\"entities\":%d}}",
                ready > 0 ? ready : 0);
    }
    free(steps);
    return true;
}

/* Events of a line, accepted and dropped, since the trace began. */
static void
put_events(struct writer *w, uint32_t entity)
{
    uint64_t accepted = 0;
    uint64_t dropped = 0;
    char name[96];

    snprintf(name, sizeof(name), "events of %s",
             w->trace->entities[entity].name);
    w->entity = entity;
    w->row_ns = w->spans->from_ns;
    for (uint32_t i = 0; i < w->spans->n_marks; i++) {
        const struct trace_mark *mark = &w->spans->marks[i];

        if (mark->entity != entity || (mark->kind != WIO_TRACE_EVENT &&
                                       mark->kind != WIO_TRACE_DROP)) {
            continue;
        }
        accepted += mark->kind == WIO_TRACE_EVENT ? mark->value : 0;
        dropped += mark->kind == WIO_TRACE_DROP ? mark->value : 0;
        open_event(w, "C", mark->at_ns);
        put_name(w, name);
        fprintf(w->file, ",\"args\":{\"accepted\":%" PRIu64 ",\"dropped\":%"
                PRIu64 "}}", accepted, dropped);
    }
}

int
trace_write_chrome(const struct cli_command *command, const char *path,
                   const struct trace *trace, const struct trace_spans *spans)
{
    struct writer w = { .trace = trace, .spans = spans, .is_first = true };
    bool good;

    w.file = fopen(path, "w");
    if (!w.file) {
        return cli_fail(command, CLI_USAGE, "cannot create %s: %s", path,
                        strerror(errno));
    }
    fprintf(w.file, "{\"displayTimeUnit\":\"ns\",\"otherData\":{\"board\":");
    trace_put_json_text(w.file, trace->board);
    fprintf(w.file, ",\"lost\":%" PRIu64 ",\"entities\":[",
            trace->n_lost);
    for (uint32_t i = 0; i < trace->n_entities; i++) {
        const struct wio_entity_info *e = &trace->entities[i];

        fprintf(w.file, "%s{\"name\":", i ? "," : "");
        trace_put_json_text(w.file, e->name);
        fprintf(w.file, ",\"computed_us\":%.3f,\"deadline_us\":%.3f,"
                "\"observed_us\":%.3f}", us(e->response_ns),
                us(e->deadline_ns), us(e->max_response_ns));
    }
    fprintf(w.file, "]},\"traceEvents\":[");
    put_meta(&w, "process_name", trace->board, 0);
    for (uint32_t i = 0; i < trace->n_entities; i++) {
        char name[96];

        w.entity = i;
        snprintf(name, sizeof(name), "%u %s", trace->entities[i].level,
                 trace->entities[i].name);
        put_meta(&w, "thread_name", name, 0);
        put_meta(&w, "thread_sort_index", NULL, i);
    }
    for (uint32_t i = 0; i < trace->n_entities; i++) {
        put_row(&w, i);
        if (trace->entities[i].has_line) {
            put_events(&w, i);
        }
    }
    good = put_ready(&w);
    fprintf(w.file, "\n]}\n");
    good = good && !ferror(w.file);
    good = fclose(w.file) == 0 && good;
    return good ? CLI_OK : cli_fail(command, CLI_USAGE, "cannot write %s: %s",
                                    path, strerror(errno));
}
