/* SPDX-License-Identifier: Apache-2.0 */
#include "board/rules.h"

#if WIO_CFG_SENTENCES
int
wio_rules_fail_(const struct rule_place *place, const char *prop,
                const char *why, ...)
{
    struct wio_span name = wio_fdt_name(place->fdt, place->node);
    char text[WIO_REPORT_TEXT_SIZE];
    va_list args;
    uint32_t len;

    len = wio_format(text, sizeof(text),
                     prop ? "%s%S: property \"%s\" " : "%s%S: ",
                     place->parent, &name, prop);
    va_start(args, why);
    (void)wio_format_va(text + len, (uint32_t)sizeof(text) - len, why, args);
    va_end(args);
    return wio_report_fail(place->report, place->error, "%s", text);
}
#endif

int
wio_rules_unknown_(const struct rule_place *place, const char *what,
                   struct wio_span name)
{
    (void)what;
    return wio_rules_fail_(place, NULL,
        "%s \"%S\" is unknown: remove it or correct its name", what, &name);
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

    switch ((enum rule_kind)rule->kind) {
    case RULE_U32:
        if (value.len != 4) {
            return wio_rules_fail_(place, rule->name,
                                   "must be one cell, as <1>");
        }
        cell = wio_fdt_cell(value, 0);
        if (cell < rule->min || cell > rule->of.max) {
            return wio_rules_fail_(place, rule->name,
                                   "is %u, not within %u to %u", cell,
                                   rule->min, rule->of.max);
        }
        wio_copy(at, &cell, sizeof(cell));
        return 0;
    case RULE_FLAG:
        if (value.len != 0) {
            return wio_rules_fail_(place, rule->name,
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
            return wio_rules_fail_(place, rule->name, "must be one of %s",
                                   rule->of.choices);
        }
        *at = (uint8_t)(rule->min + (uint32_t)choice);
        return 0;
    case RULE_TEXT:
    case RULE_LIST:
        cell = check_texts(value, rule->min, rule->of.max);
        if (cell == 0 || cell > (rule->kind == RULE_TEXT ? 1u : 8u)) {
            return wio_rules_fail_(place, rule->name,
                "must be %s of %u to %u printable characters",
                rule->kind == RULE_TEXT ? "one text" : "one to eight texts",
                rule->min, rule->of.max);
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
                uint32_t n_rules, uint8_t form, void *target)
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
            return wio_rules_unknown_(place, "property", prop.name);
        }
        if (!(rules[i].forms & form)) {
            return wio_rules_fail_(place, rules[i].name,
                                   "does not belong to a node of this class");
        }
        if (seen >> i & 1u) {
            return wio_rules_fail_(place, rules[i].name, "is there twice");
        }
        seen |= UINT32_C(1) << i;
        err = read_value(place, &rules[i], &prop, target);
        if (err) {
            return err;
        }
    }
    for (i = 0; i < n_rules; i++) {
        if ((rules[i].required & form) && !(seen >> i & 1u)) {
            return wio_rules_fail_(place, rules[i].name, "is missing");
        }
    }
    return 0;
}

int
wio_rules_leaf_(const struct rule_place *place)
{
    uint32_t child = wio_fdt_first_child(place->fdt, place->node);

    if (child == WIO_FDT_NONE) {
        return 0;
    }
    return wio_rules_unknown_(place, "node", wio_fdt_name(place->fdt, child));
}
