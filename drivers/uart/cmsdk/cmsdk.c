/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CMSDK APB UART at register level: sends back what it receives, in upper
 * case, and counts. ../pl011 for another UART, with one byte of buffer each
 * way instead of FIFOs. The baud rate stays what the board's owner has set.
 */
#include <wasmio/core.h>
#include <wasmio/mmio.h>
#include <wasmio/point.h>

#include "regs.h"

/* Bytes an activation; between two of them the line has to bring the next. */
#define BYTES_A_POLL 4u

static int32_t uart;
static struct {
    int32_t point;
    uint32_t n;
} rx, tx, overruns;

static int32_t
set_up(void)
{
    /* Without interrupts: a container of this kind polls. */
    int32_t err = wasmio_mmio_write32(uart, CTRL, 0);

    if (err >= 0) {
        err = wasmio_mmio_write32(uart, INTCLEAR, INTCLEAR_ALL);
    }
    if (err >= 0) {
        err = wasmio_mmio_write32(uart, STATE,
                                  STATE_TX_OVERRUN | STATE_RX_OVERRUN);
    }
    if (err >= 0) {
        err = wasmio_mmio_write32(uart, CTRL,
                                  CTRL_TX_ENABLE | CTRL_RX_ENABLE);
    }
    return err;
}

WASMIO_EXPORT("wasmio-init")
int32_t
init(void)
{
    int64_t divisor;

    uart = WASMIO_OPEN("uart");
    rx.point = WASMIO_OPEN("rx-bytes");
    tx.point = WASMIO_OPEN("tx-bytes");
    overruns.point = WASMIO_OPEN("overruns");
    if (uart < 0) {
        return uart;
    }
    (void)wasmio_point_set_i32(rx.point, 0);
    (void)wasmio_point_set_i32(tx.point, 0);
    (void)wasmio_point_set_i32(overruns.point, 0);
    divisor = wasmio_mmio_read32(uart, BAUDDIV);
    if (divisor >= 0 && divisor < BAUDDIV_MIN) {
        WASMIO_LOG(WIO_ABI_LOG_WARN, "no baud rate is set on this board");
    }
    return set_up();
}

static void
send(uint32_t byte)
{
    if (byte >= 'a' && byte <= 'z') {
        byte -= 'a' - 'A';
    }
    if (wasmio_mmio_write32(uart, DATA, byte) >= 0) {
        tx.n++;
    }
}

/* Takes one byte when there is one and room for its answer. */
static bool
work(void)
{
    const int64_t state = wasmio_mmio_read32(uart, STATE);
    int64_t data;

    if (state < 0) {
        return false;
    }
    if ((state & STATE_RX_OVERRUN) != 0) {
        overruns.n++;
        (void)wasmio_mmio_write32(uart, STATE, STATE_RX_OVERRUN);
    }
    if ((state & (STATE_RX_FULL | STATE_TX_FULL)) != STATE_RX_FULL) {
        return false;
    }
    data = wasmio_mmio_read32(uart, DATA);
    if (data < 0) {
        return false;
    }
    rx.n++;
    send((uint32_t)data & DATA_MASK);
    return true;
}

WASMIO_EXPORT("poll")
void
poll(void)
{
    const uint32_t before = rx.n + overruns.n;

    for (uint32_t i = 0; i < BYTES_A_POLL && work(); i++) {
    }
    if (rx.n + overruns.n != before) {
        (void)wasmio_point_set_i32(rx.point, (int32_t)rx.n);
        (void)wasmio_point_set_i32(tx.point, (int32_t)tx.n);
        (void)wasmio_point_set_i32(overruns.point, (int32_t)overruns.n);
    }
}
