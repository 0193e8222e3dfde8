/* SPDX-License-Identifier: Apache-2.0 */
/* tests/diff/gen_control.c - blocks, branches, calls; opcodes of Core 2.0,
 * 5.4.1 */
#include "diff/gen_internal.h"

#define VOID 0x40u

/* -- Fuel ----------------------------------------------------------------- */

static uint32_t
fuel(const struct function *f)
{
    return FUEL + (f->m->imports_globals ? 2u : 0u);
}

void
burn_fuel(struct function *f)
{
    put_op(f->out, 0x23);
    put_u32(f->out, fuel(f));
    put_op(f->out, 0x41);
    put_s64(f->out, 1);
    put_op(f->out, 0x6b);
    put_op(f->out, 0x24);
    put_u32(f->out, fuel(f));
    put_op(f->out, 0x23);
    put_u32(f->out, fuel(f));
    put_op(f->out, 0x45);
    put_op(f->out, 0x04);
    put_byte(f->out, VOID);
    put_op(f->out, 0x00);
    put_op(f->out, 0x0b);
}

void
burn_fuel_by_call(struct function *f)
{
    if (rng_chance(&f->rng, 75)) {
        put_op(f->out, 0x10);
        put_u32(f->out, f->m->burn);
    } else {
        burn_fuel(f);
    }
}

/* -- Blocks --------------------------------------------------------------- */

static bool
same_types(const struct kinds *a, const struct kinds *b)
{
    if (a->n != b->n) {
        return false;
    }
    for (uint32_t i = 0; i < a->n; i++) {
        if (a->of[i].type != b->of[i].type) {
            return false;
        }
    }
    return true;
}

/* A shape whose parameters the block's stack ends in (@n of them at most), or
 * one without. NULL: nothing is taken and nothing left. */
static const struct signature *
choose_shape(struct function *f, uint32_t below)
{
    const uint32_t have = f->height - below - f->floor;

    if (f->height < below + f->floor || rng_chance(&f->rng, 30)) {
        return NULL;
    }
    for (uint32_t tries = 0; tries < 30; tries++) {
        const struct signature *shape =
            &f->m->shapes[rng_below(&f->rng, N_SHAPES)];
        const uint32_t n = shape->params.n;
        struct kinds top = { .n = n };

        if (n > have) {
            continue;
        }
        for (uint32_t i = 0; i < n; i++) {
            top.of[i] = f->stack[f->height - below - n + i];
        }
        if (same_types(&top, &shape->params)) {
            return shape;
        }
    }
    return NULL;
}

static void
put_block_type(struct function *f, const struct signature *shape)
{
    if (!shape) {
        put_byte(f->out, VOID);
    } else if (shape->params.n == 0 && shape->results.n == 1 &&
               rng_chance(&f->rng, 70)) {
        put_byte(f->out, type_byte((enum type)shape->results.of[0].type));
    } else {
        put_s64(f->out,
                f->m->shape_type + (uint32_t)(shape - f->m->shapes));
    }
}

/* The body of a block that @params enter. */
static void
inside(struct function *f, const struct label *label,
       const struct kinds *params, const struct kinds *results, uint32_t count)
{
    const uint32_t outer = f->floor;
    const bool was_dead = f->dead;

    f->floor = f->height - params->n;
    f->dead = false;
    f->labels[f->n_labels++] = *label;
    if (label->is_loop && !label->is_hidden) {
        burn_fuel_by_call(f);
    }
    walk(f, count);
    finish(f, results);
    f->n_labels--;
    f->height = f->floor;
    f->floor = outer;
    f->dead = was_dead;
}

/* A loop that counts to a constant; nobody but its end branches back. */
static void
counted_loop(struct function *f, uint32_t count)
{
    const uint32_t local = scratch(f, SCRATCH_COUNT0 + f->n_counted);
    const uint32_t outer = f->floor;
    const bool was_dead = f->dead;

    put_constant(f, I32, 1 + rng_below(&f->rng, 5));
    put_op(f->out, 0x21);
    put_u32(f->out, local);
    pop(f, 1);
    put_op(f->out, 0x03);
    put_byte(f->out, VOID);
    f->floor = f->height;
    f->dead = false;
    f->labels[f->n_labels++] = (struct label){ .is_loop = true,
                                               .is_hidden = true };
    f->n_counted++;
    walk(f, count);
    f->n_counted--;
    finish(f, &(struct kinds){ 0 });
    put_op(f->out, 0x20);
    put_u32(f->out, local);
    put_op(f->out, 0x41);
    put_s64(f->out, 1);
    put_op(f->out, 0x6b);
    put_op(f->out, 0x22);
    put_u32(f->out, local);
    put_op(f->out, 0x0d);
    put_u32(f->out, 0);
    put_op(f->out, 0x0b);
    f->n_labels--;
    f->height = f->floor;
    f->floor = outer;
    f->dead = was_dead;
}

static void
loosen(struct kinds *kinds)
{
    for (uint32_t i = 0; i < kinds->n; i++) {
        kinds->of[i].loose = is_float((enum type)kinds->of[i].type);
    }
}

static void
if_else(struct function *f, const struct signature *shape,
        const struct kinds *params, const struct kinds *results,
        uint32_t count)
{
    const struct label label = { .kinds = *results };
    const bool needs_else = !same_types(params, results);

    put_op(f->out, 0x04);
    put_block_type(f, shape);
    inside(f, &label, params, results, count);
    if (needs_else || rng_chance(&f->rng, 60)) {
        put_op(f->out, 0x05);
        for (uint32_t i = 0; i < params->n; i++) {
            push(f, (enum type)params->of[i].type, params->of[i].loose);
        }
        inside(f, &label, params, results, count);
    }
    put_op(f->out, 0x0b);
}

void
gen_block(struct function *f)
{
    const uint32_t count = 2 + rng_below(&f->rng, 14);
    const uint32_t kind = rng_below(&f->rng, 5);
    const struct signature *shape;
    struct kinds params = { 0 };
    struct kinds results = { 0 };

    if (f->n_labels == MAX_LABELS || f->height > MAX_STACK - 24) {
        return;
    }
    if (kind == 0 && f->n_counted < 2) {
        counted_loop(f, count);
        return;
    }
    if (kind > 2) {
        want_one(f, I32, false);
        pop(f, 1);
    }
    shape = f->dead ? NULL : choose_shape(f, 0);
    if (shape) {
        params = shape->params;
        for (uint32_t i = 0; i < params.n; i++) {
            params.of[i] = f->stack[f->height - params.n + i];
        }
        results = shape->results;
    }
    if (kind > 2) {
        /* Without an else the parameters come out as they went in. */
        loosen(&results);
        if_else(f, shape, &params, &results, count);
    } else {
        const bool is_loop = kind < 2;
        const struct label label = { .kinds = is_loop ? params : results,
                                     .is_loop = is_loop };

        put_op(f->out, is_loop ? 0x03 : 0x02);
        put_block_type(f, shape);
        inside(f, &label, &params, &results, count);
        put_op(f->out, 0x0b);
    }
    for (uint32_t i = 0; i < results.n; i++) {
        push(f, (enum type)results.of[i].type, results.of[i].loose);
    }
}

/* -- Branches ------------------------------------------------------------- */

/* A depth to branch to, or UINT32_MAX. */
static uint32_t
any_label(struct function *f)
{
    for (uint32_t tries = 0; tries < 8; tries++) {
        const uint32_t depth = rng_below(&f->rng, f->n_labels);

        if (!f->labels[f->n_labels - 1 - depth].is_hidden) {
            return depth;
        }
    }
    return UINT32_MAX;
}

void
gen_branch(struct function *f)
{
    const uint32_t depth = any_label(f);
    struct kinds kinds;

    if (depth == UINT32_MAX) {
        return;
    }
    kinds = f->labels[f->n_labels - 1 - depth].kinds;
    kinds.of[kinds.n++] = (struct kind){ I32, false };
    want(f, &kinds);
    put_op(f->out, 0x0d);
    put_u32(f->out, depth);
    if (f->height - f->floor < kinds.n) {
        /* Dead: what the label takes lies there now, typed. */
        pop(f, kinds.n);
        for (uint32_t i = 0; i + 1 < kinds.n; i++) {
            push(f, (enum type)kinds.of[i].type, kinds.of[i].loose);
        }
        return;
    }
    pop(f, 1);
}

static bool
same_kinds(const struct kinds *a, const struct kinds *b)
{
    for (uint32_t i = 0; same_types(a, b) && i < a->n; i++) {
        if (a->of[i].loose != b->of[i].loose) {
            return false;
        }
    }
    return same_types(a, b);
}

static void
branch_table(struct function *f, uint32_t depth)
{
    struct kinds kinds = f->labels[f->n_labels - 1 - depth].kinds;
    const struct kinds carried = kinds;
    uint32_t alike[MAX_LABELS];
    uint32_t n_alike = 0;
    const uint32_t n = rng_below(&f->rng, 7);

    for (uint32_t d = 0; d < f->n_labels; d++) {
        const struct label *label = &f->labels[f->n_labels - 1 - d];

        if (!label->is_hidden && same_kinds(&label->kinds, &carried)) {
            alike[n_alike++] = d;
        }
    }
    kinds.of[kinds.n++] = (struct kind){ I32, false };
    want(f, &kinds);
    if (f->height > f->floor && rng_chance(&f->rng, 80)) {
        put_constant(f, I32, 7);
        put_op(f->out, 0x71);
        pop(f, 1);
    }
    put_op(f->out, 0x0e);
    put_u32(f->out, n);
    for (uint32_t i = 0; i <= n; i++) {
        put_u32(f->out, alike[rng_below(&f->rng, n_alike)]);
    }
}

/* What follows is dead code until the block ends. */
void
gen_leave(struct function *f)
{
    const uint32_t way = rng_below(&f->rng, 20);
    const uint32_t depth = any_label(f);

    if (f->n_labels <= (f->number == 0 ? 2u : 1u) &&
        !rng_chance(&f->rng, 15)) {
        return;
    }
    if (way == 0) {
        put_op(f->out, 0x00);
    } else if (way < (f->number == 0 ? 2u : 4u)) {
        want(f, &f->signature->results);
        put_op(f->out, 0x0f);
    } else if (depth == UINT32_MAX) {
        return;
    } else if (way < 10) {
        want(f, &f->labels[f->n_labels - 1 - depth].kinds);
        put_op(f->out, 0x0c);
        put_u32(f->out, depth);
    } else {
        branch_table(f, depth);
    }
    f->height = f->floor;
    f->dead = true;
    walk(f, rng_below(&f->rng, 4));
}

/* -- Calls ---------------------------------------------------------------- */

static void
finish_call(struct function *f, const struct signature *signature)
{
    pop(f, signature->params.n);
    for (uint32_t i = 0; i < signature->results.n; i++) {
        const struct kind kind = signature->results.of[i];

        push(f, (enum type)kind.type, kind.loose);
    }
}

/* Of a null element behind all programs' parts, or beyond the table. */
static uint32_t
null_elements(struct function *f)
{
    const uint32_t end = SLOTS_EACH * f->m->recipe->n_programs;

    return rng_chance(&f->rng, 50) ? end + rng_below(&f->rng, 2 * SLOTS_EACH)
                                   : 0u - 1u - rng_below(&f->rng, 100);
}

/* Through the program's part of the table; now and then of another type. */
static void
call_indirect(struct function *f, uint32_t helper)
{
    const uint32_t way = rng_below(&f->rng, 100);
    const uint32_t shape = way < 4    ? rng_below(&f->rng, N_SHAPES)
                           : way < 10 ? SHAPE_LEAF2
                           : way < 14 ? SHAPE_CALLBACK
                                      : f->program->shape[helper];
    const struct signature *signature = &f->m->shapes[shape];
    const uint32_t first = SLOTS_EACH * f->program_index;

    want(f, &signature->params);
    if (way >= 4 && way < 14) {
        put_constant(f, I32, first + (way < 10 ? SLOT_LEAF2 : SLOT_CALLBACK));
    } else if (rng_chance(&f->rng, 90)) {
        put_constant(f, I32, first + helper - 1u +
                                 (rng_chance(&f->rng, 30) ? 4u : 0u));
    } else if (rng_chance(&f->rng, 50)) {
        put_constant(f, I32, rng_chance(&f->rng, 50)
                                 ? first + rng_below(&f->rng, SLOTS_EACH)
                                 : null_elements(f));
    } else {
        make_value(f, (struct kind){ I32, false });
        put_constant(f, I32, SLOTS_EACH - 1u);
        put_op(f->out, 0x71);
        pop(f, 1);
        put_constant(f, I32, first);
        put_op(f->out, 0x6a);
        pop(f, 1);
    }
    put_op(f->out, 0x11);
    put_u32(f->out, f->m->shape_type + shape);
    put_u32(f->out, rng_chance(&f->rng, 20) ? TABLE_PRISTINE : TABLE_FUNCS);
    pop(f, 1);
    finish_call(f, signature);
}

void
gen_call(struct function *f)
{
    const uint32_t n = f->program->n_helpers;
    uint32_t helper;

    if (n == 0) {
        gen_host_call(f);
        return;
    }
    /* Mostly one that comes later, for others may call this one for ever. */
    helper = 1 + rng_below(&f->rng, n);
    if (helper <= f->number && rng_chance(&f->rng, 85)) {
        helper = f->number + 1;
    }
    if (helper > n) {
        return;
    }
    if (has(f->m, DIFF_REFERENCES) && rng_chance(&f->rng, 35)) {
        call_indirect(f, helper);
        return;
    }
    want(f, &f->m->shapes[f->program->shape[helper]].params);
    put_op(f->out, 0x10);
    put_u32(f->out, f->program->first + helper);
    finish_call(f, &f->m->shapes[f->program->shape[helper]]);
}

/* -- The host ------------------------------------------------------------- */

static enum type
letter_type(char letter)
{
    switch (letter) {
    case 'i':
        return I32;
    case 'I':
        return I64;
    case 'f':
        return F32;
    case 'F':
        return F64;
    case 'r':
        return FUNCREF;
    default:
        return EXTERNREF;
    }
}

/* An import's type. What goes out is seen, so it has to be exact. */
static struct signature
import_signature(const struct diff_import *import)
{
    struct signature signature = { 0 };
    struct kinds *kinds = &signature.params;

    for (const char *c = import->signature; *c; c++) {
        if (*c == ':') {
            kinds = &signature.results;
        } else {
            kinds->of[kinds->n].type = (uint8_t)letter_type(*c);
            kinds->n++;
        }
    }
    return signature;
}

static bool
is_left_out(const struct function *f, const struct kinds *kinds)
{
    for (uint32_t i = 0; i < kinds->n; i++) {
        const enum type type = (enum type)kinds->of[i].type;

        if ((is_float(type) && !has(f->m, DIFF_FLOATS)) ||
            (is_reference(type) && !has(f->m, DIFF_REFERENCES))) {
            return true;
        }
    }
    return false;
}

void
gen_host_call(struct function *f)
{
    const bool waits = has(f->m, DIFF_WAITS) && rng_chance(&f->rng, 40);
    const uint32_t i = waits ? (uint32_t)DIFF_IMPORT_leaf2
                             : rng_below(&f->rng, DIFF_N_IMPORTS);
    const struct diff_import *import = &diff_imports[i];
    const struct signature signature = import_signature(import);

    if (is_left_out(f, &signature.params) ||
        is_left_out(f, &signature.results)) {
        return;
    }
    if (import->is_rare && !rng_chance(&f->rng, 10)) {
        return;
    }
    want(f, &signature.params);
    put_op(f->out, 0x10);
    put_u32(f->out, i);
    finish_call(f, &signature);
}

void
log_value(struct function *f)
{
    const enum type type = (enum type)f->stack[f->height - 1].type;
    static const uint32_t imports[N_TYPES] = {
        [I32] = DIFF_IMPORT_log,
        [I64] = DIFF_IMPORT_log64,
        [F32] = DIFF_IMPORT_logf,
        [F64] = DIFF_IMPORT_logd,
        [EXTERNREF] = DIFF_IMPORT_logx,
    };

    canonical(f);
    put_op(f->out, 0x10);
    put_u32(f->out, imports[type]);
    pop(f, 1);
}
