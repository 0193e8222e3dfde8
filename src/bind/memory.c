/* SPDX-License-Identifier: Apache-2.0 */
/* bind/memory.c - a module's memories against its configuration */
#include "bind/bind.h"

int
wio_bind_check_memory(const struct wio_module *module,
                      const struct wio_container_config *config,
                      struct wio_report *report)
{
    uint32_t bound = config->memory_bytes;
    uint32_t n = wio_module_n_memories(module);
    uint32_t total = 0;            /* at most 255 times 16 MiB */

    for (uint32_t i = wio_module_n_imported_memories(module); i < n; i++) {
        struct wio_limits limits = wio_module_memory(module, i);
        uint32_t most_pages = bound >> limits.page_shift;

        if (limits.min > most_pages) {
            total = limits.min > UINT32_MAX >> limits.page_shift
                        ? UINT32_MAX : limits.min << limits.page_shift;
            break;
        }
        total += limits.max > most_pages ? bound
                                         : limits.max << limits.page_shift;
    }
    if (total > bound) {
        return wio_report_fail(report, WIO_ERR_LIMIT,
                               "the module's memory needs %u bytes, its "
                               "configuration allows %u; raise `memory` or "
                               "link for less", total, bound);
    }
    return 0;
}
