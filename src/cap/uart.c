/* SPDX-License-Identifier: Apache-2.0 */
/* cap/uart.c - serial ports */
#include "cap/uart.h"

int
wio_uart_configure(const struct wio_uart_line *line)
{
    return line->baud ? line->ops->configure(line->ctx, line->baud) : 0;
}

int
wio_uart_write(const struct wio_uart_line *line, const uint8_t *data,
               uint32_t len, uint64_t deadline_ns)
{
    if (len > line->max_transfer) {
        return WIO_ERR_NOT_PERMITTED;
    }
    return len ? line->ops->write(line->ctx, data, len, deadline_ns) : 0;
}

int
wio_uart_read(const struct wio_uart_line *line, uint8_t *data, uint32_t len)
{
    int n;

    if (len > line->max_transfer) {
        return WIO_ERR_NOT_PERMITTED;
    }
    if (len == 0) {
        return 0;
    }
    n = line->ops->read(line->ctx, data, len);
    return n == 0 ? WIO_ERR_WOULD_BLOCK : n;
}
