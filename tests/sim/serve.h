/* SPDX-License-Identifier: Apache-2.0 */
/* What the provider of tests/sim/test_serve.c does for a first byte. */
#ifndef SERVE_H
#define SERVE_H

enum {
    SERVE_NOTHING = 0x01,
    SERVE_LOOP = 0xe0,
    SERVE_TRAP,
    SERVE_SMASH,
    SERVE_ERROR,
    SERVE_NONSENSE,
    SERVE_POSITIVE,
    SERVE_WAIT,
    SERVE_SLOW,
    SERVE_DELAY,
    SERVE_HOLD,
    SERVE_LOCK,
    SERVE_EDGE_TRAPS,
    SERVE_SILENT,              /* for ten times the next byte */
    SERVE_WIRE,                /* reads its sensor on another bus */
    SERVE_GROW,
    SERVE_CLOSE                /* its registers */
};

#define SERVE_ANSWER 0x42

#endif
