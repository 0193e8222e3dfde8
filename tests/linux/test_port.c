/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Linux port by itself: what it asks of the kernel and says when that is
 * refused, its blocks and lines, and that it leaves the process as it was.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "linux/linux_port.h"

#define MS UINT64_C(1000000)
#define NOBODY 65534

static struct wio_linux *linux_port;
static const struct wio_port *port;
static char said[1024];
static uint32_t n_warnings;

static void
keep(void *arg, enum wio_log_level level, const char *text, uint32_t len)
{
    (void)arg;
    n_warnings += level == WIO_LOG_WARN;
    (void)snprintf(said, sizeof(said), "%.*s", (int)len, text);
}

static bool
create(bool no_realtime)
{
    const struct wio_linux_config config = { .no_realtime = no_realtime,
                                             .log = keep };
    struct wio_report report = { .code = 0 };

    n_warnings = 0;
    said[0] = '\0';
    if (wio_linux_create(&config, &linux_port, &report)) {
        return false;
    }
    port = wio_linux_port(linux_port);
    return true;
}

/* -- What the kernel permits ----------------------------------------------- */

static volatile uint32_t n_runs;

static void
count_run(void *arg)
{
    (void)arg;
    n_runs++;
}

static void
nothing(void *arg)
{
    (void)arg;
}

static bool
a_slot_runs(void)
{
    n_runs = 0;
    port->sched->start(port->ctx, nothing, nothing, NULL);
    if (port->sched->slot_open(port->ctx, 0, 3, 0, count_run, NULL)) {
        return false;
    }
    port->sched->pend(port->ctx, 0);
    return n_runs == 1;
}

/* In a process of its own, without any privilege; 0: all is well. */
static int
look_unprivileged(void)
{
    const struct rlimit none = { 0, 0 };
    struct wio_linux_realtime realtime;

    if (setrlimit(RLIMIT_RTPRIO, &none) ||
        (geteuid() == 0 && (setgid(NOBODY) || setuid(NOBODY)))) {
        return 1;
    }
    if (!create(false)) {
        return 2;
    }
    realtime = wio_linux_realtime(linux_port);
    if (realtime.fifo || realtime.cpu != -1 || n_warnings != 1 ||
        !strstr(said, "SCHED_FIFO is not permitted (Operation not "
                      "permitted)")) {
        return 3;
    }
    if (!a_slot_runs()) {
        return 4;
    }
    wio_linux_destroy(linux_port);
    return n_warnings == 1 ? 0 : 5;
}

static void
refused_priority_is_told_once_and_everything_works(void **state)
{
    int status = -1;
    pid_t child;

    (void)state;
    fflush(stdout);
    child = fork();
    if (child == 0) {
        (void)alarm(60);
        _exit(look_unprivileged());
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void
nothing_is_asked_when_told_so(void **state)
{
    struct sched_param param;
    int policy;

    (void)state;
    assert_true(create(true));
    assert_int_equal(pthread_getschedparam(pthread_self(), &policy, &param),
                     0);
    assert_int_equal(policy, SCHED_OTHER);
    assert_false(wio_linux_realtime(linux_port).fifo);
    assert_int_equal(n_warnings, 0);
    assert_true(a_slot_runs());
    wio_linux_destroy(linux_port);
}

static volatile int policy_seen;
static volatile int priority_seen;

static void
look_at_priority(void *arg)
{
    struct sched_param param;
    int policy;

    (void)arg;
    if (pthread_getschedparam(pthread_self(), &policy, &param) == 0) {
        policy_seen = policy & ~SCHED_RESET_ON_FORK;
        priority_seen = param.sched_priority;
    }
}

static void
permitted_priority_is_by_level_and_given_back(void **state)
{
    struct wio_linux_realtime realtime;
    struct sched_param param;
    cpu_set_t before;
    cpu_set_t after;
    int policy;

    (void)state;
    assert_int_equal(sched_getaffinity(0, sizeof(before), &before), 0);
    assert_true(create(false));
    realtime = wio_linux_realtime(linux_port);
    if (!realtime.fifo) {
        assert_int_equal(n_warnings, 1);
        wio_linux_destroy(linux_port);
        print_message("# SCHED_FIFO is not permitted here\n");
        skip();
    }
    assert_int_equal(n_warnings, 0);
    assert_true(realtime.cpu >= 0);
    for (uint32_t level = 0; level < port->sched->n_levels; level++) {
        assert_int_equal(port->sched->slot_open(port->ctx, 0, level, 0,
                                                look_at_priority, NULL), 0);
        port->sched->pend(port->ctx, 0);
        assert_int_equal(policy_seen, SCHED_FIFO);
        assert_int_equal(priority_seen,
                         realtime.top_priority - 1 - (int)level);
    }
    assert_int_equal(pthread_getschedparam(pthread_self(), &policy, &param),
                     0);
    assert_true(param.sched_priority > 0 &&
                param.sched_priority < priority_seen);
    wio_linux_destroy(linux_port);
    assert_int_equal(pthread_getschedparam(pthread_self(), &policy, &param),
                     0);
    assert_int_equal(policy, SCHED_OTHER);
    assert_int_equal(sched_getaffinity(0, sizeof(after), &after), 0);
    assert_true(CPU_EQUAL(&before, &after));
}

static char name_seen[16];

static void
look_at_name(void *arg)
{
    (void)arg;
    (void)pthread_getname_np(pthread_self(), name_seen, sizeof(name_seen));
}

static void
slots_are_threads_with_names(void **state)
{
    (void)state;
    assert_true(create(true));
    assert_int_equal(port->sched->slot_open(port->ctx, 11, 0, 0, look_at_name,
                                            NULL), 0);
    port->sched->pend(port->ctx, 11);
    assert_string_equal(name_seen, "wio-slot-11");
    wio_linux_destroy(linux_port);
}

/* -- Operations ------------------------------------------------------------ */

static void
too_many_slots_and_levels_are_refused(void **state)
{
    const struct wio_port_sched_ops *ops;

    (void)state;
    assert_true(create(true));
    ops = port->sched;
    assert_int_equal(ops->slot_open(port->ctx, ops->n_slots, 0, 0, count_run,
                                    NULL), WIO_ERR_LIMIT);
    assert_int_equal(ops->slot_open(port->ctx, 0, ops->n_levels, 0, count_run,
                                    NULL), WIO_ERR_LIMIT);
    wio_linux_destroy(linux_port);
}

static void
keys_of_irq_save_nest_and_keep_slots_out(void **state)
{
    uint32_t outer;
    uint32_t inner;

    (void)state;
    assert_true(create(true));
    assert_true(a_slot_runs());
    outer = port->core->irq_save(port->ctx);
    inner = port->core->irq_save(port->ctx);
    port->sched->pend(port->ctx, 0);
    port->core->irq_restore(port->ctx, inner);
    assert_int_equal(n_runs, 1);
    port->core->irq_restore(port->ctx, outer);
    assert_int_equal(n_runs, 2);
    wio_linux_destroy(linux_port);
}

static void
slot_that_was_closed_does_not_run(void **state)
{
    uint32_t key;

    (void)state;
    assert_true(create(true));
    assert_true(a_slot_runs());
    key = port->core->irq_save(port->ctx);
    port->sched->pend(port->ctx, 0);
    port->sched->slot_close(port->ctx, 0);
    port->core->irq_restore(port->ctx, key);
    assert_int_equal(n_runs, 1);
    wio_linux_destroy(linux_port);
}

static void
end_of_budget_is_told_until_it_is_swapped(void **state)
{
    uint64_t end_ns;

    (void)state;
    assert_true(create(true));
    n_runs = 0;
    port->sched->start(port->ctx, nothing, count_run, NULL);
    assert_int_equal(port->sched->budget_swap(port->ctx, 1000000), 0);
    end_ns = port->core->now_ns(port->ctx) + 60000 * MS;
    while (n_runs < 3 && port->core->now_ns(port->ctx) < end_ns) {
    }
    assert_true(n_runs >= 3);
    assert_int_equal(port->sched->budget_left(port->ctx), 1);
    assert_int_equal(port->sched->budget_swap(port->ctx, 0), 1);
    n_runs = 0;
    port->core->delay_ns(port->ctx, 5 * MS);
    assert_int_equal(n_runs, 0);
    /* What is left of one that has ended ends at once. */
    assert_int_equal(port->sched->budget_swap(port->ctx, 1), 0);
    assert_int_equal(n_runs, 1);
    (void)port->sched->budget_swap(port->ctx, 0);
    wio_linux_destroy(linux_port);
}

static void
timer_is_never_early(void **state)
{
    (void)state;
    assert_true(create(true));
    n_runs = 0;
    port->sched->start(port->ctx, count_run, nothing, NULL);
    for (uint32_t i = 1; i <= 5; i++) {
        uint64_t at = port->core->now_ns(port->ctx) + 20 * MS;
        uint64_t end_ns = at + 60000 * MS;

        /* Replaced by a later one, and by an earlier one. */
        port->sched->timer_set(port->ctx, at - 18 * MS);
        port->sched->timer_set(port->ctx, at + 100000 * MS);
        port->sched->timer_set(port->ctx, at);
        while (n_runs < i && port->core->now_ns(port->ctx) < end_ns) {
        }
        assert_int_equal(n_runs, i);
        assert_true(port->core->now_ns(port->ctx) >= at);
    }
    port->sched->timer_set(port->ctx, 0);
    assert_int_equal(n_runs, 6);
    wio_linux_destroy(linux_port);
}

/* -- Blocks and lines ------------------------------------------------------ */

static struct wio_controller
block(const char *compatible, uintptr_t base, uint32_t clock_hz)
{
    const struct wio_controller_info info = {
        .class = WIO_CONTROLLER_MMIO, .compatible = compatible, .base = base,
        .size = 16, .clock_hz = clock_hz,
    };
    struct wio_controller controller;

    assert_int_equal(port->controller(port->ctx, &info, &controller), 0);
    return controller;
}

static void
memory_block_is_memory(void **state)
{
    struct wio_controller memory;
    const struct wio_controller_info unknown = {
        .class = WIO_CONTROLLER_MMIO, .compatible = "arm,pl011", .size = 16,
    };
    const struct wio_controller_info large = {
        .class = WIO_CONTROLLER_MMIO, .compatible = "wasmio,memory",
        .size = 1u << 20,
    };

    (void)state;
    assert_true(create(true));
    memory = block("wasmio,memory", 0x20000, 0);
    memory.ops.mmio->write(memory.ctx, 4, 4, 0x11223344);
    memory.ops.mmio->write(memory.ctx, 4, 1, 0x55);
    memory.ops.mmio->write(memory.ctx, 6, 2, 0x6677);
    assert_int_equal(memory.ops.mmio->read(memory.ctx, 4, 4), 0x66773355);
    assert_int_equal(memory.ops.mmio->read(memory.ctx, 5, 1), 0x33);
    assert_int_equal(memory.ops.mmio->read(memory.ctx, 6, 2), 0x6677);
    assert_int_equal(port->controller(port->ctx, &unknown, &memory),
                     WIO_ERR_NOT_SUPPORTED);
    assert_int_equal(port->controller(port->ctx, &large, &memory),
                     WIO_ERR_NO_DEVICE);
    wio_linux_destroy(linux_port);
}

static void
mask_and_count(void *arg)
{
    n_runs++;
    port->sched->source_mask(port->ctx, *(const uint32_t *)arg);
}

static void
lines_are_owned_once_and_edges_only(void **state)
{
    const struct wio_source_info edge = { .line = 2, .trigger = 1 };
    const struct wio_source_info level = { .line = 2, .trigger = 4 };
    const struct wio_source_info pin = { .is_pin = true, .line = 2,
                                         .trigger = 1 };
    const struct wio_source_info none = { .line = 3, .trigger = 1 };
    const struct wio_source_info beyond = { .line = 2000, .trigger = 1 };
    const struct wio_port_sched_ops *ops;
    uint32_t source = 0;

    (void)state;
    assert_true(create(true));
    ops = port->sched;
    (void)block("wasmio,event-line", 0x2000, 0);
    assert_int_equal(ops->source_open(port->ctx, 0, &level, mask_and_count,
                                      &source), WIO_ERR_NOT_SUPPORTED);
    assert_int_equal(ops->source_open(port->ctx, 0, &pin, mask_and_count,
                                      &source), WIO_ERR_NOT_SUPPORTED);
    assert_int_equal(ops->source_open(port->ctx, 0, &none, mask_and_count,
                                      &source), WIO_ERR_NOT_SUPPORTED);
    assert_int_equal(ops->source_open(port->ctx, 0, &beyond, mask_and_count,
                                      &source), WIO_ERR_NOT_SUPPORTED);
    assert_int_equal(ops->source_open(port->ctx, 0, &edge, mask_and_count,
                                      &source), 0);
    assert_int_equal(ops->source_open(port->ctx, 1, &edge, mask_and_count,
                                      &source), WIO_ERR_BUSY);
    ops->source_close(port->ctx, 0);
    assert_int_equal(ops->source_open(port->ctx, 1, &edge, mask_and_count,
                                      &source), 0);
    wio_linux_destroy(linux_port);
}

static bool
runs_come_to(uint32_t n)
{
    uint64_t end_ns = port->core->now_ns(port->ctx) + 60000 * MS;

    while (n_runs < n && port->core->now_ns(port->ctx) < end_ns) {
        port->core->delay_ns(port->ctx, MS);
    }
    return n_runs == n;
}

static void
edges_are_kept_while_masked_and_counted(void **state)
{
    const struct wio_source_info edge = { .line = 2, .trigger = 1 };
    const struct wio_port_sched_ops *ops;
    struct wio_controller line;
    uint32_t source = 0;
    uint32_t key;

    (void)state;
    assert_true(create(true));
    ops = port->sched;
    n_runs = 0;
    line = block("wasmio,event-line", 0x2000, 0);
    assert_int_equal(ops->source_open(port->ctx, 0, &edge, mask_and_count,
                                      &source), 0);
    assert_int_equal(wio_linux_raise(linux_port, 3, 1), WIO_ERR_NO_DEVICE);
    assert_true(wio_linux_line_fd(linux_port, 2) >= 0);
    assert_int_equal(wio_linux_raise(linux_port, 2, 1), 0);
    port->core->delay_ns(port->ctx, 5 * MS);
    assert_int_equal(n_runs, 0);           /* it begins masked */
    ops->source_unmask(port->ctx, 0);
    assert_true(runs_come_to(1));
    line.ops.mmio->write(line.ctx, 0, 4, 5);
    port->core->delay_ns(port->ctx, 5 * MS);
    assert_int_equal(n_runs, 1);           /* the stub has masked it */
    assert_true(ops->source_clear(port->ctx, 0));
    assert_int_equal(ops->source_missed(port->ctx, 0), 4);
    assert_false(ops->source_clear(port->ctx, 0));
    assert_int_equal(ops->source_missed(port->ctx, 0), 0);
    assert_int_equal(line.ops.mmio->read(line.ctx, 4, 4), 6);
    /* Two that come before the stub: one is the interrupt, one is missed. */
    key = port->core->irq_save(port->ctx);
    ops->source_unmask(port->ctx, 0);
    assert_int_equal(wio_linux_raise(linux_port, 2, 2), 0);
    port->core->irq_restore(port->ctx, key);
    assert_true(runs_come_to(2));
    assert_true(ops->source_clear(port->ctx, 0));
    assert_int_equal(ops->source_missed(port->ctx, 0), 0);
    wio_linux_destroy(linux_port);
}

static void
interrupts_are_kept_out_until_restored(void **state)
{
    const struct wio_source_info edge = { .line = 2, .trigger = 1 };
    uint32_t source = 0;
    uint32_t key;

    (void)state;
    assert_true(create(true));
    n_runs = 0;
    (void)block("wasmio,event-line", 0x2000, 0);
    assert_int_equal(port->sched->source_open(port->ctx, 0, &edge,
                                              mask_and_count, &source), 0);
    port->sched->source_unmask(port->ctx, 0);
    key = port->core->irq_save(port->ctx);
    assert_int_equal(wio_linux_raise(linux_port, 2, 1), 0);
    port->core->delay_ns(port->ctx, 50 * MS);
    assert_int_equal(n_runs, 0);
    port->core->irq_restore(port->ctx, key);
    assert_true(runs_come_to(1));
    /* One that is masked while the kernel is asked for the next edge. */
    port->sched->source_unmask(port->ctx, 0);
    port->sched->source_mask(port->ctx, 0);
    assert_int_equal(wio_linux_raise(linux_port, 2, 1), 0);
    port->core->delay_ns(port->ctx, 50 * MS);
    assert_int_equal(n_runs, 1);
    port->sched->source_unmask(port->ctx, 0);
    assert_true(runs_come_to(2));
    wio_linux_destroy(linux_port);
}

static void
timer_line_has_its_period(void **state)
{
    const struct wio_source_info edge = { .line = 1, .trigger = 1 };
    struct wio_controller line;
    uint32_t source = 0;
    uint64_t begin_ns;
    uint64_t took_ns;
    uint32_t n;

    (void)state;
    assert_true(create(true));
    line = block("wasmio,timer-line", 0x1000, 100);
    assert_int_equal(line.ops.mmio->read(line.ctx, 0, 4), 10000);
    assert_int_equal(port->sched->source_open(port->ctx, 0, &edge,
                                              mask_and_count, &source), 0);
    begin_ns = port->core->now_ns(port->ctx);
    line.ops.mmio->write(line.ctx, 0, 4, 1000);
    port->core->delay_ns(port->ctx, 50 * MS);
    took_ns = port->core->now_ns(port->ctx) - begin_ns;
    assert_true(port->sched->source_clear(port->ctx, 0));
    n = 1 + port->sched->source_missed(port->ctx, 0);
    assert_true(n >= 49 && n <= took_ns / MS);
    assert_int_equal(line.ops.mmio->read(line.ctx, 4, 4), n);
    line.ops.mmio->write(line.ctx, 0, 4, 0);
    (void)port->sched->source_clear(port->ctx, 0);
    port->core->delay_ns(port->ctx, 5 * MS);
    assert_false(port->sched->source_clear(port->ctx, 0));
    wio_linux_destroy(linux_port);
}

/* -- Manners --------------------------------------------------------------- */

static volatile uint32_t n_others;

static void
other_handler(int number)
{
    (void)number;
    n_others++;
}

static void
signal_is_given_back(void **state)
{
    struct sigaction action;

    (void)state;
    memset(&action, 0, sizeof(action));
    action.sa_handler = other_handler;
    assert_int_equal(sigaction(SIGURG, &action, NULL), 0);
    assert_true(create(true));
    assert_int_equal(raise(SIGURG), 0);    /* a stray one is harmless */
    assert_true(a_slot_runs());
    wio_linux_destroy(linux_port);
    assert_int_equal(n_others, 0);
    assert_int_equal(raise(SIGURG), 0);
    assert_int_equal(n_others, 1);
}

static void
delay_is_never_short(void **state)
{
    (void)state;
    assert_true(create(true));
    port->sched->start(port->ctx, nothing, nothing, NULL);
    for (uint32_t i = 0; i < 20; i++) {
        uint64_t until = port->core->now_ns(port->ctx) + 2 * MS;

        /* Interrupted in the middle. */
        port->sched->timer_set(port->ctx, until - MS);
        port->core->delay_ns(port->ctx, 2 * MS);
        assert_true(port->core->now_ns(port->ctx) >= until);
    }
    wio_linux_destroy(linux_port);
}

static void
second_port_in_a_thread_is_refused(void **state)
{
    struct wio_report report = { .code = 0 };
    struct wio_linux *second = NULL;

    (void)state;
    assert_true(create(true));
    assert_int_equal(wio_linux_create(NULL, &second, &report), WIO_ERR_LIMIT);
    assert_string_equal(report.text, "the Linux port cannot start its threads "
                                     "and timers: Device or resource busy");
    assert_true(a_slot_runs());
    wio_linux_destroy(linux_port);
}

static void
log_is_one_harmless_line(void **state)
{
    struct wio_report report = { .code = 0 };
    char line[128];
    int ends[2];
    int old = dup(STDERR_FILENO);
    ssize_t n;

    (void)state;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(wio_linux_create(&(struct wio_linux_config){
                         .no_realtime = true }, &linux_port, &report), 0);
    port = wio_linux_port(linux_port);
    assert_true(dup2(ends[1], STDERR_FILENO) >= 0);
    port->core->log(port->ctx, WIO_LOG_ERROR, "a\x1b[2Jb\n", 7);
    assert_true(dup2(old, STDERR_FILENO) >= 0);
    n = read(ends[0], line, sizeof(line));
    assert_int_equal(n, 15);
    assert_memory_equal(line, "error: a?[2Jb?\n", 15);
    close(ends[0]);
    close(ends[1]);
    close(old);
    wio_linux_destroy(linux_port);
}

int
main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test(name)
        T(refused_priority_is_told_once_and_everything_works),
        T(nothing_is_asked_when_told_so),
        T(permitted_priority_is_by_level_and_given_back),
        T(slots_are_threads_with_names),
        T(too_many_slots_and_levels_are_refused),
        T(keys_of_irq_save_nest_and_keep_slots_out),
        T(slot_that_was_closed_does_not_run),
        T(end_of_budget_is_told_until_it_is_swapped),
        T(timer_is_never_early),
        T(memory_block_is_memory),
        T(lines_are_owned_once_and_edges_only),
        T(edges_are_kept_while_masked_and_counted),
        T(interrupts_are_kept_out_until_restored),
        T(timer_line_has_its_period),
        T(signal_is_given_back),
        T(delay_is_never_short),
        T(second_port_in_a_thread_is_refused),
        T(log_is_one_harmless_line),
#undef T
    };

    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests_name("linux port", tests, NULL, NULL);
}
