/* SPDX-License-Identifier: Apache-2.0 */
/* bind/gpio.c - wasmio:gpio */
#include <wio/abi.h>

#include "bind/internal.h"

static uint32_t
set_state(struct wio_instance *instance, const char *what, uint32_t handle,
          uint32_t state)
{
    struct wio_gpio_pin *pin = wio_caps_gpio(&wio_bind_of_(instance)->caps,
                                             handle);

    return wio_bind_result_(instance, what,
                            pin ? wio_gpio_set(pin, state)
                                : (int)WIO_ERR_BAD_HANDLE,
                            handle, state);
}

static uint32_t
gpio_set_state(struct wio_instance *instance, uint32_t handle, uint32_t state)
{
    return set_state(instance, "set-state", handle, state);
}

static uint32_t
gpio_set_active(struct wio_instance *instance, uint32_t handle)
{
    return set_state(instance, "set-active", handle, WIO_ABI_PIN_ACTIVE);
}

static uint32_t
gpio_set_inactive(struct wio_instance *instance, uint32_t handle)
{
    return set_state(instance, "set-inactive", handle, WIO_ABI_PIN_INACTIVE);
}

static uint32_t
gpio_toggle(struct wio_instance *instance, uint32_t handle)
{
    struct wio_gpio_pin *pin = wio_caps_gpio(&wio_bind_of_(instance)->caps,
                                             handle);

    return wio_bind_result_(instance, "toggle",
                            pin ? wio_gpio_toggle(pin)
                                : (int)WIO_ERR_BAD_HANDLE,
                            handle, 0);
}

static uint32_t
gpio_read(struct wio_instance *instance, uint32_t handle)
{
    struct wio_gpio_pin *pin = wio_caps_gpio(&wio_bind_of_(instance)->caps,
                                             handle);

    return wio_bind_result_(instance, "read",
                            pin ? wio_gpio_read(pin)
                                : (int)WIO_ERR_BAD_HANDLE,
                            handle, 0);
}

static uint32_t
gpio_is_inactive(struct wio_instance *instance, uint32_t handle)
{
    uint32_t state = gpio_read(instance, handle);

    return (int32_t)state < 0 ? state : state ^ 1u;
}

static uint32_t
gpio_get_config(struct wio_instance *instance, uint32_t handle, uint32_t at,
                uint32_t cap)
{
    const struct wio_gpio_pin *pin =
        wio_caps_gpio(&wio_bind_of_(instance)->caps, handle);
    uint8_t bytes[WIO_ABI_GPIO_CONFIG_SIZE] = { 0 };

    if (!pin) {
        return wio_bind_refuse_(instance, "get-config", WIO_ERR_BAD_HANDLE,
                                handle, at);
    }
    bytes[0] = (pin->flags & WIO_GPIO_OUTPUT) != 0 ? WIO_ABI_PIN_OUT
                                                   : WIO_ABI_PIN_IN;
    bytes[1] = (pin->flags & WIO_GPIO_ACTIVE_LOW) != 0 ? WIO_ABI_ACTIVE_LOW
                                                       : WIO_ABI_ACTIVE_HIGH;
    if ((pin->flags & WIO_GPIO_PULL_UP) != 0) {
        bytes[2] = WIO_ABI_PULL_UP;
    } else if ((pin->flags & WIO_GPIO_PULL_DOWN) != 0) {
        bytes[2] = WIO_ABI_PULL_DOWN;
    }
    return wio_bind_give_(instance, "get-config", handle, at, cap, bytes,
                          sizeof(bytes));
}

#define ROW(name, type, fn, flags) \
    { WIO_MODULE_GPIO, name, type, (wio_host_fn)(fn), flags }

static const struct wio_host_func functions[] = {
    ROW("set-state", "ii:i", gpio_set_state, WIO_HOST_LEAF),
    ROW("set-active", "i:i", gpio_set_active, WIO_HOST_LEAF),
    ROW("set-inactive", "i:i", gpio_set_inactive, WIO_HOST_LEAF),
    ROW("toggle", "i:i", gpio_toggle, WIO_HOST_LEAF),
    ROW("read", "i:i", gpio_read, WIO_HOST_LEAF),
    ROW("is-active", "i:i", gpio_read, WIO_HOST_LEAF),
    ROW("is-inactive", "i:i", gpio_is_inactive, WIO_HOST_LEAF),
    ROW("get-config", "iii:i", gpio_get_config, 0),
};

const struct wio_bind_table wio_bind_gpio_ = {
    WIO_MODULE_GPIO, functions, sizeof(functions) / sizeof(functions[0]),
    WIO_NEED_GPIO
};
