/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench/ladder/sdk.h - the SDK's headers where there is no WebAssembly
 *
 * Included in front of a container's source that is compiled natively: imports
 * are functions of native.c, exports are plain functions.
 */
#ifndef BENCH_LADDER_SDK_H
#define BENCH_LADDER_SDK_H

#include <wasmio/guest.h>

#undef WASMIO_IMPORT
#undef WASMIO_EXPORT
#define WASMIO_IMPORT(module, name)
#define WASMIO_EXPORT(name)

#include <wasmio/core.h>
#include <wasmio/gpio.h>
#include <wasmio/i2c.h>
#include <wasmio/point.h>

/* The exports of drivers/sensor/tmp105/tmp105.c, renamed. */
#define init native_sensor_init
#define poll native_sensor_poll
#define read_now native_sensor_read
int32_t native_sensor_init(void);
void native_sensor_poll(void);
int64_t native_sensor_read(void);

#endif
