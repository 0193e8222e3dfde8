/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the console says of time: entities and the trace. Lines go out polled,
 * in the background, below all levels: printing delays nobody.
 */
#include "firmware.h"
#include "port.h"

#define BATCH 8u                  /* records copied at a time */

static const char *const kinds[] = { "?", "task", "main", "handler" };

static void
say_entity(const struct wio_entity_info *info)
{
    say("@entity %u %w %s level %u container %u c %u t %U d %U cost %U b %U "
        "r %U seen %U run %U n %u overruns %u missed %u %s", info->slot,
        info->name, kinds[info->kind & 3u], info->level, info->container,
        info->budget_ns, info->period_ns, info->deadline_ns, info->cost_ns,
        info->blocking_ns, info->response_ns, info->max_response_ns,
        info->max_run_ns, info->activations, info->overruns, info->missed,
        info->suspended ? "suspended" : "ready");
    if (info->has_line) {
        say("@line %u source %u accepted %u coalesced %u dropped %u merged %u",
            info->slot, info->source, info->n_accepted, info->n_coalesced,
            info->n_dropped, info->n_merged);
    }
}

static void
say_control(const struct control *control)
{
    uint32_t i;
    uint32_t bound = 1;

    say("@control period %u n %u min %u max %u", control->period_ns,
        control->n, control->min_ns, control->max_ns);
    for (i = 0; i < CONTROL_BINS; i++, bound *= 2u) {
        if (control->bins[i] != 0 && i < CONTROL_BINS - 1u) {
            say("@jitter below-us %u n %u", bound, control->bins[i]);
        } else if (control->bins[i] != 0) {
            say("@jitter from-us %u n %u", bound / 2u, control->bins[i]);
        }
    }
}

void
say_times(const struct firmware *fw)
{
    struct wio_entity_info info;
    uint32_t i;

    for (i = 0; wio_runtime_entity(fw->runtime, i, &info) == 0; i++) {
        say_entity(&info);
    }
    if (fw->control.period_ns != 0) {
        say_control(&fw->control);
    }
}

void
say_trace(struct firmware *fw, uint32_t max)
{
    struct wio_trace_record records[BATCH];
    uint32_t n_said = 0;
    uint32_t lost;
    uint32_t n;
    uint32_t i;

    while (n_said < max) {         /* else a slow line would never end */
        n = wio_runtime_trace(fw->runtime, &fw->trace_next, records, BATCH,
                              &lost);
        if (lost > 0) {
            say("@lost %u", lost);
        }
        if (n == 0) {
            return;
        }
        for (i = 0; i < n; i++) {
            say("@t %U %u %u %u", records[i].at_ns, records[i].kind,
                records[i].who, records[i].value);
        }
        n_said += n;
    }
}

void
forget_trace(struct firmware *fw)
{
    struct wio_trace_record records[BATCH];
    uint32_t n_forgotten = 0;
    uint32_t lost;
    uint32_t n = BATCH;

    while (n == BATCH && n_forgotten < TRACE_ENTRIES) {
        n = wio_runtime_trace(fw->runtime, &fw->trace_next, records, BATCH,
                              &lost);
        n_forgotten += n;
    }
}

void
follow_trace(struct firmware *fw, uint32_t ms)
{
    uint64_t end_ns = cm_now_ns() + (uint64_t)ms * 1000000u;

    forget_trace(fw);
    wio_runtime_trace_on(fw->runtime, true);
    while (cm_now_ns() < end_ns) {
        say_trace(fw, BATCH);
        (void)wio_runtime_run(fw->runtime);
        say_changes(fw);
    }
    wio_runtime_trace_on(fw->runtime, false);
    say_trace(fw, TRACE_ENTRIES);
}
