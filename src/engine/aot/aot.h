/* SPDX-License-Identifier: Apache-2.0 */
/* engine/aot/aot.h - native functions, as the rest of the engine sees them */
#ifndef WIO_ENGINE_AOT_AOT_H
#define WIO_ENGINE_AOT_AOT_H

#include "engine/aot/image.h"
#include "engine/interp/module.h"

/* An activation of native code, on the C stack of who entered it. */
struct wio_native {
    void *jump[5];                   /* __builtin_setjmp's */
    struct wio_native *before;
    uint32_t cause;                  /* what it ended with */
    bool may_wait;                   /* nothing of the exec lies below it */
};

/* Where it pays, wio_engine_enter() is written in assembly (prepared.c). With a
 * floating-point unit's registers it would have more to keep. */
#if defined(__thumb2__) && !defined(__ARM_FP)
#define WIO_ENTER_IN_ASSEMBLY 1
#else
#define WIO_ENTER_IN_ASSEMBLY 0
#endif

/* Ends the call that stands in exec->entered with a trap. */
_Noreturn void wio_native_leave(uintptr_t entered, uint32_t cause);

/* As wio_engine_call, of a defined function of an instance with an image. */
int wio_native_call(struct wio_exec *exec, const struct wio_func *entry,
                    const uint32_t *args, uint32_t n_args, uint32_t *results,
                    struct wio_trap *trap);

/* Calls defined function @func of @inst from a host function's place, with
 * slots. 0 or a trap cause, then with exec->code. */
uint32_t wio_native_slots(struct wio_exec *exec, struct wio_inst *inst,
                          uint32_t func, uint32_t *slots);

/* wio_engine_suspend and wio_engine_resume, of native code. */
bool wio_native_suspend(struct wio_exec *exec);
int wio_native_resume(struct wio_exec *exec, uint32_t *results,
                      struct wio_trap *trap);

/* wio_engine_prepare of a native function. */
uint32_t *wio_native_prepare(struct wio_exec *exec,
                             const struct wio_func *func);

/* What the instance and its image have in common is filled in. */
void wio_native_link(struct wio_inst *inst);

#endif
