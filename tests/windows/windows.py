#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Assembles a module whose windows are counted in bytes.

    windows.py IN.wat OUT.wasm

The memories that it imports from wasmio:mmio@0.1 get page size 1, which
wat2wasm of the Debian package does not know: flag 8 of the limits and the
log2 of the page size behind them (proposal custom-page-sizes).
"""
import subprocess
import sys

IMPORTS = 2


def leb(value):
    out = bytearray()
    while True:
        out.append(value & 0x7f | (0x80 if value > 0x7f else 0))
        value >>= 7
        if not value:
            return bytes(out)


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def byte(self):
        self.at += 1
        return self.data[self.at - 1]

    def leb(self):
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7f) << shift
            shift += 7
            if byte < 0x80:
                return value

    def bytes(self, n):
        self.at += n
        return self.data[self.at - n:self.at]

    def limits(self):
        flags, values = self.byte(), [self.leb()]
        if flags & 1:
            values.append(self.leb())
        return flags, values


def imports(payload):
    r, out = Reader(payload), bytearray()
    n = r.leb()
    out += leb(n)
    for _ in range(n):
        start = r.at
        module = r.bytes(r.leb())
        r.bytes(r.leb())
        kind = r.byte()
        if kind == 2:
            out += payload[start:r.at]
            flags, values = r.limits()
            window = module == b"wasmio:mmio@0.1"
            out.append(flags | (8 if window else 0))
            out += b"".join(leb(v) for v in values)
            out += b"\0" if window else b""
            continue
        if kind == 0:
            r.leb()
        elif kind == 1:
            r.byte()
            r.limits()
        else:
            r.bytes(2)
        out += payload[start:r.at]
    return bytes(out)


def windows(module):
    r, out = Reader(module), bytearray(module[:8])
    r.bytes(8)
    while r.at < len(module):
        section = r.byte()
        payload = r.bytes(r.leb())
        if section == IMPORTS:
            payload = imports(payload)
        out += bytes([section]) + leb(len(payload)) + payload
    return bytes(out)


def assemble(source, target):
    subprocess.run(["wat2wasm", "--enable-multi-memory", "--enable-threads",
                    "--debug-names", source, "-o", target], check=True)
    with open(target, "rb") as file:
        module = file.read()
    with open(target, "wb") as file:
        file.write(windows(module))


def main():
    assemble(*sys.argv[1:])


if __name__ == "__main__":
    main()
