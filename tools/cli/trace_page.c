/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The page: page/page.html with the style, the data and the script put in.
 * Times in it are ns since the beginning of the trace; arrays are explained in
 * page/page.js.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "sched/trace.h"
#include "trace.h"

/* page.S */
extern const char trace_page_html[];
extern const char trace_page_css[];
extern const char trace_page_js[];

static void
put_entities(FILE *file, const struct trace *trace)
{
    for (uint32_t i = 0; i < trace->n_entities; i++) {
        const struct wio_entity_info *e = &trace->entities[i];

        fprintf(file, "%s\n{\"name\":", i ? "," : "");
        trace_put_json_text(file, e->name);
        fprintf(file, ",\"kind\":\"%s\",\"level\":%u,\"c\":%u,\"t\":%" PRIu64
                ",\"d\":%" PRIu64 ",\"cost\":%" PRIu64 ",\"b\":%" PRIu64
                ",\"r\":%" PRIu64 ",\"seen\":%" PRIu64 ",\"run\":%" PRIu64
                ",\"n\":%u,\"overruns\":%u,\"missed\":%u,\"suspended\":%s",
                trace_kinds[e->kind & 3u], e->level, e->budget_ns,
                e->period_ns, e->deadline_ns, e->cost_ns, e->blocking_ns,
                e->response_ns, e->max_response_ns, e->max_run_ns,
                e->activations, e->overruns, e->missed,
                e->suspended ? "true" : "false");
        if (e->has_line) {
            fprintf(file, ",\"accepted\":%u,\"coalesced\":%u,\"dropped\":%u",
                    e->n_accepted, e->n_coalesced, e->n_dropped);
        }
        fputc('}', file);
    }
}

static void
put_activations(FILE *file, const struct trace_spans *spans)
{
    uint64_t zero = spans->from_ns;

    for (uint32_t i = 0; i < spans->n_activations; i++) {
        const struct trace_activation *a = &spans->activations[i];
        uint32_t piece = a->first;

        fprintf(file, "%s\n[%u,%u,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",[",
                i ? "," : "", a->entity, a->flags, a->release_ns - zero,
                a->begin_ns - zero, a->end_ns - zero);
        for (; piece != 0; piece = spans->pieces[piece].next) {
            const struct trace_piece *p = &spans->pieces[piece];

            fprintf(file, "%s%" PRIu64 ",%" PRIu64 ",%d",
                    piece == a->first ? "" : ",", p->from_ns - zero,
                    p->to_ns - zero,
                    p->above == TRACE_NOBODY ? -1 : p->above);
        }
        fprintf(file, "]]");
    }
}

static void
put_sections(FILE *file, const struct trace_section *sections, uint32_t n,
             uint64_t zero)
{
    for (uint32_t i = 0; i < n; i++) {
        fprintf(file, "%s[%u,%" PRIu64 ",%" PRIu64 "]", i ? "," : "",
                sections[i].entity, sections[i].from_ns - zero,
                sections[i].to_ns - zero);
    }
}

static void
put_marks(FILE *file, const struct trace_spans *spans)
{
    for (uint32_t i = 0; i < spans->n_marks; i++) {
        const struct trace_mark *mark = &spans->marks[i];

        fprintf(file, "%s[%d,%" PRIu64 ",\"%s\",%u]", i ? "," : "",
                mark->entity == TRACE_NOBODY ? -1 : mark->entity,
                mark->at_ns - spans->from_ns, trace_mark_name(mark->kind),
                mark->value);
    }
}

static void
put_gaps(FILE *file, const struct trace *trace,
         const struct trace_spans *spans)
{
    bool is_first = true;

    for (uint32_t i = 0; i < trace->n; i++) {
        const struct trace_record *record = &trace->records[i];
        uint64_t before = i > 0 ? trace->records[i - 1].at_ns
                                : spans->from_ns;

        if (record->lost_before > 0) {
            fprintf(file, "%s[%" PRIu64 ",%" PRIu64 ",%u]",
                    is_first ? "" : ",", before - spans->from_ns,
                    record->at_ns - spans->from_ns, record->lost_before);
            is_first = false;
        }
    }
}

static void
put_control(FILE *file, const struct trace *trace)
{
    if (!trace->has_control) {
        return;
    }
    fprintf(file, ",\n\"control\":{\"period\":%u,\"n\":%u,\"min\":%u,"
            "\"max\":%u,\"bins\":[", trace->control_period_ns,
            trace->control_n, trace->control_min_ns, trace->control_max_ns);
    for (uint32_t i = 0; i < trace->n_bins; i++) {
        fprintf(file, "%s[%u,%u,%s]", i ? "," : "", trace->bins[i].bound_us,
                trace->bins[i].n, trace->bins[i].is_last ? "true" : "false");
    }
    fprintf(file, "]}");
}

static void
put_data(FILE *file, const struct trace *trace,
         const struct trace_spans *spans)
{
    fprintf(file, "{\"board\":");
    trace_put_json_text(file, trace->board);
    fprintf(file, ",\"span\":%" PRIu64 ",\"records\":%u,\"lost\":%" PRIu64
            ",\n\"entities\":[", spans->to_ns - spans->from_ns, trace->n,
            trace->n_lost);
    put_entities(file, trace);
    fprintf(file, "],\n\"activations\":[");
    put_activations(file, spans);
    fprintf(file, "],\n\"locks\":[");
    put_sections(file, spans->locks, spans->n_locks, spans->from_ns);
    fprintf(file, "],\n\"masks\":[");
    put_sections(file, spans->masks, spans->n_masks, spans->from_ns);
    fprintf(file, "],\n\"marks\":[");
    put_marks(file, spans);
    fprintf(file, "],\n\"gaps\":[");
    put_gaps(file, trace, spans);
    fprintf(file, "]");
    put_control(file, trace);
    fprintf(file, "}\n");
}

/* The template, with what belongs at @STYLE@, @DATA@ and @SCRIPT@. */
static void
put_page(FILE *file, const struct trace *trace,
         const struct trace_spans *spans)
{
    const char *at = trace_page_html;

    while (*at) {
        if (strncmp(at, "@STYLE@", 7) == 0) {
            fputs(trace_page_css, file);
            at += 7;
        } else if (strncmp(at, "@SCRIPT@", 8) == 0) {
            fputs(trace_page_js, file);
            at += 8;
        } else if (strncmp(at, "@DATA@", 6) == 0) {
            put_data(file, trace, spans);
            at += 6;
        } else {
            fputc(*at++, file);
        }
    }
}

int
trace_write_page(const struct cli_command *command, const char *path,
                 const struct trace *trace, const struct trace_spans *spans)
{
    FILE *file = fopen(path, "w");
    bool good;

    if (!file) {
        return cli_fail(command, CLI_USAGE, "cannot create %s: %s", path,
                        strerror(errno));
    }
    put_page(file, trace, spans);
    good = !ferror(file);
    good = fclose(file) == 0 && good;
    return good ? CLI_OK : cli_fail(command, CLI_USAGE, "cannot write %s: %s",
                                    path, strerror(errno));
}
