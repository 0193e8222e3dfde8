/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/levels.c - from a plan to levels, budgets and ceilings
 *
 * A lock or a shared bus is entered with the ceiling that belongs to the
 * levels of the moment, and each order of levels has its own response times.
 * So the change from one plan to the next is one step for everybody: it is
 * made in the background, when nothing at a level is active, and nothing
 * begins before it is whole.
 */
#include "runtime/internal.h"

static void
apply(struct wio_runtime *runtime, struct wio_entity *entity,
      struct wio_computed *computed, const struct wio_admit_entity *planned)
{
    entity->level = planned->level;
    computed->budget_ticks = wio_sched_ticks(&runtime->sched,
                                             planned->c_ns +
                                                 planned->allowance_ns);
    computed->c_ns = planned->c_ns < UINT32_MAX ? (uint32_t)planned->c_ns
                                                : UINT32_MAX;
    computed->allowance_ns = wio_admit_allowance_once(planned);
    computed->cost_ns = planned->cost_ns;
    computed->blocking_ns = planned->blocking_ns;
    computed->response_ns = planned->response_ns;
}

static struct wio_job *
job_of(struct wio_container *container, uint8_t which)
{
    for (uint32_t i = 0; i < container->n_jobs; i++) {
        if (container->jobs[i].need == which) {
            return &container->jobs[i];
        }
    }
    return NULL;
}

static void
assign(struct wio_runtime *runtime, const struct wio_plan *plan,
       struct wio_container *container)
{
    for (uint32_t i = 0; i < plan->set.n; i++) {
        const struct wio_plan_entry *of = &plan->of[i];
        struct wio_container *of_container = container;
        struct wio_job *job;

        if (of->container == WIO_PLAN_HOST) {
            struct wio_host_task *task = &runtime->tasks[of->which];

            apply(runtime, &task->entity, &task->computed,
                  &plan->entities[i]);
            continue;
        }
        if (of->container < runtime->n_containers) {
            of_container = runtime->containers[of->container];
        }
        job = job_of(of_container, of->which);
        if (job) {
            apply(runtime, &job->entity, &job->computed, &plan->entities[i]);
        }
    }
}

/* -- Ceilings --------------------------------------------------------------------- */

static uint8_t
main_level(const struct wio_container *container)
{
    return container->bind.main ? container->bind.main->level : 0xff;
}

/* The loaded containers, and behind them one that is being loaded. */
static struct wio_container *
container_at(const struct wio_runtime *runtime, uint32_t i,
             struct wio_container *loading)
{
    return i < runtime->n_containers ? runtime->containers[i] : loading;
}

static uint32_t
count_containers(const struct wio_runtime *runtime,
                 const struct wio_container *loading)
{
    return runtime->n_containers + (loading != NULL);
}

/* What a container has on buses: the @i-th, whatever its class. */
struct bus_use {
    const void *ctx;               /* the controller's */
    uint8_t *ceiling;
    uint8_t *next_ceiling;
};

#define BUS_USE(object) \
    (struct bus_use){ (object)->ctx, &(object)->bus_ceiling, \
                      &(object)->next_ceiling }

static bool
bus_use(const struct wio_caps *caps, uint32_t i, struct bus_use *use)
{
    if (i < caps->n_i2c) {
        *use = BUS_USE(&caps->i2c[i]);
        return true;
    }
    i -= caps->n_i2c;
    if (i < caps->n_uart) {
        *use = BUS_USE(&caps->uart[i]);
        return true;
    }
    i -= caps->n_uart;
    if (i < caps->n_spi) {
        *use = BUS_USE(&caps->spi[i]);
        return true;
    }
    return false;
}

/* Most urgent main with a device on a controller, if there are two; the
 * background's operations alone need no ceiling. */
static uint8_t
ceiling_of(const struct wio_runtime *runtime, struct wio_container *loading,
           const void *ctx)
{
    uint32_t n = 0;
    uint8_t level = 0xff;

    for (uint32_t c = 0; c < count_containers(runtime, loading); c++) {
        const struct wio_container *container = container_at(runtime, c,
                                                             loading);
        struct bus_use use;
        bool has = false;

        for (uint32_t i = 0; bus_use(&container->bind.caps, i, &use); i++) {
            has |= use.ctx == ctx;
        }
        n += has;
        if (has && main_level(container) < level) {
            level = main_level(container);
        }
    }
    return n > 1 && level != 0xff ? (uint8_t)(level + 1) : 0;
}

/* Whether @other calls into what @container provides. */
static bool
is_served_by(const struct wio_runtime *runtime,
             const struct wio_container *other,
             const struct wio_container *container)
{
    for (uint32_t s = 0; s < container->config.n_services; s++) {
        int32_t bus = wio_board_served_bus(&runtime->board,
                                           &container->config,
                                           container->grants,
                                           &container->config.services[s]);

        for (uint32_t i = 0; i < other->config.n_needs; i++) {
            const struct wio_grant *grant = &other->grants[i];

            if (grant->granted && grant->served && grant->controller == bus) {
                return true;
            }
        }
    }
    return false;
}

/* Kept out by its lock: its handlers, and the mains that it serves. */
static void
find_lock_level(const struct wio_runtime *runtime,
                struct wio_container *loading,
                struct wio_container *container)
{
    uint8_t level = 0xff;

    for (uint32_t i = 0; i < container->n_jobs; i++) {
        const struct wio_entity *entity = &container->jobs[i].entity;

        if (entity->kind == WIO_ENTITY_HANDLER && entity->level < level) {
            level = entity->level;
        }
    }
    for (uint32_t c = 0; c < count_containers(runtime, loading); c++) {
        const struct wio_container *other = container_at(runtime, c, loading);

        if (main_level(other) < level &&
            is_served_by(runtime, other, container)) {
            level = main_level(other);
        }
    }
    container->bind.next_lock_level = level;
}

static void
find_ceilings(struct wio_runtime *runtime, struct wio_container *loading)
{
    for (uint32_t c = 0; c < count_containers(runtime, loading); c++) {
        struct wio_container *container = container_at(runtime, c, loading);
        struct bus_use use;

        for (uint32_t i = 0; bus_use(&container->bind.caps, i, &use); i++) {
            *use.next_ceiling = ceiling_of(runtime, loading, use.ctx);
        }
        find_lock_level(runtime, loading, container);
    }
}

static void
set_budgets(struct wio_container *container)
{
    for (uint32_t i = 0; i < container->n_jobs; i++) {
        struct wio_job *job = &container->jobs[i];

        job->entity.budget_ticks = job->computed.budget_ticks;
    }
}

static void
set_ceilings(struct wio_container *container)
{
    struct bus_use use;

    for (uint32_t i = 0; bus_use(&container->bind.caps, i, &use); i++) {
        *use.ceiling = *use.next_ceiling;
    }
    container->bind.lock_level = container->bind.next_lock_level;
}

/* -- All at once ------------------------------------------------------------------ */

/*
 * Nothing at a level is active: this is the background. What is new is worked
 * out first; levels, budgets and ceilings then change together, while nothing begins.
 */
void
wio_runtime_apply_plan_(struct wio_runtime *runtime,
                        const struct wio_plan *plan,
                        struct wio_container *container)
{
    uint32_t key;

    assign(runtime, plan, container);
    find_ceilings(runtime, container);
    key = wio_sched_enter(&runtime->sched, 0);
    wio_sched_set_levels(&runtime->sched);
    for (uint32_t i = 0; i < runtime->board.policy.n_tasks; i++) {
        struct wio_host_task *task = &runtime->tasks[i];

        task->entity.budget_ticks = task->computed.budget_ticks;
    }
    for (uint32_t c = 0; c < count_containers(runtime, container); c++) {
        set_budgets(container_at(runtime, c, container));
        set_ceilings(container_at(runtime, c, container));
    }
    wio_sched_set_direct(&runtime->sched);
    wio_sched_leave(&runtime->sched, key);
}
