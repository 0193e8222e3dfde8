#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a storm of interrupts takes of the processor, by its rate, as a picture.

    bench/storm.py --build DIR [--out docs/reference/storm.svg]

Asks `tests/timing/timing.py --storm` for the simulated port and for both
boards, prints the shares as the table of docs/reference/priority-model.md and
draws them. On the boards, which QEMU runs at a fixed rate of instructions, the
share is what the background lost: handler, stub and timer. On the simulated
port a pass of the background is a step of the clock, too coarse to count with;
there it is the virtual time of the handler alone.
"""
import argparse
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
BOARDS = ("mps2-an386", "lm3s6965evb")
EDGES_PER_T = 5                  # at the highest rate, by scenario.c
COLOURS = {"sim": "#59803c", "mps2-an386": "#1f6fb2", "lm3s6965evb": "#b4540a"}

LEFT, TOP, WIDTH, HEIGHT = 60, 40, 520, 240


def ask(build, target):
    """Rows of (edges a second, passes of the background, ns of the handler,
    ms) at a target."""
    timing = build / "tests/timing"
    if target == "sim":
        which = ["--sim", timing / "timing_sim"]
    else:
        which = ["--board", target, "--image", timing / target / "timing.elf"]
    done = subprocess.run([sys.executable, ROOT / "tests/timing/timing.py",
                           *which, "--storm"], check=True, text=True,
                          stdout=subprocess.PIPE)
    rows = [tuple(map(int, line.split(",")))
            for line in done.stdout.splitlines()[1:]]
    if len(rows) < 2 or rows[0][0] != 0:
        raise SystemExit(f"{target} says nothing of a storm; build it: "
                         f"ninja -C {build}")
    return rows


def shares(target, rows):
    """[(edges per T, edges a second, share of the processor)]"""
    idle, highest = rows[0][1], max(row[0] for row in rows)

    def share(passes, handler_ns, ms):
        return handler_ns / (ms * 1e6) if target == "sim" \
            else 1 - passes / idle

    return [(EDGES_PER_T * rate / highest, rate, share(*rest))
            for rate, *rest in rows]


def table(curves):
    lines = ["| edges in T | " + " | ".join(curves) + " |",
             "|---|" + "---|" * len(curves)]
    for points in zip(*curves.values()):
        lines.append(f"| {points[0][0]:.3g} | " + " | ".join(
            f"{100 * share:.1f} % at {rate}/s" for _, rate, share in points)
            + " |")
    return "\n".join(lines)


def place(edges, share, top):
    return (LEFT + WIDTH * edges / EDGES_PER_T,
            TOP + HEIGHT * (1 - share / top))


def svg(curves):
    top = 0.01 * (2 + max(int(100 * share) for points in curves.values()
                          for _, _, share in points))
    out = ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 340" '
           'font-family="sans-serif" font-size="12">',
           '<title>Share of the processor that a line takes, by its rate'
           '</title>',
           '<rect width="640" height="340" fill="#ffffff"/>',
           f'<text x="{LEFT}" y="22" font-weight="bold">Share of the '
           'processor that a line takes, by its rate</text>']
    for percent in range(0, round(100 * top) + 1, 2):
        _, y = place(0, percent / 100, top)
        out.append(f'<path d="M{LEFT} {y:.1f}h{WIDTH}" stroke="#dddddd"/>'
                   f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">'
                   f'{percent} %</text>')
    for edges in range(EDGES_PER_T + 1):
        x, y = place(edges, 0, top)
        out.append(f'<path d="M{x:.1f} {y:.1f}v5" stroke="#555555"/>'
                   f'<text x="{x:.1f}" y="{y + 20:.1f}" text-anchor="middle">'
                   f'{edges}</text>')
    x, y = place(1, 0, top)
    out.append(f'<path d="M{x:.1f} {TOP}V{y:.1f}" stroke="#888888" '
               'stroke-dasharray="4 4"/>'
               f'<text x="{x + 6:.1f}" y="{y - 8:.1f}" fill="#555555">'
               'one edge in T, as declared</text>'
               f'<text x="{LEFT + WIDTH / 2:.1f}" y="{y + 40:.1f}" '
               'text-anchor="middle">edges in one T (min-interarrival-us)'
               '</text>')
    # Those that lie upon each other are told apart by their marks' size.
    for i, (target, points) in enumerate(curves.items()):
        at = [place(edges, share, top) for edges, _, share in points]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in at)
        out.append(f'<polyline points="{line}" fill="none" stroke-width="2" '
                   f'stroke="{COLOURS[target]}"/>')
        out += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{5 - i}" '
                f'fill="{COLOURS[target]}"/>' for x, y in at]
        key = TOP + HEIGHT * 0.26 + 18 * i
        out.append(f'<circle cx="{LEFT + 392}" cy="{key - 4:.1f}" r="{5 - i}" '
                   f'fill="{COLOURS[target]}"/>'
                   f'<text x="{LEFT + 404}" y="{key:.1f}">{target}</text>')
    return "\n".join([*out, "</svg>", ""])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build")
    parser.add_argument("--out", type=pathlib.Path,
                        default=ROOT / "docs/reference/storm.svg")
    args = parser.parse_args()
    curves = {target: shares(target, ask(args.build, target))
              for target in ("sim", *BOARDS)}
    print(table(curves))
    args.out.write_text(svg(curves), encoding="ascii")
    return 0


if __name__ == "__main__":
    sys.exit(main())
