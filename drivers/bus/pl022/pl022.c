/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PL022 as an SPI controller for other containers: works the block's registers
 * and a pin that selects the chip, and provides class `spi`.
 *
 * A call moves at most a buffer of bytes, polled. It keeps no state between two
 * calls but the mode the block is in, and whether the chip is selected.
 */
#include <wasmio/core.h>
#include <wasmio/gpio.h>
#include <wasmio/serve.h>
#include <wasmio/window.h>

#include "regs.h"

#define BUFFER 64u

/* Looks at the receiver in vain, of one call: with what budget-us and byte-ns
 * give them, a block that hangs is a timeout and not this container's fault. */
#define PATIENCE 32u
#define PATIENCE_A_BYTE 3u

#define FILL 0xffu
#define SLOWEST (254u * 256u)        /* the largest divisor */
#define NO_MODE UINT32_MAX

WASMIO_WINDOW(ssp, "registers")
WASMIO_SERVE_BUFFER(BUFFER);
WASMIO_HANDLER_STACK(192);

static int32_t pin;                  /* < 0: the block selects by itself */
static uint32_t mode;                /* bits of SSPCR0 and the divisor, or
                                        NO_MODE */

static void
select_chip(int32_t state)
{
    if (pin >= 0) {
        (void)wasmio_gpio_set_state(pin, state);
    }
}

/* -- Mode -------------------------------------------------------------------- */

/* 3.3.1, 3.3.5: the rate is the clock / (CPSDVSR * (1 + SCR)), CPSDVSR even and
 * as small as can be. A divisor of 0, not known, and one too large: the slowest
 * rate. */
static void
set_mode(uint32_t flags, uint32_t divisor)
{
    uint32_t prescaler;
    uint32_t wanted;
    uint32_t scr;

    if (divisor == 0 || divisor > SLOWEST) {
        divisor = SLOWEST;
    }
    wanted = divisor << 8 | SSPCR0_DSS_8 |
             (flags & WIO_ABI_SERVE_CPOL ? SSPCR0_SPO : 0) |
             (flags & WIO_ABI_SERVE_CPHA ? SSPCR0_SPH : 0);
    if (wanted == mode) {
        return;
    }
    mode = wanted;
    prescaler = divisor <= 512u ? 2u : ((divisor + 255u) / 256u + 1u) & ~1u;
    scr = (divisor + prescaler - 1) / prescaler - 1;
    ssp_write32(SSPCR1, 0);
    ssp_write32(SSPCPSR, prescaler);
    ssp_write32(SSPCR0, scr << SSPCR0_SCR_SHIFT | (wanted & 0xffu));
    ssp_write32(SSPCR1, SSPCR1_SSE);
}

/* -- Bytes -------------------------------------------------------------------- */

static uint32_t patience;            /* what is left of this call's */

/* What is under way is waited for and dropped. */
static void
drain(void)
{
    for (uint32_t i = 0; i < 2u * SSP_FIFO &&
                         (ssp_read32(SSPSR) & (SSPSR_BSY | SSPSR_RNE)) != 0; i++) {
        (void)ssp_read32(SSPDR);
    }
}

/* -1: none came. */
static int32_t
receive(void)
{
    while ((ssp_read32(SSPSR) & SSPSR_RNE) == 0) {
        if (patience == 0) {
            return -1;
        }
        patience--;
    }
    return (int32_t)(ssp_read32(SSPDR) & 0xffu);
}

/* Never more are under way than the receiver has room for. */
static int32_t
exchange(uint8_t *bytes, uint32_t n)
{
    uint32_t n_sent = 0;

    for (uint32_t i = 0; i < n; i++) {
        int32_t byte;

        while (n_sent < n && n_sent - i < SSP_FIFO) {
            ssp_write32(SSPDR, bytes[n_sent++]);
        }
        byte = receive();
        if (byte < 0) {
            return WIO_ERR_TIMEOUT;
        }
        bytes[i] = (uint8_t)byte;
    }
    return 0;
}

/* One byte at a time: those behind the answer are the caller's. */
static int32_t
poll(uint8_t *bytes, uint32_t n)
{
    const uint8_t skip = bytes[0], mask = bytes[1];

    for (uint32_t i = 0; i < n; i++) {
        int32_t byte;

        ssp_write32(SSPDR, FILL);
        byte = receive();
        if (byte < 0) {
            return WIO_ERR_TIMEOUT;
        }
        if ((byte & mask) != skip) {
            bytes[0] = (uint8_t)byte;
            return 1;
        }
    }
    return 0;
}

/* -- The service ---------------------------------------------------------------- */

static int32_t
finish(int32_t result)
{
    if ((ssp_read32(SSPRIS) & SSPRIS_ROR) != 0) {
        ssp_write32(SSPICR, SSPRIS_ROR);
        result = WIO_ERR_SPI_OVERRUN;
    }
    if (result < 0) {
        drain();
        select_chip(0);
    }
    return result;
}

WASMIO_EXPORT("transfer") int32_t
transfer(uint32_t select, uint32_t flags, uint32_t divisor, uint32_t n_bytes)
{
    int32_t result;

    if (select != 0 || n_bytes > BUFFER) {
        return finish(WIO_ERR_SPI_CHIP_SELECT);
    }
    patience = PATIENCE + PATIENCE_A_BYTE * n_bytes;
    set_mode(flags, divisor);
    if (flags & WIO_ABI_SERVE_SELECT) {
        select_chip(1);
    }
    result = flags & WIO_ABI_SERVE_POLL
                 ? poll(wasmio_serve_buffer, n_bytes)
                 : exchange(wasmio_serve_buffer, n_bytes);
    if (flags & WIO_ABI_SERVE_RELEASE) {
        select_chip(0);
    }
    return finish(result);
}

WASMIO_EXPORT("wasmio-init") int32_t
init(void)
{
    pin = WASMIO_OPEN("select");
    mode = NO_MODE;
    ssp_write32(SSPCR1, 0);
    ssp_write32(SSPICR, SSPRIS_ROR);
    drain();
    return 0;
}
