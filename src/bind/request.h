/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bind/request.h - transfers that go on while the guest does something else
 *
 *   submit: arguments checked whole --> slot --> bus (sched/bus.h) --+
 *   result, next-done, irq of source "completion" <-----------------+
 *
 * A container has as many slots as its needs declare, from its arena. The
 * buffers stay the guest's: a slot keeps guest address and length, which are
 * checked again when the transfer begins; a pointer exists only while it is on
 * the bus. That is sound: linear memory neither moves nor shrinks while its
 * container is loaded (memory.grow goes on behind its end, in room that was
 * reserved), and whatever ends the container ends its requests first.
 *
 * Until a request has ended its buffers are lent: the host lets no other call
 * write what is being sent, nor touch what is being received.
 */
#ifndef WIO_BIND_REQUEST_H
#define WIO_BIND_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "engine/engine.h"
#include "sched/bus.h"

struct wio_bind;

/* Slots of a container, all needs together; handles have room for as many. */
#define WIO_BIND_REQUESTS_MAX 64u

struct wio_guest_buffer {
    uint32_t at;
    uint32_t len;
};

/* What one need may ask for. */
struct wio_requester {
    struct wio_bus *bus[2];        /* NULL: a request is a plain call here. Of a
                                      UART: writes, reads; else both the same */
    struct wio_stream stream;
    struct wio_line *line;         /* of the need's completion, or NULL */
    uint8_t first;                 /* its slots */
    uint8_t n;
    uint8_t need;
};

struct wio_slot {
    struct wio_bus_request on_bus; /* must be first */
    struct wio_instance *instance;
    struct wio_guest_buffer w;
    struct wio_guest_buffer r;
    uint32_t handle;               /* present one; see cap/handle.h */
};

struct wio_requests {
    struct wio_slot *slots;
    struct wio_requester *requesters;
    uint8_t n_slots;
    uint8_t n_requesters;
    bool closed;                   /* nothing is taken any more */
};

/* What a class asks for; everything of it was checked. */
struct wio_submission {
    const char *what;              /* the function */
    struct wio_requester *requester;
    struct wio_guest_buffer w;
    struct wio_guest_buffer r;
    uint32_t handle;               /* of the device */
    uint32_t timeout_us;
    uint16_t addr;                 /* i2c */
    const struct wio_spi_chip *chip;      /* spi */
    uint8_t direction;             /* which bus of the requester */
    /* As a plain call, where there is no bus for requests: what it came to. */
    int (*call)(struct wio_instance *instance,
                const struct wio_submission *submission);
};

/* Slots for the needs that have some; @serial as in wio_caps_create. 0 or
 * WIO_ERR_NO_MEMORY. */
WIO_MUST_CHECK
int wio_requests_create(struct wio_requests *requests, uint32_t serial,
                        uint32_t n_slots, uint32_t n_requesters,
                        struct wio_arena *arena);

/* Ends all of them for good: nothing of the container is on a bus, nothing
 * will be. Any context below the stubs, bounded by the slots. */
void wio_requests_close(struct wio_requests *requests);

#endif
