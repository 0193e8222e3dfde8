/* SPDX-License-Identifier: Apache-2.0 */
/* tools/cli/cli_container.h - containers and boards as the tools see them */
#ifndef WIO_CLI_CONTAINER_H
#define WIO_CLI_CONTAINER_H

#include <jansson.h>

#include "board/board.h"
#include "board/config.h"
#include "cli.h"
#include "engine/engine.h"
#include "runtime/native.h"

#define CLI_MODULE_MAX_BYTES (16u << 20)

struct cli_container {
    const char *path;
    uint8_t *bytes;
    size_t n_bytes;
    void *memory;                    /* of @arena */
    struct wio_arena arena;
    struct wio_module *module;       /* NULL: it does not load */
    struct wio_native_file native;   /* is_there: it is compiled */
    bool has_config;                 /* the section is there */
    struct wio_container_config config;  /* when config_report.code is 0 */
    struct wio_report module_report;
    struct wio_report config_report; /* code 0 and has_config: good */
};

struct cli_board {
    uint8_t *bytes;                  /* to free, or NULL */
    const char *name;                /* of this tree, or NULL */
    struct wio_board board;
};

/* Reads and loads @path. CLI_OK even when module or configuration are bad (the
 * reports say so), CLI_USAGE after saying that the file cannot be read. */
int cli_open_container(const struct cli_command *command, const char *path,
                       struct cli_container *container);
void cli_close_container(struct cli_container *container);

/* @name: of a board of this tree, or a path of a .dts or .dtb. CLI_OK, or
 * CLI_USAGE after saying why. The caller frees @board->bytes. */
int cli_open_board(const struct cli_command *command, const char *name,
                   struct cli_board *board);

/* Untrusted text on a terminal: what is not printable ASCII as '?', padded
 * with blanks to @width. */
void cli_print_text(struct wio_span text, int width);

/* The same as a JSON string. */
json_t *cli_json_text(struct wio_span text);

/* "iii:i": one letter a value as in engine.h; @text has @size bytes. */
void cli_signature(const struct wio_func_type *type, char *text, size_t size);

#endif
