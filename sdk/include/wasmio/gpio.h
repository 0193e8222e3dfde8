/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wasmio/gpio.h - one pin (wit/gpio.wit, after wasi:gpio)
 *
 * A pin is active or inactive; which level that is the board knows. Direction,
 * pull and level come from the configuration and the board and are set before
 * the container starts. Each function may fail with
 *   WIO_ERR_BAD_HANDLE             not a pin of this container, or closed, or
 *                                  the grant was withdrawn
 *   WIO_ERR_GPIO_HARDWARE_FAULT    the controller did not do it
 *   WIO_ERR_GPIO_MODE_NOT_ALLOWED  set of an input, read of an output
 */
#ifndef WASMIO_GPIO_H
#define WASMIO_GPIO_H

#include <wasmio/guest.h>

/* @state: enum wio_abi_pin_state; another is WIO_ERR_INVALID_ARGUMENT.
 * Returns 0. */
WASMIO_IMPORT(WIO_MODULE_GPIO, "set-state")
int32_t wasmio_gpio_set_state(int32_t handle, int32_t state);

WASMIO_IMPORT(WIO_MODULE_GPIO, "set-active")
int32_t wasmio_gpio_set_active(int32_t handle);

WASMIO_IMPORT(WIO_MODULE_GPIO, "set-inactive")
int32_t wasmio_gpio_set_inactive(int32_t handle);

WASMIO_IMPORT(WIO_MODULE_GPIO, "toggle")
int32_t wasmio_gpio_toggle(int32_t handle);

/* enum wio_abi_pin_state, of an input. */
WASMIO_IMPORT(WIO_MODULE_GPIO, "read")
int32_t wasmio_gpio_read(int32_t handle);

/* 1 or 0. */
WASMIO_IMPORT(WIO_MODULE_GPIO, "is-active")
int32_t wasmio_gpio_is_active(int32_t handle);

WASMIO_IMPORT(WIO_MODULE_GPIO, "is-inactive")
int32_t wasmio_gpio_is_inactive(int32_t handle);

/* As wasmio_info, of WIO_ABI_GPIO_CONFIG_SIZE bytes; or WIO_ERR_FAULT. */
WASMIO_IMPORT(WIO_MODULE_GPIO, "get-config")
int32_t wasmio_gpio_get_config(int32_t handle,
                               struct wio_abi_gpio_config *config,
                               uint32_t cap);

#endif
