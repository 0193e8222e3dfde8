/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/interp/num.h - the numeric operators C has no exact operator for
 *
 * Freestanding: no libm, no floating-point state, no errno. Written on the
 * bits of the numbers, because on a core without a floating-point unit every
 * float operation is a call; sharing one routine a family keeps the text
 * small.
 *
 * NaN: every result that is a NaN is quiet, and canonical when all NaN inputs
 * are (Core 2.0, section 4.3.3, "NaN Propagation"). The exceptions are abs,
 * neg and copysign, which only touch the sign bit. A float is passed by value
 * here; loads, stores, constants and reinterpretations must move bits
 * instead, or an x87 unit would quiet a signalling NaN on the way.
 *
 * Addition, subtraction, multiplication, division, comparison and the
 * conversions from integers are C's own: IEEE 754 with round-to-nearest in
 * the compilers and libgcc routines used here. Any context.
 *
 * Facts: WebAssembly Core Specification 2.0, sections 4.3.2 to 4.3.4.
 */
#ifndef WIO_ENGINE_INTERP_NUM_H
#define WIO_ENGINE_INTERP_NUM_H

#include <stdint.h>

#include "engine/engine.h"

/* -- Bits ----------------------------------------------------------------- */

static inline uint32_t
wio_f32_bits(float x)
{
    union {
        float f;
        uint32_t u;
    } v = { .f = x };

    return v.u;
}

static inline float
wio_f32_from(uint32_t bits)
{
    union {
        uint32_t u;
        float f;
    } v = { .u = bits };

    return v.f;
}

static inline uint64_t
wio_f64_bits(double x)
{
    union {
        double f;
        uint64_t u;
    } v = { .f = x };

    return v.u;
}

static inline double
wio_f64_from(uint64_t bits)
{
    union {
        uint64_t u;
        double f;
    } v = { .u = bits };

    return v.f;
}

/* The sign operators on bits, for an interpreter that keeps bits anyway. */
#define WIO_F32_SIGN 0x80000000u
#define WIO_F64_SIGN 0x8000000000000000u

static inline float
wio_f32_abs(float x)
{
    return wio_f32_from(wio_f32_bits(x) & ~WIO_F32_SIGN);
}

static inline float
wio_f32_neg(float x)
{
    return wio_f32_from(wio_f32_bits(x) ^ WIO_F32_SIGN);
}

static inline float
wio_f32_copysign(float x, float sign)
{
    return wio_f32_from((wio_f32_bits(x) & ~WIO_F32_SIGN) |
                        (wio_f32_bits(sign) & WIO_F32_SIGN));
}

static inline double
wio_f64_abs(double x)
{
    return wio_f64_from(wio_f64_bits(x) & ~WIO_F64_SIGN);
}

static inline double
wio_f64_neg(double x)
{
    return wio_f64_from(wio_f64_bits(x) ^ WIO_F64_SIGN);
}

static inline double
wio_f64_copysign(double x, double sign)
{
    return wio_f64_from((wio_f64_bits(x) & ~WIO_F64_SIGN) |
                        (wio_f64_bits(sign) & WIO_F64_SIGN));
}

/* -- Rounding to an integer ----------------------------------------------- */

enum wio_rounding {
    WIO_ROUND_CEIL,
    WIO_ROUND_FLOOR,
    WIO_ROUND_TRUNC,
    WIO_ROUND_NEAREST    /* ties to even */
};

float wio_f32_round(float x, enum wio_rounding how);
double wio_f64_round(double x, enum wio_rounding how);

static inline float
wio_f32_ceil(float x)
{
    return wio_f32_round(x, WIO_ROUND_CEIL);
}

static inline float
wio_f32_floor(float x)
{
    return wio_f32_round(x, WIO_ROUND_FLOOR);
}

static inline float
wio_f32_trunc(float x)
{
    return wio_f32_round(x, WIO_ROUND_TRUNC);
}

static inline float
wio_f32_nearest(float x)
{
    return wio_f32_round(x, WIO_ROUND_NEAREST);
}

static inline double
wio_f64_ceil(double x)
{
    return wio_f64_round(x, WIO_ROUND_CEIL);
}

static inline double
wio_f64_floor(double x)
{
    return wio_f64_round(x, WIO_ROUND_FLOOR);
}

static inline double
wio_f64_trunc(double x)
{
    return wio_f64_round(x, WIO_ROUND_TRUNC);
}

static inline double
wio_f64_nearest(double x)
{
    return wio_f64_round(x, WIO_ROUND_NEAREST);
}

/* -- Others --------------------------------------------------------------- */

/* -0 is less than +0; a NaN operand wins. */
float wio_f32_min(float a, float b);
float wio_f32_max(float a, float b);
double wio_f64_min(double a, double b);
double wio_f64_max(double a, double b);

/* Correctly rounded, by integer arithmetic. */
float wio_f32_sqrt(float x);
double wio_f64_sqrt(double x);

/* Rounded to nearest, even on ties; a signalling NaN becomes quiet. */
float wio_f32_demote(double x);
double wio_f64_promote(float x);

/* -- Floats to integers --------------------------------------------------- */

enum wio_int_kind {
    WIO_INT_UNSIGNED = 1u << 0,
    WIO_INT_64 = 1u << 1,
    WIO_INT_SATURATE = 1u << 2
};

/**
 * wio_f64_to_int - truncate to an integer
 * @kind: of enum wio_int_kind
 * @out:  the integer's bits (of an i32: zero-extended); untouched on a trap
 *
 * Returns WIO_TRAP_NONE, or when WIO_INT_SATURATE is not set
 *   WIO_TRAP_INVALID_CONVERSION  of a NaN
 *   WIO_TRAP_INTEGER_OVERFLOW    of what does not fit
 *
 * A float is converted by passing it as a double, which is exact.
 */
enum wio_trap_cause wio_f64_to_int(double x, unsigned kind, uint64_t *out);

/* The same for an i32. */
static inline enum wio_trap_cause
wio_f64_to_int32(double x, unsigned kind, uint32_t *out)
{
    uint64_t wide = 0;
    enum wio_trap_cause cause = wio_f64_to_int(x, kind, &wide);

    if (cause == WIO_TRAP_NONE) {
        *out = (uint32_t)wide;
    }
    return cause;
}

/* wio_trunc_<f32|f64>_<i32|i64>_<s|u> and wio_trunc_sat_..., one an operator */
#define WIO_TRUNC_(name, float_type, int_type, convert, kind)              \
    static inline enum wio_trap_cause                                      \
    wio_trunc_##name(float_type x, int_type *out)                          \
    {                                                                      \
        return convert((double)x, (kind), out);                            \
    }                                                                      \
    static inline int_type                                                 \
    wio_trunc_sat_##name(float_type x)                                     \
    {                                                                      \
        int_type out = 0;                                                  \
                                                                           \
        (void)convert((double)x, (kind) | WIO_INT_SATURATE, &out);         \
        return out;                                                        \
    }
WIO_TRUNC_(f32_i32_s, float, uint32_t, wio_f64_to_int32, 0u)
WIO_TRUNC_(f32_i32_u, float, uint32_t, wio_f64_to_int32, WIO_INT_UNSIGNED)
WIO_TRUNC_(f64_i32_s, double, uint32_t, wio_f64_to_int32, 0u)
WIO_TRUNC_(f64_i32_u, double, uint32_t, wio_f64_to_int32, WIO_INT_UNSIGNED)
WIO_TRUNC_(f32_i64_s, float, uint64_t, wio_f64_to_int, WIO_INT_64)
WIO_TRUNC_(f32_i64_u, float, uint64_t, wio_f64_to_int,
           WIO_INT_64 | WIO_INT_UNSIGNED)
WIO_TRUNC_(f64_i64_s, double, uint64_t, wio_f64_to_int, WIO_INT_64)
WIO_TRUNC_(f64_i64_u, double, uint64_t, wio_f64_to_int,
           WIO_INT_64 | WIO_INT_UNSIGNED)
#undef WIO_TRUNC_

/* -- Integers ------------------------------------------------------------- */

uint32_t wio_popcnt32(uint32_t x);

static inline uint32_t
wio_popcnt64(uint64_t x)
{
    return wio_popcnt32((uint32_t)x) + wio_popcnt32((uint32_t)(x >> 32));
}

/* The compilers' operators are undefined for 0, WebAssembly's are not. */
static inline uint32_t
wio_clz32(uint32_t x)
{
    return x ? (uint32_t)__builtin_clz(x) : 32u;
}

static inline uint32_t
wio_ctz32(uint32_t x)
{
    return x ? (uint32_t)__builtin_ctz(x) : 32u;
}

static inline uint32_t
wio_clz64(uint64_t x)
{
    uint32_t high = (uint32_t)(x >> 32);

    return high ? wio_clz32(high) : 32u + wio_clz32((uint32_t)x);
}

static inline uint32_t
wio_ctz64(uint64_t x)
{
    uint32_t low = (uint32_t)x;

    return low ? wio_ctz32(low) : 32u + wio_ctz32((uint32_t)(x >> 32));
}

/* Counts are taken modulo the width. */
static inline uint32_t
wio_rotl32(uint32_t x, uint32_t n)
{
    return (x << (n & 31u)) | (x >> ((32u - n) & 31u));
}

static inline uint32_t
wio_rotr32(uint32_t x, uint32_t n)
{
    return wio_rotl32(x, 32u - (n & 31u));
}

static inline uint64_t
wio_rotl64(uint64_t x, uint64_t n)
{
    return (x << (n & 63u)) | (x >> ((64u - n) & 63u));
}

static inline uint64_t
wio_rotr64(uint64_t x, uint64_t n)
{
    return wio_rotl64(x, 64u - (n & 63u));
}

#endif
