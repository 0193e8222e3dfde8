/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sections are copied as they are, but for the code section, whose bodies are
 * replaced (Core 2.0, sections 5.4.1 and 5.5.13): no locals, `unreachable`,
 * `end`.
 */
#include "wio_file.h"

#include <string.h>

#include "base/crc32.h"
#include "base/leb.h"
#include "engine/aot/attach.h"
#include "engine/aot/image.h"

#define SECTION_CUSTOM 0u
#define SECTION_CODE 10u

static const uint8_t body[4] = { 3, 0, 0x00, 0x0b };

struct out {
    uint8_t *bytes;
    uint32_t n;
};

static void
put(struct out *out, const void *bytes, uint32_t n)
{
    if (n > 0) {
        memcpy(out->bytes + out->n, bytes, n);
        out->n += n;
    }
}

static void
put_u32(struct out *out, uint32_t value)
{
    const uint8_t bytes[4] = { (uint8_t)value, (uint8_t)(value >> 8),
                               (uint8_t)(value >> 16), (uint8_t)(value >> 24) };

    put(out, bytes, 4);
}

/* In five bytes, whatever the value: what follows is where it always is. */
static void
put_long_leb(struct out *out, uint32_t value)
{
    for (int i = 0; i < 4; i++, value >>= 7) {
        put(out, &(uint8_t){ (uint8_t)(value | 0x80u) }, 1);
    }
    put(out, &(uint8_t){ (uint8_t)value }, 1);
}

static void
put_leb(struct out *out, uint32_t value)
{
    for (; value >= 0x80; value >>= 7) {
        put(out, &(uint8_t){ (uint8_t)(value | 0x80u) }, 1);
    }
    put(out, &(uint8_t){ (uint8_t)value }, 1);
}

static uint32_t
leb_bytes(uint32_t value)
{
    uint32_t n = 1;

    for (; value >= 0x80; value >>= 7) {
        n++;
    }
    return n;
}

static void
put_code(struct out *out, struct wio_span payload)
{
    struct wio_cursor c = wio_cursor(payload.bytes, payload.len);
    uint32_t n = wio_read_leb_u32(&c);

    put(out, &(uint8_t){ SECTION_CODE }, 1);
    put_leb(out, leb_bytes(n) + n * (uint32_t)sizeof(body));
    put_leb(out, n);
    for (uint32_t i = 0; i < n; i++) {
        put(out, body, sizeof(body));
    }
}

static bool
is_native(struct wio_span payload)
{
    struct wio_cursor c = wio_cursor(payload.bytes, payload.len);

    return wio_span_is(wio_read_span(&c, wio_read_leb_u32(&c)),
                       WIO_AOT_SECTION);
}

static void
put_header(struct out *out, const struct wio_native_header *h)
{
    uint32_t end = out->n + WIO_NATIVE_HEADER_BYTES;

    put_u32(out, h->magic);
    put_u32(out, h->format | (uint32_t)h->abi << 16);
    put_u32(out, h->file_bytes);
    put_u32(out, h->crc);
    put_u32(out, h->kind);
    put_u32(out, h->image_at);
    put_u32(out, h->image_bytes);
    put_u32(out, h->text_bytes);
    put_u32(out, h->entry);
    put_u32(out, h->load_at);
    put_u32(out, h->bss_at);
    put_u32(out, h->bss_bytes);
    put_u32(out, h->slot);
    put_u32(out, h->module_crc);
    put_u32(out, h->module_bytes);
    put(out, h->build, sizeof(h->build));
    put(out, h->target, sizeof(h->target));
    memset(out->bytes + out->n, 0, end - out->n);
    out->n = end;
}

size_t
wio_file_room(struct wio_span module, struct wio_span image)
{
    return (size_t)module.len + image.len + WIO_NATIVE_IMAGE_AT + 16;
}

uint32_t
wio_file_make(struct wio_span module, struct wio_native_header *header,
              struct wio_span image, uint8_t *out_bytes)
{
    static const char name[] = WIO_AOT_SECTION;
    struct out out = { out_bytes, 0 };
    struct wio_cursor c = wio_cursor(module.bytes, module.len);
    struct out again;

    header->magic = WIO_NATIVE_MAGIC;
    header->format = WIO_NATIVE_FORMAT;
    header->abi = WIO_AOT_ABI;
    header->image_at = WIO_NATIVE_IMAGE_AT;
    header->image_bytes = image.len;
    header->module_crc = wio_crc32(0, module.bytes, module.len);
    header->module_bytes = module.len;
    put(&out, wio_read_span(&c, 8).bytes, 8);
    put(&out, &(uint8_t){ SECTION_CUSTOM }, 1);
    put_long_leb(&out, WIO_NATIVE_IMAGE_AT - 14u + image.len);
    put_leb(&out, (uint32_t)sizeof(name) - 1);
    put(&out, name, (uint32_t)sizeof(name) - 1);
    again = out;
    put_header(&out, header);
    memset(out.bytes + out.n, 0, WIO_NATIVE_IMAGE_AT - out.n);
    out.n = WIO_NATIVE_IMAGE_AT;
    put(&out, image.bytes, image.len);
    while (c.at < c.end) {
        const uint8_t *begin = c.at;
        uint8_t id = wio_read_u8(&c);
        struct wio_span payload = wio_read_span(&c, wio_read_leb_u32(&c));

        if (id == SECTION_CUSTOM && is_native(payload)) {
            return 0;
        }
        if (id == SECTION_CODE) {
            put_code(&out, payload);
        } else {
            put(&out, begin, (uint32_t)(c.at - begin));
        }
    }
    header->file_bytes = out.n;
    put_header(&again, header);
    header->crc = wio_crc32(0, out.bytes, WIO_NATIVE_CRC_AT);
    header->crc = wio_crc32(header->crc, out.bytes + WIO_NATIVE_CRC_AT + 4,
                            out.n - WIO_NATIVE_CRC_AT - 4);
    again.n -= WIO_NATIVE_HEADER_BYTES;
    put_header(&again, header);
    return out.n;
}
