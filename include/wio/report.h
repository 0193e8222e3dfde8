/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wio/report.h - one sentence for people: what is wrong, where, what to do
 *
 * Loaders and tools pass a report down; the first message wins, because the
 * first is the cause and later ones are its consequences. Hot paths carry
 * none. A NULL report is allowed everywhere and costs nothing.
 */
#ifndef WIO_REPORT_H
#define WIO_REPORT_H

#include <stdint.h>

#include <wio/err.h>

#define WIO_REPORT_TEXT_SIZE 192

struct wio_report {
    int32_t code;                      /* enum wio_err; 0 while empty */
    char text[WIO_REPORT_TEXT_SIZE];   /* always terminated; cut with "..." */
};

void wio_report_clear(struct wio_report *report);

/* The name of a result code, as it is written in wio/err.h without WIO_ERR_,
 * lower case with dashes; "ok" for >= 0; "unknown" else. */
const char *wio_strerror(int code);

#endif
