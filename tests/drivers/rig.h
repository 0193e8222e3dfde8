/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/drivers/rig.h - a container on the simulated board, under test
 *
 * The container is the file that the build made, loaded by the real runtime
 * and executed by the real engine; only the devices are simulated.
 */
#ifndef RIG_H
#define RIG_H

#include <stdbool.h>
#include <stdint.h>

#include <wio/runtime.h>

#include "sim/sim.h"

#define MS 1000000ull

struct rig {
    struct wio_sim sim;
    struct wio_runtime *runtime;
    wio_container_id id;
    uint64_t read_to;              /* log entries that rig_trace gave out */
    uint64_t runtime_memory[4096];
    uint32_t n_loaded;
    uint64_t container_memory[2][16384];
    uint8_t module[2][65536];      /* compiled ones are a shared object */
    uint32_t n_bytes[2];
    char text[8192];
    char logged[1024];             /* lines of the container */
};

/* Creates the board, runs @script (or NULL) on it and loads the container
 * build/drivers/@name, or @name itself when that begins with a slash; fails
 * the test with the sentence when something is refused. */
void rig_start(struct rig *rig, const char *name, const char *script);

/* The same on a port with levels: interrupts are delivered. */
void rig_start_scheduled(struct rig *rig, const char *name,
                         const char *script);

/* That, on a board of the test's own, which stays. */
void rig_start_on(struct rig *rig, const uint8_t *board, uint32_t board_len,
                  const char *name, const char *script);

/* Loads a second container beside the first; its id. The point and call
 * functions below stay with the first: set rig->id to change that. */
wio_container_id rig_load(struct rig *rig, const char *name);

void rig_script(struct rig *rig, const char *script);

/* Runs mains as they are due for @ns of virtual time. */
void rig_run_ns(struct rig *rig, uint64_t ns);

/* What reached the devices since the last call of this. */
const char *rig_trace(struct rig *rig);

struct wio_point rig_point(struct rig *rig, const char *label);

/* Fails unless the point is good and has this value. */
void rig_assert_good(struct rig *rig, const char *label, int64_t value);
void rig_assert_bad(struct rig *rig, const char *label, int32_t code);

/* Calls an operation without arguments; the 64 bits of its result. */
int64_t rig_call(struct rig *rig, const char *name);

/* The same with arguments. What the call came to is in *@err, or fails the
 * test when @err is NULL. */
int64_t rig_call_with(struct rig *rig, const char *name, const uint32_t *args,
                      uint32_t n_args, int *err);

/* The same for an operation whose result is 32 bits. */
int32_t rig_operate(struct rig *rig, const char *name, const uint32_t *args,
                    uint32_t n_args);

/* Fails unless the container is still running without a fault. */
void rig_assert_running(struct rig *rig);

#endif
