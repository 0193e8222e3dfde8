/* SPDX-License-Identifier: Apache-2.0 */
#include "emit/internal.h"

#include <stdarg.h>
#include <stdlib.h>

static bool
make_room(struct wio_text *text, size_t n)
{
    size_t room = text->room ? text->room : 4096;
    char *at;

    while (room - text->n <= n) {
        room *= 2;
    }
    if (room != text->room) {
        at = realloc(text->at, room);
        if (!at) {
            text->bad = true;
            return false;
        }
        text->at = at;
        text->room = room;
    }
    return true;
}

void
wio_text_add(struct wio_text *text, const char *format, ...)
{
    va_list args;
    int n;

    if (text->bad || !make_room(text, 256)) {
        return;
    }
    va_start(args, format);
    n = vsnprintf(text->at + text->n, text->room - text->n, format, args);
    va_end(args);
    if (n < 0) {
        text->bad = true;
        return;
    }
    if ((size_t)n >= text->room - text->n) {
        if (!make_room(text, (size_t)n)) {
            return;
        }
        va_start(args, format);
        n = vsnprintf(text->at + text->n, text->room - text->n, format, args);
        va_end(args);
    }
    text->n += (size_t)n;
}

void
wio_text_free(struct wio_text *text)
{
    free(text->at);
    *text = (struct wio_text){ .at = NULL };
}
