/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/diff/play.h - runs the programs of a random module, and what is seen
 *
 * Freestanding: the same code on a host and on a controller. A program gets a
 * fresh instance and is called with a few argument vectors, one after another;
 * then a fresh one again with a step budget that is too small, where steps
 * are counted. What can be seen of it ends up in two hashes.
 */
#ifndef WIO_TEST_DIFF_PLAY_H
#define WIO_TEST_DIFF_PLAY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/report.h"
#include "cap/mmio.h"
#include "diff/imports.h"
#include "engine/engine.h"

#define DIFF_N_CALLS 3u
#define DIFF_N_CAUSES 18u          /* of enum wio_trap_cause */

struct diff_record {
    /* Of each call the results (every NaN made canonical) or the trap's
     * cause; in the end memories, globals; in order the calls of the host
     * and their arguments. */
    uint64_t seen;
    /* Steps that each call took, and all of the above with a budget that is
     * too small; 0 where steps are not counted. */
    uint64_t steps;
    uint32_t n_calls;
    uint32_t causes[DIFF_N_CAUSES];    /* [0]: calls that returned */
};

struct diff_player {
    void *memory;                  /* 8-aligned, for everything */
    uint32_t memory_bytes;
    uint32_t stack_bytes;          /* of the interpreter's frames */
    bool counts;                   /* steps */
    /* Puts native code in the place of the bodies; NULL: the interpreter. */
    int (*attach)(struct wio_module *module, const void *image,
                  struct wio_report *report);
    const void *image;
    /* A line of what is seen, as it is; NULL: only hashes. */
    void (*tell)(void *ctx, const char *line);
    void *ctx;
};

/**
 * diff_play - programs @first to before @end of a module
 * @done: told each program's record
 *
 * Returns 0, or an enum wio_err with the sentence in @report: the module is
 * not what the generator promises.
 */
int diff_play(const struct diff_player *player, const uint8_t *bytes,
              uint32_t n_bytes, uint64_t seed, uint32_t first, uint32_t end,
              void (*done)(void *ctx, uint32_t program,
                           const struct diff_record *record),
              void *ctx, struct wio_report *report);

/* What play.c and host.c share: the `host` of an instance. */
struct diff_host {
    uint64_t log;                  /* of calls and their arguments */
    uint32_t n_calls;
    const struct diff_player *player;
    struct wio_func callback;
    uint32_t depth;                /* of callbacks */
    uint32_t n_waits;
    uint32_t answer;               /* of the last wait, to go on with */
    /* The memory "window": registers that are seen, of which some may only be
     * read or written, and that count what is read. */
    struct wio_memory window;
    uint32_t registers[DIFF_WINDOW_BYTES / 4];
    bool is_inline;                /* then these, and memory at DIFF_DEVICE */
    struct wio_mmio_window mmio;
};

const struct wio_host_func *diff_host_func(uint32_t i);
extern const struct wio_host_func diff_host_wait;      /* irq.wait */
void diff_host_init(struct diff_host *host, const struct diff_player *player);
/* The window's registers are memory; what they hold at first. */
WIO_MUST_CHECK
int diff_host_inline(struct diff_host *host, struct wio_arena *arena);

static inline uint64_t
diff_hash(uint64_t hash, uint64_t value)
{
    hash = (hash ^ value) * 0x9fb21c651e98df25u;
    return hash ^ hash >> 29;
}

#endif
