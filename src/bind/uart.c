/* SPDX-License-Identifier: Apache-2.0 */
/* bind/uart.c - wasmio:uart */
#include <wio/abi.h>

#include "bind/internal.h"

enum direction { WRITES = 0, READS = 1 };

static int
write_alone(const struct wio_bind *bind, const struct wio_uart_line *line,
            const uint8_t *data, uint32_t len)
{
    uint32_t key = wio_bind_enter_bus_(bind, line->bus_ceiling);
    int n = wio_bus_take(line->writes);

    if (n == 0) {
        n = wio_uart_write(line, data, len,
                           wio_bind_deadline_ns_(bind, line->timeout_us));
        wio_bus_give(line->writes);
    }
    wio_bind_leave_bus_(bind, line->bus_ceiling, key);
    return n;
}

static int
read_alone(const struct wio_uart_line *line, uint8_t *data, uint32_t len)
{
    int n = wio_bus_take(line->reads);

    if (n == 0) {
        n = wio_uart_read(line, data, len);
        wio_bus_give(line->reads);
    }
    return n;
}

static uint32_t
uart_write(struct wio_instance *instance, uint32_t handle, uint32_t at,
           uint32_t len)
{
    struct wio_bind *bind = wio_bind_of_(instance);
    const struct wio_uart_line *line = wio_caps_uart(&bind->caps, handle);
    const uint8_t *data = wio_guest_range(instance, at, len);
    int n = WIO_ERR_BAD_HANDLE;

    if (line && wio_bind_off_buses_(bind)) {
        n = WIO_ERR_WOULD_BLOCK;
    } else if (line) {
        n = !data ? (int)WIO_ERR_FAULT
            : wio_bind_is_lent_(bind, at, len, false)
                ? (int)WIO_ERR_BUSY
                : write_alone(bind, line, data, len);
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
        n = !data ? (int)WIO_ERR_FAULT
            : wio_bind_is_lent_(bind, at, len, true)
                ? (int)WIO_ERR_BUSY
                : read_alone(line, data, len);
        wio_bind_check_time_(instance);
    }
    return wio_bind_result_(instance, "read", n, handle, at);
}

/* -- Requests -------------------------------------------------------------- */

/* As a plain call a read takes what is there. A handler may have closed the
 * handle, or a fault withdrawn it, since it was looked at. */
static int
call_now(struct wio_instance *instance, const struct wio_submission *s)
{
    struct wio_bind *bind = wio_bind_of_(instance);
    const struct wio_uart_line *line = wio_caps_uart(&bind->caps, s->handle);
    int n = WIO_ERR_BAD_HANDLE;

    if (line && s->direction == WRITES) {
        n = write_alone(bind, line,
                        wio_guest_range(instance, s->w.at, s->w.len),
                        s->w.len);
    } else if (line) {
        n = read_alone(line, wio_guest_range(instance, s->r.at, s->r.len),
                       s->r.len);
    }
    wio_bind_check_time_(instance);
    return n;
}

static uint32_t
submit(struct wio_instance *instance, struct wio_submission *submission,
       uint32_t len)
{
    const struct wio_uart_line *line =
        wio_caps_uart(&wio_bind_of_(instance)->caps, submission->handle);
    int err = !line ? (int)WIO_ERR_BAD_HANDLE
              : len == 0 ? (int)WIO_ERR_INVALID_ARGUMENT
              : len > line->max_transfer ? (int)WIO_ERR_NOT_PERMITTED : 0;

    if (err) {
        return wio_bind_refuse_(instance, submission->what, err,
                                submission->handle, len);
    }
    submission->requester = line->requester;
    submission->timeout_us = line->timeout_us;
    submission->call = call_now;
    return wio_bind_submit_(instance, submission);
}

static uint32_t
uart_submit_write(struct wio_instance *instance, uint32_t handle, uint32_t at,
                  uint32_t len)
{
    struct wio_submission submission = {
        .what = "submit-write",
        .w = { at, len },
        .handle = handle,
        .direction = WRITES,
    };

    return submit(instance, &submission, len);
}

static uint32_t
uart_submit_read(struct wio_instance *instance, uint32_t handle, uint32_t at,
                 uint32_t len)
{
    struct wio_submission submission = {
        .what = "submit-read",
        .r = { at, len },
        .handle = handle,
        .direction = READS,
    };

    return submit(instance, &submission, len);
}

static const struct wio_host_func functions[] = {
    { WIO_MODULE_UART, "write", "iii:i", (wio_host_fn)uart_write, 0 },
    { WIO_MODULE_UART, "read", "iii:i", (wio_host_fn)uart_read, 0 },
    { WIO_MODULE_UART, "submit-write", "iii:i",
      (wio_host_fn)uart_submit_write, 0 },
    { WIO_MODULE_UART, "submit-read", "iii:i", (wio_host_fn)uart_submit_read,
      0 },
};

const struct wio_bind_table wio_bind_uart_ = {
    WIO_MODULE_UART, functions, sizeof(functions) / sizeof(functions[0]),
    WIO_NEED_UART
};
