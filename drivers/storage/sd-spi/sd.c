/* SPDX-License-Identifier: Apache-2.0 */
#include "sd.h"

#define GO_IDLE_STATE 0u
#define SEND_IF_COND 8u
#define SET_BLOCKLEN 16u
#define READ_SINGLE_BLOCK 17u
#define WRITE_BLOCK 24u
#define SD_SEND_OP_COND 41u       /* behind APP_CMD */
#define APP_CMD 55u
#define READ_OCR 58u
#define CRC_ON_OFF 59u

#define IF_COND 0x1aau            /* 2.7 to 3.6 V, check pattern */
#define HCS (1u << 30)            /* we know cards addressed by block */
#define CCS 0x40u                 /* in the first byte of the OCR */

#define START_TOKEN 0xfeu
#define RESPONSE_MASK 0x1fu
#define RESPONSE_ACCEPTED 0x05u
#define RESPONSE_CRC 0x0bu

/* 7.5: a response begins within 8 bytes. A block begins within 100 ms and is
 * written within 250 ms (4.6.2): the call's time limit, not a number here. */
#define ANSWER_BYTES 10u
#define PATIENCE 100000u
#define START_TRIES 2000u
#define IDLE_TRIES 4u

/* -- CRCs ------------------------------------------------------------------ */

/* x^7 + x^3 + 1. */
static uint8_t
crc7(const uint8_t *bytes, uint32_t n)
{
    uint32_t crc = 0;

    while (n-- > 0) {
        crc ^= *bytes++;
        for (uint32_t bit = 0; bit < 8; bit++) {
            crc = crc << 1 ^ (crc & 0x80u ? 0x112u : 0);
        }
    }
    return (uint8_t)(crc | 1u);    /* with the end bit */
}

/* x^16 + x^12 + x^5 + 1, a byte a step and without a table: the polynomial's
 * terms are few enough to shift. */
static uint32_t
crc16(const uint8_t *bytes, uint32_t n)
{
    const uint8_t *end = bytes + n;
    uint32_t crc = 0;

    while (bytes < end) {
        uint32_t x = (crc >> 8 ^ *bytes++) & 0xffu;

        x ^= x >> 4;
        crc = crc << 8 ^ x << 12 ^ x << 5 ^ x;
    }
    return crc & 0xffffu;
}

/* -- Commands -------------------------------------------------------------- */

static struct wio_abi_op
op(uint8_t kind, const void *bytes, uint32_t len)
{
    return (struct wio_abi_op){
        .kind = kind, .ptr = (uint32_t)(uintptr_t)bytes, .len = len
    };
}

static struct wio_abi_op
poll_op(uint8_t *byte, uint32_t len, uint32_t until)
{
    struct wio_abi_op made = op(WIO_ABI_OP_POLL, byte, len);

    made.arg = until;
    return made;
}

/* The byte before the command is N_CS of 7.5, which may be none. QEMU's card
 * (7.2, hw/sd/ssi-sd.c) looks at no select and needs it: it drops the byte
 * that follows a response. */
static void
make_frame(struct sd *sd, uint32_t number, uint32_t argument)
{
    sd->frame[0] = 0xff;
    sd->frame[1] = (uint8_t)(0x40u | number);
    for (uint32_t i = 0; i < 4; i++) {
        sd->frame[2 + i] = (uint8_t)(argument >> (24 - 8 * i));
    }
    sd->frame[6] = crc7(&sd->frame[1], 5);
    sd->answer[0] = 0xff;
    sd->token = 0xff;
    sd->end = 0;
}

/* A command without a block, and @n_more bytes behind R1. Eight clocks with no
 * select let the card leave the line (7.1). */
static int32_t
command(struct sd *sd, uint32_t number, uint32_t argument, uint32_t n_more)
{
    struct wio_abi_op ops[4];
    uint32_t n = 2;

    make_frame(sd, number, argument);
    ops[0] = op(WIO_ABI_OP_WRITE, sd->frame, 7);
    ops[1] = poll_op(&sd->answer[0], ANSWER_BYTES,
                     WIO_ABI_POLL(0x80, 0x80, 0, 0));
    if (n_more > 0) {
        ops[n++] = op(WIO_ABI_OP_READ, &sd->answer[1], n_more);
    }
    ops[n] = op(WIO_ABI_OP_READ, &sd->end, 1);
    ops[n++].flags = WIO_ABI_OP_UNSELECTED;
    return sd_bus(ops, n);
}

/* The same where R1 must be @want. */
static int32_t
demand(struct sd *sd, uint32_t number, uint32_t argument, uint8_t want)
{
    const int32_t err = command(sd, number, argument, 0);

    return err < 0 ? err : sd->answer[0] == want ? 0 : SD_ERR_REFUSED;
}

/* -- Start ----------------------------------------------------------------- */

/* 6.4.1.1: at least 74 clocks with the select inactive, the line high. */
static int32_t
wake(struct sd *sd)
{
    struct wio_abi_op clocks = op(WIO_ABI_OP_READ, sd->answer, 8);
    int32_t err;

    clocks.flags = WIO_ABI_OP_UNSELECTED;
    err = sd_bus(&clocks, 1);
    return err < 0 ? err : sd_bus(&clocks, 1);
}

/* A card that was in the middle of something may miss the first one, and QEMU's
 * (7.2, hw/sd/sd.c) answers it with the state that it has left. */
static int32_t
go_idle(struct sd *sd)
{
    int32_t err = SD_ERR_NO_CARD;

    for (uint32_t i = 0; i < IDLE_TRIES && err < 0; i++) {
        err = demand(sd, GO_IDLE_STATE, 0, SD_R1_IDLE);
        if (err < 0 && err != WIO_ERR_TIMEOUT && err != SD_ERR_REFUSED) {
            return err;
        }
    }
    return err < 0 ? SD_ERR_NO_CARD : 0;
}

/* R7 repeats voltage and pattern; a card of version 1 does not know CMD8. */
static int32_t
check_voltage(struct sd *sd)
{
    const int32_t err = command(sd, SEND_IF_COND, IF_COND, 4);

    if (err < 0 || (sd->answer[0] & SD_R1_ILLEGAL)) {
        return err;
    }
    return sd->answer[3] == IF_COND >> 8 && sd->answer[4] == (IF_COND & 0xffu)
               ? 0
               : SD_ERR_UNUSABLE;
}

static int32_t
get_ready(struct sd *sd)
{
    for (uint32_t i = 0; i < START_TRIES; i++) {
        int32_t err = command(sd, APP_CMD, 0, 0);

        if (err >= 0) {
            err = command(sd, SD_SEND_OP_COND, HCS, 0);
        }
        if (err < 0) {
            return err;
        }
        if (sd->answer[0] == 0) {
            return 0;
        }
        if (sd->answer[0] != SD_R1_IDLE) {
            return SD_ERR_UNUSABLE;
        }
    }
    return SD_ERR_NOT_READY;
}

int32_t
sd_start(struct sd *sd)
{
    int32_t err = wake(sd);

    sd->is_ready = false;
    sd->frame[7] = 0xff;
    sd->frame[8] = START_TOKEN;
    err = err < 0 ? err : go_idle(sd);
    err = err < 0 ? err : check_voltage(sd);
    err = err < 0 ? err : demand(sd, CRC_ON_OFF, 1, SD_R1_IDLE);
    err = err < 0 ? err : get_ready(sd);
    err = err < 0 ? err : command(sd, READ_OCR, 0, 4);
    if (err < 0) {
        return err;
    }
    sd->by_block = (sd->answer[1] & CCS) != 0;
    err = demand(sd, SET_BLOCKLEN, SD_BLOCK, 0);
    sd->is_ready = err >= 0;
    return err;
}

/* -- Blocks ---------------------------------------------------------------- */

static bool
make_block_frame(struct sd *sd, uint32_t number, uint32_t block)
{
    if (!sd->by_block && block > UINT32_MAX / SD_BLOCK) {
        return false;
    }
    make_frame(sd, number, sd->by_block ? block : block * SD_BLOCK);
    return true;
}

/* Which step a transaction ended at: nothing said yet, or the wrong word. */
static int32_t
explain(const struct sd *sd, int32_t err, int32_t refused)
{
    if (err != WIO_ERR_SPI_OTHER && err != WIO_ERR_TIMEOUT) {
        return err;
    }
    if (sd->answer[0] == 0xff) {
        return err == WIO_ERR_TIMEOUT ? SD_ERR_NO_CARD : err;
    }
    if (sd->answer[0] != 0) {
        return SD_ERR_REFUSED;
    }
    return sd->token == 0xff ? err : refused;
}

int32_t
sd_read(struct sd *sd, uint32_t block, uint8_t *bytes)
{
    struct wio_abi_op ops[6];
    int32_t err;

    if (!make_block_frame(sd, READ_SINGLE_BLOCK, block)) {
        return SD_ERR_REFUSED;
    }
    ops[0] = op(WIO_ABI_OP_WRITE, sd->frame, 7);
    ops[1] = poll_op(&sd->answer[0], ANSWER_BYTES,
                     WIO_ABI_POLL(0x80, 0x80, 0, 0xff));
    ops[2] = poll_op(&sd->token, PATIENCE,
                     WIO_ABI_POLL(0xff, 0xff, START_TOKEN, 0xff));
    ops[3] = op(WIO_ABI_OP_READ, bytes, SD_BLOCK);
    ops[4] = op(WIO_ABI_OP_READ, sd->crc, 2);
    ops[5] = op(WIO_ABI_OP_READ, &sd->end, 1);
    ops[5].flags = WIO_ABI_OP_UNSELECTED;
    err = sd_bus(ops, 6);
    if (err < 0) {
        return explain(sd, err, SD_ERR_READ);
    }
    return crc16(bytes, SD_BLOCK) ==
                   ((uint32_t)sd->crc[0] << 8 | sd->crc[1])
               ? 0
               : SD_ERR_CRC;
}

/* frame[7] and [8] are a byte of pause (N_WR, 7.5) and the start token. The
 * block goes out only behind an R1 of 0: a card that is not about to take it
 * would look for commands in it. */
int32_t
sd_write(struct sd *sd, uint32_t block, const uint8_t *bytes)
{
    struct wio_abi_op ops[8];
    uint32_t crc;
    int32_t err;

    if (!make_block_frame(sd, WRITE_BLOCK, block)) {
        return SD_ERR_REFUSED;
    }
    crc = crc16(bytes, SD_BLOCK);
    sd->crc[0] = (uint8_t)(crc >> 8);
    sd->crc[1] = (uint8_t)crc;
    ops[0] = op(WIO_ABI_OP_WRITE, sd->frame, 7);
    ops[1] = poll_op(&sd->answer[0], ANSWER_BYTES,
                     WIO_ABI_POLL(0x80, 0x80, 0, 0xff));
    ops[2] = op(WIO_ABI_OP_WRITE, &sd->frame[7], 2);
    ops[3] = op(WIO_ABI_OP_WRITE, bytes, SD_BLOCK);
    ops[4] = op(WIO_ABI_OP_WRITE, sd->crc, 2);
    ops[5] = poll_op(&sd->token, ANSWER_BYTES,
                     WIO_ABI_POLL(0xff, 0xff, RESPONSE_ACCEPTED,
                                  RESPONSE_MASK));
    ops[6] = poll_op(&sd->end, PATIENCE, WIO_ABI_POLL(0, 0xff, 0, 0));
    ops[7] = op(WIO_ABI_OP_READ, &sd->answer[1], 1);
    ops[7].flags = WIO_ABI_OP_UNSELECTED;
    err = sd_bus(ops, 8);
    if (err < 0 && sd->token != 0xff && err == WIO_ERR_TIMEOUT) {
        return SD_ERR_BUSY;
    }
    return err < 0 ? explain(sd, err,
                             (sd->token & RESPONSE_MASK) == RESPONSE_CRC
                                 ? SD_ERR_CRC
                                 : SD_ERR_WRITE)
                   : 0;
}
