/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench/ladder/isolated.S - SVC, MemManage, and what runs unprivileged
 *
 * Unprivileged code runs on PSP, so the frame of its SVC is there. Arguments
 * are taken from the frame: an interrupt that came in between may have changed
 * r0 to r3 and r12 (DDI 0403E.e, B1.5.6). The MPU needs no barrier here: the
 * exception's return is one (B3.5.1, A3.8.4).
 */
#include "ladder/isolated.h"

#define MPU_RBAR 0xe000ed9c
#define CFSR 0xe000ed28
#define FRAME_R12 16
#define FRAME_PC 24
#define FRAME_BYTES 32
#define XPSR_THUMB 0x01000000
#define CONTROL_UNPRIVILEGED_PSP 3

    .syntax unified
    .thumb

    .macro function name
    .section .text.\name, "ax", %progbits
    .global \name
    .type \name, %function
    .balign 4
\name:
    .endm

function isolated_on_svc
    mrs     r3, psp
    ldr     r12, [r3, #FRAME_R12]
    cmp     r12, #ISOLATED_N_NUMBERS
    bhs     unknown
    tbb     [pc, r12]
paths:
    .byte   (service - paths) / 2
    .byte   (service - paths) / 2
    .byte   (with_region - paths) / 2
    .byte   (call - paths) / 2
    .byte   (reply - paths) / 2
    .byte   (leave - paths) / 2
    .balign 2

service:
    ldr     r2, =isolated_services
    ldr     r2, [r2, r12, lsl #2]
    ldr     r0, [r3]
    push    {r3, lr}
    blx     r2
    pop     {r3, lr}
    str     r0, [r3]
    bx      lr

with_region:
    push    {r3, lr}
    ldr     r0, [r3]
    ldr     r2, =isolated_region
    ldm     r2, {r2, r3}
    ldr     r1, =MPU_RBAR
    stm     r1, {r2, r3}
    ldr     r2, =isolated_services
    ldr     r2, [r2]
    blx     r2
    movs    r2, #0
    ldr     r1, =MPU_RBAR
    str     r2, [r1, #4]            /* RASR of the same region: off */
    pop     {r3, lr}
    str     r0, [r3]
    bx      lr

/* The client's registers stay on its stack; the driver begins on its own, with
 * its regions instead of the client's. */
call:
    ldr     r0, [r3]
    stmdb   r3!, {r4-r11}
    ldr     r1, =client
    str     r3, [r1]
    ldr     r2, =isolated_driver_stack + ISOLATED_STACK_BYTES - FRAME_BYTES
    str     r0, [r2]
    ldr     r0, =driver
    mov     r1, #XPSR_THUMB
    strd    r0, r1, [r2, #FRAME_PC]
    msr     psp, r2
    ldr     r0, =isolated_regions_of_driver
    ldm     r0, {r4-r7}
    ldr     r1, =MPU_RBAR
    stm     r1, {r4-r7}
    bx      lr

reply:
    ldr     r0, [r3]
    ldr     r1, =isolated_regions_of_client
    ldm     r1, {r4-r7}
    ldr     r1, =MPU_RBAR
    stm     r1, {r4-r7}
    ldr     r1, =client
    ldr     r3, [r1]
    ldmia   r3!, {r4-r11}
    str     r0, [r3]
    msr     psp, r3
    bx      lr

leave:
    mrs     r1, control
    bic     r1, r1, #1
    msr     control, r1
    bx      lr

unknown:
    ldr     r1, =isolated_n_faults
    ldr     r2, [r1]
    adds    r2, #1
    str     r2, [r1]
    bx      lr
    .ltorg

/* Counted, its flags cleared, and the instruction skipped: two bytes. */
function isolated_on_fault
    mrs     r0, psp
    ldr     r1, [r0, #FRAME_PC]
    adds    r1, #2
    str     r1, [r0, #FRAME_PC]
    ldr     r0, =CFSR
    ldr     r1, [r0]
    str     r1, [r0]
    ldr     r0, =isolated_n_faults
    ldr     r1, [r0]
    adds    r1, #1
    str     r1, [r0]
    bx      lr
    .ltorg

function isolated_run
    push    {r4, lr}
    ldr     r2, =isolated_client_stack + ISOLATED_STACK_BYTES
    msr     psp, r2
    movs    r2, #CONTROL_UNPRIVILEGED_PSP
    msr     control, r2
    isb
    mov     r2, r0
    mov     r0, r1
    blx     r2
    mov     r12, #ISOLATED_LEAVE
    svc     0
    movs    r2, #0
    msr     control, r2             /* on MSP again */
    isb
    pop     {r4, pc}
    .ltorg

/* -- Unprivileged ------------------------------------------------------------- */

function driver
    ldr     r1, =isolated_registers
    str     r0, [r1, #4]            /* its region is in, or this faults */
    adds    r0, #1
    mov     r12, #ISOLATED_REPLY
    svc     0
    .ltorg

function isolated_try_read
    ldr.n   r0, [r0]
    bx      lr

function isolated_try_write
    str.n   r0, [r0]
    bx      lr

function callee
    adds    r0, #1
    bx      lr

function isolated_loop_direct
    push    {r4, lr}
    mov     r4, r0
    movs    r0, #0
1:  bl      callee
    subs    r4, #1
    bne     1b
    pop     {r4, pc}

function isolated_loop_indirect
    push    {r4, r5, r6, lr}
    mov     r4, r0
    ldr     r5, =target
    movs    r0, #0
1:  ldr     r6, [r5]
    blx     r6
    subs    r4, #1
    bne     1b
    pop     {r4, r5, r6, pc}
    .ltorg
    .balign 4
target:
    .word   callee + 1

    .macro loop name, number
function \name
    push    {r4, lr}
    mov     r4, r0
    movs    r0, #0
    mov     r12, #\number
1:  svc     0
    subs    r4, #1
    bne     1b
    pop     {r4, pc}
    .endm

    loop    isolated_loop_svc, ISOLATED_NOTHING
    loop    isolated_loop_access, ISOLATED_ACCESS
    loop    isolated_loop_region, ISOLATED_WITH_REGION
    loop    isolated_loop_driver, ISOLATED_CALL

    .bss
    .balign 4
client:
    .space  4
