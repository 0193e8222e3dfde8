/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cap/cap.h - all that one container may touch
 *
 *     handle --> table of its class --> object: limits, port's operations
 *
 * A table a class, made at load, never grown. A lookup is an index test and
 * one comparison (cap/handle.h) and yields NULL for anything that is not the
 * present handle of an object of that class and this container. Rights and
 * limits are the objects' own; see the header of each class.
 *
 * This layer knows grants and devices, but no Wasm.
 *
 * Context: task context, unless a class says otherwise.
 */
#ifndef WIO_CAP_CAP_H
#define WIO_CAP_CAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <wio/err.h>
#include <wio/port.h>

#include "base/arena.h"
#include "cap/gpio.h"
#include "cap/handle.h"
#include "cap/i2c.h"
#include "cap/irq.h"
#include "cap/mmio.h"
#include "cap/point.h"
#include "cap/spi.h"
#include "cap/uart.h"

struct wio_caps {
    const struct wio_mmio_window *last;    /* window found last; never NULL:
                                              one without words at first */
    struct wio_mmio_window *mmio;
    uint32_t n_mmio;
    struct wio_gpio_pin *gpio;
    struct wio_i2c_device *i2c;
    struct wio_uart_line *uart;
    struct wio_point_cell *points;
    struct wio_irq *irq;
    struct wio_spi_device *spi;
    uint8_t n_gpio;
    uint8_t n_i2c;
    uint8_t n_uart;
    uint8_t n_points;
    uint8_t n_irq;
    uint8_t n_spi;
};

struct wio_caps_counts {           /* objects of each class, up to 64 */
    uint32_t mmio, gpio, i2c, uart, points, irq, spi;
};

/**
 * wio_caps_create - tables with room for @counts and valid first handles
 * @serial: not that of another container that is loaded
 * The objects are zero but for their handles; the caller fills them in.
 * Returns 0 or WIO_ERR_NO_MEMORY.
 */
WIO_MUST_CHECK
int wio_caps_create(struct wio_caps *caps, uint32_t serial,
                    const struct wio_caps_counts *counts,
                    struct wio_arena *arena);

/* Makes the present handle of an object stale; false when it is none. The
 * object's next handle is valid from now on, for whoever is told. */
bool wio_caps_close(struct wio_caps *caps, uint32_t handle);

/* Every handle stale, the tables empty: nothing is reachable any more. An
 * object that is kept elsewhere has handle 0, a window no words either. */
void wio_caps_revoke_all(struct wio_caps *caps);

static inline __attribute__((always_inline)) struct wio_mmio_window *
wio_caps_mmio(const struct wio_caps *caps, uint32_t handle)
{
    uint32_t i = wio_handle_index(handle);

    if (i >= caps->n_mmio || !wio_handle_is(caps->mmio[i].handle, handle)) {
        return NULL;
    }
    return &caps->mmio[i];
}

static inline struct wio_gpio_pin *
wio_caps_gpio(const struct wio_caps *caps, uint32_t handle)
{
    uint32_t i = wio_handle_index(handle);

    if (i >= caps->n_gpio || !wio_handle_is(caps->gpio[i].handle, handle)) {
        return NULL;
    }
    return &caps->gpio[i];
}

/* The object of any class that has @handle, or NULL; the handle is the first
 * member of each. */
void *wio_caps_find(const struct wio_caps *caps, enum wio_cap_class class,
                    uint32_t handle);

static inline struct wio_i2c_device *
wio_caps_i2c(const struct wio_caps *caps, uint32_t handle)
{
    return wio_caps_find(caps, WIO_CAP_I2C, handle);
}

static inline struct wio_spi_device *
wio_caps_spi(const struct wio_caps *caps, uint32_t handle)
{
    return wio_caps_find(caps, WIO_CAP_SPI, handle);
}

static inline struct wio_uart_line *
wio_caps_uart(const struct wio_caps *caps, uint32_t handle)
{
    return wio_caps_find(caps, WIO_CAP_UART, handle);
}

static inline struct wio_irq *
wio_caps_irq(const struct wio_caps *caps, uint32_t handle)
{
    return wio_caps_find(caps, WIO_CAP_IRQ, handle);
}

static inline struct wio_point_cell *
wio_caps_point(const struct wio_caps *caps, uint32_t handle)
{
    return wio_caps_find(caps, WIO_CAP_POINT, handle);
}

#endif
