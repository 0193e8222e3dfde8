/* SPDX-License-Identifier: Apache-2.0 */
/* Element and data segments (Core 2.0, sections 5.5.12 and 5.5.14): checked
 * once while loading, read again from the bytes whenever they are used. */
#include "engine/interp/loader.h"

#define ELEM_NOT_ACTIVE 1u
#define ELEM_EXPLICIT 2u         /* active: a table index; else: declared */
#define ELEM_EXPRS 4u

static int
load_elem_table(struct wio_loader *l, struct wio_cursor *c, uint32_t flags,
                uint32_t *table)
{
    *table = flags & ELEM_EXPLICIT ? wio_read_leb_u32(c) : 0;
    if (c->bad) {
        return wio_load_check(l, c);
    }
    if (*table >= l->m->n_tables) {
        return wio_load_unknown(l, c, "table", *table);
    }
    return wio_load_expr(l, c, WIO_TYPE_I32);
}

static int
load_elem_items(struct wio_loader *l, struct wio_cursor *c, bool exprs,
                uint8_t type)
{
    uint32_t n = wio_read_leb_u32(c);
    int err = wio_load_check(l, c);

    for (uint32_t i = 0; !err && i < n; i++) {
        uint32_t func;

        if (exprs) {
            err = wio_load_expr(l, c, type);
            continue;
        }
        func = wio_read_leb_u32(c);
        err = wio_load_check(l, c);
        if (!err && func >= l->m->n_funcs) {
            err = wio_load_unknown(l, c, "function", func);
        } else if (!err) {
            l->declared[func / 8] |= (uint8_t)(1u << (func % 8));
        }
    }
    return err;
}

static int
load_elem(struct wio_loader *l, struct wio_cursor *c, uint32_t i)
{
    uint32_t flags = wio_read_leb_u32(c);
    uint8_t type = WIO_TYPE_FUNCREF;
    uint32_t table = 0;
    int err = wio_load_check(l, c);

    if (!err && flags > 7) {
        err = wio_load_fail(l, c, WIO_ERR_MALFORMED,
                            "malformed elements segment kind");
    }
    if (!err && !(flags & ELEM_NOT_ACTIVE)) {
        err = load_elem_table(l, c, flags, &table);
    }
    if (err) {
        return err;
    }
    if (flags & (ELEM_NOT_ACTIVE | ELEM_EXPLICIT)) {
        type = wio_read_u8(c);
        if (!(flags & ELEM_EXPRS)) {
            if (type != 0 && !c->bad) {
                return wio_load_fail(l, c, WIO_ERR_MALFORMED,
                                     "malformed element kind");
            }
            type = WIO_TYPE_FUNCREF;
        } else if (!wio_is_ref_type(type) && !c->bad) {
            return wio_load_fail(l, c, WIO_ERR_MALFORMED,
                                 "malformed reference type");
        }
    }
    if (!c->bad && !(flags & ELEM_NOT_ACTIVE) &&
        l->m->tables[table].value_type != type) {
        return wio_load_fail(l, c, WIO_ERR_INVALID, "type mismatch: segment "
                             "and table");
    }
    l->m->elem_types[i] = type;
    return load_elem_items(l, c, (flags & ELEM_EXPRS) != 0, type);
}

int
wio_load_elems(struct wio_loader *l, struct wio_cursor *c)
{
    struct wio_module *m = l->m;
    uint32_t n = wio_read_leb_u32(c);
    int err = 0;

    if (n > (uint32_t)(c->end - c->at)) {
        return wio_load_fail(l, c, WIO_ERR_MALFORMED, "unexpected end: more "
                             "entries than bytes");
    }
    if (n > WIO_MAX_SEGMENTS) {
        return wio_load_fail(l, c, WIO_ERR_LIMIT, "too many segments");
    }
    m->elems_at = wio_arena_take(l->arena, n * 4u, 4);
    m->elem_types = wio_arena_take(l->arena, n, 1);
    if (!m->elems_at || !m->elem_types) {
        return wio_load_fail(l, c, WIO_ERR_NO_MEMORY, "the memory given "
                             "cannot hold the module");
    }
    m->n_elems = (uint16_t)n;
    for (uint32_t i = 0; !err && i < n; i++) {
        m->elems_at[i] = (uint32_t)(c->at - m->bytes.bytes);
        err = load_elem(l, c, i);
    }
    return err;
}

int
wio_load_data(struct wio_loader *l, struct wio_cursor *c)
{
    struct wio_module *m = l->m;
    uint32_t n = wio_read_leb_u32(c);
    int err = 0;

    for (uint32_t i = 0; !err && i < n; i++) {
        uint32_t at = (uint32_t)(c->at - m->bytes.bytes);
        uint32_t flags, memory;

        if (m->data_at) {
            m->data_at[i] = at;
        }
        flags = wio_read_leb_u32(c);
        memory = flags == 2 ? wio_read_leb_u32(c) : 0;
        err = wio_load_check(l, c);
        if (!err && flags > 2) {
            err = wio_load_fail(l, c, WIO_ERR_MALFORMED,
                                "malformed data segment kind");
        }
        if (!err && flags != 1 && memory >= m->n_memories) {
            err = wio_load_unknown(l, c, "memory", memory);
        }
        if (!err && flags != 1 && memory < m->n_imported_memories &&
            m->uses[memory].kind == WIO_USE_PLAIN) {
            m->uses[memory] = (struct wio_memory_use){
                .offset = at,
                .kind = WIO_USE_SEGMENT,
            };
        }
        if (!err && flags != 1) {
            err = wio_load_expr(l, c, WIO_TYPE_I32);
        }
        if (!err) {
            wio_read_span(c, wio_read_leb_u32(c));
            err = wio_load_check(l, c);
        }
    }
    if (n > WIO_MAX_SEGMENTS) {
        return wio_load_fail(l, c, WIO_ERR_LIMIT, "too many segments");
    }
    m->n_data = (uint16_t)n;
    return err;
}

/* -- Reading again -------------------------------------------------------- */

struct wio_segment
wio_read_elem(struct wio_cursor *c)
{
    uint32_t flags = wio_read_leb_u32(c);
    struct wio_segment s = {
        .is_active = !(flags & ELEM_NOT_ACTIVE),
        .is_declared = (flags & 3u) == 3u,
        .has_exprs = (flags & ELEM_EXPRS) != 0
    };

    if (s.is_active) {
        s.index = flags & ELEM_EXPLICIT ? wio_read_leb_u32(c) : 0;
        s.offset = *c;
        wio_skip_expr(c);
    }
    if (flags & 3u) {
        wio_read_u8(c);
    }
    s.n = wio_read_leb_u32(c);
    s.content = *c;
    return s;
}

void
wio_skip_elem(const struct wio_segment *s, struct wio_cursor *c)
{
    if (s->has_exprs) {
        wio_skip_expr(c);
    } else {
        wio_read_leb_u32(c);
    }
}

struct wio_segment
wio_read_data(struct wio_cursor *c)
{
    uint32_t flags = wio_read_leb_u32(c);
    struct wio_segment s = { .is_active = flags != 1 };

    if (s.is_active) {
        s.index = flags == 2 ? wio_read_leb_u32(c) : 0;
        s.offset = *c;
        wio_skip_expr(c);
    }
    s.n = wio_read_leb_u32(c);
    s.content = *c;
    wio_read_span(c, s.n);
    return s;
}
