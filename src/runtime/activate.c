/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/activate.c - guest code at its level
 *
 *   sched: dispatch --> run_main, run_handler --> engine call, guarded where
 *                            |                     the port can cut it off
 *                            +--> what came of it: fine, overrun, fault
 *
 * A handler enters its instance at whatever instruction the main stands: it
 * has an execution context and a part of the shadow stack of its own, and ends
 * before main goes on. On ports with virtual time the guest's steps are the
 * clock: the engine pauses where the next thing is due, and steps are told
 * before the port looks at its clock.
 */
#include "runtime/service.h"

#define CANARY 0x5afec0deu

/* -- Virtual time ---------------------------------------------------------------- */

static void
plan_pause(struct wio_runtime *runtime, struct wio_guest *guest)
{
    const struct wio_port *port = runtime->port;
    uint64_t ns = port->sched->virtual_next(port->ctx);
    uint64_t steps = ns / runtime->ns_per_step +
                     (ns % runtime->ns_per_step != 0);

    if (ns != UINT64_MAX && steps < WIO_STEPS_MAX) {
        wio_engine_pause_after(guest->exec, (uint32_t)steps);
    }
}

/* Tells the port what the guest that runs has executed. */
static void
sync_time(void *arg)
{
    struct wio_runtime *runtime = arg;
    const struct wio_port *port = runtime->port;
    struct wio_guest *guest = runtime->guest;
    uint32_t made;

    if (!guest) {
        return;
    }
    made = guest->accounted - wio_engine_steps_left(guest->exec);
    guest->accounted -= made;
    if (made > 0) {
        port->sched->virtual_advance(port->ctx,
                                     (uint64_t)made * runtime->ns_per_step);
    }
    plan_pause(runtime, guest);
}

/* A main that goes on after irq.wait, or a call from the background. */
__attribute__((noinline)) static int
call_otherwise(struct wio_job *job)
{
    const struct wio_activation *activation = job->activation;

    if (!activation) {
        uint32_t result = wio_bind_end_wait(&job->container->bind);

        job->waits = false;
        return wio_engine_resume(job->exec, result, NULL, &job->trap);
    }
    if (activation->func.instance) {
        return wio_engine_call(job->exec, &activation->func, activation->args,
                               activation->n_args, activation->results,
                               &job->trap);
    }
    return wio_engine_start(job->exec, job->container->instance, &job->trap);
}

static inline int
call(struct wio_job *job)
{
    if (job->waits) {
        return call_otherwise(job);
    }
    return wio_engine_call(job->exec, &job->func, job->args,
                           job->func.param_slots, NULL, &job->trap);
}

static bool
call_virtually(void *ctx, void (*fn)(void *arg), void *arg)
{
    struct wio_job *job = arg;
    struct wio_runtime *runtime = (struct wio_runtime *)job->entity.arg;
    const struct wio_port *port = runtime->port;
    struct wio_guest guest = {
        .below = runtime->guest,
        .exec = job->exec,
        .accounted = WIO_STEPS_MAX,
    };

    /* A host function of the guest below calls another container. */
    sync_time(runtime);
    runtime->guest = &guest;
    port->sched->virtual_sync(ctx, sync_time, runtime);
    wio_engine_on_pause(job->exec, sync_time, runtime);
    plan_pause(runtime, &guest);
    fn(job);
    sync_time(runtime);
    runtime->guest = guest.below;
    if (guest.below) {
        plan_pause(runtime, guest.below);
    }
    return true;
}

/* -- Calls ------------------------------------------------------------------------ */

static struct wio_runtime *
runtime_of(const struct wio_job *job)
{
    return (struct wio_runtime *)job->entity.arg;
}

static void
make_call(void *arg)
{
    struct wio_job *job = arg;

    job->err = call(job);
}

static void
enter_prepared(void *arg)
{
    struct wio_job *job = arg;

    job->err = wio_engine_call(job->exec, &job->func, NULL, WIO_PREPARED, NULL,
                               &job->trap);
}

static void
enter_native(void *arg)
{
    struct wio_job *job = arg;

    job->err = wio_engine_enter(job->exec, &job->trap);
}

static bool
call_unguarded(void *ctx, void (*fn)(void *arg), void *arg)
{
    (void)ctx;
    fn(arg);
    return true;
}

void
wio_runtime_choose_calls_(struct wio_runtime *runtime)
{
    const struct wio_port_sched_ops *ops = runtime->port->sched;

    runtime->guarded = runtime->ns_per_step != 0 ? call_virtually
                       : ops->guarded            ? ops->guarded
                                                 : call_unguarded;
}

static void
was_cut_off(struct wio_job *job, struct wio_exec *outer)
{
    /* A service has no entity: it was in a section of the one that runs. */
    wio_sched_was_cut(job->entity.sched ? &job->entity
                                        : runtime_of(job)->sched.current);
    wio_engine_abandon(job->exec, job->container->instance, outer);
    job->trap = (struct wio_trap){ .cause = WIO_TRAP_STOPPED };
    job->err = WIO_ERR_OUT_OF_BUDGET;
}

/* Tells what ended for want of time or steps from a fault of its own. */
static void
settle(struct wio_job *job)
{
    if (job->err == WIO_ERR_INVALID_ARGUMENT) {
        job->trap.cause = WIO_TRAP_NONE;     /* it never began */
    } else if (job->err == WIO_ERR_TRAPPED &&
               (job->trap.cause == WIO_TRAP_STOPPED ||
                job->trap.cause == WIO_TRAP_STEPS ||
                (job->trap.cause == WIO_TRAP_HOST &&
                 job->trap.code == WIO_ERR_OUT_OF_BUDGET))) {
        job->err = WIO_ERR_OUT_OF_BUDGET;
    }
}

/* job->err: WIO_ERR_OUT_OF_BUDGET when it was cut off or stopped. */
static inline void
call_guest(struct wio_job *job, void (*enter)(void *arg))
{
    struct wio_runtime *runtime = runtime_of(job);
    struct wio_exec *outer = job->container->instance->exec;

    wio_engine_set_steps(job->exec, WIO_STEPS_MAX);
    if (!runtime->guarded(runtime->sched.ctx, enter, job)) {
        was_cut_off(job, outer);
    }
    if (job->err != 0) {
        settle(job);
    }
}

void
wio_runtime_over_(struct wio_entity *entity)
{
    wio_engine_stop(((struct wio_job *)(void *)entity)->exec);
}

/* -- What came of it -------------------------------------------------------------- */

static void
judge(struct wio_job *job)
{
    struct wio_runtime *runtime = runtime_of(job);
    enum wio_fault_kind kind = WIO_FAULT_TRAP;

    if (job->container->unsettled) {
        wio_runtime_settle_(job->container);
    }
    if (job->err == 0) {
        job->overruns_in_a_row = 0;
        return;
    }
    if (job->err == WIO_ENGINE_SUSPENDED) {
        job->waits = true;
        return;
    }
    if (job->need == WIO_PLAN_MAIN) {
        /* Ended on the way into irq.wait, it does not wait. */
        job->entity.waiting = false;
        job->container->bind.waits_for = NULL;
    }
    if (job->err == WIO_ERR_OUT_OF_BUDGET) {
        if (job->overruns_in_a_row++ < runtime->board.policy.overruns_allowed) {
            return;                          /* this activation is skipped */
        }
        kind = job->entity.overrun == WIO_OVERRUN_LOCK ? WIO_FAULT_LOCK
                                                       : WIO_FAULT_TRAP;
    }
    wio_runtime_fault_(runtime, job->container, job->err, kind, job->need,
                       &job->trap);
}

void
wio_runtime_run_main_(struct wio_entity *entity)
{
    struct wio_job *job = (struct wio_job *)(void *)entity;
    struct wio_container *container = job->container;

    if (container->operating) {
        container->deferred = true;          /* the same stack is in use */
        return;
    }
    container->activations++;
    call_guest(job, job->enter);
    judge(job);
}

static void
set_canary(const struct wio_job *job)
{
    uint8_t *at = wio_guest_range(job->container->instance,
                                  job->stack_bottom, 4);
    const uint32_t canary = CANARY;

    if (job->stack_top != 0 && at) {
        __builtin_memcpy(at, &canary, 4);
    }
}

static bool
canary_lives(const struct wio_job *job)
{
    const uint8_t *at = wio_guest_range(job->container->instance,
                                        job->stack_bottom, 4);
    uint32_t canary = CANARY;

    if (job->stack_top != 0 && at) {
        __builtin_memcpy(&canary, at, 4);
    }
    return canary == CANARY;
}

__attribute__((noinline)) static void
left_its_region(struct wio_job *job)
{
    const struct wio_trap none = { .cause = WIO_TRAP_NONE };

    set_canary(job);
    if (job->container->state == WIO_STATE_RUNNING) {
        wio_runtime_fault_(runtime_of(job), job->container, WIO_ERR_TRAPPED,
                           WIO_FAULT_SHADOW_STACK, job->need, &none);
    }
}

void
wio_runtime_call_apart_(struct wio_job *job, void (*enter)(void *arg))
{
    uint32_t *word = job->stack_pointer;
    uint32_t sp = *word;

    *word = job->stack_top;
    call_guest(job, enter);
    *word = sp;
    if (!canary_lives(job)) {
        left_its_region(job);
    }
}

/* Behind every activation of a handler. */
static void
ended(struct wio_job *job)
{
    struct wio_container *container = job->container;

    judge(job);
    if (!canary_lives(job)) {
        left_its_region(job);
    }
    if (container->bind.waits_for == &job->line) {
        (void)wio_sched_wake(container->bind.main);
    }
}

void
wio_runtime_run_handler_(struct wio_entity *entity)
{
    struct wio_job *job = (struct wio_job *)(void *)entity;
    uint32_t sp = *job->stack_pointer;
    uint32_t *args = job->args;

    args[0] = job->line.event.n_new;
    args[1] = (uint32_t)job->line.event.accepted_ns;
    args[2] = (uint32_t)(job->line.event.accepted_ns >> 32);
    job->line.event.n_new = 0;
    *job->stack_pointer = job->stack_top;
    call_guest(job, job->enter);
    *job->stack_pointer = sp;
    ended(job);
}

/* -- Handlers whose activations the port makes -------------------------------------- */

static inline void
take_event(struct wio_job *job, uint32_t n, uint32_t low, uint32_t high)
{
    uint32_t *args = job->args;

    args[0] = n;
    args[1] = low;
    args[2] = high;
    wio_engine_set_steps(job->exec, WIO_STEPS_MAX);
}

static void
enter_direct(uint32_t n, uint32_t low, uint32_t high, void *self)
{
    struct wio_job *job = self;

    take_event(job, n, low, high);
    job->enter(job);
}

/* The same of the usual one, without a call in between. */
static void
enter_direct_prepared(uint32_t n, uint32_t low, uint32_t high, void *self)
{
    struct wio_job *job = self;

    take_event(job, n, low, high);
    enter_prepared(job);
}

static void
done_direct(void *self, void *below, uint32_t below_left, bool was_cut)
{
    struct wio_job *job = self;

    if (was_cut) {
        was_cut_off(job, job->container->instance->exec);
    }
    if (job->err != 0) {
        settle(job);
    }
    ended(job);
    wio_sched_end_direct(&job->entity, below, below_left);
}

/* A compiled main that never waits is entered as a handler is; else each call
 * finds out whether it goes on. */
void
wio_runtime_prepare_main_(struct wio_job *job)
{
    job->args = job->own_args;
    job->enter = wio_engine_is_native(&job->func) &&
                         !wio_engine_may_wait(&job->func) &&
                         wio_engine_prepare(job->exec, &job->func)
                     ? enter_native
                     : make_call;
}

static void
done_native(void *self, void *below, uint32_t below_left, bool was_cut)
{
    struct wio_job *job = self;
    struct wio_instance *instance = job->container->instance;

    job->err = wio_engine_left_handler(job->exec, instance, &job->trap);
    if (was_cut && !job->err) {
        was_cut_off(job, instance->exec);
    }
    if (job->err != 0) {
        settle(job);
    }
    ended(job);
    wio_sched_end_direct(&job->entity, below, below_left);
}

/* What the port needs to make the activations of @job itself. */
static void
prepare_direct(struct wio_job *job)
{
    struct wio_runtime *runtime = runtime_of(job);
    const struct wio_port *port = runtime->port;
    struct wio_instance *instance = job->container->instance;
    struct wio_native_handler native;

    job->direct = (struct wio_port_direct){
        .stack_pointer = job->stack_pointer,
        .stack_top = job->stack_top,
        .context = (uintptr_t *)(void *)&instance->exec,
        .own = (uintptr_t)job->exec,
        .n_new = &job->line.event.n_new,
        .fn = job->enter == enter_prepared ? enter_direct_prepared
                                           : enter_direct,
        .running = &job->nothing,
        .done = done_direct,
    };
    if (port->sched->unwind &&
        wio_engine_native_handler(job->exec, &job->func, port->sched->unwind,
                                  port->ctx, &native)) {
        job->direct.context = native.context;
        job->direct.room = native.room;
        job->direct.running = (uintptr_t *)(void *)&instance->exec;
        /* It takes no notice of the fourth argument, which is in a register. */
        job->direct.fn = (void (*)(uint32_t, uint32_t, uint32_t,
                                   void *))(void (*)(void))native.call;
        job->direct.done = done_native;
    }
    job->entity.direct = &job->direct;
}

void
wio_runtime_prepare_handler_(struct wio_job *job)
{
    job->args = wio_engine_prepare(job->exec, &job->func);
    job->enter = wio_engine_is_native(&job->func) ? enter_native
                                                  : enter_prepared;
    if (!job->args || job->func.param_slots != 3) {
        job->args = job->own_args;
        job->enter = make_call;
    }
    if (runtime_of(job)->has_levels) {
        prepare_direct(job);
    }
}

/* -- In the background ------------------------------------------------------------ */

static void
run_below(struct wio_entity *entity)
{
    call_guest((struct wio_job *)(void *)entity, make_call);
}

int
wio_runtime_activate_below_(struct wio_runtime *runtime,
                            struct wio_container *container,
                            const struct wio_activation *activation,
                            struct wio_trap *trap)
{
    struct wio_job job = {
        .entity = {
            .run = run_below,
            .over = wio_runtime_over_,
            .arg = runtime,
            .kind = WIO_ENTITY_MAIN,
            .group = (uint8_t)container->id,
            .budget_ticks = wio_sched_ticks(&runtime->sched,
                (uint64_t)activation->budget_us * 1000),
        },
        .container = container,
        .exec = container->exec,
        .activation = activation,
        .waits = true,                       /* rare, as is this way */
    };

    (void)wio_sched_background(&runtime->sched, &job.entity);
    if (container->unsettled) {
        wio_runtime_settle_(container);
    }
    *trap = job.trap;
    return job.err;
}

/* Bottoms of the handlers' stacks; when everything is in place. */
void
wio_runtime_arm_canaries_(struct wio_container *container)
{
    for (uint32_t i = 0; i < container->n_jobs; i++) {
        set_canary(&container->jobs[i]);
    }
    for (uint32_t i = 0; i < container->n_services; i++) {
        set_canary(&container->services[i].job);
    }
}
