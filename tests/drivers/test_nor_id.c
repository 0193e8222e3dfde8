/* SPDX-License-Identifier: Apache-2.0 */
/* drivers/storage/nor-id on the simulated bus: one transaction, faults. */
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
    rig_start(&rig, "nor-id.wasm", "");
    return 0;
}

static int32_t
read_id(void)
{
    return rig_operate(&rig, "read-id", NULL, 0);
}

static void
reads_the_identification(void **state)
{
    (void)state;
    assert_int_equal(read_id(), 0xef5014);
    assert_string_equal(rig_trace(&rig), "spi0 S1 9f>ff 00>ef 00>50 00>14 P\n");
    rig_assert_running(&rig);
}

static void
tells_what_went_wrong(void **state)
{
    static const struct {
        const char *script;
        int32_t code;
    } cases[] = {
        { "fault spi0:no-answer", WIO_ERR_NO_DEVICE },
        { "fault spi0:hang", WIO_ERR_TIMEOUT },
        { "fault spi0:overrun", WIO_ERR_SPI_OVERRUN },
    };

    (void)state;
    for (uint32_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        rig_script(&rig, cases[i].script);
        assert_int_equal(read_id(), cases[i].code);
        assert_int_equal(read_id(), 0xef5014);
    }
    rig_assert_running(&rig);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(reads_the_identification, setup),
        cmocka_unit_test_setup(tells_what_went_wrong, setup),
    };

    return cmocka_run_group_tests_name("nor-id", tests, NULL, NULL);
}
