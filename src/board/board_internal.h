/* SPDX-License-Identifier: Apache-2.0 */
/* board/board_internal.h - how the files of the board walk its tree */
#ifndef WIO_BOARD_BOARD_INTERNAL_H
#define WIO_BOARD_BOARD_INTERNAL_H

#include "board/board.h"
#include "board/rules.h"

/*
 * Nodes with an address of the processor: the children of the root and of the
 * simple buses below it, in blob order. No deeper buses: the boards that need
 * them do not exist here.
 */
struct board_walk {
    const struct wio_fdt *fdt;
    uint32_t bus;            /* node whose child @node is; WIO_FDT_NONE: root */
    uint32_t node;           /* WIO_FDT_NONE at the end */
};

struct board_walk wio_board_walk_(const struct wio_fdt *fdt);
void wio_board_walk_next_(struct board_walk *walk);

/* True when one text of the list property @name is @text. */
bool wio_board_lists_(const struct wio_fdt *fdt, uint32_t node,
                      const char *name, struct wio_span text);

/* A flag property. */
bool wio_board_flag_(const struct wio_fdt *fdt, uint32_t node,
                     const char *name);

/* Index in board->controllers, or -1. */
int32_t wio_board_controller_(const struct wio_board *board, uint32_t node,
                              uint8_t class);

/* The chip selects and chips of an SPI controller are as they must be. */
int wio_board_check_spi_(const struct rule_place *controller);

/* The node of the pin that is chip select @i of controller @controller, or
 * WIO_FDT_NONE: there is none. */
uint32_t wio_board_select_node_(const struct wio_board *board,
                                uint32_t controller, uint32_t i);

/* A container may have the registers of this bus and serve it to others. */
bool wio_board_servable_(const struct wio_fdt *fdt, uint32_t node);

/* Cells of a line of wasmio,registers: offset, width, read, write. */
#define BOARD_RULE_BYTES 16u

#endif
