/* SPDX-License-Identifier: Apache-2.0 */
/* bind/spi.c - wasmio:spi */
#include <wio/abi.h>

#include "bind/internal.h"
#include "bind/ops.h"

/* Who asks for what: the same for every function of the module. */
struct call {
    struct wio_instance *instance;
    struct wio_bind *bind;
    const struct wio_spi_device *device;
};

static int
begin(struct call *call, struct wio_instance *instance, uint32_t handle)
{
    call->instance = instance;
    call->bind = wio_bind_of_(instance);
    call->device = wio_caps_spi(&call->bind->caps, handle);
    if (!call->device) {
        return WIO_ERR_BAD_HANDLE;
    }
    return wio_bind_off_buses_(call->bind) ? WIO_ERR_WOULD_BLOCK : 0;
}

static bool
is_lent(const struct call *call, uint32_t at, uint32_t len, bool writes)
{
    return wio_bind_is_lent_(call->bind, at, len, writes);
}

/* Checked segments; the bus is touched in here and nowhere else. */
static int
run(const struct call *call, const struct wio_spi_segment *segments,
    uint32_t n)
{
    const struct wio_spi_device *device = call->device;
    uint32_t key = wio_bind_enter_bus_(call->bind, device->bus_ceiling);
    int err = wio_bus_take(device->bus);

    if (!err) {
        err = wio_spi_transfer(device, segments, n,
                               wio_bind_deadline_ns_(call->bind,
                                                     device->timeout_us));
        wio_bus_give(device->bus);
    }
    wio_bind_leave_bus_(call->bind, device->bus_ceiling, key);
    wio_bind_check_time_(call->instance);
    return err;
}

/* -- One operation --------------------------------------------------------- */

#define SENDS 1u
#define RECEIVES 2u

static uint32_t
transfer(struct wio_instance *instance, const char *what, uint32_t handle,
         uint32_t ways, uint32_t w_at, uint32_t r_at, uint32_t len)
{
    struct call call;
    int err = begin(&call, instance, handle);

    if (!err) {
        const struct wio_spi_segment segment = {
            .w = ways & SENDS ? wio_guest_range(instance, w_at, len) : NULL,
            .r = ways & RECEIVES ? wio_guest_range(instance, r_at, len) : NULL,
            .len = len,
        };

        err = (ways & SENDS && !segment.w) || (ways & RECEIVES && !segment.r)
                  ? (int)WIO_ERR_FAULT
              : (ways & SENDS && is_lent(&call, w_at, len, false)) ||
                        (ways & RECEIVES && is_lent(&call, r_at, len, true))
                  ? (int)WIO_ERR_BUSY
                  : run(&call, &segment, 1);
    }
    return wio_bind_result_(instance, what, err, handle, len);
}

static uint32_t
spi_read(struct wio_instance *instance, uint32_t handle, uint32_t at,
         uint32_t len)
{
    return transfer(instance, "read", handle, RECEIVES, 0, at, len);
}

static uint32_t
spi_write(struct wio_instance *instance, uint32_t handle, uint32_t at,
          uint32_t len)
{
    return transfer(instance, "write", handle, SENDS, at, 0, len);
}

static uint32_t
spi_transfer(struct wio_instance *instance, uint32_t handle, uint32_t w_at,
             uint32_t r_at, uint32_t len)
{
    return transfer(instance, "transfer", handle, SENDS | RECEIVES, w_at, r_at,
                    len);
}

static uint32_t
spi_transfer_in_place(struct wio_instance *instance, uint32_t handle,
                      uint32_t at, uint32_t len)
{
    return transfer(instance, "transfer-in-place", handle, SENDS | RECEIVES,
                    at, at, len);
}

/* -- Transactions ---------------------------------------------------------- */

static int
take_delay(const struct wio_bind_op *op, struct wio_spi_segment *segment)
{
    if (op->at || op->arg) {
        return WIO_ERR_INVALID_ARGUMENT;
    }
    segment->delay_ns = op->len;
    return 0;
}

/* Whether a request has what this operation reads into or sends. */
static bool
has_lent(const struct call *call, const struct wio_bind_op *op)
{
    switch (op->kind) {
    case WIO_ABI_OP_WRITE:
        return is_lent(call, op->at, op->len, false);
    case WIO_ABI_OP_TRANSFER:
        return is_lent(call, op->at, op->len, false) ||
               is_lent(call, op->arg, op->len, true);
    case WIO_ABI_OP_DELAY:
        return false;
    case WIO_ABI_OP_POLL:
        return is_lent(call, op->at, 1, true);
    default:
        return is_lent(call, op->at, op->len, true);
    }
}

static int
take_poll(struct wio_instance *instance, const struct wio_bind_op *op,
          struct wio_spi_segment *segment)
{
    segment->r = wio_guest_range(instance, op->at, 1);
    segment->len = op->len;
    segment->polls = true;
    segment->poll = (struct wio_spi_poll){
        .skip = (uint8_t)op->arg,
        .skip_mask = (uint8_t)(op->arg >> 8),
        .want = (uint8_t)(op->arg >> 16),
        .want_mask = (uint8_t)(op->arg >> 24),
    };
    return segment->r ? 0 : WIO_ERR_FAULT;
}

/* What an operation asks for; ranges are checked here, limits with all
 * segments together. */
static int
take_op(struct wio_instance *instance, const struct wio_bind_op *op,
        struct wio_spi_segment *segment)
{
    uint8_t *bytes;

    *segment = (struct wio_spi_segment){
        .unselected = op->flags == WIO_ABI_OP_UNSELECTED
    };
    if (op->kind > WIO_ABI_OP_POLL ||
        (op->flags & ~WIO_ABI_OP_UNSELECTED)) {
        return WIO_ERR_INVALID_ARGUMENT;
    }
    if (op->kind == WIO_ABI_OP_DELAY) {
        return take_delay(op, segment);
    }
    if (op->kind == WIO_ABI_OP_POLL) {
        return take_poll(instance, op, segment);
    }
    if (op->kind != WIO_ABI_OP_TRANSFER && op->arg) {
        return WIO_ERR_INVALID_ARGUMENT;
    }
    bytes = wio_guest_range(instance, op->at, op->len);
    segment->len = op->len;
    segment->w = op->kind == WIO_ABI_OP_READ ? NULL : bytes;
    segment->r = op->kind == WIO_ABI_OP_WRITE ? NULL : bytes;
    if (op->kind == WIO_ABI_OP_TRANSFER) {
        segment->r = wio_guest_range(instance, op->arg, op->len);
    }
    return bytes && (segment->r || op->kind == WIO_ABI_OP_WRITE)
               ? 0
               : WIO_ERR_FAULT;
}

static int
transaction(const struct call *call, uint32_t at, uint32_t n)
{
    struct wio_spi_segment segments[WIO_ABI_OPS_MAX];
    uint8_t *guest_ops;
    uint32_t wrong = 0;
    int err = wio_bind_ops_(call->instance, at, n, &guest_ops);

    if (err) {
        return err;
    }
    for (uint32_t i = 0; i < n && !err; i++) {
        const struct wio_bind_op op = wio_bind_op_(guest_ops, i);

        wrong = i;
        err = take_op(call->instance, &op, &segments[i]);
        err = !err && has_lent(call, &op) ? (int)WIO_ERR_BUSY : err;
    }
    if (!err) {
        err = wio_spi_check(call->device, segments, n, &wrong);
    }
    if (err) {
        wio_bind_op_status_(guest_ops, wrong, err);
        return err;
    }
    /* The bus does not say which one it was; none is known to be done. */
    err = run(call, segments, n);
    for (uint32_t i = 0; i < n; i++) {
        wio_bind_op_status_(guest_ops, i, err);
    }
    return err;
}

static uint32_t
spi_transaction(struct wio_instance *instance, uint32_t handle, uint32_t at,
                uint32_t n)
{
    struct call call;
    int err = begin(&call, instance, handle);

    return wio_bind_result_(instance, "transaction",
                            err ? err : transaction(&call, at, n), handle, at);
}

/* -- Requests -------------------------------------------------------------- */

static int
call_now(struct wio_instance *instance, const struct wio_submission *s)
{
    const struct wio_spi_segment segment = {
        .w = s->w.len ? wio_guest_range(instance, s->w.at, s->w.len) : NULL,
        .r = s->r.len ? wio_guest_range(instance, s->r.at, s->r.len) : NULL,
        .len = s->w.len ? s->w.len : s->r.len,
    };
    struct call call;
    int err = begin(&call, instance, s->handle);

    err = err ? err : run(&call, &segment, 1);
    return err ? err : (int)segment.len;
}

/* Both lengths the same, or one of them 0. */
static int
check_submit(const struct wio_spi_device *device, uint32_t w_len,
             uint32_t r_len)
{
    if (!device) {
        return WIO_ERR_BAD_HANDLE;
    }
    if ((w_len != r_len && w_len && r_len) || (!w_len && !r_len)) {
        return WIO_ERR_INVALID_ARGUMENT;
    }
    return w_len > device->max_transfer || r_len > device->max_transfer
               ? WIO_ERR_NOT_PERMITTED : 0;
}

static uint32_t
spi_submit(struct wio_instance *instance, uint32_t handle, uint32_t w_at,
           uint32_t w_len, uint32_t r_at, uint32_t r_len)
{
    const struct wio_spi_device *device =
        wio_caps_spi(&wio_bind_of_(instance)->caps, handle);
    int err = check_submit(device, w_len, r_len);
    struct wio_submission submission = {
        .what = "submit",
        .w = { w_at, w_len },
        .r = { r_at, r_len },
        .handle = handle,
        .call = call_now,
    };

    if (err) {
        return wio_bind_refuse_(instance, "submit", err, handle, w_len);
    }
    submission.requester = device->requester;
    submission.timeout_us = device->timeout_us;
    submission.chip = &device->chip;
    return wio_bind_submit_(instance, &submission);
}

#define ROW(name, type, fn) \
    { WIO_MODULE_SPI, name, type, (wio_host_fn)(fn), 0 }

static const struct wio_host_func functions[] = {
    ROW("read", "iii:i", spi_read),
    ROW("write", "iii:i", spi_write),
    ROW("transfer", "iiii:i", spi_transfer),
    ROW("transfer-in-place", "iii:i", spi_transfer_in_place),
    ROW("transaction", "iii:i", spi_transaction),
    ROW("submit", "iiiii:i", spi_submit),
};

const struct wio_bind_table wio_bind_spi_ = {
    WIO_MODULE_SPI, functions, sizeof(functions) / sizeof(functions[0]),
    WIO_NEED_SPI_DEVICE
};
