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
#include "runtime/plan.h"
#include "sched/sched.h"

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

/* What the report says beside the code. */
enum wio_fault_kind {
    WIO_FAULT_TRAP = 0,            /* a trap, or a budget: see the code */
    WIO_FAULT_LOCK,                /* irq.mask held too long */
    WIO_FAULT_SHADOW_STACK         /* a handler left its region */
};

struct wio_fault {
    struct wio_trap trap;
    int32_t code;                  /* enum wio_err; 0: none so far */
    uint8_t kind;                  /* enum wio_fault_kind */
    uint8_t need;                  /* of the handler; WIO_PLAN_MAIN: main and
                                      others; WIO_PLAN_SERVICE */
    bool told;                     /* logged */
    uint64_t at_ns;
};

/* What the admission test computed for an entity. */
struct wio_computed {
    uint64_t cost_ns;
    uint64_t blocking_ns;
    uint64_t response_ns;
    uint64_t allowance_ns;         /* stubs and timer, once */
    uint32_t c_ns;
    uint32_t budget_ticks;         /* C and the allowance */
};

struct wio_activation {
    struct wio_func func;          /* instance NULL: the start function */
    const uint32_t *args;
    uint32_t n_args;
    uint32_t *results;
    uint32_t budget_us;
};

/*
 * What of a container runs by itself: its main or a handler. Each has an
 * execution context of its own.
 */
struct wio_job {
    struct wio_entity entity;      /* must be first */
    struct wio_container *container;
    struct wio_exec *exec;
    struct wio_func func;
    /* Handlers: the word of the shadow stack pointer and what it is to be. */
    uint32_t *stack_pointer;
    uint32_t stack_top;
    uint32_t stack_bottom;         /* guest address of the canary */
    uint32_t *args;                /* where the engine wants them, or own_ */
    uint32_t own_args[3];
    void (*enter)(void *arg);      /* of a handler: calls it */
    struct wio_line line;
    struct wio_port_direct direct; /* of a handler, for the port */
    uintptr_t nothing;             /* a word for it */
    struct wio_trap trap;
    struct wio_computed computed;
    uint32_t overruns_in_a_row;
    const struct wio_activation *activation;  /* of the background only */
    int err;                       /* of the last call */
    uint8_t need;                  /* WIO_PLAN_MAIN, WIO_PLAN_SERVICE */
    bool waits;                    /* in irq.wait, or @activation is set */
};

struct wio_host_task {
    struct wio_entity entity;      /* must be first */
    void (*fn)(void *arg);         /* NULL: not registered */
    void *arg;
    struct wio_computed computed;
};

/* Guest code that runs on a port with virtual time; a stack of them. */
struct wio_guest {
    struct wio_guest *below;
    struct wio_exec *exec;
    uint32_t accounted;            /* steps left when time was last told */
};

/* A bus that a container serves: what the others' calls go to. */
struct wio_served {
    struct wio_service *service;   /* NULL: nobody does now */
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
    struct wio_job *jobs;          /* with levels: main first, then handlers */
    uint32_t n_jobs;
    struct wio_service *services;  /* service.h: what it provides */
    uint32_t n_services;
    uint32_t stack_each;           /* bytes of shadow stack a handler has */
    void *native;                  /* the port's, of compiled code; or NULL */
    uint32_t no_stack;             /* stands for a missing stack pointer */
    bool operating;                /* the background calls an export */
    bool deferred;                 /* main was released meanwhile */
    bool unsettled;                /* faulted in the middle of an activation
                                      that the fault has interrupted */
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
    struct wio_engine_lock lock;   /* of the port's interrupts */
    struct wio_board board;
    struct wio_claims claims;
    struct wio_controller controllers[WIO_BOARD_MAX_CONTROLLERS];
    uint32_t present;              /* bit i: controller i has a driver */
    /* Where requests go on by themselves: of a UART writes, reads. */
    struct wio_bus *buses[WIO_BOARD_MAX_CONTROLLERS][2];
    struct wio_served served[WIO_BOARD_MAX_CONTROLLERS];
    struct wio_container **containers;   /* in the order of loading */
    uint32_t n_containers;
    uint32_t max_containers;
    wio_container_id last_id;
    uint32_t pass;
    bool active;                   /* a guest runs now */
    bool has_levels;               /* the port has; the rest is used then */
    struct wio_sched sched;
    struct wio_host_task tasks[WIO_BOARD_MAX_TASKS];
    struct wio_guest *guest;       /* virtual time: what runs */
    uint32_t ns_per_step;
    /* How guest code is called: the port's guarded, or what stands for it. */
    bool (*guarded)(void *ctx, void (*fn)(void *arg), void *arg);
};

struct wio_container *wio_runtime_find_(const struct wio_runtime *runtime,
                                        wio_container_id id);

static inline uint64_t
wio_runtime_now_ns_(const struct wio_runtime *runtime)
{
    return runtime->port->core->now_ns(runtime->port->ctx);
}

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

/* Into `faulted`: record, lines masked, nothing of it runs again, safe state,
 * points bad. At any level; told later. */
void wio_runtime_fault_(struct wio_runtime *runtime,
                        struct wio_container *container, int code,
                        enum wio_fault_kind kind, uint8_t need,
                        const struct wio_trap *trap);

/* At the end of an activation of one that is unsettled: once nothing of it is in
 * the middle any more, the safe state again, and its handles are void. */
void wio_runtime_settle_(struct wio_container *container);

/* Logs what has not been told. Background. */
void wio_runtime_tell_(struct wio_runtime *runtime,
                       struct wio_container *container);

/* The sentence of the last fault. Background. */
void wio_runtime_fault_text_(struct wio_container *container,
                             struct wio_report *report);

/* -- With levels (jobs.c, activate.c) -- */

/* Jobs of a container that has an instance; what does not fit is refused. */
WIO_MUST_CHECK
int wio_runtime_make_jobs_(struct wio_runtime *runtime,
                           struct wio_container *container,
                           struct wio_arena *arena,
                           struct wio_report *report);

/* Bytes of an exec of the container: frames of the interpreter, or of compiled
 * functions. (stack.c) */
uint32_t wio_runtime_stack_bytes_(const struct wio_runtime *runtime,
                                  const struct wio_container *container);

/* Whether the C stack holds everybody with @container, whose jobs are made. */
WIO_MUST_CHECK
int wio_runtime_check_stack_(struct wio_runtime *runtime,
                             const struct wio_container *container,
                             struct wio_report *report);

/* The admission test with @container, which may be NULL, beside all others. */
WIO_MUST_CHECK
int wio_runtime_plan_(struct wio_runtime *runtime,
                      struct wio_container *container, struct wio_plan *plan,
                      struct wio_report *report);

/* Levels, budgets and ceilings of everybody, as planned. @container: is being
 * loaded, or NULL. */
void wio_runtime_apply_plan_(struct wio_runtime *runtime,
                             const struct wio_plan *plan,
                             struct wio_container *container);

/* Opens lines, adds entities; all or nothing. */
WIO_MUST_CHECK
int wio_runtime_start_jobs_(struct wio_runtime *runtime,
                            struct wio_container *container,
                            struct wio_report *report);
/* Nothing of it runs any more. */
void wio_runtime_stop_jobs_(struct wio_runtime *runtime,
                            struct wio_container *container);

void wio_runtime_arm_canaries_(struct wio_container *container);

/* Once, when the port and its time are known; each handler's job, once. */
void wio_runtime_choose_calls_(struct wio_runtime *runtime);
void wio_runtime_prepare_handler_(struct wio_job *job);
void wio_runtime_prepare_main_(struct wio_job *job);

/* @enter(@job) calls it on its own part of the shadow stack, in whatever entity
 * runs; job->err as after a handler. A smashed stack is its fault. */
void wio_runtime_call_apart_(struct wio_job *job, void (*enter)(void *arg));

/* entity.run of jobs; entity.over of all guests. */
void wio_runtime_run_main_(struct wio_entity *entity);
void wio_runtime_run_handler_(struct wio_entity *entity);
void wio_runtime_over_(struct wio_entity *entity);

/* As wio_runtime_activate_, in the background of a port with levels. */
int wio_runtime_activate_below_(struct wio_runtime *runtime,
                                struct wio_container *container,
                                const struct wio_activation *activation,
                                struct wio_trap *trap);

/* One sentence about a trap, into a report. Returns @code. */
int wio_runtime_report_trap_(struct wio_report *report, int code,
                             const struct wio_container *container,
                             const struct wio_trap *trap);

#endif
