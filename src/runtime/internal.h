/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/internal.h - what the files of this layer share
 *
 * load.c checks, grants and instantiates; run.c activates within a budget and
 * handles faults; look.c answers questions. A container lies, with all that
 * belongs to it, in the one block of memory it was loaded into:
 *
 *     container | needs, points | module | rules, handles | instance | stack
 */
#ifndef WIO_RUNTIME_INTERNAL_H
#define WIO_RUNTIME_INTERNAL_H

#include <wio/runtime.h>

#include "base/arena.h"
#include "base/report.h"
#include "bind/bind.h"
#include "board/board.h"
#include "engine/engine.h"

/* Engine stack of a container that declares none, in bytes. */
#define WIO_STACK_DEFAULT 768u

/* Elements a table may have when it declares no less. */
#define WIO_TABLE_MAX 256u

/*
 * A budget is enforced twice. Steps (budget-us times the policy's
 * steps-per-us) end pure computation, the same at every run. The port's alarm
 * ends what steps cannot see, time on a bus above all, a quarter later than
 * the budget: steps-per-us is a calibration, and an activation that keeps it
 * must not be ended by the timer's resolution.
 */
#define WIO_ALARM_PERCENT 125u

struct wio_fault {
    struct wio_trap trap;
    int32_t code;                  /* enum wio_err; 0: none so far */
    uint64_t at_ns;
};

struct wio_container {
    struct wio_bind bind;          /* the `host` of the instance */
    struct wio_container_config config;
    struct wio_grant *grants;      /* one a need */
    struct wio_module *module;
    struct wio_instance *instance;
    struct wio_instance *in_store[1];
    struct wio_store store;
    struct wio_exec *exec;
    struct wio_func main;          /* instance NULL: there is none */
    uint64_t due_ns;               /* next release of main */
    struct wio_fault fault;
    wio_container_id id;
    uint32_t arena_bytes;
    uint32_t activations;
    uint32_t missed;
    uint32_t faults;
    uint32_t pass;                 /* of wio_runtime_run that ran it last */
    uint8_t state;                 /* enum wio_container_state */
};

struct wio_runtime {
    const struct wio_port *port;
    struct wio_board board;
    struct wio_claims claims;
    struct wio_controller controllers[WIO_BOARD_MAX_CONTROLLERS];
    uint32_t present;              /* bit i: controller i has a driver */
    struct wio_container **containers;   /* in the order of loading */
    uint32_t n_containers;
    uint32_t max_containers;
    wio_container_id last_id;
    uint32_t pass;
    bool active;                   /* a guest runs now */
};

struct wio_container *wio_runtime_find_(const struct wio_runtime *runtime,
                                        wio_container_id id);

static inline uint64_t
wio_runtime_now_ns_(const struct wio_runtime *runtime)
{
    return runtime->port->core->now_ns(runtime->port->ctx);
}

struct wio_activation {
    struct wio_func func;          /* instance NULL: the start function */
    const uint32_t *args;
    uint32_t n_args;
    uint32_t *results;
    uint32_t budget_us;
};

/**
 * wio_runtime_activate_ - run guest code within a budget
 * Returns 0, WIO_ERR_TRAPPED, WIO_ERR_OUT_OF_BUDGET, both with *@trap, or
 * WIO_ERR_INVALID_ARGUMENT.
 */
int wio_runtime_activate_(struct wio_runtime *runtime,
                          struct wio_container *container,
                          const struct wio_activation *activation,
                          struct wio_trap *trap);

/* Performs the declared safe-state writes; bounded by their number. */
void wio_runtime_make_safe_(struct wio_container *container);

/* Into `faulted`: record, safe state, points bad. */
void wio_runtime_fault_(struct wio_runtime *runtime,
                        struct wio_container *container, int code,
                        const struct wio_trap *trap);

/* One sentence about a trap, into a report. Returns @code. */
int wio_runtime_report_trap_(struct wio_report *report, int code,
                             const struct wio_container *container,
                             const struct wio_trap *trap);

#endif
