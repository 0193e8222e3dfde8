/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Accesses to imported memories, which may lie with the host (struct
 * wio_memory_host). The loop makes those of 32 bits at constant addresses
 * itself; the rest, and what is rare behind those, is done here.
 */
#include "engine/interp/module.h"
#include "engine/interp/opcodes.h"

static uint32_t
get_le(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
           (uint32_t)p[3] << 24;
}

uint32_t
wio_accessed(struct wio_inst *inst, const struct wio_memory *memory,
             uint64_t at, uint32_t n, int32_t code)
{
    struct wio_exec *exec = inst->base.exec;

    if (code < 0) {
        exec->code = code;
        return n > memory->n_bytes || at > memory->n_bytes - n
                   ? WIO_TRAP_MEMORY_BOUNDS
                   : WIO_TRAP_DENIED;
    }
    /* As behind a host function: whoever stops what made this access is sure
     * that no other is made. */
    if (exec->steps.limit == WIO_LIMIT_STOP) {
        exec->steps.limit = 0;
        return WIO_TRAP_STOPPED;
    }
    return 0;
}

static int32_t
host_load(const struct wio_memory *memory, uint32_t kind, uint32_t at,
          uint32_t *v)
{
    uint32_t n = kind & WIO_ACCESS_BYTES;
    int64_t value = n == 4 ? memory->host->load32(memory, at)
                           : memory->host->load(memory, at, n);
    uint32_t shift = 64 - 8 * n;

    if (value < 0) {
        return (int32_t)value;
    }
    if (kind & WIO_ACCESS_SIGNED) {
        value = (int64_t)((uint64_t)value << shift) >> shift;
    }
    v[0] = (uint32_t)value;
    if (kind & WIO_ACCESS_WIDE) {
        v[1] = (uint32_t)((uint64_t)value >> 32);
    }
    return 0;
}

static int32_t
host_store(const struct wio_memory *memory, uint32_t n, uint32_t at,
           uint32_t value)
{
    if (n == 4) {
        return memory->host->store32(memory, at, value);
    }
    return memory->host->store(memory, at, n,
                               value & ((1u << 8 * n) - 1));
}

static uint32_t
access(struct wio_inst *inst, const struct wio_memory *memory, uint32_t op,
       uint64_t at, uint32_t *v)
{
    uint32_t kind = wio_access_kind(op);
    uint32_t n = kind & WIO_ACCESS_BYTES;
    int32_t code;

    if (!memory->host) {
        return wio_access(memory, op, at, v);
    }
    /* Wide ones were refused when the memory was linked. */
    if (n > 4 || at > UINT32_MAX) {
        return WIO_TRAP_MEMORY_BOUNDS;
    }
    code = op < WIO_FIRST_STORE ? host_load(memory, kind, (uint32_t)at, v)
                                : host_store(memory, n, (uint32_t)at, v[0]);
    return wio_accessed(inst, memory, at, n, code);
}

uint32_t
wio_imported_op(struct wio_inst *inst, const uint8_t *ip, uint32_t *fp)
{
    return access(inst, inst->memories[ip[4]], ip[3],
                  (uint64_t)fp[ip[2]] + get_le(ip + 5), fp + ip[1]);
}

/* -- Memories that have bytes, for the loop --------------------------------- */

static int64_t
bytes_load32(const struct wio_memory *memory, uint32_t at)
{
    uint32_t value = 0;

    /* The code is not looked at: it reaches beyond the memory. */
    return wio_access(memory, 0x28u, at, &value) ? (int64_t)WIO_ERR_FAULT
                                                 : (int64_t)value;
}

static int32_t
bytes_store32(const struct wio_memory *memory, uint32_t at, uint32_t value)
{
    return wio_access(memory, WIO_FIRST_STORE, at, &value)
               ? (int32_t)WIO_ERR_FAULT : 0;
}

struct wio_imported_memory
wio_imported(const struct wio_memory *memory)
{
    return (struct wio_imported_memory){
        .memory = memory,
        .load32 = memory->host ? memory->host->load32 : bytes_load32,
        .store32 = memory->host ? memory->host->store32 : bytes_store32,
    };
}
