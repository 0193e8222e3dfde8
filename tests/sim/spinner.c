/* SPDX-License-Identifier: Apache-2.0 */
/* Switches its lamp on, works well for two periods, then hangs. */
#include <wasmio/core.h>
#include <wasmio/gpio.h>

static int32_t lamp;
static uint32_t polls;

WASMIO_EXPORT("wasmio-init")
int32_t
init(void)
{
    lamp = WASMIO_OPEN("lamp");
    return wasmio_gpio_set_active(lamp);
}

WASMIO_EXPORT("poll")
void
poll(void)
{
    polls++;
    while (polls > 2) {
    }
}
