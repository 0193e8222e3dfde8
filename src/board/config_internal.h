/* SPDX-License-Identifier: Apache-2.0 */
/* board/config_internal.h - the parts of the configuration, a file each */
#ifndef WIO_BOARD_CONFIG_INTERNAL_H
#define WIO_BOARD_CONFIG_INTERNAL_H

#include <wio/port.h>

#include "board/config.h"
#include "board/rules.h"

/* What the readers of the parts share. */
struct config_reader {
    const struct wio_fdt *fdt;
    struct wio_arena *arena;
    struct wio_container_config *config;
    struct wio_report *report;
};

static inline struct rule_place
config_place_(const struct config_reader *reader, uint32_t node,
              const char *parent)
{
    return (struct rule_place){
        .fdt = reader->fdt,
        .node = node,
        .parent = parent,
        .error = WIO_ERR_BAD_CONFIG,
        .report = reader->report
    };
}

/*
 * Nodes that only group entries: they have no properties, and children with a
 * label for a name. /provides and /consumes fill one array and are read as one
 * group; the others have one node. What /provides has of a class is no point:
 * @takes tells them apart.
 */
struct config_group {
    const char *parents[2];      /* for the sentences: "/provides/" */
    uint32_t max;                /* entries */
    uint32_t size;               /* bytes an entry */
    /* Whether a child is an entry of this group; NULL: each is. */
    bool (*takes)(const struct wio_fdt *fdt, uint32_t node);
    /* Reads one child of parents[@which] into a zeroed entry. */
    int (*read)(const struct config_reader *reader,
                const struct rule_place *place, uint32_t which, void *entry);
};

/* WIO_FDT_NONE in @nodes: the configuration has none. *@n counts the entries
 * read while more are being read. */
WIO_MUST_CHECK
int wio_config_group_(const struct config_reader *reader,
                      const struct config_group *group,
                      const uint32_t nodes[2], void **entries, uint8_t *n);

/* The need called @label, or NULL. */
const struct wio_need *
wio_config_need_(const struct wio_container_config *config,
                 struct wio_span label);

/* A node each; WIO_FDT_NONE: the configuration has none. */
WIO_MUST_CHECK
int wio_config_needs_(const struct config_reader *reader, uint32_t node);
WIO_MUST_CHECK
int wio_config_points_(const struct config_reader *reader, uint32_t provides,
                       uint32_t consumes);
WIO_MUST_CHECK
int wio_config_services_(const struct config_reader *reader,
                         uint32_t provides);
/* A child of /provides that is no point. */
bool wio_config_is_service_(const struct wio_fdt *fdt, uint32_t node);
WIO_MUST_CHECK
int wio_config_main_(const struct config_reader *reader, uint32_t node);
WIO_MUST_CHECK
int wio_config_safe_state_(const struct config_reader *reader, uint32_t node);

/* budget <= deadline <= @period, called @period_name: what the admission test
 * computes with. */
WIO_MUST_CHECK
int wio_config_times_(const struct rule_place *place, uint32_t budget_us,
                      uint32_t deadline_us, uint32_t period_us,
                      const char *period_name);

#endif
