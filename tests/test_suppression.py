"""Ignore comments: where they stand, what they cover, and which of them are mistakes."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from tests.support import linted

RESOURCE = 'resource "aws_instance" "x" {\n  ami = "ami-0123456789abcdef0"\n}\n'
IGNORE = "iac-imds-lint: ignore[IMDS001]"
YAML = "Resources:\n  X:\n    Type: AWS::EC2::Instance\n    Properties:\n      ImageId: ami-0123456789abcdef0\n"


class Case(NamedTuple):
    name: str
    why: str
    files: dict[str, str]
    expected: list[tuple[str, int]]
    """Code and row of each finding that is left."""


CASES = [
    Case("none", "nothing is ignored", {"main.tf": RESOURCE}, [("IMDS001", 1)]),
    Case("above", "covers the next line of code", {"main.tf": f"# {IGNORE} why\n{RESOURCE}"}, []),
    Case("above-with-gap", "comments and blank lines between", {"main.tf": f"# {IGNORE}\n\n# more\n{RESOURCE}"}, []),
    Case("at-the-head", "covers its own line", {"main.tf": RESOURCE.replace("{\n", "{ " + f"# {IGNORE}\n", 1)}, []),
    Case("slashes", "HCL has two comment marks", {"main.tf": f"// {IGNORE}\n{RESOURCE}"}, []),
    Case("block-comment", "and a third", {"main.tf": f"/* {IGNORE} */\n{RESOURCE}"}, []),
    Case("first-inside", "first thing in the body", {"main.tf": RESOURCE.replace("{\n", f"{{\n  # {IGNORE}\n", 1)}, []),
    Case(
        "further-inside",
        "covers only the line below it",
        {"main.tf": RESOURCE.replace("}\n", f"  # {IGNORE}\n  tags = {{}}\n}}\n")},
        [("IMDS001", 1), ("IMDS901", 3)],
    ),
    Case(
        "another-resource",
        "an ignore is for its own resource",
        {"main.tf": RESOURCE + f"# {IGNORE}\n" + RESOURCE.replace('"x"', '"y"')},
        [("IMDS001", 1)],
    ),
    Case(
        "several-codes",
        "each code that covers something is used",
        {
            "main.tf": "# iac-imds-lint: ignore[IMDS001, IMDS003]\n"
            + RESOURCE.replace("instance", "launch_configuration")
        },
        [],
    ),
    Case(
        "one-code-of-two",
        "the other is unused",
        {"main.tf": "# iac-imds-lint: ignore[IMDS001,IMDS002]\n" + RESOURCE},
        [("IMDS901", 1)],
    ),
    Case("unused", "nothing there to ignore", {"main.tf": f"# {IGNORE}\nlocals {{}}\n"}, [("IMDS901", 1)]),
    Case(
        "no-codes",
        "not a blanket",
        {"main.tf": f"# iac-imds-lint: ignore\n{RESOURCE}"},
        [("IMDS901", 1), ("IMDS001", 2)],
    ),
    Case(
        "empty-codes",
        "not a blanket",
        {"main.tf": f"# iac-imds-lint: ignore[]\n{RESOURCE}"},
        [("IMDS901", 1), ("IMDS001", 2)],
    ),
    Case(
        "unknown-code",
        "a typo is told",
        {"main.tf": f"# iac-imds-lint: ignore[IMDS01]\n{RESOURCE}"},
        [("IMDS901", 1), ("IMDS001", 2)],
    ),
    Case(
        "in-a-string",
        "not a comment",
        {"main.tf": RESOURCE.replace("ami-", f"# {IGNORE} ")},
        [("IMDS001", 1)],
    ),
    Case(
        "at-the-block",
        "covers what is inside of the options",
        {
            "main.tf": 'resource "aws_instance" "x" {\n  # iac-imds-lint: ignore[IMDS002] legacy\n'
            '  metadata_options {\n    http_tokens = "optional"\n  }\n}\n'
        },
        [],
    ),
    Case(
        "at-the-value",
        "covers its own line",
        {
            "main.tf": 'resource "aws_instance" "x" {\n  metadata_options {\n'
            '    http_tokens = "optional" # iac-imds-lint: ignore[IMDS002] legacy\n  }\n}\n'
        },
        [],
    ),
    Case("yaml-at-the-id", "covers its own line", {"t.yaml": YAML.replace("X:\n", f"X: # {IGNORE}\n")}, []),
    Case("yaml-above", "covers the next line", {"t.yaml": YAML.replace("  X:\n", f"  # {IGNORE}\n  X:\n")}, []),
    Case(
        "metadata",
        "templates have metadata",
        {"t.yaml": YAML + "    Metadata: {iac-imds-lint: {ignore: [IMDS001]}}\n"},
        [],
    ),
    Case(
        "metadata-in-vain",
        "and it can be stale",
        {"t.yaml": YAML + "    Metadata: {iac-imds-lint: {ignore: [IMDS001, IMDS002]}}\n"},
        [("IMDS901", 6)],
    ),
    Case(
        "metadata-of-a-json-template",
        "JSON has no comments",
        {
            "t.json": '{"Resources": {"X": {"Type": "AWS::EC2::Instance", "Properties": {},'
            ' "Metadata": {"iac-imds-lint": {"ignore": ["IMDS001"]}}}}}'
        },
        [],
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_is_left(case: Case) -> None:
    report = linted(case.files)
    left = []
    for finding in report.findings:
        source = report.sources.read(finding.span.path)
        left.append((finding.rule.code, source.position(finding.span.start).row))  # type: ignore[union-attr]
    assert left == case.expected, case.why


def test_a_typo_names_the_nearest_code() -> None:
    report = linted({"main.tf": f"# iac-imds-lint: ignore[IMDS01]\n{RESOURCE}"})
    assert report.findings[0].message == "IMDS01 is not a rule; did you mean IMDS001?"


def test_what_is_ignored_is_kept_in_the_report() -> None:
    report = linted({"main.tf": f"# {IGNORE}\n{RESOURCE}"})
    assert [finding.rule.code for finding, _ in report.suppressed] == ["IMDS001"]


def test_a_comment_in_a_heredoc_is_text() -> None:
    text = f'resource "aws_instance" "x" {{\n  user_data = <<EOF\n# {IGNORE}\nEOF\n}}\n'
    assert [finding.rule.code for finding in linted({"main.tf": text}).findings] == ["IMDS001"]


def test_a_comment_after_an_escaped_backslash_is_a_comment() -> None:
    text = 'resource "aws_instance" "x" {\n  metadata_options {\n    http_tokens = "C:\\\\" # iac-imds-lint: ignore[IMDS011]\n  }\n}\n'
    assert linted({"main.tf": text}).findings == ()


def test_each_of_many_comments_covers_its_own_resource() -> None:
    text = "".join(f'# {IGNORE}\nresource "aws_instance" "x{number}" {{}}\n' for number in range(500))
    report = linted({"main.tf": text + 'resource "aws_instance" "y" {}\n'})
    assert [finding.affected for finding in report.findings] == [("aws_instance.y",)]
    assert len(report.suppressed) == 500
