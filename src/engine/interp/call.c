/* SPDX-License-Identifier: Apache-2.0 */
/* Calls.
 * Opcode numbers are those of Core 2.0, section 5.4. */
#include "engine/interp/compile.h"

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
    bool constant = n > 0 && wio_is_short(&c->sp[n - 1]);
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

void
wio_compile_call_indirect(struct wio_compiler *c)
{
    const struct wio_module *m = c->module;
    uint32_t type = wio_read_leb_u32(&c->in);
    uint32_t table = wio_read_leb_u32(&c->in);
    const struct wio_type_info *t;
    struct wio_operand *v;
    uint32_t a;

    if (c->in.bad || !wio_check_table(c, table)) {
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
