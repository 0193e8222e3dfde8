/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ports/linux/dispatcher.c - the interrupt controller
 *
 * A thread that does nothing but wait for fds and tell the processor. An fd of
 * a line is armed for one report (EPOLLONESHOT) and read by the stub: while
 * its source is masked a storm costs nothing here, and the kernel counts.
 */
#include <errno.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "linux_internal.h"

#define STACK_BYTES (64u << 10)
#define EVENTS_AT_ONCE 16

static void *
dispatch(void *arg)
{
    struct wio_linux *port = arg;
    struct epoll_event events[EVENTS_AT_ONCE];

    for (;;) {
        int n = epoll_wait(port->epoll_fd, events, EVENTS_AT_ONCE, -1);
        uint32_t bits = 0;
        uint64_t count;

        for (int i = 0; i < n; i++) {
            bits |= 1u << events[i].data.u32;
        }
        if ((bits & 1u << LINUX_CONTROL) != 0 || (n < 0 && errno != EINTR)) {
            return NULL;
        }
        if ((bits & 1u << LINUX_CLOCK) != 0 &&
            read(port->clock_fd, &count, sizeof(count)) < 0) {
            bits &= ~(1u << LINUX_CLOCK);  /* set anew meanwhile */
        }
        if (bits != 0) {
            linux_interrupt(port, bits);
        }
    }
}

static int
watch(const struct wio_linux *port, int fd, uint32_t number)
{
    struct epoll_event event = { .events = EPOLLIN, .data.u32 = number };

    return epoll_ctl(port->epoll_fd, EPOLL_CTL_ADD, fd, &event) ? errno : 0;
}

static int
make_thread(struct wio_linux *port)
{
    pthread_attr_t attr;
    sigset_t all;
    sigset_t old;
    int err = pthread_attr_init(&attr);

    if (err) {
        return err;
    }
    (void)pthread_attr_setstacksize(&attr, STACK_BYTES);
    sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &old);
    err = pthread_create(&port->dispatcher, &attr, dispatch, port);
    (void)pthread_sigmask(SIG_SETMASK, &old, NULL);
    (void)pthread_attr_destroy(&attr);
    port->dispatches = err == 0;
    if (port->dispatches) {
        (void)pthread_setname_np(port->dispatcher, "wio-dispatcher");
    }
    return err;
}

int
linux_dispatcher_start(struct wio_linux *port)
{
    int err;

    port->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    port->clock_fd = timerfd_create(CLOCK_MONOTONIC,
                                    TFD_NONBLOCK | TFD_CLOEXEC);
    port->control_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (port->epoll_fd < 0 || port->clock_fd < 0 || port->control_fd < 0) {
        return errno;
    }
    err = watch(port, port->clock_fd, LINUX_CLOCK);
    if (!err) {
        err = watch(port, port->control_fd, LINUX_CONTROL);
    }
    return err ? err : make_thread(port);
}

static void
close_if_open(int fd)
{
    if (fd >= 0) {
        (void)close(fd);
    }
}

void
linux_dispatcher_end(struct wio_linux *port)
{
    const uint64_t one = 1;

    if (port->dispatches &&
        write(port->control_fd, &one, sizeof(one)) == sizeof(one)) {
        (void)pthread_join(port->dispatcher, NULL);
    }
    close_if_open(port->control_fd);
    close_if_open(port->clock_fd);
    close_if_open(port->epoll_fd);
}
