/* SPDX-License-Identifier: Apache-2.0 */
#include "rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "boards.h"

static void
keep_log(void *arg, enum wio_log_level level, const char *text, uint32_t len)
{
    struct rig *rig = arg;
    const size_t used = strlen(rig->logged);

    (void)level;
    (void)snprintf(rig->logged + used, sizeof(rig->logged) - used, "%.*s\n",
                   (int)len, text);
}

/* WIO_RIG_NATIVE names the folder of compiled containers: each of the tests
 * runs on both engines. A compiled one has no bodies that could be interpreted. */
static void
find_module(char *path, size_t size, const char *name)
{
    const char *native = getenv("WIO_RIG_NATIVE");
    const char *base = strrchr(name, '/');

    if (native != NULL) {
        base = base != NULL ? base + 1 : name;
        (void)snprintf(path, size, "%s/%.*s.wio", native,
                       (int)strcspn(base, "."), base);
    } else {
        (void)snprintf(path, size, "%s%s",
                       name[0] == '/' ? "" : WIO_DRIVERS_DIR "/", name);
    }
}

static uint32_t
read_module(uint8_t *bytes, uint32_t size, const char *name)
{
    char path[512];
    size_t n_bytes;
    FILE *file;

    find_module(path, sizeof(path), name);
    file = fopen(path, "rb");
    if (file == NULL) {
        fail_msg("cannot open %s: build the containers first", path);
    }
    n_bytes = fread(bytes, 1, size, file);
    (void)fclose(file);
    assert_true(n_bytes > 0 && n_bytes < size);
    return (uint32_t)n_bytes;
}

wio_container_id
rig_load(struct rig *rig, const char *name)
{
    const uint32_t i = rig->n_loaded;
    struct wio_report report = { .code = 0 };
    wio_container_id id;
    uint32_t n_bytes;

    assert_true(i < 2);
    n_bytes = read_module(rig->module[i], sizeof(rig->module[i]), name);
    if (wio_runtime_load(rig->runtime, rig->module[i], n_bytes,
                         rig->container_memory[i],
                         sizeof(rig->container_memory[i]), &id,
                         &report) != 0) {
        fail_msg("%s: %s", name, report.text);
    }
    rig->n_bytes[i] = n_bytes;
    rig->n_loaded++;
    return id;
}

static void
start_on(struct rig *rig, const uint8_t *board, uint32_t board_len,
         const char *name, const char *script, bool scheduled)
{
    struct wio_sim_config sim_config = { .log = keep_log, .log_arg = rig,
                                         .scheduled = scheduled };
    struct wio_runtime_config config;
    struct wio_report report = { .code = 0 };

    memset(rig, 0, sizeof(*rig));
    wio_sim_create(&rig->sim, &sim_config);
    rig_script(rig, script != NULL ? script : "");
    config = (struct wio_runtime_config){
        .port = wio_sim_port(&rig->sim),
        .board = board,
        .board_len = board_len,
        .memory = rig->runtime_memory,
        .memory_bytes = sizeof(rig->runtime_memory),
    };
    if (wio_runtime_create(&config, &rig->runtime, &report) != 0) {
        fail_msg("board: %s", report.text);
    }
    rig->id = rig_load(rig, name);
}

static void
start(struct rig *rig, const char *name, const char *script, bool scheduled)
{
    const struct wio_board_entry *board = wio_boards_find("sim");

    assert_non_null(board);
    start_on(rig, board->blob, board->len, name, script, scheduled);
}

void
rig_start_on(struct rig *rig, const uint8_t *board, uint32_t board_len,
             const char *name, const char *script)
{
    start_on(rig, board, board_len, name, script, true);
}

void
rig_start(struct rig *rig, const char *name, const char *script)
{
    start(rig, name, script, false);
}

void
rig_start_scheduled(struct rig *rig, const char *name, const char *script)
{
    start(rig, name, script, true);
}

void
rig_script(struct rig *rig, const char *script)
{
    struct wio_report report = { .code = 0 };

    if (wio_sim_script(&rig->sim, script, &report) != 0) {
        fail_msg("%s", report.text);
    }
}

void
rig_run_ns(struct rig *rig, uint64_t ns)
{
    const uint64_t end_ns = wio_sim_now_ns(&rig->sim) + ns;

    while (wio_sim_now_ns(&rig->sim) < end_ns) {
        const uint64_t wait_ns = wio_runtime_run(rig->runtime);
        const uint64_t now_ns = wio_sim_now_ns(&rig->sim);

        if (now_ns < end_ns) {
            const uint64_t left_ns = end_ns - now_ns;

            wio_sim_advance_ns(&rig->sim,
                               wait_ns < left_ns ? wait_ns : left_ns);
        }
    }
}

const char *
rig_trace(struct rig *rig)
{
    rig->read_to = wio_sim_trace(&rig->sim, rig->read_to, rig->text,
                                 sizeof(rig->text));
    return rig->text;
}

struct wio_point
rig_point(struct rig *rig, const char *label)
{
    const int i = wio_runtime_find_point(rig->runtime, rig->id, label);
    struct wio_point point;

    assert_true(i >= 0);
    assert_int_equal(wio_runtime_point(rig->runtime, rig->id, (uint32_t)i,
                                       &point), 0);
    return point;
}

void
rig_assert_good(struct rig *rig, const char *label, int64_t value)
{
    const struct wio_point point = rig_point(rig, label);

    assert_int_equal(point.quality, WIO_QUALITY_GOOD);
    assert_int_equal((int64_t)point.bits, value);
}

void
rig_assert_bad(struct rig *rig, const char *label, int32_t code)
{
    const struct wio_point point = rig_point(rig, label);

    assert_int_equal(point.quality, WIO_QUALITY_BAD);
    assert_int_equal(point.code, code);
}

int64_t
rig_call(struct rig *rig, const char *name)
{
    return rig_call_with(rig, name, NULL, 0, NULL);
}

int64_t
rig_call_with(struct rig *rig, const char *name, const uint32_t *args,
              uint32_t n_args, int *err)
{
    uint32_t results[2] = { 0, 0 };
    uint32_t n_results = 0;
    struct wio_report report = { .code = 0 };
    const int code = wio_runtime_call(rig->runtime, rig->id, name, args,
                                      n_args, results, 2, &n_results,
                                      &report);

    if (err != NULL) {
        *err = code;
    } else if (code != 0) {
        fail_msg("%s: %s", name, report.text);
    }
    if (code == 0) {
        assert_int_equal(n_results, 2);
    }
    return (int64_t)((uint64_t)results[1] << 32 | results[0]);
}

int32_t
rig_operate(struct rig *rig, const char *name, const uint32_t *args,
            uint32_t n_args)
{
    struct wio_report report = { .code = 0 };
    uint32_t result = 0;
    uint32_t n = 0;

    if (wio_runtime_call(rig->runtime, rig->id, name, args, n_args, &result, 1,
                         &n, &report) != 0) {
        fail_msg("%s: %s", name, report.text);
    }
    assert_int_equal(n, 1);
    return (int32_t)result;
}

void
rig_assert_running(struct rig *rig)
{
    struct wio_container_info info;

    assert_int_equal(wio_runtime_info(rig->runtime, rig->id, &info), 0);
    assert_string_equal(info.fault.text, "");
    assert_int_equal(info.state, WIO_STATE_RUNNING);
}
