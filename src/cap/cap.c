/* SPDX-License-Identifier: Apache-2.0 */
/* cap/cap.c - making and revoking the tables of a container */
#include "cap/cap.h"

#include "base/span.h"

/* NULL only when there is no room; a class without objects takes a byte. */
static void *
take_table(struct wio_arena *arena, uint32_t n, uint32_t bytes_each)
{
    uint32_t n_bytes = n * bytes_each;

    return wio_arena_take(arena, n_bytes ? n_bytes : 1, n_bytes ? 8 : 1);
}

int
wio_caps_create(struct wio_caps *caps, uint32_t serial,
                const struct wio_caps_counts *counts,
                struct wio_arena *arena)
{
    struct wio_caps made = {
        .mmio = take_table(arena, counts->mmio, sizeof(*made.mmio)),
        .gpio = take_table(arena, counts->gpio, sizeof(*made.gpio)),
        .i2c = take_table(arena, counts->i2c, sizeof(*made.i2c)),
        .uart = take_table(arena, counts->uart, sizeof(*made.uart)),
        .points = take_table(arena, counts->points, sizeof(*made.points)),
        .n_mmio = counts->mmio,
        .n_gpio = (uint8_t)counts->gpio,
        .n_i2c = (uint8_t)counts->i2c,
        .n_uart = (uint8_t)counts->uart,
        .n_points = (uint8_t)counts->points,
        .serial = (uint8_t)serial,
    };

    if (!made.mmio || !made.gpio || !made.i2c || !made.uart || !made.points) {
        return WIO_ERR_NO_MEMORY;
    }
    for (uint32_t i = 0; i < counts->mmio; i++) {
        made.mmio[i].handle = wio_handle_make(serial, WIO_CAP_MMIO, i);
    }
    for (uint32_t i = 0; i < counts->gpio; i++) {
        made.gpio[i].handle = wio_handle_make(serial, WIO_CAP_GPIO, i);
    }
    for (uint32_t i = 0; i < counts->i2c; i++) {
        made.i2c[i].handle = wio_handle_make(serial, WIO_CAP_I2C, i);
    }
    for (uint32_t i = 0; i < counts->uart; i++) {
        made.uart[i].handle = wio_handle_make(serial, WIO_CAP_UART, i);
    }
    for (uint32_t i = 0; i < counts->points; i++) {
        made.points[i].handle = wio_handle_make(serial, WIO_CAP_POINT, i);
    }
    *caps = made;
    return 0;
}

/* Where the present handle of the object that @handle names is kept. */
static uint32_t *
find_handle(const struct wio_caps *caps, uint32_t handle)
{
    uint32_t *present = NULL;

    switch (wio_handle_class(handle)) {
    case WIO_CAP_MMIO: {
        struct wio_mmio_window *window = wio_caps_mmio(caps, handle);

        present = window ? &window->handle : NULL;
        break;
    }
    case WIO_CAP_GPIO: {
        struct wio_gpio_pin *pin = wio_caps_gpio(caps, handle);

        present = pin ? &pin->handle : NULL;
        break;
    }
    case WIO_CAP_I2C: {
        struct wio_i2c_device *device = wio_caps_i2c(caps, handle);

        present = device ? &device->handle : NULL;
        break;
    }
    case WIO_CAP_UART: {
        struct wio_uart_line *line = wio_caps_uart(caps, handle);

        present = line ? &line->handle : NULL;
        break;
    }
    case WIO_CAP_POINT: {
        struct wio_point_cell *cell = wio_caps_point(caps, handle);

        present = cell ? &cell->handle : NULL;
        break;
    }
    default:
        break;
    }
    return present;
}

bool
wio_caps_close(struct wio_caps *caps, uint32_t handle)
{
    uint32_t *present = find_handle(caps, handle);

    if (!present) {
        return false;
    }
    *present = wio_handle_next(*present);
    return true;
}

void
wio_caps_revoke_all(struct wio_caps *caps)
{
    for (uint32_t i = 0; i < caps->n_mmio; i++) {
        caps->mmio[i].handle = 0;
    }
    for (uint32_t i = 0; i < caps->n_gpio; i++) {
        caps->gpio[i].handle = 0;
    }
    for (uint32_t i = 0; i < caps->n_i2c; i++) {
        caps->i2c[i].handle = 0;
    }
    for (uint32_t i = 0; i < caps->n_uart; i++) {
        caps->uart[i].handle = 0;
    }
    for (uint32_t i = 0; i < caps->n_points; i++) {
        caps->points[i].handle = 0;
    }
    caps->n_mmio = 0;
    caps->n_gpio = 0;
    caps->n_i2c = 0;
    caps->n_uart = 0;
    caps->n_points = 0;
}
