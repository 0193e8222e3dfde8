/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cutting a runaway off: the budget's interrupt rewrites the frame that the
 * hardware stacked, so that the exception returns into resume(), still inside
 * the interrupted handler, which gives cm_guarded() its second return.
 *
 * Only code of the engine's loop is cut: it changes nothing but its execution
 * context and the guest's memory. Whoever was interrupted is told by the
 * stacked IPSR, never by a variable.
 *
 * Facts: DDI 0403E.e, B1.5.6 (stacked frame: r0 r1 r2 r3 r12 lr pc xpsr),
 * B1.4.2 (xPSR: IPSR bits 8:0, ICI/IT bits 26:25 and 15:10).
 */
#include "levels.h"

struct guard {                     /* as cm_guarded() pushes it */
    uint32_t ipsr;
    struct guard *below;
    uint32_t r3_to_r11[9];         /* r3 for the stack's alignment */
    uint32_t lr;
};

static struct guard *volatile top __attribute__((used));

/* Bounds of the text of wio_engine_call(): link.ld.in. */
extern const uint8_t startup_loop_begin[];
extern const uint8_t startup_loop_end[];

/* What the second return needs, the stack has to hold anyway. */
__attribute__((naked, noinline)) bool
cm_guarded(__attribute__((unused)) void *ctx,
           __attribute__((unused)) void (*fn)(void *arg),
           __attribute__((unused)) void *arg)
{
    __asm__ volatile("push {r3-r11, lr}\n"
                     "movw r4, #:lower16:top\n"
                     "movt r4, #:upper16:top\n"
                     "ldr r6, [r4]\n"
                     "mrs r5, ipsr\n"
                     "push {r5, r6}\n"
                     "mov r0, r2\n"
                     "str sp, [r4]\n"
                     "blx r1\n"
                     "pop {r5, r6}\n"
                     "str r6, [r4]\n"
                     "movs r0, #1\n"
                     "pop {r3-r11, pc}");
}

__attribute__((naked, noinline)) static void
resume(__attribute__((unused)) struct guard *guard)
{
    __asm__ volatile("mov sp, r0\n"
                     "movw r4, #:lower16:top\n"
                     "movt r4, #:upper16:top\n"
                     "pop {r5, r6}\n"
                     "str r6, [r4]\n"
                     "movs r0, #0\n"
                     "pop {r3-r11, pc}");
}

bool
cm_guard_cut(uint32_t *frame)
{
    struct guard *guard = top;

    if (!guard || guard->ipsr != (frame[7] & 0x1ffu) ||
        frame[6] - (uint32_t)(uintptr_t)startup_loop_begin >=
            (uint32_t)(startup_loop_end - startup_loop_begin)) {
        return false;
    }
    frame[0] = (uint32_t)(uintptr_t)guard;
    frame[6] = (uint32_t)(uintptr_t)resume & ~1u;
    frame[7] &= ~0x0600fc00u;      /* ICI/IT; T and IPSR stay */
    return true;
}
