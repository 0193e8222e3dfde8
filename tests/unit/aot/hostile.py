#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""No byte of a module's names reaches the C text or a command; prints TAP.

    hostile.py WASMIO

Names end comments and strings, begin lines, are trigraphs, format and shell
commands. Modules that have them as names of imports, exports, custom sections
and functions, and in their data, are compiled; the C text must be the same as
with harmless names of other lengths. The result is run.
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", ".."))
from tap import Tap  # noqa: E402

NAMES = [
    "*/ int evil; /*", "a\nint evil;\n", "a\r#include \"/etc/passwd\"\r",
    "\"; int evil; \"", "'", "$(touch evil)", "`touch evil`", "; touch evil;",
    "%s%n%n%d", "??/\nint evil;", "??=define x", "\\", "a\\\nint evil;",
    "//\n", "#define main", "_Pragma(\"once\")", "__asm__(\"int3\")",
    "f0", "wio_image", "\u202eevil", "x" * 3000,
]


def leb(n):
    out = b""
    while n >= 0x80:
        out += bytes([n & 0x7f | 0x80])
        n >>= 7
    return out + bytes([n])


def text(name):
    data = name.encode()
    return leb(len(data)) + data


def section(number, payload):
    return bytes([number]) + leb(len(payload)) + payload


def vector(items):
    return leb(len(items)) + b"".join(items)


def module(names, imports):
    """Each name is an export of a function that returns its number."""
    i32 = b"\x7f"
    types = vector([b"\x60\x00\x01" + i32, b"\x60\x01" + i32 + b"\x00"])
    first = len(names) if imports else 0
    out = b"\0asm\1\0\0\0" + section(0, text(names[0]) + names[1].encode())
    out += section(1, types)
    if imports:
        out += section(2, vector([text(n) + text(n) + b"\0\1" for n in names]))
    out += section(3, vector([b"\0"] * len(names)))
    out += section(5, b"\1\0\1")
    out += section(7, vector([text(n) + b"\0" + leb(first + i)
                              for i, n in enumerate(names)]))
    bodies = [b"\0\x41" + leb(i) + b"\x0b" for i in range(len(names))]
    out += section(10, vector([leb(len(b)) + b for b in bodies]))
    data = names[2].encode()[:100]
    out += section(11, b"\1\0\x41\0\x0b" + leb(len(data)) + data)
    functions = vector([leb(first + i) + text(n)
                        for i, n in enumerate(names)])
    name = b"\0" + leb(len(text(names[3]))) + text(names[3])
    name += b"\1" + leb(len(functions)) + functions
    out += section(0, text("name") + name)
    for n in names:
        out += section(0, text(n) + n.encode())
    return out


def c_text(wasmio, folder, wasm, name="module.wasm"):
    path = folder / name
    path.write_bytes(wasm)
    done = subprocess.run([wasmio, "compile", path, "--target", "sim",
                           "--emit-c", "-o", folder / "module.c"],
                          capture_output=True, text=True)
    if done.returncode:
        return None, done.stderr
    return (folder / "module.c").read_text("latin-1"), ""


def same_but_for_checksums(a, b):
    crc = re.compile(r"_crc = 0x[0-9a-f]{8}u")
    return crc.sub("", a) == crc.sub("", b)


def main():
    wasmio = pathlib.Path(sys.argv[1]).resolve()
    harmless = [f"n{i}" for i in range(len(NAMES))]
    tap = Tap()
    with tempfile.TemporaryDirectory() as work:
        folder = pathlib.Path(work) / "own"
        folder.mkdir()
        os.chdir(folder)
        for imports in (False, True):
            said, why = c_text(wasmio, folder, module(NAMES, imports))
            plain, _ = c_text(wasmio, folder, module(harmless, imports))
            what = "with imports" if imports else "without imports"
            tap.check(said is not None, f"it is compiled, {what}", why)
            tap.check(said and plain and same_but_for_checksums(said, plain),
                      f"the C text is that of harmless names, {what}")
            tap.check(said and all(32 <= ord(c) < 127 or c == "\n"
                                   for c in said) and "evil" not in said,
                      f"the C text is printable and has none of it, {what}")
        name = "$(touch evil);`touch evil` '*.wasm"
        said, why = c_text(wasmio, folder, module(harmless, False), name)
        tap.check(said is not None, "so does a file with such a name", why)

        wasm = "hostile.0.wasm"
        (folder / wasm).write_bytes(module(NAMES, False))
        commands = [{"type": "module", "line": 1, "filename": wasm}]
        for i, n in enumerate(NAMES):
            commands.append({
                "type": "assert_return", "line": i + 2,
                "action": {"type": "invoke", "field": n, "args": []},
                "expected": [{"type": "i32", "value": str(i)}]})
        (folder / "hostile.json").write_text(json.dumps(
            {"source_filename": "hostile", "commands": commands}))
        done = subprocess.run([wasmio, "spectest", "--engine", "aot", folder],
                              capture_output=True, text=True)
        tap.check(done.returncode == 0
                  and f"{len(NAMES) + 1} passed, 0 failed" in done.stdout,
                  "every function is found by its name and runs",
                  done.stdout + done.stderr)
        tap.check(not list(folder.rglob("evil")), "no command was run")
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
