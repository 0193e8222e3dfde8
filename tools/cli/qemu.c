/* SPDX-License-Identifier: Apache-2.0 */
#include "qemu.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <jansson.h>

#define ARGS_MAX 64
#define MONITOR_TRIES 200      /* of 20 ms */

struct args {
    char *of[ARGS_MAX];
    int n;
    char lines[4096];          /* of qemu.args; some of `of` point here */
};

static void
add(struct args *args, const char *word)
{
    if (args->n < ARGS_MAX - 1) {
        args->of[args->n++] = (char *)(uintptr_t)word;
        args->of[args->n] = NULL;
    }
}

static bool
build_firmware(const char *tree, const struct qemu_options *options)
{
    char target[64];
    char cache[PATH_MAX + 32];
    struct args args = { .n = 0 };

    snprintf(cache, sizeof(cache), "%s/CMakeCache.txt", tree);
    if (!options->may_build || access(cache, R_OK) != 0) {
        return false;
    }
    snprintf(target, sizeof(target), "firmware-%s", options->board);
    if (options->may_write_progress) {
        fprintf(stderr, "building the firmware of %s ...\n", options->board);
    }
    add(&args, "cmake");
    add(&args, "--build");
    add(&args, tree);
    add(&args, "--target");
    add(&args, target);
    return cli_run_program(args.of) == 0;
}

/* Lines "-option value"; '#' starts a comment line. */
static bool
read_args(const char *path, struct args *args)
{
    FILE *file = fopen(path, "r");
    size_t n;
    char *line;
    char *rest;

    if (!file) {
        return false;
    }
    n = fread(args->lines, 1, sizeof(args->lines) - 1, file);
    fclose(file);
    args->lines[n] = '\0';
    for (line = strtok_r(args->lines, "\n", &rest); line;
         line = strtok_r(NULL, "\n", &rest)) {
        char *value = strchr(line, ' ');

        if (line[0] != '-') {
            continue;
        }
        add(args, line);
        if (value) {
            *value = '\0';
            add(args, value + 1);
        }
    }
    return true;
}

static void
exec_qemu(struct args *args, const struct qemu *qemu, int console)
{
    sigset_t none;
    int errors = open(qemu->errors, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    if (errors >= 0) {
        dup2(errors, STDERR_FILENO);
    }
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    prctl(PR_SET_PDEATHSIG, SIGKILL);     /* no orphan, however we end */
    setpgid(0, 0);                        /* Ctrl-C is for us: we end it */
    dup2(console, STDIN_FILENO);
    dup2(console, STDOUT_FILENO);
    execvp(args->of[0], args->of);
    fprintf(stderr, "%s cannot be started: %s; install the package "
            "qemu-system-arm\n", args->of[0], strerror(errno));
    _exit(127);
}

static int
spawn(const struct cli_command *command, struct args *args, struct qemu *qemu)
{
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        return cli_fail(command, CLI_USAGE, "no channel to QEMU: %s",
                        strerror(errno));
    }
    fflush(NULL);
    qemu->pid = fork();
    if (qemu->pid == 0) {
        exec_qemu(args, qemu, ends[1]);
    }
    close(ends[1]);
    qemu->console = ends[0];
    if (qemu->pid < 0) {
        return cli_fail(command, CLI_USAGE, "cannot start QEMU: %s",
                        strerror(errno));
    }
    return CLI_OK;
}

int
qemu_start(const struct cli_command *command,
           const struct qemu_options *options, struct qemu *qemu)
{
    char tree[PATH_MAX];
    char firmware[PATH_MAX + 96];
    char options_path[PATH_MAX + 96];
    char monitor[128];
    char user_monitor[PATH_MAX + 32];
    struct args args = { .n = 0 };

    *qemu = (struct qemu){ .pid = -1, .console = -1 };
    if (!cli_own_folder(tree, sizeof(tree))) {
        return cli_fail(command, CLI_USAGE, "cannot tell where this program "
                        "is, and so not where the firmware is");
    }
    snprintf(firmware, sizeof(firmware), "%s/firmware/%s/firmware.elf", tree,
             options->board);
    snprintf(options_path, sizeof(options_path), "%s/firmware/%s/qemu.args",
             tree, options->board);
    if (access(firmware, R_OK) != 0 && !build_firmware(tree, options)) {
        return cli_fail(command, CLI_USAGE, "%s is not there; build it with "
                        "`cmake --build %s --target firmware-%s`", firmware,
                        tree, options->board);
    }
    add(&args, "qemu-system-arm");
    if (!read_args(options_path, &args)) {
        return cli_fail(command, CLI_USAGE, "cannot read %s: %s",
                        options_path, strerror(errno));
    }
    strcpy(qemu->folder, "/tmp/wasmio-XXXXXX");
    if (!mkdtemp(qemu->folder)) {
        qemu->folder[0] = '\0';
        return cli_fail(command, CLI_USAGE, "no folder in /tmp: %s",
                        strerror(errno));
    }
    snprintf(qemu->monitor, sizeof(qemu->monitor), "%s/qmp", qemu->folder);
    snprintf(monitor, sizeof(monitor), "unix:%s,server=on,wait=off",
             qemu->monitor);
    snprintf(qemu->errors, sizeof(qemu->errors), "%s/stderr", qemu->folder);
    add(&args, "-display");
    add(&args, "none");
    add(&args, "-monitor");
    add(&args, "none");
    add(&args, "-serial");
    add(&args, "stdio");
    add(&args, "-semihosting-config");
    add(&args, "enable=on,target=native");
    add(&args, "-qmp");
    add(&args, monitor);
    if (options->qmp_path) {
        snprintf(user_monitor, sizeof(user_monitor),
                 "unix:%s,server=on,wait=off", options->qmp_path);
        add(&args, "-qmp");
        add(&args, user_monitor);
    }
    add(&args, "-kernel");
    add(&args, firmware);
    if (options->may_write_progress) {
        fprintf(stderr, "booting %s ...\n", options->board);
    }
    return spawn(command, &args, qemu);
}

void
qemu_end(struct qemu *qemu)
{
    if (qemu->pid > 0) {
        kill(qemu->pid, SIGKILL);
        waitpid(qemu->pid, NULL, 0);
        qemu->pid = -1;
    }
    if (qemu->console >= 0) {
        close(qemu->console);
        qemu->console = -1;
    }
    if (qemu->folder[0]) {
        unlink(qemu->monitor);
        unlink(qemu->errors);
        rmdir(qemu->folder);
        qemu->folder[0] = '\0';
    }
}

void
qemu_last_words(const struct qemu *qemu, char *text, size_t size)
{
    FILE *file = fopen(qemu->errors, "r");
    char line[256];

    text[0] = '\0';
    while (file && fgets(line, sizeof(line), file)) {
        line[strcspn(line, "\r\n")] = '\0';
        if (line[0]) {
            snprintf(text, size, "%s", line);
        }
    }
    if (file) {
        fclose(file);
    }
}

/* -- QMP -- */

static FILE *
open_monitor(const struct qemu *qemu)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(address.sun_path, sizeof(address.sun_path), "%.90s",
             qemu->monitor);
    for (int i = 0; fd >= 0 && i < MONITOR_TRIES; i++) {
        if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0) {
            FILE *file = fdopen(fd, "r+");

            if (file) {
                return file;
            }
            break;
        }
        usleep(20000);
    }
    if (fd >= 0) {
        close(fd);
    }
    return NULL;
}

/* Sends one command and reads up to its answer: the answer, or NULL. */
static json_t *
ask(FILE *monitor, json_t *command)
{
    char *line = NULL;
    size_t size = 0;
    json_t *reply = NULL;

    json_dumpf(command, monitor, JSON_COMPACT);
    json_decref(command);
    fputc('\n', monitor);
    fflush(monitor);
    while (!reply && getline(&line, &size, monitor) > 0) {
        reply = json_loads(line, 0, NULL);
        if (reply && !json_object_get(reply, "return") &&
            !json_object_get(reply, "error")) {
            json_decref(reply);            /* the greeting, or an event */
            reply = NULL;
        }
    }
    free(line);
    return reply;
}

int
qemu_set(const struct cli_command *command, const struct qemu *qemu,
         const char *device, const char *property, long long value)
{
    FILE *monitor = open_monitor(qemu);
    char path[128];
    json_t *reply;
    json_t *error;
    int code = CLI_OK;

    if (!monitor) {
        return cli_fail(command, CLI_USAGE, "QEMU's monitor does not answer");
    }
    snprintf(path, sizeof(path), "/machine/peripheral/%s", device);
    json_decref(ask(monitor, json_pack("{s:s}", "execute",
                                       "qmp_capabilities")));
    reply = ask(monitor, json_pack("{s:s, s:{s:s, s:s, s:I}}", "execute",
                                   "qom-set", "arguments", "path", path,
                                   "property", property, "value",
                                   (json_int_t)value));
    error = json_object_get(reply, "error");
    if (!reply || error) {
        code = cli_fail(command, CLI_USAGE, "%s.%s cannot be set: %s", device,
                        property, error ? json_string_value(
                            json_object_get(error, "desc"))
                                        : "QEMU has ended");
    }
    json_decref(reply);
    fclose(monitor);
    return code;
}
