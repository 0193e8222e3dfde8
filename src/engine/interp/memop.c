/* SPDX-License-Identifier: Apache-2.0 */
/* The accesses and bulk operators that the loop leaves to functions. */
#include "engine/interp/loader.h"
#include "engine/interp/opcodes.h"

static uint32_t
get16(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8;
}

static uint64_t
get_le(const uint8_t *p, uint32_t n)
{
    uint64_t value = 0;

    while (n > 0) {
        value = value << 8 | p[--n];
    }
    return value;
}

static bool
outside(uint32_t at, uint32_t n, uint32_t size)
{
    return n > size || at > size - n;
}

/* -- Any load or store ---------------------------------------------------- */

#define SIGNED WIO_ACCESS_SIGNED
#define WIDE WIO_ACCESS_WIDE

uint32_t
wio_access_kind(uint32_t op)
{
    /* 0x28 .. 0x3e */
    static const uint8_t kinds[] = {
        4, 8 | WIDE, 4, 8 | WIDE, 1 | SIGNED, 1, 2 | SIGNED, 2,
        1 | SIGNED | WIDE, 1 | WIDE, 2 | SIGNED | WIDE, 2 | WIDE,
        4 | SIGNED | WIDE, 4 | WIDE,
        4, 8, 4, 8, 1, 2, 1, 2, 4
    };

    return kinds[op - 0x28u];
}

uint32_t
wio_access(const struct wio_memory *memory, uint32_t op, uint64_t at,
           uint32_t *v)
{
    uint32_t kind = wio_access_kind(op);
    uint32_t n = kind & WIO_ACCESS_BYTES;
    uint64_t value;

    if (n > memory->n_bytes || at > memory->n_bytes - n) {
        return WIO_TRAP_MEMORY_BOUNDS;
    }
    if (op < WIO_FIRST_STORE) {
        value = get_le(memory->data + at, n);
        if ((kind & SIGNED) && (value >> (8 * n - 1) & 1u)) {
            value |= ~UINT64_C(0) << (8 * n - 1);
        }
        v[0] = (uint32_t)value;
        if (kind & WIDE) {
            v[1] = (uint32_t)(value >> 32);
        }
    } else {
        for (uint32_t i = 0; i < n; i++) {
            memory->data[at + i] = (uint8_t)(v[i / 4] >> (8 * (i % 4)));
        }
    }
    return 0;
}

uint32_t
wio_mem_op(struct wio_inst *inst, const uint8_t *ip, uint32_t *fp)
{
    uint64_t at;

    if (WIO_CFG_ATOMICS && (ip[3] & WIO_ATOMIC)) {
        return wio_atomic_op(inst, ip, fp);
    }
    at = (uint64_t)fp[ip[2]] + (uint32_t)get_le(ip + 5, 4);
    return wio_access(inst->memories[ip[4]], ip[3], at, fp + ip[1]);
}

/* -- In pieces ------------------------------------------------------------- */

/*
 * A bulk operator pays for each piece before it moves it, and every payment is
 * a safepoint: so it ends, or pauses, within a piece. Nothing is paid while
 * nothing runs (active segments).
 */
static uint32_t
pay(struct wio_inst *inst, uint32_t n)
{
    struct wio_exec *exec = inst->base.exec;
    int32_t due = (int32_t)(n / WIO_BULK_PER_STEP);
    uint32_t cause = 0;

    if (!exec || due == 0) {
        return 0;
    }
    if (exec->steps.left - due < exec->steps.limit) {
        cause = wio_safepoint(exec, due);
    }
    if (!cause) {
        exec->steps.left -= due;
    }
    return cause;
}

/* The next piece of @n bytes, of which @done are moved. */
static uint32_t
piece(uint32_t n, uint32_t done)
{
    return n - done < WIO_BULK_PIECE ? n - done : WIO_BULK_PIECE;
}

/* A table's elements are paid for one by one: each is a word. */
static uint32_t
pay_element(struct wio_inst *inst, uint32_t i)
{
    return i % WIO_BULK_PER_STEP == WIO_BULK_PER_STEP - 1
               ? pay(inst, WIO_BULK_PER_STEP)
               : 0;
}

/* -- Memories ------------------------------------------------------------- */

/* Towards the end where the ranges overlap; as the platform copies where they
 * do not. */
static void
move_bytes(uint8_t *to, const uint8_t *from, uint32_t n)
{
    uintptr_t apart = to <= from ? (uintptr_t)from - (uintptr_t)to
                                 : (uintptr_t)to - (uintptr_t)from;

    if (apart >= n) {
        wio_copy(to, from, n);
    } else if (to <= from) {
        for (uint32_t i = 0; i < n; i++) {
            to[i] = from[i];
        }
    } else {
        while (n > 0) {
            n--;
            to[n] = from[n];
        }
    }
}

static uint32_t
memory_grow(struct wio_memory *memory, uint32_t n)
{
    uint32_t old = memory->n_pages;

    if (n > memory->max_pages - old) {
        return UINT32_MAX;
    }
    /* A handler that comes between sees no page that it cannot access. */
    memory->n_bytes = (old + n) << memory->page_shift;
    __atomic_signal_fence(__ATOMIC_RELEASE);
    memory->n_pages = old + n;
    return old;
}

uint32_t
wio_memory_init(struct wio_inst *inst, struct wio_span data, uint32_t memory,
                uint32_t to, uint32_t from, uint32_t n)
{
    struct wio_memory *m = inst->memories[memory];

    if (outside(from, n, data.len) || outside(to, n, m->n_bytes)) {
        return WIO_TRAP_MEMORY_BOUNDS;
    }
    for (uint32_t done = 0, k; done < n; done += k) {
        uint32_t cause = pay(inst, k = piece(n, done));

        if (cause) {
            return cause;
        }
        wio_copy(m->data + to + done, data.bytes + from + done, k);
    }
    return 0;
}

static bool
is_dropped(const struct wio_inst *inst, uint32_t bit)
{
    return inst->dropped[bit / 8] >> bit % 8 & 1;
}

static void
drop(struct wio_inst *inst, uint32_t bit)
{
    inst->dropped[bit / 8] |= (uint8_t)(1u << (bit % 8));
}

static uint32_t
data_init(struct wio_inst *inst, uint32_t segment, uint32_t memory,
          const uint32_t *v)
{
    const struct wio_module *m = inst->base.module;
    struct wio_span data = { .bytes = NULL, .len = 0 };

    if (!is_dropped(inst, m->n_elems + segment)) {
        struct wio_cursor c = wio_module_cursor(m, m->data_at[segment]);
        struct wio_segment s = wio_read_data(&c);

        data = wio_read_span(&s.content, s.n);
    }
    return wio_memory_init(inst, data, memory, v[0], v[1], v[2]);
}

static uint32_t
memory_copy(struct wio_inst *inst, uint32_t to, uint32_t from,
            const uint32_t *v)
{
    struct wio_memory *d = inst->memories[to];
    struct wio_memory *s = inst->memories[from];

    if (outside(v[0], v[2], d->n_bytes) || outside(v[1], v[2], s->n_bytes)) {
        return WIO_TRAP_MEMORY_BOUNDS;
    }
    for (uint32_t done = 0, k; done < v[2]; done += k) {
        uint32_t cause = pay(inst, k = piece(v[2], done));
        /* From the end when what is written lies behind what is read. */
        uint32_t at = v[0] <= v[1] ? done : v[2] - done - k;

        if (cause) {
            return cause;
        }
        move_bytes(d->data + v[0] + at, s->data + v[1] + at, k);
    }
    return 0;
}

static uint32_t
memory_fill(struct wio_inst *inst, struct wio_memory *m, const uint32_t *v)
{
    if (outside(v[0], v[2], m->n_bytes)) {
        return WIO_TRAP_MEMORY_BOUNDS;
    }
    for (uint32_t done = 0, k; done < v[2]; done += k) {
        uint32_t cause = pay(inst, k = piece(v[2], done));

        if (cause) {
            return cause;
        }
        wio_fill(m->data + v[0] + done, (uint8_t)v[1], k);
    }
    return 0;
}

/* -- Tables --------------------------------------------------------------- */

uint32_t
wio_ref_func(const struct wio_inst *inst, uint32_t func)
{
    return (inst->place << 20 | func) + 1;
}

uint32_t
wio_table_init(struct wio_inst *inst, uint32_t segment, uint32_t table,
               uint32_t to, uint32_t from, uint32_t n)
{
    const struct wio_module *m = inst->base.module;
    struct wio_table *t = inst->tables[table];
    struct wio_cursor c = wio_module_cursor(m, m->elems_at[segment]);
    struct wio_segment s = wio_read_elem(&c);
    uint32_t there = is_dropped(inst, segment) ? 0 : s.n;

    if (outside(from, n, there) || outside(to, n, t->n)) {
        return WIO_TRAP_TABLE_BOUNDS;
    }
    /* What lies before the first element has to be read as well. */
    for (uint32_t i = 0; n > 0 && i < from; i++) {
        uint32_t cause = pay_element(inst, i);

        if (cause) {
            return cause;
        }
        wio_skip_elem(&s, &c);
    }
    for (uint32_t i = 0; i < n; i++) {
        uint32_t cause = pay_element(inst, i);

        if (cause) {
            return cause;
        }
        t->elements[to + i] =
            s.has_exprs ? (uint32_t)wio_eval_expr(inst, &c)
                        : wio_ref_func(inst, wio_read_leb_u32(&c));
    }
    return 0;
}

static uint32_t
table_copy(struct wio_inst *inst, const struct wio_table *d,
           const struct wio_table *s, const uint32_t *v)
{
    uint32_t n = v[2];

    if (outside(v[0], n, d->n) || outside(v[1], n, s->n)) {
        return WIO_TRAP_TABLE_BOUNDS;
    }
    for (uint32_t i = 0; i < n; i++) {
        uint32_t k = v[0] <= v[1] ? i : n - 1 - i;
        uint32_t cause = pay_element(inst, i);

        if (cause) {
            return cause;
        }
        d->elements[v[0] + k] = s->elements[v[1] + k];
    }
    return 0;
}

static uint32_t
table_grow(struct wio_inst *inst, struct wio_table *t, uint32_t ref,
           uint32_t n, uint32_t *result)
{
    uint32_t old = t->n;

    *result = UINT32_MAX;
    if (n > t->max - old) {
        return 0;
    }
    for (uint32_t i = 0; i < n; i++) {
        uint32_t cause = pay_element(inst, i);

        if (cause) {
            return cause;
        }
        t->elements[old + i] = ref;
    }
    t->n = old + n;
    *result = old;
    return 0;
}

static uint32_t
table_fill(struct wio_inst *inst, struct wio_table *t, const uint32_t *v)
{
    if (outside(v[0], v[2], t->n)) {
        return WIO_TRAP_TABLE_BOUNDS;
    }
    for (uint32_t i = 0; i < v[2]; i++) {
        uint32_t cause = pay_element(inst, i);

        if (cause) {
            return cause;
        }
        t->elements[v[0] + i] = v[1];
    }
    return 0;
}

/* -- The operator --------------------------------------------------------- */

/* What an interrupt handler may not do: main keeps sizes in registers. */
static bool
is_handler(const struct wio_inst *inst)
{
    return inst->base.exec->is_handler;
}

static uint32_t
table_op(struct wio_inst *inst, uint32_t sub, uint32_t x, uint32_t y,
         uint32_t *d, const uint32_t *v)
{
    struct wio_table *t = inst->tables[x];

    switch (sub) {
    case WIO_MISC_TABLE_COPY:
        return table_copy(inst, t, inst->tables[y], v);
    case WIO_MISC_TABLE_FILL:
        return table_fill(inst, t, v);
    case WIO_MISC_TABLE_GROW:
        return is_handler(inst) ? (uint32_t)WIO_TRAP_HANDLER
                                : table_grow(inst, t, v[1], v[2], d);
    case WIO_MISC_TABLE_SIZE:
        *d = t->n;
        return 0;
    case WIO_MISC_TABLE_GET:
        if (v[1] >= t->n) {
            return WIO_TRAP_TABLE_BOUNDS;
        }
        *d = t->elements[v[1]];
        return 0;
    default:
        if (v[0] >= t->n) {
            return WIO_TRAP_TABLE_BOUNDS;
        }
        t->elements[v[0]] = v[1];
        return 0;
    }
}

static void
move_global(const struct wio_global *g, uint32_t *to, const uint32_t *from)
{
    to[0] = from[0];
    if (wio_is_64bit(g->value_type)) {
        to[1] = from[1];
    }
}

uint32_t
wio_misc_op(struct wio_inst *inst, const uint8_t *ip, uint32_t *fp)
{
    uint32_t x = get16(ip + 5);
    uint32_t y = get16(ip + 7);
    uint32_t *d = fp + ip[1];
    uint32_t v[3] = { fp[ip[1]], fp[ip[2]], fp[ip[3]] };

    switch (ip[4]) {
    case WIO_MISC_MEMORY_INIT:
        return data_init(inst, x, y, v);
    case WIO_MISC_DATA_DROP:
        drop(inst, inst->base.module->n_elems + x);
        return 0;
    case WIO_MISC_MEMORY_COPY:
        return memory_copy(inst, x, y, v);
    case WIO_MISC_MEMORY_FILL:
        return memory_fill(inst, inst->memories[x], v);
    case WIO_MISC_MEMORY_SIZE:
        *d = inst->memories[x]->n_pages;
        return 0;
    case WIO_MISC_MEMORY_GROW:
        if (is_handler(inst)) {
            return WIO_TRAP_HANDLER;
        }
        *d = memory_grow(inst->memories[x], v[1]);
        return 0;
    case WIO_MISC_TABLE_INIT:
        return wio_table_init(inst, x, y, v[0], v[1], v[2]);
    case WIO_MISC_ELEM_DROP:
        drop(inst, x);
        return 0;
    case WIO_MISC_REF_FUNC:
        *d = wio_ref_func(inst, x);
        return 0;
    case WIO_MISC_GLOBAL_GET:
        move_global(inst->globals[x], d, inst->globals[x]->value);
        return 0;
    case WIO_MISC_GLOBAL_SET:
        move_global(inst->globals[x], inst->globals[x]->value, d);
        return 0;
    default:
        return table_op(inst, ip[4], x, y, d, v);
    }
}
