/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/diff/drivers/drive.h - a container on the simulated board, wherever
 * that is simulated: on a host, or on a Cortex-M4
 *
 *   file, script, time --> runtime on ports/sim --> lines: every access, what
 *                                                   was logged, every point
 */
#ifndef WIO_TEST_DIFF_DRIVE_H
#define WIO_TEST_DIFF_DRIVE_H

#include <stdint.h>

#include <wio/port.h>

struct drive_job {
    const void *board;             /* the board's description, compiled */
    uint32_t board_bytes;
    const uint8_t *file;           /* the container's; stays */
    uint32_t file_bytes;
    const char *script;            /* of ports/sim */
    const char *operations;        /* "NAME[=NUMBER] ...", called one every
                                      50 ms */
    uint32_t ms;                   /* of virtual time */
    const struct wio_port_native_ops *native;  /* NULL: the port's own */
    void (*put)(void *ctx, const char *text);
    void *ctx;
};

/* 0, or an enum wio_err that is among the lines with its sentence. Not
 * re-entrant: there is one board. */
int drive(const struct drive_job *job);

#endif
