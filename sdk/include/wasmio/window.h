/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wasmio/window.h - the registers of a window, by the name of its need
 *
 *     WASMIO_WINDOW(uart, "uart")       at top level, gives
 *
 *     uint32_t uart_read8(uint32_t off);     and read16, read32
 *     void uart_write8(uint32_t off, uint32_t value);     and the others
 *     void uart_run(struct wio_abi_mmio_op *ops, uint32_t n);
 *
 * Each read and write is exactly one bus access of that width, in program
 * order, by the rights of the registers (wasmio/mmio.h). One that is refused
 * has not reached the device and ends the activation: a trap, not a code. For
 * registers that are tried, use the calls of wasmio/mmio.h.
 *
 * `run` makes up to WIO_ABI_MMIO_OPS_MAX accesses (WASMIO_READ, WASMIO_WRITE)
 * in order; what was read is in `value` behind it.
 *
 * The source does not say how an access is made. WASMIO_WAY does, for a whole
 * file, as a compiler option; docs/reference/io-methods.md has what each costs:
 *
 *   3  (without it) functions that `wasmio link` makes loads and stores of a
 *      memory; WINDOWS in sdk/cmake and sdk/wasmio.mk calls it. Not linked,
 *      the host makes the same accesses.
 *   2  register calls with a handle
 *   4  batches: `run` is one call that makes all accesses or, when one of them
 *      is refused, none
 */
#ifndef WASMIO_WINDOW_H
#define WASMIO_WINDOW_H

#include <wasmio/core.h>
#include <wasmio/mmio.h>

#ifndef WASMIO_WAY
#define WASMIO_WAY 3
#endif

/* Elements of an array for `run`; @w: bytes, 1, 2 or 4. */
#define WASMIO_READ(w, at) \
    { .kind = WIO_ABI_OP_READ, .width = (w), .off = (at) }
#define WASMIO_WRITE(w, at, v) \
    { .kind = WIO_ABI_OP_WRITE, .width = (w), .off = (at), .value = (v) }

/* Not every file uses all of them. */
#define WASMIO_WINDOW_FN_ __attribute__((unused)) static inline

/* A refused access ends the activation, whatever the way. */
static inline uint32_t
wasmio_window_checked_(int64_t result)
{
    if (result < 0) {
        __builtin_trap();
    }
    return (uint32_t)result;
}

#if WASMIO_WAY == 3
#define WASMIO_WINDOW(name, label)                                           \
    WASMIO_WINDOW_MARKER_(name, label, 8)                                    \
    WASMIO_WINDOW_MARKER_(name, label, 16)                                   \
    WASMIO_WINDOW_MARKER_(name, label, 32)                                   \
    WASMIO_WINDOW_RUN_(name)
#define WASMIO_WINDOW_MARKER_(name, label, bits)                             \
    WASMIO_IMPORT(WIO_MODULE_MMIO, label ".read" #bits)                      \
    uint32_t name##_read##bits(uint32_t off);                                \
    WASMIO_IMPORT(WIO_MODULE_MMIO, label ".write" #bits)                     \
    void name##_write##bits(uint32_t off, uint32_t value);
#else
/* The handle is asked for at the first access. */
#define WASMIO_WINDOW_HANDLE_(name, label)                                   \
    WASMIO_WINDOW_FN_ int32_t                                                \
    name##_handle_(void)                                                     \
    {                                                                        \
        static int32_t handle;                                               \
                                                                             \
        if (handle <= 0) {                                                   \
            handle = WASMIO_OPEN(label);                                     \
        }                                                                    \
        return handle;                                                       \
    }
#endif

#if WASMIO_WAY == 2
#define WASMIO_WINDOW(name, label)                                           \
    WASMIO_WINDOW_HANDLE_(name, label)                                       \
    WASMIO_WINDOW_CALL_(name, 8)                                             \
    WASMIO_WINDOW_CALL_(name, 16)                                            \
    WASMIO_WINDOW_CALL_(name, 32)                                            \
    WASMIO_WINDOW_RUN_(name)
#define WASMIO_WINDOW_CALL_(name, bits)                                      \
    WASMIO_WINDOW_FN_ uint32_t                                               \
    name##_read##bits(uint32_t off)                                          \
    {                                                                        \
        return wasmio_window_checked_(                                       \
            wasmio_mmio_read##bits(name##_handle_(), off));                  \
    }                                                                        \
    WASMIO_WINDOW_FN_ void                                                   \
    name##_write##bits(uint32_t off, uint32_t value)                         \
    {                                                                        \
        (void)wasmio_window_checked_(                                        \
            wasmio_mmio_write##bits(name##_handle_(), off, value));          \
    }
#endif

#if WASMIO_WAY == 4
#define WASMIO_WINDOW(name, label)                                           \
    WASMIO_WINDOW_HANDLE_(name, label)                                       \
    WASMIO_WINDOW_FN_ void                                                   \
    name##_run(struct wio_abi_mmio_op *ops, uint32_t n)                      \
    {                                                                        \
        (void)wasmio_window_checked_(                                        \
            wasmio_mmio_batch(name##_handle_(), ops, n));                    \
    }                                                                        \
    WASMIO_WINDOW_BATCH_(name, 8)                                            \
    WASMIO_WINDOW_BATCH_(name, 16)                                           \
    WASMIO_WINDOW_BATCH_(name, 32)
#define WASMIO_WINDOW_BATCH_(name, bits)                                     \
    WASMIO_WINDOW_FN_ uint32_t                                               \
    name##_read##bits(uint32_t off)                                          \
    {                                                                        \
        struct wio_abi_mmio_op op = WASMIO_READ(bits / 8, off);              \
                                                                             \
        name##_run(&op, 1);                                                  \
        return op.value;                                                     \
    }                                                                        \
    WASMIO_WINDOW_FN_ void                                                   \
    name##_write##bits(uint32_t off, uint32_t value)                         \
    {                                                                        \
        struct wio_abi_mmio_op op = WASMIO_WRITE(bits / 8, off, value);      \
                                                                             \
        name##_run(&op, 1);                                                  \
    }
#else
#define WASMIO_WINDOW_RUN_(name)                                             \
    WASMIO_WINDOW_FN_ void                                                   \
    name##_one_(struct wio_abi_mmio_op *op)                                  \
    {                                                                        \
        const bool writes = op->kind == WIO_ABI_OP_WRITE;                    \
                                                                             \
        if (op->width == 4) {                                                \
            if (writes) {                                                    \
                name##_write32(op->off, op->value);                          \
            } else {                                                         \
                op->value = name##_read32(op->off);                          \
            }                                                                \
        } else if (op->width == 2) {                                         \
            if (writes) {                                                    \
                name##_write16(op->off, op->value);                          \
            } else {                                                         \
                op->value = name##_read16(op->off);                          \
            }                                                                \
        } else if (writes) {                                                 \
            name##_write8(op->off, op->value);                               \
        } else {                                                             \
            op->value = name##_read8(op->off);                               \
        }                                                                    \
    }                                                                        \
    WASMIO_WINDOW_FN_ void                                                   \
    name##_run(struct wio_abi_mmio_op *ops, uint32_t n)                      \
    {                                                                        \
        for (uint32_t i = 0; i < n; i++) {                                   \
            name##_one_(&ops[i]);                                            \
        }                                                                    \
    }
#endif

#endif
