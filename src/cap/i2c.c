/* SPDX-License-Identifier: Apache-2.0 */
/* cap/i2c.c - bus devices */
#include "cap/i2c.h"

int
wio_i2c_check(const struct wio_i2c_device *device, uint32_t addr,
              uint32_t w_len, uint32_t r_len)
{
    if (addr != 0 && addr != device->addr) {
        return WIO_ERR_NOT_PERMITTED;
    }
    if (w_len > device->max_transfer || r_len > device->max_transfer) {
        return WIO_ERR_NOT_PERMITTED;
    }
    if (w_len == 0 && r_len == 0) {
        return WIO_ERR_INVALID_ARGUMENT;
    }
    return 0;
}

int
wio_i2c_transfer(const struct wio_i2c_device *device, uint32_t addr,
                 const uint8_t *w, uint32_t w_len, uint8_t *r,
                 uint32_t r_len, uint64_t deadline_ns)
{
    int err = wio_i2c_check(device, addr, w_len, r_len);

    if (err) {
        return err;
    }
    return device->ops->transfer(device->ctx, device->addr, w, w_len, r, r_len,
                                 deadline_ns);
}
