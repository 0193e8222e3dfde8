/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wasmio/request.h - transfers that go on by themselves (wit/request.wit)
 *
 * A class's submit begins one and returns its request, a positive number. Its
 * buffers are lent until it has ended: the host lets no other call use them
 * (WIO_ERR_BUSY), and what the guest's own instructions write there or read
 * from there is its own affair. A request waits for its turn on the bus; there
 * the need's timeout-us ends it. It holds its place, of those that the need
 * declares (`requests`), until its result was taken.
 *
 * That one has ended is told by a need of class `irq` with
 * `source = "completion"` and the device in `of`: its handler runs as at any
 * interrupt, or wasmio_irq_wait() in main returns. One event may stand for
 * several: ask wasmio_request_next_done() until there is none.
 *
 * Where the board's controller has no interrupt the request is over when submit
 * returns: the same calls, but the time is the caller's.
 */
#ifndef WASMIO_REQUEST_H
#define WASMIO_REQUEST_H

#include <wasmio/guest.h>

/* enum wio_abi_request_status, or WIO_ERR_BAD_HANDLE. */
WASMIO_IMPORT(WIO_MODULE_REQUEST, "status")
int32_t wasmio_request_status(int32_t request);

/* How it ended: bytes moved (of the read when there was one), an error of its
 * class, WIO_ERR_TIMEOUT or WIO_ERR_CANCELLED; then the request is no more.
 * WIO_ERR_WOULD_BLOCK as long as it has not. */
WASMIO_IMPORT(WIO_MODULE_REQUEST, "result")
int32_t wasmio_request_result(int32_t request);

/* Ends it now: the bus is free, its buffers are not touched any more, no event
 * comes. 0, also when it had ended before; the result tells which. */
WASMIO_IMPORT(WIO_MODULE_REQUEST, "cancel")
int32_t wasmio_request_cancel(int32_t request);

/* The one that ended first of those whose result was not taken, or
 * WIO_ERR_WOULD_BLOCK. */
WASMIO_IMPORT(WIO_MODULE_REQUEST, "next-done")
int32_t wasmio_request_next_done(void);

#endif
