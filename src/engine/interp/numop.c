/* SPDX-License-Identifier: Apache-2.0 */
/* Rare integer operators and all float ones, by their Wasm opcode (Core 2.0,
 * section 5.4.7): the loop stays small, and a build can leave floats out. */
#include "engine/interp/module.h"
#include "engine/interp/num.h"
#include "engine/interp/opcodes.h"

static uint64_t
get64(const uint32_t *p)
{
    return (uint64_t)p[1] << 32 | p[0];
}

static void
put64(uint32_t *p, uint64_t value)
{
    p[0] = (uint32_t)value;
    p[1] = (uint32_t)(value >> 32);
}

static uint32_t
divide(uint32_t op, uint64_t a, uint64_t b, uint64_t *r)
{
    if (b == 0) {
        return WIO_TRAP_INTEGER_DIVIDE;
    }
    switch (op) {
    case 0x7f:
        if (a == (uint64_t)1 << 63 && b == UINT64_MAX) {
            return WIO_TRAP_INTEGER_OVERFLOW;
        }
        *r = (uint64_t)((int64_t)a / (int64_t)b);
        return 0;
    case 0x80:
        *r = a / b;
        return 0;
    case 0x81:
        *r = b == UINT64_MAX ? 0 : (uint64_t)((int64_t)a % (int64_t)b);
        return 0;
    default:
        *r = a % b;
        return 0;
    }
}

static uint32_t
int64_op(uint32_t op, uint32_t *d, uint64_t a, uint64_t b)
{
    uint64_t r = 0;
    uint32_t cause = 0;

    switch (op) {
    case 0x50:
        *d = a == 0;
        return 0;
    case 0x79:
        r = wio_clz64(a);
        break;
    case 0x7a:
        r = wio_ctz64(a);
        break;
    case 0x7b:
        r = wio_popcnt64(a);
        break;
    case 0x89:
        r = wio_rotl64(a, b);
        break;
    case 0x8a:
        r = wio_rotr64(a, b);
        break;
    case 0xc2:
        r = (uint64_t)(int64_t)(int8_t)a;
        break;
    case 0xc3:
        r = (uint64_t)(int64_t)(int16_t)a;
        break;
    case 0xc4:
        r = (uint64_t)(int64_t)(int32_t)a;
        break;
    default:
        cause = divide(op, a, b, &r);
        break;
    }
    if (!cause) {
        put64(d, r);
    }
    return cause;
}

#if WIO_CFG_FLOAT

/* eq ne lt gt le ge, in this order */
static bool
compare(uint32_t which, double a, double b)
{
    switch (which) {
    case 0:
        return a == b;
    case 1:
        return !(a == b);
    case 2:
        return a < b;
    case 3:
        return a > b;
    case 4:
        return a <= b;
    default:
        return a >= b;
    }
}

/* abs neg ceil floor trunc nearest sqrt add sub mul div min max copysign */
static uint32_t
f32_op(uint32_t which, uint32_t x, uint32_t y)
{
    float a = wio_f32_from(x);
    float b = wio_f32_from(y);

    switch (which) {
    case 0:
        return x & 0x7fffffffu;
    case 1:
        return x ^ 0x80000000u;
    case 2:
    case 3:
    case 4:
    case 5:
        return wio_f32_bits(wio_f32_round(a, (enum wio_rounding)(which - 2)));
    case 6:
        return wio_f32_bits(wio_f32_sqrt(a));
    case 7:
        return wio_f32_bits(a + b);
    case 8:
        return wio_f32_bits(a - b);
    case 9:
        return wio_f32_bits(a * b);
    case 10:
        return wio_f32_bits(a / b);
    case 11:
        return wio_f32_bits(wio_f32_min(a, b));
    case 12:
        return wio_f32_bits(wio_f32_max(a, b));
    default:
        return (x & 0x7fffffffu) | (y & 0x80000000u);
    }
}

static uint64_t
f64_op(uint32_t which, uint64_t x, uint64_t y)
{
    const uint64_t sign = (uint64_t)1 << 63;
    double a = wio_f64_from(x);
    double b = wio_f64_from(y);

    switch (which) {
    case 0:
        return x & ~sign;
    case 1:
        return x ^ sign;
    case 2:
    case 3:
    case 4:
    case 5:
        return wio_f64_bits(wio_f64_round(a, (enum wio_rounding)(which - 2)));
    case 6:
        return wio_f64_bits(wio_f64_sqrt(a));
    case 7:
        return wio_f64_bits(a + b);
    case 8:
        return wio_f64_bits(a - b);
    case 9:
        return wio_f64_bits(a * b);
    case 10:
        return wio_f64_bits(a / b);
    case 11:
        return wio_f64_bits(wio_f64_min(a, b));
    case 12:
        return wio_f64_bits(wio_f64_max(a, b));
    default:
        return (x & ~sign) | (y & sign);
    }
}

static uint32_t
truncate(uint32_t *d, double x, bool to64, unsigned kind)
{
    uint64_t r = 0;
    uint32_t cause = (uint32_t)wio_f64_to_int(x, to64 ? kind | WIO_INT_64
                                                      : kind, &r);

    if (!cause) {
        d[0] = (uint32_t)r;
        if (to64) {
            d[1] = (uint32_t)(r >> 32);
        }
    }
    return cause;
}

/* Integers to floats, one to the other: 0xb2 .. 0xbb. */
static void
convert(uint32_t op, uint32_t *d, const uint32_t *a)
{
    switch (op) {
    case 0xb2:
        d[0] = wio_f32_bits((float)(int32_t)a[0]);
        break;
    case 0xb3:
        d[0] = wio_f32_bits((float)a[0]);
        break;
    case 0xb4:
        d[0] = wio_f32_bits((float)(int64_t)get64(a));
        break;
    case 0xb5:
        d[0] = wio_f32_bits((float)get64(a));
        break;
    case 0xb6:
        d[0] = wio_f32_bits(wio_f32_demote(wio_f64_from(get64(a))));
        break;
    case 0xb7:
        put64(d, wio_f64_bits((double)(int32_t)a[0]));
        break;
    case 0xb8:
        put64(d, wio_f64_bits((double)a[0]));
        break;
    case 0xb9:
        put64(d, wio_f64_bits((double)(int64_t)get64(a)));
        break;
    case 0xba:
        put64(d, wio_f64_bits((double)get64(a)));
        break;
    default:
        put64(d, wio_f64_bits(wio_f64_promote(wio_f32_from(a[0]))));
        break;
    }
}

static uint32_t
float_op(uint32_t op, uint32_t *d, const uint32_t *a, const uint32_t *b)
{
    if (op <= 0x60) {
        *d = compare(op - 0x5b, (double)wio_f32_from(*a),
                     (double)wio_f32_from(*b));
    } else if (op <= 0x66) {
        *d = compare(op - 0x61, wio_f64_from(get64(a)),
                     wio_f64_from(get64(b)));
    } else if (op <= 0x98) {
        *d = f32_op(op - 0x8b, *a, *b);
    } else if (op <= 0xa6) {
        put64(d, f64_op(op - 0x99, get64(a), get64(b)));
    } else if (op >= WIO_NUM_SAT || op <= 0xb1) {
        bool sat = op >= WIO_NUM_SAT;
        uint32_t i = sat ? op - WIO_NUM_SAT
                         : op <= 0xab ? op - 0xa8 : op - 0xae + 4;

        return truncate(d, i & 2u ? wio_f64_from(get64(a))
                                  : (double)wio_f32_from(*a), i >= 4,
                        (i & 1u ? WIO_INT_UNSIGNED : 0u) |
                        (sat ? WIO_INT_SATURATE : 0u));
    } else {
        convert(op, d, a);
    }
    return 0;
}

#else

static uint32_t
float_op(uint32_t op, uint32_t *d, const uint32_t *a, const uint32_t *b)
{
    (void)op;
    (void)d;
    (void)a;
    (void)b;
    return WIO_TRAP_UNREACHABLE; /* the loader refuses such modules */
}

#endif

uint32_t
wio_num_op(uint32_t op, uint32_t *d, const uint32_t *a, const uint32_t *b)
{
    switch (op) {
    case 0x67:
        *d = wio_clz32(*a);
        return 0;
    case 0x68:
        *d = wio_ctz32(*a);
        return 0;
    case 0x69:
        *d = wio_popcnt32(*a);
        return 0;
    case 0x50:
    case 0x79:
    case 0x7a:
    case 0x7b:
    case 0xc2:
    case 0xc3:
    case 0xc4:
        return int64_op(op, d, get64(a), 0);
    case 0x7f:
    case 0x80:
    case 0x81:
    case 0x82:
    case 0x89:
    case 0x8a:
        return int64_op(op, d, get64(a), get64(b));
    default:
        return float_op(op, d, a, b);
    }
}
