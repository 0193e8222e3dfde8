/* SPDX-License-Identifier: Apache-2.0 */
/*
 * drivers/sensor/tmp105 on the simulated bus: every access in order, values,
 * faults. Built twice: for the container in C and for the one in Rust.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "rig.h"

static struct rig rig;

/* One of each: the pointer write and the read of two bytes that follow. */
#define READ(bytes) "i2c0 S48w 00 S48r " bytes " P\n"
/* Each said once, however long it lasts. */
#define FAILED TMP105_MODEL ": sensor does not answer\n"
#define SAID FAILED TMP105_MODEL ": sensor answers again\n"
#define CONFIGURED "i2c0 S48w 01 S48r 60 P\n"

static int
setup(void **state)
{
    (void)state;
    rig_start(&rig, TMP105, "set temperature=25500");
    return 0;
}

/* Loaded, configured and past the conversion: polls at 0, 100, 200, 300 ms. */
static int
setup_measuring(void **state)
{
    setup(state);
    rig_run_ns(&rig, 350 * MS);
    (void)rig_trace(&rig);
    return 0;
}

/*
 * SLLS648D: table 2 (pointer 01 is the configuration), "Converter Resolution"
 * (R1 R0 = 11 is 12 bits), table 2 again (pointer 00), tables 3 and 4.
 */
static void
configures_then_waits_for_a_conversion_then_reads(void **state)
{
    (void)state;
    rig_run_ns(&rig, 250 * MS);
    assert_string_equal(rig_trace(&rig), "i2c0 S48w 01 S48r 00 P\n"
                                         "i2c0 S48w 01 60 P\n");
    assert_int_equal(rig_point(&rig, "temperature").quality,
                     WIO_QUALITY_NONE);
    rig_run_ns(&rig, 100 * MS);
    assert_string_equal(rig_trace(&rig), READ("19 80"));
    rig_assert_good(&rig, "temperature", 25500);
    rig_run_ns(&rig, 100 * MS);
    assert_string_equal(rig_trace(&rig), READ("19 80"));
    rig_assert_running(&rig);
}

static void
leaves_other_configuration_bits_alone(void **state)
{
    (void)state;
    rig.sim.devices[0].config = 0x1c;    /* fault queue 4+, polarity 1 */
    rig_run_ns(&rig, 50 * MS);
    assert_string_equal(rig_trace(&rig), "i2c0 S48w 01 S48r 1c P\n"
                                         "i2c0 S48w 01 7c P\n");
}

/* Table 5, and both ends of the register. 62.5 rounds towards zero. */
static void
converts_all_of_the_range(void **state)
{
    static const struct {
        int32_t set_mc;
        int32_t read_mc;
    } cases[] = {
        { 25500, 25500 }, { -10000, -10000 }, { 0, 0 }, { 125000, 125000 },
        { -55000, -55000 }, { -250, -250 }, { 250, 250 }, { 63, 62 },
        { -63, -62 }, { 127938, 127937 }, { -128000, -128000 },
        { 32768, 32750 }, { 100000, 100000 }, { -1000, -1000 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(wio_sim_set(&rig.sim, "temperature",
                                     cases[i].set_mc), 0);
        rig_run_ns(&rig, 100 * MS);
        rig_assert_good(&rig, "temperature", cases[i].read_mc);
        assert_int_equal(rig_call(&rig, "read-now"),
                         (int64_t)(uint32_t)cases[i].read_mc);
    }
    rig_assert_running(&rig);
}

static void
unit_and_type_are_declared(void **state)
{
    const struct wio_point point = rig_point(&rig, "temperature");

    (void)state;
    assert_string_equal(point.unit, "mC");
    assert_int_equal(point.type, 6);     /* i32 */
    assert_true(point.provides);
}

/* Each fault for two polls: bad with its code, in bounded time, then good. */
static void
bus_faults_mark_the_point_and_pass(void **state)
{
    static const struct {
        const char *fault;
        int32_t code;
        const char *trace;
    } cases[] = {
        { "fault i2c0:nack-addressx2", WIO_ERR_I2C_NACK_ADDRESS,
          "i2c0 S48w ! nack-address\ni2c0 S48w ! nack-address\n" },
        { "fault i2c0:nack-datax2", WIO_ERR_I2C_NACK_DATA,
          "i2c0 S48w 00 ! nack-data\ni2c0 S48w 01 ! nack-data\n" },
        { "fault i2c0:arbitrationx2", WIO_ERR_I2C_ARBITRATION,
          "i2c0 S48w ! arbitration\ni2c0 S48w ! arbitration\n" },
        { "fault i2c0:stuckx2", WIO_ERR_I2C_BUS,
          "i2c0 ! stuck\ni2c0 ! stuck\n" },
        { "fault i2c0:hangx2", WIO_ERR_TIMEOUT,
          "i2c0 ! timeout\ni2c0 ! timeout\n" },
        { "fault i2c0:late=5001x2", WIO_ERR_TIMEOUT,
          "i2c0 ! timeout\ni2c0 ! timeout\n" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        rig_script(&rig, cases[i].fault);
        rig_run_ns(&rig, 200 * MS);
        assert_string_equal(rig_trace(&rig), cases[i].trace);
        rig_assert_bad(&rig, "temperature", cases[i].code);
        assert_int_equal((int64_t)rig_point(&rig, "temperature").bits, 25500);
        rig_run_ns(&rig, 100 * MS);
        assert_string_equal(rig_trace(&rig), CONFIGURED READ("19 80"));
        rig_assert_good(&rig, "temperature", 25500);
        rig_assert_running(&rig);
    }
    assert_string_equal(rig.logged, SAID SAID SAID SAID SAID SAID);
}

/* The time limit of the need, 5 ms, holds for each call on a dead bus. */
static void
dead_bus_costs_one_time_limit_a_poll(void **state)
{
    uint64_t before_ns;

    (void)state;
    rig_script(&rig, "fault i2c0:hangx*");
    rig_run_ns(&rig, 45 * MS);
    before_ns = wio_sim_now_ns(&rig.sim);
    /* Just before the poll at 400 ms: it is due within this run. */
    wio_sim_advance_ns(&rig.sim, 10 * MS);
    wio_runtime_run(rig.runtime);
    assert_true(wio_sim_now_ns(&rig.sim) - before_ns < 10 * MS + 6 * MS);
    rig_run_ns(&rig, 10000 * MS);
    rig_assert_bad(&rig, "temperature", WIO_ERR_TIMEOUT);
    rig_assert_running(&rig);
    assert_string_equal(rig.logged, FAILED);
}

static void
a_late_answer_in_time_is_good(void **state)
{
    (void)state;
    rig_script(&rig, "fault i2c0:late=4000");
    rig_run_ns(&rig, 100 * MS);
    rig_assert_good(&rig, "temperature", 25500);
}

/* I2C has no checksum: a flipped bit is a wrong value, the point stays good.
 * That is what the bus can do; a plausibility check is the user's. */
static void
a_flipped_bit_is_one_wrong_value(void **state)
{
    (void)state;
    rig_script(&rig, "fault i2c0:flip=0");
    rig_run_ns(&rig, 100 * MS);
    rig_assert_good(&rig, "temperature", 25500 - 128000);
    rig_run_ns(&rig, 100 * MS);
    rig_assert_good(&rig, "temperature", 25500);
}

/* "Temperature Register": 0 degrees after power-up, which must not be told. */
static void
a_restarted_sensor_is_set_up_again(void **state)
{
    (void)state;
    rig_script(&rig, "fault i2c0:nack-address");
    rig_run_ns(&rig, 100 * MS);
    rig_assert_bad(&rig, "temperature", WIO_ERR_I2C_NACK_ADDRESS);
    (void)rig_trace(&rig);
    rig.sim.devices[0].config = 0;
    rig.sim.devices[0].temperature_mc = 0;
    rig_run_ns(&rig, 300 * MS);
    assert_string_equal(rig_trace(&rig), "i2c0 S48w 01 S48r 00 P\n"
                                         "i2c0 S48w 01 60 P\n");
    rig_assert_bad(&rig, "temperature", WIO_ERR_I2C_NACK_ADDRESS);
    rig.sim.devices[0].temperature_mc = -5500;
    rig_run_ns(&rig, 100 * MS);
    rig_assert_good(&rig, "temperature", -5500);
}

static void
operation_tells_value_and_error_apart(void **state)
{
    (void)state;
    setup(NULL);
    rig_run_ns(&rig, 10 * MS);
    assert_int_equal(rig_call(&rig, "read-now"), WIO_ERR_WOULD_BLOCK);
    rig_run_ns(&rig, 340 * MS);
    assert_int_equal(wio_sim_set(&rig.sim, "temperature", -65539), 0);
    /* -65.5 degrees has the bits of no error: the upper half says so. */
    assert_int_equal(rig_call(&rig, "read-now") >> 32, 0);
    rig_script(&rig, "fault i2c0:nack-address");
    assert_int_equal(rig_call(&rig, "read-now"), WIO_ERR_I2C_NACK_ADDRESS);
    assert_true(rig_call(&rig, "read-now") >= 0);
    rig_assert_running(&rig);
}

static void
needs_less_than_a_kilobyte(void **state)
{
    struct wio_container_info info;

    (void)state;
    assert_int_equal(wio_runtime_info(rig.runtime, rig.id, &info), 0);
    assert_true(info.memory_bytes < 1024);
    assert_string_equal(info.model, TMP105_MODEL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(
            configures_then_waits_for_a_conversion_then_reads, setup),
        cmocka_unit_test_setup(leaves_other_configuration_bits_alone, setup),
        cmocka_unit_test_setup(converts_all_of_the_range, setup_measuring),
        cmocka_unit_test_setup(unit_and_type_are_declared, setup),
        cmocka_unit_test_setup(bus_faults_mark_the_point_and_pass,
                               setup_measuring),
        cmocka_unit_test_setup(dead_bus_costs_one_time_limit_a_poll,
                               setup_measuring),
        cmocka_unit_test_setup(a_late_answer_in_time_is_good,
                               setup_measuring),
        cmocka_unit_test_setup(a_flipped_bit_is_one_wrong_value,
                               setup_measuring),
        cmocka_unit_test_setup(a_restarted_sensor_is_set_up_again,
                               setup_measuring),
        cmocka_unit_test_setup(operation_tells_value_and_error_apart,
                               setup_measuring),
        cmocka_unit_test_setup(needs_less_than_a_kilobyte, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
