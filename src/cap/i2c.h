/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cap/i2c.h - one device on a bus, its address fixed by the grant
 *
 * The guest may name the address, as wasi:i2c does, but only this one; 0
 * stands for it. Both lengths are bounded by the grant's max-transfer.
 *
 * Context: task context; the bus belongs to the host and is used by one
 * caller at a time. No allocation.
 */
#ifndef WIO_CAP_I2C_H
#define WIO_CAP_I2C_H

#include <stdint.h>

#include <wio/err.h>
#include <wio/port.h>

struct wio_bus;
struct wio_requester;

struct wio_i2c_device {
    uint32_t handle;               /* first, in every class */
    const struct wio_i2c_ops *ops;
    void *ctx;
    uint32_t max_transfer;         /* bytes, each way */
    uint32_t timeout_us;           /* of one call */
    uint16_t addr;                 /* 7 bits */
    uint8_t bus_ceiling;           /* 1 + level to be raised to during a
                                      transfer; 0: nobody shares the bus */
    uint8_t next_ceiling;          /* what it is to become */
    struct wio_bus *bus;           /* requests may be on it; NULL: never */
    struct wio_requester *requester;  /* of this need, or NULL */
};

/**
 * wio_i2c_check - would this transfer be allowed; touches nothing
 * Returns 0, WIO_ERR_NOT_PERMITTED (another address, longer than
 * max-transfer) or WIO_ERR_INVALID_ARGUMENT (no byte at all).
 */
WIO_MUST_CHECK
int wio_i2c_check(const struct wio_i2c_device *device, uint32_t addr,
                  uint32_t w_len, uint32_t r_len);

/* Checks, then transfers by @deadline_ns; a refusal or the port's result. */
WIO_MUST_CHECK
int wio_i2c_transfer(const struct wio_i2c_device *device, uint32_t addr,
                     const uint8_t *w, uint32_t w_len, uint8_t *r,
                     uint32_t r_len, uint64_t deadline_ns);

#endif
