"""Measure ``iac-imds-lint check`` on one file, one large module, a generated repository and an empty directory.

    python benchmarks/run.py [--modules N] [--templates N] [--interest SHARE] [--runs N] [--keep DIR] [--json]

Every figure is the median of N runs after one that warms up. Seconds depend on the machine; the ratios, to a bare
``python -c pass`` and to reading and searching every file in plain Python on one core, hold from one to the next.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import benchmark_module
import benchmark_tree

_HERE = os.path.dirname(os.path.abspath(__file__))
SOURCES = os.path.dirname(_HERE)
# What the installed command runs.
COMMAND = "from iac_imds_lint.cli import main; main()"
_BARE, _READ, _EMPTY = "python -c pass", "read and search the tree", "empty directory"
_ONE, _MODULE, _TREE = "one file", "one large module", "tree"


class Taken(NamedTuple):
    """What a command took: seconds, and kB at its peak."""

    wall: float
    cpu: float
    memory: int


class Case(NamedTuple):
    """Something to measure: a command, where it runs, how much it reads, and the exit statuses that are right."""

    name: str
    command: Sequence[str]
    directory: str
    files: int = 0
    bytes: int = 0
    statuses: tuple[int, ...] = (0,)


class Row(NamedTuple):
    """One measured case, with its ratios to the two yardsticks."""

    case: str
    wall_seconds: float
    cpu_seconds: float
    peak_megabytes: float
    files_a_second: float
    megabytes_a_second: float
    ratio_to_python: float
    ratio_to_reading: float


class WrongEndError(Exception):
    """A measured command ended as it should not have."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 1 where a command did not end as it should."""
    options = _options(arguments)
    size = benchmark_tree.Size(options.modules, options.templates, options.interest)
    with place(options.keep) as top:
        written = _write(top, size, options.seed)
        try:
            rows = measured(_cases(top, written, options.arguments), options.runs)
        except WrongEndError as error:
            print(f"benchmarks/run.py: {error}", file=sys.stderr)
            return 1
    print(_json(rows, written) if options.json else _text(rows, written))
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    size = benchmark_tree.Size()
    parser.add_argument("--modules", type=int, default=size.modules, help="modules of five files each (%(default)s)")
    parser.add_argument("--templates", type=int, default=size.templates, help="CloudFormation templates (%(default)s)")
    parser.add_argument(
        "--interest", type=_share, default=size.interest, help="share that is of interest (%(default)s)"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--runs", type=int, default=5, help="runs of each case (%(default)s)")
    parser.add_argument("--keep", metavar="DIR", help="write the repository here and leave it")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("arguments", nargs="*", help="more arguments for check, after --")
    return parser.parse_args(arguments)


def _share(text: str) -> float:
    most = 1 / benchmark_tree.FILES_OF_A_MODULE
    if not 0 <= float(text) <= most:
        raise argparse.ArgumentTypeError(f"a share from 0 to {most}: one file of a module is of interest at most")
    return float(text)


@contextlib.contextmanager
def place(keep: str | None) -> Iterator[str]:
    """A directory to write to: the one to keep, or one that goes away afterwards."""
    if keep is not None:
        yield os.path.abspath(keep)
    else:
        with tempfile.TemporaryDirectory() as directory:
            yield directory


def _write(top: str, size: benchmark_tree.Size, seed: int) -> benchmark_tree.Written:
    os.makedirs(os.path.join(top, "empty"), exist_ok=True)
    os.makedirs(os.path.join(top, "one"), exist_ok=True)
    with open(os.path.join(top, "one", "main.tf"), "w", encoding="utf-8") as file:
        file.write(benchmark_tree.small_file(seed))
    return benchmark_tree.write(os.path.join(top, "tree"), size, seed)


def _cases(top: str, written: benchmark_tree.Written, extra: Sequence[str]) -> list[Case]:
    tree, empty, one, module = (os.path.join(top, name) for name in ("tree", "empty", "one", "module"))
    files = written.hcl + written.templates
    size = os.path.getsize(os.path.join(one, "main.tf"))
    check = [sys.executable, "-c", COMMAND, "check", "--no-progress", *extra]
    search = [sys.executable, os.path.join(_HERE, "search.py"), *_needles(), tree]
    return [
        Case(_BARE, [sys.executable, "-c", "pass"], empty),
        Case(_READ, search, empty, files, written.bytes),
        Case(_EMPTY, [*check, empty], empty),
        Case(_ONE, [*check, os.path.join(one, "main.tf")], empty, 1, size, (0, 1)),
        Case(_MODULE, [*check, module], empty, 4, benchmark_module.write(module), (0, 1)),
        Case(_TREE, [*check, tree], empty, files, written.bytes, (0, 1)),
    ]


def _needles() -> tuple[str, str]:
    sys.path.insert(0, SOURCES)
    from iac_imds_lint.catalog import Dialect, markers

    hcl, other = (b",".join(markers(dialect)).decode() for dialect in (Dialect.TERRAFORM, Dialect.CLOUDFORMATION))
    return hcl, other


def measured(cases: Sequence[Case], runs: int) -> list[Row]:
    """Run every case, in turns so that a slow minute of the machine is shared, and set them against each other."""
    taken: dict[str, list[Taken]] = {case.name: [] for case in cases}
    for turn in range(runs + 1):
        for case in cases:
            once = run_once(case)
            if turn:
                taken[case.name].append(once)
    medians = {name: Taken(*map(statistics.median, zip(*times, strict=True))) for name, times in taken.items()}
    return [_row(case, medians[case.name], medians[_BARE], medians[_READ]) for case in cases]


def run_once(case: Case) -> Taken:
    """What a case takes. Raises WrongEndError where it ends in another way than it should."""
    command = [sys.executable, "-S", os.path.join(_HERE, "measure.py"), case.directory, *case.command]
    environment = {**os.environ, "PYTHONPATH": SOURCES}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    result = json.loads(done.stdout)
    if result["status"] not in case.statuses or "Traceback" in done.stderr:
        raise WrongEndError(f"{case.name}: exit status {result['status']} of {' '.join(case.command)}\n{done.stderr}")
    return Taken(result["wall"], result["cpu"], result["memory"])


def _row(case: Case, taken: Taken, bare: Taken, reading: Taken) -> Row:
    return Row(
        case.name,
        round(taken.wall, 4),
        round(taken.cpu, 4),
        round(taken.memory / 1024, 1),
        round(case.files / taken.wall),
        round(case.bytes / taken.wall / 1e6, 2),
        round(taken.wall / bare.wall, 2),
        round(taken.wall / reading.wall, 2),
    )


def _json(rows: Sequence[Row], written: benchmark_tree.Written) -> str:
    content = {"machine": _machine(), "written": written._asdict(), "cases": [row._asdict() for row in rows]}
    return json.dumps(content, indent=2)


def _machine() -> dict[str, str | int | None]:
    return {"python": platform.python_version(), "system": platform.platform(), "cores": os.cpu_count()}


def _text(rows: Sequence[Row], written: benchmark_tree.Written) -> str:
    machine = _machine()
    hcl = f"{written.hcl} HCL files, {written.hcl_of_interest} of interest"
    templates = f"{written.templates} templates, {written.templates_of_interest} of interest"
    lines = [
        f"Python {machine['python']}, {machine['system']}, {machine['cores']} cores",
        f"{hcl}; {templates}; {written.bytes / 1e6:.1f} MB",
        "",
    ]
    header = ("case", "wall s", "CPU s", "peak MB", "files/s", "MB/s", "x python", "x reading")
    table = [header, *(tuple(_cell(value) for value in row) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for first, *others in table:
        cells = [text.rjust(width) for text, width in zip(others, widths[1:], strict=True)]
        lines.append("  ".join([first.ljust(widths[0]), *cells]))
    return "\n".join(lines)


def _cell(value: str | float) -> str:
    """A figure as people read it; nothing where there is none."""
    match value:
        case str():
            return value
        case 0:
            return ""
        case int():
            return str(value)
        case _:
            return f"{value:.3f}" if value < 1 else f"{value:.1f}"


if __name__ == "__main__":
    sys.exit(main())
