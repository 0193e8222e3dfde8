# SPDX-License-Identifier: Apache-2.0
#
# Inside a nested project configured with cmake/arm-none-eabi.cmake:
#
#   include(<root>/ports/cortex-m/firmware.cmake)
#   wio_firmware(NAME [BOARD board] SOURCES files... [LIBS targets...])
#
# makes NAME.elf with the vector table, reset, linker script, semihosting and
# polled console of ports/cortex-m/startup (#include "startup/startup.h"). No
# libc: libgcc and our own memcpy, memmove, memset, memcmp only. `int main(void)`
# starts after .data and .bss are set up; what it returns is QEMU's exit code
# when semihosting is on.
include(${CMAKE_CURRENT_LIST_DIR}/../../cmake/wio.cmake)
include(${WIO_ROOT}/boards/${WIO_BOARD}/board.cmake)

# Behind everything else: the core's soft-float and 64-bit arithmetic.
set(CMAKE_C_STANDARD_LIBRARIES "-lgcc")

set(WIO_STARTUP ${WIO_ROOT}/ports/cortex-m/startup)

list(JOIN WIO_BOARD_SLOT_LINES "," slot_lines)
add_library(wio_startup OBJECT
  ${WIO_STARTUP}/startup.c ${WIO_STARTUP}/semihost.c
  ${WIO_STARTUP}/console_early.c ${WIO_STARTUP}/mem.c)
target_compile_options(wio_startup PRIVATE -ffreestanding)
# Otherwise gcc turns the loops of memcpy() into calls of memcpy().
set_source_files_properties(${WIO_STARTUP}/mem.c PROPERTIES
  COMPILE_OPTIONS "-O2;-fno-tree-loop-distribute-patterns")
target_include_directories(wio_startup PUBLIC ${WIO_ROOT}/ports/cortex-m)
target_compile_definitions(wio_startup PUBLIC
  WIO_BOARD_NAME="${WIO_BOARD}"
  WIO_BOARD_CPU="${WIO_BOARD_CPU}"
  WIO_BOARD_N_IRQS=${WIO_BOARD_N_IRQS}
  WIO_BOARD_CONSOLE_${WIO_BOARD_CONSOLE}=1
  WIO_BOARD_CONSOLE_BASE=${WIO_BOARD_CONSOLE_BASE}u
  WIO_BOARD_CONSOLE_IRQ=${WIO_BOARD_CONSOLE_IRQ}
  WIO_BOARD_CPU_HZ=${WIO_BOARD_CPU_HZ}u
  "WIO_BOARD_SLOT_LINES=${slot_lines}")
if(WIO_BOARD_BUDGET_TIMER)
  target_compile_definitions(wio_startup PUBLIC
    WIO_BOARD_BUDGET_TIMER=${WIO_BOARD_BUDGET_TIMER})
endif()
target_link_libraries(wio_startup PRIVATE wio_flags)

configure_file(${WIO_STARTUP}/link.ld.in ${CMAKE_BINARY_DIR}/link.ld @ONLY)

function(wio_firmware name)
  cmake_parse_arguments(ARG "" "BOARD" "SOURCES;LIBS" ${ARGN})
  if(ARG_BOARD AND NOT ARG_BOARD STREQUAL WIO_BOARD)
    message(FATAL_ERROR
      "wio_firmware(${name}): this build is for ${WIO_BOARD}, not "
      "${ARG_BOARD}; configure another one with -DWIO_BOARD=${ARG_BOARD}.")
  endif()
  add_executable(${name} ${ARG_SOURCES})
  set_target_properties(${name} PROPERTIES
    SUFFIX .elf RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}
    LINK_DEPENDS ${CMAKE_BINARY_DIR}/link.ld)
  target_compile_options(${name} PRIVATE -ffreestanding)
  target_link_libraries(${name} PRIVATE wio_flags wio_startup ${ARG_LIBS})
  target_link_options(${name} PRIVATE
    -nostdlib -nostartfiles -T ${CMAKE_BINARY_DIR}/link.ld
    -Wl,--gc-sections -Wl,--build-id=sha1 -Wl,--fatal-warnings -Wl,--no-warn-rwx-segments
    -Wl,-Map=${CMAKE_BINARY_DIR}/${name}.map)
endfunction()

# The port, for firmware that runs containers or drives the buses itself.
set(WIO_PORT_DIR ${WIO_ROOT}/ports/cortex-m)
add_library(wio_port_cortex_m STATIC
  ${WIO_PORT_DIR}/port.c ${WIO_PORT_DIR}/clock.c ${WIO_PORT_DIR}/alarm.c
  ${WIO_PORT_DIR}/console.c ${WIO_PORT_DIR}/drivers.c
  ${WIO_PORT_DIR}/levels.c ${WIO_PORT_DIR}/direct.c ${WIO_PORT_DIR}/guard.c
  ${WIO_PORT_DIR}/native.c ${WIO_PORT_DIR}/${WIO_BOARD_SOC}.c
  ${WIO_PORT_DIR}/i2c_sbcon.c ${WIO_PORT_DIR}/i2c_stellaris.c
  ${WIO_PORT_DIR}/gpio_pl061.c ${WIO_PORT_DIR}/gpio_fpgaio.c
  ${WIO_PORT_DIR}/spi_pl022.c
  ${WIO_PORT_DIR}/uart_pl011.c ${WIO_PORT_DIR}/uart_cmsdk.c)
target_compile_options(wio_port_cortex_m PRIVATE -ffreestanding)
# On every interrupt's way.
set_source_files_properties(${WIO_PORT_DIR}/levels.c ${WIO_PORT_DIR}/direct.c
  ${WIO_PORT_DIR}/guard.c
  ${WIO_PORT_DIR}/clock.c ${WIO_PORT_DIR}/${WIO_BOARD_SOC}.c
  PROPERTIES COMPILE_OPTIONS "-O2")
target_include_directories(wio_port_cortex_m PUBLIC
  ${WIO_ROOT}/include ${WIO_PORT_DIR})
target_compile_definitions(wio_port_cortex_m PRIVATE
  $<TARGET_PROPERTY:wio_startup,INTERFACE_COMPILE_DEFINITIONS>)
target_link_libraries(wio_port_cortex_m PRIVATE wio_flags)
