"""Reports whose texts and paths are anything at all: what other programs read stays JSON and XML."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iac_imds_lint.edit import Applicability, Edit, Fix
from iac_imds_lint.finding import Hiding, Related, Suppressed, Suppression
from iac_imds_lint.output import gitlab, junit, sarif
from iac_imds_lint.output.view import Root, View
from iac_imds_lint.report import Report
from iac_imds_lint.source import Problem, Span
from tests.generating import examples
from tests.sarif_schema import complaints
from tests.support import linted

REPORT = linted({"main.tf": 'resource "aws_instance" "x" {\n  ami = "a"\n}\n'})
VIEW = View(suppressed=True, root=Root("/home/me/repo/infra", "/home/me/repo"))
WORST = (
    "]]>",
    "<!--",
    "&amp;",
    "\x00",
    "\x1b[31m",
    "\ud800",
    "\udcff",
    "\ufffe",
    "\u2028",
    "\r\n",
    "](1)",
    "{0}",
    "🦀",
    "\\",
)


def told_of(text: str, path: str) -> Report:
    """A report in which a text and a path stand wherever there can be one."""
    (finding,) = REPORT.findings
    span = Span(path, 0, 0)
    fix = Fix(text, Applicability.SAFE, (Edit(finding.span, text),), note=text)
    said = replace(
        finding,
        message=text,
        related=(Related(span, text),),
        affected=(text, text),
        consumers=(text,),
        fix=fix,
    )
    elsewhere = replace(finding, span=span)
    by = Suppression(Hiding.COMMENT, span, text, None, text)
    problems = (Problem(path, text),)
    return replace(REPORT, findings=(said, elsewhere), suppressed=(Suppressed(elsewhere, by),), problems=problems)


def holds(text: str, path: str) -> None:
    report = told_of(text, path)
    log = json.loads(sarif.render(report, VIEW).encode("utf-8"))
    assert complaints(log) == []
    first = log["runs"][0]["results"][0]
    readable = text.encode("utf-8", "replace").decode()
    assert first["fixes"][0]["artifactChanges"][0]["replacements"][0]["insertedContent"]["text"] == readable
    entries = json.loads(gitlab.render(report, VIEW).encode("utf-8"))
    assert entries[0]["description"].endswith(f": {readable}")
    cases = list(ET.fromstring(junit.render(report, VIEW).encode("utf-8")).iter("testcase"))
    assert [[outcome.tag for outcome in case] for case in cases].count(["failure"]) == 2
    assert len(cases) == 4


TEXTS = st.one_of(st.sampled_from(WORST), st.text(st.characters(codec=None), max_size=30)).map(lambda text: text or "x")


def test_any_text_and_any_path() -> None:
    @examples(200)
    @given(TEXTS, TEXTS)
    def tried(text: str, path: str) -> None:
        holds(text, path)

    tried()


@pytest.mark.parametrize("text", WORST, ids=ascii)
@pytest.mark.parametrize("path", ["main.tf", "../../out.tf", "/srv/out.tf", "a\\b.tf", "C:\\b.tf", "x\udcff.tf"])
def test_the_worst_of_them(text: str, path: str) -> None:
    holds(text, path)


def test_a_line_of_a_megabyte() -> None:
    holds("x" * 1_000_000, "y" * 1_000_000)
