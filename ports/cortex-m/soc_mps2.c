/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arm MPS2 with the CMSDK subsystem (Application Note AN386, DAI 0386:
 * memory map, interrupts, clock). Cortex-M System Design Kit TRM (DDI 0479D):
 * the APB timer.
 */
#include "port.h"

#include "startup/startup.h"

#define SYSCLK_HZ 25000000u

#define TIMER0 0x40000000u
#define TIMER0_IRQ 8u
#define TIMER1 0x40001000u
#define TIMER1_IRQ 9u
#define TIMER_CTRL 0x0u                  /* bit 0 enable, bit 3 interrupt */
#define TIMER_VALUE 0x4u
#define TIMER_RELOAD 0x8u
#define TIMER_INTCLEAR 0xcu              /* read: INTSTATUS */

uint32_t
cm_soc_start(void)
{
    return SYSCLK_HZ;
}

uint32_t
cm_soc_alarm_hz(void)
{
    return SYSCLK_HZ;
}

void
cm_soc_alarm_init(void (*handler)(void))
{
    startup_set_vector(STARTUP_IRQ(TIMER0_IRQ), handler);
    startup_irq_enable(TIMER0_IRQ, 0);
}

void
cm_soc_alarm_arm(uint32_t ticks)
{
    *cm_reg(TIMER0, TIMER_CTRL) = 0;
    *cm_reg(TIMER0, TIMER_INTCLEAR) = 1;
    *cm_reg(TIMER0, TIMER_RELOAD) = ticks;
    *cm_reg(TIMER0, TIMER_VALUE) = ticks;
    *cm_reg(TIMER0, TIMER_CTRL) = 9u;
}

void
cm_soc_alarm_ack(void)
{
    *cm_reg(TIMER0, TIMER_CTRL) = 0;
    *cm_reg(TIMER0, TIMER_INTCLEAR) = 1;
}

/* -- Budget: timer 0, which runs all the time and can be read ----------------- */

#define BUDGET_NONE 0x7fffffffu          /* 85 s; what it ends is ignored */

void
cm_soc_budget_init(void (*handler)(void))
{
    *cm_reg(TIMER0, TIMER_RELOAD) = BUDGET_NONE;
    *cm_reg(TIMER0, TIMER_VALUE) = BUDGET_NONE;
    *cm_reg(TIMER0, TIMER_INTCLEAR) = 1;
    *cm_reg(TIMER0, TIMER_CTRL) = 9u;
    startup_set_vector(STARTUP_IRQ(TIMER0_IRQ), handler);
    startup_irq_enable(TIMER0_IRQ, 0);
}

void
cm_soc_budget_set(uint32_t ticks)
{
    *cm_reg(TIMER0, TIMER_VALUE) = ticks ? ticks : BUDGET_NONE;
    *cm_reg(TIMER0, TIMER_INTCLEAR) = 1;
}

uint32_t
cm_soc_budget_left(void *ctx)
{
    uint32_t state = cm_budget.state;
    uint32_t left;

    (void)ctx;
    if (state != CM_BUDGET_COUNTING) {
        return state == CM_BUDGET_OVER;
    }
    left = *cm_reg(TIMER0, TIMER_VALUE);
    /* Ended, and begun again from RELOAD, with interrupts kept out. */
    return *cm_reg(TIMER0, TIMER_INTCLEAR) & 1u || left == 0 ? 1u : left;
}

__attribute__((noinline)) static uint32_t
swap_counting(uint32_t ticks)
{
    uint32_t left = cm_soc_budget_left(0);

    cm_budget.state = ticks ? CM_BUDGET_COUNTING : CM_BUDGET_NONE;
    cm_soc_budget_set(ticks);
    return left;
}

uint32_t
cm_soc_budget_swap(void *ctx, uint32_t ticks)
{
    (void)ctx;
    if (cm_budget.state != CM_BUDGET_NONE) {
        return swap_counting(ticks);
    }
    if (ticks != 0) {
        cm_budget.state = CM_BUDGET_COUNTING;
        *cm_reg(TIMER0, TIMER_VALUE) = ticks;
        *cm_reg(TIMER0, TIMER_INTCLEAR) = 1;
    }
    return 0;
}

bool
cm_soc_budget_ack(void)
{
    bool ended = (*cm_reg(TIMER0, TIMER_INTCLEAR) & 1u) != 0;

    *cm_reg(TIMER0, TIMER_INTCLEAR) = 1;
    return ended;
}

/* -- Timer 1: once, and not again after as long ------------------------------- */

#define TIMER_ONCE 0x7fffffffu

void
cm_soc_timer_init(void (*handler)(void))
{
    cm_soc_timer_ack();
    startup_set_vector(STARTUP_IRQ(TIMER1_IRQ), handler);
    startup_irq_enable(TIMER1_IRQ, 0);
}

void
cm_soc_timer_arm(uint32_t ticks)
{
    *cm_reg(TIMER1, TIMER_CTRL) = 0;
    *cm_reg(TIMER1, TIMER_INTCLEAR) = 1;
    *cm_reg(TIMER1, TIMER_RELOAD) = TIMER_ONCE;
    *cm_reg(TIMER1, TIMER_VALUE) = ticks;
    *cm_reg(TIMER1, TIMER_CTRL) = 9u;
}

void
cm_soc_timer_ack(void)
{
    *cm_reg(TIMER1, TIMER_CTRL) = 0;
    *cm_reg(TIMER1, TIMER_INTCLEAR) = 1;
}

bool
cm_soc_has_irq(uint32_t line)
{
    return line == WIO_BOARD_CONSOLE_IRQ || line == TIMER0_IRQ ||
           line == TIMER1_IRQ;
}

/* -- Watchdog: CMSDK APB watchdog (DDI 0479D), whose interrupt is the NMI -------- */

#define WATCHDOG 0x40008000u
#define WDOGLOAD 0x0u                    /* written: counts down from there */
#define WDOGCONTROL 0x8u                 /* bit 0 counter and interrupt */
#define WDOGINTCLR 0xcu
#define WDOGLOCK 0xc00u
#define WDOG_UNLOCK 0x1acce551u
#define NMI 2u

static uint32_t watchdog_ticks;

bool
cm_soc_watchdog_start(uint32_t ticks, void (*handler)(void))
{
    watchdog_ticks = ticks;
    startup_set_vector(NMI, handler);
    *cm_reg(WATCHDOG, WDOGLOCK) = WDOG_UNLOCK;
    *cm_reg(WATCHDOG, WDOGLOAD) = ticks;
    *cm_reg(WATCHDOG, WDOGCONTROL) = 1u;
    return true;
}

void
cm_soc_watchdog_feed(void)
{
    *cm_reg(WATCHDOG, WDOGLOAD) = watchdog_ticks;
    *cm_reg(WATCHDOG, WDOGINTCLR) = 1u;
}
