/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tools/cli/relink.h - a module's markers become memory instructions
 *
 *   (import "wasmio:mmio@0.1" "uart.write32" (func $w (param i32 i32)))
 *   (call $w (i32.const 0x18) (local.get 0))
 *        |
 *        v
 *   (import "wasmio:mmio@0.1" "uart" (memory $uart 72 72 (pagesize 1)))
 *   (i32.store $uart offset=0x18 (i32.const 0) (local.get 0))
 *
 * Markers are removed and window memories imported, so functions and memories
 * get other numbers everywhere. The module was loaded before, so it is valid:
 * what is decoded here is there.
 */
#ifndef WIO_RELINK_H
#define WIO_RELINK_H

#include "base/leb.h"
#include "base/report.h"
#include "board/config.h"
#include "engine/engine.h"

/* Bytes being written; once @failed (no memory) nothing is added any more. */
struct bytes {
    uint8_t *at;
    uint32_t n;
    uint32_t room;
    bool failed;
};

void bytes_put(struct bytes *to, const void *from, uint32_t n);
void bytes_put_u8(struct bytes *to, uint32_t byte);
void bytes_put_leb(struct bytes *to, uint32_t value);
/* Length and content, as sections, bodies and subsections are kept. */
void bytes_put_sized(struct bytes *to, const struct bytes *content);
void bytes_free(struct bytes *bytes);

#define RELINK_NONE UINT32_MAX
#define RELINK_MOST_IMPORTS 127u       /* as the engine takes */

/* A marker is one of three widths, read or written. */
struct relink_marker {
    uint8_t log2;                      /* of the bytes: 0, 1, 2 */
    bool is_write;
    uint32_t memory;                   /* new number of its window's memory */
};

struct relink {
    struct wio_span module;
    const struct wio_container_config *config;
    struct wio_report *report;
    uint32_t n_imported_funcs;         /* markers included */
    uint32_t n_markers;
    uint32_t n_imported_memories;      /* before */
    uint32_t n_windows;                /* memories that are added */
    /* Of imported functions: the new number, or RELINK_NONE for a marker. */
    uint32_t func[RELINK_MOST_IMPORTS];
    struct relink_marker marker[RELINK_MOST_IMPORTS];
    /* Of needs: the number of the memory, or RELINK_NONE. */
    uint32_t memory_of[WIO_CONFIG_MAX_NEEDS];
    uint32_t added[WIO_CONFIG_MAX_NEEDS];    /* needs, in the order of import */
    uint32_t n_calls;                  /* replaced, of which have their */
    uint32_t n_folded;                 /* address in the instruction */
};

/* The new number; a marker has none: RELINK_NONE. */
static inline uint32_t
relink_func(const struct relink *r, uint32_t func)
{
    return func < r->n_imported_funcs ? r->func[func] : func - r->n_markers;
}

static inline uint32_t
relink_memory(const struct relink *r, uint32_t memory)
{
    return memory < r->n_imported_memories ? memory : memory + r->n_windows;
}

/* WIO_ERR_INVALID_ARGUMENT and the sentence: a marker may only be called. */
int relink_misused(const struct relink *r, const struct wio_cursor *c);

/* relink_code.c: a function's body with its locals, behind its length. */
int relink_body(struct relink *r, struct wio_span body, struct bytes *to);
/* A constant expression and its end. */
int relink_expr(struct relink *r, struct wio_cursor *c, struct bytes *to);

/* relink_names.c: the payload of section `name` behind that name; false when
 * it cannot be read. */
bool relink_names(const struct relink *r, struct wio_cursor *c,
                  struct bytes *to);

/**
 * relink - the whole module
 * @r: module, config and report given; the counts are filled in
 * Returns 0 with the bytes in @to (the caller frees them), or
 *   WIO_ERR_INVALID_ARGUMENT  with the sentence
 *   WIO_ERR_NO_MEMORY
 */
int relink(struct relink *r, struct bytes *to);

#endif
