/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/diff/gen.h - random modules for the differential test
 *
 * A module holds many programs, for it is the C compiler that takes the time.
 * Program i is its export "p<i>" and up to three functions that only it
 * calls; each comes from the seed and i alone, so leaving out the others
 * (@only) changes nothing for it. All programs share the module's memories,
 * tables and globals; its export "reset" puts them back.
 *
 * The code is valid by construction: a walk that keeps the types of the
 * operand stack, the locals and the labels, and takes any instruction that
 * fits. Loops and calls burn a fuel that the program's entry fills up, so
 * all of it ends.
 *
 * NaN: where the specification lets an engine choose the bits of a NaN (the
 * result of arithmetic, Core 2.0, section 4.3.3), the code makes it canonical
 * before its bits can be seen: before a store, a reinterpretation, the sign's
 * side of copysign, a global. Where it does not (loads, constants, locals,
 * select, neg, abs), they are left and compared.
 */
#ifndef WIO_TEST_DIFF_GEN_H
#define WIO_TEST_DIFF_GEN_H

#include <stdbool.h>
#include <stdint.h>

#define DIFF_MAX_PROGRAMS 200u
#define DIFF_ALL UINT32_MAX
#define DIFF_N_HELPERS 3u
#define DIFF_MODULE_BYTES (1u << 20)

struct diff_recipe {
    uint64_t seed;
    uint32_t n_programs;           /* <= DIFF_MAX_PROGRAMS */
    uint32_t only;                 /* this program's bodies, or DIFF_ALL */
    /* At most so many operators for its entry and its helpers; 0: as many as
     * it likes. For finding what matters. */
    uint32_t most[1u + DIFF_N_HELPERS];
    uint32_t features;             /* not of enum diff_feature: left out */
};

enum diff_feature {
    DIFF_FLOATS = 1u << 0,
    DIFF_ATOMICS = 1u << 1,
    DIFF_MEMORIES = 1u << 2,       /* more than one */
    DIFF_PAGES = 1u << 3,          /* of one byte */
    DIFF_REFERENCES = 1u << 4,
    DIFF_IMPORTED = 1u << 5,       /* globals of the host */
    DIFF_WINDOW = 1u << 6,         /* a memory that lies with the host */
    DIFF_EVERYTHING = 0x7f,
    DIFF_INLINE = 1u << 7,         /* that memory is a grant of registers,
                                      which compiled code reaches itself; its
                                      accesses are not seen, what they leave
                                      is */
    DIFF_WAITS = 1u << 8           /* leaf2 is irq.wait, often called: the
                                      program is left in the middle, something
                                      else runs, and it goes on */
};

/* What a program's record holds. */
enum diff_kind {
    DIFF_ORDINARY,
    DIFF_BOTTOMLESS                /* calls itself until the stack is used up:
                                      how deep that is, and so what it leaves
                                      behind, is the engine's own */
};

/* How often each operator was written: plain, 0xFC, 0xFE. */
struct diff_census {
    uint32_t plain[256];
    uint32_t fc[32];
    uint32_t fe[128];
};

/* The module's length, or 0 when @size is too small for it. @census may be
 * NULL; is added to. */
uint32_t diff_generate(const struct diff_recipe *recipe, uint8_t *bytes,
                       uint32_t size, struct diff_census *census);

enum diff_kind diff_kind(uint64_t seed, uint32_t program);

#endif
