/* SPDX-License-Identifier: Apache-2.0 */
/*
 * board/config.c - the root of a container's configuration
 *
 * The parts are in needs.c and process.c. Reference for all of them:
 * docs/reference/configuration.md.
 */
#include "board/config_internal.h"

#define MEMORY_MAX 0x1000000u          /* 16 MiB */
#define STACK_MAX 65536u

#define AT(member) (uint8_t)offsetof(struct wio_container_config, member)

static const struct rule root_rules[] = {
    { "compatible", RULE_PASS, 0, RULE_ALL, RULE_ALL, 0, { 0 } },
    { "wasmio,abi", RULE_PASS, 0, RULE_ALL, RULE_ALL, 0, { 0 } },
    { "model", RULE_TEXT, AT(model), RULE_ALL, RULE_ALL, 1, { 31 } },
    { "version", RULE_TEXT, AT(version), RULE_ALL, RULE_ALL, 1, { 15 } },
    { "memory", RULE_U32, AT(memory_bytes), RULE_ALL, RULE_ALL, 0,
      { MEMORY_MAX } },
    { "stack", RULE_U32, AT(stack_bytes), RULE_ALL, 0, 128, { STACK_MAX } },
    { "no-shadow-stack", RULE_FLAG, AT(no_shadow_stack), RULE_ALL, 0, 0,
      { 0 } }
};

static const char part_names[] = "needs|provides|consumes|main|safe-state";

enum part {
    PART_NEEDS, PART_PROVIDES, PART_CONSUMES, PART_MAIN, PART_SAFE_STATE,
    N_PARTS
};

static bool
is_label(struct wio_span name)
{
    uint32_t i;

    for (i = 0; i < name.len; i++) {
        uint8_t c = name.bytes[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
              (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.')) {
            return false;
        }
    }
    return name.len >= 1 && name.len <= WIO_CONFIG_MAX_LABEL;
}

static bool
takes(const struct config_group *group, const struct wio_fdt *fdt,
      uint32_t node)
{
    return !group->takes || group->takes(fdt, node);
}

/* The group's own rules; adds its entries to *@n. */
static int
check_group(const struct config_reader *reader,
            const struct config_group *group, uint32_t node, uint32_t *n)
{
    struct rule_place place = config_place_(reader, node, "/");
    uint32_t child;
    int err = wio_rules_read_(&place, NULL, 0, RULE_ALL, NULL);

    if (err) {
        return err;
    }
    for (child = wio_fdt_first_child(reader->fdt, node);
         child != WIO_FDT_NONE;
         child = wio_fdt_next_sibling(reader->fdt, child)) {
        struct wio_span name = wio_fdt_name(reader->fdt, child);

        if (!is_label(name)) {
            return wio_report_fail(reader->report, WIO_ERR_BAD_CONFIG,
                "\"%S\" is no label: use 1 to %u letters, digits and - _ .",
                &name, WIO_CONFIG_MAX_LABEL);
        }
        *n += takes(group, reader->fdt, child);
        if (*n > group->max) {
            return wio_rules_fail_(&place, NULL, "more than %u entries%s",
                                   group->max,
                                   group->takes == wio_config_is_service_
                                       ? " that serve other containers"
                                       : "");
        }
    }
    return 0;
}

/* No other entry of the group, up to parent @which, has its label. */
static int
check_label(const struct rule_place *place, const uint32_t nodes[2],
            uint32_t which)
{
    /* A name is terminated in the blob. */
    const char *label = (const char *)wio_fdt_name(place->fdt,
                                                   place->node).bytes;
    uint32_t i;

    for (i = 0; i <= which; i++) {
        uint32_t first = nodes[i] == WIO_FDT_NONE ? WIO_FDT_NONE :
                         wio_fdt_child(place->fdt, nodes[i], label);

        if (first != WIO_FDT_NONE && first != place->node) {
            return wio_rules_fail_(place, NULL,
                                   "two entries have this label");
        }
    }
    return 0;
}

int
wio_config_group_(const struct config_reader *reader,
                  const struct config_group *group, const uint32_t nodes[2],
                  void **entries, uint8_t *n)
{
    uint32_t total = 0;
    uint32_t child;
    uint32_t i;
    uint8_t *entry;
    int err;

    for (i = 0; i < 2; i++) {
        if (nodes[i] != WIO_FDT_NONE) {
            err = check_group(reader, group, nodes[i], &total);
            if (err) {
                return err;
            }
        }
    }
    if (total == 0) {
        return 0;
    }
    entry = wio_arena_take(reader->arena, total * group->size,
                           (uint32_t)sizeof(void *));
    if (!entry) {
        return wio_report_fail(reader->report, WIO_ERR_NO_MEMORY,
                               "no memory for %u entries of the "
                               "configuration", total);
    }
    *entries = entry;
    for (i = 0; i < 2; i++) {
        if (nodes[i] == WIO_FDT_NONE) {
            continue;
        }
        for (child = wio_fdt_first_child(reader->fdt, nodes[i]);
             child != WIO_FDT_NONE;
             child = wio_fdt_next_sibling(reader->fdt, child)) {
            struct rule_place place = config_place_(reader, child,
                                                    group->parents[i]);

            if (!takes(group, reader->fdt, child)) {
                continue;
            }
            err = check_label(&place, nodes, i);
            if (!err) {
                err = wio_rules_leaf_(&place);
            }
            if (!err) {
                err = group->read(reader, &place, i, entry);
            }
            if (err) {
                return err;
            }
            entry += group->size;
            ++*n;
        }
    }
    return 0;
}

int
wio_config_times_(const struct rule_place *place, uint32_t budget_us,
                  uint32_t deadline_us, uint32_t period_us,
                  const char *period_name)
{
    (void)period_name;
    if (deadline_us > period_us) {
        return wio_rules_fail_(place, NULL, "deadline-us is above %s: the "
                               "next activation would come first",
                               period_name);
    }
    if (budget_us > deadline_us) {
        return wio_rules_fail_(place, NULL, "budget-us is above deadline-us, "
                               "so no activation could meet it");
    }
    return 0;
}

const struct wio_need *
wio_config_need_(const struct wio_container_config *config,
                 struct wio_span label)
{
    uint32_t i;

    for (i = 0; i < config->n_needs; i++) {
        if (wio_span_equal(config->needs[i].label, label)) {
            return &config->needs[i];
        }
    }
    return NULL;
}

static int
check_abi(const struct config_reader *reader)
{
    struct rule_place root = config_place_(reader, 0, "/");
    struct wio_span value;

    if (!wio_fdt_get(reader->fdt, 0, "wasmio,abi", &value)) {
        return wio_rules_fail_(&root, "wasmio,abi", "is missing");
    }
    if (value.len != 8) {
        return wio_rules_fail_(&root, "wasmio,abi",
                               "must be two cells, as <0 1>");
    }
    if (wio_fdt_cell(value, 0) != WIO_ABI_MAJOR ||
        wio_fdt_cell(value, 1) != WIO_ABI_MINOR) {
        return wio_report_fail(reader->report, WIO_ERR_ABI_VERSION,
            "the container is made for ABI %u.%u, this core serves %u.%u: "
            "build it with the SDK of this version", wio_fdt_cell(value, 0),
            wio_fdt_cell(value, 1), WIO_ABI_MAJOR, WIO_ABI_MINOR);
    }
    return 0;
}

static int
read_root(const struct config_reader *reader, uint32_t parts[N_PARTS])
{
    struct rule_place root = config_place_(reader, 0, "/");
    struct wio_span text;
    uint32_t child;
    uint32_t i;
    int err;

    if (!wio_fdt_get_string(reader->fdt, 0, "compatible", &text) ||
        !wio_span_is(text, "wasmio,container")) {
        return wio_rules_fail_(&root, "compatible",
                               "must be \"wasmio,container\"");
    }
    /* The version decides what the rest means, so it comes first. */
    err = check_abi(reader);
    if (err) {
        return err;
    }
    err = wio_rules_read_(&root, root_rules,
                          sizeof(root_rules) / sizeof(root_rules[0]),
                          RULE_ALL, reader->config);
    if (err) {
        return err;
    }
    if (reader->config->stack_bytes % 8 != 0) {
        return wio_rules_fail_(&root, "stack", "must be a multiple of %u",
                               8u);
    }
    for (i = 0; i < N_PARTS; i++) {
        parts[i] = WIO_FDT_NONE;
    }
    for (child = wio_fdt_first_child(reader->fdt, 0); child != WIO_FDT_NONE;
         child = wio_fdt_next_sibling(reader->fdt, child)) {
        struct wio_span name = wio_fdt_name(reader->fdt, child);
        int32_t part = wio_rules_choice_(part_names, name);

        if (part < 0) {
            return wio_rules_unknown_(&root, "node", name);
        }
        if (parts[part] != WIO_FDT_NONE) {
            return wio_rules_fail_(&root, NULL, "node \"%S\" is there twice",
                                   &name);
        }
        parts[part] = child;
    }
    return 0;
}

int
wio_config_read(struct wio_span blob, struct wio_arena *arena,
                struct wio_container_config *config,
                struct wio_report *report)
{
    struct wio_arena_mark mark = wio_arena_mark(arena);
    struct wio_container_config found;
    struct config_reader reader;
    struct wio_fdt fdt;
    uint32_t parts[N_PARTS];
    int err;

    wio_fill(&found, 0, sizeof(found));
    err = wio_fdt_open(blob, WIO_CONFIG_MAX_BYTES, WIO_ERR_BAD_CONFIG, &fdt,
                       report);
    if (err) {
        return err;
    }
    reader = (struct config_reader){ &fdt, arena, &found, report };
    err = read_root(&reader, parts);
    if (!err) {
        err = wio_config_needs_(&reader, parts[PART_NEEDS]);
    }
    if (!err) {
        err = wio_config_points_(&reader, parts[PART_PROVIDES],
                                 parts[PART_CONSUMES]);
    }
    if (!err) {
        err = wio_config_services_(&reader, parts[PART_PROVIDES]);
    }
    if (!err) {
        err = wio_config_main_(&reader, parts[PART_MAIN]);
    }
    if (!err) {
        err = wio_config_safe_state_(&reader, parts[PART_SAFE_STATE]);
    }
    if (err) {
        wio_arena_return(arena, mark);
        return err;
    }
    *config = found;
    return 0;
}
