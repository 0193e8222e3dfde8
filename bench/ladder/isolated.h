/* SPDX-License-Identifier: Apache-2.0 */
/* bench/ladder/isolated.h - what isolation.c and isolated.S share */
#ifndef BENCH_LADDER_ISOLATED_H
#define BENCH_LADDER_ISOLATED_H

#define ISOLATED_STACK_LOG2 9
#define ISOLATED_STACK_BYTES (1 << ISOLATED_STACK_LOG2)
#define ISOLATED_REGION 2          /* of the driver's registers; 1: a stack */

/* What SVC may ask for, in r12; those below N_SERVICES are functions. */
#define ISOLATED_NOTHING 0
#define ISOLATED_ACCESS 1
#define ISOLATED_N_SERVICES 2
#define ISOLATED_WITH_REGION 2     /* NOTHING, the region in and out */
#define ISOLATED_CALL 3            /* the driver, by its client */
#define ISOLATED_REPLY 4           /* back, by the driver */
#define ISOLATED_LEAVE 5           /* privileged again: ends isolated_run() */
#define ISOLATED_N_NUMBERS 6

#if !defined(__ASSEMBLER__)
#include <stdint.h>

typedef uint32_t (*isolated_service)(uint32_t value);

void isolated_on_svc(void);        /* exceptions */
void isolated_on_fault(void);

/* @fn(@value), unprivileged, on the client's stack. */
uint32_t isolated_run(uint32_t (*fn)(uint32_t value), uint32_t value);

/* n calls of one kind; each adds 1. */
uint32_t isolated_loop_direct(uint32_t n);
uint32_t isolated_loop_indirect(uint32_t n);
uint32_t isolated_loop_svc(uint32_t n);
uint32_t isolated_loop_access(uint32_t n);
uint32_t isolated_loop_region(uint32_t n);
uint32_t isolated_loop_driver(uint32_t n);

/* One access of two bytes of code, which a fault skips. */
uint32_t isolated_try_read(uint32_t address);
uint32_t isolated_try_write(uint32_t address);

/* isolation.c: for the handlers. */
extern const isolated_service isolated_services[ISOLATED_N_SERVICES];
extern uint32_t isolated_region[2];
extern uint32_t isolated_regions_of_client[4];
extern uint32_t isolated_regions_of_driver[4];
extern volatile uint32_t isolated_registers[16];
extern volatile uint32_t isolated_n_faults;
#endif

#endif
