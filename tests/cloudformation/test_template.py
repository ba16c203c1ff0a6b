"""What is a template, and what is a broken one: by content."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iac_imds_lint.cloudformation.template import Parsed, looks_like_template, parse
from iac_imds_lint.source import Position, Problem, SourceFile
from tests.cloudformation.reading import load

PLAIN = "Resources:\n  Web:\n    Type: AWS::EC2::Instance\n"


@pytest.mark.parametrize(
    ("data", "expected", "why"),
    [
        (PLAIN.encode(), True, "a resource that we judge"),
        (b'{"Resources": {"a": {"Type": "AWS::EC2::LaunchTemplate"}}}', True, "the same in JSON"),
        (b"Resources:\n  a:\n    Type: AWS::S3::Bucket\n", False, "nothing of ours"),
        (b"Resources:\n  a:\n    Type: AWS::AutoScaling::AutoScalingGroup\n", True, "a consumer is judged as well"),
        (b"Resources:\n  a:\n    Type: AWS::ImageBuilder::DistributionConfiguration\n", False, "it launches nothing"),
        (b"Resources:\n  a:\n    Type: My::Ec2::Web::MODULE\n", True, "a module, which may launch anything"),
        (b"kind: Pod # AWS::EC2::Instance\n", False, "no Resources"),
        (b"\xff\xfe\x00", False, "not text at all"),
    ],
)
def test_a_search_finds_the_files_worth_parsing(data: bytes, expected: bool, why: str) -> None:
    assert looks_like_template(data) is expected, why


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (PLAIN, "AWSTemplateFormatVersion is optional"),
        ('{"Resources": {"Web": {"Type": "AWS::EC2::Instance"}}}', "JSON"),
        ('\n\t{\t"Resources": {\t"Web": {"Type": "AWS::EC2::Instance"}}}', "JSON with tabs"),
        ("{Resources: {Web: {Type: AWS::EC2::Instance}}}", "YAML in braces looks like JSON at first"),
        ('{"Resources": {"Web": {"Type": "AWS::EC2::Instance"}},}', "nor is JSON that only YAML takes refused"),
        ("# c\n---\n" + PLAIN, "a document mark"),
        ("Resources:\n  A:\n    Type: Custom::X\n", "a custom resource only"),
        (
            "Resources:\n  Fn::ForEach::L:\n  - N\n  - [a]\n  - W${N}:\n      Type: AWS::EC2::Instance\n",
            "only in a loop",
        ),
        ("kind: x\n---\n" + PLAIN, "in the second document"),
    ],
)
def test_templates(text: str, why: str) -> None:
    assert isinstance(parse(SourceFile("any.name", text)), Parsed), why


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "nothing in it"),
        ("[]", "a list"),
        ('{"a": 1}', "other JSON"),
        ("Resources: [AWS::EC2::Instance]\n", "Resources is no mapping"),
        ("Resources:\n  web: AWS::EC2::Instance\n", "a resource is a mapping"),
        ("Resources:\n  web:\n    Type: [AWS::EC2::Instance]\n", "its type is a text"),
        ("kind: ConfigMap\ndata:\n  t: |\n    Resources:\n      W:\n        Type: AWS::EC2::Instance\n", "Kubernetes"),
        ("- hosts: all\n  tasks:\n  - cloudformation: {template: t, Type: AWS::EC2::Instance}\n", "Ansible"),
        ("on: push\njobs:\n  a:\n    steps:\n    - run: grep AWS::EC2::Instance Resources\n", "a GitHub workflow"),
        ("resources:\n  Resources:\n    W:\n      Type: AWS::EC2::Instance\n", "Serverless Framework's file"),
        ("ResourceTypes:\n  AWS::EC2::Instance: {Type: x}\n", "a specification"),
        ("Resources:\n{% for n in names %}\n  {{ n }}:\n    Type: AWS::EC2::Instance\n{% endfor %}\n", "Jinja"),
        ("Resources:\n  Web:\n    Type: AWS::EC2::Instance\n    {{- if .x }}\n    a: b\n", "Helm"),
        ("Resources:\n  Web:\n    Type: AWS::EC2::Instance\n<% if x %>: [\n", "ERB"),
        ("HeatTemplateFormatVersion: '2012-12-12'\n" + PLAIN, "OpenStack's, of AWS's types"),
        ('{"HeatTemplateFormatVersion": "2012-12-12", "Resources": {"W": {"Type": "AWS::EC2::Instance"}}}', "the same"),
        ("HeatTemplateFormatVersion: '2012-12-12'\n" + PLAIN + "    a: b: c\n", "the same, and broken"),
        ("a: [ # AWS::EC2::Instance, Resources\n", "broken, but no template"),
        ("# AWS::EC2::Instance, Resources\n" * 200_000, "large, but no template"),
        ('{"Resources": [{"x": "AWS::EC2::Instance"', "broken JSON, but no template"),
    ],
)
def test_what_is_no_template_is_left_alone(text: str, why: str) -> None:
    assert parse(SourceFile("template.yaml", text)) is None, why


@pytest.mark.parametrize(
    ("text", "words", "position"),
    [
        (PLAIN + "    a: b: c\n", "mapping values are not allowed in this context", (4, 9)),
        (
            "AWSTemplateFormatVersion: '2010-09-09'\n" + PLAIN + "  Web: [\n",
            "did not find expected node content while parsing a flow node",
            (6, 1),
        ),
        (
            PLAIN + "    Properties: {UserData: '{{resolve:ssm:a}}'\n",
            "did not find expected ',' or '}' while parsing a flow mapping",
            (5, 1),
        ),
        (
            '{"Resources": {"Web": {"Type": "AWS::EC2::Instance"}}',
            "the text ends where more is expected",
            (1, 54),
        ),
        (
            "Resources:\n  Web:\n    Type: AWS::EC2::Instance\n    x: " + "[" * 200 + "]" * 200,
            "nested more than 100 levels deep",
            (4, 105),
        ),
        (
            PLAIN + "#" * 5_000_000,
            "too large: CloudFormation takes templates of 1 MB, and 5 MB are read here",
            None,
        ),
        (
            PLAIN + "---\n" + PLAIN,
            "more than one template in a file, of which CloudFormation reads one",
            (5, 1),
        ),
    ],
)
def test_broken_templates_say_where(text: str, words: str, position: tuple[int, int] | None) -> None:
    assert parse(SourceFile("t", text)) == Problem("t", words, Position(*position) if position else None)


HEAVY = ("yaml", "json", "tree_sitter", "cfnlint", "iac_imds_lint.documents.json_reader")


@pytest.mark.parametrize(
    ("code", "heavy"),
    [
        ("looks_like_template(b'Resources: AWS::EC2::Instance')", []),
        ("parse(SourceFile('t', '{}'))", ["json", "iac_imds_lint.documents.json_reader"]),
        ("parse(SourceFile('t', 'a: b'))", ["yaml"]),
    ],
)
def test_nothing_is_imported_before_it_is_needed(code: str, heavy: list[str]) -> None:
    setup = (
        "from iac_imds_lint.cloudformation.template import *; from iac_imds_lint.source import SourceFile; import sys"
    )
    told = f"{setup}; {code}; print([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert done.stdout == f"{heavy}\n"


LINES = (
    PLAIN,
    "    Properties:\n",
    "      MetadataOptions:\n",
    "        HttpTokens: ",
    "Conditions: {C: !Condition C}\n",
)
SIGNS = ("!If [C, ", "!Ref ", "- ", "? ", ": ", "&a ", "<<: *a\n", "|\n", "\r\n", *"a]{}[,*'\"\n\té")
PIECES = st.sampled_from(LINES + SIGNS)


@given(st.lists(PIECES, max_size=12).map(lambda pieces: PLAIN + "".join(pieces)) | st.text())
def test_any_text_is_a_template_a_problem_or_nothing(text: str) -> None:
    loaded = load(SourceFile("t", text))
    if isinstance(loaded, Problem):
        assert loaded.position is not None
    elif loaded is not None:
        assert all(text[one.head.start : one.head.end] for one in loaded.resources)
