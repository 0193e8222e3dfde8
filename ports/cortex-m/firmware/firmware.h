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

#include "natives.h"

#define LINE_MAX 120u
#define POINTS_MAX 32u            /* of a container: board/config.h */

struct slot {
    wio_container_id id;          /* 0: free */
    uint32_t faults_told;
    uint32_t points_told[POINTS_MAX];   /* what was told last, folded */
};

/* The host's control task; its jitter: how far two activations are apart. */
#define CONTROL_BINS 12u          /* of |distance - period|: < 1 us, < 2, 4 .. */

struct control {
    uint32_t period_ns;           /* 0: the board's policy has no such task */
    int32_t state[2];             /* of the plant, and of the integral; Q16 */
    uint64_t at_ns;               /* of the last activation; 0: none yet */
    /* Written at its level; read from the background, each word for itself. */
    uint32_t n;                   /* distances measured */
    uint32_t min_ns;
    uint32_t max_ns;
    uint32_t bins[CONTROL_BINS];
};

struct firmware {
    struct wio_runtime *runtime;
    struct control control;
    uint32_t trace_next;          /* the first entry that was not dumped */
    struct wio_transfer transfer;
    struct slot *receiving;       /* where the transfer's bytes go, or NULL */
    char line[LINE_MAX];
    uint32_t n_line;
    bool line_too_long;
    struct slot slots[N_SLOTS];
};

/* -- Output (events.c) -- */

/* A line; @format knows %s, %w (a container's text as one word, whatever is in
 * it), %u (uint32_t), %U (uint64_t) and %d (int32_t) only. */
void say(const char *format, ...);
/* What stands for @c in such a word. */
char as_in_word(char c);

void say_grants(const struct firmware *fw, wio_container_id id);
/* Points and faults that changed since the last call. */
void say_changes(struct firmware *fw);
void say_points(const struct firmware *fw, wio_container_id id);

/* -- Commands (command.c) -- */

void command_line(struct firmware *fw, char *line);

/* -- Time (times.c): the commands `times` and `trace` without their end -- */

void say_times(const struct firmware *fw);
/* Entries of the trace since the last dump, some more than @max at most. */
void say_trace(struct firmware *fw, uint32_t max);
void forget_trace(struct firmware *fw);
/* Turns it on for @ms and says entries as they come; the console does nothing
 * else meanwhile. */
#define FOLLOW_MS_MAX 60000u
void follow_trace(struct firmware *fw, uint32_t ms);

/* -- The control task (control.c) -- */

/* Registers it; what wio_runtime_host_task() says. */
int control_start(struct control *control, struct wio_runtime *runtime);
void control_reset(struct control *control);

/* The transfer gets the first free slot, if there is one. (main.c) */
void offer_slot(struct firmware *fw);
/* It gets @slot, which is free; a delivery that broke off there may go on. */
void offer(struct firmware *fw, struct slot *slot);

#endif
