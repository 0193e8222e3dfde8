/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emit/wait.c - functions that may wait
 *
 * A compiled main that calls irq.wait does not stay on the C stack, which all
 * share on a controller. Every function from which that call can be reached is
 * made so that it can be left in the middle and gone on with:
 *
 *     switch (site) { case 1: L0 = w[0]; i2 = w[1]; goto W1; }    on entering
 *     ...
 *     W1: i2 = F5(i2, i3);
 *     if (LEAVES()) { w = keep(3); w[0] = L0; ...; w[2] = 1; return 0; }
 *
 * What lives across a call is known here: the locals and the operands below the
 * arguments. On the way back each function makes its call again, with arguments
 * that nobody reads, down to irq.wait's, which returns the result.
 */
#include "emit/func.h"

#include <stdlib.h>

#include <wio/abi.h>

/* -- Which functions they are --------------------------------------------------- */

static bool
is_wait(const struct wio_module *m, const struct wio_import_info *import,
        uint32_t func)
{
    const struct wio_type_info *t = wio_type_of(m, func);

    return wio_span_is(import->module, WIO_MODULE_IRQ) &&
           wio_span_is(import->name, "wait") && t->n_results == 1 &&
           wio_type_results(m, t)[0] == WIO_TYPE_I32;
}

bool
wio_emit_find_waits(struct wio_emitter *e)
{
    uint32_t func = 0;
    bool any = false;

    for (uint32_t i = 0; i < wio_module_n_imports(e->m); i++) {
        struct wio_import_info import;

        wio_module_import(e->m, i, &import);
        if (import.type.kind == WIO_EXTERN_FUNC) {
            e->waits[func] = is_wait(e->m, &import, func);
            any |= e->waits[func++];
        }
    }
    return any;
}

void
wio_c_note_call(struct wio_c_func *f, uint32_t callee, bool indirect)
{
    struct wio_emitter *e = f->e;

    if (e->n_edges == e->room_edges) {
        uint32_t room = e->room_edges ? 2 * e->room_edges : 256;
        struct wio_emit_edge *edges = realloc(e->edges, room * sizeof *edges);

        if (!edges) {
            f->text.bad = true;
            return;
        }
        e->edges = edges;
        e->room_edges = room;
    }
    e->edges[e->n_edges++] = (struct wio_emit_edge){ f->index, callee,
                                                     indirect };
}

/* By reference anything that has the type may be called. */
static void
spread_to_types(struct wio_emitter *e)
{
    for (uint32_t i = 0; i < e->m->n_funcs; i++) {
        if (e->waits[i] && e->named[i]) {
            e->type_waits[wio_type_of(e->m, i)->same] = true;
        }
    }
}

void
wio_emit_spread_waits(struct wio_emitter *e)
{
    bool changed;

    do {
        changed = false;
        spread_to_types(e);
        for (uint32_t i = 0; i < e->n_edges; i++) {
            const struct wio_emit_edge *edge = &e->edges[i];

            if (!e->waits[edge->caller] &&
                (edge->indirect ? e->type_waits[edge->callee]
                                : e->waits[edge->callee])) {
                e->waits[edge->caller] = changed = true;
            }
        }
    } while (changed);
}

/* -- A call --------------------------------------------------------------------- */

/* One variable, kept at word @at; returns the word behind it. Without @text it
 * is only counted. */
static uint32_t
keep(struct wio_text *text, bool back, uint8_t type, const char *name,
     uint32_t n, uint32_t at)
{
    static const char *const there[] = {
        " w[%u] = %s%u;", " put64(w + %u, %s%u);", " w[%u] = f32_bits(%s%u);",
        " put64(w + %u, f64_bits(%s%u));"
    };
    static const char *const again[] = {
        " %s%u = w[%u];", " %s%u = slot64(w + %u);",
        " %s%u = f32_from(w[%u]);", " %s%u = f64_from(slot64(w + %u));"
    };
    uint32_t form = type == WIO_TYPE_I64   ? 1
                    : type == WIO_TYPE_F32 ? 2
                    : type == WIO_TYPE_F64 ? 3
                                           : 0;

    if (text && back) {
        wio_text_add(text, again[form], name, n, at);
    } else if (text) {
        wio_text_add(text, there[form], at, name, n);
    }
    return at + (wio_is_64bit(type) ? 2 : 1);
}

/* Everything that lives across the call; @ref: the operand of an indirect one,
 * whose reference is r<ref>, or UINT32_MAX. */
static uint32_t
keep_all(struct wio_c_func *f, struct wio_text *text, bool back,
         uint32_t n_below, uint32_t ref)
{
    uint32_t at = 0;

    for (uint32_t i = 0; i < f->n_locals; i++) {
        at = keep(text, back, f->locals[i], "L", i, at);
    }
    for (uint32_t i = 0; i < n_below; i++) {
        const char name[2] = { wio_emit_letter(f->stack[i]), '\0' };

        at = keep(text, back, f->stack[i], name, i, at);
    }
    return ref == UINT32_MAX ? at
                             : keep(text, back, WIO_TYPE_I32, "r", ref, at);
}

static uint32_t
n_words(struct wio_c_func *f, uint32_t n_below, uint32_t ref)
{
    return keep_all(f, NULL, false, n_below, ref);
}

void
wio_c_begin_wait(struct wio_c_func *f, const struct wio_type_info *t,
                 uint32_t ref)
{
    uint32_t first = f->height - t->n_params;
    uint32_t site = ++f->n_sites;

    wio_text_add(&f->sites, "    case %u: {\n        u32 *w = kept(%u);\n\n"
                 "        (void)w;\n       ", site, n_words(f, first, ref));
    keep_all(f, &f->sites, true, first, ref);
    for (uint32_t i = first; i < f->height; i++) {
        wio_text_add(&f->sites, " %c%u = 0;", WIO_VAR(f, i));
    }
    wio_text_add(&f->sites, "\n        goto W%u;\n    }\n", site);
    wio_text_add(&f->text, "W%u:;\n", site);
}

void
wio_c_end_wait(struct wio_c_func *f, uint32_t n_below, uint32_t ref)
{
    const struct wio_c_label *outermost = &f->labels[0];
    uint32_t n = n_words(f, n_below, ref);

    wio_text_add(&f->text, "    if (LEAVES()) {\n"
                 "        u32 *w = keep(%u);\n\n       ", n + 1);
    keep_all(f, &f->text, false, n_below, ref);
    wio_text_add(&f->text, " w[%u] = %u;\n        return", n, f->n_sites);
    if (outermost->n_results > 1) {
        wio_text_add(&f->text, " (struct R%u){ 0 }", outermost->id);
    } else if (outermost->n_results == 1) {
        wio_text_add(&f->text, " 0");
    }
    wio_text_add(&f->text, ";\n    }\n");
}
