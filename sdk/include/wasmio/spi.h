/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wasmio/spi.h - one chip on an SPI bus (wit/spi.wit, after wasi:spi)
 *
 * The handle is of a chip: its bus, chip select, mode and clock are the
 * board's. A call is one transaction: the chip is selected from its first bit
 * to its last. 0xff is sent while nothing else is. Buffers are checked whole
 * before the bus is touched. A call ends within the need's timeout-us. Not for
 * handlers. Each function returns 0 or
 *   WIO_ERR_BAD_HANDLE        not an SPI device of this container, or closed,
 *                             or the grant was withdrawn
 *   WIO_ERR_NOT_PERMITTED     an operation of more than max-transfer bytes, or
 *                             delays of more than timeout-us
 *   WIO_ERR_INVALID_ARGUMENT  nothing to transfer, or two buffers that overlap
 *                             without being the same
 *   WIO_ERR_FAULT             a buffer is not in the container's memory
 *   WIO_ERR_TIMEOUT           not done in time, or a poll met nothing; the
 *                             chip was released
 *   WIO_ERR_SPI_OVERRUN       bytes came that the controller lost
 *   WIO_ERR_SPI_OTHER         a poll met what it does not want
 * and the rest of domain 2, which the controller reports.
 * A chip that does not answer is no error of the bus: all bits read as 1, or
 * as whatever its line is pulled to.
 */
#ifndef WASMIO_SPI_H
#define WASMIO_SPI_H

#include <wasmio/guest.h>

WASMIO_IMPORT(WIO_MODULE_SPI, "read")
int32_t wasmio_spi_read(int32_t handle, void *bytes, uint32_t n_bytes);

WASMIO_IMPORT(WIO_MODULE_SPI, "write")
int32_t wasmio_spi_write(int32_t handle, const void *bytes, uint32_t n_bytes);

/* Both ways at once, @n_bytes each. */
WASMIO_IMPORT(WIO_MODULE_SPI, "transfer")
int32_t wasmio_spi_transfer(int32_t handle, const void *written, void *read,
                            uint32_t n_bytes);

/* What is read takes the place of what was sent. */
WASMIO_IMPORT(WIO_MODULE_SPI, "transfer-in-place")
int32_t wasmio_spi_transfer_in_place(int32_t handle, void *bytes,
                                     uint32_t n_bytes);

/**
 * wasmio_spi_transaction - operations one after the other, the chip selected
 * @ops: @n_ops of them, at most WIO_ABI_OPS_MAX; all are checked before the
 *       first bus action, and one that is refused has the cause in `status`.
 *       On an error of the bus all have its cause: how far it came is not
 *       known.
 */
WASMIO_IMPORT(WIO_MODULE_SPI, "transaction")
int32_t wasmio_spi_transaction(int32_t handle, struct wio_abi_op *ops,
                               uint32_t n_ops);

/* Begins an exchange that goes on while the guest does something else: both
 * lengths are the same, or one is 0 (0xff is sent, or what comes is dropped).
 * As wasmio_i2c_submit(). */
WASMIO_IMPORT(WIO_MODULE_SPI, "submit")
int32_t wasmio_spi_submit(int32_t handle, const void *written,
                          uint32_t n_written, void *read, uint32_t n_read);

#endif
