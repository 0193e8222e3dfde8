/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "arm,pl011", polled. PrimeCell UART PL011 TRM (DDI 0183G), 3.3: registers;
 * 3.3.6: the divisor is clock / (16 * baud), 16.6 fixed point.
 */
#include "levels.h"

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

int
cm_uart_pl011_start(struct cm_device *device)
{
    return configure(device, device->baud);
}

const struct wio_uart_ops cm_uart_pl011_ops = {
    .configure = configure,
    .write = write_bytes,
    .read = read_bytes
};
