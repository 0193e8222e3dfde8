/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An empty port: compiles, keeps the contract, drives nothing. Copy it, and
 * fill it in the order of docs/guide/port-a-board.md. Every function says here
 * what it may leave out and what follows from that.
 */
#include "port.h"

/* -- Clock, interrupts, log -- */

/*
 * A real port reads a counter that never stops, in 64 bits. This one advances
 * by a microsecond at each look, so that whatever waits for a time comes to
 * its end.
 */
static uint64_t
now_ns(void *ctx)
{
    struct template_port *self = ctx;

    self->now_ns += 1000u;
    return self->now_ns;
}

static void
delay_ns(void *ctx, uint64_t ns)
{
    uint64_t until = now_ns(ctx) + ns;

    while (now_ns(ctx) < until) {
    }
}

/* Without interrupts there is nothing to keep out. With them: save the mask,
 * mask all, return what was saved. */
static uint32_t
irq_save(void *ctx)
{
    (void)ctx;
    return 0;
}

static void
irq_restore(void *ctx, uint32_t key)
{
    (void)ctx;
    (void)key;
}

/* A port without a console drops what is logged. */
static void
log_line(void *ctx, enum wio_log_level level, const char *text, uint32_t len)
{
    (void)ctx;
    (void)level;
    (void)text;
    (void)len;
}

static const struct wio_port_core_ops core_ops = {
    .now_ns = now_ns,
    .delay_ns = delay_ns,
    .irq_save = irq_save,
    .irq_restore = irq_restore,
    /* No timer: guests are bounded by steps alone (wio/port.h). */
    .alarm_set = NULL,
    .alarm_clear = NULL,
    .log = log_line
};

/* -- Controllers -- */

/*
 * A table of (compatible, driver) goes here, as in ports/cortex-m/drivers.c.
 * Register blocks need no driver where registers are memory: ops stay NULL.
 */
static int
controller(void *ctx, const struct wio_controller_info *info,
           struct wio_controller *out)
{
    (void)ctx;
    *out = (struct wio_controller){ .ctx = NULL };
    return info->class == WIO_CONTROLLER_MMIO ? WIO_OK
                                              : WIO_ERR_NOT_SUPPORTED;
}

const struct wio_port *
template_port(struct template_port *self)
{
    *self = (struct template_port){
        .port = {
            .name = "template",
            .ctx = self,
            .core = &core_ops,
            .controller = controller
        }
    };
    return &self->port;
}
