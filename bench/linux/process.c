/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A driver as a process of its own: what a call of it costs.
 *
 *     bench_linux_process run pipe|eventfd|direct N
 *     bench_linux_process time pipe|eventfd|direct none|same|other N
 *
 *   pipe      request and answer are bytes in two pipes
 *   eventfd   request and answer are in shared memory, two eventfds wake
 *   direct    the same function, called: what isolates nothing
 *
 * A call is one register access: the driver checks the offset, writes and reads
 * a word of a page that is shared, and answers. The client has no register, the
 * driver nothing of the client's. `run` is for tools that count; `time` prints
 * "time <way> <pin> best median p90 max", ns, over N calls, both processes
 * anywhere, on the same processor, or on two.
 */
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define N_REGISTERS 16u
#define N_WARM 200u
#define N_MAX 200000u

struct message {
    uint32_t off;              /* bytes */
    uint32_t value;
};

/* Shared: what a device would be, and the place of requests and answers. */
struct shared {
    volatile uint32_t registers[N_REGISTERS];
    struct message message;
};

enum way { PIPE, EVENTFD, DIRECT, N_WAYS };
static const char *const way_names[N_WAYS] = { "pipe", "eventfd", "direct" };

static struct shared *shared;
static int to_driver[2];       /* a pipe, or one eventfd twice */
static int to_client[2];
static uint64_t ns_of[N_MAX];

__attribute__((noreturn)) static void
give_up(const char *what)
{
    perror(what);
    exit(1);
}

static bool
get(int fd, void *bytes, size_t n)
{
    return read(fd, bytes, n) == (ssize_t)n;
}

static void
put(int fd, const void *bytes, size_t n)
{
    if (write(fd, bytes, n) != (ssize_t)n) {
        give_up("write");
    }
}

/* The driver's work, the same in every way. */
__attribute__((noinline)) static void
serve(struct message *message)
{
    if (message->off % 4u == 0 && message->off / 4u < N_REGISTERS) {
        shared->registers[message->off / 4u] = message->value;
        message->value = shared->registers[message->off / 4u];
    }
}

/* -- The driver's process ---------------------------------------------------- */

__attribute__((noreturn)) static void
drive(enum way way)
{
    const uint64_t one = 1;
    struct message message;
    uint64_t n;

    if (way == PIPE) {
        (void)close(to_driver[1]);
        while (get(to_driver[0], &message, sizeof message)) {
            serve(&message);
            put(to_client[1], &message, sizeof message);
        }
    } else {
        while (get(to_driver[0], &n, sizeof n) &&
               shared->message.off != UINT32_MAX) {
            serve(&shared->message);
            put(to_client[1], &one, sizeof one);
        }
    }
    _exit(0);
}

static void
pin(unsigned processor)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET(processor, &set);
    if (sched_setaffinity(0, sizeof set, &set) != 0) {
        give_up("a processor to run on");
    }
}

static pid_t
start(enum way way, const char *where)
{
    pid_t child;

    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) {
        give_up("memory");
    }
    if (way == DIRECT) {
        return 0;
    }
    if (way == PIPE) {
        if (pipe(to_driver) != 0 || pipe(to_client) != 0) {
            give_up("pipe");
        }
    } else {
        to_driver[0] = to_driver[1] = eventfd(0, 0);
        to_client[0] = to_client[1] = eventfd(0, 0);
    }
    child = fork();
    if (child < 0) {
        give_up("fork");
    }
    if (strcmp(where, "none") != 0) {
        pin(child == 0 && strcmp(where, "other") == 0 ? 1 : 0);
    }
    if (child == 0) {
        drive(way);
    }
    return child;
}

static void
end(enum way way, pid_t child)
{
    const uint64_t one = 1;

    if (way == DIRECT) {
        return;
    }
    if (way == PIPE) {
        (void)close(to_driver[1]);
    } else {
        shared->message.off = UINT32_MAX;
        put(to_driver[1], &one, sizeof one);
    }
    (void)waitpid(child, NULL, 0);
}

/* -- The client ---------------------------------------------------------------- */

static uint32_t
call(enum way way, uint32_t off, uint32_t value)
{
    struct message message = { .off = off, .value = value };
    uint64_t n = 1;

    switch (way) {
    case PIPE:
        put(to_driver[1], &message, sizeof message);
        if (!get(to_client[0], &message, sizeof message)) {
            give_up("no answer");
        }
        return message.value;
    case EVENTFD:
        shared->message = message;
        put(to_driver[1], &n, sizeof n);
        if (!get(to_client[0], &n, sizeof n)) {
            give_up("no answer");
        }
        return shared->message.value;
    default:
        serve(&message);
        return message.value;
    }
}

static uint64_t
now_ns(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static int
compare(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a;
    const uint64_t y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

static int
run(enum way way, uint32_t n)
{
    const pid_t child = start(way, "none");
    uint32_t sum = 0;

    for (uint32_t i = 0; i < n; i++) {
        sum += call(way, 4u * (i % N_REGISTERS), i);
    }
    end(way, child);
    printf("result %s %u %08x\n", way_names[way], n, sum);
    return 0;
}

static int
measure(enum way way, const char *where, uint32_t n)
{
    const pid_t child = start(way, where);

    for (uint32_t i = 0; i < N_WARM; i++) {
        (void)call(way, 0, i);
    }
    for (uint32_t i = 0; i < n; i++) {
        const uint64_t before = now_ns();

        (void)call(way, 4u * (i % N_REGISTERS), i);
        ns_of[i] = now_ns() - before;
    }
    end(way, child);
    qsort(ns_of, n, sizeof ns_of[0], compare);
    printf("time %s %s %llu %llu %llu %llu\n", way_names[way], where,
           (unsigned long long)ns_of[0], (unsigned long long)ns_of[n / 2],
           (unsigned long long)ns_of[n * 9u / 10u],
           (unsigned long long)ns_of[n - 1]);
    return 0;
}

static enum way
way_of(const char *name)
{
    enum way way = PIPE;

    while (way < N_WAYS && strcmp(name, way_names[way]) != 0) {
        way++;
    }
    return way;
}

int
main(int argc, char **argv)
{
    const enum way way = argc > 2 ? way_of(argv[2]) : N_WAYS;
    const uint32_t n =
        argc > 3 ? (uint32_t)strtoul(argv[argc - 1], NULL, 10) : 0;

    if (way < N_WAYS && n > 0 && argc == 4 && strcmp(argv[1], "run") == 0) {
        return run(way, n);
    }
    if (way < N_WAYS && n > 0 && n <= N_MAX && argc == 5 &&
        strcmp(argv[1], "time") == 0) {
        return measure(way, argv[3], n);
    }
    fprintf(stderr, "usage: bench_linux_process run pipe|eventfd|direct N\n"
            "       bench_linux_process time pipe|eventfd|direct "
            "none|same|other N\n");
    return 2;
}
