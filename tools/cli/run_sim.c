/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated board, in this process and in virtual time. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <wio/runtime.h>

#include "run.h"
#include "run_look.h"
#include "sim/sim.h"

#define RUNTIME_BYTES (256u << 10)
#define CONTAINER_BYTES (4u << 20)
#define SCRIPT_BYTES 65536u

struct sim_session {
    struct run_options *options;
    struct wio_sim sim;
    struct wio_runtime *runtime;
    wio_container_id id;
    struct run_look look;
    uint64_t runtime_memory[RUNTIME_BYTES / 8u];
    uint64_t container_memory[CONTAINER_BYTES / 8u];
};

static void
on_log(void *arg, enum wio_log_level level, const char *text, uint32_t len)
{
    struct sim_session *s = arg;

    run_look_log(&s->options->out, level, text, len);
}

/* Before the load a stimulus, after it a consumed point. */
static int
apply_sets(struct sim_session *s, bool is_loaded)
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
        err = wio_sim_set(&s->sim, name, value);
        if (!is_loaded) {
            if (err == WIO_ERR_INVALID_ARGUMENT) {
                return cli_fail(&cli_run, CLI_USAGE, "%lld is out of range "
                                "for %s", value, name);
            }
            continue;
        }
        if (err == 0) {
            continue;
        }
        at = wio_runtime_find_point(s->runtime, s->id, name);
        if (at < 0) {
            return cli_fail(&cli_run, CLI_USAGE, "there is no \"%s\" to set: "
                            "neither on the board nor a consumed point",
                            name);
        }
        err = wio_runtime_set_point(s->runtime, s->id, (uint32_t)at,
                                    (uint64_t)value);
        if (err) {
            return cli_fail(&cli_run, CLI_USAGE, "%s cannot be set to %lld: "
                            "%s", name, value, wio_strerror(err));
        }
    }
    return CLI_OK;
}

int
run_sim_scripts(const struct cli_command *command, struct wio_sim *sim,
                const char *script, const char *script_path)
{
    struct wio_report report = { 0 };
    size_t n_bytes;
    uint8_t *bytes;
    char *text;
    int err;

    if (script && wio_sim_script(sim, script, &report) != 0) {
        return cli_fail(command, CLI_USAGE, "%s", report.text);
    }
    if (!script_path) {
        return CLI_OK;
    }
    bytes = cli_read_file(command, script_path, SCRIPT_BYTES, &n_bytes);
    text = bytes ? calloc(n_bytes + 1, 1) : NULL;
    if (!text) {
        free(bytes);
        return CLI_USAGE;
    }
    memcpy(text, bytes, n_bytes);
    free(bytes);
    err = wio_sim_script(sim, text, &report);
    free(text);
    return err ? cli_fail(command, CLI_USAGE, "%s: %s", script_path,
                          report.text) : CLI_OK;
}

static int
start(struct sim_session *s, const uint8_t *blob, uint32_t len)
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
        .memory_bytes = sizeof(s->runtime_memory)
    };
    struct wio_report report = { 0 };
    int code;

    wio_sim_create(&s->sim, &sim_config);
    config.port = wio_sim_port(&s->sim);
    if (wio_runtime_create(&config, &s->runtime, &report) != 0) {
        return cli_fail(&cli_run, CLI_USAGE, "%s", report.text);
    }
    code = apply_sets(s, false);
    if (!code) {
        code = run_sim_scripts(&cli_run, &s->sim, s->options->script,
                               s->options->script_path);
    }
    if (code) {
        return code;
    }
    if (wio_runtime_load(s->runtime, s->options->bytes, s->options->n_bytes,
                         s->container_memory, sizeof(s->container_memory),
                         &s->id, &report) != 0) {
        run_put_refused(&s->options->out, report.text);
        return CLI_NO;
    }
    s->look = (struct run_look){
        .out = &s->options->out, .runtime = s->runtime, .id = s->id
    };
    run_look_loaded(&s->look, s->options->board);
    return apply_sets(s, true);
}

uint64_t
run_sim_next(struct wio_sim *sim)
{
    const struct wio_port *port = wio_sim_port(sim);
    uint64_t ns = port->sched->virtual_next(port->ctx);

    return ns > 0 ? ns : 1;
}

int
run_on_sim(struct run_options *options, const uint8_t *blob, uint32_t len)
{
    struct sim_session *s = calloc(1, sizeof(*s));
    uint64_t end_ns = (uint64_t)(options->seconds * 1e9);
    int code;

    if (!s) {
        return cli_fail(&cli_run, CLI_USAGE, "out of memory");
    }
    s->options = options;
    code = start(s, blob, len);
    while (!code && !run_stop && !run_is_done(&options->out)) {
        uint64_t now = wio_sim_now_ns(&s->sim);
        uint64_t due;

        (void)wio_runtime_run(s->runtime);
        run_look(&s->look);
        due = run_sim_next(&s->sim);
        if (now >= end_ns || due == UINT64_MAX) {
            break;
        }
        wio_sim_advance_ns(&s->sim, due < end_ns - now ? due : end_ns - now);
    }
    free(s);
    return code;
}
