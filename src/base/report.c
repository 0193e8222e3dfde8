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

static const struct {
    int32_t code;
    const char *name;
} names[] = {
    { WIO_ERR_BAD_HANDLE, "bad-handle" },
    { WIO_ERR_NOT_PERMITTED, "not-permitted" },
    { WIO_ERR_INVALID_ARGUMENT, "invalid-argument" },
    { WIO_ERR_FAULT, "fault" },
    { WIO_ERR_TIMEOUT, "timeout" },
    { WIO_ERR_WOULD_BLOCK, "would-block" },
    { WIO_ERR_NOT_SUPPORTED, "not-supported" },
    { WIO_ERR_REVOKED, "revoked" },
    { WIO_ERR_NO_DEVICE, "no-device" },
    { WIO_ERR_BUSY, "busy" },
    { WIO_ERR_OUT_OF_BUDGET, "out-of-budget" },
    { WIO_ERR_OTHER, "other" },
    { WIO_ERR_I2C_BUS, "i2c-bus" },
    { WIO_ERR_I2C_ARBITRATION, "i2c-arbitration" },
    { WIO_ERR_I2C_NACK_ADDRESS, "i2c-nack-address" },
    { WIO_ERR_I2C_NACK_DATA, "i2c-nack-data" },
    { WIO_ERR_I2C_NACK_UNKNOWN, "i2c-nack-unknown" },
    { WIO_ERR_I2C_OVERRUN, "i2c-overrun" },
    { WIO_ERR_I2C_OTHER, "i2c-other" },
    { WIO_ERR_SPI_OVERRUN, "spi-overrun" },
    { WIO_ERR_SPI_MODE_FAULT, "spi-mode-fault" },
    { WIO_ERR_SPI_FRAME_FORMAT, "spi-frame-format" },
    { WIO_ERR_SPI_CHIP_SELECT, "spi-chip-select" },
    { WIO_ERR_SPI_OTHER, "spi-other" },
    { WIO_ERR_GPIO_HARDWARE_FAULT, "gpio-hardware-fault" },
    { WIO_ERR_GPIO_ALREADY_IN_USE, "gpio-already-in-use" },
    { WIO_ERR_GPIO_PIN_NOT_ALLOWED, "gpio-pin-not-allowed" },
    { WIO_ERR_GPIO_MODE_NOT_ALLOWED, "gpio-mode-not-allowed" },
    { WIO_ERR_GPIO_UNDEFINED_LABEL, "gpio-undefined-label" },
    { WIO_ERR_GPIO_MODE_NOT_AVAILABLE, "gpio-mode-not-available" },
    { WIO_ERR_GPIO_WOULD_BLOCK, "gpio-would-block" },
    { WIO_ERR_GPIO_NOT_SUPPORTED, "gpio-not-supported" },
    { WIO_ERR_UART_FRAMING, "uart-framing" },
    { WIO_ERR_UART_PARITY, "uart-parity" },
    { WIO_ERR_UART_OVERRUN, "uart-overrun" },
    { WIO_ERR_UART_BREAK, "uart-break" },
    { WIO_ERR_MMIO_OUTSIDE, "mmio-outside" },
    { WIO_ERR_MMIO_ALIGNMENT, "mmio-alignment" },
    { WIO_ERR_MMIO_NO_REGISTER, "mmio-no-register" },
    { WIO_ERR_MMIO_WIDTH, "mmio-width" },
    { WIO_ERR_MMIO_READ_ONLY, "mmio-read-only" },
    { WIO_ERR_MMIO_WRITE_ONLY, "mmio-write-only" },
    { WIO_ERR_MMIO_BITS, "mmio-bits" },
    { WIO_ERR_MALFORMED, "malformed" },
    { WIO_ERR_INVALID, "invalid" },
    { WIO_ERR_UNLINKABLE, "unlinkable" },
    { WIO_ERR_TRAPPED, "trapped" },
    { WIO_ERR_NO_MEMORY, "no-memory" },
    { WIO_ERR_LIMIT, "limit" },
    { WIO_ERR_NO_CONFIG, "no-config" },
    { WIO_ERR_BAD_CONFIG, "bad-config" },
    { WIO_ERR_BAD_BOARD, "bad-board" },
    { WIO_ERR_NO_MATCH, "no-match" },
    { WIO_ERR_ABI_VERSION, "abi-version" },
    { WIO_ERR_UNDECLARED, "undeclared" },
    { WIO_ERR_NO_EXPORT, "no-export" },
    { WIO_ERR_TRANSFER_FRAME, "transfer-frame" },
    { WIO_ERR_TRANSFER_CHECK, "transfer-check" },
    { WIO_ERR_TRANSFER_ORDER, "transfer-order" },
    { WIO_ERR_TRANSFER_SIZE, "transfer-size" },
};

const char *
wio_strerror(int code)
{
    if (code >= 0) {
        return "ok";
    }
    for (uint32_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (names[i].code == code) {
            return names[i].name;
        }
    }
    return "unknown";
}
