/* SPDX-License-Identifier: Apache-2.0 */
/* tests/diff/list.c - see list.h; freestanding */
#include "diff/list.h"

static void
put(struct diff_answer *answer, const char *text)
{
    while (*text && answer->len + 1 < answer->size) {
        answer->text[answer->len++] = *text++;
    }
    answer->text[answer->len] = '\0';
}

static void
put_hex(struct diff_answer *answer, uint64_t value)
{
    char text[18] = " ";

    for (uint32_t i = 0; i < 16; i++) {
        text[1 + i] = "0123456789abcdef"[value >> (60 - 4 * i) & 15u];
    }
    text[17] = '\0';
    put(answer, text);
}

static void
put_number(struct diff_answer *answer, uint32_t value)
{
    char text[16];

    (void)wio_format(text, sizeof text, " %u", value);
    put(answer, text);
}

static void
done(void *ctx, uint32_t program, const struct diff_record *record)
{
    struct diff_answer *answer = ctx;

    put(answer, "@program");
    put_hex(answer, answer->seed);
    put_number(answer, program);
    put_hex(answer, record->seen);
    put_hex(answer, record->steps);
    put_number(answer, record->n_calls);
    put(answer, "\n");
    for (uint32_t i = 0; i < DIFF_N_CAUSES; i++) {
        answer->causes[i] += record->causes[i];
    }
}

void
diff_answer(const struct diff_player *player, const uint8_t *bytes,
            uint32_t n_bytes, uint64_t seed, uint32_t first, uint32_t end,
            struct diff_answer *answer)
{
    struct wio_report report = { .code = 0 };
    int err;

    answer->seed = seed;
    for (uint32_t i = 0; i < DIFF_N_CAUSES; i++) {
        answer->causes[i] = 0;
    }
    err = diff_play(player, bytes, n_bytes, seed, first, end, done, answer,
                    &report);
    put(answer, err ? "@refused" : "@module");
    put_hex(answer, seed);
    if (err) {
        put(answer, " ");
        put(answer, report.text);
    }
    for (uint32_t i = 0; !err && i < DIFF_N_CAUSES; i++) {
        put_number(answer, answer->causes[i]);
    }
    put(answer, "\n");
}

/* -- Lists ---------------------------------------------------------------- */

static bool
word(const char **at, char *to, uint32_t size)
{
    uint32_t n = 0;

    while (**at == ' ' || **at == '\n') {
        (*at)++;
    }
    while (**at && **at != ' ' && **at != '\n' && n + 1 < size) {
        to[n++] = *(*at)++;
    }
    to[n] = '\0';
    return n > 0;
}

bool
diff_next(const char **at, struct diff_entry *entry)
{
    char text[32];

    entry->seed = 0;
    entry->n_programs = 0;
    if (!word(at, text, sizeof text)) {
        return false;
    }
    for (const char *c = text; *c; c++) {
        entry->seed = entry->seed << 4 |
                      (uint64_t)(*c <= '9' ? *c - '0' : *c - 'a' + 10);
    }
    if (!word(at, text, sizeof text)) {
        return false;
    }
    for (const char *c = text; *c; c++) {
        entry->n_programs = entry->n_programs * 10 + (uint32_t)(*c - '0');
    }
    return word(at, entry->file, sizeof entry->file) &&
           word(at, entry->image, sizeof entry->image);
}
