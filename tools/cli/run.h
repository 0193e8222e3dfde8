/* SPDX-License-Identifier: Apache-2.0 */
/* tools/cli/run.h - `wasmio run`: what its kinds of board share */
#ifndef WIO_RUN_H
#define WIO_RUN_H

#include <signal.h>

#include "cli.h"
#include "run_output.h"

#define RUN_SETS_MAX 16u

struct run_options {
    const char *path;
    const char *board;
    const char *qmp_path;
    double seconds;                      /* 0: until interrupted */
    bool may_build;
    bool compile;                        /* --engine aot */
    uint32_t n_sets;
    const char *sets[RUN_SETS_MAX];      /* "NAME=VALUE" */
    const char *script;                  /* sim: wio_sim_script; or NULL */
    const char *script_path;             /* sim: the same in a file */
    const uint8_t *bytes;                /* the file */
    uint32_t n_bytes;
    struct run_output out;
};

/* Set by SIGINT and SIGTERM, once run_catch_signals() was called. */
extern volatile sig_atomic_t run_stop;
void run_catch_signals(void);

/* -- Shared with `wasmio trace`; all return 0, or an exit code after saying
 * why for @command -- */

/* Splits "NAME=VALUE". */
int run_parse_set(const struct cli_command *command, const char *text,
                  char *name, size_t name_size, long long *value);
bool run_parse_seconds(const char *text, double *seconds);
int run_unknown_board(const struct cli_command *command, const char *name);

/* sim: what --script and --script-file say; either may be NULL. */
struct wio_sim;
#define SIM_REQUEST_NS 1000u
#define SIM_STUB_NS 1000u            /* below what boards/sim/board.dts says */
#define SIM_TIMER_NS 2000u
/* Nanoseconds until something happens on its own; UINT64_MAX: nothing will. */
uint64_t run_sim_next(struct wio_sim *sim);
int run_sim_scripts(const struct cli_command *command, struct wio_sim *sim,
                    const char *script, const char *script_path);

/* All return an exit code. */
int run_on_linux(struct run_options *options, const uint8_t *blob,
                 uint32_t len);
int run_on_sim(struct run_options *options, const uint8_t *blob, uint32_t len);
int run_on_qemu(struct run_options *options);

#endif
