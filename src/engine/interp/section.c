/* SPDX-License-Identifier: Apache-2.0 */
/* The sections, one function each (Core 2.0, sections 5.5 and 3.4). */
#include "engine/interp/compile.h"
#include "engine/interp/loader.h"

bool
wio_is_ref_type(uint8_t type)
{
    return type == WIO_TYPE_FUNCREF || type == WIO_TYPE_EXTERNREF;
}

bool
wio_is_value_type(uint8_t type)
{
    return (type >= WIO_TYPE_F64 && type <= WIO_TYPE_I32) ||
           wio_is_ref_type(type);
}

static int
no_memory(const struct wio_loader *l)
{
    return wio_report_fail(l->report, WIO_ERR_NO_MEMORY, "the memory given "
                           "cannot hold the module");
}

/* More entries than a limit, or than bytes: an entry has at least one. */
static int
check_count(const struct wio_loader *l, const struct wio_cursor *c,
            uint32_t n, uint32_t limit, const char *what)
{
    if (n > (uint32_t)(c->end - c->at)) {
        return wio_load_fail(l, c, WIO_ERR_MALFORMED, "unexpected end: more "
                             "entries than bytes");
    }
    if (n > limit) {
        return wio_report_fail(l->report, WIO_ERR_LIMIT,
                               "%u %s: at most %u are possible", n, what,
                               limit);
    }
    return 0;
}

/* -- Types ---------------------------------------------------------------- */

static int
load_values(struct wio_loader *l, struct wio_cursor *c, uint16_t *n,
            uint16_t *n_slots)
{
    uint32_t count = wio_read_leb_u32(c);
    int err = wio_load_check(l, c);

    if (!err) {
        err = check_count(l, c, count, WIO_MAX_VALUES, "values of a type");
    }
    if (err) {
        return err;
    }
    *n = (uint16_t)count;
    for (uint32_t i = 0; i < count; i++) {
        uint8_t type = wio_read_u8(c);

        if (!wio_is_value_type(type)) {
            return wio_load_fail(l, c, WIO_ERR_MALFORMED,
                                 "malformed value type");
        }
        *n_slots = (uint16_t)(*n_slots + (wio_is_64bit(type) ? 2 : 1));
    }
    return 0;
}

static bool
bytes_equal(const uint8_t *a, const uint8_t *b, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        if (a[i] != b[i]) {
            return false;
        }
    }
    return true;
}

bool
wio_types_equal(const struct wio_module *m, const struct wio_type_info *t,
                const struct wio_module *other_m,
                const struct wio_type_info *other)
{
    return t->n_params == other->n_params &&
           t->n_results == other->n_results &&
           bytes_equal(wio_type_params(m, t), wio_type_params(other_m, other),
                       t->n_params) &&
           bytes_equal(wio_type_results(m, t),
                       wio_type_results(other_m, other), t->n_results);
}

static int
load_type(struct wio_loader *l, struct wio_cursor *c, struct wio_type_info *t)
{
    uint32_t results;
    int err;

    if (wio_read_u8(c) != 0x60) {
        return wio_load_fail(l, c, WIO_ERR_MALFORMED, c->bad
                             ? "unexpected end" : "malformed function type");
    }
    err = load_values(l, c, &t->n_params, &t->param_slots);
    if (err) {
        return err;
    }
    t->params = (uint32_t)(c->at - l->m->bytes.bytes) - t->n_params;
    err = load_values(l, c, &t->n_results, &t->result_slots);
    results = (uint32_t)(c->at - l->m->bytes.bytes) - t->n_results;
    t->gap = (uint16_t)(results - t->params - t->n_params);
    return err;
}

static int
load_types(struct wio_loader *l, struct wio_cursor *c)
{
    struct wio_module *m = l->m;
    uint32_t n = wio_read_leb_u32(c);
    int err = check_count(l, c, n, WIO_MAX_TYPES, "types");

    if (err) {
        return err;
    }
    m->types = wio_arena_take(l->arena, n * sizeof *m->types, 4);
    if (!m->types) {
        return no_memory(l);
    }
    for (uint32_t i = 0; i < n; i++) {
        struct wio_type_info *t = &m->types[i];
        uint32_t j = 0;

        err = load_type(l, c, t);
        if (err) {
            return err;
        }
        while (j < i && !wio_types_equal(m, t, m, &m->types[j])) {
            j++;
        }
        t->same = (uint16_t)j;
    }
    m->n_types = (uint16_t)n;
    return 0;
}

/* -- Imports -------------------------------------------------------------- */

/* Reads limits with their flags; page sizes for memories only. */
static int
load_limits(struct wio_loader *l, struct wio_cursor *c, bool memory,
            struct wio_limits *limits)
{
    bool pages = memory && (l->m->features & WIO_FEATURE_CUSTOM_PAGE_SIZES);
    uint32_t flags = wio_read_u8(c);
    uint32_t shift = 16;

    if (memory && (flags & ~9u) == 2u &&
        (l->m->features & WIO_FEATURE_THREADS)) {
        return wio_load_fail(l, c, WIO_ERR_LIMIT, "a shared memory: a "
                             "container's memory is its own; link without "
                             "--shared-memory");
    }
    if (flags & ~(pages ? 9u : 1u)) {
        return wio_load_fail(l, c, WIO_ERR_MALFORMED,
                             "malformed limits flags");
    }
    limits->min = wio_read_leb_u32(c);
    limits->max = flags & 1u ? wio_read_leb_u32(c) : UINT32_MAX;
    if (flags & 8u) {
        shift = wio_read_leb_u32(c);
        if (!c->bad && shift > 64) {
            return wio_load_fail(l, c, WIO_ERR_MALFORMED,
                                 "invalid custom page size");
        }
        if (!c->bad && shift != 0 && shift != 16) {
            return wio_load_fail(l, c, WIO_ERR_INVALID, "invalid custom page "
                                 "size: 1 and 65536 are possible");
        }
    }
    limits->page_shift = memory ? (uint8_t)shift : 0;
    if (c->bad) {
        return wio_load_check(l, c);
    }
    if (memory && shift == 16 &&
        (limits->min > 65536u || ((flags & 1u) && limits->max > 65536u))) {
        return wio_load_fail(l, c, WIO_ERR_INVALID, "memory size must be at "
                             "most 65536 pages (4GiB)");
    }
    if (limits->max < limits->min) {
        return wio_load_fail(l, c, WIO_ERR_INVALID, "size minimum must not be "
                             "greater than maximum");
    }
    return 0;
}

/* The same without checks, for what was loaded. */
struct wio_limits
wio_read_limits(struct wio_cursor *c)
{
    uint32_t flags = wio_read_u8(c);
    struct wio_limits limits = { .page_shift = 16 };

    limits.min = wio_read_leb_u32(c);
    limits.max = flags & 1u ? wio_read_leb_u32(c) : UINT32_MAX;
    if (flags & 8u) {
        limits.page_shift = (uint8_t)wio_read_leb_u32(c);
    }
    return limits;
}

static int
load_table_type(struct wio_loader *l, struct wio_cursor *c,
                struct wio_table_info *t)
{
    struct wio_limits limits;
    uint8_t type = wio_read_u8(c);
    int err;

    if (!wio_is_ref_type(type)) {
        return wio_load_fail(l, c, WIO_ERR_MALFORMED, c->bad
                             ? "unexpected end" : "malformed reference type");
    }
    err = load_limits(l, c, false, &limits);
    t->value_type = type;
    t->min = err ? 0 : limits.min;
    t->max = err ? 0 : limits.max;
    return err;
}

static int
load_global_type(struct wio_loader *l, struct wio_cursor *c,
                 struct wio_global_info *g)
{
    uint8_t is_mutable;

    g->value_type = wio_read_u8(c);
    is_mutable = wio_read_u8(c);
    if (c->bad) {
        return wio_load_check(l, c);
    }
    if (!wio_is_value_type(g->value_type)) {
        return wio_load_fail(l, c, WIO_ERR_MALFORMED, "malformed value type");
    }
    if (is_mutable > 1) {
        return wio_load_fail(l, c, WIO_ERR_MALFORMED, "malformed mutability");
    }
    g->is_mutable = is_mutable;
    return 0;
}

static int
load_type_index(struct wio_loader *l, struct wio_cursor *c, uint16_t *type)
{
    uint32_t index = wio_read_leb_u32(c);

    if (c->bad) {
        return wio_load_check(l, c);
    }
    if (index >= l->m->n_types) {
        return wio_load_unknown(l, c, "type", index);
    }
    *type = l->m->types[index].same;
    return 0;
}

static int
load_name(struct wio_loader *l, struct wio_cursor *c)
{
    struct wio_span name = wio_read_span(c, wio_read_leb_u32(c));

    if (c->bad) {
        return wio_load_check(l, c);
    }
    if (!wio_utf8_good(name)) {
        return wio_load_fail(l, c, WIO_ERR_MALFORMED,
                             "malformed UTF-8 encoding");
    }
    return 0;
}

/* With @count only counts, for the sizes of the tables. */
static int
load_import(struct wio_loader *l, struct wio_cursor *c, bool count)
{
    struct wio_module *m = l->m;
    struct wio_table_info table;
    struct wio_limits memory;
    struct wio_global_info global;
    uint16_t type = 0;
    int err = load_name(l, c);

    if (!err) {
        err = load_name(l, c);
    }
    if (err) {
        return err;
    }
    switch (wio_read_u8(c)) {
    case WIO_EXTERN_FUNC:
        err = load_type_index(l, c, &type);
        if (!count) {
            m->import_types[m->n_funcs] = type;
        }
        m->n_funcs++;
        return err;
    case WIO_EXTERN_TABLE:
        err = load_table_type(l, c, &table);
        if (!count && !err) {
            m->tables[m->n_tables] = table;
        }
        m->n_tables++;
        return err;
    case WIO_EXTERN_MEMORY:
        err = load_limits(l, c, true, &memory);
        if (!count && !err) {
            m->memories[m->n_memories] = memory;
        }
        m->n_memories++;
        return err;
    case WIO_EXTERN_GLOBAL:
        err = load_global_type(l, c, &global);
        if (!count && !err) {
            m->globals[m->n_globals] = global;
        }
        m->n_globals++;
        return err;
    default:
        return wio_load_fail(l, c, WIO_ERR_MALFORMED, c->bad
                             ? "unexpected end" : "malformed import kind");
    }
}

/* Room for imported and own entries together. */
static int
take_tables(struct wio_loader *l, uint32_t n_imports)
{
    struct wio_module *m = l->m;
    uint32_t n_funcs = l->n_own[WIO_SECTION_FUNCTION];
    uint32_t n_tables = m->n_tables + l->n_own[WIO_SECTION_TABLE];
    uint32_t n_memories = m->n_memories + l->n_own[WIO_SECTION_MEMORY];
    uint32_t n_globals = m->n_globals + l->n_own[WIO_SECTION_GLOBAL];
    struct wio_arena *a = l->arena;

    m->import_types = wio_arena_take(a, m->n_funcs * 2u, 2);
    m->funcs = wio_arena_take(a, n_funcs * (uint32_t)sizeof *m->funcs, 4);
    m->tables = wio_arena_take(a, n_tables * (uint32_t)sizeof *m->tables, 4);
    m->memories = wio_arena_take(a, n_memories *
                                 (uint32_t)sizeof *m->memories, 4);
    m->uses = wio_arena_take(a, m->n_memories * (uint32_t)sizeof *m->uses, 4);
    m->globals = wio_arena_take(a, n_globals * (uint32_t)sizeof *m->globals,
                                1);
    l->declared = wio_arena_scratch(a, (m->n_funcs + n_funcs) / 8 + 1, 1);
    if (!m->import_types || !m->funcs || !m->tables || !m->memories ||
        !m->uses || !m->globals || !l->declared) {
        return no_memory(l);
    }
    wio_fill(l->declared, 0, (m->n_funcs + n_funcs) / 8 + 1);
    m->n_imports = (uint16_t)n_imports;
    m->n_imported_funcs = m->n_funcs;
    m->n_imported_tables = m->n_tables;
    m->n_imported_memories = m->n_memories;
    m->n_imported_globals = m->n_globals;
    return 0;
}

/* The own sections' counts, before anything is allocated for them. */
static int
check_own_counts(struct wio_loader *l)
{
    static const struct {
        uint8_t id;
        uint16_t limit;
        const char *what;
    } rules[] = {
        { WIO_SECTION_FUNCTION, WIO_MAX_FUNCS - 10000u, "functions" },
        { WIO_SECTION_TABLE, 127, "tables" },
        { WIO_SECTION_MEMORY, 127, "memories" },
        { WIO_SECTION_GLOBAL, WIO_MAX_GLOBALS - 10000u, "globals" }
    };
    int err = 0;

    for (uint32_t i = 0; !err && i < 4; i++) {
        struct wio_span span = l->sections[rules[i].id];
        struct wio_cursor c = wio_cursor(span.bytes, span.len);

        err = check_count(l, &c, l->n_own[rules[i].id], rules[i].limit,
                          rules[i].what);
    }
    return err;
}

static int
load_imports(struct wio_loader *l, struct wio_cursor *c)
{
    struct wio_module *m = l->m;
    uint32_t n = c->at ? wio_read_leb_u32(c) : 0;
    struct wio_cursor first = *c;
    int err = check_count(l, c, n, 127, "imports");

    if (!err) {
        err = check_own_counts(l);
    }
    for (uint32_t i = 0; !err && i < n; i++) {
        err = load_import(l, c, true);
    }
    if (!err) {
        err = take_tables(l, n);
    }
    if (err) {
        return err;
    }
    m->n_funcs = 0;
    m->n_tables = 0;
    m->n_memories = 0;
    m->n_globals = 0;
    *c = first;
    for (uint32_t i = 0; !err && i < n; i++) {
        err = load_import(l, c, false);
    }
    return err;
}

/* -- Functions to exports ------------------------------------------------- */

static int
load_functions(struct wio_loader *l, struct wio_cursor *c)
{
    uint32_t n = wio_read_leb_u32(c);
    int err = 0;

    for (uint32_t i = 0; !err && i < n; i++) {
        err = load_type_index(l, c, &l->m->funcs[i].type);
        l->m->n_funcs++;
    }
    return err;
}

static int
load_tables(struct wio_loader *l, struct wio_cursor *c)
{
    uint32_t n = wio_read_leb_u32(c);
    int err = 0;

    for (uint32_t i = 0; !err && i < n; i++) {
        err = load_table_type(l, c, &l->m->tables[l->m->n_tables]);
        l->m->n_tables++;
    }
    return err;
}

static int
load_memories(struct wio_loader *l, struct wio_cursor *c)
{
    struct wio_module *m = l->m;
    uint32_t n = c->at ? wio_read_leb_u32(c) : 0;
    uint64_t min_bytes;
    int err = 0;

    for (uint32_t i = 0; !err && i < n; i++) {
        err = load_limits(l, c, true, &m->memories[m->n_memories]);
        m->n_memories++;
    }
    if (!err && m->n_memories > 1 &&
        !(m->features & WIO_FEATURE_MULTI_MEMORY)) {
        err = wio_load_fail(l, c, WIO_ERR_INVALID, "multiple memories");
    }
    if (!err && m->n_memories > m->n_imported_memories) {
        struct wio_limits own = m->memories[m->n_imported_memories];

        m->main_memory = m->n_imported_memories;
        min_bytes = (uint64_t)own.min << own.page_shift;
        m->min_bytes = min_bytes > UINT32_MAX ? UINT32_MAX
                                              : (uint32_t)min_bytes;
    }
    return err;
}

static int
load_globals(struct wio_loader *l, struct wio_cursor *c)
{
    uint32_t n = wio_read_leb_u32(c);
    int err = 0;

    for (uint32_t i = 0; !err && i < n; i++) {
        struct wio_global_info *g = &l->m->globals[l->m->n_globals];

        err = load_global_type(l, c, g);
        if (!err) {
            err = wio_load_expr(l, c, g->value_type);
        }
        l->m->n_globals++;
    }
    return err;
}

static int
check_export(struct wio_loader *l, struct wio_cursor *c)
{
    static const char *const whats[] = {
        "function", "table", "memory", "global"
    };
    const struct wio_module *m = l->m;
    const uint32_t counts[] = {
        m->n_funcs, m->n_tables, m->n_memories, m->n_globals
    };
    uint32_t kind = wio_read_u8(c);
    uint32_t index = wio_read_leb_u32(c);

    if (c->bad) {
        return wio_load_check(l, c);
    }
    if (kind > WIO_EXTERN_GLOBAL) {
        return wio_load_fail(l, c, WIO_ERR_MALFORMED,
                             "malformed export kind");
    }
    if (index >= counts[kind]) {
        return wio_load_unknown(l, c, whats[kind], index);
    }
    if (kind == WIO_EXTERN_FUNC) {
        l->declared[index / 8] |= (uint8_t)(1u << (index % 8));
    }
    return 0;
}

static int
load_exports(struct wio_loader *l, struct wio_cursor *c)
{
    uint32_t n = wio_read_leb_u32(c);
    struct wio_cursor first = *c;
    int err = check_count(l, c, n, WIO_MAX_EXPORTS, "exports");

    for (uint32_t i = 0; !err && i < n; i++) {
        struct wio_cursor other = first;
        struct wio_cursor name_at = *c;
        struct wio_span name;

        err = load_name(l, c);
        if (err) {
            break;
        }
        name = wio_read_span(&name_at, wio_read_leb_u32(&name_at));
        for (uint32_t j = 0; j < i; j++) {
            struct wio_span b = wio_read_span(&other,
                                              wio_read_leb_u32(&other));

            wio_read_u8(&other);
            wio_read_leb_u32(&other);
            if (wio_span_equal(name, b)) {
                return wio_load_fail(l, c, WIO_ERR_INVALID,
                                     "duplicate export name");
            }
        }
        err = check_export(l, c);
    }
    l->m->n_exports = (uint16_t)n;
    return err;
}

static int
load_start(struct wio_loader *l, struct wio_cursor *c)
{
    uint32_t index = wio_read_leb_u32(c);
    const struct wio_type_info *t;

    if (c->bad) {
        return wio_load_check(l, c);
    }
    if (index >= l->m->n_funcs) {
        return wio_load_unknown(l, c, "function", index);
    }
    t = wio_type_of(l->m, index);
    if (t->n_params != 0 || t->n_results != 0) {
        return wio_load_fail(l, c, WIO_ERR_INVALID, "start function takes or "
                             "returns values");
    }
    l->m->start = index;
    return 0;
}

/* -- Code ----------------------------------------------------------------- */

static int
load_data_count(struct wio_loader *l, struct wio_cursor *c)
{
    uint32_t n = wio_read_leb_u32(c);
    uint32_t n_bytes = l->sections[WIO_SECTION_DATA].len;

    if (n > n_bytes || n > WIO_MAX_SEGMENTS) {
        return wio_load_fail(l, c, n > n_bytes ? WIO_ERR_MALFORMED
                                               : WIO_ERR_LIMIT,
                             "more data segments than possible");
    }
    l->m->has_data_count = true;
    l->m->n_data = (uint16_t)n;
    l->m->data_at = wio_arena_take(l->arena, n * 4u, 4);
    return l->m->data_at ? 0 : no_memory(l);
}

static int
load_body(struct wio_loader *l, struct wio_cursor *c,
          struct wio_compiler *comp, uint8_t *top, uint32_t i)
{
    struct wio_module *m = l->m;
    struct wio_span body = wio_read_span(c, wio_read_leb_u32(c));

    if (c->bad) {
        return wio_load_check(l, c);
    }
    m->code_bytes += body.len;
    return wio_compile_function(comp, m->n_imported_funcs + i, body, top,
                                &m->funcs[i]);
}

static int
load_code(struct wio_loader *l, struct wio_cursor *c)
{
    struct wio_module *m = l->m;
    struct wio_arena *a = l->arena;
    uint32_t n = wio_read_leb_u32(c);
    uint8_t *end = a->base + a->size - a->scratch;
    uint8_t *top = end - ((uintptr_t)end & 7u);
    struct wio_compiler comp = {
        .module = m,
        .declared = l->declared,
        .report = l->report,
        .uses = m->uses,
        .code = a->base + a->used,
        .mask = UINT32_MAX
    };
    int err = 0;

    if ((uint32_t)(end - comp.code) < 2 * WIO_STACK_MARGIN) {
        return no_memory(l);
    }
    m->code = comp.code;
    for (uint32_t i = 0; !err && i < n; i++) {
        err = load_body(l, c, &comp, top, i);
    }
    if (!err) {
        a->used += comp.pos;
        m->compiled_bytes = comp.pos;
        m->has_atomics = comp.has_atomics;
    }
    return err;
}

int
wio_load_section(struct wio_loader *l, uint32_t id, struct wio_cursor *c)
{
    if (id == WIO_SECTION_IMPORT) {
        return load_imports(l, c);
    }
    if (id == WIO_SECTION_MEMORY) {
        return load_memories(l, c);
    }
    if (!c->at) {
        return 0;
    }
    switch (id) {
    case WIO_SECTION_TYPE:
        return load_types(l, c);
    case WIO_SECTION_FUNCTION:
        return load_functions(l, c);
    case WIO_SECTION_TABLE:
        return load_tables(l, c);
    case WIO_SECTION_GLOBAL:
        return load_globals(l, c);
    case WIO_SECTION_EXPORT:
        return load_exports(l, c);
    case WIO_SECTION_START:
        return load_start(l, c);
    case WIO_SECTION_ELEM:
        return wio_load_elems(l, c);
    case WIO_SECTION_DATA_COUNT:
        return load_data_count(l, c);
    case WIO_SECTION_CODE:
        return load_code(l, c);
    default:
        return wio_load_data(l, c);
    }
}
