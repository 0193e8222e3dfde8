/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tools/cli/registers.h - the registers that a compiled container reaches in
 * line: what its board's policy grants it beside what is loaded already
 */
#ifndef WIO_CLI_REGISTERS_H
#define WIO_CLI_REGISTERS_H

#include "cli_container.h"
#include "emit/emit.h"

struct registers {
    struct cli_board board;
    uint8_t *memory;               /* of the rules */
    struct wio_emit_window windows[WIO_CONFIG_MAX_NEEDS];
    uint32_t n_windows;
};

/* @beside: files of containers that are loaded before it, in order.
 * On a @board that grants the container nothing there are none. CLI_OK, or
 * CLI_USAGE after saying why. What is granted is compared again at each load. */
int registers_find(const struct cli_command *command,
                   const struct cli_container *container, const char *board,
               const char *const *beside, uint32_t n_beside,
                   struct registers *registers);
void registers_free(struct registers *registers);

#endif
