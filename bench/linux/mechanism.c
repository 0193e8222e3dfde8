/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the ways of running a handler cost, without the product:
 *
 *   nested     an eventfd is seen by a dispatcher, which signals the one
 *              thread; the handler is a call in its signal handler
 *   threads    the same, but the signal handler wakes a thread by futex and
 *              waits until it is done (what ports/linux does)
 *   direct     the thread of the handler itself reads the eventfd, beside
 *              whatever else runs: no order of levels
 *   budgets    a timer of 0.2 ms on the thread's processor time, on
 *              CLOCK_MONOTONIC, and a timerfd with a dispatcher
 *
 *     bench_linux_mechanism [--plain] [N]
 *
 * All threads on one processor by SCHED_FIFO, or anywhere with --plain; who is
 * interrupted computes. Edges come from a thread of another processor.
 */
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "samples.h"

#define SIGNAL SIGURG
#define BUDGET_NS 200000

enum way { NESTED, THREADS, DIRECT };

static const char *const way_names[] = { "nested", "threads", "direct" };

static struct samples samples;
static enum way way;
static bool plain;
static uint32_t n_wanted = 2000;
static int edge_fd;
static pthread_t processor;
static _Atomic uint64_t sent_ns;
static _Atomic uint32_t turn;       /* futex of the handler's thread */
static _Atomic uint32_t done;       /* futex of who is interrupted */
static atomic_bool ending;

static void
futex_wait(_Atomic uint32_t *word, uint32_t value)
{
    (void)syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}

static void
futex_post(_Atomic uint32_t *word)
{
    atomic_fetch_add(word, 1);
    (void)syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static void
set_priority(pthread_t thread, int priority)
{
    const struct sched_param param = { .sched_priority = priority };
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET((size_t)sysconf(_SC_NPROCESSORS_ONLN) - 1, &set);
    if (!plain) {
        if (pthread_setschedparam(thread, SCHED_FIFO, &param)) {
            fprintf(stderr, "SCHED_FIFO is not permitted: use --plain\n");
            exit(2);
        }
        (void)pthread_setaffinity_np(thread, sizeof(set), &set);
    }
}

/* The handler's first instruction. */
static void
handle(void)
{
    samples_add(&samples, samples_now_ns() - atomic_load(&sent_ns));
}

static void
on_signal(int number)
{
    int saved = errno;
    uint32_t before = atomic_load(&done);

    (void)number;
    if (way == NESTED) {
        handle();
    } else {
        futex_post(&turn);
        while (atomic_load(&done) == before) {
            futex_wait(&done, before);
        }
    }
    errno = saved;
}

static void *
handler_thread(void *arg)
{
    uint32_t seen = 0;
    uint64_t n;

    (void)arg;
    for (;;) {
        if (way == DIRECT) {
            if (read(edge_fd, &n, sizeof(n)) != sizeof(n)) {
                return NULL;
            }
        } else {
            while (atomic_load(&turn) == seen) {
                futex_wait(&turn, seen);
            }
            seen++;
        }
        if (atomic_load(&ending)) {
            return NULL;
        }
        handle();
        futex_post(&done);
    }
}

static void *
dispatcher_thread(void *arg)
{
    uint64_t n;

    (void)arg;
    while (read(edge_fd, &n, sizeof(n)) == sizeof(n) &&
           !atomic_load(&ending)) {
        (void)pthread_kill(processor, SIGNAL);
    }
    return NULL;
}

static void *
sender_thread(void *arg)
{
    const uint64_t one = 1;

    (void)arg;
    for (uint32_t i = 1; i <= n_wanted; i++) {
        (void)usleep(300);
        atomic_store(&sent_ns, samples_now_ns());
        if (write(edge_fd, &one, sizeof(one)) != sizeof(one)) {
            break;
        }
        while (samples.n < i) {
            (void)usleep(50);
        }
    }
    atomic_store(&ending, true);
    return NULL;
}

/* Not with the priority and processor of whoever asks. */
static void
start_elsewhere(pthread_t *thread, void *(*fn)(void *arg), void *arg)
{
    pthread_attr_t attr;
    cpu_set_t anywhere;

    memset(&anywhere, 0xff, sizeof(anywhere));
    (void)pthread_attr_init(&attr);
    (void)pthread_attr_setinheritsched(&attr, PTHREAD_EXPLICIT_SCHED);
    (void)pthread_attr_setaffinity_np(&attr, sizeof(anywhere), &anywhere);
    if (pthread_create(thread, &attr, fn, arg)) {
        fprintf(stderr, "no thread\n");
        exit(2);
    }
    (void)pthread_attr_destroy(&attr);
}

static void
write_one(int fd)
{
    const uint64_t one = 1;

    if (write(fd, &one, sizeof(one)) != sizeof(one)) {
        exit(2);
    }
}

static void
measure_way(enum way which)
{
    pthread_t handler;
    pthread_t dispatcher;
    pthread_t sender;

    way = which;
    samples.n = 0;
    atomic_store(&ending, false);
    atomic_store(&turn, 0);
    atomic_store(&done, 0);
    edge_fd = eventfd(0, 0);
    start_elsewhere(&sender, sender_thread, NULL);
    start_elsewhere(&handler, handler_thread, NULL);
    set_priority(handler, 40);
    if (which != DIRECT) {
        start_elsewhere(&dispatcher, dispatcher_thread, NULL);
        set_priority(dispatcher, 48);
    }
    set_priority(processor, 31);
    while (!atomic_load(&ending)) {
    }
    (void)pthread_join(sender, NULL);
    futex_post(&turn);
    write_one(edge_fd);
    (void)pthread_join(handler, NULL);
    if (which != DIRECT) {
        write_one(edge_fd);
        (void)pthread_join(dispatcher, NULL);
    }
    (void)close(edge_fd);
    samples_print(&samples, way_names[which]);
}

/* -- Budgets --------------------------------------------------------------- */

static volatile sig_atomic_t fired;

static void
on_fired(int number)
{
    (void)number;
    fired = 1;
}

static void
measure_timer(clockid_t clock, const char *name)
{
    struct sigevent event = { .sigev_notify = SIGEV_SIGNAL,
                              .sigev_signo = SIGUSR1 };
    const struct itimerspec at = { .it_value.tv_nsec = BUDGET_NS };
    timer_t timer;

    samples.n = 0;
    if (timer_create(clock, &event, &timer)) {
        return;
    }
    for (uint32_t i = 0; i < n_wanted / 4; i++) {
        uint64_t begin_ns = samples_now_ns();

        fired = 0;
        (void)timer_settime(timer, 0, &at, NULL);
        while (!fired) {
        }
        samples_add(&samples, samples_now_ns() - begin_ns);
    }
    (void)timer_delete(timer);
    samples_print(&samples, name);
}

static void *
timer_thread(void *arg)
{
    uint64_t n;

    while (read(*(int *)arg, &n, sizeof(n)) == sizeof(n) &&
           !atomic_load(&ending)) {
        (void)pthread_kill(processor, SIGUSR1);
    }
    return NULL;
}

static void
measure_timerfd(void)
{
    const struct itimerspec at = { .it_value.tv_nsec = BUDGET_NS };
    int fd = timerfd_create(CLOCK_MONOTONIC, 0);
    pthread_t thread;

    samples.n = 0;
    atomic_store(&ending, false);
    start_elsewhere(&thread, timer_thread, &fd);
    set_priority(thread, 48);
    for (uint32_t i = 0; i < n_wanted / 4; i++) {
        uint64_t begin_ns = samples_now_ns();

        fired = 0;
        (void)timerfd_settime(fd, 0, &at, NULL);
        while (!fired) {
        }
        samples_add(&samples, samples_now_ns() - begin_ns);
    }
    atomic_store(&ending, true);
    (void)timerfd_settime(fd, 0, &at, NULL);
    (void)pthread_join(thread, NULL);
    (void)close(fd);
    samples_print(&samples, "timer_timerfd_dispatcher");
}

int
main(int argc, char **argv)
{
    struct sigaction action = { .sa_flags = SA_RESTART };

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--plain") == 0) {
            plain = true;
        } else {
            n_wanted = (uint32_t)strtoul(argv[i], NULL, 10);
        }
    }
    processor = pthread_self();
    sigemptyset(&action.sa_mask);
    action.sa_handler = on_signal;
    (void)sigaction(SIGNAL, &action, NULL);
    action.sa_handler = on_fired;
    (void)sigaction(SIGUSR1, &action, NULL);
    puts("what,n,min_us,median_us,p99_us,p99.9_us,max_us");
    for (enum way which = NESTED; which <= DIRECT; which++) {
        measure_way(which);
    }
    measure_timer(CLOCK_THREAD_CPUTIME_ID, "timer_processor_time");
    measure_timer(CLOCK_MONOTONIC, "timer_monotonic");
    measure_timerfd();
    return 0;
}
