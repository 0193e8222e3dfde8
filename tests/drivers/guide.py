#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Takes the files out of a guide: guide.py GUIDE LANGUAGE > FILE

The first fenced block of that language is the file.
"""
import re
import sys


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: guide.py GUIDE LANGUAGE")
    with open(sys.argv[1], encoding="utf-8") as guide:
        text = guide.read()
    block = re.search(rf"^```{sys.argv[2]}\n(.*?)^```$", text,
                      re.MULTILINE | re.DOTALL)
    if block is None:
        sys.exit(f"guide.py: {sys.argv[1]} has no block of {sys.argv[2]}")
    sys.stdout.write(block.group(1))


main()
