/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ports/linux/linux_port.h - containers as threads of a Linux process
 *
 *   timerfd, eventfd --> dispatcher --signal--> the thread that has the
 *                                               processor: stubs, then hands
 *                                               it to a more urgent thread
 *                                               and waits to get it back
 *
 * One thread at a time executes; which, is decided by levels and never by the
 * kernel's scheduler, so the order of everything is as on a controller,
 * whatever the process is permitted. How soon depends on the kernel: see
 * README.md for what was measured and what is promised.
 *
 * Context: the thread that creates the port is the background. It alone calls
 * the functions of the runtime, and those here unless they say otherwise.
 * While it sleeps or works, its system calls can be interrupted (EINTR).
 * Whoever preempts must not take a lock that the preempted may hold: host
 * tasks do not allocate and do not use stdio.
 */
#ifndef WIO_LINUX_PORT_H
#define WIO_LINUX_PORT_H

#include <stdbool.h>
#include <stdint.h>

#include <wio/port.h>
#include <wio/report.h>

struct wio_linux;

struct wio_linux_config {
    /* Do not ask for SCHED_FIFO, a processor of its own and locked memory. */
    bool no_realtime;
    /* Where lines for people go; NULL: standard error, one write(2) a line.
     * Called in any context. */
    void (*log)(void *arg, enum wio_log_level level, const char *text,
                uint32_t len);
    void *log_arg;
};

/* What the kernel has granted. */
struct wio_linux_realtime {
    bool fifo;                     /* SCHED_FIFO, all on processor @cpu */
    bool locked;                   /* memory */
    bool preempt_rt;               /* the kernel is a real-time one */
    int32_t cpu;                   /* -1: any */
    int32_t top_priority;          /* of the dispatcher, with @fifo */
};

/**
 * wio_linux_create - threads, timers and what the kernel permits
 * One line is logged when SCHED_FIFO is not permitted. SIGURG is taken for the
 * whole process, so there is one port in it. Returns 0, or WIO_ERR_NO_MEMORY or
 * WIO_ERR_LIMIT with the sentence in @report.
 */
WIO_MUST_CHECK
int wio_linux_create(const struct wio_linux_config *config,
                     struct wio_linux **port, struct wio_report *report);

/* After the runtime was used for the last time. */
void wio_linux_destroy(struct wio_linux *port);

const struct wio_port *wio_linux_port(struct wio_linux *port);

struct wio_linux_realtime wio_linux_realtime(const struct wio_linux *port);

/* @n edges of an event line. Any thread, any context: one write(2).
 * WIO_ERR_NO_DEVICE: the board has no such line. */
int wio_linux_raise(struct wio_linux *port, uint32_t line, uint32_t n);

/* The eventfd behind an event line: what is written is a number of edges. It
 * stays the port's. WIO_ERR_NO_DEVICE. */
int wio_linux_line_fd(const struct wio_linux *port, uint32_t line);

#endif
