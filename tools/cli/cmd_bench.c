/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tools/cli/cmd_bench.c - `wasmio bench --board B --report DIR`
 *
 * What measures is bench/run of the source tree, with the images that the build
 * makes; this finds both and gives the words on.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli.h"

#define HOME "CMAKE_HOME_DIRECTORY:INTERNAL="

struct arguments {
    const char *board;
    const char *report;
    bool quick;
    bool may_build;
};

static int
parse(int argc, char **argv, struct arguments *a)
{
    for (int i = 1; i < argc; i++) {
        const char **to = strcmp(argv[i], "--board") == 0    ? &a->board
                          : strcmp(argv[i], "--report") == 0 ? &a->report
                                                             : NULL;

        if (strcmp(argv[i], "--quick") == 0) {
            a->quick = true;
        } else if (strcmp(argv[i], "--no-build") == 0) {
            a->may_build = false;
        } else if (!to || i + 1 == argc) {
            return cli_fail(&cli_bench, CLI_USAGE, "\"%s\" lacks its value, "
                            "or is not expected here; `wasmio bench --help` "
                            "shows how to call it", argv[i]);
        } else if (*to) {
            return cli_fail(&cli_bench, CLI_USAGE, "%s is there twice",
                            argv[i]);
        } else {
            *to = argv[++i];
        }
    }
    if (!a->board || !a->report) {
        return cli_fail(&cli_bench, CLI_USAGE, "%s is missing; `wasmio bench "
                        "--help` shows how to call it",
                        a->board ? "--report DIR" : "--board B");
    }
    return CLI_OK;
}

/* The source tree of the build tree @build. */
static bool
find_source(const char *build, char *source, size_t size)
{
    char line[PATH_MAX + sizeof(HOME)];
    bool found = false;
    FILE *file;

    snprintf(line, sizeof(line), "%s/CMakeCache.txt", build);
    file = fopen(line, "r");
    while (file && !found && fgets(line, sizeof(line), file)) {
        if (strncmp(line, HOME, sizeof(HOME) - 1) == 0) {
            const size_t n = strcspn(line + sizeof(HOME) - 1, "\n");

            if (n >= size) {
                break;
            }
            memcpy(source, line + sizeof(HOME) - 1, n);
            source[n] = '\0';
            found = true;
        }
    }
    if (file) {
        fclose(file);
    }
    return found;
}

static int
measure(const struct arguments *a, const char *build, const char *program)
{
    const char *argv[] = {
        "python3", program, "--board", a->board, "--report", a->report,
        "--build", build, a->quick ? "--quick" : NULL, NULL, NULL
    };
    int status = -1;
    pid_t child;

    if (!a->may_build) {
        argv[a->quick ? 9 : 8] = "--no-build";
    }
    fflush(NULL);
    child = fork();
    if (child == 0) {
        execvp(argv[0], (char *const *)(uintptr_t)argv);
        fprintf(stderr, "wasmio bench: python3 cannot be started: %s\n",
                strerror(errno));
        _exit(CLI_USAGE);
    }
    if (child < 0 || waitpid(child, &status, 0) < 0 || !WIFEXITED(status)) {
        return cli_fail(&cli_bench, CLI_USAGE, "the measurement was stopped");
    }
    return WEXITSTATUS(status);
}

static int
run(int argc, char **argv)
{
    struct arguments a = { .may_build = true };
    char build[PATH_MAX];
    char source[PATH_MAX];
    char program[PATH_MAX + 16];
    int code = parse(argc, argv, &a);

    if (code) {
        return code;
    }
    if (!cli_own_folder(build, sizeof(build)) ||
        !find_source(build, source, sizeof(source))) {
        return cli_fail(&cli_bench, CLI_USAGE, "what it measures is built "
                        "from the source tree, and this wasmio is not in a "
                        "build of one; call build/wasmio there");
    }
    snprintf(program, sizeof(program), "%s/bench/run", source);
    if (access(program, R_OK) != 0) {
        return cli_fail(&cli_bench, CLI_USAGE, "%s is not there: the source "
                        "tree of this build has gone", program);
    }
    return measure(&a, build, program);
}

const struct cli_command cli_bench = {
    .name = "bench",
    .arguments = "--board B --report DIR [--quick] [--no-build]",
    .summary = "Measure what isolation costs, and write a report",
    .help =
        "Builds the measuring images, runs each twice and writes "
        "DIR/report.json and\nDIR/report.html: ways to a register by engine "
        "and board, against native code and\nagainst the classical isolation. "
        "Exit code 1: something could not be measured, or\ntwo runs "
        "differ.\n\n"
        "  --board B      mps2-an386, lm3s6965evb, linux, or all\n"
        "  --report DIR   a folder; made when it is not there\n"
        "  --quick        without the interrupts, fewer times\n"
        "  --no-build     take what is built\n",
    .run = run
};
