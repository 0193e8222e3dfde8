/* SPDX-License-Identifier: Apache-2.0 */
/* The virtual operand stack and the bytes it turns into. */
#include "engine/interp/compile.h"

/* -- Errors --------------------------------------------------------------- */

static uint32_t
offset_of(const struct wio_compiler *c)
{
    return (uint32_t)(c->op_at - c->module->bytes.bytes);
}

#if WIO_CFG_SENTENCES
void
wio_fail(struct wio_compiler *c, int code, const char *what)
{
    if (!c->error) {
        c->error = wio_report_fail(c->report, code,
                                   "%s (function %u, byte %u of the module)",
                                   what, c->func, offset_of(c));
    }
}

void
wio_fail_index(struct wio_compiler *c, const char *what, uint32_t index)
{
    if (!c->error) {
        c->error = wio_report_fail(c->report, WIO_ERR_INVALID,
                                   "unknown %s %u (function %u, byte %u of "
                                   "the module)", what, index, c->func,
                                   offset_of(c));
    }
}
#else
void
wio_fail_code(struct wio_compiler *c, int code)
{
    if (!c->error) {
        c->error = wio_report_code(c->report, code);
    }
}
#endif

/* -- Code ----------------------------------------------------------------- */

bool
wio_room(struct wio_compiler *c)
{
    uint8_t *low = c->dry ? c->floor : c->code + c->pos;

    if ((uint8_t *)c->sp < low ||
        (uint32_t)((uint8_t *)c->sp - low) < WIO_STACK_MARGIN) {
        wio_fail(c, WIO_ERR_NO_MEMORY, "no memory left to compile into");
        return false;
    }
    return true;
}

void
wio_put8(struct wio_compiler *c, uint32_t byte)
{
    if (c->dead || c->error) {
        return;
    }
    c->code[c->pos & c->mask] = (uint8_t)byte;
    if (c->dry && c->pos == c->seek) {
        c->found = offset_of(c);
    }
    c->pos++;
}

void
wio_put16(struct wio_compiler *c, uint32_t value)
{
    wio_put8(c, value & 0xffu);
    wio_put8(c, value >> 8 & 0xffu);
}

void
wio_put32(struct wio_compiler *c, uint32_t value)
{
    wio_put16(c, value & 0xffffu);
    wio_put16(c, value >> 16);
}

void
wio_begin(struct wio_compiler *c, enum wio_op op)
{
    if (c->dead || !wio_room(c)) {
        return;
    }
    c->prev = c->last;
    c->last = c->pos;
    c->last_dst = false;
    c->last_cmp = false;
    c->last_not = false;
    wio_put8(c, (uint32_t)op);
}

void
wio_barrier(struct wio_compiler *c)
{
    c->last = WIO_NO_POS;
    c->prev = WIO_NO_POS;
    c->last_dst = false;
    c->last_cmp = false;
    c->last_not = false;
}

void
wio_emit_movn(struct wio_compiler *c, uint32_t dst, uint32_t src, uint32_t n)
{
    if (n == 0 || dst == src) {
        return;
    }
    if (n <= 2 && dst < 256 && src < 256) {
        wio_begin(c, n == 2 ? WIO_OP_mov2 : WIO_OP_mov);
        wio_put8(c, dst);
        wio_put8(c, src);
        return;
    }
    wio_begin(c, WIO_OP_movn);
    wio_put16(c, dst);
    wio_put16(c, src);
    wio_put16(c, n);
}

static uint32_t
near_slot(struct wio_compiler *c, uint32_t slot)
{
    if (slot > 255 && !c->dead && !c->error) {
        c->error = WIO_RETRY_BIG;
    }
    return slot & 0xffu;
}

uint32_t
wio_in(struct wio_compiler *c, struct wio_operand *v, uint32_t scratch)
{
    uint32_t slot;

    if (v->kind == WIO_CONST) {
        wio_materialize(c, v);
    }
    slot = v->kind == WIO_LOCAL ? v->slot : v->home;
    if (c->big && slot > 255) {
        wio_emit_movn(c, 2 * scratch, slot, wio_slots(v->type));
        return 2 * scratch;
    }
    return near_slot(c, slot);
}

uint32_t
wio_out(struct wio_compiler *c, uint32_t slot, uint8_t type)
{
    if (c->big && slot > 255) {
        c->post = slot;
        c->post_slots = wio_slots(type);
        return 6;
    }
    return near_slot(c, slot);
}

/* Ends an operator whose destination stands behind the operator byte. */
void
wio_out_done(struct wio_compiler *c)
{
    if (c->post != WIO_NO_POS) {
        wio_emit_movn(c, c->post, 6, c->post_slots);
        c->post = WIO_NO_POS;
        wio_barrier(c);
    } else {
        c->last_dst = !c->big && !c->dead;
    }
}

void
wio_emit_dab(struct wio_compiler *c, enum wio_op op, uint32_t dst,
             uint8_t type, struct wio_operand *a, struct wio_operand *b)
{
    uint32_t x = wio_in(c, a, 0);
    uint32_t y = b ? wio_in(c, b, 1) : 0;
    uint32_t d = wio_out(c, dst, type);

    wio_begin(c, op);
    wio_put8(c, d);
    wio_put8(c, x);
    if (b) {
        wio_put8(c, y);
    }
    wio_out_done(c);
}

static void
emit_const(struct wio_compiler *c, uint32_t dst, uint8_t type, uint64_t value)
{
    int64_t s = wio_is_64bit(type) ? (int64_t)value : (int32_t)value;
    uint32_t d = wio_out(c, dst, type);
    bool is_short = s >= -0x8000 && s <= 0x7fff;

    if (!wio_is_64bit(type) && s >= -0x80 && s <= 0x7f) {
        wio_begin(c, WIO_OP_k8);
        wio_put8(c, d);
        wio_put8(c, (uint32_t)value & 0xffu);
        wio_out_done(c);
        return;
    }
    if (wio_is_64bit(type)) {
        wio_begin(c, is_short ? WIO_OP_k64s : WIO_OP_k64);
    } else {
        wio_begin(c, is_short ? WIO_OP_k16 : WIO_OP_k32);
    }
    wio_put8(c, d);
    wio_put16(c, (uint32_t)value & 0xffffu);
    if (!is_short) {
        wio_put16(c, (uint32_t)value >> 16);
        if (wio_is_64bit(type)) {
            wio_put32(c, (uint32_t)(value >> 32));
        }
    }
    wio_out_done(c);
}

/* The value of @v into slot @dst, which is no operand's but its own. */
void
wio_emit_move(struct wio_compiler *c, uint32_t dst, struct wio_operand *v)
{
    uint32_t n = wio_slots(v->type);

    if (v->kind == WIO_CONST) {
        emit_const(c, dst, v->type, v->c);
        return;
    }
    if (v->kind == WIO_TEMP ? v->home == dst : v->slot == dst) {
        return;
    }
    wio_emit_movn(c, dst, v->kind == WIO_LOCAL ? v->slot : v->home, n);
}

/* -- Operands ------------------------------------------------------------- */

uint32_t
wio_count(const struct wio_compiler *c)
{
    return (uint32_t)((struct wio_operand *)(void *)c->label - c->sp);
}

uint32_t
wio_next_home(const struct wio_compiler *c)
{
    if (wio_count(c) == 0) {
        return c->label->base;
    }
    return c->sp->home + wio_slots(c->sp->type);
}

void
wio_materialize(struct wio_compiler *c, struct wio_operand *v)
{
    if (v->kind != WIO_TEMP) {
        wio_emit_move(c, v->home, v);
        v->kind = WIO_TEMP;
    }
}

/* Ascending, so that no copy overwrites what a later one reads: a home is
 * never below the home of an operand beneath, and locals are no homes. */
void
wio_materialize_top(struct wio_compiler *c, uint32_t n)
{
    uint32_t there = wio_count(c);

    for (uint32_t i = n < there ? n : there; i > 0; i--) {
        wio_materialize(c, &c->sp[i - 1]);
    }
}

void
wio_flush(struct wio_compiler *c)
{
    if (!c->alias) {
        return;
    }
    for (struct wio_operand *v = c->alias; v >= c->sp; v--) {
        if (v->kind == WIO_LOCAL) {
            wio_materialize(c, v);
        }
    }
    c->alias = NULL;
}

struct wio_operand *
wio_push(struct wio_compiler *c, uint8_t type)
{
    uint32_t home = wio_next_home(c);
    uint32_t top = home + wio_slots(type);

    if (top > WIO_MAX_FRAME) {
        wio_fail(c, WIO_ERR_LIMIT, "a frame larger than 65000 slots");
    }
    if (c->error || !wio_room(c)) {
        return &c->nothing;
    }
    if (c->alias && c->alias - c->sp >= WIO_ALIAS_WINDOW) {
        wio_flush(c);
    }
    if (top > c->max_slots) {
        c->max_slots = top;
    }
    c->sp--;
    *c->sp = (struct wio_operand){ .home = (uint16_t)home, .type = type,
                                   .kind = WIO_TEMP };
    return c->sp;
}

void
wio_push_local(struct wio_compiler *c, uint32_t slot, uint8_t type)
{
    struct wio_operand *v = wio_push(c, type);

    v->kind = WIO_LOCAL;
    v->slot = (uint16_t)slot;
    if (!c->alias && v != &c->nothing) {
        c->alias = v;
    }
}

void
wio_push_const(struct wio_compiler *c, uint8_t type, uint64_t value)
{
    struct wio_operand *v = wio_push(c, type);

    v->kind = WIO_CONST;
    v->c = value;
}

/* The popped operand stays readable until the next push. */
struct wio_operand *
wio_pop(struct wio_compiler *c, uint8_t type)
{
    struct wio_operand *v = c->sp;

    if (wio_count(c) == 0) {
        if (!c->label->unreachable) {
            wio_fail(c, WIO_ERR_INVALID, "type mismatch: an operand is "
                     "missing");
        }
        c->nothing = (struct wio_operand){ .home = c->label->base,
                                           .type = WIO_TYPE_UNKNOWN };
        return &c->nothing;
    }
    if (type != WIO_TYPE_UNKNOWN && v->type != WIO_TYPE_UNKNOWN &&
        v->type != type) {
        wio_fail(c, WIO_ERR_INVALID, "type mismatch");
    }
    if (v == c->alias) {
        c->alias = NULL;
    }
    c->sp++;
    return v;
}

/* Copies the operands that still stand for the old value of a local. */
static bool
preserve(struct wio_compiler *c, uint32_t slot, uint32_t n)
{
    bool any = false;

    if (!c->alias) {
        return false;
    }
    for (struct wio_operand *v = c->alias; v >= c->sp; v--) {
        if (v->kind == WIO_LOCAL && v->slot < slot + n &&
            slot < v->slot + wio_slots(v->type)) {
            wio_materialize(c, v);
            any = true;
        }
    }
    return any;
}

void
wio_local_set(struct wio_compiler *c, uint32_t slot, uint8_t type, bool tee)
{
    struct wio_operand v = *wio_pop(c, type);
    bool copied = preserve(c, slot, wio_slots(type));

    if (!c->dead && !c->error && v.type != WIO_TYPE_UNKNOWN) {
        if (v.kind == WIO_TEMP && c->last_dst && !copied && slot < 256 &&
            c->code[(c->last + 1) & c->mask] == v.home) {
            c->code[(c->last + 1) & c->mask] = (uint8_t)slot;
        } else {
            wio_emit_move(c, slot, &v);
        }
        c->last_dst = false;     /* the temporary is dead: no more fusion */
        c->last_cmp = false;
        c->last_not = false;
    }
    if (tee) {
        wio_push_local(c, slot, type);
    }
}
