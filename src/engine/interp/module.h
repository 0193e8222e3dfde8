/* SPDX-License-Identifier: Apache-2.0 */
/*
 * interp/module.h - what the interpreter keeps of a module and an instance
 *
 * Small because it lives in a controller's RAM: names, segments, exports and
 * initialisers stay in the module's bytes and are read again when needed.
 *
 *   struct wio_module --> types, functions, ... , register code  (immutable)
 *          ^
 *   struct wio_inst   --> imports, globals, memories, tables
 *
 *   struct wio_exec:   stack | frames -> ...   free   ... <- links |
 */
#ifndef WIO_INTERP_MODULE_H
#define WIO_INTERP_MODULE_H

#include <stdbool.h>
#include <stdint.h>

#include <wio/config.h>

#include "engine/engine.h"

/* Implementation limits; docs/reference/limits.md explains each. */
#define WIO_MAX_TYPES 256u
#define WIO_MAX_FUNCS 65535u
#define WIO_MAX_GLOBALS 65535u
#define WIO_MAX_TABLES 255u
#define WIO_MAX_MEMORIES 255u
#define WIO_MAX_EXPORTS 512u
#define WIO_MAX_SEGMENTS 65535u
#define WIO_MAX_VALUES 128u          /* parameters, results of a type */
#define WIO_MAX_LOCALS 50000u
#define WIO_MAX_FRAME 65000u         /* slots */
#define WIO_MAX_NESTING 512u
#define WIO_MAX_CONST_DEPTH 16u      /* operands of a constant expression */
#define WIO_MAX_TABLE_ELEMENTS 10000000u
#define WIO_BULK_PER_STEP 16u        /* bytes or elements of a bulk operator */
#define WIO_BULK_PIECE 64u           /* bytes between two of its safepoints; a
                                        table's are a step apart */

#ifndef WIO_CFG_BIG_CODE
#define WIO_CFG_BIG_CODE 0           /* 1: big mode for every function, which
                                        tests use to see all of it */
#endif

/* The widest access that the processor can change in one step, in bytes; 0 on
 * one without exclusive accesses. Tests build smaller ones. */
#ifndef WIO_CFG_ATOMIC_BYTES
#if defined(__GCC_ATOMIC_LLONG_LOCK_FREE) && __GCC_ATOMIC_LLONG_LOCK_FREE == 2
#define WIO_CFG_ATOMIC_BYTES 8
#elif defined(__GCC_ATOMIC_INT_LOCK_FREE) && __GCC_ATOMIC_INT_LOCK_FREE == 2
#define WIO_CFG_ATOMIC_BYTES 4
#else
#define WIO_CFG_ATOMIC_BYTES 0
#endif
#endif

/* Whether a load or store of the loop is one machine access when its address
 * is aligned: where processors take any address, compilers make it one. */
#if WIO_CFG_ATOMIC_BYTES >= 4 && \
    (defined(__ARM_FEATURE_UNALIGNED) || defined(__x86_64__) || \
     defined(__aarch64__))
#define WIO_PLAIN_IS_ONE 1
#else
#define WIO_PLAIN_IS_ONE 0
#endif

#define WIO_NO_INDEX UINT32_MAX

struct wio_aot_image;            /* aot/image.h */
struct wio_aot_state;
struct wio_native;               /* aot/aot.h */

struct wio_type_info {
    uint32_t params;             /* offset of the value types in the bytes */
    uint16_t n_params;
    uint16_t n_results;
    uint16_t gap;                /* from the last parameter to the results */
    uint16_t param_slots;
    uint16_t result_slots;
    uint16_t same;               /* first type that equals this one */
};

struct wio_func_info {
    uint32_t code;               /* offset in module->code */
    uint16_t type;               /* canonical */
    uint16_t frame;              /* slots, one link included */
};

struct wio_table_info {
    uint32_t min;
    uint32_t max;
    uint8_t value_type;
};

struct wio_global_info {
    uint8_t value_type;
    uint8_t is_mutable;
};

struct wio_module {
    struct wio_span bytes;
    const uint8_t *code;
    struct wio_type_info *types;
    uint16_t *import_types;      /* of imported functions */
    struct wio_func_info *funcs; /* defined ones */
    struct wio_table_info *tables;
    struct wio_limits *memories;
    struct wio_memory_use *uses; /* of imported memories */
    struct wio_global_info *globals;
    uint32_t *elems_at;          /* offsets of the segments */
    uint8_t *elem_types;
    uint32_t *data_at;           /* only with a data count section */
    /* Offsets of the sections' payloads, 0 when absent. */
    uint32_t import_section;
    uint32_t global_section;
    uint32_t export_section;
    uint32_t code_section;
    uint32_t data_section;
    uint32_t features;
    uint32_t start;              /* function, or WIO_NO_INDEX */
    uint32_t code_bytes;         /* of bodies */
    uint32_t compiled_bytes;
    uint32_t module_bytes;
    uint32_t min_bytes;          /* the main memory never has fewer; 0 when it
                                    is imported: then it may lie with the host */
    uint16_t n_types;
    uint16_t n_funcs;            /* imported ones included, here and below */
    uint16_t n_imported_funcs;
    uint16_t n_globals;
    uint16_t n_imported_globals;
    uint16_t n_elems;
    uint16_t n_data;
    uint16_t n_exports;
    uint16_t n_imports;
    uint8_t n_tables;
    uint8_t n_imported_tables;
    uint8_t n_memories;
    uint8_t n_imported_memories;
    uint8_t main_memory;         /* the first own one, else 0 */
    bool has_data_count;
    bool has_atomics;
    const struct wio_aot_image *image;  /* native code, or NULL */
};

struct wio_global {
    uint32_t value[2];           /* first: read without knowing the rest */
    uint8_t value_type;
    bool is_mutable;
};

struct wio_table {
    uint32_t *elements;
    uint32_t n;
    uint32_t max;                /* what table.grow may reach */
    uint32_t declared_max;
    uint8_t value_type;
};

/* info is 0 for a leaf with C arguments: the fast path's only test. */
#define WIO_IMPORT_TYPED 1u
#define WIO_IMPORT_SLOTS 2u
#define WIO_IMPORT_SELF 4u
#define WIO_IMPORT_WASM 0x80000000u  /* | function index */
/* With SLOTS, | function index << 8: of an instance that has native code. */
#define WIO_IMPORT_NATIVE 0x40000000u

struct wio_import {
    union {
        wio_host_fn fn;
        const struct wio_host_func *self;
        struct wio_inst *inst;
    } to;
    uint32_t info;
};

/* An imported memory as the loop accesses it, whether it has bytes or lies
 * with the host; a power of two large where pointers are 32 bits. */
struct wio_imported_memory {
    void *reserved;              /* first: gcc then makes the address once */
    const struct wio_memory *memory;
    int64_t (*load32)(const struct wio_memory *memory, uint32_t at);
    int32_t (*store32)(const struct wio_memory *memory, uint32_t at,
                       uint32_t value);
};

struct wio_inst {
    struct wio_instance base;    /* must be first */
    const uint8_t *code;
    const struct wio_func_info *funcs;  /* of defined function 0 */
    struct wio_import *imports;
    struct wio_global **globals;
    const struct wio_memory *main_memory;   /* never NULL */
    struct wio_imported_memory *imported;   /* the first of @memories */
    struct wio_memory **memories;
    struct wio_table **tables;
    struct wio_store *store;     /* may be NULL */
    const struct wio_engine_lock *lock; /* may be NULL */
    uint8_t *dropped;            /* bits: elements, then data */
    uint32_t place;              /* in the store */
    uint32_t n_defined;          /* functions */
    const struct wio_aot_image *image;  /* runs its functions, or NULL */
};

struct wio_link {
    const uint8_t *ip;
    uint32_t *fp;                /* or the instance to return to (restore) */
};

/* In exec->raised, beside a cause: a host function ran that may have called
 * back, so steps and memory must be read again. */
#define WIO_REENTERED 0x100u
/* Beside WIO_REENTERED: that function waits. Alone: the call is suspended. */
#define WIO_SUSPENDED 0x200u
/* Beside WIO_REENTERED, of native code: it may. Alone: it goes on. */
#define WIO_MAY_WAIT 0x400u
#define WIO_GOES_ON 0x800u

#define WIO_LINK_SLOTS ((uint32_t)(sizeof(struct wio_link) / 4u))

/* A call from inside a host function, at the place of a link. The outermost
 * call has none: its link lies ready at the top of the stack. */
struct wio_entry {
    struct wio_link leave;       /* must be first: its last `ret` */
    struct wio_entry *before;    /* NULL: in the outermost call */
};

#define WIO_ENTRY_SLOTS ((uint32_t)(sizeof(struct wio_entry) / 4u))

/* Where a suspended call goes on. */
struct wio_wait {
    const uint8_t *ip;           /* NULL: native code */
    uint32_t *fp;
    uint32_t *result;            /* slot of what its host function returns */
    struct wio_inst *inst;       /* that runs */
    struct wio_instance *entry;  /* that was called */
    uint32_t index;              /* of the function of native code */
    uint16_t result_slots;
};

struct wio_exec {
    struct wio_steps steps;      /* must be first */
    uint32_t raised;             /* cause a host function asked for; not 0
                                    while one runs that may call back */
    uint32_t *sp;                /* first free slot, for calls back */
    struct wio_link *links;      /* lowest link in use */
    struct wio_link *top;        /* of the outermost call: to `halt` */
    uint32_t *stack;
    uint32_t n_slots;            /* between stack and top */
    struct wio_entry *entry;     /* innermost call back, or NULL */
    int32_t code;                /* with raised */
    int32_t due;                 /* steps that the safepoint being made costs */
    void (*pause)(void *arg);
    void *pause_arg;
    struct wio_wait wait;
    struct {                     /* by wio_engine_prepare, of native code */
        struct wio_instance *instance;
        struct wio_aot_state *state;
        void (*call)(uint32_t *slots);
    } prepared;
    struct wio_native *native;   /* innermost activation of native code */
    uintptr_t entered;           /* stack of an outermost one that has none, or
                                    0: aot/prepared.c */
    void (*unwind)(void *ctx);   /* where there is none: the port's */
    void *unwind_ctx;
    uint32_t fate;               /* cause that unwind was called for */
    uintptr_t stack_limit;       /* of the C stack, while there is one */
    bool is_handler;
};

/* -- Shared between the files of the interpreter -------------------------- */

static inline struct wio_inst *
wio_inst(struct wio_instance *instance)
{
    return (struct wio_inst *)(void *)instance;
}

static inline bool
wio_is_64bit(uint8_t value_type)
{
    return value_type == WIO_TYPE_I64 || value_type == WIO_TYPE_F64;
}

/* Canonical type of any function. */
static inline const struct wio_type_info *
wio_type_of(const struct wio_module *m, uint32_t func)
{
    return &m->types[func < m->n_imported_funcs
                         ? m->import_types[func]
                         : m->funcs[func - m->n_imported_funcs].type];
}

static inline const uint8_t *
wio_type_params(const struct wio_module *m, const struct wio_type_info *t)
{
    return m->bytes.bytes + t->params;
}

static inline const uint8_t *
wio_type_results(const struct wio_module *m, const struct wio_type_info *t)
{
    return m->bytes.bytes + t->params + t->n_params + t->gap;
}

bool wio_types_equal(const struct wio_module *m,
                     const struct wio_type_info *t,
                     const struct wio_module *other_m,
                     const struct wio_type_info *other);

/* exec.c: the rare ways of wio_engine_call, which is in run.c. */

/* Fills in what the call of a defined function looks at. */
void wio_prepare(struct wio_func *func);
/* @entry is not prepared, or takes another number of arguments. */
int wio_call_rare(struct wio_exec *exec, const struct wio_func *entry,
                  const uint32_t *args, uint32_t n_args, uint32_t *results,
                  struct wio_trap *trap);
/* A call from inside a host function begins: its frame, or NULL and a trap.
 * wio_leave() ends it. */
uint32_t *wio_nested(struct wio_exec *exec, const struct wio_func *entry,
                     struct wio_trap *trap);
void wio_leave(struct wio_exec *exec);
/* Ends the innermost call, of @entry, at the operator @ip of module @m, fills
 * its trap and returns WIO_ERR_TRAPPED. */
int wio_trapped(struct wio_exec *exec, uint32_t cause,
                const struct wio_module *m, const uint8_t *ip,
                const struct wio_func *entry, struct wio_trap *trap);
/* The rare way of a safepoint, where @due steps are to be made and steps.left
 * is true: takes a stop, runs the pause function. 0 or a trap cause. */
uint32_t wio_safepoint(struct wio_exec *exec, int32_t due);
/* The host function that the operator @ip called waits: keeps all that
 * wio_engine_resume() needs and returns WIO_ENGINE_SUSPENDED. @next: where the
 * loop would have gone on. */
int wio_suspended(struct wio_exec *exec, const struct wio_func *entry,
                  struct wio_inst *inst, uint32_t *fp, const uint8_t *ip,
                  const uint8_t *next);
/* No room for a frame: the same of a call that has not begun. */
int wio_no_stack(uint32_t func, struct wio_trap *trap);

/* host.c: calls a host function with its arguments in @slots. */
void wio_host_call(struct wio_inst *inst, const struct wio_import *import,
                   const struct wio_type_info *type, uint32_t *slots);

/* numop.c: 0 or a trap cause. */
uint32_t wio_num_op(uint32_t op, uint32_t *d, const uint32_t *a,
                    const uint32_t *b);

/* memop.c: 0 or a trap cause. */
uint32_t wio_mem_op(struct wio_inst *inst, const uint8_t *ip, uint32_t *fp);
uint32_t wio_misc_op(struct wio_inst *inst, const uint8_t *ip, uint32_t *fp);
/* atomic.c: the same of an atomic access. */
uint32_t wio_atomic_op(struct wio_inst *inst, const uint8_t *ip, uint32_t *fp);

/* The bytes and kind of a load or store by its opcode. */
#define WIO_ACCESS_BYTES 15u
#define WIO_ACCESS_WIDE 0x40u        /* of 64 bits in the frame */
#define WIO_ACCESS_SIGNED 0x80u
#define WIO_FIRST_STORE 0x36u
uint32_t wio_access_kind(uint32_t op);
/* One on memory that has bytes; @v: the slots of its value. */
uint32_t wio_access(const struct wio_memory *memory, uint32_t op, uint64_t at,
                    uint32_t *v);

/* hostmem.c: how an imported memory is accessed. */
struct wio_imported_memory wio_imported(const struct wio_memory *memory);
/* Any access to one; 0 or a trap cause. */
uint32_t wio_imported_op(struct wio_inst *inst, const uint8_t *ip,
                         uint32_t *fp);
/* The same of what is behind one that the loop has made itself, of @n bytes at
 * @at: @code is the host's. */
uint32_t wio_accessed(struct wio_inst *inst, const struct wio_memory *memory,
                      uint64_t at, uint32_t n, int32_t code);

/* These two pay with the steps of what runs on @inst, if anything does. */
uint32_t wio_table_init(struct wio_inst *inst, uint32_t segment,
                        uint32_t table, uint32_t to, uint32_t from,
                        uint32_t n);
uint32_t wio_memory_init(struct wio_inst *inst, struct wio_span data,
                         uint32_t memory, uint32_t to, uint32_t from,
                         uint32_t n);
uint32_t wio_ref_func(const struct wio_inst *inst, uint32_t func);

/* link.c */
int wio_link_imports(struct wio_inst *inst, wio_resolve_fn resolve, void *ctx,
                     bool exact_time, struct wio_report *report);

#endif
