/* SPDX-License-Identifier: Apache-2.0 */
    .section .rodata
    .macro blob name file
    .balign 8
    .global \name
    .global \name\()_end
\name:
    .incbin "\file"
\name\()_end:
    .endm

    blob board_blob SHARE_BOARD
    blob share_wasm SHARE_GUEST
