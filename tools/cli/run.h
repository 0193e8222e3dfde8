/* SPDX-License-Identifier: Apache-2.0 */
/* tools/cli/run.h - `wasmio run`: what its two kinds of board share */
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
    uint32_t n_sets;
    const char *sets[RUN_SETS_MAX];      /* "NAME=VALUE" */
    const char *script;                  /* sim: wio_sim_script; or NULL */
    const char *script_path;             /* sim: the same in a file */
    const uint8_t *bytes;                /* the file */
    uint32_t n_bytes;
    struct run_output out;
};

/* Set by SIGINT and SIGTERM. */
extern volatile sig_atomic_t run_stop;

/* Splits "NAME=VALUE". 0, or an exit code after saying why. */
int run_parse_set(const char *text, char *name, size_t name_size,
                  long long *value);

/* Both return an exit code. */
int run_on_sim(struct run_options *options, const uint8_t *blob, uint32_t len);
int run_on_qemu(struct run_options *options);

#endif
