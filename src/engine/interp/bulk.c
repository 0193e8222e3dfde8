/* SPDX-License-Identifier: Apache-2.0 */
/* Tables, bulk operators, growing, far globals.
 * Opcode numbers are those of Core 2.0, section 5.4. */
#include "engine/interp/compile.h"

bool
wio_check_table(struct wio_compiler *c, uint32_t table)
{
    if (table >= c->module->n_tables) {
        wio_fail_index(c, "table", table);
        return false;
    }
    return true;
}

#define NO_RESULT 0u
#define I3 WIO_TYPE_I32, WIO_TYPE_I32, WIO_TYPE_I32

/* Pops three operands at most, in @types (0: none), and pushes @result. */
static void
emit_misc(struct wio_compiler *c, enum wio_misc sub, const uint8_t types[3],
          uint8_t result, uint32_t x, uint32_t y)
{
    struct wio_operand *v[3] = { NULL, NULL, NULL };
    uint32_t slots[3] = { 0, 0, 0 };
    uint32_t dst;

    for (uint32_t i = 3; i > 0; i--) {
        if (types[i - 1]) {
            v[i - 1] = wio_pop(c, types[i - 1]);
        }
    }
    dst = wio_next_home(c);
    if (!c->dead && !c->error) {
        for (uint32_t i = 0; i < 3; i++) {
            slots[i] = v[i] ? wio_in(c, v[i], i) : 0;
        }
        /* A destination stands first, as everywhere. */
        if (result) {
            slots[2] = slots[1];
            slots[1] = slots[0];
            slots[0] = wio_out(c, dst, result);
        }
        wio_begin(c, WIO_OP_misc);
        for (uint32_t i = 0; i < 3; i++) {
            wio_put8(c, slots[i]);
        }
        wio_put8(c, (uint32_t)sub);
        wio_put16(c, x);
        wio_put16(c, y);
        if (result) {
            wio_out_done(c);
        }
    }
    if (result) {
        wio_push(c, result);
    }
}

/* Core 2.0 reserves a zero byte where multi-memory has an index. */
static uint32_t
read_memory_index(struct wio_compiler *c)
{
    uint32_t memory;

    if (c->module->features & WIO_FEATURE_MULTI_MEMORY) {
        memory = wio_read_leb_u32(&c->in);
    } else {
        memory = wio_read_u8(&c->in);
        if (memory != 0) {
            wio_fail(c, WIO_ERR_MALFORMED, "zero byte expected");
        }
    }
    if (!c->in.bad && !c->error) {
        wio_check_memory(c, memory);
    }
    return memory;
}

static uint32_t
read_table_index(struct wio_compiler *c)
{
    uint32_t table = wio_read_leb_u32(&c->in);

    if (c->in.bad || !wio_check_table(c, table)) {
        return 0;
    }
    return table;
}

static uint32_t
read_data_index(struct wio_compiler *c)
{
    uint32_t data = wio_read_leb_u32(&c->in);

    /* Without any data the index is merely unknown. */
    if (!c->in.bad && !c->module->has_data_count &&
        c->module->data_section != 0) {
        wio_fail(c, WIO_ERR_MALFORMED, "data count section required");
    } else if (!c->in.bad && data >= c->module->n_data) {
        wio_fail_index(c, "data segment", data);
    }
    return data;
}

static uint32_t
read_elem_index(struct wio_compiler *c)
{
    uint32_t elem = wio_read_leb_u32(&c->in);

    if (!c->in.bad && elem >= c->module->n_elems) {
        wio_fail_index(c, "elem segment", elem);
        return 0;
    }
    return elem;
}

static void
compile_table_init(struct wio_compiler *c)
{
    static const uint8_t i3[3] = { I3 };
    uint32_t elem = read_elem_index(c);
    uint32_t table = read_table_index(c);

    if (c->in.bad || c->error) {
        return;
    }
    if (c->module->elem_types[elem] != c->module->tables[table].value_type) {
        wio_fail(c, WIO_ERR_INVALID, "type mismatch: segment and table");
        return;
    }
    emit_misc(c, WIO_MISC_TABLE_INIT, i3, NO_RESULT, elem, table);
}

static void
compile_table_copy(struct wio_compiler *c)
{
    static const uint8_t i3[3] = { I3 };
    uint32_t to = read_table_index(c);
    uint32_t from = read_table_index(c);

    if (c->in.bad || c->error) {
        return;
    }
    if (c->module->tables[to].value_type !=
        c->module->tables[from].value_type) {
        wio_fail(c, WIO_ERR_INVALID, "type mismatch: the tables differ");
        return;
    }
    emit_misc(c, WIO_MISC_TABLE_COPY, i3, NO_RESULT, to, from);
}

static void
compile_table(struct wio_compiler *c, enum wio_misc sub)
{
    uint32_t table = read_table_index(c);
    uint8_t types[3] = { 0, 0, 0 };
    uint8_t result = NO_RESULT;
    uint8_t type;

    if (c->in.bad || c->error) {
        return;
    }
    type = c->module->tables[table].value_type;
    switch (sub) {
    case WIO_MISC_TABLE_GROW:
        types[0] = type;
        types[1] = WIO_TYPE_I32;
        result = WIO_TYPE_I32;
        break;
    case WIO_MISC_TABLE_SIZE:
        result = WIO_TYPE_I32;
        break;
    case WIO_MISC_TABLE_FILL:
        types[0] = WIO_TYPE_I32;
        types[1] = type;
        types[2] = WIO_TYPE_I32;
        break;
    case WIO_MISC_TABLE_GET:
        types[0] = WIO_TYPE_I32;
        result = type;
        break;
    default:
        types[0] = WIO_TYPE_I32;
        types[1] = type;
        break;
    }
    emit_misc(c, sub, types, result, table, 0);
}

static void
compile_memory_bulk(struct wio_compiler *c, uint32_t op)
{
    static const uint8_t i3[3] = { I3 };
    uint32_t x, y = 0;

    if (op == WIO_MISC_MEMORY_INIT) {
        x = read_data_index(c);
        y = c->error ? 0 : read_memory_index(c);
    } else {
        x = read_memory_index(c);
        if (op == WIO_MISC_MEMORY_COPY && !c->error) {
            y = read_memory_index(c);
        }
    }
    if (!c->in.bad && !c->error) {
        wio_note_use(c, op == WIO_MISC_MEMORY_INIT ? y : x, WIO_USE_BULK);
        if (op == WIO_MISC_MEMORY_COPY) {
            wio_note_use(c, y, WIO_USE_BULK);
        }
        emit_misc(c, (enum wio_misc)op, i3, NO_RESULT, x, y);
    }
}

void
wio_compile_prefixed(struct wio_compiler *c)
{
    static const uint8_t none[3] = { 0, 0, 0 };
    uint32_t op = wio_read_leb_u32(&c->in);
    uint32_t x;

    if (c->in.bad) {
        return;
    }
    if (op < 8) {
        wio_compile_numeric(c, WIO_NUM_SAT + op);
        return;
    }
    switch (op) {
    case WIO_MISC_MEMORY_INIT:
    case WIO_MISC_MEMORY_COPY:
    case WIO_MISC_MEMORY_FILL:
        compile_memory_bulk(c, op);
        break;
    case WIO_MISC_DATA_DROP:
        x = read_data_index(c);
        emit_misc(c, WIO_MISC_DATA_DROP, none, NO_RESULT, x, 0);
        break;
    case WIO_MISC_ELEM_DROP:
        x = read_elem_index(c);
        emit_misc(c, WIO_MISC_ELEM_DROP, none, NO_RESULT, x, 0);
        break;
    case WIO_MISC_TABLE_INIT:
        compile_table_init(c);
        break;
    case WIO_MISC_TABLE_COPY:
        compile_table_copy(c);
        break;
    case WIO_MISC_TABLE_GROW:
    case WIO_MISC_TABLE_SIZE:
    case WIO_MISC_TABLE_FILL:
        compile_table(c, (enum wio_misc)op);
        break;
    default:
        wio_fail(c, WIO_ERR_MALFORMED, "illegal opcode behind 0xfc");
    }
}

/* Globals whose index needs more than a byte. */
void
wio_compile_far_global(struct wio_compiler *c, uint32_t index, bool set)
{
    uint8_t types[3] = { 0, 0, 0 };
    uint8_t type = c->module->globals[index].value_type;

    types[0] = set ? type : 0;
    emit_misc(c, set ? WIO_MISC_GLOBAL_SET : WIO_MISC_GLOBAL_GET, types,
              set ? NO_RESULT : type, index, 0);
}

/* table.get/set, memory.size/grow, ref.func. */
bool
wio_compile_misc(struct wio_compiler *c, uint32_t op)
{
    static const uint8_t none[3] = { 0, 0, 0 };
    static const uint8_t i1[3] = { WIO_TYPE_I32, 0, 0 };
    uint32_t x;

    switch (op) {
    case 0x25:
        compile_table(c, WIO_MISC_TABLE_GET);
        return true;
    case 0x26:
        compile_table(c, WIO_MISC_TABLE_SET);
        return true;
    case 0x3f:
    case 0x40:
        x = read_memory_index(c);
        if (!c->in.bad && !c->error) {
            if (op == 0x40) {
                wio_note_use(c, x, WIO_USE_GROW);
            }
            emit_misc(c, op == 0x3f ? WIO_MISC_MEMORY_SIZE
                                    : WIO_MISC_MEMORY_GROW,
                      op == 0x3f ? none : i1, WIO_TYPE_I32, x, 0);
        }
        return true;
    case 0xd2:
        x = wio_read_leb_u32(&c->in);
        if (c->in.bad) {
            return true;
        }
        if (x >= c->module->n_funcs) {
            wio_fail_index(c, "function", x);
        } else if (c->declared && !(c->declared[x / 8] >> x % 8 & 1)) {
            wio_fail(c, WIO_ERR_INVALID, "undeclared function reference");
        } else {
            emit_misc(c, WIO_MISC_REF_FUNC, none, WIO_TYPE_FUNCREF, x, 0);
        }
        return true;
    default:
        return false;
    }
}
