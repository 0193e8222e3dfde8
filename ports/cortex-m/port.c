/* SPDX-License-Identifier: Apache-2.0 */
#include "port.h"

#include "levels.h"

static uint64_t
now_ns(void *ctx)
{
    (void)ctx;
    return cm_now_ns();
}

static void
delay_ns(void *ctx, uint64_t ns)
{
    (void)ctx;
    cm_delay_ns(ns);
}

static uint32_t
irq_save(void *ctx)
{
    (void)ctx;
    return cm_irq_save();
}

static void
irq_restore(void *ctx, uint32_t key)
{
    (void)ctx;
    cm_irq_restore(key);
}

static void
alarm_set(void *ctx, uint64_t after_ns, void (*fn)(void *arg), void *arg)
{
    (void)ctx;
    cm_alarm_set(after_ns, fn, arg);
}

static void
alarm_clear(void *ctx)
{
    (void)ctx;
    cm_alarm_clear();
}

/* What a container logs may hold any byte; on the line it can forge neither a
 * frame nor a line of the firmware's own. */
static void
log_line(void *ctx, enum wio_log_level level, const char *text, uint32_t len)
{
    static const char *const names[] = { "error", "warn", "info", "debug" };
    const char *name = (unsigned)level < 4u ? names[level] : "debug";
    uint32_t i;

    (void)ctx;
    cm_console_write("@log ", 5);
    for (i = 0; name[i]; i++) {
        cm_console_write(name + i, 1);
    }
    cm_console_write(" ", 1);
    for (i = 0; i < len; i++) {
        char c = text[i] >= ' ' && text[i] <= '~' ? text[i] : '?';

        cm_console_write(&c, 1);
    }
    cm_console_write("\r\n", 2);
}

static const struct wio_port_core_ops core_ops = {
    .now_ns = now_ns,
    .delay_ns = delay_ns,
    .irq_save = irq_save,
    .irq_restore = irq_restore,
    .alarm_set = alarm_set,
    .alarm_clear = alarm_clear,
    .log = log_line
};

static const struct wio_port port = {
    .name = "cortex-m",
    .core = &core_ops,
    .sched = &cm_sched_ops,
    .native = &cm_native_ops,
    .controller = cm_controller
};

const struct wio_port *
cm_port_start(void)
{
    cm_clock_start(cm_soc_start());
    cm_console_start();
    return &port;
}
