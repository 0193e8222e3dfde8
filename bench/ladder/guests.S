/* SPDX-License-Identifier: Apache-2.0 */
/* bench/ladder/guests.S - see guests.h; the build says where they are */

.macro guest name, file
    .global guest_\name
    .global guest_\name\()_end
    .balign 8
guest_\name:
    .incbin "\file"
guest_\name\()_end:
.endm

    .section .rodata
    guest driver, LADDER_DRIVER
    guest entry, LADDER_ENTRY
    guest sensor, LADDER_SENSOR
    guest board, LADDER_BOARD

#if defined(__ELF__) && defined(__x86_64__)
    .section .note.GNU-stack, "", %progbits
#endif
