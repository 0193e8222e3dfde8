/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/report.h - filling a report (wio/report.h) and formatting text
 *
 * A formatter of ours, because the core has no libc. Any context; no
 * allocation.
 */
#ifndef WIO_BASE_REPORT_H
#define WIO_BASE_REPORT_H

#include <stdarg.h>
#include <stdint.h>

#include <wio/config.h>
#include <wio/report.h>

#include "base/span.h"

/**
 * wio_report_fail - record @code and a sentence, unless one is there already
 * @format: %s (char *, NULL prints "?"), %S (const struct wio_span *: what is
 *          not printable ASCII prints as '?'), %u %x (uint32_t), %d (int32_t),
 *          %% ; no widths, no flags
 *
 * Returns @code, so that a check ends in `return wio_report_fail(...)`.
 */
int wio_report_fail(struct wio_report *report, int code,
                    const char *format, ...);

/* The same without a sentence: the text is the name of @code. */
int wio_report_code(struct wio_report *report, int code);

#if !WIO_CFG_SENTENCES
/* The sentence is still compiled, so that it stays correct, but never run, so
 * that the compiler leaves it and its text out. The first is defined nowhere. */
int wio_report_unsaid_(const char *format, ...);
#define wio_report_fail(report, code, ...) \
    (0 ? wio_report_unsaid_(__VA_ARGS__) : wio_report_code(report, code))
#endif

/* The same for any buffer; always terminates, returns the length written. */
uint32_t wio_format(char *text, uint32_t size, const char *format, ...);
uint32_t wio_format_va(char *text, uint32_t size, const char *format,
                       va_list args);

#endif
