#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""run_fuzz.py TARGET RUNS [SEED...]: a short run of a libFuzzer target, as TAP.

A SEED is a file of the first corpus, or a .tar.xz archive whose .wasm members
are (the specification's vectors); one that is not there is passed over.
random:NxBYTES is N of them, always the same, for a target whose input is a
sequence: from nothing, a short run would only try the shortest. RUNS
come on top of one run a seed. The random seed is fixed, so the same binary and
seeds do the same each time.
"""
import pathlib
import random
import shutil
import subprocess
import sys
import tarfile
import tempfile


def fill(corpus, seeds):
    """Copies the seeds, named after what they hold, and counts them."""
    for seed in map(pathlib.Path, seeds):
        if seed.name.startswith("random:"):
            n, n_bytes = map(int, seed.name.split(":")[1].split("x"))
            for i in range(n):
                data = random.Random(i).randbytes(n_bytes)
                (corpus / f"random-{i}").write_bytes(data)
            continue
        if seed.name.endswith(".tar.xz") and seed.exists():
            with tarfile.open(seed) as archive:
                for member in archive.getmembers():
                    if member.name.endswith(".wasm"):
                        data = archive.extractfile(member).read()
                        name = member.name.replace("/", "-")
                        (corpus / name).write_bytes(data)
        elif seed.exists():
            shutil.copy(seed, corpus / seed.name)
    return len(list(corpus.iterdir()))


def main():
    target = pathlib.Path(sys.argv[1])
    print("1..1")
    with tempfile.TemporaryDirectory() as scratch:
        corpus = pathlib.Path(scratch) / "corpus"
        corpus.mkdir()
        n_seeds = fill(corpus, sys.argv[3:])
        runs = n_seeds + int(sys.argv[2])
        done = subprocess.run(
            [target, f"-runs={runs}", "-seed=1", "-max_len=8192",
             "-timeout=20", "-rss_limit_mb=1024",
             f"-artifact_prefix={scratch}/", corpus],
            capture_output=True, text=True, errors="replace", check=False)
        crashes = [path for path in pathlib.Path(scratch).iterdir()
                   if path.is_file()]
        good = done.returncode == 0
        print(f"{'ok' if good else 'not ok'} 1 - {target.name}: {runs} runs, "
              f"{n_seeds} seeds")
        if not good:
            for line in done.stderr.splitlines()[-40:]:
                print("#", line)
            for path in crashes:
                print("# input", path.name, path.read_bytes()[:512].hex())
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
