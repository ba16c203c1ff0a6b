"""Measure how the time of ``iac-imds-lint check`` grows with what it is given a lot of.

    python benchmarks/growth.py [--size N] [--rounds N]

Each case is generated with N and with 2 N of its kind; every figure is the median of some rounds, in turns. What takes
more than three times as long for twice as much ends in status 1: in linear time it takes twice as long at most.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import run

_BEARABLE = 3.0
_WEAK = 'resource "aws_instance" "a{}" {{\n  ami = "ami-{}"\n}}\n'
_UNUSED = "iac-imds-lint: ignore[IMDS003] {}"
_REQUIRED = {"http_endpoint": "enabled", "http_tokens": "required"}


class Made(NamedTuple):
    """What a case is made of: files by their names, and the arguments of the check."""

    files: Mapping[str, str]
    arguments: Sequence[str] = ()


def comments(count: int) -> Made:
    """Comments in HCL, each of which ignores nothing."""
    return Made({"main.tf": "".join(f"# {_UNUSED.format('r')}\n{_WEAK.format(at, at)}" for at in range(count))})


def metadata(count: int) -> Made:
    """Resources of a template whose metadata ignores what is found of them."""
    ours = {"iac-imds-lint": {"ignore": ["IMDS001"]}}
    resources = {f"A{at}": {"Type": "AWS::EC2::Instance", "Metadata": ours} for at in range(count)}
    return Made({"template.json": json.dumps({"Resources": resources}, indent=1)})


def texts(count: int) -> Made:
    """Comments in one list of Terraform's JSON."""
    instance = {"metadata_options": _REQUIRED, "//": [_UNUSED.format(at) for at in range(count)]}
    return Made({"main.tf.json": json.dumps({"resource": {"aws_instance": {"a": instance}}}, indent=1)})


def _known(count: int, root: str, name: str) -> Made:
    """Findings, and a baseline of as many entries that stand for resources of a name in a directory."""
    files = {"now/main.tf": "".join(_WEAK.format(at, at) for at in range(count))}
    entry = {"code": "IMDS001", "posture": "v1-allowed", "filename": f"{root}/main.tf", "root": root}
    found = [
        {**entry, "resource": f"aws_instance.{name.format(at)}", "marked": "m", "declared": "d"} for at in range(count)
    ]
    files["known.json"] = json.dumps({"tool": "iac-imds-lint", "version": 1, "findings": found})
    return Made(files, ("--baseline", "known.json", "now"))


def edited(count: int) -> Made:
    """Entries of a baseline that are known again without their text."""
    return _known(count, "now", "a{}")


def gone(count: int) -> Made:
    """Entries of a baseline for files that are no longer there, all alike."""
    return _known(count, "old", "same")


CASES: Mapping[str, Callable[[int], Made]] = {
    "unused comments in HCL": comments,
    "metadata of a template": metadata,
    "comments in one list of JSON": texts,
    "baseline, edited": edited,
    "baseline, gone": gone,
}


class Row(NamedTuple):
    """A case: the CPU seconds of a run over as many as asked for, and how many times that twice as many take."""

    case: str
    cpu_seconds: float
    ratio: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 1 where anything grows too fast, or a command did not end as it should."""
    options = _options(arguments)
    try:
        with run.place(None) as top:
            rows = measured(top, options.size, options.rounds)
    except run.WrongEndError as error:
        print(f"benchmarks/growth.py: {error}", file=sys.stderr)
        return 1
    for row in rows:
        print(f"{row.case:30}{row.cpu_seconds:8.2f} s  x {row.ratio:.2f}")
    return int(any(row.ratio > _BEARABLE for row in rows))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=5000, help="how many of each kind, and twice as many (%(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each case (%(default)s)")
    return parser.parse_args(arguments)


def measured(top: str, size: int, rounds: int) -> list[Row]:
    """A row for each case; all of them in turns, so that a slow minute of the machine is shared."""
    cases = [_case(top, name, count) for name in CASES for count in (size, 2 * size)]
    taken = [[run.run_once(case).cpu for case in cases] for _ in range(rounds)]
    medians = [statistics.median(times) for times in zip(*taken, strict=True)]
    pairs = zip(CASES, medians[::2], medians[1::2], strict=True)
    return [Row(name, round(once, 3), round(twice / once, 2)) for name, once, twice in pairs]


def _case(top: str, name: str, count: int) -> run.Case:
    made = CASES[name](count)
    directory = os.path.join(top, name.replace(" ", "-"), str(count))
    for file, text in made.files.items():
        path = os.path.join(directory, file)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as opened:
            opened.write(text)
    command = [sys.executable, "-c", run.COMMAND, "check", "--no-progress", "--output-format", "concise"]
    return run.Case(name, [*command, *made.arguments], directory, statuses=(0, 1))


if __name__ == "__main__":
    sys.exit(main())
