/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wasmio/sync.h - what main and a handler of one container share
 *
 * A handler interrupts main at any instruction and ends before main goes on.
 * So a plain variable is wrong in three ways: the compiler may read it once
 * and never again, may move an access across another, and an increment of
 * main's that is interrupted loses the handler's. Here is what is right:
 *
 *   flag      one side sets, the other takes
 *   counter   one side adds, the other reads or takes what is new
 *   ring      one side puts bytes, the other gets them, in order
 *
 * All have one writer a variable, so nothing is read, changed and written back
 * by both.
 *
 * Built in one of two ways, with the same meaning:
 *
 *   with ATOMICS (clang's -matomics)   C's atomics become WebAssembly's atomic
 *             instructions. Then both sides may also change the same word, by
 *             wasmio_add() and C's own <stdatomic.h> or __atomic built-ins.
 *   without   volatile accesses behind a compiler barrier: made once and in
 *             program order, as the engine makes them. C's atomics are wrong
 *             here: clang turns them into plain accesses and then moves these.
 *
 * docs/guide/share-with-a-handler.md shows what goes wrong otherwise.
 */
#ifndef WASMIO_SYNC_H
#define WASMIO_SYNC_H

#include <wasmio/guest.h>

#ifdef __wasm_atomics__
#define WASMIO_ATOMICS 1
#else
#define WASMIO_ATOMICS 0
#endif

/* No access moves across this. */
#define wasmio_barrier() __asm__ volatile("" ::: "memory")

static inline uint32_t
wasmio_load(const uint32_t *at)
{
#if WASMIO_ATOMICS
    return __atomic_load_n(at, __ATOMIC_SEQ_CST);
#else
    uint32_t value = *(const volatile uint32_t *)at;

    wasmio_barrier();
    return value;
#endif
}

static inline void
wasmio_store(uint32_t *at, uint32_t value)
{
#if WASMIO_ATOMICS
    __atomic_store_n(at, value, __ATOMIC_SEQ_CST);
#else
    wasmio_barrier();
    *(volatile uint32_t *)at = value;
    wasmio_barrier();
#endif
}

#if WASMIO_ATOMICS
/* From both sides: nothing is lost. What was there before. */
static inline uint32_t
wasmio_add(uint32_t *at, uint32_t n)
{
    return __atomic_fetch_add(at, n, __ATOMIC_SEQ_CST);
}
#endif

/* -- Counter ----------------------------------------------------------------- */

struct wasmio_counter {
    uint32_t added;               /* by the one side only */
    uint32_t taken;               /* by the other */
};

/* The side that counts; with ATOMICS any. */
static inline void
wasmio_counter_add(struct wasmio_counter *counter, uint32_t n)
{
#if WASMIO_ATOMICS
    (void)wasmio_add(&counter->added, n);
#else
    wasmio_store(&counter->added, wasmio_load(&counter->added) + n);
#endif
}

/* The other side: all there ever was; what is new since the last take. */
static inline uint32_t
wasmio_counter_read(const struct wasmio_counter *counter)
{
    return wasmio_load(&counter->added);
}

static inline uint32_t
wasmio_counter_take(struct wasmio_counter *counter)
{
    uint32_t now = wasmio_load(&counter->added);
    uint32_t n = now - counter->taken;

    counter->taken = now;
    return n;
}

/* -- Flag -------------------------------------------------------------------- */

/* A counter that is only asked whether anything is new. */
static inline void
wasmio_flag_set(struct wasmio_counter *flag)
{
    wasmio_counter_add(flag, 1);
}

static inline bool
wasmio_flag_take(struct wasmio_counter *flag)
{
    return wasmio_counter_take(flag) != 0;
}

/* -- Ring of bytes ------------------------------------------------------------ */

/* @size is a power of two; @bytes has as many. */
struct wasmio_ring {
    uint8_t *bytes;
    uint32_t size;
    uint32_t in;                  /* of the side that puts */
    uint32_t out;                 /* of the side that gets */
    uint32_t lost;                /* of the side that puts: there was no room */
};

static inline bool
wasmio_ring_put(struct wasmio_ring *ring, uint8_t byte)
{
    uint32_t in = ring->in;

    if (in - wasmio_load(&ring->out) == ring->size) {
        wasmio_store(&ring->lost, ring->lost + 1);
        return false;
    }
    ((volatile uint8_t *)ring->bytes)[in & (ring->size - 1)] = byte;
    wasmio_store(&ring->in, in + 1);      /* behind the byte */
    return true;
}

static inline bool
wasmio_ring_get(struct wasmio_ring *ring, uint8_t *byte)
{
    uint32_t out = ring->out;

    if (wasmio_load(&ring->in) == out) {
        return false;
    }
    *byte = ((volatile uint8_t *)ring->bytes)[out & (ring->size - 1)];
    wasmio_store(&ring->out, out + 1);    /* behind the read */
    return true;
}

#endif
