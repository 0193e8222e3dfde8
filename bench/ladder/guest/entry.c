/* SPDX-License-Identifier: Apache-2.0 */
/* bench/ladder/guest/entry.c - what the host calls, and nothing behind it */
#include "guest/kernels.h"

static volatile uint32_t irq_count;

void
KERNEL(empty)(void)
{
}

void
KERNEL(irq)(uint32_t n)
{
    irq_count += n;
}

uint32_t
KERNEL(irq_total)(void)
{
    return irq_count;
}
