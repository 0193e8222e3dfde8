/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Provides a bus whose chips send back each byte inverted, and does whatever
 * else the first byte asks for. Its registers keep what the test looks at: 0
 * the flags of the last call, 4 its divisor. NO_LINE: without an interrupt.
 * HAS_WIRE: it has a sensor on an I2C bus as well, which its main reads.
 */
#include <wasmio/core.h>
#include <wasmio/delay.h>
#ifdef HAS_WIRE
#include <wasmio/i2c.h>
#endif
#ifndef NO_LINE
#include <wasmio/irq.h>
#endif
#include <wasmio/mmio.h>
#include <wasmio/serve.h>

#include "serve.h"

#ifndef SMASH_DEPTH
#define SMASH_DEPTH 3                /* frames that leave its part of: */
#endif
WASMIO_HANDLER_STACK(512);
WASMIO_SERVE_BUFFER(16);

static int32_t registers;
#ifndef NO_LINE
static int32_t line;
#endif
static volatile uint32_t n_calls;
static volatile uint32_t edge_does;
#ifdef HAS_WIRE
static int32_t sensor;
static volatile int32_t served = 1;  /* what a reading in a call came to */

static int32_t
read_sensor(void)
{
    static const uint8_t pointer = 0;
    uint8_t raw[2];

    return wasmio_i2c_write_read(sensor, WASMIO_I2C_GRANTED, &pointer, 1, raw,
                                 sizeof(raw));
}

WASMIO_EXPORT("poll") void
poll_sensor(void)
{
    for (uint32_t i = 0; i < 20; i++) {
        (void)read_sensor();
    }
}

WASMIO_EXPORT("served") int32_t
served_reading(void)
{
    return served;
}
#endif

static __attribute__((noinline)) uint32_t
deeper(uint32_t n)
{
    volatile uint32_t frame[16];

    frame[n & 15u] = n;
    return n == 0 ? 0 : deeper(n - 1) + frame[n & 15u];
}

/* The chip answers after so many bytes. */
static uint32_t silent;

static int32_t
poll(uint32_t n_bytes)
{
    for (uint32_t i = 0; i < n_bytes; i++) {
        uint8_t came = silent > 0 ? 0xff : SERVE_ANSWER;

        silent -= silent > 0;
        if ((came & wasmio_serve_buffer[1]) != wasmio_serve_buffer[0]) {
            wasmio_serve_buffer[0] = came;
            return 1;
        }
    }
    return 0;
}

static int32_t
misbehave(uint32_t how)
{
    switch (how) {
    case SERVE_LOOP:
        for (;;) {
            n_calls = n_calls + 1;
        }
    case SERVE_TRAP:
        __builtin_trap();
    case SERVE_SMASH:
        return (int32_t)deeper(SMASH_DEPTH);
    case SERVE_ERROR:
        return WIO_ERR_SPI_MODE_FAULT;
    case SERVE_NONSENSE:
        return WIO_ERR_OUT_OF_BUDGET;
    case SERVE_POSITIVE:
        return 7;
#ifndef NO_LINE
    case SERVE_WAIT:
        return wasmio_irq_wait(line, 1000) == WIO_ERR_WOULD_BLOCK
                   ? 0
                   : WIO_ERR_SPI_OTHER;
    case SERVE_HOLD:
        wasmio_irq_mask();
        for (;;) {
            n_calls = n_calls + 1;
        }
    case SERVE_LOCK:
        wasmio_irq_mask();           /* never released by itself */
        return 0;
#endif
    case SERVE_SLOW:
        wasmio_delay_us(300);
        return 0;
#ifdef HAS_WIRE
    case SERVE_WIRE:
        served = read_sensor();
        return 0;
#endif
    case SERVE_GROW:
        return (int32_t)__builtin_wasm_memory_grow(0, 1) & 0;
    case SERVE_CLOSE:
        (void)wasmio_close(registers);
        return 0;
    case SERVE_DELAY:
        wasmio_delay_us(100000);
        return 0;
    case SERVE_EDGE_TRAPS:
        edge_does = SERVE_TRAP;
        return 0;
    default:
        return 0;
    }
}

WASMIO_EXPORT("transfer") int32_t
transfer(uint32_t select, uint32_t flags, uint32_t divisor, uint32_t n_bytes)
{
    uint8_t first = n_bytes > 0 ? wasmio_serve_buffer[0] : 0;

    n_calls = n_calls + 1;
    (void)wasmio_mmio_write32(registers, 0, select << 24 | flags << 16 |
                              n_bytes);
    (void)wasmio_mmio_write32(registers, 4, divisor);
    if (flags & WIO_ABI_SERVE_POLL) {
        return poll(n_bytes);
    }
    if (first == SERVE_SILENT) {
        silent = wasmio_serve_buffer[1] * 10u;
    }
    for (uint32_t i = 0; i < n_bytes; i++) {
        wasmio_serve_buffer[i] = (uint8_t)~wasmio_serve_buffer[i];
    }
    return misbehave(first);
}

#ifndef NO_LINE
WASMIO_EXPORT("on-edge") void
on_edge(uint32_t count, uint32_t ts_lo, uint32_t ts_hi)
{
    (void)count;
    (void)ts_lo;
    (void)ts_hi;
    if (edge_does == SERVE_TRAP) {
        __builtin_trap();
    }
}
#endif

WASMIO_EXPORT("calls") uint32_t
calls(void)
{
    return n_calls;
}

WASMIO_EXPORT("wasmio-init") int32_t
init(void)
{
    registers = WASMIO_OPEN("registers");
#ifdef HAS_WIRE
    sensor = WASMIO_OPEN("sensor");
#endif
#ifndef NO_LINE
    line = WASMIO_OPEN("line");
    (void)wasmio_irq_enable(line);
#endif
    return registers < 0 ? registers : 0;
}
