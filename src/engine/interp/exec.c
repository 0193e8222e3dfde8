/* SPDX-License-Identifier: Apache-2.0 */
/* Execution contexts, where a trap happened, and the rare ways of a call. */
#include <stdatomic.h>

#include "base/arena.h"
#include "engine/aot/aot.h"
#include "engine/interp/compile.h"
#include "engine/interp/loader.h"
#include "engine/interp/opcodes.h"

static const uint8_t halt_code[1] = { WIO_OP_halt };
static const uint8_t leave_code[1] = { WIO_OP_leave };
static const uint8_t resume_code[1] = { WIO_OP_resume };

int
wio_engine_exec_create(struct wio_arena *arena, uint32_t stack_bytes,
                       struct wio_exec **exec)
{
    struct wio_arena_mark mark = wio_arena_mark(arena);
    struct wio_exec *e = wio_arena_take(arena, sizeof *e, 8);
    uint32_t n_bytes = stack_bytes & ~7u;
    uint8_t *stack = n_bytes < UINT32_MAX - sizeof *e->top
                         ? wio_arena_take(arena, n_bytes +
                                          (uint32_t)sizeof *e->top, 8)
                         : NULL;

    if (!e || !stack) {
        wio_arena_return(arena, mark);
        return WIO_ERR_NO_MEMORY;
    }
    e->stack = (uint32_t *)(void *)stack;
    e->n_slots = n_bytes / 4;
    e->top = (struct wio_link *)(void *)(stack + n_bytes);
    e->top->ip = halt_code;
    e->top->fp = e->stack;
    e->links = e->top;
    e->sp = e->stack;
    e->steps.left = (int32_t)WIO_STEPS_MAX;
    *exec = e;
    return 0;
}

uint32_t
wio_engine_steps_left(const struct wio_exec *exec)
{
    return exec->steps.left > 0 ? (uint32_t)exec->steps.left : 0;
}

/* -- Safepoints ------------------------------------------------------------ */

/*
 * steps.limit is 0, what a stop writes, or what a pause writes. A stop may
 * come from an interrupt or another thread at any time and is one store; all
 * others change the limit only if it is still what they have seen, so a stop
 * is never overwritten but by wio_engine_set_steps().
 */
static void
change_limit(struct wio_exec *exec, int32_t seen, int32_t limit)
{
    (void)__atomic_compare_exchange_n(&exec->steps.limit, &seen, limit, false,
                                      __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

void
wio_engine_on_pause(struct wio_exec *exec, void (*fn)(void *arg), void *arg)
{
    exec->pause = fn;
    exec->pause_arg = arg;
}

void
wio_engine_pause_after(struct wio_exec *exec, uint32_t steps)
{
    int32_t seen = exec->steps.limit;
    int32_t left = exec->steps.left - exec->due;

    if (seen != WIO_LIMIT_STOP) {
        /* Steps that run out before are their own end. */
        change_limit(exec, seen, left > 0 && steps < (uint32_t)left
                                     ? left - (int32_t)steps
                                     : 0);
    }
}

uint32_t
wio_safepoint(struct wio_exec *exec, int32_t due)
{
    for (;;) {
        int32_t limit = exec->steps.limit;

        if (limit == WIO_LIMIT_STOP) {
            exec->steps.limit = 0;
            return WIO_TRAP_STOPPED;
        }
        if (limit == 0 || exec->steps.left - due >= limit) {
            return exec->steps.left < due ? WIO_TRAP_STEPS : 0;
        }
        change_limit(exec, limit, 0);
        if (exec->pause) {
            exec->due = due;
            exec->pause(exec->pause_arg);
            exec->due = 0;
        }
    }
}

/* -- Waiting ---------------------------------------------------------------- */

bool
wio_engine_suspend(struct wio_instance *instance)
{
    struct wio_exec *exec = instance->exec;

    if (!exec || exec->is_handler || exec->entry) {
        return false;
    }
    if (exec->native) {
        return wio_native_suspend(exec);
    }
    if (exec->raised != WIO_REENTERED || exec->entered) {
        return false;
    }
    exec->raised |= WIO_SUSPENDED;
    return true;
}

/* Where the result of the host function belongs that the operator at @ip has
 * called. */
static uint32_t *
result_of(uint32_t *fp, const uint8_t *ip, const uint8_t *next)
{
    switch (*ip) {
    case WIO_OP_callx:
    case WIO_OP_calli:
        return fp + ip[1];
    case WIO_OP_callxf:
    case WIO_OP_callif:
        return fp + (ip[1] | (uint32_t)ip[2] << 8);
    default:
        return fp + next[-2];
    }
}

int
wio_suspended(struct wio_exec *exec, const struct wio_func *entry,
              struct wio_inst *inst, uint32_t *fp, const uint8_t *ip,
              const uint8_t *next)
{
    exec->wait = (struct wio_wait){
        .ip = next,
        .fp = fp,
        .result = result_of(fp, ip, next),
        .inst = inst,
        .entry = entry->instance,
        .result_slots = entry->result_slots,
    };
    exec->raised = WIO_SUSPENDED;
    return WIO_ENGINE_SUSPENDED;
}

int
wio_engine_resume(struct wio_exec *exec, uint32_t result, uint32_t *results,
                  struct wio_trap *trap)
{
    const struct wio_func func = {
        .instance = exec->wait.entry,
        .index = WIO_NO_INDEX,
        .code = resume_code,
        .result_slots = exec->wait.result_slots,
    };

    if (exec->raised != WIO_SUSPENDED) {
        return WIO_ERR_INVALID_ARGUMENT;
    }
    *exec->wait.result = result;
    if (!exec->wait.ip) {
        return wio_native_resume(exec, results, trap);
    }
    exec->raised = 0;
    return wio_engine_call(exec, &func, NULL, 0, results, trap);
}

/* -- Ending ------------------------------------------------------------------ */

void
wio_engine_set_handler(struct wio_exec *exec, bool is_handler)
{
    exec->is_handler = is_handler;
}

void
wio_engine_set_lock(struct wio_instance *instance,
                    const struct wio_engine_lock *lock)
{
    wio_inst(instance)->lock = lock;
}

void
wio_engine_abandon(struct wio_exec *exec, struct wio_instance *instance,
                   struct wio_exec *outer)
{
    const struct wio_aot_image *image = wio_inst(instance)->image;

    exec->raised = 0;
    exec->entry = NULL;
    exec->links = exec->top;
    exec->sp = exec->stack;
    exec->native = NULL;
    exec->entered = 0;
    if (image) {
        image->state->exec = (struct wio_aot_exec *)(void *)outer;
        image->state->stack_limit = outer ? outer->stack_limit : 0;
        atomic_signal_fence(memory_order_seq_cst);   /* as enter() */
    }
    instance->exec = outer;
}

void
wio_engine_raise(struct wio_instance *instance, enum wio_trap_cause cause,
                 int32_t code)
{
    struct wio_exec *exec = instance->exec;

    if (exec && !(exec->raised & 0xffu)) {
        exec->raised |= (uint32_t)(cause == WIO_TRAP_NONE ? WIO_TRAP_HOST
                                                          : cause);
        exec->code = code;
    }
}

/* -- Where a trap happened ------------------------------------------------ */

static uint32_t
find_function(const struct wio_module *m, uint32_t position)
{
    uint32_t low = 0;
    uint32_t high = (uint32_t)(m->n_funcs - m->n_imported_funcs);

    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;

        if (m->funcs[middle].code <= position) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}

static struct wio_span
find_body(const struct wio_module *m, uint32_t defined)
{
    struct wio_cursor c = wio_module_cursor(m, m->code_section);
    struct wio_span body;

    wio_read_leb_u32(&c);
    do {
        body = wio_read_span(&c, wio_read_leb_u32(&c));
    } while (defined-- > 0);
    return body;
}

/*
 * The byte that the operator at @position was compiled from: compiles the
 * function once more, without keeping the code, until that position comes by.
 * The operand stack lies in the dead part of the guest's stack, so that this
 * needs no memory; 0 when that part is too small.
 */
static uint32_t
find_offset(const struct wio_module *m, uint32_t defined, uint32_t position,
            uint32_t *low, struct wio_link *high)
{
    uint8_t ring[WIO_DRY_RING];
    struct wio_func_info ignored;
    struct wio_compiler c = {
        .module = m,
        .code = ring,
        .pos = m->funcs[defined].code,
        .mask = WIO_DRY_RING - 1,
        .floor = (uint8_t *)low,
        .dry = true,
        .seek = position
    };
    uint8_t *top = (uint8_t *)high;
    int err;

    top -= (uintptr_t)top & 7u;
    if ((uintptr_t)top - (uintptr_t)low < 2 * WIO_STACK_MARGIN) {
        return 0;
    }
    err = wio_compile_function(&c, m->n_imported_funcs + defined,
                               find_body(m, defined), top, &ignored);
    return err == 0 || err == WIO_ERR_NO_MEMORY ? c.found : 0;
}

int
wio_no_stack(uint32_t func, struct wio_trap *trap)
{
    *trap = (struct wio_trap){ .cause = WIO_TRAP_STACK, .func = func };
    return WIO_ERR_TRAPPED;
}

void
wio_engine_locate(const struct wio_module *m, struct wio_trap *trap,
                  void *scratch, uint32_t scratch_bytes)
{
    uint32_t *low = scratch;
    uint32_t defined;

    if (trap->position == 0) {
        return;
    }
    defined = find_function(m, trap->position - 1);
    trap->func = m->n_imported_funcs + defined;
    trap->offset = find_offset(m, defined, trap->position - 1, low,
                               (struct wio_link *)(void *)
                                   (low + scratch_bytes / 8 * 2));
    trap->position = 0;
}

int
wio_trapped(struct wio_exec *exec, uint32_t cause, const struct wio_module *m,
            const uint8_t *ip, const struct wio_func *entry,
            struct wio_trap *trap)
{
    uint32_t position = (uint32_t)(ip - m->code);

    if (exec->entry) {
        wio_leave(exec);
    } else {
        exec->raised = 0;
        exec->links = exec->top;
    }
    *trap = (struct wio_trap){ .cause = (enum wio_trap_cause)cause,
                               .func = entry->index };
    if (cause == WIO_TRAP_HOST || cause == WIO_TRAP_DENIED) {
        trap->code = exec->code;
    }
    if (position < m->compiled_bytes) {
        trap->position = position + 1;
    }
    return WIO_ERR_TRAPPED;
}

/* -- Calls ---------------------------------------------------------------- */

/* What a host function asked for ends it before it calls back. */
static bool
has_raised(const struct wio_exec *exec, struct wio_trap *trap)
{
    uint32_t cause = exec->raised & 0xffu;

    if (cause) {
        *trap = (struct wio_trap){ .cause = (enum wio_trap_cause)cause,
                                   .code = exec->code };
    }
    return cause != 0;
}

uint32_t *
wio_nested(struct wio_exec *exec, const struct wio_func *entry,
           struct wio_trap *trap)
{
    uint32_t *fp = exec->sp;
    struct wio_entry *e;

    if (has_raised(exec, trap)) {
        return NULL;
    }
    if ((uint32_t)((uint32_t *)(void *)exec->links - fp) <
        entry->frame + WIO_ENTRY_SLOTS) {
        wio_no_stack(entry->index, trap);
        return NULL;
    }
    e = (struct wio_entry *)(void *)exec->links - 1;
    e->leave.ip = leave_code;
    e->leave.fp = fp;
    e->before = exec->entry;
    exec->entry = e;
    exec->links = &e->leave;
    exec->raised = 0;
    return fp;
}

void
wio_leave(struct wio_exec *exec)
{
    struct wio_entry *e = exec->entry;

    exec->sp = e->leave.fp;
    exec->links = (struct wio_link *)(void *)(e + 1);
    exec->entry = e->before;
    exec->raised = WIO_REENTERED;
}

uint32_t *
wio_engine_prepare(struct wio_exec *exec, const struct wio_func *func)
{
    if (wio_engine_is_native(func)) {
        return wio_native_prepare(exec, func);
    }
    return func->code && func->frame <= exec->n_slots ? exec->stack : NULL;
}

void
wio_prepare(struct wio_func *func)
{
    const struct wio_module *m = func->instance->module;
    const struct wio_func_info *f;
    const struct wio_type_info *type;

    if (func->index < m->n_imported_funcs || func->index >= m->n_funcs) {
        return;
    }
    f = &m->funcs[func->index - m->n_imported_funcs];
    type = &m->types[f->type];
    if (!m->image) {
        func->code = m->code + f->code;
        func->frame = f->frame;
    }
    func->param_slots = type->param_slots;
    func->result_slots = type->result_slots;
}

/* What is exported was imported from the host. */
static int
call_host(struct wio_exec *exec, const struct wio_func *entry,
          const uint32_t *args, uint32_t n_args, uint32_t *results,
          struct wio_trap *trap)
{
    struct wio_inst *inst = wio_inst(entry->instance);
    const struct wio_type_info *type = wio_type_of(inst->base.module,
                                                   entry->index);
    struct wio_exec *outer = inst->base.exec;
    const bool nested = exec->raised != 0;
    uint32_t *fp = nested ? exec->sp : exec->stack;
    uint32_t n = type->param_slots > type->result_slots ? type->param_slots
                                                        : type->result_slots;
    uint32_t cause;

    if (n_args != type->param_slots) {
        return WIO_ERR_INVALID_ARGUMENT;
    }
    if (has_raised(exec, trap)) {
        return WIO_ERR_TRAPPED;
    }
    if ((uint32_t)((uint32_t *)(void *)exec->links - fp) < n) {
        return wio_no_stack(entry->index, trap);
    }
    for (uint32_t i = 0; i < n_args; i++) {
        fp[i] = args[i];
    }
    exec->sp = fp + n;
    exec->raised = WIO_REENTERED;    /* calls from there are nested */
    inst->base.exec = exec;
    wio_host_call(inst, &inst->imports[entry->index], type, fp);
    inst->base.exec = outer;
    exec->sp = fp;
    cause = exec->raised & 0xffu;
    exec->raised = nested ? WIO_REENTERED : 0;
    if (cause) {
        *trap = (struct wio_trap){ .cause = (enum wio_trap_cause)cause,
                                   .func = entry->index, .code = exec->code };
        return WIO_ERR_TRAPPED;
    }
    for (uint32_t i = 0; i < type->result_slots; i++) {
        results[i] = fp[i];
    }
    return 0;
}

int
wio_call_rare(struct wio_exec *exec, const struct wio_func *entry,
              const uint32_t *args, uint32_t n_args, uint32_t *results,
              struct wio_trap *trap)
{
    const struct wio_module *m = entry->instance->module;
    const struct wio_import *import;
    struct wio_func to;

    if (entry->code || entry->index >= m->n_funcs) {
        return WIO_ERR_INVALID_ARGUMENT;
    }
    if (m->image && entry->index >= m->n_imported_funcs) {
        return wio_native_call(exec, entry, args, n_args, results, trap);
    }
    to = *entry;
    if (entry->index < m->n_imported_funcs) {
        import = &wio_inst(entry->instance)->imports[entry->index];
        if (!(import->info & WIO_IMPORT_WASM)) {
            return call_host(exec, entry, args, n_args, results, trap);
        }
        to.instance = &import->to.inst->base;
        to.index = (import->info & 0xfffffu) +
                   to.instance->module->n_imported_funcs;
    }
    if (wio_inst(to.instance)->image) {
        return wio_native_call(exec, &to, args, n_args, results, trap);
    }
    wio_prepare(&to);
    return wio_engine_call(exec, &to, args, n_args, results, trap);
}

int
wio_engine_start(struct wio_exec *exec, struct wio_instance *instance,
                 struct wio_trap *trap)
{
    struct wio_func func = { .instance = instance,
                             .index = instance->module->start };

    if (func.index == WIO_NO_INDEX) {
        return 0;
    }
    return wio_engine_call(exec, &func, NULL, 0, NULL, trap);
}
