/* SPDX-License-Identifier: Apache-2.0 */
/*
 * interp/compile.h - one pass over a function: validate it and emit its code
 *
 *   | ... kept | register code ->   free   <- operands, labels | locals |
 *
 * Operands and labels share one stack that grows down: a label lies below the
 * operands of its block, as Wasm nests them. An operand is a temporary in its
 * home slot, a local not yet copied, or a constant not yet loaded.
 *
 * Two modes. Near: slots in a byte, branches in 16 bits. Big: for functions
 * that need more; slots above 255 are moved through eight scratch slots at the
 * low end of the frame and branches take 32 bits. A function starts near and
 * is done again when that fails.
 *
 * Dry: the same pass for a trap's position, with a ring of bytes for code.
 */
#ifndef WIO_INTERP_COMPILE_H
#define WIO_INTERP_COMPILE_H

#include "base/leb.h"
#include "engine/interp/module.h"
#include "engine/interp/opcodes.h"

#define WIO_TYPE_UNKNOWN 0u          /* below `unreachable` */
#define WIO_NO_POS UINT32_MAX
#define WIO_BIG_SCRATCH 8u           /* slots */
#define WIO_DRY_RING 64u             /* bytes, a power of two */
#define WIO_STACK_MARGIN 256u        /* bytes kept free below the operands */
#define WIO_RETRY_BIG 1              /* in `error`: near mode is too small */
#define WIO_ALIAS_WINDOW 64          /* operands above the lowest alias */

enum wio_operand_kind {
    WIO_TEMP,
    WIO_LOCAL,
    WIO_CONST
};

struct wio_operand {
    uint64_t c;                  /* of a constant */
    uint16_t home;               /* slot of its own */
    uint16_t slot;               /* of the local */
    uint8_t type;                /* enum wio_valtype or UNKNOWN */
    uint8_t kind;                /* enum wio_operand_kind */
};

struct wio_local {
    uint16_t slot;
    uint8_t type;
};

enum wio_label_kind {
    WIO_LABEL_FUNC,
    WIO_LABEL_BLOCK,
    WIO_LABEL_LOOP,
    WIO_LABEL_IF,
    WIO_LABEL_ELSE
};

/* A list of branches lives in their offset fields; 0 ends it. */
struct wio_label {
    struct wio_label *outer;
    const uint8_t *params;
    const uint8_t *results;
    uint64_t assigned;           /* by all branches to the end; see below */
    uint64_t at_start;           /* of `if`: assigned before */
    uint32_t fix;                /* branches to the end */
    uint32_t else_fix;           /* the branch of `if` */
    uint32_t start;              /* of a loop */
    uint32_t table;              /* br_table that made the stub below */
    uint32_t stub;
    uint16_t n_params;
    uint16_t n_results;
    uint16_t base;               /* first slot of the block's operands */
    uint8_t kind;
    bool unreachable;            /* the operand stack is polymorphic */
    bool was_dead;               /* the block itself is dead code */
};

struct wio_compiler {
    const struct wio_module *module;
    const uint8_t *declared;     /* bit set of functions; NULL: all */
    struct wio_report *report;
    struct wio_cursor in;
    const uint8_t *op_at;
    int error;
    uint32_t func;

    uint8_t *code;
    uint32_t pos;
    uint32_t mask;               /* of positions: all ones, or the ring's */
    uint8_t *floor;              /* dry: the operand stack's lowest byte */
    bool dry;
    uint32_t seek;               /* dry: position looked for */
    uint32_t found;              /* dry: offset in the module, 0 not yet */

    struct wio_operand *sp;
    struct wio_operand *alias;   /* no WIO_LOCAL lies deeper; NULL: none */
    struct wio_operand nothing;
    struct wio_label *label;
    uint32_t n_labels;
    struct wio_local *locals;
    uint32_t n_locals;
    uint32_t max_slots;

    /* Slots of locals, bit sets of the first 64. A local needs no clearing
     * when every path assigns it before it is read: a function starts without
     * clearing any, and is done again when one was read too early. */
    uint64_t assigned;           /* on every path to here */
    uint64_t cleared;            /* by the prologue */
    uint64_t wanted;             /* read unassigned */

    uint32_t last;               /* start of the last operator, or NO_POS */
    uint32_t prev;               /* and of the one before */
    bool last_dst;               /* code[last + 1] is a destination */
    bool last_cmp;               /* eq .. geui: may become a branch */
    bool last_not;               /* a pair of opposites: xor 1 negates */
    bool dead;                   /* emit nothing */
    bool big;
    bool has_atomics;            /* one was met since the caller cleared it */
    struct wio_memory_use *uses; /* of imported memories; NULL: not noted */
    uint32_t post;               /* big: slot the result goes to, or NO_POS */
    uint32_t post_slots;
};

/* -- compile.c ------------------------------------------------------------ */

/* Compiles function @func, whose body is @body, to @c->code + @c->pos; fills
 * @info. The caller has set module, declared, report, code, pos, mask, floor,
 * dry, seek and the stack's upper end in @top. Returns 0 or an error. */
int wio_compile_function(struct wio_compiler *c, uint32_t func,
                         struct wio_span body, uint8_t *top,
                         struct wio_func_info *info);

/* -- emit.c: errors ------------------------------------------------------- */

void wio_fail(struct wio_compiler *c, int code, const char *what);
void wio_fail_index(struct wio_compiler *c, const char *what, uint32_t index);

#if !WIO_CFG_SENTENCES
/* As base/report.h does it: the code without the sentence. */
void wio_fail_code(struct wio_compiler *c, int code);
#define wio_fail(c, code, what) \
    ((void)(0 ? wio_report_unsaid_("%s", what) : 0), wio_fail_code(c, code))
#define wio_fail_index(c, what, index) \
    ((void)(0 ? wio_report_unsaid_("%s %u", what, index) : 0), \
     wio_fail_code(c, WIO_ERR_INVALID))
#endif

/* -- emit.c: code --------------------------------------------------------- */

void wio_put8(struct wio_compiler *c, uint32_t byte);
void wio_put16(struct wio_compiler *c, uint32_t value);
void wio_put32(struct wio_compiler *c, uint32_t value);
void wio_begin(struct wio_compiler *c, enum wio_op op);
bool wio_room(struct wio_compiler *c);        /* for an operator or operand */
void wio_barrier(struct wio_compiler *c);     /* a label: forget the last */

/* Operands as one byte; in big mode these emit moves, so call them before
 * wio_begin(), with a different @scratch (0 .. 3) for each. */
uint32_t wio_in(struct wio_compiler *c, struct wio_operand *v,
                uint32_t scratch);
uint32_t wio_out(struct wio_compiler *c, uint32_t slot, uint8_t type);
void wio_out_done(struct wio_compiler *c);
void wio_emit_dab(struct wio_compiler *c, enum wio_op op, uint32_t dst,
                  uint8_t type, struct wio_operand *a, struct wio_operand *b);
void wio_emit_move(struct wio_compiler *c, uint32_t dst,
                   struct wio_operand *v);
void wio_emit_movn(struct wio_compiler *c, uint32_t dst, uint32_t src,
                   uint32_t n);

/* -- emit.c: operands ----------------------------------------------------- */

uint32_t wio_next_home(const struct wio_compiler *c);
struct wio_operand *wio_push(struct wio_compiler *c, uint8_t type);
void wio_push_local(struct wio_compiler *c, uint32_t slot, uint8_t type);
void wio_push_const(struct wio_compiler *c, uint8_t type, uint64_t value);
struct wio_operand *wio_pop(struct wio_compiler *c, uint8_t type);
void wio_materialize(struct wio_compiler *c, struct wio_operand *v);
void wio_materialize_top(struct wio_compiler *c, uint32_t n);
void wio_flush(struct wio_compiler *c);       /* copies all aliases */
uint32_t wio_count(const struct wio_compiler *c);   /* of this block */
void wio_local_set(struct wio_compiler *c, uint32_t slot, uint8_t type,
                   bool tee);

static inline uint32_t
wio_slots(uint8_t type)
{
    return wio_is_64bit(type) ? 2u : 1u;
}

/* This instruction does more with @memory than 32-bit accesses. */
static inline void
wio_note_use(struct wio_compiler *c, uint32_t memory,
             enum wio_memory_use_kind kind)
{
    if (c->uses && memory < c->module->n_imported_memories &&
        c->uses[memory].kind == WIO_USE_PLAIN) {
        c->uses[memory] = (struct wio_memory_use){
            .offset = (uint32_t)(c->op_at - c->module->bytes.bytes),
            .kind = (uint8_t)kind,
        };
    }
}

/* -- branch.c ------------------------------------------------------------- */

struct wio_cond {
    uint8_t form;                /* 0: slot a, 1: a b, 2: a imm */
    uint8_t cmp;                 /* 0 eq .. 5 geu */
    uint8_t a;
    uint16_t b;
};

struct wio_cond wio_take_cond(struct wio_compiler *c, struct wio_operand *v);
void wio_resolve(struct wio_compiler *c, uint32_t fix);
void wio_unreachable(struct wio_compiler *c);
bool wio_check_top(struct wio_compiler *c, const uint8_t *types, uint32_t n);
void wio_pop_all(struct wio_compiler *c, const uint8_t *types, uint32_t n);
void wio_push_all(struct wio_compiler *c, const uint8_t *types, uint32_t n);
void wio_emit_return(struct wio_compiler *c);
void wio_emit_if(struct wio_compiler *c, struct wio_cond cond);
void wio_compile_br(struct wio_compiler *c, uint32_t depth);
void wio_compile_br_if(struct wio_compiler *c, uint32_t depth);
void wio_compile_br_table(struct wio_compiler *c);
void wio_emit_jump_to_end(struct wio_compiler *c, struct wio_label *label);

/* A constant of 16 bits at most, sign-extended. */
static inline bool
wio_is_short(const struct wio_operand *v)
{
    int64_t s = wio_is_64bit(v->type) ? (int64_t)v->c : (int32_t)v->c;

    return v->kind == WIO_CONST && s >= -0x8000 && s <= 0x7fff;
}

/* Both fail with "unknown ...". */
bool wio_check_memory(struct wio_compiler *c, uint32_t memory);
bool wio_check_table(struct wio_compiler *c, uint32_t table);

/* -- number.c, access.c, call.c, bulk.c ----------------------------------- */

bool wio_compile_access(struct wio_compiler *c, uint32_t op);
void wio_compile_atomic(struct wio_compiler *c);
bool wio_compile_numeric(struct wio_compiler *c, uint32_t op);
void wio_compile_call(struct wio_compiler *c);
void wio_compile_call_indirect(struct wio_compiler *c);
void wio_compile_prefixed(struct wio_compiler *c);
void wio_compile_far_global(struct wio_compiler *c, uint32_t index, bool set);
bool wio_compile_misc(struct wio_compiler *c, uint32_t op);

/* Slots as bits; those above 63 are always cleared. */
static inline uint64_t
wio_slot_bits(uint32_t slot, uint8_t type)
{
    return slot > 62 ? 0 : (uint64_t)(wio_is_64bit(type) ? 3u : 1u) << slot;
}

/* A branch to the end of @label, or its fall-through. */
static inline void
wio_join(const struct wio_compiler *c, struct wio_label *label)
{
    if (!c->dead) {
        label->assigned &= c->assigned;
    }
}

/* How a block ends for its branches. */
static inline const uint8_t *
wio_label_types(const struct wio_label *label, uint32_t *n)
{
    if (label->kind == WIO_LABEL_LOOP) {
        *n = label->n_params;
        return label->params;
    }
    *n = label->n_results;
    return label->results;
}

#endif
