/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ports/linux/blocks.c - register blocks
 *
 *   compatible            registers, 4 bytes each
 *   wasmio,memory         none: all of it is memory
 *   wasmio,timer-line     0x0 PERIOD   us between two edges; 0: stands still.
 *                                      Begins with clock-frequency edges a
 *                                      second
 *                         0x4 COUNT    edges that were seen; read only
 *   wasmio,event-line     0x0 RAISE    a write of n is n edges; reads 0
 *                         0x4 COUNT
 *
 * The interrupt of a block at address N * 0x1000 is line N.
 */
#include <string.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "linux_internal.h"

#define REG_FIRST 0u
#define REG_COUNT 4u
#define US_PER_S 1000000u

/* -- Lines ----------------------------------------------------------------- */

static void
set_period(struct linux_line *line, uint32_t us)
{
    const struct timespec every = {
        .tv_sec = us / US_PER_S,
        .tv_nsec = (long)(us % US_PER_S) * 1000,
    };
    const struct itimerspec at = { .it_interval = every, .it_value = every };

    line->period_us = us;
    (void)timerfd_settime(line->fd, 0, &at, NULL);
}

static bool
raise_edges(const struct linux_line *line, uint64_t n)
{
    return n == 0 || write(line->fd, &n, sizeof(n)) == sizeof(n);
}

static const struct linux_line *
event_line(const struct wio_linux *port, uint32_t line)
{
    return line < LINUX_LINES && port->lines[line].kind == LINUX_LINE_EVENT
               ? &port->lines[line]
               : NULL;
}

int
wio_linux_raise(struct wio_linux *port, uint32_t number, uint32_t n)
{
    const struct linux_line *line = event_line(port, number);

    return line && raise_edges(line, n) ? 0 : WIO_ERR_NO_DEVICE;
}

int
wio_linux_line_fd(const struct wio_linux *port, uint32_t number)
{
    const struct linux_line *line = event_line(port, number);

    return line ? line->fd : WIO_ERR_NO_DEVICE;
}

/* -- Accesses -------------------------------------------------------------- */

static uint32_t
read_line(const struct linux_line *line, uint32_t off)
{
    if (off == REG_COUNT) {
        return line->n_seen;
    }
    return off == REG_FIRST && line->kind == LINUX_LINE_TIMER
               ? (uint32_t)line->period_us
               : 0;
}

static uint32_t
block_read(void *ctx, uint32_t off, uint32_t width)
{
    const struct linux_block *block = ctx;
    const volatile void *at = block->bytes + off;

    if (block->line) {
        return read_line(block->line, off);
    }
    switch (width) {
    case 1:
        return *(const volatile uint8_t *)at;
    case 2:
        return *(const volatile uint16_t *)at;
    default:
        return *(const volatile uint32_t *)at;
    }
}

static void
block_write(void *ctx, uint32_t off, uint32_t width, uint32_t value)
{
    struct linux_block *block = ctx;
    volatile void *at = block->bytes + off;

    if (block->line) {
        if (off == REG_FIRST && block->line->kind == LINUX_LINE_TIMER) {
            set_period(block->line, value);
        } else if (off == REG_FIRST) {
            (void)raise_edges(block->line, value);
        }
        return;
    }
    switch (width) {
    case 1:
        *(volatile uint8_t *)at = (uint8_t)value;
        break;
    case 2:
        *(volatile uint16_t *)at = (uint16_t)value;
        break;
    default:
        *(volatile uint32_t *)at = value;
        break;
    }
}

static const struct wio_mmio_ops block_ops = {
    .read = block_read,
    .write = block_write,
};

/* -- Bringing up ----------------------------------------------------------- */

static int
make_line(struct linux_line *line, uint8_t kind, uint32_t hz)
{
    int fd = kind == LINUX_LINE_TIMER
                 ? timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)
                 : eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);

    if (fd < 0) {
        return WIO_ERR_NO_DEVICE;
    }
    *line = (struct linux_line){ .kind = kind, .fd = fd };
    if (kind == LINUX_LINE_TIMER && hz != 0) {
        set_period(line, hz < US_PER_S ? US_PER_S / hz : 1);
    }
    return 0;
}

static uint8_t
kind_of(const char *compatible)
{
    if (strcmp(compatible, "wasmio,timer-line") == 0) {
        return LINUX_LINE_TIMER;
    }
    return strcmp(compatible, "wasmio,event-line") == 0 ? LINUX_LINE_EVENT
                                                        : LINUX_LINE_NONE;
}

int
linux_controller(void *ctx, const struct wio_controller_info *info,
                 struct wio_controller *out)
{
    struct wio_linux *port = ctx;
    uint8_t kind = kind_of(info->compatible);
    struct linux_block *block;
    uintptr_t line = info->base >> LINUX_LINE_SHIFT;

    if (info->class != WIO_CONTROLLER_MMIO ||
        (kind == LINUX_LINE_NONE &&
         strcmp(info->compatible, "wasmio,memory") != 0)) {
        return WIO_ERR_NOT_SUPPORTED;
    }
    if (port->n_blocks == LINUX_BLOCKS || info->size > LINUX_BLOCK_BYTES) {
        return WIO_ERR_NO_DEVICE;
    }
    block = &port->blocks[port->n_blocks];
    if (kind != LINUX_LINE_NONE) {
        if (line >= LINUX_LINES || port->lines[line].kind != LINUX_LINE_NONE ||
            make_line(&port->lines[line], kind, info->clock_hz)) {
            return WIO_ERR_NO_DEVICE;
        }
        block->line = &port->lines[line];
    }
    port->n_blocks++;
    *out = (struct wio_controller){ .ops.mmio = &block_ops, .ctx = block };
    return 0;
}

void
linux_blocks_end(struct wio_linux *port)
{
    for (uint32_t i = 0; i < LINUX_LINES; i++) {
        if (port->lines[i].kind != LINUX_LINE_NONE) {
            (void)close(port->lines[i].fd);
        }
    }
}
