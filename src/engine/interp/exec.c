/* SPDX-License-Identifier: Apache-2.0 */
/* Execution contexts, calls from the host, and where a trap happened. */
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

    if (exec && !exec->raised) {
        exec->raised = (uint32_t)(cause == WIO_TRAP_NONE ? WIO_TRAP_HOST
                                                         : cause);
        exec->code = code;
    }
}

/* -- Where a trap happened ---------------------------------------------------------- */

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

static void
describe(struct wio_exec *exec, uint32_t cause, uint32_t func,
         uint32_t *low, struct wio_link *high, struct wio_trap *trap)
{
    const struct wio_inst *inst = exec->trap_inst;

    *trap = (struct wio_trap){ .cause = (enum wio_trap_cause)cause,
                               .func = func };
    if (cause == WIO_TRAP_HOST || cause == WIO_TRAP_DENIED) {
        trap->code = exec->code;
    }
    if (inst) {
        const struct wio_module *m = inst->base.module;
        uint32_t position = (uint32_t)(exec->trap_ip - m->code);
        uint32_t defined = find_function(m, position);

        trap->func = m->n_imported_funcs + defined;
        trap->offset = find_offset(m, defined, position, low, high);
    }
}

/* -- Calls ------------------------------------------------------------------------------ */

static uint32_t
free_slots(const struct wio_exec *exec)
{
    return (uint32_t)((uint32_t *)(void *)exec->links - exec->sp);
}

/* An imported function that leads to the host. */
static uint32_t
call_host(struct wio_exec *exec, struct wio_inst *inst, uint32_t index)
{
    const struct wio_type_info *type = wio_type_of(inst->base.module, index);
    uint32_t n = type->param_slots > type->result_slots
                     ? type->param_slots : type->result_slots;
    uint32_t *fp = exec->sp;

    if (free_slots(exec) < n) {
        return WIO_TRAP_STACK;
    }
    exec->sp += n;
    wio_host_call(inst, &inst->imports[index], type, fp);
    return exec->raised;
}

/* The arguments are in place at exec->sp. */
static uint32_t
enter(struct wio_exec *exec, struct wio_inst *inst, uint32_t index)
{
    uint32_t n_imported = inst->base.module->n_imported_funcs;
    const struct wio_func_info *f;
    uint32_t *fp = exec->sp;

    if (index < n_imported) {
        return call_host(exec, inst, index);
    }
    f = &inst->funcs[index - n_imported];
    if (free_slots(exec) < f->frame) {
        return WIO_TRAP_STACK;
    }
    exec->links--;
    exec->links->ip = wio_halt_code;
    exec->links->fp = fp;
    return wio_run(exec, inst, inst->code + f->code, fp);
}

int
wio_engine_call(struct wio_exec *exec, struct wio_func func,
                const uint32_t *args, uint32_t n_args, uint32_t *results,
                struct wio_trap *trap)
{
    struct wio_inst *inst = wio_inst(func.instance);
    const struct wio_module *m = inst->base.module;
    const struct wio_type_info *type;
    struct wio_link *links = exec->links;
    uint32_t *fp = exec->sp;
    uint32_t raised = exec->raised;
    struct wio_exec *outer;
    uint32_t cause;

    if (func.index >= m->n_funcs) {
        return WIO_ERR_INVALID_ARGUMENT;
    }
    type = wio_type_of(m, func.index);
    if (n_args != type->param_slots) {
        return WIO_ERR_INVALID_ARGUMENT;
    }
    if (func.index < m->n_imported_funcs &&
        (inst->imports[func.index].info & WIO_IMPORT_WASM)) {
        const struct wio_import *import = &inst->imports[func.index];

        func.index = import->info & 0xfffffu;
        func.index += import->to.inst->base.module->n_imported_funcs;
        inst = import->to.inst;
    }
    if (exec->depth++ == 0) {
        exec->limit = 0;         /* of a stop that came too late */
    }
    outer = inst->base.exec;
    inst->base.exec = exec;
    exec->raised = 0;
    exec->trap_inst = NULL;
    cause = WIO_TRAP_STACK;
    if (free_slots(exec) >= n_args) {
        for (uint32_t i = 0; i < n_args; i++) {
            fp[i] = args[i];
        }
        cause = enter(exec, inst, func.index);
    }
    inst->base.exec = outer;
    exec->depth--;
    exec->raised = raised;
    exec->sp = fp;
    exec->links = links;
    if (cause) {
        describe(exec, cause, func.index, fp, links, trap);
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
