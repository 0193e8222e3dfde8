/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The same on the simulated port, exact to the step:
 *
 *     timing_sim all|random N_SETS
 *     timing_sim storm
 *     timing_sim without PROTECTION N_SETS
 *
 * and with the compiled containers: ... ROGUE.wio INIT_LOOPS.wio
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/sim.h"
#include "timing.h"

#define MODULE_BYTES 32768u
#define ARENA_BYTES 65536u
#define RUNTIME_BYTES 262144u
#define LOCK_LIMIT_US 50u           /* sim.dts: max-lock-us */
#define PASS_NS 20000u

static struct wio_sim sim;
static uint8_t runtime_memory[RUNTIME_BYTES] __attribute__((aligned(8)));
static uint8_t modules[N_SIDES][MODULE_BYTES];
static uint8_t arenas[N_SIDES][ARENA_BYTES] __attribute__((aligned(8)));

static const uint32_t lines[N_SIDES] = { 20, 21 };

static void
put(const char *text, uint32_t len)
{
    (void)fwrite(text, 1, len, stdout);
}

/* The simulated source counts every edge; none is merged. */
static bool
edge(uint32_t side)
{
    wio_sim_edge(&sim, lines[side]);
    return true;
}

static void
pass_time(void)
{
    wio_sim_advance_ns(&sim, PASS_NS);
}

static struct timing_blob
read_file(const char *path)
{
    static uint8_t files[3][MODULE_BYTES];
    static uint32_t n;
    struct timing_blob blob = { files[n], 0 };
    FILE *file = fopen(path, "rb");

    if (!file || n == 3) {
        fprintf(stderr, "%s cannot be read; build it first\n", path);
        exit(2);
    }
    blob.len = (uint32_t)fread(files[n++], 1, MODULE_BYTES, file);
    (void)fclose(file);
    return blob;
}

int
main(int argc, char **argv)
{
    const struct wio_sim_config config = {
        .now_ns = 1, .mmio_ns = 100, .scheduled = true, .stub_ns = 2000,
        .timer_ns = 1000,
    };
    const char *what = argc > 1 ? argv[1] : "all";
    bool without = strcmp(what, "without") == 0;
    const char *sets = argc > 2 + without ? argv[2 + without] : "1000";
    bool compiled = argc > 4 + without;
    struct timing_platform platform = {
        .runtime_memory = runtime_memory,
        .runtime_bytes = RUNTIME_BYTES,
        .sides = { { modules[0], arenas[0] }, { modules[1], arenas[1] } },
        .module_bytes = MODULE_BYTES,
        .arena_bytes = ARENA_BYTES,
        .trace_entries = 4096,
        .lock_limit_ticks = LOCK_LIMIT_US * 1000u,
        .stretch = 1,
        .put = put,
        .edge = edge,
        .pass_time = pass_time,
        .end = exit,
        .compiled = compiled,
    };

    wio_sim_create(&sim, &config);
    platform.port = wio_sim_port(&sim);
    platform.board = read_file(TIMING_BOARD);
    platform.rogue[VICTIM] = read_file(compiled ? argv[3 + without]
                                                : TIMING_ROGUE);
    platform.rogue[ROGUE] = platform.rogue[VICTIM];
    platform.init_loops = read_file(compiled ? argv[4 + without]
                                             : TIMING_INIT_LOOPS);
    return timing_run(&platform, what, without && argc > 2 ? argv[2] : "",
                      (uint32_t)strtoul(sets, NULL, 10));
}
