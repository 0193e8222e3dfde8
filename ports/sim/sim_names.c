/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ports/sim/sim_names.c - what is on the board, by name: set, get, feed, take
 */
#include <stdlib.h>
#include <string.h>

#include "sim_internal.h"

/* -- Names --------------------------------------------------------------- */

bool
sim_parse_target(const char *name, struct sim_target *target,
                 const char **rest)
{
    static const struct {
        const char *prefix;
        uint8_t class;
        uint8_t count;
    } classes[] = {
        { "i2c", WIO_SIM_CLASS_I2C, WIO_SIM_I2C },
        { "gpio", WIO_SIM_CLASS_GPIO, WIO_SIM_GPIO },
        { "uart", WIO_SIM_CLASS_UART, WIO_SIM_UART },
        { "mmio", WIO_SIM_CLASS_MMIO, WIO_SIM_MMIO },
        { "spi", WIO_SIM_CLASS_SPI, WIO_SIM_SPI },
    };

    for (uint32_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
        const size_t len = strlen(classes[i].prefix);
        int index;

        if (strncmp(name, classes[i].prefix, len) != 0) {
            continue;
        }
        index = name[len] - '0';
        if (index < 0 || index >= classes[i].count) {
            return false;
        }
        *target = (struct sim_target){ classes[i].class, (uint8_t)index };
        *rest = name + len + 1;
        return true;
    }
    return false;
}

bool
sim_parse_number(const char **at, int64_t *value)
{
    const char *digits = *at + (**at == '-' ? 1 : 0);
    char *end;

    if (*digits < '0' || *digits > '9') {
        return false;
    }
    *value = strtoll(*at, &end, 0);
    *at = end;
    return true;
}

/* What a name of wio_sim_set stands for. */
struct place {
    enum {
        PLACE_NONE, PLACE_TEMPERATURE, PLACE_CELL, PLACE_PIN, PLACE_LOOPBACK,
        PLACE_REGISTER
    } kind;
    uint8_t index;       /* of the device, controller */
    bool is_block;       /* loopback: of a block */
    uint32_t sub;        /* pin, cell, register */
};

static bool
find_device(const struct wio_sim *sim, uint8_t model, int64_t bus,
            int64_t addr, struct place *place)
{
    for (uint8_t i = 0; i < WIO_SIM_I2C_DEVICES; i++) {
        const struct wio_sim_i2c_device *device = &sim->devices[i];

        if (device->model == model
            && (bus < 0 || (device->bus == bus && device->addr == addr))) {
            place->index = i;
            return true;
        }
    }
    return false;
}

static struct place
find_place(const struct wio_sim *sim, const char *name)
{
    const struct place none = { .kind = PLACE_NONE };
    struct place place = { .kind = PLACE_NONE };
    struct sim_target target;
    const char *rest;
    int64_t number;

    if (strcmp(name, "temperature") == 0) {
        place.kind = PLACE_TEMPERATURE;
        return find_device(sim, WIO_SIM_TMP105, -1, 0, &place) ? place : none;
    }
    if (strncmp(name, "eeprom.", 7) == 0) {
        rest = name + 7;
        if (!sim_parse_number(&rest, &number) || *rest != '\0' || number < 0
            || number > 255
            || !find_device(sim, WIO_SIM_24C02, -1, 0, &place)) {
            return none;
        }
        place.kind = PLACE_CELL;
        place.sub = (uint32_t)number;
        return place;
    }
    if (!sim_parse_target(name, &target, &rest) || *rest++ != '.') {
        return none;
    }
    place.index = target.index;
    if (strcmp(rest, "loopback") == 0
        && (target.class == WIO_SIM_CLASS_UART
            || target.class == WIO_SIM_CLASS_MMIO)) {
        place.kind = PLACE_LOOPBACK;
        place.is_block = target.class == WIO_SIM_CLASS_MMIO;
        return place;
    }
    if (!sim_parse_number(&rest, &number) || number < 0) {
        return none;
    }
    if (target.class == WIO_SIM_CLASS_I2C
        && strcmp(rest, ".temperature") == 0) {
        place.kind = PLACE_TEMPERATURE;
        return find_device(sim, WIO_SIM_TMP105, target.index, number, &place)
               ? place : none;
    }
    place.sub = (uint32_t)number;
    if (*rest == '\0' && target.class == WIO_SIM_CLASS_GPIO
        && number < WIO_SIM_PINS) {
        place.kind = PLACE_PIN;
        return place;
    }
    if (*rest == '\0' && target.class == WIO_SIM_CLASS_MMIO
        && number <= (int64_t)WIO_SIM_BLOCK_BYTES - 4) {
        place.kind = PLACE_REGISTER;
        return place;
    }
    return none;
}

static uint32_t
register_get(const uint8_t *bytes)
{
    return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16
           | (uint32_t)bytes[3] << 24;
}

int
wio_sim_set(struct wio_sim *sim, const char *name, int64_t value)
{
    const struct place place = find_place(sim, name);
    struct wio_sim_gpio *gpio;
    int64_t low = 0;
    int64_t high = 1;

    switch (place.kind) {
    case PLACE_NONE:
        return WIO_ERR_NO_DEVICE;
    case PLACE_TEMPERATURE:
        low = -273150;
        high = 1000000;
        break;
    case PLACE_CELL:
        high = 255;
        break;
    case PLACE_REGISTER:
        high = UINT32_MAX;
        break;
    default:
        break;
    }
    if (value < low || value > high) {
        return WIO_ERR_INVALID_ARGUMENT;
    }
    switch (place.kind) {
    case PLACE_TEMPERATURE:
        sim->devices[place.index].temperature_mc = (int32_t)value;
        sim_tmp105_look(&sim->devices[place.index]);
        sim_happen(sim);
        break;
    case PLACE_CELL:
        sim->devices[place.index].cells[place.sub] = (uint8_t)value;
        break;
    case PLACE_PIN:
        gpio = &sim->gpio[place.index];
        if ((gpio->in >> place.sub & 1u) != (uint32_t)value) {
            gpio->in ^= 1u << place.sub;
            sim_pin_changed(sim, place.index, place.sub, value != 0);
        }
        break;
    case PLACE_LOOPBACK:
        if (place.is_block) {
            sim->mmio[place.index].line.loopback = value != 0;
        } else {
            sim->uart[place.index].line.loopback = value != 0;
        }
        break;
    default:
        for (uint32_t i = 0; i < 4; i++) {
            sim->mmio[place.index].plain[place.sub + i] =
                (uint8_t)(value >> 8 * i);
        }
        break;
    }
    return WIO_OK;
}

int
wio_sim_get(const struct wio_sim *sim, const char *name, int64_t *value)
{
    const struct place place = find_place(sim, name);
    const struct wio_sim_gpio *gpio;
    uint32_t levels;

    switch (place.kind) {
    case PLACE_NONE:
        return WIO_ERR_NO_DEVICE;
    case PLACE_TEMPERATURE:
        *value = sim->devices[place.index].temperature_mc;
        break;
    case PLACE_CELL:
        *value = sim->devices[place.index].cells[place.sub];
        break;
    case PLACE_PIN:
        gpio = &sim->gpio[place.index];
        levels = (gpio->flags[place.sub] & WIO_GPIO_OUTPUT) != 0 ? gpio->out
                                                                 : gpio->in;
        *value = levels >> place.sub & 1u;
        break;
    case PLACE_LOOPBACK:
        *value = place.is_block ? sim->mmio[place.index].line.loopback
                                : sim->uart[place.index].line.loopback;
        break;
    default:
        *value = register_get(&sim->mmio[place.index].plain[place.sub]);
        break;
    }
    return WIO_OK;
}

/* -- Lines --------------------------------------------------------------- */

static struct wio_sim_line *
named_line(struct wio_sim *sim, const char *name, struct sim_target *target)
{
    const char *rest;

    if (!sim_parse_target(name, target, &rest) || *rest != '\0') {
        return NULL;
    }
    return sim_line(sim, *target);
}

uint32_t
wio_sim_feed(struct wio_sim *sim, const char *name, const void *bytes,
             uint32_t n_bytes)
{
    struct sim_target target;

    return named_line(sim, name, &target) == NULL
           ? 0 : sim_line_feed(sim, target, bytes, n_bytes);
}

uint32_t
wio_sim_take(struct wio_sim *sim, const char *name, void *bytes,
             uint32_t size)
{
    struct sim_target target;
    struct wio_sim_line *line = named_line(sim, name, &target);
    uint8_t *to = bytes;
    uint32_t n = 0;

    while (line != NULL && n < size && sim_queue_get(&line->sent, &to[n])) {
        n++;
    }
    return n;
}
