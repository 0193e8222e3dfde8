/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of a trace: read from a console or a file, written to a file. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "trace.h"

#define LINE_MAX_BYTES 512
#define WORDS_MAX 40u

struct words {
    char copy[LINE_MAX_BYTES];
    char *of[WORDS_MAX];
    uint32_t n;
    bool good;                 /* every number asked for was there and one */
};

static void
split(const char *line, struct words *words)
{
    char *rest;

    snprintf(words->copy, sizeof(words->copy), "%s", line);
    for (char *c = words->copy; *c; c++) {
        if ((unsigned char)*c > '~') {
            *c = '?';                      /* it comes from anywhere */
        }
    }
    words->n = 0;
    words->good = true;
    for (char *word = strtok_r(words->copy, " \r\n", &rest);
         word && words->n < WORDS_MAX; word = strtok_r(NULL, " \r\n", &rest)) {
        words->of[words->n++] = word;
    }
}

static uint64_t
number_at(struct words *words, uint32_t i, uint64_t max)
{
    char *end = NULL;
    uint64_t value = 0;

    errno = 0;
    if (i < words->n && words->of[i][0] >= '0' && words->of[i][0] <= '9') {
        value = strtoull(words->of[i], &end, 10);
    }
    if (!end || *end != '\0' || errno != 0 || value > max) {
        words->good = false;
        return 0;
    }
    return value;
}

/* The number behind a word. */
static uint64_t
number_of(struct words *words, const char *name, uint64_t max)
{
    for (uint32_t i = 2; i + 1 < words->n; i++) {
        if (strcmp(words->of[i], name) == 0) {
            return number_at(words, i + 1, max);
        }
    }
    words->good = false;
    return 0;
}

static uint32_t
u32_of(struct words *words, const char *name)
{
    return (uint32_t)number_of(words, name, UINT32_MAX);
}

static uint64_t
u64_of(struct words *words, const char *name)
{
    return number_of(words, name, UINT64_MAX);
}

/* @entity SLOT NAME KIND level N container N c N t N d N cost N b N r N seen N
 * run N n N overruns N missed N STATE */
static bool
take_entity(struct trace *trace, struct words *words)
{
    struct wio_entity_info info = { .kind = 0 };
    uint32_t was;

    info.slot = (uint8_t)number_at(words, 1, 0xfd);
    for (uint8_t kind = 1; kind < 4 && words->n > 3; kind++) {
        if (strcmp(words->of[3], trace_kinds[kind]) == 0) {
            info.kind = kind;
        }
    }
    if (words->n < 4 || info.kind == 0) {
        return false;
    }
    snprintf(info.name, sizeof(info.name), "%s", words->of[2]);
    info.level = (uint8_t)number_of(words, "level", 0xff);
    info.container = u32_of(words, "container");
    info.budget_ns = u32_of(words, "c");
    info.period_ns = u64_of(words, "t");
    info.deadline_ns = u64_of(words, "d");
    info.cost_ns = u64_of(words, "cost");
    info.blocking_ns = u64_of(words, "b");
    info.response_ns = u64_of(words, "r");
    info.max_response_ns = u64_of(words, "seen");
    info.max_run_ns = u64_of(words, "run");
    info.activations = u32_of(words, "n");
    info.overruns = u32_of(words, "overruns");
    info.missed = u32_of(words, "missed");
    info.suspended = strcmp(words->of[words->n - 1], "suspended") == 0;
    was = trace_by_slot(trace, info.slot);
    if (was != TRACE_NOBODY && trace->entities[was].has_line) {
        info.has_line = true;              /* @line comes again, too */
        info.source = trace->entities[was].source;
    }
    if (words->good) {
        trace_put_entity(trace, &info);
    }
    return words->good;
}

/* @line SLOT source N accepted N coalesced N dropped N merged N */
static bool
take_line(struct trace *trace, struct words *words)
{
    uint32_t at = trace_by_slot(trace, (uint32_t)number_at(words, 1, 0xfd));
    struct wio_entity_info *info;

    if (at == TRACE_NOBODY) {
        return false;
    }
    info = &trace->entities[at];
    info->has_line = true;
    info->source = (uint8_t)number_of(words, "source", 0xfe);
    info->n_accepted = u32_of(words, "accepted");
    info->n_coalesced = u32_of(words, "coalesced");
    info->n_dropped = u32_of(words, "dropped");
    info->n_merged = u32_of(words, "merged");
    return words->good;
}

/* @control period N n N min N max N */
static bool
take_control(struct trace *trace, struct words *words)
{
    trace->n_bins = 0;
    trace->has_control = true;
    trace->control_period_ns = (uint32_t)number_at(words, 2, UINT32_MAX);
    trace->control_n = u32_of(words, "n");
    trace->control_min_ns = u32_of(words, "min");
    trace->control_max_ns = u32_of(words, "max");
    return words->good;
}

/* @jitter below-us N n N, @jitter from-us N n N */
static bool
take_jitter(struct trace *trace, struct words *words)
{
    struct trace_bin bin = { .n = 0 };

    bin.bound_us = (uint32_t)number_at(words, 2, UINT32_MAX);
    bin.n = (uint32_t)number_at(words, 4, UINT32_MAX);
    if (!words->good) {
        return false;
    }
    bin.is_last = strcmp(words->of[1], "from-us") == 0;
    if (trace->n_bins < TRACE_BINS) {
        trace->bins[trace->n_bins++] = bin;
    }
    return true;
}

bool
trace_take_line(struct trace *trace, const char *line)
{
    struct words words;

    split(line, &words);
    if (words.n == 0 || words.of[0][0] != '@') {
        return true;
    }
    if (strcmp(words.of[0], "@t") == 0) {
        uint64_t at = number_at(&words, 1, UINT64_MAX);
        uint32_t kind = (uint32_t)number_at(&words, 2, 0xff);
        uint32_t who = (uint32_t)number_at(&words, 3, 0xff);
        uint32_t value = (uint32_t)number_at(&words, 4, UINT32_MAX);

        if (words.good && words.n == 5) {
            trace_add(trace, at, kind, who, value);
        }
        return words.good && words.n == 5;
    }
    if (strcmp(words.of[0], "@lost") == 0) {
        trace_add_lost(trace, (uint32_t)number_at(&words, 1, UINT32_MAX));
        return words.good;
    }
    if (strcmp(words.of[0], "@entity") == 0) {
        return take_entity(trace, &words);
    }
    if (strcmp(words.of[0], "@line") == 0) {
        return take_line(trace, &words);
    }
    if (strcmp(words.of[0], "@control") == 0) {
        return take_control(trace, &words);
    }
    if (strcmp(words.of[0], "@jitter") == 0) {
        return take_jitter(trace, &words);
    }
    if ((strcmp(words.of[0], "@board") == 0 ||
         strcmp(words.of[0], "@ready") == 0) && words.n > 1) {
        snprintf(trace->board, sizeof(trace->board), "%.31s", words.of[1]);
    }
    return true;
}

int
trace_read_dump(const struct cli_command *command, const char *path,
                struct trace *trace)
{
    FILE *file = fopen(path, "r");
    char line[LINE_MAX_BYTES];
    uint32_t number = 0;
    int code = CLI_OK;

    if (!file) {
        return cli_fail(command, CLI_USAGE, "cannot open %s: %s", path,
                        strerror(errno));
    }
    while (code == CLI_OK && fgets(line, sizeof(line), file)) {
        number++;
        if (!trace_take_line(trace, line)) {
            line[strcspn(line, " \r\n")] = '\0';
            code = cli_fail(command, CLI_USAGE, "%s, line %u: not of the form "
                            "of %s; docs/reference/console.md has it", path,
                            number, line);
        }
    }
    if (code == CLI_OK && ferror(file)) {
        code = cli_fail(command, CLI_USAGE, "cannot read %s: %s", path,
                        strerror(errno));
    }
    fclose(file);
    if (code == CLI_OK && trace->n == 0) {
        code = cli_fail(command, CLI_USAGE, "%s has no line of a trace; save "
                        "what the console answers to `times` and `trace`",
                        path);
    }
    return code;
}

/* -- Writing ------------------------------------------------------------------- */

static void
write_word(FILE *file, const char *text)
{
    for (; *text; text++) {
        fputc(*text > ' ' && *text <= '~' ? *text : '_', file);
    }
}

static void
write_entity(FILE *file, const struct wio_entity_info *e)
{
    fprintf(file, "@entity %u ", e->slot);
    write_word(file, e->name);
    fprintf(file, " %s level %u container %u c %u t %" PRIu64 " d %" PRIu64
            " cost %" PRIu64 " b %" PRIu64 " r %" PRIu64 " seen %" PRIu64
            " run %" PRIu64 " n %u overruns %u missed %u %s\n",
            trace_kinds[e->kind & 3u], e->level, e->container, e->budget_ns,
            e->period_ns, e->deadline_ns, e->cost_ns, e->blocking_ns,
            e->response_ns, e->max_response_ns, e->max_run_ns, e->activations,
            e->overruns, e->missed, e->suspended ? "suspended" : "ready");
    if (e->has_line) {
        fprintf(file, "@line %u source %u accepted %u coalesced %u dropped %u "
                "merged %u\n", e->slot, e->source, e->n_accepted,
                e->n_coalesced, e->n_dropped, e->n_merged);
    }
}

int
trace_write_dump(const struct cli_command *command, const char *path,
                 const struct trace *trace)
{
    FILE *file = fopen(path, "w");
    bool good;

    if (!file) {
        return cli_fail(command, CLI_USAGE, "cannot create %s: %s", path,
                        strerror(errno));
    }
    fprintf(file, "@board %s\n", trace->board);
    for (uint32_t i = 0; i < trace->n_entities; i++) {
        write_entity(file, &trace->entities[i]);
    }
    if (trace->has_control) {
        fprintf(file, "@control period %u n %u min %u max %u\n",
                trace->control_period_ns, trace->control_n,
                trace->control_min_ns, trace->control_max_ns);
    }
    for (uint32_t i = 0; i < trace->n_bins; i++) {
        fprintf(file, "@jitter %s-us %u n %u\n",
                trace->bins[i].is_last ? "from" : "below",
                trace->bins[i].bound_us, trace->bins[i].n);
    }
    for (uint32_t i = 0; i < trace->n; i++) {
        const struct trace_record *record = &trace->records[i];

        if (record->lost_before > 0) {
            fprintf(file, "@lost %u\n", record->lost_before);
        }
        fprintf(file, "@t %" PRIu64 " %u %u %u\n", record->at_ns,
                record->kind, record->who, record->value);
    }
    good = !ferror(file);
    good = fclose(file) == 0 && good;
    return good ? CLI_OK : cli_fail(command, CLI_USAGE, "cannot write %s: %s",
                                    path, strerror(errno));
}
