/* SPDX-License-Identifier: Apache-2.0 */
/* Execution contexts, where a trap happened, and the rare ways of a call. */
#include "base/arena.h"
#include "engine/interp/compile.h"
#include "engine/interp/loader.h"

int
wio_engine_exec_create(struct wio_arena *arena, uint32_t stack_bytes,
                       struct wio_exec **exec)
{
    struct wio_arena_mark mark = wio_arena_mark(arena);
    struct wio_exec *e = wio_arena_take(arena, sizeof *e, 8);
    uint8_t *stack = wio_arena_take(arena, stack_bytes & ~7u, 8);

    if (!e || !stack) {
        wio_arena_return(arena, mark);
        return WIO_ERR_NO_MEMORY;
    }
    e->sp = (uint32_t *)(void *)stack;
    e->links = (struct wio_link *)(void *)(stack + (stack_bytes & ~7u));
    e->fuel = (int32_t)WIO_STEPS_MAX;
    *exec = e;
    return 0;
}

void
wio_engine_set_steps(struct wio_exec *exec, uint32_t n_steps)
{
    exec->fuel = (int32_t)(n_steps < WIO_STEPS_MAX ? n_steps : WIO_STEPS_MAX);
}

uint32_t
wio_engine_steps_left(const struct wio_exec *exec)
{
    return exec->fuel > 0 ? (uint32_t)exec->fuel : 0;
}

void
wio_engine_stop(struct wio_exec *exec)
{
    exec->limit = INT32_MAX;
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

int
wio_trapped(struct wio_exec *exec, uint32_t cause, struct wio_inst *inst,
            const uint8_t *ip)
{
    struct wio_entry *e = exec->entry;
    struct wio_trap *trap = e->trap;
    const struct wio_module *m = inst->base.module;
    uint32_t position = (uint32_t)(ip - m->code);
    uint32_t defined = find_function(m, position);

    inst->base.exec = NULL;
    e->instance->exec = e->outer;
    exec->entry = e->before;
    exec->raised = e->before ? WIO_REENTERED : 0;
    exec->sp = e->halt.fp;
    exec->links = (struct wio_link *)(void *)(e + 1);
    *trap = (struct wio_trap){ .cause = (enum wio_trap_cause)cause };
    if (cause == WIO_TRAP_HOST || cause == WIO_TRAP_DENIED) {
        trap->code = exec->code;
    }
    trap->func = m->n_imported_funcs + defined;
    trap->offset = find_offset(m, defined, position, exec->sp, exec->links);
    return WIO_ERR_TRAPPED;
}

/* -- Calls ---------------------------------------------------------------- */

bool
wio_nested(struct wio_exec *exec, struct wio_trap *trap)
{
    uint32_t cause = exec->raised & 0xffu;

    if (cause) {
        *trap = (struct wio_trap){ .cause = (enum wio_trap_cause)cause,
                                   .code = exec->code };
        return true;
    }
    exec->raised = 0;
    return false;
}

/* What is exported was imported: from another instance, or from the host. */
int
wio_call_import(struct wio_exec *exec, struct wio_func entry,
                const uint32_t *args, uint32_t n_args, uint32_t *results,
                struct wio_trap *trap)
{
    struct wio_inst *inst = wio_inst(entry.instance);
    const struct wio_module *m = inst->base.module;
    const struct wio_import *import;
    const struct wio_type_info *type;
    struct wio_exec *outer = inst->base.exec;
    struct wio_entry e = { .before = exec->entry };
    uint32_t *fp = exec->sp;
    uint32_t n, cause;

    if (entry.index >= m->n_imported_funcs) {
        return WIO_ERR_INVALID_ARGUMENT;
    }
    import = &inst->imports[entry.index];
    if (import->info & WIO_IMPORT_WASM) {
        entry.instance = &import->to.inst->base;
        entry.index = (import->info & 0xfffffu) +
                      entry.instance->module->n_imported_funcs;
        return wio_engine_call(exec, entry, args, n_args, results, trap);
    }
    type = wio_type_of(m, entry.index);
    n = type->param_slots > type->result_slots ? type->param_slots
                                               : type->result_slots;
    if (n_args != type->param_slots) {
        return WIO_ERR_INVALID_ARGUMENT;
    }
    if ((uint32_t)((uint32_t *)(void *)exec->links - fp) < n) {
        return wio_no_stack(entry.index, trap);
    }
    for (uint32_t i = 0; i < n_args; i++) {
        fp[i] = args[i];
    }
    exec->sp += n;
    exec->entry = &e;            /* calls from there are nested */
    inst->base.exec = exec;
    wio_host_call(inst, import, type, fp);
    inst->base.exec = outer;
    exec->entry = e.before;
    exec->sp = fp;
    cause = exec->raised & 0xffu;
    exec->raised = e.before ? WIO_REENTERED : 0;
    if (cause) {
        *trap = (struct wio_trap){ .cause = (enum wio_trap_cause)cause,
                                   .func = entry.index, .code = exec->code };
        return WIO_ERR_TRAPPED;
    }
    for (uint32_t i = 0; i < type->result_slots; i++) {
        results[i] = fp[i];
    }
    return 0;
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
    return wio_engine_call(exec, func, NULL, 0, NULL, trap);
}
