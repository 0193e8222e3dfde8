/* SPDX-License-Identifier: Apache-2.0 */
/* bind/request.c - wasmio:request, and what the submits of all classes share */
#include "bind/request.h"

#include <wio/abi.h>

#include "bind/internal.h"

/* -- Slots ------------------------------------------------------------------------ */

int
wio_requests_create(struct wio_requests *requests, uint32_t serial,
                    uint32_t n_slots, uint32_t n_requesters,
                    struct wio_arena *arena)
{
    *requests = (struct wio_requests){ .n_slots = (uint8_t)n_slots };
    if (n_slots == 0) {
        return 0;
    }
    requests->slots = wio_arena_take(arena, n_slots *
                                     (uint32_t)sizeof(*requests->slots), 8);
    requests->requesters = wio_arena_take(arena, n_requesters *
                                          (uint32_t)
                                          sizeof(*requests->requesters), 8);
    if (!requests->slots || !requests->requesters) {
        requests->n_slots = 0;
        return WIO_ERR_NO_MEMORY;
    }
    requests->n_requesters = (uint8_t)n_requesters;
    for (uint32_t i = 0; i < n_slots; i++) {
        requests->slots[i].handle = wio_handle_make(serial, WIO_CAP_REQUEST,
                                                    i);
    }
    return 0;
}

static bool
is_under_way(const struct wio_slot *slot)
{
    return slot->on_bus.state == WIO_BUS_QUEUED ||
           slot->on_bus.state == WIO_BUS_ACTIVE;
}

void
wio_requests_close(struct wio_requests *requests)
{
    /* First, so that whom this interrupts on its way into a submit is refused
     * there. */
    requests->closed = true;
    for (uint32_t i = 0; i < requests->n_slots; i++) {
        struct wio_slot *slot = &requests->slots[i];

        if (is_under_way(slot) && slot->on_bus.bus) {
            wio_bus_cancel(&slot->on_bus);
        }
        slot->on_bus.state = WIO_BUS_FREE;
    }
}

/* Submit tells the number of a request that is a plain call when the call has
 * ended: a handler that guesses it before could not cancel anything. */
static bool
is_told(const struct wio_slot *slot)
{
    return slot->on_bus.state == WIO_BUS_DONE ||
           (is_under_way(slot) && slot->on_bus.bus);
}

static struct wio_slot *
slot_of(const struct wio_bind *bind, uint32_t handle)
{
    const struct wio_requests *requests = &bind->requests;
    uint32_t i = wio_handle_index(handle);

    if (i >= requests->n_slots ||
        !wio_handle_is(requests->slots[i].handle, handle) ||
        !is_told(&requests->slots[i])) {
        return NULL;
    }
    return &requests->slots[i];
}

/* -- Lent buffers ------------------------------------------------------------------ */

/* Both exist, so that nothing wraps. */
static bool
overlap(struct wio_guest_buffer a, struct wio_guest_buffer b)
{
    return a.len > 0 && b.len > 0 && a.at < b.at + b.len &&
           b.at < a.at + a.len;
}

bool
wio_bind_is_lent_(const struct wio_bind *bind, uint32_t at, uint32_t len,
                  bool writes)
{
    const struct wio_guest_buffer buffer = { at, len };

    for (uint32_t i = 0; i < bind->requests.n_slots; i++) {
        const struct wio_slot *slot = &bind->requests.slots[i];

        if (is_under_way(slot) &&
            (overlap(buffer, slot->r) || (writes && overlap(buffer, slot->w)))) {
            return true;
        }
    }
    return false;
}

/* -- Submitting -------------------------------------------------------------------- */

/* Its turn has come: from guest addresses to pointers. */
static bool
prepare(struct wio_bus_request *on_bus)
{
    struct wio_slot *slot = (struct wio_slot *)(void *)on_bus;

    on_bus->port.w = wio_guest_range(slot->instance, slot->w.at, slot->w.len);
    on_bus->port.r = wio_guest_range(slot->instance, slot->r.at, slot->r.len);
    return on_bus->port.w && on_bus->port.r;
}

static struct wio_slot *
free_slot(const struct wio_bind *bind, const struct wio_requester *requester)
{
    for (uint32_t i = 0; i < requester->n; i++) {
        struct wio_slot *slot = &bind->requests.slots[requester->first + i];

        if (slot->on_bus.state == WIO_BUS_FREE) {
            return slot;
        }
    }
    return NULL;
}

static void
fill(struct wio_slot *slot, struct wio_instance *instance,
     const struct wio_submission *s)
{
    const struct wio_bind *bind = wio_bind_of_(instance);

    slot->instance = instance;
    slot->w = s->w;
    slot->r = s->r;
    slot->on_bus = (struct wio_bus_request){
        .port = { .w_len = s->w.len, .r_len = s->r.len, .addr = s->addr,
                  .chip = s->chip },
        .bus = s->requester->bus[s->direction],
        .stream = &s->requester->stream,
        .line = s->requester->line,
        .prepare = prepare,
        .timeout_us = s->timeout_us,
        .level = bind->sched && wio_sched_is_at_level(bind->sched)
                     ? bind->sched->current->level : 0xff,
    };
}

/* Without a controller that goes on by itself the request is over when submit
 * returns, in the time of its caller; all else is the same. */
static void
call_now(struct wio_instance *instance, struct wio_slot *slot,
         const struct wio_submission *s)
{
    const struct wio_bind *bind = wio_bind_of_(instance);
    const struct wio_port_core_ops *core = bind->port->core;
    int result = s->call(instance, s);
    uint32_t key = core->irq_save(bind->port->ctx);

    slot->on_bus.result = result;
    slot->on_bus.ended_ns = core->now_ns(bind->port->ctx);
    slot->on_bus.state = WIO_BUS_DONE;
    if (slot->on_bus.line) {
        wio_sched_line_raise(bind->sched, slot->on_bus.line);
    }
    core->irq_restore(bind->port->ctx, key);
}

static int
check(const struct wio_instance *instance, const struct wio_submission *s)
{
    const struct wio_bind *bind = wio_bind_of_(instance);

    if (!s->requester) {
        return WIO_ERR_NOT_PERMITTED;      /* the need has no `requests` */
    }
    if (!wio_guest_range(instance, s->w.at, s->w.len) ||
        !wio_guest_range(instance, s->r.at, s->r.len)) {
        return WIO_ERR_FAULT;
    }
    if (overlap(s->w, s->r)) {
        return WIO_ERR_INVALID_ARGUMENT;
    }
    if (wio_bind_is_lent_(bind, s->w.at, s->w.len, false) ||
        wio_bind_is_lent_(bind, s->r.at, s->r.len, true)) {
        return WIO_ERR_BUSY;
    }
    if (!s->requester->bus[s->direction] && wio_bind_off_buses_(bind)) {
        return WIO_ERR_WOULD_BLOCK;
    }
    return 0;
}

static int
submit(struct wio_instance *instance, const struct wio_submission *s)
{
    struct wio_bind *bind = wio_bind_of_(instance);
    const struct wio_port_core_ops *core = bind->port->core;
    struct wio_slot *slot = NULL;
    uint32_t key;
    int err = check(instance, s);

    if (err) {
        return err;
    }
    /* A handler may want a slot, or a fault close them, in between. */
    key = core->irq_save(bind->port->ctx);
    if (bind->requests.closed) {
        err = WIO_ERR_REVOKED;
    } else if ((slot = free_slot(bind, s->requester)) == NULL) {
        err = WIO_ERR_BUSY;
    } else {
        fill(slot, instance, s);
        slot->on_bus.state = WIO_BUS_ACTIVE;
        if (slot->on_bus.bus) {
            wio_bus_submit(&slot->on_bus);
        }
    }
    core->irq_restore(bind->port->ctx, key);
    if (err) {
        return err;
    }
    if (!slot->on_bus.bus) {
        call_now(instance, slot, s);
    }
    return (int)slot->handle;
}

uint32_t
wio_bind_submit_(struct wio_instance *instance, const struct wio_submission *s)
{
    return wio_bind_result_(instance, s->what, submit(instance, s), s->handle,
                            s->w.len > 0 ? s->w.at : s->r.at);
}

/* -- wasmio:request ---------------------------------------------------------------- */

static uint32_t
bad(struct wio_instance *instance, const char *what, uint32_t handle)
{
    return wio_bind_refuse_(instance, what, WIO_ERR_BAD_HANDLE, handle, 0);
}

static uint32_t
request_status(struct wio_instance *instance, uint32_t handle)
{
    const struct wio_slot *slot = slot_of(wio_bind_of_(instance), handle);

    if (!slot) {
        return bad(instance, "status", handle);
    }
    switch (slot->on_bus.state) {
    case WIO_BUS_QUEUED:
        return WIO_ABI_REQUEST_QUEUED;
    case WIO_BUS_ACTIVE:
        return WIO_ABI_REQUEST_ACTIVE;
    default:
        return WIO_ABI_REQUEST_DONE;
    }
}

/* What it came to, once; the request is no more then. A handler may ask for
 * the same one meanwhile. */
static uint32_t
request_result(struct wio_instance *instance, uint32_t handle)
{
    struct wio_bind *bind = wio_bind_of_(instance);
    const struct wio_port_core_ops *core = bind->port->core;
    uint32_t key = core->irq_save(bind->port->ctx);
    struct wio_slot *slot = slot_of(bind, handle);
    int result = WIO_ERR_BAD_HANDLE;

    if (slot && slot->on_bus.state != WIO_BUS_DONE) {
        result = WIO_ERR_WOULD_BLOCK;
    } else if (slot) {
        result = slot->on_bus.result;
        slot->handle = wio_handle_next(handle);
        slot->on_bus.state = WIO_BUS_FREE;
    }
    core->irq_restore(bind->port->ctx, key);
    return wio_bind_result_(instance, "result", result, handle, 0);
}

static uint32_t
request_cancel(struct wio_instance *instance, uint32_t handle)
{
    struct wio_slot *slot = slot_of(wio_bind_of_(instance), handle);

    if (!slot) {
        return bad(instance, "cancel", handle);
    }
    if (slot->on_bus.bus) {
        wio_bus_cancel(&slot->on_bus);
    }
    return 0;
}

/* The one that ended first of those whose result was not taken. */
static uint32_t
request_next_done(struct wio_instance *instance)
{
    const struct wio_requests *requests = &wio_bind_of_(instance)->requests;
    const struct wio_slot *first = NULL;

    for (uint32_t i = 0; i < requests->n_slots; i++) {
        const struct wio_slot *slot = &requests->slots[i];

        if (slot->on_bus.state == WIO_BUS_DONE &&
            (!first || slot->on_bus.ended_ns < first->on_bus.ended_ns)) {
            first = slot;
        }
    }
    return first ? first->handle : (uint32_t)WIO_ERR_WOULD_BLOCK;
}

static const struct wio_host_func functions[] = {
    { WIO_MODULE_REQUEST, "status", "i:i", (wio_host_fn)request_status, 0 },
    { WIO_MODULE_REQUEST, "result", "i:i", (wio_host_fn)request_result, 0 },
    { WIO_MODULE_REQUEST, "cancel", "i:i", (wio_host_fn)request_cancel, 0 },
    { WIO_MODULE_REQUEST, "next-done", ":i", (wio_host_fn)request_next_done,
      0 },
};

const struct wio_bind_table wio_bind_request_ = {
    WIO_MODULE_REQUEST, functions, sizeof(functions) / sizeof(functions[0]),
    WIO_BIND_REQUESTS
};
