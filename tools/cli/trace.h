/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tools/cli/trace.h - `wasmio trace`: a trace from board to picture
 *
 *   sim board ---trace_sim---+                       +--trace_chrome--> JSON
 *   QEMU console --lines--+  +--> struct trace --+---+
 *   saved dump -----------+-trace_dump--^        |   +--trace_page----> HTML
 *                                                +--> trace_spans: who ran when
 *
 * docs/reference/trace.md has the formats.
 */
#ifndef WIO_CLI_TRACE_H
#define WIO_CLI_TRACE_H

#include <stdio.h>

#include <wio/runtime.h>

#include "cli.h"

#define TRACE_ENTITIES_MAX 20u
#define TRACE_RECORDS_MAX (1u << 22)
#define TRACE_BINS 16u
#define TRACE_FILES_MAX 8u
#define TRACE_NOBODY 0xffu

/* -- What is known ------------------------------------------------------------ */

struct trace_record {
    uint64_t at_ns;
    uint32_t value;
    uint32_t lost_before;      /* entries that were overwritten unread */
    uint8_t kind;              /* enum wio_trace_kind */
    uint8_t who;
};

struct trace_bin {
    uint32_t bound_us;         /* below it; the last: from it */
    uint32_t n;
    bool is_last;
};

struct trace {
    char board[32];
    struct wio_entity_info entities[TRACE_ENTITIES_MAX];  /* by level */
    uint32_t n_entities;
    struct trace_record *records;
    uint32_t n;
    uint32_t room;
    uint64_t n_lost;
    bool is_full;              /* there were more than TRACE_RECORDS_MAX */
    /* The control task's jitter: distances of two activations. */
    bool has_control;
    uint32_t control_period_ns;
    uint32_t control_n;
    uint32_t control_min_ns;
    uint32_t control_max_ns;
    struct trace_bin bins[TRACE_BINS];
    uint32_t n_bins;
};

void trace_free(struct trace *trace);
/* Takes the record; with `lost_before` what was added by trace_add_lost(). */
void trace_add(struct trace *trace, uint64_t at_ns, uint32_t kind,
               uint32_t who, uint32_t value);
void trace_add_lost(struct trace *trace, uint32_t n);
/* Replaces one of the same slot, or adds it; what is too many is dropped. */
void trace_put_entity(struct trace *trace, const struct wio_entity_info *info);
/* Entities by level, records by time: those of one time keep their order. A
 * writer that is preempted between reading the clock and taking its entry
 * stands behind those that preempted it. */
void trace_sort(struct trace *trace);
/* The index of the entity that has a slot or a source, or TRACE_NOBODY. */
uint32_t trace_by_slot(const struct trace *trace, uint32_t slot);
uint32_t trace_by_source(const struct trace *trace, uint32_t source);

/* -- trace_dump.c: lines of the console, and files of them ---------------------- */

/* Takes a line of docs/reference/console.md that belongs to a trace; others
 * are ignored. False when it is one but not of its form. */
bool trace_take_line(struct trace *trace, const char *line);
int trace_read_dump(const struct cli_command *command, const char *path,
                    struct trace *trace);
int trace_write_dump(const struct cli_command *command, const char *path,
                     const struct trace *trace);

/* -- trace_spans.c: who ran when ------------------------------------------------- */

enum trace_flag {
    TRACE_OVER = 1,            /* ended by its budget or a lock's limit */
    TRACE_FAULT = 2,           /* its container was faulted */
    TRACE_CUT = 4,             /* its begin or end is not in the trace */
    TRACE_NO_RELEASE = 8       /* nor is its release */
};

struct trace_piece {           /* it had the processor */
    uint64_t from_ns;
    uint64_t to_ns;
    uint32_t next;             /* of the same activation; 0: none */
    uint8_t above;             /* entity that preempts it at the end */
};

struct trace_activation {
    uint64_t release_ns;
    uint64_t begin_ns;
    uint64_t end_ns;
    uint64_t run_ns;
    uint32_t first;            /* piece */
    uint32_t last;
    uint8_t entity;
    uint8_t flags;
};

struct trace_mark {
    uint64_t at_ns;
    uint32_t value;
    uint8_t entity;            /* TRACE_NOBODY: of nobody */
    uint8_t kind;              /* enum wio_trace_kind */
};

struct trace_section {         /* a lock held; a source masked */
    uint64_t from_ns;
    uint64_t to_ns;
    uint8_t entity;
    uint8_t level;
};

struct trace_spans {
    uint64_t from_ns;          /* of the trace */
    uint64_t to_ns;
    struct trace_activation *activations;  /* by begin */
    struct trace_piece *pieces;            /* from 1 on */
    struct trace_mark *marks;
    struct trace_section *locks;
    struct trace_section *masks;
    uint32_t n_activations;
    uint32_t n_pieces;
    uint32_t n_marks;
    uint32_t n_locks;
    uint32_t n_masks;
};

/* False: out of memory. @trace is sorted. */
bool trace_make_spans(const struct trace *trace, struct trace_spans *spans);
void trace_free_spans(struct trace_spans *spans);

/* -- Writers --------------------------------------------------------------------- */

extern const char *const trace_kinds[4];         /* of entities */
const char *trace_mark_name(uint8_t kind);

/* The Chrome trace event format; 0, or an exit code after saying why. */
int trace_write_chrome(const struct cli_command *command, const char *path,
                       const struct trace *trace,
                       const struct trace_spans *spans);
/* One page with everything in it. */
int trace_write_page(const struct cli_command *command, const char *path,
                     const struct trace *trace,
                     const struct trace_spans *spans);
void trace_print_table(const struct trace *trace);

/* A JSON text; what is no printable ASCII, and what could end a script
 * element, is escaped. */
void trace_put_json_text(FILE *file, const char *text);

/* -- Collecting -------------------------------------------------------------------- */

struct trace_options {
    const char *board;
    const char *paths[TRACE_FILES_MAX];
    const uint8_t *bytes[TRACE_FILES_MAX];
    uint32_t n_bytes[TRACE_FILES_MAX];
    uint32_t n_files;
    const char *sets[16];
    uint32_t n_sets;
    const char *script;
    const char *script_path;
    double seconds;
    bool may_build;
};

int trace_on_sim(const struct cli_command *command,
                 const struct trace_options *options, const uint8_t *blob,
                 uint32_t len, struct trace *trace);
int trace_on_qemu(const struct cli_command *command,
                  const struct trace_options *options, struct trace *trace);

#endif
