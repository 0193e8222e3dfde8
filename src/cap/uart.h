/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cap/uart.h - one serial port; speed and format are the grant's
 *
 * Context: task context. No allocation.
 */
#ifndef WIO_CAP_UART_H
#define WIO_CAP_UART_H

#include <stdint.h>

#include <wio/err.h>
#include <wio/port.h>

struct wio_bus;
struct wio_requester;

struct wio_uart_line {
    uint32_t handle;               /* first, in every class */
    const struct wio_uart_ops *ops;
    void *ctx;
    uint32_t baud;                 /* 0: as the board has it */
    uint32_t max_transfer;         /* bytes a call */
    uint32_t timeout_us;           /* of one write */
    uint8_t bus_ceiling;           /* as in struct wio_i2c_device */
    uint8_t next_ceiling;          /* what it is to become */
    struct wio_bus *writes;        /* as `bus` there */
    struct wio_bus *reads;
    struct wio_requester *requester;
};

WIO_MUST_CHECK
int wio_uart_configure(const struct wio_uart_line *line);

/* Bytes taken, 0 .. @len; WIO_ERR_NOT_PERMITTED beyond max-transfer;
 * WIO_ERR_TIMEOUT when none was by @deadline_ns. */
WIO_MUST_CHECK
int wio_uart_write(const struct wio_uart_line *line, const uint8_t *data,
                   uint32_t len, uint64_t deadline_ns);

/* Bytes there now, 1 .. @len; WIO_ERR_WOULD_BLOCK when there are none;
 * WIO_ERR_NOT_PERMITTED beyond max-transfer; WIO_ERR_UART_*. Never waits. */
WIO_MUST_CHECK
int wio_uart_read(const struct wio_uart_line *line, uint8_t *data,
                  uint32_t len);

#endif
