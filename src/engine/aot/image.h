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
#define WIO_AOT_ABI 7u

enum wio_aot_flag {
    WIO_AOT_COUNTED = 1u << 0,     /* counts steps and has safepoints */
    WIO_AOT_VOLATILE = 1u << 1,    /* memory is written in program order */
    WIO_AOT_WAITS = 1u << 2        /* calls irq.wait: may be left and resumed */
};

struct wio_aot_state;

/* A function as the engine calls it: arguments in, results out, low slot first,
 * two slots for 64 bits, as WIO_HOST_SLOTS. */
typedef void (*wio_aot_call_fn)(uint32_t *slots);

/* An interrupt's handler, called with C arguments. */
struct wio_aot_handler {
    uint32_t func;                 /* defined function */
    void (*call)(uint32_t count, uint32_t low, uint32_t high);
};

/* -- What the engine has -------------------------------------------------- */

/* These are the first members of structures of the same name without `aot`;
 * the engine asserts it (aot/call.c). */
struct wio_aot_memory {
    uint8_t *data;                 /* NULL: it lies with the host */
    uint32_t n_bytes;
    uint32_t n_pages;
    uint32_t max_pages;
    uint32_t declared_max;
    uint8_t page_shift;
    const void *host;              /* NULL: the memory is @data */
};

struct wio_aot_global {
    uint32_t value[2];
    uint8_t value_type;
    bool is_mutable;
};

struct wio_aot_table {
    uint32_t *elements;
    uint32_t n;
};

struct wio_aot_import {
    void (*fn)(void);
    uint32_t info;                 /* <= WIO_AOT_TYPED: fn takes C arguments */
};
#define WIO_AOT_TYPED 1u

/* An execution context. @raised is not 0 while a host function runs. */
struct wio_aot_exec {
    volatile int32_t limit;
    int32_t left;                  /* steps */
    uint32_t raised;
    uint32_t *sp;                  /* what functions keep while they wait lies */
    const void *end;               /* from here to here */
};
#define WIO_AOT_IN_HOST 0x100u     /* in @raised: nothing was raised */
#define WIO_AOT_MAY_WAIT 0x400u    /* beside IN_HOST: this call is irq.wait's */
#define WIO_AOT_LEAVING 0x200u     /* alone: every function keeps and returns */
#define WIO_AOT_GOING_ON 0x800u    /* alone: every function goes where it was */
#define WIO_AOT_STOP INT32_MAX     /* in @limit */

/* What generated code leaves to the engine. Any of these may trap, which does
 * not return. Causes are enum wio_trap_cause; slots as in wio_aot_call_fn. */
struct wio_aot_engine {
    void (*trap)(struct wio_aot_state *state, uint32_t cause);
    /* A step that was not made: steps.left is as before it. */
    void (*safepoint)(struct wio_aot_state *state);
    /* Behind a host function: something was raised, or a stop came. */
    void (*imported)(struct wio_aot_state *state);
    void (*call_import)(struct wio_aot_state *state, uint32_t import,
                        uint32_t *slots);
    /* A function reference of another instance, less 1, called as @type. */
    void (*call_ref)(struct wio_aot_state *state, uint32_t ref, uint32_t type,
                     uint32_t *slots);
    /* enum wio_misc; @v: three operands, the result in the first. */
    void (*misc)(struct wio_aot_state *state, uint32_t sub, uint32_t x,
                 uint32_t y, uint32_t *v);
    /* WebAssembly's opcode, operands and result as bits. */
    uint64_t (*num)(struct wio_aot_state *state, uint32_t op, uint64_t a,
                    uint64_t b);
    /* @kind: as in opcodes.h, WIO_ATOMIC. @v: address, then the operands as
     * slots; the result in the first. */
    void (*atomic)(struct wio_aot_state *state, uint32_t kind, uint32_t memory,
                   uint32_t offset, uint32_t *v);
    /* An access to an imported memory, which may lie with the host: @op is
     * WebAssembly's opcode. @v: two slots of the value, then the address. */
    void (*access)(struct wio_aot_state *state, uint32_t op, uint32_t memory,
                   uint32_t offset, uint32_t *v);
};

/* -- What an image has ---------------------------------------------------- */

/* What the engine tells the code, before it enters it and while it is in it.
 * exec and stack_limit stay side by side: a port changes both at once. */
struct wio_aot_state {
    const struct wio_aot_engine *engine;
    struct wio_aot_exec *exec;     /* that runs */
    uintptr_t stack_limit;         /* lowest address the C stack may reach */
    void *instance;                /* what host functions take first */
    const struct wio_aot_import *imports;
    struct wio_aot_memory *const *memories;
    struct wio_aot_table *const *tables;
    struct wio_aot_global *const *globals;
    uint32_t place;                /* of the instance in its store */
};

/* The place that a memory of the module has in the image. */
struct wio_aot_place {
    uint8_t *data;                 /* NULL: it comes from the arena */
    uint32_t n_bytes;              /* room: what it may grow to */
};

/*
 * Device registers that the code reaches in line, at constant offsets: where
 * they are and what may be done with them was the board's when it was compiled.
 * Whoever grants them checks that it still is, and keeps the image's word for
 * the window: the handle that names it now, 0: all accesses are the host's.
 */
struct wio_aot_window {
    uint32_t need;                 /* place in the container's configuration */
    uint32_t n_bytes;
    uintptr_t base;
    uint32_t rules_crc;            /* wio_rights_crc() */
};

struct wio_aot_image {
    uint32_t magic;
    uint16_t abi;
    uint16_t flags;                /* enum wio_aot_flag */
    uint32_t shape_crc;            /* of the module but for its code, and */
    uint32_t code_crc;             /* of its code (wio_aot_crcs) */
    uint32_t n_funcs;              /* defined ones */
    uint32_t n_imports;            /* imported functions */
    uint32_t n_memories;           /* defined ones, here and below */
    uint32_t n_globals;
    const wio_aot_call_fn *calls;  /* n_funcs; NULL: not from outside */
    uint32_t n_handlers;
    const struct wio_aot_handler *handlers;   /* exported, of their type */
    struct wio_aot_state *state;
    struct wio_aot_memory *memories;
    const struct wio_aot_place *places;   /* n_memories */
    struct wio_aot_global *globals;
    uint32_t n_windows;
    const struct wio_aot_window *windows;
    volatile uint32_t *present;    /* n_windows */
    uintptr_t *bases;              /* n_windows, for whoever grants them to fill
                                      in; NULL: they are where windows say */
};

#endif
