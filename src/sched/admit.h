/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sched/admit.h - the admission test: does every accepted entity keep its
 * deadline, whatever the containers do?
 *
 * Response-time analysis for preemptive fixed priorities in integers, with
 * blocking and every overhead of the board; docs/reference/priority-model.md
 * has the equations (E1, E2, B) with their symbols and sources. Pure functions:
 * `wasmio check` computes offline what the runtime computes at load.
 *
 *   C~_i = C_i + entry_exit, and A_i + overrun for what is of a container: the
 *          host's own tasks are trusted and never cut off
 *   B_i  = the longest lock or transfer on a shared bus whose ceiling reaches
 *          i, and interrupts kept out by the host
 *   I(w) = sum over all j of ceil((w + J_j) / T_j) a_j, what runs above all
 *          levels: a_j = stub + timer for a handler, timer for a task, twice
 *          that for a main; and sum over all streams s of
 *          (ceil(w / T_s) + n_s) a_s, the interrupts of requests: n_s may have
 *          begun before and be under way
 *   w_i  = B_i + C~_i + I(w_i) + F_i + sum over more urgent j of
 *          ceil((w_i + J_j) / T_j) C~_j;  R_i = J_i + w_i
 *   F_i  = fault for each other container that has something more urgent, and
 *          for each that serves i or something more urgent
 *   A_i  = I(R_i) + sum over more urgent j of ceil((R_i + J_j) / T_j) stub,
 *          and twice that for what is served by another container
 *
 * Stubs and the timer run above all levels, also those of less urgent
 * entities: they are interference for everyone. The allowance of an entity is
 * what of that may fall into one activation of its own within R_i; it is added
 * to the budget that is counted down.
 *
 * All times in ns, 64 bits, all sums checked: what cannot be computed is
 * refused.
 */
#ifndef WIO_SCHED_ADMIT_H
#define WIO_SCHED_ADMIT_H

#include <stdbool.h>
#include <stdint.h>

#include <wio/err.h>

#define WIO_ADMIT_NONE 0xffu
#define WIO_ADMIT_MAX 16u

/* Overheads of a board, ns; boards/<b>/board.dts has them, bench/ measures
 * them. */
struct wio_admit_costs {
    uint32_t entry_exit_ns;        /* dispatch of an activation, both ways */
    uint32_t stub_ns;              /* first-level stub */
    uint32_t timer_ns;             /* one expiry of the timer */
    uint32_t overrun_ns;           /* the cut: from the budget's end in guest
                                      code until the activation's wrapper has
                                      control back */
    uint32_t irq_off_ns;           /* longest section with interrupts off, or
                                      with all levels kept out */
    uint32_t fault_ns;             /* on top of it: the host function that the
                                      budget's end may meet, which is not cut,
                                      and the work of a fault: once a
                                      container, which runs no more then */
};

struct wio_admit_entity {
    /* In. */
    uint8_t kind;                  /* enum wio_entity_kind (sched.h) */
    uint8_t group;                 /* container, 0: host */
    uint8_t pinned;                /* level it must have, or WIO_ADMIT_NONE */
    uint32_t buses;                /* bit i: it transfers on shared bus i */
    uint32_t served;               /* those of them that a container serves:
                                      its calls run in here */
    uint32_t serves;               /* that the container of this one serves */
    uint64_t c_ns;                 /* budget */
    uint64_t t_ns;                 /* period or least distance */
    uint64_t d_ns;                 /* deadline, <= t_ns */
    uint64_t jitter_ns;            /* of its release */
    uint64_t lock_ns;              /* longest lock it may hold; its ceiling is
                                      the most urgent handler of its group */
    uint64_t bus_ns;               /* longest transfer by anybody on these */
    /* Out. */
    uint8_t level;                 /* 0: most urgent */
    uint64_t cost_ns;              /* C~ */
    uint64_t blocking_ns;          /* B */
    uint64_t response_ns;          /* R; UINT64_MAX: beyond every bound */
    uint64_t allowance_ns;         /* for stubs and the timer, see above */
    uint8_t blocker;               /* entity behind B, or WIO_ADMIT_NONE: the
                                      host or nobody */
};

/* Requests of one need: what runs above all levels for them. */
struct wio_admit_stream {
    uint64_t t_ns;                 /* least distance of two beginnings */
    uint64_t each_ns;              /* all interrupts of one, from turn to end */
    uint32_t n_carried;            /* that may have begun before a window */
};

struct wio_admit_set {
    struct wio_admit_entity *entities;
    const struct wio_admit_stream *streams;
    uint32_t n_streams;
    uint32_t n;
    uint32_t n_levels;             /* the port's or the policy's fewer */
    uint32_t band_first;           /* most urgent level for containers */
    struct wio_admit_costs costs;
};

enum wio_admit_verdict {
    WIO_ADMIT_OK = 0,
    WIO_ADMIT_MISS,                /* *who does not meet its deadline */
    WIO_ADMIT_LEVELS,              /* more entities than levels; *who is the
                                      first without one */
    WIO_ADMIT_OVERLOAD,            /* utilisation above 1 */
    WIO_ADMIT_RANGE                /* a time of *who is 0 or too large */
};

/**
 * wio_admit_test - response times for the levels that the entities have
 * Every level has at most one entity. *@who: the most urgent that misses.
 */
enum wio_admit_verdict wio_admit_test(struct wio_admit_set *set,
                                      uint32_t *who);

/**
 * wio_admit_assign - levels, then the test
 * Deadline-monotonic first (pinned ones keep theirs; equal deadlines: the
 * order given); when that fails Audsley's search from the least urgent level
 * up. Entities of containers stay at @band_first or below it. With a verdict
 * other than OK the levels are those of deadline-monotonic order and *@who is
 * the most urgent entity that misses there.
 */
enum wio_admit_verdict wio_admit_assign(struct wio_admit_set *set,
                                        uint32_t *who);

/* Stubs and the timer in one activation; whoever is served has room for them
 * twice, in its own code and in the others'. */
static inline uint64_t
wio_admit_allowance_once(const struct wio_admit_entity *entity)
{
    return entity->served ? entity->allowance_ns / 2 : entity->allowance_ns;
}

/* Most time that @j takes from @i in a window of @window_ns, for tables: who
 * interferes. 0 when it does not. */
uint64_t wio_admit_interference(const struct wio_admit_set *set, uint32_t i,
                                uint32_t j, uint64_t window_ns);

/* Thousandths of the processor that all entities may take together. */
uint32_t wio_admit_utilisation(const struct wio_admit_set *set);

#endif
