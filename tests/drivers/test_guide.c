/* SPDX-License-Identifier: Apache-2.0 */
/* The containers of docs/guide/write-a-driver.md and of README.md, built from
 * the texts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "rig.h"

static struct rig rig;

static void
warns_when_it_is_too_warm(void **state)
{
    (void)state;
    rig_start(&rig, WIO_CONTAINERS_DIR "/overheat.wasm",
              "set temperature=25000");
    (void)rig_trace(&rig);
    rig_run_ns(&rig, 50 * MS);
    /* As the guide shows it. */
    assert_string_equal(rig_trace(&rig), "i2c0 S48w 00 S48r 19 00 P\n"
                                         "gpio0 w 1=0\n");
    rig_assert_good(&rig, "too-warm", 0);
    rig_script(&rig, "set temperature=30500");
    rig_run_ns(&rig, 100 * MS);
    assert_string_equal(rig_trace(&rig), "i2c0 S48w 00 S48r 1e 80 P\n"
                                         "gpio0 w 1=1\n");
    rig_assert_good(&rig, "too-warm", 1);
    rig_script(&rig, "set temperature=-30500");
    rig_run_ns(&rig, 100 * MS);
    rig_assert_good(&rig, "too-warm", 0);
}

static void
does_not_guess_when_the_sensor_is_gone(void **state)
{
    (void)state;
    rig_start(&rig, WIO_CONTAINERS_DIR "/overheat.wasm",
              "fault i2c0:nack-address");
    rig_run_ns(&rig, 50 * MS);
    rig_assert_bad(&rig, "too-warm", WIO_ERR_I2C_NACK_ADDRESS);
    rig_run_ns(&rig, 100 * MS);
    rig_assert_good(&rig, "too-warm", 0);
    rig_assert_running(&rig);
}

static void
the_readme_says_hello(void **state)
{
    (void)state;
    rig_start(&rig, WIO_CONTAINERS_DIR "/hello.wasm",
              "set temperature=-10500");
    rig_run_ns(&rig, 50 * MS);
    rig_assert_good(&rig, "temperature", -10500);
    rig_script(&rig, "fault i2c0:nack-address");
    rig_run_ns(&rig, 100 * MS);
    rig_assert_bad(&rig, "temperature", WIO_ERR_I2C_NACK_ADDRESS);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(warns_when_it_is_too_warm),
        cmocka_unit_test(does_not_guess_when_the_sensor_is_gone),
        cmocka_unit_test(the_readme_says_hello),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
