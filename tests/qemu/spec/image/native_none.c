/* SPDX-License-Identifier: Apache-2.0 */
/* tests/qemu/spec/image/native_none.c - the interpreter alone */
#include "native.h"

const struct spec_native spec_natives[] = { { "", 0, 0 } };
const uint32_t spec_n_natives = 0;
