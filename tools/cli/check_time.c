/* SPDX-License-Identifier: Apache-2.0 */
#include "check_time.h"

#include <stdio.h>

#include "sched/sched.h"

#define NAME_SIZE 80

static const char *const kinds[] = {
    [WIO_ENTITY_TASK] = "task", [WIO_ENTITY_MAIN] = "main",
    [WIO_ENTITY_HANDLER] = "handler"
};

/* The entity of the @rank-th most urgent level. */
static uint32_t
by_rank(const struct wio_plan *plan, uint32_t rank)
{
    for (uint32_t level = 0; level < plan->set.n_levels; level++) {
        for (uint32_t i = 0; i < plan->set.n; i++) {
            if (plan->entities[i].level == level && rank-- == 0) {
                return i;
            }
        }
    }
    return plan->set.n;
}

/* Who takes most of the time that @i waits; set.n: nobody. */
static uint32_t
worst(const struct wio_plan *plan, uint32_t i, uint64_t *takes_ns)
{
    uint32_t found = plan->set.n;

    *takes_ns = 0;
    for (uint32_t j = 0; j < plan->set.n; j++) {
        uint64_t takes = wio_admit_interference(&plan->set, i, j,
                                                plan->entities[i].response_ns);

        if (takes > *takes_ns) {
            *takes_ns = takes;
            found = j;
        }
    }
    return found;
}

static double
us(uint64_t ns)
{
    return (double)ns / 1000.0;
}

static void
print_row(const struct wio_plan *plan, uint32_t i,
          const struct wio_board *board,
          const struct wio_plan_container *containers)
{
    const struct wio_admit_entity *e = &plan->entities[i];
    char name[NAME_SIZE];
    uint64_t takes_ns;
    uint32_t who = worst(plan, i, &takes_ns);

    wio_plan_name(plan, i, board, containers, name, sizeof(name));
    printf("  %2u  %-26s %-8s %8.0f %9.1f %9.0f %9.0f %8.1f", e->level, name,
           kinds[e->kind], us(e->c_ns), us(e->cost_ns), us(e->t_ns),
           us(e->d_ns), us(e->blocking_ns));
    if (e->response_ns == UINT64_MAX) {
        printf("   > 4 D    MISSES");
    } else if (e->response_ns > e->d_ns) {
        printf(" %9.1f    MISSES", us(e->response_ns));
    } else {
        printf(" %9.1f %9.1f", us(e->response_ns),
               us(e->d_ns - e->response_ns));
    }
    if (who < plan->set.n && e->response_ns != UINT64_MAX) {
        wio_plan_name(plan, who, board, containers, name, sizeof(name));
        printf("  %s (%.1f)", name, us(takes_ns));
    }
    putchar('\n');
}

void
cli_time_print(const struct wio_plan *plan, const struct wio_board *board,
               const struct wio_plan_container *containers)
{
    const struct wio_admit_costs *costs = &plan->set.costs;

    if (plan->set.n == 0) {
        return;
    }
    printf("Response times, microseconds; %.1f %% of the processor at most\n",
           wio_admit_utilisation(&plan->set) / 10.0);
    printf("  %2s  %-26s %-8s %8s %9s %9s %9s %8s %9s %9s  %s\n", "lv", "who",
           "", "C", "C~", "T", "D", "B", "R", "slack", "most time from");
    for (uint32_t rank = 0; rank < plan->set.n; rank++) {
        uint32_t i = by_rank(plan, rank);

        if (i < plan->set.n) {
            print_row(plan, i, board, containers);
        }
    }
    for (uint32_t i = 0; i < plan->set.n_streams; i++) {
        printf("  requests: %.1f us of interrupts each, %.0f us apart\n",
               us(plan->streams[i].each_ns), us(plan->streams[i].t_ns));
    }
    if (costs->entry_exit_ns + costs->stub_ns + costs->timer_ns == 0) {
        printf("  The board's policy gives no costs: overheads are left "
               "out.\n");
    }
}

json_t *
cli_time_json(const struct wio_plan *plan, const struct wio_board *board,
              const struct wio_plan_container *containers)
{
    json_t *rows = json_array();

    for (uint32_t i = 0; i < plan->set.n; i++) {
        const struct wio_admit_entity *e = &plan->entities[i];
        bool known = e->response_ns != UINT64_MAX;
        char name[NAME_SIZE];

        wio_plan_name(plan, i, board, containers, name, sizeof(name));
        json_array_append_new(rows, json_pack(
            "{s:s, s:s, s:i, s:I, s:I, s:I, s:I, s:I, s:o, s:b}", "name", name,
            "kind", kinds[e->kind], "level", (int)e->level, "c_ns",
            (json_int_t)e->c_ns, "cost_ns", (json_int_t)e->cost_ns, "t_ns",
            (json_int_t)e->t_ns, "d_ns", (json_int_t)e->d_ns, "blocking_ns",
            (json_int_t)e->blocking_ns, "response_ns",
            known ? json_integer((json_int_t)e->response_ns) : json_null(),
            "holds", (int)(e->response_ns <= e->d_ns)));
    }
    return rows;
}
