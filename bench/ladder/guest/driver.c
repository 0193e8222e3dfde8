/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench/ladder/guest/driver.c - one driver source for every way and engine
 *
 * Compiled as a container, whose accesses are register calls or, after
 * `wasmio link`, accesses to window memories; and natively, with accessors that
 * are checked calls or (LADDER_DIRECT) plain volatile accesses. What differs is
 * in the headers; the text is the same.
 */
#if defined(__wasm__)
#include <wasmio/core.h>
#include <wasmio/gpio.h>
#include <wasmio/mmio.h>
#define LADDER(name) __attribute__((export_name(#name))) name
#else
#include "ladder/native.h"
#endif
#include "ladder/driver.h"

static int32_t window;
static int32_t led;

uint32_t
LADDER(open_all)(void)
{
    window = WASMIO_OPEN("window");
    led = WASMIO_OPEN("led");
    return window >= 0 && led >= 0;
}

/* The reference loop: the offset is computed, so no check can be folded. */
uint32_t
LADDER(registers)(uint32_t n)
{
    const int32_t h = window;
    uint32_t acc = 0;

    for (uint32_t i = 0; i < n; i++) {
        const uint32_t off = (i & 15u) << 2;

        (void)wasmio_mmio_write32(h, off, i);
        acc += (uint32_t)wasmio_mmio_read32(h, off);
    }
    return acc;
}

/* As drivers are: one register after the other, at offsets that the compiler
 * knows. */
#define WRITE_READ(off) \
    (void)wasmio_mmio_write32(h, (off), i); \
    acc += (uint32_t)wasmio_mmio_read32(h, (off))

uint32_t
LADDER(straight)(uint32_t n)
{
    const int32_t h = window;
    uint32_t acc = 0;

    for (uint32_t i = 0; i < n; i++) {
        WRITE_READ(0x00u);
        WRITE_READ(0x04u);
        WRITE_READ(0x08u);
        WRITE_READ(0x0cu);
        WRITE_READ(0x10u);
        WRITE_READ(0x14u);
        WRITE_READ(0x18u);
        WRITE_READ(0x1cu);
    }
    return acc;
}

/* A class call that does next to nothing below: the host's driver of a pin. */
uint32_t
LADDER(pins)(uint32_t n)
{
    uint32_t acc = 0;

    for (uint32_t i = 0; i < n; i++) {
        acc += i + (uint32_t)wasmio_gpio_set_state(led, (int32_t)(i & 1u));
    }
    return acc;
}

/* An operation, and nothing behind it. */
uint32_t
LADDER(nothing)(uint32_t n)
{
    return n;
}
