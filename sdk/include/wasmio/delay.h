/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wasmio/delay.h - waiting (wit/delay.wit)
 *
 * A delay ends no earlier than it says and counts against the budget of the
 * activation. One that cannot end within the budget ends the activation. Not
 * for handlers. For long waits return from main and be called again.
 */
#ifndef WASMIO_DELAY_H
#define WASMIO_DELAY_H

#include <wasmio/guest.h>

WASMIO_IMPORT(WIO_MODULE_DELAY, "delay-ns")
void wasmio_delay_ns(uint32_t ns);

WASMIO_IMPORT(WIO_MODULE_DELAY, "delay-us")
void wasmio_delay_us(uint32_t us);

WASMIO_IMPORT(WIO_MODULE_DELAY, "delay-ms")
void wasmio_delay_ms(uint32_t ms);

#endif
