/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cutting a runaway off: the budget's interrupt rewrites the frame that the
 * hardware stacked, so that the exception returns into resume(), still inside
 * the interrupted handler, which gives cm_guarded() its second return.
 *
 * Only code of the engine's loop and of compiled containers is cut: it changes
 * nothing but its execution context and the guest's memory. Whoever was
 * interrupted is told by the stacked IPSR, never by a variable.
 *
 * Facts: DDI 0403E.e, B1.5.6 (stacked frame: r0 r1 r2 r3 r12 lr pc xpsr),
 * B1.4.2 (xPSR: IPSR bits 8:0, ICI/IT bits 26:25 and 15:10).
 */
#include "levels.h"

#include "startup/startup.h"

/* A cut that met a host function is tried again, so late that the function goes
 * on in between: at 1 us it took four times as long. */
#define RETRY_TICKS (WIO_BOARD_CPU_HZ / 100000u)

struct cm_guard {                     /* as cm_guarded() pushes it */
    uint32_t ipsr;                 /* and CM_GUARD_DIRECT, from direct.c */
    struct cm_guard *below;
    uint32_t r3_to_r11[9];         /* r3 for the stack's alignment */
    uint32_t lr;
};

struct cm_budget cm_budget __attribute__((used));

/* The text of wio_engine_call(): link.ld.in; the second one is a number. */
extern const uint8_t startup_loop_begin[];
extern const uint8_t startup_loop_bytes[];

/* What the second return needs, the stack has to hold anyway. */
__attribute__((naked, noinline)) bool
cm_guarded(__attribute__((unused)) void *ctx,
           __attribute__((unused)) void (*fn)(void *arg),
           __attribute__((unused)) void *arg)
{
    __asm__ volatile("push {r3-r11, lr}\n"
                     "movw r4, #:lower16:cm_budget\n"
                     "movt r4, #:upper16:cm_budget\n"
                     "ldr r6, [r4, #4]\n"
                     "mrs r5, ipsr\n"
                     "push {r5, r6}\n"
                     "mov r0, r2\n"
                     "str sp, [r4, #4]\n"
                     "blx r1\n"
                     "pop {r5, r6}\n"
                     "str r6, [r4, #4]\n"
                     "movs r0, #1\n"
                     "pop {r3-r11, pc}");
}

/* Where the stacked frame is sent to, with r0 the guard. The label is no
 * function's, so its address is even, as a return address has to be. */
extern const uint8_t cm_guard_resume[];
extern const uint8_t cm_direct_resume[];

__attribute__((naked, noinline, used)) static void
resume(void)
{
    __asm__ volatile("cm_guard_resume:\n"
                     "mov sp, r0\n"
                     "pop {r5, r6}\n"
                     "movs r0, #0\n"
                     "pop {r3-r11, pc}");
}

/* From inside: what the frame's rewriting does. */
__attribute__((naked, noinline)) void
cm_unwind(__attribute__((unused)) void *ctx)
{
    __asm__ volatile("ldr r1, =cm_budget\n"
                     "ldr r0, [r1, #4]\n"
                     "ldr r2, [r0, #4]\n"
                     "str r2, [r1, #4]\n"
                     "ldr r3, [r0]\n"
                     "ldr r1, =cm_direct_resume\n"
                     "ldr r2, =cm_guard_resume\n"
                     "tst r3, #0x1000\n"       /* CM_GUARD_DIRECT */
                     "it eq\n"
                     "moveq r1, r2\n"
                     "orr r1, r1, #1\n"
                     "bx r1\n"
                     ".ltorg");
}

/* Within one of them: between two lie other containers' variables and files. */
__attribute__((noinline)) static bool
is_native(uint32_t pc)
{
    for (uint32_t i = 0; i < CM_NATIVE_MAX; i++) {
        const struct cm_native_text *text = &cm_native_texts.of[i];

        if (pc - text->begin < text->n_bytes) {
            return true;
        }
    }
    return false;
}

static inline bool
may_be_cut(uint32_t pc)
{
    return pc - (uint32_t)(uintptr_t)startup_loop_begin <
               (uint32_t)(uintptr_t)startup_loop_bytes ||
           (pc - cm_native_texts.begin < cm_native_texts.n_bytes &&
            is_native(pc));
}

/* The stacked frame of what is guarded and in the engine's loop, or compiled,
 * becomes a return to cm_guard_resume. */
static inline bool
cut(struct cm_budget *budget, uint32_t *frame)
{
    struct cm_guard *guard = budget->top;

    if (!guard || (guard->ipsr & 0x1ffu) != (frame[7] & 0x1ffu) ||
        !may_be_cut(frame[6])) {
        return false;
    }
    budget->top = guard->below;
    frame[0] = (uint32_t)(uintptr_t)guard;
    frame[6] = (uint32_t)(uintptr_t)(guard->ipsr & CM_GUARD_DIRECT
                                         ? cm_direct_resume
                                         : cm_guard_resume);
    frame[7] &= ~0x0600fc00u;      /* ICI/IT; T and IPSR stay */
    return true;
}

/* What runs has used up its budget; @frame is what it was interrupted in. */
__attribute__((used)) static void
budget_over(uint32_t *frame)
{
    struct cm_budget *budget = &cm_budget;

    if (!cm_soc_budget_ack() || budget->state == CM_BUDGET_NONE) {
        return;                    /* swapped while the request was pending */
    }
    budget->state = CM_BUDGET_OVER;
    if (!cut(budget, frame)) {
        budget->on_budget(budget->arg);
        cm_soc_budget_set(RETRY_TICKS);
    }
}

/* Everything is on the main stack: there are no threads of another one. */
__attribute__((naked)) static void
budget_entry(void)
{
    __asm__ volatile("mov r0, sp\n b budget_over");
}

/* -- The watchdog ------------------------------------------------------------------ */

extern const uint8_t cm_guard_resume_masked[];
extern const uint8_t cm_direct_resume_masked[];

__attribute__((naked, noinline, used)) static void
resume_masked(void)
{
    __asm__ volatile("cm_guard_resume_masked:\n"
                     "cpsie i\n"
                     "b cm_guard_resume");
}

/* Interrupts have been kept out for so long that not even the budget's came. In
 * the engine's loop that is the guest's doing, by whatever way: it is cut off.
 * A host function that does it cannot be helped. */
__attribute__((used)) static void
watchdog_over(uint32_t *frame)
{
    struct cm_budget *budget = &cm_budget;

    cm_soc_watchdog_feed();
    if (cm_sleeps && (frame[7] & 0x1ffu) == 0) {
        return;                    /* the clock has leapt: see cm_idle_awake */
    }
    if (!cut(budget, frame)) {
        startup_unhandled(2, frame);
        return;
    }
    frame[6] = (uint32_t)(uintptr_t)(frame[6] ==
                                             (uintptr_t)cm_direct_resume
                                         ? cm_direct_resume_masked
                                         : cm_guard_resume_masked);
    cm_soc_budget_set(0);          /* which has ended, too */
    budget->state = CM_BUDGET_OVER;
}

__attribute__((naked)) static void
watchdog_entry(void)
{
    __asm__ volatile("mov r0, sp\n b watchdog_over");
}

void
cm_guard_start(void (*fn)(void *arg), void *arg)
{
    cm_budget.on_budget = fn;
    cm_budget.arg = arg;
    cm_soc_budget_init(budget_entry);
    (void)cm_soc_watchdog_start(WIO_BOARD_CPU_HZ / 1000u * CM_WATCHDOG_MS,
                                watchdog_entry);
}
