/* SPDX-License-Identifier: Apache-2.0 */
/* bench/common/window.c - see window.h. A unit of its own: calls stay calls. */
#include "common/window.h"

volatile uint32_t bench_regs[16];

struct window g_win[4] = {
    [1] = { .base = bench_regs, .size = 64, .perm = 3 },
};

uint32_t g_faults;

void
mmio_write32(uint32_t h, uint32_t off, uint32_t v)
{
    if (BENCH_LIKELY(h < 4) && BENCH_LIKELY(g_win[h].perm & 2)
        && BENCH_LIKELY(!(off & 3)) && BENCH_LIKELY(off < g_win[h].size)) {
        g_win[h].base[off >> 2] = v;
    } else {
        g_faults++;
    }
}

uint32_t
mmio_read32(uint32_t h, uint32_t off)
{
    if (BENCH_LIKELY(h < 4) && BENCH_LIKELY(g_win[h].perm & 1)
        && BENCH_LIKELY(!(off & 3)) && BENCH_LIKELY(off < g_win[h].size)) {
        return g_win[h].base[off >> 2];
    }
    g_faults++;
    return 0;
}
