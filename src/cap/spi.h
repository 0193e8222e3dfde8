/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cap/spi.h - one chip on an SPI bus
 *
 * Its select, mode and clock are fixed by the grant. Each operation is bounded
 * by the grant's max-transfer, all delays of a transaction together by its
 * time limit, and so is what a poll waits for.
 *
 * Context: task context; the bus belongs to the host and is used by one
 * caller at a time. No allocation.
 */
#ifndef WIO_CAP_SPI_H
#define WIO_CAP_SPI_H

#include <stdint.h>

#include <wio/err.h>
#include <wio/port.h>

struct wio_bus;
struct wio_requester;

struct wio_spi_device {
    uint32_t handle;               /* first, in every class */
    const struct wio_spi_ops *ops;
    void *ctx;
    uint32_t max_transfer;         /* bytes, each operation */
    uint32_t timeout_us;           /* of one call */
    struct wio_spi_chip chip;
    uint8_t bus_ceiling;           /* as in struct wio_i2c_device */
    uint8_t next_ceiling;
    struct wio_bus *bus;
    struct wio_requester *requester;
};

/**
 * wio_spi_check - would these segments be allowed; touches nothing
 * @wrong: the first that is not, untouched when all are
 * Returns 0, WIO_ERR_NOT_PERMITTED (longer than max-transfer, delays longer
 * than timeout-us) or WIO_ERR_INVALID_ARGUMENT (no byte and no delay at all,
 * or what is read would overwrite a part of what is still to be sent).
 */
WIO_MUST_CHECK
int wio_spi_check(const struct wio_spi_device *device,
                  const struct wio_spi_segment *segments, uint32_t n,
                  uint32_t *wrong);

/* Checks, then transfers by @deadline_ns; a refusal or the port's result. */
WIO_MUST_CHECK
int wio_spi_transfer(const struct wio_spi_device *device,
                     const struct wio_spi_segment *segments, uint32_t n,
                     uint64_t deadline_ns);

#endif
