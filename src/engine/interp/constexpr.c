/* SPDX-License-Identifier: Apache-2.0 */
/* Constant expressions (Core 2.0, section 3.3.10, and extended-const). */
#include "engine/interp/loader.h"

#define OP_END 0x0bu
#define OP_GLOBAL_GET 0x23u
#define OP_I32_CONST 0x41u
#define OP_I64_CONST 0x42u
#define OP_F32_CONST 0x43u
#define OP_F64_CONST 0x44u
#define OP_I32_ADD 0x6au         /* sub and mul follow */
#define OP_I64_ADD 0x7cu
#define OP_REF_NULL 0xd0u
#define OP_REF_FUNC 0xd2u

struct expr {
    uint32_t n;
    uint64_t values[WIO_MAX_CONST_DEPTH];
    uint8_t types[WIO_MAX_CONST_DEPTH];
};

static int
push(const struct wio_loader *l, const struct wio_cursor *c, struct expr *e,
     uint8_t type)
{
    if (e->n == WIO_MAX_CONST_DEPTH) {
        return wio_load_fail(l, c, WIO_ERR_LIMIT, "a constant expression "
                             "with more than 16 operands");
    }
    e->types[e->n++] = type;
    return 0;
}

static int
check_global(struct wio_loader *l, struct wio_cursor *c, struct expr *e)
{
    const struct wio_module *m = l->m;
    uint32_t index = wio_read_leb_u32(c);

    if (c->bad) {
        return wio_load_check(l, c);
    }
    if (index >= m->n_imported_globals) {
        return wio_load_unknown(l, c, "global", index);
    }
    if (m->globals[index].is_mutable) {
        return wio_load_fail(l, c, WIO_ERR_INVALID, "constant expression "
                             "required: the global is mutable");
    }
    return push(l, c, e, m->globals[index].value_type);
}

static int
check_ref(struct wio_loader *l, struct wio_cursor *c, struct expr *e,
          uint32_t op)
{
    uint32_t x;

    if (op == OP_REF_NULL) {
        x = wio_read_u8(c);
        if (!c->bad && !wio_is_ref_type((uint8_t)x)) {
            return wio_load_fail(l, c, WIO_ERR_MALFORMED,
                                 "malformed reference type");
        }
        return push(l, c, e, (uint8_t)x);
    }
    x = wio_read_leb_u32(c);
    if (c->bad) {
        return wio_load_check(l, c);
    }
    if (x >= l->m->n_funcs) {
        return wio_load_unknown(l, c, "function", x);
    }
    l->declared[x / 8] |= (uint8_t)(1u << (x % 8));
    return push(l, c, e, WIO_TYPE_FUNCREF);
}

static int
check_binary(struct wio_loader *l, struct wio_cursor *c, struct expr *e,
             uint8_t type)
{
    if (!(l->m->features & WIO_FEATURE_EXTENDED_CONST)) {
        return wio_load_fail(l, c, WIO_ERR_INVALID,
                             "constant expression required");
    }
    if (e->n < 2 || e->types[e->n - 1] != type || e->types[e->n - 2] != type) {
        return wio_load_fail(l, c, WIO_ERR_INVALID, "type mismatch");
    }
    e->n--;
    return 0;
}

static int
check_op(struct wio_loader *l, struct wio_cursor *c, struct expr *e,
         uint32_t op)
{
    switch (op) {
    case OP_I32_CONST:
        wio_read_leb_s32(c);
        return push(l, c, e, WIO_TYPE_I32);
    case OP_I64_CONST:
        wio_read_leb_s64(c);
        return push(l, c, e, WIO_TYPE_I64);
    case OP_F32_CONST:
        wio_read_u32_le(c);
        return push(l, c, e, WIO_TYPE_F32);
    case OP_F64_CONST:
        wio_read_u64_le(c);
        return push(l, c, e, WIO_TYPE_F64);
    case OP_GLOBAL_GET:
        return check_global(l, c, e);
    case OP_REF_NULL:
    case OP_REF_FUNC:
        return check_ref(l, c, e, op);
    case OP_I32_ADD:
    case OP_I32_ADD + 1:
    case OP_I32_ADD + 2:
        return check_binary(l, c, e, WIO_TYPE_I32);
    case OP_I64_ADD:
    case OP_I64_ADD + 1:
    case OP_I64_ADD + 2:
        return check_binary(l, c, e, WIO_TYPE_I64);
    default:
        if (op > OP_REF_FUNC && op != 0xfc) {
            return wio_load_fail(l, c, WIO_ERR_MALFORMED, "illegal opcode");
        }
        return wio_load_fail(l, c, WIO_ERR_INVALID,
                             "constant expression required");
    }
}

int
wio_load_expr(struct wio_loader *l, struct wio_cursor *c, uint8_t type)
{
    struct expr e;
    uint32_t op;
    int err = 0;

    e.n = 0;
    for (;;) {
        op = wio_read_u8(c);
        err = wio_load_check(l, c);
        if (err || op == OP_END) {
            break;
        }
        err = check_op(l, c, &e, op);
        if (!err) {
            err = wio_load_check(l, c);
        }
        if (err) {
            return err;
        }
    }
    if (!err && (e.n != 1 || e.types[0] != type)) {
        err = wio_load_fail(l, c, WIO_ERR_INVALID, "type mismatch in a "
                            "constant expression");
    }
    return err;
}

static uint64_t
compute(uint32_t op, uint64_t a, uint64_t b)
{
    uint32_t which = op < OP_I64_ADD ? op - OP_I32_ADD : op - OP_I64_ADD;
    uint64_t r = which == 0 ? a + b : which == 1 ? a - b : a * b;

    return op < OP_I64_ADD ? (uint32_t)r : r;
}

static uint64_t
global_value(const struct wio_inst *inst, uint32_t index)
{
    const struct wio_global *g = inst->globals[index];

    return (uint64_t)g->value[1] << 32 | g->value[0];
}

uint64_t
wio_eval_expr(const struct wio_inst *inst, struct wio_cursor *c)
{
    struct expr e;
    uint32_t op;

    e.n = 0;
    while ((op = wio_read_u8(c)) != OP_END) {
        switch (op) {
        case OP_I32_CONST:
            e.values[e.n++] = (uint32_t)wio_read_leb_s32(c);
            break;
        case OP_I64_CONST:
            e.values[e.n++] = (uint64_t)wio_read_leb_s64(c);
            break;
        case OP_F32_CONST:
            e.values[e.n++] = wio_read_u32_le(c);
            break;
        case OP_F64_CONST:
            e.values[e.n++] = wio_read_u64_le(c);
            break;
        case OP_GLOBAL_GET:
            e.values[e.n++] = global_value(inst, wio_read_leb_u32(c));
            break;
        case OP_REF_NULL:
            wio_read_u8(c);
            e.values[e.n++] = 0;
            break;
        case OP_REF_FUNC:
            e.values[e.n++] = wio_ref_func(inst, wio_read_leb_u32(c));
            break;
        default:
            e.n--;
            e.values[e.n - 1] = compute(op, e.values[e.n - 1], e.values[e.n]);
            break;
        }
    }
    return e.values[0];
}

void
wio_skip_expr(struct wio_cursor *c)
{
    uint32_t op;

    while ((op = wio_read_u8(c)) != OP_END) {
        if (op == OP_F32_CONST) {
            wio_read_u32_le(c);
        } else if (op == OP_F64_CONST) {
            wio_read_u64_le(c);
        } else if (op == OP_I32_CONST || op == OP_I64_CONST ||
                   op == OP_GLOBAL_GET || op >= OP_REF_NULL) {
            wio_read_leb_s64(c);  /* any LEB128 of at most 64 bits */
        }
    }
}
