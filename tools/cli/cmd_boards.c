/* SPDX-License-Identifier: Apache-2.0 */
/* tools/cli/cmd_boards.c - `wasmio boards [NAME]` */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "board/board.h"
#include "boards/boards.h"
#include "cli.h"
#include "cli_container.h"

static const char *const class_names[] = {
    [WIO_CONTROLLER_I2C] = "i2c",
    [WIO_CONTROLLER_GPIO] = "gpio",
    [WIO_CONTROLLER_UART] = "uart",
    [WIO_CONTROLLER_MMIO] = "mmio",
    [WIO_CONTROLLER_SPI] = "spi"
};

static bool
is_grantable(const struct wio_fdt *fdt, uint32_t node)
{
    struct wio_span value;

    return wio_fdt_get(fdt, node, "wasmio,grantable", &value);
}

static void
print_node(const struct wio_fdt *fdt, uint32_t node, const char *class)
{
    struct wio_span name = wio_fdt_name(fdt, node);
    struct wio_span text;

    printf("  %-6s ", class);
    cli_print_text(name, 20);
    printf(" %-13s", is_grantable(fdt, node) ? "grantable" : "");
    if (wio_fdt_get(fdt, node, "compatible", &text) &&
        wio_fdt_string(text, 0, &text)) {
        putchar(' ');
        cli_print_text(text, 0);
    }
    if (wio_fdt_get(fdt, node, "wasmio,role", &text) &&
        wio_fdt_string(text, 0, &text)) {
        printf(" role ");
        cli_print_text(text, 0);
    }
    putchar('\n');
}

static void
print_board(const struct wio_board *board)
{
    const struct wio_policy *policy = &board->policy;

    cli_print_text(board->model, 0);
    printf("\n\npolicy: %u containers, each at most %u bytes of memory and %u "
           "bytes of module;\n        init %u us, an operation %u us, %u "
           "steps a microsecond%s\n\n",
           policy->max_containers, policy->max_memory_bytes,
           policy->max_module_bytes, policy->init_budget_us,
           policy->operation_budget_us, policy->steps_per_us,
           policy->strict_access ? ", strict access" : "");
    for (uint32_t i = 0; i < board->n_controllers; i++) {
        uint32_t node = board->controllers[i].node;
        uint32_t child = wio_fdt_first_child(&board->fdt, node);

        print_node(&board->fdt, node,
                   class_names[board->controllers[i].info.class]);
        for (; child != WIO_FDT_NONE;
             child = wio_fdt_next_sibling(&board->fdt, child)) {
            print_node(&board->fdt, child, "");
        }
    }
}

static int
run(int argc, char **argv)
{
    struct cli_board board;
    int err;

    if (argc > 2) {
        return cli_fail(&cli_boards, CLI_USAGE, "one board at most; `wasmio "
                        "boards --help` shows how to call it");
    }
    if (argc == 1) {
        const struct wio_board_entry *entry;

        for (uint32_t i = 0; (entry = wio_boards_at(i)) != NULL; i++) {
            printf("%-12s %-5s %s\n", entry->name, entry->kind,
                   entry->summary);
        }
        return CLI_OK;
    }
    err = cli_open_board(&cli_boards, argv[1], &board);
    if (err) {
        return err;
    }
    print_board(&board.board);
    free(board.bytes);
    return CLI_OK;
}

const struct cli_command cli_boards = {
    .name = "boards",
    .arguments = "[NAME | FILE.dts | FILE.dtb]",
    .summary = "List the boards, or show what one of them may grant",
    .help = "Without NAME: one line a board. With it: the policy, and every "
            "controller and\ndevice with its class, compatible text and role.",
    .run = run
};
