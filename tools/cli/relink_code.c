/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tools/cli/relink_code.c - instructions with other numbers (Core 2.0, section
 * 5.4, and the proposals of engine.h). All others are copied as they are.
 */
#include "relink.h"

#define OP_CALL 0x10u
#define OP_LOCAL_GET 0x20u
#define OP_GLOBAL_GET 0x23u
#define OP_I32_CONST 0x41u
#define OP_REF_FUNC 0xd2u

#define WITH_MEMORY 0x40u                /* of a memarg's flags */

/* What the last two instructions were, for folding an address. */
struct last {
    uint32_t at;                         /* where it begins in the output */
    uint32_t end;
    uint32_t value;                      /* of i32.const */
    bool is_const;                       /* i32.const */
    bool is_push;                        /* pushes one value, takes none */
};

struct walk {
    struct relink *r;
    struct wio_cursor c;
    struct bytes *to;
    struct last last[2];                 /* [0]: the one before this */
};

/* -- Immediates ------------------------------------------------------------- */

static void
copy_from(struct walk *w, const uint8_t *begin)
{
    bytes_put(w->to, begin, (uint32_t)(w->c.at - begin));
}

static void
put_memory(struct walk *w)
{
    bytes_put_leb(w->to, relink_memory(w->r, wio_read_leb_u32(&w->c)));
}

static void
put_memarg(struct bytes *to, uint32_t align, uint32_t memory, uint32_t offset)
{
    bytes_put_leb(to, align | (memory ? WITH_MEMORY : 0));
    if (memory) {
        bytes_put_leb(to, memory);
    }
    bytes_put_leb(to, offset);
}

static void
copy_memarg(struct walk *w)
{
    uint32_t flags = wio_read_leb_u32(&w->c);
    uint32_t memory = flags & WITH_MEMORY ? wio_read_leb_u32(&w->c) : 0;
    uint32_t offset = wio_read_leb_u32(&w->c);

    put_memarg(w->to, flags & ~WITH_MEMORY, relink_memory(w->r, memory),
               offset);
}

static void
skip_indices(struct wio_cursor *c, uint32_t n)
{
    while (n-- > 0) {
        wio_read_leb_u32(c);
    }
}

static int
put_func(struct walk *w)
{
    uint32_t func = relink_func(w->r, wio_read_leb_u32(&w->c));

    if (func == RELINK_NONE) {
        return relink_misused(w->r, &w->c);
    }
    bytes_put_leb(w->to, func);
    return 0;
}

/* -- Calls of markers --------------------------------------------------------- */

/* Replaces "i32.const K" at @at by "i32.const 0" and moves up what follows. */
static void
clear_const(struct walk *w, const struct last *address)
{
    struct bytes *to = w->to;
    uint32_t behind = to->n - address->end;

    if (to->failed) {
        return;
    }
    to->at[address->at + 1] = 0;
    for (uint32_t i = 0; i < behind; i++) {
        to->at[address->at + 2 + i] = to->at[address->end + i];
    }
    to->n = address->at + 2 + behind;
}

/*
 * The address is the marker's first operand. It can go into the instruction
 * when the constant stands where nothing but this call can take it: directly
 * before a read; before a write, with one instruction between that pushes the
 * value and takes nothing. Else it stays on the stack and the offset is 0.
 */
static void
put_access(struct walk *w, const struct relink_marker *marker)
{
    static const uint8_t ops[2][3] = {
        { 0x2d, 0x2f, 0x28 },            /* i32.load8_u, 16_u, i32.load */
        { 0x3a, 0x3b, 0x36 },            /* i32.store8, 16, i32.store */
    };
    const struct last *address = &w->last[marker->is_write];
    bool folds = address->is_const &&
                 (!marker->is_write || w->last[0].is_push);

    if (folds) {
        clear_const(w, address);
        w->r->n_folded++;
    }
    bytes_put_u8(w->to, ops[marker->is_write][marker->log2]);
    put_memarg(w->to, marker->log2, marker->memory,
               folds ? address->value : 0);
    w->r->n_calls++;
}

static int
copy_call(struct walk *w)
{
    uint32_t func = wio_read_leb_u32(&w->c);

    if (func < w->r->n_imported_funcs && w->r->func[func] == RELINK_NONE) {
        put_access(w, &w->r->marker[func]);
    } else {
        bytes_put_u8(w->to, OP_CALL);
        bytes_put_leb(w->to, relink_func(w->r, func));
    }
    return 0;
}

/* -- Instructions -------------------------------------------------------------- */

/* Behind the prefix 0xfc: bulk, tables, saturating conversions. */
static void
copy_misc(struct walk *w)
{
    const uint8_t *begin = w->c.at;
    uint32_t op = wio_read_leb_u32(&w->c);

    switch (op) {
    case 8:                              /* memory.init */
        wio_read_leb_u32(&w->c);
        copy_from(w, begin);
        put_memory(w);
        return;
    case 10:                             /* memory.copy */
        copy_from(w, begin);
        put_memory(w);
        put_memory(w);
        return;
    case 11:                             /* memory.fill */
        copy_from(w, begin);
        put_memory(w);
        return;
    case 12:                             /* table.init, table.copy */
    case 14:
        skip_indices(&w->c, 2);
        break;
    case 9:                              /* data.drop and what has a table */
    case 13:
    case 15:
    case 16:
    case 17:
        skip_indices(&w->c, 1);
        break;
    default:
        break;
    }
    copy_from(w, begin);
}

static void
copy_atomic(struct walk *w)
{
    const uint8_t *begin = w->c.at;
    uint32_t op = wio_read_leb_u32(&w->c);

    if (op == 3) {                       /* atomic.fence */
        wio_read_u8(&w->c);
        copy_from(w, begin);
        return;
    }
    copy_from(w, begin);
    copy_memarg(w);
}

/* Of what has no number of a function or memory. */
static void
skip_immediates(struct wio_cursor *c, uint32_t op)
{
    switch (op) {
    case 0x02:                           /* block, loop, if */
    case 0x03:
    case 0x04:
        wio_read_leb_s33(c);
        break;
    case 0x0e:                           /* br_table */
        skip_indices(c, wio_read_leb_u32(c));
        wio_read_leb_u32(c);
        break;
    case 0x11:                           /* call_indirect */
        skip_indices(c, 2);
        break;
    case 0x1c:                           /* select with types */
        wio_read_span(c, wio_read_leb_u32(c));
        break;
    case 0x41:
        wio_read_leb_s32(c);
        break;
    case 0x42:
        wio_read_leb_s64(c);
        break;
    case 0x43:
        wio_read_span(c, 4);
        break;
    case 0x44:
        wio_read_span(c, 8);
        break;
    case 0xd0:                           /* ref.null */
        wio_read_u8(c);
        break;
    default:
        if (op == 0x0c || op == 0x0d || (op >= 0x20 && op <= 0x26)) {
            wio_read_leb_u32(c);         /* br, locals, globals, tables */
        }
        break;
    }
}

static int
copy_instruction(struct walk *w, uint32_t op)
{
    const uint8_t *begin = w->c.at;

    if (op == OP_CALL) {
        return copy_call(w);
    }
    bytes_put_u8(w->to, op);
    if (op == OP_REF_FUNC) {
        return put_func(w);
    }
    if (op >= 0x28 && op <= 0x3e) {
        copy_memarg(w);
    } else if (op == 0x3f || op == 0x40) {
        put_memory(w);
    } else if (op == 0xfc) {
        copy_misc(w);
    } else if (op == 0xfe) {
        copy_atomic(w);
    } else {
        skip_immediates(&w->c, op);
        copy_from(w, begin);
    }
    return 0;
}

/* Up to the end of @w->c, or, nested blocks apart, the first `end`. */
static int
copy_code(struct walk *w, bool to_end)
{
    int err = 0;

    while (!err && w->c.at < w->c.end) {
        struct wio_cursor operand;
        struct last now = { .at = w->to->n };
        uint32_t op = wio_read_u8(&w->c);

        operand = w->c;
        err = copy_instruction(w, op);
        if (w->c.bad) {
            return wio_report_fail(w->r->report, WIO_ERR_INVALID_ARGUMENT,
                                   "an instruction is cut short");
        }
        if (op == OP_I32_CONST) {
            now.value = (uint32_t)wio_read_leb_s32(&operand);
        }
        now.is_const = op == OP_I32_CONST;
        now.is_push = op == OP_I32_CONST || op == OP_LOCAL_GET ||
                      op == OP_GLOBAL_GET;
        now.end = w->to->n;
        w->last[1] = w->last[0];
        w->last[0] = now;
        if (!to_end && op == 0x0b) {
            break;
        }
    }
    return err;
}

int
relink_body(struct relink *r, struct wio_span body, struct bytes *to)
{
    struct walk w = {
        .r = r,
        .c = wio_cursor(body.bytes, body.len),
        .to = to,
    };
    uint32_t n = wio_read_leb_u32(&w.c);

    while (n-- > 0 && !w.c.bad) {
        wio_read_leb_u32(&w.c);
        wio_read_u8(&w.c);
    }
    copy_from(&w, body.bytes);
    return copy_code(&w, true);
}

int
relink_expr(struct relink *r, struct wio_cursor *c, struct bytes *to)
{
    struct walk w = { .r = r, .c = *c, .to = to };
    int err = copy_code(&w, false);

    *c = w.c;
    return err;
}
