"""A comment or a job summary: what a renderer of GitHub's Markdown makes of it, whatever stands in the files."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest

from iac_imds_lint.edit import Applicability, Edit, Fix
from iac_imds_lint.finding import Finding, Hiding, Severity, Suppressed, Suppression
from iac_imds_lint.output import markdown
from iac_imds_lint.output.view import Root, View
from iac_imds_lint.report import Report
from iac_imds_lint.source import Problem, Span
from tests.shell import run
from tests.support import linted

WEAK = 'resource "aws_instance" "x" {\n  ami = "a"\n}\n'
RULES = "https://github.com/iac-imds-lint/iac-imds-lint/blob/main/docs/rules"
# What GitHub takes in a comment.
MOST = 65_536


def rendered(text: str) -> str:
    """As HTML, by CommonMark with the tables and the links of GitHub."""
    pytest.importorskip("markdown_it")
    from markdown_it import MarkdownIt

    return str(MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(text))


def cells(html: str) -> list[list[str]]:
    """The rows of the tables, each cell as the text that is seen."""
    rows = re.findall(r"<tr>\n(.*?)</tr>", html, re.DOTALL)
    return [[seen(cell) for cell in re.findall(r"<td>(.*?)</td>", row, re.DOTALL)] for row in rows if "<td>" in row]


def seen(html: str) -> str:
    return unescape(re.sub(r"<[^>]*>", "", html)).replace("\u2060", "")


def one(report: Report, **changes: object) -> Report:
    """The report with its only finding changed."""
    (finding,) = report.findings
    return replace(report, findings=(replace(finding, **changes),))  # type: ignore[arg-type]


def test_the_whole_text() -> None:
    view = View(root=Root("/w/repo/infra", "/w/repo"), address="https://example.org/o/r/blob/abc/")
    assert markdown.render(linted({"main.tf": WEAK}), view) == (
        "### iac-imds-lint: 1 error\n"
        "\n"
        "1 finding in 1 file. 1 fixable with --fix.\n"
        "\n"
        "| severity | rule | place | finding |\n"
        "|---|---|---|---|\n"
        f"| error | [IMDS001]({RULES}/IMDS001.md) "
        "| [<code>main.tf:1</code>](https://example.org/o/r/blob/abc/infra/main.tf#L1) "
        "| aws&#95;instance.x answers IMDSv1: metadata&#95;options is not set (safe fix) |\n"
        "\n"
        "<details><summary>IMDS001 <code>main.tf:1</code></summary>\n"
        "\n"
        "```text\n"
        "error IMDS001 missing-metadata-options: aws_instance.x answers IMDSv1: metadata_options is not set\n"
        " --> main.tf:1:1\n"
        "  |\n"
        '1 | resource "aws_instance" "x" {\n'
        "  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^ nothing at any level asks for IMDSv2\n"
        '  = fix (safe): set http_endpoint to "enabled" and http_tokens to "required"\n'
        "```\n"
        "\n"
        "```diff\n"
        "main.tf:3\n"
        "+\n"
        "+   metadata_options {\n"
        '+     http_endpoint = "enabled"\n'
        '+     http_tokens   = "required"\n'
        "+   }\n"
        "```\n"
        "\n"
        "</details>\n"
        "\n"
    )


def test_a_clean_report_is_a_line() -> None:
    assert markdown.render(linted({"main.tf": ""}), View()) == "**iac-imds-lint**: No findings in 1 file.\n"


def test_without_an_address_there_are_no_links_to_places() -> None:
    assert "| <code>main.tf:1</code> |" in markdown.render(linted({"main.tf": WEAK}), View())


def test_what_lies_outside_of_the_repository_has_no_link() -> None:
    view = View(root=Root("/w/repo", "/w/repo"), address="https://example.org/")
    text = markdown.render(linted({"../b/main.tf": WEAK}, paths=("../b/main.tf",)), view)
    assert "| <code>../b/main.tf:1</code> |" in text


def test_a_link_leads_to_a_name_with_any_letter() -> None:
    view = View(root=Root("/w", "/w"), address="https://example.org/")
    text = markdown.render(linted({"a b)(é#?.tf": WEAK}), view)
    assert "](https://example.org/a%20b%29%28%C3%A9%23%3F.tf#L1)" in text
    assert cells(rendered(text))[0][2] == "a b)(é#?.tf:1"


def test_errors_come_first() -> None:
    report = linted({"main.tf": WEAK})
    (finding,) = report.findings
    kinds = (Severity.INFO, Severity.ERROR, Severity.WARNING, Severity.ERROR)
    found = tuple(
        replace(finding, rule=finding.rule._replace(severity=kind), message=str(at)) for at, kind in enumerate(kinds)
    )
    text = markdown.render(replace(report, findings=found), View())
    assert text.startswith("### iac-imds-lint: 2 errors, 1 warning, 1 remark\n")
    assert [(row[0], row[3]) for row in cells(rendered(text))] == [
        ("error", "1 (safe fix)"),
        ("error", "3 (safe fix)"),
        ("warning", "2 (safe fix)"),
        ("info", "0 (safe fix)"),
    ]


HOSTILE = (
    "a|b", "`c`", "``", "<script>alert(1)</script>", "</code></td></table>", "</details>", "*bold* _it_ ~~no~~",
    "[x](https://e.org)", "![x](https://e.org/i.png)", "\\", "a\\|b", "$x$", "&amp;", "<!-- x", "# h", "- l", "| a | b |",
)  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_in_a_name_or_a_message_is_markup(text: str) -> None:
    report = one(linted({f"{text.replace('/', '-')}.tf": WEAK}), message=f"x {text} y")
    html = rendered(markdown.render(report, View()))
    ((severity, rule, place, finding),) = cells(html)
    assert (severity, rule, place, finding) == (
        "error",
        "IMDS001",
        f"{text.replace('/', '-')}.tf:1",
        f"x {text} y (safe fix)",
    )
    tags = re.findall(r"</?(\w+)", html)
    assert set(tags) == {
        "h3", "p", "table", "thead", "tbody", "tr", "th", "td", "a", "code", "details", "summary", "pre"
    }  # fmt: skip
    assert html.count("<details>") == html.count("</details>") == 1


@pytest.mark.parametrize(
    "text", ["@octocat", "team@example.org", "#12", "https://example.org", "www.example.org", "http://x", "o/r#1"]
)
def test_nobody_is_called_and_nothing_is_linked(text: str) -> None:
    """GitHub turns these into links outside of code, after entities are gone."""
    html = rendered(markdown.render(one(linted({"main.tf": WEAK}), message=text), View()))
    row = unescape(re.sub(r"<[^>]*>", "", re.findall(r"<td>.*?</td>", html)[3]))
    assert not re.search(r"@\w|#\d", row)
    raw = markdown.render(one(linted({"main.tf": WEAK}), message=text), View()).splitlines()[6].split("|")[4]
    assert not re.search(r"://|www\.", raw)


def test_a_fence_is_longer_than_any_in_the_file() -> None:
    code = 'resource "aws_instance" "x" { # ````` </details>\n}\n'
    html = rendered(markdown.render(linted({"main.tf": code}), View()))
    assert html.count("<pre>") == 2
    assert "# ````` &lt;/details&gt;" in html
    assert html.rstrip().endswith("</details>")


def test_a_draft_is_no_patch_beside_the_report_that_has_it() -> None:
    report = linted({"main.tf": WEAK})
    draft = Fix("m", Applicability.DISPLAY_ONLY, (Edit(Span("main.tf", 0, 8), "data"),))
    text = markdown.render(one(report, fix=draft), View())
    assert "(display-only fix)" in text
    assert "```diff" not in text
    assert '  | + data "aws_instance" "x" {' in text
    assert "```diff" not in markdown.render(one(report, fix=None), View())


def many(number: int, message: str = "m") -> tuple[Report, tuple[Finding, ...]]:
    report = linted({"main.tf": WEAK})
    (finding,) = report.findings
    return report, tuple(replace(finding, message=f"{message} {at}") for at in range(number))


@pytest.mark.parametrize("message", ["m", "é" * 5000, "|" * 5000])
def test_a_comment_takes_it_and_it_says_what_is_left_out(message: str) -> None:
    report, findings = many(2000, message)
    problems = tuple(Problem(f"{message[:200]}{at}.tf", "large") for at in range(100))
    hidden = tuple(Suppressed(one, Suppression(Hiding.COMMENT)) for one in findings)
    text = markdown.render(
        replace(report, findings=findings, problems=problems, suppressed=hidden), View(suppressed=True)
    )
    assert len(text.encode()) < MOST
    html = rendered(text)
    first, second = re.findall(r"<table>.*?</table>", html, re.DOTALL)
    for table in (first, second):
        *shown, last = cells(table)
        assert last == ["", "", "", f"and {2000 - len(shown)} more"]
    details = html.count("<details>")
    assert html.count("</details>") == details
    assert f"<p>The details of {2000 - details} more are left out.</p>" in html
    unread = html.count("not judged: ")
    assert f"<li>and {100 - unread} more</li>" in html or unread == 100


def test_a_very_long_report_of_one_finding_is_cut() -> None:
    report = linted({"main.tf": WEAK})
    text = markdown.render(one(report, message="x" * 100_000), View())
    assert len(text) < 2 * 6_000 + 2_000
    assert rendered(text).count("<details>") == 1


def test_what_could_not_be_read_is_no_clean_report() -> None:
    report = replace(linted({"main.tf": ""}), problems=(Problem("a_b.tf", "not UTF-8"), Problem("a_b.tf", "not UTF-8")))
    assert markdown.render(report, View()) == (
        "### iac-imds-lint: 1 file not judged\n"
        "\n"
        "No findings in 1 file, but 1 could not be read.\n"
        "\n"
        "- not judged: <code>a&#95;b.tf</code>: not UTF-8\n"
        "\n"
    )


def test_what_is_suppressed_has_a_table_where_it_is_asked_for() -> None:
    report, findings = many(1)
    hidden = (Suppressed(findings[0], Suppression(Hiding.BASELINE, reason="a | b")),)
    report = replace(report, findings=(), suppressed=hidden)
    assert markdown.render(report, View()) == "**iac-imds-lint**: No findings in 1 file.\n"
    text = markdown.render(report, View(suppressed=True))
    assert text.startswith("### iac-imds-lint: no findings\n")
    assert cells(rendered(text)) == [["error", "IMDS001", "main.tf:1", "m 0; suppressed by the baseline: a | b"]]
    assert "<details>" not in text


def test_the_address_is_that_of_the_service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "main.tf").write_text(WEAK)
    names = ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_SHA", "CI_PROJECT_URL", "CI_COMMIT_SHA")
    settings = {
        "nobody says": ({}, "| <code>main.tf:1</code> |"),
        "only half": ({"GITHUB_SERVER_URL": "https://g.org", "CI_COMMIT_SHA": "abc"}, "| <code>main.tf:1</code> |"),
        "GitHub": (
            {"GITHUB_SERVER_URL": "https://g.org", "GITHUB_REPOSITORY": "o/r", "GITHUB_SHA": "abc"},
            "](https://g.org/o/r/blob/abc/main.tf#L1)",
        ),
        "GitLab": (
            {"CI_PROJECT_URL": "https://l.org/o/r", "CI_COMMIT_SHA": "abc"},
            "](https://l.org/o/r/-/blob/abc/main.tf#L1)",
        ),
    }
    for who, (given, expected) in settings.items():
        for name in names:
            monkeypatch.delenv(name, raising=False)
        for name, value in given.items():
            monkeypatch.setenv(name, value)
        assert expected in run(tmp_path, "check", "--output-format", "markdown").out.decode(), who
