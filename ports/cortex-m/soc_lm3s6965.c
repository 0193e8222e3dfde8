/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TI Stellaris LM3S6965, data sheet DS-LM3S6965-12746.2515: system control
 * (initialisation; 5.5, registers RCC, RIS, RCGC1, RCGC2), GPIO, GPTM.
 */
#include "clock.h"

#include "startup/startup.h"

#define SYSCLK_HZ 50000000u

#define SYSCTL 0x400fe000u
#define RIS 0x050u
#define RIS_PLLLRIS (1u << 6)
#define RCC 0x060u
#define RCC_PWRDN (1u << 13)
#define RCC_BYPASS (1u << 11)
#define RCC_USESYSDIV (1u << 22)
#define RCC_SYSDIV_4 (3u << 23)          /* 200 MHz / 4 */
#define RCC_XTAL_8MHZ (0xeu << 6)
#define RCC_MOSCDIS 1u
#define RCC_CLEAR ((0xfu << 23) | (0xfu << 6) | (3u << 4) | RCC_MOSCDIS)
#define RCGC1 0x104u
#define RCGC2 0x108u

#define GPIO_A 0x40004000u
#define GPIO_B 0x40005000u
#define GPIO_C 0x40006000u
#define GPIO_D 0x40007000u
#define GPIO_G 0x40026000u
#define GPIODIR 0x400u
#define GPIOAFSEL 0x420u
#define GPIOODR 0x50cu
#define GPIODEN 0x51cu

#define GPTM0 0x40030000u
#define GPTM0_IRQ 19u
#define GPTM1 0x40031000u
#define GPTM1_IRQ 21u
#define GPTMCFG 0x00u
#define GPTMTAMR 0x04u
#define GPTMCTL 0x0cu
#define GPTMIMR 0x18u
#define GPTMRIS 0x1cu
#define GPTMICR 0x24u
#define GPTMTAILR 0x28u

/* Bypass, power the PLL up, wait for its lock, leave the bypass. */
static void
start_pll(void)
{
    uint32_t rcc = *cm_reg(SYSCTL, RCC);

    rcc = (rcc | RCC_BYPASS) & ~RCC_USESYSDIV;
    *cm_reg(SYSCTL, RCC) = rcc;
    rcc = (rcc & ~(RCC_CLEAR | RCC_PWRDN)) | RCC_XTAL_8MHZ | RCC_SYSDIV_4 |
          RCC_USESYSDIV;
    *cm_reg(SYSCTL, RCC) = rcc;
    while (!(*cm_reg(SYSCTL, RIS) & RIS_PLLLRIS)) {
    }
    *cm_reg(SYSCTL, RCC) = rcc & ~RCC_BYPASS;
}

static void
give_pins(uintptr_t port, uint32_t pins)
{
    *cm_reg(port, GPIOAFSEL) |= pins;
    *cm_reg(port, GPIODEN) |= pins;
}

static void
drive_high(uintptr_t port, uint32_t pin)
{
    *cm_reg(port, GPIODIR) |= 1u << pin;
    *cm_reg(port, GPIODEN) |= 1u << pin;
    *cm_reg(port, 4u << pin) = 0xff;     /* GPIODATA, this pin's address */
}

/* The display shares the bus with the card and is not driven here. PA3 is its
 * select, and PC7 says that bytes are data to it: QEMU (7.2, hw/arm/stellaris.c)
 * selects it by PD0, too, whenever the card is not. */
static void
keep_display_quiet(void)
{
    drive_high(GPIO_A, 3);
    drive_high(GPIO_C, 7);
}

uint32_t
cm_soc_start(void)
{
    start_pll();
    /* UART0..2, SSI0, I2C0, TIMER0..1; GPIO ports A to G. */
    *cm_reg(SYSCTL, RCGC1) |= 7u | 1u << 4 | 1u << 12 | 3u << 16;
    *cm_reg(SYSCTL, RCGC2) |= 0x7fu;
    (void)*cm_reg(SYSCTL, RCGC2);        /* three clocks before first use */
    give_pins(GPIO_A, 0x03u);            /* U0RX U0TX */
    give_pins(GPIO_A, 0x34u);            /* SSI0Clk SSI0Rx SSI0Tx */
    keep_display_quiet();
    give_pins(GPIO_D, 0x0cu);            /* U1RX U1TX */
    give_pins(GPIO_G, 0x03u);            /* U2RX U2TX */
    give_pins(GPIO_B, 0x0cu);            /* I2C0SCL I2C0SDA */
    *cm_reg(GPIO_B, GPIOODR) |= 0x0cu;
    return SYSCLK_HZ;
}

uint32_t
cm_soc_alarm_hz(void)
{
    return SYSCLK_HZ;
}

static void
arm(uintptr_t timer, uint32_t ticks)
{
    *cm_reg(timer, GPTMCTL) = 0;
    *cm_reg(timer, GPTMCFG) = 0;         /* 32 bits */
    *cm_reg(timer, GPTMTAMR) = 1;        /* one shot */
    *cm_reg(timer, GPTMTAILR) = ticks;
    *cm_reg(timer, GPTMICR) = 1;
    *cm_reg(timer, GPTMIMR) = 1;
    *cm_reg(timer, GPTMCTL) = 1;
}

static void
disarm(uintptr_t timer)
{
    *cm_reg(timer, GPTMCTL) = 0;
    *cm_reg(timer, GPTMICR) = 1;
}

void
cm_soc_alarm_init(void (*handler)(void))
{
    startup_set_vector(STARTUP_IRQ(GPTM0_IRQ), handler);
    startup_irq_enable(GPTM0_IRQ, 0);
}

void
cm_soc_alarm_arm(uint32_t ticks)
{
    arm(GPTM0, ticks);
}

void
cm_soc_alarm_ack(void)
{
    disarm(GPTM0);
}

/*
 * The budget: timer 0. What is left comes from the clock, since QEMU's model
 * of these timers does not let their count be read.
 */
static uint64_t budget_end_ns;

#define TICK_NS (1000000000u / SYSCLK_HZ)

void
cm_soc_budget_init(void (*handler)(void))
{
    cm_soc_alarm_init(handler);
}

void
cm_soc_budget_set(uint32_t ticks)
{
    if (ticks == 0) {
        disarm(GPTM0);
        return;
    }
    budget_end_ns = cm_now_ns() + (uint64_t)ticks * TICK_NS;
    arm(GPTM0, ticks);
}

static uint32_t
left_at(uint64_t now)
{
    uint64_t left_ns = budget_end_ns - now;

    if (cm_budget.state != CM_BUDGET_COUNTING) {
        return cm_budget.state == CM_BUDGET_OVER;
    }
    if (now + TICK_NS > budget_end_ns) {
        return 1;
    }
    /* 64-bit division is long, and such budgets are rare. */
    return left_ns <= UINT32_MAX ? (uint32_t)left_ns / TICK_NS
                                 : (uint32_t)(left_ns / TICK_NS);
}

uint32_t
cm_soc_budget_left(void *ctx)
{
    (void)ctx;
    return left_at(cm_now_ns());
}

uint32_t
cm_soc_budget_swap(void *ctx, uint32_t ticks)
{
    /* Whoever came between the clock and the end would be charged to the one
     * that begins. */
    uint32_t key = cm_irq_save();
    uint64_t now = cm_now_above();
    uint32_t left = left_at(now);

    (void)ctx;
    if (ticks == 0) {
        cm_budget.state = CM_BUDGET_NONE;
        disarm(GPTM0);
    } else {
        cm_budget.state = CM_BUDGET_COUNTING;
        budget_end_ns = now + (uint64_t)ticks * TICK_NS;
        arm(GPTM0, ticks);
    }
    cm_irq_restore(key);
    return left;
}

bool
cm_soc_budget_ack(void)
{
    bool ended = (*cm_reg(GPTM0, GPTMRIS) & 1u) != 0;

    *cm_reg(GPTM0, GPTMICR) = 1;
    return ended;
}

void
cm_soc_timer_init(void (*handler)(void))
{
    startup_set_vector(STARTUP_IRQ(GPTM1_IRQ), handler);
    startup_irq_enable(GPTM1_IRQ, 0);
}

void
cm_soc_timer_arm(uint32_t ticks)
{
    arm(GPTM1, ticks);
}

void
cm_soc_timer_ack(void)
{
    disarm(GPTM1);
}

bool
cm_soc_has_irq(uint32_t line)
{
    return line == WIO_BOARD_CONSOLE_IRQ || line == GPTM0_IRQ ||
           line == GPTM1_IRQ;
}

/* The LM3S6965's watchdogs interrupt by a line, which PRIMASK keeps out. */
bool
cm_soc_watchdog_start(uint32_t ticks, void (*handler)(void))
{
    (void)ticks;
    (void)handler;
    return false;
}

void
cm_soc_watchdog_feed(void)
{
}
