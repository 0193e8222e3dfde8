# SPDX-License-Identifier: Apache-2.0
#
# What the compiler and the linker must know of the board.
# Stellaris LM3S6965 Microcontroller Data Sheet (DS-LM3S6965-12746.2515),
# "Memory Map" and "Interrupts".
set(WIO_BOARD_CPU cortex-m3)
set(WIO_BOARD_FLASH_ORIGIN 0x00000000)
set(WIO_BOARD_FLASH_LENGTH 256K)
set(WIO_BOARD_RAM_ORIGIN 0x20000000)
set(WIO_BOARD_RAM_LENGTH 64K)
set(WIO_BOARD_N_IRQS 64)
set(WIO_BOARD_CONSOLE PL011)           # kind of the console's UART
set(WIO_BOARD_CONSOLE_BASE 0x4000c000)
set(WIO_BOARD_CONSOLE_IRQ 5)           # UART0
set(WIO_BOARD_CPU_HZ 50000000)         # SysTick, once the port has set the PLL
set(WIO_BOARD_SOC soc_lm3s6965)           # ports/cortex-m/<this>.c

# The firmware's memory: slots for containers (module + all it needs to run).
set(WIO_BOARD_N_SLOTS 3)
set(WIO_BOARD_SLOT_MODULE_BYTES 5120)
set(WIO_BOARD_SLOT_ARENA_BYTES 9728)
set(WIO_BOARD_RUNTIME_BYTES 4736)
set(WIO_BOARD_TRACE_ENTRIES 64)        # 16 bytes each, beside those

# Interrupt lines that no device of the chip has (data sheet, "Interrupts":
# 43 is the last one in use): the slots of tasks, mains and handlers.
set(WIO_BOARD_SLOT_LINES 44 45 46 47 48 49 50 51 52 53 54 55 56 57)
