/* SPDX-License-Identifier: Apache-2.0 */
/*
 * APB UART of the Cortex-M System Design Kit, ARM DDI 0479D, "APB UART": one
 * byte of buffer. Its interrupt stays until it is cleared, and is cleared
 * before the byte is taken: afterwards it could be the next byte's.
 */
#include <wasmio/mmio.h>

#include "device.h"

#define DATA 0x00u
#define STATE 0x04u
#define STATE_RX_FULL 0x2u
#define STATE_OVERRUNS 0xcu     /* write 1 to clear */
#define STATE_RX_OVERRUN 0x8u
#define CTRL 0x08u
#define CTRL_RX_ENABLE 0x2u
#define CTRL_RX_INTERRUPT 0x8u
#define INTCLEAR 0x0cu          /* write 1 to clear */
#define INTCLEAR_RX 0x2u
#define INTCLEAR_ALL 0xfu

const uint32_t device_bytes = 1;

int32_t
device_start(int32_t uart)
{
    int32_t err = wasmio_mmio_write32(uart, CTRL, 0);

    if (err >= 0) {
        err = wasmio_mmio_write32(uart, INTCLEAR, INTCLEAR_ALL);
    }
    if (err >= 0) {
        err = wasmio_mmio_write32(uart, STATE, STATE_OVERRUNS);
    }
    if (err >= 0) {
        err = wasmio_mmio_write32(uart, CTRL,
                                  CTRL_RX_ENABLE | CTRL_RX_INTERRUPT);
    }
    return err;
}

int32_t
device_take(int32_t uart)
{
    const int64_t state = wasmio_mmio_read32(uart, STATE);
    int64_t data;
    uint32_t overrun = 0;

    if (state < 0 || (state & STATE_RX_FULL) == 0) {
        return WIO_ERR_WOULD_BLOCK;
    }
    (void)wasmio_mmio_write32(uart, INTCLEAR, INTCLEAR_RX);
    data = wasmio_mmio_read32(uart, DATA);
    if (data < 0) {
        return WIO_ERR_WOULD_BLOCK;
    }
    if ((state & STATE_RX_OVERRUN) != 0) {
        (void)wasmio_mmio_write32(uart, STATE, STATE_RX_OVERRUN);
        overrun = DEVICE_OVERRUN;
    }
    return (int32_t)(((uint32_t)data & DEVICE_BYTE) | overrun);
}
