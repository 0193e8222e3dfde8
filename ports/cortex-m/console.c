/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The console: bytes come in by interrupt, go out polled. When the ring is
 * full the receive interrupt is turned off and bytes wait in the UART, which
 * holds its peer back where it can. Registers: see startup/console_early.c.
 */
#include "port.h"

#include "startup/startup.h"

#define RING 512u                        /* a power of two */

static struct {
    volatile uint32_t in;
    volatile uint32_t out;
    uint8_t bytes[RING];
} ring;

static volatile uint32_t *
reg(uint32_t off)
{
    return cm_reg(WIO_BOARD_CONSOLE_BASE, off);
}

#ifdef WIO_BOARD_CONSOLE_CMSDK

static void
listen(bool on)
{
    *reg(0x08) = on ? 0x0bu : 0x03u;     /* CTRL: TX, RX, RX interrupt */
}

static bool
has_byte(void)
{
    return (*reg(0x04) & 2u) != 0;       /* STATE: RX buffer full */
}

static void
acknowledge(void)
{
    *reg(0x0c) = 2u;                     /* INTCLEAR: RX */
}

#else

static void
listen(bool on)
{
    *reg(0x34) = 0;                      /* UARTIFLS: from 1/8 on */
    *reg(0x38) = on ? 0x50u : 0;         /* UARTIMSC: receive, time-out */
}

static bool
has_byte(void)
{
    return (*reg(0x18) & 0x10u) == 0;    /* UARTFR: RXFE */
}

static void
acknowledge(void)
{
    *reg(0x44) = 0x50u;                  /* UARTICR */
}

#endif

static void
on_receive(void)
{
    acknowledge();
    while (has_byte()) {
        if (ring.in - ring.out == RING) {
            listen(false);
            return;
        }
        ring.bytes[ring.in % RING] = (uint8_t)*reg(0);
        ring.in++;
    }
}

void
cm_console_start(void)
{
    console_early_init();
    startup_set_vector(STARTUP_IRQ(WIO_BOARD_CONSOLE_IRQ), on_receive);
    startup_irq_enable(WIO_BOARD_CONSOLE_IRQ, 15);   /* below all levels */
    listen(true);
}

bool
cm_console_has_byte(void)
{
    return ring.in != ring.out;
}

bool
cm_console_read(uint8_t *byte)
{
    uint32_t key;

    if (ring.in == ring.out) {
        return false;
    }
    *byte = ring.bytes[ring.out % RING];
    ring.out++;
    if (ring.in - ring.out == RING / 2u) {
        key = cm_irq_save();
        on_receive();                    /* what waited in the UART */
        if (ring.in - ring.out != RING) {
            listen(true);
        }
        cm_irq_restore(key);
    }
    return true;
}

void
cm_console_write(const void *bytes, uint32_t len)
{
    console_early_write(bytes, len);
}
