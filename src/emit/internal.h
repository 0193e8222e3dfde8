/* SPDX-License-Identifier: Apache-2.0 */
/* emit/internal.h - what the emitter's files share */
#ifndef WIO_EMIT_INTERNAL_H
#define WIO_EMIT_INTERNAL_H

#include <stddef.h>

#include "base/leb.h"
#include "emit/emit.h"
#include "engine/interp/loader.h"
#include "engine/interp/module.h"

/* -- text.c --------------------------------------------------------------- */

/* Text that grows; after a failed allocation it is `bad` and takes no more. */
struct wio_text {
    char *at;
    size_t n;
    size_t room;
    bool bad;
};

void wio_text_add(struct wio_text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void wio_text_free(struct wio_text *text);

/* -- numeric.c ------------------------------------------------------------ */

/* One operator: value types of operands and result, and the C expression, in
 * which @ is the first operand and # the second. */
struct wio_numeric {
    uint8_t operands[2];         /* 0: there is no second */
    uint8_t result;
    const char *text;
};

/* Wasm's 0x45 .. 0xc4, or WIO_NUM_SAT + n. */
struct wio_numeric wio_emit_numeric(uint32_t op);

/* -- func.c --------------------------------------------------------------- */

struct wio_emitter {
    const struct wio_module *m;
    const struct wio_emit_options *options;
    struct wio_text text;        /* of all function bodies */
    bool *grows;                 /* a memory: memory.grow was met */
    bool *named;                 /* a function: something may refer to it */
    uint32_t *windows;           /* an imported memory: its window, or NONE */
    bool *waits;                 /* a function: irq.wait can be reached */
    bool *type_waits;            /* a type: by reference, too */
    bool any_waits;
    bool notes_calls;            /* on a first pass, to know it */
    struct wio_emit_edge *edges; /* calls that were noted */
    uint32_t n_edges;
    uint32_t room_edges;
};

struct wio_emit_edge {
    uint32_t caller;
    uint32_t callee;             /* a function, or the type of an */
    bool indirect;               /* call by reference */
};

#define WIO_NO_WINDOW UINT32_MAX

/* Adds the C of defined function @index (of all) with body @body. */
void wio_emit_function(struct wio_emitter *e, uint32_t index,
                       struct wio_span body);

/* -- wait.c --------------------------------------------------------------- */

/* Which imports wait; false: none does. */
bool wio_emit_find_waits(struct wio_emitter *e);
/* To all that call one, from the calls that were noted. */
void wio_emit_spread_waits(struct wio_emitter *e);

/* -- window.c ------------------------------------------------------------- */

/* Which imported memories are windows. */
void wio_emit_find_windows(struct wio_emitter *e);
/* What W<window>_load and the like are. */
void wio_emit_windows(const struct wio_emitter *e, FILE *out);
/* Whether import @func may be made in line; then the lines of F<func>'s body
 * that return when it was. */
bool wio_emit_is_register_call(const struct wio_emitter *e, uint32_t func);
void wio_emit_register_call(const struct wio_emitter *e, uint32_t func,
                            FILE *out);

/* -- module.c ------------------------------------------------------------- */

/* "u32", "u64", "float", "double" */
const char *wio_emit_c_type(uint8_t value_type);
/* i j f d: what variables of a type are called by. References are numbers. */
char wio_emit_letter(uint8_t value_type);
/* Canonical type of a type: what functions are compared by. */
uint32_t wio_emit_type_index(const struct wio_module *m,
                             const struct wio_type_info *t);

#endif
