/* SPDX-License-Identifier: Apache-2.0 */
/* bench/ladder/guests.S - see guests.h; the build says where they are */

.macro blob name, file
    .global \name
    .global \name\()_end
    .balign 8
\name:
    .incbin "\file"
\name\()_end:
.endm

    .section .rodata
    blob guest_driver, LADDER_DRIVER
    blob guest_entry, LADDER_ENTRY
    blob guest_sensor, LADDER_SENSOR
    blob guest_board, LADDER_BOARD
#if defined(LADDER_COMPILED)
    blob compiled_driver, LADDER_COMPILED_DRIVER
    blob compiled_sensor, LADDER_COMPILED_SENSOR
    blob compiled_entry, LADDER_COMPILED_ENTRY
#endif

#if defined(__ELF__) && defined(__x86_64__)
    .section .note.GNU-stack, "", %progbits
#endif
