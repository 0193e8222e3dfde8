/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What receive.c needs of a UART; pl011.c and cmsdk.c have it. @uart is the
 * handle of the register window; errors are negative codes.
 */
#ifndef DEVICE_H
#define DEVICE_H

#include <wasmio/guest.h>

/* Most bytes that are taken at one interrupt; the rest asks again. */
extern const uint32_t device_bytes;

/* Receiving with its interrupt, at the baud rate that the owner has set. */
int32_t device_start(int32_t uart);

/* From the handler: the oldest byte and what is known of it, or
 * WIO_ERR_WOULD_BLOCK when there is none. */
#define DEVICE_BYTE 0xffu
#define DEVICE_BAD 0x100u       /* framing, parity or a break: not a byte */
#define DEVICE_OVERRUN 0x200u   /* bytes before it were lost in the device */
int32_t device_take(int32_t uart);

#endif
