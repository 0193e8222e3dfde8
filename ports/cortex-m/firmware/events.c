/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>

#include "firmware.h"
#include "port.h"

static void
put(const char *text)
{
    uint32_t n = 0;

    while (text[n]) {
        n++;
    }
    cm_console_write(text, n);
}

/* Nine digits at a time: a division of 64 bits costs two hundred instructions
 * here, one of 32 bits is one. */
static void
put_decimal64(uint64_t value)
{
    char text[27];
    uint32_t at = sizeof text;

    do {
        uint32_t stop = at - 9u;
        uint32_t low = (uint32_t)value;

        if (value > UINT32_MAX) {
            low = (uint32_t)(value % 1000000000u);
            value /= 1000000000u;
        } else {
            value = low / 1000000000u;
            low %= 1000000000u;
        }
        while (low != 0 || (value != 0 && at > stop)) {
            text[--at] = (char)('0' + (char)(low % 10u));
            low /= 10u;
        }
    } while (value != 0);
    if (at == sizeof text) {
        text[--at] = '0';
    }
    cm_console_write(text + at, sizeof text - at);
}

static void
put_signed(int32_t value)
{
    if (value < 0) {
        put("-");
    }
    put_decimal64(value < 0 ? 0u - (uint64_t)value : (uint64_t)value);
}

char
as_in_word(char c)
{
    return c > ' ' && c <= '~' ? c : '_';
}

static void
put_word(const char *text)
{
    if (!*text) {
        put("-");
    }
    for (; *text; text++) {
        char c = as_in_word(*text);

        cm_console_write(&c, 1);
    }
}

/* What stands behind a '%'. */
static void
put_argument(char kind, va_list *args)
{
    switch (kind) {
    case 's':
        put(va_arg(*args, const char *));
        break;
    case 'w':
        put_word(va_arg(*args, const char *));
        break;
    case 'u':
        put_decimal64(va_arg(*args, uint32_t));
        break;
    case 'U':
        put_decimal64(va_arg(*args, uint64_t));
        break;
    case 'd':
        put_signed(va_arg(*args, int32_t));
        break;
    default:
        cm_console_write(&kind, 1);
        break;
    }
}

void
say(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    while (*format) {
        uint32_t n = 0;

        while (format[n] && format[n] != '%') {
            n++;
        }
        cm_console_write(format, n);
        format += n;
        if (*format && format[1]) {
            put_argument(format[1], &args);
            format += 2;
        } else if (*format) {
            format++;
        }
    }
    va_end(args);
    put("\r\n");
}

static void
put_hex64(uint64_t value)
{
    uint32_t shift = 64;

    put("0x");
    while (shift > 0) {
        shift -= 4;
        cm_console_write(&"0123456789abcdef"[value >> shift & 15u], 1);
    }
}

static const char *const type_names[] = {
    "?", "bool", "i8", "u8", "i16", "u16", "i32", "u32", "i64", "f32", "f64"
};

static void
put_value(const struct wio_point *point)
{
    bool is_signed = point->type == 2 || point->type == 4 ||
                     point->type == 6 || point->type == 8;

    if (point->type >= 9) {
        put_hex64(point->bits);   /* a float's bits; the reader has a printf */
    } else if (is_signed && (int64_t)point->bits < 0) {
        put("-");
        put_decimal64(0 - point->bits);
    } else {
        put_decimal64(point->bits);
    }
}

static void
say_point(const struct firmware *fw, wio_container_id id,
          const struct wio_container_info *info, const struct wio_point *point)
{
    (void)fw;
    put("@point ");
    put_decimal64(id);
    put(" ");
    put_word(info->model);
    put(" ");
    put_word(point->label);
    put(" ");
    put_value(point);
    if (point->quality == WIO_QUALITY_BAD) {
        put(" bad:");
        put(wio_strerror(point->code));
    } else {
        put(point->quality == WIO_QUALITY_GOOD ? " good" : " none");
    }
    put(" ");
    put_decimal64(point->written_ns / 1000u);
    put(" ");
    put(type_names[point->type <= 10 ? point->type : 0]);
    put(" ");
    put_word(point->unit);
    put("\r\n");
}

void
say_points(const struct firmware *fw, wio_container_id id)
{
    struct wio_container_info info;
    struct wio_point point;
    uint32_t i;

    if (wio_runtime_info(fw->runtime, id, &info)) {
        return;
    }
    for (i = 0; i < info.n_points; i++) {
        if (wio_runtime_point(fw->runtime, id, i, &point) == 0) {
            say_point(fw, id, &info, &point);
        }
    }
}

void
say_grants(const struct firmware *fw, wio_container_id id)
{
    struct wio_container_info info;
    char text[128];
    uint32_t i;

    if (wio_runtime_info(fw->runtime, id, &info)) {
        return;
    }
    for (i = 0; i < info.n_needs; i++) {
        if (wio_runtime_grant_text(fw->runtime, id, i, text,
                                   sizeof text) >= 0) {
            say("@grant %u %s", id, text);
        }
    }
}

/* FNV-1a over what a reader sees of a point, but for its time. */
static uint32_t
fold_point(const struct wio_point *point)
{
    const uint32_t words[4] = {
        (uint32_t)point->bits, (uint32_t)(point->bits >> 32), point->quality,
        point->quality == WIO_QUALITY_BAD ? (uint32_t)point->code : 0
    };
    uint32_t hash = 2166136261u;
    uint32_t i;

    for (i = 0; i < 4; i++) {
        hash = (hash ^ words[i]) * 16777619u;
        hash ^= hash >> 15;
    }
    return hash;
}

static void
say_changes_of(struct firmware *fw, struct slot *slot)
{
    struct wio_container_info info;
    struct wio_point point;
    uint32_t i;

    if (wio_runtime_info(fw->runtime, slot->id, &info)) {
        return;
    }
    for (i = 0; i < info.n_points && i < POINTS_MAX; i++) {
        uint32_t fold;

        if (wio_runtime_point(fw->runtime, slot->id, i, &point) ||
            point.quality == WIO_QUALITY_NONE) {
            continue;
        }
        fold = fold_point(&point);
        if (fold != slot->points_told[i]) {
            slot->points_told[i] = fold;
            say_point(fw, slot->id, &info, &point);
        }
    }
    if (info.faults != slot->faults_told) {
        slot->faults_told = info.faults;
        say("@fault %u %s", slot->id, info.fault.text);
    }
}

void
say_changes(struct firmware *fw)
{
    uint32_t i;

    for (i = 0; i < N_SLOTS; i++) {
        if (fw->slots[i].id != 0) {
            say_changes_of(fw, &fw->slots[i]);
        }
    }
}
