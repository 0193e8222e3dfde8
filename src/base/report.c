/* SPDX-License-Identifier: Apache-2.0 */
#include "base/report.h"

#include <stdbool.h>
#include <stddef.h>

struct writer {
    char *text;
    uint32_t size;
    uint32_t len;
    bool cut;
};

static void
put(struct writer *w, char c)
{
    if (w->len + 1 < w->size) {
        w->text[w->len++] = c;
    } else {
        w->cut = true;
    }
}

static void
put_text(struct writer *w, const char *text)
{
    if (!text) {
        text = "?";
    }
    while (*text != '\0') {
        put(w, *text++);
    }
}

/* Untrusted bytes: only printable ASCII reaches a terminal or a log. */
static void
put_span(struct writer *w, const struct wio_span *span)
{
    for (uint32_t i = 0; i < span->len; i++) {
        uint8_t c = span->bytes[i];

        put(w, c >= 0x20 && c < 0x7f ? (char)c : '?');
    }
}

static void
put_number(struct writer *w, uint32_t value, uint32_t base)
{
    char digits[10];
    uint32_t n = 0;

    do {
        digits[n++] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value != 0);
    while (n > 0) {
        put(w, digits[--n]);
    }
}

static void
put_signed(struct writer *w, int32_t value)
{
    if (value < 0) {
        put(w, '-');
        put_number(w, 0u - (uint32_t)value, 10);
    } else {
        put_number(w, (uint32_t)value, 10);
    }
}

uint32_t
wio_format_va(char *text, uint32_t size, const char *format, va_list args)
{
    struct writer w = { .text = text, .size = size };

    if (size == 0) {
        return 0;
    }
    for (const char *f = format; *f != '\0'; f++) {
        if (*f != '%') {
            put(&w, *f);
            continue;
        }
        switch (*++f) {
        case 's':
            put_text(&w, va_arg(args, const char *));
            break;
        case 'S':
            put_span(&w, va_arg(args, const struct wio_span *));
            break;
        case 'u':
            put_number(&w, va_arg(args, uint32_t), 10);
            break;
        case 'x':
            put_text(&w, "0x");
            put_number(&w, va_arg(args, uint32_t), 16);
            break;
        case 'd':
            put_signed(&w, va_arg(args, int32_t));
            break;
        case '\0':
            f--;                /* a lone % at the end: let the loop see it */
            break;
        default:
            put(&w, *f);
            break;
        }
    }
    if (w.cut && size > 4) {
        w.text[size - 4] = '.';
        w.text[size - 3] = '.';
        w.text[size - 2] = '.';
    }
    w.text[w.len] = '\0';
    return w.len;
}

uint32_t
wio_format(char *text, uint32_t size, const char *format, ...)
{
    va_list args;
    uint32_t len;

    va_start(args, format);
    len = wio_format_va(text, size, format, args);
    va_end(args);
    return len;
}

void
wio_report_clear(struct wio_report *report)
{
    if (report) {
        report->code = WIO_OK;
        report->text[0] = '\0';
    }
}

int
wio_report_code(struct wio_report *report, int code)
{
    if (report && report->code == WIO_OK) {
        report->code = code;
        (void)wio_format(report->text, sizeof report->text, "%s",
                         wio_strerror(code));
    }
    return code;
}

#if WIO_CFG_SENTENCES
int
wio_report_fail(struct wio_report *report, int code, const char *format, ...)
{
    va_list args;

    if (report && report->code == WIO_OK) {
        report->code = code;
        va_start(args, format);
        (void)wio_format_va(report->text, sizeof report->text, format, args);
        va_end(args);
    }
    return code;
}
#endif

/* One list for two tables: the codes, and their names one behind the other. */
#define NAMES(_) \
    _(BAD_HANDLE, "bad-handle") \
    _(NOT_PERMITTED, "not-permitted") \
    _(INVALID_ARGUMENT, "invalid-argument") \
    _(FAULT, "fault") \
    _(TIMEOUT, "timeout") \
    _(WOULD_BLOCK, "would-block") \
    _(NOT_SUPPORTED, "not-supported") \
    _(REVOKED, "revoked") \
    _(NO_DEVICE, "no-device") \
    _(BUSY, "busy") \
    _(OUT_OF_BUDGET, "out-of-budget") \
    _(OTHER, "other") \
    _(I2C_BUS, "i2c-bus") \
    _(I2C_ARBITRATION, "i2c-arbitration") \
    _(I2C_NACK_ADDRESS, "i2c-nack-address") \
    _(I2C_NACK_DATA, "i2c-nack-data") \
    _(I2C_NACK_UNKNOWN, "i2c-nack-unknown") \
    _(I2C_OVERRUN, "i2c-overrun") \
    _(I2C_OTHER, "i2c-other") \
    _(SPI_OVERRUN, "spi-overrun") \
    _(SPI_MODE_FAULT, "spi-mode-fault") \
    _(SPI_FRAME_FORMAT, "spi-frame-format") \
    _(SPI_CHIP_SELECT, "spi-chip-select") \
    _(SPI_OTHER, "spi-other") \
    _(GPIO_HARDWARE_FAULT, "gpio-hardware-fault") \
    _(GPIO_ALREADY_IN_USE, "gpio-already-in-use") \
    _(GPIO_PIN_NOT_ALLOWED, "gpio-pin-not-allowed") \
    _(GPIO_MODE_NOT_ALLOWED, "gpio-mode-not-allowed") \
    _(GPIO_UNDEFINED_LABEL, "gpio-undefined-label") \
    _(GPIO_MODE_NOT_AVAILABLE, "gpio-mode-not-available") \
    _(GPIO_WOULD_BLOCK, "gpio-would-block") \
    _(GPIO_NOT_SUPPORTED, "gpio-not-supported") \
    _(UART_FRAMING, "uart-framing") \
    _(UART_PARITY, "uart-parity") \
    _(UART_OVERRUN, "uart-overrun") \
    _(UART_BREAK, "uart-break") \
    _(MMIO_OUTSIDE, "mmio-outside") \
    _(MMIO_ALIGNMENT, "mmio-alignment") \
    _(MMIO_NO_REGISTER, "mmio-no-register") \
    _(MMIO_WIDTH, "mmio-width") \
    _(MMIO_READ_ONLY, "mmio-read-only") \
    _(MMIO_WRITE_ONLY, "mmio-write-only") \
    _(MMIO_BITS, "mmio-bits") \
    _(MALFORMED, "malformed") \
    _(INVALID, "invalid") \
    _(UNLINKABLE, "unlinkable") \
    _(TRAPPED, "trapped") \
    _(NO_MEMORY, "no-memory") \
    _(LIMIT, "limit") \
    _(NO_CONFIG, "no-config") \
    _(BAD_CONFIG, "bad-config") \
    _(BAD_BOARD, "bad-board") \
    _(NO_MATCH, "no-match") \
    _(ABI_VERSION, "abi-version") \
    _(UNDECLARED, "undeclared") \
    _(NO_EXPORT, "no-export") \
    _(NOT_ADMITTED, "not-admitted") \
    _(TRANSFER_FRAME, "transfer-frame") \
    _(TRANSFER_CHECK, "transfer-check") \
    _(TRANSFER_ORDER, "transfer-order") \
    _(TRANSFER_SIZE, "transfer-size")
#define CODE(name, text) WIO_ERR_##name,
#define NAME(name, text) text "\0"

static const int32_t codes[] = { NAMES(CODE) };
static const char names[] = NAMES(NAME);

const char *
wio_strerror(int code)
{
    const char *name = names;

    if (code >= 0) {
        return "ok";
    }
    for (uint32_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        if (codes[i] == code) {
            return name;
        }
        while (*name++ != '\0') {
        }
    }
    return "unknown";
}
