/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tools/cli/compile.h - a module becomes a compiled container
 *
 *   module --> C --> gcc of the target --> image --> .wio   (native.h)
 *                        ^
 *          controllers: linked with the firmware's ELF file, for one slot
 *          hosts:       a shared object
 */
#ifndef WIO_COMPILE_H
#define WIO_COMPILE_H

#include "cli_container.h"
#include "emit/emit.h"

#define COMPILE_BESIDE_MAX 16u

struct compile_options {
    const char *target;        /* a board; its firmware, or sim or linux */
    const char *firmware;      /* its ELF file; NULL: of the build tree */
    const char *tree;          /* its devicetree, a file; NULL: the target's */
    const char *beside[COMPILE_BESIDE_MAX];   /* files of containers that are */
    uint32_t n_beside;         /* loaded before, and have their grants */
    uint32_t slot;
    bool is_volatile;          /* memory is accessed in program order, handlers
                                  or not */
};

/* How C is made of a container. */
struct wio_emit_options compile_choose(const struct cli_container *container,
                                       bool is_volatile, bool counted);

/* The file's bytes, malloc'ed; NULL after saying why, with the exit code in
 * *@code. */
uint8_t *compile_container(const struct cli_command *command,
                           const struct cli_container *container,
                           const struct compile_options *options,
                           size_t *n_bytes, int *code);

#endif
