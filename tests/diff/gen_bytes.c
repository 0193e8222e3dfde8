/* SPDX-License-Identifier: Apache-2.0 */
/* tests/diff/gen_bytes.c - see gen_internal.h. Encodings: Core 2.0, 5.2. */
#include "diff/gen_internal.h"

void
put_byte(struct bytes *out, uint32_t byte)
{
    if (out->n == out->size) {
        out->full = true;
        return;
    }
    out->at[out->n++] = (uint8_t)byte;
}

void
put_u32(struct bytes *out, uint32_t value)
{
    while (value > 0x7f) {
        put_byte(out, (value & 0x7f) | 0x80);
        value >>= 7;
    }
    put_byte(out, value);
}

void
put_s64(struct bytes *out, uint64_t value)
{
    int64_t rest = (int64_t)value;

    while (rest < -64 || rest > 63) {
        put_byte(out, ((uint32_t)rest & 0x7f) | 0x80);
        rest = rest < 0 ? ~(~rest >> 7) : rest >> 7;
    }
    put_byte(out, (uint32_t)rest & 0x7f);
}

void
put_fixed(struct bytes *out, uint64_t bits, uint32_t n_bytes)
{
    for (uint32_t i = 0; i < n_bytes; i++) {
        put_byte(out, (uint32_t)(bits >> 8 * i) & 0xff);
    }
}

void
put_text(struct bytes *out, const char *text)
{
    uint32_t len = 0;

    while (text[len]) {
        len++;
    }
    put_u32(out, len);
    for (uint32_t i = 0; i < len; i++) {
        put_byte(out, (uint8_t)text[i]);
    }
}

uint32_t
put_length(struct bytes *out)
{
    for (uint32_t i = 0; i < 5; i++) {
        put_byte(out, 0);
    }
    return out->n;
}

void
set_length(struct bytes *out, uint32_t at)
{
    uint32_t len = out->n - at;

    if (out->full) {
        return;
    }
    for (uint32_t i = 5; i > 0; i--) {
        out->at[at - i] = (uint8_t)((len & 0x7f) | (i > 1 ? 0x80 : 0));
        len >>= 7;
    }
}

void
put_op(struct bytes *out, uint32_t op)
{
    if (out->census) {
        out->census->plain[op]++;
    }
    put_byte(out, op);
}

void
put_fc(struct bytes *out, uint32_t op)
{
    if (out->census) {
        out->census->fc[op]++;
    }
    put_byte(out, 0xfc);
    put_u32(out, op);
}

void
put_fe(struct bytes *out, uint32_t op)
{
    if (out->census) {
        out->census->fe[op]++;
    }
    put_byte(out, 0xfe);
    put_u32(out, op);
}
