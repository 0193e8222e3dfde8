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
#define TIMER_CTRL 0x0u                  /* bit 0 enable, bit 3 interrupt */
#define TIMER_VALUE 0x4u
#define TIMER_RELOAD 0x8u
#define TIMER_INTCLEAR 0xcu

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
