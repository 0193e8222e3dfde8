# SPDX-License-Identifier: Apache-2.0
#
# What every part of the build shares: warnings, the layers, the tests.

get_filename_component(WIO_ROOT ${CMAKE_CURRENT_LIST_DIR}/.. ABSOLUTE)

# Warnings are errors, with gcc and clang alike.
add_library(wio_flags INTERFACE)
target_compile_options(wio_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes
  -Wmissing-prototypes -Wundef -Werror)
if(WIO_SANITIZE)
  target_compile_options(wio_flags INTERFACE
    -fsanitize=address,undefined -fno-sanitize-recover=all
    -fno-omit-frame-pointer)
  target_link_options(wio_flags INTERFACE -fsanitize=address,undefined)
endif()
if(WIO_VARIANT)
  # WIO_CFG_FLOAT=0 has a test of its own (tests/unit/nofloat): without floats
  # most of the specification's vectors could not run.
  # Of WIO_CFG_ATOMICS=0 the same holds. The processor can swap no word in one
  # step: atomic accesses take the lock.
  target_compile_definitions(wio_flags INTERFACE WIO_CFG_SWITCH_DISPATCH=1
    WIO_CFG_ATOMIC_BYTES=0)
endif()
if(WIO_FUZZ)
  target_compile_options(wio_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

# wio_layer(NAME SOURCES... USES layers...): a layer of the core. Freestanding;
# sees include/ and src/, and links only what is below it.
function(wio_layer name)
  cmake_parse_arguments(ARG "" "" "SOURCES;USES" ${ARGN})
  add_library(wio_${name} STATIC ${ARG_SOURCES})
  target_include_directories(wio_${name} PUBLIC
    ${WIO_ROOT}/include ${WIO_ROOT}/src)
  target_compile_options(wio_${name} PRIVATE -ffreestanding)
  target_link_libraries(wio_${name} PRIVATE wio_flags)
  foreach(layer ${ARG_USES})
    target_link_libraries(wio_${name} PUBLIC wio_${layer})
  endforeach()
endfunction()

# wio_test(NAME SOURCES... LIBS...): a host test program that prints TAP
# (cmocka does when CMOCKA_MESSAGE_OUTPUT=TAP).
function(wio_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LIBS" ${ARGN})
  add_executable(test_${name} ${ARG_SOURCES})
  target_link_libraries(test_${name} PRIVATE wio_flags ${ARG_LIBS} cmocka)
  set_target_properties(test_${name} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  add_test(NAME ${name} COMMAND test_${name})
  set_tests_properties(${name} PROPERTIES
    ENVIRONMENT "CMOCKA_MESSAGE_OUTPUT=TAP")
endfunction()
