"""What a change touched, and which findings are the same before and after it."""

from __future__ import annotations

import pytest

from iac_imds_lint.changes import WHOLE, Change, FileChange, Hunk, paths_before, unchanged, untouched
from iac_imds_lint.finding import Finding, Hiding
from iac_imds_lint.model import Posture
from iac_imds_lint.source import Span
from iac_imds_lint.sources import Sources
from tests.support import MemoryFiles, linted

ROWS = "one\ntwo\nthree\nfour\nfive\n"
SOURCES = Sources(MemoryFiles({"a.tf": ROWS, "crlf.tf": ROWS.replace("\n", "\r\n"), "bad.tf": b"\xff\n"}))
MIDDLE = Span("a.tf", ROWS.index("two"), ROWS.index("five") - 1)


@pytest.mark.parametrize(
    ("hunks", "touched", "why"),
    [
        ((), False, "only moved, or only whitespace"),
        ((Hunk(1, 1),), False, "the row before"),
        ((Hunk(5, 5),), False, "the row after"),
        ((Hunk(2, 2),), True, "its first row"),
        ((Hunk(4, 4),), True, "its last row"),
        ((Hunk(1, 5),), True, "all of it"),
        ((Hunk(1, 1), Hunk(5, 5)), False, "rows around it"),
        ((Hunk(1, 1), Hunk(3, 3), Hunk(5, 5)), True, "one of several"),
        ((Hunk(2, 1),), False, "rows taken out right before it"),
        ((Hunk(5, 4),), False, "rows taken out right after it"),
        ((Hunk(3, 2),), True, "rows taken out behind its first"),
        ((Hunk(4, 3),), True, "rows taken out before its last"),
        (WHOLE, True, "a new file"),
    ],
)
def test_what_touches_rows_two_to_four(hunks: tuple[Hunk, ...], touched: bool, why: str) -> None:
    assert Change({"a.tf": FileChange("a.tf", hunks)}).touches(MIDDLE, SOURCES) is touched, why


COPIED = "one\n{\n  x\n}\n\n{\n  x\n}\nlast\n"
BLOCKS = {"first": Span("b.tf", 4, 11), "second": Span("b.tf", 13, 20)}


@pytest.mark.parametrize(
    ("block", "hunk", "touched", "why"),
    [
        ("first", Hunk(3, 6, only_added=True), False, "the second one was added, whatever git calls its rows"),
        ("second", Hunk(3, 6, only_added=True), False, "or the first one: the report before tells which is new"),
        ("first", Hunk(3, 6), True, "rows went, too"),
        ("first", Hunk(3, 3, only_added=True), True, "within"),
        ("second", Hunk(7, 9, only_added=True), True, "these rows stand nowhere else"),
    ],
)
def test_rows_that_were_added_may_stand_elsewhere(block: str, hunk: Hunk, touched: bool, why: str) -> None:
    sources = Sources(MemoryFiles({"b.tf": COPIED}))
    change = Change({"b.tf": FileChange("b.tf", (hunk,))})
    assert change.touches(BLOCKS[block], sources) is touched, why


@pytest.mark.parametrize(
    ("span", "touched", "why"),
    [
        (Span("a.tf", 4, 4), True, "a place without extent stands in its row"),
        (Span("a.tf", 3, 3), False, "the end of the row before"),
        (Span("a.tf", 0, 4), False, "a place that ends with the newline of the row before"),
        (Span("crlf.tf", 5, 8), False, "another file"),
        (Span("elsewhere.tf", 0, 1), False, "a file that did not change"),
    ],
)
def test_places_and_the_second_row(span: Span, touched: bool, why: str) -> None:
    assert Change({"a.tf": FileChange("a.tf", (Hunk(2, 2),))}).touches(span, SOURCES) is touched, why


def test_rows_end_as_those_of_git_do() -> None:
    change = Change({"crlf.tf": FileChange("crlf.tf", (Hunk(2, 2),))})
    assert [change.touches(Span("crlf.tf", at, at + 1), SOURCES) for at in (0, 5, 10)] == [False, True, False]


def test_what_cannot_be_read_is_touched_as_a_whole() -> None:
    assert Change({"bad.tf": FileChange("bad.tf", (Hunk(2, 2),))}).touches(Span("bad.tf", 0, 0), SOURCES)


def test_a_file_has_the_name_that_it_had() -> None:
    change = Change(
        {"new.tf": FileChange(None, WHOLE), "now.tf": FileChange("then.tf", ()), "same.tf": FileChange("same.tf", ())},
        frozenset({"then.tf", "gone.tf"}),
    )
    told = [change.before(path) for path in ("new.tf", "now.tf", "same.tf", "other.tf")]
    assert told == [None, "then.tf", "same.tf", "other.tf"]
    assert paths_before(("new.tf", "now.tf", "other.tf"), change) == ["gone.tf", "other.tf", "then.tf"]


def test_another_name_of_a_file_is_the_same_file() -> None:
    change = Change({"a.tf": FileChange("a.tf", WHOLE)}, canonical=lambda path: path.removeprefix("link/"))
    assert change.wrote("link/a.tf")


INSTANCE = """\
resource "aws_instance" "{name}" {{
  metadata_options {{
    http_endpoint = "enabled"
    http_tokens   = {tokens}
  }}
}}
"""


def instance(name: str, tokens: str = '"optional"') -> str:
    return INSTANCE.format(name=name, tokens=tokens)


SHARED = 'variable "x" {\n  default = "optional"\n}\n'


def booting(calls: int) -> str:
    script = "#!/bin/sh\n" + "curl http://169.254.169.254/latest/meta-data/instance-id\n" * calls
    required = instance("a", '"required"').removesuffix("}\n")
    return f"{required}  user_data = <<EOF\n{script}EOF\n}}\n"


@pytest.mark.parametrize(
    ("before", "now", "new", "why"),
    [
        ({"a.tf": instance("a")}, {"a.tf": "#\n\n" + instance("a")}, [], "it has moved down"),
        ({"a.tf": instance("a")}, {"b.tf": instance("a")}, [], "its file has another name"),
        ({"a.tf": instance("a")}, {"a.tf": instance("b")}, ["aws_instance.b"], "another resource"),
        ({"a.tf": instance("a", "null")}, {"a.tf": instance("a")}, [], "the same posture, for another reason"),
        ({"a.tf": instance("a", "var.x")}, {"a.tf": instance("a")}, ["aws_instance.a"], "another posture"),
        ({"a.tf": instance("a", '"required"')}, {"a.tf": instance("a")}, ["aws_instance.a"], "nothing was found"),
        (
            {"m/a.tf": instance("a"), "a.tf": 'module "x" {\n  source = "./m"\n}\n'},
            {"m/a.tf": instance("a")},
            [],
            "its module is called no more",
        ),
        ({"a.tf": booting(1)}, {"a.tf": booting(2)}, ["aws_instance.a"], "one more of the same words"),
        (
            {"a.tf": booting(1)},
            {"a.tf": booting(1).replace("curl ", "wget ")},
            ["aws_instance.a"],
            "as many calls in a script, in other words",
        ),
        (
            {"m/a.tf": instance("a", "var.x"), "m/v.tf": SHARED},
            {"n/a.tf": instance("a", "var.x"), "m/v.tf": SHARED, "n/v.tf": SHARED},
            ["aws_instance.a"],
            "a copy in another directory",
        ),
        ({"a.tf": booting(2)}, {"a.tf": booting(1)}, [], "one less of the same words"),
    ],
)
def test_what_is_new(before: dict[str, str], now: dict[str, str], new: list[str], why: str) -> None:
    files = {path: FileChange("a.tf" if path == "b.tf" else path, ()) for path in now}
    report = linted(now)
    hidden = unchanged(report.findings, report, Change(files), linted(before))
    assert {one.by.hiding for one in hidden} <= {Hiding.UNCHANGED}
    left = [finding for finding in report.findings if finding not in {one.finding for one in hidden}]
    assert [_address(finding) for finding in left] == new, why


def _address(finding: Finding) -> str:
    return finding.resource.address if finding.resource is not None else ""


def test_what_could_not_be_judged_goes_by_its_file() -> None:
    report = linted({"a.tf": instance("a") + "resource {{{\n", "b.tf": "resource {{{ aws_instance\n"})
    change = Change({"a.tf": FileChange("a.tf", (Hunk(40, 40),))})
    assert [one.span.path for one in report.findings if one.rule.code == "IMDS900"] == ["a.tf", "b.tf"]
    left = [(one.rule.code, one.span.path) for one in untouched(report, change)]
    assert left == [("IMDS002", "a.tf"), ("IMDS900", "b.tf")]


def test_postures_are_what_findings_say() -> None:
    """The identity rests on this: each finding of a resource has one."""
    (finding,) = linted({"a.tf": instance("a")}).findings
    assert finding.posture is Posture.V1_ALLOWED
