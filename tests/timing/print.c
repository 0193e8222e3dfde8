/* SPDX-License-Identifier: Apache-2.0 */
/* What a scenario prints; timing.h has the lines. */
#include "timing.h"

void
timing_put(const struct timing_platform *platform, const char *text)
{
    uint32_t n = 0;

    while (text[n]) {
        n++;
    }
    platform->put(text, n);
}

/* A name as one word. */
static void
put_word(const struct timing_platform *platform, const char *text)
{
    for (; *text; text++) {
        char c = *text == ' ' ? '_' : *text;

        platform->put(&c, 1);
    }
}

void
timing_put_number(const struct timing_platform *platform, uint64_t value)
{
    char text[22];
    uint32_t at = sizeof text;

    do {
        text[--at] = (char)('0' + value % 10u);
        value /= 10u;
    } while (value);
    text[--at] = ' ';
    platform->put(text + at, (uint32_t)sizeof text - at);
}

static void
print_line(const struct timing_platform *platform, const char *scenario,
           const struct wio_entity_info *info)
{
    timing_put(platform, "line ");
    timing_put(platform, scenario);
    timing_put(platform, " ");
    put_word(platform, info->name);
    timing_put_number(platform, info->n_accepted);
    timing_put_number(platform, info->n_coalesced);
    timing_put_number(platform, info->n_dropped);
    timing_put_number(platform, info->n_merged);
    timing_put(platform, "\n");
}

static void
print_entity(const struct timing_platform *platform, const char *scenario,
             const struct wio_entity_info *info)
{
    const uint64_t numbers[] = {
        info->kind, info->level, info->budget_ns, info->period_ns,
        info->deadline_ns, info->cost_ns, info->blocking_ns,
        info->response_ns, info->max_response_ns, info->activations,
        info->overruns, info->missed
    };

    timing_put(platform, "row ");
    timing_put(platform, scenario);
    timing_put(platform, " ");
    put_word(platform, info->name);
    for (uint32_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        timing_put_number(platform, numbers[i]);
    }
    timing_put(platform, "\n");
    if (info->has_line) {
        print_line(platform, scenario, info);
    }
}

void
timing_print_entities(const struct timing_platform *platform,
                      const struct wio_runtime *runtime, const char *scenario)
{
    struct wio_entity_info info;

    for (uint32_t i = 0; wio_runtime_entity(runtime, i, &info) == 0; i++) {
        print_entity(platform, scenario, &info);
    }
}

/* -- The trace ------------------------------------------------------------------- */

static uint32_t
crc_step(uint32_t crc, uint32_t value)
{
    crc ^= value;
    for (uint32_t i = 0; i < 32; i++) {
        crc = crc >> 1 ^ (0xedb88320u & (0u - (crc & 1u)));
    }
    return crc;
}

void
timing_drain(const struct wio_runtime *runtime, struct timing_reader *reader)
{
    struct wio_trace_record records[8];
    uint32_t lost;
    uint32_t n;

    do {
        n = wio_runtime_trace(runtime, &reader->next, records, 8, &lost);
        reader->lost += lost;
        for (uint32_t i = 0; i < n; i++) {
            reader->crc = crc_step(reader->crc, (uint32_t)records[i].at_ns);
            reader->crc = crc_step(reader->crc, records[i].value);
            reader->crc = crc_step(reader->crc,
                                   records[i].kind |
                                       (uint32_t)records[i].who << 8);
        }
        reader->n += n;
    } while (n > 0);
}

void
timing_print_trace(const struct timing_platform *platform,
                   const char *scenario, const struct timing_reader *reader)
{
    timing_put(platform, "trace ");
    timing_put(platform, scenario);
    timing_put_number(platform, reader->n);
    timing_put_number(platform, reader->lost);
    timing_put_number(platform, reader->crc);
    timing_put(platform, "\n");
}
