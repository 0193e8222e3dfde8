#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every protection, taken away one at a time, must make a test fail.

A mutation is a replacement in a copy of the sources. The copy is compiled into
the unit tests of the layers cap, bind, sched, runtime and engine (exec, aot), or
into test_share of tests/sim; the program that is to notice must fail. A
mutation whose text is not in the source exactly once fails too, so that this
list follows the code.

    mutations.py --cc gcc --root . --guests build/tests/unit/runtime [NAME...]

Prints TAP. `--guests` has the compiled guests of tests/unit/runtime. `--build`
has the containers of tests/sim; without it what they notice is skipped.
"""
import argparse
import pathlib
import shutil
import subprocess
import sys
import tempfile

CAP, BIND, RUNTIME, SCHED = "cap", "bind", "runtime", "sched"
ADMIT, LEVELS, REQUESTS = "admit", "levels", "requests"
EXEC = "exec"
REGISTERS = "registers"  # in line, of compiled functions
AOT = "aot"             # compiled functions, and the engine beside them
WAIT = "wait"           # compiled functions that wait
ANYTIME = "anytime"     # compiled functions, interrupted at any instruction
NATIVE = "native"       # the file of a compiled container
SERVE = "serve"         # containers that serve containers, the same
SHARE = "share"         # main and handler on one instance, simulated board
WINDOWS = "windows"     # tests/windows: containers on simulated registers
HOSTMEM = "hostmem"     # the same modules in the engine alone

# Whose turn it is, in the state and in the instance, as it has to change and
# the other way around.
FENCE = "    atomic_signal_fence(memory_order_seq_cst);\n"
IN_STATE = ("    state->exec = (struct wio_aot_exec *)(void *)exec;\n"
            "    state->stack_limit = exec->stack_limit;\n")
OUT_OF_STATE = ("    state->stack_limit = outer_limit;\n"
                "    state->exec = outer;\n")
FORGET = (
    "        image->state->exec = (struct wio_aot_exec *)(void *)outer;\n"
    "        image->state->stack_limit = outer ? outer->stack_limit : 0;\n"
    "        atomic_signal_fence(memory_order_seq_cst);   /* as enter() */\n")


def in_turn(state, instance):
    return (state + FENCE + instance, instance + FENCE + state)


# name, program that notices, file below src, text, replacement
MUTATIONS = [
    ("handle-generation", CAP, "cap/handle.h",
     "return present == handle;",
     "return ((present ^ handle) & ~WIO_HANDLE_GENERATION_MASK) == 0;"),
    ("handle-class", BIND, "cap/handle.h",
     "return present == handle;",
     "return ((present ^ handle) & ~WIO_HANDLE_CLASS_MASK) == 0;"),
    ("handle-container", RUNTIME, "cap/handle.h",
     "return present == handle;",
     "return ((present ^ handle) & ~WIO_HANDLE_SERIAL_MASK) == 0;"),
    ("handle-index", CAP, "cap/cap.c",
     "if (i >= table.n || !wio", "if (!wio"),
    ("handle-index-of-pins", CAP, "cap/cap.h",
     "if (i >= caps->n_gpio || !wio", "if (!wio"),
    ("handle-index-of-windows", CAP, "cap/cap.h",
     "if (i >= caps->n_mmio || !wio", "if (!wio"),
    ("handle-revoke", BIND, "cap/cap.c",
     "    caps->n_i2c = 0;\n", "    return;\n"),
    ("handle-close", BIND, "cap/cap.c",
     "*present = wio_handle_next(*present);", ";"),
    ("open-and-budget", BIND, "bind/internal.h",
     "return bind->sched && wio_sched_is_over(bind->sched);",
     "return false;"),
    ("guest-range-end", BIND, "engine/engine.h",
     "len > memory->n_bytes || at > memory->n_bytes - len",
     "at >= memory->n_bytes"),
    ("guest-range-wrap", BIND, "engine/engine.h",
     "len > memory->n_bytes || at > memory->n_bytes - len",
     "at + len > memory->n_bytes"),
    ("guest-range-of-an-empty-range", BIND, "engine/engine.h",
     "len > memory->n_bytes || at > memory->n_bytes - len",
     "len != 0 && (len > memory->n_bytes || at > memory->n_bytes - len)"),
    ("register-rule", CAP, "cap/mmio.c",
     "rule->off == off && rule->width == width", "rule->width == width"),
    ("register-rule-of-the-fast-path", CAP, "cap/mmio.h",
     "    if (mask == 0) {\n        return false;\n    }\n", ""),
    ("register-width", CAP, "cap/mmio.c",
     "rule->off == off && rule->width == width", "rule->off == off"),
    ("register-window", CAP, "cap/mmio.h",
     "    return word < window->n_words ? window->masks",
     "    word %= window->n_words ? window->n_words : 1;\n"
     "    return window->n_words ? window->masks"),
    ("register-window-of-writes", CAP, "cap/mmio.h",
     "    return word < window->n_words &&\n",
     "    word %= window->n_words ? window->n_words : 1;\n"
     "    return window->n_words &&\n"),
    ("register-read-right", CAP, "cap/mmio.c",
     "    if (rule->read_mask == 0) {\n        return WIO_ERR_MMIO_WRITE_ONLY;"
     "\n    }\n    return (int64_t)", "    return (int64_t)"),
    ("register-read-mask", CAP, "cap/mmio.c",
     "bus_read(window, off, width) & rule->read_mask",
     "bus_read(window, off, width)"),
    ("register-read-mask-of-the-fast-path", CAP, "cap/mmio.h",
     "(window->base + off) & mask;", "(window->base + off);"),
    ("register-write-right", CAP, "cap/mmio.c",
     "    if (rule->write_mask == 0) {", "    if (false) {"),
    ("register-write-mask", CAP, "cap/mmio.c",
     "if ((value & ~rule->write_mask) != 0) {", "if (false) {"),
    ("register-write-mask-of-the-fast-path", CAP, "cap/mmio.h",
     "window->masks[window->index[word]].write == UINT32_MAX",
     "window->masks[window->index[word]].write != 0"),
    ("register-other-bits", CAP, "cap/mmio.c",
     "(old & ~mask) | (value & mask)", "value & mask"),
    ("register-merge-without-interrupts", CAP, "cap/mmio.c",
     "uint32_t key = port->core->irq_save(port->ctx);", "uint32_t key = 0;"),
    ("poll-time-limit", CAP, "cap/mmio.c",
     "    if (timeout_us > window->grant->timeout_us) {",
     "    if (false) {"),
    ("pin-direction-out", CAP, "cap/gpio.c",
     "if ((pin->flags & WIO_GPIO_OUTPUT) == 0) {", "if (false) {"),
    ("pin-direction-in", CAP, "cap/gpio.c",
     "if ((pin->flags & WIO_GPIO_OUTPUT) != 0) {", "if (false) {"),
    ("bus-address", CAP, "cap/i2c.c",
     "if (addr != 0 && addr != device->addr) {", "if (false) {"),
    ("bus-max-transfer-written", CAP, "cap/i2c.c",
     "w_len > device->max_transfer || ", ""),
    ("bus-max-transfer-read", CAP, "cap/i2c.c",
     " || r_len > device->max_transfer", ""),
    ("port-max-transfer", CAP, "cap/uart.c",
     "               uint32_t len, uint64_t deadline_ns)\n{\n"
     "    if (len > line->max_transfer) {",
     "               uint32_t len, uint64_t deadline_ns)\n{\n    if (false) {"),
    ("point-range", BIND, "bind/point.c",
     "if (!matches || !wio_point_fits(cell->type, bits)) {",
     "if (!matches) {"),
    ("point-direction", BIND, "bind/point.c",
     "    if (!cell->provides) {\n        return", "    if (false) {\n"
     "        return"),
    ("operations-checked-first", BIND, "bind/i2c.c",
     "        if (err) {\n            wio_bind_op_status_(guest_ops, i, err);\n"
     "            return err;\n        }\n", "        (void)err;\n"),
    ("spi-operations-checked-first", BIND, "bind/spi.c",
     "    if (err) {\n        wio_bind_op_status_(guest_ops, wrong, err);\n"
     "        return err;\n    }\n", ""),
    ("spi-in-a-handler", BIND, "bind/spi.c",
     "return wio_bind_off_buses_(call->bind) ? WIO_ERR_WOULD_BLOCK : 0;",
     "return 0;"),
    ("spi-transaction-with-the-ceiling", LEVELS, "bind/spi.c",
     "wio_bind_enter_bus_(call->bind, device->bus_ceiling);",
     "0xff;"),
    ("spi-in-the-blocking", LEVELS, "runtime/plan.c",
     "                              grant->class == WIO_NEED_SPI_DEVICE ||\n", ""),
    ("buffer-bounds", RUNTIME, "runtime/buffer.c",
     "if (len > end - from || offset > end - from - len) {",
     "if (false) {"),
    ("buffer-ends", RUNTIME, "runtime/buffer.c", " || end < from) {", ") {"),
    ("buffer-type", RUNTIME, "runtime/buffer.c",
     " ||\n        wio_engine_global_type(found.of.global) != WIO_TYPE_I32) {",
     ") {"),
    ("buffer-in-memory", RUNTIME, "runtime/buffer.c",
     "wio_guest_range(container->instance, from + offset, len);",
     "container->instance->memory->data + from + offset;"),
    ("spi-max-transfer", CAP, "cap/spi.c",
     "(segment->len > device->max_transfer && !segment->polls) ||", ""),
    ("spi-delays", CAP, "cap/spi.c",
     "delays_ns > (uint64_t)device->timeout_us * 1000", "false"),
    ("spi-buffers-apart", CAP, "cap/spi.c",
     "           (r - w < segment->len || w - r < segment->len);",
     "           false;"),
    ("spi-reads-into-the-guest", BIND, "bind/spi.c",
     "    return bytes && (segment->r || op->kind == WIO_ABI_OP_WRITE)\n"
     "               ? 0\n               : WIO_ERR_FAULT;", "    return 0;"),
    ("bus-time-limit", BIND, "bind/core.c",
     "return deadline_ns < bind->budget_end_ns ? deadline_ns\n"
     "                                             : bind->budget_end_ns;",
     "return deadline_ns;"),
    ("bus-time-counts", RUNTIME, "bind/core.c",
     "if (now_ns(bind) > bind->budget_end_ns) {", "if (false) {"),
    ("delay-bound", BIND, "bind/core.c",
     "now >= bind->budget_end_ns || ns > bind->budget_end_ns - now ||\n"
     "        (", "("),
    ("strict-mode", RUNTIME, "bind/mmio.c",
     "    if (wio_bind_of_(instance)->strict) {", "    if (false) {"),
    ("import-declared", BIND, "bind/check.c",
     "if (err || is_declared(config, table->need_class)) {",
     "if (err || is_declared(config, table->need_class) || true) {"),
    ("import-type", BIND, "bind/check.c",
     "    return is_type(&import->type.func, signature)\n",
     "    return true\n"),
    ("window-size", BIND, "bind/window.c",
     "limits->min != size ||\n        limits->max != size", "false"),
    ("window-page-size", BIND, "bind/window.c",
     "limits->page_shift != 0 || ", ""),
    ("window-need", BIND, "bind/window.c",
     "(config->needs[i].class != WIO_NEED_MMIO ||\n            !wio_span",
     "(!wio_span"),
    ("window-marker-type", BIND, "bind/window.c",
     "        return wio_bind_check_type_(import, "
     "markers[name.marker].signature,\n"
     "                                    report);", "        return 0;"),
    ("window-uses", BIND, "bind/window.c",
     "    return check_use(import, use, report);", "    return 0 * use.kind;"),
    ("window-uses-at-link", HOSTMEM, "engine/interp/link.c",
     "    return use.kind == WIO_USE_PLAIN\n", "    return true\n"),
    ("window-wide-accesses", WINDOWS, "engine/interp/access.c",
     "            wio_note_use(c, arg.memory, WIO_USE_WIDE);\n",
     "            ;\n"),
    ("window-atomic-accesses", WINDOWS, "engine/interp/access.c",
     "    wio_note_use(c, arg.memory, WIO_USE_ATOMIC);\n", ""),
    ("window-bulk", WINDOWS, "engine/interp/bulk.c",
     "        wio_note_use(c, op == WIO_MISC_MEMORY_INIT ? y : x, "
     "WIO_USE_BULK);\n", ""),
    ("window-bulk-from", WINDOWS, "engine/interp/bulk.c",
     "            wio_note_use(c, y, WIO_USE_BULK);\n", "            ;\n"),
    ("window-grow", WINDOWS, "engine/interp/bulk.c",
     "                wio_note_use(c, x, WIO_USE_GROW);\n",
     "                ;\n"),
    ("window-segment", WINDOWS, "engine/interp/segment.c",
     "flags != 1 && memory < m->n_imported_memories &&", "false &&"),
    ("window-refusal-traps", WINDOWS, "engine/interp/hostmem.c",
     "    if (code < 0) {\n        exec->code", "    if (false) {\n"
     "        exec->code"),
    ("window-refusal-traps-at-constants", WINDOWS, "engine/interp/run.c",
     "                             (int32_t)cause);\n",
     "                             0);\n"),
    ("window-address-of-33-bits", HOSTMEM, "engine/interp/hostmem.c",
     "n > 4 || at > UINT32_MAX", "n > 4"),
    ("window-stop", HOSTMEM, "engine/interp/hostmem.c",
     "    if (exec->steps.limit == WIO_LIMIT_STOP) {", "    if (false) {"),
    ("window-stop-at-constants", HOSTMEM, "engine/interp/run.c",
     "        refused = (uint32_t)(value >> 32);\n        if (UNLIKELY((refused"
     " | (uint32_t)exec->steps.limit) != 0)) {",
     "        refused = (uint32_t)(value >> 32);\n        if (refused) {"),
    ("window-stop-at-constant-stores", HOSTMEM, "engine/interp/run.c",
     "        if (UNLIKELY((cause | (uint32_t)exec->steps.limit) != 0)) {\n"
     "            goto stored;", "        if (cause) {\n            goto stored;"),
    ("window-memory-is-no-main-memory", HOSTMEM, "engine/interp/instance.c",
     "inst->memories[module->main_memory]", "inst->memories[0]"),
    ("window-revoke", BIND, "cap/cap.c",
     "        caps->mmio[i].n_words = 0;\n", "        ;\n"),
    ("window-revoke-off-the-fast-path", BIND, "bind/window.c",
     "return w->window->handle == 0 ? (int)WIO_ERR_REVOKED : 0;",
     "return 0;"),
    ("window-not-granted", WINDOWS, "bind/window.c",
     "    if (w->window == &no_window) {", "    if (false) {"),
    ("batch-checked-first", BIND, "bind/mmio_many.c",
     "            put_status(guest_op, err);\n            return err;\n",
     "            err = 0;\n"),
    ("batch-length", BIND, "bind/mmio_many.c",
     "n == 0 || n > WIO_ABI_MMIO_OPS_MAX", "n == 0 || n > 17"),
    ("copy-in-checked-first", BIND, "bind/mmio_many.c",
     "        err = check_read(copy->window, *bad, copy->width);\n",
     ""),
    ("copy-out-checked-first", BIND, "bind/mmio_many.c",
     "pass < 2; pass++", "pass < 2; pass += 2"),
    ("copy-length", BIND, "bind/mmio_many.c",
     "        len / each > WIO_ABI_MMIO_COPY_MAX) {", "        false) {"),
    ("export-type", BIND, "bind/check.c",
     "            is_type(&export.type.func, signature)) {",
     "            true) {"),
    ("budget-steps", RUNTIME, "runtime/run.c",
     "steps_of(runtime, activation->budget_us));",
     "64 * steps_of(runtime, activation->budget_us));"),
    ("budget-alarm", RUNTIME, "runtime/run.c",
     "if (port->core->alarm_set) {", "if (false) {"),
    ("memory-bound", RUNTIME, "bind/memory.c",
     "    if (total > bound) {", "    if (false) {"),
    ("memory-growth", RUNTIME, "runtime/load.c",
     ".memory_bytes = container->config.memory_bytes,",
     ".memory_bytes = 2 * container->config.memory_bytes,"),
    ("module-size", RUNTIME, "runtime/load.c",
     "if (load->bytes.len > policy->max_module_bytes) {", "if (false) {"),
    ("container-count", RUNTIME, "runtime/load.c",
     "if (runtime->n_containers >= runtime->max_containers) {",
     "if (false) {"),
    ("native-counts", NATIVE, "runtime/native.c",
     "if (must_count && !(image->flags & WIO_AOT_COUNTED)) {",
     "if (false) {"),
    ("native-in-order", NATIVE, "runtime/native.c",
     "if (has_handlers && !(image->flags & WIO_AOT_VOLATILE)) {",
     "if (false) {"),
    ("native-format", NATIVE, "runtime/native.c",
     "if (h->magic != WIO_NATIVE_MAGIC || h->format != WIO_NATIVE_FORMAT) {",
     "if (false) {"),
    ("native-abi", NATIVE, "runtime/native.c",
     "if (h->abi != WIO_AOT_ABI) {",
     "if (false) {"),
    ("native-length", NATIVE, "runtime/native.c",
     "if (h->file_bytes != file.len) {",
     "if (false) {"),
    ("native-kind", NATIVE, "runtime/native.c",
     "if (h->kind != WIO_NATIVE_FLAT && h->kind != WIO_NATIVE_SHARED) {",
     "if (false) {"),
    ("native-image-place", NATIVE, "runtime/native.c",
     "if (h->image_at != WIO_NATIVE_IMAGE_AT ||\n        h->image_bytes > h->file_bytes ||",
     "if (h->image_bytes > h->file_bytes ||"),
    ("native-image-end", NATIVE, "runtime/native.c",
     "h->image_at > h->file_bytes - h->image_bytes",
     "false"),
    ("native-image-in-section", NATIVE, "runtime/native.c",
     "h->image_bytes > section.len - (h->image_at - WIO_NATIVE_HEADER_AT)",
     "false"),
    ("native-text", NATIVE, "runtime/native.c",
     "if (h->text_bytes > h->image_bytes) {",
     "if (false) {"),
    ("native-entry", NATIVE, "runtime/native.c",
     "(h->entry > h->image_bytes ||\n         h->image_bytes - h->entry < ENTRY_BYTES || (",
     "(("),
    ("native-entry-wrap", NATIVE, "runtime/native.c",
     "h->image_bytes - h->entry < ENTRY_BYTES",
     "h->entry + ENTRY_BYTES > h->image_bytes + 64"),
    ("native-entry-alignment", NATIVE, "runtime/native.c",
     "(h->entry & 3u) != 0)",
     "false)"),
    ("native-alignment", NATIVE, "runtime/native.c",
     "if (((h->load_at | h->bss_at | h->bss_bytes) & align) != 0) {",
     "if (false) {"),
    ("native-name", NATIVE, "runtime/native.c",
     "if (h->target[WIO_NATIVE_TARGET_BYTES - 1] != '\\0') {",
     "if (false) {"),
    ("native-checksum", NATIVE, "runtime/native.c",
     "if (crc != h->crc) {",
     "if (false) {"),
    ("native-second", NATIVE, "runtime/native.c",
     "if (n != 1 || section",
     "if (section"),
    ("native-first", NATIVE, "runtime/native.c",
     " || section.bytes != file.bytes + WIO_NATIVE_HEADER_AT) {",
     ") {"),
    ("native-short", NATIVE, "runtime/native.c",
     "if (section.len < WIO_NATIVE_HEADER_BYTES) {",
     "if (false) {"),
    ("native-cut", NATIVE, "runtime/native.c",
     "return bad(report, \"the file is cut short\");",
     "return 0;"),
    ("native-port", NATIVE, "runtime/native.c",
     "if (!ops) {",
     "if (!ops) { return 0;"),
    ("native-board", NATIVE, "runtime/native.c",
     "if (!wio_span_is(target, ops->target) || h->kind != ops->kind) {",
     "if (false) {"),
    ("native-kind-of-the-port", NATIVE, "runtime/native.c",
     " || h->kind != ops->kind) {",
     ") {"),
    ("native-build", NATIVE, "runtime/native.c",
     "if (ops->build && !same_build(h->build, ops->build)) {",
     "if (false) {"),
    ("native-address", NATIVE, "runtime/native.c",
     "(uintptr_t)native->image != h->load_at ||\n        ",
     ""),
    ("native-variables-address", NATIVE, "runtime/native.c",
     " ||\n        (uintptr_t)memory != h->bss_at) {",
     ") {"),
    ("native-variables-size", NATIVE, "runtime/native.c",
     "if (h->bss_bytes > memory_bytes) {",
     "if (false) {"),
    ("claims", RUNTIME, "runtime/load.c",
     "wio_claims_add(&runtime->claims, container->id, container->grants,\n"
     "                         n);", "0;"),
    ("claims-dropped-on-refusal", RUNTIME, "runtime/load.c",
     "    if (load->claimed) {", "    if (false) {"),
    ("one-configuration", RUNTIME, "runtime/load.c",
     "    if (n_sections != 1) {", "    if (false) {"),
    ("unique-model", RUNTIME, "runtime/load.c",
     "        if (wio_span_equal(runtime->containers[i]->config.model,\n"
     "                           config->model)) {", "        if (false) {"),
    ("safe-state-checked", RUNTIME, "runtime/load.c",
     "    err = err ? err : check_safe_writes(load);\n",
     "    (void)check_safe_writes;\n"),
    ("safe-state-performed", RUNTIME, "runtime/fault.c",
     "    wio_requests_close(&container->bind.requests);\n"
     "    wio_runtime_make_safe_(container);\n",
     "    wio_requests_close(&container->bind.requests);\n"),
    ("points-bad-after-a-fault", RUNTIME, "runtime/fault.c",
     "            wio_point_write_bad(&caps->points[i], code, now);\n", ""),
    ("faulted-stays-stopped", RUNTIME, "runtime/run.c",
     "return container->state == WIO_STATE_RUNNING && "
     "container->main.instance;", "return container->main.instance;"),
    ("source-masked-by-the-stub", SCHED, "sched/line.c",
     "    mask(sched, line);\n    line->event.n_new = 1;",
     "    line->event.n_new = 1;"),
    ("least-distance-of-a-line", SCHED, "sched/line.c",
     "if (at <= now) {", "if (now) {"),
    ("source-masked-by-a-look", SCHED, "sched/line.c",
     "mask(sched, line);                 /*", "/*"),
    ("distance-of-a-main-put-off", SCHED, "sched/sched.c",
     "        entity->next_ns = now + entity->period_ns;\n", ""),
    ("wait-outlasts-the-release-it-replaces", SCHED, "sched/sched.c",
     "if (entity->waiting && !entity->busy) {", "if (entity->waiting) {"),
    ("delay-under-a-lock", SCHED, "sched/sched.c",
     "return (uint64_t)ops->budget_left(sched->ctx) * ns_per_tick;",
     "return (uint64_t)sched_left_of_budget(sched->current,"
     " ops->budget_left(sched->ctx)) * ns_per_tick;"),
    ("masked-while-handled", SCHED, "sched/line.c",
     "if (!line->event.busy && line->unmask_ns == UINT64_MAX) {", "{"),
    ("coalesced-events-counted", SCHED, "sched/line.c",
     "add(&line->n_coalesced, n - 1);", ";"),
    ("dropped-events-counted", SCHED, "sched/line.c",
     "add(&line->n_dropped, n);", ";"),
    ("overflow-mask-needs-ack", SCHED, "sched/line.c",
     "(line->overflow == WIO_LINE_MASK && !line->acknowledged)", "false"),
    ("blocked-line", SCHED, "sched/line.c",
     "!line->enabled || line->blocked ||", "!line->enabled ||"),
    ("budget-is-told", SCHED, "sched/sched.c",
     "    entity->over(entity);\n", ""),
    ("budget-of-what-was-preempted", SCHED, "sched/sched.c",
     "ops->budget_swap(ctx, below_left);", "ops->budget_swap(ctx, 1000);"),
    ("end-of-another-s-budget", SCHED, "sched/sched.c",
     "entity->budget_ticks);\n    entity->overrun = WIO_OVERRUN_NONE;\n",
     "entity->budget_ticks);\n"),
    ("lock-limit", SCHED, "sched/lock.c",
     "if (left <= sched->lock_limit_ticks) {", "{"),
    ("lock-charged", SCHED, "sched/lock.c",
     "entity->lock_left - (entity->lock_ticks - left));",
     "entity->lock_left);"),
    ("lock-ends-with-its-activation", SCHED, "sched/sched.c",
     "    sched_drop_lock(sched, entity);\n", ""),
    ("lock-depth", SCHED, "sched/lock.c",
     "if (entity->lock_depth == DEPTH_MAX) {", "if (0) {"),
    ("suspended-entity", SCHED, "sched/sched.c",
     "    if (!entity->suspended) {\n        activate", "    {\n        activate"),
    ("releases-never-pile-up", SCHED, "sched/sched.c",
     "    if (entity->busy) {\n        skip(sched, entity, 1);\n"
     "        return;\n    }\n", ""),
    ("wait-keeps-the-period", SCHED, "sched/sched.c",
     "entity->next_ns = at > earliest ? at : earliest;",
     "entity->next_ns = at;"),
    ("analysis-jitter", ADMIT, "sched/admit.c",
     "uint64_t w = plus(window_ns, jitter_ns);", "uint64_t w = window_ns;"),
    ("analysis-own-jitter", ADMIT, "sched/admit.c",
     "return w + me->jitter_ns;", "return w;"),
    ("analysis-lock", ADMIT, "sched/admit.c",
     "e->lock_ns > 0 && lock_ceiling(set, e) <= me->level", "false"),
    ("analysis-ceiling-of-a-lock", ADMIT, "sched/admit.c",
     "e->lock_ns > 0 && lock_ceiling(set, e) <= me->level",
     "e->lock_ns > 0 && e->level > me->level &&"
     " lock_ceiling(set, e) < me->level"),
    ("analysis-bus-of-the-background", ADMIT, "sched/admit.c",
     "if (e->bus_ns > 0 &&", "if (e->bus_ns > 0 && e->level > me->level &&"),
    ("analysis-every-shared-bus", ADMIT, "sched/admit.c",
     "(e->buses & j->buses) != 0", "e->buses == j->buses"),
    ("analysis-expiry-for-nothing", ADMIT, "sched/admit.c",
     "            each *= 2;\n", ""),
    ("analysis-fault", ADMIT, "sched/admit.c",
     "is_first ? set->costs.fault_ns : 0", "0u"),
    ("analysis-steps", ADMIT, "sched/admit.c",
     "#define STEPS_MAX 1000u", "#define STEPS_MAX 100000000u"),
    ("analysis-search", ADMIT, "sched/assign.c",
     "if (search(set) && ", "if ("),
    ("analysis-band", ADMIT, "sched/assign.c",
     "return e->group == 0 || level >= set->band_first;", "return true;"),
    ("transaction-in-a-handler", LEVELS, "bind/i2c.c",
     "    if (wio_bind_off_buses_(bind)) {\n"
     "        return WIO_ERR_WOULD_BLOCK;\n    }\n", ""),
    ("transaction-with-the-ceiling", LEVELS, "bind/i2c.c",
     "key = wio_bind_enter_bus_(bind, device->bus_ceiling);\n"
     "    err = wio_bus_take", "key = 0xff;\n    err = wio_bus_take"),
    ("poll-and-budget", LEVELS, "bind/mmio.c",
     "if (left_ns < LEAST_LEFT_NS) {", "if (false) {"),
    ("log-at-a-level", LEVELS, "bind/core.c",
     "if (bind->sched && wio_sched_is_at_level(bind->sched)) {", "if (0) {"),
    ("ceilings-before-init", LEVELS, "runtime/levels.c",
     "return runtime->n_containers + (loading != NULL);",
     "return runtime->n_containers;"),
    ("levels-at-once", LEVELS, "runtime/levels.c",
     "key = wio_sched_enter(&runtime->sched, 0);",
     "key = wio_sched_enter(&runtime->sched, 0xff);"),
    ("safe-state-again", LEVELS, "runtime/activate.c",
     "    if (job->container->unsettled) {\n", "    if (false) {\n"),
    ("request-range", REQUESTS, "bind/request.c",
     "    if (!wio_guest_range(instance, s->w.at, s->w.len) ||\n"
     "        !wio_guest_range(instance, s->r.at, s->r.len)) {\n"
     "        return WIO_ERR_FAULT;\n    }\n", ""),
    ("request-length", REQUESTS, "bind/i2c.c",
     "int err = device ? wio_i2c_check(device, addr, w_len, r_len)\n",
     "int err = device ? 0\n"),
    ("request-uart-length", REQUESTS, "bind/uart.c",
     ": len > line->max_transfer ? (int)WIO_ERR_NOT_PERMITTED : 0;", ": 0;"),
    ("request-overlaps-itself", REQUESTS, "bind/request.c",
     "if (overlap(s->w, s->r)) {", "if (false) {"),
    ("request-lent-buffer", REQUESTS, "bind/request.c",
     "    if (wio_bind_is_lent_(bind, s->w.at, s->w.len, false) ||\n"
     "        wio_bind_is_lent_(bind, s->r.at, s->r.len, true)) {\n"
     "        return WIO_ERR_BUSY;\n    }\n", ""),
    ("request-lent-to-a-call", REQUESTS, "bind/uart.c",
     "            : wio_bind_is_lent_(bind, at, len, false)",
     "            : false"),
    ("request-lent-to-an-answer", REQUESTS, "bind/core.c",
     "if (wio_bind_is_lent_(wio_bind_of_(instance), at, cap, true)) {",
     "if (false) {"),
    ("request-lent-sent", REQUESTS, "bind/request.c",
     "(writes && overlap(buffer, slot->w))", "false"),
    ("request-slots", REQUESTS, "bind/request.c",
     "slot->on_bus.state == WIO_BUS_FREE) {\n            return slot;",
     "true) {\n            return slot;"),
    ("request-generation", REQUESTS, "bind/request.c",
     "slot->handle = wio_handle_next(handle);", ""),
    ("request-cancel-on-kill", REQUESTS, "bind/request.c",
     "if (is_under_way(slot) && slot->on_bus.bus) {", "if (false) {"),
    ("request-cancel-on-unload", REQUESTS, "runtime/load.c",
     "    wio_requests_close(&container->bind.requests);\n"
     "    if (runtime->has_levels) {\n", "    if (runtime->has_levels) {\n"),
    ("request-cancel-on-fault", REQUESTS, "runtime/fault.c",
     "    wio_requests_close(&container->bind.requests);\n", ""),
    ("request-stops-the-controller", REQUESTS, "sched/bus.c",
     "uint32_t n = bus->cancel(bus->ctx, &request->port);",
     "uint32_t n = 0;"),
    ("request-timeout", REQUESTS, "sched/bus.c",
     "now + (uint64_t)request->timeout_us * 1000);", "UINT64_MAX);"),
    ("request-interval", REQUESTS, "sched/bus.c",
     "request->stream->next_ns = now + request->stream->interval_ns;", ""),
    ("request-bus-taken-by-a-call", REQUESTS, "sched/bus.c",
     "err = bus->active || bus->taken ? (int)WIO_ERR_BUSY : 0;",
     "err = 0;"),
    ("request-begins-in-a-call", REQUESTS, "sched/bus.c",
     "while (!bus->active && !bus->taken && bus->queue) {",
     "while (!bus->active && bus->queue) {"),
    ("request-urgent-first", REQUESTS, "sched/bus.c",
     "while (*at && (*at)->level <= request->level) {", "while (*at) {"),
    ("request-in-a-handler", REQUESTS, "bind/request.c",
     "if (!s->requester->bus[s->direction] && wio_bind_off_buses_(bind)) {",
     "if (false) {"),
    ("request-interrupts-admitted", REQUESTS, "runtime/plan.c",
     ".each_ns = (BEGIN + n + END) * costs->request_ns + costs->stub_ns,",
     ".each_ns = 0,"),
    ("timer-looks-at-all", LEVELS, "runtime/plan.c",
     "    add_timer_cost(plan, policy->costs.timer_each_ns);\n",
     "    (void)add_timer_cost;\n"),
    ("main-beside-an-operation", LEVELS, "sched/sched.c",
     "        entity->next_ns = now + entity->period_ns;\n", ""),
    ("stop-behind-a-host-function", EXEC, "engine/interp/run.c",
     "if (UNLIKELY(exec->steps.limit == WIO_LIMIT_STOP)) {", "if (0) {"),
    ("stop-behind-a-leaf", EXEC, "engine/interp/run.c",
     "(exec->raised | (uint32_t)exec->steps.limit) != 0",
     "exec->raised != 0"),
    ("wait-in-a-handler", EXEC, "engine/interp/atomic.c",
     "if (op == WIO_ATOMIC_WAIT && inst->base.exec->is_handler) {",
     "if (false) {"),
    ("atomic-alignment", EXEC, "engine/interp/atomic.c",
     "if (at & (n - 1)) {", "if (false) {"),
    ("atomic-bounds", EXEC, "engine/interp/atomic.c",
     "if (n > memory->n_bytes || at > memory->n_bytes - n) {",
     "if ((uint32_t)at > memory->n_bytes) {"),
    ("atomic-lock", EXEC, "engine/interp/atomic.c",
     "        key = lock->enter(lock->ctx);\n", "        key = 0;\n"),
    ("native-bounds", AOT, "emit/guest.h",
     "if (UNLIKELY(outside(size, least, fixed, a, off, n))) {", "if (0) {"),
    ("native-bounds-of-what-grows", AOT, "emit/guest.h",
     "return (u64)a + off + n > size;", "return a + off + n > size;"),
    ("native-depth", AOT, "emit/guest.h",
     "if (UNLIKELY(stack_pointer < S.stack_limit)) {", "if (0) {"),
    ("native-depth-of-a-handler", AOT, "engine/aot/call.c",
     "    state->stack_limit = exec->stack_limit;\n", ""),
    ("native-depth-of-a-prepared-handler", AOT, "engine/aot/prepared.c",
     "    state->stack_limit = exec->stack_limit;\n", ""),
    ("native-depth-put-back", AOT, "engine/aot/call.c",
     "    state->stack_limit = outer_limit;\n", ""),
    ("native-depth-put-back-behind-a-prepared", AOT, "engine/aot/prepared.c",
     "    state->stack_limit = outer_limit;\n", ""),
    ("native-exec-put-back", AOT, "engine/aot/call.c",
     "    state->exec = outer;\n", ""),
    ("native-exec-put-back-behind-a-prepared", AOT, "engine/aot/prepared.c",
     "    state->exec = outer;\n", ""),
    ("native-exec-before-the-instance-s", ANYTIME, "engine/aot/call.c",
     *in_turn(IN_STATE, "    inst->base.exec = exec;\n")),
    ("native-exec-before-the-instance-s-prepared", ANYTIME,
     "engine/aot/prepared.c",
     *in_turn(IN_STATE, "    instance->exec = exec;\n")),
    ("native-exec-put-back-before-the-instance-s", ANYTIME,
     "engine/aot/call.c",
     *in_turn(OUT_OF_STATE, "    inst->base.exec = before;\n")),
    ("native-exec-put-back-before-the-instance-s-prepared", ANYTIME,
     "engine/aot/prepared.c",
     *in_turn(OUT_OF_STATE, "    instance->exec = before;\n")),
    ("native-exec-forgotten-before-the-instance-s", ANYTIME,
     "engine/interp/exec.c",
     "    if (image) {\n" + FORGET + "    }\n    instance->exec = outer;\n",
     "    instance->exec = outer;\n    if (image) {\n" + FORGET + "    }\n"),
    ("native-type", AOT, "emit/guest.h",
     "if (UNLIKELY(types[ref] != type)) {", "if (0) {"),
    ("native-null", AOT, "emit/guest.h",
     "if (UNLIKELY(ref == 0)) {", "if (0) {"),
    ("native-element", AOT, "emit/guest.h",
     "if (UNLIKELY(i >= t->n)) {", "if (0) {"),
    ("native-run-of-registers", REGISTERS, "emit/guest.h",
     "return (x >> 2 | x << 30) < n;", "return x >> 2 < n;"),
    ("native-registers-closed", REGISTERS, "emit/guest.h",
     "MAY_READ(k, a + off, n) && \\\n                   present[k])) {",
     "MAY_READ(k, a + off, n))) {"),
    ("native-registers-closed-for-stores", REGISTERS, "emit/guest.h",
     "MAY_WRITE(k, a + off, n, x) && \\\n                   present[k])) {",
     "MAY_WRITE(k, a + off, n, x))) {"),
    ("native-register-bits", REGISTERS, "emit/guest.h",
     "W##k##_writable(at, n) && \\\n"
     "                                    (x & ~W##k##_writable(at, n)) == 0",
     "W##k##_writable(at, n) != 0"),
    ("native-register-mask", REGISTERS, "emit/guest.h",
     "? x & W##k##_readable(at, n) : x;", "? x : x;"),
    ("native-register-sum", REGISTERS, "emit/guest.h",
     "LIKELY(a + off >= off && MAY_READ(", "LIKELY(MAY_READ("),
    ("native-handle-of-reads", REGISTERS, "emit/guest.h",
     "return MAY_READ(k, at, n) && handle != 0 && present[k] == handle;",
     "return MAY_READ(k, at, n) && present[k];"),
    ("native-handle-0", REGISTERS, "emit/guest.h",
     "return MAY_READ(k, at, n) && handle != 0 && present[k] == handle;",
     "return MAY_READ(k, at, n) && present[k] == handle;"),
    ("native-handle-of-writes", REGISTERS, "emit/guest.h",
     "return MAY_WRITE(k, at, n, x) && handle != 0 && \\\n"
     "               present[k] == handle;",
     "return MAY_WRITE(k, at, n, x) && present[k];"),
    ("native-registers-of-this-board", BIND, "bind/registers.c",
     "(!is_as_compiled(window, w) ||", "(false ||"),
    ("native-registers-by-functions", BIND, "bind/registers.c",
     "return !window->grant->ops && (image", "return (image"),
    ("native-registers-elsewhere", BIND, "bind/registers.c",
     "(image->bases || window->base == w->base)", "true"),
    ("native-handle-renewed", BIND, "bind/core.c",
     "    wio_bind_renew_registers_(wio_bind_of_(instance));\n", ""),
    ("native-registers-close", BIND, "bind/registers.c",
     "        image->present[i] = 0;\n    }\n    bind->image = NULL;\n",
     "    }\n    bind->image = NULL;\n"),
    ("native-magic", AOT, "engine/aot/attach.c",
     "if (image->magic != WIO_AOT_MAGIC) {", "if (false) {"),
    ("native-interface", AOT, "engine/aot/attach.c",
     "if (image->abi != WIO_AOT_ABI) {", "if (false) {"),
    ("native-numbers", AOT, "engine/aot/attach.c",
     "image->n_memories !=\n", "false && image->n_memories !=\n"),
    ("native-of-this-module", AOT, "engine/aot/attach.c",
     "if (shape != image->shape_crc ||\n", "if (false ||\n"),
    ("native-of-this-code", AOT, "engine/aot/attach.c",
     "(code != image->code_crc && !is_stripped(module))", "false"),
    ("native-room", AOT, "engine/interp/instance.c",
     "    if (most > place->n_bytes) {\n        most = place->n_bytes;\n"
     "    }\n", ""),
    ("native-waits-where-it-may", AOT, "engine/aot/call.c",
     "exec->raised != (WIO_REENTERED | WIO_MAY_WAIT)",
     "!(exec->raised & WIO_REENTERED)"),
    ("native-waits-at-the-bottom", WAIT, "engine/aot/call.c",
     "!exec->native->may_wait ||", ""),
    ("native-waits-not-in-a-handler", WAIT, "engine/interp/exec.c",
     "exec->is_handler || exec->entry", "exec->entry"),
    ("native-wait-that-traps", WAIT, "engine/aot/call.c",
     "if (raised & 0xffu) {", "if (false) {"),
    ("native-wait-abandoned", WAIT, "engine/interp/exec.c",
     "    exec->raised = 0;\n    exec->entry = NULL;\n",
     "    exec->entry = NULL;\n"),
    ("native-cut-off", AOT, "engine/interp/exec.c",
     "    exec->native = NULL;\n", ""),
    ("handler-stack-of-its-own", SHARE, "runtime/activate.c",
     "    *job->stack_pointer = job->stack_top;\n", ""),
    ("stack-pointer-put-back", SHARE, "runtime/activate.c",
     "    *job->stack_pointer = sp;\n", "    (void)sp;\n"),
    ("handler-exec-of-its-own", SHARE, "runtime/jobs.c",
     "    wio_engine_set_handler(job->exec, true);\n",
     "    job->exec = container->exec;\n"),
    ("instance-exec-put-back", SHARE, "engine/interp/run.c",
     "        exec->steps.left = fuel;\n        inst->base.exec = outer;\n",
     "        exec->steps.left = fuel;\n"),
    ("section-within-the-budget", SCHED, "sched/lock.c",
     "bool begins = left > 1 && left - 1 > ticks;", "bool begins = left > 0;"),
    ("section-s-own-end", SCHED, "sched/sched.c",
     "    if (entity->section) {\n        if (entity->section->overrun",
     "    if (entity->section && entity->overrun) {\n"
     "        if (entity->section->overrun"),
    ("section-is-charged", SCHED, "sched/lock.c",
     "section->left - section->ticks +", "section->left + 0 *"),
    ("section-s-lock", SCHED, "sched/lock.c",
     "    sched_drop_lock(sched, entity);\n", ""),
    ("section-around-a-lock", SCHED, "sched/lock.c",
     "        entity->lock_depth = 0;\n        entity->section",
     "        entity->section"),
    ("analysis-end-of-a-server", ADMIT, "sched/admit.c",
     "serve |= set->entities[j].served;", ";"),
    ("analysis-room-for-a-service", ADMIT, "sched/admit.c",
     "return set->entities[i].served ? times(sum, 2) : sum;", "return sum;"),
    ("analysis-lock-of-a-server", ADMIT, "sched/admit.c",
     "(e->served & j->serves) != 0)", "false)"),
    ("served-within-the-budget", SERVE, "sched/lock.c",
     "bool begins = left > 1 && left - 1 > ticks;",
     "bool begins = left > 0;"),
    ("served-as-an-own-section", SERVE, "sched/sched.c",
     "    if (entity->section) {\n        if (entity->section->overrun",
     "    if (entity->section && entity->overrun) {\n"
     "        if (entity->section->overrun"),
    ("served-one-after-the-other", SERVE, "runtime/levels.c",
     "return n > 1 && level != 0xff ?", "return n > 99 && level != 0xff ?"),
    ("served-by-whoever-is-there", SERVE, "runtime/service.c",
     "            served->service = NULL;\n", ""),
    ("served-by-nobody-faulted", SERVE, "runtime/service.c",
     "    if (container->state != WIO_STATE_RUNNING) {\n"
     "        return WIO_ERR_NO_DEVICE;\n    }\n", ""),
    ("served-with-a-known-result", SERVE, "runtime/service.c",
     "return is_known ? code : (int)WIO_ERR_SPI_OTHER;", "return code;"),
    ("service-stack-of-its-own", SERVE, "runtime/activate.c",
     "    *word = job->stack_top;\n", ""),
    ("service-stack-s-end", SERVE, "runtime/activate.c",
     "    *word = sp;\n    if (!canary_lives(job)) {",
     "    *word = sp;\n    if (false) {"),
    ("service-stops-with-its-container", SERVE, "runtime/fault.c",
     "        wio_engine_stop(container->services[i].job.exec);\n", ""),
    ("service-that-takes-too-long", SERVE, "runtime/service.c",
     "    wio_runtime_fault_(runtime, job->container, job->err, kind,"
     " job->need,\n                       &job->trap);\n", ""),
    ("served-blocking", SERVE, "runtime/plan.c",
     "entity->buses |= 1u << grant->controller;", ";"),
    ("plain-request-not-told", REQUESTS, "bind/request.c",
     "(is_under_way(slot) && slot->on_bus.bus);", "is_under_way(slot);"),
    ("other-bus-in-a-call", SERVE, "bind/internal.h",
     "bind->sched->current->section != NULL", "false"),
    ("served-in-a-chain", SERVE, "board/served.c",
     "return s->config->n_services > 0     ? MISS_CHAIN",
     "return s->config->n_services > 9     ? MISS_CHAIN"),
    ("served-without-requests", SERVE, "board/served.c",
     "s->need->n_requests > 0 ? MISS_SERVED", "s->need->n_requests > 99 ? MISS_SERVED"),
    ("bus-in-use-by-a-native-driver", SERVE, "board/served.c",
     "return is_occupied(s, node) ? MISS_OCCUPIED : MISS_FITS;",
     "return MISS_FITS;"),
    ("served-through-its-driver", SERVE, "board/match.c",
     "wio_board_driven_(s, s->parent);", "false;"),
    ("driven-and-not-provided", SERVE, "board/served.c",
     "s->need->class & 1u) == 0) {", "s->need->class & 1u) == 9) {"),
]

FLAGS = ["-std=c11", "-O0", "-g0", "-w"]


class Build:
    """A copy of the sources and what is compiled only once."""

    def __init__(self, args, work):
        self.cc = args.cc
        self.guests = args.guests
        self.containers = args.build
        self.unit = args.guests.parent
        self.root = work / "tree"
        self.objects = work / "objects"
        self.objects.mkdir()
        for part in ("src", "include", "tests/unit/cap", "tests/unit/bind",
                     "tests/unit/runtime", "tests/unit/sched",
                     "tests/unit/exec", "tests/unit/aot", "tests/unit/native",
                     "ports/sim", "ports/host", "tests/sim", "tests/windows"):
            shutil.copytree(args.root / part, self.root / part)
        for name in ("guest.c", "guest-uncounted.c", "windows.c", "wait.c"):
            shutil.copy(self.unit / "aot" / name, self.root / "tests/unit/aot")
        self.made = {}

    def run(self, command, **options):
        return subprocess.run([str(word) for word in command],
                              stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, **options)

    def includes(self):
        return [f"-I{self.root / part}"
                for part in ("include", "src", "src/emit", "src/engine/aot",
                             "tests/unit/cap", "tests/unit/bind",
                             "tests/unit/sched", "ports")]

    def guests_of(self, source):
        return (f"{self.containers}/tests/windows"
                if source.parent.name == "windows" else self.guests)

    def compile(self, source):
        """Compiles one file; what the compiler said when it failed."""
        made = self.objects / ("-".join(source.relative_to(self.root).parts)
                               + ".o")
        # Registers are in line where constants are known to be constants.
        guest = ("windows" if source.match("aot/test_windows.c") else
                 "wait" if source.match("aot/test_wait.c") else "guest")
        level = ["-O1"] if source.match("aot/windows.c") else []
        done = self.run([self.cc, *FLAGS, *level, *self.includes(),
                         f'-DGUESTS="{self.guests_of(source)}"',
                         f'-DGUEST="{self.unit / source.parts[-2]}'
                         f'/{guest}.wasm"', "-D_GNU_SOURCE", "-DWIO_DEPTH=1",
                         "-DWIO_CFG_ATOMIC_BYTES=4",   # as on Cortex-M
                         f'-DSHARE_CONTAINERS="{self.containers}'
                         '/tests/containers"',
                         f'-DSHARE_BOARD="{self.containers}'
                         '/tests/sim/share_board.dtb"', "-DSHARE_ENTRIES=5000",
                         f'-DSERVE_CONTAINERS="{self.containers}'
                         '/tests/containers"',
                         f'-DSERVE_BOARD="{self.containers}'
                         '/tests/sim/serve_board.dtb"',
                         "-c", source, "-o", made])
        self.made[source] = made
        return done.stdout if done.returncode else None

    def sources(self, layer):
        unit = self.root / "tests/unit"
        src = self.root / "src"
        if layer == SCHED:
            return [src / "sched/sched.c", src / "sched/line.c",
                    src / "sched/lock.c", unit / "sched/fake_levels.c",
                    unit / "sched/test_sched.c"]
        if layer == NATIVE:
            return [*src.glob("base/*.c"), *src.rglob("engine/**/*.c"),
                    src / "runtime/native.c", unit / "native/test_native.c"]
        if layer == EXEC:
            return [*src.glob("base/*.c"), *src.rglob("engine/**/*.c"),
                    unit / "exec/test_exec.c"]
        if layer == REGISTERS:
            return [*src.glob("base/*.c"), *src.rglob("engine/**/*.c"),
                    unit / "aot/test_windows.c", unit / "aot/windows.c"]
        if layer == AOT:
            return [*src.glob("base/*.c"), *src.rglob("engine/**/*.c"),
                    unit / "aot/test_aot.c", unit / "aot/fixture.c",
                    unit / "aot/guest.c"]
        if layer == WAIT:
            return [*src.glob("base/*.c"), *src.rglob("engine/**/*.c"),
                    unit / "aot/test_wait.c", unit / "aot/fixture.c",
                    unit / "aot/wait.c"]
        if layer == ANYTIME:
            return [*src.glob("base/*.c"), *src.rglob("engine/**/*.c"),
                    unit / "aot/test_anytime.c", unit / "aot/fixture.c",
                    unit / "aot/guest-uncounted.c"]
        if layer == SHARE:
            return [*(s for s in src.rglob("*.c")
                      if s.name != "transfer.c" and s.parent.name != "emit"),
                    *(self.root / "ports/sim").glob("*.c"),
                    self.root / "ports/host/native.c",
                    self.root / "tests/sim/test_share.c"]
        if layer == SERVE:
            return [*(s for s in src.rglob("*.c")
                      if s.name != "transfer.c" and s.parent.name != "emit"),
                    *(self.root / "ports/sim").glob("*.c"),
                    self.root / "ports/host/native.c",
                    self.root / "tests/sim/test_serve.c"]
        if layer == WINDOWS:
            return [*(s for s in src.rglob("*.c")
                      if s.name != "transfer.c" and s.parent.name != "emit"),
                    *(self.root / "ports/sim").glob("*.c"),
                    self.root / "ports/host/native.c",
                    self.root / "tests/windows/rig.c",
                    self.root / "tests/windows/test_windows.c"]
        if layer == HOSTMEM:
            return [*src.glob("base/*.c"), *src.rglob("engine/**/*.c"),
                    self.root / "tests/windows/test_hostmem.c"]
        if layer == ADMIT:
            return [src / "sched/admit.c", src / "sched/assign.c",
                    unit / "sched/test_admit.c"]
        sources = [*src.glob("base/*.c"), *src.glob("cap/*.c")]
        if layer in (LEVELS, REQUESTS):
            sources += [*(self.root / "ports/sim").glob("*.c"),
                        self.root / "ports/host/native.c",
                        unit / f"runtime/test_{layer}.c"]
        else:
            sources += [unit / "cap/fake.c", unit / layer / f"test_{layer}.c"]
        if layer != CAP:
            sources += [*src.glob("bind/*.c"), *src.glob("sched/*.c")]
        if layer == BIND:
            # guest.c stands for the engine and has no memories to check.
            sources.remove(src / "bind/memory.c")
            sources.append(unit / "bind/guest.c")
        if layer in (RUNTIME, LEVELS, REQUESTS):
            sources += [source for source in src.glob("runtime/*.c")
                        if source.name != "transfer.c"]
            sources.append(unit / "runtime/packed.c")
            sources += [*src.glob("board/*.c"), *src.rglob("engine/**/*.c")]
        return sources

    def forget(self, changed):
        """What depends on a file is compiled again: itself, or for a header
        all but the base, the board and the engine, which see none of them."""
        for source in list(self.made):
            layer = source.relative_to(self.root).parts[1]
            if source == changed or (
                    changed.suffix == ".h" and
                    layer not in ("base", "board", "engine")):
                del self.made[source]

    def program(self, layer):
        """Makes one test program; None, or what the compiler said."""
        sources = self.sources(layer)
        for source in sources:
            if source not in self.made:
                said = self.compile(source)
                if said:
                    del self.made[source]
                    return said
        done = self.run([self.cc, *(self.made[s] for s in sources),
                         "-lcmocka", "-o", self.objects / "program"])
        return done.stdout if done.returncode else None

    def passes(self):
        """Whether the last program compiled finds nothing wrong."""
        try:
            # test_share is told how often; the others take no argument.
            return self.run([self.objects / "program", "5000"],
                            timeout=60).returncode == 0
        except subprocess.TimeoutExpired:
            return False


def try_mutation(build, mutation):
    """None when a test notices, else what went wrong."""
    _, layer, name, old, new = mutation
    path = build.root / "src" / name
    text = path.read_text()
    if text.count(old) != 1:
        return f"the text to replace is {text.count(old)} times in src/{name}"
    path.write_text(text.replace(old, new))
    build.forget(path)
    try:
        said = build.program(layer)
        if said:
            return f"the mutation does not compile: {said.splitlines()[0]}"
        return f"test_{layer} passes without it" if build.passes() else None
    finally:
        path.write_text(text)
        build.forget(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cc", default="gcc")
    parser.add_argument("--root", type=pathlib.Path, required=True)
    parser.add_argument("--guests", type=pathlib.Path, required=True)
    parser.add_argument("--build", type=pathlib.Path)
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()
    chosen = [m for m in MUTATIONS if not args.names or m[0] in args.names]
    n = 0
    n_failed = 0

    def report(ok, what, why=None):
        nonlocal n, n_failed
        n += 1
        n_failed += not ok
        print(f"{'ok' if ok else 'not ok'} {n} - {what}", flush=True)
        if why:
            print(f"# {why}", flush=True)

    with tempfile.TemporaryDirectory() as work:
        build = Build(args, pathlib.Path(work))
        layers = [CAP, BIND, RUNTIME, SCHED, ADMIT, LEVELS, REQUESTS, EXEC,
                  NATIVE, AOT, WAIT, ANYTIME, REGISTERS]
        if args.build:
            layers += [SHARE, SERVE, WINDOWS, HOSTMEM]
        for layer in layers:
            said = build.program(layer)
            report(not said and build.passes(),
                   f"test_{layer} passes with every protection in place",
                   said and said.splitlines()[0])
        for mutation in chosen:
            if mutation[1] not in layers:
                report(True, f"mutation {mutation[0]} # SKIP no containers")
                continue
            why = try_mutation(build, mutation)
            report(not why, f"mutation {mutation[0]} is caught", why)
    print(f"1..{n}")
    return 1 if n_failed else 0


if __name__ == "__main__":
    sys.exit(main())
