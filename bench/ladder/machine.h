/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench/ladder/machine.h - what a machine supplies to the cases of the ladder
 *
 * machine_cortex_m.c: the firmware's own port and drivers, a board in QEMU.
 * machine_linux.c:    a clock that stands still, a pin and a sensor in memory.
 */
#ifndef BENCH_LADDER_MACHINE_H
#define BENCH_LADDER_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

#include <wio/port.h>

/* Up, once: clock, console, controllers. */
const struct wio_port *machine_start(void);

/* For the native side: the same drivers that the runtime is given. */
int machine_set_pin(uint32_t level);
int machine_sensor_transfer(const uint8_t *out, uint32_t n_out, uint8_t *in,
                            uint32_t n_in);

/* What a container may have, 8-aligned, and how much there is. */
extern uint8_t machine_runtime_memory[];
extern const uint32_t machine_runtime_bytes;
extern uint8_t machine_driver_arena[];
extern const uint32_t machine_driver_bytes;
extern uint8_t machine_sensor_arena[];
extern const uint32_t machine_sensor_bytes;

#endif
