/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tools/cli/cmd_check.c - `wasmio check FILE... --board B`
 *
 * What a controller does at a load, up to the point where something would run:
 * the same functions, in the same order, on the host. Several files are
 * checked as if loaded one after the other, each beside those before it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bind/bind.h"
#include "cli_container.h"
#include "check_time.h"

#define MAX_FILES 16

/* What is loaded before the file that is looked at. */
struct state {
    struct cli_board board;
    struct wio_claims claims;
    struct cli_container files[MAX_FILES];
    struct wio_grant grants[MAX_FILES][WIO_CONFIG_MAX_NEEDS];
    struct wio_plan_container loaded[MAX_FILES];
    struct wio_plan plan;      /* of those that are loaded */
    uint32_t n_files;
    uint32_t n_loaded;
    json_t *json;              /* array, or NULL for text */
};

static int
check_room(const struct state *s, const struct cli_container *c,
           struct wio_report *report)
{
    const struct wio_policy *policy = &s->board.board.policy;

    if (s->n_loaded >= policy->max_containers) {
        return wio_report_fail(report, WIO_ERR_LIMIT,
            "the board's policy allows %u containers, and as many are loaded "
            "before this one", policy->max_containers);
    }
    if (c->n_bytes > policy->max_module_bytes) {
        return wio_report_fail(report, WIO_ERR_LIMIT,
            "the module has %u bytes, the board's policy allows %u",
            (uint32_t)c->n_bytes, policy->max_module_bytes);
    }
    return 0;
}

static void
copy_report(struct wio_report *to, const struct wio_report *from)
{
    if (to->code == 0) {
        *to = *from;
    }
}

/* Everything that speaks against it; the first sentence in @report. */
/* A compiled one; the firmware and the slot are looked at when it is
 * delivered. */
static int
check_native(const struct state *s, const struct cli_container *c,
             struct wio_report *report)
{
    const char *target = c->native.header.target;

    if (!c->native.is_there) {
        return 0;
    }
    if (!s->board.board.policy.compiled_containers) {
        return wio_report_fail(report, WIO_ERR_NOT_PERMITTED,
                               "the board's policy accepts no compiled "
                               "containers (compiled-containers); deliver the "
                               "module");
    }
    if (s->board.name && strcmp(s->board.name, target) != 0) {
        return wio_report_fail(report, WIO_ERR_NO_MATCH,
                               "the container was compiled for %s, and this is "
                               "%s; compile it with --target %s", target,
                               s->board.name, s->board.name);
    }
    return 0;
}

static int
check_file(struct state *s, struct cli_container *c, struct wio_grant *grants,
           struct wio_report *reasons, struct wio_report *report)
{
    int err = check_room(s, c, report);

    if (c->config_report.code != 0) {
        copy_report(report, c->module || c->has_config ? &c->config_report
                                                       : &c->module_report);
        return report->code;
    }
    for (uint32_t i = 0; i < s->n_files; i++) {
        if (&s->files[i] != c && s->files[i].config_report.code == 0 &&
            s->files[i].path && &s->files[i] < c &&
            wio_span_equal(s->files[i].config.model, c->config.model)) {
            (void)wio_report_fail(report, WIO_ERR_BUSY,
                "a container called %S is loaded already; unload it first",
                &c->config.model);
        }
    }
    if (!c->module) {
        copy_report(report, &c->module_report);
    } else if (check_native(s, c, report)) {
        err = report->code;
    } else {
        err = wio_bind_check_imports(c->module, &c->config, report);
        if (!err) {
            err = wio_bind_check_exports(c->module, &c->config, report);
        }
        if (!err) {
            err = wio_bind_check_memory(c->module, &c->config, report);
        }
    }
    err = wio_board_match(&s->board.board, &c->config, &s->claims, &c->arena,
                          grants, reasons, report);
    if (!err && report->code == 0) {
        err = wio_claims_add(&s->claims, s->n_loaded + 1, grants,
                             c->config.n_needs);
        if (err) {
            (void)wio_report_fail(report, err, "%S cannot have what it needs: "
                                  "%s", &c->config.model, wio_strerror(err));
        } else {
            wio_claims_provide(&s->claims, &c->config, grants);
        }
    }
    return report->code;
}

/* As at a load: with everything that is loaded before. */
static int
admit(struct state *s, const struct cli_container *c,
      const struct wio_grant *grants, struct wio_report *report)
{
    s->loaded[s->n_loaded].config = &c->config;
    s->loaded[s->n_loaded].grants = grants;
    return wio_plan_make(&s->plan, &s->board.board, 0, s->loaded,
                         s->n_loaded + 1, report);
}

static void
print_text(const struct state *s, const struct cli_container *c,
           const struct wio_grant *grants, const struct wio_report *reasons,
           const struct wio_report *report)
{
    bool says = false;

    printf("%s on ", c->path);
    cli_print_text(s->board.board.model, 0);
    printf(": %s\n", report->code ? "would not load" : "would load");
    for (uint32_t i = 0; c->config_report.code == 0 && i < c->config.n_needs;
         i++) {
        printf("  %-8s %s\n", grants[i].granted ? "granted" :
               c->config.needs[i].optional ? "without" : "refused",
               reasons[i].text);
        says = says || strcmp(reasons[i].text, report->text) == 0;
    }
    if (report->code && !says) {
        printf("  %-8s %s\n", "refused", report->text);
    }
}

static void
add_json(const struct state *s, const struct cli_container *c,
         const struct wio_grant *grants, const struct wio_report *reasons,
         const struct wio_report *report)
{
    struct wio_span path = { (const uint8_t *)c->path,
                             (uint32_t)strlen(c->path) };
    json_t *needs = json_array();
    json_t *file = json_pack("{s:o, s:o, s:b}", "file", cli_json_text(path),
                             "board", cli_json_text(s->board.board.model),
                             "loads", (int)(report->code == 0));

    for (uint32_t i = 0; c->config_report.code == 0 && i < c->config.n_needs;
         i++) {
        json_array_append_new(needs, json_pack("{s:o, s:b, s:b, s:s}",
            "label", cli_json_text(c->config.needs[i].label), "granted",
            (int)grants[i].granted, "optional",
            (int)c->config.needs[i].optional, "text", reasons[i].text));
    }
    json_object_set_new(file, "needs", needs);
    json_object_set_new(file, "timing", cli_time_json(&s->plan,
                        &s->board.board, s->loaded));
    if (report->code) {
        json_object_set_new(file, "reason", json_string(report->text));
        json_object_set_new(file, "code",
                            json_string(wio_strerror(report->code)));
    }
    json_array_append_new(s->json, file);
}

static int
check_all(struct state *s)
{
    int answer = CLI_OK;

    for (uint32_t i = 0; i < s->n_files; i++) {
        struct wio_report reasons[WIO_CONFIG_MAX_NEEDS] = { 0 };
        struct wio_grant *grants = s->grants[i];
        struct wio_report report = { 0 };
        bool fits = check_file(s, &s->files[i], grants, reasons, &report) == 0;

        if (!fits || admit(s, &s->files[i], grants, &report)) {
            answer = CLI_NO;
        }
        (s->json ? add_json : print_text)(s, &s->files[i], grants, reasons,
                                          &report);
        if (!s->json && fits && (report.code || i + 1 == s->n_files)) {
            cli_time_print(&s->plan, &s->board.board, s->loaded);
        }
        s->n_loaded += report.code == 0;
        if (report.code && fits) {
            wio_claims_drop(&s->claims, s->n_loaded + 1);
        }
    }
    return answer;
}

static int
check(char **paths, uint32_t n_paths, const char *board, bool as_json)
{
    static struct state s;     /* too large for a stack */
    int err = cli_open_board(&cli_check, board, &s.board);

    for (; !err && s.n_files < n_paths; s.n_files++) {
        err = cli_open_container(&cli_check, paths[s.n_files],
                                 &s.files[s.n_files]);
        if (err) {
            break;
        }
    }
    if (!err) {
        s.json = as_json ? json_array() : NULL;
        err = check_all(&s);
        if (s.json) {
            json_dumpf(s.json, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII);
            putchar('\n');
            json_decref(s.json);
        }
    }
    for (uint32_t i = 0; i < s.n_files; i++) {
        cli_close_container(&s.files[i]);
    }
    free(s.board.bytes);
    return err;
}

static int
run(int argc, char **argv)
{
    char *paths[MAX_FILES];
    uint32_t n_paths = 0;
    const char *board = NULL;
    bool as_json = false;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0) {
            as_json = true;
        } else if (strcmp(argv[i], "--board") == 0 && i + 1 < argc) {
            board = argv[++i];
        } else if (argv[i][0] == '-' || n_paths == MAX_FILES) {
            return cli_fail(&cli_check, CLI_USAGE, "\"%s\" is not expected "
                            "here; `wasmio check --help` shows how to call "
                            "it", argv[i]);
        } else {
            paths[n_paths++] = argv[i];
        }
    }
    if (n_paths == 0 || !board) {
        return cli_fail(&cli_check, CLI_USAGE, "%s is missing; `wasmio check "
                        "--help` shows how to call it",
                        n_paths ? "--board B" : "FILE");
    }
    return check(paths, n_paths, board, as_json);
}

const struct cli_command cli_check = {
    .name = "check",
    .arguments = "FILE... --board B [--json]",
    .summary = "Say what a board would grant to containers, or why they would "
               "not load",
    .help = "B is a name (`wasmio boards`) or a .dts or .dtb file. Several "
            "files are checked as\nif loaded one after the other. Nothing is "
            "run. One line a need: granted, without\n(optional), or refused "
            "with the reason. Then, with the board's own tasks, who\nruns at "
            "which level and how late each can be at most (docs/reference/\n"
            "priority-model.md). Exit code 1: one of them would not load.",
    .run = run
};
