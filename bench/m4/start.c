/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench/m4/start.c - vectors and start-up of the measuring image
 *
 * Facts: ARMv7-M Architecture Reference Manual (DDI 0403E), B1.5.2 (vector
 * table: stack, then handlers); Semihosting for AArch32 and AArch64, 2.0.
 */
#include <stdint.h>

extern uint32_t bench_data_start[], bench_data_end[], bench_data_load[];
extern uint32_t bench_bss_start[], bench_bss_end[], bench_stack_top[];

int main(void);
_Noreturn void bench_reset(void);

/* ApplicationExit with a code of our own. */
static _Noreturn void
leave(int code)
{
    const uint32_t block[2] = { 0x20026u, (uint32_t)code };
    register uint32_t op __asm__("r0") = 0x20u;
    register const uint32_t *arg __asm__("r1") = block;

    for (;;) {
        __asm__ volatile("bkpt 0xab" : "+r"(op) : "r"(arg) : "memory");
    }
}

_Noreturn void
bench_reset(void)
{
    const uint32_t *from = bench_data_load;

    for (uint32_t *to = bench_data_start; to < bench_data_end; to++) {
        *to = *from++;
    }
    for (uint32_t *to = bench_bss_start; to < bench_bss_end; to++) {
        *to = 0;
    }
    leave(main());
}

/* A fault of ours: leave with a code that no result has. */
static _Noreturn void
fault(void)
{
    leave(99);
}

__attribute__((section(".vectors"), used))
static const struct {
    uint32_t *stack;
    void (*handlers[15])(void);
} vectors = {
    .stack = bench_stack_top,
    .handlers = { bench_reset, fault, fault, fault, fault, fault },
};
