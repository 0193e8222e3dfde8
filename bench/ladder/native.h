/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench/ladder/native.h - the functions of the SDK, for drivers compiled
 * natively
 *
 * The same names as in sdk/include/wasmio. Register accesses are those of
 * common/window.h: checked calls, or with LADDER_DIRECT nothing but the access.
 * Buses and pins go straight to the port's drivers.
 */
#ifndef BENCH_LADDER_NATIVE_H
#define BENCH_LADDER_NATIVE_H

#include <stdint.h>

#if defined(LADDER_DIRECT)
#define BENCH_DIRECT
#define LADDER(name) direct_##name
#else
#define LADDER(name) native_##name
#endif
#include "common/window.h"

#define WASMIO_OPEN(literal) 1     /* the window of common/window.c */

static inline int32_t
wasmio_mmio_write32(int32_t handle, uint32_t off, uint32_t value)
{
    (void)handle;
    mmio_write32((uint32_t)handle, off, value);
    return 0;
}

static inline int64_t
wasmio_mmio_read32(int32_t handle, uint32_t off)
{
    (void)handle;
    return mmio_read32((uint32_t)handle, off);
}

int32_t wasmio_gpio_set_state(int32_t handle, int32_t state);

#endif
