/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ports/sim/sim_script.c - devices, stimuli and faults, as text
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "sim_internal.h"

enum event_kind {
    EVENT_DEVICE = 1,   /* index: bus, sub: model, value: address */
    EVENT_CHIP,         /* index: bus, sub: model, value: chip select */
    EVENT_SET,          /* text: the name, value */
    EVENT_FEED,         /* class, index: the line; text: the bytes */
    EVENT_FAULT,        /* fault */
    EVENT_STORM,        /* storm */
    EVENT_NO_FAULT      /* class, index */
};

/* -- Events -------------------------------------------------------------- */

static int
add_device(struct wio_sim *sim, uint8_t bus, uint8_t model, uint8_t addr)
{
    struct wio_sim_i2c_device *place = NULL;

    for (uint32_t i = 0; i < WIO_SIM_I2C_DEVICES; i++) {
        struct wio_sim_i2c_device *device = &sim->devices[i];

        if (device->model == model && device->preset) {
            device->model = 0;
        }
        if (device->model == 0) {
            place = place == NULL ? device : place;
        } else if (device->bus == bus && device->addr == addr) {
            return WIO_ERR_BUSY;
        }
    }
    if (place == NULL) {
        return WIO_ERR_LIMIT;
    }
    *place = (struct wio_sim_i2c_device){
        .model = model, .bus = bus, .addr = addr, .temperature_mc = 25000,
        .limits = { 0x4b00, 0x5000 },
    };
    memset(place->cells, 0xff, sizeof(place->cells));
    return WIO_OK;
}

/* At a chip select there is one chip; model 0 takes it away. */
static int
add_chip(struct wio_sim *sim, uint8_t bus, uint8_t model, uint8_t select)
{
    struct wio_sim_chip *place = NULL;

    for (uint32_t i = 0; i < WIO_SIM_SPI_CHIPS; i++) {
        struct wio_sim_chip *chip = &sim->chips[i];

        if (chip->model != 0 && chip->bus == bus && chip->select == select) {
            chip->model = 0;
        }
        if (chip->model == 0 && place == NULL) {
            place = chip;
        }
    }
    if (place == NULL) {
        return WIO_ERR_LIMIT;
    }
    *place = (struct wio_sim_chip){ .model = model, .bus = bus,
                                    .select = select };
    sim_chip_reset(sim, place);
    return WIO_OK;
}

static int
add_fault(struct wio_sim *sim, const struct wio_sim_fault *fault)
{
    for (uint32_t i = 0; i < WIO_SIM_FAULTS; i++) {
        if (sim->faults[i].class == 0) {
            sim->faults[i] = *fault;
            return WIO_OK;
        }
    }
    return WIO_ERR_LIMIT;
}

/* The first edge comes now. */
static int
start_storm(struct wio_sim *sim, const struct wio_sim_storm *storm)
{
    struct wio_sim_storm now = *storm;
    int err;

    if (storm->is_pin &&
        storm->index >= sim->n_controllers[WIO_SIM_CLASS_GPIO]) {
        return WIO_ERR_NO_DEVICE;
    }
    now.at_ns = sim->now_ns;
    err = sim_storm_add(sim, &now);
    if (err == WIO_OK) {
        sim_happen(sim);
    }
    return err;
}

static int
event_do(struct wio_sim *sim, const struct wio_sim_event *event,
         const char *text)
{
    const struct sim_target target = { event->class, event->index };

    switch (event->kind) {
    case EVENT_DEVICE:
        return add_device(sim, event->index, event->sub,
                          (uint8_t)event->value);
    case EVENT_CHIP:
        return add_chip(sim, event->index, event->sub,
                        (uint8_t)event->value);
    case EVENT_SET:
        return wio_sim_set(sim, text, event->value);
    case EVENT_FEED:
        return sim_line_feed(sim, target, (const uint8_t *)text,
                             event->text_len) == event->text_len
               ? WIO_OK : WIO_ERR_LIMIT;
    case EVENT_FAULT:
        return add_fault(sim, &event->fault);
    case EVENT_STORM:
        return start_storm(sim, &event->storm);
    default:
        for (uint32_t i = 0; i < WIO_SIM_FAULTS; i++) {
            if (sim->faults[i].class == target.class
                && sim->faults[i].index == target.index) {
                sim->faults[i].class = 0;
            }
        }
        return WIO_OK;
    }
}

void
sim_event_happens(struct wio_sim *sim, const struct wio_sim_event *event)
{
    static const char text[] = "sim: a scripted event had no effect: the name "
                               "is unknown or there is no room";

    if (event_do(sim, event, sim->event_text + event->text_at) != WIO_OK) {
        sim->port.core->log(sim, WIO_LOG_WARN, text, sizeof(text) - 1);
    }
}

/* Keeps an event and its text for later; equal times stay in order. */
static int
event_later(struct wio_sim *sim, struct wio_sim_event *event,
            const char *text)
{
    uint32_t i = sim->n_events;

    if (i == WIO_SIM_EVENTS
        || event->text_len + 1 > WIO_SIM_EVENT_TEXT - sim->event_text_used) {
        return WIO_ERR_LIMIT;
    }
    event->text_at = sim->event_text_used;
    memcpy(sim->event_text + event->text_at, text, event->text_len + 1);
    sim->event_text_used += event->text_len + 1;
    while (i > 0 && sim->events[i - 1].at_ns > event->at_ns) {
        sim->events[i] = sim->events[i - 1];
        i--;
    }
    sim->events[i] = *event;
    sim->n_events++;
    return WIO_OK;
}

/* -- The script's language ----------------------------------------------- */

struct script {
    struct wio_report *report;
    uint32_t entry;         /* number of the entry, from 1 */
};

static int script_fail(const struct script *script, int code,
                       const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static int
script_fail(const struct script *script, int code, const char *format, ...)
{
    struct wio_report *report = script->report;
    va_list args;
    int n;

    if (report == NULL || report->code != 0) {
        return code;
    }
    report->code = code;
    n = snprintf(report->text, sizeof(report->text), "sim script, entry %u: ",
                 script->entry);
    if (n > 0 && (size_t)n < sizeof(report->text)) {
        va_start(args, format);
        (void)vsnprintf(report->text + n, sizeof(report->text) - (size_t)n,
                        format, args);
        va_end(args);
    }
    return code;
}

static const char *
skip_blanks(const char *at)
{
    while (*at == ' ' || *at == '\t') {
        at++;
    }
    return at;
}

/* "12ms"; *@at moves behind it. */
static bool
parse_time(const char **at, uint64_t *ns)
{
    static const struct {
        const char *unit;
        uint64_t ns;
    } units[] = {
        { "ns", 1 }, { "us", 1000 }, { "ms", 1000000 }, { "s", 1000000000 },
    };
    int64_t number;

    if (!sim_parse_number(at, &number) || number < 0) {
        return false;
    }
    for (uint32_t i = 0; i < 4; i++) {
        const size_t len = strlen(units[i].unit);

        if (strncmp(*at, units[i].unit, len) == 0) {
            if ((uint64_t)number > UINT64_MAX / units[i].ns) {
                return false;
            }
            *ns = (uint64_t)number * units[i].ns;
            *at += len;
            return true;
        }
    }
    return false;
}

static int
parse_chip(const struct script *script, const char *at,
           struct wio_sim_event *event)
{
    static const struct {
        const char *name;
        uint8_t model;
    } models[] = {
        { "none ", 0 }, { "sd ", WIO_SIM_SD }, { "sdhc ", WIO_SIM_SDHC },
        { "nor ", WIO_SIM_NOR },
    };

    for (uint32_t i = 0; i < sizeof(models) / sizeof(models[0]); i++) {
        const size_t len = strlen(models[i].name);

        if (strncmp(at, models[i].name, len) == 0) {
            at = skip_blanks(at + len);
            event->kind = EVENT_CHIP;
            event->sub = models[i].model;
            if (!sim_parse_number(&at, &event->value) || *at != '\0'
                || event->value < 0 || event->value >= WIO_SPI_SELECTS) {
                return script_fail(script, WIO_ERR_INVALID_ARGUMENT,
                                   "a chip select is a number from 0 to 3");
            }
            return WIO_OK;
        }
    }
    return script_fail(script, WIO_ERR_INVALID_ARGUMENT,
                       "the models of chips are sd, sdhc, nor and none");
}

static int
parse_device(const struct script *script, const char *at,
             struct wio_sim_event *event)
{
    struct sim_target target;
    int64_t addr;

    if (!sim_parse_target(at, &target, &at)
        || (target.class != WIO_SIM_CLASS_I2C
            && target.class != WIO_SIM_CLASS_SPI)) {
        return script_fail(script, WIO_ERR_INVALID_ARGUMENT,
                           "a device needs a bus, i2c0, i2c1, spi0 or spi1");
    }
    at = skip_blanks(at);
    event->index = target.index;
    if (target.class == WIO_SIM_CLASS_SPI) {
        return parse_chip(script, at, event);
    }
    if (strncmp(at, "tmp105 ", 7) == 0) {
        event->sub = WIO_SIM_TMP105;
        at += 7;
    } else if (strncmp(at, "24c02 ", 6) == 0) {
        event->sub = WIO_SIM_24C02;
        at += 6;
    } else {
        return script_fail(script, WIO_ERR_INVALID_ARGUMENT,
                           "the models of devices are tmp105 and 24c02");
    }
    at = skip_blanks(at);
    if (!sim_parse_number(&at, &addr) || *at != '\0' || addr < 0x08
        || addr > 0x77) {
        return script_fail(script, WIO_ERR_INVALID_ARGUMENT,
                           "an address is a number from 0x08 to 0x77");
    }
    event->kind = EVENT_DEVICE;
    event->value = addr;
    return WIO_OK;
}

/* Leaves the name in @text. */
static int
parse_set(const struct script *script, const char *at,
          struct wio_sim_event *event, char *text, uint32_t size)
{
    const char *equals = strchr(at, '=');

    if (equals == NULL || (size_t)(equals - at) >= size) {
        return script_fail(script, WIO_ERR_INVALID_ARGUMENT,
                           "expected NAME=NUMBER, found '%s'", at);
    }
    event->text_len = (uint32_t)(equals - at);
    memcpy(text, at, event->text_len);
    text[event->text_len] = '\0';
    equals++;
    if (!sim_parse_number(&equals, &event->value) || *equals != '\0') {
        return script_fail(script, WIO_ERR_INVALID_ARGUMENT,
                           "the value of '%s' is no number", text);
    }
    event->kind = EVENT_SET;
    return WIO_OK;
}

static int
hex_digit(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = c == '\0' ? NULL : strchr(digits, c | 0x20);

    return at == NULL ? -1 : (int)(at - digits);
}

/* One byte of a feed, escapes resolved; -1 for a wrong escape. */
static int
parse_byte(const char **at)
{
    const char c = *(*at)++;
    int high;
    int low;

    if (c != '\\') {
        return (uint8_t)c;
    }
    switch (*(*at)++) {
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    case '\\':
        return '\\';
    case 'x':
        high = hex_digit((*at)[0]);
        low = high < 0 ? -1 : hex_digit((*at)[1]);
        if (low < 0) {
            return -1;
        }
        *at += 2;
        return high * 16 + low;
    default:
        return -1;
    }
}

/* Leaves the bytes in @text, which is at least as large as what @at has. */
static int
parse_feed(const struct script *script, const char *at,
           struct wio_sim_event *event, char *text)
{
    struct sim_target target;

    if (!sim_parse_target(at, &target, &at) || *at++ != ' '
        || (target.class != WIO_SIM_CLASS_UART
            && target.class != WIO_SIM_CLASS_MMIO)) {
        return script_fail(script, WIO_ERR_INVALID_ARGUMENT,
                           "expected a line to feed, such as uart0 or mmio0, "
                           "and a text");
    }
    event->kind = EVENT_FEED;
    event->class = target.class;
    event->index = target.index;
    while (*at != '\0') {
        const int byte = parse_byte(&at);

        if (byte < 0) {
            return script_fail(script, WIO_ERR_INVALID_ARGUMENT,
                               "the escapes of a text are \\n \\r \\t \\\\ "
                               "and \\xHH");
        }
        text[event->text_len++] = (char)byte;
    }
    text[event->text_len] = '\0';
    return WIO_OK;
}

/* -- Faults -------------------------------------------------------------- */

#define ON(class) (1u << WIO_SIM_CLASS_##class)

static const struct {
    const char *name;
    uint8_t kind;          /* enum wio_sim_fault_kind */
    uint8_t classes;       /* a bit 1 << class for each that can have it */
} fault_kinds[] = {
    { "nack-address", WIO_SIM_NACK_ADDRESS, ON(I2C) },
    { "nack-data", WIO_SIM_NACK_DATA, ON(I2C) },
    { "arbitration", WIO_SIM_ARBITRATION, ON(I2C) },
    { "stuck", WIO_SIM_STUCK, ON(I2C) | ON(GPIO) | ON(UART) | ON(MMIO) },
    { "hang", WIO_SIM_HANG, ON(I2C) | ON(SPI) },
    { "late", WIO_SIM_LATE, ON(I2C) | ON(MMIO) | ON(SPI) },
    { "flip", WIO_SIM_FLIP, ON(I2C) | ON(UART) | ON(MMIO) | ON(SPI) },
    { "failure", WIO_SIM_FAILURE, ON(GPIO) },
    { "framing", WIO_SIM_FRAMING, ON(UART) | ON(MMIO) },
    { "parity", WIO_SIM_PARITY, ON(UART) | ON(MMIO) },
    { "break", WIO_SIM_BREAK, ON(UART) | ON(MMIO) },
    { "overrun", WIO_SIM_OVERRUN, ON(UART) | ON(MMIO) | ON(SPI) },
    { "no-answer", WIO_SIM_NO_ANSWER, ON(SPI) },
    { "crc", WIO_SIM_CRC, ON(SPI) },
    { "read-error", WIO_SIM_READ_ERROR, ON(SPI) },
    { "write-error", WIO_SIM_WRITE_ERROR, ON(SPI) },
    { "busy", WIO_SIM_BUSY, ON(SPI) },
    { "storm", WIO_SIM_STORM, ON(UART) | ON(MMIO) },
};

static uint8_t
parse_fault_kind(const char **at, uint8_t class)
{
    for (uint32_t i = 0; i < sizeof(fault_kinds) / sizeof(fault_kinds[0]);
         i++) {
        const size_t len = strlen(fault_kinds[i].name);

        if (strncmp(*at, fault_kinds[i].name, len) == 0
            && strchr("=@x", (*at)[len]) != NULL
            && (fault_kinds[i].classes & 1u << class) != 0) {
            *at += len;
            return fault_kinds[i].kind;
        }
    }
    return 0;
}

static void
list_fault_kinds(uint8_t class, char *names, size_t size)
{
    names[0] = '\0';
    for (uint32_t i = 0; i < sizeof(fault_kinds) / sizeof(fault_kinds[0]);
         i++) {
        const size_t used = strlen(names);

        if ((fault_kinds[i].classes & 1u << class) != 0) {
            (void)snprintf(names + used, size - used, " %s",
                           fault_kinds[i].name);
        }
    }
}

/* A number behind @mark, when the text goes on with @mark. */
static bool
parse_marked(const char **at, char mark, uint32_t *value)
{
    int64_t number;

    if (**at != mark) {
        return true;
    }
    (*at)++;
    if (mark == 'x' && **at == '*') {
        (*at)++;
        *value = WIO_SIM_FOREVER;
        return true;
    }
    if (!sim_parse_number(at, &number) || number < 0 || number >= UINT32_MAX) {
        return false;
    }
    *value = (uint32_t)number;
    return true;
}

static int
parse_fault(const struct script *script, const char *at,
            struct wio_sim_event *event)
{
    const char *whole = at;
    struct sim_target target;
    struct wio_sim_fault *fault = &event->fault;

    if (!sim_parse_target(at, &target, &at) || *at++ != ':') {
        return script_fail(script, WIO_ERR_INVALID_ARGUMENT,
                           "'%s' does not begin with a controller and ':', "
                           "such as i2c0:", whole);
    }
    event->class = target.class;
    event->index = target.index;
    if (strcmp(at, "none") == 0) {
        event->kind = EVENT_NO_FAULT;
        return WIO_OK;
    }
    event->kind = EVENT_FAULT;
    *fault = (struct wio_sim_fault){
        .class = target.class, .index = target.index, .left = 1,
        .kind = parse_fault_kind(&at, target.class),
    };
    if (fault->kind == 0) {
        char names[128];

        list_fault_kinds(target.class, names, sizeof(names));
        return script_fail(script, WIO_ERR_INVALID_ARGUMENT,
                           "'%s' is none of its faults, which are%s", at,
                           names);
    }
    if (!parse_marked(&at, '=', &fault->value)
        || !parse_marked(&at, '@', &fault->first)
        || !parse_marked(&at, 'x', &fault->left) || *at != '\0'
        || fault->left == 0) {
        return script_fail(script, WIO_ERR_INVALID_ARGUMENT,
                           "'%s' is not NAME:KIND[=VALUE][@FIRST][xCOUNT]",
                           whole);
    }
    return WIO_OK;
}

/* -- Edges --------------------------------------------------------------- */

/* "irq6" or "gpio0.3"; *@at moves behind it. */
static bool
parse_source(const char **at, struct wio_sim_storm *storm)
{
    struct sim_target target;
    int64_t number;

    if (strncmp(*at, "irq", 3) == 0) {
        *at += 3;
    } else if (sim_parse_target(*at, &target, at) &&
               target.class == WIO_SIM_CLASS_GPIO && *(*at)++ == '.') {
        storm->is_pin = true;
        storm->index = target.index;
    } else {
        return false;
    }
    if (!sim_parse_number(at, &number) || number < 0 ||
        number >= (storm->is_pin ? (int64_t)WIO_SIM_PINS : 1024)) {
        return false;
    }
    storm->line = (uint32_t)number;
    return true;
}

/* Behind the source of a storm: "50us x1000", and "seed 7". */
static bool
parse_rate(const char *at, struct wio_sim_storm *storm)
{
    int64_t number;

    at = skip_blanks(at);
    if (!parse_time(&at, &storm->period_ns) || storm->period_ns == 0 ||
        storm->period_ns > UINT32_MAX / 2u) {
        return false;
    }
    at = skip_blanks(at);
    if (*at++ != 'x' || !sim_parse_number(&at, &number) || number < 1 ||
        number >= UINT32_MAX) {
        return false;
    }
    storm->left = (uint32_t)number;
    at = skip_blanks(at);
    if (strncmp(at, "seed ", 5) == 0) {
        at = skip_blanks(at + 5);
        if (!sim_parse_number(&at, &number) || number < 1 ||
            number >= UINT32_MAX) {
            return false;
        }
        storm->random = (uint32_t)number;
    }
    return *at == '\0';
}

static int
parse_edge(const struct script *script, const char *at, bool is_storm,
           struct wio_sim_event *event)
{
    const char *whole = at;

    event->kind = EVENT_STORM;
    event->storm = (struct wio_sim_storm){ .period_ns = 1, .left = 1 };
    if (!parse_source(&at, &event->storm)) {
        return script_fail(script, WIO_ERR_INVALID_ARGUMENT,
                           "'%s' does not begin with an interrupt line, irq0 "
                           "to irq1023, or a pin, such as gpio0.3", whole);
    }
    if (is_storm ? !parse_rate(at, &event->storm) : *at != '\0') {
        return script_fail(script, WIO_ERR_INVALID_ARGUMENT, is_storm
                           ? "'%s' is not SOURCE TIME xCOUNT [seed N], with a "
                             "TIME of at most 2 s"
                           : "an edge takes its source only, not '%s'", whole);
    }
    return WIO_OK;
}

/* -- Entries ------------------------------------------------------------- */

static int
run_entry(struct wio_sim *sim, const struct script *script, const char *entry)
{
    char text[512] = "";
    struct wio_sim_event event = { .at_ns = 0 };
    const char *at = skip_blanks(entry);
    int err;

    if (*at == '\0') {
        return WIO_OK;
    }
    if (*at == '@') {
        at++;
        if (!parse_time(&at, &event.at_ns) || *at != ' ') {
            return script_fail(script, WIO_ERR_INVALID_ARGUMENT,
                               "'%s' is not @NUMBER with ns, us, ms or s, a "
                               "blank and what happens then", entry);
        }
        at = skip_blanks(at);
    }
    if (strncmp(at, "device ", 7) == 0) {
        err = parse_device(script, skip_blanks(at + 7), &event);
    } else if (strncmp(at, "set ", 4) == 0) {
        err = parse_set(script, skip_blanks(at + 4), &event, text,
                        sizeof(text));
    } else if (strncmp(at, "feed ", 5) == 0) {
        err = parse_feed(script, skip_blanks(at + 5), &event, text);
    } else if (strncmp(at, "fault ", 6) == 0) {
        err = parse_fault(script, skip_blanks(at + 6), &event);
    } else if (strncmp(at, "edge ", 5) == 0) {
        err = parse_edge(script, skip_blanks(at + 5), false, &event);
    } else if (strncmp(at, "storm ", 6) == 0) {
        err = parse_edge(script, skip_blanks(at + 6), true, &event);
    } else {
        return script_fail(script, WIO_ERR_INVALID_ARGUMENT,
                           "'%s' is not device, set, feed, fault, edge or "
                           "storm and what it is about", at);
    }
    if (err == WIO_OK) {
        err = event.at_ns > sim->now_ns ? event_later(sim, &event, text)
                                        : event_do(sim, &event, text);
        if (err != WIO_OK) {
            err = script_fail(script, err == WIO_ERR_LIMIT
                              ? err : WIO_ERR_INVALID_ARGUMENT,
                              err == WIO_ERR_LIMIT
                              ? "no room for '%s'"
                              : "'%s' is unknown or out of its range", at);
        }
    }
    return err;
}

int
wio_sim_script(struct wio_sim *sim, const char *text,
               struct wio_report *report)
{
    struct script script = { .report = report, .entry = 0 };
    char entry[512];

    while (*text != '\0') {
        const size_t len = strcspn(text, "\n;");
        size_t used = len;
        int err;

        script.entry++;
        if (len >= sizeof(entry)) {
            return script_fail(&script, WIO_ERR_LIMIT,
                               "longer than %zu characters",
                               sizeof(entry) - 1);
        }
        memcpy(entry, text, len);
        entry[len] = '\0';
        used = strcspn(entry, "#");
        while (used > 0 && (entry[used - 1] == ' '
                            || entry[used - 1] == '\r')) {
            used--;
        }
        entry[used] = '\0';
        err = run_entry(sim, &script, entry);
        if (err != WIO_OK) {
            return err;
        }
        text += len + (text[len] != '\0' ? 1 : 0);
    }
    return WIO_OK;
}
