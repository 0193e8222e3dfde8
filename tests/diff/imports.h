/* SPDX-License-Identifier: Apache-2.0 */
/* tests/diff/imports.h - what the host offers to random programs: written by
 * the generator, defined by the player (host.c) */
#ifndef WIO_TEST_DIFF_IMPORTS_H
#define WIO_TEST_DIFF_IMPORTS_H

#include <stdbool.h>

#include "base/rights.h"

#define DIFF_HOST "env"
#define DIFF_WINDOW_BYTES 64u      /* of the memory "window" */

/* With DIFF_INLINE its registers are memory here, on both targets: in the PSRAM
 * of mps2-an386, and where no process has anything. So native code may reach
 * them itself, under rules of which each kind is there. */
#define DIFF_DEVICE 0x21ff0000u
#define DIFF_N_RULES 19u

/* With DIFF_WAITS leaf2 is wasmio:irq's `wait`, whose type it has. It waits so
 * often in an instance; what calls itself for ever would be kept as often. */
#define DIFF_MAX_WAITS 200u

/* name, signature (as struct wio_host_func), rarely called, flags of the
 * player's. Places are the modules' function indices. */
#define DIFF_IMPORTS(X)                                   \
    X(log, "i:", false, 0)                                \
    X(log64, "I:", false, WIO_HOST_SLOTS)                 \
    X(logf, "f:", false, WIO_HOST_SLOTS)                  \
    X(logd, "F:", false, WIO_HOST_SLOTS)                  \
    X(logx, "x:", false, WIO_HOST_SLOTS)                  \
    X(nothing, ":", false, WIO_HOST_LEAF)                 \
    X(count, ":i", false, WIO_HOST_LEAF)                  \
    X(leaf1, "i:i", false, WIO_HOST_LEAF)                 \
    X(leaf2, "ii:i", false, WIO_HOST_LEAF)                \
    X(leaf3, "iii:", false, WIO_HOST_LEAF)                \
    X(leaf4, "iiii:i", false, WIO_HOST_LEAF)              \
    X(leaf6, "iiiiii:i", false, WIO_HOST_LEAF)            \
    X(wide, "ii:I", false, WIO_HOST_LEAF)                 \
    X(mixed, "iIfF:F", false, WIO_HOST_SLOTS)             \
    X(several, "IF:fIi", false, WIO_HOST_SLOTS)           \
    X(is_null, "r:i", false, WIO_HOST_SLOTS)              \
    X(other, "x:x", false, WIO_HOST_SLOTS)                \
    X(poke, "iii:i", false, 0)                            \
    X(back, "i:i", true, 0)                               \
    X(raise, "i:", true, 0)

enum diff_import_place {
#define X(name, signature, is_rare, flags) DIFF_IMPORT_##name,
    DIFF_IMPORTS(X)
#undef X
    DIFF_N_IMPORTS
};

struct diff_import {
    const char *name;
    const char *signature;
    bool is_rare;
};

extern const struct diff_import diff_imports[DIFF_N_IMPORTS];
extern const struct wio_register_rule diff_rules[DIFF_N_RULES];

#endif
