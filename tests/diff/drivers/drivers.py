#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every example container, on both engines and both processors; prints TAP.

    tests/diff/drivers/drivers.py --build TREE

The board is simulated on the host and, by the same code, on a Cortex-M4 in
QEMU. Each access that reaches a device, each line that is logged, each point
and the state in the end must be the same four times.
"""
import argparse
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                ".."))
import run      # noqa: E402

QUADRATURE = ("1 0", "1 1", "0 1", "0 0")      # pins a and b, a turn

# What happens on the board, and for how long in ms.
SCRIPTS = {
    "tmp105": ("@1s set temperature=-5000; fault i2c0:nack-address@9x3; "
               "@2s fault i2c0:hang; @3s set temperature=30125; "
               "fault i2c0:flip=3", 4000),
    "button-led": ("@100ms set gpio0.0=1; @160ms set gpio0.0=0; "
                   "@200ms set gpio0.0=1; @400ms fault gpio0:failurex20; "
                   "@700ms set gpio0.0=0", 1000),
    "pl011": ("@5ms feed mmio0 Hello, w\\xf6rld {42}\\r\\n; "
              "@60ms fault mmio0:framing; feed mmio0 x; "
              "@80ms feed mmio0 0123456789abcdefLOST; "
              "@150ms fault mmio0:storm=65x200", 500),
    "cmsdk": ("@5ms feed mmio1 Hello {42}\\r\\n; @80ms feed mmio1 0123456789; "
              "@150ms fault mmio1:storm=122x200", 500),
    "tmp105-alert": ("@200ms set temperature=81000; @700ms set "
                     "temperature=20000; @1s fault i2c0:nack-address", 2000),
    "tmp105-async": ("@200ms set temperature=-1500; @500ms fault "
                     "i2c0:nack-address; @800ms fault i2c0:hang", 2000),
    "quadrature": ("; ".join(
        f"@{5 * i + 5}ms set gpio0.2={QUADRATURE[i % 4][0]}; "
        f"set gpio0.3={QUADRATURE[i % 4][2]}" for i in range(24)), 400),
    "pl011-rx": ("@5ms feed mmio0 one\\ntwo\\nthr; @40ms feed mmio0 ee\\n; "
                 "@60ms fault mmio0:framing; feed mmio0 x\\n", 300),
    "cmsdk-rx": ("@5ms feed mmio1 one\\ntwo\\nthr; @40ms feed mmio1 ee\\n",
                 300),
    "sd-spi": ("@100ms fault spi0:busy; @1s device spi0 sd 0; "
               "@2s device spi0 sdhc 0", 4000),
    "nor-id": ("@500ms device spi0 none 1", 2000),
}
SCRIPTS["tmp105-rust"] = SCRIPTS["tmp105"]
for _way in ("calls", "windows", "batch"):
    SCRIPTS["ladder-pl011-" + _way] = ("@20ms feed mmio0 Hello{7}", 100)
    SCRIPTS["ladder-cmsdk-" + _way] = ("@20ms feed mmio1 H; @25ms feed mmio1 i",
                                       100)

# What is called meanwhile, one every 50 ms.
OPERATIONS = {
    "sd-spi": "start read-block=0 write-block=3 read-block=3 "
              "read-block=9999999 read-block=1 read-block=2 write-block=2 "
              "read-block=2 start read-block=2",
    "nor-id": "read-id read-id read-id read-id read-id read-id read-id "
              "read-id read-id read-id read-id read-id",
}


def compiled(args, folder, name):
    """The host's file, and an image for the controller with native code."""
    subprocess.run([args.wasmio, "compile", args.module, "--target", "sim",
                    "-o", "native.wio"], check=True, cwd=folder)
    run.command(args.diff, "emit", args.module, "native.c", "counted",
                "volatile", "no-window", cwd=folder)
    base = args.player
    run.command("arm-none-eabi-gcc", "-Os", *run.compiler_options(), *run.M4,
                "-ffreestanding", "-c", "native.c", "-o", "native.o",
                cwd=folder)
    for image, objects in (("interp", []), ("native", ["native.o"])):
        if image == "native" or not os.path.exists(base + "/interp.elf"):
            to = base + "/interp.elf" if image == "interp" else "native.elf"
            run.command(
                "arm-none-eabi-gcc", *run.M4, "-nostdlib", "-nostartfiles",
                "-T", base + "/link.ld", "-Wl,--gc-sections",
                "-Wl,--no-warn-rwx-segments", *objects, "-Wl,--whole-archive",
                base + "/libdrive_player.a", "-Wl,--no-whole-archive",
                "-Wl,--start-group",
                *(f"{base}/src/{layer}/libwio_{layer}.a" for layer in
                  ("runtime", "bind", "board", "sched", "cap", "engine",
                   "base")),
                "-Wl,--end-group", "-lgcc", "-o", to, cwd=folder)


def host(args, folder, file, job):
    done = subprocess.run([args.drive, args.board, file, *job],
                          cwd=folder, capture_output=True, text=True,
                          check=False, timeout=300, errors="replace")
    return done.stdout + done.stderr


def m4(args, folder, image, file, job):
    own = os.path.join(folder, "m4")
    shutil.rmtree(own, ignore_errors=True)
    os.mkdir(own)
    shutil.copy(args.board, own + "/job.dtb")
    shutil.copy(os.path.join(folder, file), own + "/job.file")
    for ending, text in zip((".ms", ".script", ".operations"), job):
        with open(own + "/job" + ending, "w") as to:
            to.write(text)
    done = subprocess.run(
        ["qemu-system-arm", "-M", "mps2-an386", "-display", "none", "-monitor",
         "none", "-serial", "stdio", "-semihosting-config",
         "enable=on,target=native,arg=drive,arg=job", "-kernel",
         os.path.join(folder, image)], cwd=own, capture_output=True,
        text=True, stdin=subprocess.DEVNULL, timeout=600, check=False,
        errors="replace")
    try:
        with open(own + "/job.answer", errors="replace") as file:
            return file.read() + done.stdout
    except OSError:
        return f"no answer, exit {done.returncode}: {done.stdout}"


def first_difference(texts):
    engines = list(texts)
    lines = {engine: text.splitlines() for engine, text in texts.items()}
    for engine in engines[1:]:
        for i in range(max(len(lines[engines[0]]), len(lines[engine]))):
            pair = [one[i] if i < len(one) else "(nothing)"
                    for one in (lines[engines[0]], lines[engine])]
            if pair[0] != pair[1]:
                return (f"line {i + 1}: {engines[0]} says {pair[0]!r}, "
                        f"{engine} {pair[1]!r}")
    return None


def check(args, name):
    script, ms = SCRIPTS[name]
    job = (str(ms), script, OPERATIONS.get(name, ""))
    args.module = f"{args.build}/drivers/{name}.wasm"
    with tempfile.TemporaryDirectory(prefix="wasmio-drive-") as folder:
        compiled(args, folder, name)
        shutil.copy(args.module, folder + "/module.wasm")
        texts = {
            "interp/x86": host(args, folder, "module.wasm", job),
            "aot/x86": host(args, folder, "native.wio", job),
            "interp/m4": m4(args, folder, args.player + "/interp.elf",
                            "module.wasm", job),
            "aot/m4": m4(args, folder, "native.elf", "native.wio", job),
        }
    text = texts["interp/x86"]
    difference = first_difference(texts)
    n = {what: sum(line.startswith(what) for line in text.splitlines())
         for what in ("log ", "point ", "operation ")}
    accesses = len(text.splitlines()) - sum(n.values()) - 1
    if "refused:" in text or accesses < 4:
        difference = difference or f"it does nothing: {text[:200]!r}"
    return difference, (f"{name}: {accesses} accesses, {n['log ']} lines, "
                        f"{n['point ']} points the same on "
                        f"{', '.join(texts)}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", required=True)
    parser.add_argument("names", nargs="*", default=list(SCRIPTS))
    args = parser.parse_args()
    args.build = os.path.abspath(args.build)
    args.mutate = ""
    run.find_tools(args)
    args.wasmio = args.build + "/wasmio"
    args.drive = args.build + "/tests/diff/drive"
    args.board = args.build + "/boards/sim.dtb"
    args.player = args.build + "/tests/diff/drivers"
    if os.path.exists(args.player + "/interp.elf"):
        os.remove(args.player + "/interp.elf")
    failed = count = 0
    for name in args.names:
        count += 1
        if not os.path.exists(f"{args.build}/drivers/{name}.wasm"):
            print(f"ok {count} - {name} # SKIP it is not built here")
            continue
        difference, text = check(args, name)
        failed += difference is not None
        print(f"{'not ok' if difference else 'ok'} {count} - {text}",
              flush=True)
        if difference:
            print("# " + difference)
    print(f"1..{count}")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
