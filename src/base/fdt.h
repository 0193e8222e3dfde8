/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/fdt.h - a read-only reader of flattened devicetree blobs
 *
 * Devicetree Specification v0.4, chapter 5 (version 17 of the format, and 16,
 * its last compatible one). Used on both sides: the board and the needs of a
 * container. The blob may lie at any alignment and is not trusted: wio_fdt_open
 * checks the whole structure once (header, tokens, names, lengths, string
 * offsets, depth, counts), after which no accessor can leave the blob.
 *
 * A node is the offset of its FDT_BEGIN_NODE token in the structure block; the
 * root is 0. WIO_FDT_NONE says there is none. Nothing allocates or recurses.
 * Any context.
 */
#ifndef WIO_BASE_FDT_H
#define WIO_BASE_FDT_H

#include <stdbool.h>
#include <stdint.h>

#include <wio/err.h>

#include "base/report.h"
#include "base/span.h"

#define WIO_FDT_NONE UINT32_MAX
#define WIO_FDT_MAX_DEPTH 8u
#define WIO_FDT_MAX_NODES 512u

struct wio_fdt {
    struct wio_span blob;          /* totalsize bytes */
    struct wio_span structure;
    struct wio_span strings;
};

struct wio_fdt_prop {
    struct wio_span name;
    struct wio_span value;
    uint32_t next;                 /* place of the next property; private */
};

/**
 * wio_fdt_open - check a blob and make it readable
 * @max_bytes: largest accepted totalsize
 * Returns 0, or @error (what the caller calls a bad blob) with the sentence
 * in @report.
 */
WIO_MUST_CHECK
int wio_fdt_open(struct wio_span blob, uint32_t max_bytes, int error,
                 struct wio_fdt *fdt, struct wio_report *report);

struct wio_span wio_fdt_name(const struct wio_fdt *fdt, uint32_t node);
uint32_t wio_fdt_first_child(const struct wio_fdt *fdt, uint32_t node);
uint32_t wio_fdt_next_sibling(const struct wio_fdt *fdt, uint32_t node);
uint32_t wio_fdt_child(const struct wio_fdt *fdt, uint32_t node,
                       const char *name);

/* In blob order. True while @prop was filled. */
bool wio_fdt_first_prop(const struct wio_fdt *fdt, uint32_t node,
                        struct wio_fdt_prop *prop);
bool wio_fdt_next_prop(const struct wio_fdt *fdt, struct wio_fdt_prop *prop);

/* A property's value by name; false when there is none. */
bool wio_fdt_get(const struct wio_fdt *fdt, uint32_t node, const char *name,
                 struct wio_span *value);
/* One cell; false when absent or not 4 bytes. */
bool wio_fdt_get_u32(const struct wio_fdt *fdt, uint32_t node,
                     const char *name, uint32_t *value);
/* One terminated string without a NUL inside; the span is without its end. */
bool wio_fdt_get_string(const struct wio_fdt *fdt, uint32_t node,
                        const char *name, struct wio_span *text);

/* Cell @i of a value, big-endian in the blob; the caller checked the length. */
uint32_t wio_fdt_cell(struct wio_span value, uint32_t i);

/* Entry @i of a string list; false when there are not that many. */
bool wio_fdt_string(struct wio_span list, uint32_t i, struct wio_span *text);

#endif
