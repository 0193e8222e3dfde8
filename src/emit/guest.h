/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emit/guest.h - what generated code is written with
 *
 * Included by the C file that the emitter made, behind its settings:
 *
 *   WIO_COUNTED   1: a step a call and a taken back-edge
 *   WIO_VOLATILE  1: memory and mutable globals are accessed in program order,
 *                    for handlers that share them
 *   WIO_DEPTH     1: functions that call look at the C stack
 *
 * Signed arithmetic is done on unsigned numbers, so none of it is undefined.
 * Bounds are checked by subtraction or in 64 bits, so no sum wraps. Memory is
 * accessed through types that alias everything and need no alignment.
 */
#include "image.h"

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef int64_t s64;

#define INLINE static inline __attribute__((always_inline, unused))
#define UNLIKELY(x) __builtin_expect(!!(x), 0)
#define LIKELY(x) __builtin_expect(!!(x), 1)
#if WIO_VOLATILE
#define SEEN volatile
#else
#define SEEN
#endif

static struct wio_aot_state S;

/* enum wio_trap_cause, of those that code raises itself. */
enum {
    TRAP_UNREACHABLE = 1,
    TRAP_MEMORY_BOUNDS = 2,
    TRAP_UNDEFINED_ELEMENT = 4,
    TRAP_UNINITIALIZED_ELEMENT = 5,
    TRAP_INDIRECT_TYPE = 6,
    TRAP_INTEGER_DIVIDE = 7,
    TRAP_INTEGER_OVERFLOW = 8,
    TRAP_STACK = 10,
    TRAP_UNALIGNED = 16
};

__attribute__((noreturn, noinline, cold, unused)) static void
trap(u32 cause)
{
    S.engine->trap(&S, cause);
    __builtin_unreachable();
}

/* -- Safepoints and depth ------------------------------------------------- */

/* Within one activation the exec stays the same: those that come between put
 * theirs back. So a function that counts looks once. */
#if WIO_COUNTED
#define EXEC struct wio_aot_exec *const e = S.exec;

__attribute__((noinline, cold, unused)) static void
safepoint(struct wio_aot_exec *e)
{
    do {
        e->left++;
        S.engine->safepoint(&S);
    } while (--e->left < e->limit);
}

INLINE void
step(struct wio_aot_exec *e)
{
    if (UNLIKELY(--e->left < e->limit)) {
        safepoint(e);
    }
}
#define STEP() step(e)
#else
#define EXEC
#define STEP() ((void)0)
#endif

#if defined(__x86_64__)
register uintptr_t stack_pointer __asm__("rsp");
#elif defined(__arm__) || defined(__aarch64__)
register uintptr_t stack_pointer __asm__("sp");
#else
#define stack_pointer ((uintptr_t)__builtin_frame_address(0))
#endif

INLINE void
depth(void)
{
#if WIO_DEPTH
    if (UNLIKELY(stack_pointer < S.stack_limit)) {
        trap(TRAP_STACK);
    }
#endif
}

/* -- Bits ----------------------------------------------------------------- */

INLINE float
f32_from(u32 bits)
{
    union { u32 u; float f; } v = { .u = bits };

    return v.f;
}

INLINE u32
f32_bits(float x)
{
    union { float f; u32 u; } v = { .f = x };

    return v.u;
}

INLINE double
f64_from(u64 bits)
{
    union { u64 u; double f; } v = { .u = bits };

    return v.f;
}

INLINE u64
f64_bits(double x)
{
    union { double f; u64 u; } v = { .f = x };

    return v.u;
}

#define F32_SIGN 0x80000000u
#define F64_SIGN 0x8000000000000000u

INLINE float
f32_copysign(float x, float sign)
{
    return f32_from((f32_bits(x) & ~F32_SIGN) | (f32_bits(sign) & F32_SIGN));
}

INLINE double
f64_copysign(double x, double sign)
{
    return f64_from((f64_bits(x) & ~F64_SIGN) | (f64_bits(sign) & F64_SIGN));
}

/* -- Memory --------------------------------------------------------------- */

#define LOOSE __attribute__((may_alias, aligned(1)))
typedef LOOSE u8 m8;
typedef LOOSE u16 m16;
typedef LOOSE u32 m32;
typedef LOOSE u64 m64;

/* Memory k is four arguments, M<k>: where it is, its present size, the size it
 * has at least, and whether it never has more. */
#define MEMORY u8 *p, u32 size, u32 least, u32 fixed

INLINE int
outside(u32 size, u32 least, u32 fixed, u32 a, u32 off, u32 n)
{
#if UINTPTR_MAX > 0xffffffff
    if (!fixed) {
        return (u64)a + off + n > size;
    }
#else
    if (!fixed && (u64)off + n <= least) {
        return a > size - (off + n);
    }
#endif
    return (u64)off + n > size || a > size - (u32)(off + n);
}

INLINE u8 *
within(MEMORY, u32 a, u32 off, u32 n)
{
    if (UNLIKELY(outside(size, least, fixed, a, off, n))) {
        trap(TRAP_MEMORY_BOUNDS);
    }
    return p + (uintptr_t)a + off;
}

#define ARGS p, size, least, fixed
#define LOAD(name, type, result, e) \
    INLINE result \
    name(MEMORY, u32 a, u32 off) \
    { \
        type x = *(const SEEN type *)within(ARGS, a, off, sizeof(type)); \
        return (result)(e); \
    }
#define STORE(name, type, value, e) \
    INLINE void \
    name(MEMORY, u32 a, u32 off, value x) \
    { \
        *(SEEN type *)within(ARGS, a, off, sizeof(type)) = (type)(e); \
    }

LOAD(i32_load, m32, u32, x)
LOAD(i64_load, m64, u64, x)
LOAD(f32_load, m32, float, f32_from(x))
LOAD(f64_load, m64, double, f64_from(x))
LOAD(i32_load8_s, m8, u32, (s8)x)
LOAD(i32_load8_u, m8, u32, x)
LOAD(i32_load16_s, m16, u32, (s16)x)
LOAD(i32_load16_u, m16, u32, x)
LOAD(i64_load8_s, m8, u64, (s64)(s8)x)
LOAD(i64_load8_u, m8, u64, x)
LOAD(i64_load16_s, m16, u64, (s64)(s16)x)
LOAD(i64_load16_u, m16, u64, x)
LOAD(i64_load32_s, m32, u64, (s64)(s32)x)
LOAD(i64_load32_u, m32, u64, x)
STORE(i32_store, m32, u32, x)
STORE(i64_store, m64, u64, x)
STORE(f32_store, m32, float, f32_bits(x))
STORE(f64_store, m64, double, f64_bits(x))
STORE(i32_store8, m8, u32, x)
STORE(i32_store16, m16, u32, x)
STORE(i64_store8, m8, u64, x)
STORE(i64_store16, m16, u64, x)
STORE(i64_store32, m32, u64, x)

/* -- Globals -------------------------------------------------------------- */

/* Both words of a 64-bit global, as one object. */
#define GLOBAL32(g) (*(SEEN m32 *)(g)->value)
#define GLOBAL64(g) (*(SEEN m64 *)(g)->value)

/* -- Integers ------------------------------------------------------------- */

#define DIVISION(bits, lowest) \
    INLINE u##bits \
    div_s##bits(u##bits a, u##bits b) \
    { \
        if (UNLIKELY(b == 0)) { \
            trap(TRAP_INTEGER_DIVIDE); \
        } \
        if (UNLIKELY(a == (lowest) && b == (u##bits)-1)) { \
            trap(TRAP_INTEGER_OVERFLOW); \
        } \
        return (u##bits)((s##bits)a / (s##bits)b); \
    } \
    INLINE u##bits \
    div_u##bits(u##bits a, u##bits b) \
    { \
        if (UNLIKELY(b == 0)) { \
            trap(TRAP_INTEGER_DIVIDE); \
        } \
        return a / b; \
    } \
    INLINE u##bits \
    rem_s##bits(u##bits a, u##bits b) \
    { \
        if (UNLIKELY(b == 0)) { \
            trap(TRAP_INTEGER_DIVIDE); \
        } \
        return b == (u##bits)-1 ? 0 : (u##bits)((s##bits)a % (s##bits)b); \
    } \
    INLINE u##bits \
    rem_u##bits(u##bits a, u##bits b) \
    { \
        if (UNLIKELY(b == 0)) { \
            trap(TRAP_INTEGER_DIVIDE); \
        } \
        return a % b; \
    } \
    INLINE u##bits \
    rotl##bits(u##bits a, u##bits n) \
    { \
        return a << (n & (bits - 1u)) | a >> (-n & (bits - 1u)); \
    } \
    INLINE u##bits \
    rotr##bits(u##bits a, u##bits n) \
    { \
        return a >> (n & (bits - 1u)) | a << (-n & (bits - 1u)); \
    }
DIVISION(32, 0x80000000u)
DIVISION(64, 0x8000000000000000u)

INLINE u32
clz32(u32 x)
{
    return x ? (u32)__builtin_clz(x) : 32u;
}

INLINE u32
ctz32(u32 x)
{
    return x ? (u32)__builtin_ctz(x) : 32u;
}

INLINE u64
clz64(u64 x)
{
    return x ? (u32)__builtin_clzll(x) : 64u;
}

INLINE u64
ctz64(u64 x)
{
    return x ? (u32)__builtin_ctzll(x) : 64u;
}

/* Bits of a word counted in parallel: pairs, nibbles, bytes. */
__attribute__((unused)) static u32
popcnt32(u32 x)
{
    x -= x >> 1 & 0x55555555u;
    x = (x & 0x33333333u) + (x >> 2 & 0x33333333u);
    x = (x + (x >> 4)) & 0x0f0f0f0fu;
    return x * 0x01010101u >> 24;
}

INLINE u64
popcnt64(u64 x)
{
    return popcnt32((u32)x) + popcnt32((u32)(x >> 32));
}

/* -- Floats --------------------------------------------------------------- */

/* What C has no exact operator for is the engine's (interp/num.h). */
__attribute__((noinline, unused)) static float
num_f32(u32 op, float a, float b)
{
    return f32_from((u32)S.engine->num(&S, op, f32_bits(a), f32_bits(b)));
}

__attribute__((noinline, unused)) static double
num_f64(u32 op, double a, double b)
{
    return f64_from(S.engine->num(&S, op, f64_bits(a), f64_bits(b)));
}

INLINE u64
num_bits(u32 op, u64 a)
{
    return S.engine->num(&S, op, a, 0);
}

/* Equal ones may differ in sign, and a NaN is neither less nor greater. */
INLINE float
f32_min(float a, float b)
{
    return a < b ? a : b < a ? b : num_f32(0x96, a, b);
}

INLINE float
f32_max(float a, float b)
{
    return a > b ? a : b > a ? b : num_f32(0x97, a, b);
}

INLINE double
f64_min(double a, double b)
{
    return a < b ? a : b < a ? b : num_f64(0xa4, a, b);
}

INLINE double
f64_max(double a, double b)
{
    return a > b ? a : b > a ? b : num_f64(0xa5, a, b);
}

#if defined(__SSE2__)
INLINE float
f32_sqrt(float x)
{
    return __builtin_sqrtf(x);
}

INLINE double
f64_sqrt(double x)
{
    return __builtin_sqrt(x);
}

INLINE float
f32_demote(double x)
{
    return (float)x;
}

/* There and back again is x to the C compiler, and a quiet NaN to us. */
INLINE double
f64_promote(float x)
{
    double wide = (double)x;

    __asm__("" : "+x"(wide));
    return wide;
}
#else
INLINE float
f32_sqrt(float x)
{
    return num_f32(0x91, x, x);
}

INLINE double
f64_sqrt(double x)
{
    return num_f64(0x9f, x, x);
}

INLINE float
f32_demote(double x)
{
    return f32_from((u32)num_bits(0xb6, f64_bits(x)));
}

INLINE double
f64_promote(float x)
{
    return f64_from(num_bits(0xbb, f32_bits(x)));
}
#endif

/* C's own conversion where the number fits, which says all else. */
#define TRUNCATE(name, op, type, bits, low, high, to, as) \
    INLINE to \
    name(type x) \
    { \
        if (x > (low) && x < (high)) { \
            return (to)(as)x; \
        } \
        return (to)num_bits(op, bits(x)); \
    }
/* The next float below -2^31 and -2^63, and the next double below -2^63. */
#define F32_BELOW32 -2147483904.0f
#define F32_BELOW64 -9223373136366403584.0f
#define F64_BELOW64 -9223372036854777856.0
#define TRUNCATES(a, b, c, d, e, f, g, h, pre) \
    TRUNCATE(pre##i32_f32_s, a, float, f32_bits, F32_BELOW32, 2147483648.0f, \
             u32, s32) \
    TRUNCATE(pre##i32_f32_u, b, float, f32_bits, -1.0f, 4294967296.0f, u32, \
             u32) \
    TRUNCATE(pre##i32_f64_s, c, double, f64_bits, -2147483649.0, \
             2147483648.0, u32, s32) \
    TRUNCATE(pre##i32_f64_u, d, double, f64_bits, -1.0, 4294967296.0, u32, \
             u32) \
    TRUNCATE(pre##i64_f32_s, e, float, f32_bits, F32_BELOW64, \
             9223372036854775808.0f, u64, s64) \
    TRUNCATE(pre##i64_f32_u, f, float, f32_bits, -1.0f, \
             18446744073709551616.0f, u64, u64) \
    TRUNCATE(pre##i64_f64_s, g, double, f64_bits, F64_BELOW64, \
             9223372036854775808.0, u64, s64) \
    TRUNCATE(pre##i64_f64_u, h, double, f64_bits, -1.0, \
             18446744073709551616.0, u64, u64)
TRUNCATES(0xa8, 0xa9, 0xaa, 0xab, 0xae, 0xaf, 0xb0, 0xb1, trunc_)
TRUNCATES(0xd0, 0xd1, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7, sat_)

/* -- The engine's --------------------------------------------------------- */

/* Tables, bulk operators, growing: operands as interp/opcodes.h has them. */
INLINE u32
misc(u32 sub, u32 x, u32 y, u32 a, u32 b, u32 c)
{
    u32 v[3] = { a, b, c };

    S.engine->misc(&S, sub, x, y, v);
    return v[0];
}

/* Imported memories may lie with the host; the engine knows. */
__attribute__((noinline, unused)) static u64
imported_load(u32 op, u32 memory, u32 at, u32 off)
{
    u32 v[3] = { 0, 0, at };

    S.engine->access(&S, op, memory, off, v);
    return (u64)v[1] << 32 | v[0];
}

__attribute__((noinline, unused)) static void
imported_store(u64 value, u32 op, u32 memory, u32 at, u32 off)
{
    u32 v[3] = { (u32)value, (u32)(value >> 32), at };

    S.engine->access(&S, op, memory, off, v);
}

/* -- Windows of registers ------------------------------------------------- */

/* Device accesses keep their order with those to memory: devices look there. */
#define IN_ORDER() __asm__ volatile("" : : : "memory")

INLINE u32
bus_read(uintptr_t at, u32 n)
{
    u32 x;

    IN_ORDER();
    x = n == 1   ? *(const volatile u8 *)at
        : n == 2 ? *(const volatile u16 *)at
                 : *(const volatile u32 *)at;
    IN_ORDER();
    return x;
}

INLINE void
bus_write(uintptr_t at, u32 n, u32 x)
{
    IN_ORDER();
    if (n == 1) {
        *(volatile u8 *)at = (u8)x;
    } else if (n == 2) {
        *(volatile u16 *)at = (u16)x;
    } else {
        *(volatile u32 *)at = x;
    }
    IN_ORDER();
}

/*
 * Where register @at of a window lies. That of a computed offset is added to
 * the window's address in a register: the C compiler sees no constant then, of
 * which it would add parts at every access, and makes it once for a loop. An
 * address is all it keeps: whether it may be used is asked at every access
 * (present is volatile), for a handler may have revoked it meanwhile.
 */
INLINE uintptr_t
register_at(uintptr_t where, u32 at)
{
#if defined(__arm__)
    if (!__builtin_constant_p(at)) {
        __asm__("" : "+r"(where));
    }
#endif
    return where + at;
}

/* Bytes of a load or store, by WebAssembly's opcode, and what a load makes of
 * what it read. Wide ones of a window there are none. */
INLINE u32
access_bytes(u32 op)
{
    switch (op) {
    case 0x2c: case 0x2d: case 0x30: case 0x31: case 0x3a: case 0x3c:
        return 1;
    case 0x2e: case 0x2f: case 0x32: case 0x33: case 0x3b: case 0x3d:
        return 2;
    case 0x28: case 0x2a: case 0x34: case 0x35: case 0x36: case 0x38:
    case 0x3e:
        return 4;
    }
    return 0;
}

INLINE u64
extended(u32 op, u32 x)
{
    switch (op) {
    case 0x2c: case 0x30:
        return (u64)(s64)(s8)x;
    case 0x2e: case 0x32:
        return (u64)(s64)(s16)x;
    case 0x34:
        return (u64)(s64)(s32)x;
    }
    return x;
}

/* Whether @at is one of @n words from @from on: one comparison, since what is
 * no multiple of four becomes a large number. */
INLINE int
in_run(u32 at, u32 from, u32 n)
{
    const u32 x = at - from;

    return (x >> 2 | x << 30) < n;
}

/*
 * What is allowed (W<k>_readable, W<k>_writable: bits, by offset and width) is
 * asked only where the offset is a constant, so that it costs nothing; else
 * whether it lies in a run of words that are allowed whole. Then what is left
 * is whether the window may be used now, and for a call whether this is its
 * handle.
 */
#define MAY_READ(k, at, n) \
    (__builtin_constant_p(at) ? W##k##_readable(at, n) != 0 \
                              : n == 4 && W##k##_all_readable(at))
#define MAY_WRITE(k, at, n, x) \
    (__builtin_constant_p(at) ? W##k##_writable(at, n) && \
                                    (x & ~W##k##_writable(at, n)) == 0 \
                              : n == 4 && W##k##_all_writable(at))
#define WINDOW(k, where) \
    INLINE u64 \
    W##k##_read(u32 at, u32 n) \
    { \
        const u32 x = bus_read(register_at(where, at), n); \
        \
        return __builtin_constant_p(at) ? x & W##k##_readable(at, n) : x; \
    } \
    INLINE void \
    W##k##_write(u32 at, u32 n, u32 x) \
    { \
        bus_write(register_at(where, at), n, x); \
    } \
    INLINE int \
    W##k##_may_read(u32 handle, u32 at, u32 n) \
    { \
        return MAY_READ(k, at, n) && handle != 0 && present[k] == handle; \
    } \
    INLINE int \
    W##k##_may_write(u32 handle, u32 at, u32 n, u32 x) \
    { \
        return MAY_WRITE(k, at, n, x) && handle != 0 && \
               present[k] == handle; \
    } \
    INLINE u64 \
    W##k##_load(u32 op, u32 memory, u32 a, u32 off) \
    { \
        const u32 n = access_bytes(op); \
        \
        if (LIKELY(a + off >= off && MAY_READ(k, a + off, n) && \
                   present[k])) { \
            return extended(op, (u32)W##k##_read(a + off, n)); \
        } \
        return imported_load(op, memory, a, off); \
    } \
    INLINE void \
    W##k##_store(u64 value, u32 op, u32 memory, u32 a, u32 off) \
    { \
        const u32 n = access_bytes(op); \
        const u32 x = n == 4 ? (u32)value : (u32)value & ((1u << 8 * n) - 1); \
        \
        if (LIKELY(a + off >= off && MAY_WRITE(k, a + off, n, x) && \
                   present[k])) { \
            W##k##_write(a + off, n, x); \
        } else { \
            imported_store(value, op, memory, a, off); \
        } \
    }

/* -- Atomic accesses ------------------------------------------------------ */

/* The widest that the processor makes in one step, as in interp/module.h. */
#ifndef WIO_CFG_ATOMIC_BYTES
#if __GCC_ATOMIC_LLONG_LOCK_FREE == 2
#define WIO_CFG_ATOMIC_BYTES 8
#elif __GCC_ATOMIC_INT_LOCK_FREE == 2
#define WIO_CFG_ATOMIC_BYTES 4
#else
#define WIO_CFG_ATOMIC_BYTES 0
#endif
#endif

/* By the engine: waits, imported memories, and what takes its lock. */
__attribute__((noinline, unused)) static u64
atomic(u32 kind, u32 memory, u32 off, u32 at, u64 a, u64 b)
{
    u32 v[5] = { at, (u32)a, (u32)b, 0, 0 };

    if (kind & 4u) {                     /* of 64 bits: two slots each */
        v[2] = (u32)(a >> 32);
        v[3] = (u32)b;
        v[4] = (u32)(b >> 32);
    }
    S.engine->atomic(&S, kind, memory, off, v);
    return kind & 4u ? (u64)v[1] << 32 | v[0] : v[0];
}

/* enum wio_atomic of interp/opcodes.h. Relaxed for the processor, on which the
 * handlers run as well, and in order for the compiler. */
enum {
    ATOMIC_LOAD, ATOMIC_STORE, ATOMIC_ADD, ATOMIC_SUB, ATOMIC_AND, ATOMIC_OR,
    ATOMIC_XOR, ATOMIC_XCHG, ATOMIC_CMPXCHG, ATOMIC_NOTIFY
};
/*
 * x86 has no instruction that gives what was there before and, or, xor. gcc 12
 * makes a loop of compare and exchange for those, with the result in the
 * register of the operand when it replaces it, and then computes with the
 * result. So the loop is ours.
 */
#if defined(__x86_64__) || defined(__i386__)
#define FETCH(p, name, operator, x) ({ \
        __typeof__(x) was_ = __atomic_load_n(p, __ATOMIC_RELAXED); \
        \
        while (!__atomic_compare_exchange_n( \
                    p, &was_, (__typeof__(x))(was_ operator x), 1, \
                    __ATOMIC_RELAXED, __ATOMIC_RELAXED)) { \
        } \
        was_; \
    })
#else
#define FETCH(p, name, operator, x) \
    __atomic_fetch_##name(p, x, __ATOMIC_RELAXED)
#endif
#define ATOMIC(bits) \
    typedef u##bits __attribute__((may_alias)) a##bits; \
    INLINE u64 \
    atomic##bits(u8 *at, u32 op, u##bits x, u##bits y) \
    { \
        a##bits *p = (a##bits *)(void *)at; \
        \
        switch (op) { \
        case ATOMIC_LOAD: \
            return __atomic_load_n(p, __ATOMIC_RELAXED); \
        case ATOMIC_STORE: \
            __atomic_store_n(p, x, __ATOMIC_RELAXED); \
            return 0; \
        case ATOMIC_ADD: \
            return __atomic_fetch_add(p, x, __ATOMIC_RELAXED); \
        case ATOMIC_SUB: \
            return __atomic_fetch_sub(p, x, __ATOMIC_RELAXED); \
        case ATOMIC_AND: \
            return FETCH(p, and, &, x); \
        case ATOMIC_OR: \
            return FETCH(p, or, |, x); \
        case ATOMIC_XOR: \
            return FETCH(p, xor, ^, x); \
        case ATOMIC_XCHG: \
            return __atomic_exchange_n(p, x, __ATOMIC_RELAXED); \
        } \
        (void)__atomic_compare_exchange_n(p, &x, y, 0, __ATOMIC_RELAXED, \
                                          __ATOMIC_RELAXED); \
        return x; \
    }
ATOMIC(8)
ATOMIC(16)
ATOMIC(32)
#if WIO_CFG_ATOMIC_BYTES >= 8
ATOMIC(64)
#endif

/* @kind as the engine has it: its operator, and the log2 of its bytes. */
INLINE u64
own_atomic(MEMORY, u32 memory, u32 kind, u32 off, u32 a, u64 x, u64 y)
{
    const u32 op = kind >> 3 & 15u;
    const u32 n = 1u << (kind & 3u);
    u64 old = 0;
    u8 *at;

    if (op >= ATOMIC_NOTIFY || n > WIO_CFG_ATOMIC_BYTES) {
        return atomic(kind, memory, off, a, x, y);
    }
    if (UNLIKELY(((a + off) & (n - 1)) != 0)) {
        trap(TRAP_UNALIGNED);
    }
    at = within(ARGS, a, off, n);
    IN_ORDER();
    switch (n) {
    case 1:
        old = atomic8(at, op, (u8)x, (u8)y);
        break;
    case 2:
        old = atomic16(at, op, (u16)x, (u16)y);
        break;
    case 4:
        old = atomic32(at, op, (u32)x, (u32)y);
        break;
#if WIO_CFG_ATOMIC_BYTES >= 8
    default:
        old = atomic64(at, op, x, y);
        break;
#endif
    }
    IN_ORDER();
    return old;
}

/* -- Calls ---------------------------------------------------------------- */

/* A host function of C type @type is called with @args behind the instance. */
#define IN_HOST() (S.exec->raised = WIO_AOT_IN_HOST)
INLINE void
imported(void)
{
    if (UNLIKELY(S.exec->raised != WIO_AOT_IN_HOST ||
                 S.exec->limit == WIO_AOT_STOP)) {
        S.engine->imported(&S);
    }
    S.exec->raised = 0;
}

/* -- Waiting -------------------------------------------------------------- */

/* irq.wait may leave, and on the way back returns what the engine put below
 * all that was kept. A handler has another exec, so it sees none of this. */
#define LEAVES() UNLIKELY(S.exec->raised == WIO_AOT_LEAVING)
#define GOES_ON() UNLIKELY(S.exec->raised == WIO_AOT_GOING_ON)
#define IN_WAIT() (S.exec->raised = WIO_AOT_IN_HOST | WIO_AOT_MAY_WAIT)
INLINE void
waited(void)
{
    if (UNLIKELY(S.exec->raised != (WIO_AOT_IN_HOST | WIO_AOT_MAY_WAIT) ||
                 S.exec->limit == WIO_AOT_STOP)) {
        S.engine->imported(&S);          /* and it says what @raised is */
        return;
    }
    S.exec->raised = 0;
}

INLINE u32
wait_result(void)
{
    S.exec->raised = 0;
    return *--S.exec->sp;
}

/* Room for @n words that outlive this call; the last that were kept. */
__attribute__((noinline, cold, unused)) static u32 *
keep(u32 n)
{
    u32 *at = S.exec->sp;

    if ((u32)((const u32 *)S.exec->end - at) < n) {
        trap(TRAP_STACK);
    }
    S.exec->sp = at + n;
    return at;
}

INLINE u32 *
kept(u32 n)
{
    return S.exec->sp -= n;
}

/* The function that element @i of table @t names, less 1. */
INLINE u32
element(const struct wio_aot_table *t, u32 i)
{
    u32 ref;

    if (UNLIKELY(i >= t->n)) {
        trap(TRAP_UNDEFINED_ELEMENT);
    }
    ref = t->elements[i];
    if (UNLIKELY(ref == 0)) {
        trap(TRAP_UNINITIALIZED_ELEMENT);
    }
    return ref - 1;
}

/* A reference to a function of the image: its index, if it has that type. */
INLINE u32
own_func(u32 ref, const u16 *types, u32 type)
{
    ref &= 0xfffffu;
    if (UNLIKELY(types[ref] != type)) {
        trap(TRAP_INDIRECT_TYPE);
    }
    return ref;
}

/* An activation begins and ends with values in slots. */
INLINE u64
slot64(const u32 *s)
{
    return (u64)s[1] << 32 | s[0];
}

INLINE void
put64(u32 *s, u64 x)
{
    s[0] = (u32)x;
    s[1] = (u32)(x >> 32);
}
