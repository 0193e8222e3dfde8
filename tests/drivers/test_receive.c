/* SPDX-License-Identifier: Apache-2.0 */
/*
 * drivers/uart/receive on simulated registers and their interrupt, with bytes
 * that come in at the line's rate whatever the container does. Built for each
 * device.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "rig.h"

#if RECEIVER_IS_PL011
#define NAME "mmio0"
#define BAUD 57600u               /* what the container is made for */
#else
#define NAME "mmio1"
#define BAUD 19200u
#endif
#define CHAR_NS (10ull * 1000000000u / BAUD)

static struct rig rig;
static uint32_t checksum;
static uint32_t n_sent;

static void
set_rate(uint32_t baud)
{
    /* DDI 0183G, 3.3.6, in 64ths; DDI 0479D, BAUDDIV. */
    const uint32_t divisor = (rig.sim.mmio[0].clock_hz * 4u + baud / 2u) /
                             baud;

    rig.sim.mmio[0].pl011.ibrd = divisor / 64u;
    rig.sim.mmio[0].pl011.fbrd = divisor % 64u;
    rig.sim.mmio[1].cmsdk.bauddiv = rig.sim.mmio[1].clock_hz / baud;
}

static int
setup(void **state)
{
    (void)state;
    rig_start_scheduled(&rig, RECEIVER, NULL);
    set_rate(BAUD);
    checksum = 2166136261u;
    n_sent = 0;
    return 0;
}

static void
send(uint32_t n_bytes)
{
    static uint32_t random = 1;

    for (uint32_t i = 0; i < n_bytes; i++) {
        uint8_t byte;

        random = random * 1664525u + 1013904223u;
        byte = (uint8_t)(random >> 24);
        assert_int_equal(wio_sim_feed(&rig.sim, NAME, &byte, 1), 1);
        checksum = (checksum ^ byte) * 16777619u;
        n_sent++;
    }
}

static void
assert_all_received(void)
{
    rig_assert_good(&rig, "rx-bytes", n_sent);
    rig_assert_good(&rig, "checksum", checksum);
    rig_assert_good(&rig, "overruns", 0);
    rig_assert_good(&rig, "rx-errors", 0);
    rig_assert_good(&rig, "lost", 0);
    rig_assert_running(&rig);
}

static void
nothing_is_lost_at_the_declared_rate(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 40; i++) {
        send(500);
        /* The next come in behind these without a pause. */
        rig_run_ns(&rig, 499 * CHAR_NS);
    }
    rig_run_ns(&rig, 40 * MS);
    assert_all_received();
}

static void
single_bytes_and_bursts_arrive(void **state)
{
    static const uint32_t bursts[] = { 1, 1, 2, 3, 7, 8, 9, 15, 16, 17, 31 };

    (void)state;
    for (uint32_t i = 0; i < sizeof(bursts) / sizeof(bursts[0]); i++) {
        send(bursts[i]);
        rig_run_ns(&rig, bursts[i] * CHAR_NS + 30 * MS);
        assert_all_received();
    }
}

static void
an_idle_line_costs_no_access(void **state)
{
    (void)state;
    send(3);
    rig_run_ns(&rig, 50 * MS);
    (void)rig_trace(&rig);
    rig_run_ns(&rig, 200 * MS);
    assert_string_equal(rig_trace(&rig), "");
}

/* Eight times the rate: what is lost is lost in the device, which says so, and
 * the container goes on. */
static void
faster_than_declared_it_says_so(void **state)
{
    (void)state;
    set_rate(8 * BAUD);
    send(1000);
    rig_run_ns(&rig, 1000 * CHAR_NS / 8 + 40 * MS);
    assert_true(rig_point(&rig, "rx-bytes").bits < 1000);
    assert_true(rig_point(&rig, "overruns").bits > 0);
    rig_assert_running(&rig);
    set_rate(BAUD);
    rig_assert_good(&rig, "lost", 0);
}

#if RECEIVER_IS_PL011
static void
a_bad_byte_is_counted_and_left_out(void **state)
{
    (void)state;
    send(1);
    rig_run_ns(&rig, 20 * MS);
    rig_script(&rig, "fault mmio0:framing; feed mmio0 x");
    rig_run_ns(&rig, 20 * MS);
    rig_assert_good(&rig, "rx-errors", 1);
    rig_assert_good(&rig, "rx-bytes", 1);
    rig_assert_good(&rig, "checksum", checksum);
    rig_assert_running(&rig);
}
#endif

static void
lines_are_counted(void **state)
{
    (void)state;
    rig_script(&rig, "feed " NAME " one\\ntwo\\nthr");
    rig_run_ns(&rig, 40 * MS);
    rig_assert_good(&rig, "lines", 2);
    rig_assert_good(&rig, "rx-bytes", 11);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup(name, setup)
    const struct CMUnitTest tests[] = {
        T(nothing_is_lost_at_the_declared_rate),
        T(single_bytes_and_bursts_arrive),
        T(an_idle_line_costs_no_access),
        T(faster_than_declared_it_says_so),
#if RECEIVER_IS_PL011
        T(a_bad_byte_is_counted_and_left_out),
#endif
        T(lines_are_counted),
    };

    return cmocka_run_group_tests_name(RECEIVER, tests, NULL, NULL);
}
