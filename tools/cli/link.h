/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tools/cli/link.h - the host's end of a controller's console
 *
 * Delivers files (include/wio/transfer.h, docs/reference/transfer.md) and
 * hands over the lines that come in between.
 */
#ifndef WIO_LINK_H
#define WIO_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include <wio/transfer.h>

#define LINK_LINE_MAX 512u

struct link {
    int fd;
    volatile const int *stop;         /* nonzero: give up (a signal came) */
    void (*on_line)(void *arg, const char *line);
    void *arg;
    uint8_t sequence;
    bool has_ended;                   /* the other side closed */
    struct wio_transfer_reader reader;
    bool has_frame;
    uint32_t n_line;
    char line[LINK_LINE_MAX];
    uint32_t at;                      /* of what was read and not yet taken */
    uint32_t n_bytes;
    uint8_t bytes[4096];
};

struct link_result {
    int32_t code;                     /* 0 or why it was refused */
    uint32_t id;
    uint32_t resumed_at;              /* byte it began at */
    char text[WIO_REPORT_TEXT_SIZE];
};

/* Reads what is there, waiting at most @ms. False when the other side ended or
 * the stop flag is set. */
bool link_pump(struct link *link, int ms);

/* Sends a line of text. */
bool link_say(struct link *link, const char *line);

/* Delivers a file, resuming an earlier try. False: the controller did not
 * answer or broke the protocol; *error says which. */
bool link_deliver(struct link *link, const uint8_t *bytes, uint32_t n_bytes,
                  struct link_result *result, const char **error);

#endif
