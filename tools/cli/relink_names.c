/* SPDX-License-Identifier: Apache-2.0 */
/* tools/cli/relink_names.c - the section `name` (Core 2.0, appendix "Custom
 * Sections", and the extended-name-section proposal) */
#include "relink.h"

/* Subsections whose entries are numbered by function or memory. */
#define NAMES_FUNC 1u
#define NAMES_LOCAL 2u                   /* names within functions */
#define NAMES_LABEL 3u
#define NAMES_MEMORY 6u

static struct wio_span
read_name(struct wio_cursor *c)
{
    return wio_read_span(c, wio_read_leb_u32(c));
}

/* The rest of an entry: a name, or a map of names. */
static void
skip_entry(struct wio_cursor *c, bool is_map)
{
    uint32_t n = is_map ? wio_read_leb_u32(c) : 0;

    if (!is_map) {
        (void)read_name(c);
    }
    while (n-- > 0 && !c->bad) {
        wio_read_leb_u32(c);
        (void)read_name(c);
    }
}

/* The entry of a function that is left gets its new number. */
static void
copy_funcs(const struct relink *r, struct wio_cursor *c, bool is_map,
           struct bytes *to)
{
    struct bytes entries = { 0 };
    uint32_t n = wio_read_leb_u32(c);
    uint32_t left = 0;

    while (n-- > 0 && !c->bad) {
        uint32_t func = relink_func(r, wio_read_leb_u32(c));
        const uint8_t *begin = c->at;

        skip_entry(c, is_map);
        if (func != RELINK_NONE && !c->bad) {
            bytes_put_leb(&entries, func);
            bytes_put(&entries, begin, (uint32_t)(c->at - begin));
            left++;
        }
    }
    bytes_put_leb(to, left);
    bytes_put(to, entries.at, entries.n);
    to->failed |= entries.failed;
    bytes_free(&entries);
}

/* The windows that are added are called as their needs. They come between the
 * imported and the own memories, and the map is in order. */
static void
copy_memories(const struct relink *r, struct wio_cursor *c, struct bytes *to)
{
    uint32_t n = wio_read_leb_u32(c);
    uint32_t next = 0;                   /* window to be named */

    bytes_put_leb(to, n + r->n_windows);
    for (uint32_t i = 0; i <= n && !c->bad; i++) {
        uint32_t memory = i < n ? wio_read_leb_u32(c) : UINT32_MAX;
        struct wio_span name = { NULL, 0 };

        if (memory >= r->n_imported_memories) {
            for (; next < r->n_windows; next++) {
                struct wio_span label =
                    r->config->needs[r->added[next]].label;

                bytes_put_leb(to, r->n_imported_memories + next);
                bytes_put_leb(to, label.len);
                bytes_put(to, label.bytes, label.len);
            }
        }
        if (i < n) {
            name = read_name(c);
            bytes_put_leb(to, relink_memory(r, memory));
            bytes_put_leb(to, name.len);
            bytes_put(to, name.bytes, name.len);
        }
    }
}

static void
copy_subsection(const struct relink *r, uint32_t id, struct wio_cursor *c,
                struct bytes *to)
{
    if (id == NAMES_FUNC) {
        copy_funcs(r, c, false, to);
    } else if (id == NAMES_LOCAL || id == NAMES_LABEL) {
        copy_funcs(r, c, true, to);
    } else if (id == NAMES_MEMORY) {
        copy_memories(r, c, to);
    } else {
        bytes_put(to, c->at, (uint32_t)(c->end - c->at));
        c->at = c->end;
    }
}

bool
relink_names(const struct relink *r, struct wio_cursor *c, struct bytes *to)
{
    while (c->at < c->end && !c->bad) {
        uint32_t id = wio_read_u8(c);
        struct wio_span span = wio_read_span(c, wio_read_leb_u32(c));
        struct wio_cursor inside = wio_cursor(span.bytes, span.len);
        struct bytes content = { 0 };

        if (c->bad) {
            break;
        }
        copy_subsection(r, id, &inside, &content);
        bytes_put_u8(to, id);
        bytes_put_sized(to, &content);
        to->failed |= content.failed;
        bytes_free(&content);
        c->bad |= inside.bad;
    }
    return !c->bad;
}
