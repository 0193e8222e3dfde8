/* SPDX-License-Identifier: Apache-2.0 */
/* tests/diff/drivers/host.c - drive BOARD FILE MS SCRIPT OPERATIONS, on a host.
 * FILE is a module or what `wasmio compile --target sim` made of it. */
#include <stdio.h>
#include <stdlib.h>

#include "drive.h"

static uint8_t *
read_all(const char *name, uint32_t *len)
{
    const size_t size = 1u << 20;
    FILE *file = fopen(name, "rb");
    uint8_t *bytes = malloc(size);

    if (!file || !bytes) {
        (void)fprintf(stderr, "drive: cannot read %s\n", name);
        exit(2);
    }
    *len = (uint32_t)fread(bytes, 1, size, file);
    (void)fclose(file);
    return bytes;
}

static void
put(void *ctx, const char *text)
{
    (void)ctx;
    (void)fputs(text, stdout);
}

int
main(int argc, char **argv)
{
    struct drive_job job = { .put = put };
    uint8_t *board, *file;
    int err;

    if (argc != 6) {
        (void)fputs("usage: drive BOARD FILE MS SCRIPT OPERATIONS\n", stderr);
        return 2;
    }
    board = read_all(argv[1], &job.board_bytes);
    file = read_all(argv[2], &job.file_bytes);
    job.board = board;
    job.file = file;
    job.ms = (uint32_t)strtoul(argv[3], NULL, 10);
    job.script = argv[4];
    job.operations = argv[5];
    err = drive(&job);
    free(board);
    free(file);
    return err != 0;
}
