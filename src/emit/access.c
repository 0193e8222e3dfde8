/* SPDX-License-Identifier: Apache-2.0 */
/* Loads and stores, atomic ones included; bulk operators and tables. Opcode
 * numbers are those of Core 2.0, section 5.4, and of the threads proposal. */
#include "emit/func.h"
#include "engine/interp/opcodes.h"

/* 0x28 .. 0x3e: the function of guest.h and the value's type. */
static const struct {
    const char *name;
    uint8_t type;
} accesses[] = {
    { "i32_load", WIO_TYPE_I32 }, { "i64_load", WIO_TYPE_I64 },
    { "f32_load", WIO_TYPE_F32 }, { "f64_load", WIO_TYPE_F64 },
    { "i32_load8_s", WIO_TYPE_I32 }, { "i32_load8_u", WIO_TYPE_I32 },
    { "i32_load16_s", WIO_TYPE_I32 }, { "i32_load16_u", WIO_TYPE_I32 },
    { "i64_load8_s", WIO_TYPE_I64 }, { "i64_load8_u", WIO_TYPE_I64 },
    { "i64_load16_s", WIO_TYPE_I64 }, { "i64_load16_u", WIO_TYPE_I64 },
    { "i64_load32_s", WIO_TYPE_I64 }, { "i64_load32_u", WIO_TYPE_I64 },
    { "i32_store", WIO_TYPE_I32 }, { "i64_store", WIO_TYPE_I64 },
    { "f32_store", WIO_TYPE_F32 }, { "f64_store", WIO_TYPE_F64 },
    { "i32_store8", WIO_TYPE_I32 }, { "i32_store16", WIO_TYPE_I32 },
    { "i64_store8", WIO_TYPE_I64 }, { "i64_store16", WIO_TYPE_I64 },
    { "i64_store32", WIO_TYPE_I64 }
};

struct memarg {
    uint32_t memory;
    uint32_t offset;
};

static struct memarg
read_memarg(struct wio_c_func *f)
{
    uint32_t flags = wio_read_leb_u32(&f->in);
    struct memarg arg = { .memory = 0 };

    if (flags & 0x40u) {
        arg.memory = wio_read_leb_u32(&f->in);
    }
    arg.offset = wio_read_leb_u32(&f->in);
    return arg;
}

/* An imported memory may lie with the host: the engine makes the access. */
static void
access_imported(struct wio_c_func *f, uint32_t op, struct memarg arg)
{
    static const char *const to_bits[] = { "", "", "f32_bits", "f64_bits" };
    static const char *const from_bits[] = {
        "(u32)", "", "f32_from((u32)", "f64_from("
    };
    uint8_t type = accesses[op - 0x28u].type;
    uint32_t kind = type == WIO_TYPE_I32   ? 0u
                    : type == WIO_TYPE_I64 ? 1u
                    : type == WIO_TYPE_F32 ? 2u
                                           : 3u;
    uint32_t window = f->e->windows[arg.memory];
    char prefix[16] = "imported";
    uint32_t value, at;

    if (window != WIO_NO_WINDOW) {
        (void)snprintf(prefix, sizeof prefix, "W%u", window);
    }
    if (op >= WIO_FIRST_STORE) {
        value = wio_c_pop(f);
        at = wio_c_pop(f);
        wio_text_add(&f->text, "    %s_store(%s(%c%u), 0x%x, %u, i%u, %uu);\n",
                     prefix, to_bits[kind], WIO_VAR(f, value), op, arg.memory,
                     at, arg.offset);
        return;
    }
    at = wio_c_pop(f);
    value = wio_c_push(f, type);
    wio_text_add(&f->text, "    %c%u = %s%s_load(0x%x, %u, i%u, %uu)%s;\n",
                 WIO_VAR(f, value), from_bits[kind], prefix, op, arg.memory,
                 at, arg.offset, kind >= 2 ? ")" : "");
}

void
wio_c_access(struct wio_c_func *f, uint32_t op)
{
    const char *name = accesses[op - 0x28u].name;
    struct memarg arg = read_memarg(f);
    uint32_t value, at;

    if (f->dead) {
        return;
    }
    if (arg.memory < f->m->n_imported_memories) {
        access_imported(f, op, arg);
        return;
    }
    f->memories[arg.memory] = true;
    if (op >= WIO_FIRST_STORE) {
        value = wio_c_pop(f);
        at = wio_c_pop(f);
        wio_text_add(&f->text, "    %s(M%u, i%u, %uu, %c%u);\n", name,
                     arg.memory, at, arg.offset, WIO_VAR(f, value));
        return;
    }
    at = wio_c_pop(f);
    value = wio_c_push(f, accesses[op - 0x28u].type);
    wio_text_add(&f->text, "    %c%u = %s(M%u, i%u, %uu);\n",
                 WIO_VAR(f, value), name, arg.memory, at, arg.offset);
}

/* -- The engine's operators ----------------------------------------------- */

/* @n operands; with a result they begin at the second place. */
static void
emit_misc(struct wio_c_func *f, enum wio_misc sub, uint32_t x, uint32_t y,
          uint32_t n, uint8_t result)
{
    uint32_t first, at;

    if (f->dead) {
        return;
    }
    for (uint32_t i = 0; i < n; i++) {
        wio_c_pop(f);
    }
    first = f->height;
    wio_text_add(&f->text, "    ");
    if (result) {
        at = wio_c_push(f, result);
        wio_text_add(&f->text, "i%u = ", at);
    }
    wio_text_add(&f->text, "misc(%u, %u, %u%s", (unsigned)sub, x, y,
                 result ? ", 0" : "");
    for (uint32_t i = 0; i < (result ? 2u : 3u); i++) {
        if (i < n) {
            wio_text_add(&f->text, ", i%u", first + i);
        } else {
            wio_text_add(&f->text, ", 0");
        }
    }
    wio_text_add(&f->text, ");%s\n",
                 sub == WIO_MISC_MEMORY_GROW ? WIO_C_AFTER : "");
}

void
wio_c_memory(struct wio_c_func *f, uint32_t op)
{
    uint32_t memory = wio_read_leb_u32(&f->in);

    if (op == 0x40) {
        f->e->grows[memory] |= !f->dead;
        emit_misc(f, WIO_MISC_MEMORY_GROW, memory, 0, 1, WIO_TYPE_I32);
    } else if (!f->dead) {
        wio_text_add(&f->text, "    i%u = MEM%u->n_pages;\n",
                     wio_c_push(f, WIO_TYPE_I32), memory);
    }
}

void
wio_c_table(struct wio_c_func *f, uint32_t op)
{
    uint32_t table = wio_read_leb_u32(&f->in);

    if (op == 0x25) {
        emit_misc(f, WIO_MISC_TABLE_GET, table, 0, 1,
                  f->m->tables[table].value_type);
    } else {
        emit_misc(f, WIO_MISC_TABLE_SET, table, 0, 2, 0);
    }
}

void
wio_c_prefixed(struct wio_c_func *f)
{
    enum wio_misc sub = (enum wio_misc)wio_read_leb_u32(&f->in);
    uint32_t x = wio_read_leb_u32(&f->in);
    uint32_t y = sub == WIO_MISC_MEMORY_INIT || sub == WIO_MISC_MEMORY_COPY ||
                 sub == WIO_MISC_TABLE_INIT || sub == WIO_MISC_TABLE_COPY
                     ? wio_read_leb_u32(&f->in)
                     : 0;

    switch (sub) {
    case WIO_MISC_DATA_DROP:
    case WIO_MISC_ELEM_DROP:
        emit_misc(f, sub, x, 0, 0, 0);
        break;
    case WIO_MISC_TABLE_GROW:
        emit_misc(f, sub, x, 0, 2, WIO_TYPE_I32);
        break;
    case WIO_MISC_TABLE_SIZE:
        emit_misc(f, sub, x, 0, 0, WIO_TYPE_I32);
        break;
    default:
        emit_misc(f, sub, x, y, 3, 0);
        break;
    }
}

/* -- Atomic --------------------------------------------------------------- */

/* What stands behind 0xfe, as the engine has it in WIO_ATOMIC. */
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
    return WIO_ATOMIC | (op - 0x10) / 7 << 3 | widths[(op - 0x10) % 7];
}

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

void
wio_c_atomic(struct wio_c_func *f)
{
    uint32_t op = wio_read_leb_u32(&f->in);
    uint32_t kind, n, at;
    uint8_t type;
    struct memarg arg;
    bool result;

    if (op == 3) {
        wio_read_u8(&f->in);
        if (!f->dead) {
            wio_text_add(&f->text, "    "
                         "__atomic_signal_fence(__ATOMIC_SEQ_CST);\n");
        }
        return;
    }
    arg = read_memarg(f);
    if (f->dead) {
        return;
    }
    kind = atomic_kind(op);
    type = op > 2 && (kind & WIO_ATOMIC_WIDE) ? WIO_TYPE_I64 : WIO_TYPE_I32;
    n = atomic_operands(kind);
    f->height -= n + 1;
    at = f->height;
    wio_text_add(&f->text, "    ");
    result = (kind >> 3 & 15u) != WIO_ATOMIC_STORE;
    if (result) {
        wio_text_add(&f->text, "%c%u = (%s)", wio_emit_letter(type), at,
                     wio_emit_c_type(type));
    }
    if (arg.memory < f->m->n_imported_memories) {
        wio_text_add(&f->text, "atomic(%uu, %u, %uu, i%u", kind, arg.memory,
                     arg.offset, at);
    } else {
        f->memories[arg.memory] = true;
        wio_text_add(&f->text, "own_atomic(M%u, %u, %uu, %uu, i%u",
                     arg.memory, arg.memory, kind, arg.offset, at);
    }
    for (uint32_t i = 1; i <= 2; i++) {
        if (i <= n) {
            wio_text_add(&f->text, ", %c%u", WIO_VAR(f, at + i));
        } else {
            wio_text_add(&f->text, ", 0");
        }
    }
    wio_text_add(&f->text, ");\n");
    if (result) {
        wio_c_push(f, type);
    }
}
