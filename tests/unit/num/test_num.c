/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The numeric helpers against the C library's, over a million seeded values
 * an operator (half of them random bits, half near the awkward places), and
 * against the few values by hand that the library leaves open.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/interp/num.h"

#define N_VALUES 1000000u

/* xorshift64*: Marsaglia 2003, Vigna 2016. */
static uint64_t
next(uint64_t *state)
{
    uint64_t x = *state;

    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    *state = x;
    return x * 0x2545f4914f6cdd1du;
}

/* Random bits, or a number whose last bits lie near the point, near a power
 * of two, near the ends of the integer ranges, or among the subnormals. */
static double
pick_f64(uint64_t *seed)
{
    static const uint64_t awkward[] = {
        0, 1, 0x000fffffffffffff, 0x0010000000000000, 0x3fe0000000000000,
        0x3ff0000000000000, 0x3ff8000000000000, 0x4004000000000000,
        0x41dfffffffc00000, 0x41e0000000000000, 0x41efffffffe00000,
        0x41f0000000000000, 0x4330000000000000, 0x4340000000000000,
        0x43e0000000000000, 0x43f0000000000000, 0x47efffffe0000000,
        0x7fefffffffffffff, 0x7ff0000000000000, 0x7ff0000000000001,
        0x7ff8000000000000,
    };
    const uint64_t r = next(seed);
    uint64_t bits = next(seed);

    switch (r & 7) {
    case 0:
        bits = awkward[(r >> 8) % (sizeof awkward / sizeof awkward[0])] +
               ((r >> 32) & 7) - 3;
        break;
    case 1:
        bits = (0x3fdu + (r >> 8) % 72) << 52 |
               ((bits << ((r >> 32) % 52)) & 0x000fffffffffffff);
        break;
    case 2:
        bits = wio_f64_bits((double)(int64_t)(bits >> (r >> 32) % 64) / 2);
        break;
    default:
        break;
    }
    return wio_f64_from(bits ^ (r >> 16 & 1) << 63);
}

static float
pick_f32(uint64_t *seed)
{
    static const uint32_t awkward[] = {
        0, 1, 0x007fffff, 0x00800000, 0x3f000000, 0x3f800000, 0x3fc00000,
        0x40200000, 0x4b000000, 0x4b800000, 0x4effffff, 0x4f000000,
        0x4f7fffff, 0x4f800000, 0x5f000000, 0x5f800000, 0x7f7fffff,
        0x7f800000, 0x7f800001, 0x7fc00000,
    };
    const uint64_t r = next(seed);
    uint32_t bits = (uint32_t)(next(seed) >> 32);

    switch (r & 7) {
    case 0:
        bits = awkward[(r >> 8) % (sizeof awkward / sizeof awkward[0])] +
               (uint32_t)((r >> 32) & 7) - 3;
        break;
    case 1:
        bits = (uint32_t)(0x7du + (r >> 8) % 72) << 23 |
               ((bits << ((r >> 32) % 23)) & 0x007fffff);
        break;
    case 2:
        bits = wio_f32_bits((float)(int32_t)(bits >> (r >> 32) % 32) / 2);
        break;
    default:
        break;
    }
    return wio_f32_from(bits ^ (uint32_t)(r >> 16 & 1) << 31);
}

/* -- Results -------------------------------------------------------------- */

static int
is_quiet32(float x)
{
    return isnan(x) && (wio_f32_bits(x) & 0x00400000u);
}

static int
is_quiet64(double x)
{
    return isnan(x) && (wio_f64_bits(x) & 0x0008000000000000u);
}

static void
same32(float got, float want, float input)
{
    if (isnan(want) ? !is_quiet32(got)
                    : wio_f32_bits(got) != wio_f32_bits(want)) {
        fail_msg("of %a (0x%08x): got %a (0x%08x), want %a", (double)input,
                 (unsigned)wio_f32_bits(input), (double)got,
                 (unsigned)wio_f32_bits(got), (double)want);
    }
}

static void
same64(double got, double want, double input)
{
    if (isnan(want) ? !is_quiet64(got)
                    : wio_f64_bits(got) != wio_f64_bits(want)) {
        fail_msg("of %a (0x%016llx): got %a (0x%016llx), want %a", input,
                 (unsigned long long)wio_f64_bits(input), got,
                 (unsigned long long)wio_f64_bits(got), want);
    }
}

/* -- Tests ---------------------------------------------------------------- */

static void
rounding(void **unused)
{
    uint64_t seed = 1;

    (void)unused;
    for (unsigned i = 0; i < N_VALUES; i++) {
        const float x = pick_f32(&seed);
        const double y = pick_f64(&seed);

        same32(wio_f32_ceil(x), ceilf(x), x);
        same32(wio_f32_floor(x), floorf(x), x);
        same32(wio_f32_trunc(x), truncf(x), x);
        same32(wio_f32_nearest(x), nearbyintf(x), x);
        same64(wio_f64_ceil(y), ceil(y), y);
        same64(wio_f64_floor(y), floor(y), y);
        same64(wio_f64_trunc(y), trunc(y), y);
        same64(wio_f64_nearest(y), nearbyint(y), y);
    }
}

static void
square_root(void **unused)
{
    uint64_t seed = 2;

    (void)unused;
    for (unsigned i = 0; i < N_VALUES; i++) {
        const float x = pick_f32(&seed);
        const double y = pick_f64(&seed);

        same32(wio_f32_sqrt(x), sqrtf(x), x);
        same64(wio_f64_sqrt(y), sqrt(y), y);
    }
}

/* The library leaves the order of zeros open, so they are asked apart. */
static void
minimum_maximum(void **unused)
{
    uint64_t seed = 3;

    (void)unused;
    for (unsigned i = 0; i < N_VALUES; i++) {
        const float a = pick_f32(&seed);
        const float b = i & 1 ? pick_f32(&seed) : wio_f32_neg(a);
        const double c = pick_f64(&seed);
        const double d = i & 1 ? pick_f64(&seed) : wio_f64_neg(c);
        const int nan32 = isnan(a) || isnan(b);
        const int nan64 = isnan(c) || isnan(d);

        if (nan32 || !(a == 0 && b == 0)) {
            same32(wio_f32_min(a, b), nan32 ? NAN : fminf(a, b), a);
            same32(wio_f32_max(a, b), nan32 ? NAN : fmaxf(a, b), a);
        }
        if (nan64 || !(c == 0 && d == 0)) {
            same64(wio_f64_min(c, d), nan64 ? (double)NAN : fmin(c, d), c);
            same64(wio_f64_max(c, d), nan64 ? (double)NAN : fmax(c, d), c);
        }
    }
    same32(wio_f32_min(0.0f, -0.0f), -0.0f, 0);
    same32(wio_f32_min(-0.0f, 0.0f), -0.0f, 0);
    same32(wio_f32_max(0.0f, -0.0f), 0.0f, 0);
    same32(wio_f32_max(-0.0f, 0.0f), 0.0f, 0);
    same64(wio_f64_min(0.0, -0.0), -0.0, 0);
    same64(wio_f64_min(-0.0, 0.0), -0.0, 0);
    same64(wio_f64_max(0.0, -0.0), 0.0, 0);
    same64(wio_f64_max(-0.0, 0.0), 0.0, 0);
}

static void
signs(void **unused)
{
    uint64_t seed = 4;

    (void)unused;
    for (unsigned i = 0; i < N_VALUES; i++) {
        const float a = pick_f32(&seed);
        const float b = pick_f32(&seed);
        const double c = pick_f64(&seed);
        const double d = pick_f64(&seed);

        /* Bits: signalling NaNs must come through untouched. */
        assert_true(wio_f32_bits(wio_f32_abs(a)) ==
                    (wio_f32_bits(a) & 0x7fffffffu));
        assert_true(wio_f32_bits(wio_f32_neg(a)) ==
                    (wio_f32_bits(a) ^ 0x80000000u));
        assert_true(wio_f32_bits(wio_f32_copysign(a, b)) ==
                    wio_f32_bits(copysignf(a, b)));
        assert_true(wio_f64_bits(wio_f64_abs(c)) == wio_f64_bits(fabs(c)));
        assert_true(wio_f64_bits(wio_f64_neg(c)) ==
                    (wio_f64_bits(c) ^ 0x8000000000000000u));
        assert_true(wio_f64_bits(wio_f64_copysign(c, d)) ==
                    wio_f64_bits(copysign(c, d)));
    }
}

/* The cause that truncating @x to [@low, @high) must give; the bounds are
 * powers of two, hence exact. */
static enum wio_trap_cause
cause_of(double x, double low, double high)
{
    const double whole = trunc(x);

    if (isnan(x)) {
        return WIO_TRAP_INVALID_CONVERSION;
    }
    return whole >= low && whole < high ? WIO_TRAP_NONE
                                        : WIO_TRAP_INTEGER_OVERFLOW;
}

/* One conversion, trapping and saturating, of a value that is a double. */
#define CHECK_TRUNC(name, x, out_type, c_type, low, high)                   \
    do {                                                                    \
        const enum wio_trap_cause want = cause_of((double)(x), low, high);  \
        out_type out = 0x5a;                                                \
                                                                            \
        assert_int_equal(wio_trunc_##name((x), &out), want);                \
        if (want == WIO_TRAP_NONE) {                                        \
            assert_true(out == (out_type)(c_type)(x));                      \
            assert_true(wio_trunc_sat_##name(x) == out);                    \
        } else {                                                            \
            assert_true(out == 0x5a);                                       \
            assert_true(wio_trunc_sat_##name(x) ==                          \
                        (isnan(x) ? 0                                       \
                         : (x) < 0 ? (out_type)(c_type)(low)                \
                                   : (out_type)((out_type)(c_type)(low) -   \
                                                1)));                       \
        }                                                                   \
    } while (0)

static void
to_integer(void **unused)
{
    uint64_t seed = 5;

    (void)unused;
    for (unsigned i = 0; i < N_VALUES; i++) {
        const float x = pick_f32(&seed);
        const double y = pick_f64(&seed);

        CHECK_TRUNC(f32_i32_s, x, uint32_t, int32_t, -0x1p31, 0x1p31);
        CHECK_TRUNC(f32_i32_u, x, uint32_t, uint32_t, 0.0, 0x1p32);
        CHECK_TRUNC(f32_i64_s, x, uint64_t, int64_t, -0x1p63, 0x1p63);
        CHECK_TRUNC(f32_i64_u, x, uint64_t, uint64_t, 0.0, 0x1p64);
        CHECK_TRUNC(f64_i32_s, y, uint32_t, int32_t, -0x1p31, 0x1p31);
        CHECK_TRUNC(f64_i32_u, y, uint32_t, uint32_t, 0.0, 0x1p32);
        CHECK_TRUNC(f64_i64_s, y, uint64_t, int64_t, -0x1p63, 0x1p63);
        CHECK_TRUNC(f64_i64_u, y, uint64_t, uint64_t, 0.0, 0x1p64);
    }
}

static void
between_formats(void **unused)
{
    uint64_t seed = 6;

    (void)unused;
    for (unsigned i = 0; i < N_VALUES; i++) {
        const float x = pick_f32(&seed);
        const double y = pick_f64(&seed);

        same64(wio_f64_promote(x), isnan(x) ? (double)NAN : (double)x, 0);
        same32(wio_f32_demote(y), isnan(y) ? NAN : (float)y, 0);
    }
}

/* "When all NaN inputs are canonical, the result is canonical." */
static void
canonical_nan(void **unused)
{
    const float a = wio_f32_from(0x7fc00000u);
    const double b = wio_f64_from(0x7ff8000000000000u);

    (void)unused;
    for (enum wio_rounding how = WIO_ROUND_CEIL; how <= WIO_ROUND_NEAREST;
         how++) {
        assert_true(wio_f32_bits(wio_f32_round(a, how)) == 0x7fc00000u);
        assert_true(wio_f64_bits(wio_f64_round(b, how)) ==
                    0x7ff8000000000000u);
    }
    assert_true(wio_f32_bits(wio_f32_min(1.0f, a)) == 0x7fc00000u);
    assert_true(wio_f32_bits(wio_f32_max(a, 1.0f)) == 0x7fc00000u);
    assert_true(wio_f64_bits(wio_f64_min(b, 1.0)) == 0x7ff8000000000000u);
    assert_true(wio_f64_bits(wio_f64_max(1.0, b)) == 0x7ff8000000000000u);
    assert_true((wio_f32_bits(wio_f32_sqrt(-1.0f)) & 0x7fffffffu) ==
                0x7fc00000u);
    assert_true((wio_f64_bits(wio_f64_sqrt(-1.0)) & INT64_MAX) ==
                0x7ff8000000000000u);
    assert_true(wio_f64_bits(wio_f64_promote(a)) == 0x7ff8000000000000u);
    assert_true(wio_f32_bits(wio_f32_demote(b)) == 0x7fc00000u);
}

static void
integers(void **unused)
{
    uint64_t seed = 7;

    (void)unused;
    for (unsigned i = 0; i < N_VALUES; i++) {
        const uint64_t r = next(&seed);
        const uint64_t x = next(&seed) >> (r & 63) << (r >> 8 & 63);
        uint32_t ones = 0;
        uint32_t high = 64;
        uint32_t low = 64;
        uint64_t turned = x;

        for (uint32_t bit = 0; bit < 64; bit++) {
            if (x >> bit & 1) {
                ones++;
                high = 63 - bit;
                low = low == 64 ? bit : low;
            }
        }
        assert_int_equal(wio_popcnt64(x), ones);
        assert_int_equal(wio_clz64(x), high);
        assert_int_equal(wio_ctz64(x), low);
        if (x >> 32 == 0) {
            assert_int_equal(wio_popcnt32((uint32_t)x), ones);
            assert_int_equal(wio_clz32((uint32_t)x), high - 32);
            assert_int_equal(wio_ctz32((uint32_t)x), low == 64 ? 32 : low);
        }
        for (uint64_t n = r >> 16 & 63; n > 0; n--) {
            turned = turned << 1 | turned >> 63;
        }
        assert_true(wio_rotl64(x, r >> 16) == turned);
        assert_true(wio_rotr64(turned, r >> 16) == x);
    }
    for (uint32_t n = 0; n < 100; n++) {
        uint32_t turned = 0x80000001u;

        for (uint32_t i = 0; i < n; i++) {
            turned = turned << 1 | turned >> 31;
        }
        assert_true(wio_rotl32(0x80000001u, n) == turned);
        assert_true(wio_rotr32(turned, n) == 0x80000001u);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rounding),
        cmocka_unit_test(square_root),
        cmocka_unit_test(minimum_maximum),
        cmocka_unit_test(signs),
        cmocka_unit_test(to_integer),
        cmocka_unit_test(between_formats),
        cmocka_unit_test(canonical_nan),
        cmocka_unit_test(integers),
    };

    return cmocka_run_group_tests_name("num", tests, NULL, NULL);
}
