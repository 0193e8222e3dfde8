/* SPDX-License-Identifier: Apache-2.0 */
/* See levels.h. */
#include "levels.h"

#include "clock.h"
#include "direct.h"
#include "startup/startup.h"

#define NVIC_ISER 0xe000e100u
#define NVIC_ICER 0xe000e180u
#define NVIC_ISPR 0xe000e200u
#define NVIC_ICPR 0xe000e280u
#define NVIC_IPR 0xe000e400u
#define STIR 0xe000ef00u           /* pends a line by its number */

/* GPIO of the PrimeCell PL061 kind, which the LM3S6965 has with a wider mask
 * for data: ARM DDI 0190B, 3.2; DS-LM3S6965-12746.2515, "GPIO". */
#define GPIOIS 0x404u
#define GPIOIBE 0x408u
#define GPIOIEV 0x40cu
#define GPIOIM 0x410u
#define GPIORIS 0x414u
#define GPIOMIS 0x418u
#define GPIOICR 0x41cu

#define N_LEVELS 14u
#define N_SOURCES 12u
#define LEVEL_PRIORITY(level) (((level) + 1u) << 4)


static const uint8_t slot_lines[] = { WIO_BOARD_SLOT_LINES };

#define N_SLOTS (sizeof slot_lines / sizeof slot_lines[0])

struct vector {
    void (*fn)(void *arg);
    void *arg;
};

struct source {
    struct cm_stub direct;         /* where direct.c does the whole of it */
    bool open;
    bool is_pin;
    uint8_t line;
    uint8_t trigger;
    uint32_t bit;                  /* in the NVIC's word, or of the pin */
    uintptr_t base;                /* of the pin's controller */
    struct vector stub;
};

static struct {
    struct vector vectors[16u + WIO_BOARD_N_IRQS];   /* by exception */
    struct source sources[N_SOURCES];
    uint32_t n_sources;            /* the highest one opened so far, and one */
    void (*on_timer)(void *arg);
    void *arg;
} levels;

/* -- Vectors ---------------------------------------------------------------------- */

/* Of every slot and source; in constant time. */
static void
enter(void)
{
    const struct vector *vector;
    void (*fn)(void *arg);
    uint32_t ipsr;
    void *arg;

    __asm__ volatile("mrs %0, ipsr" : "=r"(ipsr));
    vector = &levels.vectors[ipsr];
    __asm__("ldrd %0, %1, [%2]"
            : "=&r"(fn), "=r"(arg) : "r"(vector), "m"(*vector));
    fn(arg);
}

static volatile uint32_t *
word_of(uint32_t registers, uint32_t line)
{
    return startup_reg(registers + 4u * (line / 32u));
}

static void
set_vector(uint32_t line, uint32_t priority, void (*fn)(void *arg), void *arg)
{
    *(volatile uint8_t *)(uintptr_t)(NVIC_IPR + line) = (uint8_t)priority;
    levels.vectors[STARTUP_IRQ(line)] = (struct vector){ fn, arg };
    startup_set_vector(STARTUP_IRQ(line), enter);
}

static void
synchronize(void)
{
    __asm__ volatile("dsb\n isb" ::: "memory");
}

/* -- Slots ------------------------------------------------------------------------ */

static int
slot_open(void *ctx, uint32_t slot, uint32_t level, uint32_t group,
          void (*fn)(void *arg), void *arg)
{
    uint32_t line;

    (void)ctx;
    (void)group;
    if (slot >= N_SLOTS || level >= N_LEVELS) {
        return WIO_ERR_LIMIT;
    }
    line = slot_lines[slot];
    set_vector(line, LEVEL_PRIORITY(level), fn, arg);
    *word_of(NVIC_ICPR, line) = 1u << (line % 32u);
    *word_of(NVIC_ISER, line) = 1u << (line % 32u);
    return 0;
}

static bool
slot_direct(void *ctx, uint32_t slot, struct wio_port_direct *direct)
{
    uint32_t line = slot_lines[slot];

    (void)ctx;
    if (direct) {
        cm_direct_slot(line, direct);
    } else {
        startup_set_vector(STARTUP_IRQ(line), enter);
    }
    return true;
}

static void
slot_level(void *ctx, uint32_t slot, uint32_t level)
{
    (void)ctx;
    *(volatile uint8_t *)(uintptr_t)(NVIC_IPR + slot_lines[slot]) =
        (uint8_t)LEVEL_PRIORITY(level);
    synchronize();
}

static void
slot_close(void *ctx, uint32_t slot)
{
    uint32_t line = slot_lines[slot];

    (void)ctx;
    *word_of(NVIC_ICER, line) = 1u << (line % 32u);
    synchronize();
    *word_of(NVIC_ICPR, line) = 1u << (line % 32u);
}

static void
pend(void *ctx, uint32_t slot)
{
    (void)ctx;
    *startup_reg(STIR) = slot_lines[slot];
    /* Taken before the next instruction that depends on it. */
    __asm__ volatile("dsb" ::: "memory");
}

/* -- Ceilings --------------------------------------------------------------------- */

static uint32_t
raise_to(void *ctx, uint32_t level)
{
    uint32_t key;

    (void)ctx;
    /* BASEPRI_MAX: never towards less urgent. */
    __asm__ volatile("mrs %0, basepri\n"
                     "msr basepri_max, %1\n"
                     "isb"
                     : "=&r"(key) : "r"(LEVEL_PRIORITY(level)) : "memory");
    return key;
}

static void
lower(void *ctx, uint32_t key)
{
    (void)ctx;
    __asm__ volatile("msr basepri, %0\n isb" :: "r"(key) : "memory");
}

/* -- Timer ------------------------------------------------------------------------ */

static uint64_t timer_at_ns = UINT64_MAX;

/* Above all levels or with interrupts kept out, as is the clock here. */
static void
arm_timer(uint64_t at_ns)
{
    uint64_t now = cm_now_above();
    uint32_t ns = 0;

    if (at_ns > now) {
        ns = at_ns - now < CM_TIMER_MS * 1000000u
                 ? (uint32_t)(at_ns - now)
                 : CM_TIMER_MS * 1000000u;     /* and on from there */
    }
    cm_soc_timer_arm(ns / CM_TICK_NS + 1u);
}

static void
on_timer(void)
{
    cm_soc_timer_ack();
    cm_soc_watchdog_feed();
    if (cm_now_above() < timer_at_ns) {
        arm_timer(timer_at_ns);
        return;
    }
    timer_at_ns = UINT64_MAX;
    levels.on_timer(levels.arg);
}

static void
timer_set(void *ctx, uint64_t at_ns)
{
    uint32_t key = cm_irq_save();

    (void)ctx;
    timer_at_ns = at_ns;
    arm_timer(at_ns);
    cm_irq_restore(key);
}

static void
start(void *ctx, void (*timer)(void *arg), void (*budget)(void *arg),
      void *arg)
{
    (void)ctx;
    levels.on_timer = timer;
    levels.arg = arg;
    cm_guard_start(budget, arg);
    cm_soc_timer_init(on_timer);
    timer_set(ctx, UINT64_MAX);
}

/* -- Sources ---------------------------------------------------------------------- */

static bool
source_direct(void *ctx, uint32_t at, uint32_t slot,
              struct wio_port_event *event,
              void (*fn)(void *arg, uint64_t now_ns), void *arg)
{
    struct source *source = &levels.sources[at];
    uint32_t key;

    (void)ctx;
    if (source->is_pin) {
        return false;
    }
    key = cm_irq_save();
    source->direct = (struct cm_stub){
        .mask_word = word_of(NVIC_ICER, source->line),
        .bit = source->bit,
        .slot_line = slot_lines[slot],
        .event = event,
        .fn = fn,
        .arg = arg,
    };
    cm_direct_stub(source->line, &source->direct);
    cm_irq_restore(key);
    return true;
}

/* The pins of a controller share a line; each is masked by itself. */
static void
pins_stub(void *arg)
{
    const struct source *any = arg;
    uint32_t asserted = *cm_reg(any->base, GPIOMIS);
    uint32_t i;

    for (i = 0; i < levels.n_sources; i++) {
        const struct source *source = &levels.sources[i];

        if (source->open && source->is_pin && source->base == any->base &&
            (asserted & source->bit)) {
            *cm_reg(source->base, GPIOICR) = source->bit;
            source->stub.fn(source->stub.arg);
        }
    }
}

static void
set_bit(uintptr_t base, uint32_t off, uint32_t bit, bool on)
{
    uint32_t key = cm_irq_save();

    if (on) {
        *cm_reg(base, off) |= bit;
    } else {
        *cm_reg(base, off) &= ~bit;
    }
    cm_irq_restore(key);
}

static void
open_pin(const struct source *source)
{
    set_bit(source->base, GPIOIM, source->bit, false);
    set_bit(source->base, GPIOIS, source->bit, source->trigger >= 4u);
    set_bit(source->base, GPIOIBE, source->bit, source->trigger == 3u);
    set_bit(source->base, GPIOIEV, source->bit,
            source->trigger == 1u || source->trigger == 4u);
    *cm_reg(source->base, GPIOICR) = source->bit;
}

static bool
is_slot(uint32_t line)
{
    uint32_t i;

    for (i = 0; i < N_SLOTS; i++) {
        if (slot_lines[i] == line) {
            return true;
        }
    }
    return false;
}

/* Whether somebody has the line or pin; a line that one pin has is another
 * pin's, too. */
static bool
is_taken(uint32_t line, bool is_pin, uint32_t bit)
{
    uint32_t i;

    for (i = 0; i < N_SOURCES; i++) {
        const struct source *source = &levels.sources[i];

        if (source->open && source->line == line &&
            !(source->is_pin && is_pin && source->bit != bit)) {
            return true;
        }
    }
    return false;
}

static int
source_open(void *ctx, uint32_t at, const struct wio_source_info *info,
            void (*fn)(void *arg), void *arg)
{
    struct source *source = &levels.sources[at];
    const struct source wanted = {
        .open = true,
        .is_pin = info->is_pin,
        .line = (uint8_t)info->line,
        .trigger = info->trigger,
        .bit = 1u << (info->is_pin ? info->pin & 7u : info->line % 32u),
        .base = info->base,
        .stub = { fn, arg },
    };

    (void)ctx;
    if (info->line >= WIO_BOARD_N_IRQS || is_slot(info->line) ||
        cm_soc_has_irq(info->line)) {
        return WIO_ERR_NOT_SUPPORTED;
    }
    if (is_taken(wanted.line, wanted.is_pin, wanted.bit)) {
        return WIO_ERR_BUSY;
    }
    *source = wanted;
    if (at >= levels.n_sources) {
        levels.n_sources = at + 1;
    }
    if (!info->is_pin) {
        *word_of(NVIC_ICER, info->line) = source->bit;
        *word_of(NVIC_ICPR, info->line) = source->bit;
        set_vector(info->line, 0, fn, arg);
        return 0;
    }
    open_pin(source);
    set_vector(info->line, 0, pins_stub, source);
    *word_of(NVIC_ISER, info->line) = 1u << (info->line % 32u);
    return 0;
}

static void
source_mask(void *ctx, uint32_t at)
{
    const struct source *source = &levels.sources[at];

    (void)ctx;
    if (source->is_pin) {
        set_bit(source->base, GPIOIM, source->bit, false);
    } else {
        *word_of(NVIC_ICER, source->line) = source->bit;
    }
}

static void
source_unmask(void *ctx, uint32_t at)
{
    const struct source *source = &levels.sources[at];

    (void)ctx;
    if (source->is_pin) {
        set_bit(source->base, GPIOIM, source->bit, true);
        return;
    }
    /* A level that is gone has left its request behind; one that is still
     * there asks again. */
    if (source->trigger >= 4u) {
        *word_of(NVIC_ICPR, source->line) = source->bit;
    }
    *word_of(NVIC_ISER, source->line) = source->bit;
}

static bool
source_clear(void *ctx, uint32_t at)
{
    const struct source *source = &levels.sources[at];
    bool had;

    (void)ctx;
    /* Only what was seen is cleared: an edge behind the look stays. */
    if (source->is_pin) {
        had = (*cm_reg(source->base, GPIORIS) & source->bit) != 0;
        if (had) {
            *cm_reg(source->base, GPIOICR) = source->bit;
        }
        return had;
    }
    had = (*word_of(NVIC_ISPR, source->line) & source->bit) != 0;
    if (had) {
        *word_of(NVIC_ICPR, source->line) = source->bit;
    }
    return had;
}

static void
source_close(void *ctx, uint32_t at)
{
    struct source *source = &levels.sources[at];
    uint32_t i;

    source_mask(ctx, at);
    synchronize();
    source->open = false;
    if (!source->is_pin) {
        return;
    }
    /* The vector's argument stands for all pins of the controller. */
    for (i = 0; i < N_SOURCES; i++) {
        if (levels.sources[i].open && levels.sources[i].is_pin &&
            levels.sources[i].line == source->line) {
            levels.vectors[STARTUP_IRQ(source->line)].arg =
                &levels.sources[i];
            return;
        }
    }
    *word_of(NVIC_ICER, source->line) = 1u << (source->line % 32u);
}

/* -- Lines of drivers ------------------------------------------------------------- */

bool
cm_line_take(uint32_t line, void (*fn)(void *arg), void *arg)
{
    if (line >= WIO_BOARD_N_IRQS || is_slot(line) || cm_soc_has_irq(line) ||
        is_taken(line, false, 0)) {
        return false;
    }
    *word_of(NVIC_ICPR, line) = 1u << (line % 32u);
    set_vector(line, 0, fn, arg);
    *word_of(NVIC_ISER, line) = 1u << (line % 32u);
    return true;
}

void
cm_line_drop(uint32_t line)
{
    *word_of(NVIC_ICER, line) = 1u << (line % 32u);
    synchronize();
    *word_of(NVIC_ICPR, line) = 1u << (line % 32u);
}

void
cm_line_pend(uint32_t line)
{
    *word_of(NVIC_ISPR, line) = 1u << (line % 32u);
}

const struct wio_port_sched_ops cm_sched_ops = {
    .n_levels = N_LEVELS,
    .n_slots = N_SLOTS,
    .n_sources = N_SOURCES,
    .tick_hz = WIO_BOARD_CPU_HZ,
    .max_ticks = 0x7fffffffu,
    .start = start,
    .slot_open = slot_open,
    .slot_level = slot_level,
    .slot_close = slot_close,
    .pend = pend,
    .raise = raise_to,
    .lower = lower,
    .budget_swap = cm_soc_budget_swap,
    .budget_left = cm_soc_budget_left,
    .guarded = cm_guarded,
    .unwind = cm_unwind,
    .slot_direct = slot_direct,
    .timer_set = timer_set,
    .source_open = source_open,
    .source_direct = source_direct,
    .source_close = source_close,
    .source_mask = source_mask,
    .source_unmask = source_unmask,
    .source_clear = source_clear
};
