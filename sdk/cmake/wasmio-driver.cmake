# SPDX-License-Identifier: Apache-2.0
#
# wasmio_driver(NAME SOURCES file.c... CONFIG name.dts [STACK 64]
#               [PAGE_SIZE 1] [HANDLERS] [SERVES] [ATOMICS] [WINDOWS]
#               [OPTIONS -O2...])
#
# Builds WASMIO_DRIVER_DIR/NAME.wasm (default: drivers/ in the build folder).
# STACK is in bytes, a multiple of 16. PAGE_SIZE is 1 (memory to the byte, by
# the custom-page-sizes proposal) or 65536. HANDLERS: it has interrupt handlers
# and, in one of its sources, WASMIO_HANDLER_STACK(bytes). SERVES: it provides a
# bus to other containers (wasmio/serve.h), by a function that is called as
# handlers are: it has that stack and WASMIO_SERVE_BUFFER(bytes). ATOMICS: C's atomics
# become atomic instructions (wasmio/sync.h); its memory stays its own. WINDOWS:
# the functions of wasmio/window.h become memory accesses, by `wasmio link`: the
# program of this project, or the one at WASMIO_TOOL. Works in any project:
#
#   include(path/to/sdk/cmake/wasmio-driver.cmake)
#   wasmio_driver(mine SOURCES mine.c CONFIG mine.dts)
#
# Needs clang and lld of version 22 (Debian: clang-22 lld-22) and dtc
# (device-tree-compiler).

get_filename_component(WASMIO_SDK ${CMAKE_CURRENT_LIST_DIR}/.. ABSOLUTE)
get_filename_component(WASMIO_ABI ${WASMIO_SDK}/../include ABSOLUTE)
if(NOT DEFINED WASMIO_DRIVER_DIR)
  set(WASMIO_DRIVER_DIR ${CMAKE_BINARY_DIR}/drivers)
endif()

find_program(WASMIO_CLANG NAMES clang-22 REQUIRED)
find_program(WASMIO_LD NAMES wasm-ld-22 REQUIRED)
find_program(WASMIO_DTC NAMES dtc REQUIRED)

# -mcpu=mvp: no memory.copy, sign extension and the like, which every clang
# has on by default and not every engine serves. Without a red zone a handler
# may enter between any two instructions.
set(WASMIO_CFLAGS --target=wasm32 -mcpu=mvp -std=c11 -Oz -ffreestanding
  -fvisibility=hidden -Xclang -disable-red-zone
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wundef -Werror
  -I${WASMIO_SDK}/include -I${WASMIO_ABI})
file(GLOB WASMIO_SDK_HEADERS CONFIGURE_DEPENDS
  ${WASMIO_SDK}/include/wasmio/*.h ${WASMIO_ABI}/wio/abi.h
  ${WASMIO_ABI}/wio/err.h)

function(wasmio_driver name)
  cmake_parse_arguments(ARG "HANDLERS;SERVES;ATOMICS;WINDOWS"
    "CONFIG;STACK;PAGE_SIZE" "SOURCES;OPTIONS" ${ARGN})
  set(handlers_link "")
  if(ARG_HANDLERS OR ARG_SERVES)
    # The host gives handlers a stack of their own; lld exports a mutable
    # global only when the objects know of it.
    list(APPEND ARG_OPTIONS -mmutable-globals)
    set(handlers_link --export=__stack_pointer --export=wasmio_handler_stack
      --export=wasmio_handler_stack_end)
  endif()
  if(ARG_SERVES)
    list(APPEND handlers_link --export=wasmio_serve_buffer)
  endif()
  if(ARG_ATOMICS)
    list(APPEND ARG_OPTIONS -matomics)
  endif()
  if(NOT ARG_SOURCES OR NOT ARG_CONFIG)
    message(FATAL_ERROR "wasmio_driver(${name}): SOURCES and CONFIG are needed")
  endif()
  if(NOT ARG_STACK)
    set(ARG_STACK 64)
  endif()
  if(NOT ARG_PAGE_SIZE)
    set(ARG_PAGE_SIZE 1)
  endif()
  set(objects "")
  set(work ${CMAKE_CURRENT_BINARY_DIR}/${name}.dir)
  file(MAKE_DIRECTORY ${work} ${WASMIO_DRIVER_DIR})

  get_filename_component(dts ${ARG_CONFIG} ABSOLUTE)
  add_custom_command(OUTPUT ${work}/config.dtb
    COMMAND ${WASMIO_DTC} -q -I dts -O dtb -o ${work}/config.dtb ${dts}
    DEPENDS ${dts} VERBATIM)
  add_custom_command(OUTPUT ${work}/config.o
    COMMAND ${WASMIO_CLANG} ${WASMIO_CFLAGS}
      "-DWASMIO_CONFIG_FILE=\"${work}/config.dtb\""
      -c ${WASMIO_SDK}/src/config.c -o ${work}/config.o
    DEPENDS ${work}/config.dtb ${WASMIO_SDK}/src/config.c
      ${WASMIO_SDK_HEADERS} VERBATIM)
  add_custom_command(OUTPUT ${work}/mem.o
    COMMAND ${WASMIO_CLANG} ${WASMIO_CFLAGS} -fno-builtin
      -c ${WASMIO_SDK}/src/mem.c -o ${work}/mem.o
    DEPENDS ${WASMIO_SDK}/src/mem.c VERBATIM)
  foreach(source ${ARG_SOURCES})
    get_filename_component(path ${source} ABSOLUTE)
    get_filename_component(folder ${path} DIRECTORY)
    get_filename_component(stem ${path} NAME_WE)
    file(GLOB headers CONFIGURE_DEPENDS ${folder}/*.h)
    add_custom_command(OUTPUT ${work}/${stem}.o
      COMMAND ${WASMIO_CLANG} ${WASMIO_CFLAGS} ${ARG_OPTIONS}
        -c ${path} -o ${work}/${stem}.o
      DEPENDS ${path} ${headers} ${WASMIO_SDK_HEADERS} VERBATIM)
    list(APPEND objects ${work}/${stem}.o)
  endforeach()

  set(wasm ${WASMIO_DRIVER_DIR}/${name}.wasm)
  set(linked ${wasm})
  set(windows_link "")
  if(ARG_WINDOWS)
    set(tool wasmio)                 # the target
    if(NOT TARGET wasmio)
      find_program(WASMIO_TOOL NAMES wasmio REQUIRED)
      set(tool ${WASMIO_TOOL})
    endif()
    set(linked ${work}/unlinked.wasm)
    set(windows_link COMMAND ${tool} link ${linked} -o ${wasm})
  endif()
  add_custom_command(OUTPUT ${wasm}
    COMMAND ${WASMIO_LD} --no-entry --strip-all --compress-relocations
      --stack-first -z stack-size=${ARG_STACK} --no-growable-memory
      --page-size=${ARG_PAGE_SIZE} ${handlers_link}
      --export-if-defined=wasmio_buffer --export-if-defined=wasmio_buffer_end
      ${objects} ${work}/config.o ${work}/mem.o -o ${linked}
    ${windows_link}
    DEPENDS ${objects} ${work}/config.o ${work}/mem.o ${tool} VERBATIM
    COMMENT "Container ${name}.wasm")
  add_custom_target(driver_${name} ALL DEPENDS ${wasm})
endfunction()

# wasmio_driver_rust(NAME SOURCE file.rs CONFIG name.dts EXPORTS poll...
#                    [STACK 128] [PAGE_SIZE 1])
#
# The same from Rust, no_std: one crate, compiled whole to one object and
# linked by the same linker, so that its memory is sized to the byte as well
# (the linker that rustc 1.63 drives by itself makes 64 KiB pages only). Such
# an object does not carry its list of exports: name them in EXPORTS. Needs
# Debian's rustc and libstd-rust-dev-wasm32; without them the container is
# left out with a message.
find_program(WASMIO_RUSTC NAMES rustc PATHS /usr/bin NO_DEFAULT_PATH)

function(wasmio_driver_rust name)
  cmake_parse_arguments(ARG "" "CONFIG;SOURCE;STACK;PAGE_SIZE" "EXPORTS"
    ${ARGN})
  if(NOT ARG_SOURCE OR NOT ARG_CONFIG OR NOT ARG_EXPORTS)
    message(FATAL_ERROR
      "wasmio_driver_rust(${name}): SOURCE, CONFIG and EXPORTS are needed")
  endif()
  if(NOT WASMIO_RUSTC)
    message(STATUS "No /usr/bin/rustc: ${name}.wasm is not built")
    return()
  endif()
  if(NOT ARG_STACK)
    set(ARG_STACK 128)
  endif()
  if(NOT ARG_PAGE_SIZE)
    set(ARG_PAGE_SIZE 1)
  endif()
  set(work ${CMAKE_CURRENT_BINARY_DIR}/${name}.dir)
  file(MAKE_DIRECTORY ${work} ${WASMIO_DRIVER_DIR})
  get_filename_component(dts ${ARG_CONFIG} ABSOLUTE)
  get_filename_component(source ${ARG_SOURCE} ABSOLUTE)
  set(exports ${ARG_EXPORTS})
  list(TRANSFORM exports PREPEND --export=)

  add_custom_command(OUTPUT ${work}/config.dtb
    COMMAND ${WASMIO_DTC} -q -I dts -O dtb -o ${work}/config.dtb ${dts}
    DEPENDS ${dts} VERBATIM)
  add_custom_command(OUTPUT ${work}/${name}.o
    COMMAND ${CMAKE_COMMAND} -E env WASMIO_CONFIG_FILE=${work}/config.dtb
      ${WASMIO_RUSTC} --edition 2021 --target wasm32-unknown-unknown
      --crate-type cdylib --emit obj -C opt-level=z -C lto=fat
      -C codegen-units=1 -C panic=abort -C no-redzone=yes
      --remap-path-prefix ${WASMIO_SDK}/..=. ${source} -o ${work}/${name}.o
    DEPENDS ${source} ${work}/config.dtb ${WASMIO_SDK}/rust/wasmio.rs
    VERBATIM)
  set(wasm ${WASMIO_DRIVER_DIR}/${name}.wasm)
  add_custom_command(OUTPUT ${wasm}
    COMMAND ${WASMIO_LD} --no-entry --strip-all --compress-relocations
      --stack-first -z stack-size=${ARG_STACK} --no-growable-memory
      --page-size=${ARG_PAGE_SIZE} ${exports} ${work}/${name}.o -o ${wasm}
    DEPENDS ${work}/${name}.o VERBATIM
    COMMENT "Container ${name}.wasm")
  add_custom_target(driver_${name} ALL DEPENDS ${wasm})
endfunction()
