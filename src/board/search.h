/* SPDX-License-Identifier: Apache-2.0 */
/* board/search.h - one need looking for its node: match.c, served.c */
#ifndef WIO_BOARD_SEARCH_H
#define WIO_BOARD_SEARCH_H

#include "board/board_internal.h"

/* What a node failed, least fitting first. */
enum miss {
    MISS_NONE,           /* nothing of this kind on the board */
    MISS_OTHER,
    MISS_DISABLED,
    MISS_NOT_OFFERED,
    MISS_NOT_GRANTABLE,
    MISS_OTHER_OWNER,
    MISS_DIRECTION,
    MISS_SIZE,
    MISS_REQUESTS,
    MISS_INTERVAL,
    MISS_TAKEN_HERE,
    MISS_CLAIMED,
    MISS_OCCUPIED,
    MISS_SELECTS,
    MISS_SELECTED,
    MISS_DRIVEN,
    MISS_CHAIN,
    MISS_SERVED,
    MISS_FITS
};

struct search {
    const struct wio_board *board;
    const struct wio_container_config *config;
    const struct wio_claims *claims;
    const struct wio_need *need;
    const struct wio_grant *grants;     /* of the needs before this one */
    uint32_t n_grants;
    uint32_t parent;                    /* controller's node of @nearest */
    uint32_t nearest;
    enum miss miss;                     /* what @nearest failed */
};

/* served.c */

/* A need before this one has the node. */
bool wio_board_granted_here_(const struct search *s, uint32_t node);

/* A container has the registers of the bus. */
bool wio_board_driven_(const struct search *s, uint32_t controller);

/* The last test: who works the bus, and who its devices and selects. */
enum miss wio_board_test_bus_(const struct search *s, uint32_t controller,
                              uint32_t node);

#endif
