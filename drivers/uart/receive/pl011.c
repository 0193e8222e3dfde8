/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PrimeCell UART (PL011), ARM DDI 0183G: section numbers below. Its FIFO holds
 * 16 bytes. It interrupts when two are there, or one and 32 bit times of
 * silence; either is over when the FIFO is empty, and nothing is cleared by
 * hand: a byte that came in between would go unheard.
 */
#include <wasmio/mmio.h>

#include "device.h"

#define UARTDR 0x00u            /* 3.3.1: a byte carries its errors */
#define UARTDR_DATA 0x0ffu
#define UARTDR_FE_PE_BE 0x700u
#define UARTDR_OE 0x800u
#define UARTECR 0x04u           /* 3.3.2: a write clears the errors */
#define UARTFR 0x18u            /* 3.3.3 */
#define UARTFR_RXFE 0x10u
#define UARTLCR_H 0x2cu         /* 3.3.7: FEN = 0 empties the FIFOs */
#define UARTLCR_H_WLEN_8_FEN 0x70u
#define UARTCR 0x30u            /* 3.3.8 */
#define UARTCR_UARTEN_RXE 0x201u
#define UARTIFLS 0x34u          /* 3.3.9: both at 1/8 */
#define UARTIMSC 0x38u          /* 3.3.10 */
#define UARTIMSC_RX_RT 0x050u
#define UARTICR 0x44u           /* 3.3.13 */
#define UARTICR_ALL 0x7ffu

/* More than come in the least distance of two interrupts, at 57600 baud. */
const uint32_t device_bytes = 8;

int32_t
device_start(int32_t uart)
{
    static const uint16_t sequence[][2] = {
        { UARTCR, 0 },
        { UARTLCR_H, 0 },
        { UARTICR, UARTICR_ALL },
        { UARTECR, 0 },
        { UARTIFLS, 0 },
        { UARTLCR_H, UARTLCR_H_WLEN_8_FEN },
        { UARTIMSC, UARTIMSC_RX_RT },
        { UARTCR, UARTCR_UARTEN_RXE },
    };
    int32_t err = 0;

    for (uint32_t i = 0; i < sizeof(sequence) / sizeof(sequence[0]) &&
         err >= 0; i++) {
        err = wasmio_mmio_write32(uart, sequence[i][0], sequence[i][1]);
    }
    return err;
}

int32_t
device_take(int32_t uart)
{
    const int64_t flags = wasmio_mmio_read32(uart, UARTFR);
    int64_t data;
    uint32_t taken;

    if (flags < 0 || (flags & UARTFR_RXFE) != 0) {
        return WIO_ERR_WOULD_BLOCK;
    }
    data = wasmio_mmio_read32(uart, UARTDR);
    if (data < 0) {
        return WIO_ERR_WOULD_BLOCK;
    }
    taken = (uint32_t)data & UARTDR_DATA;
    if ((data & (UARTDR_OE | UARTDR_FE_PE_BE)) != 0) {
        taken |= (data & UARTDR_OE) != 0 ? DEVICE_OVERRUN : 0;
        taken |= (data & UARTDR_FE_PE_BE) != 0 ? DEVICE_BAD : 0;
    }
    return (int32_t)taken;
}
