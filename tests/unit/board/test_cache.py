#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What of the compiler's cache is used, and what is not; prints TAP.

usage: test_cache.py WASMIO CONTAINER
"""
import os
import pathlib
import subprocess
import sys
import tempfile


def main():
    with tempfile.TemporaryDirectory() as name:
        scratch = pathlib.Path(name)
        folder = scratch / "wasmio"

        def make():
            out = scratch / "out.wio"
            subprocess.run([sys.argv[1], "compile", sys.argv[2], "--target",
                            "sim", "-o", out], check=True,
                           env={**os.environ, "XDG_CACHE_HOME": name})
            return out.read_bytes()

        good = make()
        entry = next(folder.iterdir())
        entry.write_bytes(b"")
        mended = make() == good
        entry.write_bytes(entry.read_bytes() + b"poison")
        folder.chmod(0o777)
        alone = make() == good
    print("1..2")
    print(f"{'' if mended else 'not '}ok 1 - an empty entry is made again")
    print(f"{'' if alone else 'not '}ok 2 - a folder that all may write to is "
          "not used")
    return not (mended and alone)


sys.exit(main())
