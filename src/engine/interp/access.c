/* SPDX-License-Identifier: Apache-2.0 */
/* Instructions that take operands and give results: numbers, memory, calls,
 * tables. Opcode numbers are those of Core 2.0, section 5.4. */
#include "engine/interp/compile.h"

/* -- Immediates ------------------------------------------------------------------ */

static bool
is_short(const struct wio_operand *v)
{
    int64_t s = wio_is_64bit(v->type) ? (int64_t)v->c : (int32_t)v->c;

    return v->kind == WIO_CONST && s >= -0x8000 && s <= 0x7fff;
}

static void
emit_dai(struct wio_compiler *c, enum wio_op op, uint32_t dst, uint8_t type,
         struct wio_operand *a, uint32_t imm)
{
    uint32_t x = wio_in(c, a, 0);
    uint32_t d = wio_out(c, dst, type);

    if (op == WIO_OP_addi && (imm + 0x80u) < 0x100u) {
        op = WIO_OP_addb;
    }
    wio_begin(c, op);
    wio_put8(c, d);
    wio_put8(c, x);
    wio_put8(c, imm & 0xffu);
    if (op == WIO_OP_addk) {
        wio_put8(c, imm >> 8 & 0xffu);
        wio_put16(c, imm >> 16);
    } else if (op != WIO_OP_addb &&
               !(op >= WIO_OP_shli && op <= WIO_OP_shrui) &&
               !(op >= WIO_OP_shlli && op <= WIO_OP_shruli)) {
        wio_put8(c, imm >> 8 & 0xffu);
    }
    wio_out_done(c);
}

/* -- Numbers ----------------------------------------------------------------------- */

enum sig_bit {
    SIG_BINARY = 1u << 4
};

/* Operand type in the low two bits, result type in the next two. */
#define SIG(in, out) ((in) | (out) << 2)
#define I 0u
#define L 1u
#define F 2u
#define D 3u

static const uint8_t sig_types[4] = {
    WIO_TYPE_I32, WIO_TYPE_I64, WIO_TYPE_F32, WIO_TYPE_F64
};

/* 0xa7 .. 0xc4 */
static const uint8_t conversions[] = {
    SIG(L, I),                                             /* wrap */
    SIG(F, I), SIG(F, I), SIG(D, I), SIG(D, I),            /* trunc */
    SIG(I, L), SIG(I, L),                                  /* extend */
    SIG(F, L), SIG(F, L), SIG(D, L), SIG(D, L),            /* trunc */
    SIG(I, F), SIG(I, F), SIG(L, F), SIG(L, F), SIG(D, F), /* to f32 */
    SIG(I, D), SIG(I, D), SIG(L, D), SIG(L, D), SIG(F, D), /* to f64 */
    SIG(F, I), SIG(D, L), SIG(I, F), SIG(L, D),            /* reinterpret */
    SIG(I, I), SIG(I, I), SIG(L, L), SIG(L, L), SIG(L, L)  /* sign extend */
};

static uint32_t
signature(uint32_t op)
{
    static const struct {
        uint8_t up_to;
        uint8_t sig;
    } ranges[] = {
        { 0x45, SIG(I, I) }, { 0x4f, SIG(I, I) | SIG_BINARY },
        { 0x50, SIG(L, I) }, { 0x5a, SIG(L, I) | SIG_BINARY },
        { 0x60, SIG(F, I) | SIG_BINARY }, { 0x66, SIG(D, I) | SIG_BINARY },
        { 0x69, SIG(I, I) }, { 0x78, SIG(I, I) | SIG_BINARY },
        { 0x7b, SIG(L, L) }, { 0x8a, SIG(L, L) | SIG_BINARY },
        { 0x91, SIG(F, F) }, { 0x98, SIG(F, F) | SIG_BINARY },
        { 0x9f, SIG(D, D) }, { 0xa6, SIG(D, D) | SIG_BINARY }
    };
    uint32_t i = 0;

    if (op >= WIO_NUM_SAT) {
        op -= WIO_NUM_SAT;
        return SIG(op & 2u ? D : F, op & 4u ? L : I);
    }
    if (op >= 0xa7) {
        return conversions[op - 0xa7];
    }
    while (op > ranges[i].up_to) {
        i++;
    }
    return ranges[i].sig;
}

/* Wasm's eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u as one of our six,
 * with the operands exchanged where bit 3 is set. */
#define CMP_SWAP 8u
static const uint8_t comparisons[10] = {
    0, 1, 2, 4, 2 | CMP_SWAP, 4 | CMP_SWAP, 3 | CMP_SWAP, 5 | CMP_SWAP, 3, 5
};

static void
compile_compare32(struct wio_compiler *c, uint32_t op, struct wio_operand *a,
                  struct wio_operand *b, uint32_t dst)
{
    uint32_t cmp = comparisons[op - 0x46];
    struct wio_operand *t;
    uint32_t k;

    if (a->kind == WIO_CONST && b->kind != WIO_CONST) {
        cmp ^= cmp < 2 ? 0 : CMP_SWAP;
        t = a;
        a = b;
        b = t;
    }
    k = (uint32_t)b->c;
    if (is_short(b) && (cmp & CMP_SWAP)) {
        /* c < a is a >= c + 1, c >= a is a < c + 1, unless that wraps. */
        if ((int32_t)k < 0x7fff && !((cmp & 4u) && k == UINT32_MAX)) {
            cmp = (cmp ^ CMP_SWAP) ^ 1u;
            k++;
        }
    }
    if (is_short(b) && !(cmp & CMP_SWAP)) {
        emit_dai(c, (enum wio_op)(WIO_OP_eqi + cmp), dst, WIO_TYPE_I32, a, k);
    } else {
        if (cmp & CMP_SWAP) {
            t = a;
            a = b;
            b = t;
        }
        wio_emit_dab(c, (enum wio_op)(WIO_OP_eq + (cmp & 7u)), dst,
                     WIO_TYPE_I32, a, b);
    }
    c->last_cmp = c->last_dst;
    c->last_not = c->last_dst;
}

static void
compile_eqz(struct wio_compiler *c, struct wio_operand *a, uint32_t dst)
{
    uint32_t at = (c->last + 1) & c->mask;

    if (c->last_not && a->kind == WIO_TEMP && c->code[at] == a->home) {
        at = c->last & c->mask;
        if (c->code[at] >= WIO_OP_eql) {
            c->code[at] = (uint8_t)(((c->code[at] - WIO_OP_eql) ^ 1u) +
                                    WIO_OP_eql);
        } else {
            c->code[at] = (uint8_t)(((c->code[at] - WIO_OP_eq) ^ 1u) +
                                    WIO_OP_eq);
        }
        return;
    }
    emit_dai(c, WIO_OP_eqi, dst, WIO_TYPE_I32, a, 0);
    c->last_cmp = c->last_dst;
    c->last_not = c->last_dst;
}

/* Register operators of 0x6a .. (i32) and 0x7c .. (i64), with the form that
 * takes a constant; 0: none. */
static const uint8_t immediates32[15] = {
    WIO_OP_addi, WIO_OP_addi, WIO_OP_muli, 0, 0, 0, 0, WIO_OP_andi,
    WIO_OP_ori, WIO_OP_xori, WIO_OP_shli, WIO_OP_shrsi, WIO_OP_shrui, 0, 0
};
static const uint8_t operators64[15] = {
    WIO_OP_addl, WIO_OP_subl, WIO_OP_mull, 0, 0, 0, 0, WIO_OP_andl,
    WIO_OP_orl, WIO_OP_xorl, WIO_OP_shll, WIO_OP_shrsl, WIO_OP_shrul, 0, 0
};
static const uint8_t immediates64[15] = {
    WIO_OP_addli, WIO_OP_addli, 0, 0, 0, 0, 0, WIO_OP_andli, 0, 0,
    WIO_OP_shlli, WIO_OP_shrsli, WIO_OP_shruli, 0, 0
};
#define COMMUTES 0x0385u         /* add mul and or xor, by place in the list */

static void
emit_num(struct wio_compiler *c, uint32_t op, uint32_t dst, uint8_t type,
         struct wio_operand *a, struct wio_operand *b)
{
    uint32_t x = wio_in(c, a, 0);
    uint32_t y = b ? wio_in(c, b, 1) : x;
    uint32_t d = wio_out(c, dst, type);

    wio_begin(c, WIO_OP_num);
    wio_put8(c, d);
    wio_put8(c, x);
    wio_put8(c, y);
    wio_put8(c, op);
    wio_out_done(c);
}

static void
compile_binary(struct wio_compiler *c, uint32_t op, bool is64, uint32_t dst,
               struct wio_operand *a, struct wio_operand *b)
{
    uint32_t i = op - (is64 ? 0x7cu : 0x6au);
    uint8_t type = is64 ? WIO_TYPE_I64 : WIO_TYPE_I32;
    uint32_t imm = is64 ? immediates64[i] : immediates32[i];
    uint32_t reg = is64 ? operators64[i] : WIO_OP_add + i;
    uint32_t k;

    if (a->kind == WIO_CONST && b->kind != WIO_CONST && (COMMUTES >> i & 1u)) {
        struct wio_operand *t = a;

        a = b;
        b = t;
    }
    k = i == 1 ? 0u - (uint32_t)b->c : (uint32_t)b->c;
    if (i >= 10 && i <= 12 && b->kind == WIO_CONST) {
        emit_dai(c, (enum wio_op)imm, dst, type, a, k & (is64 ? 63u : 31u));
    } else if (imm && is_short(b) && !(i == 1 && (int16_t)b->c == -0x8000)) {
        emit_dai(c, (enum wio_op)imm, dst, type, a, k);
    } else if (i < 2 && !is64 && b->kind == WIO_CONST) {
        emit_dai(c, WIO_OP_addk, dst, type, a, k);
    } else if (reg) {
        wio_emit_dab(c, (enum wio_op)reg, dst, type, a, b);
    } else {
        emit_num(c, op, dst, type, a, b);
    }
}

/* The same bits under another type, of which the low slot may be enough. */
static void
retype(struct wio_compiler *c, struct wio_operand *a, uint8_t type)
{
    struct wio_operand v = *a;

    if (wio_slots(v.type) != wio_slots(type)) {
        /* The last operator writes two slots: its result must stay here. */
        c->last_dst = false;
        c->last_cmp = false;
        c->last_not = false;
    }
    if (v.kind == WIO_LOCAL) {
        wio_push_local(c, v.slot, type);
    } else if (v.kind == WIO_CONST) {
        wio_push_const(c, type, v.c);
    } else {
        wio_push(c, type);
    }
}

static bool
is_float_op(uint32_t op, uint32_t sig)
{
    (void)op;
    return (sig & 2u) != 0 || (sig >> 2 & 2u) != 0;
}

/* 0x45 .. 0xc4 and the saturating conversions. */
bool
wio_compile_numeric(struct wio_compiler *c, uint32_t op)
{
    uint32_t sig = signature(op);
    uint8_t in = sig_types[sig & 3u];
    uint8_t out = sig_types[sig >> 2 & 3u];
    struct wio_operand *b = sig & SIG_BINARY ? wio_pop(c, in) : NULL;
    struct wio_operand *a = wio_pop(c, in);
    uint32_t dst = wio_next_home(c);

    if (!WIO_CFG_FLOAT && is_float_op(op, sig)) {
        wio_fail(c, WIO_ERR_LIMIT, "float operators are not in this build");
        return true;
    }
    if (op == 0xa7 || (op >= 0xbc && op <= 0xbf)) {
        retype(c, a, out);
        return true;
    }
    if (c->dead || c->error) {
        wio_push(c, out);
        return true;
    }
    if (op == 0x45) {
        compile_eqz(c, a, dst);
    } else if (op <= 0x4f) {
        compile_compare32(c, op, a, b, dst);
    } else if (op >= 0x51 && op <= 0x5a) {
        uint32_t cmp = comparisons[op - 0x51];
        bool swap = (cmp & CMP_SWAP) != 0;

        wio_emit_dab(c, (enum wio_op)(WIO_OP_eql + (cmp & 7u)), dst, out,
                     swap ? b : a, swap ? a : b);
        c->last_not = c->last_dst;
    } else if (op >= 0x6a && op <= 0x78) {
        compile_binary(c, op, false, dst, a, b);
    } else if (op >= 0x7c && op <= 0x8a) {
        compile_binary(c, op, true, dst, a, b);
    } else if (op == 0xac || op == 0xad) {
        wio_emit_dab(c, op == 0xac ? WIO_OP_exts : WIO_OP_extu, dst, out, a,
                     NULL);
    } else if (op == 0xc0 || op == 0xc1) {
        wio_emit_dab(c, op == 0xc0 ? WIO_OP_ext8 : WIO_OP_ext16, dst, out, a,
                     NULL);
    } else {
        emit_num(c, op, dst, out, a, b);
    }
    wio_push(c, out);
    return true;
}

/* -- Memory -------------------------------------------------------------------------- */

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
#define FIRST_STORE 0x36u

struct memarg {
    uint32_t memory;
    uint32_t offset;
};

static bool
check_memory(struct wio_compiler *c, uint32_t memory)
{
    if (memory >= c->module->n_memories) {
        wio_fail_index(c, "memory", memory);
        return false;
    }
    return true;
}

static bool
read_memarg(struct wio_compiler *c, uint32_t size, struct memarg *arg)
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
    if (c->in.bad || !check_memory(c, arg->memory)) {
        return false;
    }
    if (flags > size) {
        wio_fail(c, WIO_ERR_INVALID, "alignment must not be larger than "
                 "natural");
        return false;
    }
    return true;
}

bool
wio_compile_access(struct wio_compiler *c, uint32_t op)
{
    uint8_t type = accesses[op - 0x28].type;
    uint32_t fast = accesses[op - 0x28].fast;
    uint32_t n_bytes = 1u << accesses[op - 0x28].size;
    bool is_store = op >= FIRST_STORE;
    struct wio_operand *value = NULL, *at;
    uint64_t end;
    struct memarg arg;
    uint32_t x, v, dst;

    if (!read_memarg(c, accesses[op - 0x28].size, &arg)) {
        return true;
    }
    if (is_store) {
        value = wio_pop(c, type);
    }
    at = wio_pop(c, WIO_TYPE_I32);
    dst = wio_next_home(c);
    end = (uint64_t)arg.offset + n_bytes;
    if (c->dead || c->error) {
        fast = 0;
    } else if (at->kind == WIO_CONST && arg.memory == 0 &&
               (fast == WIO_OP_ld32 || fast == WIO_OP_st32) &&
               (uint32_t)at->c + end <= c->module->min_bytes &&
               (uint32_t)at->c + end <= 0x10000u) {
        v = is_store ? wio_in(c, value, 1) : wio_out(c, dst, type);
        wio_begin(c, is_store ? WIO_OP_st32a : WIO_OP_ld32a);
        wio_put8(c, v);
        wio_put16(c, (uint32_t)at->c + arg.offset);
    } else {
        if (at->kind == WIO_CONST && fast && arg.memory == 0 &&
            (uint32_t)at->c + end <= c->module->min_bytes) {
            at->c = (uint32_t)at->c + arg.offset;
            arg.offset = 0;      /* a constant address: no sum can wrap */
            end = n_bytes;
        }
        x = wio_in(c, at, 0);
        v = is_store ? wio_in(c, value, 1) : wio_out(c, dst, type);
        if (fast && arg.memory == 0 && end <= c->module->min_bytes &&
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
            wio_begin(c, WIO_OP_memx);
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
    return true;
}

/* -- Calls ----------------------------------------------------------------------------- */

/* Imports that take C arguments and have an operator: up to four i32 and no
 * result or an i32, or two i32 and an i64. */
static bool
is_typed(const struct wio_module *m, const struct wio_type_info *t)
{
    const uint8_t *p = wio_type_params(m, t);

    if (t->n_params > (t->result_slots == 2 ? 2 : 4) || t->n_results > 1 ||
        (t->n_results == 1 && wio_type_results(m, t)[0] != WIO_TYPE_I32 &&
         wio_type_results(m, t)[0] != WIO_TYPE_I64)) {
        return false;
    }
    for (uint32_t i = 0; i < t->n_params; i++) {
        if (p[i] != WIO_TYPE_I32) {
            return false;
        }
    }
    return true;
}

/* Arguments are on top of the stack and stay where they are. */
static void
emit_typed_import(struct wio_compiler *c, uint32_t func,
                  const struct wio_type_info *t)
{
    uint32_t n = t->n_params;
    uint32_t base = n ? c->sp[n - 1].home : wio_next_home(c);
    bool constant = n > 0 && is_short(&c->sp[n - 1]);
    bool wide = t->result_slots == 2;
    uint32_t op = wide ? WIO_OP_h0l : t->n_results ? WIO_OP_h0i : WIO_OP_h0v;
    uint32_t a[4] = { 0 };

    for (uint32_t i = constant ? 1 : 0; i < n; i++) {
        a[i] = wio_in(c, &c->sp[n - 1 - i], i);
    }
    op += n + (constant ? wide ? 2u : 4u : 0u);
    wio_begin(c, (enum wio_op)op);
    wio_put8(c, func);
    if (constant) {
        wio_put16(c, (uint32_t)c->sp[n - 1].c & 0xffffu);
    }
    for (uint32_t i = constant ? 1 : 0; i < n; i++) {
        wio_put8(c, a[i]);
    }
    if (t->n_results) {
        /* Skipped, but entered when the call was a slow one. */
        wio_begin(c, wide ? WIO_OP_mov2 : WIO_OP_mov);
        wio_put8(c, base);
        c->prev = WIO_NO_POS;
        c->last_dst = !c->dead;
    }
    wio_put8(c, base);
    if (base > 255 && !c->dead && !c->error) {
        c->error = WIO_RETRY_BIG;
    }
}

/* Call operators: the base, the function or type, for calli the rest. */
static void
emit_call(struct wio_compiler *c, enum wio_op op, uint32_t base, uint32_t x)
{
    if (c->big || (x > 255 && op != WIO_OP_calli)) {
        wio_begin(c, (enum wio_op)(op + 1));
        wio_put16(c, base);
        wio_put16(c, x);
    } else {
        if (base > 255 && !c->dead && !c->error) {
            c->error = WIO_RETRY_BIG;
        }
        wio_begin(c, op);
        wio_put8(c, base);
        wio_put8(c, x & 0xffu);
        if (op == WIO_OP_calli) {
            wio_put8(c, x >> 8);
        }
    }
}

static void
finish_call(struct wio_compiler *c, const struct wio_type_info *t)
{
    wio_pop_all(c, wio_type_params(c->module, t), t->n_params);
    wio_push_all(c, wio_type_results(c->module, t), t->n_results);
}

static uint32_t
call_base(struct wio_compiler *c, uint32_t n)
{
    return n && wio_count(c) >= n ? c->sp[n - 1].home : wio_next_home(c);
}

void
wio_compile_call(struct wio_compiler *c)
{
    const struct wio_module *m = c->module;
    uint32_t func = wio_read_leb_u32(&c->in);
    const struct wio_type_info *t;

    if (c->in.bad) {
        return;
    }
    if (func >= m->n_funcs) {
        wio_fail_index(c, "function", func);
        return;
    }
    t = wio_type_of(m, func);
    if (!wio_check_top(c, wio_type_params(m, t), t->n_params)) {
        return;
    }
    if (c->dead) {
        finish_call(c, t);
        return;
    }
    if (func < m->n_imported_funcs && func < 256 && !c->big &&
        is_typed(m, t)) {
        emit_typed_import(c, func, t);
        finish_call(c, t);
        return;
    }
    wio_materialize_top(c, t->n_params);
    if (func < m->n_imported_funcs) {
        emit_call(c, WIO_OP_callx, call_base(c, t->n_params), func);
    } else {
        emit_call(c, WIO_OP_call, call_base(c, t->n_params),
                  func - m->n_imported_funcs);
    }
    finish_call(c, t);
}

static bool
check_table(struct wio_compiler *c, uint32_t table)
{
    if (table >= c->module->n_tables) {
        wio_fail_index(c, "table", table);
        return false;
    }
    return true;
}

void
wio_compile_call_indirect(struct wio_compiler *c)
{
    const struct wio_module *m = c->module;
    uint32_t type = wio_read_leb_u32(&c->in);
    uint32_t table = wio_read_leb_u32(&c->in);
    const struct wio_type_info *t;
    struct wio_operand *v;
    uint32_t a;

    if (c->in.bad || !check_table(c, table)) {
        return;
    }
    if (m->tables[table].value_type != WIO_TYPE_FUNCREF) {
        wio_fail(c, WIO_ERR_INVALID, "type mismatch: call_indirect needs a "
                 "table of functions");
        return;
    }
    if (type >= m->n_types) {
        wio_fail_index(c, "type", type);
        return;
    }
    t = &m->types[type];
    v = wio_pop(c, WIO_TYPE_I32);
    if (!wio_check_top(c, wio_type_params(m, t), t->n_params)) {
        return;
    }
    if (!c->dead) {
        struct wio_operand index = *v;

        wio_materialize_top(c, t->n_params);
        a = wio_in(c, &index, 2);
        emit_call(c, WIO_OP_calli, call_base(c, t->n_params), t->same);
        wio_put8(c, table);
        wio_put8(c, a);
    }
    finish_call(c, t);
}

/* -- Tables, bulk, grow ------------------------------------------------------------------ */

#define NO_RESULT 0u
#define I3 WIO_TYPE_I32, WIO_TYPE_I32, WIO_TYPE_I32

/* Pops three operands at most, in @types (0: none), and pushes @result. */
static void
emit_misc(struct wio_compiler *c, enum wio_misc sub, const uint8_t types[3],
          uint8_t result, uint32_t x, uint32_t y)
{
    struct wio_operand *v[3] = { NULL, NULL, NULL };
    uint32_t slots[3] = { 0, 0, 0 };
    uint32_t dst;

    for (uint32_t i = 3; i > 0; i--) {
        if (types[i - 1]) {
            v[i - 1] = wio_pop(c, types[i - 1]);
        }
    }
    dst = wio_next_home(c);
    if (!c->dead && !c->error) {
        for (uint32_t i = 0; i < 3; i++) {
            slots[i] = v[i] ? wio_in(c, v[i], i) : 0;
        }
        /* A destination stands first, as everywhere. */
        if (result) {
            slots[2] = slots[1];
            slots[1] = slots[0];
            slots[0] = wio_out(c, dst, result);
        }
        wio_begin(c, WIO_OP_misc);
        for (uint32_t i = 0; i < 3; i++) {
            wio_put8(c, slots[i]);
        }
        wio_put8(c, (uint32_t)sub);
        wio_put16(c, x);
        wio_put16(c, y);
        if (result) {
            wio_out_done(c);
        }
    }
    if (result) {
        wio_push(c, result);
    }
}

/* Core 2.0 reserves a zero byte where multi-memory has an index. */
static uint32_t
read_memory_index(struct wio_compiler *c)
{
    uint32_t memory;

    if (c->module->features & WIO_FEATURE_MULTI_MEMORY) {
        memory = wio_read_leb_u32(&c->in);
    } else {
        memory = wio_read_u8(&c->in);
        if (memory != 0) {
            wio_fail(c, WIO_ERR_MALFORMED, "zero byte expected");
        }
    }
    if (!c->in.bad && !c->error) {
        check_memory(c, memory);
    }
    return memory;
}

static uint32_t
read_table_index(struct wio_compiler *c)
{
    uint32_t table = wio_read_leb_u32(&c->in);

    if (c->in.bad || !check_table(c, table)) {
        return 0;
    }
    return table;
}

static uint32_t
read_data_index(struct wio_compiler *c)
{
    uint32_t data = wio_read_leb_u32(&c->in);

    /* Without any data the index is merely unknown. */
    if (!c->in.bad && !c->module->has_data_count &&
        c->module->data_section != 0) {
        wio_fail(c, WIO_ERR_MALFORMED, "data count section required");
    } else if (!c->in.bad && data >= c->module->n_data) {
        wio_fail_index(c, "data segment", data);
    }
    return data;
}

static uint32_t
read_elem_index(struct wio_compiler *c)
{
    uint32_t elem = wio_read_leb_u32(&c->in);

    if (!c->in.bad && elem >= c->module->n_elems) {
        wio_fail_index(c, "elem segment", elem);
        return 0;
    }
    return elem;
}

static void
compile_table_init(struct wio_compiler *c)
{
    static const uint8_t i3[3] = { I3 };
    uint32_t elem = read_elem_index(c);
    uint32_t table = read_table_index(c);

    if (c->in.bad || c->error) {
        return;
    }
    if (c->module->elem_types[elem] != c->module->tables[table].value_type) {
        wio_fail(c, WIO_ERR_INVALID, "type mismatch: segment and table");
        return;
    }
    emit_misc(c, WIO_MISC_TABLE_INIT, i3, NO_RESULT, elem, table);
}

static void
compile_table_copy(struct wio_compiler *c)
{
    static const uint8_t i3[3] = { I3 };
    uint32_t to = read_table_index(c);
    uint32_t from = read_table_index(c);

    if (c->in.bad || c->error) {
        return;
    }
    if (c->module->tables[to].value_type !=
        c->module->tables[from].value_type) {
        wio_fail(c, WIO_ERR_INVALID, "type mismatch: the tables differ");
        return;
    }
    emit_misc(c, WIO_MISC_TABLE_COPY, i3, NO_RESULT, to, from);
}

static void
compile_table(struct wio_compiler *c, enum wio_misc sub)
{
    uint32_t table = read_table_index(c);
    uint8_t types[3] = { 0, 0, 0 };
    uint8_t result = NO_RESULT;
    uint8_t type;

    if (c->in.bad || c->error) {
        return;
    }
    type = c->module->tables[table].value_type;
    switch (sub) {
    case WIO_MISC_TABLE_GROW:
        types[0] = type;
        types[1] = WIO_TYPE_I32;
        result = WIO_TYPE_I32;
        break;
    case WIO_MISC_TABLE_SIZE:
        result = WIO_TYPE_I32;
        break;
    case WIO_MISC_TABLE_FILL:
        types[0] = WIO_TYPE_I32;
        types[1] = type;
        types[2] = WIO_TYPE_I32;
        break;
    case WIO_MISC_TABLE_GET:
        types[0] = WIO_TYPE_I32;
        result = type;
        break;
    default:
        types[0] = WIO_TYPE_I32;
        types[1] = type;
        break;
    }
    emit_misc(c, sub, types, result, table, 0);
}

static void
compile_memory_bulk(struct wio_compiler *c, uint32_t op)
{
    static const uint8_t i3[3] = { I3 };
    uint32_t x, y = 0;

    if (op == WIO_MISC_MEMORY_INIT) {
        x = read_data_index(c);
        y = c->error ? 0 : read_memory_index(c);
    } else {
        x = read_memory_index(c);
        if (op == WIO_MISC_MEMORY_COPY && !c->error) {
            y = read_memory_index(c);
        }
    }
    if (!c->in.bad && !c->error) {
        emit_misc(c, (enum wio_misc)op, i3, NO_RESULT, x, y);
    }
}

void
wio_compile_prefixed(struct wio_compiler *c)
{
    static const uint8_t none[3] = { 0, 0, 0 };
    uint32_t op = wio_read_leb_u32(&c->in);
    uint32_t x;

    if (c->in.bad) {
        return;
    }
    if (op < 8) {
        wio_compile_numeric(c, WIO_NUM_SAT + op);
        return;
    }
    switch (op) {
    case WIO_MISC_MEMORY_INIT:
    case WIO_MISC_MEMORY_COPY:
    case WIO_MISC_MEMORY_FILL:
        compile_memory_bulk(c, op);
        break;
    case WIO_MISC_DATA_DROP:
        x = read_data_index(c);
        emit_misc(c, WIO_MISC_DATA_DROP, none, NO_RESULT, x, 0);
        break;
    case WIO_MISC_ELEM_DROP:
        x = read_elem_index(c);
        emit_misc(c, WIO_MISC_ELEM_DROP, none, NO_RESULT, x, 0);
        break;
    case WIO_MISC_TABLE_INIT:
        compile_table_init(c);
        break;
    case WIO_MISC_TABLE_COPY:
        compile_table_copy(c);
        break;
    case WIO_MISC_TABLE_GROW:
    case WIO_MISC_TABLE_SIZE:
    case WIO_MISC_TABLE_FILL:
        compile_table(c, (enum wio_misc)op);
        break;
    default:
        wio_fail(c, WIO_ERR_MALFORMED, "illegal opcode behind 0xfc");
    }
}

/* Globals whose index needs more than a byte. */
void
wio_compile_far_global(struct wio_compiler *c, uint32_t index, bool set)
{
    uint8_t types[3] = { 0, 0, 0 };
    uint8_t type = c->module->globals[index].value_type;

    types[0] = set ? type : 0;
    emit_misc(c, set ? WIO_MISC_GLOBAL_SET : WIO_MISC_GLOBAL_GET, types,
              set ? NO_RESULT : type, index, 0);
}

/* table.get/set, memory.size/grow, ref.func. */
bool
wio_compile_misc(struct wio_compiler *c, uint32_t op)
{
    static const uint8_t none[3] = { 0, 0, 0 };
    static const uint8_t i1[3] = { WIO_TYPE_I32, 0, 0 };
    uint32_t x;

    switch (op) {
    case 0x25:
        compile_table(c, WIO_MISC_TABLE_GET);
        return true;
    case 0x26:
        compile_table(c, WIO_MISC_TABLE_SET);
        return true;
    case 0x3f:
    case 0x40:
        x = read_memory_index(c);
        if (!c->in.bad && !c->error) {
            emit_misc(c, op == 0x3f ? WIO_MISC_MEMORY_SIZE
                                    : WIO_MISC_MEMORY_GROW,
                      op == 0x3f ? none : i1, WIO_TYPE_I32, x, 0);
        }
        return true;
    case 0xd2:
        x = wio_read_leb_u32(&c->in);
        if (c->in.bad) {
            return true;
        }
        if (x >= c->module->n_funcs) {
            wio_fail_index(c, "function", x);
        } else if (c->declared && !(c->declared[x / 8] >> x % 8 & 1)) {
            wio_fail(c, WIO_ERR_INVALID, "undeclared function reference");
        } else {
            emit_misc(c, WIO_MISC_REF_FUNC, none, WIO_TYPE_FUNCREF, x, 0);
        }
        return true;
    default:
        return false;
    }
}
