/* SPDX-License-Identifier: Apache-2.0 */
/* bench/common/native.h - kernels as native code, and calls of native code */
#ifndef BENCH_NATIVE_H
#define BENCH_NATIVE_H

#include <stdint.h>

/* Register accesses without checks: guest/kernels.c with BENCH_DIRECT. */
uint32_t direct_mmio_loop(uint32_t n);

/* Straight-line accesses: guest/ladder.c with BENCH_NATIVE. */
uint32_t native_ladder_4(uint32_t n);
uint32_t native_ladder_12(uint32_t n);

/* n calls of empty() and of irq(i). */
uint32_t native_empty_calls(uint32_t n);
uint32_t native_irq_calls(uint32_t n);

#endif
