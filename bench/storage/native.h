/* SPDX-License-Identifier: Apache-2.0 */
/* native.h - the card's protocol above the same bus driver, without Wasm */
#ifndef STORAGE_NATIVE_H
#define STORAGE_NATIVE_H

#include "port.h"
#include "sd.h"

/* The bus that sd_bus() of this image uses. */
void native_bus(const struct wio_controller *spi,
                const struct wio_spi_chip *chip);

#endif
