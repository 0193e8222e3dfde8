/* SPDX-License-Identifier: Apache-2.0 */
/*
 * board/spi.c - chip selects of an SPI controller, and the chips on it
 *
 * Devicetree bindings spi-controller.yaml and spi-peripheral-props.yaml:
 * `cs-gpios` lists <&bank pin flags>, or <0> for the controller's own output;
 * without it there is that output alone. A child's `reg` is its chip select.
 * Flag 1 is GPIO_ACTIVE_LOW (dt-bindings/gpio/gpio.h).
 */
#include "board/board_internal.h"

#define ACTIVE_LOW 1u

/* The node of a phandle among those with an address. */
static uint32_t
node_of(const struct wio_fdt *fdt, uint32_t phandle)
{
    struct board_walk walk = wio_board_walk_(fdt);
    uint32_t found;

    while (walk.node != WIO_FDT_NONE) {
        if (wio_fdt_get_u32(fdt, walk.node, "phandle", &found) &&
            found == phandle) {
            break;
        }
        wio_board_walk_next_(&walk);
    }
    return walk.node;
}

bool
wio_board_servable_(const struct wio_fdt *fdt, uint32_t node)
{
    static const struct wio_span spi = { (const uint8_t *)"spi", 3 };
    static const struct wio_span mmio = { (const uint8_t *)"mmio", 4 };

    return wio_board_lists_(fdt, node, "wasmio,class", spi) &&
           wio_board_lists_(fdt, node, "wasmio,class", mmio);
}

/* The node of a pin, or WIO_FDT_NONE. Who is granted it singly could select a
 * chip of another's: only where a container may have the whole bus, and then
 * the match sees to it. */
static uint32_t
pin_node(const struct wio_fdt *fdt, uint32_t bank, uint32_t pin)
{
    uint32_t child = wio_fdt_first_child(fdt, bank);
    uint32_t reg;

    while (child != WIO_FDT_NONE &&
           !(wio_fdt_get_u32(fdt, child, "reg", &reg) && reg == pin)) {
        child = wio_fdt_next_sibling(fdt, child);
    }
    return child;
}

/* One entry of the list from cell *@at on, which moves behind it; NULL, or
 * what is wrong with it. */
static const char *
take_select(const struct wio_fdt *fdt, struct wio_span list, bool servable,
            uint32_t *at, struct wio_select_pin *pin)
{
    uint32_t left = list.len / 4 - *at;
    uint32_t phandle = wio_fdt_cell(list, *at);
    struct wio_span reg;
    uint32_t bank;

    *pin = (struct wio_select_pin){ 0 };
    if (phandle == 0) {
        *at += 1;
        return NULL;
    }
    bank = node_of(fdt, phandle);
    if (left < 3 || bank == WIO_FDT_NONE ||
        !wio_fdt_get(fdt, bank, "reg", &reg) || reg.len < 8 ||
        wio_fdt_cell(list, *at + 1) > 31) {
        return "must be <&bank pin flags>, ... or <0>";
    }
    if (!servable && pin_node(fdt, bank, wio_fdt_cell(list, *at + 1)) !=
                         WIO_FDT_NONE) {
        return "has a pin that is granted singly, too";
    }
    pin->base = wio_fdt_cell(reg, 0);
    pin->pin = (uint8_t)wio_fdt_cell(list, *at + 1);
    pin->active_high = (wio_fdt_cell(list, *at + 2) & ACTIVE_LOW) == 0;
    *at += 3;
    return NULL;
}

/* How many, at least 1; 0 with *@wrong. */
static uint32_t
take_selects(const struct wio_fdt *fdt, uint32_t node,
             struct wio_select_pin pins[WIO_SPI_SELECTS], const char **wrong)
{
    struct wio_span list;
    uint32_t at = 0;
    uint32_t n = 0;

    if (!wio_fdt_get(fdt, node, "cs-gpios", &list)) {
        pins[0] = (struct wio_select_pin){ 0 };
        return 1;
    }
    *wrong = list.len == 0 || list.len % 4 != 0 ? "has no whole entry" : NULL;
    while (!*wrong && at < list.len / 4) {
        if (n == WIO_SPI_SELECTS) {
            *wrong = "has more entries than this core takes";
            break;
        }
        *wrong = take_select(fdt, list, wio_board_servable_(fdt, node), &at,
                             &pins[n++]);
    }
    return *wrong ? 0 : n;
}

uint32_t
wio_board_selects(const struct wio_board *board, uint32_t controller,
                  struct wio_select_pin pins[WIO_SPI_SELECTS])
{
    const char *ignored = NULL;

    return take_selects(&board->fdt, board->controllers[controller].node,
                        pins, &ignored);
}

uint32_t
wio_board_select_node_(const struct wio_board *board, uint32_t controller,
                       uint32_t i)
{
    const struct wio_fdt *fdt = &board->fdt;
    struct wio_select_pin pins[WIO_SPI_SELECTS];
    struct board_walk walk = wio_board_walk_(fdt);
    struct wio_span reg;

    if (i >= wio_board_selects(board, controller, pins) || pins[i].base == 0) {
        return WIO_FDT_NONE;
    }
    while (walk.node != WIO_FDT_NONE &&
           !(wio_fdt_get(fdt, walk.node, "reg", &reg) && reg.len >= 8 &&
             wio_fdt_cell(reg, 0) == pins[i].base)) {
        wio_board_walk_next_(&walk);
    }
    return walk.node == WIO_FDT_NONE ? WIO_FDT_NONE
                                     : pin_node(fdt, walk.node, pins[i].pin);
}

static int
check_chip(const struct rule_place *place, uint32_t n_selects, uint32_t *seen)
{
    uint32_t hz = 0;
    uint32_t reg;

    if (!wio_fdt_get_u32(place->fdt, place->node, "reg", &reg) ||
        reg >= n_selects) {
        return wio_rules_fail_(place, "reg", "is no chip select of its "
                               "controller (it has %u)", n_selects);
    }
    if (*seen >> reg & 1u) {
        return wio_rules_fail_(place, "reg", "is the chip select of another "
                               "node");
    }
    if (!wio_fdt_get_u32(place->fdt, place->node, "spi-max-frequency", &hz) ||
        hz == 0) {
        return wio_rules_fail_(place, "spi-max-frequency", "is missing, in "
                               "Hz, one cell");
    }
    *seen |= UINT32_C(1) << reg;
    return 0;
}

int
wio_board_check_spi_(const struct rule_place *controller)
{
    struct wio_select_pin pins[WIO_SPI_SELECTS];
    struct rule_place place = *controller;
    const char *wrong = NULL;
    uint32_t n = take_selects(place.fdt, place.node, pins, &wrong);
    uint32_t seen = 0;
    int err = 0;

    if (n == 0) {
        return wio_rules_fail_(&place, "cs-gpios", "%s", wrong);
    }
    for (place.node = wio_fdt_first_child(place.fdt, place.node);
         place.node != WIO_FDT_NONE && !err;
         place.node = wio_fdt_next_sibling(place.fdt, place.node)) {
        err = check_chip(&place, n, &seen);
    }
    return err;
}
