/* SPDX-License-Identifier: Apache-2.0 */
/* drivers/gpio/button-led on simulated pins: 0 is the button, 1 the lamp. */
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
    rig_start(&rig, "button-led.wasm", NULL);
    rig_run_ns(&rig, 2 * MS);
    (void)rig_trace(&rig);
    return 0;
}

static int64_t
lamp(void)
{
    int64_t level;

    assert_int_equal(wio_sim_get(&rig.sim, "gpio0.1", &level), 0);
    return level;
}

static void
starts_dark_and_touches_its_pins_only(void **state)
{
    const char *trace;

    (void)state;
    rig_start(&rig, "button-led.wasm", NULL);
    rig_run_ns(&rig, 2 * MS);
    trace = rig_trace(&rig);
    /* Configured by the host (output: 1), driven low, button read. */
    assert_non_null(strstr(trace, "gpio0 c 1=1\n"));
    assert_non_null(strstr(trace, "gpio0 w 1=0\ngpio0 r 0=0\n"));
    assert_null(strstr(trace, " 2="));
    assert_int_equal(lamp(), 0);
    rig_assert_good(&rig, "pressed", 0);
    rig_assert_good(&rig, "presses", 0);
}

/* Four equal samples at 5 ms; one write of the lamp for each change. */
static void
follows_the_button_after_four_samples(void **state)
{
    (void)state;
    rig_script(&rig, "set gpio0.0=1");
    rig_run_ns(&rig, 15 * MS);
    assert_string_equal(rig_trace(&rig),
                        "gpio0 r 0=1\ngpio0 r 0=1\ngpio0 r 0=1\n");
    assert_int_equal(lamp(), 0);
    rig_run_ns(&rig, 5 * MS);
    assert_string_equal(rig_trace(&rig), "gpio0 r 0=1\ngpio0 w 1=1\n");
    assert_int_equal(lamp(), 1);
    rig_assert_good(&rig, "pressed", 1);
    rig_assert_good(&rig, "presses", 1);
    rig_script(&rig, "set gpio0.0=0");
    rig_run_ns(&rig, 20 * MS);
    assert_int_equal(lamp(), 0);
    rig_assert_good(&rig, "pressed", 0);
    rig_assert_good(&rig, "presses", 1);
}

static void
bounce_is_one_press(void **state)
{
    (void)state;
    for (int i = 0; i < 10; i++) {
        rig_script(&rig, "set gpio0.0=1");
        rig_run_ns(&rig, 5 * MS);
        rig_script(&rig, "set gpio0.0=0");
        rig_run_ns(&rig, 5 * MS);
    }
    rig_assert_good(&rig, "presses", 0);
    rig_script(&rig, "set gpio0.0=1");
    rig_run_ns(&rig, 100 * MS);
    rig_assert_good(&rig, "presses", 1);
    assert_int_equal(lamp(), 1);
}

static void
counts_presses(void **state)
{
    (void)state;
    for (int i = 1; i <= 5; i++) {
        rig_script(&rig, "set gpio0.0=1");
        rig_run_ns(&rig, 50 * MS);
        rig_assert_good(&rig, "presses", i);
        rig_script(&rig, "set gpio0.0=0");
        rig_run_ns(&rig, 50 * MS);
    }
    rig_assert_running(&rig);
}

static void
a_pin_that_fails_is_told_and_changes_nothing(void **state)
{
    (void)state;
    rig_script(&rig, "set gpio0.0=1");
    rig_run_ns(&rig, 50 * MS);
    rig_script(&rig, "fault gpio0:failurex20");
    rig_run_ns(&rig, 90 * MS);
    rig_assert_bad(&rig, "pressed", WIO_ERR_GPIO_HARDWARE_FAULT);
    rig_assert_good(&rig, "presses", 1);
    assert_int_equal(lamp(), 1);
    rig_run_ns(&rig, 30 * MS);
    rig_assert_good(&rig, "pressed", 1);
    rig_assert_running(&rig);
}

/* A sample that failed is none: four in a row are needed after it. */
static void
a_failed_sample_starts_the_count_again(void **state)
{
    (void)state;
    rig_script(&rig, "set gpio0.0=1");
    rig_run_ns(&rig, 15 * MS);
    rig_script(&rig, "fault gpio0:failure");
    rig_run_ns(&rig, 5 * MS);
    rig_assert_bad(&rig, "pressed", WIO_ERR_GPIO_HARDWARE_FAULT);
    rig_run_ns(&rig, 15 * MS);
    rig_assert_good(&rig, "presses", 0);
    rig_run_ns(&rig, 5 * MS);
    rig_assert_good(&rig, "presses", 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(starts_dark_and_touches_its_pins_only),
        cmocka_unit_test_setup(follows_the_button_after_four_samples, setup),
        cmocka_unit_test_setup(bounce_is_one_press, setup),
        cmocka_unit_test_setup(counts_presses, setup),
        cmocka_unit_test_setup(a_pin_that_fails_is_told_and_changes_nothing,
                               setup),
        cmocka_unit_test_setup(a_failed_sample_starts_the_count_again, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
