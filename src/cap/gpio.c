/* SPDX-License-Identifier: Apache-2.0 */
/* cap/gpio.c - pins */
#include "cap/gpio.h"

static uint32_t
active_low(const struct wio_gpio_pin *pin)
{
    return (pin->flags & WIO_GPIO_ACTIVE_LOW) != 0;
}

int
wio_gpio_configure(struct wio_gpio_pin *pin)
{
    uint32_t level = (pin->flags & WIO_GPIO_INITIAL_HIGH) != 0;

    pin->state = (uint8_t)(level ^ active_low(pin));
    return pin->ops->configure(pin->ctx, pin->pin, pin->flags);
}

int
wio_gpio_set(struct wio_gpio_pin *pin, uint32_t state)
{
    int err;

    if (state > 1) {
        return WIO_ERR_INVALID_ARGUMENT;
    }
    if ((pin->flags & WIO_GPIO_OUTPUT) == 0) {
        return WIO_ERR_GPIO_MODE_NOT_ALLOWED;
    }
    err = pin->ops->write(pin->ctx, pin->pin, state ^ active_low(pin));
    if (err < 0) {
        return err;
    }
    pin->state = (uint8_t)state;
    return 0;
}

int
wio_gpio_toggle(struct wio_gpio_pin *pin)
{
    return wio_gpio_set(pin, pin->state ^ 1u);
}

int
wio_gpio_read(struct wio_gpio_pin *pin)
{
    int level;

    if ((pin->flags & WIO_GPIO_OUTPUT) != 0) {
        return WIO_ERR_GPIO_MODE_NOT_ALLOWED;
    }
    level = pin->ops->read(pin->ctx, pin->pin);
    if (level < 0) {
        return level;
    }
    return (int)((level != 0) ^ active_low(pin));
}
