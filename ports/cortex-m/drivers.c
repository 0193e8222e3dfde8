/* SPDX-License-Identifier: Apache-2.0 */
#include "port.h"

#define N_DEVICES 12u

static struct cm_device devices[N_DEVICES];
static uint32_t n_devices;

struct driver {
    const char *compatible;
    int (*start)(struct cm_device *device);
    const void *ops;
    uint8_t class;               /* enum wio_controller_class */
};

static const struct driver drivers[] = {
    { "arm,versatile-i2c", cm_i2c_sbcon_start, &cm_i2c_sbcon_ops,
      WIO_CONTROLLER_I2C },
    { "ti,stellaris-i2c", cm_i2c_stellaris_start, &cm_i2c_stellaris_ops,
      WIO_CONTROLLER_I2C },
    { "arm,pl061", cm_gpio_pl061_start, &cm_gpio_pl061_ops,
      WIO_CONTROLLER_GPIO },
    { "arm,mps2-fpgaio", cm_gpio_fpgaio_start, &cm_gpio_fpgaio_ops,
      WIO_CONTROLLER_GPIO },
    { "arm,pl022", cm_spi_pl022_start, &cm_spi_pl022_ops,
      WIO_CONTROLLER_SPI },
    { "arm,pl011", cm_uart_pl011_start, &cm_uart_pl011_ops,
      WIO_CONTROLLER_UART },
    { "arm,cmsdk-uart", cm_uart_cmsdk_start, &cm_uart_cmsdk_ops,
      WIO_CONTROLLER_UART }
};

static bool
equal(const char *a, const char *b)
{
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

static void
fill_ops(const struct driver *driver, struct wio_controller *out)
{
    switch (driver->class) {
    case WIO_CONTROLLER_I2C:
        out->ops.i2c = driver->ops;
        break;
    case WIO_CONTROLLER_GPIO:
        out->ops.gpio = driver->ops;
        break;
    case WIO_CONTROLLER_SPI:
        out->ops.spi = driver->ops;
        break;
    default:
        out->ops.uart = driver->ops;
        break;
    }
}

int
cm_controller(void *ctx, const struct wio_controller_info *info,
              struct wio_controller *out)
{
    uint32_t i;

    (void)ctx;
    *out = (struct wio_controller){ .ctx = 0 };
    if (info->class == WIO_CONTROLLER_MMIO) {
        return WIO_OK;           /* registers are memory here: ops stay NULL */
    }
    for (i = 0; i < sizeof drivers / sizeof *drivers; i++) {
        struct cm_device *device = &devices[n_devices];
        int err;

        if (drivers[i].class != info->class ||
            !equal(drivers[i].compatible, info->compatible)) {
            continue;
        }
        if (n_devices == N_DEVICES) {
            return WIO_ERR_NOT_SUPPORTED;
        }
        *device = (struct cm_device){
            .base = info->base,
            .clock_hz = info->clock_hz,
            .baud = info->baud,
            .selects = info->selects,
            .n_selects = info->n_selects,
            .irqs = { info->irqs[0], info->irqs[1] },
            .n_irqs = info->n_irqs
        };
        err = drivers[i].start(device);
        if (err) {
            return err;
        }
        n_devices++;
        out->ctx = device;
        out->is_plain = device->n_irqs == 0;
        fill_ops(&drivers[i], out);
        return WIO_OK;
    }
    return WIO_ERR_NOT_SUPPORTED;
}
