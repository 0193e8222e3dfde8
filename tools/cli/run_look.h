/* SPDX-License-Identifier: Apache-2.0 */
/* tools/cli/run_look.h - telling what a container in this process does */
#ifndef WIO_RUN_LOOK_H
#define WIO_RUN_LOOK_H

#include <wio/runtime.h>

#include "run_output.h"

#define RUN_POINTS_MAX 32u

struct run_look {
    struct run_output *out;
    struct wio_runtime *runtime;
    wio_container_id id;
    uint32_t faults;                     /* told so far */
    struct wio_point told[RUN_POINTS_MAX];
};

/* That it was loaded, and what it was granted. */
void run_look_loaded(const struct run_look *look, const char *board);

/* Points and faults that changed since the last look. */
void run_look(struct run_look *look);

/* A line that the port logs. */
void run_look_log(struct run_output *out, enum wio_log_level level,
                  const char *text, uint32_t len);

#endif
