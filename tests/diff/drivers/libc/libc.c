/* SPDX-License-Identifier: Apache-2.0 */
/* tests/diff/drivers/libc/libc.c - see string.h, stdio.h, stdlib.h */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* -- string.h ------------------------------------------------------------- */

size_t
strlen(const char *text)
{
    size_t n = 0;

    while (text[n]) {
        n++;
    }
    return n;
}

int
strncmp(const char *a, const char *b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (a[i] != b[i] || !a[i]) {
            return (unsigned char)a[i] - (unsigned char)b[i];
        }
    }
    return 0;
}

int
strcmp(const char *a, const char *b)
{
    return strncmp(a, b, SIZE_MAX);
}

char *
strchr(const char *text, int c)
{
    while (*text != (char)c) {
        if (!*text++) {
            return NULL;
        }
    }
    return (char *)(uintptr_t)text;
}

size_t
strcspn(const char *text, const char *stop)
{
    size_t n = 0;

    while (text[n] && !strchr(stop, text[n])) {
        n++;
    }
    return n;
}

/* -- stdlib.h ------------------------------------------------------------- */

static int
digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : 99;
}

long long
strtoll(const char *text, char **end, int base)
{
    const bool negative = *text == '-';
    long long value = 0;

    (void)base;
    text += negative || *text == '+';
    base = text[0] == '0' && (text[1] | 32) == 'x' ? 16 : 10;
    text += base == 16 ? 2 : 0;
    while (digit(*text) < base) {
        value = value * base + digit(*text++);
    }
    *end = (char *)(uintptr_t)text;
    return negative ? -value : value;
}

/* -- stdio.h -------------------------------------------------------------- */

struct writer {
    char *text;
    size_t size;
    size_t n;
};

static void
put(struct writer *w, char c)
{
    if (w->n + 1 < w->size) {
        w->text[w->n] = c;
    }
    w->n++;
}

static void
put_number(struct writer *w, unsigned long value, unsigned base, bool negative,
           int width, char fill)
{
    char digits[24];
    int n = 0;

    do {
        digits[n++] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value);
    if (negative) {
        put(w, '-');
    }
    for (int i = n + negative; i < width; i++) {
        put(w, fill);
    }
    while (n > 0) {
        put(w, digits[--n]);
    }
}

static const char *
put_one(struct writer *w, const char *at, va_list *args)
{
    const char fill = *at == '0' ? '0' : ' ';
    int width = 0;
    const char *text;
    int number;

    if (*at == '*' || (at[0] == '0' && at[1] == '*')) {
        width = va_arg(*args, int);
        at += *at == '*' ? 1 : 2;
    }
    while (*at >= '0' && *at <= '9') {
        width = width * 10 + *at++ - '0';
    }
    at += *at == 'z' || *at == 'l';      /* as wide as an int, here */
    switch (*at) {
    case 's':
        for (text = va_arg(*args, const char *); *text; text++) {
            put(w, *text);
        }
        break;
    case 'c':
        put(w, (char)va_arg(*args, int));
        break;
    case 'd':
        number = va_arg(*args, int);
        put_number(w, number < 0 ? 0ul - (unsigned long)number
                                 : (unsigned long)number,
                   10, number < 0, width, fill);
        break;
    case 'u':
    case 'x':
        put_number(w, va_arg(*args, unsigned), *at == 'u' ? 10 : 16, false,
                   width, fill);
        break;
    default:
        put(w, *at);
        break;
    }
    return at + 1;
}

int
vsnprintf(char *text, size_t size, const char *format, va_list args)
{
    struct writer w = { text, size, 0 };
    va_list copy;

    va_copy(copy, args);
    while (*format) {
        if (*format == '%') {
            format = put_one(&w, format + 1, &copy);
        } else {
            put(&w, *format++);
        }
    }
    va_end(copy);
    if (size > 0) {
        text[w.n < size ? w.n : size - 1] = '\0';
    }
    return (int)w.n;
}

int
snprintf(char *text, size_t size, const char *format, ...)
{
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(text, size, format, args);
    va_end(args);
    return n;
}
