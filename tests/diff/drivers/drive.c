/* SPDX-License-Identifier: Apache-2.0 */
/* tests/diff/drivers/drive.c - see drive.h */
#include "drive.h"

#include <wio/runtime.h>

#include "base/report.h"
#include "sim/sim.h"

#define TRACE_BYTES 65536u

static struct {
    const struct drive_job *job;
    struct wio_sim sim;
    struct wio_port port;
    struct wio_runtime *runtime;
    wio_container_id id;
    uint64_t read_to;              /* accesses told */
    uint64_t runtime_memory[8192];
    uint64_t container_memory[32768];
    char trace[TRACE_BYTES];
} d;

static void
put(const char *text)
{
    d.job->put(d.job->ctx, text);
}

static void
on_log(void *arg, enum wio_log_level level, const char *text, uint32_t len)
{
    char line[160];

    (void)arg;
    (void)wio_format(line, sizeof line, "log %u %S\n", (uint32_t)level,
                     &(struct wio_span){ (const uint8_t *)text, len });
    put(line);
}

static void
put_accesses(void)
{
    d.read_to = wio_sim_trace(&d.sim, d.read_to, d.trace, sizeof d.trace);
    put(d.trace);
}

static void
put_points(void)
{
    struct wio_point point;
    char line[160];

    for (uint32_t i = 0;
         wio_runtime_point(d.runtime, d.id, i, &point) == 0; i++) {
        (void)wio_format(line, sizeof line, "point %s: %x:%x, quality %u, "
                         "code %d\n", point.label,
                         (uint32_t)(point.bits >> 32), (uint32_t)point.bits,
                         (uint32_t)point.quality, point.code);
        put(line);
    }
}

static int
start(struct wio_report *report)
{
    const struct wio_sim_config config = { .log = on_log, .scheduled = true };
    struct wio_runtime_config runtime;
    int err;

    wio_sim_create(&d.sim, &config);
    d.read_to = 0;
    err = wio_sim_script(&d.sim, d.job->script, report);
    d.port = *wio_sim_port(&d.sim);
    if (d.job->native) {
        d.port.native = d.job->native;
    }
    runtime = (struct wio_runtime_config){
        .port = &d.port,
        .board = d.job->board,
        .board_len = d.job->board_bytes,
        .memory = d.runtime_memory,
        .memory_bytes = sizeof d.runtime_memory,
    };
    if (!err) {
        err = wio_runtime_create(&runtime, &d.runtime, report);
    }
    if (!err) {
        err = wio_runtime_load(d.runtime, d.job->file, d.job->file_bytes,
                               d.container_memory, sizeof d.container_memory,
                               &d.id, report);
    }
    return err;
}

static void
run_ms(uint32_t ms)
{
    const uint64_t end_ns = wio_sim_now_ns(&d.sim) + ms * 1000000ull;

    while (wio_sim_now_ns(&d.sim) < end_ns) {
        const uint64_t wait_ns = wio_runtime_run(d.runtime);
        const uint64_t now_ns = wio_sim_now_ns(&d.sim);

        if (now_ns < end_ns) {
            wio_sim_advance_ns(&d.sim, wait_ns < end_ns - now_ns
                                           ? wait_ns
                                           : end_ns - now_ns);
        }
    }
}

/* Calls the operation that *@at begins with, which moves on. */
static void
operate(const char **at)
{
    struct wio_report report = { .code = 0 };
    uint32_t results[2] = { 0 };
    uint32_t n_results = 0;
    uint32_t argument = 0;
    uint32_t n = 0;
    char name[40];
    char line[200];
    int err;

    while (**at == ' ') {
        (*at)++;
    }
    while (**at && **at != ' ' && **at != '=' && n + 1 < sizeof name) {
        name[n++] = *(*at)++;
    }
    name[n] = '\0';
    if (n == 0) {
        return;
    }
    n = **at == '=';
    *at += n;
    while (**at >= '0' && **at <= '9') {
        argument = argument * 10 + (uint32_t)(*(*at)++ - '0');
    }
    err = wio_runtime_call(d.runtime, d.id, name, &argument, n, results, 2,
                           &n_results, &report);
    (void)wio_format(line, sizeof line, "operation %s: %d, %u results, %x %x "
                     "%s\n", name, err, n_results, results[0], results[1],
                     report.text);
    put(line);
}

int
drive(const struct drive_job *job)
{
    struct wio_report report = { .code = 0 };
    struct wio_container_info info;
    const char *at = job->operations;
    char line[160];
    int err;

    d.job = job;
    err = start(&report);
    if (err) {
        put("refused: ");
        put(report.text);
        put("\n");
        return err;
    }
    put_accesses();
    for (uint32_t at_ms = 0; at_ms < job->ms; at_ms += 50) {
        operate(&at);
        put_accesses();
        run_ms(50);
        put_accesses();
    }
    put_points();
    if (wio_runtime_info(d.runtime, d.id, &info) == 0) {
        (void)wio_format(line, sizeof line, "state %u: %s\n",
                         (uint32_t)info.state, info.fault.text);
        put(line);
    }
    return 0;
}
