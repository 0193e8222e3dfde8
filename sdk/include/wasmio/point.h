/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wasmio/point.h - the process image: values with a name (wit/point.wit)
 *
 * `provides` in the configuration declares what this container publishes,
 * `consumes` what it reads; both are opened by their label. A point has a
 * quality beside its value: bad when the last attempt to measure it failed.
 * Errors:
 *   WIO_ERR_BAD_HANDLE        not a point of this container
 *   WIO_ERR_NOT_PERMITTED     set of a point that is consumed
 *   WIO_ERR_INVALID_ARGUMENT  a value its type cannot hold, a function of
 *                             another type, or a code that is no error
 * and of the functions that get
 *   WIO_ERR_WOULD_BLOCK       never written yet
 *   the code of its owner     it is bad
 *   WIO_ERR_FAULT             @value is not in the container's memory
 */
#ifndef WASMIO_POINT_H
#define WASMIO_POINT_H

#include <wasmio/guest.h>

/* For bool, i8 to i32 and u8 to u32 (pass those as they are). Returns 0. */
WASMIO_IMPORT(WIO_MODULE_POINT, "set-i32")
int32_t wasmio_point_set_i32(int32_t handle, int32_t value);
WASMIO_IMPORT(WIO_MODULE_POINT, "set-i64")
int32_t wasmio_point_set_i64(int32_t handle, int64_t value);
WASMIO_IMPORT(WIO_MODULE_POINT, "set-f32")
int32_t wasmio_point_set_f32(int32_t handle, float value);
WASMIO_IMPORT(WIO_MODULE_POINT, "set-f64")
int32_t wasmio_point_set_f64(int32_t handle, double value);

/* Marks it bad because of @code, a negative result; the last good value stays
 * readable for the host. Returns 0. */
WASMIO_IMPORT(WIO_MODULE_POINT, "set-bad")
int32_t wasmio_point_set_bad(int32_t handle, int32_t code);

/* The 32 bits of the value as a number >= 0 (cast them to the point's type),
 * or a negative error. */
WASMIO_IMPORT(WIO_MODULE_POINT, "get-i32")
int64_t wasmio_point_get_i32(int32_t handle);

/* 0 with the value in *@value, or a negative error. */
WASMIO_IMPORT(WIO_MODULE_POINT, "get-i64")
int32_t wasmio_point_get_i64(int32_t handle, int64_t *value);
WASMIO_IMPORT(WIO_MODULE_POINT, "get-f32")
int32_t wasmio_point_get_f32(int32_t handle, float *value);
WASMIO_IMPORT(WIO_MODULE_POINT, "get-f64")
int32_t wasmio_point_get_f64(int32_t handle, double *value);

/* enum wio_abi_quality, or WIO_ERR_BAD_HANDLE. */
WASMIO_IMPORT(WIO_MODULE_POINT, "quality")
int32_t wasmio_point_quality(int32_t handle);

#endif
