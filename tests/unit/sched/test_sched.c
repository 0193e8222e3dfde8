/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entities, lines and locks on a port whose every instant the test decides.
 * Work is time that passes; a job ends early when it is told to stop.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fake_levels.h"
#include "sched/sched.h"

#define FOREVER UINT64_MAX

static struct levels levels;
static struct wio_sched sched;
static struct wio_trace_entry entries[64];

struct job {
    struct wio_entity entity;
    struct wio_line line;
    uint64_t work_ns;
    uint64_t lock_ns;               /* of these, the first ones under a lock */
    uint64_t ran_ns;
    uint64_t began_ns;
    uint32_t n_over;
    uint32_t events;
    bool at_least;
    bool woken;
    bool stop;
    void (*at_end)(struct job *job);
};

static void
work(struct job *job, uint64_t ns)
{
    for (uint64_t i = 0; i < ns && !job->stop; i++) {
        levels_pass(&levels, 1);
        job->ran_ns++;
    }
}

static void
run(struct wio_entity *entity)
{
    struct job *job = entity->arg;

    job->stop = false;
    job->began_ns = levels.now_ns;
    job->woken = entity->woken;
    if (entity->line) {
        struct wio_line_events events = wio_sched_line_take(&sched,
                                                            entity->line);

        job->events += events.count;
        job->at_least |= events.at_least;
    }
    if (job->lock_ns > 0) {
        assert_int_equal(wio_sched_lock(&sched, 0), 0);
        work(job, job->lock_ns);
        if (!job->stop) {
            assert_int_equal(wio_sched_unlock(&sched), 0);
        }
    }
    work(job, job->work_ns - job->lock_ns);
    if (job->at_end) {
        job->at_end(job);
    }
}

static void
over(struct wio_entity *entity)
{
    struct job *job = entity->arg;

    job->n_over++;
    job->stop = true;
}

static struct job
a_job(uint8_t kind, uint8_t level, uint64_t work_ns, uint32_t budget,
      uint64_t period_ns)
{
    return (struct job){
        .entity = { .run = run, .over = over, .kind = kind, .level = level,
                    .budget_ticks = budget, .period_ns = period_ns,
                    .deadline_ns = period_ns },
        .work_ns = work_ns,
    };
}

static void
add(struct job *job, uint64_t first_ns)
{
    job->entity.arg = job;
    assert_int_equal(wio_sched_add(&sched, &job->entity, first_ns), 0);
}

static void
add_line(struct job *job, uint8_t overflow)
{
    const struct wio_source_info info = { .line = 1, .trigger = 1 };

    add(job, FOREVER);
    job->line = (struct wio_line){ .handler = &job->entity,
                                   .overflow = overflow };
    assert_int_equal(wio_sched_line_open(&sched, &job->line, &info), 0);
    wio_sched_line_enable(&sched, &job->line);
}

static void
begin(bool counts)
{
    levels_init(&levels, counts);
    wio_sched_start(&sched, &levels.port, 1, entries, 64);
    sched.lock_limit_ticks = 20;
}

/* -- Releases and preemption ---------------------------------------------------- */

static void
releases_come_every_period(void **state)
{
    struct job job = a_job(WIO_ENTITY_TASK, 3, 10, 50, 100);

    (void)state;
    begin(true);
    add(&job, 5);
    levels_pass(&levels, 500);
    assert_int_equal(job.entity.stats.activations, 5);
    assert_int_equal(job.began_ns, 405);
    assert_int_equal(job.entity.stats.max_response_ns, 10);
    assert_int_equal(job.entity.stats.missed, 0);
}

static void
urgent_preempts_and_the_budget_stands_still_meanwhile(void **state)
{
    struct job low = a_job(WIO_ENTITY_MAIN, 5, 50, 50, 1000);
    struct job high = a_job(WIO_ENTITY_TASK, 1, 30, 40, 1000);

    (void)state;
    begin(true);
    add(&low, 10);
    add(&high, 20);
    levels_pass(&levels, 500);
    assert_int_equal(low.n_over, 1);         /* exactly at its end */
    assert_int_equal(low.ran_ns, 50);
    assert_int_equal(low.entity.stats.max_response_ns, 80);
    assert_int_equal(high.entity.stats.max_response_ns, 30);
    assert_int_equal(high.n_over, 0);
}

static void
less_urgent_waits(void **state)
{
    struct job low = a_job(WIO_ENTITY_MAIN, 5, 50, 60, 1000);
    struct job high = a_job(WIO_ENTITY_TASK, 1, 30, 40, 1000);

    (void)state;
    begin(true);
    add(&high, 10);
    add(&low, 20);
    levels_pass(&levels, 500);
    assert_int_equal(high.entity.stats.max_response_ns, 30);
    assert_int_equal(low.entity.stats.max_response_ns, 70);
}

static void
runaway_is_stopped_at_its_budget(void **state)
{
    struct job job = a_job(WIO_ENTITY_MAIN, 5, 900, 40, 1000);

    (void)state;
    begin(true);
    add(&job, 10);
    levels_pass(&levels, 200);
    assert_int_equal(job.ran_ns, 40);
    assert_int_equal(job.entity.stats.overruns, 1);
    assert_int_equal(job.entity.overrun, WIO_OVERRUN_BUDGET);
    assert_int_equal(job.entity.stats.max_run_ticks, 40);
}

/* A budget that ended while something more urgent ran ends again when the
 * activation goes on. */
static void
budget_that_ended_is_told_again_after_preemption(void **state)
{
    struct job low = a_job(WIO_ENTITY_MAIN, 5, 0, 40, 1000);
    struct job high = a_job(WIO_ENTITY_TASK, 1, 30, 40, 1000);
    uint32_t told;

    (void)state;
    begin(true);
    add(&low, FOREVER);
    add(&high, FOREVER);
    sched.current = &low.entity;
    levels.level = 5;
    levels.ops.budget_swap(&levels, 3);
    levels_pass(&levels, 3);
    told = low.n_over;
    assert_true(told >= 1);
    levels.ops.pend(&levels, high.entity.slot);
    levels_pass(&levels, 1);
    assert_true(low.n_over > told);
}

static uint32_t (*swap)(void *ctx, uint32_t ticks);

/* The old countdown ends while the new one is being set. */
static uint32_t
swap_at_the_end(void *ctx, uint32_t ticks)
{
    if (levels.irq_off == 0) {
        levels.on_budget(levels.arg);
    }
    return swap(ctx, ticks);
}

static void
budget_does_not_end_between_two_activations(void **state)
{
    struct job low = a_job(WIO_ENTITY_MAIN, 5, 50, 60, 1000);
    struct job high = a_job(WIO_ENTITY_TASK, 1, 30, 40, 1000);

    (void)state;
    begin(true);
    swap = levels.ops.budget_swap;
    levels.ops.budget_swap = swap_at_the_end;
    add(&low, 10);
    add(&high, 20);
    levels_pass(&levels, 500);
    assert_int_equal(low.ran_ns, 50);
    assert_int_equal(high.ran_ns, 30);
    assert_int_equal(low.entity.stats.overruns, 0);
    assert_int_equal(high.entity.stats.overruns, 0);
}

static void
release_during_an_activation_is_skipped_and_counted(void **state)
{
    struct job low = a_job(WIO_ENTITY_MAIN, 5, 60, 80, 100);
    struct job high = a_job(WIO_ENTITY_TASK, 1, 90, 95, 1000);

    (void)state;
    begin(true);
    add(&low, 10);
    add(&high, 20);
    levels_pass(&levels, 250);
    assert_int_equal(low.entity.stats.activations, 2);
    assert_int_equal(low.entity.stats.missed, 2);  /* late, and one skipped */
    assert_int_equal(low.began_ns, 210);           /* the phase stays */
}

/* A release that had to be put off and the next one are no burst: who is less
 * urgent is promised one activation a period. */
static void
release_made_up_for_keeps_the_distance(void **state)
{
    struct job main = a_job(WIO_ENTITY_MAIN, 2, 10, 40, 100);

    (void)state;
    begin(true);
    add(&main, 10);
    levels_pass(&levels, 90);
    assert_int_equal(main.entity.stats.activations, 1);
    wio_sched_again(&main.entity);              /* from 90 to 100 */
    levels_pass(&levels, 80);
    assert_int_equal(main.entity.stats.activations, 2);
    assert_int_equal(main.entity.stats.missed, 1);
    levels_pass(&levels, 20);
    assert_int_equal(main.entity.stats.activations, 3);
    assert_int_equal(main.began_ns, 190);
}

static void
suspended_entity_never_runs(void **state)
{
    struct job job = a_job(WIO_ENTITY_MAIN, 5, 10, 80, 100);

    (void)state;
    begin(true);
    add(&job, 10);
    levels.irq_off = 1;                       /* pended, but not begun */
    levels.timer_ns = FOREVER;
    levels.now_ns = 10;
    levels.on_timer(levels.arg);
    wio_sched_suspend(&job.entity);
    levels.irq_off = 0;
    levels_pass(&levels, 500);
    assert_int_equal(job.entity.stats.activations, 0);
    wio_sched_resume(&job.entity, 600);
    levels_pass(&levels, 200);
    assert_int_equal(job.entity.stats.activations, 2);
    assert_int_equal(job.began_ns, 700);
}

static void
removed_entity_leaves_its_slot(void **state)
{
    struct job jobs[LEVELS_SLOTS + 1];

    (void)state;
    begin(true);
    for (uint32_t i = 0; i < LEVELS_SLOTS; i++) {
        jobs[i] = a_job(WIO_ENTITY_MAIN, (uint8_t)i, 1, 8, 100);
        add(&jobs[i], 10);
    }
    jobs[8] = a_job(WIO_ENTITY_MAIN, 7, 1, 8, 100);
    jobs[8].entity.arg = &jobs[8];
    assert_int_equal(wio_sched_add(&sched, &jobs[8].entity, 10),
                     WIO_ERR_LIMIT);
    wio_sched_remove(&sched, &jobs[2].entity);
    add(&jobs[8], 10);
    levels_pass(&levels, 50);
    assert_int_equal(jobs[2].entity.stats.activations, 0);
    assert_int_equal(jobs[8].entity.stats.activations, 1);
}

static void
background_has_a_budget_and_is_preempted(void **state)
{
    struct job back = a_job(WIO_ENTITY_MAIN, 0, 900, 60, 0);
    struct job high = a_job(WIO_ENTITY_TASK, 6, 5, 40, 20);

    (void)state;
    begin(true);
    add(&high, 10);
    back.entity.arg = &back;
    assert_int_equal(wio_sched_background(&sched, &back.entity),
                     WIO_OVERRUN_BUDGET);
    assert_int_equal(back.ran_ns, 60);
    assert_true(high.entity.stats.activations >= 3);
    assert_int_equal(high.entity.stats.max_response_ns, 5);
    assert_null(sched.current);
    assert_int_equal(levels.ticks, 0);
}

/* -- Lines ------------------------------------------------------------------------ */

static void
storm_costs_one_stub_a_distance(void **state)
{
    struct job job = a_job(WIO_ENTITY_HANDLER, 2, 10, 20, 100);

    (void)state;
    begin(true);
    add_line(&job, WIO_LINE_COALESCE);
    for (uint32_t i = 0; i < 1000; i++) {
        levels_edge(&levels, 0);
        levels_pass(&levels, 1);
    }
    assert_in_range(job.entity.stats.activations, 5,
                    levels.now_ns / 100 + 1);
    assert_true(levels.sources[0].n_stubs <= levels.now_ns / 100 + 1);
    levels_pass(&levels, 300);
    assert_int_equal(job.line.event.n_accepted + job.line.n_coalesced, 1000);
    assert_int_equal(job.events, 1000);
    assert_false(job.at_least);
}

static void
expect_masked(struct job *job)
{
    assert_true(levels.now_ns > 100);        /* T is over */
    assert_true(levels.sources[0].masked);
    job->events = 1;
}

static void
source_stays_masked_until_the_handler_is_done(void **state)
{
    struct job job = a_job(WIO_ENTITY_HANDLER, 5, 10, 20, 50);
    struct job high = a_job(WIO_ENTITY_TASK, 1, 200, 300, 1000);

    (void)state;
    begin(true);
    high.at_end = expect_masked;
    add(&high, 11);
    add_line(&job, WIO_LINE_COALESCE);
    levels_pass(&levels, 10);
    levels_edge(&levels, 0);
    levels_pass(&levels, 300);
    assert_int_equal(high.events, 1);
    assert_int_equal(job.entity.stats.activations, 1);
    assert_false(levels.sources[0].masked);
}

static void
hardware_that_merges_says_at_least(void **state)
{
    struct job job = a_job(WIO_ENTITY_HANDLER, 2, 10, 20, 100);

    (void)state;
    begin(false);
    add_line(&job, WIO_LINE_COALESCE);
    levels_edge(&levels, 0);
    assert_false(job.at_least);
    levels_edge(&levels, 0);
    levels_edge(&levels, 0);
    levels_pass(&levels, 300);
    assert_true(job.at_least);
    assert_int_equal(job.line.event.n_accepted, 2);
    assert_int_equal(job.line.n_merged, 1);
}

static void
newest_are_dropped_and_counted(void **state)
{
    struct job job = a_job(WIO_ENTITY_HANDLER, 2, 10, 20, 100);

    (void)state;
    begin(true);
    add_line(&job, WIO_LINE_DROP_NEWEST);
    for (uint32_t i = 0; i < 7; i++) {
        levels_edge(&levels, 0);
    }
    levels_pass(&levels, 300);
    assert_int_equal(job.entity.stats.activations, 1);
    assert_int_equal(job.line.n_dropped, 6);
    levels_edge(&levels, 0);
    assert_int_equal(job.entity.stats.activations, 2);
}

static void
masked_line_waits_for_ack(void **state)
{
    struct job job = a_job(WIO_ENTITY_HANDLER, 2, 10, 20, 100);

    (void)state;
    begin(true);
    add_line(&job, WIO_LINE_MASK);
    levels_edge(&levels, 0);
    levels_pass(&levels, 500);
    levels_edge(&levels, 0);
    levels_pass(&levels, 500);
    assert_int_equal(job.entity.stats.activations, 1);
    assert_true(wio_sched_line_ack(&sched, &job.line));
    assert_int_equal(job.line.n_dropped, 1);
    assert_false(levels.sources[0].masked);
    levels_edge(&levels, 0);
    assert_int_equal(job.entity.stats.activations, 2);
}

static void
acknowledge_and_stay_masked(struct job *job)
{
    wio_sched_line_ack(&sched, &job->line);
    assert_true(levels.sources[0].masked);
}

static void
ack_inside_the_handler_waits_for_its_end(void **state)
{
    struct job job = a_job(WIO_ENTITY_HANDLER, 2, 150, 200, 100);

    (void)state;
    begin(true);
    job.at_end = acknowledge_and_stay_masked;
    add_line(&job, WIO_LINE_MASK);
    levels_edge(&levels, 0);
    assert_false(levels.sources[0].masked);
}

static void
disabled_line_drops_and_keeps_its_distance(void **state)
{
    struct job job = a_job(WIO_ENTITY_HANDLER, 2, 10, 20, 100);

    (void)state;
    begin(true);
    add_line(&job, WIO_LINE_COALESCE);
    levels_edge(&levels, 0);
    wio_sched_line_disable(&sched, &job.line);
    levels_edge(&levels, 0);
    wio_sched_line_enable(&sched, &job.line);     /* no way around T */
    assert_true(levels.sources[0].masked);
    assert_int_equal(job.line.n_dropped, 1);
    levels_pass(&levels, 100);
    assert_false(levels.sources[0].masked);
    assert_int_equal(job.entity.stats.activations, 1);
}

/* Twenty years hold more than 2^32 events. */
static void
least_distance_survives_the_wrap_of_the_count(void **state)
{
    struct job job = a_job(WIO_ENTITY_HANDLER, 2, 10, 20, 100);

    (void)state;
    begin(true);
    add_line(&job, WIO_LINE_COALESCE);
    levels_pass(&levels, 1000);
    job.line.event.n_accepted = UINT32_MAX;
    levels_edge(&levels, 0);
    assert_int_equal(job.line.event.n_accepted, 0);
    assert_true(levels.sources[0].masked);
}

static bool (*clear_before)(void *ctx, uint32_t source);

/* The hardware remembers an edge right after it was asked. */
static bool
edge_after_the_look(void *ctx, uint32_t source)
{
    bool had = clear_before(ctx, source);

    levels.ops.source_clear = clear_before;
    levels.sources[source].remembered = true;
    return had;
}

static void
event_found_by_ack_masks_its_source(void **state)
{
    struct job job = a_job(WIO_ENTITY_HANDLER, 2, 10, 20, 100);

    (void)state;
    begin(true);
    add_line(&job, WIO_LINE_MASK);
    levels_pass(&levels, 1000);
    clear_before = levels.ops.source_clear;
    levels.ops.source_clear = edge_after_the_look;
    wio_sched_line_ack(&sched, &job.line);
    assert_int_equal(job.entity.stats.activations, 1);
    levels_edge(&levels, 0);                     /* before T is over */
    assert_int_equal(job.entity.stats.activations, 1);
    assert_int_equal(levels.sources[0].n_stubs, 0);
}

static void
block(struct job *job)
{
    wio_sched_line_block(&sched, &job->line);
}

static void
line_blocked_by_its_handler_stays_masked(void **state)
{
    struct job job = a_job(WIO_ENTITY_HANDLER, 2, 150, 200, 100);

    (void)state;
    begin(true);
    job.at_end = block;
    add_line(&job, WIO_LINE_COALESCE);
    levels_edge(&levels, 0);
    levels_pass(&levels, 500);
    assert_true(levels.sources[0].masked);
}

static void
blocked_line_stays_masked_for_good(void **state)
{
    struct job job = a_job(WIO_ENTITY_HANDLER, 2, 10, 20, 100);

    (void)state;
    begin(true);
    add_line(&job, WIO_LINE_COALESCE);
    levels_edge(&levels, 0);
    wio_sched_line_block(&sched, &job.line);
    levels_pass(&levels, 500);
    wio_sched_line_enable(&sched, &job.line);
    wio_sched_line_ack(&sched, &job.line);
    assert_true(levels.sources[0].masked);
}

/* -- Locks ------------------------------------------------------------------------ */

static void
lock_keeps_out_and_ends_at_its_limit(void **state)
{
    struct job low = a_job(WIO_ENTITY_MAIN, 5, 500, 400, 1000);
    struct job high = a_job(WIO_ENTITY_TASK, 1, 5, 40, 1000);

    (void)state;
    begin(true);
    low.lock_ns = 100;
    add(&low, 10);
    add(&high, 12);
    levels_pass(&levels, 300);
    assert_int_equal(low.entity.overrun, WIO_OVERRUN_LOCK);
    assert_int_equal(low.ran_ns, 20);
    assert_int_equal(high.entity.stats.max_response_ns, 18 + 5);
    assert_int_equal(levels.ceiling, LEVELS_NONE);
}

static void
lock_is_charged_to_the_budget(void **state)
{
    struct job low = a_job(WIO_ENTITY_MAIN, 5, 500, 40, 1000);

    (void)state;
    begin(true);
    low.lock_ns = 15;
    add(&low, 10);
    levels_pass(&levels, 300);
    assert_int_equal(low.ran_ns, 40);
    assert_int_equal(low.entity.overrun, WIO_OVERRUN_BUDGET);
}

static void
lock_near_the_end_of_a_budget_is_a_budget_overrun(void **state)
{
    struct job low = a_job(WIO_ENTITY_MAIN, 5, 500, 10, 1000);

    (void)state;
    begin(true);
    low.lock_ns = 100;
    add(&low, 10);
    levels_pass(&levels, 300);
    assert_int_equal(low.ran_ns, 10);
    assert_int_equal(low.entity.overrun, WIO_OVERRUN_BUDGET);
    assert_int_equal(low.entity.stats.max_run_ticks, 10);
}

static void
ask_for_time_left(struct job *job)
{
    uint64_t before = wio_sched_left_ns(&sched);

    (void)job;
    assert_int_equal(before, 400 - 5);
    assert_int_equal(wio_sched_lock(&sched, 0), 0);
    assert_int_equal(wio_sched_left_ns(&sched), 20);    /* the lock's limit */
    assert_int_equal(wio_sched_unlock(&sched), 0);
    assert_int_equal(wio_sched_left_ns(&sched), before);
}

/* A delay asks how long it may be: longer than the limit, and whoever the lock
 * keeps out would wait for the whole budget. */
static void
time_left_under_a_lock_is_the_locks(void **state)
{
    struct job low = a_job(WIO_ENTITY_MAIN, 5, 5, 400, 1000);

    (void)state;
    begin(true);
    low.at_end = ask_for_time_left;
    add(&low, 10);
    levels_pass(&levels, 300);
    assert_int_equal(low.entity.stats.activations, 1);
}

static void
unlock_and_nest(struct job *job)
{
    (void)job;
    assert_int_equal(wio_sched_unlock(&sched), WIO_ERR_INVALID_ARGUMENT);
    for (uint32_t i = 0; i < 255; i++) {
        assert_int_equal(wio_sched_lock(&sched, 0), 0);
    }
    assert_int_equal(wio_sched_lock(&sched, 0), WIO_ERR_LIMIT);
    assert_int_equal(levels.ceiling, 0);
}

static void
lock_nests_and_is_dropped_at_the_end(void **state)
{
    struct job low = a_job(WIO_ENTITY_MAIN, 5, 5, 40, 1000);

    (void)state;
    begin(true);
    low.at_end = unlock_and_nest;
    add(&low, 10);
    levels_pass(&levels, 300);
    assert_int_equal(low.entity.stats.activations, 1);
    assert_int_equal(levels.ceiling, LEVELS_NONE);
}

/* -- Sections ----------------------------------------------------------------------- */

static struct job *in_section;
static uint32_t n_section_over;
static struct wio_section section;

static void
section_over(struct wio_section *which)
{
    assert_ptr_equal(which, &section);
    n_section_over++;
    in_section->stop = true;
}

/* Work of somebody else's within a countdown of @ns. */
static bool
in_a_section(struct job *job, uint64_t ns, uint64_t work_ns)
{
    in_section = job;
    n_section_over = 0;
    section = (struct wio_section){ .over = section_over };
    if (!wio_sched_begin_section(&sched, &section, ns)) {
        return false;
    }
    work(job, work_ns);
    job->stop = false;
    return true;
}

static void
use_a_section(struct job *job)
{
    uint64_t before = wio_sched_left_ns(&sched);

    assert_true(in_a_section(job, 30, 10));
    assert_false(wio_sched_is_over(&sched));
    wio_sched_end_section(&sched, &section);
    assert_int_equal(wio_sched_left_ns(&sched), before - 10);
    assert_int_equal(n_section_over, 0);
}

static void
section_is_charged_to_its_activation(void **state)
{
    struct job low = a_job(WIO_ENTITY_MAIN, 5, 5, 100, 1000);

    (void)state;
    begin(true);
    low.at_end = use_a_section;
    add(&low, 10);
    levels_pass(&levels, 300);
    assert_int_equal(low.entity.stats.max_run_ticks, 15);
    assert_int_equal(low.entity.stats.overruns, 0);
}

static void
exceed_a_section(struct job *job)
{
    assert_true(in_a_section(job, 30, 500));
    assert_true(wio_sched_is_over(&sched));
    assert_int_equal(section.overrun, WIO_OVERRUN_BUDGET);
    wio_sched_end_section(&sched, &section);
    assert_false(wio_sched_is_over(&sched));
    assert_int_equal(n_section_over, 1);
    assert_int_equal(wio_sched_left_ns(&sched), 100 - 5 - 30);
}

/* Its end is not the activation's. */
static void
section_ends_at_its_own_time(void **state)
{
    struct job low = a_job(WIO_ENTITY_MAIN, 5, 5, 100, 1000);

    (void)state;
    begin(true);
    low.at_end = exceed_a_section;
    add(&low, 10);
    levels_pass(&levels, 300);
    assert_int_equal(low.n_over, 0);
    assert_int_equal(low.entity.stats.overruns, 0);
    assert_int_equal(low.entity.stats.max_run_ticks, 35);
}

static void
ask_for_too_long_a_section(struct job *job)
{
    uint64_t before = wio_sched_left_ns(&sched);

    assert_int_equal(before, 35);
    assert_false(in_a_section(job, 35, 10));
    assert_null(job->entity.section);
    assert_int_equal(wio_sched_left_ns(&sched), before);
    assert_false(in_a_section(job, 34, 10));
    assert_true(in_a_section(job, 33, 500));
    wio_sched_end_section(&sched, &section);
    assert_int_equal(wio_sched_left_ns(&sched), 2);
}

static void
section_ends_within_the_budget_or_does_not_begin(void **state)
{
    struct job low = a_job(WIO_ENTITY_MAIN, 5, 5, 40, 1000);

    (void)state;
    begin(true);
    low.at_end = ask_for_too_long_a_section;
    add(&low, 10);
    levels_pass(&levels, 300);
    assert_int_equal(low.entity.stats.overruns, 0);
}

static void
lock_in_and_around_a_section(struct job *job)
{
    assert_int_equal(wio_sched_lock(&sched, 3), 0);
    assert_true(in_a_section(job, 15, 0));
    /* Not the section's to release. */
    assert_int_equal(wio_sched_unlock(&sched), WIO_ERR_INVALID_ARGUMENT);
    assert_int_equal(levels.ceiling, 3);
    assert_int_equal(wio_sched_lock(&sched, 1), 0);
    assert_int_equal(levels.ceiling, 1);
    work(job, 5);
    wio_sched_end_section(&sched, &section);
    assert_int_equal(levels.ceiling, 3);
    assert_int_equal(wio_sched_left_ns(&sched), 20 - 5);
    assert_int_equal(wio_sched_unlock(&sched), 0);
    assert_int_equal(levels.ceiling, LEVELS_NONE);
    assert_int_equal(wio_sched_left_ns(&sched), 100 - 5 - 5);
    /* One that is held too long inside is the section's overrun. */
    assert_true(in_a_section(job, 60, 0));
    assert_int_equal(wio_sched_lock(&sched, 1), 0);
    work(job, 500);
    job->stop = false;
    assert_int_equal(section.overrun, WIO_OVERRUN_LOCK);
    wio_sched_end_section(&sched, &section);
    assert_int_equal(levels.ceiling, LEVELS_NONE);
}

static void
locks_are_the_section_s_or_the_activation_s(void **state)
{
    struct job low = a_job(WIO_ENTITY_MAIN, 5, 5, 100, 1000);

    (void)state;
    begin(true);
    low.at_end = lock_in_and_around_a_section;
    add(&low, 10);
    levels_pass(&levels, 300);
    assert_int_equal(low.n_over, 0);
    assert_int_equal(low.entity.stats.overruns, 0);
}

static void
be_preempted_in_a_section(struct job *job)
{
    assert_true(in_a_section(job, 60, 40));
    wio_sched_end_section(&sched, &section);
    assert_int_equal(n_section_over, 0);
    assert_int_equal(wio_sched_left_ns(&sched), 100 - 5 - 40);
}

/* Its countdown stands still, as a budget does; and the other's is its own. */
static void
section_is_preempted(void **state)
{
    struct job low = a_job(WIO_ENTITY_MAIN, 5, 5, 100, 1000);
    struct job high = a_job(WIO_ENTITY_TASK, 1, 20, 40, 1000);

    (void)state;
    begin(true);
    low.at_end = be_preempted_in_a_section;
    add(&low, 10);
    add(&high, 30);
    levels_pass(&levels, 300);
    assert_int_equal(high.entity.stats.activations, 1);
    assert_int_equal(high.entity.stats.max_response_ns, 20);
    assert_int_equal(low.entity.stats.activations, 1);
}

/* -- Waiting ---------------------------------------------------------------------- */

static void
wait_long(struct job *job)
{
    (void)job;
    wio_sched_wait(&sched, 100000);
}

static void
waiting_main_is_woken_but_not_before_its_period(void **state)
{
    struct job job = a_job(WIO_ENTITY_MAIN, 5, 10, 40, 100);

    (void)state;
    begin(true);
    job.at_end = wait_long;
    add(&job, 10);
    levels_pass(&levels, 50);
    assert_true(wio_sched_wake(&job.entity));
    levels_pass(&levels, 59);
    assert_int_equal(job.entity.stats.activations, 1);
    levels_pass(&levels, 1);
    assert_int_equal(job.entity.stats.activations, 2);
    assert_int_equal(job.began_ns, 110);
    levels_pass(&levels, 400);
    assert_int_equal(job.entity.stats.activations, 2);   /* no period now */
    assert_true(wio_sched_wake(&job.entity));
    levels_pass(&levels, 1);
    assert_int_equal(job.entity.stats.activations, 3);
    assert_true(job.woken);
}

static void
wait_beyond_the_next_release(struct job *job)
{
    wio_sched_wait(&sched, 100000);
    work(job, 70);                       /* later than a period */
}

/* A release that comes between the call and the end of the activation does not
 * end the wait. */
static void
wait_is_not_ended_by_the_release_it_replaces(void **state)
{
    struct job job = a_job(WIO_ENTITY_MAIN, 5, 50, 400, 100);

    (void)state;
    begin(true);
    job.at_end = wait_beyond_the_next_release;
    add(&job, 10);
    levels_pass(&levels, 1000);
    assert_int_equal(job.entity.stats.activations, 1);
    assert_true(job.entity.waiting);
}

static void
wait_ends_at_its_time(void **state)
{
    struct job job = a_job(WIO_ENTITY_MAIN, 5, 10, 40, 100);

    (void)state;
    begin(true);
    job.at_end = wait_long;
    add(&job, 10);
    levels_pass(&levels, 99000);
    assert_int_equal(job.entity.stats.activations, 1);
    levels_pass(&levels, 1001);
    assert_int_equal(job.entity.stats.activations, 2);
    assert_false(job.woken);
    assert_false(wio_sched_wake(&(struct wio_entity){ .sched = &sched }));
}

static void
wake_during_the_activation_that_waits_is_kept(void **state)
{
    struct job main = a_job(WIO_ENTITY_MAIN, 5, 30, 40, 100);
    struct job other = a_job(WIO_ENTITY_TASK, 1, 1, 40, 10000);

    (void)state;
    begin(true);
    main.at_end = wait_long;
    add(&main, 10);
    add(&other, FOREVER);
    levels_pass(&levels, 10 + 29);
    assert_int_equal(main.entity.stats.activations, 1);
    levels_pass(&levels, 100);
    assert_true(main.entity.waiting);
    wio_sched_wake(&main.entity);
    levels_pass(&levels, 2);
    assert_true(main.entity.busy || main.entity.stats.activations == 2);
}

/* -- Trace ------------------------------------------------------------------------ */

static void
trace_tells_the_story(void **state)
{
    static const uint8_t story[] = {
        WIO_TRACE_LOAD, WIO_TRACE_RELEASE, WIO_TRACE_BEGIN, WIO_TRACE_BUDGET,
        WIO_TRACE_END,
    };
    struct job job = a_job(WIO_ENTITY_MAIN, 5, 900, 40, 1000);

    (void)state;
    begin(true);
    add(&job, 10);
    levels_pass(&levels, 200);
    assert_int_equal(sched.trace.n, sizeof(story));
    for (uint32_t i = 0; i < sizeof(story); i++) {
        assert_int_equal(entries[i].kind, story[i]);
    }
    assert_int_equal(entries[2].at_ns, 10);
    assert_int_equal(entries[4].at_ns, 50);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test(name)
        T(releases_come_every_period),
        T(urgent_preempts_and_the_budget_stands_still_meanwhile),
        T(less_urgent_waits),
        T(runaway_is_stopped_at_its_budget),
        T(budget_that_ended_is_told_again_after_preemption),
        T(budget_does_not_end_between_two_activations),
        T(release_during_an_activation_is_skipped_and_counted),
        T(release_made_up_for_keeps_the_distance),
        T(suspended_entity_never_runs),
        T(removed_entity_leaves_its_slot),
        T(background_has_a_budget_and_is_preempted),
        T(storm_costs_one_stub_a_distance),
        T(source_stays_masked_until_the_handler_is_done),
        T(hardware_that_merges_says_at_least),
        T(newest_are_dropped_and_counted),
        T(masked_line_waits_for_ack),
        T(ack_inside_the_handler_waits_for_its_end),
        T(line_blocked_by_its_handler_stays_masked),
        T(disabled_line_drops_and_keeps_its_distance),
        T(blocked_line_stays_masked_for_good),
        T(least_distance_survives_the_wrap_of_the_count),
        T(event_found_by_ack_masks_its_source),
        T(lock_keeps_out_and_ends_at_its_limit),
        T(lock_is_charged_to_the_budget),
        T(lock_near_the_end_of_a_budget_is_a_budget_overrun),
        T(time_left_under_a_lock_is_the_locks),
        T(lock_nests_and_is_dropped_at_the_end),
        T(section_is_charged_to_its_activation),
        T(section_ends_at_its_own_time),
        T(section_ends_within_the_budget_or_does_not_begin),
        T(locks_are_the_section_s_or_the_activation_s),
        T(section_is_preempted),
        T(waiting_main_is_woken_but_not_before_its_period),
        T(wait_is_not_ended_by_the_release_it_replaces),
        T(wait_ends_at_its_time),
        T(wake_during_the_activation_that_waits_is_kept),
        T(trace_tells_the_story),
#undef T
    };

    return cmocka_run_group_tests_name("sched", tests, NULL, NULL);
}
