/* SPDX-License-Identifier: Apache-2.0 */
/* Console commands. Every one ends with one line: @ok or @error SENTENCE. */
#include "firmware.h"
#include "port.h"
#include "startup/startup.h"

#define WORDS_MAX 10u
#define RESULTS_MAX 4u

struct words {
    uint32_t n;
    char *of[WORDS_MAX];
};

static bool
equal(const char *a, const char *b)
{
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

/* False when there are more words than any command takes. */
static bool
split(char *line, struct words *words)
{
    words->n = 0;
    for (;;) {
        while (*line == ' ') {
            *line++ = '\0';
        }
        if (!*line) {
            return true;
        }
        if (words->n == WORDS_MAX) {
            return false;
        }
        words->of[words->n++] = line;
        while (*line && *line != ' ') {
            line++;
        }
    }
}

/* Decimal with sign, or 0x hexadecimal; the whole word. */
static bool
parse_number(const char *text, uint64_t *value)
{
    bool minus = *text == '-';
    uint64_t base = 10;
    uint64_t v = 0;

    text += minus;
    if (text[0] == '0' && text[1] == 'x') {
        base = 16;
        text += 2;
    }
    if (!*text) {
        return false;
    }
    for (; *text; text++) {
        uint32_t c = (uint8_t)*text | 0x20u;
        uint32_t digit = c >= '0' && c <= '9' ? c - '0'
                         : c >= 'a' && c <= 'f' ? c - 'a' + 10u : 99u;

        if (digit >= base || v > (UINT64_MAX - digit) / base) {
            return false;
        }
        v = v * base + digit;
    }
    *value = minus ? 0 - v : v;
    return true;
}

/* Whether @name is how the event lines write @model. */
static bool
is_model(const char *model, const char *name)
{
    while (*model && as_in_word(*model) == *name) {
        model++;
        name++;
    }
    return !*model && !*name;
}

/* A container by number or by model; 0 after saying that there is none. The
 * number comes first: a model may look like another one's. */
static wio_container_id
find(const struct firmware *fw, const char *name)
{
    struct wio_container_info info;
    wio_container_id found = 0;
    uint64_t number = 0;
    uint32_t i;

    if (!parse_number(name, &number)) {
        number = 0;
    }
    for (i = 0; i < N_SLOTS; i++) {
        wio_container_id id = fw->slots[i].id;

        if (id == 0 || wio_runtime_info(fw->runtime, id, &info)) {
            continue;
        }
        if (number == id) {
            return id;
        }
        if (found == 0 && is_model(info.model, name)) {
            found = id;
        }
    }
    if (found == 0) {
        say("@error no container %s; `list` shows those that are loaded",
            name);
    }
    return found;
}

static void
done(int err, const char *what)
{
    if (err < 0) {
        say("@error %s: %s", what, wio_strerror(err));
    } else {
        say("@ok");
    }
}

static void
help(struct firmware *fw, const struct words *words)
{
    (void)fw;
    (void)words;
    say("help                       this");
    say("list                       containers and their state");
    say("grants NAME                what a container was granted");
    say("points NAME                its points");
    say("set NAME POINT VALUE       a consumed point");
    say("call NAME EXPORT [ARG..]   an operation; 32-bit arguments");
    say("read NAME AT N             bytes of a container's buffer");
    say("write NAME AT HEX          and others instead");
    say("idle awake|asleep          how the board waits for work");
    say("slot N                     where the next delivery goes");
    say("unload NAME");
    say("stats                      time and memory");
    say("times [reset]              entities: computed and observed times");
    say("trace [on|off|MS]          what happened since the last `trace`; MS: "
        "as it does");
    say("@ok");
}

static void
list(struct firmware *fw, const struct words *words)
{
    static const char *const states[] = {
        "none", "loaded", "running", "faulted"
    };
    struct wio_container_info info;
    uint32_t i;

    (void)words;
    for (i = 0; i < N_SLOTS; i++) {
        if (fw->slots[i].id == 0 ||
            wio_runtime_info(fw->runtime, fw->slots[i].id, &info)) {
            continue;
        }
        say("@container %u %w %w %s memory %u arena %u compiled %u code %u "
            "runs %u faults %u", fw->slots[i].id, info.model, info.version,
            states[(uint32_t)info.state & 3u], info.memory_bytes,
            info.arena_bytes, info.compiled_bytes, info.code_bytes,
            info.activations, info.faults);
    }
    say("@ok");
}

static void
grants(struct firmware *fw, const struct words *words)
{
    wio_container_id id = find(fw, words->of[1]);

    if (id != 0) {
        say_grants(fw, id);
        say("@ok");
    }
}

static void
points(struct firmware *fw, const struct words *words)
{
    wio_container_id id = find(fw, words->of[1]);

    if (id != 0) {
        say_points(fw, id);
        say("@ok");
    }
}

static void
set(struct firmware *fw, const struct words *words)
{
    wio_container_id id = find(fw, words->of[1]);
    uint64_t value;
    int at;

    if (id == 0) {
        return;
    }
    if (!parse_number(words->of[3], &value)) {
        say("@error %s is no number", words->of[3]);
        return;
    }
    at = wio_runtime_find_point(fw->runtime, id, words->of[2]);
    if (at >= 0) {
        at = wio_runtime_set_point(fw->runtime, id, (uint32_t)at, value);
    }
    done(at, words->of[2]);
}

static void
call(struct firmware *fw, const struct words *words)
{
    wio_container_id id = find(fw, words->of[1]);
    struct wio_report report = { .code = 0 };
    uint32_t args[WORDS_MAX];
    uint32_t results[RESULTS_MAX];
    uint32_t n_results = 0;
    uint32_t i;
    int err;

    if (id == 0) {
        return;
    }
    for (i = 3; i < words->n; i++) {
        uint64_t value;

        if (!parse_number(words->of[i], &value)) {
            say("@error %s is no number", words->of[i]);
            return;
        }
        args[i - 3u] = (uint32_t)value;
    }
    err = wio_runtime_call(fw->runtime, id, words->of[2], args, words->n - 3u,
                           results, RESULTS_MAX, &n_results, &report);
    if (err) {
        say("@error %s: %s", wio_strerror(err), report.text);
        return;
    }
    for (i = 0; i < n_results; i++) {
        say("@result %u %d", i, (int32_t)results[i]);
    }
    say("@ok");
}

/* -- Buffers: bytes in hexadecimal ----------------------------------------- */

#define BYTES_A_LINE 32u

static void
read_bytes(struct firmware *fw, const struct words *words)
{
    static const char digits[] = "0123456789abcdef";
    wio_container_id id = find(fw, words->of[1]);
    uint64_t at;
    uint64_t n;

    if (id == 0) {
        return;
    }
    if (!parse_number(words->of[2], &at) || !parse_number(words->of[3], &n) ||
        at > UINT32_MAX || n > UINT32_MAX - at) {
        say("@error %s and %s are no place and number of bytes", words->of[2],
            words->of[3]);
        return;
    }
    for (uint32_t i = 0; i < n; i += BYTES_A_LINE) {
        uint32_t len = n - i < BYTES_A_LINE ? (uint32_t)(n - i) : BYTES_A_LINE;
        uint8_t bytes[BYTES_A_LINE];
        char text[2 * BYTES_A_LINE + 1];
        int err = wio_runtime_read_buffer(fw->runtime, id, (uint32_t)at + i,
                                          bytes, len);

        if (err) {
            done(err, words->of[1]);
            return;
        }
        for (uint32_t b = 0; b < len; b++) {
            text[2 * b] = digits[bytes[b] >> 4];
            text[2 * b + 1] = digits[bytes[b] & 15];
        }
        text[2 * len] = '\0';
        say("@bytes %u %s", (uint32_t)at + i, text);
    }
    say("@ok");
}

/* Bytes of a word of hexadecimal digits; 0 when it is none. */
static uint32_t
parse_bytes(const char *text, uint8_t bytes[LINE_MAX / 2])
{
    uint32_t n = 0;

    for (; text[0] && text[1]; text += 2) {
        const char word[5] = { '0', 'x', text[0], text[1], '\0' };
        uint64_t value;

        if (!parse_number(word, &value)) {
            return 0;
        }
        bytes[n++] = (uint8_t)value;
    }
    return *text ? 0 : n;
}

static void
write_bytes(struct firmware *fw, const struct words *words)
{
    wio_container_id id = find(fw, words->of[1]);
    uint8_t bytes[LINE_MAX / 2];
    uint64_t at;
    uint32_t n = parse_bytes(words->of[3], bytes);

    if (id == 0) {
        return;
    }
    if (!parse_number(words->of[2], &at) || at > UINT32_MAX || n == 0) {
        say("@error %s and %s are no place and bytes in hexadecimal",
            words->of[2], words->of[3]);
        return;
    }
    done(wio_runtime_write_buffer(fw->runtime, id, (uint32_t)at, bytes, n),
         words->of[1]);
}

static void
idle(struct firmware *fw, const struct words *words)
{
    bool awake = equal(words->of[1], "awake");

    (void)fw;
    if (!awake && !equal(words->of[1], "asleep")) {
        say("@error %s is not known here; say idle awake or idle asleep",
            words->of[1]);
        return;
    }
    cm_idle_awake(awake);
    say("@ok");
}

/* For the next delivery only; without it the first free slot. */
static void
slot(struct firmware *fw, const struct words *words)
{
    uint64_t number;

    if (!parse_number(words->of[1], &number) || number >= N_SLOTS) {
        say("@error there is no slot %s; they are 0 to %u", words->of[1],
            N_SLOTS - 1u);
    } else if (fw->slots[number].id != 0) {
        say("@error slot %U has container %u; unload it first", number,
            fw->slots[number].id);
    } else {
        offer(fw, &fw->slots[number]);
        say("@ok");
    }
}

static void
unload(struct firmware *fw, const struct words *words)
{
    wio_container_id id = find(fw, words->of[1]);
    uint32_t i;
    int err;

    if (id == 0) {
        return;
    }
    err = wio_runtime_unload(fw->runtime, id);
    for (i = 0; i < N_SLOTS && !err; i++) {
        if (fw->slots[i].id == id) {
            fw->slots[i].id = 0;
        }
    }
    if (!err) {
        say("@unloaded %u", id);
        if (!fw->receiving) {
            offer_slot(fw);
        }
    }
    done(err, words->of[1]);
}

static void
stats(struct firmware *fw, const struct words *words)
{
    uint64_t ms = cm_now_ns() / 1000000u;
    uint32_t n = 0;
    uint32_t i;

    (void)words;
    for (i = 0; i < N_SLOTS; i++) {
        n += fw->slots[i].id == 0;
    }
    say("@stats uptime-ms %u slots %u free %u module-bytes %u arena-bytes %u "
        "stack-free %u bad-frames %u", (uint32_t)ms, (uint32_t)N_SLOTS, n,
        (uint32_t)SLOT_MODULE_BYTES, (uint32_t)SLOT_ARENA_BYTES,
        startup_stack_free(), fw->transfer.reader.n_bad);
    say("@ok");
}

static void
times(struct firmware *fw, const struct words *words)
{
    if (words->n == 1) {
        say_times(fw);
        say("@ok");
    } else if (equal(words->of[1], "reset")) {
        wio_runtime_reset_stats(fw->runtime);
        control_reset(&fw->control);
        say("@ok");
    } else {
        say("@error %s is not known here; say times or times reset",
            words->of[1]);
    }
}

static void
trace(struct firmware *fw, const struct words *words)
{
    uint64_t ms;

    if (words->n == 1) {
        say_trace(fw, TRACE_ENTRIES);
    } else if (parse_number(words->of[1], &ms) && ms >= 1 &&
               ms <= FOLLOW_MS_MAX) {
        follow_trace(fw, (uint32_t)ms);
    } else if (equal(words->of[1], "on")) {
        forget_trace(fw);
        wio_runtime_trace_on(fw->runtime, true);
    } else if (equal(words->of[1], "off")) {
        wio_runtime_trace_on(fw->runtime, false);
    } else {
        say("@error %s is not known here; say trace, trace on, trace off or "
            "trace MS with 1 to %u ms", words->of[1], FOLLOW_MS_MAX);
        return;
    }
    say("@ok");
}

struct command {
    const char *name;
    uint32_t min_words;
    uint32_t max_words;
    void (*run)(struct firmware *fw, const struct words *words);
};

static const struct command commands[] = {
    { "help", 1, 1, help },
    { "list", 1, 1, list },
    { "grants", 2, 2, grants },
    { "points", 2, 2, points },
    { "set", 4, 4, set },
    { "call", 3, WORDS_MAX, call },
    { "read", 4, 4, read_bytes },
    { "write", 4, 4, write_bytes },
    { "idle", 2, 2, idle },
    { "slot", 2, 2, slot },
    { "unload", 2, 2, unload },
    { "stats", 1, 1, stats },
    { "times", 1, 2, times },
    { "trace", 1, 2, trace }
};

void
command_line(struct firmware *fw, char *line)
{
    struct words words;
    uint32_t i;

    if (!split(line, &words)) {
        say("@error more than %u words on a line", WORDS_MAX);
        return;
    }
    if (words.n == 0) {
        return;
    }
    for (i = 0; i < sizeof commands / sizeof *commands; i++) {
        const struct command *command = &commands[i];

        if (!equal(words.of[0], command->name)) {
            continue;
        }
        if (words.n < command->min_words || words.n > command->max_words) {
            say("@error wrong number of arguments for %s; see `help`",
                command->name);
            return;
        }
        command->run(fw, &words);
        return;
    }
    say("@error unknown command %s; see `help`", words.of[0]);
}
