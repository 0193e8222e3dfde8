#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""sdk/wasmio.mk builds the same bytes as the CMake helper; prints TAP.

usage: makefile.py ROOT GUIDE_CONTAINER

The Makefile is the one in the guide, in a folder elsewhere.
"""
import pathlib
import subprocess
import sys
import tempfile


def block(root, language):
    guide = root / "docs/guide/write-a-driver.md"
    return subprocess.run(
        [sys.executable, root / "tests/drivers/guide.py", guide, language],
        check=True, capture_output=True, text=True).stdout


def main():
    root = pathlib.Path(sys.argv[1]).resolve()
    expected = pathlib.Path(sys.argv[2]).read_bytes()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "overheat.c").write_text(block(root, "c"))
        (folder / "overheat.dts").write_text(block(root, "dts"))
        (folder / "Makefile").write_text(
            block(root, "make").replace("../wasm-io", str(root)))
        done = subprocess.run(["make", "-s"], cwd=folder, text=True,
                              capture_output=True)
        built = folder / "overheat.wasm"
        same = built.exists() and built.read_bytes() == expected
    print("1..1")
    if same:
        print("ok 1 - the guide's Makefile builds the bytes that CMake builds")
        return 0
    print("not ok 1 - the guide's Makefile builds the bytes that CMake builds")
    for line in (done.stdout + done.stderr).splitlines():
        print("#", line)
    return 1


sys.exit(main())
