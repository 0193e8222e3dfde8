#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What of the compiler's cache is used, and what is not; prints TAP.

usage: test_cache.py WASMIO CONTAINER OTHER-CONTAINER

Native code is in the .wio as it is in the cache: what comes out shows which
entry was used.
"""
import hashlib
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", ".."))
from tap import Tap  # noqa: E402

DIGEST_BYTES = 64


def flip(data, at):
    """The same with one bit of one byte changed."""
    at %= len(data)
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]


def sealed(entry, content):
    """@content as the entry of that name."""
    digest = hashlib.sha256(entry.name.encode() + b"\0" + content)
    return content + digest.hexdigest().encode()


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory() as name:
        scratch = pathlib.Path(name)
        folder = scratch / "wasmio"

        def make(container=sys.argv[2]):
            out = scratch / "out.wio"
            subprocess.run([sys.argv[1], "compile", container, "--target",
                            "sim", "-o", out], check=True,
                           env={**os.environ, "XDG_CACHE_HOME": name})
            return out.read_bytes()

        make(sys.argv[3])
        other = next(folder.iterdir())
        good = make()
        entry = next(path for path in folder.iterdir() if path != other)
        whole = entry.read_bytes()
        content = whole[:-DIGEST_BYTES]

        bad = {
            "is empty": b"",
            "is cut off in the middle": whole[:len(whole) // 2],
            "lacks its last byte": whole[:-1],
            "lacks its digest": content,
            "is shorter than a digest": whole[-DIGEST_BYTES + 1:],
            "is a digest": whole[-DIGEST_BYTES:],
            "has another first byte": flip(whole, 0),
            "has another byte in the middle": flip(whole, len(content) // 2),
            "has another last byte": flip(whole, len(content) - 1),
            "has another digest": flip(whole, -1),
            "has a byte more": content + b"\0" + whole[-DIGEST_BYTES:],
            "is that of another module": other.read_bytes(),
        }
        for what, data in bad.items():
            entry.write_bytes(data)
            tap.check(make() == good and entry.read_bytes() == whole,
                      f"an entry that {what} is made again")

        # What was kept is what is used, or nothing above says anything.
        poison = sealed(entry, content + b"poison")
        entry.write_bytes(poison)
        tap.check(make() != good and entry.read_bytes() == poison,
                  "an entry that is whole is used")
        folder.chmod(0o777)
        tap.check(make() == good,
                  "a folder that all may write to is not used")
    return tap.end()


sys.exit(main())
