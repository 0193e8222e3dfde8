/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench/ladder/guest/sensor.c - drivers/sensor/tmp105, many readings in a row
 *
 * Linked with that driver, so that a bus transaction is counted without the
 * call of an operation around it.
 */
#if defined(__wasm__)
#include <wasmio/guest.h>
#define LADDER(name) __attribute__((export_name(#name))) name
int64_t read_now(void);
void poll(void);
#else
#include "ladder/sdk.h"
#define LADDER(name) native_##name
#endif
#include "ladder/driver.h"

#define SETTLE_POLLS 8u            /* of the driver, and some */

/* What was read, and how often; 0 when the sensor did not answer. */
uint32_t
LADDER(read_many)(uint32_t n)
{
    uint32_t sum = 1;

    for (uint32_t i = 0; i < n; i++) {
        const int64_t value = read_now();

        if (value < 0) {
            return 0;
        }
        sum = 31u * sum + (uint32_t)value + 1u;
    }
    return sum;
}

/* A new sensor wants its resolution set, and time. */
uint32_t
LADDER(settle)(uint32_t n)
{
    for (uint32_t i = 0; i < SETTLE_POLLS; i++) {
        (void)read_now();
        poll();
    }
    return n;
}
