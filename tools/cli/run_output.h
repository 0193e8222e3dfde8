/* SPDX-License-Identifier: Apache-2.0 */
/* tools/cli/run_output.h - what `wasmio run` prints: text, or JSON by line */
#ifndef WIO_RUN_OUTPUT_H
#define WIO_RUN_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>

struct run_output {
    bool json;
    uint64_t count;            /* end after so many point changes; 0: never */
    uint64_t n_points;         /* changes printed */
    bool failed;               /* refused or faulted */
};

struct run_point {
    const char *model;
    const char *label;
    const char *unit;          /* "" when it has none */
    const char *type;          /* "i32", "f32", ... */
    const char *value;         /* decimal; floats: their bits, "0x..." */
    const char *quality;       /* "good", "bad:cause" */
    double seconds;
};

/* Texts may come from a container or a board: they are printed harmlessly. */
void run_put_loaded(struct run_output *out, const char *board,
                    const char *model, const char *version,
                    uint32_t memory_bytes, uint32_t arena_bytes);
void run_put_grant(struct run_output *out, const char *text);
void run_put_point(struct run_output *out, const struct run_point *point);
void run_put_log(struct run_output *out, const char *level, const char *text);
void run_put_fault(struct run_output *out, const char *text);
void run_put_refused(struct run_output *out, const char *text);

/* True when `count` is reached. */
bool run_is_done(const struct run_output *out);

#endif
