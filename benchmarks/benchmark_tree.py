"""A repository to measure on: the same files from the same seed, as large and as varied as real ones.

A module is a directory of main, variables, outputs, locals and versions; every twentieth calls others. Measured over
public code an HCL file has 2.1 kB in the mean, which the block counts below come to. Which files are of interest (they
declare something that is judged) is the caller's to say, as a share.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import benchmark_hcl
from benchmark_dice import NAMES, many
from benchmark_yaml import template

FILES_OF_A_MODULE = 5

_AREAS = ("billing", "catalog", "checkout", "data", "edge", "identity", "observability", "platform", "search", "shared")
_IGNORED = """\
**/.terraform/*
*.tfstate
*.tfstate.*
crash.log
crash.*.log
*.tfvars
override.tf
*_override.tf
.terraformrc
terraform.rc
"""


@dataclass(frozen=True)
class Size:
    """How large the repository is, and the share of its HCL files and of its templates that are of interest."""

    modules: int = 2000
    templates: int = 500
    interest: float = 0.05


class Written(NamedTuple):
    """What was written: all HCL files and templates, those of interest among them, and their bytes."""

    hcl: int
    hcl_of_interest: int
    templates: int
    templates_of_interest: int
    bytes: int


def write(root: str, size: Size, seed: int) -> Written:
    """Write a repository into the directory ``root``. Equal arguments give equal files."""
    files = dict(repository(size, seed))
    for path, text in files.items():
        place = os.path.join(root, path)
        os.makedirs(os.path.dirname(place), exist_ok=True)
        with open(place, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
    return Written(
        size.modules * FILES_OF_A_MODULE,
        _share(size.modules * FILES_OF_A_MODULE, size.interest),
        size.templates,
        _share(size.templates, size.interest),
        sum(len(text.encode()) for text in files.values()),
    )


def repository(size: Size, seed: int) -> Iterator[tuple[str, str]]:
    """The path and the text of each file."""
    dice = random.Random(seed)
    yield ".gitignore", _IGNORED
    modules = [_module_path(number) for number in range(size.modules)]
    judged = set(dice.sample(range(size.modules), _share(size.modules * FILES_OF_A_MODULE, size.interest)))
    for number, path in enumerate(modules):
        called = dice.sample(modules, min(3, len(modules))) if number % 20 == 19 else []
        for name, text in _module(dice, number, number in judged, [os.path.relpath(to, path) for to in called]):
            yield f"{path}/{name}", text
    judged = set(dice.sample(range(size.templates), _share(size.templates, size.interest)))
    for number in range(size.templates):
        yield f"cloudformation/{NAMES[number % len(NAMES)]}-{number:04}.yaml", template(dice, number in judged)


def small_file(seed: int = 0) -> str:
    """One small HCL file of interest."""
    dice = random.Random(seed)
    return "\n".join(block(dice, "web") for block in benchmark_hcl.JUDGED)


def _share(count: int, share: float) -> int:
    return round(count * share)


def _module_path(number: int) -> str:
    area, name = _AREAS[number % len(_AREAS)], NAMES[number // len(_AREAS) % len(NAMES)]
    return f"terraform/{area}/{name}-{number:04}"


def _module(dice: random.Random, number: int, judged: bool, called: list[str]) -> Iterator[tuple[str, str]]:
    blocks = [dice.choice(benchmark_hcl.OTHERS)(dice, f"{dice.choice(NAMES)}_{at}") for at in range(many(dice, 10))]
    if judged:
        blocks += [
            dice.choice(benchmark_hcl.JUDGED)(dice, f"{dice.choice(NAMES)}_{at}") for at in range(1 + many(dice, 1.5))
        ]
    blocks += [benchmark_hcl.call(at, source) for at, source in enumerate(called)]
    variables = [benchmark_hcl.declaration(*used) for used in benchmark_hcl.USED_VARIABLES]
    variables += [benchmark_hcl.variable(dice, at) for at in range(many(dice, 9))]
    yield "main.tf", "\n".join([benchmark_hcl.PARTITION, *blocks])
    yield "variables.tf", "\n".join(variables)
    yield "outputs.tf", "\n".join(benchmark_hcl.output(dice, at) for at in range(many(dice, 12)))
    yield "locals.tf", benchmark_hcl.local_values(dice, number)
    yield "versions.tf", benchmark_hcl.VERSIONS
