/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Images of compiled containers: executed where they were delivered to, in RAM.
 *
 * Nothing is copied or relocated; the core has checked that the image lies
 * where it was linked for and that it was linked with this firmware (the
 * linker's build id, which is in link.ld's note). What is left is that the
 * processor fetches what was stored (DDI 0403E.e, A3.8.3: DSB, then ISB), and
 * that guard.c knows the code.
 */
#include "levels.h"

#include <stddef.h>

/* The note: three words, "GNU", then the id (ELF, "Note Section"). */
#define NOTE_HEAD 16u

extern const uint8_t startup_build_note[];
extern const uint8_t startup_stack_top[];
extern const uint8_t startup_stack_limit[];

/* Measured on the lm3s6965evb, painted: a load 4264, idle with telling 1490,
 * a level up to 300 of the interpreter and 450 of compiled code with frames of
 * 70. */
#define STACK_LOAD 4608u
#define STACK_BACKGROUND 2048u
#define STACK_EACH 384u

struct cm_native_texts cm_native_texts;

/* Where any of them may lie: guard.c looks at the single ones only there. */
static void
span(void)
{
    struct cm_native_texts *all = &cm_native_texts;
    uint32_t low = UINT32_MAX;
    uint32_t high = 0;

    for (uint32_t i = 0; i < CM_NATIVE_MAX; i++) {
        const struct cm_native_text *text = &all->of[i];

        if (text->n_bytes > 0) {
            low = text->begin < low ? text->begin : low;
            high = text->begin + text->n_bytes > high
                       ? text->begin + text->n_bytes
                       : high;
        }
    }
    all->begin = low < high ? low : 0;
    all->n_bytes = low < high ? high - low : 0;
}

static int
open(void *ctx, const uint8_t *image, uint32_t image_bytes,
     uint32_t text_bytes, void **handle, const void **entry)
{
    (void)ctx;
    (void)image_bytes;
    (void)entry;
    for (uint32_t i = 0; i < CM_NATIVE_MAX; i++) {
        struct cm_native_text *text = &cm_native_texts.of[i];

        if (text->n_bytes == 0) {
            uint32_t key = cm_irq_save();

            text->begin = (uint32_t)(uintptr_t)image;
            text->n_bytes = text_bytes;
            span();
            cm_irq_restore(key);
            __asm__ volatile("dsb\n isb" ::: "memory");
            *handle = text;
            return 0;
        }
    }
    return WIO_ERR_LIMIT;
}

static void
close(void *ctx, void *handle)
{
    struct cm_native_text *text = handle;
    uint32_t key = cm_irq_save();

    (void)ctx;
    text->n_bytes = 0;
    span();
    cm_irq_restore(key);
}

static uint32_t
stack_bytes(void *ctx)
{
    (void)ctx;
    return (uint32_t)(startup_stack_top - startup_stack_limit);
}

const struct wio_port_native_ops cm_native_ops = {
    .kind = WIO_NATIVE_FLAT,
    .target = WIO_BOARD_NAME,
    .build = startup_build_note + NOTE_HEAD,
    .stack_bytes = stack_bytes,
    .stack_load = STACK_LOAD,
    .stack_background = STACK_BACKGROUND,
    .stack_each = STACK_EACH,
    .open = open,
    .close = close
};
