/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ports/linux/linux_internal.h - what the files of this port share
 *
 * The dispatcher is the interrupt controller: it knows which fd has something,
 * remembers it in a bit of @came, and signals the thread that has the
 * processor. All else below belongs to whoever has the processor, and passes
 * from one to the next with it: there is no lock.
 *
 *     dispatcher:     came |= bit; read owner; signal it
 *     who has it:     closed = false; read came
 *     who gets it:    owner = me (by who gives); ...; closed = false; read came
 *
 * These are sequentially consistent, so a bit is seen by the one that was
 * signalled, or by the one that has it by then.
 */
#ifndef WIO_LINUX_INTERNAL_H
#define WIO_LINUX_INTERNAL_H

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "linux_port.h"

#define LINUX_SLOTS 16u
#define LINUX_LEVELS 16u
#define LINUX_SOURCES 16u
#define LINUX_LINES 32u
#define LINUX_BLOCKS 16u
#define LINUX_BLOCK_BYTES 4096u
#define LINUX_BACKGROUND LINUX_SLOTS      /* among threads */
#define LINUX_NO_LEVEL UINT32_MAX         /* of the background; no ceiling */

/* Bits of @came and numbers for epoll: sources first. */
#define LINUX_CLOCK 30u
#define LINUX_CONTROL 31u

/* The line of a block is the number of its page: lines have no other way to
 * their node. */
#define LINUX_LINE_SHIFT 12u

struct linux_thread {
    struct wio_linux *port;
    pthread_t id;
    uint32_t index;
    _Atomic uint32_t turn;         /* futex: how often it was given a turn */
    bool exists;
};

struct linux_slot {
    void (*fn)(void *arg);
    void *arg;
    uint32_t level;
    uint32_t below;                /* thread that waits for its end */
    bool pending;
};

enum linux_line_kind {
    LINUX_LINE_NONE = 0,
    LINUX_LINE_TIMER,
    LINUX_LINE_EVENT
};

/* What the kernel counts for a line. */
struct linux_line {
    uint8_t kind;                  /* enum linux_line_kind */
    int fd;                        /* timerfd or eventfd */
    uint64_t period_us;
    uint32_t n_seen;               /* events read from @fd */
};

struct linux_source {
    void (*fn)(void *arg);
    void *arg;
    struct linux_line *line;
    uint64_t count;                /* events read and not yet told */
    bool open;
    bool masked;
};

/* A register block: memory, or the front of a line. */
struct linux_block {
    struct linux_line *line;       /* NULL: memory */
    _Alignas(8) uint8_t bytes[LINUX_BLOCK_BYTES];
};

/* What counts down, on the clock of linux_spent_ns(). */
struct linux_countdown {
    bool counting;
    bool ended;
    uint64_t end_ns;               /* when @ended: told again at this time */
};

struct wio_linux {
    struct wio_port port;
    struct wio_linux_config config;
    struct wio_linux_realtime realtime;

    /* Shared with the dispatcher. */
    _Atomic uint32_t came;
    _Atomic uint32_t owner;        /* thread that has the processor */
    atomic_bool ending;
    pthread_t dispatcher;
    int epoll_fd;
    int clock_fd;                  /* timerfd */
    int control_fd;                /* eventfd: end */

    /* Of whoever has the processor. */
    atomic_bool closed;            /* interrupts kept out, or above all */
    uint32_t level;                /* of what runs */
    uint32_t ceiling;
    uint64_t spent_ns;             /* until it was last handed over */
    uint64_t since_ns;             /* own clock of the thread at that time */
    uint64_t timer_ns;             /* UINT64_MAX: none */
    uint64_t armed_ns;             /* what clock_fd is set to, or earlier */
    struct linux_countdown countdown;
    void (*on_timer)(void *arg);
    void (*on_budget)(void *arg);
    void *arg;
    struct linux_slot slots[LINUX_SLOTS];
    struct linux_source sources[LINUX_SOURCES];

    struct linux_line lines[LINUX_LINES];
    uint32_t n_blocks;
    struct linux_block blocks[LINUX_BLOCKS];

    struct linux_thread threads[LINUX_SLOTS + 1];
    bool dispatches;               /* the dispatcher exists */
    bool takes_signal;
    struct sigaction old_action;
    int old_policy;                /* of the background, as the next two */
    struct sched_param old_param;
    cpu_set_t old_cpus;
};

uint64_t linux_now_ns(void);
void linux_say(struct wio_linux *port, enum wio_log_level level,
               const char *text);

/* processor.c */
uint32_t linux_irq_save(void *ctx);
void linux_irq_restore(void *ctx, uint32_t key);
/* 0 or an errno. The caller becomes the background. */
int linux_processor_start(struct wio_linux *port);
void linux_processor_end(struct wio_linux *port);
/* From the dispatcher. */
void linux_interrupt(struct wio_linux *port, uint32_t bits);
extern const struct wio_port_sched_ops linux_sched_ops;

/* clock.c: the timer and the countdown, with the processor */
void linux_clock_start(void *ctx, void (*on_timer)(void *arg),
                       void (*on_budget)(void *arg), void *arg);
void linux_clock_event(struct wio_linux *port);
/* Time of the processor, which stands still while it changes hands, from the
 * first of these to the second. */
void linux_clock_give(struct wio_linux *port);
void linux_clock_take(struct wio_linux *port);
uint32_t linux_budget_swap(void *ctx, uint32_t ticks);
uint32_t linux_budget_left(void *ctx);
void linux_timer_set(void *ctx, uint64_t at_ns);

/* lines.c: sources, with the processor */
void linux_source_event(struct wio_linux *port, uint32_t source);
int linux_source_open(void *ctx, uint32_t source,
                      const struct wio_source_info *info,
                      void (*fn)(void *arg), void *arg);
void linux_source_close(void *ctx, uint32_t source);
void linux_source_mask(void *ctx, uint32_t source);
void linux_source_unmask(void *ctx, uint32_t source);
bool linux_source_clear(void *ctx, uint32_t source);
uint32_t linux_source_missed(void *ctx, uint32_t source);

/* dispatcher.c: 0 or an errno */
int linux_dispatcher_start(struct wio_linux *port);
void linux_dispatcher_end(struct wio_linux *port);

/* blocks.c */
int linux_controller(void *ctx, const struct wio_controller_info *info,
                     struct wio_controller *out);
void linux_blocks_end(struct wio_linux *port);

/* realtime.c */
void linux_realtime_ask(struct wio_linux *port);
void linux_realtime_level(const struct wio_linux *port, uint32_t slot);
void linux_realtime_end(struct wio_linux *port);

#endif
