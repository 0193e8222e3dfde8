#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""run_fuzz.py TARGET RUNS [SEED...]: a short run of a libFuzzer target, as TAP.

The random seed is fixed and the corpus begins with the given files, so the
same binary does the same each time.
"""
import pathlib
import shutil
import subprocess
import sys
import tempfile


def main():
    target = pathlib.Path(sys.argv[1])
    runs = sys.argv[2]
    print("1..1")
    with tempfile.TemporaryDirectory() as scratch:
        corpus = pathlib.Path(scratch) / "corpus"
        corpus.mkdir()
        for i, seed in enumerate(sys.argv[3:]):
            shutil.copy(seed, corpus / f"seed{i}")
        done = subprocess.run(
            [target, f"-runs={runs}", "-seed=1", "-max_len=8192",
             "-timeout=20", "-rss_limit_mb=1024",
             f"-artifact_prefix={scratch}/", corpus],
            capture_output=True, text=True, errors="replace", check=False)
        crashes = [path for path in pathlib.Path(scratch).iterdir()
                   if path.is_file()]
        good = done.returncode == 0
        print(f"{'ok' if good else 'not ok'} 1 - {target.name} {runs} runs")
        if not good:
            for line in done.stderr.splitlines()[-40:]:
                print("#", line)
            for path in crashes:
                print("# input", path.name, path.read_bytes()[:512].hex())
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
