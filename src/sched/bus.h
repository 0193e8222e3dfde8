/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sched/bus.h - whose turn it is on a controller
 *
 *   submit --> queue, by level --turn--> on the bus --done--> line raised
 *                                            |
 *                                            +--time over, cancelled--> stopped
 *
 * A bus carries one transfer at a time: a request, which goes on by the
 * controller's interrupt while others run, or a synchronous call. Requests
 * wait for their turn, the more urgent first; a call does not wait: while a
 * request is on the bus it is refused. So a request delays nobody's
 * processor time but by its interrupts, and those are bounded: a transfer of
 * a stream begins no earlier than the stream's interval after the one before
 * (docs/reference/asynchronous-io.md).
 *
 * This layer knows no container. Requests are the caller's and stay until
 * ended. Context: any, unless said otherwise; nothing allocates.
 */
#ifndef WIO_SCHED_BUS_H
#define WIO_SCHED_BUS_H

#include <stdbool.h>
#include <stdint.h>

#include <wio/err.h>
#include <wio/port.h>

#include "sched/sched.h"

struct wio_bus;

/* What one need may ask of a bus. */
struct wio_stream {
    uint64_t interval_ns;          /* least distance of two beginnings */
    uint64_t next_ns;              /* the next may begin; 0 at first */
};

enum wio_bus_state {
    WIO_BUS_FREE = 0,
    WIO_BUS_QUEUED,
    WIO_BUS_ACTIVE,
    WIO_BUS_DONE
};

struct wio_bus_request {
    struct wio_request port;       /* must be first */
    /* The caller's. */
    struct wio_bus *bus;
    struct wio_stream *stream;
    struct wio_line *line;         /* raised when it has ended, or NULL */
    /* Above all levels, when its turn comes: fills in the pointers of @port.
     * False: what they are to point at is not there. */
    bool (*prepare)(struct wio_bus_request *request);
    uint32_t timeout_us;           /* on the bus */
    uint8_t level;                 /* 0: most urgent */
    /* The layer's. */
    uint8_t state;                 /* enum wio_bus_state */
    int result;                    /* when done */
    uint64_t ended_ns;
    struct wio_bus_request *next;  /* in the queue */
};

struct wio_bus {
    struct wio_sched *sched;
    wio_submit_fn submit;
    wio_cancel_fn cancel;
    void *ctx;
    struct wio_bus_request *active;
    struct wio_bus_request *queue;
    struct wio_alarm alarm;        /* end of the active one, else the next
                                      beginning */
    bool taken;                    /* by a synchronous call */
};

/* Once, before use. */
void wio_bus_init(struct wio_bus *bus, struct wio_sched *sched,
                  wio_submit_fn submit, wio_cancel_fn cancel, void *ctx);

/* Into the queue; it may begin at once. */
void wio_bus_submit(struct wio_bus_request *request);

/* Whatever it does it has ended when this returns: nothing of it runs, no byte
 * is moved any more. One that had not ended gets WIO_ERR_CANCELLED, or the
 * bytes that count; its line is not raised. */
void wio_bus_cancel(struct wio_bus_request *request);

/* Around a synchronous call. WIO_ERR_BUSY: a request is on the bus. @bus NULL:
 * no requests there. */
WIO_MUST_CHECK
int wio_bus_take(struct wio_bus *bus);
void wio_bus_give(struct wio_bus *bus);

#endif
