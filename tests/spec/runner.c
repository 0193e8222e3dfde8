/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/spec/runner.c - see runner.h
 *
 * Everything a file makes stays in the arena until its end, because named
 * instances, shared tables and shared memories do. One exception keeps small
 * targets going: an instance that nothing can reach any more (no name, never
 * registered, no table or global imported) goes when the next one comes.
 */
#include "spec/runner.h"

#include <stdbool.h>
#include <stddef.h>

#include "base/leb.h"
#include "base/report.h"
#include "engine/engine.h"

#include "spec/spectest.h"
#include "spec/values.h"

struct action {
    uint8_t kind;               /* enum spec_action_kind */
    struct wio_span module;
    struct wio_span field;
    uint32_t n_args;
    struct spec_value args[SPEC_MAX_VALUES];
};

struct named {                  /* by a `module` or a `register` command */
    struct wio_span name;
    struct wio_instance *instance;
};

struct run {
    const struct spec_config *config;
    struct spec_counts *counts;
    struct wio_arena arena;
    uint32_t features;
    struct wio_instance_limits limits;

    struct wio_store store;
    struct wio_exec *exec;
    struct named *modules;
    uint32_t n_modules;
    uint32_t max_modules;
    struct named *registered;
    uint32_t n_registered;
    uint32_t max_registered;
    struct wio_instance *current;
    bool current_is_lost;            /* nothing but `current` reaches it */
    struct wio_arena_mark before;    /* what to return to when it is */
    uint32_t store_before;
    struct spectest host;

    uint32_t line;
    const char *command;
    uint32_t needs_pages;            /* of the next command */
    struct wio_report report;
    char expected[SPEC_TEXT_SIZE];
    char got[SPEC_TEXT_SIZE];
};

const char *
spec_skip_text(enum spec_skip reason)
{
    static const char *const texts[SPEC_N_SKIPS] = {
        [SPEC_SKIP_TEXT] = "about the text format",
        [SPEC_SKIP_MEMORY64] = "64-bit memories (memory64)",
        [SPEC_SKIP_SIMD] = "vector instructions (SIMD)",
        [SPEC_SKIP_SET] = "a proposal that is not implemented",
        [SPEC_SKIP_MEMORY] = "more memory than this target has",
    };

    return (unsigned)reason < SPEC_N_SKIPS ? texts[reason] : "unknown";
}

uint32_t
spec_skipped(const struct spec_counts *counts)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < SPEC_N_SKIPS; i++) {
        n += counts->skipped[i];
    }
    return n;
}

/* -- Verdicts ------------------------------------------------------------- */

static void
pass(struct run *run)
{
    run->counts->passed++;
}

static void
fail(struct run *run, const char *expected, const char *got)
{
    run->counts->failed++;
    if (run->config->failed) {
        run->config->failed(run->config->ctx, run->line, run->command,
                            expected, got);
    }
}

/* What a load or an instantiation answered, for people. */
static const char *
answer(struct run *run, int code, const struct wio_trap *trap)
{
    if (code == WIO_ERR_TRAPPED && trap) {
        wio_format(run->got, SPEC_TEXT_SIZE, "trap: %s",
                   wio_trap_text(trap->cause));
    } else if (run->report.code != 0) {
        wio_format(run->got, SPEC_TEXT_SIZE, "%s: %s", wio_strerror(code),
                   run->report.text);
    } else {
        wio_format(run->got, SPEC_TEXT_SIZE, "%s", wio_strerror(code));
    }
    return run->got;
}

/*
 * The vectors name traps by the start of a sentence or by the sentence plus a
 * detail ("uninitialized element 2"). They agree with ours when they are the
 * same, or when theirs is ours, a space, and the detail.
 */
static bool
trap_agrees(struct wio_span theirs, enum wio_trap_cause cause)
{
    const char *ours = wio_trap_text(cause);
    const uint32_t len = wio_text_len(ours);

    if (cause == WIO_TRAP_NONE || theirs.len < len) {
        return false;
    }
    if (theirs.len > len && theirs.bytes[len] != ' ') {
        return false;
    }
    return wio_span_is((struct wio_span){ theirs.bytes, len }, ours);
}

static int
resolve(void *ctx, const struct wio_import_info *import,
        struct wio_extern *found, struct wio_report *report)
{
    const struct run *run = ctx;

    *found = (struct wio_extern){ .kind = import->type.kind };
    for (uint32_t i = run->n_registered; i > 0; i--) {
        const struct named *named = &run->registered[i - 1];

        if (wio_span_equal(named->name, import->module)) {
            if (wio_engine_find_span(named->instance, import->name, found)) {
                return 0;
            }
            break;
        }
    }
    if (wio_span_is(import->module, "spectest") &&
        spectest_find(&run->host, import->name, found)) {
        return 0;
    }
    return wio_report_fail(report, WIO_ERR_UNLINKABLE,
                           "nothing is called %S.%S", &import->module,
                           &import->name);
}

/* -- Reading the script --------------------------------------------------- */

static void
read_action(struct wio_cursor *c, struct action *action)
{
    action->kind = wio_read_u8(c);
    action->module = spec_read_text(c);
    action->field = spec_read_text(c);
    action->n_args = spec_read_values(c, action->args);
}

/* -- Modules -------------------------------------------------------------- */

/* Whether something outside the instance may come to hold a reference to it. */
static bool
may_leak(const struct wio_module *module)
{
    for (uint32_t i = 0; i < wio_module_n_imports(module); i++) {
        struct wio_import_info import;

        wio_module_import(module, i, &import);
        if (import.type.kind == WIO_EXTERN_TABLE ||
            import.type.kind == WIO_EXTERN_GLOBAL) {
            return true;
        }
    }
    return false;
}

/* Load, link and start. *@trap is meaningful on WIO_ERR_TRAPPED only. */
static int
instantiate(struct run *run, struct wio_span bytes,
            struct wio_module **module, struct wio_instance **instance,
            struct wio_trap *trap)
{
    int err;

    *module = NULL;
    *instance = NULL;
    *trap = (struct wio_trap){ .cause = WIO_TRAP_NONE };
    err = wio_engine_load(bytes.bytes, bytes.len, run->features, &run->arena,
                          module, &run->report);
    if (!err && run->config->loaded) {
        err = run->config->loaded(run->config->ctx, *module, &run->report);
    }
    if (err) {
        return err;
    }
    err = wio_engine_instantiate(*module, &run->store, resolve, run, NULL,
                                 &run->limits, &run->arena, instance, trap,
                                 &run->report);
    if (err) {
        return err;
    }
    wio_engine_set_steps(run->exec, WIO_STEPS_MAX);
    return wio_engine_start(run->exec, *instance, trap);
}

static void
run_module(struct run *run, struct wio_span name, struct wio_span bytes)
{
    struct wio_module *module;
    struct wio_instance *instance;
    struct wio_trap trap;
    int err;

    if (run->current && run->current_is_lost) {
        wio_arena_return(&run->arena, run->before);
        run->store.n = run->store_before;
    }
    run->current = NULL;
    run->before = wio_arena_mark(&run->arena);
    run->store_before = run->store.n;
    err = instantiate(run, bytes, &module, &instance, &trap);
    if (err) {
        fail(run, "a module that loads and instantiates",
             answer(run, err, &trap));
        return;
    }
    run->current = instance;
    run->current_is_lost = name.len == 0 && !may_leak(module);
    if (name.len > 0 && run->n_modules < run->max_modules) {
        run->modules[run->n_modules++] = (struct named){ name, instance };
    }
    pass(run);
}

static void
run_definition(struct run *run, struct wio_span bytes)
{
    const struct wio_arena_mark mark = wio_arena_mark(&run->arena);
    struct wio_module *module;
    const int err = wio_engine_load(bytes.bytes, bytes.len, run->features,
                                    &run->arena, &module, &run->report);

    if (err) {
        fail(run, "a module that loads", answer(run, err, NULL));
    } else {
        pass(run);
    }
    wio_arena_return(&run->arena, mark);
}

/* assert_invalid and assert_malformed: that code exactly. */
static void
run_refused(struct run *run, struct wio_span bytes, struct wio_span message,
            int code)
{
    const struct wio_arena_mark mark = wio_arena_mark(&run->arena);
    struct wio_module *module;
    const int err = wio_engine_load(bytes.bytes, bytes.len, run->features,
                                    &run->arena, &module, &run->report);

    if (err == code) {
        pass(run);
    } else {
        wio_format(run->expected, SPEC_TEXT_SIZE, "%s: %S", wio_strerror(code),
                   &message);
        fail(run, run->expected, answer(run, err, NULL));
    }
    wio_arena_return(&run->arena, mark);
}

static void
run_unlinkable(struct run *run, struct wio_span bytes, struct wio_span message)
{
    const struct wio_arena_mark mark = wio_arena_mark(&run->arena);
    const uint32_t n = run->store.n;
    struct wio_module *module;
    struct wio_instance *instance;
    struct wio_trap trap;
    const int err = instantiate(run, bytes, &module, &instance, &trap);

    if (err == WIO_ERR_UNLINKABLE) {
        pass(run);
        run->store.n = n;
        wio_arena_return(&run->arena, mark);
        return;
    }
    wio_format(run->expected, SPEC_TEXT_SIZE, "unlinkable: %S", &message);
    fail(run, run->expected, answer(run, err, &trap));
}

/* What it wrote to shared tables before the trap stays, so it stays too. */
static void
run_uninstantiable(struct run *run, struct wio_span bytes,
                   struct wio_span message)
{
    const struct wio_arena_mark mark = wio_arena_mark(&run->arena);
    const uint32_t n = run->store.n;
    struct wio_module *module;
    struct wio_instance *instance;
    struct wio_trap trap;
    const int err = instantiate(run, bytes, &module, &instance, &trap);

    if (module && may_leak(module)) {
        run->current_is_lost = false;
    } else {
        run->store.n = n;
        wio_arena_return(&run->arena, mark);
    }
    if (err == WIO_ERR_TRAPPED && trap_agrees(message, trap.cause)) {
        pass(run);
        return;
    }
    wio_format(run->expected, SPEC_TEXT_SIZE, "trap: %S", &message);
    fail(run, run->expected, answer(run, err, &trap));
}

static struct wio_instance *
find_instance(const struct run *run, struct wio_span name)
{
    if (name.len == 0) {
        return run->current;
    }
    for (uint32_t i = run->n_modules; i > 0; i--) {
        if (wio_span_equal(run->modules[i - 1].name, name)) {
            return run->modules[i - 1].instance;
        }
    }
    return NULL;
}

static void
run_register(struct run *run, struct wio_span name, struct wio_span as)
{
    struct wio_instance *instance = find_instance(run, name);

    /* Without one its module failed, and was counted then. */
    if (!instance || run->n_registered == run->max_registered) {
        return;
    }
    if (instance == run->current) {
        run->current_is_lost = false;
    }
    run->registered[run->n_registered++] = (struct named){ as, instance };
}

/* -- Actions -------------------------------------------------------------- */

/*
 * Calls or reads. Returns what the engine did, with the results in @results
 * and their number in *@n_results; or WIO_ERR_NO_EXPORT after saying so in
 * run->got.
 */
static int
act(struct run *run, const struct action *action,
    struct spec_value results[SPEC_MAX_VALUES], uint32_t *n_results,
    struct wio_trap *trap)
{
    struct wio_instance *instance = find_instance(run, action->module);
    uint32_t args[SPEC_MAX_SLOTS];
    uint32_t slots[SPEC_MAX_SLOTS];
    uint32_t n_args = 0;
    struct wio_func_type type;
    struct wio_extern found;
    int err;

    *n_results = 0;
    *trap = (struct wio_trap){ .cause = WIO_TRAP_NONE };
    if (!instance) {
        wio_format(run->got, SPEC_TEXT_SIZE, "no instance (its module failed)");
        return WIO_ERR_NO_EXPORT;
    }
    found = (struct wio_extern){ .kind = action->kind == SPEC_GET
                                             ? WIO_EXTERN_GLOBAL
                                             : WIO_EXTERN_FUNC };
    if (!wio_engine_find_span(instance, action->field, &found) ||
        found.kind != (action->kind == SPEC_GET ? WIO_EXTERN_GLOBAL
                                                : WIO_EXTERN_FUNC)) {
        wio_format(run->got, SPEC_TEXT_SIZE, "no such export: %S",
                   &action->field);
        return WIO_ERR_NO_EXPORT;
    }
    if (action->kind == SPEC_GET) {
        results[0].type = wio_engine_global_type(found.of.global);
        results[0].bits = wio_engine_global_get(found.of.global);
        *n_results = 1;
        return 0;
    }
    type = wio_engine_func_type(found.func);
    if (!spec_to_slots(action->args, action->n_args, args, &n_args) ||
        type.results.len > SPEC_MAX_VALUES) {
        wio_format(run->got, SPEC_TEXT_SIZE,
                   "more values than this runner has");
        return WIO_ERR_NO_EXPORT;
    }
    wio_engine_set_steps(run->exec, WIO_STEPS_MAX);
    err = wio_engine_call(run->exec, &found.func, args, n_args, slots, trap);
    if (err) {
        return err;
    }
    spec_from_slots(type.results, slots, results);
    *n_results = type.results.len;
    return 0;
}

static void
run_return(struct run *run, const struct action *action,
           const struct spec_value *want, uint32_t n_want, bool compare)
{
    struct spec_value got[SPEC_MAX_VALUES] = { { 0 } };
    uint32_t n_got;
    struct wio_trap trap;
    const int err = act(run, action, got, &n_got, &trap);
    bool agrees = !err;

    if (compare) {
        agrees = agrees && n_got == n_want;
        for (uint32_t i = 0; agrees && i < n_want; i++) {
            agrees = spec_value_agrees(&want[i], &got[i]);
        }
    }
    if (agrees) {
        pass(run);
        return;
    }
    if (compare) {
        spec_print_values(run->expected, want, n_want);
    } else {
        wio_format(run->expected, SPEC_TEXT_SIZE, "a return");
    }
    if (err != WIO_ERR_NO_EXPORT) {
        if (err) {
            answer(run, err, &trap);
        } else {
            spec_print_values(run->got, got, n_got);
        }
    }
    fail(run, run->expected, run->got);
}

static void
run_trap(struct run *run, const struct action *action, struct wio_span message)
{
    struct spec_value got[SPEC_MAX_VALUES] = { { 0 } };
    uint32_t n_got;
    struct wio_trap trap;
    const int err = act(run, action, got, &n_got, &trap);

    if (err == WIO_ERR_TRAPPED && trap_agrees(message, trap.cause)) {
        pass(run);
        return;
    }
    wio_format(run->expected, SPEC_TEXT_SIZE, "trap: %S", &message);
    if (err == 0) {
        spec_print_values(run->got, got, n_got);
    } else if (err != WIO_ERR_NO_EXPORT) {
        answer(run, err, &trap);
    }
    fail(run, run->expected, run->got);
}

/* -- Commands ------------------------------------------------------------- */

static const char *
command_name(uint8_t op)
{
    static const char *const names[] = {
        [SPEC_MODULE] = "module",
        [SPEC_DEFINITION] = "module definition",
        [SPEC_REGISTER] = "register",
        [SPEC_ACTION] = "action",
        [SPEC_RETURN] = "assert_return",
        [SPEC_TRAP] = "assert_trap",
        [SPEC_EXHAUSTION] = "assert_exhaustion",
        [SPEC_INVALID] = "assert_invalid",
        [SPEC_MALFORMED] = "assert_malformed",
        [SPEC_UNLINKABLE] = "assert_unlinkable",
        [SPEC_UNINSTANTIABLE] = "assert_uninstantiable",
        [SPEC_SKIP] = "skipped",
        [SPEC_NEEDS] = "needs",
    };

    return op < sizeof names / sizeof names[0] && names[op] ? names[op] : NULL;
}

static void
run_action(struct run *run, uint8_t op, struct wio_cursor *c)
{
    struct action action;
    struct spec_value want[SPEC_MAX_VALUES];
    uint32_t n_want = 0;
    struct wio_span message = { 0 };

    read_action(c, &action);
    if (op == SPEC_RETURN) {
        n_want = spec_read_values(c, want);
    } else if (op != SPEC_ACTION) {
        message = spec_read_text(c);
    }
    if (c->bad) {
        return;
    }
    if (run->needs_pages > run->config->max_pages) {
        run->counts->skipped[SPEC_SKIP_MEMORY]++;
    } else if (op == SPEC_RETURN || op == SPEC_ACTION) {
        run_return(run, &action, want, n_want, op == SPEC_RETURN);
    } else {
        run_trap(run, &action, message);
    }
    run->needs_pages = 0;
}

static void
run_load(struct run *run, uint8_t op, struct wio_cursor *c)
{
    const struct wio_span bytes = spec_read_text(c);
    const struct wio_span message = spec_read_text(c);

    if (c->bad) {
        return;
    }
    if (op == SPEC_UNLINKABLE) {
        run_unlinkable(run, bytes, message);
    } else if (op == SPEC_UNINSTANTIABLE) {
        run_uninstantiable(run, bytes, message);
    } else {
        run_refused(run, bytes, message,
                    op == SPEC_INVALID ? WIO_ERR_INVALID : WIO_ERR_MALFORMED);
    }
}

static int
run_command(struct run *run, struct wio_cursor *c)
{
    const uint8_t op = wio_read_u8(c);
    struct wio_span name;
    struct wio_span bytes;
    uint8_t reason;

    run->line = wio_read_u32_le(c);
    run->command = command_name(op);
    wio_report_clear(&run->report);
    switch (op) {
    case SPEC_MODULE:
    case SPEC_REGISTER:
        name = spec_read_text(c);
        bytes = spec_read_text(c);
        if (c->bad) {
            break;
        }
        if (op == SPEC_MODULE) {
            run_module(run, name, bytes);
        } else {
            run_register(run, name, bytes);
        }
        break;
    case SPEC_DEFINITION:
        bytes = spec_read_text(c);
        if (!c->bad) {
            run_definition(run, bytes);
        }
        break;
    case SPEC_ACTION:
    case SPEC_RETURN:
    case SPEC_TRAP:
    case SPEC_EXHAUSTION:
        run_action(run, op, c);
        break;
    case SPEC_INVALID:
    case SPEC_MALFORMED:
    case SPEC_UNLINKABLE:
    case SPEC_UNINSTANTIABLE:
        run_load(run, op, c);
        break;
    case SPEC_SKIP:
        reason = wio_read_u8(c);
        if (!c->bad && reason < SPEC_N_SKIPS) {
            run->counts->skipped[reason]++;
        }
        break;
    case SPEC_NEEDS:
        run->needs_pages = wio_read_u32_le(c);
        break;
    default:
        return WIO_ERR_MALFORMED;
    }
    return c->bad || c->at != c->end ? WIO_ERR_MALFORMED : 0;
}

static int
begin(struct run *run, uint32_t n_modules, uint32_t n_registers)
{
    const uint32_t align = (uint32_t)_Alignof(struct named);
    int err;

    if (n_modules > 4000 || n_registers > 4000) {
        return WIO_ERR_MALFORMED;
    }
    run->modules = wio_arena_take(
        &run->arena, n_modules * (uint32_t)sizeof *run->modules + 1, align);
    run->registered = wio_arena_take(
        &run->arena, n_registers * (uint32_t)sizeof *run->registered + 1,
        align);
    run->store.capacity = n_modules + 1;
    run->store.instances = wio_arena_take(
        &run->arena,
        run->store.capacity * (uint32_t)sizeof *run->store.instances,
        (uint32_t)_Alignof(struct wio_instance *));
    if (!run->modules || !run->registered || !run->store.instances) {
        return WIO_ERR_NO_MEMORY;
    }
    run->max_modules = n_modules;
    run->max_registered = n_registers;
    err = wio_engine_exec_create(&run->arena, run->config->stack_bytes,
                                 &run->exec);
    return err ? err : spectest_create(&run->host, &run->arena);
}

int
spec_run(const struct spec_config *config, struct wio_span script,
         struct spec_counts *counts)
{
    struct run run = { .config = config, .counts = counts };
    struct wio_cursor c = wio_cursor(script.bytes, script.len);
    const uint32_t magic = wio_read_u32_le(&c);
    const uint32_t version = wio_read_u32_le(&c);
    const uint32_t n_commands = wio_read_u32_le(&c);
    const uint32_t n_modules = wio_read_u32_le(&c);
    const uint32_t n_registers = wio_read_u32_le(&c);
    uint32_t pages;
    int err;

    run.features = wio_read_u32_le(&c);
    pages = wio_read_u32_le(&c);
    if (c.bad || magic != SPEC_MAGIC || version != SPEC_VERSION) {
        return WIO_ERR_MALFORMED;
    }
    if (pages > config->max_pages) {
        pages = config->max_pages;
    }
    run.limits = (struct wio_instance_limits){
        .memory_bytes = pages << 16,
        .table_elements = config->max_elements,
    };
    wio_arena_init(&run.arena, config->memory, config->memory_size);
    err = begin(&run, n_modules, n_registers);
    for (uint32_t i = 0; !err && i < n_commands; i++) {
        const struct wio_span span = spec_read_text(&c);
        struct wio_cursor command = wio_cursor(span.bytes, span.len);

        err = c.bad ? WIO_ERR_MALFORMED : run_command(&run, &command);
    }
    return err;
}
