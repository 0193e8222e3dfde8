/* SPDX-License-Identifier: Apache-2.0 */
/*
 * startup/startup.h - from reset to main(), and the little that comes with it
 *
 * Facts: Armv7-M Architecture Reference Manual (DDI 0403E.e), B1.5 (exception
 * model), B3.2 (system control), B3.4 (NVIC); "Semihosting for AArch32 and
 * AArch64" (Arm 2020Q4), chapter 6.
 */
#ifndef WIO_CORTEX_M_STARTUP_H
#define WIO_CORTEX_M_STARTUP_H

#include <stdint.h>

#define STARTUP_SYSTICK 15u          /* exception numbers */
#define STARTUP_IRQ(n) (16u + (n))

typedef void (*startup_handler)(void);

/* The firmware's entry; its result is the exit code. */
int main(void);

/* Puts a handler into the vector table, which is in RAM. */
void startup_set_vector(uint32_t exception, startup_handler handler);

/* NVIC lines. @priority: 0 most urgent .. 15, of which the top bits count. */
void startup_irq_enable(uint32_t irq, uint32_t priority);
void startup_irq_disable(uint32_t irq);

/* Called for every exception without a handler, faults too. The default one
 * prints which it was and where on the console, and ends with code 70. A
 * firmware may define its own. @frame: r0 r1 r2 r3 r12 lr pc xpsr. */
void startup_unhandled(uint32_t exception, const uint32_t *frame);

/* Bytes of the stack that nothing has ever used; at most STARTUP_STACK_WATCHED
 * of it are looked at. Reset paints them. */
#define STARTUP_STACK_WATCHED 16384u
uint32_t startup_stack_free(void);

/* -- Semihosting (QEMU -semihosting-config enable=on,target=native) -- */

__attribute__((noreturn)) void semihost_exit(int code);
void semihost_print(const char *text);      /* to QEMU's stderr */
/* What QEMU was given as arg=, separated by blanks; empty when there is none
 * or it does not fit. */
void semihost_command_line(char *text, uint32_t size);

/* -- Console, polled: for tests and for last words -- */

void console_early_init(void);
void console_early_write(const char *text, uint32_t len);
void console_early_print(const char *text);
void console_early_hex(uint32_t value);
void console_early_number(uint64_t value);  /* decimal */

static inline volatile uint32_t *
startup_reg(uintptr_t address)
{
    return (volatile uint32_t *)address;
}

#endif
