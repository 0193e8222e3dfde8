/* SPDX-License-Identifier: Apache-2.0 */
    .section .rodata.board_blob, "a"
    .balign 8
    .global board_blob
    .global board_blob_end
board_blob:
    .incbin BOARD_DTB
board_blob_end:
    .byte 0
