/* SPDX-License-Identifier: Apache-2.0 */
/* bench/common/guests.S - the modules as bytes, in read-only memory */

.macro guest name, file
    .global guest_\name
    .global guest_\name\()_end
    .balign 8
guest_\name:
    .incbin "\file"
guest_\name\()_end:
.endm

    .section .rodata
    guest kernels, "kernels.wasm"
    guest work, "work.wasm"
    guest all, "all.wasm"
#if defined(BENCH_PRODUCT)
    guest product, "product.wasm"
    guest board, "board.dtb"
#endif
#if defined(BENCH_LADDER)
    guest ladder, "ladder.wasm"
    guest ladder_linked, "ladder-linked.wasm"
#endif
#if defined(BENCH_TMP105)
    guest tmp105, "tmp105.wasm"
    guest mps2, "mps2.dtb"
#endif

#if defined(__ELF__) && defined(__x86_64__)
    .section .note.GNU-stack, "", %progbits
#endif
