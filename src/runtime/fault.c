/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/fault.c - into the safe state at once, told later
 *
 * A fault happens at the level of whoever caused it. What must be done then
 * is bounded: one store makes the container faulted, its lines are masked, its
 * requests ended, its safe writes made. Finding the instruction and making a sentence takes long
 * and is left to the background.
 */
#include "runtime/service.h"

#define SCRATCH_BYTES 1024u

/* -- The safe state ------------------------------------------------------------- */

static void
safe_write(struct wio_container *container, const struct wio_safe_write *write)
{
    const struct wio_container_config *config = &container->config;

    for (uint32_t i = 0; i < config->n_needs; i++) {
        int32_t handle;

        if (!wio_span_equal(config->needs[i].label, write->of)) {
            continue;
        }
        handle = wio_bind_need_handle(&container->bind, i);
        if (handle > 0) {
            const struct wio_caps *caps = &container->bind.caps;
            struct wio_gpio_pin *pin = wio_caps_gpio(caps, (uint32_t)handle);
            const struct wio_mmio_window *window =
                wio_caps_mmio(caps, (uint32_t)handle);
            int err = 0;

            if (pin) {
                err = wio_gpio_set(pin, write->value);
            } else if (window) {
                err = wio_mmio_write_any(window, write->offset, write->value);
            }
            /* Checked at load; a device that fails now cannot be helped, and
             * the other writes must still be made. */
            (void)err;
        }
        return;
    }
}

void
wio_runtime_make_safe_(struct wio_container *container)
{
    for (uint32_t i = 0; i < container->config.n_safe_writes; i++) {
        safe_write(container, &container->config.safe_writes[i]);
    }
}

/* -- Faults ---------------------------------------------------------------------- */

static void
stand_still(struct wio_runtime *runtime, struct wio_container *container)
{
    wio_bind_close_registers(&container->bind);
    for (uint32_t i = 0; i < container->n_jobs; i++) {
        struct wio_job *job = &container->jobs[i];

        if (job->line.handler) {
            wio_sched_line_block(&runtime->sched, &job->line);
        }
        wio_sched_suspend(&job->entity);
        /* What this fault has interrupted ends at its next safepoint. */
        wio_engine_stop(job->exec);
    }
    for (uint32_t i = 0; i < container->n_services; i++) {
        wio_engine_stop(container->services[i].job.exec);
    }
}

void
wio_runtime_fault_(struct wio_runtime *runtime,
                   struct wio_container *container, int code,
                   enum wio_fault_kind kind, uint8_t need,
                   const struct wio_trap *trap)
{
    struct wio_caps *caps = &container->bind.caps;
    uint64_t now = wio_runtime_now_ns_(runtime);

    if (container->state == WIO_STATE_FAULTED) {
        return;                    /* one of its own ended by the first */
    }
    container->state = WIO_STATE_FAULTED;
    stand_still(runtime, container);
    /* Before the safe state: a transfer that goes on could undo it. */
    wio_requests_close(&container->bind.requests);
    wio_runtime_make_safe_(container);
    for (uint32_t i = 0; i < caps->n_points; i++) {
        if (caps->points[i].provides) {
            wio_point_write_bad(&caps->points[i], code, now);
        }
    }
    if (runtime->has_levels) {
        container->unsettled = container->instance->exec != NULL;
        if (!container->unsettled) {
            wio_caps_revoke_all(caps);
        }
    }
    container->faults++;
    container->fault = (struct wio_fault){
        .trap = *trap,
        .code = code,
        .kind = (uint8_t)kind,
        .need = need,
        .at_ns = now,
    };
    if (runtime->sched.trace.on) {
        wio_trace_put(&runtime->sched.trace, now, WIO_TRACE_FAULT,
                      container->n_jobs ? container->jobs[0].entity.slot : 0,
                      (uint32_t)code);
    }
}

/* What the fault interrupted makes at most the access that it was about to make:
 * its stop is looked at behind every host function. That access may have undone
 * the safe state. */
void
wio_runtime_settle_(struct wio_container *container)
{
    if (!container->instance->exec) {
        container->unsettled = false;
        wio_runtime_make_safe_(container);
        wio_caps_revoke_all(&container->bind.caps);
    }
}

/* -- Telling --------------------------------------------------------------------- */

int
wio_runtime_report_trap_(struct wio_report *report, int code,
                         const struct wio_container *container,
                         const struct wio_trap *trap)
{
    const char *why = trap->code < 0 ? wio_strerror(trap->code) : "";
    uint64_t scratch[SCRATCH_BYTES / 8];
    struct wio_trap at = *trap;

    if (container->native) {
        return wio_report_fail(report, code, "%S: %s%s%s in compiled function "
                               "%u or what it calls", &container->config.model,
                               wio_trap_text(trap->cause),
                               trap->code < 0 ? ": " : "", why, trap->func);
    }
    wio_engine_locate(container->module, &at, scratch, sizeof(scratch));
    return wio_report_fail(report, code, "%S: %s%s%s in function %u at byte "
                           "%x", &container->config.model,
                           wio_trap_text(trap->cause),
                           trap->code < 0 ? ": " : "", why, at.func,
                           at.offset);
}

/* "handler on-edge": what of the container it was. */
static const char *
culprit(const struct wio_container *container, struct wio_span *entry)
{
    const struct wio_container_config *config = &container->config;
    uint8_t need = container->fault.need;

    if (need < config->n_needs) {
        *entry = config->needs[need].irq.handler;
        return "handler";
    }
    if (need != WIO_PLAN_MAIN) {
        *entry = config->services[WIO_PLAN_SERVICE - need].entry;
        return "service";
    }
    *entry = config->main.entry;
    return "main";
}

static void
say_at_level(struct wio_container *container, struct wio_report *report)
{
    const struct wio_fault *fault = &container->fault;
    struct wio_span entry;
    const char *what = culprit(container, &entry);

    if (fault->kind == WIO_FAULT_LOCK) {
        (void)wio_report_fail(report, fault->code,
                              "%S: %s %S kept its interrupts masked longer "
                              "than the board's policy allows",
                              &container->config.model, what, &entry);
    } else if (fault->kind == WIO_FAULT_SHADOW_STACK) {
        (void)wio_report_fail(report, fault->code,
                              "%S: %s %S wrote beyond its stack of %u "
                              "bytes; give WASMIO_HANDLER_STACK more",
                              &container->config.model, what, &entry,
                              container->stack_each);
    } else if (fault->trap.position == 0 &&
               fault->trap.cause == WIO_TRAP_STOPPED) {
        (void)wio_report_fail(report, fault->code,
                              "%S: %s %S was stopped at the end of its "
                              "budget", &container->config.model, what,
                              &entry);
    } else {
        (void)wio_runtime_report_trap_(report, fault->code, container,
                                       &fault->trap);
    }
}

void
wio_runtime_fault_text_(struct wio_container *container,
                        struct wio_report *report)
{
    report->code = 0;
    if (container->fault.code) {
        say_at_level(container, report);
    }
}

void
wio_runtime_tell_(struct wio_runtime *runtime,
                  struct wio_container *container)
{
    struct wio_report line = { .code = 0 };

    if (runtime->has_levels) {
        wio_bind_tell_log(&container->bind);
    }
    if (container->fault.code == 0 || container->fault.told) {
        return;
    }
    container->fault.told = true;
    wio_runtime_fault_text_(container, &line);
    runtime->port->core->log(runtime->port->ctx, WIO_LOG_ERROR, line.text,
                             wio_text_len(line.text));
}
