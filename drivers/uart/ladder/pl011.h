/* SPDX-License-Identifier: Apache-2.0 */
/* PL011, ARM DDI 0183G, section 3.3 */
#ifndef PL011_H
#define PL011_H

#define DEVICE_DATA 0x00u            /* UARTDR */
#define DEVICE_STATUS 0x18u          /* UARTFR */
#define DEVICE_TX_FULL 0x20u
#define DEVICE_RX_MASK 0x10u         /* RXFE: there is a byte when it is 0 */
#define DEVICE_RX_THERE 0x00u

/* 3.3.8: disable, flush, set up, enable. */
#define DEVICE_SET_UP                                                \
    {                                                                \
        WASMIO_WRITE(4, 0x30, 0),        /* UARTCR */                \
        WASMIO_WRITE(4, 0x2c, 0),        /* UARTLCR_H: flushes */    \
        WASMIO_WRITE(4, 0x38, 0),        /* UARTIMSC: none */        \
        WASMIO_WRITE(4, 0x44, 0x7ff),    /* UARTICR: all */          \
        WASMIO_WRITE(4, 0x04, 0),        /* UARTECR */               \
        WASMIO_WRITE(4, 0x2c, 0x70),     /* 8 bits, FIFOs */         \
        WASMIO_WRITE(4, 0x30, 0x301),    /* UARTEN TXE RXE */        \
    }

#endif
