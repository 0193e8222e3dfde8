/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated SPI bus and its chips, without containers: selects, polls,
 * time, what a card answers, and its faults. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "sim/sim.h"

#define N_OF(array) ((uint32_t)(sizeof(array) / sizeof((array)[0])))
#define CARD 0u
#define FLASH 1u
#define BLOCK 512u

static struct wio_sim sim;
static struct wio_controller spi;

static int
setup(void **state)
{
    const struct wio_controller_info info = {
        .class = WIO_CONTROLLER_SPI, .compatible = "wasmio,sim-spi",
        .base = 0x1000, .size = 0x100,
    };
    const struct wio_port *port;

    (void)state;
    wio_sim_create(&sim, NULL);
    port = wio_sim_port(&sim);
    return port->controller(port->ctx, &info, &spi);
}

static void
script(const char *text)
{
    struct wio_report report = { .code = 0 };

    if (wio_sim_script(&sim, text, &report) != 0) {
        fail_msg("%s", report.text);
    }
}

static int
run(uint8_t select, const struct wio_spi_segment *segments, uint32_t n,
    uint64_t limit_ns)
{
    const struct wio_spi_chip chip = { .select = select, .max_hz = 1000000 };

    return spi.ops.spi->transfer(spi.ctx, &chip, segments, n,
                                 sim.now_ns + limit_ns);
}

static void
assert_trace(uint64_t from, const char *expected)
{
    char text[4096];

    wio_sim_trace(&sim, from, text, sizeof(text));
    assert_string_equal(text, expected);
}

/* -- The bus --------------------------------------------------------------- */

static void
a_transaction_holds_the_select(void **state)
{
    static const uint8_t rdid[1] = { 0x9f };
    uint8_t in[3];
    const struct wio_spi_segment segments[] = {
        { .w = rdid, .len = 1, .delay_ns = 5000 },
        { .r = in, .len = 3 },
        { .len = 1, .unselected = true },
        { .len = 1 },
    };
    const uint64_t start = wio_sim_now_ns(&sim);

    (void)state;
    assert_int_equal(run(FLASH, segments, 4, 1000000), 0);
    assert_memory_equal(in, "\xef\x50\x14", 3);
    assert_trace(0, "spi0 S1 9f>ff ff>ef ff>50 ff>14 U ff>ff S1 ff>ff P\n");
    /* Six bytes at 1 MHz and the delay. */
    assert_int_equal(wio_sim_now_ns(&sim) - start, 6 * 8000 + 5000);
    assert_int_equal(wio_sim_accesses(&sim, "spi0"), 1);
}

static void
nobody_at_a_select_reads_as_ones(void **state)
{
    uint8_t in[2] = { 0, 0 };
    const struct wio_spi_segment read = { .r = in, .len = 2 };

    (void)state;
    assert_int_equal(run(3, &read, 1, 1000000), 0);
    assert_memory_equal(in, "\xff\xff", 2);
}

static void
polls_skip_meet_and_end(void **state)
{
    static const uint8_t rdid[1] = { 0x9f };
    static const struct {
        struct wio_spi_poll poll;
        uint32_t len;
        int code;
        uint8_t met;
    } cases[] = {
        { { 0xef, 0xff, 0x50, 0xff }, 9, 0, 0x50 },
        { { 0xef, 0xff, 0x51, 0xff }, 9, WIO_ERR_SPI_OTHER, 0x50 },
        { { 0x00, 0x01, 0xef, 0xff }, 9, 0, 0xef },
        { { 0x00, 0x00, 0x00, 0x00 }, 9, WIO_ERR_TIMEOUT, 0xaa },
        { { 0x00, 0x00, 0x00, 0x00 }, 99999, WIO_ERR_TIMEOUT, 0xaa },
        { { 0xef, 0xff, 0x00, 0x00 }, 1, WIO_ERR_TIMEOUT, 0xaa },
    };

    (void)state;
    for (uint32_t i = 0; i < N_OF(cases); i++) {
        uint8_t met = 0xaa;
        const struct wio_spi_segment segments[] = {
            { .w = rdid, .len = 1 },
            { .r = &met, .len = cases[i].len, .polls = true,
              .poll = cases[i].poll },
        };
        const uint64_t start = wio_sim_now_ns(&sim);

        assert_int_equal(run(FLASH, segments, 2, 1000000), cases[i].code);
        assert_int_equal(met, cases[i].met);
        assert_true(wio_sim_now_ns(&sim) - start <= 1000000);
    }
}

static void
time_limits_hold(void **state)
{
    const struct wio_spi_segment bytes = { .len = 100 };
    const struct wio_spi_segment delay = { .delay_ns = 100000 };

    (void)state;
    assert_int_equal(run(FLASH, &bytes, 1, 799999), WIO_ERR_TIMEOUT);
    assert_int_equal(run(FLASH, &bytes, 1, 800000), 0);
    assert_int_equal(run(FLASH, &delay, 1, 99999), WIO_ERR_TIMEOUT);
    assert_int_equal(run(FLASH, &delay, 1, 100000), 0);
}

static void
bus_faults(void **state)
{
    static const struct {
        const char *fault;
        int code;
        const char *trace;
    } cases[] = {
        { "hang", WIO_ERR_TIMEOUT, "spi0 ! timeout\n" },
        { "overrun", WIO_ERR_SPI_OVERRUN, "spi0 S1 9f>ff ! overrun\n" },
        { "no-answer", 0, "spi0 S1 9f>ff ff>ff P\n" },
        { "flip=15", 0, "spi0 S1 9f>ff ff>ee P\n" },
    };
    uint8_t bytes[2];

    (void)state;
    for (uint32_t i = 0; i < N_OF(cases); i++) {
        const struct wio_spi_segment segment = { .w = bytes, .r = bytes,
                                                 .len = 2 };
        char text[40] = "fault spi0:";
        uint64_t from = sim.n_log;

        strcat(text, cases[i].fault);
        script(text);
        bytes[0] = 0x9f;
        bytes[1] = 0xff;
        assert_int_equal(run(FLASH, &segment, 1, 100000), cases[i].code);
        assert_trace(from, cases[i].trace);
        bytes[0] = 0x9f;
        assert_int_equal(run(FLASH, &segment, 1, 100000), 0);
        assert_int_equal(bytes[1], 0xef);
    }
}

static void
wrong_scripts_are_refused(void **state)
{
    static const char *const texts[] = {
        "device spi2 sd 0", "device spi0 sd 4", "device spi0 sd -1",
        "device spi0 sd", "device spi0 mmc 0", "device spi0 sd 0x",
        "fault spi0:nack-address", "fault i2c0:crc", "feed spi0 text",
    };

    (void)state;
    for (uint32_t i = 0; i < N_OF(texts); i++) {
        if (wio_sim_script(&sim, texts[i], NULL) !=
            WIO_ERR_INVALID_ARGUMENT) {
            fail_msg("'%s' was not refused", texts[i]);
        }
    }
    /* A place becomes free again, a fifth chip has none. */
    for (uint32_t i = 0; i < 9; i++) {
        script("device spi1 nor 0");
    }
    script("device spi1 nor 1; device spi1 none 1; device spi1 sd 1");
    assert_int_equal(wio_sim_script(&sim, "device spi1 nor 2", NULL),
                     WIO_ERR_LIMIT);
}

/* -- The card -------------------------------------------------------------- */

/* A command with its CRC7 given, R1 and @n more bytes; 0xff: no answer. */
static uint8_t
command(const char frame[6], uint8_t *more, uint32_t n)
{
    uint8_t r1 = 0xff;
    const struct wio_spi_segment segments[] = {
        { .w = (const uint8_t *)frame, .len = 6 },
        { .r = &r1, .len = 8, .polls = true,
          .poll = { 0x80, 0x80, 0, 0 } },
        { .r = more, .len = n },
    };

    (void)run(CARD, segments, n > 0 ? 3 : 2, 10000000);
    return r1;
}

static void
make_ready(void)
{
    assert_int_equal(command("\x40\0\0\0\0\x95", NULL, 0), 0x01);
    for (uint32_t i = 0; i < 3; i++) {
        (void)command("\x77\0\0\0\0\x65", NULL, 0);
        assert_int_equal(command("\x69\x40\0\0\0\x77", NULL, 0), i < 2);
    }
}

static void
card_listens_after_cmd0_only(void **state)
{
    uint8_t more[4];

    (void)state;
    assert_int_equal(command("\x4d\0\0\0\0\x0d", NULL, 0), 0xff);
    assert_int_equal(command("\x40\0\0\0\0\x94", NULL, 0), 0xff);
    make_ready();
    assert_int_equal(command("\x4d\0\0\0\0\x0d", more, 1), 0);
    assert_int_equal(more[0], 0);
}

static void
card_answers_what_it_knows(void **state)
{
    uint8_t more[20];

    (void)state;
    assert_int_equal(command("\x40\0\0\0\0\x95", NULL, 0), 0x01);
    /* Not while it is idle. */
    assert_int_equal(command("\x51\0\0\0\0\x55", NULL, 0), 0x05);
    assert_int_equal(command("\x48\0\0\x01\xaa\x87", more, 4), 0x01);
    assert_memory_equal(more, "\0\0\x01\xaa", 4);
    assert_int_equal(command("\x48\0\0\x01\xaa\x89", NULL, 0), 0x09);
    make_ready();
    assert_int_equal(command("\x7a\0\0\0\0\xfd", more, 4), 0);
    assert_int_equal(more[0], 0x80);       /* power up, addresses are bytes */
    assert_int_equal(command("\x50\0\0\x02\0\x15", NULL, 0), 0);
    assert_int_equal(command("\x50\0\0\x04\0\x15", NULL, 0), 0x40);
    assert_int_equal(command("\x4c\0\0\0\0\x61", NULL, 0), 0);
    assert_int_equal(command("\x7f\0\0\0\0\x01", NULL, 0), 0x04);
    assert_int_equal(command("\x51\0\0\0\x01\x01", NULL, 0), 0x20);
    assert_int_equal(command("\x51\0\0\x20\0\x01", NULL, 0), 0x40);
    /* CSD: C_SIZE 3 is (3 + 1) * 4 blocks; CID: our name. */
    assert_int_equal(command("\x49\0\0\0\0\xaf", more, 19), 0);
    assert_int_equal(more[0], 0xfe);
    assert_int_equal(more[1 + 8], 0xc0);
    assert_int_equal(command("\x4a\0\0\0\0\x1b", more, 19), 0);
    assert_memory_equal(more + 2, "IOSIMSD", 7);
}

static void
card_checks_what_it_is_told(void **state)
{
    (void)state;
    make_ready();
    assert_int_equal(command("\x4d\0\0\0\0\x01", NULL, 0), 0);
    assert_int_equal(command("\x7b\0\0\0\x01\x83", NULL, 0), 0);
    assert_int_equal(command("\x4d\0\0\0\0\x01", NULL, 0), 0x08);
    assert_int_equal(command("\x4d\0\0\0\0\x0d", NULL, 0), 0);
}

/* A block with a CRC of zeros, which is that of zeros only. */
static uint8_t
write_block(const uint8_t bytes[BLOCK])
{
    static const uint8_t frame[8] = { 0x58, 0, 0, 0x02, 0, 0x43, 0xff, 0xfe };
    static const uint8_t crc[2] = { 0, 0 };
    uint8_t r1 = 0xff;
    uint8_t response = 0xff;
    const struct wio_spi_segment segments[] = {
        { .w = frame, .len = 6 },
        { .r = &r1, .len = 8, .polls = true,
          .poll = { 0x80, 0x80, 0, 0xff } },
        { .w = frame + 6, .len = 2 },
        { .w = bytes, .len = BLOCK },
        { .w = crc, .len = 2 },
        { .r = &response, .len = 8, .polls = true,
          .poll = { 0xff, 0xff, 0, 0 } },
    };

    assert_int_equal(run(CARD, segments, 6, 100000000), 0);
    return response & 0x1f;
}

static void
card_checks_a_block(void **state)
{
    uint8_t bytes[BLOCK] = { 0 };

    (void)state;
    make_ready();
    bytes[7] = 1;
    assert_int_equal(write_block(bytes), 0x05);      /* no checks yet */
    assert_int_equal(sim.card_store[BLOCK + 7], 1);
    wio_sim_advance_ns(&sim, 1000000);
    assert_int_equal(command("\x7b\0\0\0\x01\x83", NULL, 0), 0);
    bytes[7] = 2;
    assert_int_equal(write_block(bytes), 0x0b);
    assert_int_equal(sim.card_store[BLOCK + 7], 1);
    bytes[7] = 0;
    assert_int_equal(write_block(bytes), 0x05);
    assert_int_equal(sim.card_store[BLOCK + 7], 0);
    assert_int_equal(sim.chips[0].n_written, 2);
}

/* Programming goes on without the select; all else ends with it. */
static void
card_is_busy_after_a_block(void **state)
{
    uint8_t bytes[BLOCK] = { 0 };
    uint8_t in[2];
    const struct wio_spi_segment look = { .r = in, .len = 2 };

    (void)state;
    make_ready();
    script("fault spi0:late=100");
    assert_int_equal(write_block(bytes), 0x05);
    assert_int_equal(run(CARD, &look, 1, 1000000), 0);
    assert_memory_equal(in, "\0\0", 2);
    wio_sim_advance_ns(&sim, 350000);
    assert_int_equal(run(CARD, &look, 1, 1000000), 0);
    assert_memory_equal(in, "\xff\xff", 2);
}

static void
a_block_ends_with_its_select(void **state)
{
    uint8_t in[4];
    const struct wio_spi_segment look = { .r = in, .len = 4 };

    (void)state;
    make_ready();
    assert_int_equal(command("\x51\0\0\0\0\x55", in, 1), 0);
    assert_int_equal(in[0], 0xfe);
    assert_int_equal(run(CARD, &look, 1, 1000000), 0);
    assert_memory_equal(in, "\xff\xff\xff\xff", 4);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup(name, setup)
        T(a_transaction_holds_the_select),
        T(nobody_at_a_select_reads_as_ones),
        T(polls_skip_meet_and_end),
        T(time_limits_hold),
        T(bus_faults),
        T(wrong_scripts_are_refused),
        T(card_listens_after_cmd0_only),
        T(card_answers_what_it_knows),
        T(card_checks_what_it_is_told),
        T(card_checks_a_block),
        T(card_is_busy_after_a_block),
        T(a_block_ends_with_its_select),
#undef T
    };

    return cmocka_run_group_tests_name("sim spi", tests, NULL, NULL);
}
