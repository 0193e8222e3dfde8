/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/aot/image.h - a module's functions as native code
 *
 *   generated C --> struct wio_aot_image (constant) ----> state (written by
 *                     calls, one a function               the engine)
 *
 * An image is one instance: its globals and, where they were given a place at
 * compile time, its memories are objects of its own. The structures are read
 * by code that was compiled elsewhere and another day: WIO_AOT_ABI goes up with
 * every change of them or of what the generated code expects.
 *
 * This header is also given to the C compiler with the generated code: nothing
 * but <stdint.h> and <stdbool.h> here.
 */
#ifndef WIO_ENGINE_AOT_IMAGE_H
#define WIO_ENGINE_AOT_IMAGE_H

#include <stdbool.h>
#include <stdint.h>

#define WIO_AOT_MAGIC 0x314f4957u      /* "WIO1" in memory */
#define WIO_AOT_ABI 1u

enum wio_aot_flag {
    WIO_AOT_COUNTED = 1u << 0,     /* counts steps and has safepoints */
    WIO_AOT_VOLATILE = 1u << 1     /* memory is written in program order */
};

struct wio_aot_state;

/* A function as the engine calls it: arguments in, results out, low slot first,
 * two slots for 64 bits, as WIO_HOST_SLOTS. */
typedef void (*wio_aot_call_fn)(uint32_t *slots);

/* As struct wio_memory and struct wio_global of engine.h and module.h; the
 * engine's side asserts that they are the same. */
struct wio_aot_memory {
    uint8_t *data;
    uint32_t n_bytes;
    uint32_t n_pages;
    uint32_t max_pages;
    uint32_t declared_max;
    uint8_t page_shift;
};

struct wio_aot_global {
    uint32_t value[2];
    uint8_t value_type;
    bool is_mutable;
};

/* The place that a memory of the module has in the image. */
struct wio_aot_place {
    uint8_t *data;                 /* NULL: the engine takes it from the arena */
    uint32_t n_bytes;              /* room: what it may grow to */
};

struct wio_aot_image {
    uint32_t magic;
    uint16_t abi;
    uint16_t flags;                /* enum wio_aot_flag */
    uint32_t module_crc;           /* of the module as it was compiled, and */
    uint32_t module_bytes;         /* its length */
    uint32_t n_funcs;              /* defined ones */
    uint32_t n_imports;            /* imported functions */
    uint32_t n_memories;           /* defined ones, here and below */
    uint32_t n_globals;
    const wio_aot_call_fn *calls;  /* n_funcs; NULL: never called from outside */
    struct wio_aot_state *state;
    struct wio_aot_memory *memories;
    const struct wio_aot_place *places;   /* n_memories */
    struct wio_aot_global *globals;
};

#endif
