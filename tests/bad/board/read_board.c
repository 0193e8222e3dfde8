/* SPDX-License-Identifier: Apache-2.0 */
/* read_board FILE.dtb: prints "code: sentence", or "ok" */
#include <stdio.h>
#include <stdlib.h>

#include "board/board.h"

int
main(int argc, char **argv)
{
    struct wio_report report = { 0 };
    struct wio_board board;
    uint8_t *bytes = malloc(65536);
    FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;
    uint32_t n;

    if (!file || !bytes) {
        fprintf(stderr, "usage: read_board FILE.dtb\n");
        return 2;
    }
    n = (uint32_t)fread(bytes, 1, 65536, file);
    fclose(file);
    if (wio_board_read((struct wio_span){ bytes, n }, &board, &report) == 0) {
        printf("ok\n");
    } else {
        printf("%s: %s\n", wio_strerror(report.code), report.text);
    }
    free(bytes);
    return 0;
}
