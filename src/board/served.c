/* SPDX-License-Identifier: Apache-2.0 */
/*
 * board/served.c - a bus has one master: a native driver, or a container
 *
 *   native: devices are granted singly; the registers and the pins that select
 *           them are nobody's
 *   served: one container has the registers; when it provides the bus to others
 *           they are granted its devices, all through that container
 */
#include "board/search.h"

/* -- Buses that containers serve ------------------------------------------------ */

/* The grant of the window that a service has the registers of, or NULL. */
static const struct wio_grant *
window_of(const struct wio_container_config *config,
          const struct wio_grant *grants,
          const struct wio_service_decl *service)
{
    uint32_t i;

    for (i = 0; i < config->n_needs; i++) {
        if (wio_span_equal(config->needs[i].label, service->of)) {
            return grants[i].granted ? &grants[i] : NULL;
        }
    }
    return NULL;
}

void
wio_claims_provide(struct wio_claims *claims,
                   const struct wio_container_config *config,
                   const struct wio_grant *grants)
{
    uint32_t s;
    uint32_t i;

    for (s = 0; s < config->n_services; s++) {
        const struct wio_service_decl *service = &config->services[s];
        const struct wio_grant *window = window_of(config, grants, service);

        for (i = 0; window && i < claims->n; i++) {
            if (claims->of[i].node == window->node) {
                claims->of[i].provides |= (uint8_t)(1u << service->class);
            }
        }
    }
}

int32_t
wio_board_served_bus(const struct wio_board *board,
                     const struct wio_container_config *config,
                     const struct wio_grant *grants,
                     const struct wio_service_decl *service)
{
    const struct wio_grant *window = window_of(config, grants, service);

    return window ? wio_board_controller_(board, window->node,
                                          WIO_CONTROLLER_SPI)
                  : -1;
}

/* -- In the match ---------------------------------------------------------------- */

bool
wio_board_granted_here_(const struct search *s, uint32_t node)
{
    uint32_t i;

    for (i = 0; i < s->n_grants; i++) {
        if (s->grants[i].granted && s->grants[i].node == node) {
            return true;
        }
    }
    return false;
}

/* Index in claims, or how many there are. */
static uint32_t
claim_of(const struct search *s, uint32_t node)
{
    uint32_t i = 0;

    while (s->claims && i < s->claims->n && s->claims->of[i].node != node) {
        i++;
    }
    return i;
}

static bool
is_claimed(const struct search *s, uint32_t node)
{
    return s->claims && claim_of(s, node) < s->claims->n;
}

bool
wio_board_driven_(const struct search *s, uint32_t controller)
{
    return is_claimed(s, controller);
}

/* A native driver has a device on it for somebody. */
static bool
is_occupied(const struct search *s, uint32_t controller)
{
    const struct wio_fdt *fdt = &s->board->fdt;
    uint32_t child;

    for (child = wio_fdt_first_child(fdt, controller); child != WIO_FDT_NONE;
         child = wio_fdt_next_sibling(fdt, child)) {
        if (wio_board_granted_here_(s, child) ||
            (is_claimed(s, child) &&
             !s->claims->of[claim_of(s, child)].served)) {
            return true;
        }
    }
    return false;
}

/* A pin that selects a chip of a bus in use. */
static enum miss
test_pin(const struct search *s, uint32_t node)
{
    uint32_t c;
    uint32_t i;

    for (c = 0; c < s->board->n_controllers; c++) {
        if (s->board->controllers[c].info.class != WIO_CONTROLLER_SPI ||
            !is_occupied(s, s->board->controllers[c].node)) {
            continue;
        }
        for (i = 0; i < WIO_SPI_SELECTS; i++) {
            if (wio_board_select_node_(s->board, c, i) == node) {
                return MISS_SELECTS;
            }
        }
    }
    return MISS_FITS;
}

/* A device whose controller a container works: through that one, or not. */
static enum miss
test_device(const struct search *s, uint32_t controller)
{
    uint32_t i;

    if (wio_board_granted_here_(s, controller)) {
        return MISS_DRIVEN;
    }
    if (wio_board_driven_(s, controller)) {
        if ((s->claims->of[claim_of(s, controller)].provides >>
                 s->need->class & 1u) == 0) {
            return MISS_DRIVEN;
        }
        return s->config->n_services > 0     ? MISS_CHAIN
               : s->need->n_requests > 0 ? MISS_SERVED
                                         : MISS_FITS;
    }
    for (i = 0; i < WIO_SPI_SELECTS; i++) {
        uint32_t pin = wio_board_select_node_(s->board, (uint32_t)
            wio_board_controller_(s->board, controller, WIO_CONTROLLER_SPI),
            i);

        if (pin != WIO_FDT_NONE &&
            (is_claimed(s, pin) || wio_board_granted_here_(s, pin))) {
            return MISS_SELECTED;
        }
    }
    return MISS_FITS;
}

enum miss
wio_board_test_bus_(const struct search *s, uint32_t controller,
                    uint32_t node)
{
    switch (s->need->class) {
    case WIO_NEED_MMIO:
        return is_occupied(s, node) ? MISS_OCCUPIED : MISS_FITS;
    case WIO_NEED_SPI_DEVICE:
        return test_device(s, controller);
    case WIO_NEED_GPIO:
        return test_pin(s, node);
    default:
        return MISS_FITS;
    }
}
