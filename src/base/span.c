/* SPDX-License-Identifier: Apache-2.0 */
#include "base/span.h"

bool
wio_span_is(struct wio_span span, const char *text)
{
    uint32_t i = 0;

    while (i < span.len && text[i] != '\0') {
        if (span.bytes[i] != (uint8_t)text[i]) {
            return false;
        }
        i++;
    }
    return i == span.len && text[i] == '\0';
}

bool
wio_span_equal(struct wio_span a, struct wio_span b)
{
    if (a.len != b.len) {
        return false;
    }
    for (uint32_t i = 0; i < a.len; i++) {
        if (a.bytes[i] != b.bytes[i]) {
            return false;
        }
    }
    return true;
}

void
wio_copy(void *to, const void *from, uint32_t n_bytes)
{
    if (n_bytes > 0) {
        __builtin_memcpy(to, from, n_bytes);
    }
}

void
wio_fill(void *to, uint8_t value, uint32_t n_bytes)
{
    if (n_bytes > 0) {
        __builtin_memset(to, value, n_bytes);
    }
}

uint32_t
wio_text_len(const char *text)
{
    uint32_t len = 0;

    while (text[len] != '\0') {
        len++;
    }
    return len;
}
