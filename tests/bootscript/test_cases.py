"""Every case of boot scripts: all calls that are found, and no other; and what is said not to be visible."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pytest

from iac_imds_lint import bootscript
from iac_imds_lint.finding import Finding
from iac_imds_lint.rules import imds007
from iac_imds_lint.script import Unseen
from iac_imds_lint.source import SourceFile, Span
from iac_imds_lint.sources import Sources
from tests.bootscript.cases import CASES, CONFIGURATIONS, SCRIPTS, Case, Expected
from tests.support import MemoryFiles, linted


def reported(case: Case) -> tuple[list[Finding], list[str]]:
    """The findings of IMDS007 about a case, and the reasons for what is not visible."""
    if case.linted:
        report = linted(case.files, paths=case.linted)
        assert not report.problems
        found = [one for one in report.findings if one.rule.code == imds007.RULE.code]
        return found, [row.boot.reason for row in report.inventory if row.boot.reason]
    ((path, data),) = case.files.items()
    source = SourceFile.decode(path, data)
    assert isinstance(source, SourceFile)
    script = bootscript.of_file(source)
    return list(imds007.of_script(script)), reasons(bootscript.read(script).unseen)


def reasons(unseen: Iterable[Unseen]) -> list[str]:
    return [one.reason for one in unseen]


def place(span: Span, case: Case) -> tuple[str, int, int]:
    """File, row and column of where a span begins."""
    source = Sources(MemoryFiles(case.files)).read(span.path)
    assert isinstance(source, SourceFile), span
    return span.path, *source.position(span.start)


def problem(finding: Finding, expected: Expected) -> str:
    """What of a finding is not as it has to be, apart from its place; empty where all is."""
    message = finding.message.lower()
    asked = f" for {expected.asked} without" if expected.asked else f" for {expected.asked_starts}"
    wanted = [expected.program.lower(), *([asked.lower()] if expected.asked or expected.asked_starts else ())]
    missing = [word for word in wanted if word not in message]
    if (finding.rule.severity.value == "warning") is not expected.too_old:
        missing.append(finding.rule.severity.value)
    return f"{missing} of {finding.message!r}" if missing else ""


def assert_as_expected(case: Case) -> None:
    found, unseen = reported(case)
    places = [place(one.span, case) for one in found]
    assert sorted(places) == sorted((one.file, one.row, one.column) for one in case.calls), case.why
    for expected in case.calls:
        one = found[places.index((expected.file, expected.row, expected.column))]
        assert problem(one, expected) == "", case.why
    assert [word for word in case.unseen if not any(word in reason for reason in unseen)] == [], unseen
    assert bool(unseen) is bool(case.unseen), (unseen, case.why)


@pytest.mark.parametrize("case", SCRIPTS, ids=str)
def test_a_script(case: Case) -> None:
    assert_as_expected(case)


@pytest.mark.parametrize("case", CONFIGURATIONS, ids=str)
def test_what_a_module_or_a_template_runs(case: Case) -> None:
    assert_as_expected(case)


# What is written behind a program so that it sends a token, without a character that the texts around escape.
_SENT = {
    "curl": " -H X-aws-ec2-metadata-token:$TOKEN",
    "wget": " --header X-aws-ec2-metadata-token:$TOKEN",
    "irm": " -Headers @{'X-aws-ec2-metadata-token'=$token}",
}
_SENT |= dict.fromkeys(("iwr", "Invoke-RestMethod", "Invoke-WebRequest"), _SENT["irm"])


def with_token(case: Case) -> Case | None:
    """The same case, each call of which sends a token; None where that is not a matter of adding an option."""
    texts = {path: data.decode() for path, data in case.files.items()}
    for call in sorted(case.calls, reverse=True):
        source = SourceFile(call.file, texts[call.file])
        start = source.offset(call.row, call.column)
        named = re.compile(rf"{call.program}(\.exe)?(?= )", re.IGNORECASE).search(source.text, start, start + 40)
        if not named or call.program not in _SENT or (named[0] == "curl" and call.file.endswith(".ps1")):
            return None
        sent = _SENT[call.program]
        texts[call.file] = source.text[: named.end()] + sent + source.text[named.end() :]
    files = {path: text.encode() for path, text in texts.items()}
    return case._replace(files=files, calls=(), why=f"{case.why} With a token.") if case.calls else None


WITH_TOKEN = tuple(made for made in map(with_token, CASES) if made)


@pytest.mark.parametrize("case", WITH_TOKEN, ids=str)
def test_the_same_with_a_token(case: Case) -> None:
    """Where a call can be seen, its header can be seen as well."""
    assert_as_expected(case)


def test_as_many_cases_ask_nothing_without_a_token() -> None:
    """What stays quiet is as much of a promise as what is found."""
    found = [case for case in CASES if case.calls]
    quiet = [case for case in CASES if not case.calls]
    assert min(len(found), len(quiet)) >= 120
    assert len(quiet) + len(WITH_TOKEN) >= len(found)
