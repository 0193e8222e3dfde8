#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""bad_config.py DTC READ_CONFIG DIR [--codes]: each DIR/*.dts is refused.

The first line of a file is "/* expect: code: sentence */". dtc runs with -f,
because some of the defects are errors to dtc as well. With --codes the reader
was built without sentences (WIO_CFG_SENTENCES 0) and says its code twice.
"""
import pathlib
import subprocess
import sys
import tempfile


def refusal(dtc, reader, source, blob):
    """What the reader says to the blob made from source."""
    subprocess.run([dtc, "-f", "-q", "-q", "-I", "dts", "-O", "dtb", "-o",
                    blob, source], check=True, stderr=subprocess.DEVNULL)
    done = subprocess.run([reader, blob], capture_output=True, text=True,
                          check=False)
    if done.returncode != 0:
        return f"exit code {done.returncode}: {done.stderr.strip()[:200]}"
    return done.stdout.strip()


def main():
    dtc, reader, folder = sys.argv[1:4]
    sources = sorted(pathlib.Path(folder).glob("*.dts"))
    failed = len(sources) == 0
    print(f"1..{len(sources)}")
    with tempfile.TemporaryDirectory() as scratch:
        blob = pathlib.Path(scratch) / "config.dtb"
        for i, source in enumerate(sources, 1):
            line = source.read_text(encoding="utf-8").splitlines()[0]
            expected = line.removeprefix("/* expect: ").removesuffix(" */")
            if "--codes" in sys.argv[4:]:
                code = expected.partition(":")[0]
                expected = f"{code}: {code}"
            got = refusal(dtc, reader, source, blob)
            good = got == expected and expected != "ok"
            failed = failed or not good
            print(f"{'ok' if good else 'not ok'} {i} - {source.stem}")
            if not good:
                print(f"# expected {expected}\n# got      {got}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
