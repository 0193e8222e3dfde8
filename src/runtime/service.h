/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/service.h - containers that serve containers
 *
 *   consumer's main -> spi.transfer -> bind -> cap -> struct wio_spi_ops
 *                                                       |
 *       a native driver of the port  <------------------+
 *       or a container's export, here  <----------------+
 *
 * Whoever calls cannot tell which. No pointer crosses: what is sent is copied
 * into a buffer of the provider's memory that was checked at load, what came
 * is copied out of it.
 *
 * A service call runs in the entity of the caller, at its level, within its
 * budget and on its account, with a countdown of its own that ends inside that
 * budget: so the caller's end never meets a provider in the middle, and a
 * provider that takes too long is cut off alone. Calls of one provider exclude
 * each other by the ceiling that a shared bus has.
 */
#ifndef WIO_RUNTIME_SERVICE_H
#define WIO_RUNTIME_SERVICE_H

#include "runtime/internal.h"

/* What a provider offers; in its own block of memory. */
struct wio_service {
    struct wio_job job;            /* must be first: its execution context; no
                                      entity */
    struct wio_service_call *call; /* that is in it now, or NULL */
    const struct wio_service_decl *decl;
    uint32_t buffer;               /* guest address */
    uint32_t args[WIO_ABI_SERVE_ARGS];
    uint32_t result;
};

/* A transaction: one section, which what is copied in and out is charged to as
 * the calls are. */
struct wio_service_call {
    struct wio_section section;    /* must be first */
    struct wio_service *service;
    const struct wio_spi_chip *chip;
    uint32_t divisor;              /* from the block's clock to the chip's */
    uint64_t allowance_ns;         /* of it, for stubs and the timer */
    uint64_t rest_ns;              /* what is still to come takes at least so
                                      much */
};

WIO_MUST_CHECK
int wio_runtime_make_services_(struct wio_runtime *runtime,
                               struct wio_container *container,
                               struct wio_arena *arena,
                               struct wio_report *report);

/* From now on calls reach @container, and no more. Background. */
void wio_runtime_open_services_(struct wio_runtime *runtime,
                                struct wio_container *container);
void wio_runtime_close_services_(struct wio_runtime *runtime,
                                 const struct wio_container *container);

/**
 * wio_runtime_call_service_ - one call of the provider, in the call's section
 * @flags: WIO_ABI_SERVE_*
 * What it faults is its own. Returns what it said (0, or a code of class spi;
 * a poll: 0 or 1), or
 *   WIO_ERR_NO_DEVICE  it is faulted
 *   WIO_ERR_TIMEOUT    it took longer than it may, and was cut off
 *   WIO_ERR_SPI_OTHER  it trapped, or said what it cannot say
 */
WIO_MUST_CHECK
int wio_runtime_call_service_(struct wio_service_call *call, uint32_t flags,
                              uint32_t len);

/* section.over of a call. */
void wio_runtime_stop_service_(struct wio_section *section);

/* What a container calls that was granted a device on a served bus; @ctx is a
 * struct wio_served. */
extern const struct wio_spi_ops wio_runtime_spi_served_;

#endif
