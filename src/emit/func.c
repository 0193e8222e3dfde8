/* SPDX-License-Identifier: Apache-2.0 */
/* The pass over a function's body: control, calls, variables. Opcode numbers
 * are those of Core 2.0, section 5.4. */
#include "emit/func.h"

#include <stdlib.h>
#include <string.h>

#include "engine/interp/opcodes.h"

/* -- Operands ------------------------------------------------------------- */

static uint32_t
type_bit(uint8_t type)
{
    switch (type) {
    case WIO_TYPE_I64:
        return 2u;
    case WIO_TYPE_F32:
        return 4u;
    case WIO_TYPE_F64:
        return 8u;
    default:
        return 1u;
    }
}

uint32_t
wio_c_push(struct wio_c_func *f, uint8_t type)
{
    if (f->height == f->room) {
        uint32_t room = f->room ? 2 * f->room : 64;
        uint8_t *stack = realloc(f->stack, room);
        uint8_t *made;

        if (stack) {
            f->stack = stack;
        }
        made = realloc(f->made, room);
        if (made) {
            f->made = made;
            memset(made + f->room, 0, room - f->room);
        }
        if (!stack || !made) {
            f->text.bad = true;
            return 0;
        }
        f->room = room;
    }
    f->stack[f->height] = type;
    f->made[f->height] |= (uint8_t)type_bit(type);
    return f->height++;
}

uint32_t
wio_c_pop(struct wio_c_func *f)
{
    return f->height > 0 ? --f->height : 0;
}

static void
push_all(struct wio_c_func *f, const uint8_t *types, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        wio_c_push(f, types[i]);
    }
}

/* -- Blocks --------------------------------------------------------------- */

static void
read_block_type(struct wio_c_func *f, struct wio_c_label *label)
{
    uint8_t first = *f->in.at;
    const struct wio_type_info *t;

    if (first == 0x40 || wio_is_value_type(first)) {
        label->results = f->in.at;
        label->n_results = first == 0x40 ? 0 : 1;
        wio_read_u8(&f->in);
        return;
    }
    t = &f->m->types[wio_read_leb_s33(&f->in)];
    label->params = wio_type_params(f->m, t);
    label->n_params = t->n_params;
    label->results = wio_type_results(f->m, t);
    label->n_results = t->n_results;
}

static void
open_block(struct wio_c_func *f, enum wio_c_label_kind kind)
{
    struct wio_c_label label = { .kind = kind };

    read_block_type(f, &label);
    if (f->dead) {
        f->dead_blocks++;
        return;
    }
    label.id = f->n_ids++;
    if (kind == WIO_C_IF) {
        wio_text_add(&f->text, "    if (!i%u) goto E%u;\n", wio_c_pop(f),
                     label.id);
    } else if (kind == WIO_C_LOOP) {
        wio_text_add(&f->text, "B%u:;\n", label.id);
    }
    label.height = f->height - label.n_params;
    f->labels[f->n_labels++] = label;
}

static void
open_else(struct wio_c_func *f)
{
    struct wio_c_label *label = &f->labels[f->n_labels - 1];

    if (f->dead_blocks) {
        return;
    }
    if (!f->dead) {
        wio_text_add(&f->text, "    goto B%u;\n", label->id);
    }
    wio_text_add(&f->text, "E%u:;\n", label->id);
    label->kind = WIO_C_ELSE;
    f->dead = false;
    f->height = label->height;
    push_all(f, label->params, label->n_params);
}

static void
emit_return(struct wio_c_func *f, const struct wio_c_label *label)
{
    uint32_t first = f->height - label->n_results;

    if (label->n_results == 0) {
        wio_text_add(&f->text, "    return;\n");
        return;
    }
    wio_text_add(&f->text, "    return ");
    if (label->n_results > 1) {
        wio_text_add(&f->text, "(struct R%u){ ", label->id);
    }
    for (uint32_t i = 0; i < label->n_results; i++) {
        wio_text_add(&f->text, "%s%c%u", i ? ", " : "",
                     WIO_VAR(f, first + i));
    }
    wio_text_add(&f->text, label->n_results > 1 ? " };\n" : ";\n");
}

static void
close_block(struct wio_c_func *f)
{
    struct wio_c_label *label = &f->labels[f->n_labels - 1];

    if (f->dead_blocks) {
        f->dead_blocks--;
        return;
    }
    f->n_labels--;
    if (label->kind == WIO_C_FUNC) {
        if (!f->dead) {
            emit_return(f, label);
        }
        return;
    }
    if (label->kind == WIO_C_IF) {
        wio_text_add(&f->text, "E%u:;\n", label->id);
    }
    if (label->kind != WIO_C_LOOP) {
        wio_text_add(&f->text, "B%u:;\n", label->id);
    }
    f->dead = false;
    f->height = label->height;
    push_all(f, label->results, label->n_results);
}

/* -- Branches ------------------------------------------------------------- */

/* Moves down, from the lowest on: no operand is overwritten before it went. */
static void
emit_branch(struct wio_c_func *f, uint32_t depth)
{
    const struct wio_c_label *label = &f->labels[f->n_labels - 1 - depth];
    bool loop = label->kind == WIO_C_LOOP;
    const uint8_t *types = loop ? label->params : label->results;
    uint32_t n = loop ? label->n_params : label->n_results;
    uint32_t from = f->height - n;

    if (label->kind == WIO_C_FUNC) {
        emit_return(f, label);
        return;
    }
    f->steps |= loop;
    for (uint32_t i = 0; from != label->height && i < n; i++) {
        f->made[label->height + i] |= (uint8_t)type_bit(types[i]);
        wio_text_add(&f->text, "    %c%u = %c%u;\n",
                     wio_emit_letter(types[i]), label->height + i,
                     WIO_VAR(f, from + i));
    }
    wio_text_add(&f->text, "    %sgoto B%u;\n", loop ? "STEP(); " : "",
                 label->id);
}

static void
branch_table(struct wio_c_func *f)
{
    uint32_t n = wio_read_leb_u32(&f->in);

    if (!f->dead) {
        wio_text_add(&f->text, "    switch (i%u) {\n", wio_c_pop(f));
    }
    for (uint32_t i = 0; i <= n; i++) {
        uint32_t depth = wio_read_leb_u32(&f->in);
        struct wio_cursor ahead = f->in;

        if (f->dead) {
            continue;
        }
        if (i < n) {
            wio_text_add(&f->text, "    case %u:\n", i);
            if (wio_read_leb_u32(&ahead) == depth) {
                continue;        /* the same as the next one */
            }
        } else {
            wio_text_add(&f->text, "    default:\n");
        }
        emit_branch(f, depth);
    }
    if (!f->dead) {
        wio_text_add(&f->text, "    }\n");
        f->dead = true;
    }
}

static void
branch(struct wio_c_func *f, uint32_t op)
{
    uint32_t depth = op == 0x0f ? f->n_labels - 1 : wio_read_leb_u32(&f->in);

    if (f->dead) {
        return;
    }
    if (op == 0x0d) {
        wio_text_add(&f->text, "    if (i%u) {\n", wio_c_pop(f));
        emit_branch(f, depth);
        wio_text_add(&f->text, "    }\n");
    } else {
        emit_branch(f, depth);
        f->dead = true;
    }
}

/* -- Calls ---------------------------------------------------------------- */

/* The results of a call of @t whose text was begun by "= f(" and ends here,
 * with the arguments from @first on. */
static void
emit_call(struct wio_c_func *f, const struct wio_type_info *t,
          const char *callee, uint32_t x, const char *more)
{
    const uint8_t *results = wio_type_results(f->m, t);
    uint32_t first = f->height - t->n_params;

    f->calls = true;
    wio_text_add(&f->text, "    ");
    if (t->n_results == 1) {
        wio_text_add(&f->text, "%c%u = ", wio_emit_letter(results[0]), first);
    } else if (t->n_results > 1) {
        wio_text_add(&f->text, "{ struct R%u r = ",
                     wio_emit_type_index(f->m, t));
    }
    wio_text_add(&f->text, "%s%u(%s", callee, x, more);
    for (uint32_t i = 0; i < t->n_params; i++) {
        wio_text_add(&f->text, "%s%c%u", i || *more ? ", " : "",
                     WIO_VAR(f, first + i));
    }
    wio_text_add(&f->text, ");");
    f->height = first;
    push_all(f, results, t->n_results);
    for (uint32_t i = 0; t->n_results > 1 && i < t->n_results; i++) {
        wio_text_add(&f->text, " %c%u = r.v%u;", WIO_VAR(f, first + i), i);
    }
    wio_text_add(&f->text, "%s" WIO_C_AFTER "\n",
                 t->n_results > 1 ? " }" : "");
}

/* A call that may wait: before and behind it what wait.c makes of that. */
static void
emit_waiting_call(struct wio_c_func *f, const struct wio_type_info *t,
                  const char *callee, uint32_t x, const char *more,
                  uint32_t ref)
{
    uint32_t first = f->height - t->n_params;

    wio_c_begin_wait(f, t, ref);
    emit_call(f, t, callee, x, more);
    wio_c_end_wait(f, first, ref);
}

static void
call(struct wio_c_func *f)
{
    uint32_t func = wio_read_leb_u32(&f->in);

    if (f->dead) {
        return;
    }
    if (func >= f->m->n_imported_funcs) {
        f->steps = true;
        wio_text_add(&f->text, "    STEP();\n");
    }
    if (f->e->notes_calls) {
        wio_c_note_call(f, func, false);
    }
    if (f->e->waits[func]) {
        emit_waiting_call(f, wio_type_of(f->m, func), "F", func, "",
                          UINT32_MAX);
        return;
    }
    emit_call(f, wio_type_of(f->m, func), "F", func, "");
}

static void
call_indirect(struct wio_c_func *f)
{
    uint32_t type = wio_read_leb_u32(&f->in);
    uint32_t table = wio_read_leb_u32(&f->in);
    uint32_t at;
    char more[64];

    if (f->dead) {
        return;
    }
    type = f->m->types[type].same;
    at = wio_c_pop(f);
    if (f->e->notes_calls) {
        wio_c_note_call(f, type, true);
    }
    if (f->e->type_waits[type]) {
        /* What it calls is looked up once: meanwhile the table may change. In
         * a variable of its own: a result may take the operand's. */
        if (at < f->room) {            /* else memory ran out */
            f->made[at] |= WIO_C_MADE_REF;
        }
        wio_text_add(&f->text, "    r%u = element(S.tables[%u], i%u);\n", at,
                     table, at);
        (void)snprintf(more, sizeof more, "r%u", at);
        emit_waiting_call(f, &f->m->types[type], "X", type, more, at);
        return;
    }
    (void)snprintf(more, sizeof more, "S.tables[%u], i%u", table, at);
    emit_call(f, &f->m->types[type], "X", type, more);
}

/* -- Variables, constants ------------------------------------------------- */

static void
select_one(struct wio_c_func *f, bool typed)
{
    uint32_t cond, b, a;

    if (typed) {
        wio_read_leb_u32(&f->in);
        wio_read_u8(&f->in);
    }
    if (f->dead) {
        return;
    }
    cond = wio_c_pop(f);
    b = wio_c_pop(f);
    a = b - 1;
    wio_text_add(&f->text, "    if (!i%u) %c%u = %c%u;\n", cond,
                 WIO_VAR(f, a), WIO_VAR(f, b));
}

static void
local(struct wio_c_func *f, uint32_t op)
{
    uint32_t index = wio_read_leb_u32(&f->in);

    if (f->dead) {
        return;
    }
    if (op == 0x20) {
        uint32_t at = wio_c_push(f, f->locals[index]);

        wio_text_add(&f->text, "    %c%u = L%u;\n", WIO_VAR(f, at), index);
        return;
    }
    wio_text_add(&f->text, "    L%u = %c%u;\n", index,
                 WIO_VAR(f, f->height - 1));
    if (op == 0x21) {
        wio_c_pop(f);
    }
}

static void
global(struct wio_c_func *f, bool set)
{
    uint32_t index = wio_read_leb_u32(&f->in);
    uint8_t type = f->m->globals[index].value_type;
    char place[80];
    uint32_t at, bits;

    if (f->dead) {
        return;
    }
    at = set ? wio_c_pop(f) : wio_c_push(f, type);
    if (index < f->m->n_imported_globals) {
        (void)snprintf(place, sizeof place, "GLOBAL%u(S.globals[%u])",
                       wio_is_64bit(type) ? 64u : 32u, index);
    } else {
        (void)snprintf(place, sizeof place, "GLOBAL%u(&globals[%u])",
                       wio_is_64bit(type) ? 64u : 32u,
                       index - f->m->n_imported_globals);
    }
    bits = wio_is_64bit(type) ? 64u : 32u;
    if (type == WIO_TYPE_F32 || type == WIO_TYPE_F64) {
        if (set) {
            wio_text_add(&f->text, "    %s = f%u_bits(%c%u);\n", place, bits,
                         WIO_VAR(f, at));
        } else {
            wio_text_add(&f->text, "    %c%u = f%u_from(%s);\n",
                         WIO_VAR(f, at), bits, place);
        }
    } else if (set) {
        wio_text_add(&f->text, "    %s = %c%u;\n", place, WIO_VAR(f, at));
    } else {
        wio_text_add(&f->text, "    %c%u = %s;\n", WIO_VAR(f, at), place);
    }
}

static void
constant(struct wio_c_func *f, uint32_t op)
{
    static const uint8_t types[] = {
        WIO_TYPE_I32, WIO_TYPE_I64, WIO_TYPE_F32, WIO_TYPE_F64
    };
    uint64_t x = op == 0x41   ? (uint32_t)wio_read_leb_s32(&f->in)
                 : op == 0x42 ? (uint64_t)wio_read_leb_s64(&f->in)
                 : op == 0x43 ? wio_read_u32_le(&f->in)
                              : wio_read_u64_le(&f->in);
    uint32_t at;

    if (f->dead) {
        return;
    }
    at = wio_c_push(f, types[op - 0x41u]);
    wio_text_add(&f->text, "    %c%u = %s0x%llx%s%s;\n", WIO_VAR(f, at),
                 op == 0x43   ? "f32_from("
                 : op == 0x44 ? "f64_from("
                              : "", (unsigned long long)x,
                 op & 1u ? "u" : "ull", op >= 0x43 ? ")" : "");
}

static void
numeric(struct wio_c_func *f, uint32_t op)
{
    const struct wio_numeric n = wio_emit_numeric(op);
    char a[16], b[16];
    uint32_t y = 0, x, at;

    if (f->dead) {
        return;
    }
    if (n.operands[1]) {
        y = wio_c_pop(f);
    }
    x = wio_c_pop(f);
    (void)snprintf(a, sizeof a, "%c%u", wio_emit_letter(n.operands[0]), x);
    (void)snprintf(b, sizeof b, "%c%u", wio_emit_letter(n.operands[0]), y);
    at = wio_c_push(f, n.result);
    wio_text_add(&f->text, "    %c%u = ", WIO_VAR(f, at));
    for (const char *p = n.text; *p; p++) {
        if (*p == '@' || *p == '#') {
            wio_text_add(&f->text, "%s", *p == '@' ? a : b);
        } else {
            wio_text_add(&f->text, "%c", *p);
        }
    }
    wio_text_add(&f->text, ";\n");
}

static void
reference(struct wio_c_func *f, uint32_t op)
{
    uint32_t x = op == 0xd0   ? wio_read_u8(&f->in)
                 : op == 0xd2 ? wio_read_leb_u32(&f->in)
                              : 0;
    uint32_t at;

    if (f->dead) {
        return;
    }
    if (op == 0xd0) {
        at = wio_c_push(f, (uint8_t)x);
        wio_text_add(&f->text, "    i%u = 0;\n", at);
    } else if (op == 0xd1) {
        wio_c_pop(f);
        at = wio_c_push(f, WIO_TYPE_I32);
        wio_text_add(&f->text, "    i%u = i%u == 0;\n", at, at);
    } else {
        f->e->named[x] = true;
        at = wio_c_push(f, WIO_TYPE_FUNCREF);
        wio_text_add(&f->text, "    i%u = (S.place << 20 | %uu) + 1;\n", at,
                     x);
    }
}

/* -- The pass ------------------------------------------------------------- */

static void
control(struct wio_c_func *f, uint32_t op)
{
    switch (op) {
    case 0x00:
        if (!f->dead) {
            wio_text_add(&f->text, "    trap(TRAP_UNREACHABLE);\n");
            f->dead = true;
        }
        break;
    case 0x01:
        break;
    case 0x02:
    case 0x03:
    case 0x04:
        open_block(f, op == 0x02   ? WIO_C_BLOCK
                      : op == 0x03 ? WIO_C_LOOP
                                   : WIO_C_IF);
        break;
    case 0x05:
        open_else(f);
        break;
    case 0x0b:
        close_block(f);
        break;
    case 0x0e:
        branch_table(f);
        break;
    case 0x10:
        call(f);
        break;
    case 0x11:
        call_indirect(f);
        break;
    default:
        branch(f, op);
        break;
    }
}

static void
instruction(struct wio_c_func *f, uint32_t op)
{
    if (op <= 0x11) {
        control(f, op);
    } else if (op == 0x1a) {
        if (!f->dead) {
            wio_c_pop(f);
        }
    } else if (op == 0x1b || op == 0x1c) {
        select_one(f, op == 0x1c);
    } else if (op <= 0x22) {
        local(f, op);
    } else if (op <= 0x24) {
        global(f, op == 0x24);
    } else if (op <= 0x26) {
        wio_c_table(f, op);
    } else if (op <= 0x3e) {
        wio_c_access(f, op);
    } else if (op <= 0x40) {
        wio_c_memory(f, op);
    } else if (op <= 0x44) {
        constant(f, op);
    } else if (op <= 0xc4) {
        numeric(f, op);
    } else if (op <= 0xd2) {
        reference(f, op);
    } else if (op == 0xfc) {
        struct wio_cursor ahead = f->in;
        uint32_t sub = wio_read_leb_u32(&ahead);

        if (sub < 8) {
            f->in = ahead;
            numeric(f, WIO_NUM_SAT + sub);
        } else {
            wio_c_prefixed(f);
        }
    } else {
        wio_c_atomic(f);
    }
}

static void
read_locals(struct wio_c_func *f, const struct wio_type_info *t)
{
    struct wio_cursor c = f->in;
    uint32_t n_groups = wio_read_leb_u32(&c);
    uint32_t n = t->n_params;

    for (uint32_t i = 0; i < n_groups; i++) {
        n += wio_read_leb_u32(&c);
        wio_read_u8(&c);
    }
    f->locals = malloc(n + 1);
    if (!f->locals) {
        f->text.bad = true;
        return;
    }
    memcpy(f->locals, wio_type_params(f->m, t), t->n_params);
    f->n_locals = t->n_params;
    wio_read_leb_u32(&f->in);
    for (uint32_t i = 0; i < n_groups; i++) {
        uint32_t k = wio_read_leb_u32(&f->in);
        uint8_t type = wio_read_u8(&f->in);

        memset(f->locals + f->n_locals, type, k);
        f->n_locals += k;
    }
}

/* Variables of the operands, and what a function begins with. */
static void
declare(struct wio_c_func *f, const struct wio_type_info *t)
{
    static const char letters[] = "ijfdr";
    static const uint8_t types[] = {
        WIO_TYPE_I32, WIO_TYPE_I64, WIO_TYPE_F32, WIO_TYPE_F64, WIO_TYPE_I32
    };
    struct wio_text *text = &f->e->text;

    for (uint32_t i = t->n_params; i < f->n_locals; i++) {
        wio_text_add(text, "    %s L%u = 0;\n", wio_emit_c_type(f->locals[i]),
                     i);
    }
    for (uint32_t i = 0; i < f->room; i++) {
        for (uint32_t k = 0; k < sizeof types; k++) {
            if (f->made[i] >> k & 1u) {
                wio_text_add(text, "    %s %c%u;\n",
                             wio_emit_c_type(types[k]), letters[k], i);
            }
        }
    }
    wio_text_add(text, "%s%s", f->steps ? "    EXEC\n" : "",
                 f->calls ? "    depth();\n" : "");
    for (uint32_t i = 0; i < f->m->n_memories; i++) {
        if (f->memories[i]) {
            wio_text_add(text, "    BEGIN%u\n", i);
        }
    }
    wio_text_add(text, "#undef AFTER\n#define AFTER");
    for (uint32_t i = 0; i < f->m->n_memories; i++) {
        if (f->memories[i]) {
            wio_text_add(text, " AFTER%u", i);
        }
    }
    wio_text_add(text, "\n");
    if (f->sites.at) {
        wio_text_add(text, "    if (GOES_ON()) {\n    switch (kept(1)[0]) {\n"
                     "%s    }\n    }\n", f->sites.at);
    }
}

void
wio_emit_function(struct wio_emitter *e, uint32_t index, struct wio_span body)
{
    const struct wio_type_info *t = wio_type_of(e->m, index);
    struct wio_c_func *f = calloc(1, sizeof *f);

    if (!f) {
        e->text.bad = true;
        return;
    }
    f->e = e;
    f->m = e->m;
    f->index = index;
    f->in = wio_cursor(body.bytes, body.len);
    read_locals(f, t);
    f->labels[f->n_labels++] = (struct wio_c_label){
        .kind = WIO_C_FUNC,
        .results = wio_type_results(e->m, t),
        .n_results = t->n_results,
        .id = wio_emit_type_index(e->m, t),
    };
    while (!f->text.bad && f->n_labels > 0) {
        instruction(f, wio_read_u8(&f->in));
    }
    if (!f->text.bad) {
        declare(f, t);
        wio_text_add(&e->text, "%s}\n\n", f->text.at ? f->text.at : "");
    }
    e->text.bad |= f->text.bad || f->sites.bad;
    wio_text_free(&f->text);
    wio_text_free(&f->sites);
    free(f->locals);
    free(f->stack);
    free(f->made);
    free(f);
}
