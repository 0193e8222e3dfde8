/* SPDX-License-Identifier: Apache-2.0 */
/* tests/spec/values.c - see values.h */
#include "spec/values.h"

#include "base/report.h"
#include "engine/engine.h"

struct wio_span
spec_read_text(struct wio_cursor *c)
{
    const uint32_t len = wio_read_u32_le(c);

    return wio_read_span(c, len);
}

uint32_t
spec_read_values(struct wio_cursor *c,
                 struct spec_value values[SPEC_MAX_VALUES])
{
    const uint32_t n = wio_read_u32_le(c);

    if (n > SPEC_MAX_VALUES) {
        c->bad = WIO_CURSOR_LARGE;
        return 0;
    }
    for (uint32_t i = 0; i < n; i++) {
        values[i].type = wio_read_u8(c);
        values[i].match = wio_read_u8(c);
        values[i].bits = wio_read_u64_le(c);
    }
    return n;
}

static bool
is_wide(uint8_t type)
{
    return type == WIO_TYPE_I64 || type == WIO_TYPE_F64;
}

bool
spec_to_slots(const struct spec_value *values, uint32_t n,
              uint32_t slots[SPEC_MAX_SLOTS], uint32_t *n_slots)
{
    uint32_t at = 0;

    for (uint32_t i = 0; i < n; i++) {
        if (at + 2 > SPEC_MAX_SLOTS) {
            return false;
        }
        slots[at++] = (uint32_t)values[i].bits;
        if (is_wide(values[i].type)) {
            slots[at++] = (uint32_t)(values[i].bits >> 32);
        }
    }
    *n_slots = at;
    return true;
}

void
spec_from_slots(struct wio_span types, const uint32_t slots[SPEC_MAX_SLOTS],
                struct spec_value values[SPEC_MAX_VALUES])
{
    uint32_t at = 0;

    for (uint32_t i = 0; i < types.len; i++) {
        values[i].type = types.bytes[i];
        values[i].match = SPEC_BITS;
        values[i].bits = slots[at++];
        if (is_wide(values[i].type)) {
            values[i].bits |= (uint64_t)slots[at++] << 32;
        }
    }
}

bool
spec_value_agrees(const struct spec_value *want,
                  const struct spec_value *got)
{
    const bool wide = is_wide(want->type);
    const uint64_t sign = wide ? 0x8000000000000000u : 0x80000000u;
    const uint64_t quiet = wide ? 0x7ff8000000000000u : 0x7fc00000u;

    if (want->type != got->type) {
        return false;
    }
    switch (want->match) {
    case SPEC_BITS:
        return want->bits == got->bits;
    case SPEC_NAN_CANONICAL:
        return (got->bits & ~sign) == quiet;
    case SPEC_NAN_ARITHMETIC:
        return (got->bits & quiet) == quiet;
    case SPEC_ANY_REFERENCE:
        return got->bits != 0;
    default:
        return false;
    }
}

static const char *
type_name(uint8_t type)
{
    switch (type) {
    case WIO_TYPE_I32:
        return "i32";
    case WIO_TYPE_I64:
        return "i64";
    case WIO_TYPE_F32:
        return "f32";
    case WIO_TYPE_F64:
        return "f64";
    case WIO_TYPE_FUNCREF:
        return "funcref";
    case WIO_TYPE_EXTERNREF:
        return "externref";
    default:
        return "unknown";
    }
}

void
spec_print_values(char text[SPEC_TEXT_SIZE],
                  const struct spec_value *values, uint32_t n)
{
    static const char *const matches[] = {
        [SPEC_NAN_CANONICAL] = "nan:canonical",
        [SPEC_NAN_ARITHMETIC] = "nan:arithmetic",
        [SPEC_ANY_REFERENCE] = "not null",
    };
    uint32_t at = wio_format(text, SPEC_TEXT_SIZE, n ? "" : "nothing");

    for (uint32_t i = 0; i < n; i++) {
        const struct spec_value *v = &values[i];

        at += wio_format(text + at, SPEC_TEXT_SIZE - at, "%s%s:",
                         i > 0 ? ", " : "", type_name(v->type));
        if (v->match != SPEC_BITS) {
            at += wio_format(text + at, SPEC_TEXT_SIZE - at, "%s",
                             matches[v->match]);
        } else if (is_wide(v->type)) {
            at += wio_format(text + at, SPEC_TEXT_SIZE - at, "%x:%x",
                             (uint32_t)(v->bits >> 32), (uint32_t)v->bits);
        } else {
            at += wio_format(text + at, SPEC_TEXT_SIZE - at, "%x",
                             (uint32_t)v->bits);
        }
    }
}
