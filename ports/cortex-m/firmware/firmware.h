/* SPDX-License-Identifier: Apache-2.0 */
/*
 * firmware/firmware.h - the controller: slots for containers and a console
 *
 *   console bytes --+-- frames --> transfer --> slot --> wio_runtime_load
 *                   +-- lines  --> command
 *   events --> lines that begin with '@'
 *
 * docs/reference/console.md lists commands and event lines.
 */
#ifndef WIO_FIRMWARE_H
#define WIO_FIRMWARE_H

#include <stdbool.h>
#include <stdint.h>

#include <wio/runtime.h>
#include <wio/transfer.h>

#define LINE_MAX 120u
#define POINTS_MAX 32u            /* of a container: board/config.h */

struct slot {
    wio_container_id id;          /* 0: free */
    uint32_t faults_told;
    uint32_t points_told[POINTS_MAX];   /* what was told last, folded */
    uint8_t module[SLOT_MODULE_BYTES] __attribute__((aligned(8)));
    uint8_t arena[SLOT_ARENA_BYTES] __attribute__((aligned(8)));
};

struct firmware {
    struct wio_runtime *runtime;
    struct wio_transfer transfer;
    struct slot *receiving;       /* where the transfer's bytes go, or NULL */
    char line[LINE_MAX];
    uint32_t n_line;
    bool line_too_long;
    struct slot slots[N_SLOTS];
};

/* -- Output (events.c) -- */

/* A line; @format knows %s, %w (a container's text as one word, whatever is in
 * it), %u (uint32_t) and %d (int32_t) only. */
void say(const char *format, ...);
/* What stands for @c in such a word. */
char as_in_word(char c);

void say_grants(const struct firmware *fw, wio_container_id id);
/* Points and faults that changed since the last call. */
void say_changes(struct firmware *fw);
void say_points(const struct firmware *fw, wio_container_id id);

/* -- Commands (command.c) -- */

void command_line(struct firmware *fw, char *line);

/* The transfer gets a free slot, if there is one. (main.c) */
void offer_slot(struct firmware *fw);

#endif
