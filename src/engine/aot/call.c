/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Native functions are entered, left, and served here.
 *
 *   wio_engine_call --> enter --> calls[i] --> generated code
 *                         ^                        |  trap: unwound to where
 *                         +------------------------+  it was entered
 *                                  ^
 *        another activation, of this exec (a host function called back) or of
 *        another one (a handler at any instruction), lies wholly above it
 *
 * What the two share is the image's state: the exec that runs and how far down
 * the C stack may reach. Whoever enters sets both and puts them back.
 *
 * Depth is bounded in bytes: an exec's native code has as many below the place
 * where it was entered as the exec has for the interpreter's frames.
 */
#include <stdatomic.h>
#include <stddef.h>

#include "engine/aot/aot.h"
#include "engine/interp/opcodes.h"

#define SAME(a, b, member) \
    _Static_assert(offsetof(struct a, member) == offsetof(struct b, member), \
                   #member " is at the same place in " #a " and " #b)
SAME(wio_aot_memory, wio_memory, data);
SAME(wio_aot_memory, wio_memory, n_bytes);
SAME(wio_aot_memory, wio_memory, n_pages);
SAME(wio_aot_memory, wio_memory, max_pages);
SAME(wio_aot_memory, wio_memory, declared_max);
SAME(wio_aot_memory, wio_memory, page_shift);
SAME(wio_aot_memory, wio_memory, host);
SAME(wio_aot_global, wio_global, value);
SAME(wio_aot_global, wio_global, value_type);
SAME(wio_aot_global, wio_global, is_mutable);
SAME(wio_aot_table, wio_table, elements);
SAME(wio_aot_table, wio_table, n);
SAME(wio_aot_import, wio_import, info);
SAME(wio_aot_exec, wio_exec, raised);
SAME(wio_aot_exec, wio_exec, sp);
_Static_assert(offsetof(struct wio_aot_exec, left) ==
               offsetof(struct wio_steps, left), "steps");
_Static_assert(sizeof(struct wio_aot_memory) == sizeof(struct wio_memory) &&
               sizeof(struct wio_aot_global) == sizeof(struct wio_global) &&
               sizeof(struct wio_aot_import) == sizeof(struct wio_import),
               "arrays of them");
_Static_assert(offsetof(struct wio_aot_exec, end) ==
               offsetof(struct wio_exec, links), "links");
_Static_assert(WIO_AOT_IN_HOST == WIO_REENTERED &&
               WIO_AOT_STOP == WIO_LIMIT_STOP &&
               WIO_AOT_LEAVING == WIO_SUSPENDED &&
               WIO_AOT_MAY_WAIT == WIO_MAY_WAIT &&
               WIO_AOT_GOING_ON == WIO_GOES_ON &&
               WIO_AOT_TYPED == WIO_IMPORT_TYPED, "the same numbers");

static struct wio_exec *
exec_of(const struct wio_aot_state *state)
{
    return (struct wio_exec *)(void *)state->exec;
}

static struct wio_inst *
inst_of(const struct wio_aot_state *state)
{
    return (struct wio_inst *)state->instance;
}

/* -- Ending --------------------------------------------------------------- */

_Noreturn static void
unwind(struct wio_aot_state *state, uint32_t cause)
{
    struct wio_exec *exec = exec_of(state);
    struct wio_native *native = exec->native;

    if (!native) {
#if WIO_ENTER_IN_ASSEMBLY
        if (exec->entered) {
            const uintptr_t entered = exec->entered;

            exec->entered = 0;
            wio_native_leave(entered, cause);
        }
#endif
        exec->fate = cause;
        exec->unwind(exec->unwind_ctx);
    }
    native->cause = cause;
    __builtin_longjmp(native->jump, 1);
}

static void
trap(struct wio_aot_state *state, uint32_t cause)
{
    unwind(state, cause);
}

static void
safepoint(struct wio_aot_state *state)
{
    uint32_t cause = wio_safepoint(exec_of(state), 1);

    if (cause) {
        unwind(state, cause);
    }
}

static void
imported(struct wio_aot_state *state)
{
    struct wio_exec *exec = exec_of(state);
    uint32_t raised = exec->raised;

    exec->raised = 0;
    if (raised & 0xffu) {
        unwind(state, raised & 0xffu);
    }
    if (raised & WIO_SUSPENDED) {
        exec->raised = WIO_SUSPENDED;    /* a stop waits, too */
        return;
    }
    if (exec->steps.limit == WIO_LIMIT_STOP) {
        exec->steps.limit = 0;
        unwind(state, WIO_TRAP_STOPPED);
    }
}

/* -- Calls of what is not the image's own --------------------------------- */

/* A function of an instance that the interpreter runs. */
static uint32_t
call_interpreted(struct wio_exec *exec, struct wio_inst *inst, uint32_t func,
                 uint32_t *slots)
{
    struct wio_func to = {
        .instance = &inst->base,
        .index = func + inst->base.module->n_imported_funcs
    };
    struct wio_trap why;

    wio_prepare(&to);
    if (wio_engine_call(exec, &to, slots, to.param_slots, slots, &why) == 0) {
        return 0;
    }
    exec->code = why.code;
    return (uint32_t)why.cause;
}

static uint32_t
call_defined(struct wio_exec *exec, struct wio_inst *inst, uint32_t func,
             uint32_t *slots)
{
    uint32_t cause;

    exec->raised = WIO_REENTERED;
    cause = inst->image ? wio_native_slots(exec, inst, func, slots)
                        : call_interpreted(exec, inst, func, slots);
    exec->raised = 0;
    return cause;
}

static void
call_imported(struct wio_aot_state *state, struct wio_inst *inst,
              uint32_t func, uint32_t *slots)
{
    struct wio_exec *exec = exec_of(state);
    const struct wio_import *import = &inst->imports[func];
    struct wio_exec *before = inst->base.exec;
    uint32_t cause;

    if (import->info & WIO_IMPORT_WASM) {
        cause = call_defined(exec, import->to.inst, import->info & 0xfffffu,
                             slots);
        if (cause) {
            unwind(state, cause);
        }
        return;
    }
    exec->raised = WIO_REENTERED;
    inst->base.exec = exec;
    wio_host_call(inst, import, wio_type_of(inst->base.module, func), slots);
    inst->base.exec = before;
    imported(state);
}

static void
call_import(struct wio_aot_state *state, uint32_t import, uint32_t *slots)
{
    call_imported(state, inst_of(state), import, slots);
}

static void
call_ref(struct wio_aot_state *state, uint32_t ref, uint32_t type,
         uint32_t *slots)
{
    struct wio_inst *inst = inst_of(state);
    const struct wio_module *m = inst->base.module;
    struct wio_inst *callee = inst->store
        ? wio_inst(inst->store->instances[ref >> 20]) : inst;
    const struct wio_module *om = callee->base.module;
    uint32_t func = ref & 0xfffffu;
    uint32_t cause;

    if (!wio_types_equal(om, wio_type_of(om, func), m, &m->types[type])) {
        unwind(state, WIO_TRAP_INDIRECT_TYPE);
    }
    if (func < om->n_imported_funcs) {
        call_imported(state, callee, func, slots);
        return;
    }
    cause = call_defined(exec_of(state), callee, func - om->n_imported_funcs,
                         slots);
    if (cause) {
        unwind(state, cause);
    }
}

/* -- Operators that are left to the interpreter's functions --------------- */

static void
misc(struct wio_aot_state *state, uint32_t sub, uint32_t x, uint32_t y,
     uint32_t *v)
{
    const uint8_t code[9] = {
        WIO_OP_misc, 0, 1, 2, (uint8_t)sub, (uint8_t)x, (uint8_t)(x >> 8),
        (uint8_t)y, (uint8_t)(y >> 8)
    };
    uint32_t cause = wio_misc_op(inst_of(state), code, v);

    if (cause) {
        unwind(state, cause);
    }
}

static void
atomic(struct wio_aot_state *state, uint32_t kind, uint32_t memory,
       uint32_t offset, uint32_t *v)
{
    const uint8_t code[9] = {
        WIO_OP_memx, 0, 0, (uint8_t)kind, (uint8_t)memory, (uint8_t)offset,
        (uint8_t)(offset >> 8), (uint8_t)(offset >> 16),
        (uint8_t)(offset >> 24)
    };
    uint32_t cause = WIO_CFG_ATOMICS ? wio_atomic_op(inst_of(state), code, v)
                                     : (uint32_t)WIO_TRAP_UNREACHABLE;

    if (cause) {
        unwind(state, cause);
    }
}

static void
access_imported(struct wio_aot_state *state, uint32_t op, uint32_t memory,
                uint32_t offset, uint32_t *v)
{
    const uint8_t code[9] = {
        WIO_OP_memh, 0, 2, (uint8_t)op, (uint8_t)memory, (uint8_t)offset,
        (uint8_t)(offset >> 8), (uint8_t)(offset >> 16),
        (uint8_t)(offset >> 24)
    };
    uint32_t cause = wio_imported_op(inst_of(state), code, v);

    if (cause) {
        unwind(state, cause);
    }
}

static uint64_t
num(struct wio_aot_state *state, uint32_t op, uint64_t a, uint64_t b)
{
    const uint32_t x[2] = { (uint32_t)a, (uint32_t)(a >> 32) };
    const uint32_t y[2] = { (uint32_t)b, (uint32_t)(b >> 32) };
    uint32_t d[2] = { 0, 0 };
    uint32_t cause = wio_num_op(op, d, x, y);

    if (cause) {
        unwind(state, cause);
    }
    return (uint64_t)d[1] << 32 | d[0];
}

static const struct wio_aot_engine engine = {
    .trap = trap,
    .safepoint = safepoint,
    .imported = imported,
    .call_import = call_import,
    .call_ref = call_ref,
    .misc = misc,
    .num = num,
    .atomic = atomic,
    .access = access_imported,
};

/* -- Entering ------------------------------------------------------------- */

void
wio_native_link(struct wio_inst *inst)
{
    struct wio_aot_state *state = inst->image->state;

    *state = (struct wio_aot_state){
        .engine = &engine,
        .instance = &inst->base,
        .imports = (const struct wio_aot_import *)(const void *)inst->imports,
        .memories = (struct wio_aot_memory *const *)(void *)inst->memories,
        .tables = (struct wio_aot_table *const *)(void *)inst->tables,
        .globals = (struct wio_aot_global *const *)(void *)inst->globals,
        .place = inst->place,
    };
    for (uint32_t i = 0; i < inst->image->n_windows; i++) {
        inst->image->present[i] = 0;
    }
}

/* The lowest address that an exec which is entered here may reach. */
static uintptr_t
stack_limit(const struct wio_exec *exec)
{
    uintptr_t here = (uintptr_t)__builtin_frame_address(0);
    uintptr_t most = (uintptr_t)exec->n_slots * 4u;

    return here > most ? here - most : 0;
}

/*
 * The one place where native code is entered; 0 or a trap cause. What it needs
 * after an unwinding is in memory: it is not inlined, and __builtin_setjmp
 * keeps nothing in registers.
 *
 * A handler that interrupts this makes the instance's exec what the state's is
 * (wio_engine_left_handler), so the state's is changed first, both ways.
 */
__attribute__((noinline)) static uint32_t
enter(struct wio_exec *exec, struct wio_inst *inst, wio_aot_call_fn call,
      uint32_t *slots, bool may_wait)
{
    struct wio_aot_state *const state = inst->image->state;
    struct wio_native here;
    struct wio_exec *const before = inst->base.exec;
    struct wio_aot_exec *const outer = state->exec;
    const uintptr_t outer_limit = state->stack_limit;

    here.before = exec->native;
    here.cause = 0;
    here.may_wait = may_wait;
    if (!here.before && !exec->entered) {
        exec->stack_limit = outer == (struct wio_aot_exec *)(void *)exec
                                ? outer_limit : stack_limit(exec);
    }
    exec->native = &here;
    state->exec = (struct wio_aot_exec *)(void *)exec;
    state->stack_limit = exec->stack_limit;
    atomic_signal_fence(memory_order_seq_cst);
    inst->base.exec = exec;
    if (__builtin_setjmp(here.jump) == 0) {
        if (exec->steps.left > 0) {
            exec->steps.left--;
            call(slots);
        } else {
            here.cause = wio_safepoint(exec, 1);
        }
    }
    state->stack_limit = outer_limit;
    state->exec = outer;
    atomic_signal_fence(memory_order_seq_cst);
    inst->base.exec = before;
    exec->native = here.before;
    return here.cause;
}

uint32_t
wio_native_slots(struct wio_exec *exec, struct wio_inst *inst, uint32_t func,
                 uint32_t *slots)
{
    wio_aot_call_fn call = inst->image->calls[func];
    uint32_t cause;

    if (!call) {
        return WIO_TRAP_UNREACHABLE;     /* nothing could have named it */
    }
    exec->raised = 0;
    cause = enter(exec, inst, call, slots, false);
    exec->raised = WIO_REENTERED;
    return cause;
}

static bool
may_call(const struct wio_exec *exec, const struct wio_func *entry,
         const uint32_t *fp, uint32_t n_slots, struct wio_trap *trap)
{
    uint32_t cause = exec->raised & 0xffu;

    if (cause) {
        *trap = (struct wio_trap){ .cause = (enum wio_trap_cause)cause,
                                   .code = exec->code };
        return false;
    }
    if ((uint32_t)((uint32_t *)(void *)exec->links - fp) < n_slots) {
        (void)wio_no_stack(entry->index, trap);
        return false;
    }
    return true;
}

/* The function with its arguments at @fp, or where it waited. */
static int
run(struct wio_exec *exec, const struct wio_func *entry, uint32_t *fp,
    bool is_outermost, struct wio_trap *trap)
{
    struct wio_inst *inst = wio_inst(entry->instance);
    const struct wio_module *m = inst->base.module;
    uint32_t cause =
        enter(exec, inst,
              inst->image->calls[entry->index - m->n_imported_funcs], fp,
              is_outermost);

    if (cause) {
        *trap = (struct wio_trap){ .cause = (enum wio_trap_cause)cause,
                                   .func = entry->index };
        if (cause == WIO_TRAP_HOST || cause == WIO_TRAP_DENIED) {
            trap->code = exec->code;
        }
        return WIO_ERR_TRAPPED;
    }
    if (exec->raised == WIO_SUSPENDED) {
        exec->wait.ip = NULL;
        exec->wait.entry = entry->instance;
        exec->wait.index = entry->index;
        exec->wait.result_slots = wio_type_of(m, entry->index)->result_slots;
        return WIO_ENGINE_SUSPENDED;
    }
    return 0;
}

int
wio_native_call(struct wio_exec *exec, const struct wio_func *entry,
                const uint32_t *args, uint32_t n_args, uint32_t *results,
                struct wio_trap *trap)
{
    struct wio_inst *inst = wio_inst(entry->instance);
    const struct wio_module *m = inst->base.module;
    const struct wio_type_info *type = wio_type_of(m, entry->index);
    wio_aot_call_fn call =
        inst->image->calls[entry->index - m->n_imported_funcs];
    const bool nested = exec->raised != 0;
    uint32_t *fp = nested ? exec->sp : exec->stack;
    uint32_t *before = exec->sp;
    uint32_t n = type->param_slots > type->result_slots ? type->param_slots
                                                        : type->result_slots;
    int err;

    if (n_args != type->param_slots || !call) {
        return WIO_ERR_INVALID_ARGUMENT;
    }
    if (!may_call(exec, entry, fp, n, trap)) {
        return WIO_ERR_TRAPPED;
    }
    for (uint32_t i = 0; i < n_args; i++) {
        fp[i] = args[i];
    }
    exec->sp = fp + n;
    exec->raised = 0;
    err = run(exec, entry, fp, !nested, trap);
    if (err == WIO_ENGINE_SUSPENDED) {
        exec->wait.fp = before;
        return err;
    }
    exec->raised = nested ? WIO_REENTERED : 0;
    exec->sp = before;
    for (uint32_t i = 0; err == 0 && i < type->result_slots; i++) {
        results[i] = fp[i];
    }
    return err;
}

/* -- Waiting -------------------------------------------------------------------- */

/*
 * Native code that waits does not stay on the C stack, which is everybody's.
 * Each function from the call of irq.wait outwards keeps its variables in the
 * exec's stack, says where it was, and returns (emit/wait.c); they go the same
 * way back. Below what they keep is the place of the result.
 */
bool
wio_native_suspend(struct wio_exec *exec)
{
    if (exec->raised != (WIO_REENTERED | WIO_MAY_WAIT) ||
        !exec->native->may_wait ||
        exec->sp == (uint32_t *)(void *)exec->links) {
        return false;
    }
    exec->wait.result = exec->sp++;
    exec->raised |= WIO_SUSPENDED;
    return true;
}

int
wio_native_resume(struct wio_exec *exec, uint32_t *results,
                  struct wio_trap *trap)
{
    const struct wio_func entry = { .instance = exec->wait.entry,
                                    .index = exec->wait.index };
    uint32_t *before = exec->wait.fp;
    int err;

    exec->raised = WIO_GOES_ON;
    err = run(exec, &entry, exec->stack, true, trap);
    if (err == WIO_ENGINE_SUSPENDED) {
        return err;
    }
    exec->raised = 0;
    exec->sp = before;
    for (uint32_t i = 0; err == 0 && i < exec->wait.result_slots; i++) {
        results[i] = exec->stack[i];
    }
    return err;
}
