"""Properties of every repair of whole modules and templates: launch configurations, what decides their options, and
what launches from them.

Derandomized, like :mod:`tests.test_properties`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given

from iac_imds_lint.edit import Applicability, Fix, apply
from iac_imds_lint.engine import Options
from iac_imds_lint.fixer import Outcome, repair
from iac_imds_lint.model import CLOSED, Posture
from iac_imds_lint.report import Report
from iac_imds_lint.source import SourceFile
from tests import reference
from tests.generating import BOM, examples
from tests.generating_modules import MODULES, Module
from tests.support import linted

each_kind = pytest.mark.parametrize("kind", MODULES)


def repaired(files: Mapping[str, bytes], threshold: Applicability) -> tuple[Report, Outcome, dict[str, bytes]]:
    """The report on some files, what repairing them comes to, and the files afterwards."""
    report = linted(files)
    outcome = repair(report, Options(), threshold)
    return report, outcome, {**files, **{after.path: after.encode() for _, after in outcome.changed}}


@each_kind
def test_a_repair_of_a_module(kind: str) -> None:
    @examples(30 if kind == "hcl" else 25)
    @given(MODULES[kind])
    def holds(module: Module) -> None:
        report, outcome, after = repaired(module.files, Applicability.UNSAFE)
        assert not _broken(report), "what is generated can be read"
        assert not _broken(outcome.report)
        _can_be_read(module.files, after)
        _is_laid_out_as_it_was(module, after)
        _bystanders_are_what_they_were(module.files, after)
        _nothing_is_worse(report, outcome)
        _what_can_be_mended_is(outcome.report, Applicability.UNSAFE)
        _drafts_can_be_read(outcome.report, after)
        _, again, same = repaired(after, Applicability.UNSAFE)
        assert (again.mended, same) == ((), after), "once is enough"

    holds()


@each_kind
def test_a_safe_repair_of_a_module_is_safe(kind: str) -> None:
    @examples(20)
    @given(MODULES[kind])
    def holds(module: Module) -> None:
        _, outcome, after = repaired(module.files, Applicability.SAFE)
        assert reference.dangers(module.files, after) == []
        _what_can_be_mended_is(outcome.report, Applicability.SAFE)

    holds()


def _broken(report: Report) -> list[str]:
    return [finding.message for finding in report.findings if finding.rule.code in ("IMDS900", "IMDS999")]


def _can_be_read(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> None:
    for path, data in after.items():
        if data != before[path] and not isinstance(reference.read(path, before[path]), reference.Unread):
            assert not isinstance(reference.read(path, data), reference.Unread), path


def _is_laid_out_as_it_was(module: Module, after: Mapping[str, bytes]) -> None:
    for path, data in after.items():
        before = module.files[path]
        assert data.startswith(BOM) == before.startswith(BOM)
        assert data.endswith(b"\n") == before.endswith(b"\n")
        if b"\r\n" in before:
            assert data.count(b"\n") == data.count(b"\r\n")
        else:
            assert b"\r" not in data
        for comment in (*module.comments, "# in a list"):
            assert data.count(comment.encode()) == before.count(comment.encode()), comment


def _bystanders_are_what_they_were(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> None:
    for path, data in after.items():
        old, new = (reference.read(path, files) for files in (before[path], data))
        if isinstance(old, reference.Content) and isinstance(new, reference.Content):
            for name, body in old.resources.items():
                if {"bystander", "aws_iam_instance_profile", "V", "P", "Group"}.intersection(name):
                    assert new.resources[name] == body


def _nothing_is_worse(report: Report, outcome: Outcome) -> None:
    assert len(report.inventory) == len(outcome.report.inventory)
    there = {posture: sum(row.posture is posture for row in report.inventory) for posture in Posture}
    now = {posture: sum(row.posture is posture for row in outcome.report.inventory) for posture in Posture}
    assert now[Posture.V1_ALLOWED] <= there[Posture.V1_ALLOWED]
    assert sum(now[posture] for posture in CLOSED) >= sum(there[posture] for posture in CLOSED)
    for refused in outcome.refused:
        assert refused.reason.startswith("it would bring a new finding: "), refused.reason


def _what_can_be_mended_is(report: Report, threshold: Applicability) -> None:
    for finding in report.findings:
        assert finding.fix is None or finding.fix.applicability < threshold, finding.message
        assert (finding.fix is None) == bool(finding.fix_unavailable)


def _drafts_can_be_read(report: Report, files: Mapping[str, bytes]) -> None:
    for finding in report.findings:
        for fix in (finding.fix, *finding.fix.alternatives) if finding.fix else ():
            assert fix.by_hand or fix is not finding.fix, "a draft says what is left to do"
            drafted = {**files, **_drafted(report, fix)}
            _can_be_read(files, drafted)
            assert not _broken(linted(drafted))


def _drafted(report: Report, fix: Fix) -> dict[str, bytes]:
    sources = {edit.span.path: report.sources.read(edit.span.path) for edit in fix.edits}
    return {
        path: apply(source, fix.edits).encode() for path, source in sources.items() if isinstance(source, SourceFile)
    }


@pytest.mark.skipif(shutil.which("terraform") is None, reason="there is no terraform here")
def test_what_was_formatted_stays_formatted(tmp_path: Path) -> None:
    """A sample of generated modules, formatted by Terraform before they are repaired."""
    sample: list[Module] = []

    @examples(20)
    @given(MODULES["hcl"])
    def drawn(module: Module) -> None:
        sample.append(module)

    drawn()
    for number, module in enumerate(sample):
        for name, data in module.files.items():
            (tmp_path / str(number) / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / str(number) / name).write_bytes(data.removeprefix(BOM).replace(b"\r\n", b"\n"))
    _formatted(tmp_path, "-write=true")
    for number, module in enumerate(sample):
        before = {name: (tmp_path / str(number) / name).read_bytes() for name in module.files}
        _, _, after = repaired(before, Applicability.UNSAFE)
        for name, data in after.items():
            (tmp_path / str(number) / name).write_bytes(data)
    assert _formatted(tmp_path, "-write=false") == []


def _formatted(directory: Path, write: str) -> list[str]:
    """The files that are not formatted."""
    command = ["terraform", "fmt", "-recursive", "-list=true", write]
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=True, env=dict(os.environ))
    return sorted(done.stdout.splitlines())
