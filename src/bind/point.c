/* SPDX-License-Identifier: Apache-2.0 */
/* bind/point.c - wasmio:point, the process image seen by the container */
#include <wio/abi.h>

#include "bind/internal.h"

static uint64_t
now_ns(const struct wio_instance *instance)
{
    const struct wio_port *port = wio_bind_of_(instance)->port;

    return port->core->now_ns(port->ctx);
}

/* A handler may write the point that its main is writing: a write is whole, so
 * interrupts are kept out for some twenty instructions. */
static uint32_t
enter(const struct wio_instance *instance)
{
    const struct wio_port *port = wio_bind_of_(instance)->port;

    return port->core->irq_save(port->ctx);
}

static void
leave(const struct wio_instance *instance, uint32_t key)
{
    const struct wio_port *port = wio_bind_of_(instance)->port;

    port->core->irq_restore(port->ctx, key);
}

static struct wio_point_cell *
cell_of(const struct wio_instance *instance, uint32_t handle)
{
    return wio_caps_point(&wio_bind_of_(instance)->caps, handle);
}

static bool
is_signed(uint8_t type)
{
    return type == WIO_POINT_I8 || type == WIO_POINT_I16 ||
           type == WIO_POINT_I32;
}

/* Types that travel as an i32: all integers of up to 32 bits, and bool. */
static bool
is_narrow(uint8_t type)
{
    return type >= WIO_POINT_BOOL && type <= WIO_POINT_U32;
}

/* -- Setting --------------------------------------------------------------- */

/* @bits is the value in the form of struct wio_point; @matches: the function
 * is the one for the point's type. */
static uint32_t
set(struct wio_instance *instance, const char *what, uint32_t handle,
    struct wio_point_cell *cell, bool matches, uint64_t bits)
{
    const uint64_t now = now_ns(instance);
    uint32_t key;

    if (!cell) {
        return wio_bind_refuse_(instance, what, WIO_ERR_BAD_HANDLE, handle, 0);
    }
    if (!cell->provides) {
        return wio_bind_refuse_(instance, what, WIO_ERR_NOT_PERMITTED, handle,
                                cell->type);
    }
    if (!matches || !wio_point_fits(cell->type, bits)) {
        return wio_bind_refuse_(instance, what, WIO_ERR_INVALID_ARGUMENT,
                                handle, (uint32_t)bits);
    }
    key = enter(instance);
    wio_point_write(cell, bits, now);
    leave(instance, key);
    return 0;
}

static uint32_t
point_set_i32(struct wio_instance *instance, uint32_t handle, uint32_t value)
{
    struct wio_point_cell *cell = cell_of(instance, handle);
    uint64_t bits = value;

    if (cell && is_signed(cell->type)) {
        bits = (uint64_t)(int64_t)(int32_t)value;
    }
    return set(instance, "set-i32", handle, cell,
               cell && is_narrow(cell->type), bits);
}

/* Sets a point of exactly one type from slots: handle, then the value. */
static void
set_exact(struct wio_instance *instance, const char *what, uint8_t type,
          uint32_t *slots, uint64_t bits)
{
    struct wio_point_cell *cell = cell_of(instance, slots[0]);

    slots[0] = set(instance, what, slots[0], cell, cell && cell->type == type,
                   bits);
}

static void
point_set_i64(struct wio_instance *instance, uint32_t *slots)
{
    set_exact(instance, "set-i64", WIO_POINT_I64, slots,
              (uint64_t)slots[2] << 32 | slots[1]);
}

static void
point_set_f32(struct wio_instance *instance, uint32_t *slots)
{
    set_exact(instance, "set-f32", WIO_POINT_F32, slots, slots[1]);
}

static void
point_set_f64(struct wio_instance *instance, uint32_t *slots)
{
    set_exact(instance, "set-f64", WIO_POINT_F64, slots,
              (uint64_t)slots[2] << 32 | slots[1]);
}

static uint32_t
point_set_bad(struct wio_instance *instance, uint32_t handle, uint32_t code)
{
    struct wio_point_cell *cell = cell_of(instance, handle);
    int32_t err = 0;
    uint64_t now;
    uint32_t key;

    if (!cell) {
        err = WIO_ERR_BAD_HANDLE;
    } else if (!cell->provides) {
        err = WIO_ERR_NOT_PERMITTED;
    } else if ((int32_t)code >= 0) {
        err = WIO_ERR_INVALID_ARGUMENT;
    }
    if (err) {
        return wio_bind_refuse_(instance, "set-bad", err, handle, code);
    }
    now = now_ns(instance);
    key = enter(instance);
    wio_point_write_bad(cell, (int32_t)code, now);
    leave(instance, key);
    return 0;
}

/* -- Getting --------------------------------------------------------------- */

/* 0 and the bits, or why there is no good value to give. */
static int32_t
get(const struct wio_point_cell *cell, uint64_t *bits)
{
    struct wio_point_value value;

    wio_point_read(cell, &value);
    if (value.n_writes == 0) {
        return WIO_ERR_WOULD_BLOCK;
    }
    *bits = value.bits;
    return value.code;
}

static uint64_t
point_get_i32(struct wio_instance *instance, uint32_t handle)
{
    const struct wio_point_cell *cell = cell_of(instance, handle);
    uint64_t bits = 0;
    int32_t err = WIO_ERR_BAD_HANDLE;

    if (cell) {
        err = is_narrow(cell->type) ? get(cell, &bits)
                                    : (int32_t)WIO_ERR_INVALID_ARGUMENT;
    }
    if (err < 0) {
        wio_bind_refuse_(instance, "get-i32", err, handle, 0);
        return (uint64_t)(int64_t)err;
    }
    return (uint32_t)bits;
}

/* The value's @n_bytes, little-endian, to the guest's @at. */
static uint32_t
get_exact(struct wio_instance *instance, const char *what, uint8_t type,
          uint32_t n_bytes, uint32_t handle, uint32_t at)
{
    const struct wio_point_cell *cell = cell_of(instance, handle);
    uint8_t *to = wio_guest_range(instance, at, n_bytes);
    uint64_t bits = 0;
    int32_t err;

    if (!cell) {
        err = WIO_ERR_BAD_HANDLE;
    } else if (cell->type != type) {
        err = WIO_ERR_INVALID_ARGUMENT;
    } else if (!to) {
        err = WIO_ERR_FAULT;
    } else if (wio_bind_is_lent_(wio_bind_of_(instance), at, n_bytes, true)) {
        err = WIO_ERR_BUSY;
    } else {
        err = get(cell, &bits);
    }
    if (err < 0) {
        return wio_bind_refuse_(instance, what, err, handle, at);
    }
    for (uint32_t i = 0; i < n_bytes; i++) {
        to[i] = (uint8_t)(bits >> (8 * i));
    }
    return 0;
}

static uint32_t
point_get_i64(struct wio_instance *instance, uint32_t handle, uint32_t at)
{
    return get_exact(instance, "get-i64", WIO_POINT_I64, 8, handle, at);
}

static uint32_t
point_get_f32(struct wio_instance *instance, uint32_t handle, uint32_t at)
{
    return get_exact(instance, "get-f32", WIO_POINT_F32, 4, handle, at);
}

static uint32_t
point_get_f64(struct wio_instance *instance, uint32_t handle, uint32_t at)
{
    return get_exact(instance, "get-f64", WIO_POINT_F64, 8, handle, at);
}

static uint32_t
point_quality(struct wio_instance *instance, uint32_t handle)
{
    const struct wio_point_cell *cell = cell_of(instance, handle);
    struct wio_point_value value;

    if (!cell) {
        return wio_bind_refuse_(instance, "quality", WIO_ERR_BAD_HANDLE,
                                handle, 0);
    }
    wio_point_read(cell, &value);
    if (value.n_writes == 0) {
        return WIO_ABI_QUALITY_NONE;
    }
    return value.code < 0 ? WIO_ABI_QUALITY_BAD : WIO_ABI_QUALITY_GOOD;
}

#define ROW(name, type, fn, flags) \
    { WIO_MODULE_POINT, name, type, (wio_host_fn)(fn), flags }

static const struct wio_host_func functions[] = {
    ROW("set-i32", "ii:i", point_set_i32, WIO_HOST_LEAF),
    ROW("set-i64", "iI:i", point_set_i64, WIO_HOST_LEAF | WIO_HOST_SLOTS),
    ROW("set-f32", "if:i", point_set_f32, WIO_HOST_LEAF | WIO_HOST_SLOTS),
    ROW("set-f64", "iF:i", point_set_f64, WIO_HOST_LEAF | WIO_HOST_SLOTS),
    ROW("set-bad", "ii:i", point_set_bad, WIO_HOST_LEAF),
    ROW("get-i32", "i:I", point_get_i32, WIO_HOST_LEAF),
    ROW("get-i64", "ii:i", point_get_i64, WIO_HOST_LEAF),
    ROW("get-f32", "ii:i", point_get_f32, WIO_HOST_LEAF),
    ROW("get-f64", "ii:i", point_get_f64, WIO_HOST_LEAF),
    ROW("quality", "i:i", point_quality, WIO_HOST_LEAF),
};

const struct wio_bind_table wio_bind_point_ = {
    WIO_MODULE_POINT, functions, sizeof(functions) / sizeof(functions[0]),
    WIO_BIND_POINTS
};
