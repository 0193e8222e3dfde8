/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/fdt.c - reading flattened devicetree blobs
 *
 * Layout after Devicetree Specification v0.4, chapter 5: a header of big-endian
 * words, the structure block (tokens, each at a multiple of 4 from its start)
 * and the strings block (property names). The memory reservation block says
 * nothing to us and is never read.
 *
 * check_structure() walks every token once. The accessors walk the same
 * tokens and rely on what it found, so they test nothing twice.
 */
#include "base/fdt.h"

#include <stddef.h>

enum fdt_token {                 /* v0.4, section 5.4.1 */
    FDT_BEGIN_NODE = 1,
    FDT_END_NODE = 2,
    FDT_PROP = 3,
    FDT_NOP = 4,
    FDT_END = 9
};

enum fdt_header {                /* word of the header, v0.4, section 5.2 */
    H_MAGIC,
    H_TOTALSIZE,
    H_OFF_STRUCT,
    H_OFF_STRINGS,
    H_OFF_MEM_RSVMAP,
    H_VERSION,
    H_LAST_COMP_VERSION,
    H_BOOT_CPUID,
    H_SIZE_STRINGS,
    H_SIZE_STRUCT                /* since version 17 */
};

#define FDT_MAGIC 0xd00dfeedu
#define HEADER_BYTES_16 36u
#define HEADER_BYTES_17 40u

static uint32_t
word_at(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
           (uint32_t)bytes[2] << 8 | bytes[3];
}

/* Length of the text at @off, or UINT32_MAX when it has no end in @span. */
static uint32_t
text_at(struct wio_span span, uint32_t off)
{
    uint32_t i;

    for (i = off; i < span.len; i++) {
        if (span.bytes[i] == 0) {
            return i - off;
        }
    }
    return UINT32_MAX;
}

/* Bytes from @off to the next multiple of 4 after @len more of them. The
 * caller knows that @off + @len is inside the block. */
static uint32_t
padded_end(uint32_t off, uint32_t len)
{
    return (off + len + 3u) & ~3u;
}

/* -- The check --------------------------------------------------------------- */

struct check {
    const struct wio_fdt *fdt;
    struct wio_report *report;
    int error;
    uint32_t at;                 /* the token being checked */
};

/* Returns 0, which is no place behind a token. */
static uint32_t
broken(const struct check *check, const char *why)
{
    (void)wio_report_fail(check->report, check->error,
        "devicetree blob with %s at byte %u of its structure block", why,
        check->at);
    return 0;
}

/* One node name; returns the place behind it, or 0. */
static uint32_t
check_name(const struct check *check)
{
    uint32_t off = check->at + 4;
    uint32_t len = text_at(check->fdt->structure, off);

    if (len == UINT32_MAX) {
        return broken(check, "a node name without an end");
    }
    if (len == 0 && check->at != 0) {
        return broken(check, "a node without a name");
    }
    return padded_end(off, len + 1u);
}

/* One property; the place behind it, or 0. */
static uint32_t
check_prop(const struct check *check)
{
    struct wio_span all = check->fdt->structure;
    uint32_t off = check->at + 4;
    uint32_t len;
    uint32_t name_len;

    if (all.len - off < 8) {
        return broken(check, "a property cut short");
    }
    len = word_at(all.bytes + off);
    name_len = text_at(check->fdt->strings, word_at(all.bytes + off + 4));
    if (len > all.len - off - 8) {
        return broken(check,
                      "a property value that leaves the structure block");
    }
    if (name_len == UINT32_MAX || name_len == 0) {
        return broken(check, "a property name outside the strings block");
    }
    return padded_end(off + 8, len);
}

/* Every token once; false with the sentence when one is wrong. */
static bool
check_structure(struct check *check)
{
    struct wio_span all = check->fdt->structure;
    uint32_t n_nodes = 0;
    uint32_t depth = 0;
    uint32_t off = 0;
    bool may_prop = false;       /* properties come before child nodes */

    for (;;) {
        check->at = off;
        if (off > all.len || all.len - off < 4) {
            return broken(check, "no end token");
        }
        if (off == 0 && word_at(all.bytes) != FDT_BEGIN_NODE) {
            return broken(check, "no root node");
        }
        switch (word_at(all.bytes + off)) {
        case FDT_BEGIN_NODE:
            if (depth == 0 && n_nodes > 0) {
                return broken(check, "a second root node");
            }
            if (depth == WIO_FDT_MAX_DEPTH) {
                return broken(check, "nodes nested too deep");
            }
            if (n_nodes == WIO_FDT_MAX_NODES) {
                return broken(check, "too many nodes");
            }
            off = check_name(check);
            n_nodes++;
            depth++;
            may_prop = true;
            break;
        case FDT_END_NODE:
            if (depth == 0) {
                return broken(check, "the end of a node that was not begun");
            }
            depth--;
            may_prop = false;
            off += 4;
            break;
        case FDT_PROP:
            if (!may_prop) {
                return broken(check, "a property after a child node");
            }
            off = check_prop(check);
            break;
        case FDT_NOP:
            off += 4;
            break;
        case FDT_END:
            if (depth != 0 || n_nodes == 0) {
                return broken(check, "an end token inside a node");
            }
            return true;
        default:
            return broken(check, "an unknown token");
        }
        if (off == 0) {
            return false;
        }
    }
}

/* The block that the header puts at @off, @len bytes, inside @blob. */
static bool
block(struct wio_span blob, uint32_t off, uint32_t len, struct wio_span *out)
{
    if (off > blob.len || len > blob.len - off) {
        return false;
    }
    *out = (struct wio_span){ .bytes = blob.bytes + off, .len = len };
    return true;
}

int
wio_fdt_open(struct wio_span blob, uint32_t max_bytes, int error,
             struct wio_fdt *fdt, struct wio_report *report)
{
    uint32_t header[H_SIZE_STRUCT + 1];
    struct wio_fdt found;
    struct check check = {
        .fdt = &found, .report = report, .error = error
    };
    uint32_t i;

    if (blob.len < HEADER_BYTES_17 || word_at(blob.bytes) != FDT_MAGIC) {
        return wio_report_fail(report, error,
            "%u bytes that are no devicetree blob: make it with dtc",
            blob.len);
    }
    for (i = 0; i <= H_SIZE_STRUCT; i++) {
        header[i] = word_at(blob.bytes + 4 * i);
    }
    if (header[H_VERSION] < 16 || header[H_LAST_COMP_VERSION] > 17) {
        return wio_report_fail(report, error,
            "devicetree blob of version %u, not 16 or 17",
            header[H_VERSION]);
    }
    if (header[H_TOTALSIZE] > max_bytes) {
        return wio_report_fail(report, error,
            "devicetree blob of %u bytes, more than the %u allowed",
            header[H_TOTALSIZE], max_bytes);
    }
    if (header[H_TOTALSIZE] > blob.len ||
        header[H_TOTALSIZE] < HEADER_BYTES_16) {
        return wio_report_fail(report, error,
            "devicetree blob cut short: %u bytes of %u", blob.len,
            header[H_TOTALSIZE]);
    }
    found.blob = (struct wio_span){ blob.bytes, header[H_TOTALSIZE] };
    if (header[H_VERSION] < 17) {
        /* Not in the header: as far as the tokens may reach. */
        header[H_SIZE_STRUCT] = found.blob.len - header[H_OFF_STRUCT];
    }
    if (!block(found.blob, header[H_OFF_STRUCT], header[H_SIZE_STRUCT],
               &found.structure) ||
        !block(found.blob, header[H_OFF_STRINGS], header[H_SIZE_STRINGS],
               &found.strings)) {
        return wio_report_fail(report, error,
            "devicetree blob whose header points outside it");
    }
    if (!check_structure(&check)) {
        return error;
    }
    *fdt = found;
    return 0;
}

/* -- Walking ----------------------------------------------------------------- */

static uint32_t
token_at(const struct wio_fdt *fdt, uint32_t off)
{
    return word_at(fdt->structure.bytes + off);
}

/* The place behind the token at @off and what belongs to it. */
static uint32_t
behind(const struct wio_fdt *fdt, uint32_t off)
{
    switch (token_at(fdt, off)) {
    case FDT_BEGIN_NODE:
        return padded_end(off + 4, text_at(fdt->structure, off + 4) + 1u);
    case FDT_PROP:
        return padded_end(off + 12, token_at(fdt, off + 4));
    default:
        return off + 4;
    }
}

/* The first token at or after @off that is no NOP. */
static uint32_t
skip_nops(const struct wio_fdt *fdt, uint32_t off)
{
    while (token_at(fdt, off) == FDT_NOP) {
        off += 4;
    }
    return off;
}

static bool
prop_at(const struct wio_fdt *fdt, uint32_t off, struct wio_fdt_prop *prop)
{
    uint32_t name;

    off = skip_nops(fdt, off);
    if (token_at(fdt, off) != FDT_PROP) {
        return false;
    }
    name = token_at(fdt, off + 8);
    prop->value.bytes = fdt->structure.bytes + off + 12;
    prop->value.len = token_at(fdt, off + 4);
    prop->name.bytes = fdt->strings.bytes + name;
    prop->name.len = text_at(fdt->strings, name);
    prop->next = behind(fdt, off);
    return true;
}

struct wio_span
wio_fdt_name(const struct wio_fdt *fdt, uint32_t node)
{
    return (struct wio_span){
        .bytes = fdt->structure.bytes + node + 4,
        .len = text_at(fdt->structure, node + 4)
    };
}

static uint32_t
node_or_none(const struct wio_fdt *fdt, uint32_t off)
{
    return token_at(fdt, off) == FDT_BEGIN_NODE ? off : WIO_FDT_NONE;
}

uint32_t
wio_fdt_first_child(const struct wio_fdt *fdt, uint32_t node)
{
    uint32_t off = behind(fdt, node);

    while (token_at(fdt, off) == FDT_PROP || token_at(fdt, off) == FDT_NOP) {
        off = behind(fdt, off);
    }
    return node_or_none(fdt, off);
}

uint32_t
wio_fdt_next_sibling(const struct wio_fdt *fdt, uint32_t node)
{
    uint32_t depth = 1;
    uint32_t off = behind(fdt, node);

    while (depth > 0) {
        uint32_t token = token_at(fdt, off);

        if (token == FDT_BEGIN_NODE) {
            depth++;
        } else if (token == FDT_END_NODE) {
            depth--;
        }
        off = behind(fdt, off);
    }
    return node_or_none(fdt, skip_nops(fdt, off));
}

uint32_t
wio_fdt_child(const struct wio_fdt *fdt, uint32_t node, const char *name)
{
    uint32_t child = wio_fdt_first_child(fdt, node);

    while (child != WIO_FDT_NONE &&
           !wio_span_is(wio_fdt_name(fdt, child), name)) {
        child = wio_fdt_next_sibling(fdt, child);
    }
    return child;
}

bool
wio_fdt_first_prop(const struct wio_fdt *fdt, uint32_t node,
                   struct wio_fdt_prop *prop)
{
    return prop_at(fdt, behind(fdt, node), prop);
}

bool
wio_fdt_next_prop(const struct wio_fdt *fdt, struct wio_fdt_prop *prop)
{
    return prop_at(fdt, prop->next, prop);
}

/* -- Values ------------------------------------------------------------------ */

bool
wio_fdt_get(const struct wio_fdt *fdt, uint32_t node, const char *name,
            struct wio_span *value)
{
    struct wio_fdt_prop prop;
    bool more = wio_fdt_first_prop(fdt, node, &prop);

    while (more) {
        if (wio_span_is(prop.name, name)) {
            *value = prop.value;
            return true;
        }
        more = wio_fdt_next_prop(fdt, &prop);
    }
    return false;
}

bool
wio_fdt_get_u32(const struct wio_fdt *fdt, uint32_t node, const char *name,
                uint32_t *value)
{
    struct wio_span bytes;

    if (!wio_fdt_get(fdt, node, name, &bytes) || bytes.len != 4) {
        return false;
    }
    *value = wio_fdt_cell(bytes, 0);
    return true;
}

bool
wio_fdt_get_string(const struct wio_fdt *fdt, uint32_t node, const char *name,
                   struct wio_span *text)
{
    struct wio_span bytes;

    if (!wio_fdt_get(fdt, node, name, &bytes) || bytes.len == 0 ||
        text_at(bytes, 0) != bytes.len - 1) {
        return false;
    }
    *text = (struct wio_span){ bytes.bytes, bytes.len - 1 };
    return true;
}

uint32_t
wio_fdt_cell(struct wio_span value, uint32_t i)
{
    return word_at(value.bytes + 4 * i);
}

bool
wio_fdt_string(struct wio_span list, uint32_t i, struct wio_span *text)
{
    uint32_t off = 0;
    uint32_t len;

    for (;;) {
        len = text_at(list, off);
        if (len == UINT32_MAX) {
            return false;
        }
        if (i == 0) {
            *text = (struct wio_span){ list.bytes + off, len };
            return true;
        }
        i--;
        off += len + 1u;
    }
}
