/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The identification of a NOR flash: manufacturer, type and capacity, by the
 * command 9Fh (JEDEC JESD216, "Read JEDEC ID").
 */
#include <wasmio/core.h>
#include <wasmio/spi.h>

#define READ_ID 0x9fu

static int32_t flash;

WASMIO_EXPORT("wasmio-init")
int32_t
init(void)
{
    flash = WASMIO_OPEN("flash");
    return flash < 0 ? flash : WIO_OK;
}

/* Operation: the three bytes, the first one highest; or a negative code.
 * WIO_ERR_NO_DEVICE when nothing answers: the line stays high, or low. */
WASMIO_EXPORT("read-id")
int32_t
read_id(void)
{
    uint8_t bytes[4] = { READ_ID, 0, 0, 0 };
    const int32_t err = wasmio_spi_transfer_in_place(flash, bytes, 4);

    if (err < 0) {
        return err;
    }
    if (bytes[1] == 0xff || bytes[1] == 0) {
        return WIO_ERR_NO_DEVICE;
    }
    return (int32_t)((uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
                     bytes[3]);
}
