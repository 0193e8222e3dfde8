/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ports/linux/lines.c - interrupt lines that the kernel counts
 *
 * Expirations of a timerfd and writes to an eventfd are edges. Nothing is
 * lost while a source is masked, or before the stub runs: the fd holds the
 * number. The first read of an edge is the interrupt; the others read with it
 * are what "came while masked".
 */
#include <errno.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "linux_internal.h"

#define LEVEL_TRIGGERS 12u

static int
epoll(const struct wio_linux *port, int op, uint32_t source, uint32_t events)
{
    struct epoll_event event = {
        .events = events | EPOLLONESHOT, .data.u32 = source
    };

    return epoll_ctl(port->epoll_fd, op, port->sources[source].line->fd,
                     &event);
}

/* What the kernel has counted since. */
static void
drain(struct linux_source *source)
{
    uint64_t n;

    if (read(source->line->fd, &n, sizeof(n)) == sizeof(n)) {
        source->count += n;
        source->line->n_seen += (uint32_t)n;
    }
}

/* The next edge is reported: one that was read already, at once. */
static void
listen_again(struct wio_linux *port, uint32_t i)
{
    if (port->sources[i].count > 0) {
        atomic_fetch_or(&port->came, 1u << i);
    } else {
        (void)epoll(port, EPOLL_CTL_MOD, i, EPOLLIN);
    }
}

void
linux_source_event(struct wio_linux *port, uint32_t i)
{
    struct linux_source *source = &port->sources[i];

    if (!source->open || source->masked) {
        return;                            /* the fd remembers */
    }
    drain(source);
    if (source->count > 0) {
        source->count--;
        source->fn(source->arg);
    }
    if (source->open && !source->masked) {
        listen_again(port, i);
    }
}

int
linux_source_open(void *ctx, uint32_t i, const struct wio_source_info *info,
                  void (*fn)(void *arg), void *arg)
{
    struct wio_linux *port = ctx;
    struct linux_line *line = &port->lines[info->line % LINUX_LINES];

    if (i >= LINUX_SOURCES || info->is_pin || info->line >= LINUX_LINES ||
        line->kind == LINUX_LINE_NONE ||
        (info->trigger & LEVEL_TRIGGERS) != 0) {
        return WIO_ERR_NOT_SUPPORTED;
    }
    for (uint32_t k = 0; k < LINUX_SOURCES; k++) {
        if (port->sources[k].open && port->sources[k].line == line) {
            return WIO_ERR_BUSY;
        }
    }
    port->sources[i] = (struct linux_source){
        .fn = fn, .arg = arg, .line = line, .open = true, .masked = true
    };
    if (epoll(port, EPOLL_CTL_ADD, i, 0)) {
        port->sources[i].open = false;
        return WIO_ERR_NOT_SUPPORTED;
    }
    return 0;
}

void
linux_source_close(void *ctx, uint32_t i)
{
    struct wio_linux *port = ctx;

    if (port->sources[i].open) {
        (void)epoll(port, EPOLL_CTL_DEL, i, 0);
        port->sources[i].open = false;
    }
}

void
linux_source_mask(void *ctx, uint32_t i)
{
    struct wio_linux *port = ctx;

    port->sources[i].masked = true;
}

void
linux_source_unmask(void *ctx, uint32_t i)
{
    struct wio_linux *port = ctx;
    uint32_t key = linux_irq_save(port);

    if (port->sources[i].open) {
        port->sources[i].masked = false;
        listen_again(port, i);
    }
    linux_irq_restore(port, key);
}

bool
linux_source_clear(void *ctx, uint32_t i)
{
    struct wio_linux *port = ctx;
    struct linux_source *source = &port->sources[i];
    uint32_t key = linux_irq_save(port);
    bool had;

    drain(source);
    had = source->count > 0;
    source->count -= had;
    linux_irq_restore(port, key);
    return had;
}

uint32_t
linux_source_missed(void *ctx, uint32_t i)
{
    struct wio_linux *port = ctx;
    struct linux_source *source = &port->sources[i];
    uint32_t key = linux_irq_save(port);
    uint32_t n = source->count < UINT32_MAX ? (uint32_t)source->count
                                            : UINT32_MAX;

    source->count -= n;
    linux_irq_restore(port, key);
    return n;
}
