/* SPDX-License-Identifier: Apache-2.0 */
#include "registers.h"

#include <stdlib.h>
#include <string.h>

#define RULES_BYTES (64u << 10)

/* What is loaded already has what it was granted. */
static int
claim(const struct cli_command *command, const struct wio_board *board,
      const char *path, uint32_t owner, struct wio_claims *claims)
{
    struct wio_grant grants[WIO_CONFIG_MAX_NEEDS];
    struct wio_report report = { 0 };
    struct cli_container other;
    int code = cli_open_container(command, path, &other);

    if (code) {
        return code;
    }
    memset(grants, 0, sizeof(grants));
    if (other.config_report.code != 0) {
        code = cli_fail(command, CLI_NO, "%s: %s", path,
                        other.config_report.text);
    } else if (wio_board_match(board, &other.config, claims, &other.arena,
                               grants, NULL, &report) ||
               wio_claims_add(claims, owner, grants, other.config.n_needs)) {
        code = cli_fail(command, CLI_NO, "%s would not load: %s", path,
                        report.text);
    }
    cli_close_container(&other);
    return code;
}

int
registers_find(const struct cli_command *command,
               const struct cli_container *container, const char *board,
               const char *const *beside, uint32_t n_beside,
               struct registers *registers)
{
    const struct wio_container_config *config = &container->config;
    struct wio_grant grants[WIO_CONFIG_MAX_NEEDS];
    struct wio_claims claims = { .n = 0 };
    struct wio_report report;
    struct wio_arena arena;
    int code;

    memset(registers, 0, sizeof(*registers));
    if (!container->has_config || container->config_report.code != 0) {
        return CLI_OK;
    }
    code = cli_open_board(command, board, &registers->board);
    if (code) {
        return code;
    }
    for (uint32_t i = 0; i < n_beside && !code; i++) {
        code = claim(command, &registers->board.board, beside[i], i + 1,
                     &claims);
    }
    if (code) {
        return code;
    }
    registers->memory = malloc(RULES_BYTES);
    if (!registers->memory) {
        return cli_fail(command, CLI_USAGE, "out of memory");
    }
    wio_report_clear(&report);
    wio_arena_init(&arena, registers->memory, RULES_BYTES);
    memset(grants, 0, sizeof(grants));
    if (wio_board_match(&registers->board.board, config, &claims, &arena,
                        grants, NULL, &report)) {
        return CLI_OK;             /* the load will say so */
    }
    for (uint32_t i = 0; i < config->n_needs; i++) {
        const struct wio_grant *grant = &grants[i];

        if (!grant->granted || grant->class != WIO_NEED_MMIO) {
            continue;
        }
        registers->windows[registers->n_windows++] = (struct wio_emit_window){
            .need = i,
            .label = config->needs[i].label,
            .base = grant->of.mmio.base,
            .n_bytes = grant->of.mmio.size,
            .rules = grant->of.mmio.rules,
            .n_rules = grant->of.mmio.n_rules,
        };
    }
    return CLI_OK;
}

void
registers_free(struct registers *registers)
{
    free(registers->board.bytes);
    free(registers->memory);
    memset(registers, 0, sizeof(*registers));
}
