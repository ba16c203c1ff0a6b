"""Properties that hold for every input: generated configurations and templates, and any bytes at all.

Derandomized: a run says the same as the one before. IAC_IMDS_LINT_FUZZ multiplies the number of examples and draws new
ones each time.
"""

from __future__ import annotations

import difflib
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iac_imds_lint.edit import Applicability
from iac_imds_lint.engine import Options
from iac_imds_lint.fixer import Outcome, repair
from iac_imds_lint.model import Posture
from iac_imds_lint.output import concise, full, gitlab, json_report, junit, patch, sarif, table
from iac_imds_lint.output.style import Style
from iac_imds_lint.output.view import View
from iac_imds_lint.report import Report
from iac_imds_lint.source import SourceFile
from tests.generating import BOM, FILES, Generated, examples
from tests.sarif_schema import complaints
from tests.support import linted

SUFFIXES = (".tf", ".tofu", ".tf.json", ".yaml", ".yml", ".json", ".template")
each_kind = pytest.mark.parametrize("kind", FILES)


# --- What holds for a repair -----------------------------------------------------------------------------------------


def repaired(name: str, data: bytes) -> tuple[Report, Outcome, bytes]:
    """The report on a file, what repairing it comes to, and the file's bytes afterwards."""
    report = linted({name: data})
    outcome = repair(report, Options(), Applicability.UNSAFE)
    after = {changed.path: changed.encode() for _, changed in outcome.changed}
    return report, outcome, after.get(name, data)


@each_kind
def test_a_repair(kind: str) -> None:
    @examples(120 if kind == "hcl" else 80)
    @given(FILES[kind])
    def holds(file: Generated) -> None:
        report, outcome, after = repaired(file.name, file.data)
        assert not [finding for finding in report.findings if finding.rule.code in ("IMDS900", "IMDS999")]
        _only_others_stand_in_the_way(outcome)
        _nothing_else_changes(file, report, after)
        _the_file_is_as_it_was(file, after)
        _each_resource_is_mended_or_says_why(report, outcome)
        _once_is_enough(file.name, after)

    holds()


def _only_others_stand_in_the_way(outcome: Outcome) -> None:
    """A fix that is offered can be proven and works; what it may meet is another resource that shares the value."""
    for refused in outcome.refused:
        assert refused.reason.startswith("it would bring a new finding: ")
        assert not set(refused.finding.affected) & set(re.findall(r"aws_\w+\.\w+", refused.reason))


def _nothing_else_changes(file: Generated, report: Report, after: bytes) -> None:
    """Lines outside of the edits that the report shows are byte for byte the same, and so are lines within them that
    it does not show: what is deleted must be covered by an edit.
    """
    source = report.sources.read(file.name)
    assert isinstance(source, SourceFile)
    edits = [edit for finding in report.findings if finding.fix for edit in finding.fix.edits]
    replaced = {row for edit in edits for row in _rows(source, edit.span.start, edit.span.end)}
    before, now = (data.split(b"\n") for data in (file.data, after))
    for tag, first, last, _, _ in difflib.SequenceMatcher(None, before, now, autojunk=False).get_opcodes():
        if tag in ("replace", "delete"):
            assert set(range(first + 1, last + 1)) <= replaced


def _rows(source: SourceFile, start: int, end: int) -> range:
    return range(source.position(start).row, source.position(end).row + 1)


def _the_file_is_as_it_was(file: Generated, after: bytes) -> None:
    assert after.startswith(BOM) == file.data.startswith(BOM)
    assert after.endswith(b"\n") == file.data.endswith(b"\n")
    if b"\r\n" in file.data:
        assert after.count(b"\n") == after.count(b"\r\n")
    else:
        assert b"\r" not in after
    for comment in (*file.comments, "größer"):
        assert after.count(comment.encode()) == file.data.count(comment.encode())


def _each_resource_is_mended_or_says_why(report: Report, outcome: Outcome) -> None:
    migrated = {one.before: one.after for finding in outcome.mended if finding.fix for one in finding.fix.renamed}
    before = {migrated.get(row.resource, row.resource): row.posture for row in report.inventory}
    for row in outcome.report.inventory:
        told = [finding for finding in outcome.report.findings if row.resource in finding.affected]
        if row.posture in (Posture.V2_REQUIRED, Posture.IMDS_DISABLED):
            continue
        assert row.posture is before[row.resource], "what is not mended stays as it was"
        assert told, "what is not mended is found"
        for finding in told:
            assert finding.fix_unavailable if finding.fix is None else finding.fix.by_hand
    assert {row.resource for row in outcome.report.inventory} == set(before)


def _once_is_enough(name: str, after: bytes) -> None:
    _, outcome, again = repaired(name, after)
    assert again == after
    assert not outcome.mended


# --- What holds for any bytes ----------------------------------------------------------------------------------------


def renders(report: Report) -> None:
    """Every output format takes the report."""
    plain = Style(False)
    texts = [
        full.render(report, View(plain)),
        full.render(report, View(Style(True))),
        full.summary(report),
        concise.render(report, View(plain)),
        table.inventory(report, plain),
        table.statistics(report),
        patch.render(repair(report, Options(), Applicability.UNSAFE).changed),
    ]
    for text in texts:
        text.encode()
    assert len(json.loads(json_report.render(report, View()))) == len(report.findings)
    assert len(json.loads(json_report.inventory(report))) == len(report.inventory)
    _others_read(report)


def _others_read(report: Report) -> None:
    """What other programs read names every finding, the suppressed ones as well where that can be said."""
    every = View(suppressed=True)
    found = [finding.rule.code for finding in report.findings]
    suppressed = [one.finding.rule.code for one in report.suppressed]
    assert [entry["check_name"] for entry in json.loads(gitlab.render(report, every))] == found
    log = json.loads(sarif.render(report, every))
    assert complaints(log) == []
    assert [result["ruleId"] for result in log["runs"][0]["results"]] == found + suppressed
    cases = [case for case in ET.fromstring(junit.render(report, every).encode()).iter("testcase") if len(case)]
    unread = ["can be read" for _ in report.problems]
    told = [name if name in unread else name.split()[0] for name in (case.get("name", "") for case in cases)]
    assert sorted(told) == sorted(found + suppressed + unread)


def never_fails(name: str, data: bytes) -> None:
    report = linted({name: data})
    assert isinstance(report, Report)
    assert not [finding for finding in report.findings if finding.rule.code == "IMDS999"], "a defect of ours"
    renders(report)


WORDS_OF_OURS = r"""
{ } [ ] ( ) " ' = : , - ? | > # // /* */ << <<EOF EOF ${ %{ \\ --- %YAML &a *a !If !Ref !Sub Fn::If ~ null 1e999 \\ud800 é 🦀
"aws_instance" aws_launch_template resource module locals variable dynamic for_each content source "../x" metadata_options
http_tokens "required" AWS::EC2::Instance AWS::EC2::LaunchTemplate Resources Type Properties LaunchTemplateData
MetadataOptions HttpTokens Parameters Conditions iac-imds-lint: ignore[IMDS001] ignore[
"""
BLANKS_AND_WORSE = (
    b" ",
    b"\n",
    b"\r\n",
    b"\r",
    b"\t",
    b"\0",
    b"\xff",
    b"\xc3",
    b"\xed\xa0\x80",
    b"\x1b[31m",
    b"\xc2\x85",
    b"9" * 400,
    BOM,
)
SOUP = st.lists(
    st.sampled_from((*WORDS_OF_OURS.encode().split(), *BLANKS_AND_WORSE, *[b" ", b"\n"] * 6)), max_size=60
).map(b"".join)
BEGINNINGS = (
    b"",
    b'resource "aws_instance" "x" {\n',
    b'{"resource": {"aws_instance": {"x": ',
    b"Resources:\n  W:\n    Type: AWS::EC2::Instance\n    Properties: ",
    b'{"Resources": {"W": {"Type": "AWS::EC2::Instance", "Properties": ',
)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_any_bytes_end_in_a_report(suffix: str) -> None:
    @examples(120)
    @given(st.sampled_from(BEGINNINGS), st.one_of(SOUP, st.binary(max_size=200)))
    def holds(beginning: bytes, rest: bytes) -> None:
        never_fails(f"x{suffix}", beginning + rest)

    holds()


class Slip(NamedTuple):
    """A slip of somebody who edits a file: a slice of it deleted, doubled, or swapped with what follows."""

    kind: str
    where: float
    length: int

    def apply(self, data: bytes) -> bytes:
        start = int(self.where * len(data))
        middle = start + self.length
        end = middle + self.length
        head, one, two, tail = data[:start], data[start:middle], data[middle:end], data[end:]
        changed: dict[str, Callable[[], bytes]] = {
            "deleted": lambda: head + two + tail,
            "doubled": lambda: head + one + one + two + tail,
            "swapped": lambda: head + two + one + tail,
        }
        return changed[self.kind]()


SLIPS = st.builds(Slip, st.sampled_from(("deleted", "doubled", "swapped")), st.floats(0, 1), st.integers(1, 40))


@each_kind
def test_a_broken_file_ends_in_a_report(kind: str) -> None:
    @examples(160)
    @given(FILES[kind], st.lists(SLIPS, min_size=1, max_size=3))
    def holds(file: Generated, slips: list[Slip]) -> None:
        data = file.data
        for slip in slips:
            data = slip.apply(data)
        never_fails(file.name, data)

    holds()


@each_kind
def test_what_a_broken_file_is_repaired_to_is_repaired(kind: str) -> None:
    """A file that can still be read after a slip is repaired, once and for all, or left as it is."""

    @examples(80)
    @given(FILES[kind], SLIPS)
    def holds(file: Generated, slip: Slip) -> None:
        _, _, after = repaired(file.name, slip.apply(file.data))
        _once_is_enough(file.name, after)

    holds()
