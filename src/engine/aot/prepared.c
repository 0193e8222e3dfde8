/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/aot/prepared.c - calls of functions that were looked at before
 *
 *   runtime --> wio_engine_enter --> calls[i]      any function, outermost
 *   port    --> handlers[i].call                   an interrupt's handler
 *
 * On the way of every activation, so each instruction counts: what is the same
 * each time is found once, by wio_engine_prepare(). Who is interrupted, and in
 * which order what changes: call.c, enter().
 */
#include <stdatomic.h>
#include <stddef.h>

#include "engine/aot/aot.h"

bool
wio_engine_is_native(const struct wio_func *func)
{
    const struct wio_inst *inst = wio_inst(func->instance);

    return inst->image && func->index >= inst->base.module->n_imported_funcs;
}

bool
wio_engine_may_wait(const struct wio_func *func)
{
    return (wio_inst(func->instance)->image->flags & WIO_AOT_WAITS) != 0;
}

uint32_t *
wio_native_prepare(struct wio_exec *exec, const struct wio_func *func)
{
    const struct wio_inst *inst = wio_inst(func->instance);
    const struct wio_module *m = inst->base.module;
    const struct wio_type_info *type = wio_type_of(m, func->index);
    wio_aot_call_fn call =
        inst->image->calls[func->index - m->n_imported_funcs];

    if (!call || type->param_slots > exec->n_slots ||
        type->result_slots > exec->n_slots ||
        (WIO_ENTER_IN_ASSEMBLY && (inst->image->flags & WIO_AOT_COUNTED))) {
        return NULL;
    }
    exec->prepared.instance = func->instance;
    exec->prepared.state = inst->image->state;
    exec->prepared.call = call;
    return exec->stack;
}

__attribute__((noinline, used)) static int
enter_trapped(struct wio_exec *exec, uint32_t cause, struct wio_trap *trap)
{
    *trap = (struct wio_trap){ .cause = (enum wio_trap_cause)cause };
    if (cause == WIO_TRAP_HOST || cause == WIO_TRAP_DENIED) {
        trap->code = exec->code;
    }
    exec->raised = 0;
    return WIO_ERR_TRAPPED;
}

#if WIO_ENTER_IN_ASSEMBLY
/*
 * What the one below does, but that a trap needs no jump buffer: what has to be
 * put back lies on the stack, with the registers that are the caller's, and
 * exec->entered says where. No step is taken, for the code counts none. At the
 * second way out r0 is that place, r1 the cause.
 */
__attribute__((naked)) int
wio_engine_enter(__attribute__((unused)) struct wio_exec *exec,
                 __attribute__((unused)) struct wio_trap *trap)
{
    __asm__ volatile("push {r4-r11, lr}\n"
                     "ldrd r5, r6, [r0, %[stack]]\n"       /* n_slots */
                     "ldrd r2, r3, [r0, %[prepared]]\n"    /* state */
                     "ldr r4, [r0, %[call]]\n"
                     "ldrd r8, r9, [r3, %[context]]\n"
                     "ldr r10, [r2, %[running]]\n"
                     "push {r0-r3, r8-r10}\n"
                     "sub r7, sp, r6, lsl #2\n"
                     "str sp, [r0, %[entered]]\n"
                     "str r7, [r0, %[limit]]\n"
                     "strd r0, r7, [r3, %[context]]\n"
                     "str r0, [r2, %[running]]\n"
                     "mov r0, r5\n"
                     "blx r4\n"
                     "movs r0, #0\n"
                     "pop {r1-r4, r8-r10}\n"
                     "str r0, [r1, %[entered]]\n"
                     "strd r8, r9, [r4, %[context]]\n"
                     "str r10, [r3, %[running]]\n"
                     "pop {r4-r11, pc}\n"
                     ".global wio_native_leave\n"
                     ".thumb_func\n"
                     "wio_native_leave:\n"
                     "mov sp, r0\n"
                     "pop {r0, r2-r4, r8-r10}\n"
                     "strd r8, r9, [r4, %[context]]\n"
                     "str r10, [r3, %[running]]\n"
                     "pop {r4-r11, lr}\n"
                     "b enter_trapped\n"
                     :: [stack] "i"(offsetof(struct wio_exec, stack)),
                        [prepared] "i"(offsetof(struct wio_exec,
                                                prepared.instance)),
                        [call] "i"(offsetof(struct wio_exec, prepared.call)),
                        [entered] "i"(offsetof(struct wio_exec, entered)),
                        [limit] "i"(offsetof(struct wio_exec, stack_limit)),
                        [running] "i"(offsetof(struct wio_instance, exec)),
                        [context] "i"(offsetof(struct wio_aot_state, exec)));
}

_Static_assert(offsetof(struct wio_exec, n_slots) ==
               offsetof(struct wio_exec, stack) + 4u &&
               offsetof(struct wio_exec, prepared.state) ==
               offsetof(struct wio_exec, prepared.instance) + 4u &&
               offsetof(struct wio_aot_state, stack_limit) ==
               offsetof(struct wio_aot_state, exec) + 4u, "loaded in pairs");
#else
/* On every interrupt's way, so it does what an outermost call of a function
 * that was looked at before needs, and no more. */
int
wio_engine_enter(struct wio_exec *exec, struct wio_trap *trap)
{
    struct wio_aot_state *const state = exec->prepared.state;
    struct wio_instance *const instance = exec->prepared.instance;
    /* The port may have told the instance already whose turn it is. */
    struct wio_exec *const before = instance->exec;
    struct wio_aot_exec *const outer = state->exec;
    const uintptr_t outer_limit = state->stack_limit;
    struct wio_native here;
    uint32_t cause = 0;

    exec->stack_limit = (uintptr_t)&here - (uintptr_t)exec->n_slots * 4u;
    here.may_wait = false;
    exec->native = &here;
    state->exec = (struct wio_aot_exec *)(void *)exec;
    state->stack_limit = exec->stack_limit;
    atomic_signal_fence(memory_order_seq_cst);
    instance->exec = exec;
    if (__builtin_setjmp(here.jump) == 0) {
        exec->steps.left--;
        exec->prepared.call(exec->stack);
    } else {
        cause = exec->native->cause;
    }
    state->stack_limit = outer_limit;
    state->exec = outer;
    atomic_signal_fence(memory_order_seq_cst);
    instance->exec = before;
    exec->native = NULL;
    return cause ? enter_trapped(exec, cause, trap) : 0;
}
#endif

/* -- Handlers that are called by the port --------------------------------------- */

bool
wio_engine_native_handler(struct wio_exec *exec, const struct wio_func *func,
                          void (*unwind_fn)(void *ctx), void *ctx,
                          struct wio_native_handler *handler)
{
    const struct wio_inst *inst = wio_inst(func->instance);
    const struct wio_aot_image *image = inst->image;

    if (!wio_engine_is_native(func) || (image->flags & WIO_AOT_COUNTED)) {
        return false;
    }
    for (uint32_t i = 0; i < image->n_handlers; i++) {
        if (image->handlers[i].func !=
            func->index - inst->base.module->n_imported_funcs) {
            continue;
        }
        exec->unwind = unwind_fn;
        exec->unwind_ctx = ctx;
        *handler = (struct wio_native_handler){
            .call = image->handlers[i].call,
            .context = (uintptr_t *)(void *)&image->state->exec,
            .room = exec->n_slots * 4u,
        };
        return true;
    }
    return false;
}

int
wio_engine_left_handler(struct wio_exec *exec, struct wio_instance *instance,
                        struct wio_trap *trap)
{
    uint32_t cause = exec->fate;

    instance->exec =
        (struct wio_exec *)(void *)wio_inst(instance)->image->state->exec;
    wio_engine_set_steps(exec, WIO_STEPS_MAX);
    if (!cause) {
        return 0;
    }
    exec->fate = 0;
    return enter_trapped(exec, cause, trap);
}
