/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SysTick counts 2^24 ticks down and interrupts at the wrap; the handler
 * counts wraps. DDI 0403E.e, B3.3.
 */
#include "port.h"

#include "startup/startup.h"

#define SYST_CSR 0xe000e010u
#define SYST_RVR 0xe000e014u
#define SYST_CVR 0xe000e018u
#define ICSR 0xe000ed04u
#define ICSR_PENDSTSET (1u << 26)
#define PERIOD 0x1000000u

static struct {
    volatile uint32_t wraps;
} tick;

static void
count_wrap(void)
{
    tick.wraps++;
}

void
cm_clock_start(uint32_t hz)
{
    (void)hz;                     /* WIO_BOARD_CPU_HZ; divides 1 GHz */
    startup_set_vector(STARTUP_SYSTICK, count_wrap);
    *startup_reg(SYST_RVR) = PERIOD - 1u;
    *startup_reg(SYST_CVR) = 0;
    *startup_reg(SYST_CSR) = 7u;  /* processor clock, interrupt, enable */
}

uint32_t
cm_irq_save(void)
{
    uint32_t key;

    __asm__ volatile("mrs %0, primask\n cpsid i" : "=r"(key) :: "memory");
    return key;
}

void
cm_irq_restore(uint32_t key)
{
    __asm__ volatile("msr primask, %0" :: "r"(key) : "memory");
}

/*
 * A wrap whose interrupt has not been taken, for interrupts are off or this
 * runs at its priority, shows as a pending request; the counter is read again
 * then, because it may have wrapped between the two reads. A counter of 0
 * belongs to the new period: the request comes with it.
 */
uint64_t
cm_now_ns(void)
{
    uint32_t wraps;
    uint32_t count;
    uint32_t pending;

    do {
        wraps = tick.wraps;
        count = *startup_reg(SYST_CVR);
        pending = *startup_reg(ICSR) & ICSR_PENDSTSET;
        if (pending) {
            count = *startup_reg(SYST_CVR);
        }
    } while (wraps != tick.wraps);
    if (pending) {
        wraps++;
    }
    return ((uint64_t)wraps * PERIOD + (count == 0 ? 0 : PERIOD - count)) *
           (1000000000u / WIO_BOARD_CPU_HZ);
}

void
cm_delay_ns(uint64_t ns)
{
    uint64_t until = cm_now_ns() + ns;

    while (cm_now_ns() < until) {
    }
}

static void
wake(void *arg)
{
    (void)arg;                    /* the interrupt itself is the purpose */
}

void
cm_idle(uint64_t ns, bool (*is_work)(void))
{
    uint32_t key = cm_irq_save();

    /* With interrupts off, or a short alarm would come and go before WFI. */
    if (ns != UINT64_MAX) {
        cm_alarm_set(ns, wake, 0);
    }
    if (!is_work()) {
        /* A request ends WFI even while PRIMASK keeps it out (B1.5.19). */
        __asm__ volatile("dsb\n wfi" ::: "memory");
    }
    cm_irq_restore(key);
    __asm__ volatile("isb" ::: "memory");
    if (ns != UINT64_MAX) {
        cm_alarm_clear();
    }
}
