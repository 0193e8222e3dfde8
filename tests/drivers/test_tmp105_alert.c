/* SPDX-License-Identifier: Apache-2.0 */
/* drivers/sensor/tmp105-alert with the simulated ALERT pin, and without;
 * sections of SLLS648D. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "rig.h"

static struct rig rig;

static int
setup(void **state)
{
    (void)state;
    rig_start_scheduled(&rig, "tmp105-alert.wasm", NULL);
    rig_run_ns(&rig, 500 * MS);
    (void)rig_trace(&rig);
    return 0;
}

/* How long until `over-temperature` is @value, ns; fails after a second. */
static uint64_t
until_over_is(uint64_t value)
{
    const uint64_t start_ns = wio_sim_now_ns(&rig.sim);

    while (rig_point(&rig, "over-temperature").bits != value) {
        rig_run_ns(&rig, MS / 4);
        assert_true(wio_sim_now_ns(&rig.sim) - start_ns < 1000 * MS);
    }
    return wio_sim_now_ns(&rig.sim) - start_ns;
}

static void
sets_limits_and_mode_up(void **state)
{
    (void)state;
    rig_start_scheduled(&rig, "tmp105-alert.wasm", NULL);
    rig_run_ns(&rig, 15 * MS);
    assert_string_equal(rig_trace(&rig),
        "i2c0 S48w 03 50 00 P\n"     /* T_HIGH: 80 degrees */
        "i2c0 S48w 02 4e 00 P\n"     /* T_LOW: 78 */
        "i2c0 S48w 01 62 P\n");      /* 12 bits, ALERT as an interrupt */
    rig_run_ns(&rig, 500 * MS);
    rig_assert_good(&rig, "temperature", 25000);
    rig_assert_good(&rig, "over-temperature", 0);
    rig_assert_good(&rig, "alerts", 0);
}

/* At any phase of the poll, the alert is followed by a reading within a period
 * of main and the transfers. */
static void
an_alert_is_read_at_once(void **state)
{
    uint64_t worst_ns = 0;

    (void)state;
    for (uint32_t i = 0; i < 40; i++) {
        uint64_t ns;

        rig_run_ns(&rig, 203 * MS);
        rig_script(&rig, "set temperature=80000");
        ns = until_over_is(1);
        worst_ns = ns > worst_ns ? ns : worst_ns;
        rig_run_ns(&rig, 207 * MS);
        rig_script(&rig, "set temperature=77900");
        ns = until_over_is(0);
        worst_ns = ns > worst_ns ? ns : worst_ns;
    }
    assert_true(worst_ns <= 23 * MS);
    rig_run_ns(&rig, 100 * MS);
    rig_assert_good(&rig, "alerts", 80);
    rig_assert_running(&rig);
}

/* Hot for a minute: one alert, not a storm, and no reading more than usual. */
static void
a_sensor_that_stays_hot_alerts_once(void **state)
{
    uint32_t before;

    (void)state;
    rig_script(&rig, "set temperature=90000");
    rig_run_ns(&rig, 200 * MS);
    before = wio_sim_accesses(&rig.sim, "i2c0");
    rig_run_ns(&rig, 60000 * MS);
    rig_assert_good(&rig, "alerts", 1);
    rig_assert_good(&rig, "over-temperature", 1);
    assert_true(wio_sim_accesses(&rig.sim, "i2c0") - before <= 2 * 601);
}

/* ALERT stays low while the bus fails: the line is masked, not a storm. */
static void
a_bus_error_keeps_the_line_masked(void **state)
{
    (void)state;
    rig_script(&rig, "fault i2c0:nack-addressx*");
    rig_script(&rig, "set temperature=85000");
    rig_run_ns(&rig, 1000 * MS);
    rig_assert_bad(&rig, "over-temperature", WIO_ERR_I2C_NACK_ADDRESS);
    rig_assert_bad(&rig, "temperature", WIO_ERR_I2C_NACK_ADDRESS);
    rig_script(&rig, "fault i2c0:none");
    rig_run_ns(&rig, 200 * MS);
    rig_assert_good(&rig, "over-temperature", 1);
    rig_assert_good(&rig, "alerts", 1);
    rig_assert_running(&rig);
}

static void
a_limit_from_outside_is_set_in_the_sensor(void **state)
{
    const int i = wio_runtime_find_point(rig.runtime, rig.id, "limit");

    (void)state;
    assert_true(i >= 0);
    assert_int_equal(wio_runtime_set_point(rig.runtime, rig.id, (uint32_t)i,
                                           (uint64_t)(int64_t)-10000), 0);
    rig_run_ns(&rig, 600 * MS);
    assert_int_equal(rig.sim.devices[0].limits[1], 0xf600);
    assert_int_equal(rig.sim.devices[0].limits[0], 0xf400);
    rig_assert_good(&rig, "over-temperature", 1);
}

static void
a_sensor_that_lost_its_power_is_set_up_again(void **state)
{
    (void)state;
    rig.sim.devices[0].config = 0;
    rig.sim.devices[0].limits[1] = 0x5000;
    rig_run_ns(&rig, 600 * MS);
    assert_int_equal(rig.sim.devices[0].config, 0x62);
    rig_assert_good(&rig, "temperature", 25000);
}

/* A port without levels grants no interrupt: the same container polls. */
static void
without_the_pin_it_looks(void **state)
{
    (void)state;
    rig_start(&rig, "tmp105-alert.wasm", NULL);
    rig_run_ns(&rig, 500 * MS);
    rig_script(&rig, "set temperature=80000");
    assert_true(until_over_is(1) <= 105 * MS);
    rig_script(&rig, "set temperature=77900");
    assert_true(until_over_is(0) <= 105 * MS);
    rig_assert_good(&rig, "alerts", 0);
    rig_assert_running(&rig);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup(name, setup)
    const struct CMUnitTest tests[] = {
        T(sets_limits_and_mode_up),
        T(an_alert_is_read_at_once),
        T(a_sensor_that_stays_hot_alerts_once),
        T(a_bus_error_keeps_the_line_masked),
        T(a_limit_from_outside_is_set_in_the_sensor),
        T(a_sensor_that_lost_its_power_is_set_up_again),
        T(without_the_pin_it_looks),
    };

    return cmocka_run_group_tests_name("tmp105-alert", tests, NULL, NULL);
}
