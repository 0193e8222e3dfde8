/* SPDX-License-Identifier: Apache-2.0 */
/* bench/common/native.c - see native.h: the native side of entry calls */
#include "common/native.h"

#include "guest/kernels.h"

/* Volatile, so that the compiler cannot see what is called. */
static void (*volatile call_empty)(void) = native_empty;
static void (*volatile call_irq)(uint32_t) = native_irq;

uint32_t
native_empty_calls(uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        call_empty();
    }
    return n;
}

uint32_t
native_irq_calls(uint32_t n)
{
    const uint32_t before = native_irq_total();

    for (uint32_t i = 0; i < n; i++) {
        call_irq(i);
    }
    return native_irq_total() - before;
}
