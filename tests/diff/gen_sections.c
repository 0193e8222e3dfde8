/* SPDX-License-Identifier: Apache-2.0 */
/* tests/diff/gen_sections.c - sections of Core 2.0, 5.5, but the code */
#include <wio/abi.h>

#include "diff/gen_internal.h"

/* -- Sections ------------------------------------------------------------- */

uint32_t
begin_section(struct module *m, uint32_t id)
{
    put_byte(&m->out, id);
    return put_length(&m->out);
}

static void
put_kinds(struct bytes *out, const struct kinds *kinds)
{
    put_u32(out, kinds->n);
    for (uint32_t i = 0; i < kinds->n; i++) {
        put_byte(out, type_byte((enum type)kinds->of[i].type));
    }
}

static uint32_t
letter_byte(char letter)
{
    static const char letters[] = "iIfFrx";
    uint32_t i = 0;

    while (letters[i] != letter) {
        i++;
    }
    return type_byte((enum type)i);
}

static void
put_signature(struct bytes *out, const char *signature)
{
    const char *colon = signature;
    const char *end;

    while (*colon != ':') {
        colon++;
    }
    end = colon + 1;
    while (*end) {
        end++;
    }
    put_byte(out, 0x60);
    put_u32(out, (uint32_t)(colon - signature));
    for (const char *c = signature; c < colon; c++) {
        put_byte(out, letter_byte(*c));
    }
    put_u32(out, (uint32_t)(end - colon - 1));
    for (const char *c = colon + 1; c < end; c++) {
        put_byte(out, letter_byte(*c));
    }
}

void
put_types(struct module *m)
{
    const uint32_t at = begin_section(m, 1);

    m->shape_type = 0;
    m->import_type = N_SHAPES;
    m->canonical_type = N_SHAPES + DIFF_N_IMPORTS;
    put_u32(&m->out, N_SHAPES + DIFF_N_IMPORTS + 2);
    for (uint32_t i = 0; i < N_SHAPES; i++) {
        put_byte(&m->out, 0x60);
        put_kinds(&m->out, &m->shapes[i].params);
        put_kinds(&m->out, &m->shapes[i].results);
    }
    for (uint32_t i = 0; i < DIFF_N_IMPORTS; i++) {
        put_signature(&m->out, diff_imports[i].signature);
    }
    put_signature(&m->out, "f:f");
    put_signature(&m->out, "F:F");
    set_length(&m->out, at);
}

void
put_imports(struct module *m)
{
    const uint32_t at = begin_section(m, 2);

    put_u32(&m->out, DIFF_N_IMPORTS + m->n_windows +
                         (m->imports_globals ? 2u : 0u));
    for (uint32_t i = 0; i < DIFF_N_IMPORTS; i++) {
        const bool waits = has(m, DIFF_WAITS) && i == DIFF_IMPORT_leaf2;

        put_text(&m->out, waits ? WIO_MODULE_IRQ : DIFF_HOST);
        put_text(&m->out, waits ? "wait" : diff_imports[i].name);
        put_byte(&m->out, 0);
        put_u32(&m->out, m->import_type + i);
    }
    if (m->n_windows) {
        put_text(&m->out, has(m, DIFF_INLINE) ? WIO_MODULE_MMIO : DIFF_HOST);
        put_text(&m->out, "window");
        put_byte(&m->out, 2);
        put_byte(&m->out, 9);      /* bounded, of a page size that follows */
        put_u32(&m->out, DIFF_WINDOW_BYTES);
        put_u32(&m->out, DIFF_WINDOW_BYTES);
        put_u32(&m->out, 0);
    }
    for (uint32_t i = 0; m->imports_globals && i < 2; i++) {
        put_text(&m->out, DIFF_HOST);
        put_text(&m->out, i == 0 ? "constant" : "variable");
        put_byte(&m->out, 3);
        put_byte(&m->out, type_byte(i == 0 ? I32 : I64));
        put_byte(&m->out, i);
    }
    set_length(&m->out, at);
}

void
put_functions(struct module *m)
{
    const uint32_t at = begin_section(m, 3);

    put_u32(&m->out, n_functions(m));
    put_u32(&m->out, m->import_type + DIFF_IMPORT_leaf1);    /* the callback */
    put_u32(&m->out, m->import_type + DIFF_IMPORT_nothing);  /* burn */
    put_u32(&m->out, m->canonical_type);
    put_u32(&m->out, m->canonical_type + 1);
    for (uint32_t i = 0; i < m->recipe->n_programs; i++) {
        for (uint32_t j = 0; j <= m->programs[i].n_helpers; j++) {
            put_u32(&m->out, m->shape_type + m->programs[i].shape[j]);
        }
    }
    set_length(&m->out, at);
}

void
put_tables(struct module *m)
{
    const uint32_t at = begin_section(m, 4);
    const uint32_t n = SLOTS_EACH * (m->recipe->n_programs + 1);

    put_u32(&m->out, N_TABLES);
    for (uint32_t i = 0; i < N_TABLES; i++) {
        put_byte(&m->out, type_byte(i == TABLE_EXTERNS ? EXTERNREF : FUNCREF));
        put_byte(&m->out, 1);
        put_u32(&m->out, i == TABLE_EXTERNS ? SLOTS_EACH : n);
        put_u32(&m->out, i == TABLE_EXTERNS ? 3 * SLOTS_EACH : n);
    }
    set_length(&m->out, at);
}

void
put_memories(struct module *m)
{
    const uint32_t at = begin_section(m, 5);

    put_u32(&m->out, m->n_memories);
    for (uint32_t i = 0; i < m->n_memories; i++) {
        const struct memory *memory = &m->memories[m->n_windows + i];
        const uint32_t shift = memory->small_pages ? 0 : 16;

        put_byte(&m->out, memory->small_pages ? 9 : 1);
        put_u32(&m->out, memory->min_bytes >> shift);
        put_u32(&m->out, memory->max_bytes >> shift);
        if (memory->small_pages) {
            put_u32(&m->out, 0);   /* log2 of the page size */
        }
    }
    set_length(&m->out, at);
}

void
put_globals(struct module *m)
{
    const uint32_t at = begin_section(m, 6);
    struct rng rng = rng_part(m->recipe->seed, PART_DATA);

    put_u32(&m->out, N_GLOBALS);
    for (uint32_t i = 0; i < N_GLOBALS; i++) {
        const enum type type = (enum type)global_kind(i).type;

        put_byte(&m->out, type_byte(type));
        put_byte(&m->out, i < 6 || i >= 10);
        if (type == I32 || type == I64) {
            put_byte(&m->out, type == I32 ? 0x41 : 0x42);
            put_s64(&m->out, (uint64_t)(int64_t)(int32_t)rng_integer(&rng, 32));
        } else if (is_float(type)) {
            put_byte(&m->out, type == F32 ? 0x43 : 0x44);
            put_fixed(&m->out, rng_float(&rng, type == F32 ? 32 : 64),
                      type == F32 ? 4 : 8);
        } else {
            put_byte(&m->out, 0xd0);
            put_byte(&m->out, type_byte(type));
        }
        put_byte(&m->out, 0x0b);
    }
    set_length(&m->out, at);
}

/* "p17", "m0", "g5" */
static void
put_name(struct bytes *out, char letter, uint32_t number)
{
    char text[8] = { letter };
    uint32_t n = 1;

    if (number >= 100) {
        text[n++] = (char)('0' + number / 100);
    }
    if (number >= 10) {
        text[n++] = (char)('0' + number / 10 % 10);
    }
    text[n] = (char)('0' + number % 10);
    put_text(out, text);
}

void
put_exports(struct module *m)
{
    const uint32_t at = begin_section(m, 7);
    const uint32_t n_globals = N_GLOBALS + (m->imports_globals ? 2u : 0u);

    put_u32(&m->out,
            1 + m->recipe->n_programs + m->n_memories + n_globals);
    put_text(&m->out, "callback");
    put_byte(&m->out, 0);
    put_u32(&m->out, m->callback);
    for (uint32_t i = 0; i < m->recipe->n_programs; i++) {
        put_name(&m->out, 'p', i);
        put_byte(&m->out, 0);
        put_u32(&m->out, m->programs[i].first);
    }
    for (uint32_t i = 0; i < m->n_memories; i++) {
        put_name(&m->out, 'm', i);
        put_byte(&m->out, 2);
        put_u32(&m->out, m->n_windows + i);
    }
    for (uint32_t i = 0; i < n_globals; i++) {
        put_name(&m->out, 'g', i);
        put_byte(&m->out, 3);
        put_u32(&m->out, i);
    }
    set_length(&m->out, at);
}

/* -- Segments ------------------------------------------------------------- */

/* Slot @j of a program's part of a table. */
static uint32_t
element_of(const struct module *m, const struct program *program, uint32_t j)
{
    const uint32_t helper = j % 4;

    if (j == SLOT_LEAF2) {
        return DIFF_IMPORT_leaf2;
    }
    return helper < program->n_helpers ? program->first + 1 + helper
                                       : m->callback;
}

void
put_elements(struct module *m)
{
    const uint32_t at = begin_section(m, 9);

    put_u32(&m->out, m->n_elems);
    for (uint32_t table = TABLE_FUNCS; table <= TABLE_PRISTINE; table++) {
        put_u32(&m->out, 2);       /* active, with a table */
        put_u32(&m->out, table);
        put_byte(&m->out, 0x41);
        put_s64(&m->out, 0);
        put_byte(&m->out, 0x0b);
        put_byte(&m->out, 0);      /* functions */
        put_u32(&m->out, SLOTS_EACH * m->recipe->n_programs);
        for (uint32_t i = 0; i < SLOTS_EACH * m->recipe->n_programs; i++) {
            put_u32(&m->out, element_of(m, &m->programs[i / SLOTS_EACH],
                                        i % SLOTS_EACH));
        }
    }
    for (uint32_t i = 0; i < m->recipe->n_programs; i++) {
        const struct program *program = &m->programs[i];

        if (program->has_elems) {
            put_u32(&m->out, 5);   /* passive expressions */
            put_byte(&m->out, 0x70);
            put_u32(&m->out, 4);
            for (uint32_t j = 0; j < 4; j++) {
                put_byte(&m->out, j == 3 ? 0xd0 : 0xd2);
                if (j == 3) {
                    put_byte(&m->out, 0x70);
                } else {
                    put_u32(&m->out, element_of(m, program, j));
                }
                put_byte(&m->out, 0x0b);
            }
        }
    }
    set_length(&m->out, at);
}

static void
put_random_bytes(struct bytes *out, struct rng *rng, uint32_t n)
{
    put_u32(out, n);
    for (uint32_t i = 0; i < n; i += 8) {
        const uint32_t way = rng_below(rng, 4);
        const uint64_t bits = way == 0 ? rng_float(rng, 64)
                              : way == 1
                                  ? rng_float(rng, 32) << 32 |
                                        rng_float(rng, 32)
                                  : rng_integer(rng, 64);

        put_fixed(out, bits, n - i < 8 ? n - i : 8);
    }
}

void
put_datas(struct module *m)
{
    const uint32_t at = begin_section(m, 11);
    struct rng rng = rng_part(m->recipe->seed, PART_COMMON + 100);
    struct rng again = rng;

    put_u32(&m->out, m->n_datas);
    put_u32(&m->out, 1);           /* passive */
    put_random_bytes(&m->out, &rng, PATTERN_BYTES);
    if (m->n_windows) {
        put_u32(&m->out, 2);       /* active, of memory 1 */
        put_u32(&m->out, 1);
    } else {
        put_u32(&m->out, 0);       /* active, of memory 0 */
    }
    put_byte(&m->out, 0x41);
    put_s64(&m->out, 0);
    put_byte(&m->out, 0x0b);
    put_random_bytes(&m->out, &again, PATTERN_BYTES);
    for (uint32_t i = 0; i < m->recipe->n_programs; i++) {
        if (m->programs[i].has_data) {
            put_u32(&m->out, 1);
            put_random_bytes(&m->out, &rng, 32);
        }
    }
    set_length(&m->out, at);
}

