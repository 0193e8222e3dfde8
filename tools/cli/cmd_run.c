/* SPDX-License-Identifier: Apache-2.0 */
/* tools/cli/cmd_run.c - `wasmio run FILE --board B` */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boards/boards.h"
#include "compile.h"
#include "run.h"

#define FILE_MAX (1u << 20)
#define SIM_SECONDS 10.0

volatile sig_atomic_t run_stop;

static void
on_signal(int number)
{
    (void)number;
    run_stop = 1;
}

void
run_catch_signals(void)
{
    const struct sigaction action = { .sa_handler = on_signal };

    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
}

int
run_parse_set(const struct cli_command *command, const char *text, char *name,
              size_t name_size, long long *value)
{
    const char *equal = strchr(text, '=');
    char *end = NULL;

    if (!equal || equal == text || (size_t)(equal - text) >= name_size) {
        return cli_fail(command, CLI_USAGE, "\"%s\" is not of the form "
                        "NAME=VALUE", text);
    }
    memcpy(name, text, (size_t)(equal - text));
    name[equal - text] = '\0';
    errno = 0;
    *value = strtoll(equal + 1, &end, 0);
    if (end == equal + 1 || *end != '\0' || errno != 0) {
        return cli_fail(command, CLI_USAGE, "\"%s\" is no whole number in "
                        "--set %s", equal + 1, text);
    }
    return CLI_OK;
}

static int
usage(const char *what)
{
    return cli_fail(&cli_run, CLI_USAGE, "%s; `wasmio run --help` shows how "
                    "to call it", what);
}

bool
run_parse_seconds(const char *text, double *seconds)
{
    char *end;

    *seconds = strtod(text, &end);
    return end != text && *end == '\0' && *seconds > 0 && *seconds < 1e9;
}

static bool
parse_count(const char *text, uint64_t *count)
{
    char *end;

    errno = 0;
    *count = strtoull(text, &end, 10);
    return text[0] >= '1' && text[0] <= '9' && *end == '\0' && errno == 0;
}

/* An option with a value. CLI_OK, or after saying why. */
static int
take_option(struct run_options *options, const char *name, const char *value)
{
    char set_name[64];
    long long set_value;

    if (strcmp(name, "--board") == 0) {
        if (options->board) {
            return usage("--board is there twice");
        }
        options->board = value;
    } else if (strcmp(name, "--qmp") == 0) {
        options->qmp_path = value;
    } else if (strcmp(name, "--seconds") == 0) {
        if (!run_parse_seconds(value, &options->seconds)) {
            return usage("--seconds takes a number above 0, below 1e9");
        }
    } else if (strcmp(name, "--script") == 0) {
        options->script = value;
    } else if (strcmp(name, "--script-file") == 0) {
        options->script_path = value;
    } else if (strcmp(name, "--count") == 0) {
        if (!parse_count(value, &options->out.count)) {
            return usage("--count takes a whole number above 0");
        }
    } else if (strcmp(name, "--engine") == 0) {
        options->compile = strcmp(value, "aot") == 0;
        if (!options->compile && strcmp(value, "interp") != 0) {
            return usage("--engine takes aot or interp");
        }
    } else if (strcmp(name, "--set") == 0) {
        if (options->n_sets == RUN_SETS_MAX) {
            return usage("at most 16 --set");
        }
        options->sets[options->n_sets++] = value;
        return run_parse_set(&cli_run, value, set_name, sizeof(set_name),
                             &set_value);
    } else {
        return cli_fail(&cli_run, CLI_USAGE, "\"%s\" is not expected here; "
                        "`wasmio run --help` shows how to call it", name);
    }
    return CLI_OK;
}

static int
parse(int argc, char **argv, struct run_options *options)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0) {
            options->out.json = true;
        } else if (strcmp(argv[i], "--no-build") == 0) {
            options->may_build = false;
        } else if (argv[i][0] != '-' && !options->path) {
            options->path = argv[i];
        } else if (i + 1 < argc) {
            int err = take_option(options, argv[i], argv[i + 1]);

            if (err) {
                return err;
            }
            i++;
        } else {
            return cli_fail(&cli_run, CLI_USAGE, "\"%s\" is not expected "
                            "here; `wasmio run --help` shows how to call it",
                            argv[i]);
        }
    }
    if (!options->path || !options->board) {
        return usage(options->path ? "--board B is missing"
                                   : "FILE is missing");
    }
    return CLI_OK;
}

int
run_unknown_board(const struct cli_command *command, const char *name)
{
    const char *names[17];
    const char *nearest;
    uint32_t n = 0;

    for (; n < 16 && wio_boards_at(n); n++) {
        names[n] = wio_boards_at(n)->name;
    }
    names[n] = NULL;
    nearest = cli_nearest(name, names);
    return cli_fail(command, CLI_USAGE, "there is no board \"%s\"%s%s%s; "
                    "`wasmio boards` lists them", name,
                    nearest ? "; did you mean \"" : "",
                    nearest ? nearest : "", nearest ? "\"?" : "");
}

/* --engine aot: what is delivered is what `wasmio compile` makes of the file.
 * A module that would not load is delivered as it is, for its sentence. */
static int
compile(struct run_options *options, uint8_t **bytes)
{
    const struct compile_options how = { .target = options->board };
    struct cli_container container;
    size_t n = 0;
    uint8_t *compiled;
    int code = cli_open_container(&cli_run, options->path, &container);

    if (code) {
        return code;
    }
    if (container.module && container.config_report.code == 0 &&
        !container.native.is_there) {
        compiled = compile_container(&cli_run, &container, &how, &n, &code);
        if (compiled) {
            free(*bytes);
            *bytes = compiled;
            options->bytes = compiled;
            options->n_bytes = (uint32_t)n;
        }
    }
    cli_close_container(&container);
    return code;
}

static int
run(int argc, char **argv)
{
    struct run_options options = { .may_build = true };
    const struct wio_board_entry *board;
    uint8_t *bytes;
    size_t n_bytes;
    int code = parse(argc, argv, &options);

    if (code) {
        return code;
    }
    board = wio_boards_find(options.board);
    if (!board) {
        return run_unknown_board(&cli_run, options.board);
    }
    if (options.qmp_path && (strcmp(board->kind, "sim") == 0 ||
                             strcmp(board->kind, "linux") == 0)) {
        return usage("--qmp is for boards in QEMU");
    }
    bytes = cli_read_file(&cli_run, options.path, FILE_MAX, &n_bytes);
    if (!bytes) {
        return CLI_USAGE;
    }
    options.bytes = bytes;
    options.n_bytes = (uint32_t)n_bytes;
    code = options.compile ? compile(&options, &bytes) : CLI_OK;
    if (code) {
        free(bytes);
        return code;
    }
    run_catch_signals();
    if (strcmp(board->kind, "sim") == 0) {
        if (options.seconds <= 0) {
            options.seconds = SIM_SECONDS;
        }
        code = run_on_sim(&options, board->blob, board->len);
    } else if (options.script || options.script_path) {
        code = usage("--script is for the simulated board, sim");
    } else if (strcmp(board->kind, "linux") == 0) {
        code = run_on_linux(&options, board->blob, board->len);
    } else {
        code = run_on_qemu(&options);
    }
    free(bytes);
    return code ? code : options.out.failed ? CLI_NO : CLI_OK;
}

const struct cli_command cli_run = {
    .name = "run",
    .arguments = "FILE --board B [--seconds S] [--count N] [--set NAME=VALUE]"
                 "... [--script TEXT] [--script-file F]\n                   [--engine E] [--json] [--qmp PATH] [--no-build]",
    .summary = "Run a container on a board in QEMU, on the simulated one, or here",
    .help =
        "Delivers FILE over the board's console, prints what it was granted, "
        "then its points as\nthey change and what it logs. Progress is on "
        "stderr. Exit code 1: refused, or faulted.\n\n"
        "  --seconds S       end after S seconds (sim: of virtual time; sim "
        "and linux: 10\n                    unless told; QEMU: until Ctrl-C "
        "unless told)\n"
        "  --count N         end after N changes of points\n"
        "  --set NAME=VALUE  before it runs on sim, after it was loaded in "
        "QEMU. A consumed\n                    point, or a stimulus. sim: as "
        "wio_sim_set, `temperature=25500`,\n                    `gpio0.3=1`. "
        "QEMU: a device's property, `sensor.temperature=25500`\n"
        "                    (`temperature` alone means that one)\n"
        "  --script TEXT     sim: stimuli and faults, as \"@2s set "
        "temperature=-5000; fault\n                    "
        "i2c0:nack-address@9x3; storm irq6 50us x1000\"\n                    "
        "(ports/sim/sim.h, wio_sim_script)\n"
        "  --script-file F   sim: the same from a file\n"
        "  --engine E        aot: FILE is compiled first (`wasmio compile`); "
        "interp: it is not\n"
        "  --json            one JSON object a line\n"
        "  --qmp PATH        QEMU's control socket, to change things from "
        "outside\n"
        "  --no-build        do not build a missing firmware",
    .run = run
};
