#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The C compiler is given a limited time and memory; prints TAP.

    limits.py WASMIO

In front of the compiler is a script of its name that looks at what it may take,
tries to take more, or has the compiler itself run out of it sooner.
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", ".."))
from tap import Tap  # noqa: E402

# Takes gcc 10 s and 450 MiB; no load can be left out.
N_OPERATIONS = 20000
TOO_MUCH = 3 << 30
LITTLE_KIB = 150000              # gcc begins and reads, and cannot go on


def leb(n):
    out = b""
    while n >= 0x80:
        out += bytes([n & 0x7f | 0x80])
        n >>= 7
    return out + bytes([n])


def section(number, payload):
    return bytes([number]) + leb(len(payload)) + payload


def module(n_operations):
    """An export "m", from i32 to i32: loads, one from where the other says."""
    body = b"\0\x20\0"
    for i in range(n_operations // 2):
        body += b"\x28\2" + leb(4 * (i % 1000)) + b"\x41\7\x6a"
    body += b"\x0b"
    return (b"\0asm\1\0\0\0" + section(1, b"\1\x60\1\x7f\1\x7f")
            + section(3, b"\1\0") + section(5, b"\1\0\1")
            + section(7, b"\1\1m\0\0")
            + section(10, b"\1" + leb(len(body)) + body))


class Compiler:
    """Compiles and loads a module, with a script for the compiler."""

    def __init__(self, wasmio, work):
        self.wasmio = wasmio
        self.work = work
        self.own = work / "own"          # a set's name
        self.own.mkdir()
        self.n = 0
        (self.own / "limits.json").write_text(json.dumps(
            {"source_filename": "limits", "commands": [
                {"type": "module", "line": 1, "filename": "limits.0.wasm"}]}))

    def run(self, n_operations, script):
        """(was it compiled, what was said)"""
        self.n += 1
        bin_folder = self.work / f"bin{self.n}"
        bin_folder.mkdir()
        path = os.environ["PATH"]
        if script is None:
            path = ""
        else:
            (bin_folder / "gcc").write_text(
                f"#!/bin/sh\n{script}\nexec {shutil.which('gcc')} \"$@\"\n")
            (bin_folder / "gcc").chmod(0o755)
        (self.own / "limits.0.wasm").write_bytes(module(n_operations))
        done = subprocess.run(
            [self.wasmio, "spectest", "--engine", "aot", self.own],
            capture_output=True, text=True, check=False,
            env={**os.environ, "PATH": f"{bin_folder}:{path}",
                 "XDG_CACHE_HOME": str(bin_folder)})
        return "1 passed, 0 failed" in done.stdout, done.stderr


def refused_with(result, sentence):
    compiled, said = result
    return (not compiled and len(said.splitlines()) == 1
            and re.search(sentence, said))


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory() as name:
        work = pathlib.Path(name)
        compiler = Compiler(pathlib.Path(sys.argv[1]).resolve(), work)

        done = compiler.run(
            20, f"echo $(ulimit -t) $(ulimit -v) > {work}/limits")
        tap.check(done[0], "what is small is compiled", done)
        seconds, kib = (work / "limits").read_text().split()

        done = compiler.run(
            N_OPERATIONS, f"{sys.executable} -c 'bytearray({TOO_MUCH})' 2> /dev/null "
            f"|| ulimit -v {LITTLE_KIB}")
        tap.check(not done[0], "there is a limit to its memory", done)

        done = compiler.run(N_OPERATIONS, f"ulimit -v {LITTLE_KIB}")
        memory = refused_with(done, r"gcc ran out of memory over the "
                              r"module's functions; it may take (\d+) MiB "
                              r"and (\d+) seconds: make")
        tap.check(memory, "one sentence says that memory ran out", done)
        tap.check(memory and [str(int(memory[1]) << 10), memory[2]]
                  == [kib, seconds], "what it may take is what is said",
                  (seconds, kib, done))

        done = compiler.run(N_OPERATIONS, "ulimit -S -t 1")
        tap.check(refused_with(done, "gcc ran out of time over"),
                  "one sentence says that time ran out", done)

        done = compiler.run(20, None)
        tap.check(refused_with(done, "gcc cannot be started: No such file or "
                               "directory; install it"),
                  "one sentence says that there is no compiler", done)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
