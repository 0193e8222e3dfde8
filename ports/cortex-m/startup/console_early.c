/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The console's UART, polled. Facts: Arm Cortex-M System Design Kit TRM (DDI
 * 0479D), APB UART; PrimeCell UART PL011 TRM (DDI 0183G), 3.3.
 */
#include "startup/startup.h"

static volatile uint32_t *
reg(uint32_t off)
{
    return startup_reg(WIO_BOARD_CONSOLE_BASE + off);
}

#ifdef WIO_BOARD_CONSOLE_CMSDK

void
console_early_init(void)
{
    *reg(0x10) = 16;       /* BAUDDIV: the least it takes */
    *reg(0x08) |= 3u;      /* CTRL: TX and RX enable */
}

static void
put(char c)
{
    while (*reg(0x04) & 1u) {      /* STATE: TX buffer full */
    }
    *reg(0x00) = (uint8_t)c;
}

#else

void
console_early_init(void)
{
    *reg(0x2c) = 0x70;             /* UARTLCR_H: 8 bits, FIFOs on */
    *reg(0x30) |= 0x301u;          /* UARTCR: RXE, TXE, UARTEN */
}

static void
put(char c)
{
    while (*reg(0x18) & 0x20u) {   /* UARTFR: TXFF */
    }
    *reg(0x00) = (uint8_t)c;
}

#endif

void
console_early_write(const char *text, uint32_t len)
{
    uint32_t i;

    for (i = 0; i < len; i++) {
        put(text[i]);
    }
}

void
console_early_print(const char *text)
{
    while (*text) {
        put(*text++);
    }
}

void
console_early_hex(uint32_t value)
{
    uint32_t shift = 32;

    while (shift > 0) {
        shift -= 4;
        put("0123456789abcdef"[(value >> shift) & 15u]);
    }
}

void
console_early_number(uint64_t value)
{
    char text[22];
    uint32_t at = sizeof text;

    text[--at] = 0;
    do {
        text[--at] = (char)('0' + value % 10u);
        value /= 10u;
    } while (value);
    console_early_print(text + at);
}
