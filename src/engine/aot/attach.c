/* SPDX-License-Identifier: Apache-2.0 */
/* An image meets the module that it was made of. */
#include "base/crc32.h"
#include "engine/aot/aot.h"
#include "engine/aot/attach.h"
#include "engine/interp/loader.h"

#define STRIPPED_BODY 3u             /* no locals, unreachable, end */

/* -- Which module --------------------------------------------------------- */

static uint32_t
crc_section(uint32_t crc, uint32_t id, struct wio_span payload)
{
    uint8_t head[5] = { (uint8_t)id, (uint8_t)payload.len,
                        (uint8_t)(payload.len >> 8),
                        (uint8_t)(payload.len >> 16),
                        (uint8_t)(payload.len >> 24) };

    crc = wio_crc32(crc, head, sizeof head);
    return wio_crc32(crc, payload.bytes, payload.len);
}

static bool
is_native_section(uint32_t id, struct wio_span payload)
{
    struct wio_cursor c = wio_cursor(payload.bytes, payload.len);

    return id == WIO_SECTION_CUSTOM &&
           wio_span_is(wio_read_span(&c, wio_read_leb_u32(&c)),
                       WIO_AOT_SECTION);
}

void
wio_aot_crcs(const uint8_t *bytes, uint32_t n_bytes, uint32_t *shape,
             uint32_t *code)
{
    struct wio_cursor c = wio_cursor(bytes, n_bytes);

    *shape = 0;
    *code = 0;
    wio_read_span(&c, 8);
    while (!c.bad && c.at < c.end) {
        uint32_t id = wio_read_u8(&c);
        struct wio_span payload = wio_read_span(&c, wio_read_leb_u32(&c));

        if (c.bad || is_native_section(id, payload)) {
            continue;
        }
        if (id == WIO_SECTION_CODE) {
            *code = crc_section(*code, id, payload);
        } else {
            *shape = crc_section(*shape, id, payload);
        }
    }
}

/* Every body of a .wio is `unreachable`: what they were cannot be compared. */
static bool
is_stripped(const struct wio_module *m)
{
    static const uint8_t body[STRIPPED_BODY] = { 0, 0, 0x0b };
    struct wio_cursor c;
    uint32_t n;

    if (!m->code_section) {
        return true;
    }
    c = wio_module_cursor(m, m->code_section);
    n = wio_read_leb_u32(&c);
    for (uint32_t i = 0; i < n; i++) {
        struct wio_span there = wio_read_span(&c, wio_read_leb_u32(&c));

        if (!wio_span_equal(there, (struct wio_span){ body, sizeof body })) {
            return false;
        }
    }
    return true;
}

/* -- Attaching ------------------------------------------------------------ */

static int
refuse(struct wio_report *report, const char *why)
{
    return wio_report_fail(report, WIO_ERR_INVALID, "the native code cannot "
                           "be used: %s", why);
}

static int
check_counts(const struct wio_module *m, const struct wio_aot_image *image,
             struct wio_report *report)
{
    if (image->n_imports != m->n_imported_funcs ||
        image->n_funcs != (uint32_t)(m->n_funcs - m->n_imported_funcs) ||
        image->n_memories !=
            (uint32_t)(m->n_memories - m->n_imported_memories) ||
        image->n_globals != (uint32_t)(m->n_globals - m->n_imported_globals)) {
        return refuse(report, "it has other numbers of functions, memories or "
                      "globals than the module; compile the module again");
    }
    if (!image->state || (image->n_funcs && !image->calls) ||
        (image->n_handlers && !image->handlers) ||
        (image->n_memories && (!image->memories || !image->places)) ||
        (image->n_globals && !image->globals) ||
        (image->n_windows && (!image->windows || !image->present))) {
        return refuse(report, "parts of it are missing; compile the module "
                      "again");
    }
    return 0;
}

int
wio_engine_attach(struct wio_module *module,
                  const struct wio_aot_image *image,
                  struct wio_report *report)
{
    uint32_t shape, code;
    int err;

    if (image->magic != WIO_AOT_MAGIC) {
        return refuse(report, "it does not begin as an image does");
    }
    if (image->abi != WIO_AOT_ABI) {
        return wio_report_fail(report, WIO_ERR_INVALID, "the native code "
                               "cannot be used: it was made for version %u of "
                               "the interface, this is %u; compile the module "
                               "again", image->abi, WIO_AOT_ABI);
    }
    err = check_counts(module, image, report);
    if (err) {
        return err;
    }
    wio_aot_crcs(module->bytes.bytes, module->bytes.len, &shape, &code);
    if (shape != image->shape_crc ||
        (code != image->code_crc && !is_stripped(module))) {
        return refuse(report, "it was made of another module; compile this "
                      "one");
    }
    module->image = image;
    return 0;
}

const struct wio_aot_image *
wio_module_image(const struct wio_module *module)
{
    return module->image;
}
