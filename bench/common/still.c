/* SPDX-License-Identifier: Apache-2.0 */
/* bench/common/still.c - see still.h */
#include "common/still.h"

static uint64_t
now_ns(void *ctx)
{
    (void)ctx;
    return 0;
}

static void
delay_ns(void *ctx, uint64_t ns)
{
    (void)ctx;
    (void)ns;
}

static uint32_t
irq_save(void *ctx)
{
    (void)ctx;
    return 0;
}

static void
irq_restore(void *ctx, uint32_t key)
{
    (void)ctx;
    (void)key;
}

static void
log_line(void *ctx, enum wio_log_level level, const char *text, uint32_t len)
{
    (void)ctx;
    (void)level;
    (void)text;
    (void)len;
}

const struct wio_port_core_ops bench_still_ops = {
    .now_ns = now_ns,
    .delay_ns = delay_ns,
    .irq_save = irq_save,
    .irq_restore = irq_restore,
    .log = log_line,
};
