/* SPDX-License-Identifier: Apache-2.0 */
/* read_config FILE.dtb: prints "code: sentence", or "ok" */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "board/config.h"

int
main(int argc, char **argv)
{
    static max_align_t memory[4096];
    struct wio_container_config config;
    struct wio_report report = { 0 };
    struct wio_arena arena;
    uint8_t *bytes = malloc(65536);
    FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;
    uint32_t n;

    if (!file || !bytes) {
        fprintf(stderr, "usage: read_config FILE.dtb\n");
        return 2;
    }
    n = (uint32_t)fread(bytes, 1, 65536, file);
    fclose(file);
    wio_arena_init(&arena, memory, sizeof(memory));
    if (wio_config_read((struct wio_span){ bytes, n }, &arena, &config,
                        &report) == 0) {
        printf("ok\n");
    } else {
        printf("%s: %s\n", wio_strerror(report.code), report.text);
    }
    free(bytes);
    return 0;
}
