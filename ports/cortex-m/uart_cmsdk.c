/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "arm,cmsdk-uart", polled; requests by interrupt. Cortex-M System Design Kit TRM (DDI 0479D):
 * the APB UART, one byte of buffer each way, divisor clock / baud, at least
 * 16.
 */
#include "levels.h"

#include <stddef.h>

#define DATA 0x00u
#define STATE 0x04u
#define STATE_TX_FULL 1u
#define STATE_RX_FULL 2u
#define STATE_RX_OVERRUN 8u
#define CTRL 0x08u
#define CTRL_TX_RX 3u
#define CTRL_TX_INT 4u
#define CTRL_RX_INT 8u
#define INTCLEAR 0x0cu
#define INT_TX 1u
#define INT_RX 2u
#define BAUDDIV 0x10u

static int
configure(void *ctx, uint32_t baud)
{
    const struct cm_device *device = ctx;
    uint32_t hz = device->clock_hz ? device->clock_hz : 25000000u;

    if (baud == 0 || hz / baud < 16u || hz / baud > 0xfffffu) {
        return WIO_ERR_INVALID_ARGUMENT;
    }
    *cm_reg(device->base, BAUDDIV) = hz / baud;
    *cm_reg(device->base, CTRL) = CTRL_TX_RX;
    return WIO_OK;
}

static int
write_bytes(void *ctx, const uint8_t *bytes, uint32_t len,
            uint64_t deadline_ns)
{
    const struct cm_device *device = ctx;
    uint32_t n = 0;

    while (n < len) {
        if (!(*cm_reg(device->base, STATE) & STATE_TX_FULL)) {
            *cm_reg(device->base, DATA) = bytes[n++];
        } else if (cm_past(deadline_ns)) {
            break;
        }
    }
    return n > 0 ? (int)n : WIO_ERR_TIMEOUT;
}

static int
read_bytes(void *ctx, uint8_t *bytes, uint32_t len)
{
    const struct cm_device *device = ctx;
    uint32_t state = *cm_reg(device->base, STATE);
    uint32_t n = 0;

    if (state & STATE_RX_OVERRUN) {
        *cm_reg(device->base, STATE) = STATE_RX_OVERRUN;   /* 1 clears */
        return WIO_ERR_UART_OVERRUN;
    }
    while (n < len && (*cm_reg(device->base, STATE) & STATE_RX_FULL)) {
        bytes[n++] = (uint8_t)*cm_reg(device->base, DATA);
    }
    return (int)n;
}

/* -- Requests --------------------------------------------------------------------- */

/* `interrupts` of the node: receiver, transmitter. */
enum { RX_LINE, TX_LINE };
enum direction { WRITES, READS };

static void
quiet(struct cm_device *device, enum direction direction)
{
    bool writes = direction == WRITES;

    device->requests[direction] = NULL;
    *cm_reg(device->base, CTRL) &= ~(writes ? CTRL_TX_INT : CTRL_RX_INT);
    *cm_reg(device->base, INTCLEAR) = writes ? INT_TX : INT_RX;
    cm_line_drop(device->irqs[writes ? TX_LINE : RX_LINE]);
}

static void
finish(struct cm_device *device, enum direction direction, int result)
{
    struct wio_request *request = device->requests[direction];

    quiet(device, direction);
    request->done(request, result);
}

/* The transmitter's interrupt comes when its one byte has gone. */
static void
send_on(const struct cm_device *device, struct wio_request *request)
{
    if (!(*cm_reg(device->base, STATE) & STATE_TX_FULL)) {
        *cm_reg(device->base, DATA) = request->w[request->at++];
    }
}

static void
on_sent(void *arg)
{
    struct cm_device *device = arg;
    struct wio_request *request = device->requests[WRITES];

    *cm_reg(device->base, INTCLEAR) = INT_TX;
    if (request && request->at < request->w_len) {
        send_on(device, request);
    } else if (request) {
        finish(device, WRITES, (int)request->at);
    }
}

static void
on_received(void *arg)
{
    struct cm_device *device = arg;
    struct wio_request *request = device->requests[READS];
    uint32_t state = *cm_reg(device->base, STATE);

    *cm_reg(device->base, INTCLEAR) = INT_RX;
    if (!request) {
        return;
    }
    if (state & STATE_RX_OVERRUN) {
        *cm_reg(device->base, STATE) = STATE_RX_OVERRUN;
        finish(device, READS, WIO_ERR_UART_OVERRUN);
        return;
    }
    if (state & STATE_RX_FULL) {
        request->r[request->at++] = (uint8_t)*cm_reg(device->base, DATA);
    }
    if (request->at == request->r_len) {
        finish(device, READS, (int)request->at);
    }
}

static int
submit(void *ctx, struct wio_request *request)
{
    struct cm_device *device = ctx;
    bool writes = request->w_len > 0;
    uint32_t which = writes ? TX_LINE : RX_LINE;

    if (which >= device->n_irqs) {
        return WIO_ERR_NOT_SUPPORTED;
    }
    if (!cm_line_take(device->irqs[which], writes ? on_sent : on_received,
                      device)) {
        return WIO_ERR_BUSY;
    }
    request->at = 0;
    device->requests[writes ? WRITES : READS] = request;
    *cm_reg(device->base, CTRL) |= writes ? CTRL_TX_INT : CTRL_RX_INT;
    if (writes) {
        send_on(device, request);
    } else if (*cm_reg(device->base, STATE) & STATE_RX_FULL) {
        cm_line_pend(device->irqs[RX_LINE]);   /* it came before */
    }
    return WIO_OK;
}

static uint32_t
cancel(void *ctx, struct wio_request *request)
{
    struct cm_device *device = ctx;

    for (uint32_t i = WRITES; i <= READS; i++) {
        if (device->requests[i] == request) {
            quiet(device, (enum direction)i);
            return request->at;
        }
    }
    return 0;
}

int
cm_uart_cmsdk_start(struct cm_device *device)
{
    return configure(device, device->baud);
}

const struct wio_uart_ops cm_uart_cmsdk_ops = {
    .configure = configure,
    .write = write_bytes,
    .read = read_bytes,
    .submit = submit,
    .cancel = cancel
};
