#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""test_cli.py WASMIO FOLDER: inspect, check, pack and boards, as a user calls them.

Modules are put together here byte by byte (Core 2.0, section 5.5), the
configurations are texts that `wasmio pack` compiles. FOLDER has all.dts.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

WASMIO = sys.argv[1]
FOLDER = pathlib.Path(sys.argv[2])
CONFIG = """/dts-v1/;
/ {{
    compatible = "wasmio,container";
    model = "{model}";
    version = "1.0";
    wasmio,abi = <0 1>;
    memory = <{memory}>;
    {body}
}};
"""
SENSOR = """needs {
        sensor { class = "i2c-device"; compatible = "ti,tmp105"; };
    };"""
MAIN = """main { entry = "poll"; period-us = <1000>; budget-us = <100>; };"""
results = []


def name(text):
    return bytes([len(text)]) + text.encode()


def section(number, payload):
    assert len(payload) < 128
    return bytes([number, len(payload)]) + payload


def module(imports=(), memory_pages=None, export="poll"):
    """() -> () exported, functions of type (i32 i32) -> i32 imported."""
    out = b"\0asm\1\0\0\0"
    out += section(1, b"\2\x60\0\0\x60\2\x7f\x7f\1\x7f")
    if imports:
        out += section(2, bytes([len(imports)]) + b"".join(
            name(m) + name(f) + b"\0\1" for m, f in imports))
    out += section(3, b"\1\0")
    if memory_pages is not None:
        out += section(5, bytes([1, 1, memory_pages, memory_pages]))
    out += section(7, b"\1" + name(export) + bytes([0, len(imports)]))
    return out + section(10, b"\1\2\0\x0b")


def wasmio(*arguments):
    return subprocess.run([WASMIO, *map(str, arguments)], text=True,
                          capture_output=True, check=False, timeout=60)


def check(what, condition, seen=""):
    results.append(bool(condition))
    print(f"{'ok' if condition else 'not ok'} {len(results)} - {what}")
    if not condition:
        for line in str(seen).splitlines()[:20]:
            print("#", line)


def expect(what, done, code, *parts):
    text = done.stdout + done.stderr
    check(what, done.returncode == code and all(p in text for p in parts),
          f"exit {done.returncode}, wanted {code} and {parts}\n{text}")


def packed(scratch, file, binary, model="test", memory=0, body=SENSOR + MAIN):
    plain = scratch / "plain.wasm"
    tree = scratch / "config.dts"
    plain.write_bytes(binary)
    tree.write_text(CONFIG.format(model=model, memory=memory, body=body),
                    encoding="utf-8")
    done = wasmio("pack", plain, "--config", tree, "-o", scratch / file)
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    return scratch / file


def test_front(scratch):
    expect("--help lists the commands", wasmio("--help"), 0, "inspect",
           "check", "run", "pack", "boards", "spectest")
    for command in ("inspect", "check", "run", "pack", "boards", "spectest"):
        expect(f"{command} --help", wasmio(command, "--help"), 0,
               f"usage: wasmio {command} ")
    expect("an unknown command", wasmio("inspct"), 2,
           'did you mean "inspect"?')
    expect("no command", wasmio(), 2, "usage:")
    expect("a file that is not there", wasmio("inspect", scratch / "none"), 2,
           "No such file")
    expect("an option that is not there", wasmio("inspect", "--jsn"), 2,
           '"--jsn" is not expected here')


def test_boards():
    expect("boards", wasmio("boards"), 0, "mps2-an386", "lm3s6965evb", "sim")
    expect("boards NAME", wasmio("boards", "sim"), 0, "sensor@48", "policy:")
    expect("an unknown board", wasmio("boards", "simm"), 2,
           'did you mean "sim"?')


def test_pack(scratch):
    plain = scratch / "plain.wasm"
    plain.write_bytes(module())
    once = scratch / "once.wasm"
    twice = scratch / "twice.wasm"
    expect("pack from text", wasmio("pack", plain, "--config",
                                    FOLDER / "all.dts", "-o", once), 0)
    blob = scratch / "all.dtb"
    subprocess.run(["dtc", "-q", "-O", "dtb", "-o", blob, FOLDER / "all.dts"],
                   check=True)
    expect("pack again replaces", wasmio("pack", once, "--config", blob, "-o",
                                         twice), 0)
    check("the module itself is untouched, the section is at the end",
          once.read_bytes() == twice.read_bytes() and
          once.read_bytes().startswith(module()) and
          once.read_bytes().endswith(blob.read_bytes()))
    bad = scratch / "bad.dts"
    bad.write_text(CONFIG.format(model="x", memory=0, body="priority = <1>;"),
                   encoding="utf-8")
    expect("a wrong configuration is refused", wasmio(
        "pack", plain, "--config", bad, "-o", scratch / "never.wasm"), 1,
        'property "priority" is unknown')
    check("and nothing is written", not (scratch / "never.wasm").exists())
    plain.write_bytes(module()[:-3])
    expect("a module cut short is refused", wasmio(
        "pack", plain, "--config", blob, "-o", scratch / "never.wasm"), 1,
        "is no WebAssembly module")


def test_inspect(scratch):
    file = packed(scratch, "a.wasm",
                  module([("wasmio:i2c@0.1", "read")], memory_pages=1),
                  memory=65536)
    expect("inspect", wasmio("inspect", file), 0, "test 1.0", "sensor",
           "ti,tmp105", "every 1000 us", "wasmio:i2c@0.1", "poll")
    seen = json.loads(wasmio("inspect", file, "--json").stdout)
    check("inspect --json",
          seen["model"] == "test" and seen["memory"] == 65536 and
          seen["needs"][0]["compatible"] == ["ti,tmp105"] and
          seen["main"]["deadline-us"] == 1000 and
          seen["imports"] == [{"module": "wasmio:i2c@0.1", "name": "read",
                               "kind": "func", "signature": "ii:i"}] and
          seen["exports"][0]["name"] == "poll" and
          seen["memories"][0]["max-bytes"] == 65536, seen)
    plain = scratch / "plain.wasm"
    plain.write_bytes(module())
    expect("inspect without a configuration", wasmio("inspect", plain), 0,
           "note: the module has no section wasmio.config")
    plain.write_bytes(module()[:-1])
    expect("inspect of a broken module", wasmio("inspect", plain), 1,
           "module: ")
    # A fence instead of nothing; a memory of the kind that threads share.
    fence = module().replace(b"\x0a\4\1\2\0\x0b",
                             b"\x0a\7\1\5\0\xfe\3\0\x0b")
    plain.write_bytes(fence)
    expect("inspect tells of atomic instructions", wasmio("inspect", plain),
           0, "with atomic instructions")
    seen = json.loads(wasmio("inspect", plain, "--json").stdout)
    check("and --json", seen["atomics"] is True, seen)
    plain.write_bytes(module(memory_pages=1).replace(b"\5\4\1\1\1\1",
                                                     b"\5\4\1\3\1\1"))
    expect("a shared memory is refused", wasmio("inspect", plain), 1,
           "link without --shared-memory")


def test_nesting(scratch):
    """docs/reference/limits.md: 512 blocks, the function's own included."""
    def nested(n):
        body = b"\0" + b"\x02\x40" * n + b"\x0b" * (n + 1)
        long = bytes([0x80 | len(body) & 0x7f, len(body) >> 7])
        return (b"\0asm\1\0\0\0" + section(1, b"\1\x60\0\0") +
                section(3, b"\1\0") +
                b"\x0a" + bytes([0x80 | (len(body) + 3) & 0x7f,
                                 (len(body) + 3) >> 7]) + b"\1" + long + body)

    file = scratch / "nested.wasm"
    for n, says in ((511, "code: 1 functions"),
                    (512, "blocks nested deeper than 512")):
        file.write_bytes(nested(n))
        seen = wasmio("inspect", file)
        check(f"{n} blocks in a function: {says}",
              says in seen.stdout + seen.stderr, seen)


def test_check(scratch):
    opens = [("wasmio:core@0.1", "open")]
    file = packed(scratch, "a.wasm", module(opens), "a")
    second = packed(scratch, "b.wasm", module(opens), "b")
    for board, address in (("mps2-an386", "0x48"), ("lm3s6965evb", "0x49"),
                           ("sim", "0x48")):
        expect(f"check on {board}", wasmio("check", file, "--board", board),
               0, "would load", f"granted  sensor: ti,tmp105 at address "
               f"{address}")
    expect("the second of two has no sensor",
           wasmio("check", file, second, "--board", "sim"), 1,
           "is in use by another container")
    seen = json.loads(wasmio("check", file, second, "--board", "sim",
                             "--json").stdout)
    check("check --json", [f["loads"] for f in seen] == [True, False] and
          seen[0]["needs"][0]["granted"] and
          seen[1]["code"] == "no-match", seen)
    expect("the same name twice", wasmio("check", file, file, "--board",
                                         "sim"), 1, "is loaded already")
    expect("core needs no need", wasmio(
        "check", packed(scratch, "c.wasm", module(opens), body=MAIN),
        "--board", "sim"), 0)
    expect("an import of a class that is not declared", wasmio(
        "check", packed(scratch, "c.wasm",
                        module([("wasmio:gpio@0.1", "set-state")])),
        "--board", "sim"), 1, "refused", "gpio")
    expect("an unknown import", wasmio(
        "check", packed(scratch, "c.wasm", module([("env", "printf")])),
        "--board", "sim"), 1, "refused", "env")
    expect("a missing entry", wasmio(
        "check", packed(scratch, "c.wasm", module(opens, export="pol")),
        "--board", "sim"), 1, "refused", "poll")
    expect("memory beyond its own bound", wasmio(
        "check", packed(scratch, "c.wasm", module(opens, memory_pages=2),
                        memory=65536), "--board", "sim"), 1,
        "131072 bytes, its configuration allows 65536")
    expect("memory beyond the policy", wasmio(
        "check", packed(scratch, "c.wasm", module(opens), memory=65536),
        "--board", "lm3s6965evb"), 1, "max-memory-bytes")
    plain = scratch / "plain.wasm"
    plain.write_bytes(module())
    expect("no configuration", wasmio("check", plain, "--board", "sim"), 1,
           "no section wasmio.config")
    expect("a board that is not there", wasmio("check", file, "--board",
                                               "lm3s"), 2, "wasmio boards")
    expect("no board", wasmio("check", file), 2, "--board B is missing")


def main():
    with tempfile.TemporaryDirectory() as folder:
        scratch = pathlib.Path(folder)
        test_front(scratch)
        test_boards()
        test_pack(scratch)
        test_inspect(scratch)
        test_nesting(scratch)
        test_check(scratch)
    print(f"1..{len(results)}")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
