/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Linux port with the whole product on it: how soon, how late.
 *
 *     bench_linux_latency [--plain] [--load N] [N]
 *
 * N edges (2000 unless told) with nobody computing, N with a main that
 * computes half the time, and the stops of that main. --load: N processes that
 * compute all the time beside it.
 */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <wio/runtime.h>

#include "linux/linux_port.h"
#include "samples.h"

#define LINE 2u
#define EVERY_US 3000u              /* beyond the least distance */
#define CONTROL_NS 1000000u
#define MS 1000000u
#define LOADS_MAX 16u

static struct samples latency;
static struct samples overshoot;
static struct samples jitter;
static struct samples irq_off;

static struct wio_linux *linux_port;
static struct wio_port port;
static struct wio_port_sched_ops ops;
static struct wio_port_core_ops core;
static const struct wio_port *inner;
static uint64_t runtime_memory[32768];
static uint64_t container_memory[8192];
static uint8_t board[16384];
static uint8_t module[16384];
static volatile uint64_t sent_ns;
static volatile bool sends;

static bool measures_stops;
static uint64_t budget_begin_ns;
static uint32_t budget_ticks;

/* -- Seams ----------------------------------------------------------------- */

static uint32_t
read_nothing(void *ctx, uint32_t off, uint32_t width)
{
    (void)ctx;
    (void)off;
    (void)width;
    return 0;
}

static void
stamp(void *ctx, uint32_t off, uint32_t width, uint32_t value)
{
    (void)ctx;
    (void)off;
    (void)width;
    (void)value;
    samples_add(&latency, samples_now_ns() - sent_ns);
}

static const struct wio_mmio_ops stamp_ops = { read_nothing, stamp };

static int
controller(void *ctx, const struct wio_controller_info *info,
           struct wio_controller *out)
{
    if (strcmp(info->compatible, "wasmio,memory") == 0) {
        *out = (struct wio_controller){ .ops.mmio = &stamp_ops };
        return 0;
    }
    return inner->controller(ctx, info, out);
}

/* Only main runs: its budget begins with one swap and ends with the next. */
static uint32_t
swap(void *ctx, uint32_t ticks)
{
    if (measures_stops) {
        uint64_t now = samples_now_ns();

        if (ticks == 0 && budget_ticks > MS &&
            now - budget_begin_ns >= budget_ticks) {
            samples_add(&overshoot, now - budget_begin_ns - budget_ticks);
        }
        budget_ticks = ticks;
        budget_begin_ns = now;
    }
    return inner->sched->budget_swap(ctx, ticks);
}

/* The first SAMPLES_MAX times that interrupts were kept out: between the
 * outermost save and what it is restored by. */
static uint64_t off_since_ns;

static uint32_t
irq_save(void *ctx)
{
    uint32_t key = inner->core->irq_save(ctx);

    if (key == 0) {
        off_since_ns = samples_now_ns();
    }
    return key;
}

static void
irq_restore(void *ctx, uint32_t key)
{
    if (key == 0) {
        samples_add(&irq_off, samples_now_ns() - off_since_ns);
    }
    inner->core->irq_restore(ctx, key);
}

static uint64_t control_ns;

static void
control(void *arg)
{
    uint64_t now = samples_now_ns();
    uint64_t distance = now - control_ns;

    (void)arg;
    if (control_ns != 0) {
        samples_add(&jitter, distance > CONTROL_NS ? distance - CONTROL_NS
                                                   : CONTROL_NS - distance);
    }
    control_ns = now;
}

/* -- Running --------------------------------------------------------------- */

static uint32_t
read_file(const char *path, uint8_t *bytes, uint32_t size)
{
    FILE *file = fopen(path, "rb");
    size_t n = file ? fread(bytes, 1, size, file) : 0;

    if (!file || n == 0 || n == size) {
        fprintf(stderr, "cannot read %s: build it first\n", path);
        exit(2);
    }
    (void)fclose(file);
    return (uint32_t)n;
}

static void *
send(void *arg)
{
    (void)arg;
    while (sends) {
        (void)usleep(EVERY_US + (unsigned)(samples_now_ns() % 1000));
        sent_ns = samples_now_ns();
        (void)wio_linux_raise(linux_port, LINE, 1);
    }
    return NULL;
}

static pthread_t
start_sending(void)
{
    pthread_attr_t attr;
    cpu_set_t anywhere;
    pthread_t thread;

    sends = true;
    memset(&anywhere, 0xff, sizeof(anywhere));
    (void)pthread_attr_init(&attr);
    (void)pthread_attr_setinheritsched(&attr, PTHREAD_EXPLICIT_SCHED);
    (void)pthread_attr_setaffinity_np(&attr, sizeof(anywhere), &anywhere);
    if (pthread_create(&thread, &attr, send, NULL)) {
        exit(2);
    }
    (void)pthread_attr_destroy(&attr);
    return thread;
}

static void
die(const char *what, const struct wio_report *report)
{
    fprintf(stderr, "%s: %s\n", what, report->text);
    exit(2);
}

static struct wio_runtime *
create(bool plain, bool stops)
{
    const struct wio_linux_config linux_config = { .no_realtime = plain };
    struct wio_report report = { .code = 0 };
    struct wio_runtime_config config = {
        .port = &port, .board = board, .memory = runtime_memory,
        .memory_bytes = sizeof(runtime_memory),
        .board_len = read_file(BENCH_LINUX_BOARD, board, sizeof(board)),
    };
    struct wio_runtime *runtime;

    if (wio_linux_create(&linux_config, &linux_port, &report)) {
        die("port", &report);
    }
    inner = wio_linux_port(linux_port);
    port = *inner;
    ops = *inner->sched;
    ops.budget_swap = swap;
    port.sched = &ops;
    core = *inner->core;
    core.irq_save = irq_save;
    core.irq_restore = irq_restore;
    port.core = &core;
    port.controller = controller;
    measures_stops = stops;
    budget_ticks = 0;
    control_ns = 0;
    if (wio_runtime_create(&config, &runtime, &report)) {
        die("runtime", &report);
    }
    if (!stops && wio_runtime_host_task(runtime, "control", control, NULL)) {
        exit(2);
    }
    return runtime;
}

static void
measure(const char *file, bool plain, bool stops, uint32_t n)
{
    struct wio_runtime *runtime = create(plain, stops);
    struct wio_report report = { .code = 0 };
    struct samples *what = stops ? &overshoot : &latency;
    uint32_t n_bytes = read_file(file, module, sizeof(module));
    uint64_t end_ns = samples_now_ns() + 120000ull * MS;
    wio_container_id id;
    pthread_t thread;

    latency.n = overshoot.n = jitter.n = irq_off.n = 0;
    if (wio_runtime_load(runtime, module, n_bytes, container_memory,
                         sizeof(container_memory), &id, &report)) {
        die("container", &report);
    }
    if (!stops) {
        thread = start_sending();
    }
    while (what->n < n && samples_now_ns() < end_ns) {
        (void)wio_runtime_run(runtime);
        port.core->delay_ns(port.ctx, 20 * MS);
    }
    if (!stops) {
        sends = false;
        (void)pthread_join(thread, NULL);
    }
    (void)wio_runtime_unload(runtime, id);
    wio_linux_destroy(linux_port);
}

static void
compute_until_killed(pid_t *child)
{
    *child = fork();
    if (*child == 0) {
        for (volatile uint32_t n = 0;; n++) {
        }
    }
}

int
main(int argc, char **argv)
{
    pid_t loads[LOADS_MAX];
    uint32_t n_loads = 0;
    uint32_t n = 2000;
    bool plain = false;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--plain") == 0) {
            plain = true;
        } else if (strcmp(argv[i], "--load") == 0 && i + 1 < argc) {
            n_loads = (uint32_t)strtoul(argv[++i], NULL, 10);
            n_loads = n_loads < LOADS_MAX ? n_loads : LOADS_MAX;
        } else {
            n = (uint32_t)strtoul(argv[i], NULL, 10);
        }
    }
    for (uint32_t i = 0; i < n_loads; i++) {
        compute_until_killed(&loads[i]);
    }
    puts("what,n,min_us,median_us,p99_us,p99.9_us,max_us");
    measure(BENCH_LINUX_PROBE, plain, false, n);
    samples_print(&latency, "edge_to_store_asleep");
    samples_print(&jitter, "control_jitter_asleep");
    measure(BENCH_LINUX_LOOPS, plain, false, n);
    samples_print(&latency, "edge_to_store_computing");
    samples_print(&jitter, "control_jitter_computing");
    samples_print(&irq_off, "irq_off");
    measure(BENCH_LINUX_LOOPS, plain, true, n / 4);
    samples_print(&overshoot, "stop_overshoot");
    for (uint32_t i = 0; i < n_loads; i++) {
        (void)kill(loads[i], SIGKILL);
        (void)waitpid(loads[i], NULL, 0);
    }
    return 0;
}
