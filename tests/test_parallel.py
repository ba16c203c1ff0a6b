"""Work over several processes: the same results as in one, whatever becomes of a child."""

from __future__ import annotations

import os
from collections.abc import Sequence

import pytest

from iac_imds_lint.engine import lint
from iac_imds_lint.finding import Finding
from iac_imds_lint.parallel import Processes
from iac_imds_lint.report import Report
from iac_imds_lint.sources import Sources
from tests.support import MemoryFiles

MAIN = os.getpid()


def squares(numbers: Sequence[int]) -> list[int]:
    return [number * number for number in numbers]


def squares_here_only(numbers: Sequence[int]) -> list[int]:
    """Fails in every process but this one."""
    if os.getpid() != MAIN:
        raise RuntimeError("not here")
    return squares(numbers)


@pytest.mark.parametrize("jobs", [1, 2, 3, 7])
@pytest.mark.parametrize("number", [0, 1, 199, 200, 1000])
def test_parts_make_the_whole(jobs: int, number: int) -> None:
    results = Processes(jobs)(squares, range(number))
    assert [square for part in results for square in part] == squares(range(number))


def test_what_a_child_does_not_bring_back_is_done_again() -> None:
    results = Processes(3)(squares_here_only, range(600))
    assert [square for part in results for square in part] == squares(range(600))


def repository() -> dict[str, str]:
    """300 modules, half of which are called by others with an argument."""
    files = {}
    for number in range(300):
        call = (
            f'module "next" {{\n  source = "../m{number + 1}"\n  tokens = "optional"\n}}\n' if number % 2 == 0 else ""
        )
        files[f"m{number}/main.tf"] = (
            'variable "tokens" {\n  default = "required"\n}\n'
            'resource "aws_instance" "x" {\n  metadata_options {\n    http_tokens = var.tokens\n  }\n}\n' + call
        )
        files[f"t{number}.yaml"] = "Resources:\n  X:\n    Type: AWS::EC2::Instance\n    Properties: {}\n"
    return files


def told(finding: Finding) -> tuple[object, ...]:
    return finding.rule.code, finding.message, finding.span, finding.related, finding.fix, finding.affected


def test_a_report_is_the_same_from_several_processes() -> None:
    files = repository()

    def report(jobs: int) -> Report:
        return lint(sorted(files), Sources(MemoryFiles(files)), spread=Processes(jobs))

    one, three = report(1), report(3)
    assert [told(finding) for finding in three.findings] == [told(finding) for finding in one.findings]
    assert (three.inventory, three.problems, three.relevant) == (one.inventory, one.problems, one.relevant)
    assert [finding.rule.code for finding in one.findings].count("IMDS002") == 150, "one for each call"
