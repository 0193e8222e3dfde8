/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A board in QEMU: boot, deliver, listen. The lines are those of
 * docs/reference/console.md.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "link.h"
#include "qemu.h"
#include "run.h"
#include "runtime/native.h"

#define BOOT_SECONDS 20.0
#define WORDS 20

struct session {
    struct run_options *options;
    struct link link;
    struct qemu qemu;
    volatile int stop;
    bool is_ready;
    bool is_loaded;            /* its points count from here on */
    char model[40];
};

static double
now_seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static int
split(char *line, char **words)
{
    char *rest;
    int n = 0;

    for (char *word = strtok_r(line, " ", &rest); word && n < WORDS;
         word = strtok_r(NULL, " ", &rest)) {
        words[n++] = word;
    }
    return n;
}

/* @point ID MODEL LABEL VALUE QUALITY US TYPE UNIT */
static void
take_point(struct session *s, char **words, int n)
{
    struct run_point point;

    if (n != 9 || run_is_done(&s->options->out)) {
        return;
    }
    point = (struct run_point){
        .model = words[2],
        .label = words[3],
        .value = words[4],
        .quality = words[5],
        .seconds = strtod(words[6], NULL) * 1e-6,
        .type = words[7],
        .unit = strcmp(words[8], "-") == 0 ? "" : words[8]
    };
    run_put_point(&s->options->out, &point);
}

/* @loaded ID MODEL VERSION memory N arena N compiled N code N */
static void
take_loaded(struct session *s, char **words, int n)
{
    if (n != 12) {
        return;
    }
    s->is_loaded = true;
    snprintf(s->model, sizeof(s->model), "%s", words[2]);
    run_put_loaded(&s->options->out, s->options->board, words[2], words[3],
                   (uint32_t)strtoul(words[5], NULL, 10),
                   (uint32_t)strtoul(words[7], NULL, 10));
}

/* The text behind the first @n words. */
static const char *
behind(const char *line, int n)
{
    for (; n > 0 && *line; n--) {
        line += strcspn(line, " ");
        line += strspn(line, " ");
    }
    return line;
}

static void
on_line(void *arg, const char *line)
{
    struct session *s = arg;
    struct run_output *out = &s->options->out;
    char copy[LINK_LINE_MAX];
    char *words[WORDS];
    int n;

    snprintf(copy, sizeof(copy), "%s", line);
    n = split(copy, words);
    if (n == 0) {
        return;
    }
    if (strcmp(words[0], "@ready") == 0) {
        s->is_ready = true;
    } else if (strcmp(words[0], "@point") == 0) {
        take_point(s, words, n);
    } else if (strcmp(words[0], "@loaded") == 0) {
        take_loaded(s, words, n);
    } else if (strcmp(words[0], "@grant") == 0) {
        run_put_grant(out, behind(line, 2));
    } else if (strcmp(words[0], "@log") == 0 && n > 1) {
        run_put_log(out, words[1], behind(line, 2));
    } else if (strcmp(words[0], "@fault") == 0) {
        run_put_fault(out, behind(line, 2));
    } else if (strcmp(words[0], "@panic") == 0 ||
               strcmp(words[0], "@error") == 0) {
        run_put_fault(out, behind(line, 1));
    }
}

/* Pumps until @end or, when given, *@flag. */
static bool
pump_until(struct session *s, double end, const bool *flag)
{
    while (!(flag && *flag) && !run_is_done(&s->options->out)) {
        double left = end - now_seconds();

        s->stop = run_stop;
        if (left <= 0 ||
            !link_pump(&s->link, left < 0.1 ? (int)(left * 1000) + 1 : 100)) {
            return false;
        }
    }
    return true;
}

static int
apply_set(struct session *s, const char *text)
{
    char name[64];
    char line[LINK_LINE_MAX];
    char *dot;
    long long value;
    int err = run_parse_set(&cli_run, text, name, sizeof(name),
                            &value);

    if (err) {
        return err;
    }
    dot = strchr(name, '.');
    if (dot) {
        *dot = '\0';
        return qemu_set(&cli_run, &s->qemu, name, dot + 1, value);
    }
    if (strcmp(name, "temperature") == 0) {
        return qemu_set(&cli_run, &s->qemu, "sensor", name, value);
    }
    snprintf(line, sizeof(line), "set %s %s %lld", s->model, name, value);
    (void)link_say(&s->link, line);
    return CLI_OK;
}

/* Why there is nobody to talk to any more. */
static int
fail_ended(const struct session *s, const char *otherwise)
{
    char words[200];

    if (run_stop) {
        return cli_fail(&cli_run, CLI_USAGE, "interrupted");
    }
    if (!s->link.has_ended) {
        return cli_fail(&cli_run, CLI_USAGE, "%s: %s", s->options->board,
                        otherwise);
    }
    qemu_last_words(&s->qemu, words, sizeof(words));
    return cli_fail(&cli_run, CLI_USAGE, "%s: QEMU has ended%s%s",
                    s->options->board, words[0] ? ": " : "", words);
}

static int
deliver(struct session *s)
{
    struct link_result result;
    const char *error;

    if (!link_deliver(&s->link, s->options->bytes, s->options->n_bytes,
                      &result, &error)) {
        return fail_ended(s, error);
    }
    if (result.code != 0) {
        run_put_refused(&s->options->out, result.text);
        return CLI_NO;
    }
    for (uint32_t i = 0; i < s->options->n_sets; i++) {
        int err = apply_set(s, s->options->sets[i]);

        if (err) {
            return err;
        }
    }
    return CLI_OK;
}

/* A compiled container belongs into one slot; whether it is free the delivery
 * says. */
static void
choose_slot(struct session *s)
{
    struct wio_native_file native;
    struct wio_report ignored = { 0 };
    char line[32];

    if (wio_native_read((struct wio_span){ s->options->bytes,
                                           s->options->n_bytes },
                        &native, &ignored) == 0 && native.is_there) {
        snprintf(line, sizeof(line), "slot %u", native.header.slot);
        (void)link_say(&s->link, line);
    }
}

static int
converse(struct session *s)
{
    double end;
    int code;

    if (!pump_until(s, now_seconds() + BOOT_SECONDS, &s->is_ready)) {
        return fail_ended(s, "the firmware did not start within 20 s");
    }
    choose_slot(s);
    fprintf(stderr, "delivering %s, %u bytes ...\n", s->options->path,
            s->options->n_bytes);
    code = deliver(s);
    if (code) {
        return code;
    }
    end = s->options->seconds > 0 ? now_seconds() + s->options->seconds : 1e18;
    (void)pump_until(s, end, NULL);
    return s->link.has_ended ? fail_ended(s, "") : CLI_OK;
}

int
run_on_qemu(struct run_options *options)
{
    struct session s = { .options = options };
    const struct qemu_options how = {
        .board = options->board,
        .qmp_path = options->qmp_path,
        .may_build = options->may_build,
        .may_write_progress = true
    };
    int code = qemu_start(&cli_run, &how, &s.qemu);

    if (code == CLI_OK) {
        s.link = (struct link){
            .fd = s.qemu.console,
            .stop = &s.stop,
            .on_line = on_line,
            .arg = &s
        };
        code = converse(&s);
    }
    qemu_end(&s.qemu);
    return code;
}
