/* SPDX-License-Identifier: Apache-2.0 */
/* The two builds of tests/sim/share.c. */
    .section .rodata
    .macro blob name file
    .balign 8
    .global \name
    .global \name\()_end
\name:
    .incbin "\file"
\name\()_end:
    .endm

    blob guest_wasm NESTED_GUEST
    blob atomics_wasm NESTED_ATOMICS
