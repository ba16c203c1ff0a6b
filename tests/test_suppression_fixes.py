"""What ignores nothing is taken out again, and nothing else with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import NamedTuple

import pytest

from iac_imds_lint.edit import Applicability
from iac_imds_lint.engine import Options
from iac_imds_lint.fixer import repair
from iac_imds_lint.inputs import Inputs
from tests.support import linted, texts_after

SAFE = '  metadata_options {\n    http_endpoint = "enabled"\n    http_tokens   = "required"\n  }\n}\n'
HEAD = 'resource "aws_instance" "x" {'
MARK = "iac-imds-lint:"
YAML = (
    "Resources:\n  X:\n    Type: AWS::EC2::Instance\n"
    "    Properties:\n      ImageId: ami-0123456789abcdef0\n      MetadataOptions:\n        HttpTokens: required\n"
)


class Case(NamedTuple):
    name: str
    why: str
    before: str
    after: str
    path: str = "main.tf"


def hcl(head: str, body: str = SAFE, above: str = "") -> str:
    return f"{above}{head}\n{body}"


REMOVED = [
    Case(
        "end-of-line",
        "the blanks before it go along",
        hcl(f"{HEAD} # {MARK} ignore[IMDS001] why"),
        hcl(HEAD),
    ),
    Case("own-line", "its line goes", hcl(HEAD, above=f"# {MARK} ignore[IMDS001] why\n"), hcl(HEAD)),
    Case(
        "own-line-inside",
        "with its indentation",
        hcl(HEAD, f"  # {MARK} ignore[IMDS001] why\n{SAFE}"),
        hcl(HEAD),
    ),
    Case("slashes", "another sign", hcl(HEAD, above=f"// {MARK} ignore[IMDS001]\n"), hcl(HEAD)),
    Case("block-comment", "with its end", hcl(HEAD, above=f"/* {MARK} ignore[IMDS001] why */\n"), hcl(HEAD)),
    Case(
        "block-comment-before-code",
        "the code stays",
        hcl(f"/* {MARK} ignore[IMDS001] why */ {HEAD}"),
        hcl(HEAD),
    ),
    Case(
        "block-comment-of-several-lines",
        "the rest of it is not ours",
        hcl(HEAD, above=f"/* {MARK} ignore[IMDS001]\n   more to read */\n"),
        hcl(HEAD, above="/*\n   more to read */\n"),
    ),
    Case(
        "one-code-of-two",
        "the other is of use",
        f'# {MARK} ignore[IMDS002, IMDS001] why\n{HEAD}\n  ami = "a"\n}}\n',
        f'# {MARK} ignore[IMDS001] why\n{HEAD}\n  ami = "a"\n}}\n',
    ),
    Case(
        "the-last-code",
        "with the comma before it",
        f'# {MARK} ignore[IMDS001, IMDS002,IMDS003 ] why\n{HEAD}\n  ami = "a"\n}}\n',
        f'# {MARK} ignore[IMDS001 ] why\n{HEAD}\n  ami = "a"\n}}\n',
    ),
    Case(
        "text-before",
        "what stands before our marker stays",
        hcl(f"{HEAD} # the old web server; {MARK} ignore[IMDS001] why"),
        hcl(f"{HEAD} # the old web server;"),
    ),
    Case(
        "another-tool-before",
        "its comment stays",
        hcl(HEAD, above=f"#checkov:skip=CKV_AWS_79:legacy # {MARK} ignore[IMDS001] legacy\n"),
        hcl(HEAD, above="#checkov:skip=CKV_AWS_79:legacy\n"),
    ),
    Case(
        "another-tool-behind",
        "its comment stays, with the sign",
        hcl(HEAD, above=f"# {MARK} ignore[IMDS001] legacy tfsec:ignore:aws-ec2-enforce-http-token-imds\n"),
        hcl(HEAD, above="# tfsec:ignore:aws-ec2-enforce-http-token-imds\n"),
    ),
    Case(
        "another-tool-behind-with-a-sign",
        "its comment stays, with its own sign",
        hcl(HEAD, above=f"# {MARK} ignore[IMDS001] legacy # nosemgrep: x\n"),
        hcl(HEAD, above="# nosemgrep: x\n"),
    ),
    Case(
        "windows",
        "the whole line break goes",
        hcl(HEAD, above=f"# {MARK} ignore[IMDS001] why\n").replace("\n", "\r\n"),
        hcl(HEAD).replace("\n", "\r\n"),
    ),
    Case(
        "the-last-line",
        "the line break before it goes",
        f"{hcl(HEAD)}# {MARK} ignore[IMDS001] why",
        hcl(HEAD).removesuffix("\n"),
    ),
    Case("whole-file", "for a file", hcl(HEAD, above=f"# {MARK} ignore-file[IMDS001] why\n\n"), "\n" + hcl(HEAD)),
    Case(
        "expired-and-of-no-use",
        "whatever its day",
        hcl(HEAD, above=f"# {MARK} ignore[IMDS001] until=2020-01-31 why\n"),
        hcl(HEAD),
    ),
    Case("yaml", "its line goes", YAML.replace("  X:\n", f"  # {MARK} ignore[IMDS001]\n  X:\n"), YAML, "t.yaml"),
    Case("yaml-end", "its end goes", YAML.replace("  X:\n", f"  X: # {MARK} ignore[IMDS001]\n"), YAML, "t.yaml"),
    Case(
        "metadata",
        "with the keys that would be empty",
        YAML + "    Metadata:\n      iac-imds-lint:\n        ignore:\n          - IMDS001\n        reason: old\n",
        YAML,
        "t.yaml",
    ),
    Case(
        "metadata-in-braces",
        "as a member of its resource",
        YAML + "    Metadata: {iac-imds-lint: {ignore: [IMDS001]}} # old\n",
        YAML,
        "t.yaml",
    ),
    Case(
        "metadata-beside-others",
        "theirs stay",
        YAML + "    Metadata:\n      iac-imds-lint: {ignore: [IMDS001]}\n      cfn-lint: {config: {}}\n",
        YAML + "    Metadata:\n      cfn-lint: {config: {}}\n",
        "t.yaml",
    ),
    Case(
        "metadata-above-the-type",
        "no other line is touched",
        YAML.replace("  X:\n", "  X:\n    Metadata:\n      iac-imds-lint:\n        ignore: [IMDS001]\n\n"),
        YAML.replace("  X:\n", "  X:\n\n"),
        "t.yaml",
    ),
    Case(
        "metadata-one-code",
        "the other is of use",
        "Resources:\n  X:\n    Type: AWS::EC2::Instance\n    Metadata:\n      iac-imds-lint:\n        ignore:\n"
        "          - IMDS001 # the agent\n          - IMDS002 # nothing\n",
        "Resources:\n  X:\n    Type: AWS::EC2::Instance\n    Metadata:\n      iac-imds-lint:\n        ignore:\n"
        "          - IMDS001 # the agent\n",
        "t.yaml",
    ),
    Case(
        "metadata-of-the-template",
        "at the top",
        f"Metadata:\n  iac-imds-lint:\n    ignore: [IMDS001]\n{YAML}",
        YAML,
        "t.yaml",
    ),
    Case(
        "json-template",
        "with its comma",
        '{"Resources": {"X": {"Type": "AWS::EC2::Instance", "Metadata": {"iac-imds-lint": {"ignore": ["IMDS001"]}},\n'
        ' "Properties": {"MetadataOptions": {"HttpTokens": "required"}}}}}',
        '{"Resources": {"X": {"Type": "AWS::EC2::Instance", '
        '"Properties": {"MetadataOptions": {"HttpTokens": "required"}}}}}',
        "t.json",
    ),
    Case(
        "json-template-last",
        "with the comma before it",
        '{"Resources": {"X": {"Type": "AWS::EC2::Instance",\n'
        '  "Properties": {"MetadataOptions": {"HttpTokens": "required"}},\n'
        '  "Metadata": {"iac-imds-lint": {"ignore": ["IMDS001"]}}\n}}}\n',
        '{"Resources": {"X": {"Type": "AWS::EC2::Instance",\n'
        '  "Properties": {"MetadataOptions": {"HttpTokens": "required"}}\n}}}\n',
        "t.json",
    ),
    Case(
        "terraform-json",
        "the property goes",
        '{"resource": {"aws_instance": {"x": {\n  "//": "iac-imds-lint: ignore[IMDS001] why",\n'
        '  "metadata_options": {"http_endpoint": "enabled", "http_tokens": "required"}\n}}}}\n',
        '{"resource": {"aws_instance": {"x": {\n'
        '  "metadata_options": {"http_endpoint": "enabled", "http_tokens": "required"}\n}}}}\n',
        "main.tf.json",
    ),
    Case(
        "terraform-json-list",
        "the other texts stay",
        '{"resource": {"aws_instance": {"x": {"//": ["old", "iac-imds-lint: ignore[IMDS001] why"],'
        '  "metadata_options": {"http_endpoint": "enabled", "http_tokens": "required"}}}}}\n',
        '{"resource": {"aws_instance": {"x": {"//": ["old"],'
        '  "metadata_options": {"http_endpoint": "enabled", "http_tokens": "required"}}}}}\n',
        "main.tf.json",
    ),
    Case(
        "terraform-json-text",
        "what stands before it stays",
        '{"resource": {"aws_instance": {"x": {"//": "old. iac-imds-lint: ignore[IMDS001] why",'
        '  "metadata_options": {"http_endpoint": "enabled", "http_tokens": "required"}}}}}\n',
        '{"resource": {"aws_instance": {"x": {"//": "old.",'
        '  "metadata_options": {"http_endpoint": "enabled", "http_tokens": "required"}}}}}\n',
        "main.tf.json",
    ),
]

DELETE = "delete the comment, or correct it"
WEAK = f'{HEAD}\n  ami = "a"\n}}\n'
LEFT = [
    ("main.tf", f"# {MARK} ignore\n{hcl(HEAD)}", [DELETE], "what is meant is not known"),
    ("main.tf", f"# {MARK} ignore[IMDS01]\n{hcl(HEAD)}", [DELETE], "which code is meant is a guess"),
    ("main.tf", f"# {MARK} ignore[IMDS001]\n{WEAK}", [], "it ignores something"),
    ("main.tf", f"# {MARK} ignore[IMDS001] until=2026-06-01\n{WEAK}", [], "this is its last day"),
    (
        "main.tf",
        f"# {MARK} ignore[IMDS001] until=2026-05-31\n{WEAK}",
        ["give it another last day, or mend what it ignored and delete it"],
        "the user decides",
    ),
    ("main.tf", f"# {MARK} ignore[IMDS001] until=soon\n{hcl(HEAD)}", [DELETE], "which day is meant is a guess"),
    ("main.tf", hcl(f"{HEAD} # {MARK} ignore-file[IMDS001]"), [DELETE], "where it belongs is a guess"),
    (
        "t.yaml",
        YAML + "    Metadata: {iac-imds-lint: {ignore: [IMDS001], until: 2027-13-01}}\n",
        [DELETE],
        "which day is meant is a guess",
    ),
    (
        "t.yaml",
        YAML + "    Metadata: {iac-imds-lint: {ignores: [IMDS001]}}\n",
        [DELETE],
        "which key is meant is a guess",
    ),
    (
        "t.yaml",
        YAML + "  Y:\n    Type: AWS::SQS::Queue\n    Metadata: &m {iac-imds-lint: {ignore: [IMDS002]}}\n"
        "  Z:\n    Type: AWS::EC2::Instance\n    Metadata: *m\n",
        ["others share it through a YAML alias"],
        "another resource has the same metadata",
    ),
]


@pytest.mark.parametrize("case", REMOVED, ids=lambda case: case.name)
def test_what_ignores_nothing_is_removed(case: Case) -> None:
    assert texts_after({case.path: case.before}, Applicability.SAFE) == {case.path: case.after}, case.why


@pytest.mark.parametrize(("path", "text", "reasons", "why"), LEFT)
def test_what_is_left_for_the_user(path: str, text: str, reasons: list[str], why: str) -> None:
    options = Options(today=date(2026, 6, 1))
    report = linted({path: text}, options)
    about = [finding for finding in report.findings if finding.rule.code == "IMDS901"]
    assert [finding.fix_unavailable for finding in about if finding.fix is None] == reasons, why
    changed = repair(replace(report, findings=tuple(about)), options, Applicability.UNSAFE).changed
    assert changed == (), why


def test_a_comment_in_a_script_is_not_removed() -> None:
    text = f"#!/bin/sh\n# {MARK} ignore[IMDS007] why\ntrue\ncurl -s http://169.254.169.254/latest/x\n"
    found = linted({"boot.sh": text}, Options(scripts=True)).findings
    assert [one.fix_unavailable for one in found if one.rule.code == "IMDS901"] == [
        "delete it by hand: what boots with a script that changes may be restarted or replaced"
    ]


def test_nor_is_one_in_a_script_that_cannot_be_read() -> None:
    """Whether it is of use, and whether it boots anything, nobody knows."""
    text = f"#cloud-config\nruncmd:\n  - true # {MARK} ignore[IMDS007] why\n  - curl 169.254.169.254\n  - : : [\n"
    found = linted({"boot.yaml": text}, Options(scripts=True)).findings
    assert [one.fix for one in found if one.rule.code == "IMDS901"] == [None]


def test_it_is_not_safe_where_values_were_given_that_another_run_may_not_have() -> None:
    text = hcl(HEAD, above=f"# {MARK} ignore[IMDS001] why\n")
    (finding,) = linted({"main.tf": text}, Options(inputs=Inputs({"x": "y"}))).findings
    assert finding.fix is not None
    assert (finding.fix.applicability, finding.fix.note) == (
        Applicability.UNSAFE,
        "it may be of use with other values than those of this run",
    )


def test_what_is_of_no_use_after_a_repair_goes_with_it() -> None:
    before = f"# {MARK} ignore[IMDS001] until=2020-01-31\n{WEAK}"
    options = Options(today=date(2026, 6, 1))
    ((_, after),) = repair(linted({"main.tf": before}, options), options, Applicability.SAFE).changed
    assert after.text == WEAK.replace('"a"\n', '"a"\n\n' + SAFE.removesuffix("}\n"))
