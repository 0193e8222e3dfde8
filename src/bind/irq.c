/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bind/irq.c - wasmio:irq
 *
 * A handle names a granted line; what a line does is sched/line.c's. On a port
 * without levels no line is granted, but a container that can do without one
 * may still call what takes no handle.
 */
#include <wio/abi.h>

#include "bind/internal.h"

static struct wio_line *
line_of(const struct wio_instance *instance, uint32_t handle)
{
    const struct wio_irq *irq = wio_caps_irq(&wio_bind_of_(instance)->caps,
                                             handle);

    return irq ? irq->line : NULL;
}

static uint32_t
bad(struct wio_instance *instance, const char *what, uint32_t handle)
{
    return wio_bind_refuse_(instance, what, WIO_ERR_BAD_HANDLE, handle, 0);
}

static uint32_t
as_count(uint32_t n)
{
    return n < WIO_ABI_IRQ_COUNT ? n : WIO_ABI_IRQ_COUNT;
}

static uint32_t
irq_enable(struct wio_instance *instance, uint32_t handle)
{
    struct wio_line *line = line_of(instance, handle);

    if (!line) {
        return bad(instance, "enable", handle);
    }
    wio_sched_line_enable(wio_bind_of_(instance)->sched, line);
    return 0;
}

static uint32_t
irq_disable(struct wio_instance *instance, uint32_t handle)
{
    struct wio_line *line = line_of(instance, handle);

    if (!line) {
        return bad(instance, "disable", handle);
    }
    wio_sched_line_disable(wio_bind_of_(instance)->sched, line);
    return 0;
}

static uint32_t
irq_ack(struct wio_instance *instance, uint32_t handle)
{
    struct wio_line *line = line_of(instance, handle);

    if (!line) {
        return bad(instance, "ack", handle);
    }
    return wio_sched_line_ack(wio_bind_of_(instance)->sched, line);
}

static uint32_t
irq_pending(struct wio_instance *instance, uint32_t handle)
{
    const struct wio_line *line = line_of(instance, handle);

    return line ? as_count(line->event.n_new & ~WIO_LINE_AT_LEAST)
                : bad(instance, "pending", handle);
}

static uint32_t
irq_dropped(struct wio_instance *instance, uint32_t handle)
{
    const struct wio_line *line = line_of(instance, handle);

    return line ? as_count(line->n_dropped)
                : bad(instance, "dropped", handle);
}

/* -- Locks ------------------------------------------------------------------------ */

static uint32_t
irq_mask(struct wio_instance *instance)
{
    const struct wio_bind *bind = wio_bind_of_(instance);

    if (!bind->sched) {
        return wio_bind_refuse_(instance, "mask", WIO_ERR_NOT_SUPPORTED, 0, 0);
    }
    return wio_bind_result_(instance, "mask",
                            wio_sched_lock(bind->sched, bind->lock_level), 0,
                            bind->lock_level);
}

static uint32_t
irq_unmask(struct wio_instance *instance)
{
    const struct wio_bind *bind = wio_bind_of_(instance);

    if (!bind->sched) {
        return wio_bind_refuse_(instance, "unmask", WIO_ERR_NOT_SUPPORTED, 0,
                                0);
    }
    return wio_bind_result_(instance, "unmask", wio_sched_unlock(bind->sched),
                            0, 0);
}

/* -- Waiting ---------------------------------------------------------------------- */

static uint32_t
take_seen(struct wio_line *line)
{
    uint32_t n = line->event.n_accepted + line->n_coalesced - line->seen;

    line->seen += n;
    return as_count(n);
}

uint32_t
wio_bind_end_wait(struct wio_bind *bind)
{
    struct wio_line *line = bind->waits_for;
    uint32_t n;

    bind->waits_for = NULL;
    if (!line) {
        return (uint32_t)WIO_ERR_REVOKED;
    }
    n = take_seen(line);
    return n > 0 ? n : (uint32_t)WIO_ERR_TIMEOUT;
}

/* Only main waits, and only from its outermost call: what runs otherwise has
 * nowhere to go meanwhile. */
static bool
may_wait(const struct wio_bind *bind)
{
    return bind->main && bind->sched->current == bind->main &&
           bind->main->lock_depth == 0;
}

static uint32_t
irq_wait(struct wio_instance *instance, uint32_t handle, uint32_t timeout_us)
{
    struct wio_bind *bind = wio_bind_of_(instance);
    const struct wio_port *port = bind->port;
    struct wio_line *line = line_of(instance, handle);
    uint64_t until_ns = UINT64_MAX;
    uint32_t key;
    uint32_t n;

    if (!line) {
        return bad(instance, "wait", handle);
    }
    if (!may_wait(bind)) {
        return wio_bind_refuse_(instance, "wait", WIO_ERR_WOULD_BLOCK, handle,
                                timeout_us);
    }
    if (timeout_us != WIO_ABI_IRQ_FOREVER) {
        until_ns = port->core->now_ns(port->ctx) +
                   (uint64_t)timeout_us * 1000;
    }
    /* An event after the look and before the wait would not wake anybody. */
    key = port->core->irq_save(port->ctx);
    n = line->event.busy ? 0 : take_seen(line);
    if (n == 0 && wio_engine_suspend(instance)) {
        bind->waits_for = line;
        wio_sched_wait(bind->sched, until_ns);
    }
    port->core->irq_restore(port->ctx, key);
    if (n == 0 && !bind->waits_for) {
        return wio_bind_refuse_(instance, "wait", WIO_ERR_WOULD_BLOCK, handle,
                                timeout_us);
    }
    return n;
}

static const struct wio_host_func functions[] = {
    { WIO_MODULE_IRQ, "enable", "i:i", (wio_host_fn)irq_enable, 0 },
    { WIO_MODULE_IRQ, "disable", "i:i", (wio_host_fn)irq_disable, 0 },
    { WIO_MODULE_IRQ, "ack", "i:i", (wio_host_fn)irq_ack, 0 },
    { WIO_MODULE_IRQ, "pending", "i:i", (wio_host_fn)irq_pending,
      WIO_HOST_LEAF },
    { WIO_MODULE_IRQ, "dropped", "i:i", (wio_host_fn)irq_dropped,
      WIO_HOST_LEAF },
    { WIO_MODULE_IRQ, "mask", ":i", (wio_host_fn)irq_mask, 0 },
    { WIO_MODULE_IRQ, "unmask", ":i", (wio_host_fn)irq_unmask, 0 },
    { WIO_MODULE_IRQ, "wait", "ii:i", (wio_host_fn)irq_wait, 0 },
};

const struct wio_bind_table wio_bind_irq_ = {
    WIO_MODULE_IRQ, functions, sizeof(functions) / sizeof(functions[0]),
    WIO_NEED_IRQ
};
