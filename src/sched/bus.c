/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sched/bus.c - requests: queued, begun, ended
 *
 * Everything here happens above all levels or with interrupts kept out, so
 * that an end by the controller, by time and by its owner are one after the
 * other, and the first one counts.
 */
#include "sched/bus.h"

#include "sched/internal.h"

/* -- The queue ------------------------------------------------------------------ */

static void
put(struct wio_bus *bus, struct wio_bus_request *request)
{
    struct wio_bus_request **at = &bus->queue;

    while (*at && (*at)->level <= request->level) {
        at = &(*at)->next;
    }
    request->next = *at;
    *at = request;
}

static void
take_out(struct wio_bus *bus, const struct wio_bus_request *request)
{
    struct wio_bus_request **at = &bus->queue;

    while (*at && *at != request) {
        at = &(*at)->next;
    }
    if (*at) {
        *at = request->next;
    }
}

/* The most urgent that may begin now; else when the first one may. */
static struct wio_bus_request *
next_of(const struct wio_bus *bus, uint64_t now, uint64_t *at_ns)
{
    *at_ns = UINT64_MAX;
    for (struct wio_bus_request *request = bus->queue; request;
         request = request->next) {
        uint64_t from = request->stream->next_ns;

        if (from <= now) {
            return request;
        }
        *at_ns = from < *at_ns ? from : *at_ns;
    }
    return NULL;
}

/* -- One transfer ---------------------------------------------------------------- */

static void
end(struct wio_bus_request *request, int result, uint64_t now)
{
    struct wio_bus *bus = request->bus;

    if (bus->active == request) {
        bus->active = NULL;
        wio_sched_alarm_clear(bus->sched, &bus->alarm);
    }
    request->result = result;
    request->ended_ns = now;
    request->state = WIO_BUS_DONE;
}

static void
tell(const struct wio_bus_request *request)
{
    if (request->line) {
        wio_sched_line_raise(request->bus->sched, request->line);
    }
}

static int
begin(struct wio_bus *bus, struct wio_bus_request *request, uint64_t now)
{
    take_out(bus, request);
    bus->active = request;
    request->state = WIO_BUS_ACTIVE;
    request->stream->next_ns = now + request->stream->interval_ns;
    wio_sched_alarm_set(bus->sched, &bus->alarm,
                        now + (uint64_t)request->timeout_us * 1000);
    if (!request->prepare(request)) {
        return WIO_ERR_FAULT;
    }
    return bus->submit(bus->ctx, &request->port);
}

/* The bus is free: somebody's turn, if anybody waits. */
static void
turn(struct wio_bus *bus)
{
    while (!bus->active && !bus->taken && bus->queue) {
        uint64_t now = sched_now(bus->sched);
        uint64_t at_ns;
        struct wio_bus_request *request = next_of(bus, now, &at_ns);
        int err;

        if (!request) {
            wio_sched_alarm_set(bus->sched, &bus->alarm, at_ns);
            return;
        }
        err = begin(bus, request, now);
        if (err) {
            end(request, err, now);
            tell(request);
        }
    }
}

/* From the controller's interrupt. */
static void
on_done(struct wio_request *port_request, int result)
{
    struct wio_bus_request *request =
        (struct wio_bus_request *)(void *)port_request;
    struct wio_bus *bus = request->bus;

    if (bus->active != request) {
        return;                    /* its time, or its owner, was first */
    }
    end(request, result, sched_now(bus->sched));
    tell(request);
    turn(bus);
}

static void
stop(struct wio_bus_request *request, int why)
{
    struct wio_bus *bus = request->bus;
    uint32_t n = bus->cancel(bus->ctx, &request->port);

    end(request, n > 0 ? (int)n : why, sched_now(bus->sched));
}

static void
on_alarm(void *arg)
{
    struct wio_bus *bus = arg;
    struct wio_bus_request *request = bus->active;

    if (request) {
        stop(request, WIO_ERR_TIMEOUT);
        tell(request);
    }
    turn(bus);
}

/* -- Entry points ---------------------------------------------------------------- */

void
wio_bus_init(struct wio_bus *bus, struct wio_sched *sched,
             wio_submit_fn submit, wio_cancel_fn cancel, void *ctx)
{
    *bus = (struct wio_bus){
        .sched = sched,
        .submit = submit,
        .cancel = cancel,
        .ctx = ctx,
        .alarm = { .fn = on_alarm, .arg = bus },
    };
}

void
wio_bus_submit(struct wio_bus_request *request)
{
    struct wio_bus *bus = request->bus;
    uint32_t key = sched_irq_save(bus->sched);

    request->port.done = on_done;
    request->state = WIO_BUS_QUEUED;
    put(bus, request);
    turn(bus);
    sched_irq_restore(bus->sched, key);
}

void
wio_bus_cancel(struct wio_bus_request *request)
{
    struct wio_bus *bus = request->bus;
    uint32_t key = sched_irq_save(bus->sched);

    if (request->state == WIO_BUS_QUEUED) {
        take_out(bus, request);
        end(request, WIO_ERR_CANCELLED, sched_now(bus->sched));
    } else if (request->state == WIO_BUS_ACTIVE) {
        stop(request, WIO_ERR_CANCELLED);
        turn(bus);
    }
    sched_irq_restore(bus->sched, key);
}

int
wio_bus_take(struct wio_bus *bus)
{
    int err = 0;

    if (bus) {
        uint32_t key = sched_irq_save(bus->sched);

        err = bus->active || bus->taken ? (int)WIO_ERR_BUSY : 0;
        bus->taken |= err == 0;
        sched_irq_restore(bus->sched, key);
    }
    return err;
}

void
wio_bus_give(struct wio_bus *bus)
{
    if (bus) {
        uint32_t key = sched_irq_save(bus->sched);

        bus->taken = false;
        turn(bus);
        sched_irq_restore(bus->sched, key);
    }
}
