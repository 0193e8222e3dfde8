/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emit/func.h - one function on its way to C
 *
 * An operand has one C variable for its place and type: i3 is the i32 (or the
 * reference) at height 3, j3, f3, d3 the i64, f32, f64. What validation proved
 * of the operand stack is thereby told to the C compiler, which does the rest.
 */
#ifndef WIO_EMIT_FUNC_H
#define WIO_EMIT_FUNC_H

#include "emit/internal.h"

enum wio_c_label_kind {
    WIO_C_FUNC,
    WIO_C_BLOCK,
    WIO_C_LOOP,
    WIO_C_IF,
    WIO_C_ELSE
};

struct wio_c_label {
    const uint8_t *params;
    const uint8_t *results;
    uint32_t n_params;
    uint32_t n_results;
    uint32_t height;             /* of operands below its parameters */
    uint32_t id;                 /* B<id> where branches go, E<id> for else */
    enum wio_c_label_kind kind;
};

struct wio_c_func {
    struct wio_emitter *e;
    const struct wio_module *m;
    struct wio_cursor in;
    struct wio_text text;        /* statements */
    struct wio_text sites;       /* where it goes on after a wait */
    uint32_t n_sites;
    uint32_t index;              /* of all functions */
    uint8_t *locals;             /* value types */
    uint32_t n_locals;
    uint8_t *stack;              /* value types */
    uint8_t *made;               /* bits a height: variables there are, of the
                                    four types, and WIO_C_MADE_REF */
    uint32_t height;
    uint32_t room;               /* of stack and made */
    struct wio_c_label labels[WIO_MAX_NESTING + 1];
    uint32_t n_labels;
    uint32_t n_ids;
    bool dead;                   /* behind a branch: nothing is emitted */
    uint32_t dead_blocks;        /* opened since */
    bool calls;
    bool steps;                  /* a call or a branch back costs one */
    bool memories[WIO_MAX_MEMORIES];   /* that it accesses */
};

/* r<height>: what an indirect call that may wait calls. */
#define WIO_C_MADE_REF (1u << 4)

/* An operand's variable, as two arguments of %c%u. */
#define WIO_VAR(f, at) wio_emit_letter((f)->stack[at]), (uint32_t)(at)

/* The place of a new operand on top; of the one taken from the top. */
uint32_t wio_c_push(struct wio_c_func *f, uint8_t type);
uint32_t wio_c_pop(struct wio_c_func *f);

/* wait.c: before and behind the text of a call that may wait. @ref: the operand
 * of an indirect call, whose reference is r<ref>, or UINT32_MAX. */
void wio_c_begin_wait(struct wio_c_func *f, const struct wio_type_info *t,
                      uint32_t ref);
void wio_c_end_wait(struct wio_c_func *f, uint32_t n_below, uint32_t ref);
void wio_c_note_call(struct wio_c_func *f, uint32_t callee, bool indirect);

/* access.c: each reads its immediates, and emits unless dead. */
void wio_c_access(struct wio_c_func *f, uint32_t op);
void wio_c_prefixed(struct wio_c_func *f);
void wio_c_atomic(struct wio_c_func *f);
void wio_c_memory(struct wio_c_func *f, uint32_t op);
void wio_c_table(struct wio_c_func *f, uint32_t op);

/* Behind whatever may have grown a memory. */
#define WIO_C_AFTER " AFTER"

#endif
