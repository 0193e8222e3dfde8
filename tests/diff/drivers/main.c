/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/diff/drivers/main.c - containers on the simulated board on a Cortex-M4
 *
 * The command line is `drive NAME`. NAME.dtb is the board, NAME.file the
 * container, NAME.script what the board is told, NAME.operations what is
 * called, NAME.ms the time as text. The lines go to the file NAME.answer. A
 * container with native code has that of another processor; what is executed
 * is the image that is linked beside this, made of the same module.
 *
 * Facts: memory map of Application Note AN386: 16 MiB of PSRAM at 0x21000000.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "startup/startup.h"

#include "drive.h"
#include "engine/aot/image.h"
#include "host/native.h"
#include "qemu/files.h"

#define PSRAM_BASE 0x21000000u

/* NULL in an image without. */
extern const struct wio_aot_image wio_image __attribute__((weak));

struct work {
    uint64_t board[1024];
    uint64_t file[32768];
    char script[4096];
    char operations[512];
    char ms[16];
};

static uint32_t answer;

static int
open_linked(void *ctx, const uint8_t *image, uint32_t image_bytes,
            uint32_t text_bytes, void **handle, const void **entry)
{
    (void)ctx;
    (void)image;
    (void)image_bytes;
    (void)text_bytes;
    if (!&wio_image) {
        return WIO_ERR_MALFORMED;
    }
    *handle = &answer;
    *entry = &wio_image;
    return 0;
}

static void
close_linked(void *ctx, void *handle)
{
    (void)ctx;
    (void)handle;
}

/* In the place of ports/host, which has a dynamic linker. */
const struct wio_port_native_ops wio_host_native_sim = {
    .kind = WIO_NATIVE_SHARED,
    .target = "sim",
    .open = open_linked,
    .close = close_linked,
};

static void
put(void *ctx, const char *text)
{
    (void)ctx;
    file_write(answer, text, (uint32_t)strlen(text));
}

static uint32_t
read_part(const char *name, const char *ending, void *to, uint32_t size)
{
    char path[96];
    const size_t len = strlen(name);

    memcpy(path, name, len);
    memcpy(path + len, ending, strlen(ending) + 1);
    return file_read(path, to, size);
}

static bool
read_words(const char *name, const char *ending, char *to, uint32_t size)
{
    const uint32_t len = read_part(name, ending, to, size - 1);

    to[len == UINT32_MAX ? 0 : len] = '\0';
    return len != UINT32_MAX;
}

int
main(void)
{
    struct work *work = (struct work *)(uintptr_t)PSRAM_BASE;
    struct drive_job job = { .put = put };
    char line[64];
    char path[96];
    char *end;
    const char *name = file_argument(line, sizeof line);

    console_early_init();
    job.board = work->board;
    job.file = (const uint8_t *)work->file;
    job.script = work->script;
    job.operations = work->operations;
    job.board_bytes = read_part(name, ".dtb", work->board,
                                sizeof work->board);
    job.file_bytes = read_part(name, ".file", work->file, sizeof work->file);
    if (job.board_bytes == UINT32_MAX || job.file_bytes == UINT32_MAX ||
        !read_words(name, ".script", work->script, sizeof work->script) ||
        !read_words(name, ".operations", work->operations,
                    sizeof work->operations) ||
        !read_words(name, ".ms", work->ms, sizeof work->ms)) {
        console_early_print("@unreadable\n");
        return 2;
    }
    job.ms = (uint32_t)strtoll(work->ms, &end, 0);
    memcpy(path, name, strlen(name));
    memcpy(path + strlen(name), ".answer", 8);
    answer = file_create(path);
    return drive(&job) != 0;
}
