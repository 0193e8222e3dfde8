/* SPDX-License-Identifier: Apache-2.0 */
/* tests/diff/gen_memory.c - memories and tables; opcodes of Core 2.0, 5.4.4 to
 * 5.4.6, and of the threads proposal. */
#include "diff/gen_internal.h"

/* Bytes, and the value: a load's result, a store's operand. */
struct access {
    uint8_t op;
    uint8_t width_log2;
    uint8_t type;
};

static const struct access loads[] = {
    { 0x28, 2, I32 }, { 0x29, 3, I64 }, { 0x2a, 2, F32 }, { 0x2b, 3, F64 },
    { 0x2c, 0, I32 }, { 0x2d, 0, I32 }, { 0x2e, 1, I32 }, { 0x2f, 1, I32 },
    { 0x30, 0, I64 }, { 0x31, 0, I64 }, { 0x32, 1, I64 }, { 0x33, 1, I64 },
    { 0x34, 2, I64 }, { 0x35, 2, I64 },
};

static const struct access stores[] = {
    { 0x36, 2, I32 }, { 0x37, 3, I64 }, { 0x38, 2, F32 }, { 0x39, 3, F64 },
    { 0x3a, 0, I32 }, { 0x3b, 1, I32 }, { 0x3c, 0, I64 }, { 0x3d, 1, I64 },
    { 0x3e, 2, I64 },
};

static uint32_t
any_memory(struct function *f)
{
    return f->m->n_windows + (f->m->n_memories > 1 && rng_chance(&f->rng, 40)
                                  ? rng_below(&f->rng, f->m->n_memories)
                                  : 0);
}

/* The window is memory 0; a module that does more with it than accesses of 8,
 * 16 and 32 bits is not linked. */
static bool
is_for_window(struct function *f, const struct access *access)
{
    return f->m->n_windows && access->width_log2 < 3 &&
           rng_chance(&f->rng, 30);
}

/* An address on the stack and the offset to write: most are registers, few are
 * unaligned or behind the end. */
static uint32_t
register_address(struct function *f, uint32_t width)
{
    uint32_t at = rng_below(&f->rng, DIFF_WINDOW_BYTES) & ~(width - 1u);
    uint32_t offset = rng_chance(&f->rng, 50) ? at : rng_below(&f->rng, at + 1);

    if (rng_chance(&f->rng, 3)) {
        at += 1u + rng_below(&f->rng, DIFF_WINDOW_BYTES);
    }
    if (rng_chance(&f->rng, 15)) {
        const uint32_t aligned =
            has(f->m, DIFF_INLINE) && rng_chance(&f->rng, 25) ? 0 : width - 1u;

        make_value(f, (struct kind){ I32, false });
        put_constant(f, I32, (DIFF_WINDOW_BYTES / 2 - 1) & ~aligned);
        put_op(f->out, 0x71);
        pop(f, 1);
        return offset & (DIFF_WINDOW_BYTES / 2 - 1) & ~(width - 1u);
    }
    put_constant(f, I32, at - offset);
    return offset;
}

/* Alignment, memory and offset: bit 6 of the first says that a memory is
 * named (multi-memory). */
static void
put_memarg(struct function *f, uint32_t align, uint32_t memory,
           uint32_t offset)
{
    if (memory > 0) {
        put_u32(f->out, align | 0x40);
        put_u32(f->out, memory);
    } else {
        put_u32(f->out, align);
    }
    put_u32(f->out, offset);
}

static void
put_and(struct function *f, uint32_t mask)
{
    put_constant(f, I32, mask);
    put_op(f->out, 0x71);
    pop(f, 1);
}

/* The largest 2^n - 1 that lies within @bytes, at most 4095. */
static uint32_t
mask_within(uint32_t bytes)
{
    uint32_t mask = 4095;

    while (mask > bytes && mask > 0) {
        mask >>= 1;
    }
    return mask;
}

/*
 * An address on the stack, and the offset to write behind the operator: most
 * are within the memory, some end at its last byte, one beyond, or wrap.
 * @align: 0, or a mask for the address of an atomic.
 */
static uint32_t
address(struct function *f, uint32_t memory, uint32_t width, uint32_t align)
{
    const uint32_t size = f->m->memories[memory].min_bytes;
    const uint32_t way = rng_below(&f->rng, 100);
    uint32_t offset = 0;

    if (way < 70) {
        const uint32_t mask = mask_within(size / 2);

        want_one(f, I32, false);
        if (f->height > f->floor) {
            put_and(f, mask & ~align);
        }
        return rng_chance(&f->rng, 40)
                   ? 0
                   : rng_below(&f->rng, size / 2 + 1) & ~align;
    }
    if (way < 88) {                /* constant, and within */
        offset = rng_below(&f->rng, size > width ? size - width + 1 : 1);
        put_constant(f, I32, offset & ~align);
        return 0;
    }
    if (way < 97) {                /* at the end: half of them within */
        const uint32_t at = size - width + rng_below(&f->rng, 4) -
                            (rng_chance(&f->rng, 80) ? 3u : 0u);

        offset = rng_chance(&f->rng, 50) ? rng_below(&f->rng, at + 1) : 0;
        offset = at < size + 4 ? offset & ~align : 0;
        put_constant(f, I32, (at - offset) & ~align);
        return offset;
    }
    if (way < 98) {                /* a sum beyond 32 bits */
        put_constant(f, I32, 0u - (1u + rng_below(&f->rng, 16)));
        return rng_chance(&f->rng, 50) ? UINT32_MAX - rng_below(&f->rng, 8)
                                       : 1u + rng_below(&f->rng, 64);
    }
    want_one(f, I32, false);
    return (uint32_t)rng_integer(&f->rng, 32);
}

void
gen_load(struct function *f)
{
    const struct access *access =
        &loads[rng_below(&f->rng, sizeof loads / sizeof loads[0])];
    const bool window = is_for_window(f, access);
    const uint32_t memory = window ? 0 : any_memory(f);
    uint32_t offset;

    if (is_float((enum type)access->type) && !has(f->m, DIFF_FLOATS)) {
        return;
    }
    offset = window ? register_address(f, 1u << access->width_log2)
                    : address(f, memory, 1u << access->width_log2, 0);
    put_op(f->out, access->op);
    put_memarg(f, rng_below(&f->rng, access->width_log2 + 1u), memory,
               offset);
    pop(f, 1);
    push(f, (enum type)access->type, false);
}

void
gen_store(struct function *f)
{
    const struct access *access =
        &stores[rng_below(&f->rng, sizeof stores / sizeof stores[0])];
    const bool window = is_for_window(f, access);
    const uint32_t memory = window ? 0 : any_memory(f);
    const enum type type = (enum type)access->type;
    uint32_t offset;

    if (is_float(type) && !has(f->m, DIFF_FLOATS)) {
        return;
    }
    offset = window ? register_address(f, 1u << access->width_log2)
                    : address(f, memory, 1u << access->width_log2, 0);
    make_value(f, (struct kind){ (uint8_t)type, true });
    canonical(f);
    put_op(f->out, access->op);
    put_memarg(f, rng_below(&f->rng, access->width_log2 + 1u), memory,
               offset);
    pop(f, 2);
}

/* -- Atomics -------------------------------------------------------------- */

static void
atomic_wait(struct function *f, uint32_t memory)
{
    const bool wide = rng_chance(&f->rng, 50);
    const uint32_t offset = address(f, memory, wide ? 8 : 4, wide ? 7 : 3);

    make_value(f, (struct kind){ wide ? I64 : I32, false });
    make_value(f, (struct kind){ I64, false });
    put_fe(f->out, wide ? 2 : 1);
    put_memarg(f, wide ? 3 : 2, memory, offset);
    pop(f, 3);
    push(f, I32, false);
}

/* Groups of seven: loads, stores, then what is read, changed and written. */
void
gen_atomic(struct function *f)
{
    static const uint8_t width_log2[7] = { 2, 3, 0, 1, 0, 1, 2 };
    static const uint8_t types[7] = { I32, I64, I32, I32, I64, I64, I64 };
    const uint32_t memory = any_memory(f);
    const uint32_t op = rng_below(&f->rng, 63);
    const uint32_t group = op / 7;
    const enum type type = (enum type)types[op % 7];
    const uint32_t width = 1u << width_log2[op % 7];
    uint32_t n_operands = group == 0 ? 0 : group == 8 ? 2 : 1;
    uint32_t offset;

    if (rng_chance(&f->rng, 4)) {
        put_fe(f->out, 3);         /* fence */
        put_byte(f->out, 0);
        return;
    }
    if (rng_chance(&f->rng, 1)) {
        atomic_wait(f, memory);
        return;
    }
    if (rng_chance(&f->rng, 3)) {
        offset = address(f, memory, 4, 3);
        make_value(f, (struct kind){ I32, false });
        put_fe(f->out, 0);
        put_memarg(f, 2, memory, offset);
        pop(f, 2);
        push(f, I32, false);
        return;
    }
    offset = address(f, memory, width,
                     rng_chance(&f->rng, 97) ? width - 1u : 0);
    for (uint32_t i = 0; i < n_operands; i++) {
        make_value(f, (struct kind){ (uint8_t)type, false });
    }
    put_fe(f->out, 0x10 + op);
    put_memarg(f, width_log2[op % 7], memory, offset);
    pop(f, 1 + n_operands);
    if (group != 1) {
        push(f, type, false);
    }
}

/* -- Bulk ----------------------------------------------------------------- */

/* An offset or length on the stack: mostly a masked value. */
static void
bounded(struct function *f, uint32_t most)
{
    if (rng_chance(&f->rng, 3)) {
        put_constant(f, I32, rng_integer(&f->rng, 32));
        return;
    }
    if (rng_chance(&f->rng, 20)) {
        put_constant(f, I32, rng_below(&f->rng, most + 2));
        return;
    }
    make_value(f, (struct kind){ I32, false });
    put_and(f, mask_within(most));
}

static void
gen_grow(struct function *f, uint32_t memory)
{
    if (rng_chance(&f->rng, 50)) {
        put_op(f->out, 0x3f);
        put_byte(f->out, memory);
        push(f, I32, false);
        return;
    }
    make_value(f, (struct kind){ I32, false });
    if (rng_chance(&f->rng, 80)) {
        put_and(f, f->m->memories[memory].small_pages ? 63 : 1);
    }
    put_op(f->out, 0x40);
    put_byte(f->out, memory);
    pop(f, 1);
    push(f, I32, false);
}

static void
gen_memory_init(struct function *f, uint32_t memory, uint32_t size)
{
    const bool own = f->program->has_data && rng_chance(&f->rng, 70);
    const uint32_t segment = own ? f->program->data : 0;

    if (own && rng_chance(&f->rng, 15)) {
        put_fc(f->out, 9);         /* data.drop: only this program's */
        put_u32(f->out, segment);
        return;
    }
    bounded(f, size / 2);
    bounded(f, own ? 16 : PATTERN_BYTES / 2);
    bounded(f, own ? 16 : 127);
    put_fc(f->out, 8);
    put_u32(f->out, segment);
    put_byte(f->out, memory);
    pop(f, 3);
}

void
gen_bulk(struct function *f)
{
    const uint32_t memory = any_memory(f);
    const uint32_t from = any_memory(f);
    const uint32_t size = f->m->memories[memory].min_bytes;

    switch (rng_below(&f->rng, 4)) {
    case 0:
        gen_grow(f, memory);
        return;
    case 1:
        gen_memory_init(f, memory, size);
        return;
    case 2:
        bounded(f, size / 2);
        bounded(f, f->m->memories[from].min_bytes / 2);
        bounded(f, 127);
        put_fc(f->out, 10);        /* memory.copy */
        put_byte(f->out, memory);
        put_byte(f->out, from);
        break;
    default:
        bounded(f, size / 2);
        make_value(f, (struct kind){ I32, false });
        bounded(f, 127);
        put_fc(f->out, 11);        /* memory.fill */
        put_byte(f->out, memory);
        break;
    }
    pop(f, 3);
}

/* -- Tables --------------------------------------------------------------- */

/* An index: within this program's part of the table, or far beyond it. */
static void
element(struct function *f, uint32_t table, uint32_t most)
{
    const uint32_t first = table == TABLE_FUNCS
                               ? SLOTS_EACH * f->program_index
                               : 0;

    if (rng_chance(&f->rng, 3)) {
        put_constant(f, I32, 0u - 1u - rng_below(&f->rng, 100));
        return;
    }
    if (rng_chance(&f->rng, 60)) {
        put_constant(f, I32, first + rng_below(&f->rng, most));
        return;
    }
    make_value(f, (struct kind){ I32, false });
    put_and(f, most - 1);
    if (first > 0) {
        put_constant(f, I32, first);
        put_op(f->out, 0x6a);
        pop(f, 1);
    }
}

static void
small_count(struct function *f)
{
    put_constant(f, I32, rng_chance(&f->rng, 95) ? rng_below(&f->rng, 5)
                                                 : rng_integer(&f->rng, 32));
}

static void
gen_table_bulk(struct function *f, uint32_t table, enum type type)
{
    const bool own = f->program->has_elems;

    switch (rng_below(&f->rng, 3)) {
    case 0:
        element(f, table, SLOTS_EACH / 2);
        make_value(f, (struct kind){ (uint8_t)type, false });
        small_count(f);
        put_fc(f->out, 0x11);      /* table.fill */
        put_u32(f->out, table);
        break;
    case 1:
        element(f, table, SLOTS_EACH / 2);
        element(f, table, SLOTS_EACH / 2);
        small_count(f);
        put_fc(f->out, 0x0e);      /* table.copy */
        put_u32(f->out, table);
        put_u32(f->out, table == TABLE_FUNCS && rng_chance(&f->rng, 30)
                            ? TABLE_PRISTINE
                            : table);
        break;
    default:
        if (!own) {
            return;
        }
        if (rng_chance(&f->rng, 15)) {
            put_fc(f->out, 0x0d);  /* elem.drop */
            put_u32(f->out, f->program->elems);
            return;
        }
        element(f, TABLE_FUNCS, SLOTS_EACH / 2);
        put_constant(f, I32, rng_below(&f->rng, 5));
        small_count(f);
        put_fc(f->out, 0x0c);      /* table.init */
        put_u32(f->out, f->program->elems);
        put_u32(f->out, TABLE_FUNCS);
        break;
    }
    pop(f, 3);
}

void
gen_table(struct function *f)
{
    const uint32_t table = rng_chance(&f->rng, 50) ? TABLE_FUNCS
                                                   : TABLE_EXTERNS;
    const enum type type = table == TABLE_FUNCS ? FUNCREF : EXTERNREF;

    switch (rng_below(&f->rng, 5)) {
    case 0:
        element(f, table, SLOTS_EACH);
        put_op(f->out, 0x25);      /* table.get */
        put_u32(f->out, table);
        pop(f, 1);
        push(f, type, false);
        return;
    case 1:
        element(f, table, SLOTS_EACH);
        make_value(f, (struct kind){ (uint8_t)type, false });
        put_op(f->out, 0x26);      /* table.set */
        put_u32(f->out, table);
        pop(f, 2);
        return;
    case 2:
        gen_table_bulk(f, table, type);
        return;
    case 3:                        /* that of functions never grows */
        put_fc(f->out, 0x10);      /* table.size */
        put_u32(f->out, table);
        push(f, I32, false);
        return;
    default:
        make_value(f, (struct kind){ EXTERNREF, false });
        small_count(f);
        put_fc(f->out, 0x0f);      /* table.grow */
        put_u32(f->out, TABLE_EXTERNS);
        pop(f, 2);
        push(f, I32, false);
        return;
    }
}

void
gen_reference(struct function *f)
{
    const enum type type = (enum type)(FUNCREF + rng_below(&f->rng, 2));

    if (rng_chance(&f->rng, 50)) {
        want_one(f, type, false);
        put_op(f->out, 0xd1);      /* ref.is_null */
        pop(f, 1);
        push(f, I32, false);
    } else {
        random_constant(f, type);
    }
}
