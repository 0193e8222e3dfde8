/* SPDX-License-Identifier: Apache-2.0 */
/* The board and the container of the image. */
    .section .rodata
    .macro blob name file
    .balign 8
    .global \name
    .global \name\()_end
\name:
    .incbin "\file"
\name\()_end:
    .endm

    blob board_blob STORAGE_BOARD
    blob guest_wasm STORAGE_GUEST
