/* SPDX-License-Identifier: Apache-2.0 */
/* A main that never ends. */
#include <wasmio/core.h>

static volatile uint32_t n_rounds;

WASMIO_EXPORT("poll")
void
poll(void)
{
    for (;;) {
        n_rounds++;
    }
}
