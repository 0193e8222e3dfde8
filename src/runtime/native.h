/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/native.h - the section wasmio.native of a compiled container
 *
 *   .wio:  header of the module | wasmio.native | sections as they were,
 *                                     |           bodies `unreachable`
 *                                header, image
 *
 * The section is the first one, so that a file cut anywhere still has it and is
 * seen to be cut. docs/reference/compiled.md has every field.
 *
 * The numbers of a header are anybody's: wio_native_read() has checked each one
 * against what is there before anything uses it. What the image then does is
 * not checked by anybody: native code is trusted as the firmware is.
 */
#ifndef WIO_RUNTIME_NATIVE_H
#define WIO_RUNTIME_NATIVE_H

#include <stdbool.h>
#include <stdint.h>

#include <wio/err.h>
#include <wio/port.h>

#include "base/report.h"
#include "base/span.h"

struct wio_module;

#define WIO_NATIVE_MAGIC 0x4e4f4957u       /* "WION" */
#define WIO_NATIVE_FORMAT 1u
#define WIO_NATIVE_HEADER_BYTES 128u
#define WIO_NATIVE_TARGET_BYTES 32u

/* Where things are in every such file: the module's 8 bytes, the section's
 * number, its length in five bytes, its name with a length; the image is
 * aligned as the slot is. */
#define WIO_NATIVE_HEADER_AT 28u
#define WIO_NATIVE_CRC_AT (WIO_NATIVE_HEADER_AT + 12u)
#define WIO_NATIVE_IMAGE_AT 160u

/* The header as it is in the file, 32 bits little-endian each but for the two
 * halves and the names. */
struct wio_native_header {
    uint32_t magic;
    uint16_t format;
    uint16_t abi;                  /* WIO_AOT_ABI */
    uint32_t file_bytes;           /* of all of it */
    uint32_t crc;                  /* of all of it but these four bytes */
    uint32_t kind;                 /* enum wio_native_kind */
    uint32_t image_at;             /* in the file */
    uint32_t image_bytes;
    uint32_t text_bytes;           /* code, from the image's first byte on */
    uint32_t entry;                /* of struct wio_aot_image, in the image */
    uint32_t load_at;              /* where the image's first byte has to lie */
    uint32_t bss_at;               /* its variables: at the beginning of */
    uint32_t bss_bytes;            /* the slot's memory */
    uint32_t slot;                 /* for people and tools */
    uint32_t module_crc;           /* of the module that was compiled */
    uint32_t module_bytes;
    uint8_t build[WIO_NATIVE_BUILD_BYTES];   /* of the firmware; 0: of none */
    char target[WIO_NATIVE_TARGET_BYTES];    /* terminated */
};

struct wio_native_file {
    bool is_there;                 /* else the file is an ordinary module */
    struct wio_native_header header;
    const uint8_t *image;
};

/**
 * wio_native_read - the section of a file, if it has one, in itself consistent
 * Any context; @file stays. Returns 0, or with a sentence in @report
 *   WIO_ERR_MALFORMED    cut, damaged, or a field that cannot be
 *   WIO_ERR_ABI_VERSION  made by another version of wasmio
 */
WIO_MUST_CHECK
int wio_native_read(struct wio_span file, struct wio_native_file *native,
                    struct wio_report *report);

/**
 * wio_native_check_place - whether it was made for this port and this memory
 * @memory: what the container gets; a flat image has its variables there
 * Returns 0, or with a sentence in @report
 *   WIO_ERR_NOT_SUPPORTED   the port runs no such images
 *   WIO_ERR_NO_MATCH        of another board, firmware, or slot
 *   WIO_ERR_NO_MEMORY       its variables do not fit
 */
WIO_MUST_CHECK
int wio_native_check_place(const struct wio_native_file *native,
                           const struct wio_port *port, const void *memory,
                           uint32_t memory_bytes, struct wio_report *report);

/* Whether the code is of the form that is needed here: @must_count: nothing
 * else would end it; @has_handlers: they share its memory.
 * WIO_ERR_NOT_SUPPORTED with a sentence, or 0. */
struct wio_aot_image;
WIO_MUST_CHECK
int wio_native_check_form(const struct wio_aot_image *image, bool must_count,
                          bool has_handlers, struct wio_report *report);

#endif
