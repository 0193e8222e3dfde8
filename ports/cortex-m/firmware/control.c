/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The host's control task: what a controller is there for, and what containers
 * must not disturb. It steps a PID controller on a plant that is a first-order
 * lag, and measures its own jitter: how much the distance of two activations
 * differs from the period.
 */
#include "firmware.h"
#include "port.h"

#define Q 16
#define SETPOINT (100 << Q)
#define P_GAIN ((2 << Q) / 5)          /* 0.4 */
#define I_GAIN ((1 << Q) / 50)         /* 0.02 a step */
#define LIMIT (1000 << Q)
#define LAG_SHIFT 5                    /* time constant: 32 steps */

static int32_t
times_q(int32_t a, int32_t b)
{
    return (int32_t)(((int64_t)a * b) >> Q);
}

static int32_t
clamp(int32_t value)
{
    return value > LIMIT ? LIMIT : value < -LIMIT ? -LIMIT : value;
}

static void
step(struct control *control)
{
    int32_t *plant = &control->state[0];
    int32_t *integral = &control->state[1];
    int32_t error = SETPOINT - *plant;
    int32_t output;

    *integral = clamp(*integral + times_q(error, I_GAIN));
    output = clamp(times_q(error, P_GAIN) + *integral);
    *plant += (output - *plant) >> LAG_SHIFT;
}

static uint32_t
bin_of(uint32_t off_ns)
{
    uint32_t us = off_ns / 1000u;
    uint32_t bin = 0;

    while (us > 0 && bin < CONTROL_BINS - 1u) {
        us >>= 1;
        bin++;
    }
    return bin;
}

static void
measure(struct control *control, uint64_t now)
{
    uint32_t distance;

    if (control->at_ns != 0) {
        distance = (uint32_t)(now - control->at_ns);
        if (control->n == 0 || distance < control->min_ns) {
            control->min_ns = distance;
        }
        if (distance > control->max_ns) {
            control->max_ns = distance;
        }
        control->bins[bin_of(distance > control->period_ns
                                 ? distance - control->period_ns
                                 : control->period_ns - distance)]++;
        control->n++;
    }
    control->at_ns = now;
}

static void
activate(void *arg)
{
    struct control *control = arg;

    measure(control, cm_now_ns());
    step(control);
}

int
control_start(struct control *control, struct wio_runtime *runtime)
{
    struct wio_entity_info info;
    int err;

    control_reset(control);
    err = wio_runtime_host_task(runtime, "control", activate, control);
    if (!err) {
        err = wio_runtime_entity(runtime, 0, &info);     /* the only one */
    }
    if (!err) {
        control->period_ns = (uint32_t)info.period_ns;
    }
    return err;
}

void
control_reset(struct control *control)
{
    uint32_t key = cm_irq_save();
    uint32_t i;

    control->at_ns = 0;
    control->n = 0;
    control->min_ns = 0;
    control->max_ns = 0;
    for (i = 0; i < CONTROL_BINS; i++) {
        control->bins[i] = 0;
    }
    cm_irq_restore(key);
}
