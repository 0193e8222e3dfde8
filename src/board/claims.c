/* SPDX-License-Identifier: Apache-2.0 */
/* board/claims.c - which container has which node of the board */
#include "board/board.h"

static bool
is_claimed(const struct wio_claims *claims, uint32_t node)
{
    uint32_t i;

    for (i = 0; i < claims->n; i++) {
        if (claims->of[i].node == node) {
            return true;
        }
    }
    return false;
}

int
wio_claims_add(struct wio_claims *claims, uint32_t owner,
               const struct wio_grant *grants, uint32_t n_grants)
{
    uint32_t n = claims->n;
    uint32_t i;

    for (i = 0; i < n_grants; i++) {
        if (!grants[i].granted) {
            continue;
        }
        if (is_claimed(claims, grants[i].node)) {
            claims->n = n;       /* all or none */
            return WIO_ERR_BUSY;
        }
        if (claims->n == WIO_BOARD_MAX_CLAIMS) {
            claims->n = n;
            return WIO_ERR_LIMIT;
        }
        claims->of[claims->n].node = (uint16_t)grants[i].node;
        claims->of[claims->n].owner = owner;
        claims->of[claims->n].provides = 0;
        claims->of[claims->n].served = grants[i].served;
        claims->n++;
    }
    return 0;
}

void
wio_claims_drop(struct wio_claims *claims, uint32_t owner)
{
    uint32_t kept = 0;
    uint32_t i;

    for (i = 0; i < claims->n; i++) {
        if (claims->of[i].owner != owner) {
            claims->of[kept++] = claims->of[i];
        }
    }
    claims->n = kept;
}
