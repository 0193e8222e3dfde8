/* SPDX-License-Identifier: Apache-2.0 */
#include "tree.h"

#include <stdlib.h>
#include <string.h>

static void
put_word(uint8_t *at, uint32_t word)
{
    at[0] = (uint8_t)(word >> 24);
    at[1] = (uint8_t)(word >> 16);
    at[2] = (uint8_t)(word >> 8);
    at[3] = (uint8_t)word;
}

static void
put_bytes(struct tree *tree, const void *bytes, uint32_t len)
{
    if (len + 8 > sizeof(tree->structure) - tree->n_structure) {
        abort();               /* the test asks for too large a tree */
    }
    if (len > 0) {
        memcpy(tree->structure + tree->n_structure, bytes, len);
    }
    tree->n_structure += len;
    while (tree->n_structure % 4 != 0) {
        tree->structure[tree->n_structure++] = 0;
    }
}

void
tree_clear(struct tree *tree)
{
    memset(tree, 0, sizeof(*tree));
}

void
tree_word(struct tree *tree, uint32_t word)
{
    uint8_t bytes[4];

    put_word(bytes, word);
    put_bytes(tree, bytes, 4);
}

void
tree_begin(struct tree *tree, const char *name)
{
    tree_word(tree, 1);
    put_bytes(tree, name, (uint32_t)strlen(name) + 1);
}

void
tree_end(struct tree *tree)
{
    tree_word(tree, 2);
}

void
tree_prop(struct tree *tree, const char *name, const void *bytes,
          uint32_t len)
{
    uint32_t n = (uint32_t)strlen(name) + 1;

    if (n > sizeof(tree->strings) - tree->n_strings) {
        abort();
    }
    tree_word(tree, 3);
    tree_word(tree, len);
    tree_word(tree, tree->n_strings);
    put_bytes(tree, bytes, len);
    memcpy(tree->strings + tree->n_strings, name, n);
    tree->n_strings += n;
}

void
tree_flag(struct tree *tree, const char *name)
{
    tree_prop(tree, name, "", 0);
}

void
tree_u32(struct tree *tree, const char *name, uint32_t value)
{
    tree_cells(tree, name, &value, 1);
}

void
tree_text(struct tree *tree, const char *name, const char *text)
{
    tree_prop(tree, name, text, (uint32_t)strlen(text) + 1);
}

void
tree_cells(struct tree *tree, const char *name, const uint32_t *cells,
           uint32_t n)
{
    uint8_t bytes[256];

    if (n > sizeof(bytes) / 4) {
        abort();
    }
    for (uint32_t i = 0; i < n; i++) {
        put_word(bytes + 4 * i, cells[i]);
    }
    tree_prop(tree, name, bytes, 4 * n);
}

struct wio_span
tree_blob(struct tree *tree)
{
    uint32_t at = 40 + 16;     /* header, an empty reservation block */
    uint32_t total;
    struct wio_span blob;

    tree_word(tree, 9);
    total = at + tree->n_structure + tree->n_strings;
    memset(tree->blob, 0, at);
    memcpy(tree->blob + at, tree->structure, tree->n_structure);
    memcpy(tree->blob + at + tree->n_structure, tree->strings,
           tree->n_strings);
    blob = (struct wio_span){ tree->blob, total };
    tree_set_header(blob, 0, 0xd00dfeed);
    tree_set_header(blob, 1, total);
    tree_set_header(blob, 2, at);
    tree_set_header(blob, 3, at + tree->n_structure);
    tree_set_header(blob, 4, 40);
    tree_set_header(blob, 5, 17);
    tree_set_header(blob, 6, 16);
    tree_set_header(blob, 8, tree->n_strings);
    tree_set_header(blob, 9, tree->n_structure);
    return blob;
}

void
tree_set_header(struct wio_span blob, uint32_t i, uint32_t word)
{
    put_word((uint8_t *)(uintptr_t)blob.bytes + 4 * i, word);
}

void
tree_container(struct tree *tree, const char *model, uint32_t memory)
{
    static const uint32_t abi[2] = { 0, 1 };

    tree_clear(tree);
    tree_begin(tree, "");
    tree_text(tree, "compatible", "wasmio,container");
    tree_text(tree, "model", model);
    tree_text(tree, "version", "1.0");
    tree_cells(tree, "wasmio,abi", abi, 2);
    tree_u32(tree, "memory", memory);
}
