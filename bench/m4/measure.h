/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench/m4/measure.h - cases run on a board, and printed for bench/run
 *
 * Every case runs n and 2n times; a line is
 *     count <case> <n> <ticks of n> <ticks of 2n> <result of n> <of 2n>
 */
#ifndef BENCH_M4_MEASURE_H
#define BENCH_M4_MEASURE_H

#include <stdbool.h>
#include <stdint.h>

struct bench_case;

/* Ticks that went by, by the image's clock; wraps. */
uint32_t measure_ticks(void);

/* All of them; false when one did not run, which is printed. */
bool measure_cases(const struct bench_case *cases, uint32_t n_cases);

/* "size <guest> <what> <value>" */
void measure_put_size(const char *guest, const char *what, uint32_t value);

#endif
