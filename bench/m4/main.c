/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench/m4/main.c - the cases on a bare Cortex-M4 (QEMU mps2-an386)
 *
 * Run with -icount shift=0: one instruction is one nanosecond of virtual time
 * and the timer ticks at 25 MHz, so a tick is 40 instructions. These are
 * instructions, not cycles: QEMU models no pipeline, flash or bus.
 *
 * Facts: Arm Application Note AN386 (timer 0 at 0x40000000, on the 25 MHz
 * system clock); Cortex-M System Design Kit Technical Reference Manual (DDI
 * 0479D), APB timer.
 */
#include "common/cases.h"
#include "m4/measure.h"
#include "startup/startup.h"

#define TIMER_CTRL (*(volatile uint32_t *)0x40000000u)
#define TIMER_VALUE (*(volatile uint32_t *)0x40000004u)
#define TIMER_RELOAD (*(volatile uint32_t *)0x40000008u)
#define MEMORY_BYTES (2u << 20)

_Alignas(16) uint8_t bench_memory[MEMORY_BYTES];
const uint32_t bench_memory_bytes = MEMORY_BYTES;

/* It counts down. */
uint32_t
measure_ticks(void)
{
    return 0u - TIMER_VALUE;
}

int
main(void)
{
    bool ok;

    console_early_init();
    TIMER_RELOAD = 0xffffffffu;
    TIMER_VALUE = 0xffffffffu;
    TIMER_CTRL = 1;
    ok = measure_cases(bench_cases, bench_n_cases);
    if (!bench_sizes(measure_put_size)) {
        console_early_print("fail sizes\n");
        ok = false;
    }
#if defined(BENCH_TMP105)
    if (!bench_tmp105_sizes(measure_put_size)) {
        console_early_print("fail tmp105 ");
        console_early_print(bench_error);
        console_early_print("\n");
        ok = false;
    }
#endif
    console_early_print(ok ? "done\n" : "failed\n");
    return ok ? 0 : 1;
}
