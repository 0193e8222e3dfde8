/* SPDX-License-Identifier: Apache-2.0 */
#include "rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static uint32_t
read_file(const char *name, uint8_t *bytes, uint32_t size)
{
    char path[512];
    FILE *file;
    size_t n;

    (void)snprintf(path, sizeof path, "%s%s",
                   strchr(name, '/') ? "" : GUESTS "/", name);
    file = fopen(path, "rb");
    if (file == NULL) {
        fail_msg("cannot open %s", path);
    }
    n = fread(bytes, 1, size, file);
    (void)fclose(file);
    assert_true(n > 0 && n < size);
    return (uint32_t)n;
}

static void
keep_log(void *arg, enum wio_log_level level, const char *line, uint32_t len)
{
    struct rig *rig = arg;
    const size_t used = strlen(rig->logged);

    (void)level;
    (void)snprintf(rig->logged + used, sizeof rig->logged - used, "%.*s\n",
                   (int)len, line);
}

int
rig_try(struct rig *rig, const char *name)
{
    const struct wio_sim_config sim_config = { .log = keep_log,
                                               .log_arg = rig };
    struct wio_runtime_config config = {
        .board = rig->board,
        .board_len = read_file("board.dtb", rig->board, sizeof rig->board),
        .memory = rig->runtime_memory,
        .memory_bytes = sizeof rig->runtime_memory,
    };
    struct wio_report report = { .code = 0 };
    uint32_t n = read_file(name, rig->module, sizeof rig->module);
    int err;

    rig->logged[0] = '\0';
    wio_sim_create(&rig->sim, &sim_config);
    config.port = wio_sim_port(&rig->sim);
    assert_int_equal(wio_runtime_create(&config, &rig->runtime, &report), 0);
    err = wio_runtime_load(rig->runtime, rig->module, n,
                           rig->container_memory,
                           sizeof rig->container_memory, &rig->id, &report);
    (void)snprintf(rig->text, sizeof rig->text, "%s", err ? report.text : "");
    rig->read_to = 0;
    return err;
}

void
rig_load(struct rig *rig, const char *name)
{
    if (rig_try(rig, name)) {
        fail_msg("%s: %s", name, rig->text);
    }
}

const char *
rig_accesses(struct rig *rig)
{
    rig->read_to = wio_sim_trace(&rig->sim, rig->read_to, rig->trace,
                                 sizeof rig->trace);
    return rig->trace;
}

int
rig_call(struct rig *rig, const char *name, const uint32_t *args,
         uint32_t n_args, uint64_t *result)
{
    struct wio_report report = { .code = 0 };
    uint32_t results[2] = { 0, 0 };
    uint32_t n_results;
    int err = wio_runtime_call(rig->runtime, rig->id, name, args, n_args,
                               results, 2, &n_results, &report);

    *result = (uint64_t)results[1] << 32 | results[0];
    (void)snprintf(rig->text, sizeof rig->text, "%s",
                   err ? report.text : "");
    return err;
}
