/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A port with levels, by hand: a clock that the test moves, slots that run as
 * nested calls, sources that remember one edge, one countdown, one timer. Time
 * passes only in levels_pass().
 */
#ifndef FAKE_LEVELS_H
#define FAKE_LEVELS_H

#include <stdbool.h>
#include <stdint.h>

#include <wio/port.h>

#define LEVELS_SLOTS 8u
#define LEVELS_SOURCES 4u
#define LEVELS_NONE 0xffu           /* level of the background */

struct levels {
    struct wio_port port;
    struct wio_port_sched_ops ops;
    uint64_t now_ns;
    uint64_t timer_ns;
    uint32_t ticks;                 /* countdown; 0: none */
    bool ended;                     /* the countdown has, and nobody swapped */
    uint32_t irq_off;
    uint32_t level;                 /* of what runs */
    uint32_t ceiling;
    bool above;                     /* a stub, the timer, the budget runs */
    void (*on_timer)(void *arg);
    void (*on_budget)(void *arg);
    void *arg;
    struct {
        void (*fn)(void *arg);
        void *arg;
        uint32_t level;
        bool pending;
    } slots[LEVELS_SLOTS];
    struct {
        void (*fn)(void *arg);
        void *arg;
        bool masked;
        bool remembered;
        uint32_t missed;
        uint32_t n_stubs;
    } sources[LEVELS_SOURCES];
};

void levels_init(struct levels *levels, bool counts);

/* Time passes: timer, budget and whatever they pend happen on the way. */
void levels_pass(struct levels *levels, uint64_t ns);

/* The interrupt of a driver: @fn(@arg) above all levels. */
void levels_interrupt(struct levels *levels, void (*fn)(void *arg), void *arg);

/* An edge at a source. */
void levels_edge(struct levels *levels, uint32_t source);

#endif
