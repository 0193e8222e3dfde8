/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cap/point.h - one value of the process image
 *
 *     writer:  fill slot[(n + 1) & 1], then n + 1 becomes visible
 *     reader:  n, copy slot[n & 1], n again: unchanged means a whole write
 *
 * One writer (the container for a point it provides, the host for one it
 * consumes), readers in any context. The writer never waits. A reader that
 * interrupts the writer sees the last whole write at once. A reader that is
 * itself interrupted by a write copies again; the copy takes a few loads, and
 * a write takes a call of a guest, so it cannot lose twice on one core, and on
 * several it would have to lose the same race over and over.
 *
 * All words are atomics, relaxed ones in the slots, so that no compiler and
 * no second core tears or reorders them; on Cortex-M these are plain loads
 * and stores.
 *
 * Context: any for readers; the writer's for writers. No allocation.
 */
#ifndef WIO_CAP_POINT_H
#define WIO_CAP_POINT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <wio/err.h>

#include "base/rights.h"

struct wio_point_slot {
    _Atomic uint32_t bits[2];      /* low word first */
    _Atomic uint32_t ns[2];
    _Atomic int32_t code;          /* 0: good; else why it is bad */
};

struct wio_point_cell {
    uint32_t handle;               /* first, in every class */
    _Atomic uint32_t n_writes;     /* 0: never written */
    struct wio_point_slot slot[2];
    uint8_t type;                  /* enum wio_point_type */
    bool provides;                 /* the container writes it */
};

struct wio_point_value {
    uint64_t bits;                 /* as struct wio_point of wio/runtime.h */
    uint64_t written_ns;
    uint32_t n_writes;
    int32_t code;
};

/* A value; the caller has checked that it fits. */
void wio_point_write(struct wio_point_cell *cell, uint64_t bits,
                     uint64_t now_ns);
/* No value now, because of @code (negative); the last good one is kept. */
void wio_point_write_bad(struct wio_point_cell *cell, int32_t code,
                         uint64_t now_ns);
void wio_point_read(const struct wio_point_cell *cell,
                    struct wio_point_value *value);

/* Whether @bits is a value of @type in the form of struct wio_point:
 * integers sign- or zero-extended to 64 bits, floats as their bits. */
bool wio_point_fits(uint8_t type, uint64_t bits);

#endif
