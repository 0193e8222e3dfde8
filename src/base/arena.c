/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include <stddef.h>

#include "base/span.h"

void
wio_arena_init(struct wio_arena *arena, void *base, uint32_t size)
{
    *arena = (struct wio_arena){ .base = base, .size = size };
}

static void
note_peak(struct wio_arena *arena)
{
    if (arena->used + arena->scratch > arena->peak) {
        arena->peak = arena->used + arena->scratch;
    }
}

void *
wio_arena_take(struct wio_arena *arena, uint32_t n_bytes, uint32_t align)
{
    uintptr_t at = (uintptr_t)arena->base + arena->used;
    uint32_t pad = (uint32_t)(-at & (align - 1u));
    uint32_t left = wio_arena_left(arena);
    uint8_t *taken;

    if (pad > left || n_bytes > left - pad) {
        return NULL;
    }
    taken = arena->base + arena->used + pad;
    arena->used += pad + n_bytes;
    note_peak(arena);
    wio_fill(taken, 0, n_bytes);
    return taken;
}

void *
wio_arena_scratch(struct wio_arena *arena, uint32_t n_bytes, uint32_t align)
{
    uint32_t left = wio_arena_left(arena);
    uintptr_t top = (uintptr_t)arena->base + arena->size - arena->scratch;
    uint32_t pad;

    if (n_bytes > left) {
        return NULL;
    }
    pad = (uint32_t)((top - n_bytes) & (align - 1u));
    if (pad > left - n_bytes) {
        return NULL;
    }
    arena->scratch += n_bytes + pad;
    note_peak(arena);
    return arena->base + (arena->size - arena->scratch);
}

uint32_t
wio_arena_left(const struct wio_arena *arena)
{
    return arena->size - arena->used - arena->scratch;
}

struct wio_arena_mark
wio_arena_mark(const struct wio_arena *arena)
{
    return (struct wio_arena_mark){ .used = arena->used,
                                    .scratch = arena->scratch };
}

void
wio_arena_return(struct wio_arena *arena, struct wio_arena_mark mark)
{
    arena->used = mark.used;
    arena->scratch = mark.scratch;
}
