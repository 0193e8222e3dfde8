/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/jobs.c - mains and handlers as entities, and their levels
 *
 * A container's jobs are made when its instance exists, planned together with
 * everything that is loaded, and started at the end of the load.
 */
#include <wio/abi.h>

#include "runtime/service.h"

/* -- Making ---------------------------------------------------------------------- */

static bool
is_handler(const struct wio_container *container, uint32_t i)
{
    return container->config.needs[i].class == WIO_NEED_IRQ &&
           container->grants[i].granted;
}

static uint32_t
count_handlers(const struct wio_container *container)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < container->config.n_needs; i++) {
        n += is_handler(container, i);
    }
    return n;
}

static bool
find_global(struct wio_container *container, const char *name,
            uint32_t **word)
{
    struct wio_extern found;

    if (!wio_engine_find(container->instance, name, &found) ||
        found.kind != WIO_EXTERN_GLOBAL) {
        return false;
    }
    *word = wio_engine_global_word(found.of.global);
    return true;
}

/* Where the region of the stacks of handlers and services lies and what each
 * gets. */
static int
find_stacks(struct wio_container *container, uint32_t n,
            uint32_t *from, struct wio_report *report)
{
    const struct wio_memory *memory = container->instance->memory;
    uint32_t *low;
    uint32_t *high;

    *from = 0;
    container->stack_each = 0;
    if (container->config.no_shadow_stack || n == 0) {
        return 0;
    }
    if (!find_global(container, WIO_EXPORT_HANDLER_STACK, &low) ||
        !find_global(container, WIO_EXPORT_HANDLER_STACK_END, &high) ||
        !memory || *high > memory->n_bytes || *low > *high ||
        *low % 16 != 0) {
        return wio_report_fail(report, WIO_ERR_NO_EXPORT,
                               "%S: " WIO_EXPORT_HANDLER_STACK " to "
                               WIO_EXPORT_HANDLER_STACK_END " is no part of "
                               "the memory that begins at a multiple of 16",
                               &container->config.model);
    }
    container->stack_each = (*high - *low) / n & ~15u;
    *from = *low;
    if (container->stack_each < WIO_ABI_HANDLER_STACK_MIN) {
        return wio_report_fail(report, WIO_ERR_NO_EXPORT,
                               "%S: %u bytes of handlers' stack are too few "
                               "for %u handlers and services; give WASMIO_HANDLER_STACK at "
                               "least %u each", &container->config.model,
                               *high - *low, n,
                               WIO_ABI_HANDLER_STACK_MIN);
    }
    return 0;
}

static void
fill_handler(struct wio_runtime *runtime, struct wio_container *container,
             struct wio_job *job, uint32_t need)
{
    const struct wio_need *decl = &container->config.needs[need];

    job->entity = (struct wio_entity){
        .run = wio_runtime_run_handler_,
        .over = wio_runtime_over_,
        .arg = runtime,
        .kind = WIO_ENTITY_HANDLER,
        .period_ns = (uint64_t)decl->irq.min_interarrival_us * 1000,
        .deadline_ns = (uint64_t)decl->irq.deadline_us * 1000,
    };
    job->need = (uint8_t)need;
    job->line = (struct wio_line){ .handler = &job->entity,
                                   .overflow = decl->irq.overflow,
                                   .is_raised = decl->irq.is_completion };
    job->stack_pointer = &container->no_stack;
}

static int
make_handler(struct wio_runtime *runtime, struct wio_container *container,
             struct wio_job *job, uint32_t need, struct wio_arena *arena,
             struct wio_report *report)
{
    const struct wio_need *decl = &container->config.needs[need];
    struct wio_extern found;

    fill_handler(runtime, container, job, need);
    if (!wio_engine_find_span(container->instance, decl->irq.handler,
                              &found)) {
        return wio_report_fail(report, WIO_ERR_NO_EXPORT,
                               "%S exports no %S", &container->config.model,
                               &decl->irq.handler);
    }
    job->func = found.func;
    if (wio_engine_exec_create(arena,
                               wio_runtime_stack_bytes_(runtime, container),
                               &job->exec)) {
        return wio_report_fail(report, WIO_ERR_NO_MEMORY,
                               "%u bytes of memory are too few for the "
                               "container's handlers; give it more",
                               arena->size);
    }
    wio_engine_set_handler(job->exec, true);
    return 0;
}

static void
make_main(struct wio_runtime *runtime, struct wio_container *container,
          struct wio_job *job)
{
    const struct wio_main_decl *decl = &container->config.main;

    job->entity = (struct wio_entity){
        .run = wio_runtime_run_main_,
        .over = wio_runtime_over_,
        .arg = runtime,
        .kind = WIO_ENTITY_MAIN,
        .period_ns = (uint64_t)decl->period_us * 1000,
        .deadline_ns = (uint64_t)decl->deadline_us * 1000,
    };
    job->exec = container->exec;
    job->func = container->main;
    job->need = WIO_PLAN_MAIN;
    wio_runtime_prepare_main_(job);
    container->bind.main = &job->entity;
}

/* Who raises the line of a completion. */
static void
find_requester(struct wio_container *container, struct wio_job *job)
{
    const struct wio_container_config *config = &container->config;
    struct wio_requests *requests = &container->bind.requests;

    for (uint32_t i = 0; i < requests->n_requesters; i++) {
        struct wio_requester *requester = &requests->requesters[i];

        if (job->line.is_raised &&
            wio_span_equal(config->needs[requester->need].label,
                           config->needs[job->need].irq.of)) {
            requester->line = &job->line;
        }
    }
}

/* The guest's handles to its lines. */
static void
fill_irq_objects(struct wio_container *container)
{
    struct wio_caps *caps = &container->bind.caps;
    uint32_t n = 0;

    for (uint32_t i = 0; i < container->n_jobs; i++) {
        struct wio_job *job = &container->jobs[i];

        if (job->need != WIO_PLAN_MAIN && n < caps->n_irq) {
            caps->irq[n++].line = &job->line;
            find_requester(container, job);
        }
    }
}

/* The next part of the region. */
static void
give_stack(struct wio_container *container, struct wio_job *job,
           uint32_t *from)
{
    uint32_t *word;

    if (container->stack_each &&
        find_global(container, WIO_EXPORT_STACK_POINTER, &word)) {
        job->stack_pointer = word;
        job->stack_bottom = *from;
        *from += container->stack_each;
        job->stack_top = *from;
    }
}

int
wio_runtime_make_jobs_(struct wio_runtime *runtime,
                       struct wio_container *container,
                       struct wio_arena *arena, struct wio_report *report)
{
    uint32_t n_handlers = count_handlers(container);
    bool has_main = container->main.instance != NULL;
    uint32_t n = n_handlers + has_main;
    uint32_t stack_from;
    uint32_t k = has_main;
    int err = find_stacks(container, n_handlers + container->n_services,
                          &stack_from, report);

    if (err) {
        return err;
    }
    container->jobs = wio_arena_take(arena, (n ? n : 1) *
                                     (uint32_t)sizeof(*container->jobs), 8);
    if (!container->jobs) {
        return wio_report_fail(report, WIO_ERR_NO_MEMORY,
                               "%u bytes of memory are too few for the "
                               "container's tasks; give it more", arena->size);
    }
    if (has_main) {
        make_main(runtime, container, &container->jobs[0]);
    }
    for (uint32_t i = 0; i < container->config.n_needs && err == 0; i++) {
        if (is_handler(container, i)) {
            struct wio_job *job = &container->jobs[k++];

            err = make_handler(runtime, container, job, i, arena, report);
            give_stack(container, job, &stack_from);
        }
    }
    for (uint32_t i = 0; i < container->n_services; i++) {
        give_stack(container, &container->services[i].job, &stack_from);
    }
    container->n_jobs = err ? 0 : n;
    for (uint32_t i = 0; i < container->n_jobs; i++) {
        container->jobs[i].container = container;
        container->jobs[i].entity.group = (uint8_t)container->id;
        if (container->jobs[i].need != WIO_PLAN_MAIN) {
            wio_runtime_prepare_handler_(&container->jobs[i]);
        }
    }
    fill_irq_objects(container);
    return err;
}

/* -- Planning --------------------------------------------------------------------- */

int
wio_runtime_plan_(struct wio_runtime *runtime,
                  struct wio_container *container, struct wio_plan *plan,
                  struct wio_report *report)
{
    struct wio_plan_container all[WIO_ADMIT_MAX];
    uint32_t n = 0;

    for (uint32_t i = 0; i < runtime->n_containers && n < WIO_ADMIT_MAX; i++) {
        all[n].config = &runtime->containers[i]->config;
        all[n++].grants = runtime->containers[i]->grants;
    }
    if (container && n < WIO_ADMIT_MAX) {
        all[n].config = &container->config;
        all[n++].grants = container->grants;
    }
    return wio_plan_make(plan, &runtime->board,
                         runtime->port->sched->n_levels, all, n, report);
}

/* -- Starting and stopping ---------------------------------------------------------- */

int
wio_runtime_start_jobs_(struct wio_runtime *runtime,
                        struct wio_container *container,
                        struct wio_report *report)
{
    int err = 0;

    for (uint32_t i = 0; i < container->n_jobs && err == 0; i++) {
        struct wio_job *job = &container->jobs[i];

        err = wio_sched_add(&runtime->sched, &job->entity, UINT64_MAX);
        if (err == 0 && job->line.handler) {
            err = wio_sched_line_open(&runtime->sched, &job->line,
                &container->grants[job->need].of.irq.source);
        }
    }
    wio_runtime_arm_canaries_(container);
    if (err) {
        wio_runtime_stop_jobs_(runtime, container);
        return wio_report_fail(report, WIO_ERR_NO_MATCH,
                               "%S: an interrupt or a level cannot be had "
                               "from this port: %s",
                               &container->config.model, wio_strerror(err));
    }
    return 0;
}

void
wio_runtime_stop_jobs_(struct wio_runtime *runtime,
                       struct wio_container *container)
{
    for (uint32_t i = 0; i < container->n_jobs; i++) {
        struct wio_job *job = &container->jobs[i];

        if (job->entity.sched) {
            if (job->line.handler) {
                wio_sched_line_close(&runtime->sched, &job->line);
            }
            wio_sched_remove(&runtime->sched, &job->entity);
        }
    }
}
