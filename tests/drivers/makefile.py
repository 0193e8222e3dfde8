#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""sdk/wasmio.mk builds the same bytes as the CMake helper; prints TAP.

usage: makefile.py ROOT GUIDE_CONTAINER WASMIO LINKED_LADDER SERVING

The Makefile is the one in the guide, in a folder elsewhere.
"""
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from tap import Tap  # noqa: E402

SHARED = """\
#include <wasmio/sync.h>
WASMIO_HANDLER_STACK(64);
static uint32_t n;
WASMIO_EXPORT("poll") void poll(void);
void poll(void) { (void)wasmio_add(&n, 1); }
"""


def block(root, language):
    guide = root / "docs/guide/write-a-driver.md"
    return subprocess.run(
        [sys.executable, root / "tests/drivers/guide.py", guide, language],
        check=True, capture_output=True, text=True).stdout


def make(folder, *words):
    return subprocess.run(["make", "-s", *words], cwd=folder, text=True,
                          capture_output=True)


def is_built(built, expected):
    """CMake's own build of it is the file @expected."""
    return (built.exists() and
            built.read_bytes() == pathlib.Path(expected).read_bytes())


def main():
    root = pathlib.Path(sys.argv[1]).resolve()
    guide, wasmio, ladder_wasm, pl022_wasm = sys.argv[2:]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "overheat.c").write_text(block(root, "c"))
        (folder / "overheat.dts").write_text(block(root, "dts"))
        (folder / "Makefile").write_text(
            block(root, "make").replace("../wasm-io", str(root)))
        done = make(folder)
        same = is_built(folder / "overheat.wasm", guide)
        # The option reaches the compiler: wasmio_add exists with it only.
        (folder / "shared.c").write_text(SHARED)
        shared = ["NAME=shared", "SOURCES=shared.c"]
        without = make(folder, *shared)
        with_it = make(folder, *shared, "BUILD=build-a", "HANDLERS=1",
                       "ATOMICS=1")
        (folder / "bare.c").write_text("")
        bare = make(folder, "NAME=bare", "SOURCES=bare.c", "BUILD=build-b",
                    "HANDLERS=1")
        hint = (bare.returncode != 0 and
                not (folder / "bare.wasm").exists() and
                "must have WASMIO_HANDLER_STACK(bytes)" in bare.stderr)
        built = folder / "shared.wasm"
        atomic = (without.returncode != 0 and built.exists() and
                  b"\xfe\x1e\x02" in built.read_bytes())
        # sdk/wasmio.mk calls `wasmio link`: the driver that CMake links so.
        ladder = root / "drivers/uart/ladder"
        linked = make(folder, "NAME=ladder", f"SOURCES={ladder}/ladder.c",
                      f"CONFIG={ladder}/pl011.dts", "BUILD=build-w",
                      "WINDOWS=1", "STACK=128", "CFLAGS=-DLADDER_PL011=1",
                      f"WASMIO={wasmio}")
        windows = is_built(folder / "ladder.wasm", ladder_wasm)
        bus = root / "drivers/bus/pl022"
        serving = make(folder, "NAME=pl022", f"SOURCES={bus}/pl022.c",
                       f"CONFIG={bus}/pl022.dts", "BUILD=build-s",
                       "SERVES=1", "WINDOWS=1", "STACK=64",
                       f"WASMIO={wasmio}")
        serves = is_built(folder / "pl022.wasm", pl022_wasm)
    tap = Tap()
    for good, what, said in (
            (same, "the guide's Makefile builds the bytes that CMake builds",
             done),
            (atomic, "ATOMICS=1 makes atomic instructions", with_it),
            (hint, "HANDLERS=1 without a stack for them says what to do",
             bare),
            (windows, "WINDOWS=1 links the bytes that CMake links", linked),
            (serves, "SERVES=1 builds the bytes that CMake builds", serving)):
        tap.check(good, what, said.stdout + said.stderr)
    return tap.end()


sys.exit(main())
