/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "arm,cmsdk-uart", polled. Cortex-M System Design Kit TRM (DDI 0479D):
 * the APB UART, one byte of buffer each way, divisor clock / baud, at least
 * 16.
 */
#include "levels.h"

#define DATA 0x00u
#define STATE 0x04u
#define STATE_TX_FULL 1u
#define STATE_RX_FULL 2u
#define STATE_RX_OVERRUN 8u
#define CTRL 0x08u
#define CTRL_TX_RX 3u
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

int
cm_uart_cmsdk_start(struct cm_device *device)
{
    return configure(device, device->baud);
}

const struct wio_uart_ops cm_uart_cmsdk_ops = {
    .configure = configure,
    .write = write_bytes,
    .read = read_bytes
};
