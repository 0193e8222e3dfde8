#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Vectors about the atomic instructions, every one on two memories.

The threads proposal's own vectors are not packaged, and Debian's wabt cannot
say which memory an atomic access is about; so the bytes are made here, and
what must come out is computed here from the proposal's tables, on Python's
integers. Usage: atomics.py FOLDER writes atomics-all.json and its module.
"""
import json
import os
import sys

WIDTHS = ((4, "i32"), (8, "i64"), (1, "i32"), (2, "i32"), (1, "i64"),
          (2, "i64"), (4, "i64"))
GROUPS = ("load", "store", "add", "sub", "and", "or", "xor", "xchg",
          "cmpxchg")
TYPE = {"i32": 0x7F, "i64": 0x7E}
OFFSET = 24
OLD = 0x9988776655443382
VALUES = (0, 1, 0x8000000000000001, 0xFEDCBA9876543210)


def leb(n):
    out = b""
    while n > 127:
        out += bytes([n & 127 | 128])
        n >>= 7
    return out + bytes([n])


def section(number, items):
    body = leb(len(items)) + b"".join(items)
    return bytes([number]) + leb(len(body)) + body


class Operator:
    def __init__(self, group, width, memory):
        self.group = GROUPS[group]
        self.n, self.kind = WIDTHS[width]
        self.code = 0x10 + 7 * group + width
        self.name = f"{self.kind}.{self.group}{8 * self.n}@{memory}"
        self.n_values = {"load": 0, "cmpxchg": 2}.get(self.group, 1)
        self.memory = memory

    def type(self):
        kind = bytes([TYPE[self.kind]])
        results = b"\0" if self.group == "store" else b"\1" + kind
        return (b"\x60" + bytes([1 + self.n_values]) + b"\x7f" +
                kind * self.n_values + results)

    def body(self):
        code = b"\0" + b"".join(bytes([0x20, i])
                                for i in range(1 + self.n_values))
        align = self.n.bit_length() - 1
        if self.memory:
            code += bytes([0xFE, self.code, align | 0x40, self.memory, OFFSET])
        else:
            code += bytes([0xFE, self.code, align, OFFSET])
        return leb(len(code) + 1) + code + b"\x0b"

    def answer(self, values):
        """(result, what the n bytes are afterwards), by the proposal."""
        mask = (1 << 8 * self.n) - 1
        old = OLD & mask
        a = values[0] & mask if values else 0
        new = {"load": old, "store": a, "add": old + a, "sub": old - a,
               "and": old & a, "or": old | a, "xor": old ^ a, "xchg": a,
               "cmpxchg": 0}[self.group] & mask
        if self.group == "cmpxchg":
            new = values[1] & mask if a == old else old
        return old, OLD & ~mask | new


class Script:
    def __init__(self):
        self.commands = []

    def call(self, name, args, kind, **rest):
        self.commands.append({
            "type": kind, "line": len(self.commands) + 1,
            "action": {"type": "invoke", "field": name, "args": [
                {"type": t, "value": str(v % (1 << int(t[1:])))}
                for t, v in args]}, **rest})

    def returns(self, name, args, *results):
        self.call(name, args, "assert_return", expected=[
            {"type": t, "value": str(v % (1 << int(t[1:])))}
            for t, v in results])

    def traps(self, name, args, text):
        self.call(name, args, "assert_trap", text=text)


def check(s, op):
    """All of one operator."""
    cases = [[v] * op.n_values for v in VALUES[:1 if not op.n_values else 4]]
    if op.group == "cmpxchg":
        # Equal in all bits, equal in those that count, not equal.
        cases = [[OLD, v] for v in VALUES]
        cases += [[OLD ^ 1 << 8 * op.n - 1, 5]]
        if op.n < int(op.kind[1:]) // 8:
            cases += [[OLD ^ 1 << 8 * op.n, 7]]
    for values in cases:
        result, after = op.answer(values)
        args = [("i32", 8)] + [(op.kind, v) for v in values]
        s.returns(f"set@{op.memory}", [("i64", OLD)])
        s.returns(op.name, args, *(
            [] if op.group == "store" else [(op.kind, result)]))
        s.returns(f"get@{op.memory}", [], ("i64", after))
    rest = [(op.kind, 1)] * op.n_values
    for at in range(1, op.n):
        s.traps(op.name, [("i32", 8 + at)] + rest, "unaligned atomic")
    # The last that fits, the first that does not, the sum above 32 bits.
    last = 65536 - OFFSET - op.n
    s.call(op.name, [("i32", last)] + rest, "action", expected=[])
    for at in (last + op.n, -op.n, -8):
        s.traps(op.name, [("i32", at)] + rest, "out of bounds memory access")


def main():
    folder = sys.argv[1]
    ops = [Operator(g, w, m) for m in range(2) for g in range(len(GROUPS))
           for w in range(len(WIDTHS))]
    n = len(ops)
    types = [op.type() for op in ops] + [b"\x60\1\x7e\0", b"\x60\0\1\x7e"]
    names = [op.name for op in ops]
    bodies = [op.body() for op in ops]
    indices = list(range(n))
    for m in range(2):
        names += [f"set@{m}", f"get@{m}"]
        indices += [n, n + 1]
        for code in (b"\0\x41\x20\x20\0\x37\x40" + bytes([m]) + b"\0\x0b",
                     b"\0\x41\x20\x29\x40" + bytes([m]) + b"\0\x0b"):
            bodies.append(leb(len(code)) + code)
    module = b"\0asm\1\0\0\0" + section(1, types)
    module += section(3, [leb(i) for i in indices])
    module += section(5, [b"\0\1", b"\1\1\1"])
    module += section(7, [leb(len(name)) + name.encode() + b"\0" + leb(i)
                          for i, name in enumerate(names)])
    module += section(10, bodies)
    with open(os.path.join(folder, "atomics-all.wasm"), "wb") as file:
        file.write(module)
    s = Script()
    s.commands.append({"type": "module", "line": 0,
                       "filename": "atomics-all.wasm"})
    for op in ops:
        check(s, op)
    with open(os.path.join(folder, "atomics-all.json"), "w") as file:
        json.dump({"source_filename": "atomics.py", "commands": s.commands},
                  file, indent=1)


main()
