#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Random stimuli on sim: is the order of priorities exact? And with the port's
scheduler made wrong, does the checker see it? Prints TAP.

    mutations.py --cc gcc --root . --build build CONTAINER...

A mutation is a replacement in ports/sim/sim_sched.c; what comes of it is linked
with the objects of the wasmio command. The computed response times must hold
in the runs of the tool as it is.
"""
import argparse
import pathlib
import random
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import order  # noqa: E402

N_SETS = 24

# name, text of sim_sched.c, replacement
MUTATIONS = [
    ("a ceiling keeps nobody out", "    if (level < key) {\n", "    if (0) {\n"),
    ("nobody preempts",
     "while (is_open(sim) && (slot = most_urgent(sim)) != NULL) {",
     "while (is_open(sim) && sim->levels.level == WIO_SIM_BACKGROUND &&"
     " (slot = most_urgent(sim)) != NULL) {"),
    ("the less urgent preempts",
     "    uint32_t floor = sim->levels.level < sim->levels.ceiling\n"
     "                         ? sim->levels.level\n"
     "                         : sim->levels.ceiling;\n",
     "    uint32_t floor = WIO_SIM_BACKGROUND;\n"),
]


def script(seed):
    rng = random.Random(seed)
    # Many edges within the containers' locks, and together with releases.
    return "; ".join(
        f"@{rng.randrange(1, 4000)}us storm irq{line} "
        f"{rng.choice((190, 250, 500, 999, 1000, 1003))}us x4000"
        f"{rng.choice(('', f' seed {rng.randrange(1, 1000)}'))}"
        for line in (6, 7))


def run(wasmio, containers, seed, folder):
    """Violations of the order, decisions judged, largest observed / R."""
    dump = folder / "dump"
    done = subprocess.run([wasmio, "trace", *containers, "--board", "sim",
                           "--seconds", "0.2", "--script", script(seed),
                           "--dump", dump], capture_output=True, text=True,
                          timeout=60, check=False)
    if done.returncode != 0:
        return [done.stderr], 0, 0
    lines = dump.read_text().splitlines()
    wrong, n, _ = order.check(lines)
    entities = order.Dump(lines).entities.values()
    return wrong, n, max(e.seen / e.r for e in entities)


def own_libraries(build):
    """Those of the build itself: firmware images are projects of their own
    within it, for another processor."""
    others = [cache.parent for cache in build.rglob("CMakeCache.txt")
              if cache.parent != build]
    return [path for path in sorted(build.rglob("lib*.a"))
            if "CMakeFiles" not in path.parts and
            not any(other in path.parents for other in others)]


def link(args, folder, text):
    (folder / "sim_sched.c").write_text(text)
    program = folder / "wasmio"
    ports = args.root / "ports"
    objects = sorted((args.build / "tools/cli").rglob("*.o"))
    subprocess.run(
        [args.cc, "-std=c11", "-O1", "-w", "-I", args.root / "include", "-I",
         ports, "-I", ports / "sim", folder / "sim_sched.c", *objects,
         "-Wl,--start-group", *own_libraries(args.build),
         "-Wl,--end-group", "-ljansson", "-lm", "-lpthread", "-o", program],
        check=True)
    return program


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cc", required=True)
    parser.add_argument("--root", type=pathlib.Path, required=True)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("containers", nargs="+")
    args = parser.parse_args()
    source = (args.root / "ports/sim/sim_sched.c").read_text()
    failed = 0
    print(f"1..{1 + len(MUTATIONS)}")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        results = [run(args.build / "wasmio", args.containers, seed, folder)
                   for seed in range(N_SETS)]
        wrong = [text for r in results for text in r[0]]
        n, worst = sum(r[1] for r in results), max(r[2] for r in results)
        good = not wrong and n > 1000 * N_SETS / 4 and worst <= 1
        failed += not good
        print(f"{'' if good else 'not '}ok 1 - {N_SETS} random stimuli, {n} "
              f"beginnings: none out of order, observed/computed at most "
              f"{worst:.3f}")
        for text in wrong[:5]:
            print("#", text)
        for i, (what, text, replacement) in enumerate(MUTATIONS, 2):
            good, why = source.count(text) == 1, "its text is not there once"
            if good:
                program = link(args, folder, source.replace(text, replacement))
                seen = [run(program, args.containers, seed, folder)[0]
                        for seed in range(N_SETS)]
                good = any(seen)
                why = f"{sum(map(bool, seen))} of {N_SETS} runs out of order"
            failed += not good
            print(f"{'' if good else 'not '}ok {i} - {what}: {why}")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
