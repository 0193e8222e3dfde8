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
#include <wasmio/window.h>
#define LADDER(name) __attribute__((export_name(#name))) name
#else
#include "ladder/native.h"
#endif
#include "ladder/driver.h"

#if defined(__wasm__)
WASMIO_WINDOW(window, "window")
#endif

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

#if defined(__wasm__)           /* natively these are the two above */

/* -- The same through the window as a memory (way 3) ----------------------------- */

uint32_t
LADDER(window_registers)(uint32_t n)
{
    uint32_t acc = 0;

    for (uint32_t i = 0; i < n; i++) {
        const uint32_t off = (i & 15u) << 2;

        window_write32(off, i);
        acc += window_read32(off);
    }
    return acc;
}

#define WINDOW_WRITE_READ(off) \
    window_write32((off), i); \
    acc += window_read32(off)

uint32_t
LADDER(window_straight)(uint32_t n)
{
    uint32_t acc = 0;

    for (uint32_t i = 0; i < n; i++) {
        WINDOW_WRITE_READ(0x00u);
        WINDOW_WRITE_READ(0x04u);
        WINDOW_WRITE_READ(0x08u);
        WINDOW_WRITE_READ(0x0cu);
        WINDOW_WRITE_READ(0x10u);
        WINDOW_WRITE_READ(0x14u);
        WINDOW_WRITE_READ(0x18u);
        WINDOW_WRITE_READ(0x1cu);
    }
    return acc;
}

/* The 16 accesses of straight() in one call (way 4). */
uint32_t
LADDER(batch)(uint32_t n)
{
    static struct wio_abi_mmio_op ops[LADDER_STRAIGHT];
    uint32_t acc = 0;

    for (uint32_t k = 0; k < LADDER_STRAIGHT; k++) {
        ops[k].kind = k & 1u ? WIO_ABI_OP_READ : WIO_ABI_OP_WRITE;
        ops[k].width = 4;
        ops[k].off = k / 2u * 4u;
    }
    for (uint32_t i = 0; i < n; i++) {
        for (uint32_t k = 0; k < LADDER_STRAIGHT; k += 2) {
            ops[k].value = i;
        }
        (void)wasmio_mmio_batch(window, ops, LADDER_STRAIGHT);
        for (uint32_t k = 1; k < LADDER_STRAIGHT; k += 2) {
            acc += ops[k].value;
        }
    }
    return acc;
}

#endif

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
