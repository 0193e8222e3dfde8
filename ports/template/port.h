/* SPDX-License-Identifier: Apache-2.0 */
/* ports/template/port.h - where a new port begins */
#ifndef WIO_TEMPLATE_PORT_H
#define WIO_TEMPLATE_PORT_H

#include <stddef.h>
#include <stdint.h>

#include <wio/port.h>

/* All of the port's state; the caller's memory, as long as the runtime. */
struct template_port {
    struct wio_port port;
    uint64_t now_ns;
};

const struct wio_port *template_port(struct template_port *self);

#endif
