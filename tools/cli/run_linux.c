/* SPDX-License-Identifier: Apache-2.0 */
/* This process as the board: containers are its threads, in real time. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <wio/runtime.h>

#include "linux/linux_port.h"
#include "run.h"
#include "run_look.h"

#define RUNTIME_BYTES (256u << 10)
#define CONTAINER_BYTES (17u << 20)
#define LOOK_NS 10000000u              /* between two looks at points */
#define SECONDS 10.0
#define LOG_LINES 64u
#define LOG_TEXT 200u

/* A line that waits to be printed: a container logs from its own thread, which
 * may have interrupted this one inside printf. */
struct log_line {
    enum wio_log_level level;
    uint32_t len;
    char text[LOG_TEXT];
};

struct linux_session {
    struct run_options *options;
    struct wio_linux *port;
    struct run_look look;
    volatile uint32_t n_logged;
    uint32_t n_printed;
    struct log_line lines[LOG_LINES];
    uint64_t runtime_memory[RUNTIME_BYTES / 8u];
    uint64_t container_memory[CONTAINER_BYTES / 8u];
};

/* At any level; the oldest lines give way. */
static void
on_log(void *arg, enum wio_log_level level, const char *text, uint32_t len)
{
    struct linux_session *s = arg;
    const struct wio_port *port;
    struct log_line *line;
    uint32_t key;

    if (!s->port) {
        fprintf(stderr, "wasmio run: %.*s\n", (int)len, text);
        return;
    }
    port = wio_linux_port(s->port);
    key = port->core->irq_save(port->ctx);
    line = &s->lines[s->n_logged++ % LOG_LINES];
    line->level = level;
    line->len = len < LOG_TEXT ? len : LOG_TEXT;
    memcpy(line->text, text, line->len);
    port->core->irq_restore(port->ctx, key);
}

static void
print_log(struct linux_session *s)
{
    const struct wio_port *port = wio_linux_port(s->port);

    while (s->n_printed != s->n_logged) {
        uint32_t key = port->core->irq_save(port->ctx);
        struct log_line line;

        if (s->n_logged - s->n_printed > LOG_LINES) {
            s->n_printed = s->n_logged - LOG_LINES;
        }
        line = s->lines[s->n_printed++ % LOG_LINES];
        port->core->irq_restore(port->ctx, key);
        run_look_log(&s->options->out, line.level, line.text, line.len);
    }
}

/* A consumed point. */
static int
set_points(struct linux_session *s)
{
    for (uint32_t i = 0; i < s->options->n_sets; i++) {
        char name[64];
        long long value;
        int err = run_parse_set(&cli_run, s->options->sets[i], name,
                                sizeof(name), &value);
        int at;

        if (err) {
            return err;
        }
        at = wio_runtime_find_point(s->look.runtime, s->look.id, name);
        err = at < 0 ? at
                     : wio_runtime_set_point(s->look.runtime, s->look.id,
                                             (uint32_t)at, (uint64_t)value);
        if (err) {
            return cli_fail(&cli_run, CLI_USAGE, "%s cannot be set to %lld: "
                            "%s; --set takes consumed points here", name,
                            value, wio_strerror(err));
        }
    }
    return CLI_OK;
}

static int
start(struct linux_session *s, const uint8_t *blob, uint32_t len)
{
    const struct wio_linux_config linux_config = {
        .log = on_log, .log_arg = s
    };
    struct wio_runtime_config config = {
        .board = blob,
        .board_len = len,
        .memory = s->runtime_memory,
        .memory_bytes = sizeof(s->runtime_memory)
    };
    struct wio_report report = { 0 };

    if (wio_linux_create(&linux_config, &s->port, &report) != 0) {
        return cli_fail(&cli_run, CLI_USAGE, "%s", report.text);
    }
    config.port = wio_linux_port(s->port);
    if (wio_runtime_create(&config, &s->look.runtime, &report) != 0) {
        return cli_fail(&cli_run, CLI_USAGE, "%s", report.text);
    }
    if (wio_runtime_load(s->look.runtime, s->options->bytes,
                         s->options->n_bytes, s->container_memory,
                         sizeof(s->container_memory), &s->look.id,
                         &report) != 0) {
        run_put_refused(&s->options->out, report.text);
        return CLI_NO;
    }
    run_look_loaded(&s->look, s->options->board);
    return set_points(s);
}

/* What was observed, beside what the board's costs promise; stderr, as all
 * that is no event of the container. */
static void
print_times(const struct linux_session *s)
{
    struct wio_linux_realtime realtime = wio_linux_realtime(s->port);
    struct wio_entity_info info;

    fprintf(stderr, "Times, microseconds; %s%s\n",
            realtime.fifo ? "SCHED_FIFO" : "no real-time priority, no promise",
            realtime.preempt_rt ? ", PREEMPT_RT" : "");
    fprintf(stderr, "  %-32s %9s %9s %9s %9s %9s %6s %6s\n", "who", "C",
            "longest", "D", "response", "runs", "over", "missed");
    for (uint32_t i = 0; wio_runtime_entity(s->look.runtime, i, &info) == 0;
         i++) {
        fprintf(stderr, "  %-32s %9" PRIu32 " %9.0f %9.0f %9.0f %9" PRIu32
                " %6" PRIu32 " %6" PRIu32 "\n", info.name,
                info.budget_ns / 1000, (double)info.max_run_ns / 1e3,
                (double)info.deadline_ns / 1e3,
                (double)info.max_response_ns / 1e3, info.activations,
                info.overruns, info.missed);
        if (info.has_line) {
            fprintf(stderr, "    edges: %" PRIu32 " accepted, %" PRIu32
                    " coalesced, %" PRIu32 " dropped\n", info.n_accepted,
                    info.n_coalesced, info.n_dropped);
        }
    }
}

static void
run_until(struct linux_session *s, uint64_t end_ns)
{
    const struct wio_port *port = wio_linux_port(s->port);
    uint64_t now;

    while (!run_stop && !run_is_done(&s->options->out) &&
           (now = port->core->now_ns(port->ctx)) < end_ns) {
        uint64_t left_ns = end_ns - now;

        (void)wio_runtime_run(s->look.runtime);
        print_log(s);
        run_look(&s->look);
        port->core->delay_ns(port->ctx, left_ns < LOOK_NS ? left_ns : LOOK_NS);
    }
    (void)wio_runtime_run(s->look.runtime);
    print_log(s);
    run_look(&s->look);
}

int
run_on_linux(struct run_options *options, const uint8_t *blob, uint32_t len)
{
    struct linux_session *s = calloc(1, sizeof(*s));
    double seconds = options->seconds > 0 ? options->seconds : SECONDS;
    int code;

    if (!s) {
        return cli_fail(&cli_run, CLI_USAGE, "out of memory");
    }
    s->options = options;
    s->look.out = &options->out;
    code = start(s, blob, len);
    if (!code) {
        const struct wio_port *port = wio_linux_port(s->port);

        run_until(s, port->core->now_ns(port->ctx) +
                         (uint64_t)(seconds * 1e9));
        print_times(s);
        code = wio_runtime_unload(s->look.runtime, s->look.id) ? CLI_NO
                                                               : CLI_OK;
    }
    wio_linux_destroy(s->port);
    free(s);
    return code;
}
