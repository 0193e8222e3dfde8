/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tools/cli/cli.h - what the subcommands of `wasmio` share
 *
 * Exit codes: 0 done, 1 the answer is no (would not load, a test failed), 2
 * the command was called wrongly or a file could not be read.
 */
#ifndef WIO_CLI_H
#define WIO_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum cli_exit {
    CLI_OK = 0,
    CLI_NO = 1,
    CLI_USAGE = 2
};

struct cli_command {
    const char *name;
    const char *arguments;     /* "FILE --board B" */
    const char *summary;       /* one line */
    const char *help;          /* what --help prints below the usage line */
    int (*run)(int argc, char **argv);   /* argv[0] is the command's name */
};

extern const struct cli_command cli_bench;      /* cmd_bench.c */
extern const struct cli_command cli_boards;     /* cmd_boards.c */
extern const struct cli_command cli_check;      /* cmd_check.c */
extern const struct cli_command cli_compile;    /* cmd_compile.c */
extern const struct cli_command cli_inspect;    /* cmd_inspect.c */
extern const struct cli_command cli_link;       /* cmd_link.c */
extern const struct cli_command cli_pack;       /* cmd_pack.c */
extern const struct cli_command cli_run;        /* cmd_run.c */
extern const struct cli_command cli_spectest;   /* cmd_spectest.c */
extern const struct cli_command cli_trace;      /* cmd_trace.c */

/* All of them, in the order of the help; ends with NULL. main.c */
extern const struct cli_command *const cli_commands[];

/* Prints "wasmio COMMAND: sentence" to stderr and returns @code. */
int cli_fail(const struct cli_command *command, int code, const char *format,
             ...) __attribute__((format(printf, 3, 4)));

/* A whole file, malloc'ed; NULL after saying why on stderr. */
uint8_t *cli_read_file(const struct cli_command *command, const char *path,
                       size_t max_bytes, size_t *n_bytes);

/* 0, or CLI_USAGE after saying why on stderr. */
int cli_write_file(const struct cli_command *command, const char *path,
                   const void *bytes, size_t n_bytes);

/* The blob that dtc makes of the text file @path, malloc'ed; NULL after saying
 * why on stderr (dtc's own sentences included). No shell is involved. */
uint8_t *cli_dtc(const struct cli_command *command, const char *path,
                 size_t *n_bytes);

/* A .dts (through dtc) or a .dtb, by its first bytes. As cli_read_file. */
uint8_t *cli_read_tree(const struct cli_command *command, const char *path,
                       size_t *n_bytes);

/* The folder of the running program, which is the build tree; false after
 * nothing: the system does not say. */
bool cli_own_folder(char *path, size_t size);

/* Runs a program, found as a shell would, with its output on stderr; its exit
 * status, or -1. No shell is involved. */
int cli_run_program(char *const *argv);

/* The one of @names (ends with NULL) nearest to @word, or NULL when none is
 * near enough to be what was meant. */
const char *cli_nearest(const char *word, const char *const *names);

#endif
