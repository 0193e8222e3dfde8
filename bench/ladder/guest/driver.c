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

/*
 * As drivers are: one register after the other, at offsets that the compiler
 * knows. Nothing but accesses: a value is passed on from register to register,
 * round the window twice, 64 accesses in a row.
 */
#define PASS_ON(from, to) PUT((to), GET(from));
#define PASS_FOUR(at) \
    PASS_ON((at), (at) + 4u) \
    PASS_ON((at) + 4u, (at) + 8u) \
    PASS_ON((at) + 8u, (at) + 12u) \
    PASS_ON((at) + 12u, ((at) + 16u) & 63u)
#define PASS_ROUND PASS_FOUR(0u) PASS_FOUR(16u) PASS_FOUR(32u) PASS_FOUR(48u)
#define PASS_ALL \
    PASS_ROUND \
    PASS_FOUR(0u) PASS_FOUR(16u) PASS_FOUR(32u) \
    PASS_ON(48u, 52u) PASS_ON(52u, 56u) PASS_ON(56u, 60u)

uint32_t
LADDER(straight)(uint32_t n)
{
    const int32_t h = window;
    uint32_t acc = 0;

#define PUT(off, value) (void)wasmio_mmio_write32(h, (off), (value))
#define GET(off) (uint32_t)wasmio_mmio_read32(h, (off))
    for (uint32_t i = 0; i < n; i++) {
        PUT(0u, i);
        PASS_ALL
        acc += GET(60u);
    }
#undef PUT
#undef GET
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

uint32_t
LADDER(window_straight)(uint32_t n)
{
    uint32_t acc = 0;

#define PUT(off, value) window_write32((off), (value))
#define GET(off) window_read32(off)
    for (uint32_t i = 0; i < n; i++) {
        PUT(0u, i);
        PASS_ALL
        acc += GET(60u);
    }
#undef PUT
#undef GET
    return acc;
}

/* 16 registers written and read in two calls (way 4). */
uint32_t
LADDER(batch)(uint32_t n)
{
    static struct wio_abi_mmio_op ops[2][LADDER_WINDOW_WORDS];
    uint32_t acc = 0;

    for (uint32_t k = 0; k < LADDER_WINDOW_WORDS; k++) {
        for (uint32_t list = 0; list < 2; list++) {
            ops[list][k].kind = list ? WIO_ABI_OP_READ : WIO_ABI_OP_WRITE;
            ops[list][k].width = 4;
            ops[list][k].off = 4u * k;
        }
    }
    for (uint32_t i = 0; i < n; i++) {
        for (uint32_t k = 0; k < LADDER_WINDOW_WORDS; k++) {
            ops[0][k].value = i;
        }
        (void)wasmio_mmio_batch(window, ops[0], LADDER_WINDOW_WORDS);
        (void)wasmio_mmio_batch(window, ops[1], LADDER_WINDOW_WORDS);
        acc += ops[1][LADDER_WINDOW_WORDS - 1u].value;
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
