/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See isolation.h; handlers and what runs unprivileged are in isolated.S.
 *
 * Facts: Armv7-M Architecture Reference Manual (DDI 0403E.e): B3.5 (MPU),
 * B1.4.4 (CONTROL), B3.2.13 (SHCSR).
 */
#include "ladder/isolation.h"

#include "common/cases.h"
#include "common/window.h"
#include "ladder/isolated.h"
#include "startup/startup.h"

#define SHCSR 0xe000ed24u
#define SHCSR_MEMFAULTENA (1u << 16)
#define MPU_CTRL 0xe000ed94u
#define MPU_CTRL_ENABLE 1u
#define MPU_CTRL_PRIVDEFENA 4u     /* the host's code sees everything */
#define MPU_RBAR 0xe000ed9cu
#define MPU_RASR 0xe000eda0u
#define RBAR_VALID 0x10u
#define RASR_ENABLE 1u
#define RASR_SIZE(log2) (((log2) - 1u) << 1)
#define RASR_RW (3u << 24)
#define RASR_READ_ONLY (6u << 24)
#define RASR_XN (1u << 28)

#define EXCEPTION_MEMMANAGE 4u
#define EXCEPTION_SVCALL 11u

/* Power-of-two sizes, aligned to them: what a region can be (B3.5.9). */
_Alignas(ISOLATED_STACK_BYTES) uint8_t isolated_client_stack
    [ISOLATED_STACK_BYTES];
_Alignas(ISOLATED_STACK_BYTES) uint8_t isolated_driver_stack
    [ISOLATED_STACK_BYTES];
_Alignas(64) volatile uint32_t isolated_registers[16];

/* RBAR, RASR as the SVC handlers store them: the driver's registers; and stack
 * and registers of whoever runs. */
uint32_t isolated_region[2];
uint32_t isolated_regions_of_client[4];
uint32_t isolated_regions_of_driver[4];

/* Of the host: no driver may read or write it. */
static volatile uint32_t secret = 0x5afe;
volatile uint32_t isolated_n_faults;

#define RASR_STACK \
    (RASR_ENABLE | RASR_SIZE(ISOLATED_STACK_LOG2) | RASR_RW | RASR_XN)
#define RASR_REGISTERS (RASR_ENABLE | RASR_SIZE(6u) | RASR_RW | RASR_XN)

/* One region: RBAR, which says which one, and RASR. */
static void
fill(uint32_t *to, uint32_t n, const volatile void *base, uint32_t attributes)
{
    to[0] = (uint32_t)(uintptr_t)base | RBAR_VALID | n;
    to[1] = attributes;
}

static void
set_regions(const uint32_t *regions, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        *startup_reg(MPU_RBAR) = regions[2 * i];
        *startup_reg(MPU_RASR) = regions[2 * i + 1];
    }
}

void
isolation_start(bool with_mpu)
{
    uint32_t code[2];

    fill(code, 0, 0, RASR_ENABLE | RASR_SIZE(22u) | RASR_READ_ONLY);
    fill(isolated_regions_of_client, 1, isolated_client_stack, RASR_STACK);
    fill(isolated_regions_of_client + 2, ISOLATED_REGION, 0, 0);
    fill(isolated_regions_of_driver, 1, isolated_driver_stack, RASR_STACK);
    fill(isolated_regions_of_driver + 2, ISOLATED_REGION, isolated_registers,
         RASR_REGISTERS);
    fill(isolated_region, ISOLATED_REGION, isolated_registers,
         RASR_REGISTERS);
    startup_set_vector(EXCEPTION_SVCALL, isolated_on_svc);
    startup_set_vector(EXCEPTION_MEMMANAGE, isolated_on_fault);
    *startup_reg(SHCSR) |= SHCSR_MEMFAULTENA;
    set_regions(code, 1);
    set_regions(isolated_regions_of_client, 2);
    *startup_reg(MPU_CTRL) = with_mpu ? MPU_CTRL_ENABLE | MPU_CTRL_PRIVDEFENA
                                      : 0;
    __asm__ volatile("dsb\n isb" ::: "memory");
}

uint32_t
isolation_attempts(void)
{
    const uint32_t was = secret;

    isolated_n_faults = 0;
    (void)isolated_run(isolated_try_read, (uint32_t)(uintptr_t)&secret);
    (void)isolated_run(isolated_try_write, (uint32_t)(uintptr_t)&secret);
    /* The device, while its region is out. */
    (void)isolated_run(isolated_try_read,
                       (uint32_t)(uintptr_t)isolated_registers);
    (void)isolated_run(isolated_try_write,
                       (uint32_t)(uintptr_t)isolated_registers);
    return secret == was ? isolated_n_faults : 0;
}

/* -- Services that SVC calls --------------------------------------------------- */

static uint32_t
service_nothing(uint32_t value)
{
    return value + 1u;
}

/* A register of the host's, with the checks of a native host. */
static uint32_t
service_access(uint32_t value)
{
    return value + 1u + 0u * mmio_read32(1, 4);
}

const isolated_service isolated_services[ISOLATED_N_SERVICES] = {
    [ISOLATED_NOTHING] = service_nothing,
    [ISOLATED_ACCESS] = service_access,
};

/* -- Cases ------------------------------------------------------------------------ */

static bool
run_isolated(const struct bench_case *self, uint32_t n, uint32_t *result)
{
    isolated_n_faults = 0;
    *result = isolated_run(self->of.native, n);
    if (isolated_n_faults != 0) {
        bench_error = "an access of the isolated driver was refused";
        return false;
    }
    return true;
}

static bool
run_plain(const struct bench_case *self, uint32_t n, uint32_t *result)
{
    *result = self->of.native(n);
    return true;
}

#define CASE(case_name, how, loop) \
    { \
        .name = (case_name), .reference = "call.direct", .n = 20000, \
        .run = (how), .of.native = (loop), \
    }

const struct bench_case isolation_cases[] = {
    CASE("call.direct", run_plain, isolated_loop_direct),
    CASE("call.indirect", run_plain, isolated_loop_indirect),
    CASE("svc.call", run_isolated, isolated_loop_svc),
    CASE("svc.access", run_isolated, isolated_loop_access),
    CASE("svc.region", run_isolated, isolated_loop_region),
    CASE("svc.driver", run_isolated, isolated_loop_driver),
};
const uint32_t isolation_n_cases =
    sizeof isolation_cases / sizeof isolation_cases[0];
