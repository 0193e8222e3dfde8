/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hostile container on the simulated board: what is refused has not reached
 * a device, what hangs is stopped, and nobody else notices.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "rig.h"

#define ROGUE WIO_CONTAINERS_DIR "/rogue.wasm"
#define SPINNER WIO_CONTAINERS_DIR "/spinner.wasm"

static struct rig rig;
static uint32_t sensor, uart, button, port, small;

static int
setup(void **state)
{
    (void)state;
    rig_start(&rig, ROGUE, NULL);
    sensor = (uint32_t)rig_call(&rig, "open-sensor");
    uart = (uint32_t)rig_call(&rig, "open-uart");
    button = (uint32_t)rig_call(&rig, "open-button");
    port = (uint32_t)rig_call(&rig, "open-port");
    small = (uint32_t)rig_call(&rig, "open-small");
    assert_true((int32_t)sensor > 0 && (int32_t)uart > 0
                && (int32_t)button > 0 && (int32_t)port > 0
                && (int32_t)small > 0);
    (void)rig_trace(&rig);
    return 0;
}

/* One call of an operation; up to five arguments. */
#define CALL(name, ...)                                             \
    rig_call_with(&rig, name, (const uint32_t[]){ __VA_ARGS__ },    \
                  sizeof((const uint32_t[]){ __VA_ARGS__ }) / 4, NULL)

static void
assert_nothing_reached_a_device(void)
{
    assert_string_equal(rig_trace(&rig), "");
    rig_assert_running(&rig);
}

static uint32_t
memory_bytes(void)
{
    struct wio_container_info info;

    assert_int_equal(wio_runtime_info(rig.runtime, rig.id, &info), 0);
    return info.memory_bytes;
}

static void
registers_outside_the_rights(void **state)
{
    (void)state;
    /* UARTDMACR exists at 0x48, outside the window that was asked for or the
     * rules; then a reserved place, beyond, wrapping, and odd ones. */
    assert_true(CALL("mmio-write", uart, 0x48, 4, 1) < 0);
    assert_true(CALL("mmio-read", uart, 0x48, 4) < 0);
    assert_int_equal(CALL("mmio-read", uart, 0x08, 4),
                     WIO_ERR_MMIO_NO_REGISTER);
    assert_int_equal(CALL("mmio-read", uart, 0x10000, 4),
                     WIO_ERR_MMIO_OUTSIDE);
    assert_int_equal(CALL("mmio-read", uart, 0xfffffffc, 4),
                     WIO_ERR_MMIO_OUTSIDE);
    assert_int_equal(CALL("mmio-write", uart, 0xfffffffc, 4, 1),
                     WIO_ERR_MMIO_OUTSIDE);
    assert_int_equal(CALL("mmio-read", uart, 0x2e, 4),
                     WIO_ERR_MMIO_ALIGNMENT);
    assert_int_equal(CALL("mmio-read", uart, 0x2c, 1), WIO_ERR_MMIO_WIDTH);
    assert_int_equal(CALL("mmio-write", uart, 0x2c, 2, 0),
                     WIO_ERR_MMIO_WIDTH);
    assert_nothing_reached_a_device();
}

static void
bits_outside_the_rights(void **state)
{
    (void)state;
    assert_int_equal(CALL("mmio-write", uart, 0x18, 4, 0),
                     WIO_ERR_MMIO_READ_ONLY);
    assert_int_equal(CALL("mmio-read", uart, 0x44, 4),
                     WIO_ERR_MMIO_WRITE_ONLY);
    /* UARTCR: SIREN (bit 1) and RTSEN (14) are not granted. */
    assert_int_equal(CALL("mmio-write", uart, 0x30, 4, 0x303),
                     WIO_ERR_MMIO_BITS);
    assert_int_equal(CALL("mmio-modify", uart, 0x30, 0x4000, 0x4000),
                     WIO_ERR_MMIO_BITS);
    assert_nothing_reached_a_device();
    /* What the owner set there stays through a granted write. */
    rig.sim.mmio[0].pl011.cr = 0x4303;
    assert_int_equal(CALL("mmio-write", uart, 0x30, 4, 0x001), 0);
    assert_int_equal(rig.sim.mmio[0].pl011.cr, 0x4003);
}

static void
handles_of_another_kind_or_time(void **state)
{
    static const uint32_t wrong[] = { 0, 1, 0xffff, 0x7fffffff, 0x80000000,
                                      0xffffffff };

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        if (wrong[i] == sensor || wrong[i] == uart) {
            continue;
        }
        assert_int_equal(CALL("i2c-read", wrong[i], 0, 0, 2),
                         WIO_ERR_BAD_HANDLE);
        assert_int_equal(CALL("mmio-read", wrong[i], 0x18, 4),
                         WIO_ERR_BAD_HANDLE);
    }
    assert_int_equal(CALL("i2c-read", uart, 0, 0, 2), WIO_ERR_BAD_HANDLE);
    assert_int_equal(CALL("mmio-read", sensor, 0, 4), WIO_ERR_BAD_HANDLE);
    assert_int_equal(CALL("gpio-set", port, 1), WIO_ERR_BAD_HANDLE);
    assert_int_equal(CALL("uart-write", button, 0, 1), WIO_ERR_BAD_HANDLE);
    assert_int_equal(CALL("point-set", button, 1), WIO_ERR_BAD_HANDLE);
    assert_int_equal(CALL("close", sensor), 0);
    assert_int_equal(CALL("i2c-read", sensor, 0, 0, 2), WIO_ERR_BAD_HANDLE);
    assert_int_equal(CALL("close", sensor), WIO_ERR_BAD_HANDLE);
    assert_nothing_reached_a_device();
}

static void
names_that_were_not_declared(void **state)
{
    (void)state;
    assert_int_equal(rig_call(&rig, "open-lamp"), WIO_ERR_NO_DEVICE);
    assert_int_equal(CALL("open-at", memory_bytes() - 1, 2), WIO_ERR_FAULT);
    assert_int_equal(CALL("open-at", 0xfffffff0, 0x20), WIO_ERR_FAULT);
    assert_true(CALL("open-at", 0, memory_bytes()) < 0);
    assert_nothing_reached_a_device();
}

static void
ranges_at_and_over_the_end_of_memory(void **state)
{
    const uint32_t end = memory_bytes();

    (void)state;
    assert_int_equal(CALL("i2c-read", sensor, 0, end - 1, 2), WIO_ERR_FAULT);
    assert_int_equal(CALL("i2c-read", sensor, 0, end, 1), WIO_ERR_FAULT);
    assert_int_equal(CALL("i2c-read", sensor, 0, 0xffffffff, 2),
                     WIO_ERR_FAULT);
    assert_int_equal(CALL("i2c-write", sensor, 0, end - 3, 4),
                     WIO_ERR_FAULT);
    assert_int_equal(CALL("uart-write", port, end - 1, 2), WIO_ERR_FAULT);
    assert_int_equal(CALL("uart-read", port, 0x80000000, 0x80000001),
                     WIO_ERR_FAULT);
    assert_nothing_reached_a_device();
    assert_int_equal(CALL("i2c-read", sensor, 0, end - 2, 2), 0);
    assert_string_equal(rig_trace(&rig), "i2c0 S48r 19 00 P\n");
}

static void
another_address_and_too_long_transfers(void **state)
{
    (void)state;
    assert_int_equal(CALL("i2c-read", sensor, 0x50, 0, 1),
                     WIO_ERR_NOT_PERMITTED);
    assert_int_equal(CALL("i2c-write", sensor, 0x148, 0, 1),
                     WIO_ERR_NOT_PERMITTED);
    assert_int_equal(CALL("i2c-read", sensor, 0, 0, 5),
                     WIO_ERR_NOT_PERMITTED);
    assert_int_equal(CALL("gpio-set", button, 1),
                     WIO_ERR_GPIO_MODE_NOT_ALLOWED);
    assert_int_equal(CALL("point-set", small, 128), WIO_ERR_INVALID_ARGUMENT);
    assert_int_equal(CALL("point-set", small, (uint32_t)-128), 0);
    assert_nothing_reached_a_device();
    rig_assert_good(&rig, "small", -128);
}

/* Whatever time limit the guest gives, the need's holds. */
static void
waits_are_bounded(void **state)
{
    uint64_t before_ns = wio_sim_now_ns(&rig.sim);

    (void)state;
    assert_int_equal(CALL("mmio-poll", uart, 0x18, 0x10, 0, 0xffffffff),
                     WIO_ERR_TIMEOUT);
    assert_true(wio_sim_now_ns(&rig.sim) - before_ns < 6 * MS);
    rig_script(&rig, "fault i2c0:hang; fault uart0:stuck");
    before_ns = wio_sim_now_ns(&rig.sim);
    assert_int_equal(CALL("i2c-read", sensor, 0, 0, 2), WIO_ERR_TIMEOUT);
    assert_true(wio_sim_now_ns(&rig.sim) - before_ns < 6 * MS);
    before_ns = wio_sim_now_ns(&rig.sim);
    assert_int_equal(CALL("uart-write", port, 0, 4), WIO_ERR_TIMEOUT);
    assert_true(wio_sim_now_ns(&rig.sim) - before_ns < 21 * MS);
    rig_assert_running(&rig);
}

static void
assert_stopped(const char *operation, const uint32_t *args, uint32_t n_args)
{
    struct wio_container_info info;
    int err;

    rig_call_with(&rig, operation, args, n_args, &err);
    assert_int_equal(err, WIO_ERR_OUT_OF_BUDGET);
    assert_int_equal(wio_runtime_info(rig.runtime, rig.id, &info), 0);
    assert_int_equal(info.state, WIO_STATE_FAULTED);
    assert_string_not_equal(info.fault.text, "");
    /* A faulted one is not called again. */
    rig_call_with(&rig, "open-sensor", NULL, 0, &err);
    assert_int_equal(err, WIO_ERR_BUSY);
}

/* The policy's operation-budget-us is 100 ms. */
static void
an_operation_that_never_ends_is_stopped(void **state)
{
    (void)state;
    assert_stopped("spin", NULL, 0);
}

static void
waiting_by_the_clock_ends_with_the_budget(void **state)
{
    const uint64_t before_ns = wio_sim_now_ns(&rig.sim);

    (void)state;
    assert_int_equal(CALL("wait-by-clock", 1000), 0);
    assert_stopped("wait-by-clock", (const uint32_t[]){ 3600000000u }, 1);
    assert_true(wio_sim_now_ns(&rig.sim) - before_ns < 200 * MS);
}

static void
a_delay_beyond_the_budget_is_not_slept(void **state)
{
    const uint64_t before_ns = wio_sim_now_ns(&rig.sim);

    (void)state;
    assert_int_equal(CALL("wait", 50000), 0);
    assert_true(wio_sim_now_ns(&rig.sim) - before_ns >= 50 * MS);
    assert_stopped("wait", (const uint32_t[]){ 3600000000u }, 1);
    assert_true(wio_sim_now_ns(&rig.sim) - before_ns < 200 * MS);
}

/* The neighbour's values go on, the lamp goes to its safe state, and the
 * place of the dead one is free again. */
static void
a_hanging_main_is_stopped_and_nobody_else_notices(void **state)
{
    struct wio_container_info info;
    wio_container_id spinner;
    int64_t lamp;

    (void)state;
    rig_start(&rig, "tmp105.wasm", "set temperature=-12000");
    spinner = rig_load(&rig, SPINNER);
    rig_run_ns(&rig, 90 * MS);
    assert_int_equal(wio_sim_get(&rig.sim, "gpio0.1", &lamp), 0);
    assert_int_equal(lamp, 1);
    rig_run_ns(&rig, 20 * MS);
    assert_int_equal(wio_runtime_info(rig.runtime, spinner, &info), 0);
    assert_int_equal(info.state, WIO_STATE_FAULTED);
    assert_int_equal(info.activations, 3);
    assert_int_equal(wio_sim_get(&rig.sim, "gpio0.1", &lamp), 0);
    assert_int_equal(lamp, 0);
    rig_run_ns(&rig, 400 * MS);
    rig_assert_good(&rig, "temperature", -12000);
    assert_int_equal(rig_point(&rig, "temperature").n_writes, 3);
    rig_assert_running(&rig);
    assert_int_equal(wio_runtime_info(rig.runtime, spinner, &info), 0);
    assert_int_equal(info.activations, 3);

    assert_int_equal(wio_runtime_unload(rig.runtime, spinner), 0);
    rig.n_loaded = 1;
    spinner = rig_load(&rig, SPINNER);
    assert_int_equal(wio_sim_get(&rig.sim, "gpio0.1", &lamp), 0);
    assert_int_equal(lamp, 1);
}

/* Both want the sensor: the second is refused whole, the first goes on. */
static void
a_device_is_granted_once(void **state)
{
    struct wio_report report = { .code = 0 };
    struct wio_container_info info;
    wio_container_id id;
    uint64_t n_log;

    (void)state;
    rig_start(&rig, ROGUE, NULL);
    assert_int_equal(wio_runtime_unload(rig.runtime, rig.id), 0);
    rig.n_loaded = 1;
    rig.id = rig_load(&rig, "tmp105.wasm");
    n_log = rig.sim.n_log;
    assert_int_equal(
        wio_runtime_load(rig.runtime, rig.module[0], rig.n_bytes[0],
                         rig.container_memory[0],
                         sizeof(rig.container_memory[0]), &id, &report),
        WIO_ERR_NO_MATCH);
    assert_non_null(strstr(report.text, "sensor"));
    assert_int_equal(wio_runtime_container(rig.runtime, 1), 0);
    assert_int_equal(rig.sim.n_log, n_log);
    rig_run_ns(&rig, 400 * MS);
    rig_assert_good(&rig, "temperature", 25000);

    /* Free again, it can be had. */
    assert_int_equal(wio_runtime_unload(rig.runtime, rig.id), 0);
    assert_int_equal(
        wio_runtime_load(rig.runtime, rig.module[0], rig.n_bytes[0],
                         rig.container_memory[0],
                         sizeof(rig.container_memory[0]), &id, NULL), 0);
    assert_int_equal(wio_runtime_info(rig.runtime, id, &info), 0);
    assert_string_equal(info.model, "rogue");
}

/* A handle from before an unload is stale for whoever comes after. */
static void
handles_of_a_former_container_are_stale(void **state)
{
    const uint32_t old = sensor;

    (void)state;
    assert_int_equal(CALL("i2c-read", old, 0, 0, 2), 0);
    assert_int_equal(wio_runtime_unload(rig.runtime, rig.id), 0);
    rig.n_loaded = 0;
    rig.id = rig_load(&rig, ROGUE);
    (void)rig_trace(&rig);
    assert_int_equal(CALL("i2c-read", old, 0, 0, 2), WIO_ERR_BAD_HANDLE);
    assert_nothing_reached_a_device();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(registers_outside_the_rights, setup),
        cmocka_unit_test_setup(bits_outside_the_rights, setup),
        cmocka_unit_test_setup(handles_of_another_kind_or_time, setup),
        cmocka_unit_test_setup(names_that_were_not_declared, setup),
        cmocka_unit_test_setup(ranges_at_and_over_the_end_of_memory, setup),
        cmocka_unit_test_setup(another_address_and_too_long_transfers, setup),
        cmocka_unit_test_setup(waits_are_bounded, setup),
        cmocka_unit_test_setup(an_operation_that_never_ends_is_stopped,
                               setup),
        cmocka_unit_test_setup(waiting_by_the_clock_ends_with_the_budget,
                               setup),
        cmocka_unit_test_setup(a_delay_beyond_the_budget_is_not_slept, setup),
        cmocka_unit_test(a_hanging_main_is_stopped_and_nobody_else_notices),
        cmocka_unit_test(a_device_is_granted_once),
        cmocka_unit_test_setup(handles_of_a_former_container_are_stale,
                               setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
