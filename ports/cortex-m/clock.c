/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SysTick counts 2^24 ticks down and interrupts at the wrap; the handler
 * counts wraps. DDI 0403E.e, B3.3.
 */
#include "clock.h"

#include "startup/startup.h"

#define SYST_CSR 0xe000e010u
#define SYST_RVR 0xe000e014u
#define PERIOD_NS (CM_PERIOD * CM_TICK_NS)

volatile struct cm_clock cm_clock;

static void
count_wrap(void)
{
    cm_clock.wraps++;
    cm_clock.end_ns += PERIOD_NS;
    /* The counter stands at 0 for a tick, which would be the end again. */
    while (*startup_reg(CM_SYST_CVR) == 0) {
    }
}

/* The counter may have wrapped behind its first reading. When it stands at 0 it
 * belongs to the new period: the request comes with it. */
uint32_t
cm_ticks_of_pending_wrap(void)
{
    uint32_t count = *startup_reg(CM_SYST_CVR);

    return (count == 0 ? CM_PERIOD : count) - CM_PERIOD;
}

void
cm_clock_start(uint32_t hz)
{
    (void)hz;                     /* WIO_BOARD_CPU_HZ; divides 1 GHz */
    cm_clock.end_ns = PERIOD_NS;
    startup_set_vector(STARTUP_SYSTICK, count_wrap);
    *startup_reg(SYST_RVR) = CM_PERIOD - 1u;
    *startup_reg(CM_SYST_CVR) = 0;
    *startup_reg(SYST_CSR) = 7u;  /* processor clock, interrupt, enable */
    while (*startup_reg(CM_SYST_CVR) == 0) {
    }
}

/* A wrap's interrupt between the readings shows in the count of wraps. */
uint64_t
cm_now_ns(void)
{
    uint32_t wraps;
    uint64_t now;

    do {
        wraps = cm_clock.wraps;
        now = cm_now_above();
    } while (wraps != cm_clock.wraps);
    return now;
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

static bool waits_awake;
volatile bool cm_sleeps;

void
cm_idle_awake(bool awake)
{
    waits_awake = awake;
}

void
cm_idle(uint64_t ns, bool (*is_work)(void))
{
    uint32_t key;

    if (waits_awake) {
        return;
    }
    key = cm_irq_save();
    /* With interrupts off, or a short alarm would come and go before WFI. */
    if (ns != UINT64_MAX) {
        cm_alarm_set(ns, wake, 0);
    }
    if (!is_work()) {
        /* A request ends WFI even while PRIMASK keeps it out (B1.5.19). */
        cm_sleeps = true;
        __asm__ volatile("dsb\n wfi" ::: "memory");
    }
    cm_irq_restore(key);
    cm_sleeps = false;
    __asm__ volatile("isb" ::: "memory");
    if (ns != UINT64_MAX) {
        cm_alarm_clear();
    }
}
