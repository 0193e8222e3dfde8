/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scheduler on the threads of the Linux port: order, nesting, storms,
 * budgets, locks, waiting. What is checked are counts and states, never how
 * soon: a test waits for what must come, up to PATIENCE.
 *
 * Each protection is also taken away (the operations of the port are wrapped),
 * and what was checked must fail then.
 *
 *     test_linux_levels         with what the kernel permits
 *     test_linux_levels plain   without asking for anything; and a name: only
 *                               that test
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "linux/linux_port.h"
#include "sched/sched.h"
#include "storm.h"

#define MS UINT64_C(1000000)
#define PATIENCE (60000 * MS)
#define FOREVER UINT64_MAX
#define MAX_JOBS 8u
#define LINE_A 1u
#define LINE_B 2u

enum without { NOTHING, THROTTLE, BUDGET, LOCK_LIMIT, CEILING };

struct job {
    struct wio_entity entity;
    struct wio_line line;
    uint32_t n_rounds;             /* of work */
    bool loops;                    /* until it is stopped */
    uint32_t n_loops;              /* only so many times; 0: always */
    bool locks;                    /* level 0 of the rest, and works in it */
    bool waits;                    /* one wait of @wait_ns at each release */
    uint64_t wait_ns;
    volatile bool stop;
    uint32_t n_runs;
    uint64_t most_own_ns;          /* of its thread's processor time */
    uint32_t n_woken;
    uint32_t n_timeouts;
    uint32_t n_events;
    uint64_t last_stamp_ns;
    uint64_t least_distance_ns;
};

static bool plain;

static struct rig {
    struct wio_linux *linux_port;
    struct wio_port port;
    struct wio_port_sched_ops ops;
    struct wio_sched sched;
    enum without without;
    struct job jobs[MAX_JOBS];
    uint32_t n_jobs;
    uint64_t give_up_ns;           /* work that nobody stops ends here */

    struct job *volatile top;      /* who executes; NULL: the background */
    volatile uint32_t depth;
    volatile uint32_t max_depth;
    uint32_t wanted_depth;         /* until then some jobs go on working */
    volatile uint32_t locked;      /* ceiling, UINT32_MAX: none */
    volatile uint32_t n_out_of_order;
    volatile uint32_t n_parallel;
    volatile uint32_t n_in_lock;
    volatile uint32_t n_given_up;
} rig;

static uint64_t
now(void)
{
    return rig.port.core->now_ns(rig.port.ctx);
}

/* -- Jobs ------------------------------------------------------------------ */

static uint64_t
own_ns(void)
{
    struct timespec own;

    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &own);
    return (uint64_t)own.tv_sec * 1000 * MS + (uint64_t)own.tv_nsec;
}

/* Whoever can still be preempted by one that can be preempted. */
static bool
waits_for_depth(const struct job *job)
{
    return rig.max_depth < rig.wanted_depth &&
           (job->entity.level >= 9 ||
            (job->entity.level == 3 && rig.depth == 2));
}

static void
work(struct job *job)
{
    bool loops = job->loops &&
                 (job->n_loops == 0 || job->n_runs <= job->n_loops);

    for (uint32_t i = 0; (loops || i < job->n_rounds || waits_for_depth(job)) &&
                         !job->stop; i++) {
        for (uint32_t k = 0; k < 100; k++) {
            rig.n_parallel += rig.top != job;
        }
        if (now() > rig.give_up_ns) {
            rig.n_given_up++;
            return;
        }
    }
}

static void
take_events(struct job *job)
{
    struct wio_line_events events = wio_sched_line_take(&rig.sched,
                                                        &job->line);
    uint64_t distance = events.stamp_ns - job->last_stamp_ns;

    job->n_events += events.count;
    if (job->last_stamp_ns != 0 && distance < job->least_distance_ns) {
        job->least_distance_ns = distance;
    }
    job->last_stamp_ns = events.stamp_ns;
}

static void
wait_once(struct job *job)
{
    if (job->n_runs > 1) {
        job->n_woken += job->entity.woken;
        job->n_timeouts += !job->entity.woken;
    }
    wio_sched_wait(&rig.sched, job->wait_ns == FOREVER
                                   ? FOREVER
                                   : now() + job->wait_ns);
}

static void
work_in_lock(struct job *job)
{
    if (wio_sched_lock(&rig.sched, 0) == 0) {
        rig.locked = 0;
        work(job);
        rig.locked = UINT32_MAX;
        if (!job->stop) {
            (void)wio_sched_unlock(&rig.sched);
        }
    }
}

static void
run(struct wio_entity *entity)
{
    struct job *job = entity->arg;
    struct job *below = rig.top;
    uint64_t own = own_ns();

    rig.n_out_of_order += below && below->entity.level <= entity->level;
    rig.n_in_lock += rig.locked <= entity->level;
    rig.top = job;
    rig.depth++;
    rig.max_depth = rig.depth > rig.max_depth ? rig.depth : rig.max_depth;
    job->stop = false;
    job->n_runs++;
    if (entity->line) {
        take_events(job);
    }
    if (job->locks) {
        work_in_lock(job);
    } else {
        work(job);
    }
    if (job->waits) {
        wait_once(job);
    }
    own = own_ns() - own;
    job->most_own_ns = own > job->most_own_ns ? own : job->most_own_ns;
    rig.n_out_of_order += rig.top != job;
    rig.depth--;
    rig.top = below;
}

static void
over(struct wio_entity *entity)
{
    if (rig.without != BUDGET) {
        ((struct job *)entity->arg)->stop = true;
    }
}

/* -- The rig --------------------------------------------------------------- */

static void
ignore_source(void *ctx, uint32_t source)
{
    (void)ctx;
    (void)source;
}

static uint32_t
raise_nothing(void *ctx, uint32_t level)
{
    (void)ctx;
    (void)level;
    return UINT32_MAX;
}

static void
quiet(void *arg, enum wio_log_level level, const char *text, uint32_t len)
{
    (void)arg;
    (void)level;
    (void)text;
    (void)len;
}

static const struct wio_controller_info blocks[] = {
    { .class = WIO_CONTROLLER_MMIO, .compatible = "wasmio,event-line",
      .base = LINE_A << 12, .size = 8 },
    { .class = WIO_CONTROLLER_MMIO, .compatible = "wasmio,event-line",
      .base = LINE_B << 12, .size = 8 },
};

static void
begin(enum without without, uint32_t lock_limit_us)
{
    const struct wio_linux_config config = { .no_realtime = plain,
                                             .log = quiet };
    struct wio_report report = { .code = 0 };
    struct wio_controller controller;

    memset(&rig, 0, sizeof(rig));
    rig.without = without;
    rig.locked = UINT32_MAX;
    if (wio_linux_create(&config, &rig.linux_port, &report)) {
        fail_msg("%s", report.text);
    }
    rig.port = *wio_linux_port(rig.linux_port);
    rig.ops = *rig.port.sched;
    rig.port.sched = &rig.ops;
    if (without == THROTTLE) {
        rig.ops.source_mask = ignore_source;
    } else if (without == CEILING) {
        rig.ops.raise = raise_nothing;
    }
    for (uint32_t i = 0; i < 2; i++) {
        assert_int_equal(rig.port.controller(rig.port.ctx, &blocks[i],
                                             &controller), 0);
    }
    wio_sched_start(&rig.sched, &rig.port, lock_limit_us, NULL, 0);
    if (without == LOCK_LIMIT) {
        rig.sched.lock_limit_ticks = 0x7fffffff;
    }
    rig.give_up_ns = now() + 2 * PATIENCE;
}

static struct job *
add(enum wio_entity_kind kind, uint8_t level, uint64_t period_ms,
    uint64_t budget_ms, uint32_t line)
{
    const struct wio_source_info info = { .line = line, .trigger = 1 };
    struct job *job = &rig.jobs[rig.n_jobs++];

    job->n_rounds = 10;
    job->least_distance_ns = UINT64_MAX;
    job->entity = (struct wio_entity){
        .run = run, .over = over, .arg = job, .kind = (uint8_t)kind,
        .group = 1, .level = level,
        .budget_ticks = (uint32_t)(budget_ms * MS),
        .period_ns = period_ms * MS, .deadline_ns = period_ms * MS,
    };
    assert_int_equal(wio_sched_add(&rig.sched, &job->entity,
                                   line ? FOREVER : now() + MS), 0);
    if (line) {
        job->line.handler = &job->entity;
        assert_int_equal(wio_sched_line_open(&rig.sched, &job->line, &info),
                         0);
        wio_sched_line_enable(&rig.sched, &job->line);
    }
    return job;
}

/* The background: its own work is interrupted like any other. */
static void
pass(uint64_t ns)
{
    uint64_t end = now() + ns;

    while (now() < end) {
        for (uint32_t k = 0; k < 1000; k++) {
            rig.n_parallel += rig.top != NULL;
        }
        rig.port.core->delay_ns(rig.port.ctx, MS);
    }
}

/* A counter reaches @least, or patience ends. */
static bool
comes_to(const volatile uint32_t *count, uint32_t least)
{
    uint64_t end = now() + PATIENCE;

    while (*count < least && now() < end) {
        pass(MS);
    }
    return *count >= least;
}

static void
end(void)
{
    for (uint32_t i = 0; i < rig.n_jobs; i++) {
        struct job *job = &rig.jobs[i];

        if (job->line.handler) {
            wio_sched_line_close(&rig.sched, &job->line);
        }
        wio_sched_remove(&rig.sched, &job->entity);
    }
    wio_linux_destroy(rig.linux_port);
}

static void
assert_in_order(void)
{
    assert_int_equal(rig.n_out_of_order, 0);
    assert_int_equal(rig.n_parallel, 0);
    assert_int_equal(rig.n_in_lock, 0);
    assert_int_equal(rig.depth, 0);
}

/* -- Storms ---------------------------------------------------------------- */

static void
start_storm(struct storm *storm, uint32_t line, uint32_t n_each)
{
    *storm = (struct storm){
        .port = rig.linux_port, .line = line, .n_each = n_each
    };
    assert_int_equal(storm_start(storm), 0);
}

/* What is on its way arrives, a least distance later. */
static bool
all_counted(const struct wio_line *line, uint32_t n_sent)
{
    uint64_t end_ns = now() + PATIENCE;

    while (line->event.n_accepted + line->n_coalesced + line->n_dropped != n_sent &&
           now() < end_ns) {
        pass(MS);
    }
    printf("# %u edges: %u accepted, %u coalesced, %u dropped\n", n_sent,
           line->event.n_accepted, line->n_coalesced, line->n_dropped);
    return line->event.n_accepted + line->n_coalesced + line->n_dropped == n_sent;
}

static void
storm_is_throttled_and_counted(uint8_t overflow)
{
    struct storm storm;
    struct job *handler;
    struct job *main;

    begin(NOTHING, 1000);
    handler = add(WIO_ENTITY_HANDLER, 1, 10, 1000, LINE_A);
    handler->line.overflow = overflow;
    main = add(WIO_ENTITY_MAIN, 5, 20, 1000, 0);
    start_storm(&storm, LINE_A, 1);
    assert_true(comes_to(&handler->n_runs, 20));
    assert_true(comes_to(&main->n_runs, 5));
    storm_stop(&storm);
    assert_true(storm.n_sent > 20);
    assert_true(all_counted(&handler->line, storm.n_sent));
    assert_true(handler->least_distance_ns >= 10 * MS);
    assert_int_equal(handler->n_events,
                     handler->line.event.n_accepted + handler->line.n_coalesced);
    end();
    assert_in_order();
}

static void
storm_is_coalesced(void **state)
{
    (void)state;
    storm_is_throttled_and_counted(WIO_LINE_COALESCE);
}

static void
storm_is_dropped(void **state)
{
    (void)state;
    storm_is_throttled_and_counted(WIO_LINE_DROP_NEWEST);
}

static void
without_throttle_a_storm_is_not_bounded(void **state)
{
    /* It ends by itself: until then nobody else may come to run. */
    struct storm storm = { .line = LINE_A, .n_each = 1, .n_most = 20000 };
    struct job *handler;
    uint64_t begin_ns;

    (void)state;
    begin(THROTTLE, 1000);
    handler = add(WIO_ENTITY_HANDLER, 1, 10, 1000, LINE_A);
    storm.port = rig.linux_port;
    begin_ns = now();
    assert_int_equal(storm_start(&storm), 0);
    assert_true(comes_to(&storm.n_sent, 20000));
    assert_true(all_counted(&handler->line, 20000));
    storm_stop(&storm);
    assert_true(handler->least_distance_ns < 10 * MS ||
                handler->line.event.n_accepted >
                    (now() - begin_ns) / (10 * MS) + 1);
    end();
}

/* -- Order ----------------------------------------------------------------- */

static void
urgent_preempts_and_ends_first(void **state)
{
    struct storm a;
    struct storm b;
    struct job *low;

    (void)state;
    begin(NOTHING, 1000);
    (void)add(WIO_ENTITY_HANDLER, 0, 2, 1000, LINE_A);
    (void)add(WIO_ENTITY_HANDLER, 3, 3, 1000, LINE_B);
    (void)add(WIO_ENTITY_TASK, 2, 5, 1000, 0);
    low = add(WIO_ENTITY_MAIN, 9, 10, 1000, 0);
    (void)add(WIO_ENTITY_MAIN, 9, 7, 1000, 0);
    for (uint32_t i = 0; i < rig.n_jobs; i++) {
        rig.jobs[i].n_rounds = 200u << rig.jobs[i].entity.level / 3;
    }
    start_storm(&a, LINE_A, 1);
    start_storm(&b, LINE_B, 7);
    rig.wanted_depth = 3;                  /* not before there are edges */
    assert_true(comes_to(&rig.max_depth, 3));
    assert_true(comes_to(&low->n_runs, 20));
    storm_stop(&a);
    storm_stop(&b);
    assert_true(all_counted(&rig.jobs[0].line, a.n_sent));
    assert_true(all_counted(&rig.jobs[1].line, b.n_sent));
    end();
    assert_in_order();
}

/* -- Budgets --------------------------------------------------------------- */

static void
loops_are_stopped_and_others_go_on(void **state)
{
    struct storm storm;
    struct job *above;
    struct job *handler;
    struct job *main;
    struct job *below;

    (void)state;
    begin(NOTHING, 1000);
    above = add(WIO_ENTITY_TASK, 0, 10, 1000, 0);
    handler = add(WIO_ENTITY_HANDLER, 2, 50, 5, LINE_A);
    main = add(WIO_ENTITY_MAIN, 4, 50, 10, 0);
    below = add(WIO_ENTITY_MAIN, 6, 20, 1000, 0);
    handler->loops = true;
    main->loops = true;
    start_storm(&storm, LINE_A, 1);
    assert_true(comes_to(&handler->entity.stats.overruns, 5));
    assert_true(comes_to(&main->entity.stats.overruns, 5));
    assert_true(comes_to(&above->n_runs, 10));
    assert_true(comes_to(&below->n_runs, 5));
    storm_stop(&storm);
    end();
    assert_int_equal(rig.n_given_up, 0);
    assert_int_equal(above->entity.stats.overruns, 0);
    assert_int_equal(below->entity.stats.overruns, 0);
    assert_int_equal(handler->entity.overrun, WIO_OVERRUN_BUDGET);
    assert_in_order();
}

static void
budget_stands_still_while_preempted(void **state)
{
    struct job *above;
    struct job *below;

    (void)state;
    /* 40 ms of every 50 are the upper one's, five times, and a budget is 100
     * ms: of these 20 would be left if it went on meanwhile. */
    begin(NOTHING, 1000);
    above = add(WIO_ENTITY_TASK, 0, 50, 40, 0);
    below = add(WIO_ENTITY_MAIN, 6, 10000, 100, 0);
    above->loops = true;
    above->n_loops = 5;
    below->loops = true;
    assert_true(comes_to(&below->entity.stats.overruns, 1));
    end();
    assert_true(above->n_runs >= 3);
    assert_true(below->most_own_ns >= 40 * MS);
    assert_in_order();
}

static void
without_budget_a_loop_never_ends(void **state)
{
    struct job *main;

    (void)state;
    begin(BUDGET, 1000);
    main = add(WIO_ENTITY_MAIN, 4, 5000, 10, 0);
    main->loops = true;
    rig.give_up_ns = now() + 500 * MS;
    assert_true(comes_to(&main->n_runs, 1));
    end();
    assert_true(rig.n_given_up > 0);
}

/* -- Locks ----------------------------------------------------------------- */

static void
lock_keeps_out_and_has_a_limit(void **state)
{
    struct storm storm;
    struct job *handler;
    struct job *main;

    (void)state;
    begin(NOTHING, 5000);
    handler = add(WIO_ENTITY_HANDLER, 1, 2, 1000, LINE_A);
    main = add(WIO_ENTITY_MAIN, 4, 20, 1000, 0);
    main->locks = true;
    main->loops = true;
    start_storm(&storm, LINE_A, 1);
    assert_true(comes_to(&main->entity.stats.overruns, 5));
    assert_true(comes_to(&handler->n_runs, 10));
    storm_stop(&storm);
    end();
    assert_int_equal(main->entity.overrun, WIO_OVERRUN_LOCK);
    assert_int_equal(rig.n_given_up, 0);
    assert_in_order();
}

static void
without_limit_a_lock_is_kept(void **state)
{
    struct job *main;

    (void)state;
    begin(LOCK_LIMIT, 5000);
    main = add(WIO_ENTITY_MAIN, 4, 5000, 2000, 0);
    main->locks = true;
    main->loops = true;
    rig.give_up_ns = now() + 500 * MS;
    assert_true(comes_to(&main->n_runs, 1));
    end();
    assert_true(rig.n_given_up > 0);
}

static void
without_ceiling_a_lock_keeps_nobody_out(void **state)
{
    struct storm storm;
    struct job *main;

    (void)state;
    begin(CEILING, 5000);
    (void)add(WIO_ENTITY_HANDLER, 1, 2, 1000, LINE_A);
    main = add(WIO_ENTITY_MAIN, 4, 20, 1000, 0);
    main->locks = true;
    main->loops = true;
    start_storm(&storm, LINE_A, 1);
    assert_true(comes_to(&rig.n_in_lock, 1));
    storm_stop(&storm);
    end();
}

/* -- Waiting --------------------------------------------------------------- */

static void
wait_ends_at_its_time_or_by_an_event(void **state)
{
    struct job *sleeper;
    struct job *waiter;

    (void)state;
    begin(NOTHING, 1000);
    sleeper = add(WIO_ENTITY_MAIN, 3, 5, 1000, 0);
    sleeper->waits = true;
    sleeper->wait_ns = 10 * MS;
    waiter = add(WIO_ENTITY_MAIN, 4, 5, 1000, 0);
    waiter->waits = true;
    waiter->wait_ns = FOREVER;
    assert_true(comes_to(&sleeper->n_timeouts, 3));
    assert_int_equal(sleeper->n_woken, 0);
    assert_int_equal(waiter->n_runs, 1);
    assert_true(wio_sched_wake(&waiter->entity));
    assert_true(comes_to(&waiter->n_woken, 1));
    assert_int_equal(waiter->n_timeouts, 0);
    end();
    assert_in_order();
}

static void
levels_are_used_again(void **state)
{
    (void)state;
    /* A port, its threads and its signal come and go. */
    for (uint32_t i = 0; i < 20; i++) {
        struct job *job;

        begin(NOTHING, 1000);
        job = add(WIO_ENTITY_TASK, (uint8_t)(i % 16), 1, 100, 0);
        assert_true(comes_to(&job->n_runs, 1));
        end();
        assert_in_order();
    }
}

int
main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test(name)
        T(urgent_preempts_and_ends_first),
        T(storm_is_coalesced),
        T(storm_is_dropped),
        T(without_throttle_a_storm_is_not_bounded),
        T(loops_are_stopped_and_others_go_on),
        T(budget_stands_still_while_preempted),
        T(without_budget_a_loop_never_ends),
        T(lock_keeps_out_and_has_a_limit),
        T(without_limit_a_lock_is_kept),
        T(without_ceiling_a_lock_keeps_nobody_out),
        T(wait_ends_at_its_time_or_by_an_event),
        T(levels_are_used_again),
#undef T
    };

    plain = argc > 1 && strcmp(argv[1], "plain") == 0;
    if (argc > 2) {
        cmocka_set_test_filter(argv[2]);
    }
    return cmocka_run_group_tests_name(plain ? "linux levels, plain"
                                             : "linux levels", tests, NULL,
                                       NULL);
}
