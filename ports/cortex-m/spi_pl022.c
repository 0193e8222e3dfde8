/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "arm,pl022": an SPI master, polled; requests by interrupt. PrimeCell SSP PL022 TRM (DDI 0194G): 3.3
 * registers; 2.3.3 the rate is clock / (CPSDVSR * (1 + SCR)); 2.3.1 FIFOs of
 * eight entries each.
 *
 * Chip selects are pins of PL061 banks. Where there are none, the block's own
 * output is the only one, and then a transaction is at most one segment: in
 * 2.3.8 and 2.3.10 SSPFSSOUT rises as soon as the transmit FIFO is empty, and
 * with CPHA 0 between any two bytes, so that such a chip is best wired and
 * named as mode 3.
 */
#include "levels.h"

#include <stddef.h>

#define SSPCR0 0x00u
#define CR0_8BITS 0x07u
#define CR0_SPO 0x40u            /* CPOL */
#define CR0_SPH 0x80u            /* CPHA */
#define SSPCR1 0x04u
#define CR1_SSE 0x02u
#define SSPDR 0x08u
#define SSPSR 0x0cu
#define SR_RNE 0x04u
#define SR_BSY 0x10u
#define SSPCPSR 0x10u
#define SSPIMSC 0x14u
#define IM_RX 0x06u              /* half full; not empty, and idle for 32 bits */
#define SSPRIS 0x18u
#define RIS_ROR 0x01u            /* receive overrun */
#define SSPICR 0x20u
#define ICR_ALL 0x03u

#define FIFO 8u
#define N_BLOCKS 2u

struct block {
    uintptr_t base;
    uint32_t clock_hz;
    uint32_t max_hz;             /* what SSPCR0 and SSPCPSR are set for */
    uint32_t cr0;                /* what they were set to */
    uint32_t cpsr;
    uint8_t mode;
    uint8_t n_selects;
    struct {
        struct cm_device bank;
        uint8_t pin;
        bool active_high;
    } selects[WIO_SPI_SELECTS];
};

static struct block blocks[N_BLOCKS];
static uint32_t n_blocks;

/* -- Mode and selects ------------------------------------------------------ */

/* The fastest rate that is no faster, by the smallest prescaler; slower than
 * the slowest there is: that one. */
static void
set_mode(struct block *block, const struct wio_spi_chip *chip)
{
    uint32_t divisor = block->clock_hz / chip->max_hz +
                       (block->clock_hz % chip->max_hz != 0);
    uint32_t prescaler = 2;
    uint32_t rate;

    while (prescaler < 254u && divisor > prescaler * 256u) {
        prescaler += 2;
    }
    rate = divisor > prescaler ? (divisor + prescaler - 1u) / prescaler : 1u;
    rate = rate > 256u ? 256u : rate;
    *cm_reg(block->base, SSPCR1) = 0;
    *cm_reg(block->base, SSPCPSR) = prescaler;
    block->cpsr = prescaler;
    block->cr0 = (rate - 1u) << 8 | CR0_8BITS |
                 (chip->mode & WIO_SPI_CPOL ? CR0_SPO : 0) |
                 (chip->mode & WIO_SPI_CPHA ? CR0_SPH : 0);
    *cm_reg(block->base, SSPCR0) = block->cr0;
    *cm_reg(block->base, SSPCR1) = CR1_SSE;
    block->max_hz = chip->max_hz;
    block->mode = chip->mode;
}

static void
set_select(struct block *block, uint32_t select, bool active)
{
    if (block->selects[select].bank.base != 0) {
        (void)cm_gpio_pl061_ops.write(&block->selects[select].bank,
                                      block->selects[select].pin,
                                      active ==
                                          block->selects[select].active_high);
    }
}

/* -- Bytes ----------------------------------------------------------------- */

/* Never more than the receiver has room for are under way, so the transmitter
 * has room, too, and nothing is lost. */
static int
exchange(uintptr_t base, const struct wio_spi_segment *segment,
         uint64_t deadline_ns)
{
    const uint8_t *w = segment->w;
    uint8_t *r = segment->r;
    uint32_t n_sent = 0;
    uint32_t n;

    for (n = 0; n < segment->len; n++) {
        uint8_t byte;

        while (n_sent < segment->len && n_sent - n < FIFO) {
            *cm_reg(base, SSPDR) = w ? w[n_sent] : 0xffu;
            n_sent++;
        }
        while (!(*cm_reg(base, SSPSR) & SR_RNE)) {
            if (cm_past(deadline_ns)) {
                return WIO_ERR_TIMEOUT;
            }
        }
        byte = (uint8_t)*cm_reg(base, SSPDR);
        if (r) {
            r[n] = byte;
        }
        if (n % 64u == 63u && cm_past(deadline_ns)) {
            return WIO_ERR_TIMEOUT;
        }
    }
    return WIO_OK;
}

static int
run_poll(uintptr_t base, const struct wio_spi_segment *segment,
         uint64_t deadline_ns)
{
    const struct wio_spi_poll *poll = &segment->poll;

    for (uint32_t n = 0; n < segment->len; n++) {
        uint8_t byte;
        const struct wio_spi_segment one = { .r = &byte, .len = 1 };
        int err = exchange(base, &one, deadline_ns);

        if (err) {
            return err;
        }
        if ((byte & poll->skip_mask) != poll->skip) {
            segment->r[0] = byte;
            return (byte & poll->want_mask) == poll->want ? WIO_OK
                                                          : WIO_ERR_SPI_OTHER;
        }
        if (n % 16u == 15u && cm_past(deadline_ns)) {
            return WIO_ERR_TIMEOUT;
        }
    }
    return WIO_ERR_TIMEOUT;
}

static int
run_delay(uint32_t ns, uint64_t deadline_ns)
{
    uint64_t end_ns = cm_now_ns() + ns;

    while (cm_now_ns() < end_ns) {
        if (cm_past(deadline_ns)) {
            return WIO_ERR_TIMEOUT;
        }
    }
    return WIO_OK;
}

static int
run_segment(const struct block *block, const struct wio_spi_segment *segment,
            uint64_t deadline_ns)
{
    int err;

    if (segment->polls) {
        return run_poll(block->base, segment, deadline_ns);
    }
    err = exchange(block->base, segment, deadline_ns);
    if (!err && segment->delay_ns) {
        err = run_delay(segment->delay_ns, deadline_ns);
    }
    return err;
}

/* After a timeout bytes may be under way: they are waited for, as long as a
 * FIFO of them takes, and dropped, so that the next transaction begins with
 * nothing. */
static void
drain(uintptr_t base, uint32_t hz)
{
    uint64_t end_ns = cm_now_ns() + (FIFO + 1u) * 8000000000ull / hz;

    while ((*cm_reg(base, SSPSR) & (SR_BSY | SR_RNE)) &&
           cm_now_ns() < end_ns) {
        (void)*cm_reg(base, SSPDR);
    }
}

/* A container has had the block since. */
static bool
was_touched(const struct block *block)
{
    return *cm_reg(block->base, SSPCR1) != CR1_SSE ||
           *cm_reg(block->base, SSPCPSR) != block->cpsr ||
           *cm_reg(block->base, SSPCR0) != block->cr0;
}

static int
transfer(void *ctx, const struct wio_spi_chip *chip,
         const struct wio_spi_segment *segments, uint32_t n_segments,
         uint64_t deadline_ns)
{
    const struct cm_device *device = ctx;
    struct block *block = &blocks[device->shadow];
    bool is_selected = false;
    int err = WIO_OK;

    if (chip->select >= block->n_selects) {
        return WIO_ERR_SPI_CHIP_SELECT;
    }
    if (chip->max_hz != block->max_hz || chip->mode != block->mode ||
        was_touched(block)) {
        drain(block->base, chip->max_hz);
        set_mode(block, chip);
    }
    for (uint32_t i = 0; i < n_segments && !err; i++) {
        if (is_selected == segments[i].unselected) {
            is_selected = !is_selected;
            set_select(block, chip->select, is_selected);
        }
        err = run_segment(block, &segments[i], deadline_ns);
    }
    if (err == WIO_ERR_TIMEOUT) {
        drain(block->base, chip->max_hz);
    }
    if (is_selected) {
        set_select(block, chip->select, false);
    }
    if (*cm_reg(block->base, SSPRIS) & RIS_ROR) {
        *cm_reg(block->base, SSPICR) = RIS_ROR;
        err = err ? err : WIO_ERR_SPI_OVERRUN;
    }
    return err;
}

/* -- Requests -------------------------------------------------------------- */

static uint32_t
len_of(const struct wio_request *request)
{
    return request->w_len > 0 ? request->w_len : request->r_len;
}

/* request->phase counts what was sent, request->at what came. Behind the last
 * bytes, fewer than half a FIFO, the idle line asks; QEMU's model knows no idle
 * line, but is through with them at once: looked at here. */
static void
send_on(const struct cm_device *device, struct wio_request *request)
{
    while (request->phase < len_of(request) &&
           request->phase - request->at < FIFO) {
        *cm_reg(device->base, SSPDR) = request->w_len > 0
                                           ? request->w[request->phase] : 0xffu;
        request->phase++;
    }
    if (!(*cm_reg(device->base, SSPSR) & SR_BSY)) {
        cm_line_pend(device->irqs[0]);
    }
}

/* No interrupt comes any more; the chip is let go. */
static void
quiet(struct cm_device *device, const struct wio_request *request)
{
    device->requests[0] = NULL;
    *cm_reg(device->base, SSPIMSC) = 0;
    *cm_reg(device->base, SSPICR) = ICR_ALL;
    cm_line_drop(device->irqs[0]);
    set_select(&blocks[device->shadow], request->chip->select, false);
}

/* At most a FIFO of bytes each time. */
static void
on_interrupt(void *arg)
{
    struct cm_device *device = arg;
    struct wio_request *request = device->requests[0];

    if (!request) {
        return;
    }
    while (request->at < request->phase &&
           (*cm_reg(device->base, SSPSR) & SR_RNE)) {
        uint8_t byte = (uint8_t)*cm_reg(device->base, SSPDR);

        if (request->r_len > 0) {
            request->r[request->at] = byte;
        }
        request->at++;
    }
    *cm_reg(device->base, SSPICR) = ICR_ALL;
    if (request->at < len_of(request)) {
        send_on(device, request);
        return;
    }
    quiet(device, request);
    request->done(request, (int)request->at);
}

/* The block's own output would let the chip go between two interrupts. */
static int
submit(void *ctx, struct wio_request *request)
{
    struct cm_device *device = ctx;
    struct block *block = &blocks[device->shadow];
    const struct wio_spi_chip *chip = request->chip;

    if (chip->select >= block->n_selects) {
        return WIO_ERR_SPI_CHIP_SELECT;
    }
    if (block->selects[chip->select].bank.base == 0 &&
        len_of(request) > FIFO) {
        return WIO_ERR_NOT_SUPPORTED;
    }
    if (!cm_line_take(device->irqs[0], on_interrupt, device)) {
        return WIO_ERR_BUSY;
    }
    if (chip->max_hz != block->max_hz || chip->mode != block->mode) {
        set_mode(block, chip);
    }
    device->requests[0] = request;
    request->at = request->phase = 0;
    set_select(block, chip->select, true);
    *cm_reg(device->base, SSPIMSC) = IM_RX;
    send_on(device, request);
    return WIO_OK;
}

/* What is in the FIFOs is thrown away by switching the block off and on: DDI
 * 0194G, 3.3.2. */
static uint32_t
cancel(void *ctx, struct wio_request *request)
{
    struct cm_device *device = ctx;

    if (device->requests[0] == request) {
        quiet(device, request);
        *cm_reg(device->base, SSPCR1) = 0;
        for (uint32_t i = 0; i < FIFO; i++) {
            (void)*cm_reg(device->base, SSPDR);
        }
        *cm_reg(device->base, SSPCR1) = CR1_SSE;
    }
    return 0;
}

/* -- Coming up ------------------------------------------------------------- */

int
cm_spi_pl022_start(struct cm_device *device)
{
    static const struct wio_spi_chip slow = { .max_hz = 400000 };
    struct block *block = &blocks[n_blocks];

    if (n_blocks == N_BLOCKS) {
        return WIO_ERR_NOT_SUPPORTED;
    }
    device->shadow = n_blocks++;
    block->base = device->base;
    block->clock_hz = device->clock_hz ? device->clock_hz : 50000000u;
    block->n_selects = (uint8_t)device->n_selects;
    for (uint32_t i = 0; i < device->n_selects; i++) {
        const struct wio_select_pin *pin = &device->selects[i];

        block->selects[i].bank.base = pin->base;
        block->selects[i].pin = pin->pin;
        block->selects[i].active_high = pin->active_high;
        if (pin->base != 0 &&
            cm_gpio_pl061_ops.configure(
                &block->selects[i].bank, pin->pin, WIO_GPIO_OUTPUT |
                (pin->active_high ? 0 : WIO_GPIO_INITIAL_HIGH)) != 0) {
            return WIO_ERR_NO_DEVICE;
        }
    }
    device->selects = 0;
    *cm_reg(block->base, SSPIMSC) = 0;
    set_mode(block, &slow);
    return WIO_OK;
}

const struct wio_spi_ops cm_spi_pl022_ops = {
    .transfer = transfer,
    .submit = submit,
    .cancel = cancel
};
