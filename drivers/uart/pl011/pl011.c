/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PL011 UART at register level: sends back what it receives, in upper case,
 * and counts. An example of a driver that owns a peripheral's registers.
 *
 * The baud rate stays what the board's owner has set: the divisor belongs to
 * the wire and depends on UARTCLK, which a portable container cannot know.
 */
#include <wasmio/core.h>
#include <wasmio/mmio.h>
#include <wasmio/point.h>

#include "regs.h"

/* At most a FIFO of bytes an activation, so that a flood on the line cannot
 * use up the budget. */
#define BYTES_A_POLL 16u

/* A byte takes less than 10 ms down to 1200 baud. */
#define DRAIN_US 10000u

static int32_t uart;
static struct {
    int32_t point;
    uint32_t n;
    uint32_t published;
} rx, tx, overruns, errors;

/* -- Bringing up --------------------------------------------------------- */

static int32_t
write(uint32_t off, uint32_t value)
{
    return wasmio_mmio_write32(uart, off, value);
}

/*
 * The sequence of DDI 0183G section 3.3.8: disable, wait for the end of the
 * byte being sent, flush the FIFO, set up, enable.
 */
static int32_t
set_up(void)
{
    int32_t err = write(UARTCR, 0);

    if (err < 0) {
        return err;    /* not our registers: stop here */
    }
    err = wasmio_mmio_poll32(uart, UARTFR, UARTFR_BUSY, 0, DRAIN_US);
    if (err < 0 && err != WIO_ERR_TIMEOUT) {
        return err;
    }
    /* Still busy means no clock or flow control; flushing ends that. */
    err = write(UARTLCR_H, 0);
    if (err >= 0) {
        err = write(UARTIMSC, 0);
    }
    if (err >= 0) {
        err = write(UARTICR, UARTICR_ALL);
    }
    if (err >= 0) {
        err = write(UARTECR, 0);
    }
    if (err >= 0) {
        err = write(UARTLCR_H, UARTLCR_H_WLEN_8 | UARTLCR_H_FEN);
    }
    if (err >= 0) {
        err = write(UARTCR, UARTCR_UARTEN | UARTCR_TXE | UARTCR_RXE);
    }
    return err;
}

WASMIO_EXPORT("wasmio-init")
int32_t
init(void)
{
    uart = WASMIO_OPEN("uart");
    rx.point = WASMIO_OPEN("rx-bytes");
    tx.point = WASMIO_OPEN("tx-bytes");
    overruns.point = WASMIO_OPEN("overruns");
    errors.point = WASMIO_OPEN("rx-errors");
    if (uart < 0) {
        return uart;
    }
    (void)wasmio_point_set_i32(rx.point, 0);
    (void)wasmio_point_set_i32(tx.point, 0);
    (void)wasmio_point_set_i32(overruns.point, 0);
    (void)wasmio_point_set_i32(errors.point, 0);
    if (wasmio_mmio_read32(uart, UARTIBRD) == 0) {
        WASMIO_LOG(WIO_ABI_LOG_WARN, "no baud rate is set on this board");
    }
    return set_up();
}

/* -- Working ------------------------------------------------------------- */

/* True when the byte is good. */
static bool
count_errors(uint32_t data)
{
    if ((data & UARTDR_OE) != 0) {
        overruns.n++;                   /* the byte itself is good */
    }
    if ((data & (UARTDR_OE | UARTDR_FE | UARTDR_PE | UARTDR_BE)) != 0) {
        (void)write(UARTECR, 0);
    }
    if ((data & (UARTDR_FE | UARTDR_PE | UARTDR_BE)) != 0) {
        errors.n++;
        return false;
    }
    return true;
}

static void
send(uint32_t byte)
{
    if (byte >= 'a' && byte <= 'z') {
        byte -= 'a' - 'A';
    }
    if (write(UARTDR, byte) >= 0) {
        tx.n++;
    }
}

/* Takes one byte when there is one and room for its answer. */
static bool
work(void)
{
    const int64_t flags = wasmio_mmio_read32(uart, UARTFR);
    int64_t data;

    if (flags < 0 || (flags & (UARTFR_RXFE | UARTFR_TXFF)) != 0) {
        return false;
    }
    data = wasmio_mmio_read32(uart, UARTDR);
    if (data < 0) {
        return false;
    }
    rx.n++;
    if (count_errors((uint32_t)data)) {
        send((uint32_t)data & UARTDR_DATA);
    }
    return true;
}

WASMIO_EXPORT("poll")
void
poll(void)
{
    for (uint32_t i = 0; i < BYTES_A_POLL && work(); i++) {
    }
    if (rx.n != rx.published) {
        rx.published = rx.n;
        (void)wasmio_point_set_i32(rx.point, (int32_t)rx.n);
        (void)wasmio_point_set_i32(tx.point, (int32_t)tx.n);
        (void)wasmio_point_set_i32(overruns.point, (int32_t)overruns.n);
        (void)wasmio_point_set_i32(errors.point, (int32_t)errors.n);
    }
}
