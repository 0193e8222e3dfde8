/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tools/cli/spec_script.c - see spec_script.h
 *
 * The JSON is wabt's (docs of wast2json, wabt 1.0.41): one object a command
 * with "type" and "line"; values are decimal strings of the bit pattern.
 */
#include "spec_script.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "engine/engine.h"
#include "spec/script.h"

#define MAX_FILE_BYTES (16u << 20)

struct build {
    const struct cli_command *command;
    const struct spec_source *source;
    const char *file;
    struct spec_bytes *out;
    uint32_t n_commands;
    uint32_t n_modules;
    uint32_t n_registers;
    uint32_t pages;
    bool is_simd;               /* by the file's name, as the suite has it */
    bool current_skipped;       /* the last module was: so are its actions */
};

/* Checks that only a memory of that many pages can answer: they let one grow
 * far and look at the result. */
static const struct {
    const char *set;
    const char *file;
    json_int_t line;
    uint32_t pages;
} big_memories[] = {
    { "core-2.0", "call.json", 359, 307 },
    { "core-2.0", "call_indirect.json", 603, 307 },
    { "core-2.0", "local_tee.json", 345, 41 },
    { "core-2.0", "memory_grow.json", 45, 804 },
    { "core-2.0", "memory_grow.json", 48, 804 },
    { "multi-memory", "memory_grow.json", 10, 804 },
    { "multi-memory", "memory_grow.json", 13, 804 },
};

/* -- Writing -------------------------------------------------------------- */

static void
put(struct spec_bytes *out, const void *bytes, size_t len)
{
    if (out->len + len > out->capacity) {
        out->capacity = (out->len + len) * 2 + 4096;
        out->at = realloc(out->at, out->capacity);
        if (!out->at) {
            perror("wasmio spectest");
            exit(CLI_USAGE);
        }
    }
    if (len > 0) {
        memcpy(out->at + out->len, bytes, len);
    }
    out->len += len;
}

static void
put_u8(struct spec_bytes *out, unsigned value)
{
    const uint8_t byte = (uint8_t)value;

    put(out, &byte, 1);
}

static void
set_u32(uint8_t *at, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++) {
        at[i] = (uint8_t)(value >> (8 * i));
    }
}

static void
put_u32(struct spec_bytes *out, size_t value)
{
    uint8_t bytes[4];

    set_u32(bytes, (uint32_t)value);
    put(out, bytes, sizeof bytes);
}

static void
put_u64(struct spec_bytes *out, uint64_t value)
{
    put_u32(out, (uint32_t)value);
    put_u32(out, (uint32_t)(value >> 32));
}

static void
put_text(struct spec_bytes *out, const void *bytes, size_t len)
{
    put_u32(out, len);
    put(out, bytes, len);
}

/* A member that is text (with zero bytes, perhaps), or "" without it. */
static void
put_member(struct spec_bytes *out, const json_t *object, const char *member)
{
    const json_t *text = json_object_get(object, member);

    put_text(out, text ? json_string_value(text) : "",
             text ? json_string_length(text) : 0);
}

/* -- Values and actions --------------------------------------------------- */

static const struct {
    const char *name;
    uint8_t type;
} types[] = {
    { "i32", WIO_TYPE_I32 },         { "i64", WIO_TYPE_I64 },
    { "f32", WIO_TYPE_F32 },         { "f64", WIO_TYPE_F64 },
    { "funcref", WIO_TYPE_FUNCREF }, { "externref", WIO_TYPE_EXTERNREF },
};

static bool
put_value(struct build *b, const json_t *value)
{
    const char *name = json_string_value(json_object_get(value, "type"));
    const char *text = json_string_value(json_object_get(value, "value"));
    unsigned match = SPEC_BITS;
    uint64_t bits = 0;
    uint8_t type = 0;

    for (size_t i = 0; name && i < sizeof types / sizeof types[0]; i++) {
        if (strcmp(name, types[i].name) == 0) {
            type = types[i].type;
        }
    }
    if (type == 0) {
        return false;
    }
    if (!text) {
        if (type != WIO_TYPE_FUNCREF && type != WIO_TYPE_EXTERNREF) {
            return false;
        }
        match = SPEC_ANY_REFERENCE;
    } else if (strcmp(text, "nan:canonical") == 0) {
        match = SPEC_NAN_CANONICAL;
    } else if (strcmp(text, "nan:arithmetic") == 0) {
        match = SPEC_NAN_ARITHMETIC;
    } else if (strcmp(text, "null") != 0) {
        char *end;

        errno = 0;
        bits = strtoull(text, &end, 10);
        if (errno || end == text || *end != '\0') {
            return false;
        }
        if (type == WIO_TYPE_EXTERNREF) {
            bits++;                     /* 0 is null */
        } else if (type == WIO_TYPE_FUNCREF) {
            match = SPEC_ANY_REFERENCE; /* the number means nothing */
        }
    }
    put_u8(b->out, type);
    put_u8(b->out, match);
    put_u64(b->out, bits);
    return true;
}

static bool
put_values(struct build *b, const json_t *values)
{
    size_t i;
    json_t *value;

    put_u32(b->out, json_array_size(values));
    json_array_foreach(values, i, value) {
        if (!put_value(b, value)) {
            return false;
        }
    }
    return true;
}

static bool
put_action(struct build *b, const json_t *action)
{
    const char *type = json_string_value(json_object_get(action, "type"));

    if (!type || (strcmp(type, "invoke") != 0 && strcmp(type, "get") != 0)) {
        return false;
    }
    put_u8(b->out, strcmp(type, "get") == 0 ? SPEC_GET : SPEC_INVOKE);
    put_member(b->out, action, "module");
    put_member(b->out, action, "field");
    return put_values(b, json_object_get(action, "args"));
}

/* -- Modules -------------------------------------------------------------- */

static uint8_t *
read_module(struct build *b, const json_t *command, size_t *len)
{
    const char *name = json_string_value(json_object_get(command, "filename"));
    char path[4096];

    if (!name || strchr(name, '/') ||
        snprintf(path, sizeof path, "%s/%s", b->source->folder, name) >=
            (int)sizeof path) {
        return NULL;
    }
    return cli_read_file(b->command, path, MAX_FILE_BYTES, len);
}

/* A LEB128 number of at most 64 bits; false at the end of the bytes. */
static bool
leb(const uint8_t **at, const uint8_t *end, uint64_t *value)
{
    unsigned shift = 0;

    *value = 0;
    while (*at < end && shift < 70) {
        const uint8_t byte = *(*at)++;

        *value |= shift < 64 ? (uint64_t)(byte & 0x7f) << shift : 0;
        if (!(byte & 0x80)) {
            return true;
        }
        shift += 7;
    }
    return false;
}

/* Reads limits; whether they are of a 64-bit memory (flag bit 2). */
static bool
limits_are_64(const uint8_t **at, const uint8_t *end)
{
    uint64_t flags = 0;
    uint64_t number;

    (void)leb(at, end, &flags);
    (void)leb(at, end, &number);
    if (flags & 1) {
        (void)leb(at, end, &number);
    }
    if (flags & 8) {
        (void)leb(at, end, &number);
    }
    return (flags & 4) != 0;
}

/* Of an import section's or a memory section's body. */
static bool
section_has_memory64(unsigned id, const uint8_t *at, const uint8_t *end)
{
    uint64_t count = 0;
    uint64_t number;

    (void)leb(&at, end, &count);
    while (count-- > 0 && at < end) {
        uint64_t kind = WIO_EXTERN_MEMORY;

        for (int i = 0; id == 2 && i < 2; i++) {     /* the two names */
            if (!leb(&at, end, &number) || number > (uint64_t)(end - at)) {
                return false;
            }
            at += number;
        }
        if (id == 2 && !leb(&at, end, &kind)) {
            return false;
        }
        if (kind == WIO_EXTERN_MEMORY) {
            if (limits_are_64(&at, end)) {
                return true;
            }
            continue;
        }
        (void)leb(&at, end, &number);                /* a type */
        if (kind == WIO_EXTERN_TABLE) {
            (void)limits_are_64(&at, end);
        } else if (kind == WIO_EXTERN_GLOBAL) {
            (void)leb(&at, end, &number);
        }
    }
    return false;
}

/* Whether a memory, imported or defined, is a 64-bit one (memory64 proposal:
 * limits flag bit 2). */
static bool
has_memory64(const uint8_t *bytes, size_t len)
{
    const uint8_t *at = bytes + 8;
    const uint8_t *end = bytes + len;

    while (len >= 8 && at < end) {
        const unsigned id = *at++;
        uint64_t size;

        if (!leb(&at, end, &size) || size > (uint64_t)(end - at)) {
            return false;
        }
        if ((id == 2 || id == 5) && section_has_memory64(id, at, at + size)) {
            return true;
        }
        at += size;
    }
    return false;
}

/* -- Commands ------------------------------------------------------------- */

static const struct {
    const char *type;
    enum spec_op op;
} ops[] = {
    { "module", SPEC_MODULE },
    { "register", SPEC_REGISTER },
    { "action", SPEC_ACTION },
    { "assert_return", SPEC_RETURN },
    { "assert_trap", SPEC_TRAP },
    { "assert_exhaustion", SPEC_EXHAUSTION },
    { "assert_invalid", SPEC_INVALID },
    { "assert_malformed", SPEC_MALFORMED },
    { "assert_unlinkable", SPEC_UNLINKABLE },
    { "assert_uninstantiable", SPEC_UNINSTANTIABLE },
};

/* Starts a command; its size is filled in by end_command(). */
static size_t
begin_command(struct build *b, enum spec_op op, json_int_t line)
{
    const size_t at = b->out->len;

    put_u32(b->out, 0);
    put_u8(b->out, op);
    put_u32(b->out, (size_t)line);
    b->n_commands++;
    return at;
}

static void
end_command(struct build *b, size_t at)
{
    set_u32(b->out->at + at, (uint32_t)(b->out->len - at - 4));
}

static void
put_skip(struct build *b, json_int_t line, enum spec_skip reason)
{
    const size_t at = begin_command(b, SPEC_SKIP, line);

    put_u8(b->out, reason);
    end_command(b, at);
}

static void
put_needs(struct build *b, json_int_t line)
{
    for (size_t i = 0; i < sizeof big_memories / sizeof big_memories[0]; i++) {
        if (big_memories[i].line == line &&
            strcmp(big_memories[i].set, b->source->set) == 0 &&
            strcmp(big_memories[i].file, b->file) == 0) {
            const size_t at = begin_command(b, SPEC_NEEDS, line);

            put_u32(b->out, big_memories[i].pages);
            end_command(b, at);
            if (b->pages < big_memories[i].pages) {
                b->pages = big_memories[i].pages;
            }
        }
    }
}

static bool
put_with_module(struct build *b, enum spec_op op, const json_t *command,
                json_int_t line)
{
    size_t len = 0;
    uint8_t *bytes = read_module(b, command, &len);
    size_t at;

    if (!bytes) {
        return false;
    }
    if (op == SPEC_MODULE) {
        b->current_skipped = false;
    }
    /* What is malformed anyway is so without that proposal too. */
    if (b->source->skip_memory64 && op != SPEC_MALFORMED &&
        has_memory64(bytes, len)) {
        b->current_skipped = b->current_skipped || op == SPEC_MODULE;
        put_skip(b, line, SPEC_SKIP_MEMORY64);
        free(bytes);
        return true;
    }
    if (op == SPEC_MODULE && json_object_get(command, "definition")) {
        op = SPEC_DEFINITION;
    }
    at = begin_command(b, op, line);
    if (op == SPEC_MODULE) {
        put_member(b->out, command, "name");
    }
    put_text(b->out, bytes, len);
    if (op != SPEC_MODULE && op != SPEC_DEFINITION) {
        put_member(b->out, command, "text");
    }
    end_command(b, at);
    b->n_modules++;
    free(bytes);
    return true;
}

static bool
put_with_action(struct build *b, enum spec_op op, const json_t *command,
                json_int_t line)
{
    size_t at;
    bool good;

    put_needs(b, line);
    at = begin_command(b, op, line);
    good = put_action(b, json_object_get(command, "action"));
    if (op == SPEC_RETURN) {
        good = good && put_values(b, json_object_get(command, "expected"));
    } else if (op != SPEC_ACTION) {
        put_member(b->out, command, "text");
    }
    end_command(b, at);
    return good;
}

static bool
put_command(struct build *b, const json_t *command)
{
    const char *type = json_string_value(json_object_get(command, "type"));
    const char *form =
        json_string_value(json_object_get(command, "module_type"));
    const json_int_t line =
        json_integer_value(json_object_get(command, "line"));
    enum spec_op op = SPEC_SKIP;
    size_t at;

    for (size_t i = 0; type && i < sizeof ops / sizeof ops[0]; i++) {
        if (strcmp(type, ops[i].type) == 0) {
            op = ops[i].op;
        }
    }
    switch (op) {
    case SPEC_REGISTER:
        if (b->source->skip_all || b->is_simd || b->current_skipped) {
            return true;
        }
        at = begin_command(b, op, line);
        put_member(b->out, command, "name");
        put_member(b->out, command, "as");
        end_command(b, at);
        b->n_registers++;
        return true;
    case SPEC_MODULE:
    case SPEC_INVALID:
    case SPEC_MALFORMED:
    case SPEC_UNLINKABLE:
    case SPEC_UNINSTANTIABLE:
        if (form && strcmp(form, "text") == 0) {
            put_skip(b, line, SPEC_SKIP_TEXT);
            return true;
        }
        if (b->source->skip_all || b->is_simd) {
            put_skip(b, line, b->is_simd ? SPEC_SKIP_SIMD : SPEC_SKIP_SET);
            return true;
        }
        return put_with_module(b, op, command, line);
    case SPEC_ACTION:
    case SPEC_RETURN:
    case SPEC_TRAP:
    case SPEC_EXHAUSTION:
        if (b->source->skip_all || b->is_simd || b->current_skipped) {
            put_skip(b, line, b->source->skip_all ? SPEC_SKIP_SET
                              : b->is_simd        ? SPEC_SKIP_SIMD
                                                  : SPEC_SKIP_MEMORY64);
            return true;
        }
        return put_with_action(b, op, command, line);
    default:
        return false;
    }
}

bool
spec_script_build(const struct cli_command *command,
                  const struct spec_source *source, const char *file,
                  struct spec_bytes *script)
{
    struct build b = { .command = command, .source = source, .file = file,
                       .out = script, .pages = SPEC_PAGES,
                       .is_simd = strncmp(file, "simd_", 5) == 0 };
    char path[4096];
    json_error_t error;
    json_t *root;
    json_t *item;
    size_t i;
    bool good = true;

    (void)snprintf(path, sizeof path, "%s/%s", source->folder, file);
    root = json_load_file(path, JSON_ALLOW_NUL, &error);
    if (!root) {
        cli_fail(command, CLI_USAGE, "%s is no JSON file: line %d: %s", path,
                 error.line, error.text);
        return false;
    }
    script->len = 0;
    for (i = 0; i < SPEC_HEADER_SIZE / 4; i++) {
        put_u32(script, 0);
    }
    json_array_foreach(json_object_get(root, "commands"), i, item) {
        if (!put_command(&b, item)) {
            cli_fail(command, CLI_USAGE, "%s: the command of line %" PRId64
                     " cannot be used: its type or values are unknown, or its"
                     " .wasm file cannot be read", path,
                     (int64_t)json_integer_value(
                         json_object_get(item, "line")));
            good = false;
            break;
        }
    }
    json_decref(root);
    set_u32(script->at, SPEC_MAGIC);
    set_u32(script->at + 4, SPEC_VERSION);
    set_u32(script->at + 8, b.n_commands);
    set_u32(script->at + 12, b.n_modules);
    set_u32(script->at + 16, b.n_registers);
    set_u32(script->at + 20, source->features);
    set_u32(script->at + 24, b.pages);
    return good;
}
