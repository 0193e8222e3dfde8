/* SPDX-License-Identifier: Apache-2.0 */
/* drivers/uart/pl011 on simulated registers; sections of ARM DDI 0183G. */
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
    rig_start(&rig, "pl011.wasm", NULL);
    (void)rig_trace(&rig);
    return 0;
}

static void
assert_sent(const char *expected)
{
    char bytes[256];
    uint32_t n = wio_sim_take(&rig.sim, "mmio0", bytes, sizeof(bytes) - 1);

    bytes[n] = '\0';
    assert_string_equal(bytes, expected);
}

/* Where the policy grants some bits of a register only, the host keeps the
 * others: it reads before it writes. */
static void
sets_the_uart_up_in_the_order_of_the_manual(void **state)
{
    (void)state;
    rig_start(&rig, "pl011.wasm", NULL);
    assert_string_equal(rig_trace(&rig),
        "mmio0 r4 024=00000006\n"    /* 3.3.5 IBRD: the owner's, 115200 */
        "mmio0 r4 030=00000300\n"
        "mmio0 w4 030=00000000\n"    /* 3.3.8 CR: disable */
        "mmio0 r4 018=00000090\n"    /* 3.3.3 FR: wait for BUSY = 0 */
        "mmio0 r4 02c=00000000\n"
        "mmio0 w4 02c=00000000\n"    /* 3.3.7 LCR_H: FEN = 0 flushes */
        "mmio0 r4 038=00000000\n"
        "mmio0 w4 038=00000000\n"    /* 3.3.10 IMSC: no interrupts */
        "mmio0 w4 044=000007ff\n"    /* 3.3.13 ICR: clear all */
        "mmio0 w4 004=00000000\n"    /* 3.3.2 ECR: clear errors */
        "mmio0 r4 02c=00000000\n"
        "mmio0 w4 02c=00000070\n"    /* 3.3.7 LCR_H: 8N1, FIFOs on */
        "mmio0 r4 030=00000000\n"
        "mmio0 w4 030=00000301\n");  /* 3.3.8 CR: UARTEN TXE RXE */
    /* 12 MHz / (16 * 115200) = 6 + 33 / 64 */
    assert_int_equal(rig.sim.mmio[0].pl011.ibrd, 6);
    assert_int_equal(rig.sim.mmio[0].pl011.fbrd, 33);
    assert_string_equal(rig.logged, "");
}

static void
says_when_no_baud_rate_is_set(void **state)
{
    (void)state;
    rig_start(&rig, "pl011.wasm", "fault mmio0:stuck=0@1");
    assert_string_equal(rig.logged,
                        "pl011: no baud rate is set on this board\n");
    rig_assert_running(&rig);
}

static void
an_idle_poll_reads_one_register(void **state)
{
    (void)state;
    rig_run_ns(&rig, MS / 2);
    assert_string_equal(rig_trace(&rig), "mmio0 r4 018=00000090\n");
}

static void
sends_back_in_upper_case(void **state)
{
    (void)state;
    rig_script(&rig, "feed mmio0 a");
    rig_run_ns(&rig, MS + MS / 2);
    assert_string_equal(rig_trace(&rig),
        "mmio0 r4 018=00000090\n"
        "mmio0 r4 018=00000080\n"    /* 3.3.3: RXFE = 0 */
        "mmio0 r4 000=00000061\n"    /* 3.3.1: the byte, no errors */
        "mmio0 w4 000=00000041\n"
        "mmio0 r4 018=00000018\n");  /* RXFE, BUSY: nothing more */
    rig_script(&rig, "feed mmio0 Hello, w\\xf6rld {42}\\r\\n");
    rig_run_ns(&rig, 20 * MS);
    assert_sent("AHELLO, W\xf6RLD {42}\r\n");
    rig_assert_good(&rig, "rx-bytes", 20);
    rig_assert_good(&rig, "tx-bytes", 20);
    rig_assert_good(&rig, "overruns", 0);
    rig_assert_good(&rig, "rx-errors", 0);
    rig_assert_running(&rig);
}

static void
a_bad_byte_is_counted_and_not_sent_back(void **state)
{
    static const char *const kinds[] = { "framing", "parity", "break" };

    (void)state;
    for (uint32_t i = 0; i < 3; i++) {
        char text[64] = "fault mmio0:";

        strcat(strcat(text, kinds[i]), "; feed mmio0 x");
        rig_run_ns(&rig, 2 * MS);
        rig_script(&rig, text);
        (void)rig_trace(&rig);
        rig_run_ns(&rig, 2 * MS);
        /* 3.3.2: errors are cleared by a write to ECR. */
        assert_non_null(strstr(rig_trace(&rig), "mmio0 w4 004=00000000\n"));
        rig_assert_good(&rig, "rx-errors", i + 1);
        rig_assert_good(&rig, "rx-bytes", i + 1);
        rig_assert_good(&rig, "tx-bytes", 0);
    }
    assert_sent("");
    rig_assert_running(&rig);
}

/* A burst while the container is not run: 16 bytes fit the FIFO. */
static void
an_overrun_is_counted_and_the_rest_sent_back(void **state)
{
    (void)state;
    rig_script(&rig, "feed mmio0 0123456789abcdefLOST");
    wio_sim_advance_ns(&rig.sim, 10 * MS);
    rig_run_ns(&rig, 10 * MS);
    assert_sent("0123456789ABCDEF");
    rig_assert_good(&rig, "overruns", 1);
    rig_assert_good(&rig, "rx-bytes", 16);
    rig_assert_good(&rig, "rx-errors", 0);
}

/* Bytes back to back for ten seconds: bounded work an activation, no fault,
 * the line keeps up. */
static void
a_storm_is_worked_off_within_the_budget(void **state)
{
    uint32_t before;

    (void)state;
    rig_script(&rig, "fault mmio0:storm=65x*");
    rig_run_ns(&rig, 1000 * MS);
    rig_assert_running(&rig);
    assert_true(rig_point(&rig, "rx-bytes").bits > 11000);
    before = wio_sim_accesses(&rig.sim, "mmio0");
    rig_run_ns(&rig, MS);
    /* At most 16 bytes a poll: flags, data, answer each, and flags. */
    assert_true(wio_sim_accesses(&rig.sim, "mmio0") - before <= 2 * 49);
    assert_true(wio_sim_accesses(&rig.sim, "mmio0") - before > 10);
}

/* Slow registers and bytes that come in faster than they can be handled (20 us
 * against 13 us): without a bound an activation would never end. */
static void
a_flood_does_not_use_up_the_budget(void **state)
{
    uint32_t before;

    (void)state;
    rig.sim.config.mmio_ns = 5000;
    rig.sim.mmio[0].pl011.ibrd = 1;
    rig.sim.mmio[0].pl011.fbrd = 0;
    rig_script(&rig, "fault mmio0:storm=65x*");
    rig_run_ns(&rig, 50 * MS);
    rig_assert_running(&rig);
    before = wio_sim_accesses(&rig.sim, "mmio0");
    wio_sim_advance_ns(&rig.sim, MS);
    (void)wio_runtime_run(rig.runtime);
    assert_true(wio_sim_accesses(&rig.sim, "mmio0") - before <= 16 * 4);
    assert_true(rig_point(&rig, "overruns").bits > 0);
    rig_assert_running(&rig);
}

/* A line that cannot send: nothing is read that could not be answered, and
 * init does not hang either. */
static void
registers_that_read_as_ones_do_not_hang_it(void **state)
{
    (void)state;
    rig_start(&rig, "pl011.wasm", "fault mmio0:stuck=0xfffx*");
    rig_assert_running(&rig);
    assert_true(wio_sim_now_ns(&rig.sim) < 20 * MS);
    rig_run_ns(&rig, 100 * MS);
    rig_assert_running(&rig);
    rig_assert_good(&rig, "rx-bytes", 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sets_the_uart_up_in_the_order_of_the_manual),
        cmocka_unit_test(says_when_no_baud_rate_is_set),
        cmocka_unit_test_setup(an_idle_poll_reads_one_register, setup),
        cmocka_unit_test_setup(sends_back_in_upper_case, setup),
        cmocka_unit_test_setup(a_bad_byte_is_counted_and_not_sent_back,
                               setup),
        cmocka_unit_test_setup(an_overrun_is_counted_and_the_rest_sent_back,
                               setup),
        cmocka_unit_test_setup(a_storm_is_worked_off_within_the_budget,
                               setup),
        cmocka_unit_test_setup(a_flood_does_not_use_up_the_budget, setup),
        cmocka_unit_test(registers_that_read_as_ones_do_not_hang_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
