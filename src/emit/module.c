/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The C file: what comes before the functions is written when they are known,
 * for only then it is known what grows and what may be called by reference.
 */
#include "emit/internal.h"

#include <stdlib.h>

#include "engine/aot/attach.h"
#include "engine/aot/image.h"

/* -- Types ---------------------------------------------------------------- */

const char *
wio_emit_c_type(uint8_t value_type)
{
    switch (value_type) {
    case WIO_TYPE_I64:
        return "u64";
    case WIO_TYPE_F32:
        return "float";
    case WIO_TYPE_F64:
        return "double";
    default:
        return "u32";
    }
}

char
wio_emit_letter(uint8_t value_type)
{
    switch (value_type) {
    case WIO_TYPE_I64:
        return 'j';
    case WIO_TYPE_F32:
        return 'f';
    case WIO_TYPE_F64:
        return 'd';
    default:
        return 'i';
    }
}

uint32_t
wio_emit_type_index(const struct wio_module *m, const struct wio_type_info *t)
{
    (void)m;
    return t->same;
}

static void
put_result(const struct wio_module *m, const struct wio_type_info *t,
           FILE *out)
{
    if (t->n_results > 1) {
        (void)fprintf(out, "struct R%u", t->same);
    } else {
        (void)fputs(t->n_results ? wio_emit_c_type(wio_type_results(m, t)[0])
                                 : "void", out);
    }
}

/* "u32 L0, u64 L1", or with "" in @name the types only. */
static void
put_params(const struct wio_module *m, const struct wio_type_info *t,
           const char *before, const char *name, FILE *out)
{
    const uint8_t *params = wio_type_params(m, t);

    (void)fputs(before, out);
    for (uint32_t i = 0; i < t->n_params; i++) {
        (void)fprintf(out, "%s%s", i || *before ? ", " : "",
                      wio_emit_c_type(params[i]));
        if (*name) {
            (void)fprintf(out, " %s%u", name, i);
        }
    }
    if (t->n_params == 0 && !*before) {
        (void)fputs("void", out);
    }
}

static void
put_types(const struct wio_module *m, FILE *out)
{
    for (uint32_t i = 0; i < m->n_types; i++) {
        const struct wio_type_info *t = &m->types[i];

        if (t->same != i) {
            continue;
        }
        if (t->n_results > 1) {
            (void)fprintf(out, "struct R%u {", i);
            for (uint32_t k = 0; k < t->n_results; k++) {
                (void)fprintf(out, " %s v%u;",
                              wio_emit_c_type(wio_type_results(m, t)[k]), k);
            }
            (void)fputs(" };\n", out);
        }
        (void)fputs("typedef ", out);
        put_result(m, t, out);
        (void)fprintf(out, " (*T%u)(", i);
        put_params(m, t, "", "", out);
        (void)fputs(");\n", out);
    }
}

/* -- Memories, globals ---------------------------------------------------- */

/* Bytes that memory @i has in the image; 0: it is not placed there. */
static uint32_t
placed_bytes(const struct wio_emitter *e, uint32_t i)
{
    const struct wio_limits *type = &e->m->memories[i];
    uint64_t room = (uint64_t)type->max << type->page_shift;

    if (!e->options->place || i < e->m->n_imported_memories) {
        return 0;
    }
    if (type->max == UINT32_MAX || room > e->options->memory_bytes) {
        room = e->options->memory_bytes >> type->page_shift
                                        << type->page_shift;
    }
    return (uint32_t)room;
}

/* Whether memory @i has its least size for ever. */
static bool
is_fixed(const struct wio_emitter *e, uint32_t i)
{
    const struct wio_limits *type = &e->m->memories[i];

    return type->min == type->max ||
           (i >= e->m->n_imported_memories && !e->grows[i] &&
            !e->options->shared);
}

static void
put_memory(const struct wio_emitter *e, uint32_t i, FILE *out)
{
    const struct wio_module *m = e->m;
    const struct wio_limits *type = &m->memories[i];
    const uint64_t bytes = (uint64_t)type->min << type->page_shift;
    const uint32_t least = bytes > UINT32_MAX ? UINT32_MAX : (uint32_t)bytes;
    const uint32_t own = i - m->n_imported_memories;
    const bool fixed = is_fixed(e, i);
    const bool placed = placed_bytes(e, i) > 0;

    if (i < m->n_imported_memories) {
        (void)fprintf(out, "#define MEM%u (S.memories[%u])\n", i, i);
    } else {
        (void)fprintf(out, "#define MEM%u (&memories[%u])\n", i, own);
    }
    (void)fprintf(out, "#define BEGIN%u", i);
    if (!placed) {
        (void)fprintf(out, " u8 *const b%u = MEM%u->data;", i, i);
    }
    if (!fixed) {
        (void)fprintf(out, " u32 n%u = MEM%u->n_bytes;", i, i);
    }
    (void)fprintf(out, "\n#define AFTER%u", i);
    if (!fixed) {
        (void)fprintf(out, " n%u = MEM%u->n_bytes;", i, i);
    }
    (void)fprintf(out, "\n#define M%u %s%u, ", i, placed ? "place" : "b", i);
    if (fixed) {
        (void)fprintf(out, "%uu, %uu, 1\n", least, least);
    } else {
        (void)fprintf(out, "n%u, %uu, 0\n", i, least);
    }
}

static void
put_objects(const struct wio_emitter *e, FILE *out)
{
    const struct wio_module *m = e->m;
    const uint32_t n_own = (uint32_t)(m->n_memories - m->n_imported_memories);
    const uint32_t n_globals = (uint32_t)(m->n_globals -
                                          m->n_imported_globals);

    for (uint32_t i = m->n_imported_memories; i < m->n_memories; i++) {
        if (placed_bytes(e, i)) {
            (void)fprintf(out, "static u8 place%u[%u] "
                          "__attribute__((aligned(16)));\n", i,
                          placed_bytes(e, i));
        }
    }
    (void)fprintf(out, "static struct wio_aot_memory memories[%u];\n"
                  "static const struct wio_aot_place places[%u] = {\n",
                  n_own + 1, n_own + 1);
    for (uint32_t i = m->n_imported_memories; i < m->n_memories; i++) {
        uint32_t bytes = placed_bytes(e, i);

        if (bytes) {
            (void)fprintf(out, "    { place%u, %uu },\n", i, bytes);
        } else {
            (void)fputs("    { 0, 0 },\n", out);
        }
    }
    (void)fprintf(out, "    { 0, 0 }\n};\n"
                  "static struct wio_aot_global globals[%u];\n",
                  n_globals + 1);
    for (uint32_t i = 0; i < m->n_memories; i++) {
        put_memory(e, i, out);
    }
}

/* -- Imports -------------------------------------------------------------- */

/* What the engine calls with C arguments, as in interp/link.c. */
static bool
is_typed(const struct wio_module *m, const struct wio_type_info *t)
{
    const uint8_t *params = wio_type_params(m, t);

    if (t->n_params > 6 || t->n_results > 1 ||
        (t->n_results == 1 &&
         wio_type_results(m, t)[0] != WIO_TYPE_I32 &&
         wio_type_results(m, t)[0] != WIO_TYPE_I64)) {
        return false;
    }
    for (uint32_t i = 0; i < t->n_params; i++) {
        if (params[i] != WIO_TYPE_I32) {
            return false;
        }
    }
    return true;
}

static void
put_to_slots(const struct wio_module *m, const struct wio_type_info *t,
             FILE *out)
{
    const uint8_t *params = wio_type_params(m, t);
    uint32_t at = 0;

    for (uint32_t i = 0; i < t->n_params; i++) {
        switch (params[i]) {
        case WIO_TYPE_I64:
            (void)fprintf(out, "    put64(s + %u, L%u);\n", at, i);
            break;
        case WIO_TYPE_F64:
            (void)fprintf(out, "    put64(s + %u, f64_bits(L%u));\n", at, i);
            break;
        case WIO_TYPE_F32:
            (void)fprintf(out, "    s[%u] = f32_bits(L%u);\n", at, i);
            break;
        default:
            (void)fprintf(out, "    s[%u] = L%u;\n", at, i);
            break;
        }
        at += wio_is_64bit(params[i]) ? 2 : 1;
    }
}

static void
put_slot(uint8_t type, uint32_t at, FILE *out)
{
    static const char *const forms[] = {
        "s[%u]", "slot64(s + %u)", "f32_from(s[%u])",
        "f64_from(slot64(s + %u))"
    };

    (void)fprintf(out, forms[type == WIO_TYPE_I64   ? 1
                             : type == WIO_TYPE_F32 ? 2
                             : type == WIO_TYPE_F64 ? 3
                                                    : 0], at);
}

static void
put_from_slots(const struct wio_module *m, const struct wio_type_info *t,
               FILE *out)
{
    const uint8_t *results = wio_type_results(m, t);
    uint32_t at = 0;

    if (t->n_results == 0) {
        return;
    }
    (void)fputs("    return ", out);
    if (t->n_results > 1) {
        (void)fprintf(out, "(struct R%u){ ", t->same);
    }
    for (uint32_t i = 0; i < t->n_results; i++) {
        (void)fputs(i ? ", " : "", out);
        put_slot(results[i], at, out);
        at += wio_is_64bit(results[i]) ? 2 : 1;
    }
    (void)fputs(t->n_results > 1 ? " };\n" : ";\n", out);
}

static uint32_t
n_slots(const struct wio_type_info *t)
{
    return 1u + (t->param_slots > t->result_slots ? t->param_slots
                                                  : t->result_slots);
}

/* "static u32\nF5(u32 L0, u32 L1)\n{\n" */
static void
put_begin(const struct wio_module *m, uint32_t func, const char *how,
          const char *name, FILE *out)
{
    const struct wio_type_info *t = wio_type_of(m, func);

    (void)fprintf(out, "%s ", how);
    put_result(m, t, out);
    (void)fprintf(out, "\n%s%u(", name, func);
    put_params(m, t, "", "L", out);
    (void)fputs(")\n{\n", out);
}

/* A call of the host function with C arguments. */
static void
put_typed_call(const struct wio_module *m, uint32_t func, bool waits,
               FILE *out)
{
    const struct wio_type_info *t = wio_type_of(m, func);

    (void)fprintf(out, "    if (S.imports[%u].info <= WIO_AOT_TYPED) {\n",
                  func);
    if (t->n_results) {
        (void)fputs("        ", out);
        put_result(m, t, out);
        (void)fputs(" r;\n\n", out);
    }
    (void)fprintf(out, "        %s();\n        %s((",
                  waits ? "IN_WAIT" : "IN_HOST", t->n_results ? "r = " : "");
    put_result(m, t, out);
    (void)fputs(" (*)(", out);
    put_params(m, t, "void *", "", out);
    (void)fprintf(out, "))S.imports[%u].fn)(S.instance", func);
    for (uint32_t i = 0; i < t->n_params; i++) {
        (void)fprintf(out, ", L%u", i);
    }
    (void)fprintf(out, ");\n        %s();\n        return%s;\n    }\n",
                  waits ? "waited" : "imported", t->n_results ? " r" : "");
}

/* A typed host function at once, all others by slots. In front of a register
 * call what can be done in line. */
static void
put_import(const struct wio_emitter *e, uint32_t func, FILE *out)
{
    const struct wio_module *m = e->m;
    const struct wio_type_info *t = wio_type_of(m, func);
    bool in_line = wio_emit_is_register_call(e, func);

    put_begin(m, func, "static", in_line ? "H" : "F", out);
    (void)fprintf(out, "    u32 s[%u];\n\n", n_slots(t));
    if (e->waits[func]) {
        (void)fputs("    if (GOES_ON()) {\n        return wait_result();\n"
                    "    }\n", out);
    }
    if (is_typed(m, t)) {
        put_typed_call(m, func, e->waits[func], out);
    }
    put_to_slots(m, t, out);
    (void)fprintf(out, "    S.engine->call_import(&S, %u, s);\n", func);
    put_from_slots(m, t, out);
    (void)fputs("}\n\n", out);
    if (!in_line) {
        return;
    }
    put_begin(m, func, "INLINE", "F", out);
    wio_emit_register_call(e, func, out);
    (void)fprintf(out, "    return H%u(", func);
    for (uint32_t i = 0; i < t->n_params; i++) {
        (void)fprintf(out, "%sL%u", i ? ", " : "", i);
    }
    (void)fputs(");\n}\n\n", out);
}

/* -- By reference --------------------------------------------------------- */

/* The functions that a constant expression refers to. */
static void
name_expr(struct wio_emitter *e, struct wio_cursor *c)
{
    for (;;) {
        switch (wio_read_u8(c)) {
        case 0x0b:
            return;
        case 0x41:
            wio_read_leb_s32(c);
            break;
        case 0x42:
            wio_read_leb_s64(c);
            break;
        case 0x43:
            wio_read_u32_le(c);
            break;
        case 0x44:
            wio_read_u64_le(c);
            break;
        case 0x23:
            wio_read_leb_u32(c);
            break;
        case 0xd0:
            wio_read_u8(c);
            break;
        case 0xd2:
            e->named[wio_read_leb_u32(c)] = true;
            break;
        default:                         /* without immediates */
            break;
        }
    }
}

static void
name_functions(struct wio_emitter *e)
{
    const struct wio_module *m = e->m;
    struct wio_cursor c;

    for (uint32_t i = 0; i < m->n_exports; i++) {
        struct wio_export_info info;

        wio_module_export(m, i, &info);
        if (info.type.kind == WIO_EXTERN_FUNC) {
            e->named[info.index] = true;
        }
    }
    for (uint32_t i = 0; i < m->n_elems; i++) {
        struct wio_segment s;

        c = wio_module_cursor(m, m->elems_at[i]);
        s = wio_read_elem(&c);
        c = s.content;
        for (uint32_t k = 0; k < s.n; k++) {
            if (s.has_exprs) {
                name_expr(e, &c);
            } else {
                e->named[wio_read_leb_u32(&c)] = true;
            }
        }
    }
    if (m->global_section) {
        c = wio_module_cursor(m, m->global_section);
        wio_read_leb_u32(&c);
        for (uint32_t i = m->n_imported_globals; i < m->n_globals; i++) {
            wio_read_u8(&c);
            wio_read_u8(&c);
            name_expr(e, &c);
        }
    }
    if (m->start != WIO_NO_INDEX) {
        e->named[m->start] = true;
    }
}

static void
put_references(const struct wio_emitter *e, FILE *out)
{
    const struct wio_module *m = e->m;

    (void)fprintf(out, "static const u16 types[%u] = {\n", m->n_funcs + 1u);
    for (uint32_t i = 0; i < m->n_funcs; i++) {
        (void)fprintf(out, "    %u,\n", e->named[i] ? wio_type_of(m, i)->same
                                                    : 0xffffu);
    }
    (void)fprintf(out, "    0xffff\n};\n"
                  "static void (*const codes[%u])(void) = {\n",
                  m->n_funcs + 1u);
    for (uint32_t i = 0; i < m->n_funcs; i++) {
        if (e->named[i]) {
            (void)fprintf(out, "    (void (*)(void))F%u,\n", i);
        } else {
            (void)fputs("    0,\n", out);
        }
    }
    (void)fputs("    0\n};\n\n", out);
}

/* The call of element @i of a table, as type @x: X<type>(). Of a type that may
 * wait the caller has looked up the element. */
static void
put_indirect(const struct wio_emitter *e, uint32_t x, FILE *out)
{
    const struct wio_module *m = e->m;
    const bool waits = e->type_waits[x];
    const char *step = waits ? "if (!GOES_ON()) { STEP(); }" : "STEP();";
    const struct wio_type_info *t = &m->types[x];

    (void)fputs("static inline ", out);
    put_result(m, t, out);
    (void)fprintf(out, "\nX%u(", x);
    put_params(m, t, waits ? "u32 r" : "const struct wio_aot_table *t, u32 i",
               "L", out);
    (void)fprintf(out, ")\n{\n    EXEC\n%s    u32 s[%u];\n\n"
                  "    if (r >> 20 == S.place) {\n"
                  "        r = own_func(r, types, %u);\n",
                  waits ? "" : "    u32 r = element(t, i);\n", n_slots(t), x);
    if (m->n_imported_funcs) {
        (void)fprintf(out, "        if (r >= %u) {\n            %s\n"
                      "        }\n", m->n_imported_funcs, step);
    } else {
        (void)fprintf(out, "        %s\n", step);
    }
    (void)fprintf(out, "        %s((T%u)codes[r])(",
                  t->n_results ? "return " : "", x);
    for (uint32_t i = 0; i < t->n_params; i++) {
        (void)fprintf(out, "%sL%u", i ? ", " : "", i);
    }
    (void)fprintf(out, ");\n%s    }\n",
                  t->n_results ? "" : "        return;\n");
    put_to_slots(m, t, out);
    (void)fprintf(out, "    S.engine->call_ref(&S, r, %u, s);\n", x);
    put_from_slots(m, t, out);
    (void)fputs("}\n\n", out);
}

/* -- The image ------------------------------------------------------------ */

/* C<function>(): called by the engine, with slots. */
static void
put_entry(const struct wio_emitter *e, uint32_t func, FILE *out)
{
    const struct wio_module *m = e->m;
    const struct wio_type_info *t = wio_type_of(m, func);
    const uint8_t *params = wio_type_params(m, t);
    const uint8_t *results = wio_type_results(m, t);
    uint32_t at = 0;

    (void)fprintf(out, "static void\nC%u(u32 *s)\n{\n    ", func);
    if (t->n_results) {
        put_result(m, t, out);
        (void)fputs(" r = ", out);
    }
    (void)fprintf(out, "F%u(", func);
    for (uint32_t i = 0; i < t->n_params; i++) {
        (void)fputs(i ? ", " : "", out);
        put_slot(params[i], at, out);
        at += wio_is_64bit(params[i]) ? 2 : 1;
    }
    (void)fputs(");\n", out);
    if (e->waits[func]) {
        (void)fputs("    if (LEAVES()) {\n        return;\n    }\n", out);
    }
    at = 0;
    for (uint32_t i = 0; i < t->n_results; i++) {
        static const char *const forms[] = {
            "    s[%u] = r%s;\n", "    put64(s + %u, r%s);\n",
            "    s[%u] = f32_bits(r%s);\n",
            "    put64(s + %u, f64_bits(r%s));\n"
        };
        char member[16] = "";

        if (t->n_results > 1) {
            (void)snprintf(member, sizeof member, ".v%u", i);
        }
        (void)fprintf(out, forms[results[i] == WIO_TYPE_I64   ? 1
                                 : results[i] == WIO_TYPE_F32 ? 2
                                 : results[i] == WIO_TYPE_F64 ? 3
                                                              : 0],
                      at, member);
        at += wio_is_64bit(results[i]) ? 2 : 1;
    }
    (void)fputs("}\n\n", out);
}

/* What may be an interrupt's handler: exported, (i32, i32, i32) -> (). */
static uint32_t
put_handlers(const struct wio_module *m, FILE *out)
{
    uint32_t n = 0;

    (void)fputs("static const struct wio_aot_handler handlers[] = {\n", out);
    for (uint32_t i = 0; i < wio_module_n_exports(m); i++) {
        struct wio_export_info info;
        const struct wio_func_type *t = &info.type.func;

        wio_module_export(m, i, &info);
        if (info.type.kind == WIO_EXTERN_FUNC &&
            info.index >= m->n_imported_funcs && t->results.len == 0 &&
            t->params.len == 3 && t->params.bytes[0] == WIO_TYPE_I32 &&
            t->params.bytes[1] == WIO_TYPE_I32 &&
            t->params.bytes[2] == WIO_TYPE_I32) {
            (void)fprintf(out, "    { %u, F%u },\n",
                          info.index - m->n_imported_funcs, info.index);
            n++;
        }
    }
    (void)fputs("    { 0, 0 }\n};\n\n", out);
    return n;
}

static void
put_image(const struct wio_emitter *e, FILE *out)
{
    const struct wio_module *m = e->m;
    uint32_t shape, code, n_handlers;

    for (uint32_t i = m->n_imported_funcs; i < m->n_funcs; i++) {
        if (e->named[i]) {
            put_entry(e, i, out);
        }
    }
    (void)fprintf(out, "static const wio_aot_call_fn calls[%u] = {\n",
                  m->n_funcs - m->n_imported_funcs + 1u);
    for (uint32_t i = m->n_imported_funcs; i < m->n_funcs; i++) {
        if (e->named[i]) {
            (void)fprintf(out, "    C%u,\n", i);
        } else {
            (void)fputs("    0,\n", out);
        }
    }
    (void)fputs("    0\n};\n\n", out);
    n_handlers = put_handlers(m, out);
    wio_aot_crcs(m->bytes.bytes, m->bytes.len, &shape, &code);
    (void)fprintf(out,
        "extern const struct wio_aot_image wio_image;\n"
        "__attribute__((visibility(\"default\"), used)) "
        "const struct wio_aot_image wio_image = {\n"
        "    .magic = WIO_AOT_MAGIC,\n"
        "    .abi = WIO_AOT_ABI,\n"
        "    .flags = %u,\n"
        "    .shape_crc = 0x%08xu,\n"
        "    .code_crc = 0x%08xu,\n"
        "    .n_funcs = %u,\n"
        "    .n_imports = %u,\n"
        "    .n_memories = %u,\n"
        "    .n_globals = %u,\n"
        "    .calls = calls,\n"
        "    .n_handlers = %u,\n"
        "    .handlers = handlers,\n"
        "    .state = &S,\n"
        "    .memories = memories,\n"
        "    .places = places,\n"
        "    .globals = globals,\n"
        "    .n_windows = %u,\n"
        "    .windows = windows,\n"
        "    .present = present,\n"
        "    .bases = %s,\n"
        "};\n",
        (e->options->counted ? WIO_AOT_COUNTED : 0u) |
            (e->options->is_volatile ? WIO_AOT_VOLATILE : 0u) |
            (e->any_waits ? WIO_AOT_WAITS : 0u),
        shape, code, (unsigned)(m->n_funcs - m->n_imported_funcs),
        m->n_imported_funcs, (unsigned)(m->n_memories - m->n_imported_memories),
        (unsigned)(m->n_globals - m->n_imported_globals), n_handlers,
        e->options->n_windows, e->options->windows_move ? "bases" : "0");
}

static void
put_head(const struct wio_emitter *e, FILE *out)
{
    const struct wio_module *m = e->m;

    (void)fprintf(out,
        "/* Made of a WebAssembly module; names are its indices. */\n"
        "#define WIO_COUNTED %d\n"
        "#define WIO_VOLATILE %d\n"
        "#include \"guest.h\"\n\n",
        e->options->counted, e->options->is_volatile);
    put_types(m, out);
    put_objects(e, out);
    wio_emit_windows(e, out);
    for (uint32_t i = 0; i < m->n_funcs; i++) {
        const struct wio_type_info *t = wio_type_of(m, i);

        (void)fputs("static ", out);
        put_result(m, t, out);
        (void)fprintf(out, " F%u(", i);
        put_params(m, t, "", "", out);
        (void)fputs(");\n", out);
    }
    put_references(e, out);
    for (uint32_t i = 0; i < m->n_imported_funcs; i++) {
        put_import(e, i, out);
    }
    for (uint32_t i = 0; i < m->n_types; i++) {
        if (m->types[i].same == i && m->n_tables) {
            put_indirect(e, i, out);
        }
    }
}

/* "static u32 F5(u32 L0)" and the opening brace. */
static void
begin_function(struct wio_emitter *e, uint32_t func)
{
    const struct wio_type_info *t = wio_type_of(e->m, func);
    const uint8_t *params = wio_type_params(e->m, t);

    if (t->n_results > 1) {
        wio_text_add(&e->text, "static struct R%u", t->same);
    } else {
        wio_text_add(&e->text, "static %s",
                     t->n_results
                         ? wio_emit_c_type(wio_type_results(e->m, t)[0])
                         : "void");
    }
    wio_text_add(&e->text, "\nF%u(", func);
    for (uint32_t i = 0; i < t->n_params; i++) {
        wio_text_add(&e->text, "%s%s L%u", i ? ", " : "",
                     wio_emit_c_type(params[i]), i);
    }
    wio_text_add(&e->text, t->n_params ? ")\n{\n" : "void)\n{\n");
}

static void
emit_functions(struct wio_emitter *e)
{
    struct wio_cursor c;

    if (!e->m->code_section) {
        return;
    }
    c = wio_module_cursor(e->m, e->m->code_section);
    wio_read_leb_u32(&c);
    for (uint32_t i = e->m->n_imported_funcs; i < e->m->n_funcs; i++) {
        begin_function(e, i);
        wio_emit_function(e, i, wio_read_span(&c, wio_read_leb_u32(&c)));
    }
}

/* Where something waits, twice: who calls it is known after a first time. */
static void
emit_all(struct wio_emitter *e)
{
    e->any_waits = wio_emit_find_waits(e);
    if (e->any_waits) {
        e->notes_calls = true;
        emit_functions(e);
        e->notes_calls = false;
        wio_emit_spread_waits(e);
        e->text.n = 0;
    }
    emit_functions(e);
}

int
wio_emit(const struct wio_module *module,
         const struct wio_emit_options *options, FILE *out,
         struct wio_report *report)
{
    struct wio_emitter e = { .m = module, .options = options };
    bool bad;

    e.windows = calloc(module->n_memories + 1u, sizeof *e.windows);
    e.grows = calloc(module->n_memories + 1u, sizeof *e.grows);
    e.named = calloc(module->n_funcs + 1u, sizeof *e.named);
    e.waits = calloc(module->n_funcs + 1u, sizeof *e.waits);
    e.type_waits = calloc(module->n_types + 1u, sizeof *e.type_waits);
    bad = !e.grows || !e.named || !e.windows || !e.waits || !e.type_waits;
    if (!bad) {
        wio_emit_find_windows(&e);
        name_functions(&e);
        emit_all(&e);
        bad = e.text.bad;
    }
    if (!bad) {
        put_head(&e, out);
        (void)fputs(e.text.at ? e.text.at : "", out);
        put_image(&e, out);
    }
    wio_text_free(&e.text);
    free(e.windows);
    free(e.grows);
    free(e.named);
    free(e.waits);
    free(e.type_waits);
    free(e.edges);
    return bad || ferror(out) ? wio_report_fail(report, WIO_ERR_NO_MEMORY,
                                                "no memory left to write the "
                                                "C text into")
                              : 0;
}
