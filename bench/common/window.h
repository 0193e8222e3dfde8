/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench/common/window.h - the checked register window of the reference loop
 *
 * What a careful native host does for each access: handle, permission,
 * alignment, bounds. The interpreter's host functions run the same checks, so
 * that the difference of two figures is the engine alone. With BENCH_DIRECT
 * the accessors are plain volatile accesses: the least an access can cost.
 */
#ifndef BENCH_WINDOW_H
#define BENCH_WINDOW_H

#include <stdint.h>

struct window {
    volatile uint32_t *base;
    uint32_t size;              /* bytes */
    uint32_t perm;              /* 1 read, 2 write */
};

extern struct window g_win[4];
extern uint32_t g_faults;       /* refused accesses; a run must leave it 0 */
extern volatile uint32_t bench_regs[16];

#define BENCH_LIKELY(x) __builtin_expect(!!(x), 1)

#if defined(BENCH_DIRECT)
#define mmio_write32(h, off, v) ((void)(bench_regs[(off) >> 2] = (v)))
#define mmio_read32(h, off) (bench_regs[(off) >> 2])
#else
void mmio_write32(uint32_t h, uint32_t off, uint32_t v);
uint32_t mmio_read32(uint32_t h, uint32_t off);
#endif

#endif
