/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ports/cortex-m/direct.h - what stands between an edge and its handler
 *
 * The stub of a line and the activation of a handler, each a vector of its own in
 * the fewest instructions; see source_direct and slot_direct of
 * struct wio_port_sched_ops. Everything that both need lies in one block each.
 */
#ifndef WIO_CORTEX_M_DIRECT_H
#define WIO_CORTEX_M_DIRECT_H

#include "levels.h"

/* As the stub reads it. */
struct cm_stub {
    volatile uint32_t *mask_word;      /* of the NVIC */
    uint32_t bit;
    uint32_t slot_line;
    struct wio_port_event *event;
    void (*fn)(void *arg, uint64_t now_ns);   /* NULL: that is all */
    void *arg;
};

/* Sets the vector of @line. With interrupts kept out. */
void cm_direct_stub(uint32_t line, const struct cm_stub *stub);
void cm_direct_slot(uint32_t line, struct wio_port_direct *direct);

#endif
