/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench/ladder/machine_linux.c - see machine.h
 *
 * No device here is slower than memory: what is counted is the way to it. The
 * sensor has the registers of a TMP105 and 25.5 degrees.
 */
#include "ladder/machine.h"

#include <string.h>

#include "common/cases.h"
#include "common/still.h"
#include "host/native.h"
#include "ladder/containers.h"
#include "ladder/guests.h"

#define MEMORY_BYTES 131072u
#define SENSOR_RAW 0x1980u         /* 25.5 degrees; SLLS648D, table 3 */

_Alignas(8) uint8_t machine_runtime_memory[MEMORY_BYTES];
const uint32_t machine_runtime_bytes = MEMORY_BYTES;
const uint32_t machine_arena_bytes = MEMORY_BYTES;

static volatile uint32_t pin_level;
static uint8_t sensor_configuration;

/* Register 0 is the temperature, 16 bits; 1 the configuration, 8 bits. */
static int
i2c_transfer(void *ctx, uint16_t addr, const uint8_t *out, uint32_t n_out,
             uint8_t *in, uint32_t n_in, uint64_t deadline_ns)
{
    static uint8_t pointer;

    (void)ctx;
    (void)addr;
    (void)deadline_ns;
    if (n_out > 0) {
        pointer = out[0];
    }
    if (n_out > 1) {
        sensor_configuration = out[1];
    }
    for (uint32_t i = 0; i < n_in; i++) {
        in[i] = pointer != 0 ? sensor_configuration
                             : (uint8_t)(SENSOR_RAW >> (i ? 0 : 8));
    }
    return 0;
}

static int
gpio_configure(void *ctx, uint32_t pin, uint32_t flags)
{
    (void)ctx;
    (void)pin;
    (void)flags;
    return 0;
}

static int
gpio_write(void *ctx, uint32_t pin, uint32_t level)
{
    (void)ctx;
    (void)pin;
    pin_level = level;
    return 0;
}

static int
gpio_read(void *ctx, uint32_t pin)
{
    (void)ctx;
    (void)pin;
    return (int)pin_level;
}

static const struct wio_i2c_ops i2c_ops = { .transfer = i2c_transfer };
static const struct wio_gpio_ops gpio_ops = {
    .configure = gpio_configure,
    .write = gpio_write,
    .read = gpio_read,
};

/* Register blocks are memory where the board says. */
static int
controller(void *ctx, const struct wio_controller_info *info,
           struct wio_controller *out)
{
    (void)ctx;
    memset(out, 0, sizeof *out);
    switch (info->class) {
    case WIO_CONTROLLER_MMIO:
        return 0;
    case WIO_CONTROLLER_I2C:
        out->ops.i2c = &i2c_ops;
        return 0;
    case WIO_CONTROLLER_GPIO:
        out->ops.gpio = &gpio_ops;
        return 0;
    default:
        return WIO_ERR_NOT_SUPPORTED;
    }
}

static const struct wio_port port = {
    .name = "bench",
    .core = &bench_still_ops,
    .native = &wio_host_native_linux,
    .controller = controller,
};

const struct wio_port *
machine_start(void)
{
    return &port;
}

volatile uint32_t *
machine_window(void)
{
    return (volatile uint32_t *)(uintptr_t)BENCH_WINDOW_BASE;
}

uint8_t *
machine_arena(uint32_t slot)
{
    static _Alignas(8) uint8_t arenas[LADDER_N_CONTAINERS][MEMORY_BYTES];

    return arenas[slot];
}

uint32_t
machine_compiled(uint32_t slot, const uint8_t **bytes)
{
    static const uint8_t *const files[LADDER_N_CONTAINERS][2] = {
        [LADDER_DRIVER] = { compiled_driver, compiled_driver_end },
        [LADDER_SENSOR] = { compiled_sensor, compiled_sensor_end },
        [LADDER_ENTRY] = { compiled_entry, compiled_entry_end },
    };

    *bytes = files[slot][0];
    return (uint32_t)(files[slot][1] - files[slot][0]);
}

/* Through the tables, as a native host has its drivers too. */
static const struct wio_gpio_ops *volatile gpio = &gpio_ops;
static const struct wio_i2c_ops *volatile i2c = &i2c_ops;

int
machine_set_pin(uint32_t level)
{
    return gpio->write(0, 0, level);
}

int
machine_sensor_transfer(const uint8_t *out, uint32_t n_out, uint8_t *in,
                        uint32_t n_in)
{
    return i2c->transfer(0, 0x48, out, n_out, in, n_in, 0);
}
