/* SPDX-License-Identifier: Apache-2.0 */
/* tests/diff/gen.c - see gen.h: what a module holds, and its code */
#include "diff/gen_internal.h"

struct kind
global_kind(uint32_t i)
{
    static const uint8_t types[N_GLOBALS] = { I32, I64, F32, F64, FUNCREF,
                                              EXTERNREF, I32, I64, F32, F64,
                                              I32, I32 };

    return (struct kind){ types[i], false };
}

enum diff_kind
diff_kind(uint64_t seed, uint32_t program)
{
    struct rng rng = rng_part(seed, PART_PROGRAM + program);

    return rng_below(&rng, 150) == 0 ? DIFF_BOTTOMLESS : DIFF_ORDINARY;
}

/* -- What there is -------------------------------------------------------- */

static void
choose_kinds(struct module *m, struct rng *rng, struct kinds *kinds,
             uint32_t most)
{
    const uint32_t n_types = has(m, DIFF_FLOATS) ? 4 : 2;

    kinds->n = rng_below(rng, most + 1);
    for (uint32_t i = 0; i < kinds->n; i++) {
        enum type type = (enum type)rng_below(rng, n_types);

        if (has(m, DIFF_REFERENCES) && rng_chance(rng, 4)) {
            type = EXTERNREF;
        }
        kinds->of[i] = (struct kind){ (uint8_t)type,
                                      is_float(type) && rng_chance(rng, 60) };
    }
}

static void
choose_shapes(struct module *m)
{
    struct rng rng = rng_part(m->recipe->seed, PART_SHAPES);

    for (uint32_t i = 0; i < N_SHAPES; i++) {
        choose_kinds(m, &rng, &m->shapes[i].params, i < 8 ? 0 : i < 20 ? 2 : 4);
        choose_kinds(m, &rng, &m->shapes[i].results, 3);
    }
    m->shapes[SHAPE_LEAF2] = (struct signature){
        .params = { 2, { { I32, false }, { I32, false } } },
        .results = { 1, { { I32, false } } },
    };
    m->shapes[SHAPE_CALLBACK] = (struct signature){
        .params = { 1, { { I32, false } } },
        .results = { 1, { { I32, false } } },
    };
}

/* Most memories have pages of one byte: their ends are close. */
static void
choose_memories(struct module *m)
{
    struct rng rng = rng_part(m->recipe->seed, PART_MEMORIES);
    const bool big = rng_chance(&rng, 15);

    m->n_memories = has(m, DIFF_MEMORIES) ? 1 + rng_below(&rng, 3)
                                          : 1;
    m->n_windows = has(m, DIFF_WINDOW) && rng_chance(&rng, 40);
    m->n_windows |= has(m, DIFF_INLINE);
    m->memories[0] = (struct memory){ .min_bytes = DIFF_WINDOW_BYTES,
                                      .small_pages = true };
    for (uint32_t i = 0; i < m->n_memories; i++) {
        struct memory *memory = &m->memories[m->n_windows + i];
        const bool grows = rng_chance(&rng, 50);

        memory->small_pages = has(m, DIFF_PAGES) && !(big && i == 0);
        memory->min_bytes = memory->small_pages
                                ? PATTERN_BYTES + 8 +
                                      rng_below(&rng, 2 * PATTERN_BYTES)
                                : 65536;
        memory->max_bytes = memory->min_bytes;
        if (grows) {
            memory->max_bytes += memory->small_pages ? rng_below(&rng, 1000)
                                                     : 65536;
        }
    }
    m->imports_globals = has(m, DIFF_IMPORTED) && rng_chance(&rng, 30);
}

static void
choose_program(struct module *m, uint32_t i, uint32_t *next)
{
    struct rng rng = rng_part(m->recipe->seed, PART_PROGRAM + i);
    struct program *program = &m->programs[i];

    program->kind = rng_below(&rng, 150) == 0 ? DIFF_BOTTOMLESS
                                              : DIFF_ORDINARY;
    program->is_big = rng_chance(&rng, 4);
    program->n_helpers = (uint8_t)rng_below(&rng, 1 + DIFF_N_HELPERS);
    if (!program->is_big && rng_chance(&rng, 60)) {
        program->n_helpers /= 2;
    }
    if (program->kind == DIFF_BOTTOMLESS && program->n_helpers == 0) {
        program->n_helpers = 1;
    }
    for (uint32_t j = 0; j <= program->n_helpers; j++) {
        program->shape[j] = (uint8_t)rng_below(&rng, N_SHAPES);
    }
    program->first = *next;
    *next += 1u + program->n_helpers;
    program->has_data = rng_chance(&rng, 20);
    program->has_elems = program->n_helpers > 0 && rng_chance(&rng, 20);
    if (program->has_data) {
        program->data = m->n_datas++;
    }
    if (program->has_elems) {
        program->elems = m->n_elems++;
    }
}

static void
choose(struct module *m)
{
    uint32_t next = DIFF_N_IMPORTS;

    choose_shapes(m);
    choose_memories(m);
    m->n_datas = 2;                /* the pattern, passive and active */
    m->n_elems = 2;                /* tables 0 and 1, active */
    m->callback = next;
    m->burn = next + 1;
    m->canonical = next + 2;
    next += N_COMMON;
    for (uint32_t i = 0; i < m->recipe->n_programs; i++) {
        choose_program(m, i, &next);
    }
}

uint32_t
n_functions(const struct module *m)
{
    const struct program *last = &m->programs[m->recipe->n_programs - 1];

    return last->first + 1u + last->n_helpers - DIFF_N_IMPORTS;
}

/* -- Code ----------------------------------------------------------------- */

/* (x) -> 3 x + g10, which it adds 1 to */
static void
put_callback(struct module *m)
{
    const uint32_t global = 10u + (m->imports_globals ? 2u : 0u);
    const uint8_t code[] = {
        0, 0x23, (uint8_t)global, 0x41, 1, 0x6a, 0x24, (uint8_t)global,
        0x20, 0, 0x41, 3, 0x6c, 0x23, (uint8_t)global, 0x6a, 0x0b
    };
    const uint32_t at = put_length(&m->out);

    for (uint32_t i = 0; i < sizeof code; i++) {
        put_byte(&m->out, code[i]);
    }
    set_length(&m->out, at);
}

/* What each program uses: burn, and canonical of both types. */
static void
put_common(struct module *m, uint32_t which)
{
    const uint32_t at = put_length(&m->out);
    struct function f = {
        .m = m,
        .out = &m->out,
        .rng = rng_part(m->recipe->seed, PART_COMMON + which),
    };

    put_byte(&m->out, 0);          /* locals */
    if (which == 0) {
        burn_fuel(&f);
    } else if (has(m, DIFF_FLOATS)) {
        put_op(&m->out, 0x20);
        put_u32(&m->out, 0);
        canonical_code(&f, 0, which == 1 ? F32 : F64);
    } else {
        put_op(&m->out, 0x00);
    }
    put_op(&m->out, 0x0b);
    set_length(&m->out, at);
}

static void
put_function(struct module *m, uint32_t i, uint32_t j)
{
    const struct program *program = &m->programs[i];
    const uint32_t at = put_length(&m->out);
    struct function f = {
        .m = m,
        .out = &m->out,
        .rng = rng_part(m->recipe->seed, 8 * i + j),
        .program = program,
        .program_index = i,
        .number = j,
        .signature = &m->shapes[program->shape[j]],
    };

    if (m->recipe->only != DIFF_ALL && m->recipe->only != i) {
        put_byte(&m->out, 0);
        put_byte(&m->out, 0x00);
        put_byte(&m->out, 0x0b);
    } else {
        function_body(&f);
    }
    set_length(&m->out, at);
}

static void
put_code(struct module *m)
{
    uint32_t at;

    at = begin_section(m, 12);
    put_u32(&m->out, m->n_datas);
    set_length(&m->out, at);
    at = begin_section(m, 10);
    put_u32(&m->out, n_functions(m));
    put_callback(m);
    for (uint32_t i = 0; i + 1 < N_COMMON; i++) {
        put_common(m, i);
    }
    for (uint32_t i = 0; i < m->recipe->n_programs; i++) {
        for (uint32_t j = 0; j <= m->programs[i].n_helpers; j++) {
            put_function(m, i, j);
        }
    }
    set_length(&m->out, at);
}

uint32_t
diff_generate(const struct diff_recipe *recipe, uint8_t *bytes, uint32_t size,
              struct diff_census *census)
{
    struct module m = {
        .recipe = recipe,
        .out = { .at = bytes, .size = size, .census = census },
    };

    choose(&m);
    put_fixed(&m.out, 0x000000016d736100ull, 8);    /* "\0asm", version 1 */
    put_types(&m);
    put_imports(&m);
    put_functions(&m);
    put_tables(&m);
    put_memories(&m);
    put_globals(&m);
    put_exports(&m);
    put_elements(&m);
    put_code(&m);
    put_datas(&m);
    return m.out.full ? 0 : m.out.n;
}
