/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bind/internal.h - what the files of this layer share
 *
 * A file a class has the host functions and ends in their table; check.c has
 * the list of tables.
 */
#ifndef WIO_BIND_INTERNAL_H
#define WIO_BIND_INTERNAL_H

#include "bind/bind.h"

struct wio_bind_table {
    const char *module;
    const struct wio_host_func *functions;
    uint8_t n_functions;
    uint8_t need_class;            /* enum wio_need_class, or one of these */
};

#define WIO_BIND_FREE 0u           /* nothing to declare */
#define WIO_BIND_POINTS 0xffu      /* a point to declare */
#define WIO_BIND_REQUESTS 0xfeu    /* a need with `requests` to declare */

extern const struct wio_bind_table wio_bind_core_;
extern const struct wio_bind_table wio_bind_delay_;
extern const struct wio_bind_table wio_bind_time_;
extern const struct wio_bind_table wio_bind_gpio_;
extern const struct wio_bind_table wio_bind_i2c_;
extern const struct wio_bind_table wio_bind_uart_;
extern const struct wio_bind_table wio_bind_mmio_;
extern const struct wio_bind_table wio_bind_point_;
extern const struct wio_bind_table wio_bind_irq_;
extern const struct wio_bind_table wio_bind_spi_;
extern const struct wio_bind_table wio_bind_request_;

/* registers.c: a handle was closed or is another one. */
void wio_bind_renew_registers_(struct wio_bind *bind);

static inline struct wio_bind *
wio_bind_of_(const struct wio_instance *instance)
{
    return instance->host;
}

/* A handler runs now: nothing may wait. */
static inline bool
wio_bind_in_handler_(const struct wio_bind *bind)
{
    return bind->sched && bind->sched->current &&
           bind->sched->current->kind == WIO_ENTITY_HANDLER;
}

/* No bus may be used now. A handler waits for none; and a call that serves
 * another container, which runs at that one's level, may come in the middle of
 * a transfer of anybody's: the ceilings do not know that it is there. */
static inline bool
wio_bind_off_buses_(const struct wio_bind *bind)
{
    return wio_bind_in_handler_(bind) ||
           (bind->sched && bind->sched->current &&
            bind->sched->current->section != NULL);
}

/* The budget of what runs has ended: whatever a host function gives is not used
 * any more, and one that may take long returns at once. */
static inline bool
wio_bind_is_over_(const struct wio_bind *bind)
{
    return bind->sched && wio_sched_is_over(bind->sched);
}

/* Around a transfer on a bus that others have devices on, too. */
static inline uint32_t
wio_bind_enter_bus_(const struct wio_bind *bind, uint8_t bus_ceiling)
{
    return bus_ceiling ? wio_sched_enter(bind->sched, bus_ceiling - 1u) : 0;
}

static inline void
wio_bind_leave_bus_(const struct wio_bind *bind, uint8_t bus_ceiling,
                    uint32_t key)
{
    if (bus_ceiling) {
        wio_sched_leave(bind->sched, key);
    }
}

/* Notes a refused call for last-error-text; returns @code as a result. */
uint32_t wio_bind_refuse_(struct wio_instance *instance, const char *what,
                          int32_t code, uint32_t handle, uint32_t detail);

/* The result of a call that may have failed: notes it when it did. */
static inline uint32_t
wio_bind_result_(struct wio_instance *instance, const char *what, int32_t code,
                 uint32_t handle, uint32_t detail)
{
    if (code < 0) {
        return wio_bind_refuse_(instance, what, code, handle, detail);
    }
    return (uint32_t)code;
}

/* window.c: whether an import of wasmio:mmio is a window's memory or a marker,
 * by its name and kind; the check of one that is (@use: of a memory), and what
 * it is linked to. */
bool wio_bind_is_window_(const struct wio_import_info *import);
int wio_bind_check_window_(const struct wio_import_info *import,
                           struct wio_memory_use use,
                           const struct wio_container_config *config,
                           struct wio_report *report);
int wio_bind_resolve_window_(struct wio_bind *bind,
                             const struct wio_import_info *import,
                             struct wio_extern *found);

/* check.c: whether an imported function is of this type; says what it is not. */
int wio_bind_check_type_(const struct wio_import_info *import,
                         const char *signature, struct wio_report *report);

/* mmio.c: a refused register access. */
uint32_t wio_bind_mmio_refuse_(struct wio_instance *instance, const char *what,
                               int32_t code, uint32_t handle, uint32_t off);
/* mmio_many.c: accesses of which all are made or none. */
uint32_t wio_bind_mmio_batch_(struct wio_instance *instance, uint32_t handle,
                              uint32_t at, uint32_t n);
uint32_t wio_bind_mmio_copy_in_(struct wio_instance *instance,
                                uint32_t handle, uint32_t off, uint32_t at,
                                uint32_t len, uint32_t width);
uint32_t wio_bind_mmio_copy_out_(struct wio_instance *instance,
                                 uint32_t handle, uint32_t off, uint32_t at,
                                 uint32_t len, uint32_t width);

/* The moment at which a call with this time limit must be done, never beyond
 * the end of the activation's budget. */
uint64_t wio_bind_deadline_ns_(const struct wio_bind *bind,
                               uint32_t timeout_us);

/* After a call that took time outside: ends the activation when its budget is
 * over. Steps cannot see such time, and a port may have no alarm. */
void wio_bind_check_time_(struct wio_instance *instance);

/* request.c */

/* Whether a request that has not ended sends what is here, when @writes, or
 * receives into it: such a buffer is refused with WIO_ERR_BUSY. */
bool wio_bind_is_lent_(const struct wio_bind *bind, uint32_t at, uint32_t len,
                       bool writes);

/* Checks ranges, buffers and slots, then begins or queues; result of the call:
 * the request's handle. */
uint32_t wio_bind_submit_(struct wio_instance *instance,
                          const struct wio_submission *submission);

/* Copies @len bytes of @from to the guest, at most @cap; result of the call. */
uint32_t wio_bind_give_(struct wio_instance *instance, const char *what,
                        uint32_t handle, uint32_t at, uint32_t cap,
                        const void *from, uint32_t len);

#endif
