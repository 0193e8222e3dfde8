/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench/ladder/native.c - the host functions of the SDK for native drivers
 *
 * drivers/sensor/tmp105/tmp105.c is compiled as it is and linked with these: a
 * handle means nothing, and the bus is the port's driver.
 */
#include <stdint.h>

#include <wio/err.h>

#include "ladder/machine.h"
#include "ladder/sdk.h"

static volatile int32_t point;

int32_t
wasmio_open(const char *name, uint32_t len)
{
    (void)name;
    (void)len;
    return 1;
}

int32_t
wasmio_log(int32_t level, const char *text, uint32_t len)
{
    (void)level;
    (void)text;
    (void)len;
    return WIO_OK;
}

int32_t
wasmio_gpio_set_state(int32_t handle, int32_t state)
{
    (void)handle;
    return machine_set_pin((uint32_t)state);
}

int32_t
wasmio_i2c_write(int32_t handle, uint32_t addr, const void *bytes,
                 uint32_t n_bytes)
{
    (void)handle;
    (void)addr;
    return machine_sensor_transfer(bytes, n_bytes, 0, 0);
}

int32_t
wasmio_i2c_write_read(int32_t handle, uint32_t addr, const void *written,
                      uint32_t n_written, void *read, uint32_t n_read)
{
    (void)handle;
    (void)addr;
    return machine_sensor_transfer(written, n_written, read, n_read);
}

int32_t
wasmio_point_set_i32(int32_t handle, int32_t value)
{
    (void)handle;
    point = value;
    return WIO_OK;
}

int32_t
wasmio_point_set_bad(int32_t handle, int32_t code)
{
    (void)handle;
    (void)code;
    return WIO_OK;
}
