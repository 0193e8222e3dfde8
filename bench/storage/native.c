/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sd_bus() natively: operations become segments as src/bind/spi.c makes them,
 * without a check: what a driver in the firmware would do that trusts itself.
 */
#include "native.h"

#define TIMEOUT_NS 50000000u     /* as drivers/storage/sd-spi/sd-spi.dts */

static const struct wio_controller *bus;
static const struct wio_spi_chip *target;

void
native_bus(const struct wio_controller *spi, const struct wio_spi_chip *chip)
{
    bus = spi;
    target = chip;
}

int32_t
sd_bus(struct wio_abi_op *ops, uint32_t n)
{
    struct wio_spi_segment segments[WIO_ABI_OPS_MAX];

    for (uint32_t i = 0; i < n; i++) {
        uint8_t *bytes = (uint8_t *)(uintptr_t)ops[i].ptr;

        segments[i] = (struct wio_spi_segment){
            .w = ops[i].kind == WIO_ABI_OP_WRITE ? bytes : 0,
            .r = ops[i].kind == WIO_ABI_OP_WRITE ? 0 : bytes,
            .len = ops[i].len,
            .unselected = ops[i].flags == WIO_ABI_OP_UNSELECTED,
            .polls = ops[i].kind == WIO_ABI_OP_POLL,
            .poll = { (uint8_t)ops[i].arg, (uint8_t)(ops[i].arg >> 8),
                      (uint8_t)(ops[i].arg >> 16),
                      (uint8_t)(ops[i].arg >> 24) },
        };
    }
    return bus->ops.spi->transfer(bus->ctx, target, segments, n,
                                  cm_now_ns() + TIMEOUT_NS);
}
