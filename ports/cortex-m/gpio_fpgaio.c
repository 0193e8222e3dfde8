/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "arm,mps2-fpgaio": two LEDs (pins 0 and 1, outputs) and two buttons (pins 2
 * and 3, inputs). Application Note AN386 (DAI 0386): FPGAIO registers, LED0 at
 * +0, BUTTON at +8. Directions are fixed, there are no pulls.
 */
#include "port.h"

#define FPGAIO_LED0 0x0u
#define FPGAIO_BUTTON 0x8u
#define N_LEDS 2u
#define N_PINS 4u

static int
write_pin(void *ctx, uint32_t pin, uint32_t level)
{
    struct cm_device *device = ctx;
    uint32_t key;

    if (pin >= N_LEDS) {
        return WIO_ERR_GPIO_MODE_NOT_AVAILABLE;
    }
    key = cm_irq_save();
    device->shadow = (device->shadow & ~(1u << pin)) |
                     (uint32_t)(level != 0) << pin;
    *cm_reg(device->base, FPGAIO_LED0) = device->shadow;
    cm_irq_restore(key);
    return WIO_OK;
}

static int
configure(void *ctx, uint32_t pin, uint32_t flags)
{
    if (pin >= N_PINS ||
        (flags & (WIO_GPIO_PULL_UP | WIO_GPIO_PULL_DOWN)) != 0 ||
        ((flags & WIO_GPIO_OUTPUT) != 0) != (pin < N_LEDS)) {
        return WIO_ERR_GPIO_MODE_NOT_AVAILABLE;
    }
    if (pin < N_LEDS) {
        return write_pin(ctx, pin, flags & WIO_GPIO_INITIAL_HIGH);
    }
    return WIO_OK;
}

static int
read_pin(void *ctx, uint32_t pin)
{
    const struct cm_device *device = ctx;

    if (pin >= N_PINS) {
        return WIO_ERR_INVALID_ARGUMENT;
    }
    if (pin < N_LEDS) {
        return (int)(device->shadow >> pin & 1u);
    }
    return (int)(*cm_reg(device->base, FPGAIO_BUTTON) >> (pin - N_LEDS) & 1u);
}

int
cm_gpio_fpgaio_start(struct cm_device *device)
{
    device->shadow = *cm_reg(device->base, FPGAIO_LED0);
    return WIO_OK;
}

const struct wio_gpio_ops cm_gpio_fpgaio_ops = {
    .configure = configure,
    .write = write_pin,
    .read = read_pin
};
