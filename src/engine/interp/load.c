/* SPDX-License-Identifier: Apache-2.0 */
/* The module as a whole: header, order of sections, custom sections
 * (Core 2.0, section 5.5). */
#include "engine/interp/loader.h"

#if WIO_CFG_SENTENCES
int
wio_load_fail(const struct wio_loader *l, const struct wio_cursor *c,
              int code, const char *what)
{
    return wio_report_fail(l->report, code, "%s (byte %u of the module)",
                           what, (uint32_t)(c->at - l->m->bytes.bytes));
}

int
wio_load_unknown(const struct wio_loader *l, const struct wio_cursor *c,
                 const char *what, uint32_t index)
{
    return wio_report_fail(l->report, WIO_ERR_INVALID,
                           "unknown %s %u (byte %u of the module)", what,
                           index, (uint32_t)(c->at - l->m->bytes.bytes));
}
#endif

int
wio_load_check(const struct wio_loader *l, const struct wio_cursor *c)
{
    switch (c->bad) {
    case WIO_CURSOR_GOOD:
        return 0;
    case WIO_CURSOR_LONG:
        return wio_load_fail(l, c, WIO_ERR_MALFORMED,
                             "integer representation too long, in what ends "
                             "here");
    case WIO_CURSOR_LARGE:
        return wio_load_fail(l, c, WIO_ERR_MALFORMED,
                             "integer too large, in what ends here");
    default:
        return wio_load_fail(l, c, WIO_ERR_MALFORMED,
                             "unexpected end: length out of bounds");
    }
}

/* RFC 3629, section 4: the well-formed sequences. */
bool
wio_utf8_good(struct wio_span text)
{
    const uint8_t *p = text.bytes;
    const uint8_t *end = p + text.len;

    while (p < end) {
        uint32_t lead = *p++;
        uint32_t low = 0x80, high = 0xbf, n;

        if (lead < 0x80) {
            continue;
        }
        if (lead < 0xc2 || lead > 0xf4) {
            return false;
        }
        n = lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
        if (lead == 0xe0) {
            low = 0xa0;
        } else if (lead == 0xed) {
            high = 0x9f;
        } else if (lead == 0xf0) {
            low = 0x90;
        } else if (lead == 0xf4) {
            high = 0x8f;
        }
        if ((uint32_t)(end - p) < n) {
            return false;
        }
        for (; n > 0; n--, p++, low = 0x80, high = 0xbf) {
            if (*p < low || *p > high) {
                return false;
            }
        }
    }
    return true;
}

/* Order of the sections: data count comes before code. */
static uint32_t
rank(uint32_t id)
{
    return id == WIO_SECTION_DATA_COUNT ? 2 * WIO_SECTION_ELEM + 1 : 2 * id;
}

static int
scan_section(struct wio_loader *l, struct wio_cursor *c, uint32_t *last)
{
    uint32_t id = wio_read_u8(c);
    uint32_t size = wio_read_leb_u32(c);
    struct wio_cursor inside;
    struct wio_span span;
    int err = wio_load_check(l, c);

    if (err) {
        return err;
    }
    if (id >= WIO_N_SECTIONS) {
        return wio_load_fail(l, c, WIO_ERR_MALFORMED, "malformed section id");
    }
    span = wio_read_span(c, size);
    err = wio_load_check(l, c);
    if (err) {
        return err;
    }
    inside = wio_cursor(span.bytes, span.len);
    if (id == WIO_SECTION_CUSTOM) {
        span = wio_read_span(&inside, wio_read_leb_u32(&inside));
        err = wio_load_check(l, &inside);
        if (!err && !wio_utf8_good(span)) {
            err = wio_load_fail(l, &inside, WIO_ERR_MALFORMED,
                                "malformed UTF-8 encoding");
        }
        return err;
    }
    if (rank(id) <= *last) {
        return wio_load_fail(l, &inside, WIO_ERR_MALFORMED,
                             "unexpected content after last section: twice or "
                             "out of order");
    }
    *last = rank(id);
    l->sections[id] = span;
    l->n_own[id] = wio_read_leb_u32(&inside);
    return wio_load_check(l, &inside);
}

static int
scan_sections(struct wio_loader *l)
{
    static const uint8_t header[8] = { 0, 'a', 's', 'm', 1, 0, 0, 0 };
    struct wio_cursor c = wio_module_cursor(l->m, 0);
    uint32_t last = 0;
    int err = 0;

    for (uint32_t i = 0; i < 8; i++) {
        if (wio_read_u8(&c) != header[i] || c.bad) {
            return wio_load_fail(l, &c, WIO_ERR_MALFORMED, i < 4
                                 ? "magic header not detected"
                                 : "unknown binary version");
        }
    }
    while (!err && c.at < c.end) {
        err = scan_section(l, &c, &last);
    }
    return err;
}

/* What must hold between sections. */
static int
check_sections(struct wio_loader *l)
{
    struct wio_cursor c = wio_module_cursor(l->m, 0);

    if (l->n_own[WIO_SECTION_FUNCTION] != l->n_own[WIO_SECTION_CODE]) {
        return wio_load_fail(l, &c, WIO_ERR_MALFORMED, "function and code "
                             "section have inconsistent lengths");
    }
    if (l->sections[WIO_SECTION_DATA_COUNT].bytes &&
        l->n_own[WIO_SECTION_DATA_COUNT] != l->n_own[WIO_SECTION_DATA]) {
        return wio_load_fail(l, &c, WIO_ERR_MALFORMED, "data count and data "
                             "section have inconsistent lengths");
    }
    return 0;
}

static uint32_t
section_at(const struct wio_loader *l, uint32_t id)
{
    return l->sections[id].bytes
               ? (uint32_t)(l->sections[id].bytes - l->m->bytes.bytes) : 0;
}

static int
load_sections(struct wio_loader *l)
{
    static const uint8_t order[] = {
        WIO_SECTION_TYPE, WIO_SECTION_IMPORT, WIO_SECTION_FUNCTION,
        WIO_SECTION_TABLE, WIO_SECTION_MEMORY, WIO_SECTION_GLOBAL,
        WIO_SECTION_EXPORT, WIO_SECTION_START, WIO_SECTION_ELEM,
        WIO_SECTION_DATA_COUNT, WIO_SECTION_CODE, WIO_SECTION_DATA
    };
    struct wio_module *m = l->m;
    int err = 0;

    m->import_section = section_at(l, WIO_SECTION_IMPORT);
    m->global_section = section_at(l, WIO_SECTION_GLOBAL);
    m->export_section = section_at(l, WIO_SECTION_EXPORT);
    m->code_section = section_at(l, WIO_SECTION_CODE);
    m->data_section = section_at(l, WIO_SECTION_DATA);
    for (uint32_t i = 0; !err && i < sizeof order; i++) {
        struct wio_span span = l->sections[order[i]];
        struct wio_cursor c = wio_cursor(span.bytes, span.len);

        /* Absent ones too: imports decide the sizes of the tables. */
        err = wio_load_section(l, order[i], &c);
        if (!err && span.bytes) {
            err = wio_load_check(l, &c);
            if (!err && c.at != c.end) {
                err = wio_load_fail(l, &c, WIO_ERR_MALFORMED,
                                    "section size mismatch");
            }
        }
    }
    return err;
}

int
wio_engine_load(const uint8_t *bytes, uint32_t n_bytes, uint32_t features,
                struct wio_arena *arena, struct wio_module **module,
                struct wio_report *report)
{
    struct wio_arena_mark mark = wio_arena_mark(arena);
    struct wio_loader l = { .arena = arena, .report = report };
    int err;

    l.m = wio_arena_take(arena, sizeof *l.m, 8);
    if (!l.m) {
        return wio_report_fail(report, WIO_ERR_NO_MEMORY, "the memory given "
                               "cannot hold a module");
    }
    l.m->bytes = (struct wio_span){ .bytes = bytes, .len = n_bytes };
    l.m->features = features;
    l.m->start = WIO_NO_INDEX;
    err = scan_sections(&l);
    if (!err) {
        err = check_sections(&l);
    }
    if (!err) {
        err = load_sections(&l);
    }
    if (err) {
        wio_arena_return(arena, mark);
        return err;
    }
    l.m->module_bytes = arena->used - mark.used;
    mark.used = arena->used;
    wio_arena_return(arena, mark);
    *module = l.m;
    return 0;
}

bool
wio_engine_custom_section(const uint8_t *bytes, uint32_t n_bytes,
                          const char *name, struct wio_span *payload,
                          uint32_t *count)
{
    struct wio_cursor c = wio_cursor(bytes, n_bytes);
    uint32_t n = 0;

    wio_read_span(&c, 8);
    while (!c.bad && c.at < c.end) {
        uint32_t id = wio_read_u8(&c);
        struct wio_span span = wio_read_span(&c, wio_read_leb_u32(&c));
        struct wio_cursor inside = wio_cursor(span.bytes, span.len);

        if (c.bad || id != WIO_SECTION_CUSTOM) {
            continue;
        }
        span = wio_read_span(&inside, wio_read_leb_u32(&inside));
        if (!inside.bad && wio_span_is(span, name) && n++ == 0) {
            payload->bytes = inside.at;
            payload->len = (uint32_t)(inside.end - inside.at);
        }
    }
    if (count) {
        *count = n;
    }
    return n > 0;
}
