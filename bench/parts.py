# SPDX-License-Identifier: Apache-2.0
"""Text and RAM of an image by part, from the map file of GNU ld.

Only what the linker kept is counted; fill between sections goes to the part
before it. `text` is code, constants and the load image of .data: what stays in
flash. `ram` is .data and .bss.
"""
import re

# First match wins: (part, pattern of the object's path in the map file).
PARTS = (
    ("libgcc", r"libgcc"),
    ("libc", r"libc(_nano)?\.a|picolibc|libnosys|crt[0in]"),
    ("engine", r"libwio_engine\.a|core_engine_|src/engine/"),
    ("config", r"libwio_board\.a|core_board_|src/board/|fdt\.c"),
    ("binding", r"libwio_(bind|cap|runtime)\.a|core_(bind|cap|runtime)_"
                r"|src/(bind|cap|runtime)/"),
    ("base", r"libwio_base\.a|core_base_|src/base/"),
    ("port", r"ports/cortex-m|libwio_(port|cortex)"),
)
REST = "application"

INPUT = re.compile(r"^ (\.[\w.$*-]+)\s+0x([0-9a-f]+)\s+0x([0-9a-f]+) (\S.*)$")
FILL = re.compile(r"^ \*fill\*\s+0x([0-9a-f]+)\s+0x([0-9a-f]+)")


def part_of(path):
    for part, pattern in PARTS:
        if re.search(pattern, path):
            return part
    return REST


def kind_of(section):
    """'text', 'data', 'bss' or None for what is not in the image."""
    if re.match(r"\.(text|rodata|vec|isr|init|fini|ARM\.ex|glue|vfp|v4)",
                section):
        return "text"
    if section.startswith(".data"):
        return "data"
    if section.startswith((".bss", "COMMON", ".noinit")):
        return "bss"
    return None


def joined(lines):
    """The map's lines, long section names put before their numbers again."""
    held = ""
    for line in lines:
        line = line.rstrip("\n")
        if re.match(r"^ \.[\w.$*-]+$", line):
            held = line
            continue
        yield held + line
        held = ""


def read_map(path):
    """part -> {'text': bytes, 'ram': bytes} of the linked image."""
    parts = {}
    last = None
    with open(path, encoding="utf-8") as file:
        text = file.read()
    _, found, body = text.partition("Linker script and memory map")
    if not found:
        raise ValueError(f"{path} is no map file of GNU ld")
    for line in joined(body.splitlines()):
        line = re.sub(r"^ COMMON", " .bss.COMMON", line)
        hit = INPUT.match(line)
        if hit:
            section, _, size, where = hit.groups()
            last = (part_of(where), kind_of(section))
        else:
            hit = FILL.match(line)
            if not hit or last is None:
                continue
            size = hit[2]
        part, kind = last
        if kind is None:
            continue
        of = parts.setdefault(part, {"text": 0, "ram": 0})
        if kind in ("text", "data"):
            of["text"] += int(size, 16)
        if kind in ("data", "bss"):
            of["ram"] += int(size, 16)
    return parts
