#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`wasmio link`: what it refuses and says, and what it leaves as it was.

    link.py WASMIO CONFIG.dtb MARKERS.wasm FOLDER

MARKERS.wasm is tests/windows/markers.wat, packed. Prints TAP.
"""
import os
import random
import resource
import signal
import subprocess
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..")]
import windows  # noqa: E402
from tap import Tap  # noqa: E402

READ = ('(import "wasmio:mmio@0.1" "regs.read32" (func $r (param i32)'
        ' (result i32)))')

# What is wrong, the module's fields, a part of the sentence.
REFUSED = [
    ("a marker that is exported", READ + '(export "x" (func $r))',
     "it can only be called"),
    ("a marker in a table", READ + "(table funcref (elem $r))",
     "it can only be called"),
    ("a marker in a passive segment",
     READ + "(elem funcref (ref.func $r))", "it can only be called"),
    ("a marker by its address",
     READ + "(elem declare func $r) (func (drop (ref.func $r)))",
     "it can only be called"),
    ("a marker in a global", READ + "(global funcref (ref.func $r))",
     "it can only be called"),
    ("a marker of another type",
     '(import "wasmio:mmio@0.1" "regs.read32" (func (param i32)))',
     "its type is not i:i"),
    ("a marker without its need",
     '(import "wasmio:mmio@0.1" "none.read32" (func (param i32) (result'
     ' i32)))', "no need none of class mmio"),
    ("a width that there is not",
     '(import "wasmio:mmio@0.1" "regs.read64" (func (param i32) (result'
     ' i64)))', "no such function"),
]


class Tests(Tap):
    def __init__(self, tool, config, folder):
        super().__init__()
        self.tool, self.config, self.folder = tool, config, folder

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, data):
        with open(self.path(name), "wb") as file:
            file.write(data)
        return self.path(name)

    def link(self, path, to="out.wasm"):
        out = self.path(to)
        if os.path.exists(out):
            os.remove(out)
        done = subprocess.run([self.tool, "link", path, "-o", out],
                              capture_output=True, text=True)
        return done.returncode, done.stderr, os.path.exists(out)

    def refuse(self, what, path, part):
        code, text, wrote = self.link(path)
        self.check(code == 1 and part in text and text.count("\n") == 1
                   and not wrote, f"refused: {what}", (code, text, wrote))

    def module(self, fields):
        with open(self.path("t.wat"), "w", encoding="ascii") as file:
            file.write(f"(module {fields})")
        windows.assemble(self.path("t.wat"), self.path("bare.wasm"))
        subprocess.run([self.tool, "pack", self.path("bare.wasm"), "--config",
                        self.config, "-o", self.path("t.wasm")], check=True)
        return self.path("t.wasm")


def on_a_full_disk():
    """In the child: no file may have more than 600 bytes."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (600, 600))


def read(path):
    with open(path, "rb") as file:
        return file.read()


def custom(name, payload=b""):
    content = windows.leb(len(name)) + name + payload
    return b"\0" + windows.leb(len(content)) + content


def names(module):
    """Subsection of section `name` -> its map of number to name."""
    r = windows.Reader(module)
    r.bytes(8)
    found = {}
    while r.at < len(module):
        section = r.byte()
        inside = windows.Reader(r.bytes(r.leb()))
        if section != 0 or inside.bytes(inside.leb()) != b"name":
            continue
        while inside.at < len(inside.data):
            kind = inside.byte()
            sub = windows.Reader(inside.bytes(inside.leb()))
            if kind in (1, 6):
                found[kind] = {sub.leb(): sub.bytes(sub.leb()).decode()
                               for _ in range(sub.leb())}
    return found


def main():
    tool, config, markers, folder = sys.argv[1:]
    os.makedirs(folder, exist_ok=True)
    t = Tests(tool, config, folder)
    good = read(markers)

    for what, fields, part in REFUSED:
        t.refuse(what, t.module(fields), part)
    t.module(READ)
    t.refuse("no configuration", t.path("bare.wasm"), "wasmio.config")
    t.refuse("an object file", t.write("o.wasm", good + custom(
        b"linking", b"\2")), "link it with wasm-ld first")
    t.refuse("relocations", t.write("o.wasm", good + custom(
        b"reloc.CODE", b"\0")), "link it with wasm-ld first")
    subprocess.run([tool, "compile", markers, "--target", "linux", "-o",
                    t.path("o.wio")], check=True)
    t.refuse("a compiled container", t.path("o.wio"), "compiled already")
    t.refuse("no module", t.write("o.wasm", b"wasm"), "magic")

    done = subprocess.run([tool, "link", markers, "-o", t.path("half.wasm")],
                          capture_output=True, text=True,
                          preexec_fn=on_a_full_disk, restore_signals=False)
    t.check(done.returncode == 2 and "cannot write" in done.stderr
            and not os.path.exists(t.path("half.wasm")),
            "on a full disk no half of a module is left", done.stderr)

    # Cut at every byte, and bytes changed: an answer, never a crash.
    rng = random.Random(5)
    codes = set()
    for i in range(300):
        data = bytearray(good)
        if i % 2:
            del data[rng.randrange(len(data)):]
        else:
            for _ in range(rng.randrange(1, 4)):
                data[rng.randrange(len(data))] = rng.randrange(256)
        code, text, _ = t.link(t.write("bad.wasm", data))
        codes.add(code)
        if code not in (0, 1) or "fault of this program" in text:
            t.check(False, f"broken module {i}", (code, text))
    t.check(codes == {0, 1}, "300 broken modules are linked or refused", codes)

    code, text, _ = t.link(markers, "once.wasm")
    once = read(t.path("once.wasm"))
    t.link(t.path("once.wasm"), "twice.wasm")
    t.check(code == 0 and once == read(t.path("twice.wasm")),
            "what is linked is not changed by linking it again", (code, text))
    before, after = names(good), names(once)
    gone = [i for i, name in before[1].items() if "read" in name
            or "write" in name]
    t.check(after[1] == {i - sum(g < i for g in gone): name
                         for i, name in before[1].items() if i not in gone},
            "functions keep their names", after[1])
    t.check(after[6] == {0: "regs", 1: "other", 2: "absent", 3: "own"},
            "windows are called as their needs", after[6])
    t.check(custom(b"x", b"y") in read(t.path("once.wasm")) or
            t.link(t.write("c.wasm", good + custom(b"x", b"y")))[0] == 0
            and custom(b"x", b"y") in read(t.path("out.wasm")),
            "other custom sections stay")
    t.link(t.write("c.wasm", good + custom(b".debug_line", b"y")))
    t.check(b".debug_line" not in read(t.path("out.wasm")),
            "positions in the code are left out")
    return t.end()


if __name__ == "__main__":
    sys.exit(main())
