/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tools/cli/compile.h - a module becomes a compiled container
 *
 *   module --> C --> gcc of the target --> image --> .wio
 *                        ^
 *          controllers: linked with the firmware's ELF file, for one slot
 *          hosts:       a shared object
 */
#ifndef WIO_COMPILE_H
#define WIO_COMPILE_H

#include "cli_container.h"

struct compile_options {
    const char *target;        /* a board; its firmware, or sim or linux */
    const char *firmware;      /* its ELF file; NULL: of the build tree */
    const char *source;        /* C that is compiled instead of what is made of
                                  the module, for tests; or NULL */
    uint32_t slot;
};

/* The file's bytes, malloc'ed; NULL after saying why, with the exit code in
 * *@code. */
uint8_t *compile_container(const struct cli_command *command,
                           const struct cli_container *container,
                           const struct compile_options *options,
                           size_t *n_bytes, int *code);

#endif
