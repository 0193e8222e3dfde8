/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ports/linux/processor.c - which thread executes
 *
 * A slot that preempts is a call into another thread: who is preempted, in a
 * signal handler at any instruction or in an operation of this port, gives the
 * processor away and waits until the slot's function has returned. So what is
 * preempted goes on only when everything more urgent has ended, with any
 * kernel and any permission.
 *
 * Stubs, timer and budget run on the thread that they interrupt, one after
 * another, with @closed set; so does the change from a thread to the next.
 *
 * What runs in the signal handler: these files and the stubs of the core,
 * futex(2), read(2), timerfd_settime(2), epoll_ctl(2). None takes a lock.
 */
#include <errno.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "linux_internal.h"

/* Coalesced by the kernel like the one line of a processor's interrupt, never
 * refused for want of a queue (as SIGRTMIN can be), ignored by default. */
#define SIGNAL SIGURG
#define STACK_BYTES (256u << 10)

static _Thread_local struct linux_thread *self;

/* -- From thread to thread ------------------------------------------------- */

static void
wake(struct linux_thread *to)
{
    atomic_fetch_add(&to->turn, 1);
    (void)syscall(SYS_futex, &to->turn, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static void
give(struct wio_linux *port, uint32_t to)
{
    linux_clock_give(port);
    atomic_store(&port->owner, to);
    wake(&port->threads[to]);
}

/* False: the port ends. */
static bool
wait_for_turn(struct linux_thread *me)
{
    struct wio_linux *port = me->port;

    for (;;) {
        uint32_t turn = atomic_load(&me->turn);

        if (atomic_load(&port->ending)) {
            return false;
        }
        if (atomic_load(&port->owner) == me->index) {
            linux_clock_take(port);
            return true;
        }
        (void)syscall(SYS_futex, &me->turn, FUTEX_WAIT_PRIVATE, turn, NULL,
                      NULL, 0);
    }
}

/* Closed; so it is again when the slot has ended. */
static void
run_slot(struct wio_linux *port, uint32_t slot)
{
    uint32_t level = port->level;

    port->slots[slot].pending = false;
    port->slots[slot].below = self->index;
    port->level = port->slots[slot].level;
    give(port, slot);
    (void)wait_for_turn(self);
    port->level = level;
}

/* -- Interrupts ------------------------------------------------------------ */

/* What is read from now on is not what it was before. */
static void
shut(struct wio_linux *port)
{
    atomic_store(&port->closed, true);
    atomic_signal_fence(memory_order_seq_cst);
}

static uint32_t
most_urgent(const struct wio_linux *port)
{
    uint32_t floor = port->level < port->ceiling ? port->level
                                                 : port->ceiling;
    uint32_t found = LINUX_SLOTS;

    for (uint32_t i = 0; i < LINUX_SLOTS; i++) {
        if (port->slots[i].pending && port->slots[i].level < floor) {
            floor = port->slots[i].level;
            found = i;
        }
    }
    return found;
}

static void
stubs(struct wio_linux *port, uint32_t came)
{
    if ((came & 1u << LINUX_CLOCK) != 0) {
        linux_clock_event(port);
    }
    for (uint32_t i = 0; i < LINUX_SOURCES; i++) {
        if ((came & 1u << i) != 0) {
            linux_source_event(port, i);
        }
    }
}

/* Closed: all that came, all that is more urgent than what runs; then open. */
static void
settle(struct wio_linux *port)
{
    for (;;) {
        uint32_t came = atomic_exchange(&port->came, 0);
        uint32_t slot;

        if (came != 0) {
            stubs(port, came);
            continue;
        }
        slot = most_urgent(port);
        if (slot < LINUX_SLOTS) {
            run_slot(port, slot);
            continue;
        }
        atomic_store(&port->closed, false);
        if (atomic_load(&port->came) == 0) {
            return;
        }
        shut(port);
    }
}

static void
on_signal(int number)
{
    int saved = errno;
    struct linux_thread *me = self;

    (void)number;
    /* It may come late: whoever has the processor now looks by itself. */
    if (me && atomic_load(&me->port->owner) == me->index &&
        !atomic_load(&me->port->closed)) {
        shut(me->port);
        settle(me->port);
    }
    errno = saved;
}

uint32_t
linux_irq_save(void *ctx)
{
    struct wio_linux *port = ctx;
    bool was = atomic_load(&port->closed);

    shut(port);
    return was;
}

void
linux_irq_restore(void *ctx, uint32_t key)
{
    if (key == 0) {
        settle(ctx);
    }
}

/* -- Threads --------------------------------------------------------------- */

static void *
slot_thread(void *arg)
{
    struct linux_thread *me = arg;
    struct wio_linux *port = me->port;
    const struct linux_slot *slot = &port->slots[me->index];

    self = me;
    while (wait_for_turn(me)) {
        settle(port);
        slot->fn(slot->arg);
        shut(port);
        give(port, slot->below);
    }
    return NULL;
}

static int
take_signal(struct wio_linux *port)
{
    struct sigaction action = { .sa_flags = SA_RESTART };
    sigset_t set;

    action.sa_handler = on_signal;
    sigemptyset(&action.sa_mask);
    if (sigaction(SIGNAL, &action, &port->old_action)) {
        return errno;
    }
    port->takes_signal = true;
    sigemptyset(&set);
    sigaddset(&set, SIGNAL);
    return pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

static void
name_thread(const struct linux_thread *thread)
{
    char name[16];                         /* all that Linux keeps */

    (void)snprintf(name, sizeof(name), "wio-slot-%u", thread->index % 100u);
    (void)pthread_setname_np(thread->id, name);
}

static int
make_threads(struct wio_linux *port)
{
    static const int own[] = {
        SIGNAL, SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT
    };
    pthread_attr_t attr;
    sigset_t all;
    sigset_t old;
    int err = pthread_attr_init(&attr);

    if (err) {
        return err;
    }
    (void)pthread_attr_setstacksize(&attr, STACK_BYTES);
    /* The signals of the process are the background's; those that a thread
     * causes itself are its own. */
    sigfillset(&all);
    for (uint32_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
        sigdelset(&all, own[i]);
    }
    (void)pthread_sigmask(SIG_SETMASK, &all, &old);
    for (uint32_t i = 0; i < LINUX_SLOTS && err == 0; i++) {
        struct linux_thread *thread = &port->threads[i];

        err = pthread_create(&thread->id, &attr, slot_thread, thread);
        thread->exists = err == 0;
        if (thread->exists) {
            name_thread(thread);
        }
    }
    (void)pthread_sigmask(SIG_SETMASK, &old, NULL);
    (void)pthread_attr_destroy(&attr);
    return err;
}

int
linux_processor_start(struct wio_linux *port)
{
    struct linux_thread *me = &port->threads[LINUX_BACKGROUND];
    int err;

    if (self) {
        return EBUSY;                      /* of another port */
    }
    for (uint32_t i = 0; i <= LINUX_SLOTS; i++) {
        port->threads[i].port = port;
        port->threads[i].index = i;
    }
    port->level = LINUX_NO_LEVEL;
    port->ceiling = LINUX_NO_LEVEL;
    atomic_store(&port->owner, LINUX_BACKGROUND);
    me->id = pthread_self();
    self = me;
    err = take_signal(port);
    return err ? err : make_threads(port);
}

void
linux_processor_end(struct wio_linux *port)
{
    atomic_store(&port->ending, true);
    for (uint32_t i = 0; i < LINUX_SLOTS; i++) {
        if (port->threads[i].exists) {
            wake(&port->threads[i]);
            (void)pthread_join(port->threads[i].id, NULL);
        }
    }
    if (port->takes_signal) {
        (void)sigaction(SIGNAL, &port->old_action, NULL);
    }
    if (self && self->port == port) {
        self = NULL;
    }
}

/* -- The dispatcher's side ------------------------------------------------- */

void
linux_interrupt(struct wio_linux *port, uint32_t bits)
{
    uint32_t owner;

    atomic_fetch_or(&port->came, bits);
    owner = atomic_load(&port->owner);
    (void)pthread_kill(port->threads[owner].id, SIGNAL);
}

/* -- Operations ------------------------------------------------------------ */

static int
slot_open(void *ctx, uint32_t slot, uint32_t level, uint32_t group,
          void (*fn)(void *arg), void *arg)
{
    struct wio_linux *port = ctx;

    (void)group;
    if (slot >= LINUX_SLOTS || level >= LINUX_LEVELS) {
        return WIO_ERR_LIMIT;
    }
    port->slots[slot] = (struct linux_slot){
        .fn = fn, .arg = arg, .level = level
    };
    linux_realtime_level(port, slot);
    return 0;
}

static void
slot_level(void *ctx, uint32_t slot, uint32_t level)
{
    struct wio_linux *port = ctx;

    port->slots[slot].level = level;
    linux_realtime_level(port, slot);
}

static void
slot_close(void *ctx, uint32_t slot)
{
    struct wio_linux *port = ctx;

    port->slots[slot].pending = false;
}

static void
pend(void *ctx, uint32_t slot)
{
    struct wio_linux *port = ctx;
    uint32_t key = linux_irq_save(port);

    port->slots[slot].pending = true;
    linux_irq_restore(port, key);
}

static uint32_t
raise_to(void *ctx, uint32_t level)
{
    struct wio_linux *port = ctx;
    uint32_t key = port->ceiling;

    if (level < key) {
        port->ceiling = level;
    }
    return key;
}

static void
lower(void *ctx, uint32_t ceiling)
{
    struct wio_linux *port = ctx;
    uint32_t key = linux_irq_save(port);

    port->ceiling = ceiling;
    linux_irq_restore(port, key);
}

const struct wio_port_sched_ops linux_sched_ops = {
    .n_levels = LINUX_LEVELS,
    .n_slots = LINUX_SLOTS,
    .n_sources = LINUX_SOURCES,
    .tick_hz = 1000000000u,
    .max_ticks = 0x7fffffffu,
    .start = linux_clock_start,
    .slot_open = slot_open,
    .slot_level = slot_level,
    .slot_close = slot_close,
    .pend = pend,
    .raise = raise_to,
    .lower = lower,
    .budget_swap = linux_budget_swap,
    .budget_left = linux_budget_left,
    /* The engine stops at its next safepoint. */
    .guarded = NULL,
    .timer_set = linux_timer_set,
    .source_open = linux_source_open,
    .source_close = linux_source_close,
    .source_mask = linux_source_mask,
    .source_unmask = linux_source_unmask,
    .source_clear = linux_source_clear,
    .source_missed = linux_source_missed,
};
