/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench/ladder/machine_cortex_m.c - see machine.h
 *
 * The native side asks the port for the controllers that the board's
 * devicetree has, with the same words.
 */
#include "ladder/machine.h"

#include "firmware/firmware.h"
#include "ladder/containers.h"
#include "port.h"
#include "runtime/native.h"

#define SENSOR_TIMEOUT_NS 5000000u     /* as drivers/sensor/tmp105/tmp105.dts */

_Alignas(8) uint8_t machine_runtime_memory[LADDER_RUNTIME_BYTES];
const uint32_t machine_runtime_bytes = LADDER_RUNTIME_BYTES;
const uint32_t machine_arena_bytes = SLOT_ARENA_BYTES;

/* As the firmware has its slots (natives.c): files in flash behind this image,
 * where QEMU's loader puts what was compiled for it, and executed there;
 * slot_modules is given to the linker. */
_Alignas(8) uint8_t slot_arenas[N_SLOTS][SLOT_ARENA_BYTES];

#if defined(WIO_BOARD_CONSOLE_CMSDK)
#define WINDOW_BASE 0x20300000u
#define GPIO_COMPATIBLE "arm,mps2-fpgaio"
#define GPIO_BASE 0x40028000u
#define I2C_COMPATIBLE "arm,versatile-i2c"
#define I2C_BASE 0x4002a000u
#define SENSOR_ADDRESS 0x48u
#else
#define WINDOW_BASE 0x2000d000u
#define GPIO_COMPATIBLE "arm,pl061"
#define GPIO_BASE 0x40025000u
#define I2C_COMPATIBLE "ti,stellaris-i2c"
#define I2C_BASE 0x40020000u
#define SENSOR_ADDRESS 0x49u
#endif

_Static_assert(N_SLOTS == LADDER_N_CONTAINERS, "a slot each");

static struct wio_controller gpio;
static struct wio_controller i2c;

const struct wio_port *
machine_start(void)
{
    static const struct wio_port *port;
    const struct wio_controller_info gpio_info = {
        .class = WIO_CONTROLLER_GPIO, .compatible = GPIO_COMPATIBLE,
        .base = GPIO_BASE,
    };
    const struct wio_controller_info i2c_info = {
        .class = WIO_CONTROLLER_I2C, .compatible = I2C_COMPATIBLE,
        .base = I2C_BASE, .clock_hz = WIO_BOARD_CPU_HZ,
    };

    if (!port) {
        port = cm_port_start();
        (void)cm_controller(0, &gpio_info, &gpio);
        (void)cm_controller(0, &i2c_info, &i2c);
        (void)gpio.ops.gpio->configure(gpio.ctx, 0, WIO_GPIO_OUTPUT);
    }
    return port;
}

int
machine_set_pin(uint32_t level)
{
    return gpio.ops.gpio->write(gpio.ctx, 0, level);
}

int
machine_sensor_transfer(const uint8_t *out, uint32_t n_out, uint8_t *in,
                        uint32_t n_in)
{
    return i2c.ops.i2c->transfer(i2c.ctx, SENSOR_ADDRESS, out, n_out, in, n_in,
                                 cm_now_ns() + SENSOR_TIMEOUT_NS);
}

volatile uint32_t *
machine_window(void)
{
    return cm_reg(WINDOW_BASE, 0);
}

uint8_t *
machine_arena(uint32_t slot)
{
    return slot_arenas[slot];
}

uint32_t
machine_compiled(uint32_t slot, const uint8_t **bytes)
{
    const uint8_t *at = slot_modules[slot];
    const uint8_t *length = at + WIO_NATIVE_HEADER_AT + 8u;

    *bytes = at;
    if (at[0] != 0 || at[1] != 'a' || at[2] != 's' || at[3] != 'm') {
        return 0;
    }
    return (uint32_t)length[0] | (uint32_t)length[1] << 8 |
           (uint32_t)length[2] << 16;
}
