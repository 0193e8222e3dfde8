/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cap/irq.h - a granted interrupt: the guest's handle to a line
 *
 * What a line does is sched/sched.h's; this layer only keeps who may name it.
 */
#ifndef WIO_CAP_IRQ_H
#define WIO_CAP_IRQ_H

#include <stdint.h>

struct wio_line;

struct wio_irq {
    uint32_t handle;               /* must be first */
    struct wio_line *line;
};

#endif
