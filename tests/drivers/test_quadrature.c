/* SPDX-License-Identifier: Apache-2.0 */
/* drivers/counter/quadrature: edges at two simulated pins. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "rig.h"

#define US 1000ull
#define STEP_NS (1000 * US)         /* the least distance that it declares */

static struct rig rig;
static int32_t position;
static uint32_t n_edges;

static int
setup(void **state)
{
    (void)state;
    rig_start_scheduled(&rig, "quadrature.wasm", NULL);
    rig_run_ns(&rig, 20 * MS);
    position = 0;
    n_edges = 0;
    return 0;
}

/* A is pin 2, B is pin 3; forwards A leads. */
static void
step(int32_t direction)
{
    static const uint8_t a[4] = { 0, 1, 1, 0 };
    static const uint8_t b[4] = { 0, 0, 1, 1 };
    uint32_t before = (uint32_t)position % 4;
    uint32_t now;

    position += direction;
    n_edges++;
    now = (uint32_t)position % 4;
    if (a[before] != a[now]) {
        assert_int_equal(wio_sim_set(&rig.sim, "gpio0.2", a[now]), 0);
    } else {
        assert_int_equal(wio_sim_set(&rig.sim, "gpio0.3", b[now]), 0);
    }
}

static void
turn(int32_t steps, uint64_t ns_a_step)
{
    for (; steps != 0; steps += steps > 0 ? -1 : 1) {
        step(steps > 0 ? 1 : -1);
        rig_run_ns(&rig, ns_a_step);
    }
}

static void
assert_exact(void)
{
    rig_run_ns(&rig, 20 * MS);
    rig_assert_good(&rig, "position", (int64_t)(uint64_t)(int64_t)position);
    rig_assert_good(&rig, "edges", n_edges);
    rig_assert_good(&rig, "invalid", 0);
    rig_assert_good(&rig, "late", 0);
    rig_assert_running(&rig);
}

static void
counts_forwards_and_back_at_the_declared_rate(void **state)
{
    (void)state;
    turn(1000, STEP_NS);
    assert_exact();
    turn(-2500, STEP_NS);
    assert_exact();
    turn(1501, STEP_NS);
    assert_int_equal(position, 1);
    assert_exact();
}

/* All edges on one track, at the declared distance. */
static void
trembles_at_one_mark(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 500; i++) {
        turn(1, STEP_NS);
        turn(-1, STEP_NS);
    }
    assert_exact();
}

/* The third and fourth step come while both pins are masked, so both tracks
 * have changed at the next look: steps are missing, and nobody knows which
 * way. */
static void
a_missed_step_is_counted_and_not_guessed(void **state)
{
    (void)state;
    turn(5, STEP_NS);
    turn(4, 0);
    rig_run_ns(&rig, 20 * MS);
    rig_assert_good(&rig, "position", 7);
    rig_assert_good(&rig, "invalid", 1);
    rig_assert_good(&rig, "edges", 9);
    rig_assert_running(&rig);
}

/* Every edge is counted, and a position that is wrong is not passed off as
 * exact. */
static void
faster_than_declared_it_says_so(void **state)
{
    (void)state;
    turn(3000, 7 * US);
    rig_run_ns(&rig, 20 * MS);
    rig_assert_good(&rig, "edges", n_edges);
    assert_int_not_equal(rig_point(&rig, "position").bits, position);
    assert_true(rig_point(&rig, "invalid").bits > 0);
    rig_assert_running(&rig);
}

static void
a_pin_that_cannot_be_read_makes_the_position_bad(void **state)
{
    (void)state;
    turn(3, STEP_NS);
    assert_exact();
    rig_script(&rig, "fault gpio0:failure");
    turn(1, STEP_NS);
    rig_run_ns(&rig, 20 * MS);
    rig_assert_bad(&rig, "position", WIO_ERR_GPIO_HARDWARE_FAULT);
    turn(1, STEP_NS);
    rig_run_ns(&rig, 20 * MS);
    rig_assert_bad(&rig, "position", WIO_ERR_GPIO_HARDWARE_FAULT);
    rig_assert_running(&rig);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup(name, setup)
    const struct CMUnitTest tests[] = {
        T(counts_forwards_and_back_at_the_declared_rate),
        T(trembles_at_one_mark),
        T(a_missed_step_is_counted_and_not_guessed),
        T(faster_than_declared_it_says_so),
        T(a_pin_that_cannot_be_read_makes_the_position_bad),
    };

    return cmocka_run_group_tests_name("quadrature", tests, NULL, NULL);
}
