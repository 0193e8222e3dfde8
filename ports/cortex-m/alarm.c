/* SPDX-License-Identifier: Apache-2.0 */
#include "port.h"

static struct {
    uint64_t at_ns;
    void (*volatile fn)(void *arg);
    void *arg;
} alarm;

static void
arm(void)
{
    uint64_t now = cm_now_ns();
    uint32_t ns_per_tick = 1000000000u / cm_soc_alarm_hz();
    uint64_t left = alarm.at_ns > now ? alarm.at_ns - now : 0;
    uint64_t ticks;

    if (left > (uint64_t)CM_ALARM_MAX_TICKS * ns_per_tick) {
        ticks = CM_ALARM_MAX_TICKS;      /* and on from there */
    } else {
        ticks = (uint32_t)((left + ns_per_tick - 1u) / ns_per_tick) + 1u;
    }
    cm_soc_alarm_arm((uint32_t)ticks);
}

static void
on_timer(void)
{
    void (*fn)(void *arg) = alarm.fn;

    cm_soc_alarm_ack();
    if (!fn) {
        return;                          /* cleared while it was pending */
    }
    if (cm_now_ns() < alarm.at_ns) {
        arm();
        return;
    }
    alarm.fn = 0;
    fn(alarm.arg);
}

void
cm_alarm_set(uint64_t after_ns, void (*fn)(void *arg), void *arg)
{
    uint32_t key = cm_irq_save();
    uint64_t now = cm_now_ns();

    cm_soc_alarm_init(on_timer);
    alarm.at_ns = after_ns > UINT64_MAX - now ? UINT64_MAX : now + after_ns;
    alarm.fn = fn;
    alarm.arg = arg;
    arm();
    cm_irq_restore(key);
}

void
cm_alarm_clear(void)
{
    uint32_t key = cm_irq_save();

    cm_soc_alarm_ack();
    alarm.fn = 0;
    cm_irq_restore(key);
}
