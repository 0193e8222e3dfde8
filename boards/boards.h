/* SPDX-License-Identifier: Apache-2.0 */
/*
 * boards/boards.h - the boards of this tree, embedded for tools and tests
 *
 * Firmware embeds its own board only and does not use this. Any context.
 */
#ifndef WIO_BOARDS_H
#define WIO_BOARDS_H

#include <stdint.h>

struct wio_board_entry {
    const char *name;          /* "mps2-an386": the folder */
    const uint8_t *blob;       /* devicetree blob */
    uint32_t len;
    const char *kind;          /* "qemu", "sim" or "linux" */
    const char *summary;       /* one line */
};

/* By name, NULL when there is none. */
const struct wio_board_entry *wio_boards_find(const char *name);
/* The @i-th in order of name, NULL beyond the last. */
const struct wio_board_entry *wio_boards_at(uint32_t i);

#endif
