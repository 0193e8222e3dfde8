/* SPDX-License-Identifier: Apache-2.0 */
#include "startup/startup.h"

#define N_VECTORS (16u + WIO_BOARD_N_IRQS)

/* DDI 0403E.e, B3.2.2 and B3.4.3. */
#define VTOR 0xe000ed08u
#define NVIC_ISER 0xe000e100u
#define NVIC_ICER 0xe000e180u
#define NVIC_IPR 0xe000e400u
#define ICSR 0xe000ed04u

extern uint32_t startup_data_start[];
extern uint32_t startup_data_end[];
extern const uint32_t startup_data_image[];
extern uint32_t startup_bss_start[];
extern uint32_t startup_bss_end[];
extern uint32_t startup_stack_top[];
extern uint32_t startup_stack_limit[];

void startup_reset(void);
void startup_default(void);

/* B3.2.5: aligned to the table's size rounded up to a power of two. */
static startup_handler ram_vectors[N_VECTORS]
    __attribute__((section(".ramvec"), aligned(512)));

struct rom_vectors {
    const uint32_t *stack;
    startup_handler handlers[15];
};

__attribute__((section(".vectors"), used))
static const struct rom_vectors rom_vectors = {
    .stack = startup_stack_top,
    .handlers = {
        startup_reset, startup_default, startup_default, startup_default,
        startup_default, startup_default, startup_default, startup_default,
        startup_default, startup_default, startup_default, startup_default,
        startup_default, startup_default, startup_default
    }
};

void
startup_set_vector(uint32_t exception, startup_handler handler)
{
    ram_vectors[exception] = handler;
    __asm__ volatile("dsb\n isb" ::: "memory");
}

void
startup_irq_enable(uint32_t irq, uint32_t priority)
{
    volatile uint8_t *ipr = (volatile uint8_t *)(uintptr_t)(NVIC_IPR + irq);

    *ipr = (uint8_t)(priority << 4);
    *startup_reg(NVIC_ISER + 4u * (irq / 32u)) = 1u << (irq % 32u);
}

void
startup_irq_disable(uint32_t irq)
{
    *startup_reg(NVIC_ICER + 4u * (irq / 32u)) = 1u << (irq % 32u);
    __asm__ volatile("dsb\n isb" ::: "memory");
}

__attribute__((weak)) void
startup_unhandled(uint32_t exception, const uint32_t *frame)
{
    console_early_print("\r\n@panic exception ");
    console_early_hex(exception);
    console_early_print(" at ");
    console_early_hex(frame[6]);
    console_early_print(" called from ");
    console_early_hex(frame[5]);
    console_early_print("\r\n");
    semihost_exit(70);
}

__attribute__((used)) static void
unhandled(const uint32_t *frame)
{
    startup_unhandled(*startup_reg(ICSR) & 0x1ffu, frame);
    for (;;) {
    }
}

/* The frame is on the stack that was in use: EXC_RETURN bit 2 tells which
 * (DDI 0403E.e, B1.5.8). */
__attribute__((naked)) void
startup_default(void)
{
    __asm__ volatile("tst lr, #4\n"
                     "ite eq\n"
                     "mrseq r0, msp\n"
                     "mrsne r0, psp\n"
                     "b unhandled\n");
}

#define PAINT 0x5afe57acu

static uint32_t *
stack_bottom(void)
{
    uintptr_t top = (uintptr_t)startup_stack_top;
    uintptr_t limit = (uintptr_t)startup_stack_limit;

    return top - limit > STARTUP_STACK_WATCHED
               ? startup_stack_top - STARTUP_STACK_WATCHED / 4u
               : startup_stack_limit;
}

uint32_t
startup_stack_free(void)
{
    const volatile uint32_t *at = stack_bottom();
    uint32_t n = 0;

    while (at + n < startup_stack_top && at[n] == PAINT) {
        n++;
    }
    return 4u * n;
}

void
startup_reset(void)
{
    uint32_t *sp;

    const uint32_t *from = startup_data_image;
    uint32_t i;

    for (uint32_t *to = startup_data_start; to < startup_data_end; to++) {
        *to = *from++;
    }
    for (uint32_t *to = startup_bss_start; to < startup_bss_end; to++) {
        *to = 0;
    }
    __asm__ volatile("mov %0, sp" : "=r"(sp));
    for (volatile uint32_t *to = stack_bottom(); to < sp - 8; to++) {
        *to = PAINT;
    }
    for (i = 0; i < N_VECTORS; i++) {
        ram_vectors[i] = startup_default;
    }
    *startup_reg(VTOR) = (uint32_t)(uintptr_t)ram_vectors;
    __asm__ volatile("dsb\n isb" ::: "memory");
    semihost_exit(main());
}
