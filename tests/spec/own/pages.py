#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Vectors about memories with pages of one byte, by hand.

Debian's wabt (1.0.32) cannot read the custom-page-sizes proposal, so these do
not come from text. Usage: pages.py FOLDER writes pages.json and its modules.
"""
import json
import os
import sys

HEADER = b"\0asm\1\0\0\0"


def section(number, *items):
    """A vector section: its size, the count, the items. All below 128."""
    body = bytes([len(items)]) + b"".join(items)
    return bytes([number, len(body)]) + body


def export(name, kind, index):
    return bytes([len(name)]) + name.encode() + bytes([kind, index])


def code(*body):
    """A function body without locals; `end` is added."""
    return bytes([len(body) + 2, 0, *body, 0x0B])


def with_memory(limits):
    """load, store (a byte), size and grow on a memory of @limits."""
    return HEADER + b"".join((
        section(1, b"\x60\1\x7f\1\x7f", b"\x60\2\x7f\x7f\0", b"\x60\0\1\x7f"),
        section(3, b"\0", b"\1", b"\2", b"\0"),
        section(5, limits),
        section(7, export("load", 0, 0), export("store", 0, 1),
                export("size", 0, 2), export("grow", 0, 3),
                export("memory", 2, 0)),
        section(10, code(0x20, 0, 0x2D, 0, 0),
                code(0x20, 0, 0x20, 1, 0x3A, 0, 0),
                code(0x3F, 0), code(0x20, 0, 0x40, 0)),
    ))


def importing(limits):
    return HEADER + section(2, b"\1m" + b"\6memory" + b"\2" + limits)


class Script:
    def __init__(self, folder):
        self.folder = folder
        self.commands = []

    def add(self, kind, **rest):
        self.commands.append(
            {"type": kind, "line": len(self.commands) + 1, **rest})

    def module(self, kind, bytes_, **rest):
        name = f"pages.{len(self.commands)}.wasm"
        with open(os.path.join(self.folder, name), "wb") as file:
            file.write(bytes_)
        if kind != "module":
            rest["module_type"] = "binary"
        self.add(kind, filename=name, **rest)

    def call(self, field, *args, result=None, trap=None):
        action = {"type": "invoke", "field": field,
                  "args": [self.i32(a) for a in args]}
        if trap:
            self.add("assert_trap", action=action, text=trap)
        else:
            self.add("assert_return", action=action,
                     expected=[] if result is None else [self.i32(result)])

    @staticmethod
    def i32(value):
        return {"type": "i32", "value": str(value & 0xFFFFFFFF)}


def main():
    s = Script(sys.argv[1])
    bounds = "out of bounds memory access"

    # 68 bytes, at most 70: sizes and growth count bytes, and the bound is
    # the byte.
    s.module("module", with_memory(b"\x09\x44\x46\0"), name="$m")
    s.call("size", result=68)
    s.call("load", 67, result=0)
    s.call("load", 68, trap=bounds)
    s.call("load", -1, trap=bounds)
    s.call("store", 67, 0xAB)
    s.call("store", 68, 0xAB, trap=bounds)
    s.call("grow", 2, result=68)
    s.call("load", 67, result=0xAB)
    s.call("load", 69, result=0)
    s.call("load", 70, trap=bounds)
    s.call("grow", 1, result=-1)
    s.call("grow", -1, result=-1)
    s.call("size", result=70)

    # An import must ask for the same page size.
    s.add("register", name="$m", **{"as": "m"})
    s.module("module", importing(b"\x09\x44\x46\0"))
    s.module("assert_unlinkable", importing(b"\x09\x47\x47\0"),
             text="incompatible import type")
    s.module("assert_unlinkable", importing(b"\x01\x00\x46"),
             text="incompatible import type")

    # No memory at all until it grows; 2^16 said outright is the usual page.
    s.module("module", with_memory(b"\x08\0\0"))
    s.call("load", 0, trap=bounds)
    s.call("grow", 1, result=0)
    s.call("load", 0, result=0)
    s.call("load", 1, trap=bounds)
    s.module("module", with_memory(b"\x08\1\x10"))
    s.call("size", result=1)
    s.call("load", 65535, result=0)
    s.call("load", 65536, trap=bounds)

    # Another size that can be read is invalid, one that cannot is malformed.
    s.module("assert_invalid", HEADER + section(5, b"\x08\1\1"),
             text="invalid custom page size")
    s.module("assert_invalid", HEADER + section(5, b"\x08\1\x3f"),
             text="invalid custom page size")
    s.module("assert_malformed", HEADER + section(5, b"\x08\1\x41"),
             text="invalid custom page size")
    s.module("assert_malformed", HEADER + section(5, b"\x08\1"),
             text="unexpected end")

    with open(os.path.join(s.folder, "pages.json"), "w") as file:
        json.dump({"source_filename": "pages.py", "commands": s.commands},
                  file, indent=1)


main()
