/* SPDX-License-Identifier: Apache-2.0 */
/* The pass over a function's body: control and the instructions that need no
 * table. Validation is that of Core 2.0, appendix "Validation Algorithm". */
#include "engine/interp/compile.h"

/* -- Block types ---------------------------------------------------------- */

static const uint8_t *
value_type_at(uint8_t type)
{
    static const uint8_t all[] = {
        WIO_TYPE_I32, WIO_TYPE_I64, WIO_TYPE_F32, WIO_TYPE_F64,
        WIO_TYPE_FUNCREF, WIO_TYPE_EXTERNREF
    };

    for (uint32_t i = 0; i < sizeof all; i++) {
        if (all[i] == type) {
            return &all[i];
        }
    }
    return NULL;
}

/* The params and results of a block into @label. */
static void
read_block_type(struct wio_compiler *c, struct wio_label *label)
{
    const struct wio_module *m = c->module;
    uint8_t first = c->in.at < c->in.end ? *c->in.at : 0;
    int64_t index;

    if (first == 0x40 || value_type_at(first)) {
        wio_read_u8(&c->in);
        label->results = value_type_at(first);
        label->n_results = first == 0x40 ? 0 : 1;
        return;
    }
    index = wio_read_leb_s33(&c->in);
    if (c->in.bad) {
        return;
    }
    if (index < 0) {
        wio_fail(c, WIO_ERR_MALFORMED, "malformed block type");
    } else if (index >= m->n_types) {
        wio_fail_index(c, "type", (uint32_t)index);
    } else {
        const struct wio_type_info *t = &m->types[index];

        label->params = wio_type_params(m, t);
        label->n_params = t->n_params;
        label->results = wio_type_results(m, t);
        label->n_results = t->n_results;
    }
}

/* -- Labels --------------------------------------------------------------- */

#define LABEL_OPERANDS \
    ((sizeof(struct wio_label) + sizeof(struct wio_operand) - 1) / \
     sizeof(struct wio_operand))

/* Opens a block whose parameters were popped. */
static struct wio_label *
push_label(struct wio_compiler *c, const struct wio_label *init,
           uint32_t base)
{
    struct wio_label *label;

    if (c->n_labels == WIO_MAX_NESTING) {
        wio_fail(c, WIO_ERR_LIMIT, "blocks nested deeper than 512");
    }
    if (c->error || !wio_room(c)) {
        return c->label;
    }
    c->sp -= LABEL_OPERANDS;
    label = (struct wio_label *)(void *)c->sp;
    *label = *init;
    label->outer = c->label;
    label->base = (uint16_t)base;
    label->was_dead = c->dead;
    label->assigned = ~UINT64_C(0);
    label->at_start = c->assigned;
    label->unreachable = false;
    c->label = label;
    c->n_labels++;
    c->alias = NULL;
    return label;
}

/* `block`, `loop`, `if`: operands below stay in their homes from here on, or
 * paths through the block would differ in what they copied. */
static void
open_block(struct wio_compiler *c, enum wio_label_kind kind)
{
    struct wio_label init = { .kind = (uint8_t)kind };
    struct wio_cond cond = { .form = 0 };
    struct wio_operand v;
    uint32_t base;

    read_block_type(c, &init);
    if (c->in.bad || c->error) {
        return;
    }
    if (kind == WIO_LABEL_IF) {
        v = *wio_pop(c, WIO_TYPE_I32);
        cond = wio_take_cond(c, &v);
    }
    if (!wio_check_top(c, init.params, init.n_params)) {
        return;
    }
    wio_flush(c);
    wio_materialize_top(c, init.n_params);
    wio_pop_all(c, init.params, init.n_params);
    base = wio_next_home(c);
    push_label(c, &init, base);
    wio_push_all(c, init.params, init.n_params);
    if (c->error) {
        return;
    }
    if (kind == WIO_LABEL_IF) {
        wio_emit_if(c, cond);
    } else if (kind == WIO_LABEL_LOOP) {
        wio_barrier(c);
        c->label->start = c->pos;
    }
}

/* The block's results are on the stack and nothing else. */
static void
check_results(struct wio_compiler *c)
{
    struct wio_label *label = c->label;

    if (!wio_check_top(c, label->results, label->n_results)) {
        return;
    }
    if (wio_count(c) > label->n_results) {
        wio_fail(c, WIO_ERR_INVALID, "type mismatch: operands are left at the "
                 "end of the block");
    }
}

static void
compile_else(struct wio_compiler *c)
{
    struct wio_label *label = c->label;
    uint32_t fix;

    if (label->kind != WIO_LABEL_IF) {
        wio_fail(c, WIO_ERR_MALFORMED, "else without if");
        return;
    }
    check_results(c);
    if (c->error) {
        return;
    }
    if (!c->dead) {
        wio_materialize_top(c, label->n_results);
        wio_emit_jump_to_end(c, label);
    }
    c->sp = (struct wio_operand *)(void *)label;
    c->alias = NULL;
    c->dead = label->was_dead;
    c->assigned = label->at_start;
    fix = label->else_fix;
    label->else_fix = 0;
    label->kind = WIO_LABEL_ELSE;
    label->unreachable = false;
    wio_resolve(c, fix);
    wio_push_all(c, label->params, label->n_params);
}

/* An `if` without `else` passes its parameters through. */
static void
check_missing_else(struct wio_compiler *c, const struct wio_label *label)
{
    bool same = label->n_params == label->n_results;

    for (uint32_t i = 0; same && i < label->n_params; i++) {
        same = label->params[i] == label->results[i];
    }
    if (!same) {
        wio_fail(c, WIO_ERR_INVALID, "type mismatch: if without else");
    }
}

static void
compile_end(struct wio_compiler *c)
{
    struct wio_label *label = c->label;
    struct wio_label done;

    check_results(c);
    if (label->kind == WIO_LABEL_IF) {
        check_missing_else(c, label);
    }
    if (c->error) {
        return;
    }
    if (label->kind == WIO_LABEL_FUNC) {
        if (label->n_results > 1) {
            wio_materialize_top(c, label->n_results);
        }
        wio_emit_return(c);
        c->n_labels = 0;
        return;
    }
    if (!c->dead) {
        wio_materialize_top(c, label->n_results);
    }
    wio_join(c, label);
    c->assigned = label->assigned;
    if (label->kind == WIO_LABEL_IF) {
        c->assigned &= label->at_start;
    }
    done = *label;
    c->sp = (struct wio_operand *)(void *)label + LABEL_OPERANDS;
    c->label = done.outer;
    c->n_labels--;
    c->alias = NULL;
    c->dead = done.was_dead;
    wio_resolve(c, done.else_fix);
    wio_resolve(c, done.fix);
    wio_push_all(c, done.results, done.n_results);
}

/* -- Parametric and variable instructions --------------------------------- */

static void
emit_select(struct wio_compiler *c, uint8_t type, struct wio_operand *a,
            struct wio_operand *b, struct wio_operand *cond)
{
    uint32_t dst = wio_next_home(c);
    uint32_t x, y, z, d;

    if (c->dead || c->error) {
        return;
    }
    x = wio_in(c, a, 0);
    y = wio_in(c, b, 1);
    z = wio_in(c, cond, 2);
    d = wio_out(c, dst, type);
    wio_begin(c, wio_is_64bit(type) ? WIO_OP_sel2 : WIO_OP_sel);
    wio_put8(c, d);
    wio_put8(c, x);
    wio_put8(c, y);
    wio_put8(c, z);
    wio_out_done(c);
}

static void
compile_select(struct wio_compiler *c, bool typed)
{
    struct wio_operand *a, *b, *cond;
    uint8_t type = WIO_TYPE_UNKNOWN;

    if (typed) {
        uint32_t n = wio_read_leb_u32(&c->in);

        type = wio_read_u8(&c->in);
        if (c->in.bad) {
            return;
        }
        if (n != 1) {
            wio_fail(c, WIO_ERR_INVALID, "invalid result arity");
            return;
        }
        if (!value_type_at(type)) {
            wio_fail(c, WIO_ERR_MALFORMED, "malformed value type");
            return;
        }
    }
    cond = wio_pop(c, WIO_TYPE_I32);
    b = wio_pop(c, type);
    a = wio_pop(c, type ? type : b->type);
    if (!typed) {
        type = a->type ? a->type : b->type;
        if (type == WIO_TYPE_FUNCREF || type == WIO_TYPE_EXTERNREF) {
            wio_fail(c, WIO_ERR_INVALID, "type mismatch: select of "
                     "references needs a type");
            return;
        }
    }
    emit_select(c, type, a, b, cond);
    wio_push(c, type);
}

static void
compile_local(struct wio_compiler *c, uint32_t op)
{
    uint32_t index = wio_read_leb_u32(&c->in);
    struct wio_local local;
    uint64_t bits;

    if (c->in.bad) {
        return;
    }
    if (index >= c->n_locals) {
        wio_fail_index(c, "local", index);
        return;
    }
    local = c->locals[index];
    bits = wio_slot_bits(local.slot, local.type);
    if (op == 0x20) {
        if (!c->dead) {
            c->wanted |= bits & ~c->assigned;
        }
        wio_push_local(c, local.slot, local.type);
        return;
    }
    c->assigned |= bits;
    if (wio_count(c) > 0 && c->sp->type == WIO_TYPE_UNKNOWN) {
        c->sp->type = local.type;
    }
    if (wio_count(c) == 0 || c->sp->type != local.type) {
        wio_pop(c, local.type);  /* an error, or polymorphic */
        if (!c->error && op == 0x22) {
            wio_push(c, local.type);
        }
        return;
    }
    wio_local_set(c, local.slot, local.type, op == 0x22);
}

static void
compile_global(struct wio_compiler *c, bool set)
{
    const struct wio_module *m = c->module;
    uint32_t index = wio_read_leb_u32(&c->in);
    uint8_t type;
    struct wio_operand *v;
    uint32_t slot;

    if (c->in.bad) {
        return;
    }
    if (index >= m->n_globals) {
        wio_fail_index(c, "global", index);
        return;
    }
    type = m->globals[index].value_type;
    if (set && !m->globals[index].is_mutable) {
        wio_fail(c, WIO_ERR_INVALID, "global is immutable");
        return;
    }
    if (index > 255) {
        wio_compile_far_global(c, index, set);
        return;
    }
    if (set) {
        v = wio_pop(c, type);
        slot = c->dead || c->error ? 0 : wio_in(c, v, 0);
        wio_begin(c, wio_is_64bit(type) ? WIO_OP_gset2 : WIO_OP_gset);
        wio_put8(c, slot);
        wio_put8(c, index);
        return;
    }
    slot = c->dead ? 0 : wio_out(c, wio_next_home(c), type);
    wio_begin(c, wio_is_64bit(type) ? WIO_OP_gget2 : WIO_OP_gget);
    wio_put8(c, slot);
    wio_put8(c, index);
    wio_out_done(c);
    wio_push(c, type);
}

static void
compile_constant(struct wio_compiler *c, uint32_t op)
{
    if (!WIO_CFG_FLOAT && op >= 0x43) {
        wio_fail(c, WIO_ERR_LIMIT, "float operators are not in this build");
        return;
    }
    switch (op) {
    case 0x41:
        wio_push_const(c, WIO_TYPE_I32, (uint32_t)wio_read_leb_s32(&c->in));
        break;
    case 0x42:
        wio_push_const(c, WIO_TYPE_I64, (uint64_t)wio_read_leb_s64(&c->in));
        break;
    case 0x43:
        wio_push_const(c, WIO_TYPE_F32, wio_read_u32_le(&c->in));
        break;
    default:
        wio_push_const(c, WIO_TYPE_F64, wio_read_u64_le(&c->in));
        break;
    }
}

static void
compile_ref(struct wio_compiler *c, uint32_t op)
{
    struct wio_operand *v;
    uint8_t type;
    uint32_t x, d, dst;

    if (op == 0xd0) {
        type = wio_read_u8(&c->in);
        if (!c->in.bad && type != WIO_TYPE_FUNCREF &&
            type != WIO_TYPE_EXTERNREF) {
            wio_fail(c, WIO_ERR_MALFORMED, "malformed reference type");
            return;
        }
        wio_push_const(c, type, 0);
        return;
    }
    v = wio_pop(c, WIO_TYPE_UNKNOWN);
    if (v->type != WIO_TYPE_FUNCREF && v->type != WIO_TYPE_EXTERNREF &&
        v->type != WIO_TYPE_UNKNOWN) {
        wio_fail(c, WIO_ERR_INVALID, "type mismatch: not a reference");
        return;
    }
    dst = wio_next_home(c);
    if (!c->dead && !c->error) {
        x = wio_in(c, v, 0);
        d = wio_out(c, dst, WIO_TYPE_I32);
        wio_begin(c, WIO_OP_eqi);
        wio_put8(c, d);
        wio_put8(c, x);
        wio_put16(c, 0);
        wio_out_done(c);
        c->last_cmp = c->last_dst;
        c->last_not = c->last_dst;
    }
    wio_push(c, WIO_TYPE_I32);
}

/* -- The pass ------------------------------------------------------------- */

static void
compile_control(struct wio_compiler *c, uint32_t op)
{
    switch (op) {
    case 0x00:
        wio_begin(c, WIO_OP_unreachable);
        wio_unreachable(c);
        break;
    case 0x01:
        break;
    case 0x02:
        open_block(c, WIO_LABEL_BLOCK);
        break;
    case 0x03:
        open_block(c, WIO_LABEL_LOOP);
        break;
    case 0x04:
        open_block(c, WIO_LABEL_IF);
        break;
    case 0x05:
        compile_else(c);
        break;
    case 0x0b:
        compile_end(c);
        break;
    case 0x0c:
        wio_compile_br(c, wio_read_leb_u32(&c->in));
        break;
    case 0x0d:
        wio_compile_br_if(c, wio_read_leb_u32(&c->in));
        break;
    case 0x0e:
        wio_compile_br_table(c);
        break;
    case 0x0f:
        wio_compile_br(c, c->n_labels - 1);
        break;
    case 0x10:
        wio_compile_call(c);
        break;
    case 0x11:
        wio_compile_call_indirect(c);
        break;
    default:
        wio_fail(c, WIO_ERR_MALFORMED, "illegal opcode");
    }
}

static void
compile_instruction(struct wio_compiler *c, uint32_t op)
{
    if (op <= 0x11) {
        compile_control(c, op);
    } else if (op == 0x1a) {
        wio_pop(c, WIO_TYPE_UNKNOWN);
        c->last_dst = false;
        c->last_cmp = false;
        c->last_not = false;
    } else if (op == 0x1b || op == 0x1c) {
        compile_select(c, op == 0x1c);
    } else if (op >= 0x20 && op <= 0x22) {
        compile_local(c, op);
    } else if (op == 0x23 || op == 0x24) {
        compile_global(c, op == 0x24);
    } else if (op >= 0x28 && op <= 0x3e) {
        wio_compile_access(c, op);
    } else if (op >= 0x41 && op <= 0x44) {
        compile_constant(c, op);
    } else if (op >= 0x45 && op <= 0xc4) {
        wio_compile_numeric(c, op);
    } else if (op == 0xd0 || op == 0xd1) {
        compile_ref(c, op);
    } else if (op == 0xfc) {
        wio_compile_prefixed(c);
    } else if (op == 0xfe && (c->module->features & WIO_FEATURE_THREADS)) {
        wio_compile_atomic(c);
    } else if (!wio_compile_misc(c, op)) {
        wio_fail(c, WIO_ERR_MALFORMED, "illegal opcode");
    }
}

static void
check_cursor(struct wio_compiler *c)
{
    static const char *const texts[] = {
        [WIO_CURSOR_END] = "unexpected end of section or function",
        [WIO_CURSOR_LONG] = "integer representation too long",
        [WIO_CURSOR_LARGE] = "integer too large"
    };

    if (c->in.bad && (!c->error || c->error == WIO_RETRY_BIG)) {
        c->error = 0;
        wio_fail(c, WIO_ERR_MALFORMED, texts[c->in.bad]);
    }
}

/* Locals: one entry each, below the stack's upper end. */
static uint8_t *
add_locals(struct wio_compiler *c, uint8_t *top, uint32_t n, uint8_t type,
           uint32_t *slot)
{
    uint8_t *low = c->dry ? c->floor : c->code + c->pos;

    if (n > WIO_MAX_LOCALS - c->n_locals) {
        wio_fail(c, WIO_ERR_LIMIT, "more than 50000 locals");
        return top;
    }
    if ((uint32_t)(top - low) / sizeof(struct wio_local) < n + 64u) {
        wio_fail(c, WIO_ERR_NO_MEMORY, "no memory left to compile into");
        return top;
    }
    for (uint32_t i = 0; i < n; i++) {
        c->locals--;
        c->locals->slot = (uint16_t)*slot;
        c->locals->type = type;
        *slot += wio_slots(type);
    }
    if (*slot > WIO_MAX_FRAME) {
        wio_fail(c, WIO_ERR_LIMIT, "a frame larger than 65000 slots");
    }
    c->n_locals += n;
    return (uint8_t *)c->locals;
}

/* They were laid down from the upper end; local 0 is to come first. */
static void
reverse_locals(struct wio_compiler *c)
{
    for (uint32_t i = 0, j = c->n_locals; i + 1 < j; i++) {
        struct wio_local t = c->locals[i];

        j--;
        c->locals[i] = c->locals[j];
        c->locals[j] = t;
    }
}

static uint32_t
read_locals(struct wio_compiler *c, uint8_t *top)
{
    const struct wio_type_info *t = wio_type_of(c->module, c->func);
    const uint8_t *params = wio_type_params(c->module, t);
    uint32_t slot = c->big ? WIO_BIG_SCRATCH : 0;
    uint64_t total = 0;
    uint32_t n_groups;

    c->locals = (struct wio_local *)(void *)top;
    c->n_locals = 0;
    for (uint32_t i = 0; i < t->n_params && !c->error; i++) {
        top = add_locals(c, top, 1, params[i], &slot);
    }
    n_groups = wio_read_leb_u32(&c->in);
    for (uint32_t i = 0; i < n_groups && !c->in.bad; i++) {
        uint32_t n = wio_read_leb_u32(&c->in);
        uint8_t type = wio_read_u8(&c->in);

        if (c->in.bad) {
            break;
        }
        total += n;
        if (total > UINT32_MAX) {
            if (c->error == WIO_ERR_LIMIT) {
                c->error = 0;
                if (c->report) {
                    wio_report_clear(c->report);
                }
            }
            wio_fail(c, WIO_ERR_MALFORMED, "too many locals");
            break;
        }
        if (!value_type_at(type)) {
            wio_fail(c, WIO_ERR_MALFORMED, "malformed value type");
            break;
        }
        if (!c->error) {
            top = add_locals(c, top, n, type, &slot);
        }
    }
    if (!c->error) {
        reverse_locals(c);
    }
    return slot;
}

static void
emit_prologue(struct wio_compiler *c, uint32_t n_slots)
{
    uint32_t n_params = wio_type_of(c->module, c->func)->param_slots;

    if (c->big) {
        wio_begin(c, WIO_OP_farin);
        wio_put16(c, n_params);
        wio_put16(c, n_slots - WIO_BIG_SCRATCH - n_params);
    } else if (n_slots > 255) {
        c->error = WIO_RETRY_BIG;
    } else if (n_slots > 63 || c->cleared) {
        uint32_t first = n_params;
        uint32_t end = n_slots;

        while (first < 63 && !(c->cleared >> first & 1u)) {
            first++;
        }
        while (n_slots <= 63 && !(c->cleared >> (end - 1) & 1u)) {
            end--;
        }
        if (first < end) {
            wio_begin(c, WIO_OP_zero);
            wio_put8(c, first);
            wio_put8(c, end - first);
        }
    }
    c->assigned = ~UINT64_C(0);
    if (!c->big && n_params < 64) {
        c->assigned = c->cleared | ((UINT64_C(1) << n_params) - 1);
    }
    wio_barrier(c);
}

static void
start_function(struct wio_compiler *c, struct wio_span body, uint8_t *top,
               bool big)
{
    const struct wio_module *m = c->module;
    const struct wio_type_info *t = wio_type_of(m, c->func);
    struct wio_label init = { .kind = WIO_LABEL_FUNC };
    uint32_t n_slots;

    c->in = wio_cursor(body.bytes, body.len);
    c->op_at = body.bytes;
    c->error = 0;
    c->big = big;
    c->dead = false;
    c->post = WIO_NO_POS;
    c->found = 0;
    c->alias = NULL;
    c->label = NULL;
    c->n_labels = 0;
    c->wanted = 0;
    wio_barrier(c);
    n_slots = read_locals(c, top);
    check_cursor(c);
    if (c->error) {
        return;
    }
    c->max_slots = n_slots > t->result_slots ? n_slots : t->result_slots;
    c->sp = (struct wio_operand *)(void *)
        ((uintptr_t)c->locals & ~(uintptr_t)7);
    init.results = wio_type_results(m, t);
    init.n_results = t->n_results;
    emit_prologue(c, n_slots);
    push_label(c, &init, n_slots);
}

static void
compile_body(struct wio_compiler *c)
{
    while (!c->error && c->n_labels > 0) {
        c->op_at = c->in.at;
        compile_instruction(c, wio_read_u8(&c->in));
        check_cursor(c);
    }
    if (!c->error && c->in.at != c->in.end) {
        c->op_at = c->in.at;
        wio_fail(c, WIO_ERR_MALFORMED, "END opcode expected: the body goes on "
                 "behind its end");
    }
}

int
wio_compile_function(struct wio_compiler *c, uint32_t func,
                     struct wio_span body, uint8_t *top,
                     struct wio_func_info *info)
{
    uint32_t start = c->pos;
    /* Dry, no branch has an offset that could be too long: what the function
     * became is seen by its prologue. */
    bool big = WIO_CFG_BIG_CODE ||
               (c->dry && c->module->code[start] == WIO_OP_farin);

    c->func = func;
    c->cleared = 0;
    do {
        c->pos = start;
        start_function(c, body, top, big);
        if (!c->error) {
            compile_body(c);
        }
        big |= c->error == WIO_RETRY_BIG;
        c->cleared = c->wanted;
    } while (c->error == WIO_RETRY_BIG || (!c->error && c->wanted));
    if (!c->error) {
        info->code = start;
        info->frame = (uint16_t)(c->max_slots + WIO_LINK_SLOTS);
    }
    return c->error;
}
