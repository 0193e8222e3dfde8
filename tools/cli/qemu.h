/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tools/cli/qemu.h - a board in QEMU: found, started, ended
 *
 * The firmware is build/firmware/<board>/firmware.elf beside the running
 * program; qemu.args beside it has QEMU's options, one a line.
 */
#ifndef WIO_QEMU_H
#define WIO_QEMU_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "cli.h"

struct qemu {
    pid_t pid;
    int console;               /* the board's console, both ways */
    char folder[64];           /* private, for the socket below */
    char monitor[96];          /* QMP socket */
    char errors[96];           /* what QEMU says on its stderr */
};

struct qemu_options {
    const char *board;
    const char *qmp_path;      /* another QMP socket, for the user; or NULL */
    bool may_build;            /* build the firmware when it is not there */
    bool may_write_progress;   /* on stderr */
};

/* 0, or an exit code after saying why. */
int qemu_start(const struct cli_command *command,
               const struct qemu_options *options, struct qemu *qemu);
void qemu_end(struct qemu *qemu);

/* The last line that QEMU has written on its stderr, "" when there is none. */
void qemu_last_words(const struct qemu *qemu, char *text, size_t size);

/* Sets a property of a device that was plugged in: "sensor", "temperature".
 * 0, or an exit code after saying why. */
int qemu_set(const struct cli_command *command, const struct qemu *qemu,
             const char *device, const char *property, long long value);

#endif
