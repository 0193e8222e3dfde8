/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/run.c - activations within their budgets, and faults
 *
 * main is released first at the end of its load and then every period, counted
 * from that moment. A release that was not served before the next one is
 * skipped and counted as missed; releases never pile up, and the phase stays.
 */
#include <stdatomic.h>

#include "runtime/internal.h"

/* -- Activations ----------------------------------------------------------- */

static uint32_t
steps_of(const struct wio_runtime *runtime, uint32_t budget_us)
{
    uint64_t n = (uint64_t)budget_us * runtime->board.policy.steps_per_us;

    if (n == 0) {
        return 1;
    }
    return n < WIO_STEPS_MAX ? (uint32_t)n : WIO_STEPS_MAX;
}

static void
stop(void *arg)
{
    wio_engine_stop(arg);
}

static bool
is_over_budget(const struct wio_trap *trap)
{
    return trap->cause == WIO_TRAP_STEPS || trap->cause == WIO_TRAP_STOPPED ||
           (trap->cause == WIO_TRAP_HOST &&
            trap->code == WIO_ERR_OUT_OF_BUDGET);
}

int
wio_runtime_activate_(struct wio_runtime *runtime,
                      struct wio_container *container,
                      const struct wio_activation *activation,
                      struct wio_trap *trap)
{
    const struct wio_port *port = runtime->port;
    uint64_t budget_ns = (uint64_t)activation->budget_us *
                         (10u * WIO_ALARM_PERCENT);
    int err;

    if (runtime->has_levels) {
        return wio_runtime_activate_below_(runtime, container, activation,
                                           trap);
    }
    *trap = (struct wio_trap){ .cause = WIO_TRAP_NONE };
    runtime->active = true;
    container->bind.budget_end_ns = wio_runtime_now_ns_(runtime) + budget_ns;
    wio_engine_set_steps(container->exec,
                         steps_of(runtime, activation->budget_us));
    if (port->core->alarm_set) {
        port->core->alarm_set(port->ctx, budget_ns, stop, container->exec);
    }
    if (activation->func.instance) {
        err = wio_engine_call(container->exec, &activation->func,
                              activation->args, activation->n_args,
                              activation->results, trap);
    } else {
        err = wio_engine_start(container->exec, container->instance, trap);
    }
    if (port->core->alarm_clear) {
        port->core->alarm_clear(port->ctx);
    }
    runtime->active = false;
    if (err == WIO_ERR_TRAPPED && is_over_budget(trap)) {
        return WIO_ERR_OUT_OF_BUDGET;
    }
    return err;
}

/* -- Mains ----------------------------------------------------------------- */

static uint64_t
period_ns(const struct wio_container *container)
{
    return (uint64_t)container->config.main.period_us * 1000;
}

static void
run_main(struct wio_runtime *runtime, struct wio_container *container,
         uint64_t now)
{
    const struct wio_activation activation = {
        .func = container->main,
        .budget_us = container->config.main.budget_us,
    };
    uint64_t skipped = (now - container->due_ns) / period_ns(container);
    struct wio_trap trap;
    int err;

    container->missed += (uint32_t)skipped;
    container->due_ns += (skipped + 1) * period_ns(container);
    container->activations++;
    err = wio_runtime_activate_(runtime, container, &activation, &trap);
    if (err) {
        wio_runtime_fault_(runtime, container, err, WIO_FAULT_TRAP,
                           WIO_PLAN_MAIN, &trap);
        wio_runtime_tell_(runtime, container);
    }
}

static bool
has_main(const struct wio_container *container)
{
    return container->state == WIO_STATE_RUNNING && container->main.instance;
}

/* The due container of the least period that this pass has not run yet. */
static struct wio_container *
most_urgent(const struct wio_runtime *runtime, uint64_t now)
{
    struct wio_container *found = NULL;

    for (uint32_t i = 0; i < runtime->n_containers; i++) {
        struct wio_container *container = runtime->containers[i];

        if (has_main(container) && container->pass != runtime->pass &&
            container->due_ns <= now &&
            (!found || container->config.main.period_us <
                           found->config.main.period_us)) {
            found = container;
        }
    }
    return found;
}

uint64_t
wio_runtime_run(struct wio_runtime *runtime)
{
    uint64_t next_ns = UINT64_MAX;
    uint64_t now = wio_runtime_now_ns_(runtime);
    struct wio_container *container;

    if (runtime->has_levels) {
        for (uint32_t i = 0; i < runtime->n_containers; i++) {
            wio_runtime_tell_(runtime, runtime->containers[i]);
        }
        return next_ns;
    }
    if (runtime->active) {
        return next_ns;
    }
    runtime->pass++;
    while ((container = most_urgent(runtime, now)) != NULL) {
        container->pass = runtime->pass;
        run_main(runtime, container, now);
        now = wio_runtime_now_ns_(runtime);
    }
    for (uint32_t i = 0; i < runtime->n_containers; i++) {
        container = runtime->containers[i];
        if (has_main(container)) {
            uint64_t in_ns = container->due_ns > now
                                 ? container->due_ns - now
                                 : 0;

            next_ns = in_ns < next_ns ? in_ns : next_ns;
        }
    }
    return next_ns;
}

/* -- Operations ------------------------------------------------------------ */

/* Slots of a list of values; UINT32_MAX when one is a reference, which has no
 * meaning outside. */
static uint32_t
slots_of(struct wio_span types)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < types.len; i++) {
        switch (types.bytes[i]) {
        case WIO_TYPE_I32:
        case WIO_TYPE_F32:
            n += 1;
            break;
        case WIO_TYPE_I64:
        case WIO_TYPE_F64:
            n += 2;
            break;
        default:
            return UINT32_MAX;
        }
    }
    return n;
}

/* A main in irq.wait keeps its stack. */
static bool
is_waiting(const struct wio_container *container)
{
    return container->bind.main && container->jobs[0].waits;
}

/* Main and operations share a stack: one that is released meanwhile runs when
 * the operation has ended. WIO_ERR_BUSY: it does not begin. */
static int
operate(struct wio_runtime *runtime, struct wio_container *container,
        const struct wio_activation *activation, struct wio_trap *trap)
{
    const struct wio_port *port = runtime->port;
    uint32_t key;
    int err;

    container->operating = true;
    /* Until here main may have begun to wait, or have been faulted. */
    atomic_signal_fence(memory_order_seq_cst);
    err = container->state != WIO_STATE_RUNNING || is_waiting(container)
              ? (int)WIO_ERR_BUSY
              : wio_runtime_activate_(runtime, container, activation, trap);
    /* Nothing between, or main could be released twice. */
    key = port->core->irq_save(port->ctx);
    container->operating = false;
    if (container->deferred) {
        container->deferred = false;
        wio_sched_again(&container->jobs[0].entity);
    }
    port->core->irq_restore(port->ctx, key);
    return err;
}

static int
refuse_operation(const struct wio_runtime *runtime,
                 const struct wio_container *container,
                 struct wio_report *report)
{
    return wio_report_fail(report, WIO_ERR_BUSY,
                           "%S does not take operations now: it is %s",
                           &container->config.model,
                           container->state != WIO_STATE_RUNNING
                               ? "faulted"
                               : runtime->active ? "running one"
                                                 : "in irq.wait");
}

int
wio_runtime_call(struct wio_runtime *runtime, wio_container_id id,
                 const char *export_name, const uint32_t *args,
                 uint32_t n_args, uint32_t *results, uint32_t max_results,
                 uint32_t *n_results, struct wio_report *report)
{
    struct wio_container *container = wio_runtime_find_(runtime, id);
    struct wio_activation activation = {
        .args = args,
        .n_args = n_args,
        .results = results,
        .budget_us = runtime->board.policy.operation_budget_us,
    };
    struct wio_extern found;
    struct wio_func_type type;
    struct wio_trap trap;
    uint32_t n;
    int err;

    if (!container) {
        return wio_report_fail(report, WIO_ERR_BAD_HANDLE,
                               "there is no container %u", id);
    }
    if (container->state != WIO_STATE_RUNNING || runtime->active ||
        is_waiting(container)) {
        return refuse_operation(runtime, container, report);
    }
    if (!wio_engine_find(container->instance, export_name, &found) ||
        found.kind != WIO_EXTERN_FUNC || !found.func.instance) {
        return wio_report_fail(report, WIO_ERR_NO_EXPORT,
                               "%S exports no function %s",
                               &container->config.model, export_name);
    }
    type = wio_engine_func_type(found.func);
    n = slots_of(type.results);
    if (slots_of(type.params) != n_args || n > max_results) {
        return wio_report_fail(report, WIO_ERR_INVALID_ARGUMENT,
                               "%s of %S takes other arguments, or gives more "
                               "results than there is room for", export_name,
                               &container->config.model);
    }
    activation.func = found.func;
    err = operate(runtime, container, &activation, &trap);
    if (err == WIO_ERR_BUSY) {
        return refuse_operation(runtime, container, report);
    }
    if (err) {
        wio_runtime_fault_(runtime, container, err, WIO_FAULT_TRAP,
                           WIO_PLAN_MAIN, &trap);
        wio_runtime_tell_(runtime, container);
        return wio_runtime_report_trap_(report, err, container, &trap);
    }
    *n_results = n;
    return 0;
}
