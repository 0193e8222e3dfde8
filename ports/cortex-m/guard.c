/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cutting a runaway off: the budget's interrupt rewrites the frame that the
 * hardware stacked, so that the exception returns into resume(), still inside
 * the interrupted handler, which gives save() its second return.
 *
 * Only code of the engine's loop is cut: it changes nothing but its execution
 * context and the guest's memory. Whoever was interrupted is told by the
 * stacked IPSR, never by a variable.
 *
 * Facts: DDI 0403E.e, B1.5.6 (stacked frame: r0 r1 r2 r3 r12 lr pc xpsr),
 * B1.4.2 (xPSR: IPSR bits 8:0, ICI/IT bits 26:25 and 15:10).
 */
#include "levels.h"

struct guard {
    uint32_t r4_to_r11[8];         /* these ten first: save() writes them */
    uint32_t sp;
    uint32_t lr;
    uint32_t ipsr;
    struct guard *below;
};

static struct guard *volatile top;

/* Bounds of the text of wio_engine_call(): link.ld.in. */
extern const uint8_t startup_loop_begin[];
extern const uint8_t startup_loop_end[];

__attribute__((naked, noinline, returns_twice)) static int
save(__attribute__((unused)) struct guard *guard)
{
    __asm__ volatile("stmia r0!, {r4-r11}\n"
                     "mov r1, sp\n"
                     "stmia r0!, {r1, lr}\n"
                     "movs r0, #0\n"
                     "bx lr");
}

__attribute__((naked, noinline)) static void
resume(__attribute__((unused)) struct guard *guard)
{
    __asm__ volatile("ldmia r0!, {r4-r11}\n"
                     "ldmia r0!, {r1, lr}\n"
                     "mov sp, r1\n"
                     "movs r0, #1\n"
                     "bx lr");
}

static inline uint32_t
ipsr(void)
{
    uint32_t value;

    __asm__ volatile("mrs %0, ipsr" : "=r"(value));
    return value;
}

bool
cm_guarded(void *ctx, void (*fn)(void *arg), void *arg)
{
    struct guard guard;

    (void)ctx;
    guard.below = top;
    guard.ipsr = ipsr();
    if (save(&guard) != 0) {
        top = guard.below;
        return false;
    }
    top = &guard;
    fn(arg);
    top = guard.below;
    return true;
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
