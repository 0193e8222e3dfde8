/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "arm,pl011", polled; requests by interrupt. PrimeCell UART PL011 TRM (DDI 0183G), 3.3: registers;
 * 3.3.6: the divisor is clock / (16 * baud), 16.6 fixed point.
 */
#include "levels.h"

#include <stddef.h>

#define UARTDR 0x00u
#define UARTRSR 0x04u
#define UARTFR 0x18u
#define FR_RXFE 0x10u
#define FR_TXFF 0x20u
#define UARTIBRD 0x24u
#define UARTFBRD 0x28u
#define UARTLCR_H 0x2cu
#define LCR_8BITS_FIFO 0x70u
#define UARTCR 0x30u
#define CR_RXE_TXE_UARTEN 0x301u
#define UARTIMSC 0x38u
#define UARTICR 0x44u
#define INT_RX 0x10u
#define INT_TX 0x20u
#define INT_RT 0x40u               /* something is there, and no more comes */
#define FIFO 16u
#define DR_OE 0x800u
#define DR_BE 0x400u
#define DR_PE 0x200u
#define DR_FE 0x100u

static int
configure(void *ctx, uint32_t baud)
{
    const struct cm_device *device = ctx;
    uint32_t hz = device->clock_hz ? device->clock_hz : 50000000u;
    uint32_t divisor;

    if (baud == 0 || baud > hz / 16u || hz > UINT32_MAX / 8u) {
        return WIO_ERR_INVALID_ARGUMENT;
    }
    divisor = (8u * hz / baud + 1u) / 2u;          /* in 64ths */
    if (divisor >> 6 > 0xffffu) {
        return WIO_ERR_INVALID_ARGUMENT;
    }
    *cm_reg(device->base, UARTCR) = 0;
    *cm_reg(device->base, UARTIBRD) = divisor >> 6;
    *cm_reg(device->base, UARTFBRD) = divisor & 63u;
    *cm_reg(device->base, UARTLCR_H) = LCR_8BITS_FIFO;  /* latches both */
    *cm_reg(device->base, UARTCR) = CR_RXE_TXE_UARTEN;
    return WIO_OK;
}

static int
write_bytes(void *ctx, const uint8_t *bytes, uint32_t len,
            uint64_t deadline_ns)
{
    const struct cm_device *device = ctx;
    uint32_t n = 0;

    while (n < len) {
        if (!(*cm_reg(device->base, UARTFR) & FR_TXFF)) {
            *cm_reg(device->base, UARTDR) = bytes[n++];
        } else if (cm_past(deadline_ns)) {
            break;
        }
    }
    return n > 0 ? (int)n : WIO_ERR_TIMEOUT;
}

static int
cause(uint32_t dr)
{
    return dr & DR_BE ? WIO_ERR_UART_BREAK
           : dr & DR_FE ? WIO_ERR_UART_FRAMING
           : dr & DR_PE ? WIO_ERR_UART_PARITY : WIO_ERR_UART_OVERRUN;
}

static int
read_bytes(void *ctx, uint8_t *bytes, uint32_t len)
{
    const struct cm_device *device = ctx;
    uint32_t n = 0;

    while (n < len && !(*cm_reg(device->base, UARTFR) & FR_RXFE)) {
        uint32_t dr = *cm_reg(device->base, UARTDR);

        if (dr & (DR_OE | DR_BE | DR_PE | DR_FE)) {
            *cm_reg(device->base, UARTRSR) = 0;    /* clears the errors */
            return cause(dr);
        }
        bytes[n++] = (uint8_t)dr;
    }
    return (int)n;
}

/* -- Requests --------------------------------------------------------------------- */

enum direction { WRITES, READS };

static const uint32_t enables[] = {
    [WRITES] = INT_TX, [READS] = INT_RX | INT_RT
};

static void
quiet(struct cm_device *device, enum direction direction)
{
    device->requests[direction] = NULL;
    *cm_reg(device->base, UARTIMSC) &= ~enables[direction];
    if (!device->requests[WRITES] && !device->requests[READS]) {
        cm_line_drop(device->irqs[0]);
    }
}

static void
finish(struct cm_device *device, enum direction direction, int result)
{
    struct wio_request *request = device->requests[direction];

    quiet(device, direction);
    request->done(request, result);
}

/* As much as fits. The interrupt of the transmitter comes when its FIFO falls
 * below the mark, so one that takes all of it at once is looked at by hand. */
static void
send_on(struct cm_device *device, struct wio_request *request)
{
    for (uint32_t i = 0; i < FIFO && request->at < request->w_len &&
                         !(*cm_reg(device->base, UARTFR) & FR_TXFF); i++) {
        *cm_reg(device->base, UARTDR) = request->w[request->at++];
    }
    if (request->at == request->w_len) {
        cm_line_pend(device->irqs[0]);
    }
}

static void
receive(struct cm_device *device, struct wio_request *request)
{
    for (uint32_t i = 0; i < FIFO && request->at < request->r_len &&
                         !(*cm_reg(device->base, UARTFR) & FR_RXFE); i++) {
        uint32_t dr = *cm_reg(device->base, UARTDR);

        if (dr & (DR_OE | DR_BE | DR_PE | DR_FE)) {
            *cm_reg(device->base, UARTRSR) = 0;
            finish(device, READS, cause(dr));
            return;
        }
        request->r[request->at++] = (uint8_t)dr;
    }
    if (request->at == request->r_len) {
        finish(device, READS, (int)request->at);
    }
}

static void
on_interrupt(void *arg)
{
    struct cm_device *device = arg;
    struct wio_request *request = device->requests[WRITES];

    *cm_reg(device->base, UARTICR) = INT_TX | INT_RX | INT_RT;
    if (request && request->at == request->w_len) {
        finish(device, WRITES, (int)request->at);
    } else if (request) {
        send_on(device, request);
    }
    request = device->requests[READS];
    if (request) {
        receive(device, request);
    }
}

/* What has come before is asked for by hand: its interrupt was. */
static int
submit(void *ctx, struct wio_request *request)
{
    struct cm_device *device = ctx;
    enum direction direction = request->w_len > 0 ? WRITES : READS;

    if (!device->requests[!direction] &&
        !cm_line_take(device->irqs[0], on_interrupt, device)) {
        return WIO_ERR_BUSY;
    }
    request->at = 0;
    device->requests[direction] = request;
    *cm_reg(device->base, UARTIMSC) |= enables[direction];
    if (direction == WRITES) {
        send_on(device, request);
    } else {
        cm_line_pend(device->irqs[0]);
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
cm_uart_pl011_start(struct cm_device *device)
{
    return configure(device, device->baud);
}

const struct wio_uart_ops cm_uart_pl011_ops = {
    .configure = configure,
    .write = write_bytes,
    .read = read_bytes,
    .submit = submit,
    .cancel = cancel
};
