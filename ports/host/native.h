/* SPDX-License-Identifier: Apache-2.0 */
/* ports/host/native.h - images of compiled containers in a process: what sim
 * and linux share */
#ifndef WIO_HOST_NATIVE_H
#define WIO_HOST_NATIVE_H

#include <wio/port.h>

extern const struct wio_port_native_ops wio_host_native_sim;
extern const struct wio_port_native_ops wio_host_native_linux;

#endif
