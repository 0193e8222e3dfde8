/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/plan.h"

#include "sched/sched.h"

#define US UINT64_C(1000)
#define LEVELS_DEFAULT 13u

struct planning {
    struct wio_plan *plan;
    const struct wio_board *board;
    const struct wio_plan_container *containers;
    uint32_t n;
    struct wio_report *report;
};

static int
add(struct planning *p, uint32_t container, uint32_t which,
    const struct wio_admit_entity *entity)
{
    struct wio_plan *plan = p->plan;
    uint32_t i = plan->set.n;

    if (i == WIO_ADMIT_MAX) {
        return wio_report_fail(p->report, WIO_ERR_NOT_ADMITTED,
                               "more than %u tasks, mains and handlers cannot "
                               "be scheduled; unload a container",
                               WIO_ADMIT_MAX);
    }
    plan->entities[i] = *entity;
    plan->of[i].container = (uint8_t)container;
    plan->of[i].which = (uint8_t)which;
    plan->set.n = i + 1;
    return 0;
}

static int
add_tasks(struct planning *p)
{
    const struct wio_policy *policy = &p->board->policy;
    int err = 0;

    for (uint32_t i = 0; i < policy->n_tasks && err == 0; i++) {
        const struct wio_task_decl *task = &policy->tasks[i];
        const struct wio_admit_entity entity = {
            .kind = WIO_ENTITY_TASK,
            .pinned = task->level,
            .c_ns = task->budget_us * US,
            .t_ns = task->period_us * US,
            .d_ns = task->deadline_us * US,
        };

        err = add(p, WIO_PLAN_HOST, i, &entity);
    }
    return err;
}

static bool
is_bus(const struct wio_grant *grant)
{
    return grant->granted && (grant->class == WIO_NEED_I2C_DEVICE ||
                              grant->class == WIO_NEED_SPI_DEVICE ||
                              grant->class == WIO_NEED_UART);
}

static uint32_t
timeout_us(const struct wio_grant *grant)
{
    return grant->class == WIO_NEED_UART         ? grant->of.uart.timeout_us
           : grant->class == WIO_NEED_SPI_DEVICE ? grant->of.spi.timeout_us
                                                 : grant->of.i2c.timeout_us;
}

/* Longest transfer on a controller by anybody but @container; 0: nobody else
 * has it. */
static uint64_t
others_on(const struct planning *p, uint32_t container, uint32_t controller)
{
    uint64_t longest_ns = 0;

    for (uint32_t c = 0; c < p->n; c++) {
        const struct wio_plan_container *other = &p->containers[c];

        for (uint32_t i = 0; i < other->config->n_needs; i++) {
            const struct wio_grant *grant = &other->grants[i];

            if (c != container && is_bus(grant) &&
                grant->controller == controller &&
                timeout_us(grant) * US > longest_ns) {
                longest_ns = timeout_us(grant) * US;
            }
        }
    }
    return longest_ns;
}

/* The buses that a main shares. Whoever is on them may have no main: then it
 * is an operation in the background that keeps others out. */
static void
find_buses(const struct planning *p, uint32_t container,
           struct wio_admit_entity *entity)
{
    const struct wio_plan_container *c = &p->containers[container];

    for (uint32_t i = 0; i < c->config->n_needs; i++) {
        const struct wio_grant *grant = &c->grants[i];
        uint64_t longest_ns = is_bus(grant)
                                  ? others_on(p, container, grant->controller)
                                  : 0;

        if (longest_ns > 0) {
            if (timeout_us(grant) * US > longest_ns) {
                longest_ns = timeout_us(grant) * US;
            }
            entity->buses |= 1u << grant->controller;
            if (grant->served) {
                longest_ns += p->board->policy.costs.fault_ns;
            }
            if (longest_ns > entity->bus_ns) {
                entity->bus_ns = longest_ns;
            }
        }
    }
}

static uint32_t
max_transfer(const struct wio_grant *grant)
{
    return grant->class == WIO_NEED_UART         ? grant->of.uart.max_transfer
           : grant->class == WIO_NEED_SPI_DEVICE ? grant->of.spi.max_transfer
                                                 : grant->of.i2c.max_transfer;
}

/* As how many of a byte's interrupts the beginning of a transfer counts, with a
 * look at all that wait, the mode of the bus and a FIFO of bytes, and its end,
 * with the line that it raises and the time of the next one. bench/timing.py
 * reads these two and measures request-ns by them. */
#define BEGIN 9u
#define END 4u

/*
 * A request costs, above all levels: its beginning, an interrupt a byte each
 * way (i2c: an address each way, too), its end, which may begin the next one,
 * the line that is raised, and two expiries of the timer, for its turn and for
 * its end (add_timer_cost). As if all came at once: a controller's speed is not
 * relied on. One on each bus may have begun before.
 */
static int
add_stream(struct planning *p, const struct wio_grant *grant)
{
    struct wio_plan *plan = p->plan;
    const struct wio_costs *costs = &p->board->policy.costs;
    uint64_t n_bytes = max_transfer(grant);
    uint64_t n = grant->class == WIO_NEED_I2C_DEVICE ? 2 * (n_bytes + 1)
                                                     : n_bytes;

    if (plan->set.n_streams == WIO_PLAN_STREAMS) {
        return wio_report_fail(p->report, WIO_ERR_NOT_ADMITTED,
                               "more than %u needs with requests cannot be "
                               "scheduled; unload a container",
                               WIO_PLAN_STREAMS);
    }
    plan->streams[plan->set.n_streams++] = (struct wio_admit_stream){
        .t_ns = grant->request_interval_us * US,
        .each_ns = (BEGIN + n + END) * costs->request_ns + costs->stub_ns,
        .n_carried = grant->class == WIO_NEED_UART ? 2 : 1,
    };
    return 0;
}

static int
add_streams(struct planning *p, uint32_t container)
{
    const struct wio_plan_container *c = &p->containers[container];
    int err = 0;

    for (uint32_t i = 0; i < c->config->n_needs && err == 0; i++) {
        if (c->grants[i].granted && c->grants[i].n_requests > 0) {
            err = add_stream(p, &c->grants[i]);
        }
    }
    return err;
}

/* The buses that others have by a container, and those that it serves. */
static void
find_served(const struct planning *p, uint32_t container, uint32_t *served,
            uint32_t *serves)
{
    const struct wio_plan_container *c = &p->containers[container];

    *served = *serves = 0;
    for (uint32_t i = 0; i < c->config->n_needs; i++) {
        if (c->grants[i].granted && c->grants[i].served) {
            *served |= 1u << c->grants[i].controller;
        }
    }
    for (uint32_t i = 0; i < c->config->n_services; i++) {
        int32_t bus = wio_board_served_bus(p->board, c->config, c->grants,
                                           &c->config->services[i]);

        *serves |= bus < 0 ? 0u : 1u << bus;
    }
}

static int
add_container(struct planning *p, uint32_t container)
{
    const struct wio_plan_container *c = &p->containers[container];
    const struct wio_container_config *config = c->config;
    uint64_t lock_ns = p->board->policy.max_lock_us * US;
    bool has_handlers = false;
    uint32_t served;
    uint32_t serves;
    int err = 0;

    find_served(p, container, &served, &serves);
    for (uint32_t i = 0; i < config->n_needs; i++) {
        has_handlers |= config->needs[i].class == WIO_NEED_IRQ &&
                        c->grants[i].granted;
    }
    if (config->main.entry.len > 0) {
        struct wio_admit_entity entity = {
            .kind = WIO_ENTITY_MAIN,
            .group = (uint8_t)(container + 1),
            .pinned = WIO_ADMIT_NONE,
            .c_ns = config->main.budget_us * US,
            .t_ns = config->main.period_us * US,
            .d_ns = config->main.deadline_us * US,
            .lock_ns = has_handlers ? lock_ns : 0,
            .served = served,
            .serves = serves,
        };

        find_buses(p, container, &entity);
        err = add(p, container, WIO_PLAN_MAIN, &entity);
    }
    for (uint32_t i = 0; i < config->n_needs && err == 0; i++) {
        const struct wio_admit_entity entity = {
            .kind = WIO_ENTITY_HANDLER,
            .group = (uint8_t)(container + 1),
            .pinned = WIO_ADMIT_NONE,
            .c_ns = config->needs[i].irq.budget_us * US,
            .t_ns = config->needs[i].irq.min_interarrival_us * US,
            .d_ns = config->needs[i].irq.deadline_us * US,
            .lock_ns = lock_ns,
            .serves = serves,
        };

        if (config->needs[i].class == WIO_NEED_IRQ && c->grants[i].granted) {
            err = add(p, container, i, &entity);
        }
    }
    return err;
}

/* -- The verdict ------------------------------------------------------------------ */

uint32_t
wio_plan_name(const struct wio_plan *plan, uint32_t i,
              const struct wio_board *board,
              const struct wio_plan_container *containers, char *text,
              uint32_t size)
{
    const struct wio_plan_entry *of = &plan->of[i];
    const struct wio_container_config *config;

    if (of->container == WIO_PLAN_HOST) {
        return wio_format(text, size, "%S",
                          &board->policy.tasks[of->which].label);
    }
    config = containers[of->container].config;
    if (of->which == WIO_PLAN_MAIN) {
        return wio_format(text, size, "%S main", &config->model);
    }
    return wio_format(text, size, "%S %S", &config->model,
                      &config->needs[of->which].label);
}

static uint32_t
in_us(uint64_t ns)
{
    uint64_t us = ns / US + (ns % US != 0);

    return us < UINT32_MAX ? (uint32_t)us : UINT32_MAX;
}

static int
refuse(const struct planning *p, enum wio_admit_verdict verdict, uint32_t who)
{
    const struct wio_admit_entity *e = &p->plan->entities[who];
    char name[WIO_CONFIG_MAX_LABEL * 2 + 2];

    wio_plan_name(p->plan, who, p->board, p->containers, name, sizeof(name));
    switch (verdict) {
    case WIO_ADMIT_LEVELS:
        if (e->pinned != WIO_ADMIT_NONE) {
            return wio_report_fail(p->report, WIO_ERR_NOT_ADMITTED,
                                   "%s has wasmio,level %u, and the last of "
                                   "the %u levels is %u; correct the board's "
                                   "policy", name, (uint32_t)e->pinned,
                                   p->plan->set.n_levels,
                                   p->plan->set.n_levels - 1);
        }
        return wio_report_fail(p->report, WIO_ERR_NOT_ADMITTED,
                               "%s would be one more than the %u levels of "
                               "this board; unload a container", name,
                               p->plan->set.n_levels);
    case WIO_ADMIT_OVERLOAD:
        return wio_report_fail(p->report, WIO_ERR_NOT_ADMITTED,
                               "all together would take %u of 1000 parts of "
                               "the processor, and %s is the first to miss "
                               "its deadline of %u us",
                               wio_admit_utilisation(&p->plan->set), name,
                               in_us(e->d_ns));
    case WIO_ADMIT_MISS:
        if (e->response_ns == UINT64_MAX) {
            return wio_report_fail(p->report, WIO_ERR_NOT_ADMITTED,
                                   "%s could take more than %u us, four times "
                                   "its deadline; lower budgets or raise "
                                   "periods", name, in_us(4 * e->d_ns));
        }
        return wio_report_fail(p->report, WIO_ERR_NOT_ADMITTED,
                               "%s could take %u us, %u us more than its "
                               "deadline; lower budgets or raise periods",
                               name, in_us(e->response_ns),
                               in_us(e->response_ns - e->d_ns));
    default:
        return wio_report_fail(p->report, WIO_ERR_NOT_ADMITTED,
                               "%s has a time that cannot be analysed", name);
    }
}

/* An expiry of the timer looks at every entity, at the line of each handler,
 * and at the alarm of each bus with requests. */
static void
add_timer_cost(struct wio_plan *plan, uint32_t each_ns)
{
    uint64_t n = plan->set.n;
    uint64_t ns;

    for (uint32_t i = 0; i < plan->set.n; i++) {
        n += plan->entities[i].kind == WIO_ENTITY_HANDLER;
    }
    n += 2 * plan->set.n_streams;
    ns = plan->set.costs.timer_ns + n * each_ns;
    plan->set.costs.timer_ns = ns < UINT32_MAX ? (uint32_t)ns : UINT32_MAX;
    for (uint32_t i = 0; i < plan->set.n_streams; i++) {
        plan->streams[i].each_ns += 2 * (uint64_t)plan->set.costs.timer_ns;
    }
}

int
wio_plan_make(struct wio_plan *plan, const struct wio_board *board,
              uint32_t n_levels, const struct wio_plan_container *containers,
              uint32_t n, struct wio_report *report)
{
    const struct wio_policy *policy = &board->policy;
    struct planning p = { plan, board, containers, n, report };
    enum wio_admit_verdict verdict;
    uint32_t who = 0;
    int err;

    plan->set = (struct wio_admit_set){
        .entities = plan->entities,
        .streams = plan->streams,
        .n_levels = n_levels ? n_levels : LEVELS_DEFAULT,
        .band_first = policy->container_level,
        .costs = {
            .entry_exit_ns = policy->costs.entry_exit_ns,
            .stub_ns = policy->costs.stub_ns,
            .timer_ns = policy->costs.timer_ns,
            .overrun_ns = policy->costs.overrun_ns,
            .irq_off_ns = policy->costs.irq_off_ns,
            .fault_ns = policy->costs.fault_ns,
        },
    };
    if (policy->overruns_allowed > 0) {
        /* Then every activation may end so late. */
        plan->set.costs.overrun_ns += policy->costs.fault_ns;
    }
    if (policy->levels > 0 && policy->levels < plan->set.n_levels) {
        plan->set.n_levels = policy->levels;
    }
    err = add_tasks(&p);
    for (uint32_t i = 0; i < n && err == 0; i++) {
        err = add_container(&p, i);
        err = err ? err : add_streams(&p, i);
    }
    if (err || plan->set.n == 0) {
        return err;
    }
    add_timer_cost(plan, policy->costs.timer_each_ns);
    verdict = wio_admit_assign(&plan->set, &who);
    return verdict == WIO_ADMIT_OK ? 0 : refuse(&p, verdict, who);
}
