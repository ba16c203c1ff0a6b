"""Measure every format of ``iac-imds-lint check`` on one generated repository, against ``concise``.

    python benchmarks/formats.py [--modules N] [--templates N] [--interest SHARE] [--rounds N]

Every figure is the median of N rounds, each of which runs every format once, after one that warms up. A format that
takes twice the CPU time of ``concise`` ends in status 1.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import benchmark_tree
import run

_YARDSTICK = "concise"
_BEARABLE = 2.0


class Row(NamedTuple):
    """A format: the CPU seconds of a whole run, their ratio to the yardstick's, and how much it prints."""

    format: str
    cpu_seconds: float
    ratio: float
    kilobytes: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 1 where a format takes too long, or a command did not end as it should."""
    options = _options(arguments)
    size = benchmark_tree.Size(options.modules, options.templates, options.interest)
    with run.place(None) as top:
        tree = os.path.join(top, "tree")
        written = benchmark_tree.write(tree, size, seed=0)
        try:
            rows = measured(tree, _formats(), options.rounds)
        except run.WrongEndError as error:
            print(f"benchmarks/formats.py: {error}", file=sys.stderr)
            return 1
        found = len(json.loads(_printed(tree, "json")))
    print(f"{written.hcl + written.templates} files, {found} findings, median of {options.rounds} rounds\n")
    print("\n".join(_text(rows)))
    return int(any(row.ratio >= _BEARABLE for row in rows))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--modules", type=int, default=1900, help="modules of five files each (%(default)s)")
    parser.add_argument("--templates", type=int, default=500, help="CloudFormation templates (%(default)s)")
    parser.add_argument("--interest", type=float, default=0.05, help="share that is of interest (%(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="runs of each format (%(default)s)")
    return parser.parse_args(arguments)


def _formats() -> Sequence[str]:
    sys.path.insert(0, run.SOURCES)
    from iac_imds_lint.output import FORMATS

    return FORMATS


def measured(tree: str, formats: Sequence[str], rounds: int) -> list[Row]:
    """A row for each format, over a tree; all of them in turns, so that a slow minute of the machine is shared."""
    cases = {name: run.Case(name, _command(name), tree, statuses=(1,)) for name in formats}
    taken: dict[str, list[float]] = {name: [] for name in formats}
    for turn in range(rounds + 1):
        for name, case in cases.items():
            cpu = run.run_once(case).cpu
            if turn:
                taken[name].append(cpu)
    return _rows(tree, {name: statistics.median(times) for name, times in taken.items()})


def _rows(tree: str, medians: Mapping[str, float]) -> list[Row]:
    return [
        Row(name, round(cpu, 3), round(cpu / medians[_YARDSTICK], 2), round(len(_printed(tree, name)) / 1000, 1))
        for name, cpu in medians.items()
    ]


def _command(name: str) -> list[str]:
    return [sys.executable, "-c", run.COMMAND, "check", "--no-progress", "--output-format", name, "."]


def _printed(tree: str, name: str) -> bytes:
    environment = {**os.environ, "PYTHONPATH": run.SOURCES}
    return subprocess.run(_command(name), cwd=tree, env=environment, capture_output=True, check=False).stdout


def _text(rows: Sequence[Row]) -> list[str]:
    table = [("format", "CPU s", f"x {_YARDSTICK}", "kB"), *(tuple(map(str, row)) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return ["  ".join(text.rjust(width) for text, width in zip(line, widths, strict=True)) for line in table]


if __name__ == "__main__":
    sys.exit(main())
