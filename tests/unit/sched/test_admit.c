/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The admission test by small sets whose answers can be computed by hand.
 * Whether the answers hold is asked in tests/campaign.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sched/admit.h"
#include "sched/sched.h"

#define US UINT64_C(1000)
#define N_LEVELS 8u

static struct wio_admit_entity entities[WIO_ADMIT_MAX];
static struct wio_admit_set set;

static void
begin(void)
{
    memset(entities, 0, sizeof(entities));
    set = (struct wio_admit_set){ .entities = entities,
                                  .n_levels = N_LEVELS };
}

static struct wio_admit_entity *
add(uint8_t kind, uint8_t group, uint64_t c_us, uint64_t t_us, uint64_t d_us)
{
    struct wio_admit_entity *e = &entities[set.n++];

    *e = (struct wio_admit_entity){
        .kind = kind, .group = group, .pinned = WIO_ADMIT_NONE,
        .c_ns = c_us * US, .t_ns = t_us * US, .d_ns = d_us * US,
    };
    return e;
}

static enum wio_admit_verdict
assign(void)
{
    uint32_t who;

    return wio_admit_assign(&set, &who);
}

/* Joseph & Pandya's equation on a textbook set: 1, 3 and 10 at these periods. */
static void
response_times_are_those_of_the_textbook(void **state)
{
    (void)state;
    begin();
    add(WIO_ENTITY_TASK, 0, 3, 7, 7);
    add(WIO_ENTITY_TASK, 0, 3, 12, 12);
    add(WIO_ENTITY_TASK, 0, 5, 20, 20);
    assert_int_equal(assign(), WIO_ADMIT_OK);
    assert_int_equal(entities[0].response_ns, 3 * US);
    assert_int_equal(entities[1].response_ns, 6 * US);
    assert_int_equal(entities[2].response_ns, 20 * US);
}

static void
jitter_of_one_delays_another(void **state)
{
    (void)state;
    begin();
    add(WIO_ENTITY_TASK, 0, 3, 7, 7);
    add(WIO_ENTITY_TASK, 0, 3, 12, 12);
    entities[0].jitter_ns = 4 * US;          /* two of them in 6 us */
    assert_int_equal(assign(), WIO_ADMIT_OK);
    assert_int_equal(entities[0].response_ns, 7 * US);
    assert_int_equal(entities[1].response_ns, 9 * US);
}

/* A lock of a group keeps out what is between its holder and its handler. */
static void
lock_blocks_up_to_its_ceiling(void **state)
{
    (void)state;
    begin();
    add(WIO_ENTITY_TASK, 0, 1, 100, 10);
    add(WIO_ENTITY_HANDLER, 1, 1, 100, 20);
    add(WIO_ENTITY_MAIN, 2, 1, 100, 30);
    add(WIO_ENTITY_MAIN, 1, 1, 100, 40)->lock_ns = 5 * US;
    assert_int_equal(assign(), WIO_ADMIT_OK);
    assert_int_equal(entities[0].blocking_ns, 0);
    assert_int_equal(entities[1].blocking_ns, 5 * US);
    assert_int_equal(entities[2].blocking_ns, 5 * US);
    assert_int_equal(entities[2].blocker, 3);
}

/* An operation of either container may be on the bus, below all levels. */
static void
bus_blocks_from_the_background_too(void **state)
{
    (void)state;
    begin();
    for (uint32_t i = 0; i < 3; i++) {
        add(WIO_ENTITY_MAIN, (uint8_t)(1 + i), 1, 100, 20 + 10 * i);
    }
    entities[1].buses = entities[2].buses = 1;
    entities[1].bus_ns = entities[2].bus_ns = 4 * US;
    assert_int_equal(assign(), WIO_ADMIT_OK);
    assert_int_equal(entities[0].blocking_ns, 0);
    assert_int_equal(entities[1].blocking_ns, 4 * US);
    assert_int_equal(entities[2].blocking_ns, 4 * US);
}

/* Entity 1 has a bus of a container's, group 9, that has nothing at a level. */
static void
served_entities_pay_for_whom_they_call(void **state)
{
    uint64_t alone_ns;

    (void)state;
    for (uint32_t served = 0; served < 2; served++) {
        begin();
        set.costs.timer_ns = 1000;
        set.costs.fault_ns = 5 * US;
        set.costs.overrun_ns = 2 * US;
        for (uint32_t i = 0; i < 3; i++) {
            add(WIO_ENTITY_MAIN, (uint8_t)(1 + i), 4, 1000, 200 + 100 * i);
        }
        entities[1].served = served;
        assert_int_equal(assign(), WIO_ADMIT_OK);
        if (!served) {
            alone_ns = entities[1].response_ns;
            /* Two expiries for each of three mains. */
            assert_int_equal(entities[1].allowance_ns, 6 * US);
            continue;
        }
        /* Room for the timer in its own code and in the other's, and the end
         * of the other. */
        assert_int_equal(entities[1].allowance_ns, 12 * US);
        assert_int_equal(wio_admit_allowance_once(&entities[1]), 6 * US);
        assert_int_equal(entities[1].response_ns, alone_ns + 6 * US + 7 * US);
        assert_int_equal(entities[0].response_ns,
                         entities[0].cost_ns + 6 * US);
        /* Who is below waits for both, too. */
        assert_int_equal(entities[2].response_ns,
                         entities[0].cost_ns + entities[1].cost_ns +
                             entities[2].cost_ns + 6 * US + 2 * 5 * US +
                             7 * US);
    }
}

/* irq.mask of who serves keeps out those it serves. */
static void
lock_of_a_server_blocks_whom_it_serves(void **state)
{
    (void)state;
    begin();
    add(WIO_ENTITY_MAIN, 2, 1, 100, 20)->served = 2;
    add(WIO_ENTITY_HANDLER, 1, 1, 100, 30)->serves = 2;
    entities[1].lock_ns = 5 * US;
    assert_int_equal(assign(), WIO_ADMIT_OK);
    assert_int_equal(entities[0].blocking_ns, 5 * US);
    entities[0].served = 1;
    assert_int_equal(assign(), WIO_ADMIT_OK);
    assert_int_equal(entities[0].blocking_ns, 0);
}

/* The last one's second bus has the ceiling of the first entity. */
static void
second_shared_bus_counts_as_the_first(void **state)
{
    (void)state;
    begin();
    for (uint32_t i = 0; i < 4; i++) {
        add(WIO_ENTITY_MAIN, (uint8_t)(1 + i), 1, 100, 20 + 10 * i);
    }
    entities[0].buses = 2;
    entities[2].buses = 1;
    entities[3].buses = 3;
    entities[0].bus_ns = 2 * US;
    entities[2].bus_ns = entities[3].bus_ns = 6 * US;
    assert_int_equal(assign(), WIO_ADMIT_OK);
    assert_int_equal(entities[1].blocking_ns, 6 * US);
    assert_int_equal(entities[1].blocker, 3);
}

/* Two of a container are more urgent, but it is faulted once; what is of the
 * same container is gone with it. */
static void
fault_delays_once_a_container(void **state)
{
    (void)state;
    begin();
    set.costs.fault_ns = 7000;
    add(WIO_ENTITY_MAIN, 1, 1, 100, 20);
    add(WIO_ENTITY_MAIN, 1, 1, 100, 30);
    add(WIO_ENTITY_TASK, 0, 1, 100, 40);
    add(WIO_ENTITY_HANDLER, 2, 1, 100, 50);
    add(WIO_ENTITY_MAIN, 2, 1, 100, 60)->lock_ns = 2 * US;
    assert_int_equal(assign(), WIO_ADMIT_OK);
    assert_int_equal(entities[1].response_ns, 2 * US);
    assert_int_equal(entities[2].response_ns, (3 + 7) * US);
    assert_int_equal(entities[4].response_ns, (5 + 7 + 2) * US);
    assert_int_equal(entities[3].blocking_ns, 2 * US);
    /* Below that lock's ceiling: whoever has the lock has its handler above. */
    add(WIO_ENTITY_MAIN, 3, 1, 100, 55);
    assert_int_equal(assign(), WIO_ADMIT_OK);
    assert_int_equal(entities[5].blocking_ns, 2 * US);
    assert_int_equal(entities[5].response_ns, (5 + 2 * 7 + 2) * US);
}

/* A main that waits is released later than the timer was set for. */
static void
main_costs_two_expiries_a_period(void **state)
{
    (void)state;
    begin();
    set.costs.timer_ns = 1000;
    add(WIO_ENTITY_MAIN, 1, 10, 100, 100);
    assert_int_equal(assign(), WIO_ADMIT_OK);
    /* Two in its own response time, once more as its allowance. */
    assert_int_equal(entities[0].response_ns, 14 * US);
}

/* Two jobs in one window, by jitter: the order by deadline is not the best. */
static void
search_finds_an_order_for_jitter(void **state)
{
    (void)state;
    begin();
    add(WIO_ENTITY_MAIN, 1, 3, 100, 10);
    add(WIO_ENTITY_MAIN, 2, 3, 100, 11)->jitter_ns = 6 * US;
    assert_int_equal(assign(), WIO_ADMIT_OK);
    assert_int_equal(entities[1].level, 0);
    assert_int_equal(entities[0].response_ns, 6 * US);
    assert_int_equal(entities[1].response_ns, 9 * US);
}

/* The host pinned a task between two: by deadline the longer of them is above
 * it, and it misses. */
static void
search_finds_an_order_around_a_pinned_task(void **state)
{
    (void)state;
    begin();
    set.n_levels = 3;
    add(WIO_ENTITY_TASK, 0, 30, 100, 45)->pinned = 1;
    add(WIO_ENTITY_MAIN, 1, 25, 100, 70);
    add(WIO_ENTITY_MAIN, 2, 10, 100, 72);
    assert_int_equal(assign(), WIO_ADMIT_OK);
    assert_int_equal(entities[0].response_ns, 40 * US);
    assert_int_equal(entities[1].level, 2);
    assert_int_equal(entities[1].response_ns, 65 * US);
}

static void
containers_stay_in_their_band(void **state)
{
    (void)state;
    begin();
    set.band_first = 3;
    add(WIO_ENTITY_MAIN, 1, 1, 100, 10);
    add(WIO_ENTITY_TASK, 0, 1, 100, 5);
    assert_int_equal(assign(), WIO_ADMIT_OK);
    assert_int_equal(entities[1].level, 0);
    assert_int_equal(entities[0].level, 3);
}

static void
refusals_name_the_first_to_miss(void **state)
{
    uint32_t who;

    (void)state;
    begin();
    add(WIO_ENTITY_TASK, 0, 30, 100, 50);
    add(WIO_ENTITY_MAIN, 1, 30, 100, 55);
    assert_int_equal(wio_admit_assign(&set, &who), WIO_ADMIT_MISS);
    assert_int_equal(who, 1);
    assert_int_equal(entities[1].response_ns, 60 * US);
    entities[1].c_ns = 80 * US;
    entities[1].d_ns = 100 * US;
    assert_int_equal(wio_admit_assign(&set, &who), WIO_ADMIT_OVERLOAD);
    entities[1].t_ns = 0;
    assert_int_equal(wio_admit_assign(&set, &who), WIO_ADMIT_RANGE);
    assert_int_equal(who, 1);
    entities[1].t_ns = 200 * US;
    set.n_levels = 1;
    assert_int_equal(wio_admit_assign(&set, &who), WIO_ADMIT_LEVELS);
    assert_int_equal(who, 1);
}

static void
largest_times_do_not_wrap(void **state)
{
    (void)state;
    begin();
    set.costs = (struct wio_admit_costs){
        UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX,
        UINT32_MAX
    };
    for (uint32_t i = 0; i < 4; i++) {
        add(WIO_ENTITY_HANDLER, 1, 1, 0, 0);
        entities[i].t_ns = entities[i].d_ns = UINT64_C(1) << 56;
        entities[i].c_ns = UINT64_C(1) << 55;
        entities[i].lock_ns = UINT64_C(1) << 56;
        entities[i].jitter_ns = UINT64_C(1) << 56;
    }
    assert_int_equal(assign(), WIO_ADMIT_OVERLOAD);
}

/* Times that a container chooses do not keep the loader busy: this set fits,
 * which would take 1,834 steps to find. One at 0.95 is found. */
static void
slow_convergence_is_given_up(void **state)
{
    (void)state;
    begin();
    add(WIO_ENTITY_HANDLER, 1, 999, 1000, 1000);
    add(WIO_ENTITY_MAIN, 1, 3000, 3600000000u, 3600000000u);
    assert_int_equal(assign(), WIO_ADMIT_MISS);
    assert_true(entities[1].response_ns == UINT64_MAX);
    entities[0].c_ns = 950 * US;
    assert_int_equal(assign(), WIO_ADMIT_OK);
    assert_int_equal(entities[1].response_ns, 60000 * US);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test(name)
        T(response_times_are_those_of_the_textbook),
        T(jitter_of_one_delays_another),
        T(lock_blocks_up_to_its_ceiling),
        T(bus_blocks_from_the_background_too),
        T(served_entities_pay_for_whom_they_call),
        T(lock_of_a_server_blocks_whom_it_serves),
        T(second_shared_bus_counts_as_the_first),
        T(fault_delays_once_a_container),
        T(main_costs_two_expiries_a_period),
        T(search_finds_an_order_for_jitter),
        T(search_finds_an_order_around_a_pinned_task),
        T(containers_stay_in_their_band),
        T(refusals_name_the_first_to_miss),
        T(largest_times_do_not_wrap),
        T(slow_convergence_is_given_up),
#undef T
    };

    return cmocka_run_group_tests_name("admit", tests, NULL, NULL);
}
