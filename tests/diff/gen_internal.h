/* SPDX-License-Identifier: Apache-2.0 */
/* tests/diff/gen_internal.h - what the parts of the generator share */
#ifndef WIO_TEST_DIFF_GEN_INTERNAL_H
#define WIO_TEST_DIFF_GEN_INTERNAL_H

#include <stddef.h>

#include "diff/gen.h"
#include "diff/imports.h"
#include "diff/rng.h"

/* -- Bytes ---------------------------------------------------------------- */

struct bytes {
    uint8_t *at;
    uint32_t n;
    uint32_t size;
    bool full;
    struct diff_census *census;
};

void put_byte(struct bytes *out, uint32_t byte);
void put_u32(struct bytes *out, uint32_t value);        /* LEB128 */
void put_s64(struct bytes *out, uint64_t value);
void put_fixed(struct bytes *out, uint64_t bits, uint32_t n_bytes);
void put_text(struct bytes *out, const char *text);     /* with its length */

/* A length of five bytes, known when what it counts has been written. */
uint32_t put_length(struct bytes *out);
void set_length(struct bytes *out, uint32_t at);

/* Operators, which are counted. */
void put_op(struct bytes *out, uint32_t op);
void put_fc(struct bytes *out, uint32_t op);
void put_fe(struct bytes *out, uint32_t op);

/* -- Types ---------------------------------------------------------------- */

enum type { I32, I64, F32, F64, FUNCREF, EXTERNREF, N_TYPES };

static inline bool
is_float(enum type type)
{
    return type == F32 || type == F64;
}

static inline bool
is_reference(enum type type)
{
    return type >= FUNCREF;
}

static inline uint32_t
type_byte(enum type type)
{
    return type < FUNCREF ? 0x7fu - (uint32_t)type
                          : type == FUNCREF ? 0x70u : 0x6fu;
}

/* A value, or a place for one. @loose: a float whose NaN may have any bits. */
struct kind {
    uint8_t type;                  /* enum type */
    bool loose;
};

#define MAX_ARITY 8u               /* shapes have fewer */

struct kinds {
    uint32_t n;
    struct kind of[MAX_ARITY];
};

struct signature {
    struct kinds params;
    struct kinds results;
};

/* -- Modules -------------------------------------------------------------- */

#define N_SHAPES 40u               /* types for functions and blocks */
enum { SHAPE_LEAF2, SHAPE_CALLBACK };      /* of what is in every table */
#define MAX_MEMORIES 4u            /* a window, and three of its own */
#define N_GLOBALS 12u              /* fuel last */
#define FUEL 11u
#define SLOTS_EACH 8u              /* of table 0, for each program: */
#define SLOT_CALLBACK 3u           /* helpers, this, helpers, an import */
#define SLOT_LEAF2 7u
#define PATTERN_BYTES 256u         /* of the data that memory 0 begins with */

enum { TABLE_FUNCS, TABLE_PRISTINE, TABLE_EXTERNS, N_TABLES };

struct memory {
    uint32_t min_bytes;
    uint32_t max_bytes;
    bool small_pages;
};

struct program {
    uint8_t n_helpers;
    uint8_t shape[1u + DIFF_N_HELPERS];     /* the entry's first */
    uint32_t first;                /* its functions' index, entry first */
    bool is_big;                   /* few are: compiling takes the time */
    bool has_data;
    bool has_elems;
    uint32_t data;                 /* its segments */
    uint32_t elems;
    enum diff_kind kind;
};


struct module {
    const struct diff_recipe *recipe;
    struct signature shapes[N_SHAPES];
    uint32_t n_types;
    uint32_t shape_type;           /* type index of shape 0 */
    uint32_t import_type;          /* of import 0 */
    uint32_t canonical_type;
    struct memory memories[MAX_MEMORIES];  /* by index: the window first */
    uint32_t n_memories;           /* its own */
    uint32_t n_windows;            /* 0 or 1 */
    bool imports_globals;           /* two: i32, and mutable i64 */
    struct program programs[DIFF_MAX_PROGRAMS];
    uint32_t n_datas;              /* the pattern's and the programs' */
    uint32_t n_elems;
    uint32_t callback;             /* function indices */
    uint32_t burn;
    uint32_t canonical;            /* of an f32; next, of an f64 */
    struct bytes out;
};

static inline bool
has(const struct module *m, enum diff_feature feature)
{
    return (m->recipe->features & (uint32_t)feature) != 0;
}

struct kind global_kind(uint32_t i);       /* what a global takes */

/* Streams of rng_part() beside the functions' (8 * program + number). */
enum { PART_SHAPES = 0x100000, PART_MEMORIES, PART_DATA, PART_COMMON,
       PART_PROGRAM = 0x200000 };

uint32_t n_functions(const struct module *m);       /* defined ones */

/* gen_sections.c */
uint32_t begin_section(struct module *m, uint32_t id);
void put_types(struct module *m);
void put_imports(struct module *m);
void put_functions(struct module *m);
void put_tables(struct module *m);
void put_memories(struct module *m);
void put_globals(struct module *m);
void put_exports(struct module *m);
void put_elements(struct module *m);
void put_datas(struct module *m);

#define N_COMMON 4u                /* functions before the programs' */

/* -- Functions ------------------------------------------------------------ */

#define MAX_STACK 64u
#define MAX_LOCALS 220u
#define MAX_LABELS 10u

struct label {
    struct kinds kinds;            /* what a branch to it carries */
    bool is_loop;
    bool is_hidden;                /* nobody else may go there: it counts */
};

struct function {
    struct module *m;
    struct bytes *out;
    struct rng rng;
    const struct program *program;
    uint32_t program_index;
    uint32_t number;               /* 0: the entry */
    const struct signature *signature;
    struct kind locals[MAX_LOCALS];
    uint32_t n_locals;
    uint32_t n_usable;             /* those before the scratch ones */
    struct kind stack[MAX_STACK];
    uint32_t height;
    uint32_t floor;                /* below: outer blocks' */
    struct label labels[MAX_LABELS];
    uint32_t n_labels;
    uint32_t left;                 /* operators */
    uint32_t n_counted;            /* open loops with a counter */
    bool dead;                     /* the stack gives what is wanted */
};

/* Scratch locals, behind the usable ones. */
enum { SCRATCH_F32, SCRATCH_F64, SCRATCH_COUNT0, SCRATCH_COUNT1, N_SCRATCH };

/* gen_body.c: the operand stack */
void push(struct function *f, enum type type, bool loose);
void pop(struct function *f, uint32_t n);
void put_constant(struct function *f, enum type type, uint64_t bits);
void random_constant(struct function *f, enum type type);
/* One more value of that kind: from a local, or a constant. */
void make_value(struct function *f, struct kind kind);
/* The stack ends in @kinds, of what lies there already where it fits. */
void want(struct function *f, const struct kinds *kinds);
void want_one(struct function *f, enum type type, bool loose);
/* The top's bits become the specification's. */
void canonical(struct function *f);
/* The block's stack becomes exactly @kinds. */
void finish(struct function *f, const struct kinds *kinds);
void set_local(struct function *f, uint32_t local, bool keep);
uint32_t scratch(const struct function *f, uint32_t which);
void function_body(struct function *f);

/* gen_numeric.c, gen_memory.c, gen_control.c: one instruction, with what it
 * needs. */
void gen_numeric(struct function *f);
void gen_load(struct function *f);
void gen_store(struct function *f);
void gen_atomic(struct function *f);
void gen_bulk(struct function *f);
void gen_table(struct function *f);
void gen_reference(struct function *f);
void gen_block(struct function *f);
void gen_branch(struct function *f);
void gen_leave(struct function *f);
void gen_call(struct function *f);
void gen_host_call(struct function *f);
void burn_fuel(struct function *f);
/* The same by a call of the module's function for it: fewer instructions. */
void burn_fuel_by_call(struct function *f);
void canonical_code(struct function *f, uint32_t local, enum type type);
/* Logs the top of the stack to the host, and drops it. */
void log_value(struct function *f);
/* Fills the rest of a function's block: @count operators at most. */
void walk(struct function *f, uint32_t count);

#endif
