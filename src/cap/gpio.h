/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cap/gpio.h - one pin, by its logical state
 *
 * States are logical (0 inactive, 1 active); active-low is done here, so that
 * no driver knows how its pin is wired. The direction is the grant's: setting
 * an input, and reading an output, is refused (wasi:gpio has no in-out pin of
 * the digital-out kind either).
 *
 * Context: task context. No allocation.
 */
#ifndef WIO_CAP_GPIO_H
#define WIO_CAP_GPIO_H

#include <stdint.h>

#include <wio/err.h>
#include <wio/port.h>

struct wio_gpio_pin {
    uint32_t handle;               /* first, in every class */
    const struct wio_gpio_ops *ops;
    void *ctx;
    uint32_t pin;
    uint8_t flags;                 /* enum wio_gpio_flag */
    uint8_t state;                 /* what an output was last set to */
};

/* Brings the pin into the mode of its grant, an output to its initial level. */
WIO_MUST_CHECK
int wio_gpio_configure(struct wio_gpio_pin *pin);

/**
 * wio_gpio_set - @state: 0 inactive, 1 active
 * Returns 0, WIO_ERR_INVALID_ARGUMENT for another state,
 * WIO_ERR_GPIO_MODE_NOT_ALLOWED for an input, or the port's error.
 */
WIO_MUST_CHECK
int wio_gpio_set(struct wio_gpio_pin *pin, uint32_t state);
WIO_MUST_CHECK
int wio_gpio_toggle(struct wio_gpio_pin *pin);

/* 0 inactive, 1 active, WIO_ERR_GPIO_MODE_NOT_ALLOWED for an output, or the
 * port's error. */
WIO_MUST_CHECK
int wio_gpio_read(struct wio_gpio_pin *pin);

#endif
