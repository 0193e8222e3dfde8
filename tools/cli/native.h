/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tools/cli/native.h - native code of a module, made with a C compiler
 *
 *   module --emit--> C text --gcc--> file      kept in $XDG_CACHE_HOME/wasmio
 *
 * What is compiled lies in a directory of its own and is called by names of
 * ours; the compiler is started with an argument vector. Nothing of the module
 * is ever a part of a command, a file name, or an identifier.
 */
#ifndef WIO_CLI_NATIVE_H
#define WIO_CLI_NATIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli.h"
#include "emit/emit.h"
#include "engine/aot/image.h"

#define NATIVE_MAX_BYTES (64u << 20)     /* of what the compiler makes */

extern const char native_guest_h[], native_image_h[];   /* guest.S.in */

struct native_target {
    const char *name;
    const char *summary;
    const char *compiler;
    const char *const *arguments;    /* but files; ends with NULL */
    bool counted;
    bool fixed_room;                 /* memories must lie in the image */
    bool loads;                      /* what comes out can be native_open'ed */
};

/* All of them; ends with a NULL name. */
extern const struct native_target native_targets[];
/* NULL: there is none of this name. */
const struct native_target *native_find_target(const char *name);

/* The C text of @module, malloc'ed and terminated; NULL after saying why. */
char *native_emit(const struct cli_command *command,
                  const struct wio_module *module,
                  const struct wio_emit_options *options, size_t *n_bytes);

/* Writes guest.h and image.h, which the text includes, into @folder. */
bool native_write_headers(const struct cli_command *command,
                          const char *folder);

/* Compiles @text to the file @out, unless the cache has it. @level: "-O1" and
 * so on, NULL for the target's own. False after saying why. */
bool native_compile(const struct cli_command *command,
                    const struct native_target *target, const char *text,
                    size_t n_bytes, const char *level, const char *out);

/* Loads what native_compile made, every time as a copy of its own, as an image
 * is one instance. NULL after saying why; *@handle is for native_close. */
const struct wio_aot_image *native_open(const struct cli_command *command,
                                        const char *path, void **handle);
void native_close(void *handle);

/* A directory that nobody else has; false after saying why. */
bool native_make_folder(const struct cli_command *command, char *path,
                        size_t size);
void native_remove_folder(const char *path);

#endif
