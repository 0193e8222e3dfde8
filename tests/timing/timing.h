/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Interrupts, tasks and containers that misbehave, on a board or on sim.
 *
 * Everything comes from inside, at times that are counted in instructions or
 * on a virtual clock, so two runs print the same bytes. A scenario loads a
 * victim (a main and a handler that keep their budgets and use most of them)
 * and a rogue, runs for a while, and prints a line for each entity:
 *
 *     row <scenario> <entity> <kind> <level> <C> <T> <D> <C~> <B> <R>
 *         <max observed> <activations> <overruns> <missed>       (times in ns)
 *     line <scenario> <entity> <accepted> <coalesced> <dropped> <merged>
 *     sent <scenario> <victim's edges> <merged> <rogue's> <merged>
 *     state <scenario> <victim faults> <rogue faults>
 *     fault <what became of the victim, in words>
 *     jitter <scenario> <least> <greatest distance of control's activations>
 *     trace <scenario> <entries> <lost> <checksum>
 *
 * A host task, `stimulus`, pends the two lines; so the cost of stimulating is
 * known to the admission test. An edge that finds its line pending already is
 * merged by the hardware, which no software can see.
 *
 * With a protection taken away (the words after "without" below) the same
 * scenarios must show it: timing.py runs them so, one at a time.
 */
#ifndef TIMING_H
#define TIMING_H

#include <wio/runtime.h>

enum { VICTIM, ROGUE, N_SIDES };

struct timing_blob {
    const uint8_t *bytes;
    uint32_t len;
};

struct timing_side {
    uint8_t *module;                /* platform->module_bytes */
    uint8_t *arena;                 /* platform->arena_bytes, aligned to 8 */
};

/* What board.c and sim.c say of themselves. */
struct timing_platform {
    const struct wio_port *port;
    struct timing_blob board;
    struct timing_blob rogue[N_SIDES];  /* guest/rogue.c, for each place */
    struct timing_blob init_loops;  /* the same, whose wasmio-init never ends */
    bool compiled;                  /* they are */
    void *runtime_memory;
    uint32_t runtime_bytes;
    struct timing_side sides[N_SIDES];
    uint32_t module_bytes;
    uint32_t arena_bytes;
    uint32_t trace_entries;
    uint32_t lock_limit_ticks;      /* max-lock-us of the board's policy */
    uint32_t stretch;               /* of all distances: where overheads are
                                       large nothing is admitted that comes
                                       more often */
    void (*put)(const char *text, uint32_t len);
    /* False when the hardware merged it with one that was pending. */
    bool (*edge)(uint32_t side);
    void (*pass_time)(void);        /* NULL: it passes by itself */
    void (*end)(int code);          /* does not return */
};

/* @what: "all", "storm", "random", or "without" and the name of a protection
 * in @which; @n_sets: how many random ones. Returns the exit code. */
int timing_run(const struct timing_platform *platform, const char *what,
               const char *which, uint32_t n_sets);

/* template.c */

struct timing {
    uint32_t handler[3];            /* budget, deadline, least distance, us */
    uint32_t main[3];               /* budget, deadline, period, us */
};

struct timing_container {
    struct timing_blob wasm;
    const char *model;
    char handler;                   /* which, '0' to '9' */
    char main;
    struct timing timing;
};

/* Writes what the container chooses into a copy of the template: false, with
 * what was not found once in *@missing, when it is not the template. */
bool timing_fill(uint8_t *module, uint32_t size,
                 const struct timing_container *from, const char **missing);

/* compiled.c */

/* Where in a container the configuration may begin: behind native code. */
uint32_t timing_begin(const struct timing_blob *container);
/* Makes the checksums of a compiled one fit that was changed from @begin on;
 * false when that is not found once. */
bool timing_sign(uint8_t *module, const struct timing_blob *from,
                 uint32_t begin);

/* without.c */

/* The port with one protection less: throttle, budget, lock-limit, ceiling or
 * levels. False when there is no such one. */
bool timing_without(struct wio_port *port, const char *name,
                    uint32_t lock_limit_ticks);

/* print.c */

struct timing_reader {
    uint32_t next;
    uint32_t crc;
    uint32_t n;
    uint32_t lost;
};

void timing_put(const struct timing_platform *platform, const char *text);
/* A blank and a decimal number. */
void timing_put_number(const struct timing_platform *platform, uint64_t value);
void timing_print_entities(const struct timing_platform *platform,
                           const struct wio_runtime *runtime,
                           const char *scenario);
void timing_print_trace(const struct timing_platform *platform,
                        const char *scenario,
                        const struct timing_reader *reader);
/* Reads what the trace has by now into a checksum. */
void timing_drain(const struct wio_runtime *runtime,
                  struct timing_reader *reader);

#endif
