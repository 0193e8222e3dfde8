/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ports/cortex-m/levels.h - interrupts as threads
 *
 *   priority 0x00  budget, timer, stubs, clock     above all levels
 *            0x10  level 0
 *             ..
 *            0xe0  level 13
 *            0xf0  the console's receiver
 *   thread mode    the background: console, loading, telling
 *
 * A slot is an interrupt line that no device has (board.cmake), activated by
 * pending it. Only the top four bits of a priority are used, which is what
 * most parts have. One stack for everything: what runs ends before what it
 * preempted goes on. Facts: Armv7-M Architecture Reference Manual (DDI
 * 0403E.e), B1.5 (exceptions, stacked frame), B3.4 (NVIC), B1.4.3 (BASEPRI).
 */
#ifndef WIO_CORTEX_M_LEVELS_H
#define WIO_CORTEX_M_LEVELS_H

#include "port.h"

extern const struct wio_port_sched_ops cm_sched_ops;

/* The timer comes at least every CM_TIMER_MS, whether anything is due or not,
 * and feeds the watchdog. */
#define CM_TIMER_MS 100u
#define CM_WATCHDOG_MS 250u

/* True while the countdown of what runs has ended: a wait on a bus is over. */
static inline bool
cm_budget_is_over(void)
{
    return cm_budget.state == CM_BUDGET_OVER;
}

/* A deadline of a bus transfer has come, or its activation is over. */
static inline bool
cm_past(uint64_t deadline_ns)
{
    return cm_budget_is_over() || cm_now_ns() >= deadline_ns;
}

/* In the ipsr of a guard: made by direct.c, which has its own way back. */
#define CM_GUARD_DIRECT 0x1000u

/* The code of compiled containers (native.c): all of it lies in one range, each
 * in its own. */
#define CM_NATIVE_MAX 16u

struct cm_native_texts {
    volatile uint32_t begin;
    volatile uint32_t n_bytes;
    struct cm_native_text {
        uint32_t begin;
        uint32_t n_bytes;          /* 0: none */
    } of[CM_NATIVE_MAX];
};

extern struct cm_native_texts cm_native_texts;
extern const struct wio_port_native_ops cm_native_ops;

/* The line of a controller's driver, while a request is under way: @fn(@arg) is
 * called above all levels, as stubs are. False: a source has it. Above all
 * levels or with interrupts kept out, and so are the others. */
bool cm_line_take(uint32_t line, void (*fn)(void *arg), void *arg);
/* No interrupt comes any more, none is left pending. */
void cm_line_drop(uint32_t line);
/* As if the controller had asked. */
void cm_line_pend(uint32_t line);

/* guard.c: see struct wio_port_sched_ops, guarded. */
bool cm_guarded(void *ctx, void (*fn)(void *arg), void *arg);
void cm_unwind(void *ctx);

/* Takes the budget's interrupt: @fn(@arg) is called in it, and what it
 * interrupted, if that is in the engine's loop and guarded, is cut off. */
void cm_guard_start(void (*fn)(void *arg), void *arg);

#endif
