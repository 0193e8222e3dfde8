# SPDX-License-Identifier: Apache-2.0
#
# Toolchain file for Cortex-M images. Needs -DWIO_BOARD=<name>; the CPU and the
# memory map come from boards/<name>/board.cmake.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR arm)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES WIO_BOARD)

set(CMAKE_C_COMPILER arm-none-eabi-gcc)
set(CMAKE_ASM_COMPILER arm-none-eabi-gcc)

include(${CMAKE_CURRENT_LIST_DIR}/../boards/${WIO_BOARD}/board.cmake)
set(CMAKE_C_FLAGS_INIT "-mcpu=${WIO_BOARD_CPU} -mthumb -mfloat-abi=soft")
string(APPEND CMAKE_C_FLAGS_INIT " -ffunction-sections -fdata-sections")
string(APPEND CMAKE_C_FLAGS_INIT " -fno-common")
set(CMAKE_ASM_FLAGS_INIT "-mcpu=${WIO_BOARD_CPU} -mthumb -mfloat-abi=soft")
set(CMAKE_C_FLAGS_MINSIZEREL_INIT "-Os -g")
set(CMAKE_C_FLAGS_RELEASE_INIT "-O2 -g")
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
