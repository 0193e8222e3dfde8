# SPDX-License-Identifier: Apache-2.0
#
# The same as cmake/wasmio-driver.cmake, for make:
#
#   NAME = mine
#   SOURCES = mine.c
#   CONFIG = mine.dts
#   include path/to/sdk/wasmio.mk
#
# `make` builds mine.wasm. Optional: STACK (bytes, default 64), PAGE_SIZE
# (1 or 65536, default 1), HANDLERS=1 (it has interrupt handlers), SERVES=1 (it
# provides a bus to other containers: wasmio/serve.h), ATOMICS=1 (C's atomics
# become atomic instructions), WINDOWS=1 (the functions of wasmio/window.h become
# memory accesses, by the program WASMIO), BUILD (folder of intermediate files).

WASMIO_SDK := $(patsubst %/,%,$(dir $(lastword $(MAKEFILE_LIST))))
CLANG ?= clang-22
WASM_LD ?= wasm-ld-22
DTC ?= dtc
WASMIO ?= wasmio
STACK ?= 64
PAGE_SIZE ?= 1
BUILD ?= build

WASMIO_CFLAGS := --target=wasm32 -mcpu=mvp -std=c11 -Oz -ffreestanding \
	-fvisibility=hidden -Xclang -disable-red-zone -Wall -Wextra \
	-I$(WASMIO_SDK)/include -I$(WASMIO_SDK)/../include
ifneq ($(HANDLERS)$(SERVES),)
WASMIO_CFLAGS += -mmutable-globals
WASMIO_HANDLERS := --export=__stack_pointer --export=wasmio_handler_stack \
	--export=wasmio_handler_stack_end
# What the linker says to a missing stack names a symbol that nobody wrote.
WASMIO_HINT := || { echo "with HANDLERS or SERVES a source must have \
	WASMIO_HANDLER_STACK(bytes), see wasmio/guest.h$(if $(SERVES),; with \
	SERVES WASMIO_SERVE_BUFFER(bytes) as well)" >&2; exit 1; }
endif
ifdef SERVES
WASMIO_HANDLERS += --export=wasmio_serve_buffer
endif
ifdef ATOMICS
WASMIO_CFLAGS += -matomics
endif
WASMIO_LINKED := $(NAME).wasm
ifdef WINDOWS
WASMIO_LINKED := $(BUILD)/unlinked.wasm

$(NAME).wasm: $(WASMIO_LINKED)
	$(WASMIO) link $< -o $@

endif
WASMIO_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(notdir $(SOURCES))) \
	$(BUILD)/config.o $(BUILD)/mem.o
VPATH := $(sort $(dir $(SOURCES)))

$(WASMIO_LINKED): $(WASMIO_OBJECTS)
	$(WASM_LD) --no-entry --strip-all --compress-relocations \
		--stack-first -z stack-size=$(STACK) --no-growable-memory \
		--page-size=$(PAGE_SIZE) $(WASMIO_HANDLERS) \
		--export-if-defined=wasmio_buffer \
		--export-if-defined=wasmio_buffer_end $^ -o $@ \
		$(WASMIO_HINT)

$(BUILD)/%.o: %.c | $(BUILD)
	$(CLANG) $(WASMIO_CFLAGS) $(CFLAGS) -c $< -o $@

$(BUILD)/config.dtb: $(CONFIG) | $(BUILD)
	$(DTC) -q -I dts -O dtb -o $@ $<

$(BUILD)/config.o: $(WASMIO_SDK)/src/config.c $(BUILD)/config.dtb
	$(CLANG) $(WASMIO_CFLAGS) \
		-DWASMIO_CONFIG_FILE='"$(BUILD)/config.dtb"' -c $< -o $@

$(BUILD)/mem.o: $(WASMIO_SDK)/src/mem.c | $(BUILD)
	$(CLANG) $(WASMIO_CFLAGS) -fno-builtin -c $< -o $@

$(BUILD):
	mkdir -p $@

.PHONY: clean
clean:
	rm -rf $(BUILD) $(NAME).wasm
