/* SPDX-License-Identifier: Apache-2.0 */
/* interp/loader.h - decoding, shared by load and instantiate */
#ifndef WIO_INTERP_LOADER_H
#define WIO_INTERP_LOADER_H

#include "base/leb.h"
#include "engine/interp/module.h"

#define WIO_SECTION_CUSTOM 0u
#define WIO_SECTION_TYPE 1u
#define WIO_SECTION_IMPORT 2u
#define WIO_SECTION_FUNCTION 3u
#define WIO_SECTION_TABLE 4u
#define WIO_SECTION_MEMORY 5u
#define WIO_SECTION_GLOBAL 6u
#define WIO_SECTION_EXPORT 7u
#define WIO_SECTION_START 8u
#define WIO_SECTION_ELEM 9u
#define WIO_SECTION_CODE 10u
#define WIO_SECTION_DATA 11u
#define WIO_SECTION_DATA_COUNT 12u
#define WIO_N_SECTIONS 13u

struct wio_loader {
    struct wio_module *m;
    struct wio_arena *arena;
    struct wio_report *report;
    uint8_t *declared;           /* bit set of functions that have references */
    struct wio_span sections[WIO_N_SECTIONS];   /* bytes NULL when absent */
    uint32_t n_own[WIO_N_SECTIONS];  /* entries, where a section has a count */
};

/* "<what> (byte N of the module)"; returns @code. */
int wio_load_fail(const struct wio_loader *l, const struct wio_cursor *c,
                  int code, const char *what);
int wio_load_unknown(const struct wio_loader *l, const struct wio_cursor *c,
                     const char *what, uint32_t index);

#if !WIO_CFG_SENTENCES
/* As base/report.h does it: the code without the sentence. */
#define wio_load_fail(l, c, code, what) \
    (0 ? wio_report_unsaid_(what, (c)->at) : \
     wio_report_code((l)->report, code))
#define wio_load_unknown(l, c, what, index) \
    (0 ? wio_report_unsaid_(what, (c)->at, index) : \
     wio_report_code((l)->report, WIO_ERR_INVALID))
#endif

/* Nothing, or WIO_ERR_MALFORMED for what the cursor ran into. */
int wio_load_check(const struct wio_loader *l, const struct wio_cursor *c);

/* section.c: each decodes one section whole. */
int wio_load_section(struct wio_loader *l, uint32_t id, struct wio_cursor *c);

/* segment.c */
int wio_load_elems(struct wio_loader *l, struct wio_cursor *c);
int wio_load_data(struct wio_loader *l, struct wio_cursor *c);

/* constexpr.c: checks a constant expression and skips it. */
int wio_load_expr(struct wio_loader *l, struct wio_cursor *c, uint8_t type);
/* The value of a checked one. */
uint64_t wio_eval_expr(const struct wio_inst *inst, struct wio_cursor *c);

/* The parts of a checked segment. */
struct wio_segment {
    bool is_active;
    bool is_declared;            /* elements only */
    bool has_exprs;              /* elements only */
    uint32_t index;              /* of the table or memory */
    struct wio_cursor offset;    /* expression, when active */
    uint32_t n;                  /* elements or bytes */
    struct wio_cursor content;
};
void wio_skip_expr(struct wio_cursor *c);
struct wio_segment wio_read_elem(struct wio_cursor *c);
struct wio_segment wio_read_data(struct wio_cursor *c);
void wio_skip_elem(const struct wio_segment *s, struct wio_cursor *c);

/* Limits of a checked import, table or memory. */
struct wio_limits wio_read_limits(struct wio_cursor *c);

/* A cursor from byte @at of the module. */
static inline struct wio_cursor
wio_module_cursor(const struct wio_module *m, uint32_t at)
{
    return wio_cursor(m->bytes.bytes + at, m->bytes.len - at);
}

bool wio_is_value_type(uint8_t type);
bool wio_is_ref_type(uint8_t type);
bool wio_utf8_good(struct wio_span text);

#endif
