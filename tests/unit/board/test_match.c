/* SPDX-License-Identifier: Apache-2.0 */
/*
 * board/match and board/claims: what is granted on the boards of this tree,
 * and the sentence of every refusal
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "board/board.h"
#include "boards/boards.h"
#include "tree.h"

static struct tree tree;
static struct tree board_tree;
static max_align_t memory[2048];

/* One container on one board. */
struct trial {
    struct wio_arena arena;
    struct wio_board board;
    struct wio_container_config config;
    struct wio_grant grants[WIO_CONFIG_MAX_NEEDS];
    struct wio_report reasons[WIO_CONFIG_MAX_NEEDS];
    struct wio_report report;
};

/* -- Containers ------------------------------------------------------------------ */

static void
begin(const char *model)
{
    tree_container(&tree, model, 1024);
    tree_begin(&tree, "needs");
}

static void
need_i2c(const char *label, const char *compatible)
{
    tree_begin(&tree, label);
    tree_text(&tree, "class", "i2c-device");
    tree_text(&tree, "compatible", compatible);
    tree_u32(&tree, "max-transfer", 4);
    tree_u32(&tree, "timeout-us", 5000);
    tree_end(&tree);
}

static void
need_spi(const char *label, const char *compatible, uint32_t max_transfer,
         uint32_t timeout_us)
{
    tree_begin(&tree, label);
    tree_text(&tree, "class", "spi-device");
    tree_text(&tree, "compatible", compatible);
    tree_u32(&tree, "max-transfer", max_transfer);
    tree_u32(&tree, "timeout-us", timeout_us);
    tree_end(&tree);
}

static void
need_gpio(const char *label, const char *role, const char *direction,
          const char *initial)
{
    tree_begin(&tree, label);
    tree_text(&tree, "class", "gpio");
    tree_text(&tree, "role", role);
    tree_text(&tree, "direction", direction);
    if (initial) {
        tree_text(&tree, "initial", initial);
    }
    tree_end(&tree);
}

static void
need_mmio(const char *label, const char *compatible, uint32_t size)
{
    tree_begin(&tree, label);
    tree_text(&tree, "class", "mmio");
    tree_text(&tree, "compatible", compatible);
    tree_u32(&tree, "size", size);
    tree_end(&tree);
}

static void
need_uart(const char *label, const char *role)
{
    tree_begin(&tree, label);
    tree_text(&tree, "class", "uart");
    tree_text(&tree, "role", role);
    tree_end(&tree);
}

struct irq_decl {
    const char *label;              /* "alert" when NULL, and so on: */
    const char *of;                 /* "sensor" */
    const char *trigger;            /* "level-low" */
    const char *source;             /* none */
    uint32_t budget_us;             /* 40 */
    uint32_t interarrival_us;       /* 1000 */
    bool optional;
};

static void
need_irq(struct irq_decl irq)
{
    tree_begin(&tree, irq.label ? irq.label : "alert");
    tree_text(&tree, "class", "irq");
    tree_text(&tree, "of", irq.of ? irq.of : "sensor");
    tree_text(&tree, "trigger", irq.trigger ? irq.trigger : "level-low");
    tree_text(&tree, "handler", "on-alert");
    tree_u32(&tree, "budget-us", irq.budget_us ? irq.budget_us : 40);
    tree_u32(&tree, "deadline-us", irq.interarrival_us ? irq.interarrival_us
                                                       : 500);
    tree_u32(&tree, "min-interarrival-us",
             irq.interarrival_us ? irq.interarrival_us : 1000);
    if (irq.source) {
        tree_text(&tree, "source", irq.source);
    }
    if (irq.optional) {
        tree_flag(&tree, "optional");
    }
    tree_end(&tree);
}

static void
end(void)
{
    tree_end(&tree);
    tree_end(&tree);
}

/* -- Boards ---------------------------------------------------------------------- */

static void
board_policy(uint32_t max_memory)
{
    tree_begin(&board_tree, "wasmio,policy");
    tree_u32(&board_tree, "max-containers", 2);
    tree_u32(&board_tree, "max-memory-bytes", max_memory);
    tree_u32(&board_tree, "max-module-bytes", 65536);
    tree_u32(&board_tree, "steps-per-us", 4);
    tree_u32(&board_tree, "init-budget-us", 1000);
    tree_u32(&board_tree, "operation-budget-us", 1000);
    tree_end(&board_tree);
}

static void
board_begin(void)
{
    tree_clear(&board_tree);
    tree_begin(&board_tree, "");
    tree_text(&board_tree, "model", "test");
    tree_text(&board_tree, "compatible", "wasmio,test");
    board_policy(4096);
}

static void
controller_begin(const char *name, const char *compatible, const char *class,
                 uint32_t base)
{
    const uint32_t reg[2] = { base, 0x100 };

    tree_begin(&board_tree, name);
    tree_text(&board_tree, "compatible", compatible);
    tree_cells(&board_tree, "reg", reg, 2);
    if (class) {
        tree_text(&board_tree, "wasmio,class", class);
    }
}

static void
sensor_begin(const char *name, uint32_t addr)
{
    tree_begin(&board_tree, name);
    tree_text(&board_tree, "compatible", "ti,tmp105");
    tree_u32(&board_tree, "reg", addr);
}

static void
sensor(const char *name, uint32_t addr)
{
    sensor_begin(name, addr);
    tree_flag(&board_tree, "wasmio,grantable");
    tree_end(&board_tree);
}

/* -- Trials ---------------------------------------------------------------------- */

static int
try_blob(struct trial *t, struct wio_span board,
         const struct wio_claims *claims)
{
    memset(t, 0, sizeof(*t));
    wio_arena_init(&t->arena, memory, sizeof(memory));
    if (wio_board_read(board, &t->board, &t->report) != 0 ||
        wio_config_read(tree_blob(&tree), &t->arena, &t->config,
                        &t->report) != 0) {
        fail_msg("%s", t->report.text);
    }
    return wio_board_match(&t->board, &t->config, claims, &t->arena,
                           t->grants, t->reasons, &t->report);
}

static int
try_on(struct trial *t, const char *name)
{
    const struct wio_board_entry *entry = wio_boards_find(name);

    assert_non_null(entry);
    return try_blob(t, (struct wio_span){ entry->blob, entry->len }, NULL);
}

static int
try_here(struct trial *t)
{
    return try_blob(t, tree_blob(&board_tree), NULL);
}

static void
assert_refused(int err, const struct trial *t, const char *sentence)
{
    assert_int_equal(err, WIO_ERR_NO_MATCH);
    assert_int_equal(t->report.code, WIO_ERR_NO_MATCH);
    assert_string_equal(t->report.text, sentence);
}

/* -- What is granted --------------------------------------------------------------- */

static void
one_sensor_on_every_board(void **state)
{
    static const struct {
        const char *board;
        const char *text;
        uint32_t addr;
    } cases[] = {
        { "mps2-an386", "sensor: ti,tmp105 at address 0x48 of i2c@4002a000",
          0x48 },
        { "lm3s6965evb", "sensor: ti,tmp105 at address 0x49 of i2c@40020000",
          0x49 },
        { "sim", "sensor: ti,tmp105 at address 0x48 of i2c@1000", 0x48 }
    };

    (void)state;
    begin("tmp105");
    need_i2c("sensor", "ti,tmp105");
    end();
    for (uint32_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct trial t;

        assert_int_equal(try_on(&t, cases[i].board), 0);
        assert_true(t.grants[0].granted);
        assert_int_equal(t.grants[0].of.i2c.addr, cases[i].addr);
        assert_int_equal(t.grants[0].of.i2c.max_transfer, 4);
        assert_int_equal(t.grants[0].of.i2c.timeout_us, 5000);
        assert_int_equal(t.reasons[0].code, 0);
        assert_string_equal(t.reasons[0].text, cases[i].text);
        tree.n_structure -= 4;         /* the end token, put there again */
    }
}

/* Wiring is the board's, limits the smaller of both. */
static void
chips_on_their_boards(void **state)
{
    static const struct {
        const char *board;
        const char *compatible;
        uint32_t max_transfer, timeout_us;       /* of the need */
        struct wio_grant grant;
        const char *text;
    } cases[] = {
        { "lm3s6965evb", "mmc-spi-slot", 512, 50000,
          { .of.spi = { { 0, 0, 12500000 }, 512, 50000 } },
          "chip: mmc-spi-slot at chip select 0 of spi@40008000" },
        { "mps2-an386", "jedec,spi-nor", 4096, 1000000,
          { .of.spi = { { 0, WIO_SPI_CPOL | WIO_SPI_CPHA, 10000000 }, 256,
                        50000 } },
          "chip: winbond,w25q80 at chip select 0 of spi@40027000" },
        { "sim", "jedec,spi-nor", 4, 7,
          { .of.spi = { { 1, WIO_SPI_CPOL | WIO_SPI_CPHA, 10000000 }, 4, 7 } },
          "chip: jedec,spi-nor at chip select 1 of spi@8000" },
    };

    (void)state;
    for (uint32_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct wio_grant *want = &cases[i].grant;
        struct trial t;

        begin("chip");
        need_spi("chip", cases[i].compatible, cases[i].max_transfer,
                 cases[i].timeout_us);
        end();
        assert_int_equal(try_on(&t, cases[i].board), 0);
        assert_true(t.grants[0].granted);
        assert_string_equal(t.reasons[0].text, cases[i].text);
        assert_int_equal(t.grants[0].of.spi.chip.select,
                         want->of.spi.chip.select);
        assert_int_equal(t.grants[0].of.spi.chip.mode, want->of.spi.chip.mode);
        assert_int_equal(t.grants[0].of.spi.chip.max_hz,
                         want->of.spi.chip.max_hz);
        assert_int_equal(t.grants[0].of.spi.max_transfer,
                         want->of.spi.max_transfer);
        assert_int_equal(t.grants[0].of.spi.timeout_us,
                         want->of.spi.timeout_us);
    }
}

static void
chips_that_are_not_there(void **state)
{
    struct trial t;

    (void)state;
    begin("chip");
    need_spi("chip", "acme,display", 4, 5000);
    end();
    assert_refused(try_on(&t, "linux"), &t, "need \"chip\": looked for "
                   "spi-device \"acme,display\"; the board has no spi-device "
                   "at all");
    tree.n_structure -= 4;
    assert_refused(try_on(&t, "lm3s6965evb"), &t, "need \"chip\": looked for "
                   "spi-device \"acme,display\"; the board has \"card@0\" "
                   "(mmc-spi-slot) but it is not what was asked for");
}

static void
registers_on_two_boards(void **state)
{
    static const char *const boards[] = { "lm3s6965evb", "sim" };

    (void)state;
    begin("pl011");
    need_mmio("uart", "arm,pl011", 0x48);
    end();
    for (uint32_t i = 0; i < 2; i++) {
        const struct wio_register_rule *rules;
        struct trial t;

        assert_int_equal(try_on(&t, boards[i]), 0);
        tree.n_structure -= 4;
        assert_int_equal(t.grants[0].of.mmio.size, 0x48);
        assert_int_equal(t.grants[0].of.mmio.n_rules, 12);
        rules = t.grants[0].of.mmio.rules;
        for (uint32_t j = 0; j < 12; j++) {
            assert_true(j == 0 || rules[j].off > rules[j - 1].off);
            assert_int_not_equal(rules[j].off, 0x48);       /* UARTDMACR */
            if (rules[j].off == 0x18) {                     /* UARTFR */
                assert_int_equal(rules[j].write_mask, 0);
            }
            if (rules[j].off == 0x44) {                     /* UARTICR */
                assert_int_equal(rules[j].read_mask, 0);
            }
        }
    }
}

/* Least privilege: a smaller window has the registers inside it only. */
static void
registers_of_a_part(void **state)
{
    struct trial t;

    (void)state;
    begin("part");
    need_mmio("uart", "arm,pl011", 0x1c);
    end();
    assert_int_equal(try_on(&t, "sim"), 0);
    assert_int_equal(t.grants[0].of.mmio.size, 0x1c);
    assert_int_equal(t.grants[0].of.mmio.n_rules, 3);
    assert_int_equal(t.grants[0].of.mmio.rules[2].off, 0x18);
}

static void
pins_by_role(void **state)
{
    struct trial t;

    (void)state;
    begin("button-led");
    need_gpio("button", "user-button", "in", NULL);
    need_gpio("led", "user-led", "out", "active");
    end();
    assert_int_equal(try_on(&t, "lm3s6965evb"), 0);
    assert_int_equal(t.grants[0].of.gpio.pin, 0);
    assert_int_equal(t.grants[0].of.gpio.flags, WIO_GPIO_ACTIVE_LOW);
    assert_int_equal(t.grants[1].of.gpio.flags,
                     WIO_GPIO_OUTPUT | WIO_GPIO_INITIAL_HIGH);
    assert_int_not_equal(t.grants[0].controller, t.grants[1].controller);
    assert_string_equal(t.reasons[0].text, "button: input pin 0 of "
                        "gpio@40024000, active low");
}

/* "Begins active" is a low level where the wiring is active low. */
static void
initial_level_of_active_low(void **state)
{
    struct trial t;

    (void)state;
    board_begin();
    controller_begin("gpio@0", "wasmio,sim-gpio", "gpio", 0);
    tree_begin(&board_tree, "led@3");
    tree_u32(&board_tree, "reg", 3);
    tree_text(&board_tree, "wasmio,role", "user-led");
    tree_flag(&board_tree, "wasmio,active-low");
    tree_flag(&board_tree, "wasmio,grantable");
    tree_end(&board_tree);
    tree_end(&board_tree);
    tree_end(&board_tree);
    begin("led");
    need_gpio("led", "user-led", "out", "active");
    end();
    assert_int_equal(try_here(&t), 0);
    assert_int_equal(t.grants[0].of.gpio.flags,
                     WIO_GPIO_OUTPUT | WIO_GPIO_ACTIVE_LOW);
    begin("led");
    need_gpio("led", "user-led", "out", NULL);
    end();
    board_tree.n_structure -= 4;
    assert_int_equal(try_here(&t), 0);
    assert_int_equal(t.grants[0].of.gpio.flags, WIO_GPIO_OUTPUT |
                     WIO_GPIO_ACTIVE_LOW | WIO_GPIO_INITIAL_HIGH);
}

static void
smaller_of_need_and_policy(void **state)
{
    struct trial t;

    (void)state;
    board_begin();
    controller_begin("i2c@0", "wasmio,sim-i2c", "i2c", 0);
    sensor_begin("sensor@48", 0x48);
    tree_flag(&board_tree, "wasmio,grantable");
    tree_u32(&board_tree, "wasmio,max-transfer", 2);
    tree_u32(&board_tree, "wasmio,max-timeout-us", 100);
    tree_end(&board_tree);
    tree_end(&board_tree);
    tree_end(&board_tree);
    begin("tmp105");
    need_i2c("sensor", "ti,tmp105");
    end();
    assert_int_equal(try_here(&t), 0);
    assert_int_equal(t.grants[0].of.i2c.max_transfer, 2);
    assert_int_equal(t.grants[0].of.i2c.timeout_us, 100);
}

static void
two_needs_two_nodes(void **state)
{
    struct trial t;

    (void)state;
    begin("leds");
    need_gpio("left", "user-led", "out", NULL);
    need_gpio("right", "user-led", "out", NULL);
    end();
    assert_int_equal(try_on(&t, "mps2-an386"), 0);
    assert_int_equal(t.grants[0].of.gpio.pin, 0);
    assert_int_equal(t.grants[1].of.gpio.pin, 1);
}

static void
same_inputs_same_grants(void **state)
{
    struct trial first;
    struct trial again;

    (void)state;
    begin("leds");
    need_gpio("left", "user-led", "out", NULL);
    need_gpio("right", "user-led", "out", NULL);
    need_i2c("sensor", "ti,tmp105");
    end();
    assert_int_equal(try_on(&first, "mps2-an386"), 0);
    tree.n_structure -= 4;
    for (uint32_t i = 0; i < 10; i++) {
        assert_int_equal(try_on(&again, "mps2-an386"), 0);
        tree.n_structure -= 4;
        assert_memory_equal(first.grants, again.grants,
                            sizeof(first.grants));
    }
}

/* -- Refusals ---------------------------------------------------------------------- */

static void
not_grantable(void **state)
{
    struct trial t;

    (void)state;
    board_begin();
    controller_begin("i2c@0", "wasmio,sim-i2c", "i2c", 0);
    sensor_begin("sensor@49", 0x49);
    tree_end(&board_tree);
    tree_end(&board_tree);
    tree_end(&board_tree);
    begin("tmp105");
    need_i2c("sensor", "ti,tmp105");
    end();
    assert_refused(try_here(&t), &t,
        "need \"sensor\": looked for i2c-device \"ti,tmp105\"; the board has "
        "\"sensor@49\" (ti,tmp105) but it is not marked wasmio,grantable");
    assert_string_equal(t.reasons[0].text, t.report.text);
    assert_false(t.grants[0].granted);
}

static void
something_else(void **state)
{
    struct trial t;

    (void)state;
    begin("bmp280");
    need_i2c("pressure", "bosch,bmp280");
    end();
    assert_refused(try_on(&t, "lm3s6965evb"), &t,
        "need \"pressure\": looked for i2c-device \"bosch,bmp280\"; the board "
        "has \"sensor@49\" (ti,tmp105) but it is not what was asked for");
}

static void
none_at_all(void **state)
{
    struct trial t;

    (void)state;
    board_begin();
    tree_end(&board_tree);
    begin("led");
    need_gpio("led", "user-led", "out", NULL);
    end();
    assert_refused(try_here(&t), &t,
        "need \"led\": looked for gpio \"user-led\"; the board has no gpio at "
        "all");
}

/* The registers of the console are the host's. */
static void
console_is_not_offered(void **state)
{
    struct trial t;

    (void)state;
    board_begin();
    controller_begin("serial@0", "arm,pl011", NULL, 0);
    tree_end(&board_tree);
    tree_end(&board_tree);
    begin("pl011");
    need_mmio("uart", "arm,pl011", 0x48);
    end();
    assert_refused(try_here(&t), &t,
        "need \"uart\": looked for mmio \"arm,pl011\"; the board has "
        "\"serial@0\" (arm,pl011) but it is not offered in this class "
        "(wasmio,class)");
}

static void
disabled(void **state)
{
    struct trial t;

    (void)state;
    board_begin();
    controller_begin("i2c@0", "wasmio,sim-i2c", "i2c", 0);
    tree_text(&board_tree, "status", "disabled");
    sensor("sensor@48", 0x48);
    tree_end(&board_tree);
    tree_end(&board_tree);
    begin("tmp105");
    need_i2c("sensor", "ti,tmp105");
    end();
    assert_refused(try_here(&t), &t,
        "need \"sensor\": looked for i2c-device \"ti,tmp105\"; the board has "
        "\"sensor@48\" (ti,tmp105) but it is disabled");
}

static void
reserved_for_others(void **state)
{
    struct trial t;

    (void)state;
    for (uint32_t i = 0; i < 2; i++) {
        board_begin();
        controller_begin("i2c@0", "wasmio,sim-i2c", "i2c", 0);
        sensor_begin("sensor@48", 0x48);
        tree_flag(&board_tree, "wasmio,grantable");
        tree_prop(&board_tree, "wasmio,only-for", "alice\0bob", 10);
        tree_end(&board_tree);
        tree_end(&board_tree);
        tree_end(&board_tree);
        begin(i == 0 ? "bob" : "mallory");
        need_i2c("sensor", "ti,tmp105");
        end();
        if (i == 0) {
            assert_int_equal(try_here(&t), 0);
        } else {
            assert_refused(try_here(&t), &t,
                "need \"sensor\": looked for i2c-device \"ti,tmp105\"; the "
                "board has \"sensor@48\" (ti,tmp105) but it is reserved for "
                "others (wasmio,only-for)");
        }
    }
}

/* -- One master a bus ------------------------------------------------------------- */

static int
try_beside(struct trial *t, const struct wio_claims *claims)
{
    const struct wio_board_entry *entry = wio_boards_find("lm3s6965evb");

    assert_non_null(entry);
    return try_blob(t, (struct wio_span){ entry->blob, entry->len }, claims);
}

static void
controller(bool with_select, bool provides)
{
    begin("pl022");
    need_mmio("registers", "arm,pl022", 0x28);
    if (with_select) {
        need_gpio("select", "spi-select", "out", NULL);
    }
    tree_end(&tree);
    if (provides) {
        tree_begin(&tree, "provides");
        tree_begin(&tree, "bus");
        tree_text(&tree, "class", "spi");
        tree_text(&tree, "of", "registers");
        tree_text(&tree, "entry", "transfer");
        tree_u32(&tree, "budget-us", 100);
        tree_end(&tree);
        tree_end(&tree);
    }
    tree_end(&tree);
}

static void
card(const char *model)
{
    begin(model);
    need_spi("card", "mmc-spi-slot", 512, 50000);
    end();
}

static void
claim(const struct trial *t, struct wio_claims *claims, uint32_t owner)
{
    assert_int_equal(wio_claims_add(claims, owner, t->grants,
                                    t->config.n_needs), 0);
    wio_claims_provide(claims, &t->config, t->grants);
}

static void
bus_of_a_native_driver_is_no_container_s(void **state)
{
    struct wio_claims claims = { 0 };
    struct trial t;

    (void)state;
    card("sd");
    assert_int_equal(try_beside(&t, &claims), 0);
    assert_false(t.grants[0].served);
    claim(&t, &claims, 1);
    controller(false, true);
    assert_refused(try_beside(&t, &claims), &t,
        "need \"registers\": looked for mmio \"arm,pl022\"; the board has "
        "\"spi@40008000\" (arm,pl022) but it has devices that are in use "
        "without it");
    begin("pl022");
    need_gpio("select", "spi-select", "out", NULL);
    end();
    assert_refused(try_beside(&t, &claims), &t,
        "need \"select\": looked for gpio \"spi-select\"; the board has "
        "\"select@0\" (spi-select) but it selects a chip that is in use");
}

static void
bus_of_a_container_is_served_by_it(void **state)
{
    struct wio_claims claims = { 0 };
    struct trial t;

    (void)state;
    controller(true, true);
    assert_int_equal(try_beside(&t, &claims), 0);
    /* Neither DMA nor the firmware's interrupt. */
    for (uint32_t i = 0; i < t.grants[0].of.mmio.n_rules; i++) {
        const struct wio_register_rule *rule = &t.grants[0].of.mmio.rules[i];

        assert_int_not_equal(rule->off, 0x24);
        assert_true(rule->off != 0x14 || rule->write_mask == 0);
    }
    assert_true(wio_board_served_bus(&t.board, &t.config, t.grants,
                                     &t.config.services[0]) >= 0);
    claim(&t, &claims, 1);
    card("sd");
    assert_int_equal(try_beside(&t, &claims), 0);
    assert_true(t.grants[0].served);
    assert_string_equal(t.reasons[0].text, "card: mmc-spi-slot at chip select "
                        "0 of spi@40008000, served by a container");
    claim(&t, &claims, 2);
    /* It goes and comes back under its consumer. */
    wio_claims_drop(&claims, 1);
    controller(true, true);
    assert_int_equal(try_beside(&t, &claims), 0);
    claim(&t, &claims, 3);
}

static void
bus_that_is_driven_and_not_provided(void **state)
{
    struct wio_claims claims = { 0 };
    struct trial t;

    (void)state;
    controller(true, false);
    assert_int_equal(try_beside(&t, &claims), 0);
    claim(&t, &claims, 1);
    card("sd");
    assert_refused(try_beside(&t, &claims), &t,
        "need \"card\": looked for spi-device \"mmc-spi-slot\"; the board has "
        "\"card@0\" (mmc-spi-slot) but it is on a bus whose controller is "
        "driven by a container that does not provide it");
    /* Nor does a container serve itself. */
    begin("pl022");
    need_mmio("registers", "arm,pl022", 0x28);
    need_spi("card", "mmc-spi-slot", 512, 50000);
    end();
    assert_int_equal(try_beside(&t, NULL), WIO_ERR_NO_MATCH);
    assert_true(t.grants[0].granted);
}

static void
select_of_a_bus_that_a_container_has(void **state)
{
    struct wio_claims claims = { 0 };
    struct trial t;

    (void)state;
    begin("pl022");
    need_gpio("select", "spi-select", "out", NULL);
    end();
    assert_int_equal(try_beside(&t, &claims), 0);
    claim(&t, &claims, 1);
    card("sd");
    assert_refused(try_beside(&t, &claims), &t,
        "need \"card\": looked for spi-device \"mmc-spi-slot\"; the board has "
        "\"card@0\" (mmc-spi-slot) but it has a chip select that a container "
        "works");
}

static void
wrong_direction(void **state)
{
    struct trial t;

    (void)state;
    begin("led");
    need_gpio("led", "user-button", "out", NULL);
    end();
    assert_refused(try_on(&t, "sim"), &t,
        "need \"led\": looked for gpio \"user-button\"; the board has "
        "\"button@0\" (user-button) but it does not go in this direction "
        "(wasmio,direction)");
}

static void
window_too_small(void **state)
{
    struct trial t;

    (void)state;
    begin("big");
    need_mmio("uart", "arm,pl011", 0x2000);
    end();
    assert_refused(try_on(&t, "sim"), &t,
        "need \"uart\": looked for mmio \"arm,pl011\"; the board has "
        "\"serial@4000\" (arm,pl011) but it is smaller than the size asked "
        "for");
}

static void
taken_by_the_same_container(void **state)
{
    struct trial t;

    (void)state;
    begin("two");
    need_i2c("a", "ti,tmp105");
    need_i2c("b", "ti,tmp105");
    end();
    assert_refused(try_on(&t, "sim"), &t,
        "need \"b\": looked for i2c-device \"ti,tmp105\"; the board has "
        "\"sensor@48\" (ti,tmp105) but it is taken by another need of this "
        "container");
    assert_true(t.grants[0].granted);
    assert_int_equal(t.reasons[0].code, 0);
}

/* One block, offered as a port and as registers, is one device. */
static void
port_and_registers_are_one(void **state)
{
    struct trial t;

    (void)state;
    begin("both");
    need_uart("port", "serial-port");
    need_mmio("uart", "arm,pl011", 0x48);
    end();
    assert_int_equal(try_on(&t, "lm3s6965evb"), WIO_ERR_NO_MATCH);
    assert_non_null(strstr(t.report.text, "need \"uart\""));
    assert_non_null(strstr(t.report.text, "is taken by another need"));
}

static void
claimed_by_another_container(void **state)
{
    struct wio_claims claims = { 0 };
    const struct wio_board_entry *sim = wio_boards_find("sim");
    struct wio_span blob = { sim->blob, sim->len };
    struct trial t;

    (void)state;
    begin("first");
    need_i2c("sensor", "ti,tmp105");
    end();
    assert_int_equal(try_on(&t, "sim"), 0);
    assert_int_equal(wio_claims_add(&claims, 1, t.grants, 1), 0);
    begin("second");
    need_i2c("probe", "ti,tmp105");
    end();
    assert_refused(try_blob(&t, blob, &claims), &t,
        "need \"probe\": looked for i2c-device \"ti,tmp105\"; the board has "
        "\"sensor@48\" (ti,tmp105) but it is in use by another container");
    wio_claims_drop(&claims, 1);
    tree.n_structure -= 4;
    assert_int_equal(try_blob(&t, blob, &claims), 0);
}

/* Another device that fits is taken instead. */
static void
next_fitting_node(void **state)
{
    struct wio_claims claims = { 0 };
    struct trial t;

    (void)state;
    board_begin();
    controller_begin("i2c@0", "wasmio,sim-i2c", "i2c", 0);
    sensor("sensor@48", 0x48);
    sensor("sensor@49", 0x49);
    tree_end(&board_tree);
    tree_end(&board_tree);
    begin("tmp105");
    need_i2c("sensor", "ti,tmp105");
    end();
    assert_int_equal(try_here(&t), 0);
    assert_int_equal(t.grants[0].of.i2c.addr, 0x48);
    assert_int_equal(wio_claims_add(&claims, 1, t.grants, 1), 0);
    board_tree.n_structure -= 4;
    tree.n_structure -= 4;
    assert_int_equal(try_blob(&t, tree_blob(&board_tree), &claims), 0);
    assert_int_equal(t.grants[0].of.i2c.addr, 0x49);
}

static void
optional_needs(void **state)
{
    struct trial t;

    (void)state;
    begin("optional");
    tree_begin(&tree, "eeprom");
    tree_text(&tree, "class", "i2c-device");
    tree_text(&tree, "compatible", "atmel,24c02");
    tree_flag(&tree, "optional");
    tree_end(&tree);
    end();
    assert_int_equal(try_on(&t, "lm3s6965evb"), 0);
    assert_false(t.grants[0].granted);
    assert_int_equal(t.report.code, 0);
    assert_int_equal(t.reasons[0].code, WIO_ERR_NO_MATCH);
    tree.n_structure -= 4;
    assert_int_equal(try_on(&t, "sim"), 0);
    assert_true(t.grants[0].granted);
}

static void
an_interrupt_must_be_wired(void **state)
{
    struct trial t;

    (void)state;
    begin("irq");
    need_i2c("sensor", "ti,tmp105");
    need_irq((struct irq_decl){ .label = NULL });
    end();
    assert_refused(try_on(&t, "lm3s6965evb"), &t,
        "need \"alert\": the interrupt of \"sensor\" is not wired on this "
        "board (interrupts)");
    begin("irq");
    need_i2c("sensor", "ti,tmp105");
    need_irq((struct irq_decl){ .optional = true });
    end();
    assert_int_equal(try_on(&t, "lm3s6965evb"), 0);
    assert_false(t.grants[1].granted);
    assert_string_equal(t.reasons[1].text,
        "need \"alert\": the interrupt of \"sensor\" is not wired on this "
        "board (interrupts)");
}

static void
an_interrupt_as_the_board_offers_it(void **state)
{
    static const struct {
        struct irq_decl irq;
        const char *sentence;
    } wrong[] = {
        { { .of = "pulse" },
          "need \"alert\": the interrupt of \"pulse\" cannot have this "
          "trigger" },
        { { .of = "pulse", .trigger = "edge-both" },
          "need \"alert\": the interrupt of \"pulse\" cannot have this "
          "trigger" },
        { { .of = "pulse", .trigger = "edge-rising", .source = "rx" },
          "need \"alert\": the interrupt of \"pulse\" has no such source "
          "(interrupt-names)" },
        { { .of = "pulse", .trigger = "edge-rising", .interarrival_us = 99 },
          "need \"alert\": min-interarrival-us is 99, the board allows no "
          "less than 100" },
        { { .of = "pulse", .trigger = "edge-rising", .budget_us = 201 },
          "need \"alert\": budget-us is 201, the board allows no more than "
          "200" },
        { { .of = "led", .trigger = "edge-rising" },
          "need \"alert\": the interrupt of \"led\" is not offered by the "
          "board (wasmio,irq-min-interarrival-us)" },
    };

    (void)state;
    for (uint32_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct trial t;

        begin("irq");
        need_irq(wrong[i].irq);             /* before the need it is of */
        need_mmio("pulse", "wasmio,sim-pulse", 4);
        need_gpio("led", "user-led", "out", NULL);
        end();
        assert_refused(try_on(&t, "sim"), &t, wrong[i].sentence);
    }
}

static void
an_interrupt_has_one_owner(void **state)
{
    struct trial t;

    (void)state;
    begin("irq");
    need_i2c("sensor", "ti,tmp105");
    need_irq((struct irq_decl){ .label = NULL });
    need_irq((struct irq_decl){ .label = "again" });
    end();
    assert_refused(try_on(&t, "sim"), &t,
        "need \"again\": the interrupt of \"sensor\" is taken already");
    begin("irq");
    need_i2c("sensor", "ti,tmp105");
    need_irq((struct irq_decl){ .label = NULL });
    need_irq((struct irq_decl){ .label = "again", .optional = true });
    end();
    assert_int_equal(try_on(&t, "sim"), 0);
    assert_true(t.grants[1].granted);
    assert_false(t.grants[2].granted);
}

static void
an_interrupt_of_what_was_not_granted(void **state)
{
    struct trial t;

    (void)state;
    begin("irq");
    tree_begin(&tree, "sensor");
    tree_text(&tree, "class", "i2c-device");
    tree_text(&tree, "compatible", "acme,absent");
    tree_flag(&tree, "optional");
    tree_end(&tree);
    need_irq((struct irq_decl){ .label = NULL });
    end();
    assert_refused(try_on(&t, "sim"), &t,
        "need \"alert\": the interrupt of \"sensor\" cannot be had: that "
        "need has no grant");
}

static void
memory_beyond_the_policy(void **state)
{
    struct trial t;

    (void)state;
    tree_container(&tree, "greedy", 16385);
    tree_end(&tree);
    assert_refused(try_on(&t, "lm3s6965evb"), &t,
        "the container asks for 16385 bytes of memory, the board's policy "
        "allows 16384 (max-memory-bytes)");
}

static void
no_room_for_rules(void **state)
{
    const struct wio_board_entry *sim = wio_boards_find("sim");
    struct trial t;

    (void)state;
    begin("pl011");
    need_mmio("uart", "arm,pl011", 0x48);
    end();
    assert_int_equal(try_on(&t, "sim"), 0);
    t.arena.size = t.arena.used;
    memset(&t.report, 0, sizeof(t.report));
    assert_int_equal(wio_board_read((struct wio_span){ sim->blob, sim->len },
                                    &t.board, &t.report), 0);
    assert_int_equal(wio_board_match(&t.board, &t.config, NULL, &t.arena,
                                     t.grants, NULL, &t.report),
                     WIO_ERR_NO_MEMORY);
}

/* -- Claims ------------------------------------------------------------------------ */

static void
claims_all_or_none(void **state)
{
    struct wio_grant grants[3] = {
        { .granted = true, .node = 100 },
        { .granted = false, .node = 0 },
        { .granted = true, .node = 200 }
    };
    struct wio_claims claims = { 0 };

    (void)state;
    assert_int_equal(wio_claims_add(&claims, 1, &grants[2], 1), 0);
    assert_int_equal(wio_claims_add(&claims, 2, grants, 3), WIO_ERR_BUSY);
    assert_int_equal(claims.n, 1);
    assert_int_equal(claims.of[0].owner, 1);
    wio_claims_drop(&claims, 2);
    assert_int_equal(claims.n, 1);
    wio_claims_drop(&claims, 1);
    assert_int_equal(claims.n, 0);
    assert_int_equal(wio_claims_add(&claims, 2, grants, 3), 0);
    assert_int_equal(claims.n, 2);
    /* Twice within one container is twice as well. */
    wio_claims_drop(&claims, 2);
    grants[0].node = 200;
    assert_int_equal(wio_claims_add(&claims, 2, grants, 3), WIO_ERR_BUSY);
    assert_int_equal(claims.n, 0);
}

static void
claims_have_an_end(void **state)
{
    struct wio_claims claims = { 0 };
    struct wio_grant grant = { .granted = true };

    (void)state;
    for (grant.node = 0; grant.node < WIO_BOARD_MAX_CLAIMS; grant.node++) {
        assert_int_equal(wio_claims_add(&claims, 1, &grant, 1), 0);
    }
    assert_int_equal(wio_claims_add(&claims, 1, &grant, 1), WIO_ERR_LIMIT);
    assert_int_equal(claims.n, WIO_BOARD_MAX_CLAIMS);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_sensor_on_every_board),
        cmocka_unit_test(chips_on_their_boards),
        cmocka_unit_test(chips_that_are_not_there),
        cmocka_unit_test(registers_on_two_boards),
        cmocka_unit_test(registers_of_a_part),
        cmocka_unit_test(pins_by_role),
        cmocka_unit_test(initial_level_of_active_low),
        cmocka_unit_test(smaller_of_need_and_policy),
        cmocka_unit_test(two_needs_two_nodes),
        cmocka_unit_test(same_inputs_same_grants),
        cmocka_unit_test(not_grantable),
        cmocka_unit_test(something_else),
        cmocka_unit_test(none_at_all),
        cmocka_unit_test(console_is_not_offered),
        cmocka_unit_test(disabled),
        cmocka_unit_test(reserved_for_others),
        cmocka_unit_test(bus_of_a_native_driver_is_no_container_s),
        cmocka_unit_test(bus_of_a_container_is_served_by_it),
        cmocka_unit_test(bus_that_is_driven_and_not_provided),
        cmocka_unit_test(select_of_a_bus_that_a_container_has),
        cmocka_unit_test(wrong_direction),
        cmocka_unit_test(window_too_small),
        cmocka_unit_test(taken_by_the_same_container),
        cmocka_unit_test(port_and_registers_are_one),
        cmocka_unit_test(claimed_by_another_container),
        cmocka_unit_test(next_fitting_node),
        cmocka_unit_test(optional_needs),
        cmocka_unit_test(an_interrupt_must_be_wired),
        cmocka_unit_test(an_interrupt_as_the_board_offers_it),
        cmocka_unit_test(an_interrupt_has_one_owner),
        cmocka_unit_test(an_interrupt_of_what_was_not_granted),
        cmocka_unit_test(memory_beyond_the_policy),
        cmocka_unit_test(no_room_for_rules),
        cmocka_unit_test(claims_all_or_none),
        cmocka_unit_test(claims_have_an_end),
    };

    return cmocka_run_group_tests_name("match", tests, NULL, NULL);
}
