/* SPDX-License-Identifier: Apache-2.0 */
/*
 * board/rules.h - a devicetree node read by a table of its properties
 *
 * A table has one line a property: name, type, range, where it goes. What the
 * table does not list is refused, and so is what is listed twice, of another
 * type, out of range, or missing although required. Internal to src/board.
 */
#ifndef WIO_BOARD_RULES_H
#define WIO_BOARD_RULES_H

#include <stddef.h>
#include <stdint.h>

#include "base/fdt.h"
#include "base/report.h"
#include "base/span.h"

enum rule_kind {
    RULE_U32,        /* one cell, min .. max           -> uint32_t */
    RULE_FLAG,       /* no value                       -> bool */
    RULE_CHOICE,     /* one text of a|b|c              -> uint8_t, min + i */
    RULE_TEXT,       /* one text, min .. max bytes     -> struct wio_span */
    RULE_LIST,       /* texts, each min .. max bytes   -> struct wio_span */
    RULE_PASS        /* anything: read elsewhere       -> nothing */
};

#define RULE_ALL 0xffu

struct rule {
    const char *name;
    uint8_t kind;            /* enum rule_kind */
    uint8_t at;              /* offset of the member in the target */
    uint8_t forms;           /* forms of the node (bits) that may have it */
    uint8_t required;        /* forms that must have it */
    uint32_t min;
    union {
        uint32_t max;
        const char *choices;
    } of;
};

/* Where a table is applied, for the sentences: "/needs/" "sensor". */
struct rule_place {
    const struct wio_fdt *fdt;
    uint32_t node;
    const char *parent;
    int error;               /* what a broken rule is called */
    struct wio_report *report;
};

/* @form: one bit of rule.forms, or RULE_ALL when the node has one form only.
 * Child nodes are not looked at. */
WIO_MUST_CHECK
int wio_rules_read_(const struct rule_place *place, const struct rule *rules,
                    uint32_t n_rules, uint8_t form, void *target);

/* Refuses any child node. */
WIO_MUST_CHECK
int wio_rules_leaf_(const struct rule_place *place);

/* A sentence about the node, "/needs/sensor: ", or about its property @prop,
 * "/needs/sensor: property "of" ", that ends with @why (a wio_report_fail
 * format). Returns place->error. */
int wio_rules_fail_(const struct rule_place *place, const char *prop,
                    const char *why, ...);

#if !WIO_CFG_SENTENCES
#define wio_rules_fail_(place, prop, ...) \
    (0 ? wio_report_unsaid_("%s", prop) + wio_report_unsaid_(__VA_ARGS__) : \
     wio_report_code((place)->report, (place)->error))
#endif

/* "node "x" is unknown: remove it or correct its name". */
int wio_rules_unknown_(const struct rule_place *place, const char *what,
                       struct wio_span name);

/* The place of @text in "a|b|c", or -1. */
int32_t wio_rules_choice_(const char *choices, struct wio_span text);

/* 1 .. @max printable ASCII characters. */
bool wio_rules_text_(struct wio_span text, uint32_t min, uint32_t max);

#endif
