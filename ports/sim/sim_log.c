/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ports/sim/sim_log.c - the log of accesses, their numbers, and who is hit by
 * a fault
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "sim_internal.h"

void
sim_log(struct wio_sim *sim, struct sim_target target, enum wio_sim_op op,
        uint32_t offset, uint32_t width, uint32_t value, int code)
{
    sim->log[sim->n_log % WIO_SIM_LOG] = (struct wio_sim_access){
        .time_ns = sim->now_ns,
        .class = target.class,
        .index = target.index,
        .op = (uint8_t)op,
        .width = (uint8_t)width,
        .offset = offset,
        .value = value,
        .code = code,
    };
    sim->n_log++;
}

uint32_t
sim_count(struct wio_sim *sim, struct sim_target target)
{
    return ++sim->n_accesses[target.class][target.index];
}

const struct wio_sim_fault *
sim_fault(struct wio_sim *sim, struct sim_target target, uint32_t n,
          uint32_t kinds)
{
    for (uint32_t i = 0; i < WIO_SIM_FAULTS; i++) {
        struct wio_sim_fault *fault = &sim->faults[i];

        if (fault->class != target.class || fault->index != target.index
            || (kinds & (1u << fault->kind)) == 0 || fault->left == 0
            || n < fault->first) {
            continue;
        }
        if (fault->left != WIO_SIM_FOREVER && --fault->left == 0) {
            /* Used up: the place is free again, its contents stay readable
             * until the next fault is put there. */
            fault->class = 0;
        }
        return fault;
    }
    return NULL;
}

uint32_t
wio_sim_accesses(const struct wio_sim *sim, const char *name)
{
    struct sim_target target;
    const char *rest;

    if (!sim_parse_target(name, &target, &rest) || *rest != '\0') {
        return 0;
    }
    return sim->n_accesses[target.class][target.index];
}

/* -- The log as text ----------------------------------------------------- */

struct line {
    char text[4096];
    uint32_t len;
};

static void line_add(struct line *line, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void
line_add(struct line *line, const char *format, ...)
{
    const size_t left = sizeof(line->text) - line->len;
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(line->text + line->len, left, format, args);
    va_end(args);
    if (n > 0) {
        line->len += (size_t)n < left ? (uint32_t)n : (uint32_t)left - 1;
    }
}

static const char *
i2c_end(int32_t code)
{
    switch (code) {
    case 0:
        return "P";
    case WIO_ERR_I2C_NACK_ADDRESS:
        return "! nack-address";
    case WIO_ERR_I2C_NACK_DATA:
        return "! nack-data";
    case WIO_ERR_I2C_ARBITRATION:
        return "! arbitration";
    case WIO_ERR_I2C_BUS:
        return "! stuck";
    case WIO_ERR_TIMEOUT:
        return "! timeout";
    case WIO_ERR_CANCELLED:
        return "! stopped";
    default:
        return "! other";
    }
}

static const char *
spi_end(int32_t code)
{
    switch (code) {
    case 0:
        return "P";
    case WIO_ERR_TIMEOUT:
        return "! timeout";
    case WIO_ERR_SPI_OVERRUN:
        return "! overrun";
    default:
        return "! other";
    }
}

/* Adds one entry; true when it ends its line. */
static bool
line_add_access(struct line *line, const struct wio_sim_access *access)
{
    static const char *const names[] = { "?", "i2c", "gpio", "uart", "mmio",
                                         "spi" };
    const char letter = access->op == WIO_SIM_OP_READ ? 'r'
                        : access->op == WIO_SIM_OP_WRITE ? 'w' : 'c';

    if (line->len == 0) {
        line_add(line, "%s%u", names[access->class], access->index);
    }
    switch (access->class) {
    case WIO_SIM_CLASS_I2C:
        if (access->op == WIO_SIM_OP_STOP) {
            line_add(line, " %s", i2c_end(access->code));
            return true;
        }
        if (access->op == WIO_SIM_OP_START_WRITE) {
            line_add(line, " S%02xw", access->offset);
        } else if (access->op == WIO_SIM_OP_START_READ) {
            line_add(line, " S%02xr", access->offset);
        } else {
            line_add(line, " %02x", access->value);
        }
        return false;
    case WIO_SIM_CLASS_SPI:
        if (access->op == WIO_SIM_OP_STOP) {
            line_add(line, " %s", spi_end(access->code));
            return true;
        }
        if (access->op == WIO_SIM_OP_SELECT) {
            line_add(line, access->offset == 0xff ? " U" : " S%u",
                     access->offset);
        } else {
            line_add(line, " %02x>%02x", access->value >> 8,
                     access->value & 0xffu);
        }
        return false;
    case WIO_SIM_CLASS_GPIO:
        line_add(line, " %c %u=%u", letter, access->offset, access->value);
        break;
    case WIO_SIM_CLASS_UART:
        if (access->op == WIO_SIM_OP_CONFIGURE) {
            line_add(line, " c %u", access->value);
        } else {
            line_add(line, " %c %02x", letter, access->value);
        }
        break;
    default:
        line_add(line, " %c%u %03x=%0*x", letter, access->width,
                 access->offset, access->width * 2, access->value);
        break;
    }
    if (access->code < 0) {
        line_add(line, " ! %d", (int)access->code);
    }
    return true;
}

uint64_t
wio_sim_trace(const struct wio_sim *sim, uint64_t from, char *text,
              uint32_t size)
{
    struct line line = { .len = 0 };
    uint64_t done = from;
    uint32_t used = 0;

    if (sim->n_log > WIO_SIM_LOG && from < sim->n_log - WIO_SIM_LOG) {
        from = sim->n_log - WIO_SIM_LOG;
        done = from;
    }
    for (uint64_t i = from; i < sim->n_log; i++) {
        if (!line_add_access(&line, &sim->log[i % WIO_SIM_LOG])) {
            continue;
        }
        line_add(&line, "\n");
        if (size == 0 || line.len > size - 1 - used) {
            break;
        }
        memcpy(text + used, line.text, line.len);
        used += line.len;
        line.len = 0;
        done = i + 1;
    }
    if (size > 0) {
        text[used] = '\0';
    }
    return done;
}
