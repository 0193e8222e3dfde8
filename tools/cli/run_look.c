/* SPDX-License-Identifier: Apache-2.0 */
#include "run_look.h"

#include <inttypes.h>
#include <stdio.h>

void
run_look_log(struct run_output *out, enum wio_log_level level,
             const char *text, uint32_t len)
{
    static const char *const names[] = { "error", "warn", "info", "debug" };
    char line[512];

    snprintf(line, sizeof(line), "%.*s", (int)(len < 511u ? len : 511u), text);
    run_put_log(out, names[(unsigned)level < 4u ? (unsigned)level : 3u], line);
}

static const char *
type_name(uint8_t type)
{
    static const char *const names[] = {
        "?", "bool", "i8", "u8", "i16", "u16", "i32", "u32", "i64", "f32",
        "f64"
    };

    return names[type < sizeof(names) / sizeof(*names) ? type : 0];
}

static void
put_point(struct run_look *look, const char *model,
          const struct wio_point *point)
{
    char value[32];
    char quality[48] = "good";
    struct run_point line = {
        .model = model,
        .label = point->label,
        .unit = point->unit,
        .type = type_name(point->type),
        .value = value,
        .quality = quality,
        .seconds = (double)point->written_ns * 1e-9
    };

    snprintf(value, sizeof(value), line.type[0] == 'f' ? "0x%" PRIx64
             : line.type[0] == 'i' ? "%" PRId64 : "%" PRIu64, point->bits);
    if (point->quality == WIO_QUALITY_BAD) {
        snprintf(quality, sizeof(quality), "bad:%s",
                 wio_strerror(point->code));
    }
    run_put_point(look->out, &line);
}

void
run_look(struct run_look *look)
{
    struct wio_container_info info;
    struct wio_point point;

    if (wio_runtime_info(look->runtime, look->id, &info) != 0) {
        return;
    }
    for (uint32_t i = 0; i < info.n_points && i < RUN_POINTS_MAX; i++) {
        struct wio_point *told = &look->told[i];

        if (wio_runtime_point(look->runtime, look->id, i, &point) != 0 ||
            point.quality == WIO_QUALITY_NONE || run_is_done(look->out) ||
            (told->quality == point.quality && told->bits == point.bits &&
             told->code == point.code)) {
            continue;
        }
        *told = point;
        put_point(look, info.model, &point);
    }
    if (info.faults != look->faults) {
        look->faults = info.faults;
        run_put_fault(look->out, info.fault.text);
    }
}

void
run_look_loaded(const struct run_look *look, const char *board)
{
    struct wio_container_info info;
    char text[160];

    if (wio_runtime_info(look->runtime, look->id, &info) != 0) {
        return;
    }
    run_put_loaded(look->out, board, info.model, info.version,
                   info.memory_bytes, info.arena_bytes);
    for (uint32_t i = 0; i < info.n_needs; i++) {
        if (wio_runtime_grant_text(look->runtime, look->id, i, text,
                                   sizeof(text)) >= 0) {
            run_put_grant(look->out, text);
        }
    }
}
