/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An SD card as blocks: operations read one into the buffer or write one from
 * it. The card is started by the first operation, and again after an error:
 * it may have lost its power, or be another one.
 */
#include <wasmio/core.h>
#include <wasmio/spi.h>

#include "sd.h"

WASMIO_BUFFER(512);

static int32_t card;
static struct sd sd;

int32_t
sd_bus(struct wio_abi_op *ops, uint32_t n)
{
    return wasmio_spi_transaction(card, ops, n);
}

WASMIO_EXPORT("wasmio-init")
int32_t
init(void)
{
    card = WASMIO_OPEN("card");
    return card < 0 ? card : WIO_OK;
}

/* An error makes the next operation begin anew, but for a block that is not
 * there: that says nothing of the card. */
static int32_t
result(int32_t err)
{
    if (err < 0 && err != SD_ERR_REFUSED) {
        sd.is_ready = false;
    }
    return err;
}

/* Operation: start the card anew. 1: its addresses count blocks; 0: bytes. */
WASMIO_EXPORT("start")
int32_t
start(void)
{
    const int32_t err = sd_start(&sd);

    return err < 0 ? err : sd.by_block;
}

/* Operation: a block into the buffer. 0, or a code (README). */
WASMIO_EXPORT("read-block")
int32_t
read_block(uint32_t block)
{
    int32_t err = sd.is_ready ? 0 : sd_start(&sd);

    if (err >= 0) {
        err = sd_read(&sd, block, wasmio_buffer);
    }
    return result(err);
}

/* Operation: the buffer into a block. */
WASMIO_EXPORT("write-block")
int32_t
write_block(uint32_t block)
{
    int32_t err = sd.is_ready ? 0 : sd_start(&sd);

    if (err >= 0) {
        err = sd_write(&sd, block, wasmio_buffer);
    }
    return result(err);
}
