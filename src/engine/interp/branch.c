/* SPDX-License-Identifier: Apache-2.0 */
/* Labels and branches. */
#include "engine/interp/compile.h"

#define CMP_NE 1u

/* -- Offset fields -------------------------------------------------------- */

static uint32_t
get_field(const struct wio_compiler *c, uint32_t at)
{
    const uint8_t *p = c->code + at;
    uint32_t value = (uint32_t)p[0] | (uint32_t)p[1] << 8;

    if (c->big) {
        value |= (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
    }
    return value;
}

static void
put_field(struct wio_compiler *c, uint32_t at, uint32_t value)
{
    uint8_t *p = c->code + at;

    if (c->dead || c->error) {
        return;
    }
    if (!c->big && value > 0xffffu) {
        c->error = WIO_RETRY_BIG;
        return;
    }
    if (c->dry) {
        return;
    }
    p[0] = (uint8_t)value;
    p[1] = (uint8_t)(value >> 8);
    if (c->big) {
        p[2] = (uint8_t)(value >> 16);
        p[3] = (uint8_t)(value >> 24);
    }
}

static uint32_t
new_field(struct wio_compiler *c)
{
    uint32_t at = c->pos;

    wio_put16(c, 0);
    if (c->big) {
        wio_put16(c, 0);
    }
    return at;
}

/* Lets the branch whose field is at @at lead to @label. */
static void
aim(struct wio_compiler *c, uint32_t at, struct wio_label *label)
{
    if (c->dead || c->error) {
        return;
    }
    if (label->kind == WIO_LABEL_LOOP) {
        put_field(c, at, at - 1 - label->start);
    } else {
        wio_join(c, label);
        put_field(c, at, label->fix ? at - label->fix : 0);
        label->fix = at;
    }
}

void
wio_resolve(struct wio_compiler *c, uint32_t fix)
{
    bool dead = c->dead;

    wio_barrier(c);
    if (c->dry || c->error) {
        return;
    }
    c->dead = false;             /* the branches were not */
    while (fix) {
        uint32_t back = get_field(c, fix);

        put_field(c, fix, c->pos - (fix - 1));
        fix = back ? fix - back : 0;
    }
    c->dead = dead;
}

/* -- Types ---------------------------------------------------------------- */

static struct wio_label *
find_label(struct wio_compiler *c, uint32_t depth)
{
    struct wio_label *label = c->label;

    if (depth >= c->n_labels) {
        wio_fail_index(c, "label", depth);
        return label;
    }
    for (; depth > 0; depth--) {
        label = label->outer;
    }
    return label;
}

bool
wio_check_top(struct wio_compiler *c, const uint8_t *types, uint32_t n)
{
    uint32_t there = wio_count(c);

    for (uint32_t i = 0; i < n; i++) {
        if (i >= there) {
            if (c->label->unreachable) {
                return true;
            }
            wio_fail(c, WIO_ERR_INVALID, "type mismatch: an operand is "
                     "missing");
            return false;
        }
        if (c->sp[i].type != WIO_TYPE_UNKNOWN &&
            c->sp[i].type != types[n - 1 - i]) {
            wio_fail(c, WIO_ERR_INVALID, "type mismatch");
            return false;
        }
    }
    return true;
}

void
wio_pop_all(struct wio_compiler *c, const uint8_t *types, uint32_t n)
{
    while (n > 0) {
        wio_pop(c, types[--n]);
    }
}

void
wio_push_all(struct wio_compiler *c, const uint8_t *types, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        wio_push(c, types[i]);
    }
}

void
wio_unreachable(struct wio_compiler *c)
{
    c->sp = (struct wio_operand *)(void *)c->label;
    c->alias = NULL;
    c->label->unreachable = true;
    c->dead = true;
    wio_barrier(c);
}

/* -- Emission ------------------------------------------------------------- */

struct wio_cond
wio_take_cond(struct wio_compiler *c, struct wio_operand *v)
{
    struct wio_cond cond = { .form = 0 };
    const uint8_t *code = c->code;
    uint32_t at = c->last;

    if (c->dead || c->error) {
        return cond;
    }
    if (!c->last_cmp || c->big || v->kind != WIO_TEMP ||
        code[(at + 1) & c->mask] != v->home) {
        cond.a = (uint8_t)wio_in(c, v, 2);
        return cond;
    }
    cond.cmp = (uint8_t)(code[at & c->mask] - WIO_OP_eq);
    cond.form = 1;
    cond.a = code[(at + 2) & c->mask];
    cond.b = code[(at + 3) & c->mask];
    if (cond.cmp >= 6) {
        cond.cmp = (uint8_t)(cond.cmp - 6);
        cond.form = 2;
        cond.b = (uint16_t)(cond.b | code[(at + 4) & c->mask] << 8);
    }
    c->pos = at;
    at = c->prev;
    wio_barrier(c);
    c->last = at;
    return cond;
}

/* `a += k; if (a != b) goto loop` as one operator. */
static bool
emit_count(struct wio_compiler *c, struct wio_cond cond, uint32_t *field)
{
    uint32_t at = c->last;
    uint32_t a, b, k;

    if (at == WIO_NO_POS || cond.form != 1 || cond.cmp != CMP_NE ||
        c->code[at & c->mask] != WIO_OP_addb) {
        return false;
    }
    a = c->code[(at + 1) & c->mask];
    k = c->code[(at + 3) & c->mask];
    if (c->code[(at + 2) & c->mask] != a || (cond.a != a && cond.b != a)) {
        return false;
    }
    b = cond.a == a ? cond.b : cond.a;
    c->pos = at;
    wio_begin(c, WIO_OP_incbr_b);
    *field = new_field(c);
    wio_put8(c, a);
    wio_put8(c, b);
    wio_put8(c, k);
    return true;
}

/* Branches when the condition holds (or not, with @invert); returns where the
 * offset field is. */
static uint32_t
emit_cond(struct wio_compiler *c, struct wio_cond cond, bool invert,
          bool backward)
{
    uint32_t op, field = 0;

    if (c->big) {
        wio_begin(c, invert ? WIO_OP_brnz : WIO_OP_brz);
        wio_put16(c, 4 + 5);     /* over the long jump */
        wio_put8(c, cond.a);
        wio_begin(c, backward ? WIO_OP_jmpw_b : WIO_OP_jmpw);
        return new_field(c);
    }
    if (cond.form == 2 && cond.b == 0 && cond.cmp <= CMP_NE) {
        cond.form = 0;           /* a == 0, a != 0 */
        invert ^= cond.cmp != CMP_NE;
    }
    if (cond.form == 0) {
        op = invert ? WIO_OP_brz : WIO_OP_brnz;
    } else {
        cond.cmp = (uint8_t)(cond.cmp ^ (invert ? 1u : 0u));
        op = WIO_OP_breq + 6u * (cond.form - 1u) + cond.cmp;
        if (backward && emit_count(c, cond, &field)) {
            return field;
        }
    }
    wio_begin(c, (enum wio_op)(op + (backward ? WIO_OP_breq_b - WIO_OP_breq
                                              : 0)));
    field = new_field(c);
    wio_put8(c, cond.a);
    if (cond.form == 1) {
        wio_put8(c, cond.b);
    } else if (cond.form == 2) {
        wio_put16(c, cond.b);
    }
    return field;
}

static void
emit_jump(struct wio_compiler *c, struct wio_label *label)
{
    bool loop = label->kind == WIO_LABEL_LOOP;

    if (c->big) {
        wio_begin(c, loop ? WIO_OP_jmpw_b : WIO_OP_jmpw);
    } else {
        wio_begin(c, loop ? WIO_OP_jmp_b : WIO_OP_jmp);
    }
    aim(c, new_field(c), label);
}

void
wio_emit_jump_to_end(struct wio_compiler *c, struct wio_label *label)
{
    emit_jump(c, label);
}

/* The function's results are on top; more than one lie in their homes. */
void
wio_emit_return(struct wio_compiler *c)
{
    const struct wio_type_info *type = wio_type_of(c->module, c->func);
    struct wio_operand v;
    uint32_t a;

    if (c->dead || c->error) {
        return;
    }
    if (type->n_results == 1) {
        v = c->sp[0];            /* a copy: this may be a side path */
        a = wio_in(c, &v, 0);
        wio_begin(c, wio_is_64bit(v.type) ? WIO_OP_ret2 : WIO_OP_ret1);
        wio_put8(c, a);
        return;
    }
    if (type->n_results > 1) {
        wio_emit_movn(c, 0, c->sp[type->n_results - 1].home,
                      type->result_slots);
    }
    wio_begin(c, WIO_OP_ret);
}

/* Where the @n operands on top lie, and in how many slots. */
static uint32_t
top_home(const struct wio_compiler *c, uint32_t n, uint32_t *n_slots)
{
    *n_slots = 0;
    if (n == 0 || wio_count(c) < n) {
        return 0;
    }
    *n_slots = c->sp->home + wio_slots(c->sp->type) - c->sp[n - 1].home;
    return c->sp[n - 1].home;
}

/* Values (more than one are in their homes) and jump. */
static void
emit_br(struct wio_compiler *c, struct wio_label *label, uint32_t n)
{
    uint32_t n_slots;
    uint32_t home = top_home(c, n, &n_slots);

    if (label->kind == WIO_LABEL_FUNC) {
        wio_emit_return(c);
        return;
    }
    if (n == 1 && !c->dead && !c->error) {
        wio_emit_move(c, label->base, &c->sp[0]);
    } else if (n > 1) {
        wio_emit_movn(c, label->base, home, n_slots);
    }
    emit_jump(c, label);
}

void
wio_emit_if(struct wio_compiler *c, struct wio_cond cond)
{
    uint32_t field = emit_cond(c, cond, true, false);

    c->label->else_fix = c->dead ? 0 : field;
}

/* -- Instructions --------------------------------------------------------- */

void
wio_compile_br(struct wio_compiler *c, uint32_t depth)
{
    struct wio_label *label = find_label(c, depth);
    uint32_t n;
    const uint8_t *types = wio_label_types(label, &n);

    if (!wio_check_top(c, types, n)) {
        return;
    }
    if (n > 1) {
        wio_materialize_top(c, n);
    }
    emit_br(c, label, n);
    wio_unreachable(c);
}

void
wio_compile_br_if(struct wio_compiler *c, uint32_t depth)
{
    struct wio_operand v = *wio_pop(c, WIO_TYPE_I32);
    struct wio_label *label = find_label(c, depth);
    uint32_t n, n_slots, home, field, skip;
    const uint8_t *types = wio_label_types(label, &n);
    struct wio_cond cond;

    if (!wio_check_top(c, types, n)) {
        return;
    }
    if (c->label->unreachable) {
        wio_pop_all(c, types, n);
        wio_push_all(c, types, n);
    }
    cond = wio_take_cond(c, &v);
    if (n > 1) {
        wio_materialize_top(c, n);
    }
    home = top_home(c, n, &n_slots);
    if (c->dead || c->error) {
        return;
    }
    if (label->kind != WIO_LABEL_FUNC &&
        (n == 0 || (home == label->base && (n > 1 ||
                                            c->sp->kind == WIO_TEMP)))) {
        field = emit_cond(c, cond, false, label->kind == WIO_LABEL_LOOP);
        aim(c, field, label);
        return;
    }
    skip = emit_cond(c, cond, true, false);
    put_field(c, skip, 0);
    emit_br(c, label, n);
    wio_resolve(c, skip);
}

/* A br_table's entry that needs more than a jump forward leads to a stub
 * behind the table, one a label. */
static void
emit_table_entry(struct wio_compiler *c, struct wio_label *label, uint32_t n,
                 uint32_t table, uint32_t field)
{
    uint32_t n_slots;
    bool moves = n > 0 && top_home(c, n, &n_slots) != label->base;

    if (!moves && label->kind != WIO_LABEL_LOOP &&
        label->kind != WIO_LABEL_FUNC) {
        aim(c, field, label);
        return;
    }
    if (label->table != table) {
        label->table = table;
        label->stub = c->pos;
        wio_barrier(c);
        emit_br(c, label, n);
    }
    put_field(c, field, label->stub - (field - 1));
}

/* Each label's values are checked once: there may be many thousand entries of
 * a thousand values, and loading must end in time. */
static uint32_t
check_table(struct wio_compiler *c, uint32_t n_labels)
{
    /* No position of a table in the code, which `table` will hold. */
    uint32_t stamp = 0x80000000u |
                     (uint32_t)(c->op_at - c->module->bytes.bytes);
    uint32_t arity = 0, n;

    for (uint32_t i = 0; i <= n_labels && !c->error && !c->in.bad; i++) {
        struct wio_label *label = find_label(c, wio_read_leb_u32(&c->in));
        const uint8_t *types = wio_label_types(label, &n);

        if (i == 0) {
            arity = n;
        } else if (n != arity) {
            wio_fail(c, WIO_ERR_INVALID, "type mismatch: the labels of a "
                     "br_table differ");
        }
        if (label->table != stamp) {
            label->table = stamp;
            wio_check_top(c, types, n);
        }
    }
    return arity;
}

void
wio_compile_br_table(struct wio_compiler *c)
{
    struct wio_operand v = *wio_pop(c, WIO_TYPE_I32);
    uint32_t n_labels = wio_read_leb_u32(&c->in);
    struct wio_cursor labels = c->in;
    uint32_t n = check_table(c, n_labels);
    struct wio_cursor end = c->in;
    uint32_t table, a;

    if (c->in.bad || c->error) {
        return;
    }
    wio_materialize_top(c, n);
    a = wio_in(c, &v, 2);
    if (!c->dead && !c->big && n_labels > 0xffff) {
        c->error = WIO_RETRY_BIG;
    }
    wio_begin(c, c->big ? WIO_OP_brtw : WIO_OP_brt);
    wio_put8(c, a);
    wio_put16(c, n_labels & 0xffffu);
    if (c->big) {
        wio_put16(c, n_labels >> 16);
    }
    table = c->pos;
    for (uint32_t i = 0; i <= n_labels && !c->dead && wio_room(c); i++) {
        new_field(c);
    }
    c->in = labels;
    for (uint32_t i = 0; i <= n_labels && !c->dead && !c->error; i++) {
        emit_table_entry(c, find_label(c, wio_read_leb_u32(&c->in)), n, table,
                         table + i * (c->big ? 4u : 2u));
    }
    c->in = end;
    wio_unreachable(c);
}
