/* SPDX-License-Identifier: Apache-2.0 */
#include "base/leb.h"

static void
spoil(struct wio_cursor *c, enum wio_cursor_defect defect)
{
    if (c->bad == WIO_CURSOR_GOOD) {
        c->bad = (uint8_t)defect;
    }
    c->at = c->end;
}

uint8_t
wio_read_u8(struct wio_cursor *c)
{
    if (c->at == c->end) {
        spoil(c, WIO_CURSOR_END);
        return 0;
    }
    return *c->at++;
}

struct wio_span
wio_read_span(struct wio_cursor *c, uint32_t len)
{
    struct wio_span span = { .bytes = c->at, .len = len };

    if (len > (uint32_t)(c->end - c->at)) {
        spoil(c, WIO_CURSOR_END);
        span.bytes = c->at;
        span.len = 0;
        return span;
    }
    c->at += len;
    return span;
}

uint64_t
wio_read_u64_le(struct wio_cursor *c)
{
    struct wio_span span = wio_read_span(c, 8);
    uint64_t value = 0;

    for (uint32_t i = span.len; i > 0; i--) {
        value = value << 8 | span.bytes[i - 1];
    }
    return value;
}

uint32_t
wio_read_u32_le(struct wio_cursor *c)
{
    struct wio_span span = wio_read_span(c, 4);
    uint32_t value = 0;

    for (uint32_t i = span.len; i > 0; i--) {
        value = value << 8 | span.bytes[i - 1];
    }
    return value;
}

/*
 * Core 2.0, section 5.2.2: N-bit integers take at most ceil(N/7) bytes. In the
 * last possible byte only the low N mod 7 bits carry value: the bits above
 * them must be zero when unsigned and copies of the sign bit when signed.
 */
static uint64_t
read_leb(struct wio_cursor *c, uint32_t n_bits, bool is_signed)
{
    uint64_t value = 0;
    uint32_t shift = 0;
    uint8_t byte;

    do {
        byte = wio_read_u8(c);
        if (c->bad) {
            return 0;
        }
        value |= (uint64_t)(byte & 0x7fu) << shift;
        if (n_bits - shift <= 7) {
            uint32_t n_used = n_bits - shift;  /* 1 .. 7 bits of value */
            uint32_t n_plain = is_signed ? n_used - 1 : n_used;
            uint32_t rest = (byte & 0x7fu) >> n_plain;
            uint32_t ones = 0x7fu >> n_plain;

            if (byte & 0x80u) {
                spoil(c, WIO_CURSOR_LONG);
                return 0;
            }
            if (rest != 0 && !(is_signed && rest == ones)) {
                spoil(c, WIO_CURSOR_LARGE);
                return 0;
            }
        }
        shift += 7;
    } while (byte & 0x80u);

    if (is_signed && shift < 64 && (byte & 0x40u)) {
        value |= ~UINT64_C(0) << shift;
    }
    return value;
}

uint32_t
wio_read_leb_u32(struct wio_cursor *c)
{
    /* Nearly every number in a module is below 128. */
    if (c->at != c->end && *c->at < 0x80u) {
        return *c->at++;
    }
    return (uint32_t)read_leb(c, 32, false);
}

int32_t
wio_read_leb_s32(struct wio_cursor *c)
{
    return (int32_t)(uint32_t)read_leb(c, 32, true);
}

int64_t
wio_read_leb_s33(struct wio_cursor *c)
{
    return (int64_t)read_leb(c, 33, true);
}

int64_t
wio_read_leb_s64(struct wio_cursor *c)
{
    return (int64_t)read_leb(c, 64, true);
}
