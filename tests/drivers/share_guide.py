#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The code of docs/guide/share-with-a-handler.md: is it as the guide says?

    share_guide.py ROOT

Compiles each block as the SDK does, with and without ATOMICS, and looks at the
instructions: what is called wrong must be wrong. Prints TAP.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from tap import Tap  # noqa: E402

# As sdk/cmake/wasmio-driver.cmake has them; -O2 as well, which many use.
CFLAGS = ("--target=wasm32", "-mcpu=mvp", "-std=c11", "-ffreestanding",
          "-fvisibility=hidden", "-Xclang", "-disable-red-zone", "-Wall",
          "-Wextra", "-Werror", "-mmutable-globals")
ACCESS = re.compile(r"\| +((?:\w+\.)?[a-z][\w.]*)")
SYMBOL = re.compile(r"R_WASM_MEMORY_ADDR_\w+ \d+( \+ \d+)? <([\w.]+)>")


class Guide:
    def __init__(self, root, folder):
        text = (root / "docs/guide/share-with-a-handler.md").read_text()
        self.root = root
        self.folder = folder
        self.blocks = dict(re.findall(
            r"^<!-- block: ([\w-]+) -->\n```c\n(.*?)^```$", text,
            re.MULTILINE | re.DOTALL))
        self.n_c_blocks = len(re.findall(r"^```c$", text, re.MULTILINE))

    def compile(self, name, *options):
        """The object's path, or None."""
        source = self.folder / f"{name}.c"
        made = self.folder / f"{name}.o"
        source.write_text(self.blocks[name])
        done = subprocess.run(
            ["clang-22", *CFLAGS, *options, f"-I{self.root}/sdk/include",
             f"-I{self.root}/include", "-c", source, "-o", made],
            capture_output=True, text=True, check=False)
        return made if done.returncode == 0 else None

    def code(self, name, function, *options):
        """[(instruction, variable it is about or None)] of one function."""
        made = self.compile(name, *options)
        if made is None:
            return []
        text = subprocess.run(["wasm-objdump", "-dr", made],
                              capture_output=True, text=True,
                              check=True).stdout
        body = text.split(f"<{function}>:\n", 1)[1].split("func[", 1)[0]
        code = []
        for line in body.splitlines():
            found = ACCESS.search(line)
            symbol = SYMBOL.search(line)
            if found:
                code.append([found.group(1), None])
            elif symbol and code:
                code[-1][1] = symbol.group(2) + (symbol.group(1) or "")
        return [tuple(c) for c in code]


def names(code):
    return [op for op, _ in code]


def stores(code):
    return [variable for op, variable in code if "store" in op]


def check_wrong(tap, guide, level):
    for atomics in ((), ("-matomics",)):
        code = guide.code("poll-plain", "poll", level, *atomics)
        tap.check(names(code)[:1] == ["unreachable"],
                  f"{level} {' '.join(atomics)}: the plain poll is deleted",
                  code)
    for function in ("put", "put_fence"):
        code = guide.code("order-c", function, level)
        tap.check(stores(code) == ["published", "slots"],
                  f"{level}: {function} publishes first", code)
        code = guide.code("order-c", function, level, "-matomics")
        tap.check(stores(code) == ["slots", "published"],
                  f"{level} -matomics: {function} publishes last", code)
    code = names(guide.code("order-c", "add", level))
    tap.check("i32.load" in code and "i32.store" in code and
              not any("atomic" in op for op in code),
              f"{level}: an atomic add is three instructions", code)
    code = names(guide.code("order-c", "add", level, "-matomics"))
    tap.check("i32.atomic.rmw.add" in code and "i32.store" not in code,
              f"{level} -matomics: it is one", code)
    for atomics in ((), ("-matomics",)):
        code = names(guide.code("count-volatile", "count", level, *atomics))
        tap.check("i32.load" in code and "i32.store" in code,
                  f"{level} {' '.join(atomics)}: volatile n++ is three", code)


def in_order(code):
    """The ring's byte, and only then its `in`, the third member, whether or
    not the compiler has taken the ring apart."""
    stored = [c for c in code if "store" in c[0]]
    bytes_at = [i for i, (op, _) in enumerate(stored) if op == "i32.store8"]
    in_at = [i for i, (_, what) in enumerate(stored)
             if what in ("ring + 8", "ring.2")]
    return len(bytes_at) == len(in_at) == 1 and bytes_at < in_at


def check_right(tap, guide, level):
    for atomics in ((), ("-matomics",)):
        mode = f"{level} {' '.join(atomics)}"
        code = guide.code("right", "on_edge", level, *atomics)
        tap.check(in_order(code), f"{mode}: the ring's byte before its index",
                  code)
        code = names(guide.code("right", "poll", level, *atomics))
        tap.check("loop" in code and
                  any(op.endswith("load") for op in code[code.index("loop"):]),
                  f"{mode}: main reads the index again each time", code)
    tap.check(guide.compile("both-sides", level) is None,
              f"{level}: wasmio_add does not compile without ATOMICS")
    code = names(guide.code("both-sides", "count", level, "-matomics"))
    tap.check("i32.atomic.rmw.add" in code and "i32.store" not in code,
              f"{level} -matomics: wasmio_add is one instruction", code)


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory() as folder:
        guide = Guide(pathlib.Path(sys.argv[1]), pathlib.Path(folder))
        tap.check(len(guide.blocks) == guide.n_c_blocks == 5,
                  "every block of the guide is looked at", guide.blocks)
        for level in ("-Oz", "-O2"):
            check_wrong(tap, guide, level)
            check_right(tap, guide, level)
    return tap.end()


sys.exit(main())
