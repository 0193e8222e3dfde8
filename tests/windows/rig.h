/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/windows/rig.h - a container on a board of plain registers
 *
 * The board is board.dts beside this file, simulated, with a record of every
 * access. Files are looked for in the folder GUESTS, or named whole.
 */
#ifndef RIG_H
#define RIG_H

#include <stdint.h>

#include <wio/runtime.h>

#include "sim/sim.h"

struct rig {
    struct wio_sim sim;
    struct wio_runtime *runtime;
    wio_container_id id;
    uint64_t runtime_memory[8192];
    uint64_t container_memory[131072];
    uint8_t module[65536];
    uint8_t board[8192];
    uint64_t read_to;              /* of the record */
    char trace[16384];             /* what rig_accesses gave */
    char text[512];                /* why the last call failed */
    char logged[512];              /* lines of the container */
};

/* A new board and the container on it, or the test fails with the sentence. */
void rig_load(struct rig *rig, const char *name);

/* The same; the code of what was refused, and its sentence in rig->text. */
int rig_try(struct rig *rig, const char *name);

/* What reached the devices since the load or the last call of this. */
const char *rig_accesses(struct rig *rig);

/* An operation: its code and the 64 bits of its results. */
int rig_call(struct rig *rig, const char *name, const uint32_t *args,
             uint32_t n_args, uint64_t *result);

#endif
