/* SPDX-License-Identifier: Apache-2.0 */
#include "run_output.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

static void
put_json(json_t *json)
{
    json_dumpf(json, stdout, JSON_COMPACT | JSON_ENSURE_ASCII);
    putchar('\n');
    fflush(stdout);
    json_decref(json);
}

static json_t *
text_json(const char *text)
{
    json_t *json = json_string(text);      /* NULL when it is no UTF-8 */

    return json ? json : json_string("?");
}

static void
put_text(const char *text)
{
    for (; *text; text++) {
        putchar(*text >= ' ' && *text <= '~' ? *text : '?');
    }
}

void
run_put_loaded(struct run_output *out, const char *board, const char *model,
               const char *version, uint32_t memory_bytes,
               uint32_t arena_bytes)
{
    if (out->json) {
        put_json(json_pack("{s:s, s:s, s:o, s:o, s:I, s:I}", "event", "loaded",
                           "board", board, "model", text_json(model),
                           "version", text_json(version), "memory_bytes",
                           (json_int_t)memory_bytes, "arena_bytes",
                           (json_int_t)arena_bytes));
        return;
    }
    printf("loaded   ");
    put_text(model);
    putchar(' ');
    put_text(version);
    printf(" on %s, memory %u bytes, %u in all\n", board, memory_bytes,
           arena_bytes);
    fflush(stdout);
}

static void
put_line(struct run_output *out, const char *event, const char *level,
         const char *text)
{
    if (out->json) {
        json_t *json = json_pack("{s:s, s:o}", "event", event, "text",
                                 text_json(text));

        if (level) {
            json_object_set_new(json, "level", text_json(level));
        }
        put_json(json);
        return;
    }
    printf("%-8s ", event);
    if (level) {
        put_text(level);
        printf(": ");
    }
    put_text(text);
    putchar('\n');
    fflush(stdout);
}

void
run_put_grant(struct run_output *out, const char *text)
{
    put_line(out, "granted", NULL, text);
}

void
run_put_log(struct run_output *out, const char *level, const char *text)
{
    put_line(out, "log", level, text);
}

void
run_put_fault(struct run_output *out, const char *text)
{
    out->failed = true;
    put_line(out, "fault", NULL, text);
}

void
run_put_refused(struct run_output *out, const char *text)
{
    out->failed = true;
    put_line(out, "refused", NULL, text);
}

/* Floats travel as their bits, so that nothing is lost on the way. */
static double
float_value(const struct run_point *point)
{
    uint64_t bits = strtoull(point->value, NULL, 16);
    uint32_t half = (uint32_t)bits;
    double wide;
    float narrow;

    if (strcmp(point->type, "f32") == 0) {
        memcpy(&narrow, &half, sizeof(narrow));
        return (double)narrow;
    }
    memcpy(&wide, &bits, sizeof(wide));
    return wide;
}

static json_t *
value_json(const struct run_point *point)
{
    if (point->type[0] == 'f') {
        json_t *json = json_real(float_value(point));

        return json ? json : json_null();  /* JSON has no NaN */
    }
    if (strcmp(point->type, "bool") == 0) {
        return json_boolean(point->value[0] != '0');
    }
    return json_integer(strtoll(point->value, NULL, 10));
}

void
run_put_point(struct run_output *out, const struct run_point *point)
{
    out->n_points++;
    if (out->json) {
        put_json(json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:I}", "event",
                           "point", "model", text_json(point->model), "label",
                           text_json(point->label), "value",
                           value_json(point), "unit", text_json(point->unit),
                           "quality", text_json(point->quality), "time_us",
                           (json_int_t)(point->seconds * 1e6 + 0.5)));
        return;
    }
    printf("%9.3f s  ", point->seconds);
    put_text(point->label);
    if (point->type[0] == 'f') {
        printf(" = %.9g", float_value(point));
    } else {
        printf(" = ");
        put_text(point->value);
    }
    if (point->unit[0]) {
        putchar(' ');
        put_text(point->unit);
    }
    if (strcmp(point->quality, "good") != 0) {
        printf("  (");
        put_text(point->quality);
        putchar(')');
    }
    putchar('\n');
    fflush(stdout);
}

bool
run_is_done(const struct run_output *out)
{
    return out->count > 0 && out->n_points >= out->count;
}
