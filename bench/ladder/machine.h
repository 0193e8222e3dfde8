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

/* The registers of the window, as the board's devicetree has them. */
volatile uint32_t *machine_window(void);

extern uint8_t machine_runtime_memory[];       /* 8-aligned, all here */
extern const uint32_t machine_runtime_bytes;
/* What the container of a slot gets: enum ladder_container. */
uint8_t *machine_arena(uint32_t slot);
extern const uint32_t machine_arena_bytes;
/* The file that a slot's container was compiled to, and its bytes; 0: there is
 * none. */
uint32_t machine_compiled(uint32_t slot, const uint8_t **bytes);

#endif
