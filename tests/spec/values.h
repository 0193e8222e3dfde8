/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/spec/values.h - values in scripts, in slots, and for people
 */
#ifndef WIO_TEST_SPEC_VALUES_H
#define WIO_TEST_SPEC_VALUES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/leb.h"
#include "base/span.h"

#include "spec/script.h"

#define SPEC_MAX_SLOTS 128u
#define SPEC_MAX_VALUES 64u     /* the vectors have 17 at most */
#define SPEC_TEXT_SIZE 320u

struct spec_value {
    uint8_t type;               /* enum wio_valtype */
    uint8_t match;              /* enum spec_match */
    uint64_t bits;
};

/* Both mark @c bad when the script ends too soon or holds too many values. */
struct wio_span spec_read_text(struct wio_cursor *c);
uint32_t spec_read_values(struct wio_cursor *c,
                          struct spec_value values[SPEC_MAX_VALUES]);

/* To and from the engine's slots; spec_to_slots() is false when there are
 * more than SPEC_MAX_SLOTS. */
bool spec_to_slots(const struct spec_value *values, uint32_t n,
                   uint32_t slots[SPEC_MAX_SLOTS], uint32_t *n_slots);
void spec_from_slots(struct wio_span types,
                     const uint32_t slots[SPEC_MAX_SLOTS],
                     struct spec_value values[SPEC_MAX_VALUES]);

/* Whether @got is what @want asks for: the same bits, a canonical NaN (quiet,
 * no other payload, any sign), an arithmetic one (quiet), or not null. */
bool spec_value_agrees(const struct spec_value *want,
                       const struct spec_value *got);

/* "i32:0x2a, f64:nan:canonical", or "nothing". */
void spec_print_values(char text[SPEC_TEXT_SIZE],
                       const struct spec_value *values, uint32_t n);

#endif
