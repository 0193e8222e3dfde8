# SPDX-License-Identifier: Apache-2.0
#
# What the compiler and the linker must know of the board.
# Memory map and interrupts: Application Note AN386 (Arm DAI 0386).
set(WIO_BOARD_CPU cortex-m4)
set(WIO_BOARD_FLASH_ORIGIN 0x00000000)
set(WIO_BOARD_FLASH_LENGTH 4M)
set(WIO_BOARD_RAM_ORIGIN 0x20000000)
set(WIO_BOARD_RAM_LENGTH 4M)
set(WIO_BOARD_N_IRQS 32)
set(WIO_BOARD_CONSOLE CMSDK)           # kind of the console's UART
set(WIO_BOARD_CONSOLE_BASE 0x40004000)
set(WIO_BOARD_CONSOLE_IRQ 0)           # UART0 receive
set(WIO_BOARD_CPU_HZ 25000000)         # SysTick
set(WIO_BOARD_BUDGET_TIMER 0x40000000) # CMSDK timer 0, see soc_mps2.c
set(WIO_BOARD_SOC soc_mps2)           # ports/cortex-m/<this>.c

# The firmware's memory: slots for containers (module + all it needs to run).
set(WIO_BOARD_N_SLOTS 8)
set(WIO_BOARD_SLOT_MODULE_BYTES 65536)
set(WIO_BOARD_SLOT_ARENA_BYTES 131072)
set(WIO_BOARD_RUNTIME_BYTES 8192)
set(WIO_BOARD_TRACE_ENTRIES 4096)      # 16 bytes each, beside those

# Interrupt lines whose devices this firmware does not use (audio, touch
# screen, pins of the GPIO blocks): the slots of tasks, mains and handlers.
set(WIO_BOARD_SLOT_LINES 14 15 16 17 22 23 24 25 26 27 28 29 30 31)
