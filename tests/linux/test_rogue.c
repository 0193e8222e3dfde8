/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Misbehaving containers as threads: does anybody else notice?
 *
 * A victim (a main and a handler) and a rogue run side by side, the same guest
 * as on the emulated boards (tests/timing). Checked are counts, states
 * and sentences; how soon things happen is bench/linux's. Protections are
 * taken away by wrapping the operations of the port; then the same check must
 * fail, in a process of its own that may hang.
 *
 *     test_linux_rogue [plain]
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <wio/runtime.h>

#include "linux/linux_port.h"
#include "storm.h"

#define MS UINT64_C(1000000)
#define PATIENCE (60000 * MS)
#define HANG_S 5u
#define MODULE_MAX 16384u
#define LINE_VICTIM 3u
#define LINE_ROGUE 4u
#define LOCK_NS 2000000u             /* max-lock-us of board.dts */

enum without { NOTHING, THROTTLE, BUDGET, LOCK_LIMIT };

struct side {
    struct storm storm;
    uint8_t module[MODULE_MAX];
    uint32_t n_bytes;
    uint64_t arena[8192];
    wio_container_id id;
};

static bool plain;

static struct bench {
    struct wio_linux *linux_port;
    struct wio_port port;
    struct wio_port_sched_ops ops;
    struct wio_runtime *runtime;
    struct side victim;
    struct side rogue;
    uint64_t begin_ns;
    volatile uint32_t n_control;
    uint64_t runtime_memory[16384];
} bench;

static uint8_t board[16384];

/* -- Containers from the template ------------------------------------------ */

static uint32_t
read_file(const char *path, uint8_t *bytes, uint32_t size)
{
    FILE *file = fopen(path, "rb");
    size_t n = file ? fread(bytes, 1, size, file) : 0;

    if (!file || n == 0 || n == size) {
        fprintf(stderr, "cannot read %s: build the containers first\n", path);
        exit(2);
    }
    (void)fclose(file);
    return (uint32_t)n;
}

static void
replace(struct side *side, const void *what, const void *with, uint32_t n)
{
    for (uint32_t at = 0; at + n <= side->n_bytes; at++) {
        if (memcmp(side->module + at, what, n) == 0) {
            memcpy(side->module + at, with, n);
            return;
        }
    }
    fprintf(stderr, "the container has changed\n");
    exit(2);
}

/* The @i-th time of the configuration, big-endian as in every devicetree. */
static void
set_time(struct side *side, uint8_t i, uint32_t us)
{
    const uint8_t from[4] = { 1, 2, 3, (uint8_t)(4 + i) };
    const uint8_t to[4] = { (uint8_t)(us >> 24), (uint8_t)(us >> 16),
                            (uint8_t)(us >> 8), (uint8_t)us };

    replace(side, from, to, 4);
}

/* Budget, deadline, least distance of the handler; of main the same. */
static const uint32_t victim_us[6] = {
    5000, 40000, 40000, 10000, 100000, 100000
};
static const uint32_t rogue_us[6] = {
    5000, 50000, 50000, 10000, 100000, 100000
};

static int
load(struct side *side, const char *file, const char *model, char handler,
     char entry, const uint32_t times_us[6], struct wio_report *report)
{
    const char handler_name[9] = { 'h', 'a', 'n', 'd', 'l', 'e', 'r',
                                   handler, 0 };
    const char main_name[6] = { 'm', 'a', 'i', 'n', entry, 0 };

    side->n_bytes = read_file(file, side->module, sizeof(side->module));
    replace(side, "MODEL0", model, 6);
    replace(side, "LINEXX", model, 6);
    replace(side, "HANDLER0", handler_name, 8);
    replace(side, "MAIN0", main_name, 5);
    for (uint8_t i = 0; i < 6; i++) {
        set_time(side, i, times_us[i]);
    }
    return wio_runtime_load(bench.runtime, side->module, side->n_bytes,
                            side->arena, sizeof(side->arena), &side->id,
                            report);
}

/* -- The board, with or without protections -------------------------------- */

static void
ignore_source(void *ctx, uint32_t source)
{
    (void)ctx;
    (void)source;
}

static void
ignore_budget(void *arg)
{
    (void)arg;
}

static void
start_without_budget(void *ctx, void (*on_timer)(void *arg),
                     void (*on_budget)(void *arg), void *arg)
{
    (void)on_budget;
    wio_linux_port(bench.linux_port)->sched->start(ctx, on_timer,
                                                   ignore_budget, arg);
}

static uint32_t
swap_without_lock_limit(void *ctx, uint32_t ticks)
{
    return wio_linux_port(bench.linux_port)->sched->budget_swap(
        ctx, ticks == LOCK_NS ? 0 : ticks);
}

static void
quiet(void *arg, enum wio_log_level level, const char *text, uint32_t len)
{
    (void)arg;
    (void)level;
    (void)text;
    (void)len;
}

static void
control(void *arg)
{
    (void)arg;
    bench.n_control++;
}

static bool
create(enum without without)
{
    const struct wio_linux_config linux_config = {
        .no_realtime = plain, .log = quiet
    };
    struct wio_report report = { .code = 0 };
    struct wio_runtime_config config = {
        .port = &bench.port,
        .board = board,
        .memory = bench.runtime_memory,
        .memory_bytes = sizeof(bench.runtime_memory),
        .trace_entries = 256,
    };

    memset(&bench, 0, sizeof(bench));
    config.board_len = read_file(WIO_LINUX_BOARD, board, sizeof(board));
    if (wio_linux_create(&linux_config, &bench.linux_port, &report)) {
        printf("# %s\n", report.text);
        return false;
    }
    bench.port = *wio_linux_port(bench.linux_port);
    bench.ops = *bench.port.sched;
    bench.port.sched = &bench.ops;
    if (without == THROTTLE) {
        bench.ops.source_mask = ignore_source;
    } else if (without == BUDGET) {
        bench.ops.start = start_without_budget;
    } else if (without == LOCK_LIMIT) {
        bench.ops.budget_swap = swap_without_lock_limit;
    }
    if (wio_runtime_create(&config, &bench.runtime, &report) ||
        wio_runtime_host_task(bench.runtime, "control", control, NULL)) {
        printf("# %s\n", report.text);
        return false;
    }
    return true;
}

static uint64_t
now(void)
{
    return bench.port.core->now_ns(bench.port.ctx);
}

/* -- Looking --------------------------------------------------------------- */

static struct wio_entity_info
entity(const char *name)
{
    struct wio_entity_info info;

    for (uint32_t i = 0; wio_runtime_entity(bench.runtime, i, &info) == 0;
         i++) {
        if (strcmp(info.name, name) == 0) {
            return info;
        }
    }
    memset(&info, 0, sizeof(info));
    return info;
}

static struct wio_container_info
container(const struct side *side)
{
    struct wio_container_info info;

    memset(&info, 0, sizeof(info));
    (void)wio_runtime_info(bench.runtime, side->id, &info);
    return info;
}

/* -- Scenarios ------------------------------------------------------------- */

struct scenario {
    const char *name;
    char handler;                  /* of the rogue */
    char main;
    bool storm;
    bool init_loops;
    const char *fault;             /* part of its sentence; NULL: none */
};

static const struct scenario scenarios[] = {
    { "quiet", '0', '0', false, false, NULL },
    { "loop-handler", '1', '0', false, false, "stopped" },
    { "loop-main", '0', '1', false, false, "stopped" },
    { "loop-start", '0', '0', false, true, NULL },
    { "storm", '0', '0', true, false, NULL },
    { "storm-into-loop", '1', '1', true, false, "stopped" },
    { "hold-handler", '6', '0', false, false, "masked longer" },
    { "hold-main", '0', '3', false, false, "masked longer" },
    { "leak-handler", '7', '0', false, false, NULL },
    { "leak-main", '0', '4', false, false, NULL },
    { "trap-handler", '2', '0', false, false, "unreachable" },
    { "trap-main", '0', '2', false, false, "unreachable" },
    { "smash-handler", '4', '0', false, false, "out of bounds" },
    { "smash-main", '0', '5', false, false, "out of bounds" },
    { "grow-handler", '3', '0', false, false, "handler" },
    { "grow-main", '0', '6', false, false, NULL },
    { "wait-handler", '5', '0', false, false, NULL },
    { "wait-main", '0', '7', false, false, NULL },
    { "repend", '8', '0', true, false, NULL },
};

#define N_SCENARIOS (sizeof(scenarios) / sizeof(scenarios[0]))

static bool
is_done(const struct scenario *scenario)
{
    uint32_t n_rogue = entity("rogue0 line").activations +
                       entity("rogue0 main").activations;

    if (scenario->fault && container(&bench.rogue).faults == 0) {
        return false;
    }
    /* Long enough for the victim to be harmed. */
    return entity("victim main").activations >= 3 &&
           entity("victim line").activations >= 5 && bench.n_control >= 20 &&
           (scenario->fault || scenario->init_loops || n_rogue >= 6);
}

static void
run_until_done(const struct scenario *scenario)
{
    uint64_t end_ns = now() + PATIENCE;

    while (!is_done(scenario) && now() < end_ns) {
        (void)wio_runtime_run(bench.runtime);
        bench.port.core->delay_ns(bench.port.ctx, 5 * MS);
    }
}

/* What arrived late is counted a least distance later. */
static bool
all_counted(const struct side *side, const char *name)
{
    uint64_t end_ns = now() + PATIENCE;
    struct wio_entity_info info;
    uint32_t n;

    do {
        bench.port.core->delay_ns(bench.port.ctx, 5 * MS);
        info = entity(name);
        n = info.n_accepted + info.n_coalesced + info.n_dropped;
    } while (n != side->storm.n_sent && now() < end_ns);
    return n == side->storm.n_sent;
}

static const char *
judge_rogue(const struct scenario *scenario)
{
    struct wio_container_info info = container(&bench.rogue);
    struct wio_entity_info line = entity("rogue0 line");
    uint64_t most = (now() - bench.begin_ns) / (rogue_us[2] * 1000ull) + 1;

    if (scenario->init_loops) {
        return bench.rogue.id == 0 ? NULL : "an endless start was let in";
    }
    if (line.n_accepted > most) {
        return "more than one activation a least distance";
    }
    if (!scenario->fault) {
        if (info.faults != 0) {
            return info.fault.text[0] ? "the rogue is faulted"
                                      : "the rogue is faulted, untold";
        }
        return all_counted(&bench.rogue, "rogue0 line")
                   ? NULL
                   : "edges of the rogue are lost";
    }
    if (info.faults != 1 || info.state != WIO_STATE_FAULTED) {
        return "the rogue is not faulted";
    }
    if (!strstr(info.fault.text, scenario->fault)) {
        printf("# %s\n", info.fault.text);
        return "the fault is another one";
    }
    return line.suspended || entity("rogue0 main").suspended
               ? NULL
               : "the faulted one goes on";
}

static const char *
judge(const struct scenario *scenario)
{
    struct wio_container_info info = container(&bench.victim);

    if (!is_done(scenario)) {
        return "the others do not go on";
    }
    if (info.faults != 0 || entity("victim main").overruns != 0 ||
        entity("victim line").overruns != 0) {
        printf("# %s\n", info.fault.text);
        return "the victim is harmed";
    }
    if (!all_counted(&bench.victim, "victim line")) {
        return "edges of the victim are lost";
    }
    return judge_rogue(scenario);
}

/* NULL, or what is wrong. */
static const char *
play_loaded(const struct scenario *scenario)
{
    struct wio_report report = { .code = 0 };
    const char *wrong;
    int err = load(&bench.victim, WIO_LINUX_ROGUE, "victim", '0', '0',
                   victim_us, &report);

    bench.begin_ns = now();
    if (err == 0) {
        bench.victim.storm = (struct storm){
            .port = bench.linux_port, .line = LINE_VICTIM, .n_each = 1,
            .every_us = 10000,
        };
        bench.rogue.storm = (struct storm){
            .port = bench.linux_port, .line = LINE_ROGUE, .n_each = 1,
            .every_us = scenario->storm ? 0 : 20000,
        };
        err = load(&bench.rogue, scenario->init_loops ? WIO_LINUX_INIT_LOOPS
                                                      : WIO_LINUX_ROGUE,
                   "rogue0", scenario->handler, scenario->main, rogue_us,
                   &report);
    }
    if (scenario->init_loops && err == WIO_ERR_OUT_OF_BUDGET) {
        bench.rogue.id = 0;
        err = 0;
    }
    if (err) {
        printf("# %s\n", report.text);
        return "a container is refused";
    }
    if (storm_start(&bench.victim.storm) || storm_start(&bench.rogue.storm)) {
        return "no thread for the storm";
    }
    run_until_done(scenario);
    storm_stop(&bench.victim.storm);
    storm_stop(&bench.rogue.storm);
    wrong = judge(scenario);
    (void)wio_runtime_unload(bench.runtime, bench.victim.id);
    if (bench.rogue.id) {
        (void)wio_runtime_unload(bench.runtime, bench.rogue.id);
    }
    return wrong;
}

static const char *
play(const struct scenario *scenario, enum without without)
{
    const char *wrong = create(without) ? play_loaded(scenario)
                                        : "the board does not start";

    wio_linux_destroy(bench.linux_port);
    return wrong;
}

static const struct scenario *
find(const char *name)
{
    for (uint32_t i = 0; i < N_SCENARIOS; i++) {
        if (strcmp(scenarios[i].name, name) == 0) {
            return &scenarios[i];
        }
    }
    abort();
}

/* True when the scenario fails, or never ends, without the protection. */
static bool
shows(const char *name, enum without without)
{
    int status;
    pid_t child;

    fflush(stdout);
    child = fork();
    if (child == 0) {
        (void)alarm(HANG_S);
        _exit(play(find(name), without) != NULL);
    }
    return child > 0 && waitpid(child, &status, 0) == child &&
           !(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* -- Tests ----------------------------------------------------------------- */

static void
scenario(void **state)
{
    const struct scenario *scenario = *state;
    const char *wrong = play(scenario, NOTHING);

    if (wrong) {
        fail_msg("%s: %s", scenario->name, wrong);
    }
}

static void
without_throttle_a_storm_shows(void **state)
{
    (void)state;
    assert_true(shows("storm", THROTTLE));
}

static void
without_budget_a_loop_shows(void **state)
{
    (void)state;
    assert_true(shows("loop-main", BUDGET));
}

static void
without_lock_limit_a_held_lock_shows(void **state)
{
    (void)state;
    assert_true(shows("hold-main", LOCK_LIMIT));
}

int
main(int argc, char **argv)
{
    struct CMUnitTest tests[N_SCENARIOS + 3] = {
        [N_SCENARIOS] = cmocka_unit_test(without_throttle_a_storm_shows),
        cmocka_unit_test(without_budget_a_loop_shows),
        cmocka_unit_test(without_lock_limit_a_held_lock_shows),
    };

    for (uint32_t i = 0; i < N_SCENARIOS; i++) {
        tests[i] = (struct CMUnitTest){
            .name = scenarios[i].name,
            .test_func = scenario,
            .initial_state = (void *)(uintptr_t)&scenarios[i],
        };
    }
    plain = argc > 1 && strcmp(argv[1], "plain") == 0;
    return cmocka_run_group_tests_name(plain ? "linux rogue, plain"
                                             : "linux rogue", tests, NULL,
                                       NULL);
}
