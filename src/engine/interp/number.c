/* SPDX-License-Identifier: Apache-2.0 */
/* Numeric instructions.
 * Opcode numbers are those of Core 2.0, section 5.4. */
#include "engine/interp/compile.h"

/* -- Immediates ----------------------------------------------------------- */

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

/* -- Numbers -------------------------------------------------------------- */

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
    if (wio_is_short(b) && (cmp & CMP_SWAP)) {
        /* c < a is a >= c + 1, c >= a is a < c + 1, unless that wraps. */
        if ((int32_t)k < 0x7fff && !((cmp & 4u) && k == UINT32_MAX)) {
            cmp = (cmp ^ CMP_SWAP) ^ 1u;
            k++;
        }
    }
    if (wio_is_short(b) && !(cmp & CMP_SWAP)) {
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
    } else if (imm && wio_is_short(b) &&
               !(i == 1 && (int16_t)b->c == -0x8000)) {
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
