/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ports/sim/sim.c - the clock, the alarm and the table of controllers
 */
#include <string.h>

#include "host/native.h"
#include "sim_internal.h"

/* -- Clock --------------------------------------------------------------- */

/* What is due first, the alarm or an event, and no later than @at_ns. */
static bool
next_due(const struct wio_sim *sim, uint64_t at_ns, bool *is_alarm,
         uint64_t *due_ns)
{
    bool found = false;

    if (sim->n_events > 0 && sim->events[0].at_ns <= at_ns) {
        *is_alarm = false;
        *due_ns = sim->events[0].at_ns;
        found = true;
    }
    /* With interrupts kept out the alarm stays pending; sim_irq_restore asks
     * again. */
    if (sim->alarm_fn != NULL && sim->irq_depth == 0
        && sim->alarm_at_ns <= at_ns
        && (!found || sim->alarm_at_ns < *due_ns)) {
        *is_alarm = true;
        *due_ns = sim->alarm_at_ns;
        found = true;
    }
    return found;
}

/* What is due at the present time: alarm, events, then what has a level. */
static void
everything_due(struct wio_sim *sim)
{
    bool is_alarm = false;
    uint64_t due_ns = 0;

    while (next_due(sim, sim->now_ns, &is_alarm, &due_ns)) {
        /* Taken out before it happens: it may move the clock itself. */
        if (is_alarm) {
            void (*fn)(void *arg) = sim->alarm_fn;

            sim->alarm_fn = NULL;
            sim->alarms_fired++;
            fn(sim->alarm_arg);
        } else {
            const struct wio_sim_event event = sim->events[0];

            sim->n_events--;
            memmove(&sim->events[0], &sim->events[1],
                    sim->n_events * sizeof(sim->events[0]));
            sim_event_happens(sim, &event);
        }
    }
    sim_happen(sim);
}

uint64_t
sim_next_ns(struct wio_sim *sim)
{
    bool is_alarm = false;
    uint64_t at = sim_next_level_ns(sim);
    uint64_t due_ns = 0;

    if (next_due(sim, UINT64_MAX, &is_alarm, &due_ns) && due_ns < at) {
        at = due_ns;
    }
    return at;
}

void
sim_run_until(struct wio_sim *sim, uint64_t at_ns)
{
    uint64_t due_ns;

    everything_due(sim);
    while ((due_ns = sim_next_ns(sim)) <= at_ns && due_ns != UINT64_MAX) {
        if (due_ns > sim->now_ns) {
            sim->now_ns = due_ns;
        }
        everything_due(sim);
    }
    if (at_ns > sim->now_ns) {
        sim->now_ns = at_ns;
    }
}

bool
sim_wait_until(struct wio_sim *sim, uint64_t at_ns)
{
    uint64_t due_ns;

    everything_due(sim);
    while (!sim->levels.ended && (due_ns = sim_next_ns(sim)) <= at_ns
           && due_ns != UINT64_MAX) {
        if (due_ns > sim->now_ns) {
            sim->now_ns = due_ns;
        }
        everything_due(sim);
    }
    if (sim->levels.counting && sim->levels.ended) {
        return false;
    }
    if (at_ns > sim->now_ns) {
        sim->now_ns = at_ns;
    }
    return true;
}

void
sim_advance_own(struct wio_sim *sim, uint64_t ns)
{
    everything_due(sim);
    while (ns > 0) {
        uint64_t due_ns = sim_next_ns(sim);
        uint64_t step = due_ns > sim->now_ns ? due_ns - sim->now_ns : 0;

        if (step > ns) {
            step = ns;
        }
        sim->now_ns += step;
        ns -= step;
        everything_due(sim);
        if (step == 0 && sim_next_ns(sim) <= sim->now_ns) {
            sim->now_ns += ns;     /* kept out: it stays due */
            return;
        }
    }
}

uint64_t
wio_sim_now_ns(const struct wio_sim *sim)
{
    return sim->now_ns;
}

static uint64_t
later(const struct wio_sim *sim, uint64_t ns)
{
    return ns > UINT64_MAX - sim->now_ns ? UINT64_MAX : sim->now_ns + ns;
}

void
wio_sim_advance_ns(struct wio_sim *sim, uint64_t ns)
{
    sim_sync(sim);
    if (sim->levels.level == WIO_SIM_BACKGROUND) {
        sim_run_until(sim, later(sim, ns));
    } else {
        sim_advance_own(sim, ns);
    }
    sim_sync(sim);                 /* what is due next has come nearer */
}

/* -- Core operations of the port ----------------------------------------- */

static uint64_t
sim_now(void *ctx)
{
    struct wio_sim *sim = ctx;

    /* Reading the clock takes time, or a guest that waits by reading it
     * would wait for ever. */
    wio_sim_advance_ns(sim, sim->config.now_ns);
    return sim->now_ns;
}

static void
sim_delay(void *ctx, uint64_t ns)
{
    struct wio_sim *sim = ctx;

    sim_sync(sim);
    sim_run_until(sim, later(sim, ns));
    sim_sync(sim);
}

static uint32_t
sim_irq_save(void *ctx)
{
    struct wio_sim *sim = ctx;

    return sim->irq_depth++;
}

static void
sim_irq_restore(void *ctx, uint32_t key)
{
    struct wio_sim *sim = ctx;

    sim->irq_depth = key;
    sim_run_until(sim, sim->now_ns);
}

static void
sim_alarm_set(void *ctx, uint64_t after_ns, void (*fn)(void *arg), void *arg)
{
    struct wio_sim *sim = ctx;

    sim->alarm_at_ns = later(sim, after_ns);
    sim->alarm_fn = fn;
    sim->alarm_arg = arg;
}

static void
sim_alarm_clear(void *ctx)
{
    struct wio_sim *sim = ctx;

    sim->alarm_fn = NULL;
}

static void
sim_log_line(void *ctx, enum wio_log_level level, const char *text,
             uint32_t len)
{
    struct wio_sim *sim = ctx;

    if (sim->config.log != NULL) {
        sim->config.log(sim->config.log_arg, level, text, len);
    }
}

static const struct wio_port_core_ops core_ops = {
    .now_ns = sim_now,
    .delay_ns = sim_delay,
    .irq_save = sim_irq_save,
    .irq_restore = sim_irq_restore,
    .alarm_set = sim_alarm_set,
    .alarm_clear = sim_alarm_clear,
    .log = sim_log_line,
};

/* -- Controllers --------------------------------------------------------- */

static uint8_t
block_model(const char *compatible)
{
    if (strcmp(compatible, "arm,pl011") == 0) {
        return WIO_SIM_PL011;
    }
    if (strcmp(compatible, "arm,cmsdk-uart") == 0) {
        return WIO_SIM_CMSDK_UART;
    }
    if (strcmp(compatible, "arm,pl022") == 0) {
        return WIO_SIM_PL022;
    }
    return WIO_SIM_REGISTERS;
}

static uint32_t
capacity(uint8_t class)
{
    switch (class) {
    case WIO_SIM_CLASS_I2C:
        return WIO_SIM_I2C;
    case WIO_SIM_CLASS_GPIO:
        return WIO_SIM_GPIO;
    case WIO_SIM_CLASS_UART:
        return WIO_SIM_UART;
    case WIO_SIM_CLASS_MMIO:
        return WIO_SIM_MMIO;
    case WIO_SIM_CLASS_SPI:
        return WIO_SIM_SPI;
    default:
        return 0;
    }
}

static void
bring_up_block(struct wio_sim_block *block,
               const struct wio_controller_info *info, uint32_t baud)
{
    uint64_t divisor;

    block->model = block_model(info->compatible);
    block->base = info->base;
    block->size = info->size;
    /* 24 MHz where the board says nothing: any rate will do to simulate. */
    block->clock_hz = info->clock_hz != 0 ? info->clock_hz : 24000000u;
    sim_pl011_reset(&block->pl011);
    /* As a boot loader leaves it: at the rate of the line. DDI 0183G section
     * 3.3.6 has the divisor, in 64ths. */
    divisor = (block->clock_hz * 4ull + baud / 2) / baud;
    block->pl011.ibrd = (uint32_t)(divisor / 64) & 0xffffu;
    block->pl011.fbrd = (uint32_t)(divisor % 64);
    block->cmsdk.bauddiv = (block->clock_hz / baud) & 0xfffffu;
}

static void
bring_up_bus(struct wio_sim_bus *bus, const struct wio_controller_info *info)
{
    bus->base = info->base;
    for (uint32_t i = 0; i < info->n_selects; i++) {
        bus->selects[i] = info->selects[i];
    }
}

static int
sim_controller(void *ctx, const struct wio_controller_info *info,
               struct wio_controller *out)
{
    struct wio_sim *sim = ctx;
    struct wio_sim_controller *controller;
    uint8_t class;

    switch (info->class) {
    case WIO_CONTROLLER_I2C:
        class = WIO_SIM_CLASS_I2C;
        out->ops.i2c = &sim_i2c_ops;
        break;
    case WIO_CONTROLLER_GPIO:
        class = WIO_SIM_CLASS_GPIO;
        out->ops.gpio = &sim_gpio_ops;
        break;
    case WIO_CONTROLLER_UART:
        class = WIO_SIM_CLASS_UART;
        out->ops.uart = &sim_uart_ops;
        break;
    case WIO_CONTROLLER_MMIO:
        class = WIO_SIM_CLASS_MMIO;
        out->ops.mmio = &sim_mmio_ops;
        break;
    case WIO_CONTROLLER_SPI:
        class = WIO_SIM_CLASS_SPI;
        out->ops.spi = &sim_spi_ops;
        break;
    default:
        return WIO_ERR_NOT_SUPPORTED;
    }
    if (sim->n_controllers[class] >= capacity(class)) {
        return WIO_ERR_NO_DEVICE;
    }
    controller = &sim->controllers[class][sim->n_controllers[class]++];
    if (class == WIO_SIM_CLASS_GPIO) {
        sim->gpio[controller->index].base = info->base;
    }
    if (class == WIO_SIM_CLASS_MMIO) {
        bring_up_block(&sim->mmio[controller->index], info, sim->config.baud);
    }
    if (class == WIO_SIM_CLASS_SPI) {
        bring_up_bus(&sim->buses[controller->index], info);
    }
    out->ctx = controller;
    return WIO_OK;
}

/* -- Creating ------------------------------------------------------------ */

static uint32_t
or_default(uint32_t value, uint32_t fallback)
{
    return value != 0 ? value : fallback;
}

void
wio_sim_create(struct wio_sim *sim, const struct wio_sim_config *config)
{
    memset(sim, 0, sizeof(*sim));
    if (config != NULL) {
        sim->config = *config;
    }
    sim->config.now_ns = or_default(sim->config.now_ns, 100);
    sim->config.mmio_ns = or_default(sim->config.mmio_ns, 100);
    sim->config.gpio_ns = or_default(sim->config.gpio_ns, 200);
    sim->config.i2c_hz = or_default(sim->config.i2c_hz, 100000);
    sim->config.spi_hz = or_default(sim->config.spi_hz, 10000000);
    sim->config.baud = or_default(sim->config.baud, 115200);

    for (uint8_t class = 1; class < WIO_SIM_CLASSES; class++) {
        for (uint8_t i = 0; i < 8; i++) {
            sim->controllers[class][i].class = class;
            sim->controllers[class][i].index = i;
            sim->controllers[class][i].sim = sim;
        }
    }
    for (uint32_t i = 0; i < WIO_SIM_UART; i++) {
        sim->uart[i].baud = sim->config.baud;
    }
    sim->devices[0] = (struct wio_sim_i2c_device){
        .model = WIO_SIM_TMP105, .addr = 0x48, .preset = true,
        .temperature_mc = 25000,
        /* Power-on limits, SLLS648D "High and Low Limit Registers": 75 and 80
         * degrees. */
        .limits = { 0x4b00, 0x5000 },
    };
    sim->devices[1] = (struct wio_sim_i2c_device){
        .model = WIO_SIM_24C02, .addr = 0x50, .preset = true,
    };
    memset(sim->devices[1].cells, 0xff, sizeof(sim->devices[1].cells));
    sim->chips[0] = (struct wio_sim_chip){ .model = WIO_SIM_SD,
                                           .preset = true };
    sim->chips[1] = (struct wio_sim_chip){ .model = WIO_SIM_NOR, .select = 1,
                                           .preset = true };
    memset(sim->card_store, 0xff, sizeof(sim->card_store));
    sim_chip_reset(sim, &sim->chips[0]);
    sim_chip_reset(sim, &sim->chips[1]);

    sim->port = (struct wio_port){
        .name = "sim",
        .ctx = sim,
        .core = &core_ops,
        .sched = sim->config.scheduled ? &sim_sched_ops : NULL,
        .native = &wio_host_native_sim,
        .controller = sim_controller,
    };
    sim->levels.level = WIO_SIM_BACKGROUND;
    sim->levels.ceiling = WIO_SIM_BACKGROUND;
    sim->levels.timer_ns = UINT64_MAX;
}

const struct wio_port *
wio_sim_port(struct wio_sim *sim)
{
    return &sim->port;
}
