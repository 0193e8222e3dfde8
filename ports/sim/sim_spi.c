/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ports/sim/sim_spi.c - a bus with chip selects, an SD card and a NOR flash
 *
 * Simulated by the byte: eight clocks at the chip's rate, the selects switch
 * in no time. The line from the chips is pulled up: a byte that nobody answers
 * reads as 0xff. What the card does is in sim_card.c.
 */
#include <stddef.h>

#include "sim_internal.h"

struct transfer {
    struct wio_sim *sim;
    struct sim_target target;
    const struct wio_spi_chip *asked;
    struct wio_sim_chip *chip;           /* NULL: nobody answers */
    const struct wio_sim_fault *fault;   /* NULL: none */
    uint64_t byte_ns;
    uint64_t deadline_ns;
    uint32_t n_read;                     /* bytes so far */
    bool selected;
};

static bool
is_fault(const struct transfer *t, enum wio_sim_fault_kind kind)
{
    return t->fault != NULL && t->fault->kind == kind;
}

/* -- Winbond W25Q80, data sheet "Instruction Set" ------------------------- */

/* JEDEC ID (9Fh): manufacturer, type, capacity. Status (05h): not busy. */
static uint8_t
nor_exchange(struct wio_sim_chip *nor, uint8_t in)
{
    static const uint8_t id[3] = { 0xef, 0x50, 0x14 };
    const uint32_t i = nor->n_selected++;

    if (i == 0) {
        nor->command[0] = in;
        return 0xff;
    }
    if (nor->command[0] == 0x9f) {
        return id[(i - 1) % 3];
    }
    return nor->command[0] == 0x05 ? 0 : 0xff;
}

/* -- The bus --------------------------------------------------------------- */

struct wio_sim_chip *
sim_spi_chip(struct wio_sim *sim, uint32_t bus, uint32_t select)
{
    for (uint32_t i = 0; i < WIO_SIM_SPI_CHIPS; i++) {
        struct wio_sim_chip *chip = &sim->chips[i];

        if (chip->model != 0 && chip->bus == bus && chip->select == select) {
            return chip;
        }
    }
    return NULL;
}

void
sim_spi_select(struct wio_sim *sim, struct sim_target target,
               struct wio_sim_chip *chip, uint32_t select, bool selected)
{
    if (chip != NULL) {
        chip->n_selected = 0;
        sim_card_select(chip, selected);
    }
    sim_log(sim, target, WIO_SIM_OP_SELECT, selected ? select : 0xffu, 0, 0,
            0);
}

uint8_t
sim_spi_exchange(struct wio_sim *sim, struct sim_target target,
                 struct wio_sim_chip *chip, uint8_t out)
{
    if (chip == NULL) {
        return 0xff;
    }
    return chip->model == WIO_SIM_NOR
           ? nor_exchange(chip, out)
           : sim_card_exchange(sim, target, chip, out);
}

uint64_t
sim_spi_byte_ns(const struct wio_sim *sim, const struct wio_spi_chip *chip)
{
    const uint32_t hz = chip->max_hz < sim->config.spi_hz ? chip->max_hz
                                                          : sim->config.spi_hz;

    return 8000000000u / hz;
}

static void
select_chip(struct transfer *t, bool selected)
{
    if (t->selected != selected) {
        t->selected = selected;
        sim_spi_select(t->sim, t->target, t->chip, t->asked->select, selected);
    }
}

/* Lets time pass; false when the time limit is reached meanwhile. */
static bool
pass(struct transfer *t, uint64_t ns)
{
    struct wio_sim *sim = t->sim;

    if (sim->now_ns >= t->deadline_ns || ns > t->deadline_ns - sim->now_ns) {
        (void)sim_wait_until(sim, t->deadline_ns);
        return false;
    }
    return sim_wait_until(sim, sim->now_ns + ns);
}

static bool
exchange(struct transfer *t, uint8_t out, uint8_t *in)
{
    *in = 0xff;
    if (!pass(t, t->byte_ns)) {
        return false;
    }
    if (t->selected) {
        *in = sim_spi_exchange(t->sim, t->target, t->chip, out);
    }
    if (is_fault(t, WIO_SIM_FLIP) && t->fault->value / 8 == t->n_read) {
        *in = (uint8_t)(*in ^ (0x80u >> t->fault->value % 8));
    }
    t->n_read++;
    sim_log(t->sim, t->target, WIO_SIM_OP_READ, 0, 1,
            (uint32_t)out << 8 | *in, 0);
    return true;
}

static int
run_poll(struct transfer *t, const struct wio_spi_segment *segment)
{
    const struct wio_spi_poll *poll = &segment->poll;

    for (uint32_t i = 0; i < segment->len; i++) {
        uint8_t in;

        if (!exchange(t, 0xff, &in)) {
            return WIO_ERR_TIMEOUT;
        }
        if ((in & poll->skip_mask) != poll->skip) {
            segment->r[0] = in;
            return (in & poll->want_mask) == poll->want ? WIO_OK
                                                        : WIO_ERR_SPI_OTHER;
        }
    }
    return WIO_ERR_TIMEOUT;
}

static int
run_segment(struct transfer *t, const struct wio_spi_segment *segment)
{
    select_chip(t, !segment->unselected);
    if (segment->polls) {
        return run_poll(t, segment);
    }
    for (uint32_t i = 0; i < segment->len; i++) {
        uint8_t in;

        if (!exchange(t, segment->w != NULL ? segment->w[i] : 0xff, &in)) {
            return WIO_ERR_TIMEOUT;
        }
        if (segment->r != NULL) {
            segment->r[i] = in;
        }
        if (is_fault(t, WIO_SIM_OVERRUN)) {
            return WIO_ERR_SPI_OVERRUN;
        }
    }
    return segment->delay_ns == 0 || pass(t, segment->delay_ns)
           ? WIO_OK : WIO_ERR_TIMEOUT;
}

static int
sim_spi_transfer(void *ctx, const struct wio_spi_chip *chip,
                 const struct wio_spi_segment *segments, uint32_t n_segments,
                 uint64_t deadline_ns)
{
    const struct wio_sim_controller *controller = ctx;
    struct wio_sim *sim = controller->sim;
    struct transfer t = {
        .sim = sim,
        .target = { controller->class, controller->index },
        .asked = chip,
        .byte_ns = sim_spi_byte_ns(sim, chip),
        .deadline_ns = deadline_ns,
    };
    const uint32_t kinds = 1u << WIO_SIM_HANG | 1u << WIO_SIM_FLIP
                           | 1u << WIO_SIM_OVERRUN | 1u << WIO_SIM_NO_ANSWER;
    int err = WIO_OK;

    t.fault = sim_fault(sim, t.target, sim_count(sim, t.target), kinds);
    if (!is_fault(&t, WIO_SIM_NO_ANSWER)) {
        t.chip = sim_spi_chip(sim, controller->index, chip->select);
    }
    if (is_fault(&t, WIO_SIM_HANG)) {
        (void)sim_wait_until(sim, deadline_ns);
        err = WIO_ERR_TIMEOUT;
    }
    for (uint32_t i = 0; i < n_segments && err == WIO_OK; i++) {
        err = run_segment(&t, &segments[i]);
    }
    if (t.chip != NULL && t.selected) {
        sim_card_select(t.chip, false);
    }
    sim_log(sim, t.target, WIO_SIM_OP_STOP, 0, 0, 0, err);
    return err;
}

const struct wio_spi_ops sim_spi_ops = {
    .transfer = sim_spi_transfer,
    .submit = sim_submit_spi,
    .cancel = sim_cancel,
};
