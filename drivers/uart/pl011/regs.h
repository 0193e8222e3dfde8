/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PrimeCell UART (PL011): ARM DDI 0183G, Technical Reference Manual. Offsets
 * are from section 3.2, bits from the section named at each register. Only
 * what the driver uses.
 */
#ifndef PL011_REGS_H
#define PL011_REGS_H

/* 3.3.1 Data Register: a received byte carries its errors. */
#define UARTDR 0x00u
#define UARTDR_DATA 0x0ffu
#define UARTDR_FE 0x100u        /* framing */
#define UARTDR_PE 0x200u        /* parity */
#define UARTDR_BE 0x400u        /* break */
#define UARTDR_OE 0x800u        /* overrun: bytes before this one were lost */

/* 3.3.2 Receive Status Register / Error Clear Register: a write clears. */
#define UARTECR 0x04u

/* 3.3.3 Flag Register */
#define UARTFR 0x18u
#define UARTFR_BUSY 0x08u       /* still sending */
#define UARTFR_RXFE 0x10u       /* nothing received */
#define UARTFR_TXFF 0x20u       /* no room to send */

/* 3.3.5 Integer Baud Rate Register */
#define UARTIBRD 0x24u

/* 3.3.7 Line Control Register: its write also latches the baud rate divisor,
 * and clearing FEN empties the FIFOs. */
#define UARTLCR_H 0x2cu
#define UARTLCR_H_FEN 0x10u     /* FIFOs on */
#define UARTLCR_H_WLEN_8 0x60u  /* 8 bits, no parity, 1 stop bit */

/* 3.3.8 Control Register */
#define UARTCR 0x30u
#define UARTCR_UARTEN 0x001u
#define UARTCR_TXE 0x100u
#define UARTCR_RXE 0x200u

/* 3.3.10 Interrupt Mask Set/Clear Register */
#define UARTIMSC 0x38u

/* 3.3.13 Interrupt Clear Register */
#define UARTICR 0x44u
#define UARTICR_ALL 0x7ffu

#endif
