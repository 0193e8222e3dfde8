/* SPDX-License-Identifier: Apache-2.0 */
/* bind/mmio.c - wasmio:mmio, the register calls */
#include <wio/abi.h>

#include "bind/internal.h"

/* A budget that has no more than this left is over. */
#define LEAST_LEFT_NS 1000u

/* In strict mode it ends the activation. */
uint32_t
wio_bind_mmio_refuse_(struct wio_instance *instance, const char *what,
                      int32_t code, uint32_t handle, uint32_t off)
{
    if (wio_bind_of_(instance)->strict) {
        wio_engine_raise(instance, WIO_TRAP_DENIED, code);
    }
    return wio_bind_refuse_(instance, what, code, handle, off);
}

static const struct wio_mmio_window *
window_of(const struct wio_instance *instance, uint32_t handle)
{
    struct wio_caps *caps = &wio_bind_of_(instance)->caps;
    const struct wio_mmio_window *window = wio_caps_mmio(caps, handle);

    if (window) {
        caps->last = window;
    }
    return window;
}

/* A driver works on one window for long: the window found last is tried with
 * one comparison, which fails for a stale handle as in the table. */
static inline __attribute__((always_inline)) const struct wio_mmio_window *
hot_window(const struct wio_instance *instance, uint32_t handle)
{
    const struct wio_mmio_window *window = wio_bind_of_(instance)->caps.last;

    return wio_handle_is(window->handle, handle) ? window : NULL;
}

/* -- Reads ----------------------------------------------------------------- */

static uint64_t
read_any(struct wio_instance *instance, const char *what, uint32_t handle,
         uint32_t off, uint32_t width)
{
    const struct wio_mmio_window *window = window_of(instance, handle);
    int64_t value = window ? wio_mmio_read(window, off, width)
                           : WIO_ERR_BAD_HANDLE;

    if (value < 0) {
        wio_bind_mmio_refuse_(instance, what, (int32_t)value, handle, off);
    }
    return (uint64_t)value;
}

static uint64_t
mmio_read8(struct wio_instance *instance, uint32_t handle, uint32_t off)
{
    return read_any(instance, "read8", handle, off, 1);
}

static uint64_t
mmio_read16(struct wio_instance *instance, uint32_t handle, uint32_t off)
{
    return read_any(instance, "read16", handle, off, 2);
}

/* Not inlined, and called last with the same arguments: the hot function below
 * then needs no frame. */
static uint64_t __attribute__((noinline))
slow_read32(struct wio_instance *instance, uint32_t handle, uint32_t off)
{
    return read_any(instance, "read32", handle, off, 4);
}

static uint64_t
mmio_read32(struct wio_instance *instance, uint32_t handle, uint32_t off)
{
    const struct wio_mmio_window *window = hot_window(instance, handle);
    uint32_t value;

    if (window && wio_mmio_try_read32(window, off, &value)) {
        return value;
    }
    return slow_read32(instance, handle, off);
}

/* -- Writes ---------------------------------------------------------------- */

static uint32_t
write_any(struct wio_instance *instance, const char *what, uint32_t handle,
          uint32_t off, uint32_t width, uint32_t value)
{
    const struct wio_mmio_window *window = window_of(instance, handle);
    int err = window ? wio_mmio_write(window, off, width, value)
                     : (int)WIO_ERR_BAD_HANDLE;

    return err < 0 ? wio_bind_mmio_refuse_(instance, what, err, handle, off)
                   : 0;
}

static uint32_t
mmio_write8(struct wio_instance *instance, uint32_t handle, uint32_t off,
            uint32_t value)
{
    return write_any(instance, "write8", handle, off, 1, value);
}

static uint32_t
mmio_write16(struct wio_instance *instance, uint32_t handle, uint32_t off,
             uint32_t value)
{
    return write_any(instance, "write16", handle, off, 2, value);
}

static uint32_t __attribute__((noinline))
slow_write32(struct wio_instance *instance, uint32_t handle, uint32_t off,
             uint32_t value)
{
    return write_any(instance, "write32", handle, off, 4, value);
}

static uint32_t
mmio_write32(struct wio_instance *instance, uint32_t handle, uint32_t off,
             uint32_t value)
{
    const struct wio_mmio_window *window = hot_window(instance, handle);

    if (window && wio_mmio_try_write32(window, off, value)) {
        return 0;
    }
    return slow_write32(instance, handle, off, value);
}

static uint32_t
mmio_modify32(struct wio_instance *instance, uint32_t handle, uint32_t off,
              uint32_t mask, uint32_t value)
{
    const struct wio_mmio_window *window = window_of(instance, handle);
    /* One step against the handlers of the same device; the search for the
     * register, which may have many before it, is not part of it. */
    int err = window ? wio_mmio_modify32(window, off, mask, value)
                     : (int)WIO_ERR_BAD_HANDLE;

    return err < 0 ? wio_bind_mmio_refuse_(instance, "modify32", err, handle,
                                           off)
                   : 0;
}

/* Until the answer, its time limit, or the end of the budget. The budget is
 * processor time and stands still while others run, so its end is looked for
 * again whenever it would have come. */
static int
poll32(struct wio_instance *instance, const struct wio_mmio_window *window,
       uint32_t off, uint32_t mask, uint32_t want, uint32_t timeout_us)
{
    const struct wio_bind *bind = wio_bind_of_(instance);
    const struct wio_port *port = bind->port;
    uint32_t limit_us = window->grant->timeout_us;
    uint64_t end_ns = wio_bind_deadline_ns_(bind, timeout_us < limit_us
                                                      ? timeout_us
                                                      : limit_us);

    for (;;) {
        uint64_t now = port->core->now_ns(port->ctx);
        uint64_t left_ns = bind->sched ? wio_sched_left_ns(bind->sched)
                                       : UINT64_MAX;
        bool is_whole = now >= end_ns || left_ns >= end_ns - now;
        int err = wio_mmio_poll32(window, off, mask, want, limit_us,
                                  is_whole ? end_ns : now + left_ns);

        if (err != WIO_ERR_TIMEOUT || is_whole) {
            return err;
        }
        if (left_ns < LEAST_LEFT_NS) {
            wio_engine_raise(instance, WIO_TRAP_HOST, WIO_ERR_OUT_OF_BUDGET);
            return err;
        }
    }
}

static uint32_t
mmio_poll32(struct wio_instance *instance, uint32_t handle, uint32_t off,
            uint32_t mask, uint32_t want, uint32_t timeout_us)
{
    const struct wio_mmio_window *window = window_of(instance, handle);
    int err = WIO_ERR_BAD_HANDLE;

    if (window && wio_bind_in_handler_(wio_bind_of_(instance))) {
        err = WIO_ERR_WOULD_BLOCK;
    } else if (window) {
        err = poll32(instance, window, off, mask, want, timeout_us);
        wio_bind_check_time_(instance);
    }
    if (err == WIO_ERR_TIMEOUT) {      /* an answer, no refusal */
        return wio_bind_refuse_(instance, "poll32", err, handle, off);
    }
    return err < 0 ? wio_bind_mmio_refuse_(instance, "poll32", err, handle,
                                           off)
                   : 0;
}

#define ROW(name, type, fn, flags) \
    { WIO_MODULE_MMIO, name, type, (wio_host_fn)(fn), flags }

static const struct wio_host_func functions[] = {
    ROW("read8", "ii:I", mmio_read8, WIO_HOST_LEAF),
    ROW("read16", "ii:I", mmio_read16, WIO_HOST_LEAF),
    ROW("read32", "ii:I", mmio_read32, WIO_HOST_LEAF),
    ROW("write8", "iii:i", mmio_write8, WIO_HOST_LEAF),
    ROW("write16", "iii:i", mmio_write16, WIO_HOST_LEAF),
    ROW("write32", "iii:i", mmio_write32, WIO_HOST_LEAF),
    ROW("modify32", "iiii:i", mmio_modify32, WIO_HOST_LEAF),
    ROW("poll32", "iiiii:i", mmio_poll32, 0),
    ROW("batch", "iii:i", wio_bind_mmio_batch_, 0),
    ROW("copy-in", "iiiii:i", wio_bind_mmio_copy_in_, 0),
    ROW("copy-out", "iiiii:i", wio_bind_mmio_copy_out_, 0),
};

const struct wio_bind_table wio_bind_mmio_ = {
    WIO_MODULE_MMIO, functions, sizeof(functions) / sizeof(functions[0]),
    WIO_NEED_MMIO
};
