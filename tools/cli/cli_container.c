/* SPDX-License-Identifier: Apache-2.0 */
#include "cli_container.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "boards/boards.h"

static void
read_config(struct cli_container *c)
{
    struct wio_span section;
    uint32_t n = 0;

    c->has_config = wio_engine_custom_section(c->bytes, (uint32_t)c->n_bytes,
                                              WIO_CONFIG_SECTION, &section,
                                              &n);
    if (!c->has_config) {
        (void)wio_report_fail(&c->config_report, WIO_ERR_NO_CONFIG,
            "the module has no section " WIO_CONFIG_SECTION "; put one in "
            "with `wasmio pack`");
    } else if (n != 1) {
        (void)wio_report_fail(&c->config_report, WIO_ERR_BAD_CONFIG,
            "the module has %u sections " WIO_CONFIG_SECTION "; exactly one "
            "is wanted", n);
    } else {
        int err = wio_config_read(section, &c->arena, &c->config,
                                  &c->config_report);

        c->config_report.code = err;
    }
}

int
cli_open_container(const struct cli_command *command, const char *path,
                   struct cli_container *c)
{
    uint32_t arena_bytes;

    memset(c, 0, sizeof(*c));
    c->path = path;
    c->bytes = cli_read_file(command, path, CLI_MODULE_MAX_BYTES,
                             &c->n_bytes);
    if (!c->bytes) {
        return CLI_USAGE;
    }
    /* A host has room: code, types and tables are a few times the module. */
    arena_bytes = (1u << 20) + 32u * (uint32_t)c->n_bytes;
    c->memory = malloc(arena_bytes);
    if (!c->memory) {
        free(c->bytes);
        return cli_fail(command, CLI_USAGE, "out of memory");
    }
    wio_arena_init(&c->arena, c->memory, arena_bytes);
    read_config(c);
    if (wio_native_read((struct wio_span){ c->bytes, (uint32_t)c->n_bytes },
                        &c->native, &c->module_report) != 0) {
        return CLI_OK;
    }
    if (wio_engine_load(c->bytes, (uint32_t)c->n_bytes, WIO_FEATURE_ALL,
                        &c->arena, &c->module, &c->module_report) != 0) {
        c->module = NULL;
    }
    return CLI_OK;
}

void
cli_close_container(struct cli_container *c)
{
    free(c->bytes);
    free(c->memory);
}

static int
unknown_board(const struct cli_command *command, const char *name)
{
    const char *names[17];
    const char *nearest;
    uint32_t n = 0;

    for (; n < 16 && wio_boards_at(n); n++) {
        names[n] = wio_boards_at(n)->name;
    }
    names[n] = NULL;
    nearest = cli_nearest(name, names);
    return cli_fail(command, CLI_USAGE, "there is no board \"%s\"%s%s%s; "
                    "`wasmio boards` lists them", name,
                    nearest ? "; did you mean \"" : "",
                    nearest ? nearest : "", nearest ? "\"?" : "");
}

int
cli_open_board(const struct cli_command *command, const char *name,
               struct cli_board *board)
{
    const struct wio_board_entry *entry = wio_boards_find(name);
    struct wio_report report = { 0 };
    struct wio_span blob;
    struct stat info;

    memset(board, 0, sizeof(*board));
    if (entry) {
        board->name = entry->name;
        blob = (struct wio_span){ entry->blob, entry->len };
    } else {
        size_t n;

        if (stat(name, &info) != 0 && !strpbrk(name, "/.")) {
            return unknown_board(command, name);
        }
        board->bytes = cli_read_tree(command, name, &n);
        if (!board->bytes) {
            return CLI_USAGE;
        }
        blob = (struct wio_span){ board->bytes, (uint32_t)n };
    }
    if (wio_board_read(blob, &board->board, &report) != 0) {
        free(board->bytes);
        board->bytes = NULL;
        return cli_fail(command, CLI_USAGE, "%s: %s", name, report.text);
    }
    return CLI_OK;
}

void
cli_print_text(struct wio_span text, int width)
{
    for (uint32_t i = 0; i < text.len; i++) {
        uint8_t c = text.bytes[i];

        putchar(c >= 0x20 && c < 0x7f ? c : '?');
    }
    for (int i = (int)text.len; i < width; i++) {
        putchar(' ');
    }
}

json_t *
cli_json_text(struct wio_span text)
{
    json_t *json = json_stringn(text.bytes ? (const char *)text.bytes : "",
                                text.len);

    return json ? json : json_string("?");
}

static char
type_letter(uint8_t type)
{
    switch (type) {
    case WIO_TYPE_I32: return 'i';
    case WIO_TYPE_I64: return 'I';
    case WIO_TYPE_F32: return 'f';
    case WIO_TYPE_F64: return 'F';
    case WIO_TYPE_FUNCREF: return 'r';
    default: return 'x';
    }
}

void
cli_signature(const struct wio_func_type *type, char *text, size_t size)
{
    size_t n = 0;

    for (uint32_t i = 0; i < type->params.len && n + 2 < size; i++) {
        text[n++] = type_letter(type->params.bytes[i]);
    }
    if (n + 1 < size) {
        text[n++] = ':';
    }
    for (uint32_t i = 0; i < type->results.len && n + 1 < size; i++) {
        text[n++] = type_letter(type->results.bytes[i]);
    }
    text[n] = '\0';
}
