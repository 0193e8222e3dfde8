/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench/ladder/containers.h - the containers of the ladder, in either engine
 *
 * Loaded at the first use and kept; the same container in the other engine
 * takes its place. Each function returns false with bench_error set.
 */
#ifndef BENCH_LADDER_CONTAINERS_H
#define BENCH_LADDER_CONTAINERS_H

#include <stdbool.h>
#include <stdint.h>

#include <wio/runtime.h>

#include "engine/engine.h"

enum ladder_engine { LADDER_INTERP, LADDER_AOT, LADDER_N_ENGINES };

/* Numbers of the slots, too; ENTRY is loaded by the engine alone. */
enum ladder_container {
    LADDER_DRIVER,
    LADDER_SENSOR,
    LADDER_ENTRY,
    LADDER_N_CONTAINERS
};

bool ladder_fail(const char *why);

/* The machine is up, and the runtime. */
bool ladder_start(void);

/* DRIVER or SENSOR runs in @engine. *@is_new: it does from now on. */
bool ladder_have(enum ladder_container which, enum ladder_engine engine,
                 bool *is_new);
/* Unloaded, and loaded once more. */
bool ladder_reload(enum ladder_container which, enum ladder_engine engine);
bool ladder_call(enum ladder_container which, const char *name,
                 const uint32_t *args, uint32_t n_args, uint32_t results[2]);
bool ladder_info(enum ladder_container which,
                 struct wio_container_info *info);
/* Bytes of the file that was loaded. */
uint32_t ladder_file_bytes(enum ladder_container which,
                           enum ladder_engine engine);

/* ENTRY: functions to call without a runtime. */
bool ladder_entry(enum ladder_engine engine, struct wio_instance **instance,
                  struct wio_exec **exec);

#endif
