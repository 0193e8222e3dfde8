/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A trace of a board in QEMU: boot, deliver, and `trace MS`, which says what
 * happens as it happens; what the ring loses all the same is counted.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "link.h"
#include "qemu.h"
#include "run.h"
#include "trace.h"

#define BOOT_SECONDS 20.0
#define ANSWER_SECONDS 30.0
#define SLOWEST 60.0           /* wall time for a second of the board's */

struct session {
    const struct cli_command *command;
    const struct trace_options *options;
    struct trace *trace;
    struct link link;
    struct qemu qemu;
    volatile int stop;
    bool is_ready;
    bool is_strange;           /* a line was not of its form */
    uint32_t n_done;           /* @ok and @error */
    char error[200];
    char model[40];            /* of the last one loaded */
};

static double
now_seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static bool
begins(const char *line, const char *word)
{
    size_t n = strlen(word);

    return strncmp(line, word, n) == 0 && (line[n] == ' ' || line[n] == '\0');
}

static void
on_line(void *arg, const char *line)
{
    struct session *s = arg;

    if (!trace_take_line(s->trace, line)) {
        s->is_strange = true;
    }
    if (begins(line, "@ok")) {
        s->n_done++;
    } else if (begins(line, "@error") || begins(line, "@panic")) {
        s->n_done++;
        snprintf(s->error, sizeof(s->error), "%s",
                 line[6] ? line + 7 : line);
    } else if (begins(line, "@ready")) {
        s->is_ready = true;
    } else if (begins(line, "@loaded")) {
        (void)sscanf(line, "@loaded %*u %39s", s->model);
    } else if (begins(line, "@fault") || begins(line, "@log")) {
        fprintf(stderr, "%s\n", line + 1);
    }
}

static int
fail_ended(const struct session *s, const char *otherwise)
{
    char words[200];

    if (run_stop) {
        return cli_fail(s->command, CLI_USAGE, "interrupted");
    }
    if (!s->link.has_ended) {
        return cli_fail(s->command, CLI_USAGE, "%s: %s", s->options->board,
                        otherwise);
    }
    qemu_last_words(&s->qemu, words, sizeof(words));
    return cli_fail(s->command, CLI_USAGE, "%s: QEMU has ended%s%s",
                    s->options->board, words[0] ? ": " : "", words);
}

/* Pumps until so many commands are done, or @ready. */
static bool
pump_until(struct session *s, uint32_t n_done, double seconds)
{
    double end = now_seconds() + seconds;

    while (n_done == 0 ? !s->is_ready : s->n_done < n_done) {
        s->stop = run_stop;
        if (now_seconds() > end || !link_pump(&s->link, 50)) {
            return false;
        }
    }
    return true;
}

static int
command(struct session *s, const char *line)
{
    s->error[0] = '\0';
    s->n_done = 0;
    if (!link_say(&s->link, line) || !pump_until(s, 1, ANSWER_SECONDS)) {
        return fail_ended(s, "the controller does not answer");
    }
    return s->error[0] ? cli_fail(s->command, CLI_USAGE, "%s: `%s`: %s",
                                  s->options->board, line, s->error) : CLI_OK;
}

static int
apply_set(struct session *s, const char *text)
{
    char name[64];
    char line[LINK_LINE_MAX];
    char *dot;
    long long value;
    int err = run_parse_set(s->command, text, name, sizeof(name), &value);

    if (err) {
        return err;
    }
    dot = strchr(name, '.');
    if (dot) {
        *dot = '\0';
        return qemu_set(s->command, &s->qemu, name, dot + 1, value);
    }
    if (strcmp(name, "temperature") == 0) {
        return qemu_set(s->command, &s->qemu, "sensor", name, value);
    }
    snprintf(line, sizeof(line), "set %s %s %lld", s->model, name, value);
    return command(s, line);
}

static int
deliver(struct session *s, uint32_t i)
{
    const struct trace_options *options = s->options;
    struct link_result result;
    const char *error;

    if (!link_deliver(&s->link, options->bytes[i], options->n_bytes[i],
                      &result, &error)) {
        return fail_ended(s, error);
    }
    return result.code == 0 ? CLI_OK : cli_fail(s->command, CLI_NO, "%s is "
                                                "refused: %s",
                                                options->paths[i],
                                                result.text);
}

/*
 * All in one go, so that the board never idles on the way: QEMU lets idle time
 * pass by the host's clock, and a busy host would show as jitter.
 */
static int
collect(struct session *s)
{
    char lines[96];

    snprintf(lines, sizeof(lines), "times reset\ntrace %.0f\ntimes",
             s->options->seconds < 1e-3 ? 1 : s->options->seconds * 1e3);
    s->error[0] = '\0';
    s->n_done = 0;
    if (!link_say(&s->link, lines) ||
        !pump_until(s, 3, ANSWER_SECONDS + SLOWEST * s->options->seconds)) {
        return fail_ended(s, "the controller does not answer");
    }
    return s->error[0] ? cli_fail(s->command, CLI_USAGE, "%s: %s",
                                  s->options->board, s->error) : CLI_OK;
}

static int
converse(struct session *s)
{
    int code = CLI_OK;

    if (!pump_until(s, 0, BOOT_SECONDS)) {
        return fail_ended(s, "the firmware did not start within 20 s");
    }
    for (uint32_t i = 0; i < s->options->n_files && !code; i++) {
        code = deliver(s, i);
    }
    for (uint32_t i = 0; i < s->options->n_sets && !code; i++) {
        code = apply_set(s, s->options->sets[i]);
    }
    code = code ? code : collect(s);
    if (!code && s->is_strange) {
        code = cli_fail(s->command, CLI_USAGE, "%s: a line of the trace did "
                        "not arrive whole; try again", s->options->board);
    }
    return code;
}

int
trace_on_qemu(const struct cli_command *cli,
              const struct trace_options *options, struct trace *trace)
{
    struct session s = {
        .command = cli, .options = options, .trace = trace
    };
    const struct qemu_options how = {
        .board = options->board,
        .may_build = options->may_build,
        .may_write_progress = true
    };
    int code = qemu_start(cli, &how, &s.qemu);

    if (code == CLI_OK) {
        s.link = (struct link){
            .fd = s.qemu.console, .stop = &s.stop, .on_line = on_line,
            .arg = &s
        };
        code = converse(&s);
    }
    qemu_end(&s.qemu);
    return code;
}
