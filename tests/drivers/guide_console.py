#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a guide shows of a terminal is what is printed; prints TAP.

usage: guide_console.py ROOT GUIDE WASMIO NAME

The guide's first blocks of dts, c and make become NAME.dts, NAME.c and
Makefile. Then every line of its console blocks that begins with `$ ` is run in
that folder, and the lines behind it must be its output.
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from tap import Tap  # noqa: E402


def blocks(text, language):
    return re.findall(rf"^```{language}\n(.*?)^```$", text,
                      re.MULTILINE | re.DOTALL)


def commands(block):
    """Pairs of a command and what must follow it."""
    for part in block.split("$ ")[1:]:
        command, _, output = part.partition("\n")
        yield command, output


def main():
    root = pathlib.Path(sys.argv[1]).resolve()
    text = pathlib.Path(sys.argv[2]).read_text(encoding="utf-8")
    wasmio = pathlib.Path(sys.argv[3]).resolve()
    name = sys.argv[4]
    environment = dict(os.environ,
                       PATH=f"{wasmio.parent}:{os.environ['PATH']}")
    tap = Tap()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for language, file in (("dts", f"{name}.dts"), ("c", f"{name}.c"),
                               ("make", "Makefile")):
            (folder / file).write_text(blocks(text, language)[0].replace(
                "../wasm-io", str(root)))
        for block in blocks(text, "console"):
            for command, expected in commands(block):
                done = subprocess.run(["bash", "-c", command], cwd=folder,
                                      env=environment, text=True,
                                      stdout=subprocess.PIPE,
                                      stderr=subprocess.STDOUT)
                tap.check(done.stdout == expected, command, done.stdout)
    return tap.end()


sys.exit(main())
