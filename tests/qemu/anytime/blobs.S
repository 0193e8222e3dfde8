/* SPDX-License-Identifier: Apache-2.0 */
    .section .rodata
    .balign 8
    .global guest_wasm
    .global guest_wasm_end
guest_wasm:
    .incbin ANYTIME_GUEST
guest_wasm_end:
