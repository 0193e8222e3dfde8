/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wasmio/time.h - the controller's clock (wit/time.wit)
 */
#ifndef WASMIO_TIME_H
#define WASMIO_TIME_H

#include <wasmio/guest.h>

/* Nanoseconds since some start; never backwards. Any entry. */
WASMIO_IMPORT(WIO_MODULE_TIME, "now-ns")
uint64_t wasmio_now_ns(void);

#endif
