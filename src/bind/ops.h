/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bind/ops.h - arrays of operations: struct wio_abi_op in a guest's memory
 *
 * The host works on copies: the guest's own may be overwritten by what an
 * earlier operation reads.
 */
#ifndef WIO_BIND_OPS_H
#define WIO_BIND_OPS_H

#include "bind/internal.h"

struct wio_bind_op {
    uint32_t at;                   /* guest address */
    uint32_t len;
    uint32_t arg;
    uint8_t kind;                  /* enum wio_abi_op_kind, if that */
    uint8_t flags;
};

static inline uint32_t
wio_bind_word_(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 |
           (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

static inline struct wio_bind_op
wio_bind_op_(const uint8_t *ops, uint32_t i)
{
    const uint8_t *from = ops + i * WIO_ABI_OP_SIZE;

    return (struct wio_bind_op){
        .at = wio_bind_word_(from + 4),
        .len = wio_bind_word_(from + 8),
        .arg = wio_bind_word_(from + 12),
        .kind = from[0],
        .flags = from[1],
    };
}

/* What became of operation @i. */
static inline void
wio_bind_op_status_(uint8_t *ops, uint32_t i, int err)
{
    uint8_t *status = ops + i * WIO_ABI_OP_SIZE + 2;

    status[0] = err < 0 ? (uint8_t)WIO_ERR_CAUSE(err) : 0;
    status[1] = 0;
}

/* The guest's array: 0 and *@ops, WIO_ERR_INVALID_ARGUMENT (none, or too many),
 * WIO_ERR_FAULT, or WIO_ERR_BUSY (lent to a request). */
static inline int
wio_bind_ops_(struct wio_instance *instance, uint32_t at, uint32_t n,
              uint8_t **ops)
{
    if (n == 0 || n > WIO_ABI_OPS_MAX) {
        return WIO_ERR_INVALID_ARGUMENT;
    }
    *ops = wio_guest_range(instance, at, n * WIO_ABI_OP_SIZE);
    if (!*ops) {
        return WIO_ERR_FAULT;
    }
    return wio_bind_is_lent_(wio_bind_of_(instance), at, n * WIO_ABI_OP_SIZE,
                             true) ? (int)WIO_ERR_BUSY : 0;
}

#endif
