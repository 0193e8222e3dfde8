/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The atomic instructions (prefix 0xfe of the threads proposal), on memories
 * that are not shared.
 *
 * Atomic towards a handler of the same instance, which may enter at any
 * machine instruction, here as well, and ends before this goes on. What the
 * processor can swap in one step is done with its own means: read, compute,
 * swap if nothing has changed, else once more. An interrupted round is a lost
 * one, so there are at most as many as interrupts arrive. Wider ones (64 bits
 * on a 32-bit controller) have two words to write, and no order of two writes
 * is right for a handler that comes between them: interrupts are kept out for
 * these few instructions, by the lock that the host has given, as the
 * read-modify-write of a register is done.
 */
#include "engine/interp/module.h"
#include "engine/interp/opcodes.h"

/* Guest memory is bytes; this says so where it is accessed as words. */
#if defined(__GNUC__)
#define MAY_ALIAS __attribute__((may_alias))
#else
#define MAY_ALIAS
#endif
typedef uint16_t MAY_ALIAS word16;
typedef uint32_t MAY_ALIAS word32;
#if WIO_CFG_ATOMIC_BYTES >= 8
typedef uint64_t MAY_ALIAS word64;
#endif

/* Relaxed: handlers run on the same processor, which sees its own accesses in
 * the order of its program, and the operators before and behind are no part of
 * this function. */
#define LOAD(type) __atomic_load_n((const type *)(const void *)p, \
                                   __ATOMIC_RELAXED)
#define SWAP(type) { \
        type expected = (type)*seen; \
        bool done = __atomic_compare_exchange_n( \
            (type *)(void *)p, &expected, (type)value, true, \
            __ATOMIC_RELAXED, __ATOMIC_RELAXED); \
        *seen = expected; \
        return done; \
    }

static uint64_t
load(const uint8_t *p, uint32_t n)
{
    uint64_t value = 0;

    if (n <= WIO_CFG_ATOMIC_BYTES) {
        switch (n) {
        case 1:
            return LOAD(uint8_t);
        case 2:
            return LOAD(word16);
        case 4:
            return LOAD(word32);
#if WIO_CFG_ATOMIC_BYTES >= 8
        default:
            return LOAD(word64);
#endif
        }
    }
    __builtin_memcpy(&value, p, n);      /* the lock is held */
    return value;
}

/* Stores @value if *@seen is still there; else *@seen is what is. May fail
 * without a cause. */
static bool
swap(uint8_t *p, uint32_t n, uint64_t *seen, uint64_t value)
{
    if (n <= WIO_CFG_ATOMIC_BYTES) {
        switch (n) {
        case 1:
            SWAP(uint8_t)
        case 2:
            SWAP(word16)
        case 4:
            SWAP(word32)
#if WIO_CFG_ATOMIC_BYTES >= 8
        default:
            SWAP(word64)
#endif
        }
    }
    __builtin_memcpy(p, &value, n);
    return true;
}

/* What shall stand where @n bytes are @old; false when they shall stay. */
static bool
change(uint32_t op, uint32_t n, uint64_t old, uint64_t a, uint64_t b,
       uint64_t *value)
{
    switch (op) {
    case WIO_ATOMIC_LOAD:
        return false;
    case WIO_ATOMIC_ADD:
        a = old + a;
        break;
    case WIO_ATOMIC_SUB:
        a = old - a;
        break;
    case WIO_ATOMIC_AND:
        a &= old;
        break;
    case WIO_ATOMIC_OR:
        a |= old;
        break;
    case WIO_ATOMIC_XOR:
        a ^= old;
        break;
    case WIO_ATOMIC_CMPXCHG:
        *value = b;
        return (old ^ a) << (64 - 8 * n) == 0;
    default:                             /* store, xchg */
        break;
    }
    *value = a;
    return true;
}

/* Of one slot or two; bits beyond the access do no harm. */
static uint64_t
operand(const uint32_t *v, bool wide)
{
    return wide ? v[0] | (uint64_t)v[1] << 32 : v[0];
}

/* Notify and the waits: nobody but this container's own contexts could wait
 * or wake, and of these one runs to its end before the other goes on. */
static uint32_t
meet(uint32_t op, uint32_t *d)
{
    if (op == WIO_ATOMIC_WAIT) {
        return WIO_TRAP_NOT_SHARED;
    }
    *d = 0;
    return 0;
}

uint32_t
wio_atomic_op(struct wio_inst *inst, const uint8_t *ip, uint32_t *fp)
{
    const uint32_t op = ip[3] >> 3 & 15u;
    const uint32_t n = 1u << (ip[3] & 3u);
    const bool wide = (ip[3] & WIO_ATOMIC_WIDE) != 0;
    const struct wio_memory *memory = inst->memories[ip[4]];
    const struct wio_engine_lock *lock = inst->lock;
    const uint32_t *v = fp + ip[2];
    uint32_t *d = fp + ip[1];
    uint32_t off;
    uint64_t at, a, b, old, value;
    uint32_t key = 0;

    __builtin_memcpy(&off, ip + 5, 4);
    at = (uint64_t)v[0] + off;
    if (op == WIO_ATOMIC_WAIT && inst->base.exec->is_handler) {
        return WIO_TRAP_HANDLER;         /* wherever it would wait */
    }
    if (at & (n - 1)) {
        return WIO_TRAP_UNALIGNED;
    }
    if (n > memory->n_bytes || at > memory->n_bytes - n) {
        return WIO_TRAP_MEMORY_BOUNDS;
    }
    if (op >= WIO_ATOMIC_NOTIFY) {
        return meet(op, d);
    }
    a = op == WIO_ATOMIC_LOAD ? 0 : operand(v + 1, wide);
    b = op == WIO_ATOMIC_CMPXCHG ? operand(v + 2 + wide, wide) : 0;
    if (n <= WIO_CFG_ATOMIC_BYTES) {
        lock = NULL;
    }
    if (lock) {
        key = lock->enter(lock->ctx);
    }
    old = load(memory->data + at, n);
    while (change(op, n, old, a, b, &value) &&
           !swap(memory->data + at, n, &old, value)) {
    }
    if (lock) {
        lock->leave(lock->ctx, key);
    }
    if (op != WIO_ATOMIC_STORE) {
        d[0] = (uint32_t)old;
        if (wide) {
            d[1] = (uint32_t)(old >> 32);
        }
    }
    return 0;
}
