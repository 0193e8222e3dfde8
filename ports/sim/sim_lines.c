/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ports/sim/sim_lines.c - interrupt outputs of simulated devices
 *
 *   tmp105 at 0x48 + n   ALERT is line 8 + n, as its registers say
 *   PL011, CMSDK UART    the receiver's interrupt is whatever line the board
 *                        gives to the block
 *
 * Such an output is a level: what a source that is triggered by levels sees is
 * worked out anew whenever anything happens.
 */
#include <stddef.h>

#include "sim_internal.h"

/* trigger of struct wio_source_info, bits as in the Devicetree. */
#define TRIGGER_HIGH 4u
#define TRIGGER_LEVELS 12u

#define ALERT_LINE_0 8u            /* of the sensor at 0x48 */
#define TMP105_ADDRESS_0 0x48u

static const struct wio_sim_i2c_device *
alert_device(const struct wio_sim *sim, uint32_t line)
{
    for (uint32_t i = 0; i < WIO_SIM_I2C_DEVICES; i++) {
        const struct wio_sim_i2c_device *device = &sim->devices[i];

        if (device->model == WIO_SIM_TMP105 &&
            device->addr - TMP105_ADDRESS_0 + ALERT_LINE_0 == line) {
            return device;
        }
    }
    return NULL;
}

/* The UART block that a source belongs to. */
static bool
find_block(const struct wio_sim *sim, const struct wio_sim_source *source,
           struct sim_target *target)
{
    for (uint8_t i = 0; i < sim->n_controllers[WIO_SIM_CLASS_MMIO]; i++) {
        const struct wio_sim_block *block = &sim->mmio[i];

        if (block->model != WIO_SIM_REGISTERS &&
            block->base == source->info.base) {
            *target = (struct sim_target){ WIO_SIM_CLASS_MMIO, i };
            return true;
        }
    }
    return false;
}

static bool
is_device_level(const struct wio_sim_source *source)
{
    return source->open && !source->info.is_pin &&
           (source->info.trigger & TRIGGER_LEVELS) != 0;
}

void
sim_lines_follow(struct wio_sim *sim)
{
    for (uint32_t i = 0; i < WIO_SIM_SOURCES; i++) {
        struct wio_sim_source *source = &sim->levels.sources[i];
        const struct wio_sim_i2c_device *device;
        struct sim_target target;
        bool high;

        if (!is_device_level(source)) {
            continue;
        }
        if (find_block(sim, source, &target)) {
            high = sim_block_interrupts(sim, target);
        } else if ((device = alert_device(sim, source->info.line)) != NULL) {
            high = sim_tmp105_alert_level(device);
        } else {
            continue;
        }
        source->asserted = high == (source->info.trigger == TRIGGER_HIGH);
    }
}

uint64_t
sim_next_line_ns(const struct wio_sim *sim)
{
    uint64_t at = UINT64_MAX;

    for (uint32_t i = 0; i < WIO_SIM_SOURCES; i++) {
        const struct wio_sim_source *source = &sim->levels.sources[i];
        struct sim_target target;

        if (is_device_level(source) && find_block(sim, source, &target)) {
            const uint64_t byte_ns = sim_block_next_ns(sim, target);

            at = byte_ns < at ? byte_ns : at;
        }
    }
    return at;
}
