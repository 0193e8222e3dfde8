/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated board itself: clock, alarm, buses, pins, lines, blocks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "sim/sim.h"

static struct wio_sim sim;
static const struct wio_port *port;
static struct wio_controller i2c, gpio, uart, pl011, cmsdk, plain;

static struct wio_controller
bring_up(uint8_t class, const char *compatible, uint32_t size,
         uint32_t clock_hz)
{
    const struct wio_controller_info info = {
        .class = class, .compatible = compatible, .base = 0x1000,
        .size = size, .clock_hz = clock_hz,
    };
    struct wio_controller controller;

    assert_int_equal(port->controller(port->ctx, &info, &controller), 0);
    return controller;
}

static int
setup(void **state)
{
    (void)state;
    wio_sim_create(&sim, NULL);
    port = wio_sim_port(&sim);
    i2c = bring_up(WIO_CONTROLLER_I2C, "wasmio,sim-i2c", 0x1000, 0);
    gpio = bring_up(WIO_CONTROLLER_GPIO, "wasmio,sim-gpio", 0x1000, 0);
    uart = bring_up(WIO_CONTROLLER_UART, "wasmio,sim-uart", 0x1000, 0);
    pl011 = bring_up(WIO_CONTROLLER_MMIO, "arm,pl011", 0x1000, 1843200);
    cmsdk = bring_up(WIO_CONTROLLER_MMIO, "arm,cmsdk-uart", 0x14, 1600000);
    plain = bring_up(WIO_CONTROLLER_MMIO, "acme,counter", 0x20, 0);
    return 0;
}

static void
script(const char *text)
{
    struct wio_report report = { .code = 0 };
    const int err = wio_sim_script(&sim, text, &report);

    if (err != 0) {
        fail_msg("%s", report.text);
    }
}

static int
transfer(uint16_t addr, const char *w, uint32_t w_len, uint8_t *r,
         uint32_t r_len, uint64_t limit_ns)
{
    return i2c.ops.i2c->transfer(i2c.ctx, addr, (const uint8_t *)w, w_len, r,
                                 r_len, wio_sim_now_ns(&sim) + limit_ns);
}

static void
assert_trace(uint64_t from, const char *expected)
{
    char text[4096];

    wio_sim_trace(&sim, from, text, sizeof(text));
    assert_string_equal(text, expected);
}

/* -- Clock and alarm ----------------------------------------------------- */

static void
count_alarm(void *arg)
{
    *(uint64_t *)arg = wio_sim_now_ns(&sim);
}

static void
clock_moves_by_itself_never(void **state)
{
    (void)state;
    assert_int_equal(wio_sim_now_ns(&sim), 0);
    assert_int_equal(wio_sim_now_ns(&sim), 0);
    port->core->delay_ns(port->ctx, 12345);
    assert_int_equal(wio_sim_now_ns(&sim), 12345);
    wio_sim_advance_ns(&sim, 5);
    assert_int_equal(wio_sim_now_ns(&sim), 12350);
    /* Reading it costs, so that a guest that waits by reading gets on. */
    assert_int_equal(port->core->now_ns(port->ctx), 12450);
    /* The end of time does not wrap. */
    wio_sim_advance_ns(&sim, UINT64_MAX);
    assert_true(wio_sim_now_ns(&sim) == UINT64_MAX);
}

static void
alarm_fires_at_its_time_once(void **state)
{
    uint64_t fired = 0;

    (void)state;
    port->core->alarm_set(port->ctx, 1000, count_alarm, &fired);
    wio_sim_advance_ns(&sim, 999);
    assert_int_equal(fired, 0);
    wio_sim_advance_ns(&sim, 5000);
    assert_int_equal(fired, 1000);
    assert_int_equal(wio_sim_now_ns(&sim), 5999);
    wio_sim_advance_ns(&sim, 5000);
    assert_int_equal(sim.alarms_fired, 1);
}

static void
alarm_is_replaced_and_cleared(void **state)
{
    uint64_t first = 0;
    uint64_t second = 0;

    (void)state;
    port->core->alarm_set(port->ctx, 1000, count_alarm, &first);
    port->core->alarm_set(port->ctx, 3000, count_alarm, &second);
    wio_sim_advance_ns(&sim, 3500);
    assert_int_equal(first, 0);
    assert_int_equal(second, 3000);
    port->core->alarm_set(port->ctx, 1000, count_alarm, &first);
    port->core->alarm_clear(port->ctx);
    wio_sim_advance_ns(&sim, 10000);
    assert_int_equal(first, 0);
}

static void
alarm_waits_while_interrupts_are_out(void **state)
{
    uint64_t fired = 0;
    uint32_t outer;
    uint32_t inner;

    (void)state;
    port->core->alarm_set(port->ctx, 1000, count_alarm, &fired);
    outer = port->core->irq_save(port->ctx);
    inner = port->core->irq_save(port->ctx);
    wio_sim_advance_ns(&sim, 2000);
    port->core->irq_restore(port->ctx, inner);
    assert_int_equal(fired, 0);
    port->core->irq_restore(port->ctx, outer);
    assert_int_equal(fired, 2000);
}

/* An access that takes time makes a due alarm fire in its middle. */
static void
alarm_fires_inside_an_access(void **state)
{
    uint64_t fired = 0;
    uint8_t bytes[2];

    (void)state;
    port->core->alarm_set(port->ctx, 150000, count_alarm, &fired);
    assert_int_equal(transfer(0x48, "\0", 1, bytes, 2, 10000000), 0);
    assert_int_equal(fired, 150000);
    assert_true(wio_sim_now_ns(&sim) > 150000);
}

/* -- I2C ----------------------------------------------------------------- */

/* SLLS648D table 5 and "Temperature Register". */
static void
tmp105_measures(void **state)
{
    static const struct {
        int32_t mc;
        uint8_t config;
        uint8_t raw[2];
    } cases[] = {
        { 25000, 0x60, { 0x19, 0x00 } },
        { 25500, 0x60, { 0x19, 0x80 } },
        { -10000, 0x60, { 0xf6, 0x00 } },
        { -25000, 0x60, { 0xe7, 0x00 } },
        { 250, 0x60, { 0x00, 0x40 } },
        { -250, 0x60, { 0xff, 0xc0 } },
        { 127938, 0x60, { 0x7f, 0xf0 } },
        { 500000, 0x60, { 0x7f, 0xf0 } },
        { -128000, 0x60, { 0x80, 0x00 } },
        { 25063, 0x60, { 0x19, 0x10 } },
        { 25063, 0x00, { 0x19, 0x00 } },    /* nine bits */
        { 25500, 0x00, { 0x19, 0x80 } },
        { 25250, 0x20, { 0x19, 0x40 } },    /* ten */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char config[2] = { 1, (char)cases[i].config };
        uint8_t raw[2] = { 0xaa, 0xaa };

        assert_int_equal(wio_sim_set(&sim, "temperature", cases[i].mc), 0);
        assert_int_equal(transfer(0x48, config, 2, NULL, 0, 10000000), 0);
        assert_int_equal(transfer(0x48, "\0", 1, raw, 2, 10000000), 0);
        assert_memory_equal(raw, cases[i].raw, 2);
    }
}

static void
i2c_takes_its_time_on_the_bus(void **state)
{
    uint8_t raw[2];

    (void)state;
    assert_int_equal(transfer(0x48, "\0", 1, raw, 2, 10000000), 0);
    /* Two STARTs with addresses (10 clocks), three bytes (9), 10 us each. */
    assert_int_equal(wio_sim_now_ns(&sim), (2 * 10 + 3 * 9) * 10000);
    assert_trace(0, "i2c0 S48w 00 S48r 19 00 P\n");
    assert_int_equal(wio_sim_accesses(&sim, "i2c0"), 1);
}

static void
eeprom_keeps_bytes_and_is_busy_after_a_write(void **state)
{
    uint8_t bytes[4];
    int64_t cell;

    (void)state;
    /* A write that runs over the end of its page of eight wraps in it. */
    assert_int_equal(transfer(0x50, "\x06" "abc", 4, NULL, 0, 10000000), 0);
    assert_int_equal(wio_sim_get(&sim, "eeprom.6", &cell), 0);
    assert_int_equal(cell, 'a');
    assert_int_equal(wio_sim_get(&sim, "eeprom.0", &cell), 0);
    assert_int_equal(cell, 'c');
    assert_int_equal(transfer(0x50, "\x06", 1, bytes, 2, 10000000),
                     WIO_ERR_I2C_NACK_ADDRESS);
    wio_sim_advance_ns(&sim, 5000000);
    assert_int_equal(transfer(0x50, "\x06", 1, bytes, 3, 10000000), 0);
    assert_memory_equal(bytes, "ab\xff", 3);
}

static void
i2c_faults_hit_the_transfers_they_name(void **state)
{
    static const struct {
        const char *fault;
        int code;
        const char *trace;
    } cases[] = {
        { "nack-address", WIO_ERR_I2C_NACK_ADDRESS,
          "i2c0 S48w ! nack-address\n" },
        { "nack-data", WIO_ERR_I2C_NACK_DATA, "i2c0 S48w 00 ! nack-data\n" },
        { "arbitration", WIO_ERR_I2C_ARBITRATION,
          "i2c0 S48w ! arbitration\n" },
        { "stuck", WIO_ERR_I2C_BUS, "i2c0 ! stuck\n" },
        { "hang", WIO_ERR_TIMEOUT, "i2c0 ! timeout\n" },
        { "late=9999", WIO_ERR_TIMEOUT, "i2c0 ! timeout\n" },
        { "late=100", 0, "i2c0 S48w 00 S48r 19 00 P\n" },
        { "flip=0", 0, "i2c0 S48w 00 S48r 99 00 P\n" },
        { "flip=11", 0, "i2c0 S48w 00 S48r 19 10 P\n" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[64] = "fault i2c0:";
        uint64_t from;
        uint64_t began_ns;
        uint8_t raw[2];

        /* The third transfer from here, twice. */
        setup(NULL);
        strcat(strcat(text, cases[i].fault), "@3x2");
        script(text);
        for (int n = 1; n <= 5; n++) {
            from = sim.n_log;
            began_ns = wio_sim_now_ns(&sim);
            if (n == 3 || n == 4) {
                assert_int_equal(transfer(0x48, "\0", 1, raw, 2, 5000000),
                                 cases[i].code);
                assert_trace(from, cases[i].trace);
            } else {
                assert_int_equal(transfer(0x48, "\0", 1, raw, 2, 5000000), 0);
                assert_trace(from, "i2c0 S48w 00 S48r 19 00 P\n");
            }
            assert_true(wio_sim_now_ns(&sim) - began_ns <= 5000000);
        }
    }
}

/* -- Pins ---------------------------------------------------------------- */

static void
pins_are_driven_from_both_sides(void **state)
{
    int64_t level;

    (void)state;
    assert_int_equal(gpio.ops.gpio->configure(gpio.ctx, 3, WIO_GPIO_PULL_UP),
                     0);
    assert_int_equal(gpio.ops.gpio->read(gpio.ctx, 3), 1);
    script("set gpio0.3=0");
    assert_int_equal(gpio.ops.gpio->read(gpio.ctx, 3), 0);

    assert_int_equal(gpio.ops.gpio->configure(
        gpio.ctx, 5, WIO_GPIO_OUTPUT | WIO_GPIO_INITIAL_HIGH), 0);
    assert_int_equal(wio_sim_get(&sim, "gpio0.5", &level), 0);
    assert_int_equal(level, 1);
    assert_int_equal(gpio.ops.gpio->write(gpio.ctx, 5, 0), 0);
    assert_int_equal(wio_sim_get(&sim, "gpio0.5", &level), 0);
    assert_int_equal(level, 0);

    assert_int_equal(gpio.ops.gpio->read(gpio.ctx, 32),
                     WIO_ERR_GPIO_UNDEFINED_LABEL);
    script("fault gpio0:failure; fault gpio0:stuck=1@6");
    assert_int_equal(gpio.ops.gpio->read(gpio.ctx, 3),
                     WIO_ERR_GPIO_HARDWARE_FAULT);
    assert_int_equal(gpio.ops.gpio->read(gpio.ctx, 3), 0);
    assert_int_equal(gpio.ops.gpio->read(gpio.ctx, 3), 1);
    assert_trace(0, "gpio0 c 3=4\ngpio0 r 3=1\ngpio0 r 3=0\ngpio0 c 5=17\n"
                    "gpio0 w 5=0\ngpio0 r 3=0 ! -196609\ngpio0 r 3=0\n"
                    "gpio0 r 3=1\n");
}

/* -- Lines --------------------------------------------------------------- */

static void
uart_carries_bytes_at_its_rate(void **state)
{
    uint8_t bytes[8];
    const uint64_t char_ns = 10ull * 1000000000 / 115200;

    (void)state;
    assert_int_equal(uart.ops.uart->read(uart.ctx, bytes, 8), 0);
    script("feed uart0 a\\x62\\n");
    wio_sim_advance_ns(&sim, 2 * char_ns);
    assert_int_equal(uart.ops.uart->read(uart.ctx, bytes, 8), 2);
    assert_memory_equal(bytes, "ab", 2);
    wio_sim_advance_ns(&sim, char_ns);
    assert_int_equal(uart.ops.uart->read(uart.ctx, bytes, 8), 1);
    assert_int_equal(bytes[0], '\n');

    assert_int_equal(uart.ops.uart->write(uart.ctx, (const uint8_t *)"xyz", 3,
                                          wio_sim_now_ns(&sim) + 2 * char_ns),
                     2);
    assert_int_equal(wio_sim_take(&sim, "uart0", bytes, 8), 2);
    assert_memory_equal(bytes, "xy", 2);
    script("fault uart0:stuck");
    assert_int_equal(uart.ops.uart->write(uart.ctx, (const uint8_t *)"z", 1,
                                          wio_sim_now_ns(&sim) + 1000000),
                     WIO_ERR_TIMEOUT);
}

static void
uart_faults_and_loopback(void **state)
{
    uint8_t bytes[8];

    (void)state;
    script("set uart0.loopback=1; fault uart0:parity@2; fault uart0:flip=7@3");
    assert_int_equal(uart.ops.uart->write(uart.ctx, (const uint8_t *)"A", 1,
                                          UINT64_MAX), 1);
    assert_int_equal(uart.ops.uart->read(uart.ctx, bytes, 8),
                     WIO_ERR_UART_PARITY);
    assert_int_equal(uart.ops.uart->read(uart.ctx, bytes, 8), 1);
    assert_int_equal(bytes[0], '@');
}

/* -- Register blocks ----------------------------------------------------- */

static uint32_t
in(const struct wio_controller *block, uint32_t off)
{
    return block->ops.mmio->read(block->ctx, off, 4);
}

static void
out(const struct wio_controller *block, uint32_t off, uint32_t value)
{
    block->ops.mmio->write(block->ctx, off, 4, value);
}

/* 1.8432 MHz / (16 * 1) = 115200 baud, 86.8 us a byte. */
static void
pl011_start(void)
{
    out(&pl011, 0x24, 1);
    out(&pl011, 0x2c, 0x70);
    out(&pl011, 0x30, 0x301);
}

static void
pl011_sends_and_receives(void **state)
{
    uint8_t bytes[4];

    (void)state;
    pl011_start();
    assert_int_equal(in(&pl011, 0x18), 0x90);      /* empty both ways */
    out(&pl011, 0x00, 'O');
    out(&pl011, 0x00, 'K');
    assert_int_equal(in(&pl011, 0x18) & 0x88, 0x08);   /* busy, not empty */
    assert_int_equal(wio_sim_take(&sim, "mmio0", bytes, 4), 0);
    wio_sim_advance_ns(&sim, 200000);
    assert_int_equal(in(&pl011, 0x18) & 0x88, 0x80);
    assert_int_equal(wio_sim_take(&sim, "mmio0", bytes, 4), 2);
    assert_memory_equal(bytes, "OK", 2);

    assert_int_equal(wio_sim_feed(&sim, "mmio0", "hi", 2), 2);
    wio_sim_advance_ns(&sim, 200000);
    assert_int_equal(in(&pl011, 0x18) & 0x10, 0);
    assert_int_equal(in(&pl011, 0x00), 'h');
    assert_int_equal(in(&pl011, 0x00), 'i');
    assert_int_equal(in(&pl011, 0x18) & 0x10, 0x10);
    assert_int_equal(in(&pl011, 0xfe0), 0x11);
}

static void
pl011_overruns_when_nobody_reads(void **state)
{
    (void)state;
    pl011_start();
    assert_int_equal(wio_sim_feed(&sim, "mmio0", "0123456789abcdefXYZ", 19),
                     19);
    wio_sim_advance_ns(&sim, 10000000);
    assert_int_equal(in(&pl011, 0x18) & 0x50, 0x40);   /* full */
    assert_int_equal(in(&pl011, 0x00), 0x800 | '0');
    assert_int_equal(in(&pl011, 0x04), 0x08);
    out(&pl011, 0x04, 0);
    assert_int_equal(in(&pl011, 0x04), 0);
    for (uint32_t i = 1; i < 16; i++) {
        assert_int_equal(in(&pl011, 0x00),
                         (uint32_t)"0123456789abcdef"[i]);
    }
    assert_int_equal(in(&pl011, 0x18) & 0x10, 0x10);   /* XYZ are lost */
}

static void
pl011_storm_and_errors(void **state)
{
    uint32_t n = 0;

    (void)state;
    pl011_start();
    script("fault mmio0:storm=85x40; fault mmio0:framing@6");
    wio_sim_advance_ns(&sim, 100000);
    assert_int_equal(in(&pl011, 0x18) & 0x10, 0);      /* access 4 */
    assert_int_equal(in(&pl011, 0x18) & 0x10, 0);
    assert_int_equal(in(&pl011, 0x00), 0x100 | 85);
    wio_sim_advance_ns(&sim, 100000000);
    while ((in(&pl011, 0x18) & 0x10) == 0) {
        in(&pl011, 0x00);
        n++;
    }
    assert_int_equal(n, 16);                           /* the FIFO */
}

static void
cmsdk_uart_has_one_byte_each_way(void **state)
{
    uint8_t bytes[4];

    (void)state;
    out(&cmsdk, 0x10, 16);                 /* 100000 baud */
    out(&cmsdk, 0x08, 3);
    out(&cmsdk, 0x00, 'a');
    assert_int_equal(in(&cmsdk, 0x04), 1);
    out(&cmsdk, 0x00, 'b');                /* lost: the first is still there */
    assert_int_equal(in(&cmsdk, 0x04), 5);
    out(&cmsdk, 0x04, 4);
    wio_sim_advance_ns(&sim, 100000);
    assert_int_equal(in(&cmsdk, 0x04), 0);
    assert_int_equal(wio_sim_take(&sim, "mmio1", bytes, 4), 1);
    assert_int_equal(bytes[0], 'a');

    assert_int_equal(wio_sim_feed(&sim, "mmio1", "xy", 2), 2);
    wio_sim_advance_ns(&sim, 100000);
    assert_int_equal(in(&cmsdk, 0x04), 2);
    wio_sim_advance_ns(&sim, 100000);
    assert_int_equal(in(&cmsdk, 0x04), 10);  /* the second ran over it */
    assert_int_equal(in(&cmsdk, 0x00), 'y');
    out(&cmsdk, 0x04, 8);
    assert_int_equal(in(&cmsdk, 0x04), 0);
}

static void
plain_registers_keep_what_is_written(void **state)
{
    int64_t value;

    (void)state;
    out(&plain, 0x10, 0x12345678);
    assert_int_equal(plain.ops.mmio->read(plain.ctx, 0x11, 1), 0x56);
    plain.ops.mmio->write(plain.ctx, 0x12, 2, 0xffffabcd);
    assert_int_equal(wio_sim_get(&sim, "mmio2.0x10", &value), 0);
    assert_int_equal(value, 0xabcd5678);
    script("set mmio2.0x14=0xffffffff; fault mmio2:flip=4; "
           "fault mmio2:stuck=7@5");
    assert_int_equal(in(&plain, 0x14), 0xffffffef);
    assert_int_equal(in(&plain, 0x14), 7);
    assert_trace(0, "mmio2 w4 010=12345678\nmmio2 r1 011=56\n"
                    "mmio2 w2 012=abcd\nmmio2 r4 014=ffffffef\n"
                    "mmio2 r4 014=00000007\n");
    assert_int_equal(wio_sim_accesses(&sim, "mmio2"), 5);
}

/* -- Scripts ------------------------------------------------------------- */

static void
events_happen_at_their_time(void **state)
{
    int64_t mc;

    (void)state;
    script("# stimuli\n"
           "device i2c0 tmp105 0x49\n"
           "@3ms set temperature=-1000\n"
           "@1ms set temperature=1000; @2ms set temperature=2000\n"
           "set temperature=500   # now\n");
    for (int i = 0; i < 4; i++) {
        static const int64_t expected[] = { 500, 1000, 2000, -1000 };

        assert_int_equal(wio_sim_get(&sim, "i2c0.0x49.temperature", &mc), 0);
        assert_int_equal(mc, expected[i]);
        wio_sim_advance_ns(&sim, 1000000);
    }
    assert_int_equal(wio_sim_get(&sim, "i2c0.0x48.temperature", &mc),
                     WIO_ERR_NO_DEVICE);
    script("fault i2c0:hangx*; fault i2c0:none");
    assert_int_equal(transfer(0x49, "\0", 1, NULL, 0, 1000000), 0);
}

static void
wrong_scripts_are_refused_with_a_sentence(void **state)
{
    static const struct {
        const char *text;
        int code;
    } cases[] = {
        { "frobnicate", WIO_ERR_INVALID_ARGUMENT },
        { "set temperature", WIO_ERR_INVALID_ARGUMENT },
        { "set temperature=hot", WIO_ERR_INVALID_ARGUMENT },
        { "set temperature=2000000", WIO_ERR_INVALID_ARGUMENT },
        { "set pressure=3", WIO_ERR_INVALID_ARGUMENT },
        { "set gpio0.32=1", WIO_ERR_INVALID_ARGUMENT },
        { "set gpio9.0=1", WIO_ERR_INVALID_ARGUMENT },
        { "@5 set temperature=1", WIO_ERR_INVALID_ARGUMENT },
        { "@99999999999999s set temperature=1", WIO_ERR_INVALID_ARGUMENT },
        { "device i2c0 tmp105 0x80", WIO_ERR_INVALID_ARGUMENT },
        { "device i2c2 tmp105 0x48", WIO_ERR_INVALID_ARGUMENT },
        { "device i2c0 tmp106 0x48", WIO_ERR_INVALID_ARGUMENT },
        { "device gpio0 tmp105 0x48", WIO_ERR_INVALID_ARGUMENT },
        { "feed gpio0 text", WIO_ERR_INVALID_ARGUMENT },
        { "feed uart0 \\q", WIO_ERR_INVALID_ARGUMENT },
        { "feed uart0 \\x4", WIO_ERR_INVALID_ARGUMENT },
        { "feed uart0 \\", WIO_ERR_INVALID_ARGUMENT },
        { "fault i2c0", WIO_ERR_INVALID_ARGUMENT },
        { "fault i2c0:", WIO_ERR_INVALID_ARGUMENT },
        { "fault i2c0:framing", WIO_ERR_INVALID_ARGUMENT },
        { "fault i2c0:hang@", WIO_ERR_INVALID_ARGUMENT },
        { "fault i2c0:hangx0", WIO_ERR_INVALID_ARGUMENT },
        { "fault i2c0:hangx2@3", WIO_ERR_INVALID_ARGUMENT },
        { "fault uart0:flip=-1", WIO_ERR_INVALID_ARGUMENT },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct wio_report report = { .code = 0 };

        if (wio_sim_script(&sim, cases[i].text, &report) != cases[i].code) {
            fail_msg("'%s' was not refused", cases[i].text);
        }
        assert_int_equal(report.code, cases[i].code);
        assert_non_null(strstr(report.text, "sim script, entry 1: "));
    }
    for (uint32_t i = 0; i < WIO_SIM_FAULTS; i++) {
        script("fault i2c0:hang");
    }
    assert_int_equal(wio_sim_script(&sim, "fault i2c0:hang", NULL),
                     WIO_ERR_LIMIT);
}

static void
more_controllers_than_places_are_refused(void **state)
{
    const struct wio_controller_info info = {
        .class = WIO_CONTROLLER_I2C, .compatible = "x", .size = 4,
    };
    const struct wio_controller_info other = {
        .class = 77, .compatible = "x", .size = 4,
    };
    struct wio_controller controller;

    (void)state;
    bring_up(WIO_CONTROLLER_I2C, "x", 4, 0);
    assert_int_equal(port->controller(port->ctx, &info, &controller),
                     WIO_ERR_NO_DEVICE);
    assert_int_equal(port->controller(port->ctx, &other, &controller),
                     WIO_ERR_NOT_SUPPORTED);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(clock_moves_by_itself_never, setup),
        cmocka_unit_test_setup(alarm_fires_at_its_time_once, setup),
        cmocka_unit_test_setup(alarm_is_replaced_and_cleared, setup),
        cmocka_unit_test_setup(alarm_waits_while_interrupts_are_out, setup),
        cmocka_unit_test_setup(alarm_fires_inside_an_access, setup),
        cmocka_unit_test_setup(tmp105_measures, setup),
        cmocka_unit_test_setup(i2c_takes_its_time_on_the_bus, setup),
        cmocka_unit_test_setup(eeprom_keeps_bytes_and_is_busy_after_a_write,
                               setup),
        cmocka_unit_test_setup(i2c_faults_hit_the_transfers_they_name, setup),
        cmocka_unit_test_setup(pins_are_driven_from_both_sides, setup),
        cmocka_unit_test_setup(uart_carries_bytes_at_its_rate, setup),
        cmocka_unit_test_setup(uart_faults_and_loopback, setup),
        cmocka_unit_test_setup(pl011_sends_and_receives, setup),
        cmocka_unit_test_setup(pl011_overruns_when_nobody_reads, setup),
        cmocka_unit_test_setup(pl011_storm_and_errors, setup),
        cmocka_unit_test_setup(cmsdk_uart_has_one_byte_each_way, setup),
        cmocka_unit_test_setup(plain_registers_keep_what_is_written, setup),
        cmocka_unit_test_setup(events_happen_at_their_time, setup),
        cmocka_unit_test_setup(wrong_scripts_are_refused_with_a_sentence,
                               setup),
        cmocka_unit_test_setup(more_controllers_than_places_are_refused,
                               setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
