/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/engine.h - what executes WebAssembly, as the rest of the core sees it
 *
 *   bytes --load--> module --instantiate--> instance --call--> results | trap
 *                   (validated, compiled)       |
 *                                     exec: stack, steps, stop
 *
 * A module is immutable after load and may be instantiated more than once. An
 * execution context (`exec`) is a stack of its own plus a step count: nested
 * calls made from a host function run on the same one and share its steps; an
 * interrupt handler gets one of its own.
 *
 * Nothing allocates but load, instantiate and exec_create, and these only from
 * the arena they are given. The module keeps pointers into the bytes: they
 * must stay, unchanged, as long as it lives. No function recurses on the C
 * stack by guest call depth.
 *
 * Context: task context; only wio_engine_stop() may be called from an
 * interrupt or another thread.
 *
 * Facts: WebAssembly Core Specification 2.0 (W3C, 2022), without SIMD, and the
 * proposals multi-memory, extended-const and custom-page-sizes; of threads the
 * atomic instructions, without shared memories.
 */
#ifndef WIO_ENGINE_ENGINE_H
#define WIO_ENGINE_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <wio/err.h>

#include "base/arena.h"
#include "base/report.h"
#include "base/span.h"

struct wio_module;
struct wio_exec;

/* Value types, as encoded (Core 2.0, section 5.3). */
enum wio_valtype {
    WIO_TYPE_I32 = 0x7f,
    WIO_TYPE_I64 = 0x7e,
    WIO_TYPE_F32 = 0x7d,
    WIO_TYPE_F64 = 0x7c,
    WIO_TYPE_FUNCREF = 0x70,
    WIO_TYPE_EXTERNREF = 0x6f
};

enum wio_extern_kind {          /* as encoded in imports and exports */
    WIO_EXTERN_FUNC = 0,
    WIO_EXTERN_TABLE = 1,
    WIO_EXTERN_MEMORY = 2,
    WIO_EXTERN_GLOBAL = 3
};

/* Proposals beyond Core 2.0; a container is loaded with all of them. */
enum wio_feature {
    WIO_FEATURE_MULTI_MEMORY = 1u << 0,
    WIO_FEATURE_EXTENDED_CONST = 1u << 1,
    WIO_FEATURE_CUSTOM_PAGE_SIZES = 1u << 2,
    WIO_FEATURE_THREADS = 1u << 3,   /* the atomic instructions (0xFE) on
                                        memories that are not shared */
    WIO_FEATURE_ALL = 15u
};

/* -- Traps ---------------------------------------------------------------- */

/* Appended only. wio_trap_text() has the sentence for each. */
enum wio_trap_cause {
    WIO_TRAP_NONE = 0,
    WIO_TRAP_UNREACHABLE,
    WIO_TRAP_MEMORY_BOUNDS,         /* "out of bounds memory access" */
    WIO_TRAP_TABLE_BOUNDS,          /* "out of bounds table access" */
    WIO_TRAP_UNDEFINED_ELEMENT,     /* call_indirect beyond the table */
    WIO_TRAP_UNINITIALIZED_ELEMENT, /* call_indirect of null */
    WIO_TRAP_INDIRECT_TYPE,         /* "indirect call type mismatch" */
    WIO_TRAP_INTEGER_DIVIDE,        /* "integer divide by zero" */
    WIO_TRAP_INTEGER_OVERFLOW,
    WIO_TRAP_INVALID_CONVERSION,    /* "invalid conversion to integer" */
    WIO_TRAP_STACK,                 /* "call stack exhausted" */
    WIO_TRAP_STEPS,                 /* the step budget is used up */
    WIO_TRAP_STOPPED,               /* wio_engine_stop() */
    WIO_TRAP_HOST,                  /* a host function asked for it */
    WIO_TRAP_DENIED,                /* strict mode: a refused access */
    WIO_TRAP_HANDLER,               /* grow or wait in an interrupt handler */
    WIO_TRAP_UNALIGNED,             /* "unaligned atomic" */
    WIO_TRAP_NOT_SHARED             /* memory.atomic.wait: nobody could wake
                                       it, for no memory is shared */
};

struct wio_trap {
    enum wio_trap_cause cause;
    uint32_t func;              /* function index in its module */
    uint32_t offset;            /* byte of the instruction in the module; 0
                                   when the engine cannot tell */
    int32_t code;               /* for _HOST and _DENIED: enum wio_err */
    uint32_t position;          /* the engine's, for wio_engine_locate(); 0:
                                   func and offset are all there is */
};

/* A trap is reported in constant time, with @position only. This fills in func
 * and offset; it compiles the function once more, so it belongs into the
 * background. @scratch: 8-aligned memory for that, any content; offset stays 0
 * when it is too small (1 KiB does for most functions). */
void wio_engine_locate(const struct wio_module *module, struct wio_trap *trap,
                       void *scratch, uint32_t scratch_bytes);

const char *wio_trap_text(enum wio_trap_cause cause);

/* -- Linear memories and instances ---------------------------------------- */

struct wio_memory;

/*
 * A memory that lies with the host: each load and store of 8, 16 and 32 bits is
 * one call of these, made in program order, never merged, split or left out.
 * There are no bytes to reach in other ways, so a module that does more with
 * such a memory (enum wio_memory_use_kind) is not linked to it.
 *
 * @at is a byte of the memory or beyond it, at any alignment. A negative code
 * refuses the access, which then has not been made: it traps, out of bounds
 * when it reaches beyond n_bytes, else with WIO_TRAP_DENIED and the code. A
 * stop that comes meanwhile ends the call behind the access. These functions
 * call the engine for nothing but that stop, and what wio_engine_pause_after()
 * does.
 */
struct wio_memory_host {
    /* The value, zero-extended, or the code, sign-extended. */
    int64_t (*load32)(const struct wio_memory *memory, uint32_t at);
    int64_t (*load)(const struct wio_memory *memory, uint32_t at,
                    uint32_t n_bytes);          /* 1, 2 or 4 */
    /* 0 or the code. */
    int32_t (*store32)(const struct wio_memory *memory, uint32_t at,
                       uint32_t value);
    int32_t (*store)(const struct wio_memory *memory, uint32_t at,
                     uint32_t n_bytes, uint32_t value);
};

/* Read by host functions, written by the engine only, but for a memory that
 * lies with the host: that is the host's, whole. */
struct wio_memory {
    uint8_t *data;              /* NULL: it lies with the host */
    uint32_t n_bytes;           /* present size; what bounds are checked with */
    uint32_t n_pages;
    uint32_t max_pages;         /* what memory.grow may reach */
    uint32_t declared_max;      /* of the type; UINT32_MAX when none */
    uint8_t page_shift;         /* 16, or 0 for page size 1 */
    const struct wio_memory_host *host;  /* NULL: @data */
};

/* The first member of every engine's instance, so that a host function finds
 * its own context and the guest's memory without a call. */
struct wio_instance {
    void *host;                       /* as given to wio_engine_instantiate */
    struct wio_memory *memory;        /* its main memory, or NULL: the first
                                         that the module defines, or memory 0
                                         when it defines none and that does
                                         not lie with the host */
    struct wio_exec *exec;            /* running it now, or NULL */
    uintptr_t stack_limit;            /* unused by interp: a port that enters a
                                         handler itself writes two words, exec
                                         and this (wio/port.h, slot_direct);
                                         native code has its own pair */
    const struct wio_module *module;
};

/* The guest's bytes [@at, @at + @len), or NULL unless all of them exist. For
 * @len 0 the result is valid when @at <= size. The pointer must not be kept
 * beyond the host function that asked: memory may move or grow after it. */
static inline uint8_t *
wio_guest_range(const struct wio_instance *instance, uint32_t at, uint32_t len)
{
    const struct wio_memory *memory = instance->memory;

    if (!memory || len > memory->n_bytes || at > memory->n_bytes - len) {
        return NULL;
    }
    return memory->data + at;
}

/* -- Load ----------------------------------------------------------------- */

/**
 * wio_engine_load - decode, validate and compile a module
 * @features: of enum wio_feature; anything beyond is refused
 *
 * Returns 0, or with the sentence in @report and @arena as it was
 *   WIO_ERR_MALFORMED  the bytes are no module
 *   WIO_ERR_INVALID    a rule of validation is broken
 *   WIO_ERR_LIMIT      an implementation limit (docs/reference/limits.md)
 *   WIO_ERR_NO_MEMORY  the arena is too small
 */
WIO_MUST_CHECK
int wio_engine_load(const uint8_t *bytes, uint32_t n_bytes, uint32_t features,
                    struct wio_arena *arena, struct wio_module **module,
                    struct wio_report *report);

/* The payload of the first custom section called @name, without loading.
 * False when there is none; *@count (may be NULL) says how many there are. */
bool wio_engine_custom_section(const uint8_t *bytes, uint32_t n_bytes,
                               const char *name, struct wio_span *payload,
                               uint32_t *count);

/* -- Looking at a module -------------------------------------------------- */

struct wio_limits {
    uint32_t min;
    uint32_t max;               /* UINT32_MAX when none */
    uint8_t page_shift;         /* memories: 16 or 0 */
};

struct wio_func_type {
    struct wio_span params;     /* one byte a value, enum wio_valtype */
    struct wio_span results;
};

struct wio_extern_type {
    uint8_t kind;               /* enum wio_extern_kind */
    uint8_t value_type;         /* of a global or of a table's elements */
    bool is_mutable;            /* globals */
    struct wio_limits limits;   /* tables, memories */
    struct wio_func_type func;
};

struct wio_import_info {
    struct wio_span module;
    struct wio_span name;
    struct wio_extern_type type;
};

struct wio_export_info {
    struct wio_span name;
    uint32_t index;
    struct wio_extern_type type;
};

uint32_t wio_module_n_imports(const struct wio_module *module);
void wio_module_import(const struct wio_module *module, uint32_t i,
                       struct wio_import_info *info);
uint32_t wio_module_n_exports(const struct wio_module *module);
void wio_module_export(const struct wio_module *module, uint32_t i,
                       struct wio_export_info *info);
uint32_t wio_module_n_memories(const struct wio_module *module);
struct wio_limits wio_module_memory(const struct wio_module *module,
                                    uint32_t i);
uint32_t wio_module_n_imported_memories(const struct wio_module *module);
bool wio_module_has_start(const struct wio_module *module);
bool wio_module_has_atomics(const struct wio_module *module);

/* What a module does with an imported memory beyond accesses of 8, 16 and 32
 * bits: the first of it, and its byte in the module. */
enum wio_memory_use_kind {
    WIO_USE_PLAIN = 0,          /* nothing */
    WIO_USE_WIDE,               /* accesses 64 bits at a time */
    WIO_USE_ATOMIC,
    WIO_USE_BULK,               /* memory.copy, memory.fill, memory.init */
    WIO_USE_GROW,               /* memory.grow */
    WIO_USE_SEGMENT             /* an active data segment */
};
struct wio_memory_use {
    uint32_t offset;
    uint8_t kind;               /* enum wio_memory_use_kind */
};
struct wio_memory_use wio_module_memory_use(const struct wio_module *module,
                                            uint32_t memory);

struct wio_module_size {
    uint32_t n_functions;       /* defined ones */
    uint32_t code_bytes;        /* of the code section's function bodies */
    uint32_t compiled_bytes;    /* what they became in the arena */
    uint32_t module_bytes;      /* all the arena holds of the module */
};
struct wio_module_size wio_module_size(const struct wio_module *module);

/* -- Imports -------------------------------------------------------------- */

typedef void (*wio_host_fn)(void);   /* cast to what the signature says */

enum wio_host_flag {
    WIO_HOST_LEAF = 1u << 0,  /* never calls the engine (but to raise), grows
                                 a memory, or looks at steps: nothing is
                                 written back */
    WIO_HOST_SLOTS = 1u << 1, /* void f(struct wio_instance *, uint32_t *slots):
                                 arguments in, results out, low slot first */
    WIO_HOST_SELF = 1u << 2   /* void f(struct wio_instance *, const struct
                                 wio_host_func *self, uint32_t *slots): the
                                 same, for one function behind several imports,
                                 each with a wio_host_func of its own, which
                                 lives as long as the instance */
};

/*
 * A function offered to a guest. @signature is one letter a value, parameters
 * ':' results, of i (i32) I (i64) f (f32) F (f64) r (funcref) x (externref),
 * such as "iii:I"; it must equal the import's type.
 *
 * Without WIO_HOST_SLOTS or _SELF the engine calls it with C arguments:
 *     R f(struct wio_instance *, uint32_t, ...)
 * for 0 to 6 parameters, all i, and R void (no result), uint32_t (i) or
 * uint64_t (I). Any other signature needs WIO_HOST_SLOTS: each i32, f32 and
 * reference takes one slot, each i64 and f64 two.
 */
struct wio_host_func {
    const char *module;
    const char *name;
    const char *signature;
    wio_host_fn fn;
    uint32_t flags;             /* enum wio_host_flag */
};

/* A host function ends the guest's activation; it returns right after. The
 * first of several calls wins. */
void wio_engine_raise(struct wio_instance *instance, enum wio_trap_cause cause,
                      int32_t code);

/* A function of an instance. What wio_engine_find() gives can be called at
 * once. Made by hand, with the rest 0, it costs a look-up at every call. */
struct wio_func {
    struct wio_instance *instance;
    uint32_t index;
    const uint8_t *code;        /* this and below are the engine's */
    uint16_t frame;
    uint16_t param_slots;
    uint16_t result_slots;
};

struct wio_table;               /* opaque: shared between instances only */
struct wio_global;

struct wio_extern {
    uint8_t kind;               /* enum wio_extern_kind */
    union {
        const struct wio_host_func *host_func; /* kind FUNC, func.instance 0 */
        struct wio_table *table;
        struct wio_memory *memory;
        struct wio_global *global;
    } of;
    struct wio_func func;       /* kind FUNC: of another instance */
};

/* Returns 0 and fills *@found, or WIO_ERR_UNLINKABLE. The engine checks the
 * types afterwards. @ctx is the caller's. */
typedef int (*wio_resolve_fn)(void *ctx, const struct wio_import_info *import,
                              struct wio_extern *found,
                              struct wio_report *report);

/* -- Instances ------------------------------------------------------------ */

/* Instances that may hold references to each other's functions share a store:
 * a funcref is (place in the store, function index). The caller owns it. */
struct wio_store {
    struct wio_instance **instances;
    uint32_t capacity;          /* <= 4095 */
    uint32_t n;
};

struct wio_instance_limits {
    uint32_t memory_bytes;      /* most a memory may have, reserved from the
                                   arena: min(declared maximum, this); fewer
                                   than its minimum is WIO_ERR_LIMIT */
    uint32_t table_elements;    /* the same for tables */
    bool exact_time;            /* steps are written back at every host call,
                                   leaf or not: for ports with virtual time */
};

/**
 * wio_engine_instantiate - link, allocate, and run the active segments
 *
 * The start function is not run: wio_engine_start() does, on an exec and with
 * the steps the caller chooses.
 *
 * Returns 0, or with the sentence in @report
 *   WIO_ERR_UNLINKABLE  an import is missing or of another type
 *   WIO_ERR_TRAPPED     an active segment does not fit (*@trap says which);
 *                       what earlier segments wrote to shared tables and
 *                       memories stays, as the specification wants
 *   WIO_ERR_LIMIT, WIO_ERR_NO_MEMORY
 */
WIO_MUST_CHECK
int wio_engine_instantiate(const struct wio_module *module,
                           struct wio_store *store, wio_resolve_fn resolve,
                           void *resolve_ctx, void *host,
                           const struct wio_instance_limits *limits,
                           struct wio_arena *arena,
                           struct wio_instance **instance,
                           struct wio_trap *trap, struct wio_report *report);

/* An export by name and kind; false when there is none. */
bool wio_engine_find(struct wio_instance *instance, const char *name,
                     struct wio_extern *found);
bool wio_engine_find_span(struct wio_instance *instance, struct wio_span name,
                          struct wio_extern *found);
struct wio_func_type wio_engine_func_type(struct wio_func func);

/* A funcref's bits for a function, and 0 for null; for tests and hosts. An
 * externref is any 32-bit number of the host's but 0, which is null: a host
 * that counts from 0 passes n + 1. */
uint32_t wio_engine_funcref(struct wio_func func);

/* Globals, tables and memories that are no instance's, for a host module. */
WIO_MUST_CHECK
int wio_engine_global_create(struct wio_arena *arena, uint8_t value_type,
                             bool is_mutable, uint64_t bits,
                             struct wio_global **global);
uint64_t wio_engine_global_get(const struct wio_global *global);
/* The value of a global of type i32, where it lies; lives as its instance. */
uint32_t *wio_engine_global_word(struct wio_global *global);
uint8_t wio_engine_global_type(const struct wio_global *global);
WIO_MUST_CHECK
int wio_engine_table_create(struct wio_arena *arena, uint8_t value_type,
                            uint32_t min, uint32_t max,
                            struct wio_table **table);
WIO_MUST_CHECK
int wio_engine_memory_create(struct wio_arena *arena, uint32_t min,
                             uint32_t max, uint8_t page_shift,
                             struct wio_memory **memory);

/* -- Execution ------------------------------------------------------------ */

/**
 * wio_engine_exec_create - an execution context
 * @stack_bytes: for all frames and return links, multiple of 8; one frame
 *               takes 4 bytes a local or temporary, one call a link
 */
WIO_MUST_CHECK
int wio_engine_exec_create(struct wio_arena *arena, uint32_t stack_bytes,
                           struct wio_exec **exec);

/* Steps: one a call of a function that a module defines, one a taken back-edge,
 * and one for every 16 bytes or elements that a bulk operator moved, of every
 * function run on @exec, nested ones included. The budget is not refilled by
 * anything else. */
#define WIO_STEPS_MAX 0x3fffffffu

/* The first member of every engine's execution context, so that setting the
 * steps is no call. */
struct wio_steps {
    volatile int32_t limit;     /* the engine's */
    int32_t left;
};

/* What a stop writes to steps.limit; no pause writes it. */
#define WIO_LIMIT_STOP INT32_MAX

static inline void
wio_engine_set_steps(struct wio_exec *exec, uint32_t n_steps)
{
    struct wio_steps *steps = (struct wio_steps *)(void *)exec;

    steps->limit = 0;           /* drops a stop that came too late */
    steps->left = (int32_t)(n_steps < WIO_STEPS_MAX ? n_steps : WIO_STEPS_MAX);
}

uint32_t wio_engine_steps_left(const struct wio_exec *exec);

/**
 * wio_engine_call - call a function
 * @func:    stays as it is until the call ends
 * @args:    slots, low word first for 64-bit values; n_args of them
 * @results: room for the results' slots; written only on success
 * @trap:    filled on WIO_ERR_TRAPPED
 *
 * Returns 0, or
 *   WIO_ERR_TRAPPED           the guest trapped, ran out of steps, was stopped
 *   WIO_ERR_INVALID_ARGUMENT  n_args is not what the type takes
 * The instance can be called again after either.
 */
WIO_MUST_CHECK
int wio_engine_call(struct wio_exec *exec, const struct wio_func *func,
                    const uint32_t *args, uint32_t n_args, uint32_t *results,
                    struct wio_trap *trap);

/*
 * A call that is made again and again, on an exec that makes no other: what is
 * the same each time is looked at once. wio_engine_prepare() says where @func
 * wants its arguments, as many slots as it takes, before each call with n_args
 * WIO_PREPARED; NULL: it is the host's, or @exec is too small, or code that
 * counts its steps cannot be entered so here: an ordinary call is left.
 */
#define WIO_PREPARED UINT32_MAX

uint32_t *wio_engine_prepare(struct wio_exec *exec,
                             const struct wio_func *func);

/* The same of native code, which wio_engine_call() does not take with
 * WIO_PREPARED: the function that @exec was prepared for last, with the
 * arguments where wio_engine_prepare() said, results in the same place. The
 * steps were set before (one is taken if code counts them). Nothing of @exec
 * runs. */
bool wio_engine_is_native(const struct wio_func *func);
/* Of native code: a call of it may end with WIO_ENGINE_SUSPENDED (below). It is
 * called by wio_engine_call(), not entered. */
bool wio_engine_may_wait(const struct wio_func *func);
WIO_MUST_CHECK
int wio_engine_enter(struct wio_exec *exec, struct wio_trap *trap);

/*
 * The same without the engine, for a handler's function of native code: who
 * calls it writes the exec and the lowest address that the C stack may reach
 * to the two words at @context, and puts them back behind the call, however it
 * ended; and the exec to the instance. A trap calls @unwind(@ctx), which must
 * end the call.
 */
struct wio_native_handler {
    void (*call)(uint32_t count, uint32_t low, uint32_t high);
    uintptr_t *context;
    uint32_t room;              /* bytes of C stack that it may use */
};

/* False: no handler's function, or not native. */
bool wio_engine_native_handler(struct wio_exec *exec,
                               const struct wio_func *func,
                               void (*unwind)(void *ctx), void *ctx,
                               struct wio_native_handler *handler);

/* Behind such a call, the words put back. 0, or WIO_ERR_TRAPPED when a trap
 * called @unwind; the steps are as set by wio_engine_set_steps(). */
int wio_engine_left_handler(struct wio_exec *exec,
                            struct wio_instance *instance,
                            struct wio_trap *trap);

/* The start function, if there is one. Returns as wio_engine_call. */
WIO_MUST_CHECK
int wio_engine_start(struct wio_exec *exec, struct wio_instance *instance,
                     struct wio_trap *trap);

/* Ask @exec to stop at its next safepoint (back-edge or call), or behind the
 * host function that runs, with WIO_TRAP_STOPPED. From any context: one aligned
 * store. A stop that finds nothing running is taken by the next call, unless
 * wio_engine_set_steps() comes first and drops it: so set the steps, arm the
 * timer, then call. */
static inline void
wio_engine_stop(struct wio_exec *exec)
{
    ((struct wio_steps *)(void *)exec)->limit = WIO_LIMIT_STOP;
}

/* Such a stop waits. For host functions that do much: they end at once. */
static inline bool
wio_engine_is_stopping(const struct wio_exec *exec)
{
    return ((const struct wio_steps *)(const void *)exec)->limit ==
           WIO_LIMIT_STOP;
}

/* -- Being interrupted ------------------------------------------------------ */

/*
 * A call can be interrupted at any machine instruction and another one made on
 * an exec of its own, of the same instance too, provided that it ends before
 * the first goes on (interrupt handlers nest so) and grows no memory or table
 * (wio_engine_set_handler). The engine keeps what the two share in words that
 * are saved and restored around a call.
 */

/* Marks an exec as a handler's: memory.grow and table.grow trap
 * (WIO_TRAP_HANDLER), and so does memory.atomic.wait, before it looks at its
 * address. */
void wio_engine_set_handler(struct wio_exec *exec, bool is_handler);

/* Keeps out, for a few instructions, everything that may call the instance;
 * nests. As a port's irq_save and irq_restore. */
struct wio_engine_lock {
    uint32_t (*enter)(void *ctx);
    void (*leave)(void *ctx, uint32_t key);
    void *ctx;
};

/* What the engine uses for atomic accesses that the processor cannot make in
 * one step (64 bits on a 32-bit controller). @lock lives as long as the
 * instance; NULL, as after instantiate: nothing interrupts it. */
void wio_engine_set_lock(struct wio_instance *instance,
                         const struct wio_engine_lock *lock);

/* Virtual time and hosts that run handlers at safepoints: @fn(@arg) is called
 * from the first safepoint after @steps more steps were made (0: the next
 * one), once; the exec's steps are up to date then, and others may be called.
 * wio_engine_stop() takes precedence. NULL: no more. pause_after may be called
 * from @fn and from host functions. */
void wio_engine_on_pause(struct wio_exec *exec, void (*fn)(void *arg),
                         void *arg);
void wio_engine_pause_after(struct wio_exec *exec, uint32_t steps);

/*
 * A host function of this call waits: the call ends with
 * WIO_ENGINE_SUSPENDED, all its state kept in its exec, and is continued by
 * wio_engine_resume() as if that function had returned @result (an i32). The
 * instance may be called on other execs meanwhile. Only from a function that
 * is no leaf and returns an i32, called by the outermost call of an exec, and
 * of native code only from wasmio:irq's `wait`, for whose callers the code was
 * made so (else false, and nothing happens).
 */
#define WIO_ENGINE_SUSPENDED 1
bool wio_engine_suspend(struct wio_instance *instance);
WIO_MUST_CHECK
int wio_engine_resume(struct wio_exec *exec, uint32_t result,
                      uint32_t *results, struct wio_trap *trap);

/* The port cut a call off in the middle of the engine's loop: puts @exec and
 * @instance into the state that a trap leaves. @outer: instance->exec before
 * the call. */
void wio_engine_abandon(struct wio_exec *exec, struct wio_instance *instance,
                        struct wio_exec *outer);

#endif
