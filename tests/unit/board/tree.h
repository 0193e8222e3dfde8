/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tree.h - devicetree blobs made in a test, good ones and hostile ones
 *
 * Written straight from Devicetree Specification v0.4, chapter 5, and not from
 * the reader, so that the two check each other. Strings are not shared.
 */
#ifndef WIO_TEST_TREE_H
#define WIO_TEST_TREE_H

#include <stdint.h>

#include "base/span.h"

struct tree {
    uint8_t structure[12288];
    uint8_t strings[8192];
    uint8_t blob[24576];
    uint32_t n_structure;
    uint32_t n_strings;
};

void tree_clear(struct tree *tree);
void tree_word(struct tree *tree, uint32_t word);     /* a bare token */
void tree_begin(struct tree *tree, const char *name);
void tree_end(struct tree *tree);
void tree_prop(struct tree *tree, const char *name, const void *bytes,
               uint32_t len);
void tree_flag(struct tree *tree, const char *name);
void tree_u32(struct tree *tree, const char *name, uint32_t value);
void tree_text(struct tree *tree, const char *name, const char *text);
void tree_cells(struct tree *tree, const char *name, const uint32_t *cells,
                uint32_t n);
/* With the end token and a version 17 header; lies in @tree. */
struct wio_span tree_blob(struct tree *tree);
/* Word @i of the header. */
void tree_set_header(struct wio_span blob, uint32_t i, uint32_t word);

/* A container's root, open: the mandatory properties with @memory bytes. */
void tree_container(struct tree *tree, const char *model, uint32_t memory);

#endif
