/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench/common/still.h - a port's core operations where nothing happens
 *
 * The clock stands still, a delay takes no time, nothing interrupts and what is
 * logged is dropped: what is counted is the way, not the port.
 */
#ifndef BENCH_STILL_H
#define BENCH_STILL_H

#include <wio/port.h>

extern const struct wio_port_core_ops bench_still_ops;

#endif
