/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ports/sim/sim_pl022.c - the registers of a PL022, and the chips on its bus
 *
 * ARM PrimeCell Synchronous Serial Port (PL022) Technical Reference Manual, ARM
 * DDI 0194G, chapter 3. It is the SPI bus of the node that has its registers:
 * chips are selected by the pins of that node's cs-gpios, and a chip without
 * one is, as long as the block is enabled. Bytes take their time; nothing moves
 * but when a register is accessed, so each access first catches up.
 */
#include "sim_internal.h"

/* Offsets, DDI 0194G section 3.2. */
enum {
    SSPCR0 = 0x00,
    SSPCR1 = 0x04,
    SSPDR = 0x08,
    SSPSR = 0x0c,
    SSPCPSR = 0x10,
    SSPIMSC = 0x14,
    SSPRIS = 0x18,
    SSPMIS = 0x1c,
    SSPICR = 0x20
};

#define CR1_LBM 0x01u
#define CR1_SSE 0x02u
#define SR_TFE 0x01u
#define SR_TNF 0x02u
#define SR_RNE 0x04u
#define SR_RFF 0x08u
#define SR_BSY 0x10u
#define RIS_ROR 0x01u
#define DEPTH 8u

/* Sections 3.3.1 and 3.3.5. A prescaler of 0 is illegal; here it is 2. */
static uint64_t
byte_ns(const struct wio_sim_block *block)
{
    const struct wio_sim_pl022 *ssp = &block->pl022;
    const uint64_t prescaler = ssp->cpsr >= 2 ? ssp->cpsr : 2;
    const uint64_t divisor = prescaler * ((ssp->cr0 >> 8 & 0xffu) + 1u);

    return 8u * divisor * 1000000000ull / block->clock_hz;
}

/* The bus whose node has the block's registers; WIO_SIM_SPI: none. */
static uint32_t
bus_of(const struct wio_sim *sim, const struct wio_sim_block *block)
{
    uint32_t bus = 0;

    while (bus < WIO_SIM_SPI && sim->buses[bus].base != block->base) {
        bus++;
    }
    return bus;
}

static bool
is_selected(const struct wio_sim *sim, const struct wio_sim_block *block,
            const struct wio_sim_chip *chip)
{
    const struct wio_select_pin *pin =
        &sim->buses[chip->bus].selects[chip->select % WIO_SPI_SELECTS];

    for (uint32_t i = 0; pin->base != 0 && i < WIO_SIM_GPIO; i++) {
        if (sim->gpio[i].base == pin->base) {
            return ((sim->gpio[i].out >> pin->pin & 1u) != 0) ==
                   pin->active_high;
        }
    }
    return pin->base == 0 && (block->pl022.cr1 & CR1_SSE) != 0;
}

/* A select that changed, by a pin or by the block. */
static void
look_at_selects(struct wio_sim *sim, const struct wio_sim_block *block)
{
    const struct sim_target target = { WIO_SIM_CLASS_SPI,
                                       (uint8_t)bus_of(sim, block) };

    for (uint32_t i = 0; i < WIO_SIM_SPI_CHIPS; i++) {
        struct wio_sim_chip *chip = &sim->chips[i];

        if (chip->model != 0 && chip->bus == target.index &&
            is_selected(sim, block, chip) != chip->selected) {
            sim_spi_select(sim, target, chip, chip->select, !chip->selected);
        }
    }
}

void
sim_selects_moved(struct wio_sim *sim)
{
    for (uint32_t i = 0; i < sim->n_controllers[WIO_SIM_CLASS_MMIO]; i++) {
        /* Else a native driver has the bus. */
        if (sim->mmio[i].model == WIO_SIM_PL022 &&
            (sim->mmio[i].pl022.cr1 & CR1_SSE) != 0) {
            look_at_selects(sim, &sim->mmio[i]);
        }
    }
}

static uint8_t
exchange(struct wio_sim *sim, const struct wio_sim_block *block, uint8_t out)
{
    const struct sim_target target = { WIO_SIM_CLASS_SPI,
                                       (uint8_t)bus_of(sim, block) };
    uint8_t in = 0xff;

    for (uint32_t i = 0; i < WIO_SIM_SPI_CHIPS; i++) {
        struct wio_sim_chip *chip = &sim->chips[i];

        if (chip->model != 0 && chip->bus == target.index && chip->selected) {
            in &= sim_spi_exchange(sim, target, chip, out);
        }
    }
    return in;
}

static void
catch_up(struct wio_sim *sim, struct wio_sim_block *block)
{
    struct wio_sim_pl022 *ssp = &block->pl022;

    while (ssp->tx_n > 0 && (ssp->cr1 & CR1_SSE) != 0 &&
           ssp->tx_done_ns <= sim->now_ns) {
        const uint8_t out = sim_fifo_take(ssp->tx, &ssp->tx_n);
        const uint8_t in = (ssp->cr1 & CR1_LBM) != 0
                           ? out : exchange(sim, block, out);

        ssp->tx_done_ns += byte_ns(block);
        if (ssp->rx_n == DEPTH) {
            ssp->ris |= RIS_ROR;
        } else {
            ssp->rx[ssp->rx_n++] = in;
        }
    }
}

uint32_t
sim_pl022_read(struct wio_sim *sim, struct sim_target target, uint32_t off)
{
    struct wio_sim_block *block = &sim->mmio[target.index];
    struct wio_sim_pl022 *ssp = &block->pl022;

    catch_up(sim, block);
    switch (off) {
    case SSPCR0:
        return ssp->cr0;
    case SSPCR1:
        return ssp->cr1;
    case SSPDR:
        return ssp->rx_n == 0 ? 0 : sim_fifo_take(ssp->rx, &ssp->rx_n);
    case SSPSR:
        return (ssp->tx_n == 0 ? SR_TFE : 0u) |
               (ssp->tx_n < DEPTH ? SR_TNF : 0u) |
               (ssp->rx_n > 0 ? SR_RNE : 0u) |
               (ssp->rx_n == DEPTH ? SR_RFF : 0u) |
               (ssp->tx_n > 0 ? SR_BSY : 0u);
    case SSPCPSR:
        return ssp->cpsr;
    case SSPIMSC:
        return ssp->imsc;
    case SSPRIS:
        return ssp->ris;
    case SSPMIS:
        return ssp->ris & ssp->imsc;
    default:
        return 0;
    }
}

void
sim_pl022_write(struct wio_sim *sim, struct sim_target target, uint32_t off,
                uint32_t value)
{
    struct wio_sim_block *block = &sim->mmio[target.index];
    struct wio_sim_pl022 *ssp = &block->pl022;

    catch_up(sim, block);
    switch (off) {
    case SSPCR0:
        ssp->cr0 = value & 0xffffu;
        break;
    case SSPCR1:
        ssp->cr1 = value & 0xfu;
        look_at_selects(sim, block);
        break;
    case SSPDR:
        if (ssp->tx_n == DEPTH) {
            break;
        }
        if (ssp->tx_n == 0) {
            ssp->tx_done_ns = sim->now_ns + byte_ns(block);
        }
        ssp->tx[ssp->tx_n++] = (uint8_t)value;
        break;
    case SSPCPSR:
        ssp->cpsr = value & 0xfeu;
        break;
    case SSPIMSC:
        ssp->imsc = value & 0xfu;
        break;
    case SSPICR:
        ssp->ris &= ~(value & 3u);
        break;
    default:
        break;
    }
}
