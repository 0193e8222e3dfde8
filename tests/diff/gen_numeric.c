/* SPDX-License-Identifier: Apache-2.0 */
/* tests/diff/gen_numeric.c - numeric operators; opcodes of Core 2.0, 5.4.7 */
#include "diff/gen_internal.h"

/* What a result's bits are when it is a NaN. */
enum nan {
    EXACT,                         /* never one, or as the operand's */
    ARITHMETIC,                    /* any */
    SIGN                           /* as the first operand's */
};

static const struct range {
    uint8_t prefix;                /* 0 or 0xfc */
    uint8_t first;
    uint8_t last;
    const char *types;             /* operands ':' result */
    uint8_t nan;
    uint8_t trap;                  /* operators that may trap: from here on */
} ranges[] = {
    { 0, 0x45, 0x45, "i:i", EXACT, 0 },
    { 0, 0x46, 0x4f, "ii:i", EXACT, 0 },
    { 0, 0x50, 0x50, "I:i", EXACT, 0 },
    { 0, 0x51, 0x5a, "II:i", EXACT, 0 },
    { 0, 0x5b, 0x60, "ff:i", EXACT, 0 },
    { 0, 0x61, 0x66, "FF:i", EXACT, 0 },
    { 0, 0x67, 0x69, "i:i", EXACT, 0 },
    { 0, 0x6a, 0x6c, "ii:i", EXACT, 0 },
    { 0, 0x6d, 0x70, "ii:i", EXACT, 1 },
    { 0, 0x71, 0x78, "ii:i", EXACT, 0 },
    { 0, 0x79, 0x7b, "I:I", EXACT, 0 },
    { 0, 0x7c, 0x7e, "II:I", EXACT, 0 },
    { 0, 0x7f, 0x82, "II:I", EXACT, 1 },
    { 0, 0x83, 0x8a, "II:I", EXACT, 0 },
    { 0, 0x8b, 0x8c, "f:f", SIGN, 0 },
    { 0, 0x8d, 0x91, "f:f", ARITHMETIC, 0 },
    { 0, 0x92, 0x97, "ff:f", ARITHMETIC, 0 },
    { 0, 0x98, 0x98, "ff:f", SIGN, 0 },
    { 0, 0x99, 0x9a, "F:F", SIGN, 0 },
    { 0, 0x9b, 0x9f, "F:F", ARITHMETIC, 0 },
    { 0, 0xa0, 0xa5, "FF:F", ARITHMETIC, 0 },
    { 0, 0xa6, 0xa6, "FF:F", SIGN, 0 },
    { 0, 0xa7, 0xa7, "I:i", EXACT, 0 },
    { 0, 0xa8, 0xa9, "f:i", EXACT, 1 },
    { 0, 0xaa, 0xab, "F:i", EXACT, 1 },
    { 0, 0xac, 0xad, "i:I", EXACT, 0 },
    { 0, 0xae, 0xaf, "f:I", EXACT, 1 },
    { 0, 0xb0, 0xb1, "F:I", EXACT, 1 },
    { 0, 0xb2, 0xb3, "i:f", EXACT, 0 },
    { 0, 0xb4, 0xb5, "I:f", EXACT, 0 },
    { 0, 0xb6, 0xb6, "F:f", ARITHMETIC, 0 },
    { 0, 0xb7, 0xb8, "i:F", EXACT, 0 },
    { 0, 0xb9, 0xba, "I:F", EXACT, 0 },
    { 0, 0xbb, 0xbb, "f:F", ARITHMETIC, 0 },
    { 0, 0xbc, 0xbc, "f:i", EXACT, 0 },
    { 0, 0xbd, 0xbd, "F:I", EXACT, 0 },
    { 0, 0xbe, 0xbe, "i:f", EXACT, 0 },
    { 0, 0xbf, 0xbf, "I:F", EXACT, 0 },
    { 0, 0xc0, 0xc1, "i:i", EXACT, 0 },
    { 0, 0xc2, 0xc4, "I:I", EXACT, 0 },
    { 0xfc, 0, 1, "f:i", EXACT, 0 },
    { 0xfc, 2, 3, "F:i", EXACT, 0 },
    { 0xfc, 4, 5, "f:I", EXACT, 0 },
    { 0xfc, 6, 7, "F:I", EXACT, 0 },
};

#define N_RANGES ((uint32_t)(sizeof ranges / sizeof ranges[0]))

static enum type
letter_type(char letter)
{
    return letter == 'i' ? I32 : letter == 'I' ? I64 : letter == 'f' ? F32
                                                                     : F64;
}

static bool
needs_float(const struct range *range)
{
    for (const char *c = range->types; *c; c++) {
        if (*c == 'f' || *c == 'F') {
            return true;
        }
    }
    return false;
}

/* Every operator is as likely as the next, but those that take what lies on
 * the stack already are more so. */
static const struct range *
choose(struct function *f, uint32_t *op)
{
    const struct range *range = NULL;
    const bool floats = has(f->m, DIFF_FLOATS);
    const bool has_top = f->height > f->floor;

    for (uint32_t tries = 0; tries < 40; tries++) {
        uint32_t at = rng_below(&f->rng, 0x80 + 8);

        for (uint32_t i = 0; i < N_RANGES; i++) {
            const uint32_t n = ranges[i].last - ranges[i].first + 1u;

            if (at < n) {
                range = &ranges[i];
                *op = range->first + at;
                break;
            }
            at -= n;
        }
        if (needs_float(range) && !floats) {
            *op = 0x6a;
            range = &ranges[7];
            continue;
        }
        if (!has_top || rng_chance(&f->rng, 15) ||
            f->stack[f->height - 1].type == letter_type(range->types[0])) {
            break;
        }
    }
    return range;
}

/* Mostly no trap: a divisor without zero, a float within the integer. */
static void
tame(struct function *f, const struct range *range)
{
    const enum type type = letter_type(range->types[0]);

    if (!is_float(type)) {
        random_constant(f, type);
        put_op(f->out, type == I32 ? 0x72 : 0x84);              /* or */
        pop(f, 1);
        put_constant(f, type, 1);
        put_op(f->out, type == I32 ? 0x72 : 0x84);
        pop(f, 1);
        return;
    }
    put_fc(f->out, type == F32 ? 1 : 3);        /* i32.trunc_sat .. u */
    put_op(f->out, 0x41);
    put_s64(f->out, 1);
    put_op(f->out, 0x76);                       /* i32.shr_u */
    put_op(f->out, type == F32 ? 0xb2 : 0xb7);  /* convert_i32_s */
    if (f->height > f->floor) {
        f->stack[f->height - 1].loose = false;
    }
}

void
gen_numeric(struct function *f)
{
    uint32_t op = 0;
    const struct range *range = choose(f, &op);
    struct kinds kinds = { 0 };
    const char *types = range->types;
    bool loose = range->nan == ARITHMETIC;
    const bool sees_bits = range->prefix == 0 && (op == 0xbc || op == 0xbd);
    const bool is_copysign = range->prefix == 0 && (op == 0x98 || op == 0xa6);

    while (*types != ':') {
        kinds.of[kinds.n] = (struct kind){ (uint8_t)letter_type(*types++),
                                           !sees_bits };
        kinds.n++;
    }
    if (is_copysign) {
        kinds.of[1].loose = false;
    }
    want(f, &kinds);
    if (range->trap && f->height > f->floor && rng_chance(&f->rng, 88)) {
        tame(f, range);
    }
    if (range->nan == SIGN) {
        loose = f->height - f->floor < kinds.n ||
                f->stack[f->height - kinds.n].loose;
    }
    if (range->prefix) {
        put_fc(f->out, op);
    } else {
        put_op(f->out, op);
    }
    pop(f, kinds.n);
    push(f, letter_type(types[1]), loose);
}
