/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/diff/image/main.c - random programs on a Cortex-M4
 *
 * The engine as in the boards' firmware, soft float, on QEMU's mps2-an386. The
 * command line is `diff LIST`: LIST is a file of the host (diff/list.h), whose
 * answer goes to the file `answer`. Of a list whose name begins with `tell`,
 * all that is seen of one program, whose number is where that of programs would
 * be, goes to the console. The exit code is 0, or 2 when a file cannot be read.
 *
 * Facts: memory map of Application Note AN386: 16 MiB of PSRAM at 0x21000000,
 * of which the last 64 KiB are DIFF_DEVICE.
 */
#include <stddef.h>

#include "startup/startup.h"

#include "diff/gen.h"
#include "diff/image.h"
#include "diff/list.h"
#include "qemu/files.h"

#define PSRAM_BASE 0x21000000u
#define LIST_BYTES (64u << 10)
#define ANSWER_BYTES (64u << 10)
#define STACK_BYTES (256u << 10)

/* At the start of the PSRAM; the engine works behind it. */
struct work {
    uint8_t bytes[DIFF_MODULE_BYTES];
    char answer[ANSWER_BYTES];
    char list[LIST_BYTES];
};

static int
complain(const char *what, const char *which)
{
    console_early_print("@unreadable ");
    console_early_print(what);
    console_early_print(which);
    console_early_print("\n");
    return 2;
}

static void
print_line(void *ctx, const char *line)
{
    (void)ctx;
    console_early_print(line);
    console_early_print("\n");
}

static int
run_entry(struct work *work, const struct diff_entry *entry, bool tell,
          uint32_t handle)
{
    struct diff_answer answer = { .text = work->answer,
                                  .size = sizeof work->answer };
    struct diff_player player = {
        .memory = work + 1,
        .memory_bytes = DIFF_DEVICE - PSRAM_BASE - sizeof *work,
        .stack_bytes = STACK_BYTES,
        .tell = tell ? print_line : NULL,
    };
    const uint32_t len = file_read(entry->file, work->bytes,
                                   sizeof work->bytes);

    if (len == UINT32_MAX) {
        return complain("module ", entry->file);
    }
    if (!diff_image_open(entry->image, &player)) {
        return complain("image ", entry->image);
    }
    diff_answer(&player, work->bytes, len, entry->seed,
                tell ? entry->n_programs : 0,
                entry->n_programs + (tell ? 1u : 0u), &answer);
    diff_image_close(&player);
    file_write(handle, work->answer, answer.len);
    return 0;
}

int
main(void)
{
    struct work *work = (struct work *)(uintptr_t)PSRAM_BASE;
    struct diff_entry entry;
    const char *at = work->list;
    char line[256];
    const char *name;
    bool tell;
    uint32_t handle;
    uint32_t len;
    int code = 0;

    console_early_init();
    name = file_argument(line, sizeof line);
    tell = name[0] == 't' && name[1] == 'e' && name[2] == 'l' &&
           name[3] == 'l';
    len = file_read(name, work->list, LIST_BYTES - 1);
    handle = file_create("answer");
    if (len == UINT32_MAX || handle == UINT32_MAX) {
        return complain("list ", name);
    }
    work->list[len] = '\0';
    while (code == 0 && diff_next(&at, &entry)) {
        code = run_entry(work, &entry, tell, handle);
    }
    if (code == 0) {
        file_write(handle, "@done\n", 6);
    }
    file_close(handle);
    return code;
}
