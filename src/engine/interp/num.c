/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/interp/num.c - see num.h
 *
 * binary32: sign, 8 bits exponent (bias 127), 23 bits mantissa;
 * binary64: sign, 11 bits exponent (bias 1023), 52 bits mantissa
 * (IEEE 754-2019, section 3.4). Below, a "magnitude" is the bits without the
 * sign; magnitudes order like the numbers they stand for.
 */
#include "engine/interp/num.h"

#define F32_INFINITY 0x7f800000u
#define F32_QUIET 0x00400000u
#define F64_INFINITY 0x7ff0000000000000u
#define F64_QUIET 0x0008000000000000u
#define F64_MANTISSA 0x000fffffffffffffu
#define F64_CANONICAL_NAN 0x7ff8000000000000u

/* -- Rounding to an integer ----------------------------------------------- */

/*
 * Rounds a finite magnitude of a format with @n_mantissa bits and @bias. The
 * numbers next to each other are next to each other as magnitudes too, so
 * adding in the mantissa may carry into the exponent and stays right.
 */
static uint64_t
round_magnitude(uint64_t mag, unsigned n_mantissa, unsigned bias, bool away,
                bool nearest)
{
    const uint64_t one = (uint64_t)bias << n_mantissa;
    const unsigned exponent = (unsigned)(mag >> n_mantissa);
    uint64_t below;

    if (exponent >= bias + n_mantissa) {
        return mag;                          /* no bit below the point */
    }
    if (exponent < bias) {                   /* less than one */
        if (nearest) {
            away = mag > one - ((uint64_t)1 << n_mantissa);   /* over 1/2 */
        }
        return away && mag != 0 ? one : 0;
    }
    below = ((uint64_t)1 << (n_mantissa - (exponent - bias))) - 1;
    if (nearest) {
        /* Half less one, and that one back when the integer is odd. With no
         * integer bit in the mantissa the exponent's last bit stands for the
         * integer 1: the bias is odd. */
        mag += (below >> 1) + ((mag & (below + 1)) != 0);
    } else if (away) {
        mag += below;
    }
    return mag & ~below;
}

float
wio_f32_round(float x, enum wio_rounding how)
{
    const uint32_t bits = wio_f32_bits(x);
    const uint32_t sign = bits & WIO_F32_SIGN;
    const uint32_t mag = bits ^ sign;

    if (mag > F32_INFINITY) {
        return wio_f32_from(bits | F32_QUIET);
    }
    return wio_f32_from(sign | (uint32_t)round_magnitude(
        mag, 23, 127, how == (sign ? WIO_ROUND_FLOOR : WIO_ROUND_CEIL),
        how == WIO_ROUND_NEAREST));
}

double
wio_f64_round(double x, enum wio_rounding how)
{
    const uint64_t bits = wio_f64_bits(x);
    const uint64_t sign = bits & WIO_F64_SIGN;
    const uint64_t mag = bits ^ sign;

    if (mag > F64_INFINITY) {
        return wio_f64_from(bits | F64_QUIET);
    }
    return wio_f64_from(sign | round_magnitude(
        mag, 52, 1023, how == (sign ? WIO_ROUND_FLOOR : WIO_ROUND_CEIL),
        how == WIO_ROUND_NEAREST));
}

/* -- Minimum and maximum -------------------------------------------------- */

/* Negative numbers order the other way round as integers; flipping their
 * magnitude makes signed comparison right, with -0 below +0. */
static int32_t
f32_key(uint32_t bits)
{
    return (int32_t)(bits & WIO_F32_SIGN ? bits ^ ~WIO_F32_SIGN : bits);
}

static int64_t
f64_key(uint64_t bits)
{
    return (int64_t)(bits & WIO_F64_SIGN ? bits ^ ~WIO_F64_SIGN : bits);
}

static float
f32_pick(float a, float b, bool greater)
{
    const uint32_t x = wio_f32_bits(a);
    const uint32_t y = wio_f32_bits(b);

    if ((x & ~WIO_F32_SIGN) > F32_INFINITY) {
        return wio_f32_from(x | F32_QUIET);
    }
    if ((y & ~WIO_F32_SIGN) > F32_INFINITY) {
        return wio_f32_from(y | F32_QUIET);
    }
    return wio_f32_from((f32_key(x) > f32_key(y)) == greater ? x : y);
}

static double
f64_pick(double a, double b, bool greater)
{
    const uint64_t x = wio_f64_bits(a);
    const uint64_t y = wio_f64_bits(b);

    if ((x & ~WIO_F64_SIGN) > F64_INFINITY) {
        return wio_f64_from(x | F64_QUIET);
    }
    if ((y & ~WIO_F64_SIGN) > F64_INFINITY) {
        return wio_f64_from(y | F64_QUIET);
    }
    return wio_f64_from((f64_key(x) > f64_key(y)) == greater ? x : y);
}

float
wio_f32_min(float a, float b)
{
    return f32_pick(a, b, false);
}

float
wio_f32_max(float a, float b)
{
    return f32_pick(a, b, true);
}

double
wio_f64_min(double a, double b)
{
    return f64_pick(a, b, false);
}

double
wio_f64_max(double a, double b)
{
    return f64_pick(a, b, true);
}

/* -- Square root ---------------------------------------------------------- */

/*
 * Digit by digit: 54 bits of root of a 108-bit square, whose lower half is
 * zero. The last bit decides the rounding alone: a root that ended exactly
 * there would have a square of over 106 significant bits, and ours has 53.
 */
static uint64_t
root_54(uint64_t square)
{
    uint64_t root = 0;
    uint64_t rest = 0;

    for (unsigned i = 0; i < 54; i++) {
        const uint64_t trial = (root << 2) | 1;

        rest = (rest << 2) | (square >> 52);         /* the next two bits */
        square = (square << 2) & (((uint64_t)1 << 54) - 1);
        root <<= 1;
        if (rest >= trial) {
            rest -= trial;
            root |= 1;
        }
    }
    return root;
}

double
wio_f64_sqrt(double x)
{
    const uint64_t bits = wio_f64_bits(x);
    const uint64_t mag = bits & ~WIO_F64_SIGN;
    uint64_t mantissa = bits & F64_MANTISSA;
    int exponent = (int)(mag >> 52);

    if (mag > F64_INFINITY) {
        return wio_f64_from(bits | F64_QUIET);
    }
    if (mag == 0 || bits == F64_INFINITY) {
        return x;
    }
    if (bits & WIO_F64_SIGN) {
        return wio_f64_from(F64_CANONICAL_NAN);
    }
    if (exponent == 0) {                             /* subnormal */
        const uint32_t shift = wio_clz64(mantissa) - 11;

        mantissa <<= shift;
        exponent = 1 - (int)shift;
    } else {
        mantissa |= F64_MANTISSA + 1;
    }
    exponent -= 1023;
    if (exponent & 1) {                              /* -3 & 1 is 1 too */
        mantissa <<= 1;
        exponent -= 1;
    }
    /* The root's leading bit adds the one that the exponent lacks here. */
    return wio_f64_from(((uint64_t)(exponent / 2 + 1022) << 52) +
                        ((root_54(mantissa) + 1) >> 1));
}

/* Rounding twice is harmless: 53 >= 2 * 24 + 2 (Figueroa, "When is double
 * rounding innocuous?", SIGNUM Newsletter 30(3), 1995). */
float
wio_f32_sqrt(float x)
{
    return wio_f32_demote(wio_f64_sqrt(wio_f64_promote(x)));
}

/* -- Between the formats -------------------------------------------------- */

float
wio_f32_demote(double x)
{
    return (float)x;
}

double
wio_f64_promote(float x)
{
    return (double)x;
}

/* -- Floats to integers --------------------------------------------------- */

enum wio_trap_cause
wio_f64_to_int(double x, unsigned kind, uint64_t *out)
{
    const uint64_t bits = wio_f64_bits(x);
    const bool negative = bits >> 63;
    const unsigned exponent = (unsigned)(bits >> 52) & 0x7ffu;
    const unsigned width = kind & WIO_INT_64 ? 64 : 32;
    uint64_t limit = ~(uint64_t)0 >> (64 - width);   /* of the magnitude */
    uint64_t value = 0;

    if ((bits & ~WIO_F64_SIGN) > F64_INFINITY) {
        if (!(kind & WIO_INT_SATURATE)) {
            return WIO_TRAP_INVALID_CONVERSION;
        }
        *out = 0;
        return WIO_TRAP_NONE;
    }
    if (!(kind & WIO_INT_UNSIGNED)) {
        limit = (limit >> 1) + negative;
    } else if (negative) {
        limit = 0;
    }
    if (exponent >= 1023 + 64) {
        value = ~(uint64_t)0;       /* over every limit, or just saturating */
    } else if (exponent >= 1023) {
        value = (bits << 11 | WIO_F64_SIGN) >> (1023 + 63 - exponent);
    }
    if (value > limit || exponent >= 1023 + 64) {
        if (!(kind & WIO_INT_SATURATE)) {
            return WIO_TRAP_INTEGER_OVERFLOW;
        }
        value = limit;
    }
    if (negative) {
        value = 0 - value;
    }
    *out = value & (~(uint64_t)0 >> (64 - width));
    return WIO_TRAP_NONE;
}

/* -- Integers ------------------------------------------------------------- */

/* By hand: __builtin_popcount is a call with a 256-byte table on Thumb. */
uint32_t
wio_popcnt32(uint32_t x)
{
    x -= (x >> 1) & 0x55555555u;
    x = (x & 0x33333333u) + ((x >> 2) & 0x33333333u);
    x = (x + (x >> 4)) & 0x0f0f0f0fu;
    return (x * 0x01010101u) >> 24;
}
