/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/plan.h - who runs, as the admission test wants it
 *
 *   board's policy (host tasks, costs, levels) --+
 *   configurations, grants of the containers ----+--> plan --> admission test
 *
 * The runtime plans at every load, `wasmio check` offline; both by this.
 */
#ifndef WIO_RUNTIME_PLAN_H
#define WIO_RUNTIME_PLAN_H

#include "base/report.h"
#include "board/board.h"
#include "sched/admit.h"

#define WIO_PLAN_HOST 0xffu
#define WIO_PLAN_MAIN 0xffu
#define WIO_PLAN_SERVICE 0xfeu        /* and below: the first, the second; no
                                         entity, runs in its caller's */
#define WIO_PLAN_STREAMS 16u       /* needs with requests, of all containers */

struct wio_plan_container {
    const struct wio_container_config *config;
    const struct wio_grant *grants;   /* one a need; what is not granted does
                                         not run */
};

struct wio_plan {
    struct wio_admit_set set;
    struct wio_admit_entity entities[WIO_ADMIT_MAX];
    struct wio_admit_stream streams[WIO_PLAN_STREAMS];
    struct wio_plan_entry {
        uint8_t container;            /* index, or WIO_PLAN_HOST */
        uint8_t which;                /* host: the task; else a need of class
                                         irq, or WIO_PLAN_MAIN */
    } of[WIO_ADMIT_MAX];
};

/**
 * wio_plan_make - entities, levels, response times
 * @n_levels: of the port, or 0 when it is not known: the policy's alone
 * Host tasks come first, then container after container: main, handlers.
 *
 * Returns 0, or with the sentence in @report and in the plan what led to it
 *   WIO_ERR_NOT_ADMITTED  an entity misses its deadline, or has no level
 */
WIO_MUST_CHECK
int wio_plan_make(struct wio_plan *plan, const struct wio_board *board,
                  uint32_t n_levels,
                  const struct wio_plan_container *containers, uint32_t n,
                  struct wio_report *report);

/* "control", "counter main", "counter on-edge"; its length. */
uint32_t wio_plan_name(const struct wio_plan *plan, uint32_t i,
                       const struct wio_board *board,
                       const struct wio_plan_container *containers, char *text,
                       uint32_t size);

#endif
