/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/diff/rng.h - the numbers that programs are made of
 *
 * splitmix64 (Steele, Lea, Flood, "Fast Splittable Pseudorandom Number
 * Generators", OOPSLA 2014): any seed is a good one, so each function of a
 * program has a stream of its own and stays as it is when others are left out.
 */
#ifndef WIO_TEST_DIFF_RNG_H
#define WIO_TEST_DIFF_RNG_H

#include <stdbool.h>
#include <stdint.h>

struct rng {
    uint64_t state;
};

static inline uint64_t
rng_mix(uint64_t z)
{
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

/* The stream of part @part of what @seed makes. */
static inline struct rng
rng_part(uint64_t seed, uint64_t part)
{
    return (struct rng){ rng_mix(seed + 0x9e3779b97f4a7c15u) ^
                         rng_mix(part * 0xd1342543de82ef95u + 1u) };
}

static inline uint64_t
rng_next(struct rng *rng)
{
    rng->state += 0x9e3779b97f4a7c15u;
    return rng_mix(rng->state);
}

/* 0 .. n - 1; n > 0. */
static inline uint32_t
rng_below(struct rng *rng, uint32_t n)
{
    return (uint32_t)((rng_next(rng) >> 32) * n >> 32);
}

static inline bool
rng_chance(struct rng *rng, uint32_t percent)
{
    return rng_below(rng, 100) < percent;
}

/* -- Values that programs go wrong with ----------------------------------- */

/* @bits wide: small, near a power of two, near the ends, or anything. */
static inline uint64_t
rng_integer(struct rng *rng, uint32_t bits)
{
    const uint64_t mask = bits == 64 ? UINT64_MAX : (1ull << bits) - 1u;
    uint64_t value;

    switch (rng_below(rng, 8)) {
    case 0:
        value = 0;
        break;
    case 1:
        value = (uint64_t)rng_below(rng, 5) - 2u;
        break;
    case 2:
        value = (uint64_t)rng_below(rng, 600) - 300u;
        break;
    case 3:
    case 4:
        value = (1ull << rng_below(rng, bits)) + rng_below(rng, 3) - 1u;
        break;
    case 5:
        value = 0u - (1ull << rng_below(rng, bits)) + rng_below(rng, 3) - 1u;
        break;
    default:
        value = rng_next(rng);
        break;
    }
    return value & mask;
}

/* Bits of a float: zeros, infinities, NaNs of both kinds, subnormal numbers,
 * the ends of the integers, and anything. */
static inline uint64_t
rng_float(struct rng *rng, uint32_t bits)
{
    const uint32_t mantissa = bits == 64 ? 52 : 23;
    const uint64_t exponents = bits == 64 ? 0x7ff : 0xff;
    const uint64_t bias = exponents >> 1;
    uint64_t sign = rng_below(rng, 2);
    uint64_t exponent = bias;
    uint64_t fraction = 0;

    switch (rng_below(rng, 10)) {
    case 0:
        exponent = 0;                               /* zero */
        break;
    case 1:
        exponent = exponents;                       /* infinite, or NaN */
        if (rng_chance(rng, 60)) {
            fraction = rng_next(rng) >> rng_below(rng, 64);
        }
        break;
    case 2:
        exponent = 0;                               /* subnormal */
        fraction = rng_next(rng) >> rng_below(rng, 64);
        break;
    case 3:
    case 4:
        exponent = bias + rng_below(rng, 6);        /* small, with halves */
        fraction = (uint64_t)rng_below(rng, 16) << (mantissa - 4);
        break;
    case 5:
        /* 2^31, 2^32, 2^63, 2^64 and what lies beside them */
        exponent = bias + 30 + rng_below(rng, 3) + 32 * rng_below(rng, 2);
        fraction = (uint64_t)rng_below(rng, 3) - 1u;
        break;
    case 6:
        exponent = bias + rng_below(rng, 70);
        fraction = rng_next(rng);
        break;
    default:
        exponent = rng_next(rng) & exponents;
        fraction = rng_next(rng);
        break;
    }
    fraction &= (1ull << mantissa) - 1u;
    return sign << (bits - 1) | (exponent & exponents) << mantissa | fraction;
}

#endif
