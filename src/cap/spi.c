/* SPDX-License-Identifier: Apache-2.0 */
/* cap/spi.c - chips on an SPI bus */
#include "cap/spi.h"

/* Neither the same place nor apart. The differences may wrap, as addresses
 * do: one is then large. */
static bool
overlaps_in_part(const struct wio_spi_segment *segment)
{
    uintptr_t w = (uintptr_t)segment->w;
    uintptr_t r = (uintptr_t)segment->r;

    return segment->w && segment->r && w != r &&
           (r - w < segment->len || w - r < segment->len);
}

int
wio_spi_check(const struct wio_spi_device *device,
              const struct wio_spi_segment *segments, uint32_t n,
              uint32_t *wrong)
{
    uint64_t delays_ns = 0;

    for (uint32_t i = 0; i < n; i++) {
        const struct wio_spi_segment *segment = &segments[i];

        delays_ns += segment->delay_ns;
        if ((segment->len > device->max_transfer && !segment->polls) ||
            delays_ns > (uint64_t)device->timeout_us * 1000) {
            *wrong = i;
            return WIO_ERR_NOT_PERMITTED;
        }
        if ((segment->len == 0 && segment->delay_ns == 0) ||
            overlaps_in_part(segment)) {
            *wrong = i;
            return WIO_ERR_INVALID_ARGUMENT;
        }
    }
    return 0;
}

int
wio_spi_transfer(const struct wio_spi_device *device,
                 const struct wio_spi_segment *segments, uint32_t n,
                 uint64_t deadline_ns)
{
    uint32_t wrong;
    int err = wio_spi_check(device, segments, n, &wrong);

    if (err) {
        return err;
    }
    return device->ops->transfer(device->ctx, &device->chip, segments, n,
                                 deadline_ns);
}
