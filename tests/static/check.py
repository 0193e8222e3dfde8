#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Rules of the tree that a compiler does not check; prints TAP.

- layers: an include of src/ points to the same layer or one below it
- ports and drivers see the public headers and their own folder only
- every header compiles alone
- the core has no mutable global and needs nothing from a C library
- every source file says its licence and the core's are in ARCHITECTURE.md;
  nothing names a home directory
"""
import argparse
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]

# What each layer may include, besides itself and <wio/...>.
LAYERS = {
    "base": set(),
    "engine": {"base"},
    "cap": {"base"},
    "board": {"base"},
    "sched": {"base"},
    "bind": {"base", "engine", "cap", "sched", "board"},
    "runtime": {"base", "engine", "cap", "sched", "board", "bind"},
}
# Layers of src/ that only hosts have: no part of the freestanding core.
HOST_LAYERS = {
    "emit": {"base", "engine"},
}
# Included by generated C, behind its settings and beside a copy of image.h.
NOT_ALONE = {"src/emit/guest.h"}
# What a freestanding compiler may call (gcc manual, "Standards").
FREESTANDING = {"memcpy", "memmove", "memset", "memcmp", "abort"}
# Not a call, though nm lists it as undefined in position-independent code.
LINKER = "_GLOBAL_OFFSET_TABLE_"

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)


def sources(*folders, suffixes=(".c", ".h")):
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in suffixes and path.is_file():
                yield path


def layering():
    for path in sources("src"):
        layer = path.relative_to(ROOT / "src").parts[0]
        for kind, name in INCLUDE.findall(path.read_text()):
            target = name.split("/")[0]
            if kind == '"' and target != layer \
                    and target not in (LAYERS | HOST_LAYERS)[layer] \
                    and str(path.relative_to(ROOT)) not in NOT_ALONE:
                yield f"{path.relative_to(ROOT)} includes {name}"


def outside_sees_public_headers_only():
    for path in sources("ports", "drivers", "sdk"):
        for kind, name in INCLUDE.findall(path.read_text()):
            if kind == '"' and name.split("/")[0] in LAYERS | HOST_LAYERS \
                    and not (path.parent / name).exists():
                yield f"{path.relative_to(ROOT)} includes {name}"


def headers_compile_alone(cc):
    for path in sources("include", "src"):
        if path.suffix != ".h" \
                or str(path.relative_to(ROOT)) in NOT_ALONE:
            continue
        done = subprocess.run(
            [cc, "-std=c11", "-fsyntax-only", "-Wall", "-Wextra", "-Wpedantic",
             "-Wno-unused-function", "-Werror", "-I", ROOT / "include",
             "-I", ROOT / "src", "-x", "c", "-"],
            input=f'#include "{path}"\nextern int alone;\n', text=True, capture_output=True)
        if done.returncode:
            yield f"{path.relative_to(ROOT)}: {done.stderr.splitlines()[0]}"


def core_libraries(build):
    found = [library for layer in LAYERS
             for library in (build / "src").rglob(f"libwio_{layer}.a")]
    if len(found) < 6:
        raise SystemExit(f"not ok - {build} has no built core: build it first")
    return found


def symbols(library):
    text = subprocess.run(["nm", "-A", library], capture_output=True,
                          text=True, check=True).stdout
    for line in text.splitlines():
        where, kind, name = re.match(
            r"\S*?([^/:]+):\s*[0-9a-f]*\s+(\S) (\S+)", line).groups()
        yield where, kind, name


def core_has_no_mutable_global(build):
    for library in core_libraries(build):
        for where, kind, name in symbols(library):
            # .data.rel.ro (constant tables of pointers) is 'd' in nm too:
            # such tables are const and named so by the compiler's section.
            if kind in "DdBbC" and not constant_table(library, name):
                yield f"{where}: {name} ({kind})"


def constant_table(library, name):
    text = subprocess.run(["objdump", "-t", library], capture_output=True,
                          text=True, check=True).stdout
    return any(line.endswith(" " + name) and ".data.rel.ro" in line
               for line in text.splitlines())


def core_needs_no_c_library(build):
    defined, wanted = set(), {}
    for library in core_libraries(build):
        for where, kind, name in symbols(library):
            if kind == "U":
                wanted.setdefault(name, where)
            else:
                defined.add(name)
    for name, where in sorted(wanted.items()):
        if name not in defined | FREESTANDING | {LINKER}:
            yield f"{where} calls {name}"


def every_file_names_its_licence():
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, text=True,
                             capture_output=True).stdout.split("\n")
    for name in filter(None, tracked):
        path = ROOT / name
        if path.suffix in (".c", ".h", ".S", ".py", ".sh", ".cmake", ".dts",
                           ".dtsi", ".rs", ".ld", ".wit") and path.is_file() \
                and "SPDX-License-Identifier" not in path.read_text()[:400]:
            yield name


def the_map_has_every_source():
    text = (ROOT / "ARCHITECTURE.md").read_text()
    for path in sources("src", suffixes=(".c",)):
        if not re.search(rf"[`/]{re.escape(path.stem)}(\.[ch])?`", text):
            yield f"{path.relative_to(ROOT)}"


def nothing_names_a_machine():
    found = subprocess.run(
        ["git", "grep", "-nIE", r"(^|[^[:alnum:]_.])/(home|root|work)/",
         "--", ".", ":!LICENSE", ":!tests/static/check.py"],
        cwd=ROOT, text=True, capture_output=True).stdout
    yield from found.splitlines()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--cc", default="cc")
    args = parser.parse_args()

    checks = [
        ("layers point down", layering()),
        ("ports, sdk and drivers see public headers only",
         outside_sees_public_headers_only()),
        ("headers compile alone", headers_compile_alone(args.cc)),
        ("the core has no mutable global",
         core_has_no_mutable_global(args.build)),
        ("the core needs no C library", core_needs_no_c_library(args.build)),
        ("every source names its licence", every_file_names_its_licence()),
        ("ARCHITECTURE.md names every source of the core",
         the_map_has_every_source()),
        ("nothing names a machine", nothing_names_a_machine()),
    ]
    bad = 0
    for number, (name, findings) in enumerate(checks, 1):
        findings = list(findings)
        print(f"{'not ok' if findings else 'ok'} {number} - {name}")
        for finding in findings:
            print(f"#   {finding}")
        bad += bool(findings)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
