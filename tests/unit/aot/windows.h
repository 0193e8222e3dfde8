/* SPDX-License-Identifier: Apache-2.0 */
/* What the guest of windows.wat is granted. */
#ifndef WIO_TEST_AOT_WINDOWS_H
#define WIO_TEST_AOT_WINDOWS_H

#include "base/rights.h"

#define WINDOW_AT 0x40004000u
#define WINDOW_BYTES 64u
#define WINDOW_NEED 1u

static const struct wio_register_rule window_rules[] = {
    { 0x00, 0xffffffffu, 0xffffffffu, 4 },
    { 0x04, 0xffu, 0, 4 },
    { 0x08, 0, 0xffffu, 4 },
    { 0x0c, 0xf0u, 0x0fu, 4 },
    { 0x10, 0xffu, 0xffu, 1 },
    { 0x12, 0xffffu, 0xffffu, 2 },
    /* A run: here computed offsets are made in line, too. */
    { 0x20, 0xffffffffu, 0xffffffffu, 4 },
    { 0x24, 0xffffffffu, 0xffffffffu, 4 },
    { 0x28, 0xffffffffu, 0xffffffffu, 4 },
    { 0x2c, 0xffffffffu, 0, 4 },
    { 0x34, 0xffffffffu, 0xffffffffu, 4 },
};
#define N_WINDOW_RULES (sizeof window_rules / sizeof window_rules[0])

#endif
