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
 * Facts: Arm Application Note AN386 (memory map: CMSDK timer 0 at 0x40000000,
 * UART 0 at 0x40004000, both on the 25 MHz system clock); Cortex-M System
 * Design Kit Technical Reference Manual (DDI 0479), sections 4.1 (timer) and
 * 4.3 (UART); Semihosting for AArch32 and AArch64, 2.0: SYS_EXIT_EXTENDED.
 */
#include "common/cases.h"

#define TIMER_CTRL (*(volatile uint32_t *)0x40000000u)
#define TIMER_VALUE (*(volatile uint32_t *)0x40000004u)
#define TIMER_RELOAD (*(volatile uint32_t *)0x40000008u)
#define UART_DATA (*(volatile uint32_t *)0x40004000u)
#define UART_STATE (*(volatile uint32_t *)0x40004004u)
#define UART_CTRL (*(volatile uint32_t *)0x40004008u)
#define UART_BAUDDIV (*(volatile uint32_t *)0x40004010u)
#define UART_TX_FULL 1u

#define MEMORY_BYTES (2u << 20)

/* In the second RAM of the board, as far from the stack as can be. */
__attribute__((section(".bench_memory"), aligned(16)))
uint8_t bench_memory[MEMORY_BYTES];
const uint32_t bench_memory_bytes = MEMORY_BYTES;

int main(void);

static void
put_char(char c)
{
    while (UART_STATE & UART_TX_FULL) {
    }
    UART_DATA = (uint8_t)c;
}

static void
put_text(const char *text)
{
    while (*text) {
        put_char(*text++);
    }
}

static void
put_decimal(uint32_t value)
{
    char digits[10];
    uint32_t n = 0;

    do {
        digits[n++] = (char)('0' + value % 10u);
        value /= 10u;
    } while (value);
    put_char(' ');
    while (n) {
        put_char(digits[--n]);
    }
}

static void
put_hex(uint32_t value)
{
    put_char(' ');
    for (int shift = 28; shift >= 0; shift -= 4) {
        put_char("0123456789abcdef"[(value >> shift) & 15u]);
    }
}

static void
put_size(const char *guest, const char *what, uint32_t value)
{
    put_text("size ");
    put_text(guest);
    put_char(' ');
    put_text(what);
    put_decimal(value);
    put_char('\n');
}

static bool
measure(const struct bench_case *one)
{
    uint32_t results[2];
    uint32_t ticks[2];

    for (uint32_t i = 0; i < 2; i++) {
        const uint32_t before = TIMER_VALUE;

        if (!one->run(one, one->n << i, &results[i])) {
            put_text("fail ");
            put_text(one->name);
            put_char(' ');
            put_text(bench_error);
            put_char('\n');
            return false;
        }
        ticks[i] = before - TIMER_VALUE;
    }
    put_text("count ");
    put_text(one->name);
    put_decimal(one->n);
    put_decimal(ticks[0]);
    put_decimal(ticks[1]);
    put_hex(results[0]);
    put_hex(results[1]);
    put_char('\n');
    return true;
}

int
main(void)
{
    bool ok = true;

    UART_BAUDDIV = 16;
    UART_CTRL = 1;
    TIMER_RELOAD = 0xffffffffu;
    TIMER_VALUE = 0xffffffffu;
    TIMER_CTRL = 1;
    for (uint32_t i = 0; i < bench_n_cases; i++) {
        ok = measure(&bench_cases[i]) && ok;
    }
    if (!bench_sizes(put_size)) {
        put_text("fail sizes\n");
        ok = false;
    }
    put_text(ok ? "done\n" : "failed\n");
    return ok ? 0 : 1;
}
