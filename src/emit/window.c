/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Windows of device registers, as the board granted them when the module was
 * compiled. At an offset that the C compiler knows, an access that the rules
 * allow is made in line; whatever else there is goes to the host, which decides
 * (cap/mmio.c). The rules become one switch a window, which folds.
 */
#include "emit/internal.h"

#include <string.h>

#include <wio/abi.h>

/* -- Who is what ---------------------------------------------------------- */

static uint32_t
find_window(const struct wio_emitter *e, struct wio_span label)
{
    for (uint32_t i = 0; i < e->options->n_windows; i++) {
        if (wio_span_equal(e->options->windows[i].label, label)) {
            return i;
        }
    }
    return WIO_NO_WINDOW;
}

void
wio_emit_find_windows(struct wio_emitter *e)
{
    uint32_t memory = 0;

    for (uint32_t i = 0; i < e->m->n_memories; i++) {
        e->windows[i] = WIO_NO_WINDOW;
    }
    for (uint32_t i = 0; i < wio_module_n_imports(e->m); i++) {
        struct wio_import_info info;

        wio_module_import(e->m, i, &info);
        if (info.type.kind != WIO_EXTERN_MEMORY) {
            continue;
        }
        if (wio_span_is(info.module, WIO_MODULE_MMIO)) {
            e->windows[memory] = find_window(e, info.name);
        }
        memory++;
    }
}

/* -- Rules ---------------------------------------------------------------- */

static uint32_t
all_bits(uint32_t width)
{
    return width == 4 ? UINT32_MAX : (1u << 8 * width) - 1;
}

/* Bits that one store may write without a look at the register. */
static uint32_t
stored_bits(const struct wio_register_rule *rule)
{
    return rule->write_mask == all_bits(rule->width) || rule->read_mask == 0
               ? rule->write_mask
               : 0;
}

static void
put_rights(const struct wio_emit_window *w, uint32_t number, const char *name,
           bool writes, FILE *out)
{
    (void)fprintf(out, "INLINE u32\nW%u_%s(u32 at, u32 n)\n{\n"
                  "    switch (at) {\n", number, name);
    for (uint32_t i = 0; i < w->n_rules; i++) {
        const struct wio_register_rule *rule = &w->rules[i];
        uint32_t mask = writes ? stored_bits(rule) : rule->read_mask;

        if (mask) {
            (void)fprintf(out, "    case 0x%xu:\n"
                          "        return n == %u ? 0x%xu : 0;\n", rule->off,
                          rule->width, mask);
        }
    }
    (void)fputs("    }\n    return 0;\n}\n", out);
}

/*
 * The longest run of 32-bit registers, one behind the other, of which all bits
 * may be read (or written): there an offset that is computed is compared with
 * the run's ends, and not sent to the host. W<k>_<name>(at): whether.
 */
static void
put_run(const struct wio_emit_window *w, uint32_t number, const char *name,
        bool writes, FILE *out)
{
    uint32_t from = 0, n = 0, best_from = 0, best = 0;

    for (uint32_t i = 0; i < w->n_rules; i++) {
        const struct wio_register_rule *rule = &w->rules[i];
        uint32_t mask = writes ? rule->write_mask : rule->read_mask;

        if (rule->width != 4 || mask != UINT32_MAX) {
            n = 0;
            continue;
        }
        if (n == 0 || rule->off != from + 4u * n) {
            from = rule->off;
            n = 0;
        }
        n++;
        if (n > best) {
            best = n;
            best_from = from;
        }
    }
    (void)fprintf(out, "INLINE int\nW%u_%s(u32 at)\n{\n"
                  "    return in_run(at, 0x%xu, %u);\n}\n", number, name,
                  best_from, best);
}

void
wio_emit_windows(const struct wio_emitter *e, FILE *out)
{
    const uint32_t n = e->options->n_windows;

    (void)fprintf(out, "static volatile u32 present[%u];\n", n + 1);
    if (e->options->windows_move) {
        (void)fprintf(out, "static uintptr_t bases[%u];\n", n + 1);
    }
    (void)fprintf(out, "static const struct wio_aot_window windows[%u] = {\n",
                  n + 1);
    for (uint32_t i = 0; i < n; i++) {
        const struct wio_emit_window *w = &e->options->windows[i];

        (void)fprintf(out, "    { %u, 0x%xu, 0x%llxu, 0x%08xu },\n", w->need,
                      w->n_bytes, (unsigned long long)
                                      (e->options->windows_move ? 0 : w->base),
                      wio_rights_crc(w->rules, w->n_rules));
    }
    (void)fputs("    { 0, 0, 0, 0 }\n};\n", out);
    for (uint32_t i = 0; i < n; i++) {
        const struct wio_emit_window *w = &e->options->windows[i];

        put_rights(w, i, "readable", false, out);
        put_rights(w, i, "writable", true, out);
        put_run(w, i, "all_readable", false, out);
        put_run(w, i, "all_writable", true, out);
        if (e->options->windows_move) {
            (void)fprintf(out, "WINDOW(%u, bases[%u])\n", i, i);
        } else {
            (void)fprintf(out, "WINDOW(%u, 0x%llxu)\n", i,
                          (unsigned long long)w->base);
        }
    }
}

/* -- Calls ---------------------------------------------------------------- */

/* Bytes of the access that import @func makes, and whether it writes; 0: it is
 * no register call. */
static uint32_t
access_of(const struct wio_emitter *e, uint32_t func, bool *writes)
{
    static const char *const names[] = {
        "read8", "read16", "read32", "write8", "write16", "write32"
    };
    uint32_t at = 0;

    for (uint32_t i = 0; i < wio_module_n_imports(e->m); i++) {
        struct wio_import_info info;

        wio_module_import(e->m, i, &info);
        if (info.type.kind != WIO_EXTERN_FUNC || at++ != func) {
            continue;
        }
        for (uint32_t k = 0; k < 6; k++) {
            if (wio_span_is(info.module, WIO_MODULE_MMIO) &&
                wio_span_is(info.name, names[k])) {
                *writes = k >= 3;
                return 1u << k % 3;
            }
        }
        return 0;
    }
    return 0;
}

/* (handle, offset) -> i64, (handle, offset, value) -> i32 */
static bool
has_type(const struct wio_module *m, uint32_t func, bool writes)
{
    const struct wio_type_info *t = wio_type_of(m, func);
    const uint8_t *params = wio_type_params(m, t);

    return t->n_params == (writes ? 3 : 2) && t->n_results == 1 &&
           memcmp(params, "\x7f\x7f\x7f", t->n_params) == 0 &&
           wio_type_results(m, t)[0] == (writes ? WIO_TYPE_I32 : WIO_TYPE_I64);
}

bool
wio_emit_is_register_call(const struct wio_emitter *e, uint32_t func)
{
    bool writes = false;

    return e->options->n_windows > 0 && access_of(e, func, &writes) != 0 &&
           has_type(e->m, func, writes);
}

void
wio_emit_register_call(const struct wio_emitter *e, uint32_t func, FILE *out)
{
    bool writes = false;
    uint32_t n = access_of(e, func, &writes);

    for (uint32_t i = 0; i < e->options->n_windows; i++) {
        (void)fprintf(out, "    if (LIKELY(W%u_may_%s(L0, L1, %u%s))) {\n", i,
                      writes ? "write" : "read", n, writes ? ", L2" : "");
        if (writes) {
            (void)fprintf(out, "        W%u_write(L1, %u, L2);\n"
                          "        return 0;\n", i, n);
        } else {
            (void)fprintf(out, "        return W%u_read(L1, %u);\n", i, n);
        }
        (void)fputs("    }\n", out);
    }
}
