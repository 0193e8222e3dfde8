/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tools/cli/spec_script.h - a JSON command list and its modules as a script
 *
 * Reads what wabt's wast2json wrote and packs it for tests/spec/runner.c.
 */
#ifndef WIO_CLI_SPEC_SCRIPT_H
#define WIO_CLI_SPEC_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli.h"

struct spec_bytes {             /* grows; @at is malloc'ed */
    uint8_t *at;
    size_t len;
    size_t capacity;
};

struct spec_source {
    const char *folder;         /* where the .json and .wasm files are */
    const char *set;            /* "core-2.0"; some rules hold for a set */
    uint32_t features;          /* enum wio_feature */
    bool skip_all;              /* the whole set is not implemented */
    bool skip_memory64;
};

/**
 * spec_script_build - pack one .json file of @source
 * @file:   "linking.json"
 * @script: replaced; the caller frees script->at
 *
 * False after saying why on stderr: a file cannot be read, or it holds a
 * command this tool does not know (which must not pass for a skipped one).
 */
bool spec_script_build(const struct cli_command *command,
                       const struct spec_source *source, const char *file,
                       struct spec_bytes *script);

#endif
