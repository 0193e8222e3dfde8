/* SPDX-License-Identifier: Apache-2.0 */
/* drivers/sensor/tmp105-async: readings that go on while main is away. */
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
    rig_start_scheduled(&rig, "tmp105-async.wasm", NULL);
    return 0;
}

static void
reads_without_waiting(void **state)
{
    struct wio_entity_info info;

    (void)state;
    rig_run_ns(&rig, 5 * MS);
    assert_string_equal(rig_trace(&rig), "i2c0 S48w 00 S48r 19 00 P\n");
    rig_assert_good(&rig, "temperature", 25000);
    rig_script(&rig, "set temperature=-10500");
    rig_run_ns(&rig, 1000 * MS);
    rig_assert_good(&rig, "temperature", -10500);
    rig_assert_good(&rig, "readings", 51);
    rig_assert_running(&rig);
    /* The bus takes 470 us a reading; main has gone long before. */
    for (uint32_t i = 0; wio_runtime_entity(rig.runtime, i, &info) == 0;
         i++) {
        assert_true(info.max_run_ns < 200000);
        assert_true(info.max_response_ns <= info.response_ns);
    }
}

static void
errors_make_the_point_bad(void **state)
{
    (void)state;
    rig_script(&rig, "fault i2c0:nack-address@3x2");
    rig_run_ns(&rig, 50 * MS);
    rig_assert_bad(&rig, "temperature", WIO_ERR_I2C_NACK_ADDRESS);
    rig_run_ns(&rig, 50 * MS);
    rig_assert_good(&rig, "temperature", 25000);
    rig_script(&rig, "fault i2c0:hang=1x1");
    rig_run_ns(&rig, 26 * MS);
    rig_assert_bad(&rig, "temperature", WIO_ERR_TIMEOUT);
    rig_run_ns(&rig, 20 * MS);
    rig_assert_good(&rig, "temperature", 25000);
    rig_assert_running(&rig);
}

/* No levels: plain calls, and main looks. */
static void
works_without_interrupts(void **state)
{
    (void)state;
    rig_start(&rig, "tmp105-async.wasm", NULL);
    rig_run_ns(&rig, 100 * MS);
    rig_assert_good(&rig, "temperature", 25000);
    rig_assert_running(&rig);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(reads_without_waiting, setup),
        cmocka_unit_test_setup(errors_make_the_point_bad, setup),
        cmocka_unit_test(works_without_interrupts),
    };

    return cmocka_run_group_tests_name("driver_tmp105_async", tests, NULL,
                                       NULL);
}
