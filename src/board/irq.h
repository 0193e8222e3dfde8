/* SPDX-License-Identifier: Apache-2.0 */
/* board/irq.h - matching needs of class irq; internal to src/board */
#ifndef WIO_BOARD_IRQ_H
#define WIO_BOARD_IRQ_H

#include "board/board.h"

struct irq_match {
    const struct wio_board *board;
    const struct wio_container_config *config;
    const struct wio_claims *claims;      /* or NULL */
    const struct wio_grant *grants;       /* of all needs, the others done */
    const struct wio_need *need;
    struct wio_report *report;
};

/* Fills *@grant, or WIO_ERR_NO_MATCH with the sentence. The interrupt is
 * claimed by a number of its own, beside that of its device. */
int wio_board_match_irq_(const struct irq_match *match,
                         struct wio_grant *grant);

/* The device's node of an irq grant. */
uint32_t wio_board_irq_node_(const struct wio_grant *grant);

#endif
