/* SPDX-License-Identifier: Apache-2.0 */
/* runtime/time.c - looking at entities, lines and the trace */
#include "runtime/internal.h"

static uint64_t
ticks_to_ns(const struct wio_runtime *runtime, uint64_t ticks)
{
    return ticks * (1000000000u / runtime->port->sched->tick_hz);
}

static void
fill(const struct wio_runtime *runtime, const struct wio_entity *entity,
     const struct wio_computed *computed, struct wio_entity_info *info)
{
    info->kind = entity->kind;
    info->slot = entity->slot;
    info->level = entity->level;
    info->budget_ns = computed->c_ns;
    info->period_ns = entity->period_ns;
    info->deadline_ns = entity->deadline_ns;
    info->cost_ns = computed->cost_ns;
    info->blocking_ns = computed->blocking_ns;
    info->response_ns = computed->response_ns;
    info->max_response_ns = entity->stats.max_response_ns;
    info->max_run_ns = ticks_to_ns(runtime, entity->stats.max_run_ticks);
    info->total_run_ns = ticks_to_ns(runtime, entity->stats.total_run_ticks);
    info->activations = entity->stats.activations;
    info->overruns = entity->stats.overruns;
    info->missed = entity->stats.missed;
    info->suspended = entity->suspended;
}

static void
fill_line(const struct wio_line *line, struct wio_entity_info *info)
{
    info->has_line = true;
    info->source = line->source;
    info->n_accepted = line->event.n_accepted;
    info->n_coalesced = line->n_coalesced;
    info->n_dropped = line->n_dropped;
    info->n_merged = line->n_merged;
}

static void
fill_job(const struct wio_runtime *runtime,
         const struct wio_container *container, const struct wio_job *job,
         struct wio_entity_info *info)
{
    fill(runtime, &job->entity, &job->computed, info);
    info->container = container->id;
    if (job->need == WIO_PLAN_MAIN) {
        wio_format(info->name, sizeof(info->name), "%S main",
                   &container->config.model);
        return;
    }
    wio_format(info->name, sizeof(info->name), "%S %S",
               &container->config.model,
               &container->config.needs[job->need].label);
    fill_line(&job->line, info);
}

int
wio_runtime_entity(const struct wio_runtime *runtime, uint32_t i,
                   struct wio_entity_info *info)
{
    if (!runtime->has_levels) {
        return WIO_ERR_NOT_SUPPORTED;
    }
    wio_fill(info, 0, sizeof(*info));
    for (uint32_t t = 0; t < runtime->board.policy.n_tasks; t++) {
        const struct wio_host_task *task = &runtime->tasks[t];

        if (task->fn && i-- == 0) {
            fill(runtime, &task->entity, &task->computed, info);
            wio_format(info->name, sizeof(info->name), "%S",
                       &runtime->board.policy.tasks[t].label);
            return 0;
        }
    }
    for (uint32_t c = 0; c < runtime->n_containers; c++) {
        const struct wio_container *container = runtime->containers[c];

        if (i < container->n_jobs) {
            fill_job(runtime, container, &container->jobs[i], info);
            return 0;
        }
        i -= container->n_jobs;
    }
    return WIO_ERR_NO_DEVICE;
}

void
wio_runtime_reset_stats(struct wio_runtime *runtime)
{
    const struct wio_port *port = runtime->port;

    for (uint32_t i = 0; i < runtime->sched.n_slots; i++) {
        struct wio_entity *entity = runtime->sched.entities[i];

        if (entity) {
            uint32_t key = port->core->irq_save(port->ctx);

            entity->stats = (struct wio_entity_stats){ .activations = 0 };
            port->core->irq_restore(port->ctx, key);
        }
    }
}

/* -- The trace --------------------------------------------------------------------- */

void
wio_runtime_trace_on(struct wio_runtime *runtime, bool on)
{
    runtime->sched.trace.on = on && runtime->sched.trace.entries;
    if (runtime->has_levels) {
        wio_sched_set_direct(&runtime->sched);
    }
}

/* Copies entry number @n; false when it was overwritten, or is not yet wholly
 * written. A writer takes its number before it writes, so an entry that is
 * begun anew while it is read shows in the number made. */
static bool
copy_entry(const struct wio_trace *trace, uint32_t n,
           struct wio_trace_record *record)
{
    const struct wio_trace_entry *entry = &trace->entries[n & trace->mask];
    uint16_t serial = __atomic_load_n(&entry->serial, __ATOMIC_ACQUIRE);

    *record = (struct wio_trace_record){
        .at_ns = entry->at_ns,
        .value = entry->value,
        .kind = entry->kind,
        .who = entry->who,
    };
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    return serial == (uint16_t)n &&
           __atomic_load_n(&trace->n, __ATOMIC_RELAXED) - n <=
               trace->mask + 1;
}

uint32_t
wio_runtime_trace(const struct wio_runtime *runtime, uint32_t *next,
                  struct wio_trace_record *records, uint32_t max,
                  uint32_t *lost)
{
    const struct wio_trace *trace = &runtime->sched.trace;
    uint32_t made = __atomic_load_n(&trace->n, __ATOMIC_RELAXED);
    uint32_t n = 0;

    *lost = 0;
    if (!trace->entries) {
        return 0;
    }
    if (made - *next > trace->mask + 1) {
        *lost = made - *next - (trace->mask + 1);
        *next += *lost;
    }
    for (; n < max && *next != made; (*next)++) {
        if (copy_entry(trace, *next, &records[n])) {
            n++;
        } else {
            (*lost)++;             /* like those before it */
        }
    }
    return n;
}
