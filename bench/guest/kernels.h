/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench/guest/kernels.h - the reference kernels, as Wasm and as native code
 *
 * One text, compiled four ways: to WebAssembly (imports from module `env`), to
 * WebAssembly for the product's ABI (imports from `wasmio:mmio@0.1`), and
 * natively with register accessors that are checked calls or plain accesses.
 * KERNEL(name) gives each build its own names, so that one image can hold all.
 */
#ifndef BENCH_KERNELS_H
#define BENCH_KERNELS_H

#include <stdint.h>

#define BENCH_WINDOW_WORDS 16u      /* registers of window 1 */
#define BENCH_CRC_BYTES 65536u      /* of one crc pass */

#if defined(__wasm__)
#define KERNEL(name) __attribute__((export_name(#name))) name
#elif defined(BENCH_DIRECT)
#define KERNEL(name) direct_##name
#else
#define KERNEL(name) native_##name
#endif

/* Kernels take a count of iterations and return a sum that depends on each. */
uint32_t KERNEL(mmio_loop)(uint32_t n);
uint32_t KERNEL(mem_loop)(uint32_t n);
uint32_t KERNEL(crc)(uint32_t n);
uint32_t KERNEL(pid)(uint32_t n);
uint32_t KERNEL(bme)(uint32_t n);
uint32_t KERNEL(work)(uint32_t n);
void KERNEL(empty)(void);
void KERNEL(irq)(uint32_t n);
uint32_t KERNEL(irq_total)(void);

#endif
