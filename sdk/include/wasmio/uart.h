/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wasmio/uart.h - a serial line that the host drives (wit/uart.wit)
 *
 * 8 data bits, no parity, 1 stop bit. To drive a UART's registers yourself see
 * wasmio/mmio.h. Errors of both functions:
 *   WIO_ERR_BAD_HANDLE     not a line of this container, or closed, or the
 *                          grant was withdrawn
 *   WIO_ERR_FAULT          the buffer is not in the container's memory
 *   WIO_ERR_NOT_PERMITTED  more than max-transfer bytes
 * No bytes at all are 0.
 */
#ifndef WASMIO_UART_H
#define WASMIO_UART_H

#include <wasmio/guest.h>

/* The number of bytes taken within the need's timeout-us, at most @n_bytes;
 * WIO_ERR_TIMEOUT when none was. Not for handlers. */
WASMIO_IMPORT(WIO_MODULE_UART, "write")
int32_t wasmio_uart_write(int32_t handle, const void *bytes,
                          uint32_t n_bytes);

/* The number of bytes that were there, at most @n_bytes; never waits.
 * WIO_ERR_WOULD_BLOCK when there were none; WIO_ERR_UART_FRAMING, _PARITY,
 * _OVERRUN, _BREAK when the receiver reports one, once for each. */
WASMIO_IMPORT(WIO_MODULE_UART, "read")
int32_t wasmio_uart_read(int32_t handle, void *bytes, uint32_t n_bytes);

/* Begin to send, or to receive until @n_bytes are there, while the guest does
 * something else; one each way goes on at a time. What was received when the
 * time was over, or until it was cancelled, counts. As wasmio_i2c_submit(). */
WASMIO_IMPORT(WIO_MODULE_UART, "submit-write")
int32_t wasmio_uart_submit_write(int32_t handle, const void *bytes,
                                 uint32_t n_bytes);
WASMIO_IMPORT(WIO_MODULE_UART, "submit-read")
int32_t wasmio_uart_submit_read(int32_t handle, void *bytes, uint32_t n_bytes);

#endif
