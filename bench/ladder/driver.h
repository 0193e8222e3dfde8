/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench/ladder/driver.h - what guest/driver.c and guest/sensor.c offer
 *
 * LADDER(name) gives each build its own names, so that one image holds all.
 * Each takes a count of iterations and returns a sum that depends on each.
 */
#ifndef BENCH_LADDER_DRIVER_H
#define BENCH_LADDER_DRIVER_H

#include <stdint.h>

#define LADDER_WINDOW_WORDS 16u    /* registers of the window */

uint32_t LADDER(open_all)(void);
uint32_t LADDER(registers)(uint32_t n);
uint32_t LADDER(straight)(uint32_t n);
uint32_t LADDER(window_registers)(uint32_t n);
uint32_t LADDER(window_straight)(uint32_t n);
uint32_t LADDER(batch)(uint32_t n);
uint32_t LADDER(pins)(uint32_t n);
uint32_t LADDER(nothing)(uint32_t n);
uint32_t LADDER(settle)(uint32_t n);
uint32_t LADDER(read_many)(uint32_t n);

#endif
