/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ports/linux/realtime.c - what the kernel permits
 *
 * Where SCHED_FIFO is permitted all threads of the port are on one processor,
 * by priority: the dispatcher, then a priority a level, then the background.
 * All lie below 50, where a real-time kernel has its interrupt threads: they
 * bring the edges. Where it is not permitted one line says so, and everything
 * works as before, only not in any time.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "linux_internal.h"

#define TOP_PRIORITY 48

/* One line, as the kernel with PREEMPT_RT has it. */
static bool
is_preempt_rt(void)
{
    char c = '0';
    int fd = open("/sys/kernel/realtime", O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        return false;
    }
    if (read(fd, &c, 1) != 1) {
        c = '0';
    }
    (void)close(fd);
    return c == '1';
}

/* New threads of the program do not inherit it. */
static int
set_fifo(pthread_t id, int priority)
{
    const struct sched_param param = { .sched_priority = priority };

    return pthread_setschedparam(id, SCHED_FIFO | SCHED_RESET_ON_FORK, &param);
}

/* The last one permitted: the first serves most interrupts of devices. */
static uint32_t
choose_cpu(const cpu_set_t *allowed)
{
    uint32_t cpu = CPU_SETSIZE - 1;

    while (cpu > 0 && !CPU_ISSET(cpu, allowed)) {
        cpu--;
    }
    return cpu;
}

static void
pin(struct wio_linux *port)
{
    cpu_set_t one;
    uint32_t cpu = choose_cpu(&port->old_cpus);

    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    for (uint32_t i = 0; i <= LINUX_SLOTS; i++) {
        (void)pthread_setaffinity_np(port->threads[i].id, sizeof(one), &one);
    }
    (void)pthread_setaffinity_np(port->dispatcher, sizeof(one), &one);
    port->realtime.cpu = (int32_t)cpu;
}

/* With a limit, what is mapped later would be refused. */
static bool
lock_memory(void)
{
    struct rlimit limit;

    if (geteuid() != 0 && (getrlimit(RLIMIT_MEMLOCK, &limit) != 0 ||
                           limit.rlim_cur != RLIM_INFINITY)) {
        return false;
    }
    return mlockall(MCL_CURRENT | MCL_FUTURE) == 0;
}

static void
warn(struct wio_linux *port, int why)
{
    char text[256];

    (void)snprintf(text, sizeof(text), "SCHED_FIFO is not permitted (%s): "
                   "levels keep their order, but no response time holds; "
                   "permit it with CAP_SYS_NICE or `ulimit -r %d`",
                   strerror(why), TOP_PRIORITY);
    linux_say(port, WIO_LOG_WARN, text);
}

void
linux_realtime_ask(struct wio_linux *port)
{
    struct wio_linux_realtime *realtime = &port->realtime;
    int why;

    realtime->cpu = -1;
    realtime->preempt_rt = is_preempt_rt();
    (void)pthread_getschedparam(pthread_self(), &port->old_policy,
                                &port->old_param);
    (void)pthread_getaffinity_np(pthread_self(), sizeof(port->old_cpus),
                                 &port->old_cpus);
    if (port->config.no_realtime) {
        return;
    }
    why = set_fifo(pthread_self(), TOP_PRIORITY);
    if (why != 0) {
        warn(port, why);
        return;
    }
    realtime->fifo = true;
    realtime->top_priority = TOP_PRIORITY;
    realtime->locked = lock_memory();
    pin(port);
    (void)set_fifo(port->dispatcher, realtime->top_priority);
    (void)set_fifo(pthread_self(),
                   realtime->top_priority - (int)LINUX_LEVELS - 1);
}

void
linux_realtime_level(const struct wio_linux *port, uint32_t slot)
{
    if (port->realtime.fifo) {
        (void)set_fifo(port->threads[slot].id,
                       port->realtime.top_priority - 1 -
                           (int)port->slots[slot].level);
    }
}

void
linux_realtime_end(struct wio_linux *port)
{
    if (port->realtime.fifo) {
        /* Without privilege the mark that was set for forks must stay. */
        if (pthread_setschedparam(pthread_self(), port->old_policy,
                                  &port->old_param)) {
            (void)pthread_setschedparam(pthread_self(),
                                        port->old_policy |
                                            SCHED_RESET_ON_FORK,
                                        &port->old_param);
        }
        (void)pthread_setaffinity_np(pthread_self(), sizeof(port->old_cpus),
                                     &port->old_cpus);
    }
    if (port->realtime.locked) {
        (void)munlockall();
    }
}
