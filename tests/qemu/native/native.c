/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The port's clock, alarm and drivers on the board itself, with a tmp105 that
 * measures 25.5 degrees and nothing at 0x33.
 */
#include "port.h"
#include "startup/startup.h"

#ifdef WIO_BOARD_CONSOLE_CMSDK
#define I2C "arm,versatile-i2c"
#define I2C_BASE 0x4002a000u
#define SENSOR 0x48u                 /* as in boards/<board>/qemu.args */
#define GPIO "arm,mps2-fpgaio"
#define GPIO_BASE 0x40028000u
#define SPI_BASE 0x40027000u
#define ANSWERS "\xef\x50\x14"        /* a w25q80's identification */
#else
#define I2C "ti,stellaris-i2c"
#define I2C_BASE 0x40020000u
#define SENSOR 0x49u
#define GPIO "arm,pl061"
#define GPIO_BASE 0x40025000u        /* port F: PF0 is the status LED */
#define SPI_BASE 0x40008000u
#define SELECT_BASE 0x40007000u      /* port D: PD0 */
#endif

static uint32_t n_tests;
static uint32_t n_failed;

/* Two digits do. */
static void
print_n_tests(void)
{
    if (n_tests >= 10u) {
        console_early_write(&"0123456789"[n_tests / 10u % 10u], 1);
    }
    console_early_write(&"0123456789"[n_tests % 10u], 1);
}

static void
check(bool holds, const char *name, uint32_t value)
{
    n_tests++;
    if (!holds) {
        n_failed++;
        console_early_print("not ");
    }
    console_early_print("ok ");
    print_n_tests();
    console_early_print(" - " WIO_BOARD_NAME ": ");
    console_early_print(name);
    if (!holds) {
        console_early_print(", got ");
        console_early_hex(value);
    }
    console_early_print("\n");
}

static volatile uint64_t alarm_ns;

static void
on_alarm(void *arg)
{
    (void)arg;
    alarm_ns = cm_now_ns();
}

static bool
alarm_came(void)
{
    return alarm_ns != 0;
}

static void
test_time(const struct wio_port_core_ops *core)
{
    uint64_t start = core->now_ns(0);
    uint64_t last = start;
    uint32_t backwards = 0;
    uint32_t key;

    core->delay_ns(0, 700000000u);       /* more than one wrap */
    check(core->now_ns(0) - start >= 700000000u, "delay is not short", 0);
    check(core->now_ns(0) - start < 701000000u, "delay is not long",
          (uint32_t)(core->now_ns(0) - start));
    key = core->irq_save(0);
    start = core->now_ns(0);
    while (core->now_ns(0) - start < 300000000u) {
        uint64_t now = core->now_ns(0);

        backwards += now < last;
        last = now;
    }
    core->irq_restore(0, key);
    check(backwards == 0, "clock goes on with interrupts off", backwards);

    start = core->now_ns(0);
    core->alarm_set(0, 2000000u, on_alarm, 0);
    /* Awake: how late QEMU wakes a sleeping core is up to its host. */
    while (!alarm_came() && core->now_ns(0) - start < 10000000u) {
    }
    check(alarm_came() && alarm_ns - start >= 2000000u, "alarm is not early",
          (uint32_t)(alarm_ns - start));
    check(alarm_ns - start < 2010000u, "alarm is not late",
          (uint32_t)(alarm_ns - start));
    alarm_ns = 0;
    core->alarm_set(0, 1000000u, on_alarm, 0);
    core->alarm_clear(0);
    core->delay_ns(0, 2000000u);
    check(!alarm_came(), "a cleared alarm does not come", 0);

    start = core->now_ns(0);
    while (core->now_ns(0) - start < 3000000u) {
        cm_idle(1000000u, alarm_came);
    }
    check(core->now_ns(0) - start < 2000000000u, "idling comes to its end",
          (uint32_t)(core->now_ns(0) - start));
}

static void
test_i2c(const struct wio_port *port)
{
    const struct wio_controller_info info = {
        .class = WIO_CONTROLLER_I2C, .compatible = I2C, .base = I2C_BASE,
        .size = 0x1000, .clock_hz = 0
    };
    const uint8_t pointer = 0;
    const uint8_t limit[3] = { 3, 0x12, 0x30 };
    struct wio_controller bus;
    uint8_t in[2] = { 0, 0 };
    int err = port->controller(port->ctx, &info, &bus);

    check(err == 0, "i2c comes up", (uint32_t)err);
    if (err) {
        return;
    }
#define T bus.ops.i2c->transfer
    err = T(bus.ctx, SENSOR, &pointer, 1, in, 2, cm_now_ns() + 10000000u);
    check(err == 0 && in[0] == 0x19 && in[1] == 0x80,
          "tmp105 reads 25.5 degrees", (uint32_t)in[0] << 8 | in[1]);
    err = T(bus.ctx, SENSOR, limit, 3, 0, 0, cm_now_ns() + 10000000u);
    check(err == 0, "a register is written", (uint32_t)err);
    err = T(bus.ctx, SENSOR, limit, 1, in, 2, cm_now_ns() + 10000000u);
    check(err == 0 && in[0] == 0x12 && in[1] == 0x30, "and read back",
          (uint32_t)in[0] << 8 | in[1]);
    err = T(bus.ctx, 0x33, &pointer, 1, in, 2, cm_now_ns() + 10000000u);
    check(err == WIO_ERR_I2C_NACK_ADDRESS, "nobody at 0x33", (uint32_t)err);
    err = T(bus.ctx, 0x33, 0, 0, in, 2, cm_now_ns() + 10000000u);
    check(err == WIO_ERR_I2C_NACK_ADDRESS, "nor for a read", (uint32_t)err);
    err = T(bus.ctx, SENSOR, &pointer, 1, in, 2, cm_now_ns() + 10000000u);
    check(err == 0 && in[0] == 0x19, "the bus works afterwards",
          (uint32_t)err);
#undef T
}

static void
test_gpio(const struct wio_port *port)
{
    const struct wio_controller_info info = {
        .class = WIO_CONTROLLER_GPIO, .compatible = GPIO, .base = GPIO_BASE,
        .size = 0x1000, .clock_hz = 0
    };
    struct wio_controller gpio;
    int err = port->controller(port->ctx, &info, &gpio);

    check(err == 0, "gpio comes up", (uint32_t)err);
    if (err) {
        return;
    }
    err = gpio.ops.gpio->configure(gpio.ctx, 0, WIO_GPIO_OUTPUT);
    check(err == 0 && gpio.ops.gpio->read(gpio.ctx, 0) == 0,
          "an output starts low", (uint32_t)err);
    err = gpio.ops.gpio->write(gpio.ctx, 0, 1);
    check(err == 0 && gpio.ops.gpio->read(gpio.ctx, 0) == 1,
          "and goes high", (uint32_t)err);
    err = gpio.ops.gpio->write(gpio.ctx, 31, 1);
    check(err < 0, "pin 31 is refused", (uint32_t)err);
}

static uint64_t
in_10_ms(void)
{
    return cm_now_ns() + 10000000u;
}

/* A flash on one board; on the other a slot without a card. */
static void
test_spi(const struct wio_port *port)
{
    struct wio_select_pin select = { 0 };
    struct wio_controller_info info = {
        .class = WIO_CONTROLLER_SPI, .compatible = "arm,pl022",
        .base = SPI_BASE, .size = 0x1000, .clock_hz = WIO_BOARD_CPU_HZ,
        .selects = &select, .n_selects = 1
    };
    struct wio_spi_chip chip = { .mode = WIO_SPI_CPOL | WIO_SPI_CPHA,
                                 .max_hz = 10000000 };
    const uint8_t command[4] = { 0x9f, 0, 0, 0 };
    uint8_t in[20] = { 0 };
    struct wio_spi_segment ops[3] = {
        { .w = command, .len = 1 }, { .r = in, .len = 3 },
        { .delay_ns = 50000 }
    };
    struct wio_controller spi;
    uint64_t start;
    int err;

#ifdef SELECT_BASE
    select.base = SELECT_BASE;
#endif
    err = port->controller(port->ctx, &info, &spi);
    check(err == 0, "spi comes up", (uint32_t)err);
    if (err) {
        return;
    }
#define T(n, by) spi.ops.spi->transfer(spi.ctx, &chip, ops, n, by)
    start = cm_now_ns();
    err = T(3, in_10_ms());
    check(err == 0 && cm_now_ns() - start >= 50000u,
          "a transaction, with its delay", (uint32_t)err);
#ifdef ANSWERS
    check(in[0] == (uint8_t)ANSWERS[0] && in[1] == (uint8_t)ANSWERS[1] &&
              in[2] == (uint8_t)ANSWERS[2], "the flash identifies itself",
          in[0]);
#endif
    ops[0] = (struct wio_spi_segment){ .w = command, .r = in, .len = 4 };
    err = T(1, cm_now_ns());
    check(err == 0 || err == WIO_ERR_TIMEOUT, "no time at all", (uint32_t)err);
    ops[0].len = 1000;
    ops[0].w = 0;
    ops[0].r = 0;
    err = T(1, cm_now_ns());
    check(err == WIO_ERR_TIMEOUT, "a thousand bytes in no time end by timeout",
          (uint32_t)err);
    ops[0] = (struct wio_spi_segment){ .r = in, .len = 1000000, .polls = true };
    start = cm_now_ns();
    err = T(1, start + 1000000u);
    check(err == WIO_ERR_TIMEOUT && cm_now_ns() - start < 1100000u,
          "a poll that skips all ends by timeout", (uint32_t)err);
    ops[0].len = 20;
    err = T(1, in_10_ms());
    check(err == WIO_ERR_TIMEOUT, "or when its bytes are used up",
          (uint32_t)err);
    ops[0].poll = (struct wio_spi_poll){ 1, 0, 1, 0 };
    ops[1] = (struct wio_spi_segment){ .r = in + 1, .len = 1 };
    in[1] = 0x5a;
    err = T(2, in_10_ms());
    check(err == WIO_ERR_SPI_OTHER && in[1] == 0x5a,
          "a poll that meets another byte ends the transaction",
          (uint32_t)err);
    chip.select = 1;
    err = T(1, in_10_ms());
    check(err == WIO_ERR_SPI_CHIP_SELECT, "there is no select 1",
          (uint32_t)err);
    chip.select = 0;
#ifdef SELECT_BASE
    check(*cm_reg(SELECT_BASE, 4) == 1, "PD0 is high again", 0);
#endif
#undef T
}

/* -- Budget ------------------------------------------------------------------ */

#define BUDGET_TICKS 50000u
#define PREEMPTED_NS 200000u
#define SLACK_NS 50000u                /* setting it, and looking */
#define OFFSETS 400u

static const struct wio_port *budget_port;

/* As an activation does: the countdown is its own, and given back. */
static void
preempt(void *arg)
{
    const struct wio_port_sched_ops *ops = budget_port->sched;
    uint32_t left = ops->budget_swap(budget_port->ctx, 10u * BUDGET_TICKS);

    (void)arg;
    cm_delay_ns(PREEMPTED_NS);
    ops->budget_swap(budget_port->ctx, left);
}

static void
pend_preempt(void *arg)
{
    (void)arg;
    budget_port->sched->pend(budget_port->ctx, 0);
}

static volatile uint32_t n_budgets_over;

static void
on_budget(void *arg)
{
    (void)arg;
    n_budgets_over++;
}

/* Regression: a preempted start of an activation was charged for what preempted
 * it. Here at every instruction. */
static void
test_budget(const struct wio_port *port)
{
    const struct wio_port_sched_ops *ops = port->sched;
    const uint32_t slack = SLACK_NS / (1000000000u / WIO_BOARD_CPU_HZ);
    uint32_t least = BUDGET_TICKS;
    uint32_t i;

    budget_port = port;
    ops->start(port->ctx, pend_preempt, on_budget, 0);
    check(ops->slot_open(port->ctx, 0, 0, 0, preempt, 0) == 0,
          "a slot is opened", 0);
    for (i = 0; i < OFFSETS; i++) {
        uint64_t start = cm_now_ns();
        uint32_t left;

        ops->timer_set(port->ctx, start + 20000u + 32u * i);
        while (cm_now_ns() < start + 20000u) {
        }
        ops->budget_swap(port->ctx, BUDGET_TICKS);
        while (cm_now_ns() < start + 20000u + 32u * OFFSETS) {
        }
        left = ops->budget_swap(port->ctx, 0);
        least = left < least ? left : least;
    }
    ops->slot_close(port->ctx, 0);
    check(least >= BUDGET_TICKS - slack && n_budgets_over == 0,
          "a budget that is preempted while it is set loses nothing", least);
}

/* What may be cut off, link.ld.in says: it stands in for the engine's loop. */
__attribute__((noinline, section(".text.wio_engine_call"))) static void
never_ends(void *arg)
{
    if (arg) {
        __asm__ volatile("cpsid i" ::: "memory");
    }
    for (;;) {
        __asm__ volatile("" ::: "memory");
    }
}

static bool
interrupts_are_on(void)
{
    uint32_t primask;

    __asm__ volatile("mrs %0, primask" : "=r"(primask));
    return primask == 0;
}

/* A runaway is cut off by its budget, and where the board has a watchdog that
 * nothing keeps out, also one that has interrupts off. */
static void
test_runaway(const struct wio_port *port)
{
    const struct wio_port_sched_ops *ops = port->sched;
    bool masked = cm_soc_watchdog_start(WIO_BOARD_CPU_HZ, 0);
    uint32_t before = n_budgets_over;
    uint32_t i;

    for (i = 0; i < 3; i++) {
        ops->budget_swap(port->ctx, BUDGET_TICKS);
        check(!ops->guarded(port->ctx, never_ends, 0),
              "a runaway is cut off", i);
        ops->budget_swap(port->ctx, 0);
    }
    ops->start(port->ctx, pend_preempt, on_budget, 0);
    for (i = 0; i < 3 && masked; i++) {
        ops->budget_swap(port->ctx, BUDGET_TICKS);
        check(!ops->guarded(port->ctx, never_ends, (void *)port) &&
                  interrupts_are_on(),
              "a runaway with interrupts off is cut off", i);
        ops->budget_swap(port->ctx, 0);
    }
    check(n_budgets_over == before, "which guarded() alone tells",
          n_budgets_over);
}

int
main(void)
{
    const struct wio_port *port = cm_port_start();

    test_time(port->core);
    test_i2c(port);
    test_gpio(port);
    test_spi(port);
    test_budget(port);
    test_runaway(port);
    console_early_print("1..");
    print_n_tests();
    console_early_print("\n");
    return n_failed > 0;
}
