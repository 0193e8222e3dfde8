/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ports/linux/clock.c - one timerfd for the timer and the countdown
 *
 * It is of CLOCK_MONOTONIC: timers on a thread's processor time are as coarse
 * as the tick (docs/design/2026-11-28-linux-port.md). A budget is counted on
 * the monotonic clock too where the threads have SCHED_FIFO. Where they have
 * not, whoever has the processor may be kept from it by any process, for
 * which its guest cannot be blamed: there its own processor time is counted,
 * and a timer that finds some left is set again.
 *
 * The timerfd is set anew only when the next time is earlier than what it is
 * set to; else it fires too early, and is set then. So most activations need
 * no call of the kernel for their budget.
 */
#include <sys/timerfd.h>
#include <time.h>

#include "linux_internal.h"

/* A budget that has ended is told again at this distance until somebody swaps
 * it: the first may have come before the guest began, and been dropped
 * (wio_engine_set_steps). */
#define AGAIN_NS 1000000u
#define NS_PER_S 1000000000u

static uint64_t
read_clock(clockid_t clock)
{
    struct timespec now;

    (void)clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

uint64_t
linux_now_ns(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

/* -- Time of the processor ------------------------------------------------- */

static uint64_t
own_ns(const struct wio_linux *port)
{
    return read_clock(port->realtime.fifo ? CLOCK_MONOTONIC
                                          : CLOCK_THREAD_CPUTIME_ID);
}

static uint64_t
spent_ns(const struct wio_linux *port)
{
    return port->spent_ns + (own_ns(port) - port->since_ns);
}

void
linux_clock_give(struct wio_linux *port)
{
    port->spent_ns = spent_ns(port);
}

void
linux_clock_take(struct wio_linux *port)
{
    port->since_ns = own_ns(port);
}

/* -- Arming ---------------------------------------------------------------- */

/* Closed. */
static void
arm(struct wio_linux *port)
{
    const struct linux_countdown *countdown = &port->countdown;
    uint64_t now = linux_now_ns();
    uint64_t next = port->timer_ns;
    struct itimerspec at = { .it_interval = { 0, 0 } };

    if (countdown->counting) {
        uint64_t spent = spent_ns(port);
        uint64_t end = countdown->end_ns > spent
                           ? now + (countdown->end_ns - spent)
                           : now;

        next = end < next ? end : next;
    }
    if (next <= now) {
        atomic_fetch_or(&port->came, 1u << LINUX_CLOCK);
    } else if (next < port->armed_ns) {
        port->armed_ns = next;
        at.it_value.tv_sec = (time_t)(next / NS_PER_S);
        at.it_value.tv_nsec = (long)(next % NS_PER_S);
        (void)timerfd_settime(port->clock_fd, TFD_TIMER_ABSTIME, &at, NULL);
    }
}

void
linux_clock_event(struct wio_linux *port)
{
    struct linux_countdown *countdown = &port->countdown;
    uint64_t now = linux_now_ns();

    if (port->armed_ns <= now) {
        port->armed_ns = UINT64_MAX;
    }
    if (countdown->counting) {
        uint64_t spent = spent_ns(port);

        if (countdown->end_ns <= spent) {
            countdown->ended = true;
            countdown->end_ns = spent + AGAIN_NS;
            port->on_budget(port->arg);
        }
    }
    if (port->timer_ns <= now) {
        port->timer_ns = UINT64_MAX;
        port->on_timer(port->arg);
    }
    arm(port);
}

/* -- Operations ------------------------------------------------------------ */

void
linux_clock_start(void *ctx, void (*on_timer)(void *arg),
                  void (*on_budget)(void *arg), void *arg)
{
    struct wio_linux *port = ctx;

    port->on_timer = on_timer;
    port->on_budget = on_budget;
    port->arg = arg;
}

static uint32_t
left_at(const struct linux_countdown *countdown, uint64_t spent)
{
    if (!countdown->counting) {
        return 0;
    }
    return countdown->ended || countdown->end_ns <= spent
               ? 1
               : (uint32_t)(countdown->end_ns - spent);
}

uint32_t
linux_budget_left(void *ctx)
{
    struct wio_linux *port = ctx;
    uint32_t key = linux_irq_save(port);
    uint32_t left = left_at(&port->countdown, spent_ns(port));

    linux_irq_restore(port, key);
    return left;
}

uint32_t
linux_budget_swap(void *ctx, uint32_t ticks)
{
    struct wio_linux *port = ctx;
    uint32_t key = linux_irq_save(port);
    uint64_t spent = spent_ns(port);
    uint32_t left = left_at(&port->countdown, spent);

    port->countdown = (struct linux_countdown){
        .counting = ticks != 0,
        /* 1 is what is left of one that has ended. */
        .end_ns = ticks == 1 ? spent : spent + ticks,
    };
    if (ticks != 0) {
        arm(port);
    }
    linux_irq_restore(port, key);
    return left;
}

void
linux_timer_set(void *ctx, uint64_t at_ns)
{
    struct wio_linux *port = ctx;
    uint32_t key = linux_irq_save(port);

    port->timer_ns = at_ns;
    arm(port);
    linux_irq_restore(port, key);
}
