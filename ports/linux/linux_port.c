/* SPDX-License-Identifier: Apache-2.0 */
/* ports/linux/linux_port.c - putting the port together; clock and log */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "host/native.h"
#include "linux_internal.h"

#define NS_PER_S 1000000000u

/* -- Core operations ------------------------------------------------------- */

static uint64_t
now_ns(void *ctx)
{
    (void)ctx;
    return linux_now_ns();
}

/* The processor is not given away meanwhile. */
static void
delay_ns(void *ctx, uint64_t ns)
{
    uint64_t until = linux_now_ns() + ns;
    const struct timespec at = {
        .tv_sec = (time_t)(until / NS_PER_S),
        .tv_nsec = (long)(until % NS_PER_S),
    };

    (void)ctx;
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) ==
           EINTR) {
    }
}

/* One write, so that lines of several levels do not mix; nothing that takes a
 * lock, which the preempted could hold. */
static void
log_to_stderr(enum wio_log_level level, const char *text, uint32_t len)
{
    static const char *const names[] = { "error", "warn", "info", "debug" };
    char line[512];
    uint32_t n = 0;
    const char *name = names[(unsigned)level < 4u ? (unsigned)level : 3u];

    while (name[n]) {
        line[n] = name[n];
        n++;
    }
    line[n++] = ':';
    line[n++] = ' ';
    for (uint32_t i = 0; i < len && n < sizeof(line) - 1; i++) {
        line[n++] = text[i] >= ' ' && text[i] <= '~' ? text[i] : '?';
    }
    line[n++] = '\n';
    if (write(STDERR_FILENO, line, n) < 0) {
        return;                            /* nobody to tell */
    }
}

static void
log_line(void *ctx, enum wio_log_level level, const char *text, uint32_t len)
{
    const struct wio_linux *port = ctx;

    if (port->config.log) {
        port->config.log(port->config.log_arg, level, text, len);
    } else {
        log_to_stderr(level, text, len);
    }
}

void
linux_say(struct wio_linux *port, enum wio_log_level level, const char *text)
{
    log_line(port, level, text, (uint32_t)strlen(text));
}

/* The runtime bounds guests by budgets here, never by the alarm. */
static const struct wio_port_core_ops core_ops = {
    .now_ns = now_ns,
    .delay_ns = delay_ns,
    .irq_save = linux_irq_save,
    .irq_restore = linux_irq_restore,
    .alarm_set = NULL,
    .alarm_clear = NULL,
    .log = log_line,
};

/* -- Creating -------------------------------------------------------------- */

static int
fail(struct wio_report *report, int code, const char *what, int err)
{
    if (report && report->code == 0) {
        report->code = code;
        (void)snprintf(report->text, sizeof(report->text),
                       "the Linux port cannot %s: %s", what, strerror(err));
    }
    return code;
}

int
wio_linux_create(const struct wio_linux_config *config,
                 struct wio_linux **out, struct wio_report *report)
{
    struct wio_linux *port = calloc(1, sizeof(*port));
    int err;

    if (!port) {
        return fail(report, WIO_ERR_NO_MEMORY, "have its memory", ENOMEM);
    }
    if (config) {
        port->config = *config;
    }
    port->epoll_fd = port->clock_fd = port->control_fd = -1;
    port->timer_ns = port->armed_ns = UINT64_MAX;
    port->port = (struct wio_port){
        .name = "linux",
        .ctx = port,
        .core = &core_ops,
        .sched = &linux_sched_ops,
        .native = &wio_host_native_linux,
        .controller = linux_controller,
    };
    err = linux_processor_start(port);
    if (!err) {
        err = linux_dispatcher_start(port);
    }
    if (err) {
        wio_linux_destroy(port);
        return fail(report, WIO_ERR_LIMIT, "start its threads and timers",
                    err);
    }
    linux_realtime_ask(port);
    linux_clock_take(port);
    *out = port;
    return 0;
}

void
wio_linux_destroy(struct wio_linux *port)
{
    if (port) {
        linux_dispatcher_end(port);
        linux_processor_end(port);
        linux_realtime_end(port);
        linux_blocks_end(port);
        free(port);
    }
}

const struct wio_port *
wio_linux_port(struct wio_linux *port)
{
    return &port->port;
}

struct wio_linux_realtime
wio_linux_realtime(const struct wio_linux *port)
{
    return port->realtime;
}
