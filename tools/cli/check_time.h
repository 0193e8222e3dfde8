/* SPDX-License-Identifier: Apache-2.0 */
/* tools/cli/check_time.h - the table of the admission test */
#ifndef WIO_CLI_CHECK_TIME_H
#define WIO_CLI_CHECK_TIME_H

#include <jansson.h>

#include "runtime/plan.h"

/* Nothing when nobody runs by itself. */
void cli_time_print(const struct wio_plan *plan, const struct wio_board *board,
                    const struct wio_plan_container *containers);

/* An array, an object an entity; times in ns. */
json_t *cli_time_json(const struct wio_plan *plan,
                      const struct wio_board *board,
                      const struct wio_plan_container *containers);

#endif
