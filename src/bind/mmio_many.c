/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bind/mmio_many.c - wasmio:mmio, many accesses in one call
 *
 * All are checked before the first is made, so all are made or none. What is
 * written was read from the guest's memory once, before the checks: a handler
 * that comes between changes nothing of it.
 */
#include <stddef.h>

#include <wio/abi.h>

#include "bind/internal.h"

/* Nothing that is left is made: the budget is over, or the container has
 * faulted, of which at most the access that was being made may come. */
static bool
ends(const struct wio_instance *instance)
{
    return wio_bind_is_over_(wio_bind_of_(instance)) ||
           (instance->exec && wio_engine_is_stopping(instance->exec));
}

/* -- Batches --------------------------------------------------------------- */

/* As the guest has them: its memory is little-endian, and so are we. */
_Static_assert(sizeof(struct wio_abi_mmio_op) == WIO_ABI_OP_SIZE &&
               __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "taken as a whole");
#define OP_STATUS offsetof(struct wio_abi_mmio_op, status)
#define OP_VALUE offsetof(struct wio_abi_mmio_op, value)

static void
put_status(uint8_t *op, int err)
{
    const uint16_t status = err < 0 ? (uint16_t)WIO_ERR_CAUSE(err) : 0;

    __builtin_memcpy(op + OP_STATUS, &status, sizeof status);
}

static bool
is_width(uint32_t width)
{
    return width == 1 || width == 2 || width == 4;
}

/* Registers of 32 bits are not looked for in the list of rights, where that can
 * be said without it. */
static int
check_read(const struct wio_mmio_window *window, uint32_t off, uint32_t width)
{
    return width == 4 && wio_mmio_readable32(window, off) != 0
               ? 0
               : wio_mmio_check_read(window, off, width);
}

static int
check_store(const struct wio_mmio_window *window, uint32_t off, uint32_t width,
            uint32_t value)
{
    return width == 4 && wio_mmio_is_writable32(window, off)
               ? 0
               : wio_mmio_check_store(window, off, width, value);
}

static int
check_op(const struct wio_mmio_window *window,
         const struct wio_abi_mmio_op *op)
{
    if (!is_width(op->width) ||
        (op->kind == WIO_ABI_OP_MODIFY ? op->width != 4 : op->mask != 0)) {
        return WIO_ERR_INVALID_ARGUMENT;
    }
    switch (op->kind) {
    case WIO_ABI_OP_READ:
        return check_read(window, op->off, op->width);
    case WIO_ABI_OP_WRITE:
        return check_store(window, op->off, op->width, op->value);
    case WIO_ABI_OP_MODIFY:
        return wio_mmio_check_modify32(window, op->off, op->mask);
    default:
        return WIO_ERR_INVALID_ARGUMENT;
    }
}

/* What follows was checked, and is refused only if the grant was withdrawn
 * meanwhile. */
static int
write_one(const struct wio_mmio_window *window, uint32_t off, uint32_t width,
          uint32_t value)
{
    return width == 4 && wio_mmio_try_write32(window, off, value)
               ? 0
               : wio_mmio_write(window, off, width, value);
}

static int64_t
read_one(const struct wio_mmio_window *window, uint32_t off, uint32_t width)
{
    uint32_t value;

    return width == 4 && wio_mmio_try_read32(window, off, &value)
               ? (int64_t)value
               : wio_mmio_read(window, off, width);
}

static int
run_op(const struct wio_mmio_window *window, const struct wio_abi_mmio_op *op,
       uint8_t *guest_op)
{
    int64_t value;
    uint32_t word;

    switch (op->kind) {
    case WIO_ABI_OP_WRITE:
        return write_one(window, op->off, op->width, op->value);
    case WIO_ABI_OP_MODIFY:
        return wio_mmio_modify32(window, op->off, op->mask, op->value);
    default:
        value = read_one(window, op->off, op->width);
        if (value >= 0) {
            word = (uint32_t)value;
            __builtin_memcpy(guest_op + OP_VALUE, &word, sizeof word);
        }
        return value < 0 ? (int)value : 0;
    }
}

static int
batch(struct wio_instance *instance, const struct wio_mmio_window *window,
      uint32_t at, uint32_t n, uint32_t *detail)
{
    struct wio_abi_mmio_op ops[WIO_ABI_MMIO_OPS_MAX];
    uint8_t *guest_ops;
    int err = 0;

    if (!window) {
        return WIO_ERR_BAD_HANDLE;
    }
    if (n == 0 || n > WIO_ABI_MMIO_OPS_MAX) {
        return WIO_ERR_INVALID_ARGUMENT;
    }
    guest_ops = wio_guest_range(instance, at, n * WIO_ABI_OP_SIZE);
    if (!guest_ops) {
        return WIO_ERR_FAULT;
    }
    if (wio_bind_is_lent_(wio_bind_of_(instance), at, n * WIO_ABI_OP_SIZE,
                          true)) {
        return WIO_ERR_BUSY;
    }
    for (uint32_t i = 0; i < n; i++) {
        uint8_t *guest_op = guest_ops + i * WIO_ABI_OP_SIZE;

        __builtin_memcpy(&ops[i], guest_op, WIO_ABI_OP_SIZE);
        err = check_op(window, &ops[i]);
        if (err) {
            *detail = ops[i].off;
            put_status(guest_op, err);
            return err;
        }
    }
    for (uint32_t i = 0; i < n && !err && !ends(instance); i++) {
        uint8_t *guest_op = guest_ops + i * WIO_ABI_OP_SIZE;

        err = run_op(window, &ops[i], guest_op);
        put_status(guest_op, err);
    }
    return err;
}

uint32_t
wio_bind_mmio_batch_(struct wio_instance *instance, uint32_t handle,
                     uint32_t at, uint32_t n)
{
    uint32_t detail = at;
    int err = batch(instance, wio_caps_mmio(&wio_bind_of_(instance)->caps,
                                            handle), at, n, &detail);

    wio_bind_check_time_(instance);
    return err ? wio_bind_mmio_refuse_(instance, "batch", err, handle, detail)
               : 0;
}

/* -- Copies ---------------------------------------------------------------- */

static void
put_value(uint8_t *bytes, uint32_t value, uint32_t width)
{
    for (uint32_t i = 0; i < width; i++) {
        bytes[i] = (uint8_t)(value >> (8 * i));
    }
}

/* A block of registers, or one register again and again. */
struct copy {
    const struct wio_mmio_window *window;
    uint8_t *bytes;                /* the guest's */
    uint32_t off;                  /* of the first */
    uint32_t step;                 /* to the next, bytes */
    uint32_t width;
    uint32_t n;                    /* accesses */
};

static int
take_copy(struct wio_instance *instance, uint32_t handle, uint32_t off,
          uint32_t at, uint32_t len, uint32_t width, struct copy *copy)
{
    uint32_t each = width & ~WIO_ABI_MMIO_FIXED;

    *copy = (struct copy){
        .window = wio_caps_mmio(&wio_bind_of_(instance)->caps, handle),
        .bytes = wio_guest_range(instance, at, len),
        .off = off,
        .step = width & WIO_ABI_MMIO_FIXED ? 0 : each,
        .width = each,
    };
    if (!copy->window) {
        return WIO_ERR_BAD_HANDLE;
    }
    if (!is_width(each) || len % each != 0 ||
        len / each > WIO_ABI_MMIO_COPY_MAX) {
        return WIO_ERR_INVALID_ARGUMENT;
    }
    if (!copy->bytes) {
        return WIO_ERR_FAULT;
    }
    copy->n = len / each;
    return 0;
}

/* The @i-th register, which may lie beyond every window; never wraps to one
 * inside: the first does not lie outside when it is looked at. */
static uint32_t
offset_of(const struct copy *copy, uint32_t i)
{
    return copy->off + i * copy->step;
}

static int
copy_in(const struct wio_instance *instance, const struct copy *copy,
        uint32_t *bad)
{
    int err = 0;

    for (uint32_t i = 0; i < copy->n && !err; i++) {
        *bad = offset_of(copy, i);
        err = check_read(copy->window, *bad, copy->width);
        if (copy->step == 0) {
            break;                 /* the others are the same */
        }
    }
    for (uint32_t i = 0; i < copy->n && !err && !ends(instance); i++) {
        int64_t value = read_one(copy->window, offset_of(copy, i),
                                 copy->width);

        err = value < 0 ? (int)value : 0;
        if (!err) {
            put_value(copy->bytes + i * copy->width, (uint32_t)value,
                      copy->width);
        }
    }
    return err;
}

static int
copy_out(const struct wio_instance *instance, const struct copy *copy,
         uint32_t *bad)
{
    uint8_t bytes[WIO_ABI_MMIO_COPY_MAX * 4];
    int err = 0;

    wio_copy(bytes, copy->bytes, copy->n * copy->width);
    for (uint32_t pass = 0; pass < 2; pass++) {
        for (uint32_t i = 0; i < copy->n && !err && !ends(instance); i++) {
            const uint8_t *from = bytes + i * copy->width;
            uint32_t value = 0;

            for (uint32_t k = copy->width; k > 0; k--) {
                value = value << 8 | from[k - 1];
            }
            *bad = offset_of(copy, i);
            err = pass == 0 ? check_store(copy->window, *bad, copy->width,
                                          value)
                            : write_one(copy->window, *bad, copy->width,
                                        value);
        }
    }
    return err;
}

static uint32_t
copy_either(struct wio_instance *instance, const char *what, uint32_t handle,
            uint32_t off, uint32_t at, uint32_t len, uint32_t width)
{
    struct copy copy;
    uint32_t bad = off;
    int err = take_copy(instance, handle, off, at, len, width, &copy);

    if (!err && wio_bind_is_lent_(wio_bind_of_(instance), at, len,
                                  what[5] == 'i')) {
        err = WIO_ERR_BUSY;
    }
    if (!err) {
        err = what[5] == 'i' ? copy_in(instance, &copy, &bad)
                             : copy_out(instance, &copy, &bad);
    }
    wio_bind_check_time_(instance);
    return err ? wio_bind_mmio_refuse_(instance, what, err, handle, bad) : 0;
}

uint32_t
wio_bind_mmio_copy_in_(struct wio_instance *instance, uint32_t handle,
                       uint32_t off, uint32_t at, uint32_t len,
                       uint32_t width)
{
    return copy_either(instance, "copy-in", handle, off, at, len, width);
}

uint32_t
wio_bind_mmio_copy_out_(struct wio_instance *instance, uint32_t handle,
                        uint32_t off, uint32_t at, uint32_t len,
                        uint32_t width)
{
    return copy_either(instance, "copy-out", handle, off, at, len, width);
}
