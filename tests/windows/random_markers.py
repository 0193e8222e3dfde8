#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Random modules that work registers, before and behind `wasmio link`.

    random_markers.py WASMIO CONFIG.dtb FOLDER COMPARE --seed N --count N

The modules are those of tests/spec/random_modules.py (any instruction that
fits, blocks, tables, two memories of their own) with calls of register
functions in them, in every shape of address: constant, constant with a value
computed above it, computed, refused. Each is linked, and COMPARE (test_relink)
runs the pairs on two simulated boards: nothing may differ.
"""
import argparse
import os
import random
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path[:0] = [HERE, os.path.join(HERE, os.pardir, "spec")]
import random_modules  # noqa: E402
import windows  # noqa: E402

# offset, width, bits to write; as board.dts has them.
READABLE = [(0x00, 32), (0x04, 32), (0x08, 32), (0x10, 16), (0x12, 8),
            (0x13, 8), (0x38, 32), (0x3c, 32)]
WRITABLE = [(0x00, 32, None), (0x04, 32, 0xf0), (0x0c, 32, 0xfff),
            (0x10, 16, None), (0x12, 8, None), (0x38, 32, None),
            (0x3c, 32, None)]

IMPORTS = "\n".join(
    ['  (import "wasmio:core@0.1" "close" (func (param i32) (result i32)))']
    + [f'  (import "wasmio:mmio@0.1" "regs.read{w}" (func $read{w} (param i32)'
       ' (result i32)))' for w in (32, 8, 16)]
    + ['  (import "wasmio:time@0.1" "now-ns" (func (result i64)))']
    + [f'  (import "wasmio:mmio@0.1" "regs.write{w}" (func $write{w} (param '
       'i32 i32)))' for w in (8, 32, 16)]
    + ['  (import "wasmio:mmio@0.1" "other.read32" (func $other32 (param i32)'
       ' (result i32)))'])


class Function(random_modules.Function):
    """Where the others have atomic accesses, these work registers."""

    def address_of(self, off):
        if self.rng.random() < 0.03:
            off = self.rng.randrange(-8, 0x48)
        if self.rng.random() < 0.7:
            self.emit(f"i32.const {off}")
            self.stack.append("i32")
            return
        self.want(("i32",))
        self.emit("i32.const 0")
        self.emit("i32.and")
        self.emit(f"i32.const {off}")
        self.emit("i32.or")

    def atomic(self):
        if self.rng.random() < 0.15:
            self.address_of(self.rng.choice((0, 4)))
            self.emit("call $other32")
        elif self.rng.random() < 0.5:
            off, width = self.rng.choice(READABLE)
            self.address_of(off)
            self.emit(f"call $read{width}")
        else:
            self.write()

    def write(self):
        off, width, mask = self.rng.choice(WRITABLE)
        self.address_of(off)
        self.value("i32")
        if mask is not None:
            self.emit(f"i32.const {mask}")
            self.emit("i32.and")
        elif self.rng.random() < 0.3:
            self.emit("i32.const 3")
            self.emit("i32.add")
        elif self.rng.random() < 0.2:
            self.emit(f"block (param i32) (result i32) br 0 end")
        self.emit(f"call $write{width}")
        self.pop(2)


def text(rng):
    """A module's text, its imports in front of everything else."""
    types, rest = random_modules.Module(rng).text().split("\n  (memory", 1)
    return f"{types}\n{IMPORTS}\n  (memory{rest}"


def make(rng, tool, config, path):
    with open(path + ".wat", "w", encoding="ascii") as file:
        file.write(text(rng))
    bare, packed, linked = (path + end for end in (
        "-bare.wasm", ".wasm", "-linked.wasm"))
    windows.assemble(path + ".wat", bare)
    subprocess.run([tool, "pack", bare, "--config", config, "-o", packed],
                   check=True)
    done = subprocess.run([tool, "link", packed, "-o", linked], check=True,
                          capture_output=True, text=True)
    return packed, [int(n) for n in re.findall(r": (\d+)", done.stdout)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("tool")
    parser.add_argument("config")
    parser.add_argument("folder")
    parser.add_argument("compare")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--count", type=int, required=True)
    args = parser.parse_args()

    random_modules.Function = Function
    random_modules.N_FILLER = 0
    rng = random.Random(args.seed)
    os.makedirs(args.folder, exist_ok=True)
    made, accesses, folded = [], 0, 0
    for i in range(args.count):
        path, counts = make(rng, args.tool, args.config,
                            os.path.join(args.folder, f"m{i}"))
        made.append(path)
        accesses += counts[1]
        folded += counts[2]
    done = subprocess.run([args.compare] + made, capture_output=True,
                          text=True)
    print("1..2")
    good = done.returncode == 0
    print(f"{'ok' if good else 'not ok'} 1 - {args.count} random modules do "
          "the same behind wasmio link")
    if not good:
        print("# " + (done.stdout + done.stderr).replace("\n", "\n# "))
    # A generator that made nothing to link would pass as well.
    enough = folded > args.count and accesses - folded > args.count
    print(f"{'ok' if enough else 'not ok'} 2 - {accesses} accesses were "
          f"linked, {folded} of them with their address")
    return 0 if good and enough else 1


if __name__ == "__main__":
    sys.exit(main())
