/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/arena.h - one block of memory, given by the caller, carved at load
 *
 *     base                                                  base + size
 *     | kept objects  ->  used |     free      | scratch <- |
 *
 * What lasts is taken from the low end, what is needed only while loading
 * from the high end. Nothing is freed singly: a mark is taken and returned
 * to. After loading nobody allocates. Task context only.
 */
#ifndef WIO_BASE_ARENA_H
#define WIO_BASE_ARENA_H

#include <stdint.h>

struct wio_arena {
    uint8_t *base;
    uint32_t size;       /* bytes */
    uint32_t used;       /* bytes taken from the low end */
    uint32_t scratch;    /* bytes taken from the high end */
    uint32_t peak;       /* largest used + scratch seen */
};

struct wio_arena_mark {
    uint32_t used;
    uint32_t scratch;
};

void wio_arena_init(struct wio_arena *arena, void *base, uint32_t size);

/**
 * wio_arena_take - @n_bytes of zeroed memory that last
 * @align: a power of two, 1 .. 16
 * Returns NULL when the arena cannot hold them; the arena is unchanged then.
 */
void *wio_arena_take(struct wio_arena *arena, uint32_t n_bytes, uint32_t align);

/* The same from the high end, for use while loading; not zeroed. */
void *wio_arena_scratch(struct wio_arena *arena, uint32_t n_bytes,
                        uint32_t align);

uint32_t wio_arena_left(const struct wio_arena *arena);
struct wio_arena_mark wio_arena_mark(const struct wio_arena *arena);
void wio_arena_return(struct wio_arena *arena, struct wio_arena_mark mark);

#endif
