/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration of a container and the tree of a board: any bytes, read
 * by both. What is accepted as a configuration is matched against the board
 * `sim`, so that what the match relies on is tried as well.
 *
 * The input lies in memory of its exact length.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "board/board.h"
#include "boards/boards.h"

#define ARENA_BYTES 65536u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ranges that the rest of the core takes for granted. */
static void
check(const struct wio_container_config *config)
{
    if (config->memory_bytes > 0x1000000 || config->stack_bytes > 65536 ||
        config->n_needs > WIO_CONFIG_MAX_NEEDS ||
        config->n_points > WIO_CONFIG_MAX_POINTS ||
        config->n_safe_writes > WIO_CONFIG_MAX_SAFE_WRITES ||
        config->n_services > WIO_CONFIG_MAX_SERVICES ||
        config->model.len == 0 || config->model.len > 31 ||
        config->main.budget_us > config->main.deadline_us ||
        config->main.deadline_us > config->main.period_us) {
        abort();
    }
    for (uint32_t i = 0; i < config->n_services; i++) {
        const struct wio_service_decl *service = &config->services[i];

        if (service->class != WIO_NEED_SPI_DEVICE ||
            service->max_transfer < 2 || service->max_transfer > 4096 ||
            service->budget_us == 0 || service->budget_us > 1000000 ||
            service->byte_ns > 1000000 || service->of.len == 0 ||
            service->entry.len == 0 || service->buffer.len == 0) {
            abort();
        }
    }
}

static void
match(const struct wio_container_config *config, struct wio_arena *arena)
{
    const struct wio_board_entry *sim = wio_boards_find("sim");
    struct wio_grant grants[WIO_CONFIG_MAX_NEEDS];
    struct wio_report reasons[WIO_CONFIG_MAX_NEEDS];
    struct wio_claims claims = { 0 };
    struct wio_report report = { 0 };
    struct wio_board board;

    if (wio_board_read((struct wio_span){ sim->blob, sim->len }, &board,
                       &report) != 0) {
        abort();
    }
    memset(grants, 0, sizeof(grants));
    /* No node twice: the match promises what the claims check. */
    if (wio_board_match(&board, config, &claims, arena, grants, reasons,
                        &report) == 0 &&
        wio_claims_add(&claims, 1, grants, config->n_needs) != 0) {
        abort();
    }
    /* And beside itself, as far as it was granted. */
    wio_claims_provide(&claims, config, grants);
    for (uint32_t i = 0; i < config->n_services; i++) {
        (void)wio_board_served_bus(&board, config, grants,
                                   &config->services[i]);
    }
    (void)wio_board_match(&board, config, &claims, arena, grants, reasons,
                          &report);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static max_align_t memory[ARENA_BYTES / sizeof(max_align_t)];
    struct wio_container_config config;
    struct wio_report report = { 0 };
    struct wio_board board;
    struct wio_arena arena;
    struct wio_span blob = { data, (uint32_t)size };

    if (size > ARENA_BYTES) {
        return 0;
    }
    wio_arena_init(&arena, memory, sizeof(memory));
    if (wio_config_read(blob, &arena, &config, &report) == 0) {
        check(&config);
        match(&config, &arena);
    }
    memset(&report, 0, sizeof(report));
    (void)!wio_board_read(blob, &board, &report);
    return 0;
}
