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

/* The table of a class, whatever its objects are. */
struct table {
    uint8_t *objects;
    uint32_t n;
    uint32_t bytes_each;
};

#define FIRST_CLASS WIO_CAP_I2C
#define LAST_CLASS WIO_CAP_SPI

static struct table
table_of(const struct wio_caps *caps, uint32_t class)
{
    switch (class) {
    case WIO_CAP_I2C:
        return (struct table){ (uint8_t *)caps->i2c, caps->n_i2c,
                               sizeof(*caps->i2c) };
    case WIO_CAP_GPIO:
        return (struct table){ (uint8_t *)caps->gpio, caps->n_gpio,
                               sizeof(*caps->gpio) };
    case WIO_CAP_UART:
        return (struct table){ (uint8_t *)caps->uart, caps->n_uart,
                               sizeof(*caps->uart) };
    case WIO_CAP_MMIO:
        return (struct table){ (uint8_t *)caps->mmio, caps->n_mmio,
                               sizeof(*caps->mmio) };
    case WIO_CAP_POINT:
        return (struct table){ (uint8_t *)caps->points, caps->n_points,
                               sizeof(*caps->points) };
    case WIO_CAP_IRQ:
        return (struct table){ (uint8_t *)caps->irq, caps->n_irq,
                               sizeof(*caps->irq) };
    case WIO_CAP_SPI:
        return (struct table){ (uint8_t *)caps->spi, caps->n_spi,
                               sizeof(*caps->spi) };
    default:
        return (struct table){ NULL, 0, 0 };
    }
}

static uint32_t *
handle_at(const struct table *table, uint32_t i)
{
    return (uint32_t *)(void *)(table->objects + i * table->bytes_each);
}

/* No handle has bit 31, and without words no access is made. */
static const struct wio_mmio_window no_window = { .handle = UINT32_MAX };

int
wio_caps_create(struct wio_caps *caps, uint32_t serial,
                const struct wio_caps_counts *counts,
                struct wio_arena *arena)
{
    struct wio_caps made = {
        .last = &no_window,
        .mmio = take_table(arena, counts->mmio, sizeof(*made.mmio)),
        .gpio = take_table(arena, counts->gpio, sizeof(*made.gpio)),
        .i2c = take_table(arena, counts->i2c, sizeof(*made.i2c)),
        .uart = take_table(arena, counts->uart, sizeof(*made.uart)),
        .points = take_table(arena, counts->points, sizeof(*made.points)),
        .irq = take_table(arena, counts->irq, sizeof(*made.irq)),
        .spi = take_table(arena, counts->spi, sizeof(*made.spi)),
        .n_mmio = counts->mmio,
        .n_gpio = (uint8_t)counts->gpio,
        .n_i2c = (uint8_t)counts->i2c,
        .n_uart = (uint8_t)counts->uart,
        .n_points = (uint8_t)counts->points,
        .n_irq = (uint8_t)counts->irq,
        .n_spi = (uint8_t)counts->spi,
    };

    if (!made.mmio || !made.gpio || !made.i2c || !made.uart ||
        !made.points || !made.irq || !made.spi) {
        return WIO_ERR_NO_MEMORY;
    }
    for (uint32_t class = FIRST_CLASS; class <= LAST_CLASS; class++) {
        struct table table = table_of(&made, class);

        for (uint32_t i = 0; i < table.n; i++) {
            *handle_at(&table, i) =
                wio_handle_make(serial, (enum wio_cap_class)class, i);
        }
    }
    *caps = made;
    return 0;
}

void *
wio_caps_find(const struct wio_caps *caps, enum wio_cap_class class,
              uint32_t handle)
{
    struct table table = table_of(caps, class);
    uint32_t i = wio_handle_index(handle);

    if (i >= table.n || !wio_handle_is(*handle_at(&table, i), handle)) {
        return NULL;
    }
    return handle_at(&table, i);
}

bool
wio_caps_close(struct wio_caps *caps, uint32_t handle)
{
    uint32_t *present = wio_caps_find(
        caps, (enum wio_cap_class)wio_handle_class(handle), handle);

    if (!present) {
        return false;
    }
    *present = wio_handle_next(*present);
    return true;
}

void
wio_caps_revoke_all(struct wio_caps *caps)
{
    for (uint32_t class = FIRST_CLASS; class <= LAST_CLASS; class++) {
        struct table table = table_of(caps, class);

        for (uint32_t i = 0; i < table.n; i++) {
            *handle_at(&table, i) = 0;
        }
    }
    /* Windows that are memories are found without a handle: what is left of
     * them takes no access. */
    for (uint32_t i = 0; i < caps->n_mmio; i++) {
        caps->mmio[i].n_words = 0;
    }
    caps->last = &no_window;
    caps->n_mmio = 0;
    caps->n_gpio = 0;
    caps->n_i2c = 0;
    caps->n_uart = 0;
    caps->n_points = 0;
    caps->n_irq = 0;
    caps->n_spi = 0;
}
