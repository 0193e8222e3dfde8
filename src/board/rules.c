/* SPDX-License-Identifier: Apache-2.0 */
#include "board/rules.h"

/* Every sentence begins with the node it is about. */
int
wio_rules_fail_(const struct rule_place *place, const char *why,
                const char *text)
{
    struct wio_span name = wio_fdt_name(place->fdt, place->node);
    char sentence[WIO_REPORT_TEXT_SIZE];

    wio_format(sentence, sizeof(sentence), why, text);
    return wio_report_fail(place->report, place->error, "%s%S: %s",
                           place->parent, &name, sentence);
}

static int
fail_prop(const struct rule_place *place, struct wio_span prop,
          const char *why)
{
    struct wio_span name = wio_fdt_name(place->fdt, place->node);

    return wio_report_fail(place->report, place->error,
                           "%s%S: property \"%S\" %s", place->parent, &name,
                           &prop, why);
}

int32_t
wio_rules_choice_(const char *choices, struct wio_span text)
{
    int32_t i = 0;

    for (;;) {
        uint32_t len = 0;

        while (choices[len] != '\0' && choices[len] != '|') {
            len++;
        }
        if (wio_span_equal(text,
                (struct wio_span){ (const uint8_t *)choices, len })) {
            return i;
        }
        if (choices[len] == '\0') {
            return -1;
        }
        choices += len + 1;
        i++;
    }
}

bool
wio_rules_text_(struct wio_span text, uint32_t min, uint32_t max)
{
    uint32_t i;

    if (text.len < min || text.len > max) {
        return false;
    }
    for (i = 0; i < text.len; i++) {
        if (text.bytes[i] < 0x20 || text.bytes[i] > 0x7e) {
            return false;
        }
    }
    return true;
}

/* The value as texts, each with its end: their number, 0 when it is not. */
static uint32_t
check_texts(struct wio_span value, uint32_t min, uint32_t max)
{
    struct wio_span text;
    uint32_t off = 0;
    uint32_t n = 0;

    while (off < value.len) {
        struct wio_span rest = { value.bytes + off, value.len - off };

        if (!wio_fdt_string(rest, 0, &text) ||
            !wio_rules_text_(text, min, max)) {
            return 0;
        }
        off += text.len + 1u;
        n++;
    }
    return n;
}

static int
read_value(const struct rule_place *place, const struct rule *rule,
           const struct wio_fdt_prop *prop, void *target)
{
    uint8_t *at = (uint8_t *)target + rule->at;
    struct wio_span value = prop->value;
    struct wio_span text;
    uint32_t cell;
    int32_t choice;
    char why[80];

    switch ((enum rule_kind)rule->kind) {
    case RULE_U32:
        if (value.len != 4) {
            return fail_prop(place, prop->name, "must be one cell, as <1>");
        }
        cell = wio_fdt_cell(value, 0);
        if (cell < rule->min || cell > rule->of.max) {
            wio_format(why, sizeof(why), "is %u, not within %u to %u", cell,
                       rule->min, rule->of.max);
            return fail_prop(place, prop->name, why);
        }
        wio_copy(at, &cell, sizeof(cell));
        return 0;
    case RULE_FLAG:
        if (value.len != 0) {
            return fail_prop(place, prop->name,
                             "is a flag and takes no value");
        }
        *(bool *)at = true;
        return 0;
    case RULE_CHOICE:
        choice = -1;
        if (wio_fdt_string(value, 0, &text) && text.len + 1u == value.len) {
            choice = wio_rules_choice_(rule->of.choices, text);
        }
        if (choice < 0) {
            wio_format(why, sizeof(why), "must be one of %s",
                       rule->of.choices);
            return fail_prop(place, prop->name, why);
        }
        *at = (uint8_t)(rule->min + (uint32_t)choice);
        return 0;
    case RULE_TEXT:
    case RULE_LIST:
        cell = check_texts(value, rule->min, rule->of.max);
        if (cell == 0 || cell > (rule->kind == RULE_TEXT ? 1u : 8u)) {
            wio_format(why, sizeof(why), "must be %s of %u to %u printable "
                       "characters", rule->kind == RULE_TEXT ? "one text" :
                       "one to eight texts", rule->min, rule->of.max);
            return fail_prop(place, prop->name, why);
        }
        if (rule->kind == RULE_TEXT) {
            value.len--;
        }
        *(struct wio_span *)(void *)at = value;
        return 0;
    case RULE_PASS:
        return 0;
    }
    return 0;
}

int
wio_rules_read_(const struct rule_place *place, const struct rule *rules,
                uint32_t n_rules, uint8_t form, const char *form_name,
                void *target)
{
    struct wio_fdt_prop prop;
    uint32_t seen = 0;
    uint32_t i;
    bool more;
    int err;

    for (more = wio_fdt_first_prop(place->fdt, place->node, &prop); more;
         more = wio_fdt_next_prop(place->fdt, &prop)) {
        for (i = 0; i < n_rules && !wio_span_is(prop.name, rules[i].name);) {
            i++;
        }
        if (i == n_rules) {
            return fail_prop(place, prop.name,
                "is unknown: remove it or correct its name");
        }
        if (!(rules[i].forms & form)) {
            char why[64];

            wio_format(why, sizeof(why), "does not belong to class \"%s\"",
                       form_name);
            return fail_prop(place, prop.name, why);
        }
        if (seen >> i & 1u) {
            return fail_prop(place, prop.name, "is there twice");
        }
        seen |= UINT32_C(1) << i;
        err = read_value(place, &rules[i], &prop, target);
        if (err) {
            return err;
        }
    }
    for (i = 0; i < n_rules; i++) {
        if ((rules[i].required & form) && !(seen >> i & 1u)) {
            return wio_rules_fail_(place, "property \"%s\" is missing",
                                   rules[i].name);
        }
    }
    return 0;
}

int
wio_rules_leaf_(const struct rule_place *place)
{
    uint32_t child = wio_fdt_first_child(place->fdt, place->node);
    struct wio_span name;
    struct wio_span below;

    if (child == WIO_FDT_NONE) {
        return 0;
    }
    name = wio_fdt_name(place->fdt, place->node);
    below = wio_fdt_name(place->fdt, child);
    return wio_report_fail(place->report, place->error,
        "%s%S: unknown node \"%S\": remove it or correct its name",
        place->parent, &name, &below);
}
