/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/span.h - a read-only run of bytes and a cursor over one
 *
 * Nothing here allocates or keeps state; safe in any context. All bounds are
 * checked by subtraction, so no sum of untrusted numbers can wrap.
 */
#ifndef WIO_BASE_SPAN_H
#define WIO_BASE_SPAN_H

#include <stdbool.h>
#include <stdint.h>

/* @bytes may be NULL only when @len is 0. Not zero-terminated. */
struct wio_span {
    const uint8_t *bytes;
    uint32_t len;
};

/* True when @span holds exactly the characters of @text. */
bool wio_span_is(struct wio_span span, const char *text);
bool wio_span_equal(struct wio_span a, struct wio_span b);

/* The core uses no libc; a freestanding compiler expects memcpy and memset of
 * its environment all the same (gcc manual, "Standards"), and so these two are
 * what the platform does fastest. Not overlapping; with @n_bytes 0 nothing is
 * done, whatever the pointers. */
void wio_copy(void *to, const void *from, uint32_t n_bytes);
void wio_fill(void *to, uint8_t value, uint32_t n_bytes);
uint32_t wio_text_len(const char *text);

#endif
