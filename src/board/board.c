/* SPDX-License-Identifier: Apache-2.0 */
/*
 * board/board.c - reading a board: its policy and its controllers
 *
 * The owner writes this tree, so it is trusted in what it grants, but not in
 * being well formed: a wrong property of ours is refused here, by name, and
 * never reaches the match. boards/bindings describes them.
 */
#include "board/board_internal.h"

#include "board/rules.h"

#define BOARD_MAX_BYTES 32768u
#define MAX_TIME_US 3600000000u
#define MAX_COST_NS 1000000000u
#define DEFAULT_LOCK_US 100u
#define DEFAULT_FAULT_NS 100000u

#define AT(member) (uint8_t)offsetof(struct wio_policy, member)

static const struct rule policy_rules[] = {
    { "max-containers", RULE_U32, AT(max_containers), RULE_ALL, RULE_ALL, 1,
      { 16 } },
    { "max-memory-bytes", RULE_U32, AT(max_memory_bytes), RULE_ALL, RULE_ALL,
      0, { 0x1000000 } },
    { "max-module-bytes", RULE_U32, AT(max_module_bytes), RULE_ALL, RULE_ALL,
      8, { 0x1000000 } },
    { "steps-per-us", RULE_U32, AT(steps_per_us), RULE_ALL, RULE_ALL, 1,
      { 100000 } },
    { "init-budget-us", RULE_U32, AT(init_budget_us), RULE_ALL, RULE_ALL, 1,
      { MAX_TIME_US } },
    { "operation-budget-us", RULE_U32, AT(operation_budget_us), RULE_ALL,
      RULE_ALL, 1, { MAX_TIME_US } },
    { "strict-access", RULE_FLAG, AT(strict_access), RULE_ALL, 0, 0, { 0 } },
    { "compiled-containers", RULE_FLAG, AT(compiled_containers), RULE_ALL, 0,
      0, { 0 } },
    { "levels", RULE_U32, AT(levels), RULE_ALL, 0, 1, { WIO_BOARD_MAX_LEVELS } },
    { "container-level", RULE_U32, AT(container_level), RULE_ALL, 0, 0,
      { WIO_BOARD_MAX_LEVELS - 1 } },
    { "max-lock-us", RULE_U32, AT(max_lock_us), RULE_ALL, 0, 1, { 100000 } },
    { "overruns-allowed", RULE_U32, AT(overruns_allowed), RULE_ALL, 0, 0,
      { 1000000 } }
};

#define COST(member) (uint8_t)offsetof(struct wio_costs, member)

static const struct rule cost_rules[] = {
    { "entry-exit-ns", RULE_U32, COST(entry_exit_ns), RULE_ALL, RULE_ALL, 0,
      { MAX_COST_NS } },
    { "stub-ns", RULE_U32, COST(stub_ns), RULE_ALL, RULE_ALL, 0,
      { MAX_COST_NS } },
    { "timer-ns", RULE_U32, COST(timer_ns), RULE_ALL, RULE_ALL, 0,
      { MAX_COST_NS } },
    { "timer-each-ns", RULE_U32, COST(timer_each_ns), RULE_ALL, 0, 0,
      { MAX_COST_NS } },
    { "overrun-ns", RULE_U32, COST(overrun_ns), RULE_ALL, RULE_ALL, 0,
      { MAX_COST_NS } },
    { "irq-off-ns", RULE_U32, COST(irq_off_ns), RULE_ALL, RULE_ALL, 0,
      { MAX_COST_NS } },
    { "fault-ns", RULE_U32, COST(fault_ns), RULE_ALL, 0, 0, { MAX_COST_NS } },
    { "request-ns", RULE_U32, COST(request_ns), RULE_ALL, 0, 0,
      { MAX_COST_NS } }
};

#define TASK(member) (uint8_t)offsetof(struct task_reading, member)

struct task_reading {
    struct wio_task_decl task;
    uint32_t level;
};

static const struct rule task_rules[] = {
    { "period-us", RULE_U32, TASK(task.period_us), RULE_ALL, RULE_ALL, 10,
      { MAX_TIME_US } },
    { "budget-us", RULE_U32, TASK(task.budget_us), RULE_ALL, RULE_ALL, 1,
      { MAX_TIME_US } },
    { "deadline-us", RULE_U32, TASK(task.deadline_us), RULE_ALL, 0, 1,
      { MAX_TIME_US } },
    { "wasmio,level", RULE_U32, TASK(level), RULE_ALL, 0, 0,
      { WIO_BOARD_MAX_LEVELS - 1 } }
};

/* Ours may stand at any node; a wrong one must not mean "not granted". */
static const char our_properties[] =
    "wasmio,class|wasmio,grantable|wasmio,only-for|wasmio,role|"
    "wasmio,registers|wasmio,max-transfer|wasmio,max-timeout-us|"
    "wasmio,direction|wasmio,active-low|"
    "wasmio,irq-min-interarrival-us|wasmio,irq-max-budget-us|"
    "wasmio,max-requests|wasmio,request-min-interval-us";

/* In the order of enum wio_controller_class, which begins at 1. */
static const char class_names[] = "i2c|gpio|uart|mmio|spi";

/* -- Walking ----------------------------------------------------------------- */

bool
wio_board_lists_(const struct wio_fdt *fdt, uint32_t node, const char *name,
                 struct wio_span text)
{
    struct wio_span list;
    struct wio_span entry;
    uint32_t i;

    if (!wio_fdt_get(fdt, node, name, &list)) {
        return false;
    }
    for (i = 0; wio_fdt_string(list, i, &entry); i++) {
        if (wio_span_equal(entry, text)) {
            return true;
        }
    }
    return false;
}

bool
wio_board_flag_(const struct wio_fdt *fdt, uint32_t node, const char *name)
{
    struct wio_span value;

    return wio_fdt_get(fdt, node, name, &value);
}

/* Into simple buses; past the end of one, on with what follows it. */
static void
settle(struct board_walk *walk)
{
    static const struct wio_span simple_bus = {
        (const uint8_t *)"simple-bus", 10
    };

    for (;;) {
        if (walk->node == WIO_FDT_NONE) {
            if (walk->bus == WIO_FDT_NONE) {
                return;
            }
            walk->node = wio_fdt_next_sibling(walk->fdt, walk->bus);
            walk->bus = WIO_FDT_NONE;
        } else if (walk->bus == WIO_FDT_NONE &&
                   wio_board_lists_(walk->fdt, walk->node, "compatible",
                                    simple_bus)) {
            walk->bus = walk->node;
            walk->node = wio_fdt_first_child(walk->fdt, walk->bus);
        } else {
            return;
        }
    }
}

struct board_walk
wio_board_walk_(const struct wio_fdt *fdt)
{
    struct board_walk walk = {
        .fdt = fdt,
        .bus = WIO_FDT_NONE,
        .node = wio_fdt_first_child(fdt, 0)
    };

    settle(&walk);
    return walk;
}

void
wio_board_walk_next_(struct board_walk *walk)
{
    walk->node = wio_fdt_next_sibling(walk->fdt, walk->node);
    settle(walk);
}

int32_t
wio_board_controller_(const struct wio_board *board, uint32_t node,
                      uint8_t class)
{
    uint32_t i;

    for (i = 0; i < board->n_controllers; i++) {
        if (board->controllers[i].node == node &&
            board->controllers[i].info.class == class) {
            return (int32_t)i;
        }
    }
    return -1;
}

/* -- Checks ------------------------------------------------------------------ */

static int
check_names(const struct rule_place *place)
{
    static const char prefix[] = "wasmio,";
    struct wio_fdt_prop prop;
    bool more = wio_fdt_first_prop(place->fdt, place->node, &prop);

    for (; more; more = wio_fdt_next_prop(place->fdt, &prop)) {
        struct wio_span head = { prop.name.bytes, sizeof(prefix) - 1 };

        if (prop.name.len >= head.len && wio_span_is(head, prefix) &&
            wio_rules_choice_(our_properties, prop.name) < 0) {
            return wio_rules_unknown_(place, "property", prop.name);
        }
    }
    return 0;
}

/* Sorted, apart, aligned, inside the window, bits inside the width. */
static int
check_registers(const struct rule_place *place, uint32_t size)
{
    struct wio_span list;
    uint32_t free_from = 0;
    uint32_t i;

    if (!wio_fdt_get(place->fdt, place->node, "wasmio,registers", &list) ||
        list.len == 0 || list.len % BOARD_RULE_BYTES != 0) {
        return wio_rules_fail_(place, "wasmio,registers", "must be <offset "
                               "width read-mask write-mask>, ... for class "
                               "mmio");
    }
    if (list.len > 255 * BOARD_RULE_BYTES) {
        return wio_rules_fail_(place, NULL, "more than %u registers", 255u);
    }
    for (i = 0; i < list.len / 4; i += 4) {
        uint32_t off = wio_fdt_cell(list, i);
        uint32_t width = wio_fdt_cell(list, i + 1);
        uint32_t bits = wio_fdt_cell(list, i + 2) | wio_fdt_cell(list, i + 3);

        if ((width != 1 && width != 2 && width != 4) || off % width != 0 ||
            off < free_from || width > size || off > size - width ||
            bits == 0 || (width < 4 && bits >> (8 * width) != 0)) {
            return wio_rules_fail_(place, NULL,
                "register rule %u (offset %x) is out of order, unaligned, "
                "outside the window or has bits it cannot have", i / 4, off);
        }
        free_from = off + width;
    }
    return 0;
}

/* Children of a bus or a bank of pins: one cell of address. */
static int
check_children(const struct rule_place *controller, uint32_t limit)
{
    const struct wio_fdt *fdt = controller->fdt;
    struct rule_place place = *controller;
    uint32_t reg;
    int err;

    for (place.node = wio_fdt_first_child(fdt, controller->node);
         place.node != WIO_FDT_NONE;
         place.node = wio_fdt_next_sibling(fdt, place.node)) {
        err = check_names(&place);
        if (err) {
            return err;
        }
        if (!wio_fdt_get_u32(fdt, place.node, "reg", &reg) || reg >= limit) {
            return wio_rules_fail_(&place, "reg",
                                   "is no address on its controller");
        }
    }
    return 0;
}

/* No other node has an address of this one: who is granted a window must not
 * reach another device, or memory, by it. */
static int
check_apart(const struct rule_place *place, uint32_t base, uint32_t size)
{
    struct board_walk walk = wio_board_walk_(place->fdt);
    struct wio_span reg;
    uint32_t i;

    for (; walk.node != WIO_FDT_NONE; wio_board_walk_next_(&walk)) {
        if (walk.node == place->node ||
            !wio_fdt_get(place->fdt, walk.node, "reg", &reg)) {
            continue;
        }
        for (i = 0; i < reg.len / 8; i++) {
            uint32_t other = wio_fdt_cell(reg, 2 * i);

            /* One begins inside the other; the differences may wrap. */
            if (base - other < wio_fdt_cell(reg, 2 * i + 1) ||
                other - base < size) {
                struct wio_span name = wio_fdt_name(place->fdt, walk.node);

                return wio_rules_fail_(place, "reg", "overlaps that of "
                                       "\"%S\"", &name);
            }
        }
    }
    return 0;
}

/* -- Controllers ------------------------------------------------------------- */

/* `interrupts`: pairs of line and trigger. */
static void
read_lines(const struct rule_place *place, struct wio_controller_info *info)
{
    struct wio_span list;

    info->n_irqs = 0;
    if (wio_fdt_get(place->fdt, place->node, "interrupts", &list)) {
        while (info->n_irqs < 2 && list.len / 8 > info->n_irqs) {
            info->irqs[info->n_irqs] = wio_fdt_cell(list,
                                                    2u * info->n_irqs);
            info->n_irqs++;
        }
    }
}

static int
add_controller(struct wio_board *board, const struct rule_place *place,
               int32_t class, struct wio_span reg)
{
    struct wio_span name;
    struct wio_controller_info *info;
    uint32_t clock_hz = 0;
    uint32_t baud = 115200;
    uint8_t kind = (uint8_t)(class + 1);

    if (class < 0) {
        return wio_rules_fail_(place, "wasmio,class", "must list some of %s",
                               class_names);
    }
    if (board->n_controllers == WIO_BOARD_MAX_CONTROLLERS) {
        return wio_rules_fail_(place, NULL, "more than %u controllers",
                               WIO_BOARD_MAX_CONTROLLERS);
    }
    if (kind == WIO_CONTROLLER_MMIO) {
        int err = check_registers(place, wio_fdt_cell(reg, 1));

        if (err) {
            return err;
        }
        /* Whoever works the registers of a bus has all devices on it, unless it
         * is one that a container can serve to others. */
        if (wio_fdt_first_child(place->fdt, place->node) != WIO_FDT_NONE &&
            !wio_board_servable_(place->fdt, place->node)) {
            return wio_rules_fail_(place, NULL, "class mmio cannot go with "
                                   "child nodes that are granted singly");
        }
    } else {
        int err = check_children(place,
                                 kind == WIO_CONTROLLER_I2C ? 0x80 : 256);

        if (!err && kind == WIO_CONTROLLER_SPI) {
            err = wio_board_check_spi_(place);
        }
        if (err) {
            return err;
        }
    }
    if (!wio_fdt_get(place->fdt, place->node, "compatible", &name) ||
        !wio_fdt_string(name, 0, &name)) {
        return wio_rules_fail_(place, "compatible", "is missing");
    }
    (void)wio_fdt_get_u32(place->fdt, place->node, "clock-frequency",
                          &clock_hz);
    (void)wio_fdt_get_u32(place->fdt, place->node, "current-speed", &baud);
    board->controllers[board->n_controllers].node = place->node;
    info = &board->controllers[board->n_controllers].info;
    info->class = kind;
    info->compatible = (const char *)name.bytes;   /* terminated in the blob */
    info->base = wio_fdt_cell(reg, 0);
    info->size = wio_fdt_cell(reg, 1);
    info->clock_hz = clock_hz;
    info->baud = baud;
    read_lines(place, info);
    board->n_controllers++;
    return 0;
}

static int
read_device(struct wio_board *board, const struct rule_place *place)
{
    struct wio_span classes;
    struct wio_span class;
    struct wio_span reg;
    uint32_t i;
    int err = check_names(place);

    if (err || !wio_fdt_get(place->fdt, place->node, "wasmio,class",
                            &classes)) {
        return err;
    }
    if (!wio_fdt_get(place->fdt, place->node, "reg", &reg) || reg.len < 8 ||
        reg.len % 4 != 0 ||
        wio_fdt_cell(reg, 1) - 1u > UINT32_MAX - wio_fdt_cell(reg, 0)) {
        return wio_rules_fail_(place, "reg", "must be <address size>, both "
                               "one cell");
    }
    err = check_apart(place, wio_fdt_cell(reg, 0), wio_fdt_cell(reg, 1));
    if (err) {
        return err;
    }
    for (i = 0; wio_fdt_string(classes, i, &class); i++) {
        err = add_controller(board, place,
                             wio_rules_choice_(class_names, class), reg);
        if (err) {
            return err;
        }
    }
    return 0;
}

/* -- Policy -------------------------------------------------------------------- */

static int
read_task(struct wio_board *board, const struct rule_place *place)
{
    struct wio_policy *policy = &board->policy;
    struct task_reading reading;
    int err;

    if (policy->n_tasks == WIO_BOARD_MAX_TASKS) {
        return wio_rules_fail_(place, NULL, "more than %u host tasks",
                               WIO_BOARD_MAX_TASKS);
    }
    wio_fill(&reading, 0, sizeof(reading));
    reading.level = 0xff;
    reading.task.label = wio_fdt_name(place->fdt, place->node);
    err = wio_rules_read_(place, task_rules,
                          sizeof(task_rules) / sizeof(task_rules[0]), RULE_ALL,
                          &reading);
    err = err ? err : wio_rules_leaf_(place);
    if (err) {
        return err;
    }
    if (reading.task.deadline_us == 0) {
        reading.task.deadline_us = reading.task.period_us;
    }
    if (reading.task.deadline_us > reading.task.period_us ||
        reading.task.budget_us > reading.task.deadline_us) {
        return wio_rules_fail_(place, "budget-us", "must be at most "
                               "deadline-us, and that at most period-us");
    }
    reading.task.level = (uint8_t)reading.level;
    for (uint32_t i = 0; i < policy->n_tasks; i++) {
        if (reading.task.level != 0xff &&
            policy->tasks[i].level == reading.task.level) {
            return wio_rules_fail_(place, "wasmio,level", "is that of another "
                                   "task");
        }
    }
    policy->tasks[policy->n_tasks++] = reading.task;
    return 0;
}

static int
read_costs(struct wio_board *board, const struct rule_place *place)
{
    int err = wio_rules_read_(place, cost_rules,
                              sizeof(cost_rules) / sizeof(cost_rules[0]),
                              RULE_ALL, &board->policy.costs);

    return err ? err : wio_rules_leaf_(place);
}

static int
read_tasks(struct wio_board *board, const struct rule_place *place)
{
    struct rule_place task = *place;
    int err = wio_rules_read_(place, NULL, 0, RULE_ALL, NULL);

    task.parent = "board: /wasmio,policy/host-tasks/";
    for (task.node = wio_fdt_first_child(place->fdt, place->node);
         task.node != WIO_FDT_NONE && !err;
         task.node = wio_fdt_next_sibling(place->fdt, task.node)) {
        err = read_task(board, &task);
    }
    return err;
}

/* Costs and tasks, a node each, and nothing else. */
static int
read_parts(struct wio_board *board, const struct rule_place *policy)
{
    static const char names[] = "costs|host-tasks";
    struct rule_place place = *policy;
    uint32_t seen = 0;
    int err = 0;

    place.parent = "board: /wasmio,policy/";
    for (place.node = wio_fdt_first_child(policy->fdt, policy->node);
         place.node != WIO_FDT_NONE && !err;
         place.node = wio_fdt_next_sibling(policy->fdt, place.node)) {
        struct wio_span name = wio_fdt_name(policy->fdt, place.node);
        int32_t part = wio_rules_choice_(names, name);

        if (part < 0) {
            return wio_rules_unknown_(policy, "node", name);
        }
        if (seen >> part & 1u) {
            return wio_rules_fail_(policy, NULL, "node \"%S\" is there twice",
                                   &name);
        }
        seen |= UINT32_C(1) << part;
        err = part == 0 ? read_costs(board, &place)
                        : read_tasks(board, &place);
    }
    return err;
}

/* A level that does not exist would be found when nothing can be loaded. */
static int
check_levels(const struct wio_policy *policy, const struct rule_place *place)
{
    uint32_t n = policy->levels;

    if (n > 0 && policy->container_level >= n) {
        return wio_rules_fail_(place, "container-level", "is %u, and the last "
                               "of the %u levels is %u",
                               policy->container_level, n, n - 1);
    }
    for (uint32_t i = 0; n > 0 && i < policy->n_tasks; i++) {
        const struct wio_task_decl *task = &policy->tasks[i];

        if (task->level != 0xff && task->level >= n) {
            return wio_rules_fail_(place, NULL, "host task \"%S\" has "
                                   "wasmio,level %u, and the last of the %u "
                                   "levels is %u", &task->label,
                                   (uint32_t)task->level, n, n - 1);
        }
    }
    return 0;
}

static int
read_policy(struct wio_board *board, const struct rule_place *place)
{
    struct wio_policy *policy = &board->policy;
    int err;

    policy->max_lock_us = DEFAULT_LOCK_US;
    policy->costs.fault_ns = DEFAULT_FAULT_NS;
    err = wio_rules_read_(place, policy_rules,
                          sizeof(policy_rules) / sizeof(policy_rules[0]),
                          RULE_ALL, policy);
    err = err ? err : read_parts(board, place);
    return err ? err : check_levels(policy, place);
}

int
wio_board_read(struct wio_span blob, struct wio_board *board,
               struct wio_report *report)
{
    struct rule_place place = {
        .parent = "board: /",
        .error = WIO_ERR_BAD_BOARD,
        .report = report
    };
    struct board_walk walk;
    struct wio_span list;
    int err;

    wio_fill(board, 0, sizeof(*board));
    err = wio_fdt_open(blob, BOARD_MAX_BYTES, WIO_ERR_BAD_BOARD, &board->fdt,
                       report);
    if (err) {
        return err;
    }
    place.fdt = &board->fdt;
    place.node = 0;
    if (!wio_fdt_get_string(&board->fdt, 0, "model", &board->model) ||
        !wio_fdt_get(&board->fdt, 0, "compatible", &list) ||
        !wio_fdt_string(list, 0, &board->compatible)) {
        return wio_rules_fail_(&place, "model",
                               "or \"compatible\" is missing");
    }
    place.node = wio_fdt_child(&board->fdt, 0, "wasmio,policy");
    if (place.node == WIO_FDT_NONE) {
        return wio_report_fail(report, WIO_ERR_BAD_BOARD,
            "board: node \"/wasmio,policy\" is missing: it says what "
            "containers may have");
    }
    err = read_policy(board, &place);
    for (walk = wio_board_walk_(&board->fdt);
         !err && walk.node != WIO_FDT_NONE; wio_board_walk_next_(&walk)) {
        place.node = walk.node;
        err = read_device(board, &place);
    }
    return err;
}
