/* SPDX-License-Identifier: Apache-2.0 */
/* tools/cli/cmd_trace.c - `wasmio trace FILE... --board B` */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boards/boards.h"
#include "run.h"
#include "trace.h"

#define FILE_MAX (1u << 20)
#define SECONDS 1.0
#define SECONDS_MAX 60.0       /* of the firmware's command */

struct arguments {
    struct trace_options options;
    const char *out;
    const char *html;
    const char *dump;
    const char *from;
};

static int
usage(const char *format, const char *what)
{
    char text[256];

    snprintf(text, sizeof(text), format, what);
    return cli_fail(&cli_trace, CLI_USAGE, "%s; `wasmio trace --help` shows "
                    "how to call it", text);
}

static int
take_set(struct trace_options *options, const char *value)
{
    char name[64];
    long long number;

    if (options->n_sets == sizeof(options->sets) / sizeof(*options->sets)) {
        return usage("at most 16 --set", NULL);
    }
    options->sets[options->n_sets++] = value;
    return run_parse_set(&cli_trace, value, name, sizeof(name), &number);
}

/* An option with a value. CLI_OK, or after saying why. */
static int
take_option(struct arguments *a, const char *name, const char *value)
{
    const struct {
        const char *name;
        const char **to;
    } texts[] = {
        { "--board", &a->options.board }, { "--out", &a->out },
        { "--html", &a->html }, { "--dump", &a->dump }, { "--from", &a->from },
        { "--script", &a->options.script },
        { "--script-file", &a->options.script_path },
    };

    for (uint32_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        if (strcmp(name, texts[i].name) == 0) {
            if (*texts[i].to) {
                return usage("%s is there twice", name);
            }
            *texts[i].to = value;
            return CLI_OK;
        }
    }
    if (strcmp(name, "--seconds") == 0) {
        return run_parse_seconds(value, &a->options.seconds)
                   ? CLI_OK
                   : usage("--seconds takes a number above 0, below "
                           "1e9", NULL);
    }
    if (strcmp(name, "--set") == 0) {
        return take_set(&a->options, value);
    }
    return usage("\"%s\" is not expected here", name);
}

static int
parse(int argc, char **argv, struct arguments *a)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--no-build") == 0) {
            a->options.may_build = false;
        } else if (argv[i][0] != '-') {
            if (a->options.n_files == TRACE_FILES_MAX) {
                return usage("at most 8 containers", NULL);
            }
            a->options.paths[a->options.n_files++] = argv[i];
        } else if (i + 1 < argc) {
            int err = take_option(a, argv[i], argv[i + 1]);

            if (err) {
                return err;
            }
            i++;
        } else {
            return usage("\"%s\" lacks its value, or is not expected here",
                         argv[i]);
        }
    }
    if (a->from && (a->options.board || a->options.n_files > 0)) {
        return usage("--from FILE goes without --board and containers", NULL);
    }
    if (a->from && (a->options.script || a->options.script_path ||
                    a->options.n_sets > 0 || a->options.seconds > 0)) {
        return usage("--from FILE runs nothing, so --seconds, --set and "
                     "--script do not go with it", NULL);
    }
    if (!a->from && !a->options.board) {
        return usage("--board B is missing", NULL);
    }
    return CLI_OK;
}

static int
collect(struct arguments *a, struct trace *trace)
{
    const struct wio_board_entry *board = wio_boards_find(a->options.board);

    if (!board) {
        return run_unknown_board(&cli_trace, a->options.board);
    }
    if (strcmp(board->kind, "linux") == 0) {
        return usage("there is no trace of the board \"%s\"; `wasmio run` "
                     "prints its times", a->options.board);
    }
    for (uint32_t i = 0; i < a->options.n_files; i++) {
        size_t n = 0;

        a->options.bytes[i] = cli_read_file(&cli_trace, a->options.paths[i],
                                            FILE_MAX, &n);
        a->options.n_bytes[i] = (uint32_t)n;
        if (!a->options.bytes[i]) {
            return CLI_USAGE;
        }
    }
    if (a->options.seconds <= 0) {
        a->options.seconds = SECONDS;
    }
    snprintf(trace->board, sizeof(trace->board), "%s", a->options.board);
    run_catch_signals();
    if (strcmp(board->kind, "sim") == 0) {
        return trace_on_sim(&cli_trace, &a->options, board->blob, board->len,
                            trace);
    }
    if (a->options.script || a->options.script_path) {
        return usage("--script is for the simulated board, sim", NULL);
    }
    if (a->options.seconds > SECONDS_MAX) {
        return usage("--seconds is at most 60 in QEMU", NULL);
    }
    return trace_on_qemu(&cli_trace, &a->options, trace);
}

static int
write_all(const struct arguments *a, struct trace *trace)
{
    struct trace_spans spans;
    int code = a->dump ? trace_write_dump(&cli_trace, a->dump, trace)
                       : CLI_OK;

    trace_sort(trace);
    if (!trace_make_spans(trace, &spans)) {
        return cli_fail(&cli_trace, CLI_USAGE, "out of memory for %u records",
                        trace->n);
    }
    if (!code && a->out) {
        code = trace_write_chrome(&cli_trace, a->out, trace, &spans);
    }
    if (!code && a->html) {
        code = trace_write_page(&cli_trace, a->html, trace, &spans);
    }
    if (!code) {
        trace_print_table(trace);
        printf("%u records in %.3f ms, %u activations",
               trace->n, (double)(spans.to_ns - spans.from_ns) * 1e-6,
               spans.n_activations);
        printf(trace->n_lost ? ", %llu lost\n" : "\n",
               (unsigned long long)trace->n_lost);
        if (trace->is_full) {
            printf("More records came than are kept; the end is missing.\n");
        }
    }
    trace_free_spans(&spans);
    return code;
}

static int
run(int argc, char **argv)
{
    struct arguments a = {
        .options = { .may_build = true }
    };
    struct trace *trace = calloc(1, sizeof(*trace));
    int code = trace ? parse(argc, argv, &a)
                     : cli_fail(&cli_trace, CLI_USAGE, "out of memory");

    if (!code) {
        code = a.from ? trace_read_dump(&cli_trace, a.from, trace)
                      : collect(&a, trace);
    }
    if (!code && trace->n == 0) {
        code = cli_fail(&cli_trace, CLI_NO, "nothing ran, so there is nothing "
                        "to show");
    }
    if (!code) {
        code = write_all(&a, trace);
    }
    for (uint32_t i = 0; i < a.options.n_files; i++) {
        free((void *)(uintptr_t)a.options.bytes[i]);
    }
    if (trace) {
        trace_free(trace);
    }
    free(trace);
    return code;
}

const struct cli_command cli_trace = {
    .name = "trace",
    .arguments = "[FILE...] --board B [--seconds S] [--set NAME=VALUE]...\n"
                 "                    [--script TEXT] [--script-file F] "
                 "[--out JSON] [--html PAGE]\n                    "
                 "[--dump FILE] [--no-build]\n"
                 "       wasmio trace --from FILE [--out JSON] [--html PAGE]",
    .summary = "Show which task, main and handler ran when",
    .help =
        "Runs containers on a board in QEMU or on the simulated one, collects "
        "its trace and\nprints computed and observed times. Exit code 1: a "
        "container was refused.\n\n"
        "  --seconds S       length of the trace, in the board's time; 1 "
        "unless told\n"
        "  --out JSON        Chrome trace event format: for ui.perfetto.dev "
        "or chrome://tracing\n"
        "  --html PAGE       one page for any browser: timeline, response "
        "times, table\n"
        "  --dump FILE       the trace as the console gives it\n"
        "  --from FILE       such a dump, or the answers to `times` and "
        "`trace` of a real board\n"
        "  --set NAME=VALUE  as in `wasmio run`\n"
        "  --script TEXT     sim: stimuli, as \"@2ms storm irq6 50us x100; "
        "@5ms edge gpio0.0\"\n                    (ports/sim/sim.h, "
        "wio_sim_script)\n"
        "  --script-file F   sim: the same from a file\n"
        "  --no-build        do not build a missing firmware",
    .run = run
};
