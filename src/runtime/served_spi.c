/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/served_spi.c - transactions of class spi, by a container
 *
 * A transaction becomes calls of the provider: one for each piece as large as
 * its buffer, one more where a chip is released by itself. What they take is
 * known before the first, so the transaction fits or does not begin.
 */
#include <wio/abi.h>

#include "runtime/service.h"

/* -- Calls ----------------------------------------------------------------------------- */

/* What so many calls may take that move so many bytes together. */
static uint64_t
calls_ns(const struct wio_service_call *call, uint32_t n, uint32_t n_bytes)
{
    const struct wio_service_decl *decl = call->service->decl;

    return (uint64_t)n * decl->budget_us * 1000 +
           (uint64_t)n_bytes * decl->byte_ns;
}

/* Pieces as large as the provider's buffer. */
static uint32_t
n_pieces(const struct wio_service_call *call, uint32_t len)
{
    uint32_t most = call->service->decl->max_transfer;

    return len / most + (len % most != 0);
}

/* The first piece. */
static uint32_t
piece(const struct wio_service_call *call, uint32_t len)
{
    uint32_t most = call->service->decl->max_transfer;

    return len < most ? len : most;
}

/* A poll's pieces but the first are made as long as there is time. A segment of
 * no length may select, one behind a delay or a poll release. */
static uint64_t
least_ns(const struct wio_service_call *call,
         const struct wio_spi_segment *segment)
{
    uint32_t len = segment->polls ? piece(call, segment->len) : segment->len;
    uint32_t n = len == 0 ? 1u : n_pieces(call, len);

    n += segment->delay_ns > 0 || segment->polls ? 1u : 0u;
    return calls_ns(call, n, len) + segment->delay_ns;
}

static uint32_t
mode_flags(const struct wio_spi_chip *chip)
{
    return (chip->mode & WIO_SPI_CPHA ? WIO_ABI_SERVE_CPHA : 0u) |
           (chip->mode & WIO_SPI_CPOL ? WIO_ABI_SERVE_CPOL : 0u);
}

/* The place for @len bytes in the provider's memory. */
static uint8_t *
buffer_of(const struct wio_service_call *call, uint32_t len)
{
    return wio_guest_range(call->service->job.func.instance,
                           call->service->buffer, len);
}

/* @len bytes of a segment, from @done on. */
static int
run_piece(struct wio_service_call *call, const struct wio_spi_segment *segment,
          uint32_t flags, uint32_t done, uint32_t len)
{
    uint8_t *bytes = buffer_of(call, len);
    int err;

    if (!bytes) {
        return WIO_ERR_NO_DEVICE;
    }
    if (segment->w) {
        wio_copy(bytes, segment->w + done, len);
    } else {
        wio_fill(bytes, 0xff, len);
    }
    err = wio_runtime_call_service_(call, flags, len);
    if (err == 0 && segment->r) {
        wio_copy(segment->r + done, bytes, len);
    }
    return err;
}

static int
run_bytes(struct wio_service_call *call, const struct wio_spi_segment *segment,
          uint32_t flags)
{
    uint32_t done = 0;
    int err = 0;

    while (done < segment->len && err == 0) {
        uint32_t rest = segment->len - done;
        uint32_t len = piece(call, rest);
        uint32_t now = flags;

        now &= done > 0 ? ~WIO_ABI_SERVE_SELECT : UINT32_MAX;
        now &= len < rest ? ~WIO_ABI_SERVE_RELEASE : UINT32_MAX;
        err = run_piece(call, segment, now, done, len);
        done += len;
    }
    return err;
}

/* Another piece of a poll fits in before what is still to come. */
static bool
has_time(const struct wio_service_call *call, uint32_t len)
{
    const struct wio_runtime *runtime = call->service->job.entity.arg;

    return wio_sched_left_ns(&runtime->sched) >=
           call->allowance_ns + calls_ns(call, 1, len) + call->rest_ns;
}

/* Bytes until another than those to be skipped: the provider looks for it, so
 * that none behind it is lost. */
static int
run_poll(struct wio_service_call *call, const struct wio_spi_segment *segment,
         uint32_t flags)
{
    const struct wio_spi_poll *poll = &segment->poll;
    uint32_t left = segment->len;
    int found = 0;

    flags |= WIO_ABI_SERVE_POLL;
    while (left > 0 && found == 0 &&
           (left == segment->len || has_time(call, piece(call, left)))) {
        uint32_t len = piece(call, left);
        uint8_t *bytes = buffer_of(call, WIO_ABI_SERVE_POLL_BYTES);

        if (!bytes) {
            return WIO_ERR_NO_DEVICE;
        }
        bytes[0] = poll->skip;
        bytes[1] = poll->skip_mask;
        found = wio_runtime_call_service_(call, flags, len);
        if (found > 0) {
            segment->r[0] = bytes[0];
        }
        flags &= ~WIO_ABI_SERVE_SELECT;
        left -= len;
    }
    if (found <= 0) {
        return found < 0 ? found : (int)WIO_ERR_TIMEOUT;
    }
    return (segment->r[0] & poll->want_mask) == poll->want
               ? 0
               : (int)WIO_ERR_SPI_OTHER;
}

/* Selected by whatever ended here, and not by an error of the provider's, which
 * releases. */
static int
release(struct wio_service_call *call, uint32_t mode)
{
    static const struct wio_spi_segment nothing = { .len = 0 };

    return run_piece(call, &nothing, mode | WIO_ABI_SERVE_RELEASE, 0, 0);
}

/* With a delay or a poll in it, a chip that ends here is released after. */
static int
run_segment(struct wio_service_call *call, const struct wio_spi_segment *segment,
            uint32_t flags)
{
    const struct wio_runtime *runtime = call->service->job.entity.arg;
    const struct wio_port *port = runtime->port;
    uint32_t mode = mode_flags(call->chip);
    bool apart = segment->delay_ns > 0 || segment->polls;
    uint32_t now = apart ? flags & ~WIO_ABI_SERVE_RELEASE : flags;
    int err = 0;

    if (segment->polls) {
        err = run_poll(call, segment, now);
        if (err == WIO_ERR_TIMEOUT || err == WIO_ERR_SPI_OTHER) {
            int gone = segment->unselected ? 0 : release(call, mode);

            return gone ? gone : err;
        }
    } else if (segment->len > 0) {
        err = run_bytes(call, segment, now);
    } else if ((now & WIO_ABI_SERVE_SELECT) != 0) {
        err = run_piece(call, segment, now, 0, 0);
    }
    if (err == 0 && segment->delay_ns > 0) {
        port->core->delay_ns(port->ctx, segment->delay_ns);
    }
    if (err == 0 && apart && (flags & WIO_ABI_SERVE_RELEASE) != 0) {
        err = release(call, mode);
    }
    return err;
}

/* Whether the chip is selected up to segment @i, and from it on. */
static bool
is_apart(const struct wio_spi_segment *segments, uint32_t n, uint32_t i)
{
    return i == 0 || i == n ||
           segments[i - 1].unselected != segments[i].unselected;
}

static int
run_segments(struct wio_service_call *call,
             const struct wio_spi_segment *segments, uint32_t n)
{
    int err = 0;

    for (uint32_t i = 0; i < n && err == 0; i++) {
        uint32_t flags = mode_flags(call->chip);

        if (segments[i].unselected) {
            flags |= WIO_ABI_SERVE_UNSELECTED;
        } else {
            flags |= is_apart(segments, n, i) ? WIO_ABI_SERVE_SELECT : 0u;
            flags |= is_apart(segments, n, i + 1) ? WIO_ABI_SERVE_RELEASE : 0u;
        }
        call->rest_ns -= least_ns(call, &segments[i]);
        err = run_segment(call, &segments[i], flags);
    }
    return err;
}

/* -- Time ------------------------------------------------------------------------------ */

static uint64_t
less(uint64_t a, uint64_t b)
{
    return a > b ? a - b : 0;
}

static uint64_t
least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/*
 * The section's own time: what the segments take at least, and of what polls
 * may take besides as much as there is. What of stubs and the timer may fall
 * into the caller's activation may fall into the section, which has room for
 * it; in the background nothing is computed, and it is as much again.
 */
static uint64_t
own_ns(struct wio_service_call *call, const struct wio_spi_segment *segments,
       uint32_t n, uint64_t limit_ns)
{
    const struct wio_runtime *runtime = call->service->job.entity.arg;
    const struct wio_sched *sched = &runtime->sched;
    uint64_t tick_ns = 1000000000u / sched->ops->tick_hz;
    uint64_t left_ns = less(wio_sched_left_ns(sched), 3 * tick_ns);
    uint64_t polls_ns = 0;
    uint64_t room_ns;

    for (uint32_t i = 0; i < n; i++) {
        call->rest_ns += least_ns(call, &segments[i]);
        if (segments[i].polls) {
            polls_ns += calls_ns(call, n_pieces(call, segments[i].len),
                                 segments[i].len);
        }
    }
    if (wio_sched_is_at_level(sched)) {
        const struct wio_job *caller =
            (const struct wio_job *)(const void *)sched->current;

        call->allowance_ns = caller->computed.allowance_ns;
        room_ns = least(less(left_ns, call->allowance_ns), limit_ns);
        return call->rest_ns + least(polls_ns, less(room_ns, call->rest_ns));
    }
    room_ns = least(left_ns, limit_ns) / 2;
    call->allowance_ns = call->rest_ns +
                         least(polls_ns, less(room_ns, call->rest_ns));
    return call->allowance_ns;
}

static void
trace(struct wio_runtime *runtime, enum wio_trace_kind kind, uint32_t value)
{
    struct wio_sched *sched = &runtime->sched;

    if (sched->trace.on) {
        wio_trace_put(&sched->trace, wio_runtime_now_ns_(runtime), kind,
                      sched->current->slot, value);
    }
}

/* A whole transaction fits into what the caller has left and into its time
 * limit, or it does not begin: neither meets the provider in the middle. */
static int
transact(struct wio_service_call *call, const struct wio_spi_segment *segments,
         uint32_t n, uint64_t deadline_ns)
{
    struct wio_service *service = call->service;
    struct wio_runtime *runtime = service->job.entity.arg;
    uint64_t limit_ns = less(deadline_ns, wio_runtime_now_ns_(runtime));
    uint64_t ns = own_ns(call, segments, n, limit_ns);
    int err;

    if (ns > limit_ns ||
        (!wio_sched_is_at_level(&runtime->sched) && ns > limit_ns / 2)) {
        return WIO_ERR_TIMEOUT;
    }
    if (!wio_sched_begin_section(&runtime->sched, &call->section,
                                 ns + call->allowance_ns)) {
        return WIO_ERR_OUT_OF_BUDGET;
    }
    service->call = call;
    trace(runtime, WIO_TRACE_SERVE, service->job.container->id);
    err = run_segments(call, segments, n);
    trace(runtime, WIO_TRACE_SERVED, (uint32_t)err);
    service->call = NULL;
    wio_sched_end_section(&runtime->sched, &call->section);
    return err;
}

/* Rounded up, so that the chip's rate is not exceeded; 0: the board does not
 * know the clock. */
static uint32_t
divisor(const struct wio_runtime *runtime, const struct wio_served *served,
        const struct wio_spi_chip *chip)
{
    uint32_t i = (uint32_t)(served - runtime->served);
    uint32_t hz = runtime->board.controllers[i].info.clock_hz;

    return chip->max_hz == 0 ? 0
                             : hz / chip->max_hz + (hz % chip->max_hz != 0);
}

static int
transfer(void *ctx, const struct wio_spi_chip *chip,
         const struct wio_spi_segment *segments, uint32_t n,
         uint64_t deadline_ns)
{
    const struct wio_served *served = ctx;
    struct wio_service_call call = {
        .section = { .over = wio_runtime_stop_service_ },
        .service = served->service,
        .chip = chip,
    };

    if (!call.service) {
        return WIO_ERR_NO_DEVICE;  /* nobody drives the bus now */
    }
    if (call.service->call) {
        return WIO_ERR_BUSY;       /* cannot be: ceilings keep others out */
    }
    call.divisor = divisor(call.service->job.entity.arg, served, chip);
    return transact(&call, segments, n, deadline_ns);
}

const struct wio_spi_ops wio_runtime_spi_served_ = { .transfer = transfer };
