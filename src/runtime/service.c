/* SPDX-License-Identifier: Apache-2.0 */
/* runtime/service.c - a call from one container into another */
#include "runtime/service.h"

#include <wio/abi.h>

/* -- Making ---------------------------------------------------------------------- */

static bool
find_buffer(struct wio_container *container, struct wio_service *service)
{
    const struct wio_memory *memory = container->instance->memory;
    const struct wio_service_decl *decl = service->decl;
    struct wio_extern found;

    if (!wio_engine_find_span(container->instance, decl->buffer, &found) ||
        found.kind != WIO_EXTERN_GLOBAL || !memory) {
        return false;
    }
    service->buffer = *wio_engine_global_word(found.of.global);
    return decl->max_transfer <= memory->n_bytes &&
           service->buffer <= memory->n_bytes - decl->max_transfer;
}

static int
make_service(struct wio_runtime *runtime, struct wio_container *container,
             struct wio_service *service, struct wio_arena *arena,
             struct wio_report *report)
{
    const struct wio_service_decl *decl = service->decl;
    struct wio_job *job = &service->job;
    struct wio_extern found;

    job->entity.arg = runtime;
    job->container = container;
    job->need = (uint8_t)(WIO_PLAN_SERVICE -
                          (uint32_t)(service - container->services));
    job->stack_pointer = &container->no_stack;
    if (!find_buffer(container, service) ||
        !wio_engine_find_span(container->instance, decl->entry, &found)) {
        return wio_report_fail(report, WIO_ERR_NO_EXPORT,
                               "%S: %S is not the address of %u bytes in its "
                               "memory (max-transfer); make that array larger",
                               &container->config.model, &decl->buffer,
                               decl->max_transfer);
    }
    job->func = found.func;
    if (wio_engine_exec_create(arena,
                               wio_runtime_stack_bytes_(runtime, container),
                               &job->exec)) {
        return wio_report_fail(report, WIO_ERR_NO_MEMORY,
                               "%u bytes of memory are too few for what %S "
                               "provides; give it more", arena->size,
                               &container->config.model);
    }
    wio_engine_set_handler(job->exec, true);
    return 0;
}

int
wio_runtime_make_services_(struct wio_runtime *runtime,
                           struct wio_container *container,
                           struct wio_arena *arena, struct wio_report *report)
{
    uint32_t n = container->config.n_services;
    int err = 0;

    if (n == 0) {
        return 0;
    }
    if (!runtime->has_levels) {
        return wio_report_fail(report, WIO_ERR_NO_MATCH,
                               "%S provides %S, and on this port no container "
                               "can serve another",
                               &container->config.model,
                               &container->config.services[0].label);
    }
    container->services = wio_arena_take(arena, n *
        (uint32_t)sizeof(*container->services), 8);
    if (!container->services) {
        return wio_report_fail(report, WIO_ERR_NO_MEMORY,
                               "%u bytes of memory are too few for what %S "
                               "provides; give it more", arena->size,
                               &container->config.model);
    }
    for (uint32_t i = 0; i < n && err == 0; i++) {
        container->services[i].decl = &container->config.services[i];
        err = make_service(runtime, container, &container->services[i], arena,
                           report);
        container->n_services += err == 0;
    }
    return err;
}

/* The bus that a service stands for, or NULL: its window was not granted. */
static struct wio_served *
served_by(struct wio_runtime *runtime, const struct wio_container *container,
          const struct wio_service *service)
{
    int32_t i = wio_board_served_bus(&runtime->board, &container->config,
                                     container->grants, service->decl);

    return i < 0 ? NULL : &runtime->served[i];
}

void
wio_runtime_open_services_(struct wio_runtime *runtime,
                           struct wio_container *container)
{
    for (uint32_t i = 0; i < container->n_services; i++) {
        struct wio_served *served = served_by(runtime, container,
                                              &container->services[i]);

        if (served) {
            served->service = &container->services[i];
        }
    }
}

void
wio_runtime_close_services_(struct wio_runtime *runtime,
                            const struct wio_container *container)
{
    for (uint32_t i = 0; i < WIO_BOARD_MAX_CONTROLLERS; i++) {
        struct wio_served *served = &runtime->served[i];

        if (served->service &&
            served->service->job.container == container) {
            served->service = NULL;
        }
    }
}

/* -- One call into the provider ----------------------------------------------------- */

void
wio_runtime_stop_service_(struct wio_section *section)
{
    struct wio_service_call *call = (struct wio_service_call *)(void *)section;

    wio_engine_stop(call->service->job.exec);
}

static void
enter(void *arg)
{
    struct wio_service *service = arg;
    struct wio_job *job = &service->job;

    /* A stop that came before the steps were set would be lost. */
    if (service->call->section.overrun != WIO_OVERRUN_NONE) {
        wio_engine_stop(job->exec);
    }
    job->err = wio_engine_call(job->exec, &job->func, service->args,
                               WIO_ABI_SERVE_ARGS, &service->result,
                               &job->trap);
}

/* A provider's error is one of its class; whatever else it says is none. */
static int
as_result(int32_t code, int32_t most)
{
    bool is_known = (code >= 0 && code <= most) || code == WIO_ERR_TIMEOUT ||
                    (code >= WIO_ERR_SPI_OTHER && code <= WIO_ERR_SPI_OVERRUN);

    return is_known ? code : (int)WIO_ERR_SPI_OTHER;
}

/* The call did not end as it should: the provider's fault, and the caller is
 * told. However many overruns the policy allows: what a cut takes longer is on
 * nobody's account, so there is at most one. */
static int
blame(struct wio_service_call *call)
{
    struct wio_job *job = &call->service->job;
    struct wio_runtime *runtime = job->entity.arg;
    bool is_over = job->err == WIO_ERR_OUT_OF_BUDGET;
    enum wio_fault_kind kind = WIO_FAULT_TRAP;

    if (job->container->state != WIO_STATE_RUNNING) {
        return WIO_ERR_NO_DEVICE;  /* by another fault, meanwhile */
    }
    if (is_over && call->section.overrun == WIO_OVERRUN_LOCK) {
        kind = WIO_FAULT_LOCK;
    }
    wio_runtime_fault_(runtime, job->container, job->err, kind, job->need,
                       &job->trap);
    return is_over ? (int)WIO_ERR_TIMEOUT : (int)WIO_ERR_SPI_OTHER;
}

int
wio_runtime_call_service_(struct wio_service_call *call, uint32_t flags,
                          uint32_t len)
{
    struct wio_service *service = call->service;
    struct wio_job *job = &service->job;
    struct wio_container *container = job->container;

    if (container->state != WIO_STATE_RUNNING) {
        return WIO_ERR_NO_DEVICE;
    }
    service->args[0] = call->chip->select;
    service->args[1] = flags;
    service->args[2] = call->divisor;
    service->args[3] = len;
    job->trap.cause = WIO_TRAP_NONE;
    wio_runtime_call_apart_(job, enter);
    if (container->unsettled) {
        wio_runtime_settle_(container);
    }
    if (job->err != 0 || container->state != WIO_STATE_RUNNING) {
        return blame(call);
    }
    return as_result((int32_t)service->result,
                     (flags & WIO_ABI_SERVE_POLL) != 0 ? 1 : 0);
}
