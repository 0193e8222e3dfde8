/* SPDX-License-Identifier: Apache-2.0 */
/* bind/uart.c - wasmio:uart */
#include <wio/abi.h>

#include "bind/internal.h"

static uint32_t
uart_write(struct wio_instance *instance, uint32_t handle, uint32_t at,
           uint32_t len)
{
    struct wio_bind *bind = wio_bind_of_(instance);
    const struct wio_uart_line *line = wio_caps_uart(&bind->caps, handle);
    const uint8_t *data = wio_guest_range(instance, at, len);
    int n = WIO_ERR_BAD_HANDLE;

    if (line && wio_bind_in_handler_(bind)) {
        n = WIO_ERR_WOULD_BLOCK;
    } else if (line) {
        uint32_t key = wio_bind_enter_bus_(bind, line->bus_ceiling);

        n = data ? wio_uart_write(line, data, len,
                                  wio_bind_deadline_ns_(bind,
                                                        line->timeout_us))
                 : (int)WIO_ERR_FAULT;
        wio_bind_leave_bus_(bind, line->bus_ceiling, key);
        wio_bind_check_time_(instance);
    }
    return wio_bind_result_(instance, "write", n, handle, at);
}

static uint32_t
uart_read(struct wio_instance *instance, uint32_t handle, uint32_t at,
          uint32_t len)
{
    struct wio_bind *bind = wio_bind_of_(instance);
    const struct wio_uart_line *line = wio_caps_uart(&bind->caps, handle);
    uint8_t *data = wio_guest_range(instance, at, len);
    int n = WIO_ERR_BAD_HANDLE;

    if (line) {
        n = data ? wio_uart_read(line, data, len) : (int)WIO_ERR_FAULT;
        wio_bind_check_time_(instance);
    }
    return wio_bind_result_(instance, "read", n, handle, at);
}

static const struct wio_host_func functions[] = {
    { WIO_MODULE_UART, "write", "iii:i", (wio_host_fn)uart_write, 0 },
    { WIO_MODULE_UART, "read", "iii:i", (wio_host_fn)uart_read, 0 },
};

const struct wio_bind_table wio_bind_uart_ = {
    WIO_MODULE_UART, functions, sizeof(functions) / sizeof(functions[0]),
    WIO_NEED_UART
};
