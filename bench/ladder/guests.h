/* SPDX-License-Identifier: Apache-2.0 */
/* bench/ladder/guests.h - the modules and the board, linked in as bytes */
#ifndef BENCH_LADDER_GUESTS_H
#define BENCH_LADDER_GUESTS_H

#include <stdint.h>

#define LADDER_GUEST(name) \
    extern const uint8_t guest_##name[]; \
    extern const uint8_t guest_##name##_end[]

LADDER_GUEST(driver);   /* guest/driver.c and guest/work.c */
LADDER_GUEST(entry);    /* guest/entry.c */
LADDER_GUEST(sensor);   /* drivers/sensor/tmp105, without its main */
LADDER_GUEST(board);    /* no module: the board's blob */

/* What they were compiled to, for the build machine; a board has them in its
 * flash. */
extern const uint8_t compiled_driver[], compiled_driver_end[];
extern const uint8_t compiled_sensor[], compiled_sensor_end[];
extern const uint8_t compiled_entry[], compiled_entry_end[];

#endif
