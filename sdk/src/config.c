/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration as a custom section; the build gives the file's name. */
#include <wasmio/guest.h>

WASMIO_CONFIG(WASMIO_CONFIG_FILE);
