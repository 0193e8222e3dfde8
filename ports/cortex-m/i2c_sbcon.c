/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "arm,versatile-i2c": two wires behind one register, worked by hand.
 *
 * RealView Platform Baseboard for Cortex-A8 User Guide (ARM DUI 0417D),
 * two-wire serial bus interface: +0 SB_CONTROL reads the lines, and lets go
 * high those written as 1; +4 SB_CONTROLC pulls low those written as 1; bit 0
 * SCL, bit 1 SDA.
 * The bus: NXP UM10204 rev. 6, 3.1 and 3.1.16 (bus clear).
 */
#include "levels.h"

#define SB_CONTROL 0x0u
#define SB_CONTROLS 0x0u
#define SB_CONTROLC 0x4u
#define SCL 1u
#define SDA 2u

#define HALF_NS 5000u            /* 100 kHz: t_LOW >= 4.7 us */
#define RECOVERY_CLOCKS 9u       /* UM10204, 3.1.16 */

struct wire {
    uintptr_t base;
    uint64_t deadline_ns;
    int err;                     /* the first; later steps do nothing */
};

static void
high(const struct wire *w, uint32_t lines)
{
    *cm_reg(w->base, SB_CONTROLS) = lines;
}

static void
low(const struct wire *w, uint32_t lines)
{
    *cm_reg(w->base, SB_CONTROLC) = lines;
}

static bool
is_high(const struct wire *w, uint32_t line)
{
    return (*cm_reg(w->base, SB_CONTROL) & line) != 0;
}

/* Let SCL rise and wait for it: a device may hold it (3.1.9). The end of the
 * budget is looked for here, once a bit: a byte is longer than others wait. */
static void
clock_up(struct wire *w)
{
    high(w, SCL);
    while (!is_high(w, SCL)) {
        if (cm_past(w->deadline_ns)) {
            w->err = w->err ? w->err : WIO_ERR_TIMEOUT;
            return;
        }
    }
    if (cm_budget_is_over()) {
        w->err = w->err ? w->err : WIO_ERR_TIMEOUT;
        return;
    }
    cm_delay_ns(HALF_NS);
}

static void
clock_down(const struct wire *w)
{
    low(w, SCL);
    cm_delay_ns(HALF_NS);
}

static void
stop(struct wire *w)
{
    low(w, SDA);
    cm_delay_ns(HALF_NS);
    clock_up(w);
    high(w, SDA);
    cm_delay_ns(HALF_NS);
}

/* A device that holds SDA gets the clocks it waits for, then a STOP. */
static void
recover(struct wire *w)
{
    uint32_t i;

    high(w, SDA);
    for (i = 0; i < RECOVERY_CLOCKS && !is_high(w, SDA) &&
                !cm_budget_is_over(); i++) {
        clock_down(w);
        clock_up(w);
    }
    clock_down(w);
    stop(w);
}

/* There is no time left. A START, which begins the next transfer, resets
 * whoever is in the middle of a byte (3.1.10), behind a recovery if SDA is
 * held. */
static void
let_go(const struct wire *w)
{
    high(w, SDA);
    high(w, SCL);
}

/* Also a repeated START: SCL is low then, and SDA is let go first. */
static void
start(struct wire *w)
{
    high(w, SDA);
    cm_delay_ns(HALF_NS);
    clock_up(w);
    if (!w->err && !is_high(w, SDA)) {
        recover(w);
        if (!w->err && !is_high(w, SDA)) {
            w->err = WIO_ERR_I2C_BUS;
        }
    }
    if (w->err) {
        return;
    }
    low(w, SDA);
    cm_delay_ns(HALF_NS);
    clock_down(w);
}

static void
send_bit(struct wire *w, uint32_t bit)
{
    if (bit) {
        high(w, SDA);
    } else {
        low(w, SDA);
    }
    cm_delay_ns(HALF_NS);
    clock_up(w);
    clock_down(w);
}

static uint32_t
receive_bit(struct wire *w)
{
    uint32_t bit;

    high(w, SDA);
    cm_delay_ns(HALF_NS);
    clock_up(w);
    bit = is_high(w, SDA);
    clock_down(w);
    return bit;
}

static void
send_byte(struct wire *w, uint32_t byte, int nack)
{
    uint32_t mask;

    for (mask = 0x80u; mask != 0 && !w->err; mask >>= 1) {
        send_bit(w, byte & mask);
    }
    if (!w->err && receive_bit(w)) {
        w->err = nack;
    }
    if (!w->err && cm_past(w->deadline_ns)) {
        w->err = WIO_ERR_TIMEOUT;
    }
}

static uint8_t
receive_byte(struct wire *w, bool is_last)
{
    uint32_t byte = 0;
    uint32_t i;

    for (i = 0; i < 8u && !w->err; i++) {
        byte = byte << 1 | receive_bit(w);
    }
    if (!w->err) {
        send_bit(w, is_last);    /* the last byte is not acknowledged */
    }
    if (!w->err && !is_last && cm_past(w->deadline_ns)) {
        w->err = WIO_ERR_TIMEOUT;
    }
    return (uint8_t)byte;
}

static int
transfer(void *ctx, uint16_t addr, const uint8_t *out, uint32_t n_out,
         uint8_t *in, uint32_t n_in, uint64_t deadline_ns)
{
    const struct cm_device *device = ctx;
    struct wire w = { .base = device->base, .deadline_ns = deadline_ns };
    uint32_t i;

    start(&w);
    if (w.err) {
        let_go(&w);
        return w.err;
    }
    if (n_out > 0 || n_in == 0) {
        send_byte(&w, (uint32_t)addr << 1, WIO_ERR_I2C_NACK_ADDRESS);
        for (i = 0; i < n_out && !w.err; i++) {
            send_byte(&w, out[i], WIO_ERR_I2C_NACK_DATA);
        }
        if (n_in > 0 && !w.err) {
            start(&w);
        }
    }
    if (n_in > 0 && !w.err) {
        send_byte(&w, (uint32_t)addr << 1 | 1u, WIO_ERR_I2C_NACK_ADDRESS);
        for (i = 0; i < n_in && !w.err; i++) {
            in[i] = receive_byte(&w, i + 1u == n_in);
        }
    }
    if (cm_budget_is_over()) {
        let_go(&w);
    } else if (w.err == WIO_ERR_TIMEOUT) {
        recover(&w);             /* a byte may be half read: free the lines */
    } else {
        stop(&w);
    }
    return w.err;
}

int
cm_i2c_sbcon_start(struct cm_device *device)
{
    *cm_reg(device->base, SB_CONTROLS) = SCL | SDA;
    return WIO_OK;
}

const struct wio_i2c_ops cm_i2c_sbcon_ops = { .transfer = transfer };
