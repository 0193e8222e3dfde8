/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/leb.h - a byte cursor and LEB128 (WebAssembly Core 2.0, section 5.2.2)
 *
 * The cursor never passes @end: a read beyond it sets @bad and yields 0, so a
 * decoder may check once after a group of reads. Encodings longer than the
 * shortest must decode (up to ceil(N/7) bytes, unused bits as the rule says).
 */
#ifndef WIO_BASE_LEB_H
#define WIO_BASE_LEB_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

enum wio_cursor_defect {
    WIO_CURSOR_GOOD = 0,
    WIO_CURSOR_END,        /* "unexpected end" */
    WIO_CURSOR_LONG,       /* "integer representation too long" */
    WIO_CURSOR_LARGE       /* "integer too large" */
};

struct wio_cursor {
    const uint8_t *at;
    const uint8_t *end;
    uint8_t bad;           /* enum wio_cursor_defect, the first one */
};

static inline struct wio_cursor
wio_cursor(const uint8_t *bytes, uint32_t len)
{
    /* An empty span may have no address, and NULL + 0 is not defined in C. */
    return (struct wio_cursor){ .at = bytes, .end = len ? bytes + len : bytes };
}

uint8_t wio_read_u8(struct wio_cursor *c);
uint32_t wio_read_u32_le(struct wio_cursor *c);     /* 4 bytes, fixed */
uint64_t wio_read_u64_le(struct wio_cursor *c);
uint32_t wio_read_leb_u32(struct wio_cursor *c);
int32_t wio_read_leb_s32(struct wio_cursor *c);
int64_t wio_read_leb_s33(struct wio_cursor *c);
int64_t wio_read_leb_s64(struct wio_cursor *c);

/* The next @len bytes, and the cursor behind them. */
struct wio_span wio_read_span(struct wio_cursor *c, uint32_t len);

#endif
