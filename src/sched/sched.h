/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sched/sched.h - one priority space for tasks, mains and handlers
 *
 *   source --stub: stamp, count, mask--> pend --> slot of the handler --+
 *   timer: releases, unmasks ----------> pend --> slot of a main, task --+--> dispatch:
 *                                                                          budget on, run,
 *                                                                          budget off, account
 *
 * An interrupt is a job with budget C, least distance T and deadline D like
 * any other; it is not above all tasks. The stub is the only thing that runs
 * at the interrupt itself, in constant time, at most once per T: it masks its
 * source, which is unmasked after the handler has returned *and* T has passed
 * since the event was accepted.
 *
 * A budget is processor time of one activation; it stands still while the
 * entity is preempted. Stubs and the timer run on its account: the allowance
 * that the admission test adds for them is part of what is counted down
 * (budget_ticks). At its end `over` is called above all levels; the
 * activation ends at its next safepoint or is cut off by the port.
 *
 * This layer knows no WebAssembly and no container: an entity has a function.
 *
 * Context: each function says; "background" is what calls the runtime.
 * Nothing allocates; entities are the caller's and stay until removed.
 */
#ifndef WIO_SCHED_SCHED_H
#define WIO_SCHED_SCHED_H

#include <stdbool.h>
#include <stdint.h>

#include <wio/err.h>
#include <wio/port.h>

#include "sched/trace.h"

#define WIO_SCHED_MAX_ENTITIES 16u

enum wio_entity_kind {
    WIO_ENTITY_TASK = 1,           /* of the host */
    WIO_ENTITY_MAIN,
    WIO_ENTITY_HANDLER
};

/* Why an activation ended early; also what the fault policy sees. */
enum wio_overrun {
    WIO_OVERRUN_NONE = 0,
    WIO_OVERRUN_BUDGET,            /* C used up */
    WIO_OVERRUN_LOCK               /* a lock held longer than allowed */
};

struct wio_sched;

/*
 * A part of an activation with a countdown of its own: what runs for the
 * activation, on its account, but is not its owner's (a container that serves
 * another). The countdown ends inside what the activation has left, or the
 * section does not begin: so its end is never the activation's.
 */
struct wio_section {
    /* The caller's, set before wio_sched_begin_section(). */
    void (*over)(struct wio_section *section);  /* above all levels: stop it */

    /* The layer's; to be read only. */
    struct wio_section *outer;
    uint32_t ticks;                /* of its countdown */
    uint32_t left;                 /* the activation's, when it began */
    uint32_t lock_key;             /* of the activation's own lock */
    uint32_t lock_left;
    uint32_t lock_ticks;
    uint8_t lock_depth;
    volatile uint8_t overrun;      /* enum wio_overrun */
};

/* Counted since the entity was added. Written above or at its level, read from
 * the background: each word for itself. */
struct wio_entity_stats {
    uint32_t activations;
    uint32_t overruns;             /* ended by the budget or a lock's limit */
    uint32_t missed;               /* deadlines; also releases skipped */
    uint32_t max_response_ns;      /* from release, or from the edge */
    uint32_t max_run_ticks;        /* of budget_ticks used */
    uint64_t total_run_ticks;
};

struct wio_entity {
    /* The owner's, set before wio_sched_add(). */
    void (*run)(struct wio_entity *entity);   /* at its level */
    void (*over)(struct wio_entity *entity);  /* above all levels: stop it */
    void *arg;
    uint8_t kind;                  /* enum wio_entity_kind */
    uint8_t group;                 /* container's number 1.., 0: host */
    uint32_t budget_ticks;         /* C and the allowance */
    uint64_t period_ns;            /* T; of a task or main: its period */
    uint64_t deadline_ns;          /* D */
    uint8_t level;                 /* 0: most urgent */
    struct wio_port_direct *direct;   /* of a handler: where the port is to
                                         make its activations, or NULL; fn,
                                         done and the words for it set */

    /* The layer's; to be read only. */
    struct wio_sched *sched;
    struct wio_entity_stats stats;
    uint64_t release_ns;           /* of the activation that runs or waits */
    uint64_t next_ns;              /* next release; UINT64_MAX: none */
    struct wio_line *line;         /* of a handler; its event says what
                                      release_ns and busy say of others */
    uint64_t until_ns;             /* of a wait */
    uint8_t slot;
    uint8_t slot_level;            /* what the port was told */
    uint8_t overrun;               /* enum wio_overrun, of this activation */
    bool busy;                     /* released and not finished */
    bool suspended;                /* runs no more until resumed */
    bool waiting;                  /* wio_sched_wait() */
    bool woken;                    /* what ended the wait: true an event, false
                                      its time */
    struct wio_section *volatile section;     /* that it is in, or NULL */
    /* Lock. */
    uint8_t lock_depth;
    uint32_t lock_key;
    uint32_t lock_left;            /* budget when the lock was taken */
    uint32_t lock_ticks;           /* what was given for it */
};

/*
 * What becomes of events while the source is masked; as enum wio_overflow of
 * board/config.h.
 */
enum wio_line_overflow {
    WIO_LINE_COALESCE = 0,         /* one more activation, with their count */
    WIO_LINE_DROP_NEWEST = 1,      /* dropped, and counted */
    WIO_LINE_MASK = 2              /* as coalesce, but the source is unmasked
                                      only after wio_sched_line_ack() */
};

/*
 * An interrupt source and the handler it activates. Every event is counted in
 * exactly one of accepted, coalesced and dropped; those that only the hardware
 * saw while the source was masked are one coalesced or dropped event, and
 * `merged` counts how often that happened: so many may hide more than one.
 */
struct wio_line {
    /* n_accepted: each began an activation. n_new: for the next activation,
     * and bit 31: the hardware may have merged some. accepted_ns: of the last
     * one; begins T; its stamp. busy: accepted and not finished. */
    struct wio_port_event event;
    struct wio_entity *handler;
    uint64_t unmask_ns;            /* UINT64_MAX: not by time */
    uint32_t n_coalesced;          /* went into an activation's count */
    uint32_t n_dropped;
    uint32_t n_merged;
    uint32_t seen;                 /* the owner's: events that main was told */
    uint8_t source;
    uint8_t overflow;              /* enum wio_line_overflow */
    bool is_level;                 /* trigger; nothing is remembered then */
    bool is_raised;                /* by wio_sched_line_raise(), no interrupt
                                      of the port: these two stand for it */
    bool masked;
    uint32_t n_waiting;            /* raised while masked */
    bool enabled;                  /* by the guest */
    bool acknowledged;             /* overflow mask: irq.ack came */
    bool blocked;                  /* by a fault: stays masked */
};

#define WIO_LINE_AT_LEAST 0x80000000u      /* in n_new */

/* What a handler is told. */
struct wio_line_events {
    uint32_t count;                /* >= 1, saturates at 0x7fffffff */
    bool at_least;                 /* the hardware may have merged some */
    uint64_t stamp_ns;             /* of the first */
};

/* A function at a time: above all levels, once a setting. */
struct wio_alarm {
    void (*fn)(void *arg);         /* the owner's, set before use */
    void *arg;
    uint64_t at_ns;                /* the layer's */
    struct wio_alarm *next;
    bool armed;
};

struct wio_sched {
    const struct wio_port *port;
    const struct wio_port_sched_ops *ops;  /* of the port, and its context: */
    void *ctx;                             /* on every interrupt's way */
    struct wio_entity *volatile current;   /* what runs; NULL: background */
    struct wio_entity *entities[WIO_SCHED_MAX_ENTITIES];   /* by slot */
    struct wio_line *lines[WIO_SCHED_MAX_ENTITIES];        /* by source */
    struct wio_alarm *alarms;      /* those that are set */
    uint64_t timer_ns;             /* what timer_set() was told last */
    uint32_t lock_limit_ticks;     /* longest lock of a container */
    uint32_t n_slots;              /* highest one in use, and one */
    uint32_t n_sources;
    struct wio_trace trace;
};

/**
 * wio_sched_start - take the port's timer and budget
 * @lock_limit_us: longest time a container may hold its lock
 * @entries:       the ring; @n_entries a power of two, or 0: no trace
 * Background, once.
 */
void wio_sched_start(struct wio_sched *sched, const struct wio_port *port,
                     uint32_t lock_limit_us, struct wio_trace_entry *entries,
                     uint32_t n_entries);

/* Microseconds as ticks of the port, rounded up; the port's longest when it
 * is more. */
uint32_t wio_sched_ticks(const struct wio_sched *sched, uint64_t ns);

/* -- Entities (background) ----------------------------------------------------- */

/* WIO_ERR_LIMIT when no slot is free. A task or main has its first release at
 * @first_ns (UINT64_MAX: when wio_sched_release says so). */
WIO_MUST_CHECK
int wio_sched_add(struct wio_sched *sched, struct wio_entity *entity,
                  uint64_t first_ns);
void wio_sched_remove(struct wio_sched *sched, struct wio_entity *entity);

/* All levels at once, taken from entity->level; nothing is active, and nothing
 * begins: between wio_sched_enter(sched, 0) and wio_sched_leave(), or two that
 * are half way would share a level. */
void wio_sched_set_levels(struct wio_sched *sched);

/* Entities with `direct`, after a change of the trace or of a budget: the port
 * makes their activations as long as nobody traces. */
void wio_sched_set_direct(struct wio_sched *sched);

/* The end of an activation that the port has made: from its `done`. */
void wio_sched_end_direct(struct wio_entity *entity, struct wio_entity *below,
                          uint32_t below_left);

/* The port has cut @entity, which runs, off: its budget is over. */
void wio_sched_was_cut(struct wio_entity *entity);

/* When it was released last, and whether that is not finished. */
uint64_t wio_sched_released_ns(const struct wio_entity *entity);
bool wio_sched_is_busy(const struct wio_entity *entity);

/* Runs no more (any context; its own activation goes on to its end), and
 * again: the first release at @first_ns. */
void wio_sched_suspend(struct wio_entity *entity);
void wio_sched_resume(struct wio_entity *entity, uint64_t first_ns);

/* An activation that ended without doing its work is made up for: its release
 * counts as skipped, there is one now and the next a period later, so that no
 * two are nearer than the admission test assumes. */
void wio_sched_again(struct wio_entity *entity);

/* The background runs guest code itself (start functions, operations), below
 * all levels: entity->run within its budget_ticks, by an entity that was not
 * added (run, over, arg, kind, group, budget_ticks set; the rest 0). Returns
 * how it ended. */
enum wio_overrun wio_sched_background(struct wio_sched *sched,
                                      struct wio_entity *entity);

/* -- Alarms -------------------------------------------------------------------- */

/* Both above all levels or with interrupts kept out. Setting replaces what was
 * set before. */
void wio_sched_alarm_set(struct wio_sched *sched, struct wio_alarm *alarm,
                         uint64_t at_ns);
void wio_sched_alarm_clear(struct wio_sched *sched, struct wio_alarm *alarm);

/* -- Lines --------------------------------------------------------------------- */

/* Background. The line begins disabled (masked). WIO_ERR_LIMIT, or what the
 * port's source_open says. */
WIO_MUST_CHECK
int wio_sched_line_open(struct wio_sched *sched, struct wio_line *line,
                        const struct wio_source_info *info);
/* One event at a line with is_raised, as an edge is at others. Above all levels
 * or with interrupts kept out. */
void wio_sched_line_raise(struct wio_sched *sched, struct wio_line *line);
void wio_sched_line_close(struct wio_sched *sched, struct wio_line *line);

/* Any context. Disabling masks; events while disabled are dropped when it is
 * enabled again, and counted. */
void wio_sched_line_enable(struct wio_sched *sched, struct wio_line *line);
void wio_sched_line_disable(struct wio_sched *sched, struct wio_line *line);
/* Drops the edge that the hardware remembers, counted as dropped; with overflow
 * `mask` lets the source be unmasked. True when there was an edge. */
bool wio_sched_line_ack(struct wio_sched *sched, struct wio_line *line);
/* By a fault: masked for good. Any context. */
void wio_sched_line_block(struct wio_sched *sched, struct wio_line *line);

/* From the handler's run(): what it is activated for. */
struct wio_line_events wio_sched_line_take(struct wio_sched *sched,
                                           struct wio_line *line);

/* Something that has a level runs, not the background: it must not wait for
 * what the budget does not bound. */
static inline bool
wio_sched_is_at_level(const struct wio_sched *sched)
{
    return sched->current && sched->current->slot < WIO_SCHED_MAX_ENTITIES;
}

/* -- From an activation --------------------------------------------------------- */

/* A ceiling lock: nothing of @level or less urgent begins until unlock, for at
 * most the lock's limit. Nests (255). WIO_ERR_LIMIT beyond. */
int wio_sched_lock(struct wio_sched *sched, uint32_t level);
/* WIO_ERR_INVALID_ARGUMENT when nothing is locked. */
int wio_sched_unlock(struct wio_sched *sched);

/* A short section of the host's own (a shared controller): as lock, without a
 * limit of its own. Returns a key for leave. Also from the background. */
uint32_t wio_sched_enter(struct wio_sched *sched, uint32_t level);
void wio_sched_leave(struct wio_sched *sched, uint32_t key);

/**
 * wio_sched_begin_section - @ns for @section, taken from what runs
 * A lock that is held stays held, but is not the section's to release. False,
 * and nothing has changed: what runs has less left.
 */
WIO_MUST_CHECK
bool wio_sched_begin_section(struct wio_sched *sched,
                             struct wio_section *section, uint64_t ns);
/* Releases a lock that was taken inside, and charges what was used. */
void wio_sched_end_section(struct wio_sched *sched,
                           struct wio_section *section);

/* What runs, the section or else the activation, has used up its time. */
static inline bool
wio_sched_is_over(const struct wio_sched *sched)
{
    const struct wio_entity *entity = sched->current;

    return entity && (entity->section
                          ? entity->section->overrun != WIO_OVERRUN_NONE
                          : entity->overrun != WIO_OVERRUN_NONE);
}

/* Processor time the running activation still has, ns, under a lock what the
 * lock has if that is less; UINT64_MAX in the background without one. */
uint64_t wio_sched_left_ns(const struct wio_sched *sched);

/*
 * The running main ends this activation and is released again by
 * wio_sched_wake(), or at @until_ns, but not before a period after its last
 * release. Its `run` sees entity->woken then.
 */
void wio_sched_wait(struct wio_sched *sched, uint64_t until_ns);
/* Any context: an event for a main that waits; false when it does not wait. */
bool wio_sched_wake(struct wio_entity *entity);

#endif
