/* SPDX-License-Identifier: Apache-2.0 */
/* tools/cli/relink.c - sections with other numbers; see relink.h */
#include "relink.h"

#include <stdlib.h>
#include <string.h>

#include <wio/abi.h>

enum section {
    SECTION_CUSTOM = 0,
    SECTION_IMPORT = 2,
    SECTION_MEMORY = 5,
    SECTION_GLOBAL = 6,
    SECTION_EXPORT = 7,
    SECTION_START = 8,
    SECTION_ELEM = 9,
    SECTION_CODE = 10,
    SECTION_DATA = 11,
    SECTION_DATA_COUNT = 12
};

/* -- Bytes ------------------------------------------------------------------ */

void
bytes_put(struct bytes *to, const void *from, uint32_t n)
{
    if (n > to->room - to->n && !to->failed) {
        uint32_t room = (to->n + n) * 2 + 64;
        uint8_t *at = realloc(to->at, room);

        to->failed = at == NULL;
        if (at) {
            to->at = at;
            to->room = room;
        }
    }
    if (!to->failed && n > 0) {
        memcpy(to->at + to->n, from, n);
        to->n += n;
    }
}

void
bytes_put_u8(struct bytes *to, uint32_t byte)
{
    const uint8_t one = (uint8_t)byte;

    bytes_put(to, &one, 1);
}

void
bytes_put_leb(struct bytes *to, uint32_t value)
{
    while (value > 0x7f) {
        bytes_put_u8(to, (value & 0x7f) | 0x80);
        value >>= 7;
    }
    bytes_put_u8(to, value);
}

void
bytes_put_sized(struct bytes *to, const struct bytes *content)
{
    bytes_put_leb(to, content->n);
    bytes_put(to, content->at, content->n);
    to->failed |= content->failed;
}

void
bytes_free(struct bytes *bytes)
{
    free(bytes->at);
    bytes->at = NULL;
}

/* -- Markers ------------------------------------------------------------------ */

static struct wio_span
read_name(struct wio_cursor *c)
{
    return wio_read_span(c, wio_read_leb_u32(c));
}

int
relink_misused(const struct relink *r, const struct wio_cursor *c)
{
    return wio_report_fail(r->report, WIO_ERR_INVALID_ARGUMENT,
                           "byte %u of the module passes on a register "
                           "function, as an export, in a table or by its "
                           "address; it can only be called",
                           (uint32_t)(c->at - r->module.bytes));
}

/* The part of @name before ".read32" and the like, and which of them; false
 * for any other name. */
static bool
read_marker(struct wio_span name, struct wio_span *label,
            struct relink_marker *marker)
{
    static const char *const suffixes[6] = {
        ".read8", ".read16", ".read32", ".write8", ".write16", ".write32",
    };

    for (uint32_t i = 0; i < 6; i++) {
        uint32_t len = (uint32_t)strlen(suffixes[i]);
        struct wio_span end = { name.bytes + name.len - len, len };

        if (name.len > len && wio_span_is(end, suffixes[i])) {
            *label = (struct wio_span){ name.bytes, name.len - len };
            marker->log2 = (uint8_t)(i % 3);
            marker->is_write = i >= 3;
            return true;
        }
    }
    return false;
}

static uint32_t
find_need(const struct relink *r, struct wio_span label)
{
    uint32_t i = 0;

    while (i < r->config->n_needs &&
           (r->config->needs[i].class != WIO_NEED_MMIO ||
            !wio_span_equal(r->config->needs[i].label, label))) {
        i++;
    }
    return i;
}

/* The rest of an import behind its kind. */
static void
skip_import(struct wio_cursor *c, uint32_t kind)
{
    if (kind == WIO_EXTERN_FUNC) {
        wio_read_leb_u32(c);
        return;
    }
    if (kind == WIO_EXTERN_GLOBAL || kind == WIO_EXTERN_TABLE) {
        wio_read_u8(c);
    }
    if (kind == WIO_EXTERN_GLOBAL) {
        wio_read_u8(c);
    } else {
        uint32_t flags = wio_read_u8(c);

        wio_read_leb_u32(c);
        if (flags & 1u) {
            wio_read_leb_u32(c);
        }
        if (flags & 8u) {
            wio_read_leb_u32(c);
        }
    }
}

static int
note_func(struct relink *r, struct wio_span module, struct wio_span name)
{
    struct relink_marker *marker = &r->marker[r->n_imported_funcs];
    uint32_t *func = &r->func[r->n_imported_funcs];
    struct wio_span label;
    uint32_t need;

    *func = r->n_imported_funcs - r->n_markers;
    r->n_imported_funcs++;
    if (!wio_span_is(module, WIO_MODULE_MMIO) ||
        !read_marker(name, &label, marker)) {
        return 0;
    }
    need = find_need(r, label);
    if (need == r->config->n_needs) {
        return wio_report_fail(r->report, WIO_ERR_INVALID_ARGUMENT,
                               "import %S.%S: the configuration has no need "
                               "%S of class mmio", &module, &name, &label);
    }
    *func = RELINK_NONE;
    r->n_markers++;
    marker->memory = need;               /* until all imports are known */
    return 0;
}

/* Windows that the module imports already are used, others are added. */
static void
number_windows(struct relink *r)
{
    for (uint32_t i = 0; i < r->n_imported_funcs; i++) {
        uint32_t need = r->marker[i].memory;

        if (r->func[i] != RELINK_NONE) {
            continue;
        }
        if (r->memory_of[need] == RELINK_NONE) {
            r->memory_of[need] = r->n_imported_memories + r->n_windows;
            r->added[r->n_windows++] = need;
        }
        r->marker[i].memory = r->memory_of[need];
    }
}

static int
note_imports(struct relink *r, struct wio_cursor c)
{
    uint32_t n = wio_read_leb_u32(&c);
    int err = 0;

    for (uint32_t i = 0; i < WIO_CONFIG_MAX_NEEDS; i++) {
        r->memory_of[i] = RELINK_NONE;
    }
    while (!err && n-- > 0 && !c.bad) {
        struct wio_span module = read_name(&c);
        struct wio_span name = read_name(&c);
        uint32_t kind = wio_read_u8(&c);

        if (kind == WIO_EXTERN_FUNC) {
            err = note_func(r, module, name);
        } else if (kind == WIO_EXTERN_MEMORY) {
            uint32_t need = find_need(r, name);

            if (wio_span_is(module, WIO_MODULE_MMIO) &&
                need < r->config->n_needs) {
                r->memory_of[need] = r->n_imported_memories;
            }
            r->n_imported_memories++;
        }
        skip_import(&c, kind);
    }
    number_windows(r);
    return err;
}

/* -- Sections ------------------------------------------------------------------- */

static void
put_name(struct bytes *to, struct wio_span name)
{
    bytes_put_leb(to, name.len);
    bytes_put(to, name.bytes, name.len);
}

static int
copy_imports(struct relink *r, struct wio_cursor *c, struct bytes *to)
{
    static const char module[] = WIO_MODULE_MMIO;
    uint32_t n = wio_read_leb_u32(c);
    uint32_t func = 0;

    bytes_put_leb(to, n - r->n_markers + r->n_windows);
    for (uint32_t i = 0; i < n && !c->bad; i++) {
        const uint8_t *begin = c->at;
        bool is_marker = false;
        uint32_t kind;

        (void)read_name(c);
        (void)read_name(c);
        kind = wio_read_u8(c);
        if (kind == WIO_EXTERN_FUNC) {
            is_marker = r->func[func++] == RELINK_NONE;
        }
        skip_import(c, kind);
        if (!is_marker) {
            bytes_put(to, begin, (uint32_t)(c->at - begin));
        }
    }
    for (uint32_t i = 0; i < r->n_windows; i++) {
        const struct wio_need *need = &r->config->needs[r->added[i]];

        put_name(to, (struct wio_span){ (const uint8_t *)module,
                                        sizeof(module) - 1 });
        put_name(to, need->label);
        bytes_put_u8(to, WIO_EXTERN_MEMORY);
        bytes_put_u8(to, 9);             /* with a maximum and a page size */
        bytes_put_leb(to, need->size);
        bytes_put_leb(to, need->size);
        bytes_put_leb(to, 0);            /* log2 of the page size */
    }
    return 0;
}

static int
copy_globals(struct relink *r, struct wio_cursor *c, struct bytes *to)
{
    uint32_t n = wio_read_leb_u32(c);
    int err = 0;

    bytes_put_leb(to, n);
    while (!err && n-- > 0 && !c->bad) {
        bytes_put_u8(to, wio_read_u8(c));
        bytes_put_u8(to, wio_read_u8(c));
        err = relink_expr(r, c, to);
    }
    return err;
}

static int
put_func(const struct relink *r, struct wio_cursor *c, struct bytes *to)
{
    uint32_t func = relink_func(r, wio_read_leb_u32(c));

    if (func == RELINK_NONE) {
        return relink_misused(r, c);
    }
    bytes_put_leb(to, func);
    return 0;
}

static int
copy_exports(struct relink *r, struct wio_cursor *c, struct bytes *to)
{
    uint32_t n = wio_read_leb_u32(c);
    int err = 0;

    bytes_put_leb(to, n);
    while (!err && n-- > 0 && !c->bad) {
        uint32_t kind;

        put_name(to, read_name(c));
        kind = wio_read_u8(c);
        bytes_put_u8(to, kind);
        if (kind == WIO_EXTERN_FUNC) {
            err = put_func(r, c, to);
        } else {
            uint32_t index = wio_read_leb_u32(c);

            bytes_put_leb(to, kind == WIO_EXTERN_MEMORY
                                  ? relink_memory(r, index) : index);
        }
    }
    return err;
}

/* Bit 0: not active. Bit 1: with a table, or only declared. Bit 2: its
 * elements are expressions (Core 2.0, section 5.5.12). */
static int
copy_elem(struct relink *r, struct wio_cursor *c, struct bytes *to)
{
    uint32_t flags = wio_read_leb_u32(c);
    int err = 0;
    uint32_t n;

    bytes_put_leb(to, flags);
    if ((flags & 3u) == 2u) {
        bytes_put_leb(to, wio_read_leb_u32(c));
    }
    if ((flags & 1u) == 0) {
        err = relink_expr(r, c, to);
    }
    if (flags & 3u) {
        bytes_put_u8(to, wio_read_u8(c));
    }
    n = wio_read_leb_u32(c);
    bytes_put_leb(to, n);
    while (!err && n-- > 0 && !c->bad) {
        err = flags & 4u ? relink_expr(r, c, to) : put_func(r, c, to);
    }
    return err;
}

static int
copy_elems(struct relink *r, struct wio_cursor *c, struct bytes *to)
{
    uint32_t n = wio_read_leb_u32(c);
    int err = 0;

    bytes_put_leb(to, n);
    while (!err && n-- > 0 && !c->bad) {
        err = copy_elem(r, c, to);
    }
    return err;
}

static int
copy_data(struct relink *r, struct wio_cursor *c, struct bytes *to)
{
    uint32_t n = wio_read_leb_u32(c);
    int err = 0;

    bytes_put_leb(to, n);
    while (!err && n-- > 0 && !c->bad) {
        uint32_t flags = wio_read_leb_u32(c);
        uint32_t memory;

        if (flags == 1) {                /* passive: of no memory */
            bytes_put_leb(to, 1);
        } else {
            memory = relink_memory(r, flags == 2 ? wio_read_leb_u32(c) : 0);
            bytes_put_leb(to, memory ? 2 : 0);
            if (memory) {
                bytes_put_leb(to, memory);
            }
            err = relink_expr(r, c, to);
        }
        put_name(to, read_name(c));
    }
    return err;
}

static int
copy_bodies(struct relink *r, struct wio_cursor *c, struct bytes *to)
{
    uint32_t n = wio_read_leb_u32(c);
    int err = 0;

    bytes_put_leb(to, n);
    while (!err && n-- > 0 && !c->bad) {
        struct bytes body = { 0 };

        err = relink_body(r, read_name(c), &body);
        bytes_put_sized(to, &body);
        bytes_free(&body);
    }
    return err;
}

/*
 * Custom sections keep their bytes, but for names, which are numbered, and
 * what holds positions in the code: that would be wrong behind this and is
 * left out, as is a `name` that cannot be read.
 */
static int
copy_custom(struct relink *r, struct wio_cursor *c, struct bytes *to,
            bool *keep)
{
    struct wio_span name = read_name(c);
    struct wio_span start = { name.bytes, name.len < 6 ? name.len : 6 };

    put_name(to, name);
    if (wio_span_is(start, "reloc.") || wio_span_is(name, "linking")) {
        return wio_report_fail(r->report, WIO_ERR_INVALID_ARGUMENT,
                               "this is an object file, not a module; link it "
                               "with wasm-ld first");
    }
    if (wio_span_is(name, "wasmio.native")) {
        return wio_report_fail(r->report, WIO_ERR_INVALID_ARGUMENT,
                               "this is compiled already; link the module "
                               "first and compile what comes out");
    }
    if (wio_span_is(name, "name")) {
        *keep = relink_names(r, c, to);
    } else {
        *keep = !wio_span_is(start, ".debug");
        bytes_put(to, c->at, (uint32_t)(c->end - c->at));
    }
    c->at = c->end;
    c->bad = WIO_CURSOR_GOOD;
    return 0;
}

static int
copy_section(struct relink *r, uint32_t id, struct wio_cursor *c,
             struct bytes *to, bool *keep)
{
    switch (id) {
    case SECTION_CUSTOM:
        return copy_custom(r, c, to, keep);
    case SECTION_IMPORT:
        return copy_imports(r, c, to);
    case SECTION_GLOBAL:
        return copy_globals(r, c, to);
    case SECTION_EXPORT:
        return copy_exports(r, c, to);
    case SECTION_START:
        return put_func(r, c, to);
    case SECTION_ELEM:
        return copy_elems(r, c, to);
    case SECTION_CODE:
        return copy_bodies(r, c, to);
    case SECTION_DATA:
        return copy_data(r, c, to);
    default:
        bytes_put(to, c->at, (uint32_t)(c->end - c->at));
        c->at = c->end;
        return 0;
    }
}

/* The payload of the import section; empty when there is none. */
static struct wio_cursor
find_imports(struct wio_span module)
{
    static const uint8_t none = 0;       /* no imports */
    struct wio_cursor c = wio_cursor(module.bytes, module.len);

    (void)wio_read_span(&c, 8);
    while (c.at < c.end && !c.bad) {
        uint32_t id = wio_read_u8(&c);
        struct wio_span span = read_name(&c);

        if (id == SECTION_IMPORT) {
            return wio_cursor(span.bytes, span.len);
        }
    }
    return wio_cursor(&none, 1);
}

int
relink(struct relink *r, struct bytes *to)
{
    struct wio_cursor c = wio_cursor(r->module.bytes, r->module.len);
    int err = note_imports(r, find_imports(r->module));

    bytes_put(to, r->module.bytes, 8);
    (void)wio_read_span(&c, 8);
    while (!err && c.at < c.end && !c.bad) {
        uint32_t id = wio_read_u8(&c);
        struct wio_span span = read_name(&c);
        struct wio_cursor inside = wio_cursor(span.bytes, span.len);
        struct bytes content = { 0 };
        bool keep = true;

        err = copy_section(r, id, &inside, &content, &keep);
        if (!err && (inside.bad || inside.at != inside.end)) {
            err = wio_report_fail(r->report, WIO_ERR_INVALID_ARGUMENT,
                                  "section %u is not what its length says",
                                  id);
        }
        if (keep) {
            bytes_put_u8(to, id);
            bytes_put_sized(to, &content);
        }
        to->failed |= content.failed;
        bytes_free(&content);
    }
    if (!err && to->failed) {
        err = wio_report_fail(r->report, WIO_ERR_NO_MEMORY,
                              "there is no memory for the module");
    }
    return err;
}
