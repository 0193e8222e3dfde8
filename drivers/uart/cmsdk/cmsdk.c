/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CMSDK APB UART at register level: sends back what it receives, in upper
 * case, and counts. As ../pl011, but the device has one byte of buffer each way
 * and no FIFO, so the driver has a queue: receiving must not wait for sending.
 * The baud rate stays what the board's owner has set.
 */
#include <wasmio/core.h>
#include <wasmio/mmio.h>
#include <wasmio/point.h>

#include "regs.h"

/* Rounds an activation, each at most one byte in and one out. */
#define ROUNDS_A_POLL 4u
#define QUEUE_SIZE 32u

static int32_t uart;
static uint8_t queue[QUEUE_SIZE];   /* oldest at head */
static uint32_t queue_head;
static uint32_t queue_n;
static struct {
    int32_t point;
    uint32_t n;
} rx, tx, overruns, dropped;

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
    dropped.point = WASMIO_OPEN("dropped");
    if (uart < 0) {
        return uart;
    }
    (void)wasmio_point_set_i32(rx.point, 0);
    (void)wasmio_point_set_i32(tx.point, 0);
    (void)wasmio_point_set_i32(overruns.point, 0);
    (void)wasmio_point_set_i32(dropped.point, 0);
    divisor = wasmio_mmio_read32(uart, BAUDDIV);
    if (divisor >= 0 && divisor < BAUDDIV_MIN) {
        WASMIO_LOG(WIO_ABI_LOG_WARN, "no baud rate is set on this board");
    }
    return set_up();
}

static void
receive(void)
{
    const int64_t data = wasmio_mmio_read32(uart, DATA);

    if (data < 0) {
        return;
    }
    rx.n++;
    if (queue_n == QUEUE_SIZE) {
        dropped.n++;
        return;
    }
    queue[(queue_head + queue_n) % QUEUE_SIZE] = (uint8_t)(data & DATA_MASK);
    queue_n++;
}

static void
send(void)
{
    uint32_t byte = queue[queue_head];

    if (byte >= 'a' && byte <= 'z') {
        byte -= 'a' - 'A';
    }
    if (wasmio_mmio_write32(uart, DATA, byte) >= 0) {
        tx.n++;
        queue_head = (queue_head + 1) % QUEUE_SIZE;
        queue_n--;
    }
}

/* One look at the device; false when there was nothing to do. */
static bool
work(void)
{
    const int64_t state = wasmio_mmio_read32(uart, STATE);
    bool busy = false;

    if (state < 0) {
        return false;
    }
    if ((state & STATE_RX_OVERRUN) != 0) {
        overruns.n++;
        (void)wasmio_mmio_write32(uart, STATE, STATE_RX_OVERRUN);
    }
    if ((state & STATE_RX_FULL) != 0) {
        receive();
        busy = true;
    }
    if (queue_n > 0 && (state & STATE_TX_FULL) == 0) {
        send();
        busy = true;
    }
    return busy;
}

WASMIO_EXPORT("poll")
void
poll(void)
{
    const uint32_t before = rx.n + tx.n + overruns.n;

    for (uint32_t i = 0; i < ROUNDS_A_POLL && work(); i++) {
    }
    if (rx.n + tx.n + overruns.n != before) {
        (void)wasmio_point_set_i32(rx.point, (int32_t)rx.n);
        (void)wasmio_point_set_i32(tx.point, (int32_t)tx.n);
        (void)wasmio_point_set_i32(overruns.point, (int32_t)overruns.n);
        (void)wasmio_point_set_i32(dropped.point, (int32_t)dropped.n);
    }
}
