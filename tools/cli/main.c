/* SPDX-License-Identifier: Apache-2.0 */
/* tools/cli/main.c - the `wasmio` command: which subcommand */
#include <stdio.h>
#include <string.h>

#include "cli.h"

const struct cli_command *const cli_commands[] = {
    &cli_inspect, &cli_check, &cli_run, &cli_trace, &cli_pack, &cli_compile,
    &cli_link, &cli_boards, &cli_bench, &cli_spectest, NULL
};

static void
print_overview(FILE *to)
{
    fprintf(to,
        "usage: wasmio COMMAND [ARGUMENTS]\n"
        "       wasmio COMMAND --help\n"
        "\n"
        "Wasm-IO runs untrusted WebAssembly driver containers on embedded "
        "controllers.\n"
        "\n"
        "commands:\n");
    for (uint32_t i = 0; cli_commands[i]; i++) {
        fprintf(to, "  %-9s %s\n", cli_commands[i]->name,
                cli_commands[i]->summary);
    }
    fprintf(to,
        "\n"
        "exit codes: 0 done, 1 the answer is no, 2 called wrongly or a file "
        "could not be read\n");
}

static void
print_help(const struct cli_command *command)
{
    printf("usage: wasmio %s %s\n\n%s.\n", command->name, command->arguments,
           command->summary);
    if (command->help && command->help[0] != '\0') {
        printf("\n%s%s", command->help,
               command->help[strlen(command->help) - 1] == '\n' ? "" : "\n");
    }
}

static const struct cli_command *
find_command(const char *name)
{
    for (uint32_t i = 0; cli_commands[i]; i++) {
        if (strcmp(cli_commands[i]->name, name) == 0) {
            return cli_commands[i];
        }
    }
    return NULL;
}

static int
unknown_command(const char *name)
{
    const char *names[sizeof(cli_commands) / sizeof(cli_commands[0])];
    const char *nearest;
    uint32_t n = 0;

    for (; cli_commands[n]; n++) {
        names[n] = cli_commands[n]->name;
    }
    names[n] = NULL;
    nearest = cli_nearest(name, names);
    if (nearest) {
        fprintf(stderr, "wasmio: there is no command \"%s\"; did you mean "
                "\"%s\"?\n", name, nearest);
    } else {
        fprintf(stderr, "wasmio: there is no command \"%s\"; `wasmio --help` "
                "lists them\n", name);
    }
    return CLI_USAGE;
}

static bool
is_help(const char *word)
{
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

int
main(int argc, char **argv)
{
    const struct cli_command *command;

    if (argc < 2) {
        print_overview(stderr);
        return CLI_USAGE;
    }
    if (is_help(argv[1]) || strcmp(argv[1], "help") == 0) {
        if (argc == 2) {
            print_overview(stdout);
            return CLI_OK;
        }
        command = find_command(argv[2]);
        if (!command) {
            return unknown_command(argv[2]);
        }
        print_help(command);
        return CLI_OK;
    }
    command = find_command(argv[1]);
    if (!command) {
        return unknown_command(argv[1]);
    }
    for (int i = 2; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (is_help(argv[i])) {
            print_help(command);
            return CLI_OK;
        }
    }
    return command->run(argc - 1, argv + 1);
}
