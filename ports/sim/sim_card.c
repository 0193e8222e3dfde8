/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ports/sim/sim_card.c - an SD card in SPI mode
 *
 * SD Specifications Part 1, Physical Layer Simplified Specification, chapter 7
 * ("SPI Mode"): commands and tables 7-3, 7-4, responses 7.3.2, control tokens
 * 7.3.3, CRCs 4.5. What is not there: multiple blocks, erase, locks. A select
 * that ends while a block is under way ends the block (7.1: the select stays
 * active for the whole transaction; only programming goes on without).
 */
#include <string.h>

#include "sim_internal.h"

#define BLOCK 512u

#define R1_IDLE 0x01u
#define R1_ILLEGAL 0x04u
#define R1_CRC 0x08u
#define R1_ADDRESS 0x20u
#define R1_PARAMETER 0x40u

#define TOKEN_START 0xfeu
#define RESPONSE_ACCEPTED 0xe5u   /* xxx0_010_1; the x bits are not driven */
#define RESPONSE_CRC 0xebu
#define RESPONSE_ERROR 0xedu

#define POLLS_UNTIL_READY 3u
#define PROGRAM_NS 250000u

/* -- CRCs (4.5) ------------------------------------------------------------ */

static uint32_t
crc7(const uint8_t *bytes, uint32_t n)
{
    uint32_t crc = 0;

    for (uint32_t i = 0; i < n * 8; i++) {
        const uint32_t bit = bytes[i / 8] >> (7 - i % 8) & 1u;

        crc = (crc << 1) ^ ((crc >> 6 ^ bit) & 1u ? 0x09u : 0u);
        crc &= 0x7fu;
    }
    return crc;
}

static uint32_t
crc16(const uint8_t *bytes, uint32_t n)
{
    uint32_t crc = 0;

    for (uint32_t i = 0; i < n * 8; i++) {
        const uint32_t bit = bytes[i / 8] >> (7 - i % 8) & 1u;

        crc = (crc << 1) ^ ((crc >> 15 ^ bit) & 1u ? 0x1021u : 0u);
        crc &= 0xffffu;
    }
    return crc;
}

/* -- Blocks ---------------------------------------------------------------- */

void
sim_chip_reset(struct wio_sim *sim, struct wio_sim_chip *chip)
{
    if (chip->blocks == NULL) {
        chip->blocks = sim->card_store;
        chip->n_blocks = WIO_SIM_CARD_BLOCKS;
    }
}

int
wio_sim_insert(struct wio_sim *sim, void *blocks, uint32_t n_blocks)
{
    for (uint32_t i = 0; i < WIO_SIM_SPI_CHIPS; i++) {
        struct wio_sim_chip *chip = &sim->chips[i];

        if (chip->model == WIO_SIM_SD || chip->model == WIO_SIM_SDHC) {
            chip->blocks = blocks;
            chip->n_blocks = n_blocks;
            return WIO_OK;
        }
    }
    return WIO_ERR_NO_DEVICE;
}

static const struct wio_sim_fault *
fault_of(struct wio_sim *sim, struct sim_target target,
         enum wio_sim_fault_kind kind)
{
    return sim_fault(sim, target, sim->n_accesses[target.class][target.index],
                     1u << kind);
}

/* Time that a fault adds to what a card does. */
static uint64_t
late_ns(struct wio_sim *sim, struct sim_target target)
{
    const struct wio_sim_fault *fault = fault_of(sim, target, WIO_SIM_LATE);

    return fault != NULL ? (uint64_t)fault->value * 1000u : 0;
}

/* Bytes go out behind the answer, with token and CRC. */
static void
send_data(struct wio_sim *sim, struct sim_target target,
          struct wio_sim_chip *card, const uint8_t *bytes, uint32_t n)
{
    const struct wio_sim_fault *fault = fault_of(sim, target,
                                                 WIO_SIM_READ_ERROR);
    uint32_t crc = crc16(bytes, n);

    card->phase = WIO_SIM_CARD_SENDS;
    card->ready_ns = sim->now_ns + late_ns(sim, target);
    card->data_at = 0;
    if (fault != NULL) {
        card->data[0] = (uint8_t)(fault->value & 0x1fu);
        card->n_data = 1;
        return;
    }
    if (fault_of(sim, target, WIO_SIM_CRC) != NULL) {
        crc ^= 1u;
    }
    card->data[0] = TOKEN_START;
    memcpy(card->data + 1, bytes, n);
    card->data[n + 1] = (uint8_t)(crc >> 8);
    card->data[n + 2] = (uint8_t)crc;
    card->n_data = n + 3;
}

/* A whole block came in: its answer, and the programming. */
static uint8_t
take_data(struct wio_sim *sim, struct sim_target target,
          struct wio_sim_chip *card)
{
    const uint32_t crc = (uint32_t)card->data[BLOCK] << 8
                         | card->data[BLOCK + 1];

    card->phase = WIO_SIM_CARD_COMMAND;
    if (card->checks && crc != crc16(card->data, BLOCK)) {
        return RESPONSE_CRC;
    }
    if (fault_of(sim, target, WIO_SIM_WRITE_ERROR) != NULL) {
        return RESPONSE_ERROR;
    }
    memcpy(card->blocks + card->block * BLOCK, card->data, BLOCK);
    card->n_written++;
    card->busy_until_ns =
        fault_of(sim, target, WIO_SIM_BUSY) != NULL
        ? UINT64_MAX
        : sim->now_ns + PROGRAM_NS + late_ns(sim, target);
    return RESPONSE_ACCEPTED;
}

/* -- Commands (table 7-3) -------------------------------------------------- */

static void
answer(struct wio_sim_chip *card, uint8_t r1, uint32_t rest, uint32_t n_rest)
{
    /* N_CR, 7.5.4: one byte at least before a response. */
    card->answer[0] = 0xff;
    card->answer[1] = (uint8_t)(r1 | (card->ready ? 0 : R1_IDLE));
    for (uint32_t i = 0; i < n_rest; i++) {
        card->answer[2 + i] = (uint8_t)(rest >> 8 * (n_rest - 1 - i));
    }
    card->n_answer = (uint8_t)(2 + n_rest);
    card->answer_at = 0;
}

/* C_SIZE for n blocks of 512 with READ_BL_LEN 9 and C_SIZE_MULT 0: (C_SIZE +
 * 1) * 4 blocks; version 2: (C_SIZE + 1) * 1024 blocks (5.3.2, 5.3.3). */
static void
send_csd(struct wio_sim *sim, struct sim_target target,
         struct wio_sim_chip *card)
{
    uint8_t csd[16] = { 0 };
    uint32_t size;

    if (card->model == WIO_SIM_SDHC) {
        size = card->n_blocks / 1024 - (card->n_blocks >= 1024 ? 1 : 0);
        csd[0] = 0x40;
        csd[5] = 9;
        csd[7] = (uint8_t)(size >> 16 & 0x3fu);
        csd[8] = (uint8_t)(size >> 8);
        csd[9] = (uint8_t)size;
    } else {
        size = card->n_blocks / 4 - 1;
        csd[5] = 9;
        csd[6] = (uint8_t)(size >> 10 & 3u);
        csd[7] = (uint8_t)(size >> 2);
        csd[8] = (uint8_t)(size << 6);
    }
    csd[15] = (uint8_t)((uint32_t)crc7(csd, 15) << 1 | 1u);
    send_data(sim, target, card, csd, sizeof(csd));
}

/* The number of the block at an argument; an R1 error, or 0. */
static uint8_t
find_block(struct wio_sim_chip *card, uint32_t at)
{
    if (card->model == WIO_SIM_SD) {
        if (at % BLOCK != 0) {
            return R1_ADDRESS;
        }
        at /= BLOCK;
    }
    card->block = at;
    return at < card->n_blocks ? 0 : R1_PARAMETER;
}

static void
app_command(struct wio_sim_chip *card, uint32_t number, uint32_t argument)
{
    if (number != 41) {
        answer(card, R1_ILLEGAL, 0, 0);
        return;
    }
    /* HCS, bit 30: without it a card of high capacity never gets ready. */
    if ((card->model == WIO_SIM_SD || (argument >> 30 & 1u) != 0)
        && ++card->n_polls >= POLLS_UNTIL_READY) {
        card->ready = true;
    }
    answer(card, 0, 0, 0);
}

static void
data_command(struct wio_sim *sim, struct sim_target target,
             struct wio_sim_chip *card, uint32_t number, uint32_t argument)
{
    static const uint8_t cid[16] = {
        0x57, 'I', 'O', 'S', 'I', 'M', 'S', 'D', 0x10, 0, 0, 0, 1, 1, 0x9b, 1
    };
    uint8_t r1 = card->ready ? 0 : R1_ILLEGAL;

    if (r1 == 0 && (number == 17 || number == 24)) {
        r1 = find_block(card, argument);
    }
    answer(card, r1, 0, 0);
    if (r1 != 0) {
        return;
    }
    switch (number) {
    case 9:
        send_csd(sim, target, card);
        break;
    case 10:
        send_data(sim, target, card, cid, sizeof(cid));
        break;
    case 17:
        send_data(sim, target, card, card->blocks + card->block * BLOCK,
                  BLOCK);
        card->n_read++;
        break;
    default:
        card->phase = WIO_SIM_CARD_TOKEN;
        break;
    }
}

static void
command(struct wio_sim *sim, struct sim_target target,
        struct wio_sim_chip *card)
{
    const uint8_t *c = card->command;
    const uint32_t number = c[0] & 0x3fu;
    const uint32_t argument = (uint32_t)c[1] << 24 | (uint32_t)c[2] << 16
                              | (uint32_t)c[3] << 8 | c[4];
    const bool app = card->app;
    const bool is_right = c[5] == ((uint32_t)crc7(c, 5) << 1 | 1u);

    card->app = false;
    if (number == 0 && is_right) {
        /* CMD0, with the select active: into SPI mode and idle (7.2.1). */
        card->in_spi = true;
        card->ready = false;
        card->checks = false;
        card->n_polls = 0;
        card->busy_until_ns = 0;
        answer(card, 0, 0, 0);
        return;
    }
    if (!card->in_spi) {
        return;                    /* it listens in its own mode */
    }
    if ((number == 0 || number == 8 || card->checks) && !is_right) {
        answer(card, R1_CRC, 0, 0);
        return;
    }
    if (app) {
        app_command(card, number, argument);
        return;
    }
    switch (number) {
    case 8:                        /* SEND_IF_COND: R7 echoes */
        answer(card, 0, argument & 0xfffu, 4);
        break;
    case 12:                       /* STOP_TRANSMISSION: nothing to stop */
        answer(card, 0, 0, 0);
        break;
    case 13:                       /* SEND_STATUS: R2 */
        answer(card, 0, 0, 1);
        break;
    case 16:                       /* SET_BLOCKLEN */
        answer(card, argument == BLOCK ? 0 : R1_PARAMETER, 0, 0);
        break;
    case 55:
        card->app = true;
        answer(card, 0, 0, 0);
        break;
    case 58:                       /* READ_OCR: power up, CCS (5.1) */
        answer(card, 0, 0x00ff8000u | (card->ready ? 1u << 31 : 0)
               | (card->ready && card->model == WIO_SIM_SDHC ? 1u << 30 : 0),
               4);
        break;
    case 59:                       /* CRC_ON_OFF */
        card->checks = (argument & 1u) != 0;
        answer(card, 0, 0, 0);
        break;
    case 9:
    case 10:
    case 17:
    case 24:
        data_command(sim, target, card, number, argument);
        break;
    default:
        answer(card, R1_ILLEGAL, 0, 0);
        break;
    }
}

/* -- Bytes ----------------------------------------------------------------- */

void
sim_card_select(struct wio_sim_chip *card, bool selected)
{
    card->selected = selected;
    card->n_command = 0;
    card->n_answer = 0;
    card->phase = WIO_SIM_CARD_COMMAND;
}

/* What comes in; the card listens while it answers. */
static void
take_byte(struct wio_sim *sim, struct sim_target target,
          struct wio_sim_chip *card, uint8_t in)
{
    switch (card->phase) {
    case WIO_SIM_CARD_TOKEN:
        if (in == TOKEN_START && card->answer_at >= card->n_answer) {
            card->phase = WIO_SIM_CARD_TAKES;
            card->data_at = 0;
        }
        return;
    case WIO_SIM_CARD_TAKES:
        card->data[card->data_at++] = in;
        if (card->data_at == BLOCK + 2) {
            card->answer[0] = take_data(sim, target, card);
            card->n_answer = 1;
            card->answer_at = 0;
        }
        return;
    default:
        break;
    }
    if (card->n_command == 0 && (in & 0xc0u) != 0x40u) {
        return;                    /* start bit 0, transmission bit 1 */
    }
    card->command[card->n_command++] = in;
    if (card->n_command == sizeof(card->command)) {
        card->n_command = 0;
        card->phase = WIO_SIM_CARD_COMMAND;
        command(sim, target, card);
    }
}

uint8_t
sim_card_exchange(struct wio_sim *sim, struct sim_target target,
                  struct wio_sim_chip *card, uint8_t in)
{
    uint8_t out = 0xff;

    if (card->answer_at < card->n_answer) {
        out = card->answer[card->answer_at++];
    } else if (sim->now_ns < card->busy_until_ns) {
        return 0;                  /* programming: it takes nothing */
    } else if (card->phase == WIO_SIM_CARD_SENDS
               && sim->now_ns >= card->ready_ns) {
        out = card->data[card->data_at++];
        if (card->data_at == card->n_data) {
            card->phase = WIO_SIM_CARD_COMMAND;
        }
    }
    take_byte(sim, target, card, in);
    return out;
}
