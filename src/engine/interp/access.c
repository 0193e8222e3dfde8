/* SPDX-License-Identifier: Apache-2.0 */
/* Loads and stores, atomic ones included.
 * Opcode numbers are those of Core 2.0, section 5.4, and of the threads
 * proposal behind 0xfe. */
#include "engine/interp/compile.h"

/* 0x28 .. 0x3e: value type, log2 of the size, and the fast operator or 0. */
static const struct {
    uint8_t type;
    uint8_t size;
    uint8_t fast;
} accesses[] = {
    { WIO_TYPE_I32, 2, WIO_OP_ld32 }, { WIO_TYPE_I64, 3, WIO_OP_ld64 },
    { WIO_TYPE_F32, 2, WIO_OP_ld32 }, { WIO_TYPE_F64, 3, WIO_OP_ld64 },
    { WIO_TYPE_I32, 0, WIO_OP_ld8s }, { WIO_TYPE_I32, 0, WIO_OP_ld8u },
    { WIO_TYPE_I32, 1, WIO_OP_ld16s }, { WIO_TYPE_I32, 1, WIO_OP_ld16u },
    { WIO_TYPE_I64, 0, WIO_OP_ld8s }, { WIO_TYPE_I64, 0, WIO_OP_ld8u },
    { WIO_TYPE_I64, 1, WIO_OP_ld16s }, { WIO_TYPE_I64, 1, WIO_OP_ld16u },
    { WIO_TYPE_I64, 2, WIO_OP_ld32sl }, { WIO_TYPE_I64, 2, WIO_OP_ld32ul },
    { WIO_TYPE_I32, 2, WIO_OP_st32 }, { WIO_TYPE_I64, 3, WIO_OP_st64 },
    { WIO_TYPE_F32, 2, WIO_OP_st32 }, { WIO_TYPE_F64, 3, WIO_OP_st64 },
    { WIO_TYPE_I32, 0, WIO_OP_st8 }, { WIO_TYPE_I32, 1, WIO_OP_st16 },
    { WIO_TYPE_I64, 0, WIO_OP_st8 }, { WIO_TYPE_I64, 1, WIO_OP_st16 },
    { WIO_TYPE_I64, 2, WIO_OP_st32 }
};

struct memarg {
    uint32_t memory;
    uint32_t offset;
};

bool
wio_check_memory(struct wio_compiler *c, uint32_t memory)
{
    if (memory >= c->module->n_memories) {
        wio_fail_index(c, "memory", memory);
        return false;
    }
    return true;
}

static bool
read_memarg(struct wio_compiler *c, uint32_t size, bool exact,
            struct memarg *arg)
{
    bool multi = (c->module->features & WIO_FEATURE_MULTI_MEMORY) != 0;
    uint32_t flags = wio_read_leb_u32(&c->in);

    arg->memory = 0;
    if (flags >= (multi ? 0x80u : 0x20u)) {
        wio_fail(c, WIO_ERR_MALFORMED, "malformed memop flags");
        return false;
    }
    if (flags & 0x40u) {
        arg->memory = wio_read_leb_u32(&c->in);
        flags &= 0x3fu;
    }
    arg->offset = wio_read_leb_u32(&c->in);
    if (c->in.bad || !wio_check_memory(c, arg->memory)) {
        return false;
    }
    if (flags > size) {
        wio_fail(c, WIO_ERR_INVALID, "alignment must not be larger than "
                 "natural");
        return false;
    }
    if (exact && flags != size) {
        wio_fail(c, WIO_ERR_INVALID, "alignment must be natural");
        return false;
    }
    return true;
}

static void
compile_plain(struct wio_compiler *c, uint32_t op, struct memarg arg)
{
    uint8_t type = accesses[op - 0x28].type;
    uint32_t fast = accesses[op - 0x28].fast;
    uint32_t n_bytes = 1u << accesses[op - 0x28].size;
    bool is_store = op >= WIO_FIRST_STORE;
    struct wio_operand *value = NULL, *at;
    bool is_main = arg.memory == c->module->main_memory;
    bool is_imported = arg.memory < c->module->n_imported_memories;
    uint64_t end;
    uint32_t x, v, dst;

    if (is_store) {
        value = wio_pop(c, type);
    }
    at = wio_pop(c, WIO_TYPE_I32);
    dst = wio_next_home(c);
    end = (uint64_t)arg.offset + n_bytes;
    if (c->dead || c->error) {
        fast = 0;
    } else if (at->kind == WIO_CONST && is_main &&
               (fast == WIO_OP_ld32 || fast == WIO_OP_st32) &&
               (uint32_t)at->c + end <= c->module->min_bytes &&
               (uint32_t)at->c + end <= 0x10000u) {
        v = is_store ? wio_in(c, value, 1) : wio_out(c, dst, type);
        wio_begin(c, is_store ? WIO_OP_st32a : WIO_OP_ld32a);
        wio_put8(c, v);
        wio_put16(c, (uint32_t)at->c + arg.offset);
    } else if (at->kind == WIO_CONST && is_imported &&
               (fast == WIO_OP_ld32 || fast == WIO_OP_st32) &&
               (uint32_t)at->c + end <= 0x10000u) {
        v = is_store ? wio_in(c, value, 1) : wio_out(c, dst, type);
        wio_begin(c, is_store ? WIO_OP_st32h : WIO_OP_ld32h);
        wio_put8(c, v);
        wio_put8(c, arg.memory);
        wio_put16(c, (uint32_t)at->c + arg.offset);
    } else {
        if (at->kind == WIO_CONST && fast && is_main &&
            (uint32_t)at->c + end <= c->module->min_bytes) {
            at->c = (uint32_t)at->c + arg.offset;
            arg.offset = 0;      /* a constant address: no sum can wrap */
            end = n_bytes;
        }
        x = wio_in(c, at, 0);
        v = is_store ? wio_in(c, value, 1) : wio_out(c, dst, type);
        if (fast && is_main && end <= c->module->min_bytes &&
            arg.offset <= 0xffffu) {
            wio_begin(c, (enum wio_op)fast);
            wio_put8(c, v);
            wio_put8(c, x);
            wio_put16(c, arg.offset);
            if (op >= 0x30u && op <= 0x33u) {
                wio_begin(c, op & 1u ? WIO_OP_extu : WIO_OP_exts);
                wio_put8(c, v);
                wio_put8(c, v);
            }
        } else {
            wio_begin(c, is_imported ? WIO_OP_memh : WIO_OP_memx);
            wio_put8(c, v);
            wio_put8(c, x);
            wio_put8(c, op);
            wio_put8(c, arg.memory);
            wio_put32(c, arg.offset);
        }
    }
    if (!is_store) {
        wio_out_done(c);
        wio_push(c, type);
    }
}

bool
wio_compile_access(struct wio_compiler *c, uint32_t op)
{
    struct memarg arg;

    if (read_memarg(c, accesses[op - 0x28].size, false, &arg)) {
        if (accesses[op - 0x28].size > 2) {
            wio_note_use(c, arg.memory, WIO_USE_WIDE);
        }
        compile_plain(c, op, arg);
    }
    return true;
}

/* -- Atomic --------------------------------------------------------------- */

/* What stands behind 0xfe, as WIO_ATOMIC wants it; 0: no such operator. */
static uint32_t
atomic_kind(uint32_t op)
{
    /* i32, i64, i32 of 8 and 16 bits, i64 of 8, 16 and 32 bits */
    static const uint8_t widths[] = { 2, 7, 0, 1, 4, 5, 6 };

    if (op == 0) {
        return WIO_ATOMIC | (uint32_t)WIO_ATOMIC_NOTIFY << 3 | widths[0];
    }
    if (op <= 2) {
        return WIO_ATOMIC | (uint32_t)WIO_ATOMIC_WAIT << 3 | widths[op - 1];
    }
    if (op < 0x10 || op > 0x4e) {
        return 0;
    }
    return WIO_ATOMIC | (op - 0x10) / 7 << 3 | widths[(op - 0x10) % 7];
}

/* How many operands lie above the address. */
static uint32_t
atomic_operands(uint32_t kind)
{
    switch (kind >> 3 & 15u) {
    case WIO_ATOMIC_LOAD:
        return 0;
    case WIO_ATOMIC_CMPXCHG:
    case WIO_ATOMIC_WAIT:
        return 2;
    default:
        return 1;
    }
}

/* The operands are in their homes, @at to below @top, which follow one
 * another: so the first names them all. */
static void
emit_atomic(struct wio_compiler *c, uint32_t kind, const struct memarg *arg,
            struct wio_operand *at, uint32_t top, uint8_t result)
{
    uint32_t a = wio_in(c, at, 0);
    uint32_t d = 0;

    if (a != at->home) {                 /* big: it went to the scratch */
        wio_emit_movn(c, 1, at->home + 1u, top - at->home - 1u);
    }
    if (result) {
        d = wio_out(c, at->home, result);
    }
    wio_begin(c, WIO_OP_memx);
    wio_put8(c, d);
    wio_put8(c, a);
    wio_put8(c, kind);
    wio_put8(c, arg->memory);
    wio_put32(c, arg->offset);
    if (result) {
        wio_out_done(c);
    }
}

/* A flag or an index has a fixed address: loaded and stored as an i32, aligned
 * and within the memory, it is the plain access, which is one as well. Its
 * opcode, or 0. */
static uint32_t
plain_access(const struct wio_compiler *c, uint32_t op, uint32_t n_bytes,
             const struct memarg *arg, const struct wio_operand *at)
{
    static const uint8_t plain[] = {
        0x28, 0, 0x2d, 0x2f, 0, 0, 0, 0x36, 0, 0x3a, 0x3b
    };
    uint64_t where = (uint32_t)at->c + (uint64_t)arg->offset;

    if (!WIO_PLAIN_IS_ONE || op < 0x10 || op > 0x1a ||
        at->kind != WIO_CONST || arg->memory != c->module->main_memory || where % n_bytes != 0 ||
        where + n_bytes > c->module->min_bytes) {
        return 0;
    }
    return plain[op - 0x10];
}

static void
compile_fence(struct wio_compiler *c)
{
    /* Operators are done in order, each to its end: nothing to emit. */
    if (wio_read_u8(&c->in) != 0 && !c->in.bad) {
        wio_fail(c, WIO_ERR_MALFORMED, "zero byte expected");
    }
}

void
wio_compile_atomic(struct wio_compiler *c)
{
    uint32_t op = wio_read_leb_u32(&c->in);
    uint32_t kind = atomic_kind(op);
    uint8_t type = kind & WIO_ATOMIC_WIDE ? WIO_TYPE_I64 : WIO_TYPE_I32;
    uint8_t result = type;
    uint32_t n = atomic_operands(kind);
    uint32_t plain, top;
    struct wio_operand *at;
    struct memarg arg;

    if (c->in.bad) {
        return;
    }
    if (!WIO_CFG_ATOMICS) {
        wio_fail(c, WIO_ERR_LIMIT, "atomic operators are not in this build");
        return;
    }
    c->has_atomics = true;
    if (op == 3) {
        compile_fence(c);
        return;
    }
    if (kind == 0) {
        wio_fail(c, WIO_ERR_MALFORMED, "illegal opcode behind 0xfe");
        return;
    }
    if (!read_memarg(c, kind & 3u, true, &arg)) {
        return;
    }
    wio_note_use(c, arg.memory, WIO_USE_ATOMIC);
    plain = wio_count(c) > n ? plain_access(c, op, 1u << (kind & 3u), &arg,
                                            &c->sp[n])
                             : 0;
    if (plain) {
        compile_plain(c, plain, arg);
        return;
    }
    top = wio_next_home(c);
    wio_materialize_top(c, n + 1);
    if (n == 2) {
        /* Of wait, how long. */
        wio_pop(c, op <= 2 ? (uint8_t)WIO_TYPE_I64 : type);
    }
    if (n >= 1) {
        wio_pop(c, type);
    }
    at = wio_pop(c, WIO_TYPE_I32);
    if (op <= 2) {
        result = WIO_TYPE_I32;           /* how many, or how it ended */
    } else if ((op - 0x10) / 7 == WIO_ATOMIC_STORE) {
        result = 0;
    }
    if (!c->dead && !c->error) {
        emit_atomic(c, kind, &arg, at, top, result);
    }
    if (result) {
        wio_push(c, result);
    }
}
