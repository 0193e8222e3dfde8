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

/* A node that only groups others: no properties of its own, at most @max
 * children (their number in *@n), each with a label for a name. */
WIO_MUST_CHECK
int wio_config_group_(const struct config_reader *reader, uint32_t node,
                      uint32_t max, uint32_t *n);

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
int wio_config_main_(const struct config_reader *reader, uint32_t node);
WIO_MUST_CHECK
int wio_config_safe_state_(const struct config_reader *reader, uint32_t node);

#endif
