/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ports/sim/sim_uart_blocks.c - the registers of a PL011 and of a CMSDK UART
 *
 * ARM PrimeCell UART (PL011) Technical Reference Manual, ARM DDI 0183G,
 * chapter 3; Cortex-M System Design Kit Technical Reference Manual, ARM DDI
 * 0479D, APB UART. Characters take their time on the line; nothing moves
 * but when a register is accessed, so each access first catches up.
 */
#include <stddef.h>
#include <string.h>

#include "sim_internal.h"

#define RECEIVE_KINDS                                                     \
    (1u << WIO_SIM_FRAMING | 1u << WIO_SIM_PARITY | 1u << WIO_SIM_BREAK   \
     | 1u << WIO_SIM_OVERRUN | 1u << WIO_SIM_FLIP)

/* -- PL011 --------------------------------------------------------------- */

/* Offsets, DDI 0183G section 3.2. */
enum {
    PL011_DR = 0x00,
    PL011_RSR = 0x04,
    PL011_FR = 0x18,
    PL011_ILPR = 0x20,
    PL011_IBRD = 0x24,
    PL011_FBRD = 0x28,
    PL011_LCR_H = 0x2c,
    PL011_CR = 0x30,
    PL011_IFLS = 0x34,
    PL011_IMSC = 0x38,
    PL011_RIS = 0x3c,
    PL011_MIS = 0x40,
    PL011_ICR = 0x44
};

#define PL011_CR_UARTEN 0x001u
#define PL011_CR_LBE 0x080u
#define PL011_CR_TXE 0x100u
#define PL011_CR_RXE 0x200u
#define PL011_LCR_H_FEN 0x10u
#define PL011_INT_RX 0x010u
#define PL011_INT_TX 0x020u
#define PL011_INT_OE 0x400u

void
sim_pl011_reset(struct wio_sim_pl011 *uart)
{
    /* Reset values: section 3.2. */
    memset(uart, 0, sizeof(*uart));
    uart->cr = PL011_CR_TXE | PL011_CR_RXE;
    uart->ifls = 0x12;
}

/* Section 3.3.6: BAUDDIV = IBRD + FBRD / 64, rate = clock / (16 * BAUDDIV). A
 * divisor of 0 is illegal; here it counts as 1. */
static uint64_t
pl011_char_ns(const struct wio_sim_block *block)
{
    uint64_t divisor = (uint64_t)block->pl011.ibrd * 64 + block->pl011.fbrd;

    if (divisor == 0) {
        divisor = 64;
    }
    return 10u * 16u * divisor * 1000000000ull / 64u / block->clock_hz;
}

static uint32_t
pl011_depth(const struct wio_sim_pl011 *uart)
{
    return (uart->lcr_h & PL011_LCR_H_FEN) != 0 ? sizeof(uart->rx) : 1u;
}

static bool
pl011_has(const struct wio_sim_pl011 *uart, uint32_t bits)
{
    bits |= PL011_CR_UARTEN;
    return (uart->cr & bits) == bits;
}

static void
pl011_received(struct wio_sim_pl011 *uart, uint8_t byte)
{
    if (!pl011_has(uart, PL011_CR_RXE)) {
        return;
    }
    if (uart->rx_n >= pl011_depth(uart)) {
        /* Section 3.3.1, bit 11: the FIFO keeps what it has. */
        uart->overrun = true;
        uart->ris |= PL011_INT_OE;
        return;
    }
    uart->rx[uart->rx_n++] = byte;
    uart->ris |= PL011_INT_RX;
}

static void
pl011_catch_up(struct wio_sim *sim, struct sim_target target)
{
    struct wio_sim_block *block = &sim->mmio[target.index];
    struct wio_sim_pl011 *uart = &block->pl011;
    const uint64_t char_ns = pl011_char_ns(block);
    uint8_t byte;

    while (uart->tx_n > 0 && uart->tx_done_ns <= sim->now_ns) {
        byte = sim_fifo_take(uart->tx, &uart->tx_n);
        if ((uart->cr & PL011_CR_LBE) != 0) {
            pl011_received(uart, byte);
        } else {
            sim_line_sent(&block->line, byte, uart->tx_done_ns, char_ns);
        }
        uart->tx_done_ns += char_ns;
        uart->ris |= PL011_INT_TX;
    }
    while (sim_line_arrived(sim, target, &block->line, char_ns, &byte)) {
        pl011_received(uart, byte);
    }
}

static uint32_t
pl011_read_data(struct wio_sim *sim, struct sim_target target)
{
    struct wio_sim_pl011 *uart = &sim->mmio[target.index].pl011;
    const struct wio_sim_fault *fault;
    uint32_t value;

    if (uart->rx_n == 0) {
        return 0;
    }
    value = sim_fifo_take(uart->rx, &uart->rx_n);
    if (uart->overrun) {
        value |= 0x800;
        uart->overrun = false;
    }
    fault = sim_fault(sim, target, sim->n_accesses[target.class][target.index],
                      RECEIVE_KINDS);
    if (fault != NULL) {
        /* Section 3.3.1: OE 11, BE 10, PE 9, FE 8. */
        switch (fault->kind) {
        case WIO_SIM_FRAMING:
            value |= 0x100;
            break;
        case WIO_SIM_PARITY:
            value |= 0x200;
            break;
        case WIO_SIM_BREAK:
            value = 0x400;    /* a break reads as one zero character */
            break;
        case WIO_SIM_OVERRUN:
            value |= 0x800;
            break;
        default:
            value ^= 1u << (fault->value & 7u);
            break;
        }
    }
    uart->rsr = value >> 8;
    if (uart->rx_n == 0) {
        uart->ris &= ~PL011_INT_RX;
    }
    return value;
}

/* Section 3.3.3: TXFE 7, RXFF 6, TXFF 5, RXFE 4, BUSY 3. */
static uint32_t
pl011_flags(const struct wio_sim_pl011 *uart)
{
    const uint32_t depth = pl011_depth(uart);

    return (uart->tx_n == 0 ? 0x80u : 0x08u)
           | (uart->rx_n >= depth ? 0x40u : 0u)
           | (uart->tx_n >= depth ? 0x20u : 0u)
           | (uart->rx_n == 0 ? 0x10u : 0u);
}

uint32_t
sim_pl011_read(struct wio_sim *sim, struct sim_target target, uint32_t off)
{
    /* PeriphID and PCellID, sections 3.3.15 and 3.3.16. */
    static const uint8_t ids[8] =
        { 0x11, 0x10, 0x34, 0x00, 0x0d, 0xf0, 0x05, 0xb1 };
    const struct wio_sim_pl011 *uart = &sim->mmio[target.index].pl011;

    pl011_catch_up(sim, target);
    switch (off) {
    case PL011_DR:
        return pl011_read_data(sim, target);
    case PL011_RSR:
        return uart->rsr;
    case PL011_FR:
        return pl011_flags(uart);
    case PL011_ILPR:
        return uart->ilpr;
    case PL011_IBRD:
        return uart->ibrd;
    case PL011_FBRD:
        return uart->fbrd;
    case PL011_LCR_H:
        return uart->lcr_h;
    case PL011_CR:
        return uart->cr;
    case PL011_IFLS:
        return uart->ifls;
    case PL011_IMSC:
        return uart->imsc;
    case PL011_RIS:
        return uart->ris;
    case PL011_MIS:
        return uart->ris & uart->imsc;
    default:
        return off >= 0xfe0 && off <= 0xffc ? ids[(off - 0xfe0) / 4] : 0;
    }
}

static void
pl011_write_data(struct wio_sim *sim, struct wio_sim_block *block,
                 uint32_t value)
{
    struct wio_sim_pl011 *uart = &block->pl011;

    if (!pl011_has(uart, PL011_CR_TXE) || uart->tx_n >= pl011_depth(uart)) {
        return;    /* nobody sends it; the manual leaves this open */
    }
    if (uart->tx_n == 0) {
        uart->tx_done_ns = sim->now_ns + pl011_char_ns(block);
    }
    uart->tx[uart->tx_n++] = (uint8_t)value;
}

void
sim_pl011_write(struct wio_sim *sim, struct sim_target target, uint32_t off,
                uint32_t value)
{
    struct wio_sim_block *block = &sim->mmio[target.index];
    struct wio_sim_pl011 *uart = &block->pl011;

    pl011_catch_up(sim, target);
    switch (off) {
    case PL011_DR:
        pl011_write_data(sim, block, value);
        break;
    case PL011_RSR:    /* ECR: any write clears */
        uart->rsr = 0;
        uart->overrun = false;
        break;
    case PL011_ILPR:
        uart->ilpr = value & 0xffu;
        break;
    case PL011_IBRD:
        uart->ibrd = value & 0xffffu;
        break;
    case PL011_FBRD:
        uart->fbrd = value & 0x3fu;
        break;
    case PL011_LCR_H:
        uart->lcr_h = value & 0xffu;
        if ((value & PL011_LCR_H_FEN) == 0) {
            /* Section 3.3.7: clearing FEN flushes the FIFOs. */
            uart->rx_n = 0;
            uart->tx_n = 0;
        }
        break;
    case PL011_CR:
        uart->cr = value & 0xff87u;
        break;
    case PL011_IFLS:
        uart->ifls = value & 0x3fu;
        break;
    case PL011_IMSC:
        uart->imsc = value & 0x7ffu;
        break;
    case PL011_ICR:
        uart->ris &= ~value;
        break;
    default:
        break;         /* read-only or reserved */
    }
}

/* -- CMSDK UART ---------------------------------------------------------- */

/* Offsets, DDI 0479D, APB UART. */
enum {
    CMSDK_DATA = 0x00,
    CMSDK_STATE = 0x04,
    CMSDK_CTRL = 0x08,
    CMSDK_INTSTATUS = 0x0c,
    CMSDK_BAUDDIV = 0x10
};

#define CMSDK_TX_FULL 1u
#define CMSDK_RX_FULL 2u
#define CMSDK_TX_OVERRUN 4u
#define CMSDK_RX_OVERRUN 8u
#define CMSDK_INT_RX 2u

static uint64_t
cmsdk_char_ns(const struct wio_sim_block *block)
{
    /* Less than 16 is not allowed; here it counts as 16. */
    const uint64_t divisor =
        block->cmsdk.bauddiv < 16 ? 16 : block->cmsdk.bauddiv;

    return 10u * divisor * 1000000000ull / block->clock_hz;
}

static void
cmsdk_catch_up(struct wio_sim *sim, struct sim_target target)
{
    struct wio_sim_block *block = &sim->mmio[target.index];
    struct wio_sim_cmsdk *uart = &block->cmsdk;
    const uint64_t char_ns = cmsdk_char_ns(block);
    uint8_t byte;

    if ((uart->state & CMSDK_TX_FULL) != 0
        && uart->tx_done_ns <= sim->now_ns) {
        uart->state &= ~CMSDK_TX_FULL;
        uart->intstatus |= (uart->ctrl >> 2 & 1u) << 0;
        sim_line_sent(&block->line, uart->tx, uart->tx_done_ns, char_ns);
    }
    while (sim_line_arrived(sim, target, &block->line, char_ns, &byte)) {
        if ((uart->ctrl & 2u) == 0) {
            continue;
        }
        if ((uart->state & CMSDK_RX_FULL) != 0) {
            uart->state |= CMSDK_RX_OVERRUN;
        }
        uart->rx = byte;
        uart->state |= CMSDK_RX_FULL;
        uart->intstatus |= (uart->ctrl >> 3 & 1u) << 1;
    }
}

static uint32_t
cmsdk_read_data(struct wio_sim *sim, struct sim_target target)
{
    struct wio_sim_cmsdk *uart = &sim->mmio[target.index].cmsdk;
    const struct wio_sim_fault *fault;
    uint32_t value = uart->rx;

    if ((uart->state & CMSDK_RX_FULL) == 0) {
        return value;
    }
    uart->state &= ~CMSDK_RX_FULL;
    fault = sim_fault(sim, target, sim->n_accesses[target.class][target.index],
                      1u << WIO_SIM_OVERRUN | 1u << WIO_SIM_FLIP);
    if (fault != NULL && fault->kind == WIO_SIM_OVERRUN) {
        uart->state |= CMSDK_RX_OVERRUN;
    } else if (fault != NULL) {
        value ^= 1u << (fault->value & 7u);
    }
    return value;
}

uint32_t
sim_cmsdk_read(struct wio_sim *sim, struct sim_target target, uint32_t off)
{
    const struct wio_sim_cmsdk *uart = &sim->mmio[target.index].cmsdk;

    cmsdk_catch_up(sim, target);
    switch (off) {
    case CMSDK_DATA:
        return cmsdk_read_data(sim, target);
    case CMSDK_STATE:
        return uart->state;
    case CMSDK_CTRL:
        return uart->ctrl;
    case CMSDK_INTSTATUS:
        return uart->intstatus;
    case CMSDK_BAUDDIV:
        return uart->bauddiv;
    default:
        return 0;
    }
}

static void
cmsdk_write_data(struct wio_sim *sim, struct wio_sim_block *block,
                 uint32_t value)
{
    struct wio_sim_cmsdk *uart = &block->cmsdk;

    if ((uart->ctrl & 1u) == 0) {
        return;
    }
    if ((uart->state & CMSDK_TX_FULL) != 0) {
        uart->state |= CMSDK_TX_OVERRUN;
        return;
    }
    uart->tx = (uint8_t)value;
    uart->tx_done_ns = sim->now_ns + cmsdk_char_ns(block);
    uart->state |= CMSDK_TX_FULL;
}

void
sim_cmsdk_write(struct wio_sim *sim, struct sim_target target, uint32_t off,
                uint32_t value)
{
    struct wio_sim_block *block = &sim->mmio[target.index];
    struct wio_sim_cmsdk *uart = &block->cmsdk;

    cmsdk_catch_up(sim, target);
    switch (off) {
    case CMSDK_DATA:
        cmsdk_write_data(sim, block, value);
        break;
    case CMSDK_STATE:      /* overruns are cleared by writing 1 */
        uart->state &= ~(value & (CMSDK_TX_OVERRUN | CMSDK_RX_OVERRUN));
        break;
    case CMSDK_CTRL:
        uart->ctrl = value & 0x7fu;
        break;
    case CMSDK_INTSTATUS:  /* INTCLEAR */
        uart->intstatus &= ~value;
        break;
    case CMSDK_BAUDDIV:
        uart->bauddiv = value & 0xfffffu;
        break;
    default:
        break;
    }
}

/* -- Interrupts ---------------------------------------------------------- */

bool
sim_block_interrupts(struct wio_sim *sim, struct sim_target target)
{
    struct wio_sim_block *block = &sim->mmio[target.index];

    if (block->model == WIO_SIM_PL011) {
        pl011_catch_up(sim, target);
        return (block->pl011.ris & block->pl011.imsc & PL011_INT_RX) != 0;
    }
    cmsdk_catch_up(sim, target);
    return (block->cmsdk.intstatus & CMSDK_INT_RX) != 0;
}

uint64_t
sim_block_next_ns(const struct wio_sim *sim, struct sim_target target)
{
    const struct wio_sim_block *block = &sim->mmio[target.index];

    if (block->line.wire.n == 0) {
        return UINT64_MAX;
    }
    return block->line.next_rx_ns + (block->model == WIO_SIM_PL011
                                         ? pl011_char_ns(block)
                                         : cmsdk_char_ns(block));
}
