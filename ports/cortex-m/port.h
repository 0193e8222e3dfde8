/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ports/cortex-m/port.h - the port for bare-metal Armv7-M
 *
 *   clock     SysTick, 24 bits, and a count of its wraps: 64 bits, any context
 *   alarm     one 32-bit timer of the SoC, above every other interrupt
 *   console   the UART of board.cmake, received by interrupt into a ring
 *   drivers   by `compatible`, a file each: see the table in drivers.c
 *
 * A singleton: there is one SysTick and one console, and the vector table has
 * no argument. Facts that all files use: Armv7-M Architecture Reference
 * Manual (DDI 0403E.e), B3.3 (SysTick), B1.4.3 (PRIMASK).
 */
#ifndef WIO_CORTEX_M_PORT_H
#define WIO_CORTEX_M_PORT_H

#include <stdbool.h>
#include <stdint.h>

#include <wio/port.h>

/* Clock, SoC, console up; interrupts on. Once, first. */
const struct wio_port *cm_port_start(void);

/* -- Clock and interrupts (clock.c) -- */

void cm_clock_start(uint32_t hz);
uint64_t cm_now_ns(void);
void cm_delay_ns(uint64_t ns);

static inline uint32_t
cm_irq_save(void)
{
    uint32_t key;

    __asm__ volatile("mrs %0, primask\n cpsid i" : "=r"(key) :: "memory");
    return key;
}

static inline void
cm_irq_restore(uint32_t key)
{
    __asm__ volatile("msr primask, %0" :: "r"(key) : "memory");
}

/* Sleep until an interrupt, at most @ns; returns at once when @is_work() says
 * so. @is_work is asked with interrupts off, so no wake-up is lost. */
void cm_idle(uint64_t ns, bool (*is_work)(void));

/* Thread mode is in cm_idle(), or just woken: it keeps nobody out. */
extern volatile bool cm_sleeps;

/* True: cm_idle() returns at once from now on. An emulator's clock goes on by
 * itself while the processor sleeps, by the host's time or in leaps that may
 * be too long; awake, every instant is an instruction's. */
void cm_idle_awake(bool awake);

/* -- The SoC (soc_*.c, one a board) -- */

/* Clocks and pins. Returns the SysTick clock, Hz. */
uint32_t cm_soc_start(void);

/* A timer of the SoC: @fn in interrupt context, once, no earlier than after
 * @ns. Another arm replaces it. */
void cm_alarm_set(uint64_t after_ns, void (*fn)(void *arg), void *arg);
void cm_alarm_clear(void);

/* What the SoC supplies to alarm.c: 32 bits, counting down once. */
#define CM_ALARM_MAX_TICKS 0x7fffffffu
uint32_t cm_soc_alarm_hz(void);
void cm_soc_alarm_init(void (*handler)(void));
void cm_soc_alarm_arm(uint32_t ticks);
void cm_soc_alarm_ack(void);                /* stop it and drop its request */

/* What the SoC supplies to levels.c. The budget: counts down once from @ticks
 * (0: not at all), at priority 0; ack says whether it has really ended. swap
 * and left are those of struct wio_port_sched_ops, for they are on every
 * interrupt's way. */
#define CM_BUDGET_NONE 0u
#define CM_BUDGET_COUNTING 1u
#define CM_BUDGET_OVER 2u          /* it has ended, and nobody swapped */

struct cm_guard;

struct cm_budget {
    volatile uint32_t state;
    struct cm_guard *volatile top; /* guard.c's, here and below */
    void (*on_budget)(void *arg);
    void *arg;
};

extern struct cm_budget cm_budget;

void cm_soc_budget_init(void (*handler)(void));
void cm_soc_budget_set(uint32_t ticks);
uint32_t cm_soc_budget_swap(void *ctx, uint32_t ticks);
uint32_t cm_soc_budget_left(void *ctx);
bool cm_soc_budget_ack(void);
/* A second timer, once, at priority 0; ack stops it. */
void cm_soc_timer_init(void (*handler)(void));
void cm_soc_timer_arm(uint32_t ticks);
void cm_soc_timer_ack(void);
/* A watchdog that interrupts even those who keep interrupts out (NMI), unless
 * fed within @ticks, from then on. False: the SoC has none. */
bool cm_soc_watchdog_start(uint32_t ticks, void (*handler)(void));
void cm_soc_watchdog_feed(void);
/* Lines that the port itself has. */
bool cm_soc_has_irq(uint32_t line);

/* -- Console (console.c) -- */

void cm_console_start(void);
bool cm_console_has_byte(void);
bool cm_console_read(uint8_t *byte);
void cm_console_write(const void *bytes, uint32_t len);

/* -- Drivers (drivers.c) -- */

int cm_controller(void *ctx, const struct wio_controller_info *info,
                  struct wio_controller *out);

/* A controller brought up; the ctx of its ops. */
struct cm_device {
    uintptr_t base;
    uint32_t clock_hz;
    uint32_t baud;             /* of a UART, until a container has another */
    uint32_t shadow;           /* the driver's own: output latch and the like */
    const struct wio_select_pin *selects;  /* of an SPI controller, while it
                                  is brought up */
    uint32_t n_selects;
    uint32_t irqs[2];          /* lines of the NVIC */
    uint32_t n_irqs;
    struct wio_request *requests[2];       /* under way; of a UART: writes,
                                              reads */
};

extern const struct wio_i2c_ops cm_i2c_sbcon_ops;       /* i2c_sbcon.c */
extern const struct wio_i2c_ops cm_i2c_stellaris_ops;   /* i2c_stellaris.c */
extern const struct wio_gpio_ops cm_gpio_pl061_ops;     /* gpio_pl061.c */
extern const struct wio_gpio_ops cm_gpio_fpgaio_ops;    /* gpio_fpgaio.c */
extern const struct wio_spi_ops cm_spi_pl022_ops;       /* spi_pl022.c */
extern const struct wio_uart_ops cm_uart_pl011_ops;     /* uart_pl011.c */
extern const struct wio_uart_ops cm_uart_cmsdk_ops;     /* uart_cmsdk.c */

int cm_i2c_sbcon_start(struct cm_device *device);
int cm_i2c_stellaris_start(struct cm_device *device);
int cm_gpio_pl061_start(struct cm_device *device);
int cm_gpio_fpgaio_start(struct cm_device *device);
int cm_spi_pl022_start(struct cm_device *device);
int cm_uart_pl011_start(struct cm_device *device);
int cm_uart_cmsdk_start(struct cm_device *device);

static inline volatile uint32_t *
cm_reg(uintptr_t base, uint32_t off)
{
    return (volatile uint32_t *)(base + off);
}

#endif
