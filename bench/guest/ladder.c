/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench/guest/ladder.c - accesses in straight-line code, by two ways
 *
 * Each iteration writes register 0 and passes its value on from register to
 * register, 4 or 12 times: a read and a write at constant offsets, and nothing
 * else. The difference of the two is 16 accesses; the loop cancels.
 *
 * calls_*: register calls with a handle. window_*: markers, which `wasmio link`
 * makes accesses to a window memory. batch_*, copy_*: 4 or 12 accesses in one
 * call. Natively with BENCH_NATIVE: plain accesses.
 */
#include <stdint.h>

#if defined(BENCH_NATIVE)
#include "common/native.h"
#include "common/window.h"

#define EXPORT(name)
#define window_4 native_ladder_4
#define window_12 native_ladder_12

static inline uint32_t
read32(uint32_t off)
{
    return bench_regs[off / 4];
}

static inline void
write32(uint32_t off, uint32_t value)
{
    bench_regs[off / 4] = value;
}
#else
#define EXPORT(name) __attribute__((export_name(#name)))
#define IMPORT(interface, name) \
    __attribute__((import_module("wasmio:" interface "@0.1"), \
                   import_name(name)))

IMPORT("core", "open") int32_t wio_open(const char *name, uint32_t len);
IMPORT("mmio", "write32")
int32_t mmio_write32(uint32_t h, uint32_t off, uint32_t v);
IMPORT("mmio", "read32") int64_t mmio_read32(uint32_t h, uint32_t off);
IMPORT("mmio", "batch")
int32_t mmio_batch(uint32_t h, void *ops, uint32_t n);
IMPORT("mmio", "copy-out")
int32_t mmio_copy_out(uint32_t h, uint32_t off, const void *from,
                      uint32_t len, uint32_t width);
IMPORT("mmio", "window.read32") uint32_t read32(uint32_t off);
IMPORT("mmio", "window.write32") void write32(uint32_t off, uint32_t value);

__asm__(".section .custom_section.wasmio.config,\"\",@\n"
        ".incbin \"product.dtb\"\n"
        ".text\n");

static uint32_t handle;

EXPORT(open_window) int32_t
open_window(void)
{
    const int32_t opened = wio_open("window", 6);

    handle = (uint32_t)opened;
    return opened;
}
#endif

#define FOUR(STEP, k) STEP(k) STEP(k + 1) STEP(k + 2) STEP(k + 3)
#define BODY(write, read, steps) \
    uint32_t acc = 0; \
    for (uint32_t i = 0; i < n; i++) { \
        write(0, i); \
        steps \
        acc += (uint32_t)read(0); \
    } \
    return acc;

#define WINDOW(k) write32(4 * (k) + 4, read32(4 * (k)));

EXPORT(window_4) uint32_t
window_4(uint32_t n)
{
    BODY(write32, read32, FOUR(WINDOW, 0))
}

EXPORT(window_12) uint32_t
window_12(uint32_t n)
{
    BODY(write32, read32, FOUR(WINDOW, 0) FOUR(WINDOW, 4) FOUR(WINDOW, 8))
}

#if !defined(BENCH_NATIVE)
#define BY_HANDLE_WRITE(off, v) mmio_write32(h, off, v)
#define BY_HANDLE_READ(off) mmio_read32(h, off)
#define CALLS(k) \
    BY_HANDLE_WRITE(4 * (k) + 4, (uint32_t)BY_HANDLE_READ(4 * (k)));

EXPORT(calls_4) uint32_t
calls_4(uint32_t n)
{
    const uint32_t h = handle;
    BODY(BY_HANDLE_WRITE, BY_HANDLE_READ, FOUR(CALLS, 0))
}

EXPORT(calls_12) uint32_t
calls_12(uint32_t n)
{
    const uint32_t h = handle;
    BODY(BY_HANDLE_WRITE, BY_HANDLE_READ,
         FOUR(CALLS, 0) FOUR(CALLS, 4) FOUR(CALLS, 8))
}

/* As struct wio_abi_mmio_op. */
static struct op {
    uint8_t kind;
    uint8_t width;
    uint16_t status;
    uint32_t off;
    uint32_t value;
    uint32_t mask;
} ops[12];

/* Writes register 0, then reads it again and again. */
static uint32_t
batches(uint32_t n, uint32_t n_ops)
{
    const uint32_t h = handle;
    uint32_t acc = 0;

    for (uint32_t k = 0; k < n_ops; k++) {
        ops[k] = (struct op){ .kind = k == 0, .width = 4 };
    }
    for (uint32_t i = 0; i < n; i++) {
        ops[0].value = i;
        mmio_batch(h, ops, n_ops);
        acc += ops[n_ops - 1].value;
    }
    return acc;
}

EXPORT(batch_4) uint32_t
batch_4(uint32_t n)
{
    return batches(n, 4);
}

EXPORT(batch_12) uint32_t
batch_12(uint32_t n)
{
    return batches(n, 12);
}

static uint32_t words[12];

static uint32_t
copies(uint32_t n, uint32_t n_words)
{
    const uint32_t h = handle;
    uint32_t acc = 0;

    for (uint32_t i = 0; i < n; i++) {
        words[0] = i;
        mmio_copy_out(h, 0, words, 4 * n_words, 4);
        acc += (uint32_t)mmio_read32(h, 0);
    }
    return acc;
}

EXPORT(copy_4) uint32_t
copy_4(uint32_t n)
{
    return copies(n, 4);
}

EXPORT(copy_12) uint32_t
copy_12(uint32_t n)
{
    return copies(n, 12);
}
#endif
