/* SPDX-License-Identifier: Apache-2.0 */
/* bind/i2c.c - wasmio:i2c */
#include <wio/abi.h>

#include "bind/internal.h"
#include "bind/ops.h"

/* With the bus to ourselves. */
static int
transfer_alone(const struct wio_bind *bind,
               const struct wio_i2c_device *device, uint32_t addr,
               struct wio_span w, uint8_t *r, uint32_t r_len)
{
    uint32_t key = wio_bind_enter_bus_(bind, device->bus_ceiling);
    int err = wio_bus_take(device->bus);

    if (!err) {
        err = wio_i2c_transfer(device, addr, w.bytes, w.len, r, r_len,
                               wio_bind_deadline_ns_(bind,
                                                     device->timeout_us));
        wio_bus_give(device->bus);
    }
    wio_bind_leave_bus_(bind, device->bus_ceiling, key);
    return err;
}

/* One write and read; either may be of length 0, but its range must exist. */
static uint32_t
transfer(struct wio_instance *instance, const char *what, uint32_t handle,
         uint32_t addr, struct wio_guest_buffer w, struct wio_guest_buffer r)
{
    struct wio_bind *bind = wio_bind_of_(instance);
    const struct wio_i2c_device *device = wio_caps_i2c(&bind->caps, handle);
    const uint8_t *from = wio_guest_range(instance, w.at, w.len);
    uint8_t *to = wio_guest_range(instance, r.at, r.len);
    int err;

    if (!device) {
        return wio_bind_refuse_(instance, what, WIO_ERR_BAD_HANDLE, handle,
                                addr);
    }
    if (wio_bind_off_buses_(bind)) {
        return wio_bind_refuse_(instance, what, WIO_ERR_WOULD_BLOCK, handle,
                                addr);
    }
    if (!from || !to) {
        return wio_bind_refuse_(instance, what, WIO_ERR_FAULT, handle, addr);
    }
    if (wio_bind_is_lent_(bind, w.at, w.len, false) ||
        wio_bind_is_lent_(bind, r.at, r.len, true)) {
        return wio_bind_refuse_(instance, what, WIO_ERR_BUSY, handle, addr);
    }
    err = transfer_alone(bind, device, addr, (struct wio_span){ from, w.len },
                         to, r.len);
    wio_bind_check_time_(instance);
    return wio_bind_result_(instance, what, err, handle, addr);
}

#define NOTHING (struct wio_guest_buffer){ 0, 0 }

static uint32_t
i2c_read(struct wio_instance *instance, uint32_t handle, uint32_t addr,
         uint32_t at, uint32_t len)
{
    return transfer(instance, "read", handle, addr, NOTHING,
                    (struct wio_guest_buffer){ at, len });
}

static uint32_t
i2c_write(struct wio_instance *instance, uint32_t handle, uint32_t addr,
          uint32_t at, uint32_t len)
{
    return transfer(instance, "write", handle, addr,
                    (struct wio_guest_buffer){ at, len }, NOTHING);
}

static uint32_t
i2c_write_read(struct wio_instance *instance, uint32_t handle, uint32_t addr,
               uint32_t w_at, uint32_t w_len, uint32_t r_at, uint32_t r_len)
{
    return transfer(instance, "write-read", handle, addr,
                    (struct wio_guest_buffer){ w_at, w_len },
                    (struct wio_guest_buffer){ r_at, r_len });
}

/* -- Requests -------------------------------------------------------------- */

/* A handler may have closed the handle, or a fault withdrawn it, since it was
 * looked at. */
static int
call_now(struct wio_instance *instance, const struct wio_submission *s)
{
    struct wio_bind *bind = wio_bind_of_(instance);
    const struct wio_i2c_device *device = wio_caps_i2c(&bind->caps, s->handle);
    const struct wio_span w = {
        wio_guest_range(instance, s->w.at, s->w.len), s->w.len
    };
    int err = WIO_ERR_BAD_HANDLE;

    if (device) {
        err = transfer_alone(bind, device, 0, w,
                             wio_guest_range(instance, s->r.at, s->r.len),
                             s->r.len);
    }
    wio_bind_check_time_(instance);
    return err ? err : (int)(s->r.len > 0 ? s->r.len : s->w.len);
}

static uint32_t
i2c_submit(struct wio_instance *instance, uint32_t handle, uint32_t addr,
           uint32_t w_at, uint32_t w_len, uint32_t r_at, uint32_t r_len)
{
    const struct wio_i2c_device *device =
        wio_caps_i2c(&wio_bind_of_(instance)->caps, handle);
    int err = device ? wio_i2c_check(device, addr, w_len, r_len)
                     : (int)WIO_ERR_BAD_HANDLE;
    struct wio_submission submission = {
        .what = "submit",
        .w = { w_at, w_len },
        .r = { r_at, r_len },
        .handle = handle,
        .call = call_now,
    };

    if (err) {
        return wio_bind_refuse_(instance, "submit", err, handle, addr);
    }
    submission.requester = device->requester;
    submission.timeout_us = device->timeout_us;
    submission.addr = device->addr;
    return wio_bind_submit_(instance, &submission);
}

/* -- Transactions ---------------------------------------------------------- */

struct op {
    uint8_t *bytes;
    uint32_t len;
    uint8_t kind;
};

static int
take_op(struct wio_instance *instance, const struct wio_i2c_device *device,
        uint32_t addr, const struct wio_bind_op *asked, struct op *op)
{
    op->kind = asked->kind;
    op->len = asked->len;
    op->bytes = wio_guest_range(instance, asked->at, asked->len);
    if (asked->kind > WIO_ABI_OP_WRITE || asked->flags || asked->arg) {
        return WIO_ERR_INVALID_ARGUMENT;
    }
    if (!op->bytes) {
        return WIO_ERR_FAULT;
    }
    if (wio_bind_is_lent_(wio_bind_of_(instance), asked->at, op->len,
                          op->kind == WIO_ABI_OP_READ)) {
        return WIO_ERR_BUSY;
    }
    return op->kind == WIO_ABI_OP_READ
               ? wio_i2c_check(device, addr, 0, op->len)
               : wio_i2c_check(device, addr, op->len, 0);
}

/* A write directly followed by a read is one bus transaction with a repeated
 * START; every other operation is a transaction of its own. */
static int
run_ops(const struct wio_i2c_device *device, uint32_t addr, uint8_t *guest_ops,
        const struct op *ops, uint32_t n, uint64_t deadline_ns)
{
    uint8_t nothing[1] = { 0 };

    for (uint32_t i = 0; i < n; i++) {
        bool writes = ops[i].kind == WIO_ABI_OP_WRITE;
        bool pair = writes && i + 1 < n && ops[i + 1].kind == WIO_ABI_OP_READ;
        const struct op *r = pair ? &ops[i + 1] : &ops[i];
        int err = wio_i2c_transfer(device, addr,
                                   writes ? ops[i].bytes : nothing,
                                   writes ? ops[i].len : 0,
                                   writes && !pair ? nothing : r->bytes,
                                   writes && !pair ? 0 : r->len, deadline_ns);

        wio_bind_op_status_(guest_ops, i, err);
        if (err < 0) {
            return err;
        }
        if (pair) {
            i++;
            wio_bind_op_status_(guest_ops, i, 0);
        }
    }
    return 0;
}

static int
transaction(struct wio_instance *instance, const struct wio_i2c_device *device,
            uint32_t addr, uint32_t at, uint32_t n)
{
    struct wio_bind *bind = wio_bind_of_(instance);
    struct op ops[WIO_ABI_OPS_MAX];
    uint8_t *guest_ops;
    uint32_t key;
    int err;

    if (!device) {
        return WIO_ERR_BAD_HANDLE;
    }
    if (wio_bind_off_buses_(bind)) {
        return WIO_ERR_WOULD_BLOCK;
    }
    err = wio_bind_ops_(instance, at, n, &guest_ops);
    if (err) {
        return err;
    }
    for (uint32_t i = 0; i < n; i++) {
        const struct wio_bind_op op = wio_bind_op_(guest_ops, i);

        err = take_op(instance, device, addr, &op, &ops[i]);
        if (err) {
            wio_bind_op_status_(guest_ops, i, err);
            return err;
        }
    }
    key = wio_bind_enter_bus_(bind, device->bus_ceiling);
    err = wio_bus_take(device->bus);
    if (!err) {
        err = run_ops(device, addr, guest_ops, ops, n,
                      wio_bind_deadline_ns_(bind, device->timeout_us));
        wio_bus_give(device->bus);
    }
    wio_bind_leave_bus_(bind, device->bus_ceiling, key);
    return err;
}

static uint32_t
i2c_transaction(struct wio_instance *instance, uint32_t handle, uint32_t addr,
                uint32_t at, uint32_t n)
{
    struct wio_bind *bind = wio_bind_of_(instance);
    int err = transaction(instance, wio_caps_i2c(&bind->caps, handle), addr,
                          at, n);

    wio_bind_check_time_(instance);
    return wio_bind_result_(instance, "transaction", err, handle, at);
}

#define ROW(name, type, fn) \
    { WIO_MODULE_I2C, name, type, (wio_host_fn)(fn), 0 }

static const struct wio_host_func functions[] = {
    ROW("read", "iiii:i", i2c_read),
    ROW("write", "iiii:i", i2c_write),
    ROW("write-read", "iiiiii:i", i2c_write_read),
    ROW("transaction", "iiii:i", i2c_transaction),
    ROW("submit", "iiiiii:i", i2c_submit),
};

const struct wio_bind_table wio_bind_i2c_ = {
    WIO_MODULE_I2C, functions, sizeof(functions) / sizeof(functions[0]),
    WIO_NEED_I2C_DEVICE
};
