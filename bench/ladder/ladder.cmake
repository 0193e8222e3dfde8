# SPDX-License-Identifier: Apache-2.0
#
# What both builds of the ladder share, the boards' and the build machine's.
# Set before: BENCH_SRC, WIO_ROOT, LADDER_GUESTS (folder of the containers).

set(LADDER_DIR ${CMAKE_CURRENT_LIST_DIR})
set(LADDER_SOURCES ${LADDER_DIR}/cases.c ${LADDER_DIR}/containers.c
  ${LADDER_DIR}/native.c
  ${LADDER_DIR}/guests.S ${BENCH_SRC}/common/native.c
  ${BENCH_SRC}/common/window.c $<TARGET_OBJECTS:ladder_native>
  $<TARGET_OBJECTS:ladder_direct> $<TARGET_OBJECTS:ladder_sensor>)

# ladder_native(OPTION): the drivers as native code.
function(ladder_native option)
  add_library(ladder_native OBJECT ${LADDER_DIR}/guest/driver.c
    ${LADDER_DIR}/guest/entry.c ${LADDER_DIR}/guest/sensor.c ${BENCH_SRC}/guest/work.c)
  add_library(ladder_direct OBJECT ${LADDER_DIR}/guest/driver.c)
  target_compile_definitions(ladder_direct PRIVATE LADDER_DIRECT)
  add_library(ladder_sensor OBJECT
    ${WIO_ROOT}/drivers/sensor/tmp105/tmp105.c)
  target_compile_options(ladder_sensor PRIVATE
    -include ${LADDER_DIR}/sdk.h)
  foreach(part ladder_native ladder_direct ladder_sensor)
    target_include_directories(${part} PRIVATE ${BENCH_SRC}
      ${WIO_ROOT}/sdk/include ${WIO_ROOT}/include)
    target_compile_options(${part} PRIVATE ${option} -ffreestanding -Wall
      -Wextra -Wno-attributes)
  endforeach()
endfunction()

# ladder_board(NAME): the board's devicetree, with a window.
function(ladder_board name)
  set(dtb ${CMAKE_CURRENT_BINARY_DIR}/${name}.dtb)
  set(sources ${LADDER_DIR}/${name}.dts ${LADDER_DIR}/window.dtsi)
  if(EXISTS ${WIO_ROOT}/boards/${name}/board.dts AND NOT name STREQUAL linux)
    list(APPEND sources ${WIO_ROOT}/boards/${name}/board.dts)
  endif()
  add_custom_command(OUTPUT ${dtb}
    COMMAND dtc -q -I dts -O dtb -o ${dtb} ${LADDER_DIR}/${name}.dts
    DEPENDS ${sources} VERBATIM)
  add_custom_target(ladder_dtb DEPENDS ${dtb})
  set(LADDER_DTB ${dtb} PARENT_SCOPE)
endfunction()

# ladder_guests(TARGET): containers and board as bytes.
function(ladder_guests target)
  set(driver ${LADDER_GUESTS}/bench_driver.wasm)
  set(entry ${LADDER_GUESTS}/bench_entry.wasm)
  set(sensor ${LADDER_GUESTS}/bench_sensor.wasm)
  add_dependencies(${target} ladder_dtb)
  set_source_files_properties(${LADDER_DIR}/guests.S PROPERTIES
    OBJECT_DEPENDS "${LADDER_DTB};${driver};${entry};${sensor}"
    COMPILE_DEFINITIONS "LADDER_DRIVER=\"${driver}\";LADDER_ENTRY=\"${entry}\";LADDER_SENSOR=\"${sensor}\";LADDER_BOARD=\"${LADDER_DTB}\"")
endfunction()
