/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tools/cli/native_cache.h - what the C compiler made before
 *
 * An entry is a file in $XDG_CACHE_HOME/wasmio, called after the digest of all
 * that it is made of. Behind its content lies the digest of its name and content:
 * one that a crash or a disk has changed is made again. Against people there is
 * the folder, which only the user may write to.
 */
#ifndef WIO_CLI_NATIVE_CACHE_H
#define WIO_CLI_NATIVE_CACHE_H

#include <stdbool.h>
#include <stddef.h>

#include "native.h"

/* The path of the entry for @text; false: nothing is kept. */
bool native_cache_find(const struct native_target *target, const char *text,
                       size_t n_bytes, const char *level, char *path,
                       size_t size);

/* Writes the entry's content to the file @out; false: there is no entry that is
 * whole, or @out cannot be written. */
bool native_cache_take(const struct cli_command *command, const char *path,
                       const char *out);

/* The file @made becomes the entry, when that can be. */
void native_cache_keep(const struct cli_command *command, const char *made,
                       const char *path);

#endif
