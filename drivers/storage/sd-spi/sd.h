/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sd.h - SD cards in SPI mode: start, read a block, write a block
 *
 * SD Specifications Part 1, Physical Layer Simplified Specification 6.00:
 * 4.5 CRCs; 4.3.13 and figure 7-2 start-up; 7.3.1 commands, 7.3.2 responses,
 * 7.3.3 tokens.
 *
 * Each command is one transaction, as 7.1 wants it: the select is active from
 * the command to the last byte of its block. What the card decides meanwhile,
 * a poll waits for, so the container runs twice a block and not once a byte.
 *
 *   read   command | R1 == 0? | token == fe? | 512 bytes, CRC | clocks
 *   write  command | R1 == 0? | token, 512 bytes, CRC | accepted? | busy | clocks
 *
 * The protocol knows its bus by one function, sd_bus(), which the container
 * makes of wasmio:spi and a native driver of its own; nothing else differs.
 */
#ifndef SD_H
#define SD_H

#include <stdbool.h>
#include <stdint.h>

#include <wio/abi.h>
#include <wio/err.h>

#define SD_BLOCK 512u

/* R1, 7.3.2.1. */
#define SD_R1_IDLE 0x01u
#define SD_R1_ILLEGAL 0x04u

/* What the card said, beside the bus's own codes. */
enum sd_error {
    SD_ERR_NO_CARD = -1,        /* no answer to CMD0, or not that of a card */
    SD_ERR_UNUSABLE = -2,       /* not for this voltage, or no SD card */
    SD_ERR_NOT_READY = -3,      /* did not get ready in time */
    SD_ERR_REFUSED = -4,        /* a command, in R1: such a block is not there */
    SD_ERR_CRC = -5,            /* bytes changed on their way */
    SD_ERR_READ = -6,           /* the card cannot read the block */
    SD_ERR_WRITE = -7,          /* the card did not take the block */
    SD_ERR_BUSY = -8            /* it still programs at the time limit */
};

struct sd {
    uint8_t frame[9];           /* 0xff, a command and its CRC7; then 0xff and
                                   the start token of a block */
    uint8_t answer[8];          /* R1, and what follows it */
    uint8_t token;              /* data token, data response */
    uint8_t end;                /* last byte of busy */
    uint8_t crc[2];
    bool by_block;              /* addresses count blocks: CCS of the OCR */
    bool is_ready;
};

/* Makes one transaction of @n operations: 0, or a code of wio/err.h. */
int32_t sd_bus(struct wio_abi_op *ops, uint32_t n);

/* The card into SPI mode and ready. 0, or a code of either kind. */
int32_t sd_start(struct sd *sd);

/* A block of 512 bytes, the card started. 0, or a code of either kind. */
int32_t sd_read(struct sd *sd, uint32_t block, uint8_t *bytes);
int32_t sd_write(struct sd *sd, uint32_t block, const uint8_t *bytes);

#endif
