/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wasmio/serve.h - a container that serves others (wit/serve.wit)
 *
 * The container works the registers of a bus controller, says so in its
 * configuration,
 *
 *     provides {
 *         bus { class = "spi"; of = "registers"; entry = "transfer";
 *               max-transfer = <64>; budget-us = <100>; byte-ns = <9000>; };
 *     };
 *
 * and whoever has a device on that bus calls, without knowing it,
 *
 *     WASMIO_SERVE_BUFFER(64);
 *     WASMIO_HANDLER_STACK(256);
 *
 *     WASMIO_EXPORT("transfer") int32_t
 *     transfer(uint32_t select, uint32_t flags, uint32_t divisor,
 *              uint32_t n_bytes)
 *
 * What is to be sent is in wasmio_serve_buffer; what comes takes its place.
 * @flags: WIO_ABI_SERVE_* of wio/abi.h. It is called at the level of whoever
 * calls, one call at a time, and may interrupt this container's main anywhere:
 * what applies to a handler applies here (wasmio/irq.h), no call of another bus
 * included, except that it may wait for its device (wasmio/delay.h, poll32)
 * within budget-us and byte-ns a byte. One that takes longer is ended, and the
 * container faulted. Returns 0, WIO_ERR_TIMEOUT or WIO_ERR_SPI_*, with the chip
 * released. Build with SERVES (sdk/cmake).
 */
#ifndef WASMIO_SERVE_H
#define WASMIO_SERVE_H

#include <wasmio/guest.h>

/* Once, at top level: at least max-transfer bytes. */
#define WASMIO_SERVE_BUFFER(bytes)                                  \
    __attribute__((aligned(4), visibility("default")))              \
    uint8_t wasmio_serve_buffer[bytes]

#endif
