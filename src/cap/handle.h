/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cap/handle.h - the number by which a guest names a grant
 *
 *     31 30      24 23               10 9      6 5       0
 *     +--+---------+-------------------+--------+---------+
 *     |0 | serial  |    generation     | class  |  index  |
 *     +--+---------+-------------------+--------+---------+
 *
 * serial:     of the container, so that another's handle is never one of ours
 * generation: goes up with every close and revoke, so that a stale one fails
 * class:      1 .., so that a handle is never 0 and never of another class
 * index:      place in the table of its class
 *
 * Each object keeps its present handle. An index within the table and ONE
 * comparison therefore validate everything. Bit 31 stays 0: handles travel as
 * non-negative results. A generation comes back after 16384 closes of the
 * same grant by the same container, which can only confuse itself.
 */
#ifndef WIO_CAP_HANDLE_H
#define WIO_CAP_HANDLE_H

#include <stdbool.h>
#include <stdint.h>

enum wio_cap_class {
    WIO_CAP_I2C = 1,           /* numbers as enum wio_abi_class of wio/abi.h */
    WIO_CAP_GPIO = 2,
    WIO_CAP_UART = 3,
    WIO_CAP_MMIO = 4,
    WIO_CAP_POINT = 5,
    WIO_CAP_IRQ = 6,
    WIO_CAP_SPI = 7,
    WIO_CAP_REQUEST = 8        /* of bind; no object of a grant */
};

#define WIO_HANDLE_INDEX_MASK 0x3fu
#define WIO_HANDLE_CLASS_SHIFT 6u
#define WIO_HANDLE_CLASS_MASK 0x3c0u
#define WIO_HANDLE_GENERATION_ONE 0x400u
#define WIO_HANDLE_GENERATION_MASK 0xfffc00u
#define WIO_HANDLE_SERIAL_SHIFT 24u
#define WIO_HANDLE_SERIAL_MASK 0x7f000000u
#define WIO_HANDLE_SERIAL_MAX 0x7fu

static inline uint32_t
wio_handle_make(uint32_t serial, enum wio_cap_class class, uint32_t index)
{
    return ((serial << WIO_HANDLE_SERIAL_SHIFT) & WIO_HANDLE_SERIAL_MASK) |
           ((uint32_t)class << WIO_HANDLE_CLASS_SHIFT) |
           (index & WIO_HANDLE_INDEX_MASK);
}

static inline uint32_t
wio_handle_class(uint32_t handle)
{
    return (handle & WIO_HANDLE_CLASS_MASK) >> WIO_HANDLE_CLASS_SHIFT;
}

static inline uint32_t
wio_handle_index(uint32_t handle)
{
    return handle & WIO_HANDLE_INDEX_MASK;
}

/* The handle that follows: same place, next generation. */
static inline uint32_t
wio_handle_next(uint32_t handle)
{
    return (handle & ~WIO_HANDLE_GENERATION_MASK) |
           ((handle + WIO_HANDLE_GENERATION_ONE) & WIO_HANDLE_GENERATION_MASK);
}

/* Whether @handle, from a guest, is the present one of an object. */
static inline bool
wio_handle_is(uint32_t present, uint32_t handle)
{
    return present == handle;
}

#endif
