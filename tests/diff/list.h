/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/diff/list.h - what to play, and the lines of what was seen
 *
 * A list has one module a line, `SEED PROGRAMS FILE IMAGE`: the seed in
 * hexadecimal; IMAGE is 0 for the interpreter, otherwise where native code is
 * (a number of a linked image, or a file). The answer is
 *
 *     @program SEED NUMBER SEEN STEPS CALLS
 *     @module SEED CAUSES...                  how often each trap; [0]: none
 *     @refused SEED SENTENCE
 *     @done
 */
#ifndef WIO_TEST_DIFF_LIST_H
#define WIO_TEST_DIFF_LIST_H

#include "diff/play.h"

struct diff_entry {
    uint64_t seed;
    uint32_t n_programs;
    char file[96];
    char image[96];
};

/* Where an answer is put together. */
struct diff_answer {
    char *text;
    uint32_t size;
    uint32_t len;
    uint64_t seed;
    uint32_t causes[DIFF_N_CAUSES];
};

/* The entry at *@at, which moves on; false at the end of the list. */
bool diff_next(const char **at, struct diff_entry *entry);

/* Plays programs @first to before @end of a module, whose answer's lines are
 * added to @answer. */
void diff_answer(const struct diff_player *player, const uint8_t *bytes,
                 uint32_t n_bytes, uint64_t seed, uint32_t first,
                 uint32_t end, struct diff_answer *answer);

#endif
