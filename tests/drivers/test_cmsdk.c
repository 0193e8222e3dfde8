/* SPDX-License-Identifier: Apache-2.0 */
/* drivers/uart/cmsdk on simulated registers: ARM DDI 0479D, APB UART. */
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
    rig_start(&rig, "cmsdk.wasm", NULL);
    rig.sim.mmio[1].cmsdk.bauddiv = 25000000 / 9600;
    (void)rig_trace(&rig);
    return 0;
}

static void
assert_sent(const char *expected)
{
    char bytes[256];
    uint32_t n = wio_sim_take(&rig.sim, "mmio1", bytes, sizeof(bytes) - 1);

    bytes[n] = '\0';
    assert_string_equal(bytes, expected);
}

/* Reads before writes are the host's: it keeps the bits of a register that the
 * policy does not grant. */
static void
sets_the_uart_up(void **state)
{
    (void)state;
    rig_start(&rig, "cmsdk.wasm", NULL);
    assert_string_equal(rig_trace(&rig),
        "mmio1 r4 010=000000d9\n"    /* BAUDDIV: the owner's, 115200 */
        "mmio1 r4 008=00000000\n"
        "mmio1 w4 008=00000000\n"    /* CTRL: off, no interrupts */
        "mmio1 w4 00c=0000000f\n"    /* INTCLEAR: all */
        "mmio1 r4 004=00000000\n"
        "mmio1 w4 004=0000000c\n"    /* STATE: clear both overruns */
        "mmio1 r4 008=00000000\n"
        "mmio1 w4 008=00000003\n");  /* CTRL: transmit, receive */
    assert_string_equal(rig.logged, "");
}

static void
sends_back_in_upper_case(void **state)
{
    (void)state;
    rig_script(&rig, "feed mmio1 q");
    rig_run_ns(&rig, MS + MS / 4);
    (void)rig_trace(&rig);
    rig_run_ns(&rig, MS / 2);
    assert_string_equal(rig_trace(&rig),
        "mmio1 r4 004=00000002\n"    /* STATE: received */
        "mmio1 r4 000=00000071\n"
        "mmio1 w4 000=00000051\n"    /* one store: a read takes a byte */
        "mmio1 r4 004=00000001\n");  /* STATE: sending */
    rig_script(&rig, "feed mmio1 Hello {42}\\r\\n");
    rig_run_ns(&rig, 50 * MS);
    assert_sent("QHELLO {42}\r\n");
    rig_assert_good(&rig, "rx-bytes", 13);
    rig_assert_good(&rig, "tx-bytes", 13);
    rig_assert_good(&rig, "overruns", 0);
    rig_assert_good(&rig, "dropped", 0);
    rig_assert_running(&rig);
}

/* 300 bytes without a pause at 9600 baud: none is overrun; what does not fit
 * the queue of 32 is counted, and the others are answered. */
static void
a_long_stream_is_answered_or_counted(void **state)
{
    char bytes[300];
    uint64_t received;
    uint64_t dropped;

    (void)state;
    memset(bytes, 'x', sizeof(bytes));
    assert_int_equal(wio_sim_feed(&rig.sim, "mmio1", bytes, sizeof(bytes)),
                     sizeof(bytes));
    rig_run_ns(&rig, 1000 * MS);
    rig_assert_good(&rig, "overruns", 0);
    received = rig_point(&rig, "rx-bytes").bits;
    dropped = rig_point(&rig, "dropped").bits;
    assert_int_equal(received, 300);
    assert_true(dropped > 0);
    assert_int_equal(rig_point(&rig, "tx-bytes").bits, 300 - dropped);
    assert_int_equal(wio_sim_take(&rig.sim, "mmio1", bytes, sizeof(bytes)),
                     300 - dropped);
}

/* Ten bytes while nobody looks: the last is in the buffer. */
static void
an_overrun_is_counted_and_cleared(void **state)
{
    (void)state;
    rig_script(&rig, "feed mmio1 0123456789");
    wio_sim_advance_ns(&rig.sim, 100 * MS);
    rig_run_ns(&rig, 10 * MS);
    assert_sent("9");
    rig_assert_good(&rig, "overruns", 1);
    rig_assert_good(&rig, "rx-bytes", 1);
    assert_int_equal(rig.sim.mmio[1].cmsdk.state, 0);
    rig_assert_running(&rig);
}

static void
a_storm_is_worked_off_within_the_budget(void **state)
{
    uint32_t before;

    (void)state;
    rig.sim.mmio[1].cmsdk.bauddiv = 16;    /* 6.4 us a byte */
    rig_script(&rig, "fault mmio1:storm=122x*");
    rig_run_ns(&rig, 500 * MS);
    rig_assert_running(&rig);
    assert_true(rig_point(&rig, "overruns").bits > 900);
    before = wio_sim_accesses(&rig.sim, "mmio1");
    rig_run_ns(&rig, 10 * MS);
    /* 20 polls, each at most: state, clear (with its read), data, answer,
     * four times. */
    assert_true(wio_sim_accesses(&rig.sim, "mmio1") - before <= 21 * 5 * 4);
}

static void
says_when_no_baud_rate_is_set(void **state)
{
    (void)state;
    rig_start(&rig, "cmsdk.wasm", "fault mmio1:stuck=0");
    assert_string_equal(rig.logged,
                        "cmsdk: no baud rate is set on this board\n");
    rig_assert_running(&rig);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sets_the_uart_up),
        cmocka_unit_test_setup(sends_back_in_upper_case, setup),
        cmocka_unit_test_setup(a_long_stream_is_answered_or_counted, setup),
        cmocka_unit_test_setup(an_overrun_is_counted_and_cleared, setup),
        cmocka_unit_test_setup(a_storm_is_worked_off_within_the_budget,
                               setup),
        cmocka_unit_test(says_when_no_baud_rate_is_set),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
