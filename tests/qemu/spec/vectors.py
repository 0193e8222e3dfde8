#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Run specification vectors on a Cortex-M4 under QEMU, one TAP line a file.

The host packs each file of vectors into a script (`wasmio spectest
--scripts`); the image (image/main.c) reads them through semihosting and
answers on its console. Our own vectors always run; those of ../shared/
spec-tests, every set, when they are there.

With --native every module is compiled first (`wasmio spectest --objects`) and
linked beside the runner, as many files an image as its flash has room for.
"""
import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time

TIMEOUT_S = 240
ROOM = 3000000          # bytes of flash for native code
M4 = ("-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=soft", "-ffreestanding")
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__)))))

# In the order of enum spec_skip (tests/spec/script.h).
SKIPS = ("about the text format", "64-bit memories", "vector instructions",
         "proposals that are not implemented",
         "more memory than this target has")


def scripts(args, folder):
    """Names of scripts below @folder, relative to it, in order."""
    for source in args.folders:
        if os.path.isdir(source):
            subprocess.run([args.wasmio, "spectest", "--scripts", folder,
                            source], check=True)
    return sorted(os.path.join(name, file) for name in os.listdir(folder)
                  for file in os.listdir(os.path.join(folder, name)))


# -- Native code -------------------------------------------------------------

def objects(args, folder):
    """Each file's objects, in the order in which its modules are loaded."""
    out = os.path.join(folder, "objects")
    os.mkdir(out)
    for source in args.folders:
        if os.path.isdir(source):
            subprocess.run([args.wasmio, "spectest", "--objects", out, source],
                           check=True, stdout=subprocess.DEVNULL)
    found = {}
    for path, _, files in os.walk(out):
        for file in files:
            name, number, _ = file.rsplit(".", 2)
            name = os.path.join(os.path.basename(path), name + ".wios")
            found.setdefault(name, {})[int(number)] = os.path.join(path, file)
    return {name: [some[i] for i in range(len(some))]
            for name, some in found.items()}


def text_bytes(paths):
    """Of all these objects; the C compiler knows nothing of the image."""
    lines = subprocess.run(["arm-none-eabi-size", *paths], check=True,
                           capture_output=True, text=True).stdout
    return sum(int(line.split()[0]) + int(line.split()[1])
               for line in lines.splitlines()[1:])


def batches(names, found):
    """Files that fit an image together."""
    batch, used = [], 0
    for name in names:
        size = text_bytes(found[name]) if name in found else 0
        if batch and used + size > ROOM:
            yield batch
            batch, used = [], 0
        batch.append(name)
        used += size
    if batch:
        yield batch


def link(args, folder, names, found):
    """An image with the native code of these files' modules."""
    text = '#include "native.h"\n'
    table = ""
    linked = []
    for name in names:
        symbols = []
        for path in found.get(name, []):
            symbols.append(f"image{len(linked)}")
            linked.append(path)
            subprocess.run(["arm-none-eabi-objcopy", "--redefine-sym",
                            f"wio_image={symbols[-1]}", path], check=True)
            text += f"extern const struct wio_aot_image {symbols[-1]};\n"
        if symbols:
            listed = f"list{len(linked)}"
            text += (f"static const struct wio_aot_image *const {listed}[] = "
                     "{ " + ", ".join("&" + s for s in symbols) + " };\n")
            table += f'    {{ "{name}", {listed}, {len(symbols)} }},\n'
        else:
            table += f'    {{ "{name}", 0, 0 }},\n'
    text += ("const struct spec_native spec_natives[] = {\n" + table + "};\n"
             f"const uint32_t spec_n_natives = {len(names)};\n")
    source = os.path.join(folder, "natives.c")
    image = os.path.join(folder, "natives.elf")
    with open(source, "w") as file:
        file.write(text)
    base = os.path.dirname(os.path.abspath(args.image))
    subprocess.run(
        ["arm-none-eabi-gcc", *M4, "-nostdlib", "-nostartfiles", "-T",
         base + "/link.ld", "-Wl,--gc-sections",
         "-Wl,--no-warn-rwx-segments", "-I", ROOT + "/src",
         "-I", ROOT + "/tests/qemu/spec/image", source, *linked,
         "-Wl,--whole-archive", base + "/libspec_player.a",
         "-Wl,--no-whole-archive", base + "/src/engine/libwio_engine.a",
         base + "/src/base/libwio_base.a", "-lgcc", "-o", image], check=True)
    return image


# -- Running -----------------------------------------------------------------

def tap(number, fields, failures, engine):
    name, passed, failed, *skipped = fields
    text = f"{engine} {name.removesuffix('.wios')}: "
    reasons = ", ".join(f"{n} {why}" for n, why in zip(skipped, SKIPS)
                        if n != "0")
    if passed == failed == "0":
        text += "no check # SKIP " + reasons
    else:
        text += f"{passed} passed, {failed} failed"
        text += ", not run: " + reasons if reasons else ""
    for line in failures:
        print("# " + line)
    print(f"{'ok' if failed == '0' else 'not ok'} {number} - {text}",
          flush=True)
    return [int(passed), int(failed), sum(map(int, skipped))]


def run(folder, names, image, engine, answered):
    """Adds to the number of files that answered; with the counts."""
    before = answered
    with open(folder + "/list", "w") as file:
        file.write("\n".join(names))
    qemu = subprocess.Popen(
        ["qemu-system-arm", "-M", "mps2-an386", "-display", "none",
         "-monitor", "none", "-serial", "stdio", "-semihosting-config",
         "enable=on,target=native,arg=spec,arg=list", "-kernel",
         os.path.abspath(image)],
        cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        text=True, errors="replace")
    watchdog = threading.Timer(TIMEOUT_S, qemu.kill)
    watchdog.start()
    total = [0, 0, 0]
    failures = []
    done = False
    for line in qemu.stdout:
        line = line.rstrip()
        if line.startswith("@file "):
            answered += 1
            one = tap(answered, line.split()[1:], failures,
                      engine)
            total = [a + b for a, b in zip(total, one)]
            failures = []
        elif line == "@done":
            done = True
        elif line:
            failures.append(line)
    code = qemu.wait()
    watchdog.cancel()
    if not done or answered - before != len(names) or code != (total[1] > 0):
        answered += 1
        for line in failures:
            print("# " + line)
        print(f"not ok {answered} - {engine}: the image ended with code "
              f"{code} after {answered - before - 1} of {len(names)} files")
        total[1] += 1
    return answered, total


def run_all(args, folder):
    names = scripts(args, folder)
    if not args.native:
        return run(folder, names, args.image, "m4", 0)
    # objects() makes a folder beside the sets'.
    found = objects(args, folder)
    answered = 0
    total = [0, 0, 0]
    for batch in batches(names, found):
        image = link(args, folder, batch, found)
        answered, one = run(folder, batch, image, "m4 native", answered)
        total = [a + b for a, b in zip(total, one)]
    return answered, total


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--wasmio", required=True)
    parser.add_argument("--image", required=True)
    parser.add_argument("--native", action="store_true",
                        help="compile the modules, interpret none")
    parser.add_argument("folders", nargs="+",
                        help="of vectors, as `wasmio spectest` takes them")
    args = parser.parse_args()

    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="wasmio-spec-m4-") as folder:
        answered, total = run_all(args, folder)
    for source in args.folders:
        if not os.path.isdir(source):
            answered += 1
            print(f"ok {answered} - m4 vectors # SKIP {source} is not there")
    print(f"1..{answered}")
    engine = "Cortex-M4, native" if args.native else "Cortex-M4"
    print(f"# {engine}: {total[0]} passed, {total[1]} failed, {total[2]} "
          f"skipped, {time.monotonic() - begin:.0f} s")
    return total[1] > 0


sys.exit(main())
