# SPDX-License-Identifier: Apache-2.0
#
# Host side of a firmware: a CMake build for the board inside this build.
#
#   wio_firmware_project(NAME SOURCE_DIR dir BOARD board OUTPUT dir
#                        [ARGS -Dx=y ...])
#
# configures dir for the board and builds it into OUTPUT whenever NAME is
# built (it is part of `all`). The nested project calls wio_firmware() of
# ports/cortex-m/firmware.cmake.
include(ExternalProject)

function(wio_firmware_project name)
  cmake_parse_arguments(ARG "" "SOURCE_DIR;BOARD;OUTPUT" "ARGS;DEPENDS" ${ARGN})
  ExternalProject_Add(${name}
    SOURCE_DIR ${ARG_SOURCE_DIR}
    BINARY_DIR ${ARG_OUTPUT}
    PREFIX ${ARG_OUTPUT}/project
    CMAKE_GENERATOR Ninja
    CMAKE_ARGS
      -DCMAKE_TOOLCHAIN_FILE=${WIO_ROOT}/cmake/arm-none-eabi.cmake
      -DCMAKE_BUILD_TYPE=MinSizeRel
      -DWIO_BOARD=${ARG_BOARD}
      ${ARG_ARGS}
    DEPENDS ${ARG_DEPENDS}
    BUILD_ALWAYS ON
    INSTALL_COMMAND ""
    TEST_COMMAND "")
endfunction()
