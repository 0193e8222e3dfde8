/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench/m4/main.c - the cases on a bare Cortex-M4 (QEMU mps2-an386)
 *
 * Every case runs n and 2n times; a line is
 *     count <case> <n> <ticks of n> <ticks of 2n> <result of n> <of 2n>
 * Run with -icount shift=0: one instruction is one nanosecond of virtual time
 * and the timer ticks at 25 MHz, so a tick is 40 instructions. These are
 * instructions, not cycles: QEMU models no pipeline, flash or bus.
 *
 * Facts: Arm Application Note AN386 (timer 0 at 0x40000000, on the 25 MHz
 * system clock); Cortex-M System Design Kit Technical Reference Manual (DDI
 * 0479D), APB timer.
 */
#include "common/cases.h"
#include "startup/startup.h"

#define TIMER_CTRL (*(volatile uint32_t *)0x40000000u)
#define TIMER_VALUE (*(volatile uint32_t *)0x40000004u)
#define TIMER_RELOAD (*(volatile uint32_t *)0x40000008u)
#define MEMORY_BYTES (2u << 20)

_Alignas(16) uint8_t bench_memory[MEMORY_BYTES];
const uint32_t bench_memory_bytes = MEMORY_BYTES;

static void
put_decimal(uint32_t value)
{
    char text[12];
    uint32_t at = sizeof text;

    text[--at] = 0;
    do {
        text[--at] = (char)('0' + value % 10u);
        value /= 10u;
    } while (value);
    text[--at] = ' ';
    console_early_print(text + at);
}

static void
put_hex(uint32_t value)
{
    console_early_print(" ");
    console_early_hex(value);
}

static void
put_size(const char *guest, const char *what, uint32_t value)
{
    console_early_print("size ");
    console_early_print(guest);
    console_early_print(" ");
    console_early_print(what);
    put_decimal(value);
    console_early_print("\n");
}

static bool
measure(const struct bench_case *one)
{
    uint32_t results[2];
    uint32_t ticks[2];

    for (uint32_t i = 0; i < 2; i++) {
        const uint32_t before = TIMER_VALUE;

        if (!one->run(one, one->n << i, &results[i])) {
            console_early_print("fail ");
            console_early_print(one->name);
            console_early_print(" ");
            console_early_print(bench_error);
            console_early_print("\n");
            return false;
        }
        ticks[i] = before - TIMER_VALUE;
    }
    console_early_print("count ");
    console_early_print(one->name);
    put_decimal(one->n);
    put_decimal(ticks[0]);
    put_decimal(ticks[1]);
    put_hex(results[0]);
    put_hex(results[1]);
    console_early_print("\n");
    return true;
}

int
main(void)
{
    bool ok = true;

    console_early_init();
    TIMER_RELOAD = 0xffffffffu;
    TIMER_VALUE = 0xffffffffu;
    TIMER_CTRL = 1;
    for (uint32_t i = 0; i < bench_n_cases; i++) {
        ok = measure(&bench_cases[i]) && ok;
    }
    if (!bench_sizes(put_size)) {
        console_early_print("fail sizes\n");
        ok = false;
    }
#if defined(BENCH_TMP105)
    if (!bench_tmp105_sizes(put_size)) {
        console_early_print("fail tmp105 ");
        console_early_print(bench_error);
        console_early_print("\n");
        ok = false;
    }
#endif
    console_early_print(ok ? "done\n" : "failed\n");
    return ok ? 0 : 1;
}
