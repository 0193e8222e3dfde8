/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wasmio/i2c.h - one device on an I2C bus (wit/i2c.wit, after wasi:i2c)
 *
 * The handle is of a device, whose bus and address only the board knows: pass
 * WASMIO_I2C_GRANTED as the address. Any other than the granted one is
 * refused. Buffers are checked whole before the bus is touched. A call ends
 * within the need's timeout-us. Not for handlers. Each function returns 0 or
 *   WIO_ERR_BAD_HANDLE        not an I2C device of this container, or closed,
 *                             or the grant was withdrawn
 *   WIO_ERR_NOT_PERMITTED     another address, or more than max-transfer bytes
 *   WIO_ERR_INVALID_ARGUMENT  nothing to transfer
 *   WIO_ERR_FAULT             a buffer is not in the container's memory
 *   WIO_ERR_TIMEOUT           not done in time; the bus was left free
 *   WIO_ERR_BUSY              a request is on the bus, or has the buffer
 *   WIO_ERR_I2C_NACK_ADDRESS  the device does not answer
 *   WIO_ERR_I2C_NACK_DATA     it refused a written byte
 *   WIO_ERR_I2C_BUS           a line is held; recovery was tried
 *   WIO_ERR_I2C_ARBITRATION   another master won
 */
#ifndef WASMIO_I2C_H
#define WASMIO_I2C_H

#include <wasmio/guest.h>

#define WASMIO_I2C_GRANTED 0u

WASMIO_IMPORT(WIO_MODULE_I2C, "read")
int32_t wasmio_i2c_read(int32_t handle, uint32_t addr, void *bytes,
                        uint32_t n_bytes);

WASMIO_IMPORT(WIO_MODULE_I2C, "write")
int32_t wasmio_i2c_write(int32_t handle, uint32_t addr, const void *bytes,
                         uint32_t n_bytes);

/* Write, repeated START, read: how most devices read a register. */
WASMIO_IMPORT(WIO_MODULE_I2C, "write-read")
int32_t wasmio_i2c_write_read(int32_t handle, uint32_t addr,
                              const void *written, uint32_t n_written,
                              void *read, uint32_t n_read);

/**
 * wasmio_i2c_transaction - operations one after the other
 * @ops: @n_ops of them, at most WIO_ABI_OPS_MAX; all are checked before the
 *       first bus action; the failed one has its cause in `status`
 */
WASMIO_IMPORT(WIO_MODULE_I2C, "transaction")
int32_t wasmio_i2c_transaction(int32_t handle, uint32_t addr,
                               struct wio_abi_op *ops, uint32_t n_ops);

/* Begins a write and read that goes on while the guest does something else;
 * either length may be 0, not both. Also from handlers. The need declares
 * `requests`. Returns a request (wasmio/request.h), or
 *   WIO_ERR_BUSY           as many as declared are there already, or a buffer
 *                          is lent to another request
 *   WIO_ERR_NOT_PERMITTED  also: the need has no `requests`
 *   and what is refused above; errors of the bus are the request's result */
WASMIO_IMPORT(WIO_MODULE_I2C, "submit")
int32_t wasmio_i2c_submit(int32_t handle, uint32_t addr, const void *written,
                          uint32_t n_written, void *read, uint32_t n_read);

#endif
