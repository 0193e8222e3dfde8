/* SPDX-License-Identifier: Apache-2.0 */
#include "storm.h"

#include <sched.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static void *
send_edges(void *arg)
{
    struct storm *storm = arg;

    while (!storm->stop &&
           (storm->n_most == 0 || storm->n_sent < storm->n_most)) {
        if (wio_linux_raise(storm->port, storm->line, storm->n_each) == 0) {
            storm->n_sent += storm->n_each;
        }
        if (storm->every_us != 0) {
            (void)usleep(storm->every_us);
        }
    }
    return NULL;
}

int
storm_start(struct storm *storm)
{
    const struct sched_param param = { .sched_priority = 0 };
    pthread_attr_t attr;
    cpu_set_t anywhere;
    int err = pthread_attr_init(&attr);

    if (err) {
        return err;
    }
    memset(&anywhere, 0xff, sizeof(anywhere));
    storm->stop = false;
    (void)pthread_attr_setinheritsched(&attr, PTHREAD_EXPLICIT_SCHED);
    (void)pthread_attr_setschedpolicy(&attr, SCHED_OTHER);
    (void)pthread_attr_setschedparam(&attr, &param);
    (void)pthread_attr_setaffinity_np(&attr, sizeof(anywhere), &anywhere);
    err = pthread_create(&storm->thread, &attr, send_edges, storm);
    (void)pthread_attr_destroy(&attr);
    return err;
}

void
storm_stop(struct storm *storm)
{
    storm->stop = true;
    (void)pthread_join(storm->thread, NULL);
}
