/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ports/cortex-m/clock.h - the clock where SysTick's interrupt cannot come
 *
 * Every interrupt reads it, so it is a few instructions in their own text. For
 * everybody else there is cm_now_ns(). Facts: DDI 0403E.e, B3.3 (SysTick), B3.2.4
 * (ICSR).
 */
#ifndef WIO_CORTEX_M_CLOCK_H
#define WIO_CORTEX_M_CLOCK_H

#include "port.h"

#define CM_SYST_CVR 0xe000e018u
#define CM_ICSR 0xe000ed04u
#define CM_ICSR_PENDSTSET (1u << 26)

#define CM_TICK_NS (1000000000u / WIO_BOARD_CPU_HZ)   /* divides 1 GHz */
#define CM_PERIOD 0x1000000u       /* ticks of a wrap; in ns: 32 bits */

struct cm_clock {
    uint64_t end_ns;               /* when the counter gets to 0 */
    uint32_t wraps;
};

extern volatile struct cm_clock cm_clock;

/* The same, not above 0, when a wrap is pending; clock.c. */
uint32_t cm_ticks_of_pending_wrap(void);

/* What the counter shows of the period that ends at cm_clock.end_ns. */
static inline uint32_t
cm_ticks_to_end(void)
{
    uint32_t count = *cm_reg(CM_SYST_CVR, 0);

    if (__builtin_expect((*cm_reg(CM_ICSR, 0) & CM_ICSR_PENDSTSET) != 0, 0)) {
        count = cm_ticks_of_pending_wrap();
    }
    return count;
}

/* At priority 0 or with interrupts kept out. */
static inline uint64_t
cm_now_above(void)
{
    return cm_clock.end_ns - (uint64_t)((int64_t)(int32_t)cm_ticks_to_end() *
                                        (int32_t)CM_TICK_NS);
}

#endif
