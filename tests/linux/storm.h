/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/linux/storm.h - edges from another thread of the program
 *
 * It has nothing of the port's: no priority, no processor.
 */
#ifndef STORM_H
#define STORM_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "linux/linux_port.h"

struct storm {
    struct wio_linux *port;
    uint32_t line;
    uint32_t n_each;               /* edges in a write */
    uint32_t every_us;             /* 0: as fast as it can */
    uint32_t n_most;               /* edges in all; 0: until it is stopped */
    pthread_t thread;
    volatile bool stop;
    volatile uint32_t n_sent;
};

/* 0 or an errno. */
int storm_start(struct storm *storm);
/* After it n_sent is what was sent. */
void storm_stop(struct storm *storm);

#endif
