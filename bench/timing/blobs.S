/* SPDX-License-Identifier: Apache-2.0 */
/* The board and the containers of the image. */
    .section .rodata
    .macro blob name file
    .balign 8
    .global \name
    .global \name\()_end
\name:
    .incbin "\file"
\name\()_end:
    .endm

    blob board_blob TIMING_BOARD
    blob guest_wasm TIMING_GUEST
    blob uart_wasm TIMING_REQUESTS_UART
#if TIMING_HAS_BUSES
    blob spi_wasm TIMING_REQUESTS_SPI
    blob i2c_wasm TIMING_REQUESTS_I2C
#endif
