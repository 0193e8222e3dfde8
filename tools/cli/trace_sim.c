/* SPDX-License-Identifier: Apache-2.0 */
/* A trace of the simulated board, in this process and in virtual time. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"
#include "sim/sim.h"
#include "trace.h"

#define RUNTIME_BYTES (1u << 20)
#define CONTAINER_BYTES (4u << 20)
#define RING_ENTRIES 8192u
#define CONTROL_NS 10000u      /* what the control task computes */

struct session {
    const struct cli_command *command;
    const struct trace_options *options;
    struct trace *trace;
    struct wio_sim sim;
    struct wio_runtime *runtime;
    wio_container_id ids[TRACE_FILES_MAX];
    uint32_t faults[TRACE_FILES_MAX];
    void *memory[TRACE_FILES_MAX];
    uint32_t next;             /* entry of the ring */
    uint64_t control_at_ns;
    uint64_t runtime_memory[RUNTIME_BYTES / 8u];
};

static void
on_log(void *arg, enum wio_log_level level, const char *text, uint32_t len)
{
    (void)arg;
    (void)level;
    fprintf(stderr, "log: ");
    for (uint32_t i = 0; i < len; i++) {
        fputc(text[i] >= ' ' && text[i] <= '~' ? text[i] : '?', stderr);
    }
    fputc('\n', stderr);
}

/* As the firmware's: ports/cortex-m/firmware/control.c. */
static void
measure(struct trace *trace, uint32_t distance)
{
    uint32_t off = distance > trace->control_period_ns
                       ? distance - trace->control_period_ns
                       : trace->control_period_ns - distance;
    uint32_t bin = 0;

    if (trace->control_n == 0 || distance < trace->control_min_ns) {
        trace->control_min_ns = distance;
    }
    if (distance > trace->control_max_ns) {
        trace->control_max_ns = distance;
    }
    while (bin + 1 < trace->n_bins && off / 1000 >= trace->bins[bin].bound_us) {
        bin++;
    }
    trace->bins[bin].n++;
    trace->control_n++;
}

static void
control(void *arg)
{
    struct session *s = arg;
    uint64_t now = wio_sim_now_ns(&s->sim);

    if (s->control_at_ns != 0) {
        measure(s->trace, (uint32_t)(now - s->control_at_ns));
    }
    s->control_at_ns = now;
    wio_sim_advance_ns(&s->sim, CONTROL_NS);
}

static void
start_control(struct session *s)
{
    struct wio_entity_info info;
    struct trace *trace = s->trace;

    if (wio_runtime_host_task(s->runtime, "control", control, s) != 0 ||
        wio_runtime_entity(s->runtime, 0, &info) != 0) {
        return;                            /* the board wants none */
    }
    trace->has_control = true;
    trace->control_period_ns = (uint32_t)info.period_ns;
    trace->n_bins = 12;
    for (uint32_t i = 0; i < trace->n_bins; i++) {
        bool is_last = i + 1 == trace->n_bins;

        trace->bins[i] = (struct trace_bin){
            .bound_us = 1u << (is_last ? i - 1 : i), .is_last = is_last
        };
    }
}

/* -- Loading -------------------------------------------------------------------- */

/* Before the loads a stimulus, after them a consumed point of any. */
static int
apply_set(struct session *s, const char *text, bool is_loaded)
{
    char name[64];
    long long value;
    int err = run_parse_set(s->command, text, name, sizeof(name), &value);
    int at = -1;

    if (err) {
        return err;
    }
    err = wio_sim_set(&s->sim, name, value);
    if (err == WIO_ERR_INVALID_ARGUMENT) {
        return cli_fail(s->command, CLI_USAGE, "%lld is out of range for %s",
                        value, name);
    }
    if (!is_loaded || err == 0) {
        return CLI_OK;
    }
    for (uint32_t i = 0; i < s->options->n_files && at < 0; i++) {
        at = wio_runtime_find_point(s->runtime, s->ids[i], name);
        if (at >= 0) {
            err = wio_runtime_set_point(s->runtime, s->ids[i], (uint32_t)at,
                                        (uint64_t)value);
        }
    }
    if (at < 0) {
        return cli_fail(s->command, CLI_USAGE, "there is no \"%s\" to set: "
                        "neither on the board nor a consumed point", name);
    }
    return err ? cli_fail(s->command, CLI_USAGE, "%s cannot be set to %lld: "
                          "%s", name, value, wio_strerror(err)) : CLI_OK;
}

static int
apply_sets(struct session *s, bool is_loaded)
{
    int code = CLI_OK;

    for (uint32_t i = 0; i < s->options->n_sets && !code; i++) {
        code = apply_set(s, s->options->sets[i], is_loaded);
    }
    return code;
}

static int
load_all(struct session *s)
{
    for (uint32_t i = 0; i < s->options->n_files; i++) {
        struct wio_report report = { 0 };

        s->memory[i] = calloc(1, CONTAINER_BYTES);
        if (!s->memory[i]) {
            return cli_fail(s->command, CLI_USAGE, "out of memory");
        }
        if (wio_runtime_load(s->runtime, s->options->bytes[i],
                             s->options->n_bytes[i], s->memory[i],
                             CONTAINER_BYTES, &s->ids[i], &report) != 0) {
            return cli_fail(s->command, CLI_NO, "%s is refused: %s",
                            s->options->paths[i], report.text);
        }
    }
    return CLI_OK;
}

static int
start(struct session *s, const uint8_t *blob, uint32_t len)
{
    const struct wio_sim_config sim_config = {
        .log = on_log, .log_arg = s, .scheduled = true,
        .stub_ns = SIM_STUB_NS, .timer_ns = SIM_TIMER_NS,
        .request_ns = SIM_REQUEST_NS,
    };
    struct wio_runtime_config config = {
        .board = blob,
        .board_len = len,
        .memory = s->runtime_memory,
        .memory_bytes = sizeof(s->runtime_memory),
        .trace_entries = RING_ENTRIES,
    };
    struct wio_report report = { 0 };
    int code;

    wio_sim_create(&s->sim, &sim_config);
    config.port = wio_sim_port(&s->sim);
    if (wio_runtime_create(&config, &s->runtime, &report) != 0) {
        return cli_fail(s->command, CLI_USAGE, "%s", report.text);
    }
    wio_runtime_trace_on(s->runtime, false);
    start_control(s);
    code = apply_sets(s, false);
    if (!code) {
        code = run_sim_scripts(s->command, &s->sim, s->options->script,
                               s->options->script_path);
    }
    if (!code) {
        code = load_all(s);
    }
    return code ? code : apply_sets(s, true);
}

/* -- Running --------------------------------------------------------------------- */

static void
tell_faults(struct session *s)
{
    for (uint32_t i = 0; i < s->options->n_files; i++) {
        struct wio_container_info info;

        if (wio_runtime_info(s->runtime, s->ids[i], &info) == 0 &&
            info.faults != s->faults[i]) {
            s->faults[i] = info.faults;
            fprintf(stderr, "fault: %s\n", info.fault.text);
        }
    }
}

static void
drain(struct session *s)
{
    struct wio_trace_record records[64];
    uint32_t lost;
    uint32_t n;

    do {
        n = wio_runtime_trace(s->runtime, &s->next, records, 64, &lost);
        if (lost > 0) {
            trace_add_lost(s->trace, lost);
        }
        for (uint32_t i = 0; i < n; i++) {
            trace_add(s->trace, records[i].at_ns, records[i].kind,
                      records[i].who, records[i].value);
        }
    } while (n > 0);
}

static void
run(struct session *s)
{
    uint64_t end_ns = wio_sim_now_ns(&s->sim) +
                      (uint64_t)(s->options->seconds * 1e9);

    drain(s);
    trace_free(s->trace);                  /* what belongs to the loads */
    s->trace->n_lost = 0;
    wio_runtime_reset_stats(s->runtime);
    wio_runtime_trace_on(s->runtime, true);
    while (!run_stop) {
        uint64_t now = wio_sim_now_ns(&s->sim);
        uint64_t due = run_sim_next(&s->sim);

        if (now >= end_ns || due == UINT64_MAX) {
            break;
        }
        wio_sim_advance_ns(&s->sim, due < end_ns - now ? due : end_ns - now);
        (void)wio_runtime_run(s->runtime);
        drain(s);
        tell_faults(s);
    }
}

static void
take_entities(struct session *s)
{
    struct wio_entity_info info;

    for (uint32_t i = 0; wio_runtime_entity(s->runtime, i, &info) == 0; i++) {
        for (char *c = info.name; *c; c++) {
            *c = *c > ' ' && *c <= '~' ? *c : '_';
        }
        trace_put_entity(s->trace, &info);
    }
}

int
trace_on_sim(const struct cli_command *command,
             const struct trace_options *options, const uint8_t *blob,
             uint32_t len, struct trace *trace)
{
    struct session *s = calloc(1, sizeof(*s));
    int code;

    if (!s) {
        return cli_fail(command, CLI_USAGE, "out of memory");
    }
    s->command = command;
    s->options = options;
    s->trace = trace;
    code = start(s, blob, len);
    if (!code) {
        run(s);
        take_entities(s);
    }
    for (uint32_t i = 0; i < TRACE_FILES_MAX; i++) {
        free(s->memory[i]);
    }
    free(s);
    return code;
}
