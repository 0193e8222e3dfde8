/* SPDX-License-Identifier: Apache-2.0 */
/* tests/diff/gen_body.c - the operand stack, and the walk; see gen.h */
#include "diff/gen_internal.h"

/* -- The operand stack ---------------------------------------------------- */

void
push(struct function *f, enum type type, bool loose)
{
    f->stack[f->height++] = (struct kind){ (uint8_t)type,
                                           loose && is_float(type) };
}

void
pop(struct function *f, uint32_t n)
{
    const uint32_t have = f->height - f->floor;

    f->height -= n < have ? n : have;      /* dead: the rest was never there */
}

uint32_t
scratch(const struct function *f, uint32_t which)
{
    return f->n_usable + which;
}

void
put_constant(struct function *f, enum type type, uint64_t bits)
{
    switch (type) {
    case I32:
        put_op(f->out, 0x41);
        put_s64(f->out, (uint64_t)(int64_t)(int32_t)bits);
        break;
    case I64:
        put_op(f->out, 0x42);
        put_s64(f->out, bits);
        break;
    case F32:
        put_op(f->out, 0x43);
        put_fixed(f->out, bits, 4);
        break;
    case F64:
        put_op(f->out, 0x44);
        put_fixed(f->out, bits, 8);
        break;
    default:
        put_op(f->out, 0xd0);
        put_byte(f->out, type_byte(type));
        break;
    }
    push(f, type, false);
}

void
random_constant(struct function *f, enum type type)
{
    uint64_t bits = 0;

    if (type == FUNCREF && f->program->n_helpers > 0 &&
        rng_chance(&f->rng, 60)) {
        put_op(f->out, 0xd2);
        put_u32(f->out, f->program->first + 1u +
                            rng_below(&f->rng, f->program->n_helpers));
        push(f, type, false);
        return;
    }
    if (is_float(type)) {
        bits = rng_float(&f->rng, type == F32 ? 32 : 64);
    } else if (!is_reference(type)) {
        bits = rng_integer(&f->rng, type == I32 ? 32 : 64);
    }
    put_constant(f, type, bits);
}

static bool
fits(struct kind have, struct kind wanted)
{
    return have.type == wanted.type && (wanted.loose || !have.loose);
}

/* A local to read as @kind (@write: to write that to), or UINT32_MAX. */
static uint32_t
find_local(struct function *f, struct kind kind, bool write)
{
    const uint32_t n = f->n_usable;
    uint32_t i = n ? rng_below(&f->rng, n) : 0;

    for (uint32_t tries = 0; tries < n; tries++, i = (i + 1) % n) {
        if (write ? fits(kind, f->locals[i]) : fits(f->locals[i], kind)) {
            return i;
        }
    }
    return UINT32_MAX;
}

void
make_value(struct function *f, struct kind kind)
{
    const uint32_t local = rng_chance(&f->rng, 75) ? find_local(f, kind, false)
                                                   : UINT32_MAX;

    if (local == UINT32_MAX) {
        random_constant(f, (enum type)kind.type);
        return;
    }
    put_op(f->out, 0x20);
    put_u32(f->out, local);
    push(f, (enum type)f->locals[local].type, f->locals[local].loose);
}

/* The top @n of the stack are the first @n of @kinds; the last of them may
 * be made canonical for it. */
static bool
suffix_fits(const struct function *f, const struct kinds *kinds, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        struct kind have = f->stack[f->height - n + i];

        if (i + 1 == n) {
            have.loose = false;
        }
        if (!fits(have, kinds->of[i])) {
            return false;
        }
    }
    return true;
}

/*
 * A NaN's bits are the canonical ones, or all but the quiet bit are put away:
 * a NaN that arithmetic gives is quiet in every engine. The value on the stack
 * is in @local.
 */
void
canonical_code(struct function *f, uint32_t local, enum type type)
{
    const bool single = type == F32;

    if (rng_chance(&f->rng, 50)) {
        put_constant(f, type, single ? 0x7fc00000u : 0x7ff8000000000000u);
    } else {
        put_op(f->out, 0x20);
        put_u32(f->out, local);
        put_op(f->out, single ? 0xbc : 0xbd);           /* reinterpret */
        put_constant(f, single ? I32 : I64,
                     single ? 0x7fc00000u : 0x7ff8000000000000u);
        put_op(f->out, single ? 0x71 : 0x83);           /* and */
        put_op(f->out, single ? 0xbe : 0xbf);
    }
    pop(f, 1);
    for (uint32_t i = 0; i < 2; i++) {
        put_op(f->out, 0x20);
        put_u32(f->out, local);
    }
    put_op(f->out, single ? 0x5b : 0x61);               /* eq */
    put_op(f->out, 0x1b);                               /* select */
}

void
canonical(struct function *f)
{
    struct kind top;
    uint32_t local;

    if (f->height == f->floor || !f->stack[f->height - 1].loose) {
        return;
    }
    top = f->stack[f->height - 1];
    if (rng_chance(&f->rng, 75)) {
        put_op(f->out, 0x10);
        put_u32(f->out, f->m->canonical + (top.type == F32 ? 0u : 1u));
    } else {
        local = scratch(f, top.type == F32 ? SCRATCH_F32 : SCRATCH_F64);
        put_op(f->out, 0x22);
        put_u32(f->out, local);
        canonical_code(f, local, (enum type)top.type);
    }
    f->stack[f->height - 1].loose = false;
}

void
want(struct function *f, const struct kinds *kinds)
{
    const uint32_t have = f->height - f->floor;
    uint32_t n = have < kinds->n ? have : kinds->n;

    if (f->dead && have < kinds->n && rng_chance(&f->rng, 50)) {
        /* What lies there is the end of what is wanted: the rest is made of
         * nothing. */
        bool end = true;

        for (uint32_t i = 0; i < have; i++) {
            end = end && fits(f->stack[f->floor + i],
                              kinds->of[kinds->n - have + i]);
        }
        if (end) {
            return;
        }
    }
    while (!suffix_fits(f, kinds, n)) {
        n--;
    }
    if (n > 0 && !kinds->of[n - 1].loose) {
        canonical(f);
    }
    while (n < kinds->n) {
        make_value(f, kinds->of[n++]);
    }
}

void
want_one(struct function *f, enum type type, bool loose)
{
    want(f, &(struct kinds){ 1, { { (uint8_t)type, loose } } });
}

/* -- Locals --------------------------------------------------------------- */

void
set_local(struct function *f, uint32_t local, bool keep)
{
    put_op(f->out, keep ? 0x22 : 0x21);
    put_u32(f->out, local);
    pop(f, 1);
    if (keep) {
        push(f, (enum type)f->locals[local].type, f->locals[local].loose);
    }
}

/* The top goes, mostly to where it is seen later. */
static void
drop(struct function *f)
{
    const struct kind top = f->stack[f->height - 1];
    const uint32_t local = find_local(f, top, true);
    const uint32_t way = rng_below(&f->rng, 10);

    if (local != UINT32_MAX && way < 3) {
        set_local(f, local, false);
    } else if (local != UINT32_MAX && way < 7 && top.type <= I64) {
        put_op(f->out, 0x20);
        put_u32(f->out, local);
        put_op(f->out, top.type == I32 ? 0x73 : 0x85);      /* xor */
        set_local(f, local, false);
    } else if (way < 9 && top.type != FUNCREF) {
        log_value(f);
    } else {
        put_op(f->out, 0x1a);
        pop(f, 1);
    }
}

void
finish(struct function *f, const struct kinds *kinds)
{
    uint32_t keep = 0;
    const uint32_t have = f->height - f->floor;

    if (f->dead && have == 0 && rng_chance(&f->rng, 50)) {
        for (uint32_t i = 0; i < kinds->n; i++) {
            push(f, (enum type)kinds->of[i].type, kinds->of[i].loose);
        }
        return;
    }
    while (keep < kinds->n && keep < have &&
           fits(f->stack[f->floor + keep], kinds->of[keep])) {
        keep++;
    }
    while (f->height > f->floor + keep) {
        drop(f);
    }
    while (keep < kinds->n) {
        make_value(f, kinds->of[keep++]);
    }
}

static void
gen_local(struct function *f)
{
    const uint32_t have = f->height - f->floor;
    uint32_t local;

    if (f->n_usable == 0) {
        return;
    }
    local = rng_below(&f->rng, f->n_usable);
    if (rng_chance(&f->rng, 2)) {
        put_op(f->out, 0x01);      /* nop */
    }
    if (rng_chance(&f->rng, 30)) {
        put_op(f->out, 0x20);
        put_u32(f->out, local);
        push(f, (enum type)f->locals[local].type, f->locals[local].loose);
        return;
    }
    if (have > 0 && rng_chance(&f->rng, 70)) {
        const uint32_t found = find_local(f, f->stack[f->height - 1], true);

        local = found == UINT32_MAX ? local : found;
    }
    want_one(f, (enum type)f->locals[local].type, f->locals[local].loose);
    set_local(f, local, rng_chance(&f->rng, 40));
}

static void
gen_global(struct function *f)
{
    const bool imports = f->m->imports_globals;
    uint32_t i = rng_below(&f->rng, FUEL);
    uint32_t index = i + (imports ? 2u : 0u);
    struct kind kind = global_kind(i);
    bool is_mutable = i < 6 || i == 10;

    if (is_reference((enum type)kind.type) && !has(f->m, DIFF_REFERENCES)) {
        return;
    }
    if (is_float((enum type)kind.type) && !has(f->m, DIFF_FLOATS)) {
        return;
    }
    if (imports && rng_chance(&f->rng, 20)) {
        index = rng_below(&f->rng, 2);
        is_mutable = index == 1;
        kind = (struct kind){ index == 0 ? I32 : I64, false };
    }
    if (!is_mutable || rng_chance(&f->rng, 50)) {
        put_op(f->out, 0x23);
        put_u32(f->out, index);
        push(f, (enum type)kind.type, false);
        return;
    }
    want_one(f, (enum type)kind.type, false);
    put_op(f->out, 0x24);
    put_u32(f->out, index);
    pop(f, 1);
}

static enum type
number_type(struct function *f)
{
    return (enum type)rng_below(&f->rng, has(f->m, DIFF_FLOATS) ? 4 : 2);
}

static void
gen_select(struct function *f)
{
    const bool reference = has(f->m, DIFF_REFERENCES) &&
                           rng_chance(&f->rng, 10);
    enum type type = reference
                         ? (enum type)(FUNCREF + rng_below(&f->rng, 2))
                         : number_type(f);
    const uint8_t t = (uint8_t)type;
    bool loose;

    want(f, &(struct kinds){ 3, { { t, true }, { t, true }, { I32, false } } });
    loose = is_float(type);
    if (f->height - f->floor >= 3) {
        loose = f->stack[f->height - 3].loose || f->stack[f->height - 2].loose;
    }
    if (reference || rng_chance(&f->rng, 30)) {
        put_op(f->out, 0x1c);
        put_u32(f->out, 1);
        put_byte(f->out, type_byte(type));
    } else {
        put_op(f->out, 0x1b);
    }
    pop(f, 3);
    push(f, type, loose);
}

/* -- The walk ------------------------------------------------------------- */

static void
one(struct function *f)
{
    static const struct {
        void (*gen)(struct function *f);
        uint32_t weight;
        uint32_t needs;            /* of enum diff_feature */
    } ways[] = {
        { gen_numeric, 40, 0 },
        { gen_local, 16, 0 },
        { gen_block, 10, 0 },
        { gen_load, 8, 0 },
        { gen_store, 8, 0 },
        { gen_branch, 5, 0 },
        { gen_global, 4, 0 },
        { gen_select, 4, 0 },
        { gen_call, 5, 0 },
        { gen_host_call, 3, 0 },
        { gen_bulk, 2, 0 },
        { gen_atomic, 4, DIFF_ATOMICS },
        { gen_table, 2, DIFF_REFERENCES },
        { gen_reference, 2, DIFF_REFERENCES },
        { gen_leave, 1, 0 },
    };
    uint32_t at = rng_below(&f->rng, 114);

    for (uint32_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        if (at < ways[i].weight) {
            if ((f->m->recipe->features & ways[i].needs) == ways[i].needs) {
                ways[i].gen(f);
            }
            return;
        }
        at -= ways[i].weight;
    }
}

void
walk(struct function *f, uint32_t count)
{
    const bool was_dead = f->dead;

    while (count > 0 && f->left > 0 && f->dead == was_dead) {
        count--;
        f->left--;
        while (f->height - f->floor > 12 || f->height > MAX_STACK - 20) {
            if (f->height == f->floor) {
                return;
            }
            drop(f);
        }
        one(f);
    }
}

static void
choose_locals(struct function *f)
{
    const struct kinds *params = &f->signature->params;
    uint32_t n = 1 + rng_below(&f->rng, 6);

    if (rng_chance(&f->rng, 1)) {
        n = 150;                   /* frames beyond 255 slots */
    }
    for (uint32_t i = 0; i < params->n; i++) {
        f->locals[i] = params->of[i];
    }
    for (uint32_t i = params->n; i < params->n + n; i++) {
        enum type type = number_type(f);

        if (has(f->m, DIFF_REFERENCES) && rng_chance(&f->rng, 6)) {
            type = (enum type)(FUNCREF + rng_below(&f->rng, 2));
        }
        f->locals[i] = (struct kind){ (uint8_t)type,
                                      is_float(type) &&
                                          rng_chance(&f->rng, 50) };
    }
    f->n_usable = params->n + n;
    f->locals[f->n_usable + SCRATCH_F32].type = F32;
    f->locals[f->n_usable + SCRATCH_F64].type = F64;
    f->locals[f->n_usable + SCRATCH_COUNT0].type = I32;
    f->locals[f->n_usable + SCRATCH_COUNT1].type = I32;
    if (!has(f->m, DIFF_FLOATS)) {
        f->locals[f->n_usable + SCRATCH_F32].type = I32;
        f->locals[f->n_usable + SCRATCH_F64].type = I32;
    }
    f->n_locals = f->n_usable + N_SCRATCH;
}

static void
put_locals(struct function *f)
{
    const uint32_t n_params = f->signature->params.n;

    put_u32(f->out, f->n_locals - n_params);
    for (uint32_t i = n_params; i < f->n_locals; i++) {
        put_u32(f->out, 1);
        put_byte(f->out, type_byte((enum type)f->locals[i].type));
    }
}

/* fuel = @n for an entry; one less of it for a helper. */
static void
begin(struct function *f)
{
    if (f->number == 0) {
        put_constant(f, I32, 24 + rng_below(&f->rng, 60));
        put_op(f->out, 0x24);
        put_u32(f->out, FUEL + (f->m->imports_globals ? 2u : 0u));
        pop(f, 1);
    } else if (f->program->kind == DIFF_ORDINARY) {
        burn_fuel_by_call(f);
    }
}

/* A helper without fuel that calls itself, and cannot do without what comes
 * back: no compiler makes a loop of it. */
static void
bottomless(struct function *f)
{
    for (uint32_t i = 0; i < f->signature->params.n; i++) {
        put_op(f->out, 0x20);
        put_u32(f->out, i);
        push(f, (enum type)f->locals[i].type, f->locals[i].loose);
    }
    put_op(f->out, 0x10);
    put_u32(f->out, f->program->first + f->number);
    pop(f, f->signature->params.n);
    for (uint32_t i = 0; i < f->signature->results.n; i++) {
        const struct kind kind = f->signature->results.of[i];

        push(f, (enum type)kind.type, kind.loose);
    }
    put_constant(f, I32, 1);
    log_value(f);
}

/* What was computed is seen, or a mistake in it would not be. */
static void
log_locals(struct function *f)
{
    const uint32_t n = f->n_usable < 10 ? f->n_usable : 10;

    for (uint32_t i = 0; i < n; i++) {
        const struct kind kind = f->locals[i];

        if (kind.type != FUNCREF) {
            put_op(f->out, 0x20);
            put_u32(f->out, i);
            push(f, (enum type)kind.type, kind.loose);
            log_value(f);
        }
    }
}

/* Zeros hide much: most locals begin with something else. */
static void
fill_locals(struct function *f)
{
    for (uint32_t i = f->signature->params.n; i < f->n_usable && i < 10; i++) {
        const enum type type = (enum type)f->locals[i].type;

        if (!is_reference(type) && rng_chance(&f->rng, 75)) {
            put_constant(f, type,
                         is_float(type)
                             ? rng_float(&f->rng, type == F32 ? 32 : 64)
                             : rng_next(&f->rng) >> rng_below(&f->rng, 60));
            set_local(f, i, false);
        }
    }
}

/* An entry's code: most ways out of it lead to where the locals are logged. */
static void
inner_block(struct function *f)
{
    f->labels[0].is_hidden = rng_chance(&f->rng, 80);
    f->labels[1] = (struct label){ .is_loop = false };
    f->n_labels = 2;
    put_op(f->out, 0x02);
    put_byte(f->out, 0x40);
    walk(f, f->left);
    finish(f, &(struct kinds){ 0 });
    put_op(f->out, 0x0b);
    f->n_labels = 1;
    f->height = 0;
    f->dead = false;
}

void
function_body(struct function *f)
{
    const uint32_t most = f->m->recipe->most[f->number];

    choose_locals(f);
    put_locals(f);
    if (f->number == 0) {
        f->left = 4 + rng_below(&f->rng, f->program->is_big ? 90 : 16);
    } else {
        f->left = 3 + rng_below(&f->rng, f->program->is_big ? 36 : 7);
    }
    if (rng_below(&f->rng, 8000) == 0) {
        f->left = 4000;            /* branches over more than 64 KiB */
    }
    if (most > 0 && f->left > most - 1) {
        f->left = most - 1;
    }
    f->labels[0] = (struct label){ .kinds = f->signature->results };
    f->n_labels = 1;
    begin(f);
    if (f->number == 0 || rng_chance(&f->rng, 50)) {
        fill_locals(f);
    }
    if (f->program->kind == DIFF_BOTTOMLESS && f->number > 0) {
        bottomless(f);
    } else if (f->number == 0) {
        inner_block(f);
    } else {
        walk(f, f->left);
    }
    finish(f, &f->signature->results);
    if (!f->dead && (f->number == 0 || rng_chance(&f->rng, 30))) {
        log_locals(f);
    }
    put_op(f->out, 0x0b);
}
