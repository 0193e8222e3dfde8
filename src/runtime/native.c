/* SPDX-License-Identifier: Apache-2.0 */
/* See native.h. Every sum of a header's numbers is a subtraction here. */
#include "runtime/native.h"

#include "base/crc32.h"
#include "base/leb.h"
#include "engine/aot/attach.h"
#include "engine/aot/image.h"
#include "engine/engine.h"

/* Room for a struct wio_aot_image of the controller, whose pointers have 32
 * bits: that much of the image the engine looks at. */
#define ENTRY_BYTES (19u * 4u)

_Static_assert(sizeof(void *) != 4 ||
               sizeof(struct wio_aot_image) == ENTRY_BYTES, "see above");

static int
bad(struct wio_report *report, const char *what)
{
    return wio_report_fail(report, WIO_ERR_MALFORMED,
                           "the section " WIO_AOT_SECTION " is wrong: %s; "
                           "compile the container again", what);
}

static void
read_fields(struct wio_cursor *c, struct wio_native_header *h)
{
    struct wio_span bytes;

    h->magic = wio_read_u32_le(c);
    h->format = wio_read_u8(c);
    h->format |= (uint16_t)(wio_read_u8(c) << 8);
    h->abi = wio_read_u8(c);
    h->abi |= (uint16_t)(wio_read_u8(c) << 8);
    h->file_bytes = wio_read_u32_le(c);
    h->crc = wio_read_u32_le(c);
    h->kind = wio_read_u32_le(c);
    h->image_at = wio_read_u32_le(c);
    h->image_bytes = wio_read_u32_le(c);
    h->text_bytes = wio_read_u32_le(c);
    h->entry = wio_read_u32_le(c);
    h->load_at = wio_read_u32_le(c);
    h->bss_at = wio_read_u32_le(c);
    h->bss_bytes = wio_read_u32_le(c);
    h->slot = wio_read_u32_le(c);
    h->module_crc = wio_read_u32_le(c);
    h->module_bytes = wio_read_u32_le(c);
    bytes = wio_read_span(c, WIO_NATIVE_BUILD_BYTES);
    wio_copy(h->build, bytes.bytes, bytes.len);
    bytes = wio_read_span(c, WIO_NATIVE_TARGET_BYTES);
    wio_copy(h->target, bytes.bytes, bytes.len);
}

static int
check_version(const struct wio_native_header *h, struct wio_report *report)
{
    if (h->magic != WIO_NATIVE_MAGIC || h->format != WIO_NATIVE_FORMAT) {
        return wio_report_fail(report, WIO_ERR_ABI_VERSION,
                               "the compiled container is of a format that is "
                               "not known here (%u, here %u); compile it with "
                               "the wasmio of this version", h->format,
                               WIO_NATIVE_FORMAT);
    }
    if (h->abi != WIO_AOT_ABI) {
        return wio_report_fail(report, WIO_ERR_ABI_VERSION,
                               "the container was compiled for ABI %u of the "
                               "engine, which is %u here; compile it with the "
                               "wasmio of this version", h->abi, WIO_AOT_ABI);
    }
    return 0;
}

static int
check_fields(const struct wio_native_header *h, struct wio_report *report)
{
    uint32_t align = h->kind == WIO_NATIVE_FLAT ? 7u : 0u;

    if (h->kind != WIO_NATIVE_FLAT && h->kind != WIO_NATIVE_SHARED) {
        return bad(report, "of no known kind");
    }
    if (h->image_at != WIO_NATIVE_IMAGE_AT ||
        h->image_bytes > h->file_bytes ||
        h->image_at > h->file_bytes - h->image_bytes) {
        return bad(report, "its image lies outside of the file");
    }
    if (h->text_bytes > h->image_bytes) {
        return bad(report, "its code is longer than its image");
    }
    if (h->kind == WIO_NATIVE_FLAT &&
        (h->entry > h->image_bytes ||
         h->image_bytes - h->entry < ENTRY_BYTES || (h->entry & 3u) != 0)) {
        return bad(report, "its entry lies outside of its image");
    }
    if (((h->load_at | h->bss_at | h->bss_bytes) & align) != 0) {
        return bad(report, "an address is not a multiple of 8");
    }
    if (h->target[WIO_NATIVE_TARGET_BYTES - 1] != '\0') {
        return bad(report, "the name of its board has no end");
    }
    return 0;
}

int
wio_native_read(struct wio_span file, struct wio_native_file *native,
                struct wio_report *report)
{
    struct wio_native_header *h = &native->header;
    struct wio_span section;
    struct wio_cursor c;
    uint32_t n = 0;
    uint32_t crc;
    int err;

    *native = (struct wio_native_file){ .is_there = false };
    if (!wio_engine_custom_section(file.bytes, file.len, WIO_AOT_SECTION,
                                   &section, &n)) {
        /* Cut within it, or an ordinary module. */
        static const uint8_t begin[] = "\x0d" WIO_AOT_SECTION;
        const uint32_t n_begin = sizeof begin - 1;

        if (file.len < WIO_NATIVE_HEADER_AT ||
            !wio_span_equal((struct wio_span){ file.bytes +
                                               WIO_NATIVE_HEADER_AT - n_begin,
                                               n_begin },
                            (struct wio_span){ begin, n_begin })) {
            return 0;
        }
        return bad(report, "the file is cut short");
    }
    if (n != 1 || section.bytes != file.bytes + WIO_NATIVE_HEADER_AT) {
        return bad(report, "it is not the first one, or not the only one");
    }
    if (section.len < WIO_NATIVE_HEADER_BYTES) {
        return bad(report, "it is shorter than its header");
    }
    c = wio_cursor(section.bytes, section.len);
    read_fields(&c, h);
    err = check_version(h, report);
    if (err) {
        return err;
    }
    if (h->file_bytes != file.len) {
        return wio_report_fail(report, WIO_ERR_MALFORMED,
                               "the compiled container has %u bytes where it "
                               "was made with %u: cut, or changed since; "
                               "compile it again", file.len, h->file_bytes);
    }
    err = check_fields(h, report);
    if (err) {
        return err;
    }
    if (h->image_at - WIO_NATIVE_HEADER_AT > section.len ||
        h->image_bytes > section.len - (h->image_at - WIO_NATIVE_HEADER_AT)) {
        return bad(report, "its image is longer than the section");
    }
    crc = wio_crc32(0, file.bytes, WIO_NATIVE_CRC_AT);
    crc = wio_crc32(crc, file.bytes + WIO_NATIVE_CRC_AT + 4,
                    file.len - WIO_NATIVE_CRC_AT - 4);
    if (crc != h->crc) {
        return wio_report_fail(report, WIO_ERR_MALFORMED,
                               "the compiled container is damaged: its "
                               "checksum is %x and should be %x; deliver it "
                               "again", crc, h->crc);
    }
    native->image = file.bytes + h->image_at;
    native->is_there = true;
    return 0;
}

static bool
same_build(const uint8_t *a, const uint8_t *b)
{
    return wio_span_equal((struct wio_span){ a, WIO_NATIVE_BUILD_BYTES },
                          (struct wio_span){ b, WIO_NATIVE_BUILD_BYTES });
}

static uint32_t
first_word(const uint8_t *build)
{
    return (uint32_t)build[0] << 24 | (uint32_t)build[1] << 16 |
           (uint32_t)build[2] << 8 | build[3];
}

int
wio_native_check_place(const struct wio_native_file *native,
                       const struct wio_port *port, const void *memory,
                       uint32_t memory_bytes, struct wio_report *report)
{
    const struct wio_native_header *h = &native->header;
    const struct wio_port_native_ops *ops = port->native;
    const struct wio_span target = { (const uint8_t *)h->target,
                                     wio_text_len(h->target) };

    if (!ops) {
        return wio_report_fail(report, WIO_ERR_NOT_SUPPORTED,
                               "the port %s runs no compiled containers; "
                               "deliver the module", port->name);
    }
    if (!wio_span_is(target, ops->target) || h->kind != ops->kind) {
        return wio_report_fail(report, WIO_ERR_NO_MATCH,
                               "the container was compiled for %S, and this is "
                               "%s; compile it with --target %s", &target,
                               ops->target, ops->target);
    }
    if (ops->build && !same_build(h->build, ops->build)) {
        return wio_report_fail(report, WIO_ERR_NO_MATCH,
                               "the container was compiled for build %x of the "
                               "firmware, and this is %x; compile it with "
                               "this firmware's ELF file",
                               first_word(h->build), first_word(ops->build));
    }
    if (h->kind != WIO_NATIVE_FLAT) {
        return 0;
    }
    if ((uintptr_t)native->image != h->load_at ||
        (uintptr_t)memory != h->bss_at) {
        return wio_report_fail(report, WIO_ERR_NO_MATCH,
                               "the container was compiled for slot %u at "
                               "address %x, and lies at %x; compile it "
                               "with the --slot that it is delivered to",
                               h->slot, h->load_at,
                               (uint32_t)(uintptr_t)native->image);
    }
    if (h->bss_bytes > memory_bytes) {
        return wio_report_fail(report, WIO_ERR_NO_MEMORY,
                               "the compiled container's memory and variables "
                               "take %u bytes, and its slot has %u",
                               h->bss_bytes, memory_bytes);
    }
    return 0;
}

int
wio_native_check_form(const struct wio_aot_image *image, bool must_count,
                      bool has_handlers, struct wio_report *report)
{
    if (must_count && !(image->flags & WIO_AOT_COUNTED)) {
        return wio_report_fail(report, WIO_ERR_NOT_SUPPORTED,
                               "the compiled container counts no steps, and "
                               "nothing else could end it on this port; "
                               "compile it for this target");
    }
    if (has_handlers && !(image->flags & WIO_AOT_VOLATILE)) {
        return wio_report_fail(report, WIO_ERR_NOT_SUPPORTED,
                               "the compiled container has handlers and does "
                               "not access its memory in order; compile it "
                               "again");
    }
    return 0;
}
