/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "arm,pl061": eight pins. PrimeCell GPIO PL061 TRM (DDI 0190B): bits [9:2] of
 * the data register's address select the pins an access concerns.
 * The Stellaris variant adds pad control (LM3S6965 data sheet, GPIOPUR,
 * GPIOPDR, GPIODEN); in the PL061 itself these offsets are reserved.
 */
#include "port.h"

#define GPIODATA 0x000u
#define GPIODIR 0x400u
#define GPIOAFSEL 0x420u
#define GPIOPUR 0x510u
#define GPIOPDR 0x514u
#define GPIODEN 0x51cu
#define N_PINS 8u

static volatile uint32_t *
data(const struct cm_device *device, uint32_t pin)
{
    return cm_reg(device->base, GPIODATA + (4u << pin));
}

static void
set_bit(const struct cm_device *device, uint32_t off, uint32_t pin, bool on)
{
    uint32_t key = cm_irq_save();
    volatile uint32_t *reg = cm_reg(device->base, off);

    *reg = on ? *reg | 1u << pin : *reg & ~(1u << pin);
    cm_irq_restore(key);
}

static int
configure(void *ctx, uint32_t pin, uint32_t flags)
{
    const struct cm_device *device = ctx;

    if (pin >= N_PINS) {
        return WIO_ERR_INVALID_ARGUMENT;
    }
    set_bit(device, GPIOAFSEL, pin, false);
    set_bit(device, GPIOPUR, pin, (flags & WIO_GPIO_PULL_UP) != 0);
    set_bit(device, GPIOPDR, pin, (flags & WIO_GPIO_PULL_DOWN) != 0);
    set_bit(device, GPIODIR, pin, (flags & WIO_GPIO_OUTPUT) != 0);
    set_bit(device, GPIODEN, pin, true);
    if (flags & WIO_GPIO_OUTPUT) {
        /* Writes to an input's data bit are dropped: level last. */
        *data(device, pin) = flags & WIO_GPIO_INITIAL_HIGH ? 0xffu : 0;
    }
    return WIO_OK;
}

static int
write_pin(void *ctx, uint32_t pin, uint32_t level)
{
    if (pin >= N_PINS) {
        return WIO_ERR_INVALID_ARGUMENT;
    }
    *data(ctx, pin) = level ? 0xffu : 0;
    return WIO_OK;
}

static int
read_pin(void *ctx, uint32_t pin)
{
    if (pin >= N_PINS) {
        return WIO_ERR_INVALID_ARGUMENT;
    }
    return *data(ctx, pin) != 0;
}

int
cm_gpio_pl061_start(struct cm_device *device)
{
    (void)device;
    return WIO_OK;
}

const struct wio_gpio_ops cm_gpio_pl061_ops = {
    .configure = configure,
    .write = write_pin,
    .read = read_pin
};
