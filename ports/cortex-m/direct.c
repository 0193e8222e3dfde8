/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See direct.h. In assembly, because each instruction here is waited for by
 * every handler, and a compiler neither loads ten words at once nor keeps its
 * hands off the stack. The C text of each stands above it.
 *
 * Facts: DDI 0403E.e, B1.5 (exceptions), B3.2.4 (ICSR), B3.4 (NVIC), B3.3
 * (SysTick).
 */
#include "direct.h"

#include <stddef.h>

#include "clock.h"
#include "startup/startup.h"

static const void *blocks[16u + WIO_BOARD_N_IRQS];   /* by exception */

#define AT(member, offset) \
    (offsetof(struct wio_port_direct, member) == (offset))

_Static_assert(offsetof(struct cm_stub, event) == 12 &&
               offsetof(struct wio_port_event, accepted_ns) == 8 &&
               offsetof(struct wio_port_event, busy) == 16 &&
               offsetof(struct cm_clock, end_ns) == 0, "see STUB");
_Static_assert(AT(current, 4) && AT(self, 8) && AT(stack_pointer, 12) &&
               AT(stack_top, 16) && AT(context, 20) && AT(own, 24) &&
               AT(room, 28) && AT(n_new, 32) && AT(fn, 36) &&
               AT(running, 40) && AT(done, 44) && AT(below_left, 52) && offsetof(struct cm_budget, state) == 0 &&
               offsetof(struct cm_budget, top) == 4, "see slot()");

/* -- Stubs ------------------------------------------------------------------------- */

/*
 * At priority 0, where the clock cannot wrap:
 *
 *     *stub->mask_word = stub->bit;
 *     *STIR = stub->slot_line;
 *     now = cm_now_above();
 *     *stub->event = { n_accepted + 1, 1, now, 1 };
 */
#define STUB \
    "mrs r3, ipsr\n" \
    "ldr r0, =%c[blocks]\n" \
    "ldr r0, [r0, r3, lsl #2]\n" \
    "ldrd r2, r1, [r0]\n" \
    "str r1, [r2]\n"               /* masked */ \
    "mov r3, #0xe000e000\n" \
    "ldr r2, [r3, #0x018]\n"       /* SYST_CVR */ \
    "ldr r1, [r3, #0xd04]\n"       /* ICSR */ \
    "lsls r1, r1, #5\n"            /* PENDSTSET: bit 26 */ \
    "bmi 2f\n" \
    "1: ldr r1, [r0, #8]\n" \
    "str r1, [r3, #0xf00]\n"       /* STIR */ \
    "mov r1, %[tick]\n" \
    "smull r2, r12, r2, r1\n" \
    "ldr r1, =cm_clock\n" \
    "ldrd r3, r1, [r1]\n" \
    "subs r3, r3, r2\n" \
    "sbc r12, r1, r12\n" \
    "ldr r0, [r0, #12]\n"          /* event */ \
    "ldr r1, [r0]\n" \
    "adds r1, r1, #1\n" \
    "movs r2, #1\n" \
    "stmia r0!, {r1, r2, r3, r12}\n" \
    "str r2, [r0]\n"

#define STUB_WRAP \
    "2: push {r0, r3, r4, lr}\n" \
    "bl cm_ticks_of_pending_wrap\n" \
    "mov r2, r0\n" \
    "pop {r0, r3, r4, lr}\n" \
    "b 1b\n" \
    ".ltorg"

__attribute__((naked)) static void
stub(void)
{
    __asm__ volatile(STUB
                     "bx lr\n"
                     STUB_WRAP
                     :: [blocks] "i"(blocks), [tick] "i"(CM_TICK_NS));
}

__attribute__((used)) static void
tell(uint32_t exception)
{
    const struct cm_stub *of = blocks[exception];

    of->fn(of->arg, of->event->accepted_ns);
}

/* One that has something to be called behind it. */
__attribute__((naked)) static void
telling_stub(void)
{
    __asm__ volatile(STUB
                     "mrs r0, ipsr\n"
                     "b tell\n"
                     STUB_WRAP
                     :: [blocks] "i"(blocks), [tick] "i"(CM_TICK_NS));
}

void
cm_direct_stub(uint32_t line, const struct cm_stub *of)
{
    blocks[STARTUP_IRQ(line)] = of;
    startup_set_vector(STARTUP_IRQ(line), of->fn ? telling_stub : stub);
}

/* -- Slots -------------------------------------------------------------------------- */

/* A countdown is going on, or has ended; or they take more than two stores
 * here. Returns what was running. */
__attribute__((used)) static void *
begin_over(struct wio_port_direct *direct)
{
    void *below = *direct->current;

    *direct->current = direct->self;
    direct->below_left = cm_soc_budget_swap(0, direct->budget_ticks);
    direct->begun_over(direct->self);
    return below;
}

#ifdef WIO_BOARD_BUDGET_TIMER
/* cm_soc_budget_swap() where none was going on: soc_mps2.c. */
#define BEGIN \
    "ldr r12, =cm_budget\n" \
    "ldr lr, [r12]\n" \
    "cmp lr, #0\n" \
    "bne 3f\n" \
    "ldr lr, [r2]\n" \
    "str r4, [r2]\n" \
    "movs r2, #1\n"                /* CM_BUDGET_COUNTING */ \
    "str r2, [r12]\n" \
    "mov r12, %[timer]\n" \
    "str r1, [r12, #4]\n" \
    "str r2, [r12, #12]\n"
#define TIMER WIO_BOARD_BUDGET_TIMER
#else
#define BEGIN "b 3f\n"
#define TIMER 0
#endif

/* A guard of guard.c's, but for the way back: in its ipsr. */
_Static_assert(CM_GUARD_DIRECT == 0x1000u, "see slot()");

/*
 * struct wio_port_direct says what it does. The frame that it leaves on the
 * stack, from the top:
 *
 *     direct, context[1], *stack_pointer, { ipsr, guard below }, context[0],
 *     context, below, r3 to r11, return address
 *
 * each as it was; the braces are the guard that cm_budget.top points at. *running
 * comes behind the context: a handler that interrupts in between makes it what
 * the context says, and nobody puts it back.
 */
__attribute__((naked)) static void
slot(void)
{
    __asm__ volatile("mrs r3, ipsr\n"
                     "ldr r0, =%c[blocks]\n"
                     "ldr r0, [r0, r3, lsl #2]\n"
                     "push {r3-r11, lr}\n"
                     "ldmia r0, {r1, r2, r4-r11}\n"
                     BEGIN
                     "4: ldr r2, [r5]\n"
                     "str r6, [r5]\n"
                     "ldr r12, =cm_budget\n"
                     "ldr r5, [r12, #4]\n"
                     "sub r9, sp, r9\n"
                     "ldrd r6, r1, [r7]\n"
                     "strd r8, r9, [r7]\n"
                     "ldr r9, [r0, #40]\n"
                     "str r8, [r9]\n"
                     "orr r3, r3, #0x1000\n"
                     "push {r0-r3, r5-r7, lr}\n"
                     "add r7, sp, #12\n"
                     "str r7, [r12, #4]\n"
                     "ldmia r10, {r0-r2}\n"
                     "mov r3, #0\n"
                     "str r3, [r10]\n"
                     "mov r3, r4\n"
                     "blx r11\n"
                     "mov r12, #0\n"
                     "b cm_direct_end\n"
                     "3: push {r0, r1, r3, r12}\n"
                     "bl begin_over\n"
                     "mov lr, r0\n"
                     "pop {r0, r1, r3, r12}\n"
                     "b 4b\n"
                     ".ltorg"
                     :: [blocks] "i"(blocks), [timer] "i"(TIMER));
}

/* The label is no function's, so its address is even, as a return address has
 * to be. In r0: the guard. */
__attribute__((naked, noinline, used)) static void
resume(void)
{
    __asm__ volatile(".global cm_direct_resume_masked, cm_direct_resume\n"
                     "cm_direct_resume_masked:\n"
                     "cpsie i\n"
                     "cm_direct_resume:\n"
                     "sub r0, r0, #12\n"
                     "mov sp, r0\n"
                     "mov r12, #1\n"           /* was cut */
                     "cm_direct_end:\n"
                     "pop {r0-r3, r5-r7, lr}\n"
                     "ldr r4, =cm_budget\n"
                     "str r5, [r4, #4]\n"
                     "ldr r4, [r0, #12]\n"
                     "str r2, [r4]\n"
                     "strd r6, r1, [r7]\n"
                     "ldr r2, [r0, #52]\n"
                     "mov r3, #0\n"
                     "str r3, [r0, #52]\n"
                     "mov r3, r12\n"
                     "ldr r4, [r0, #44]\n"
                     "ldr r0, [r0, #8]\n"
                     "mov r1, lr\n"
                     "blx r4\n"
                     "pop {r3-r11, pc}\n"
                     ".ltorg");
}

void
cm_direct_slot(uint32_t line, struct wio_port_direct *direct)
{
    blocks[STARTUP_IRQ(line)] = direct;
    startup_set_vector(STARTUP_IRQ(line), slot);
}
