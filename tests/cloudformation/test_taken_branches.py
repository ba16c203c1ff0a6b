"""Of the branches of ``Fn::If``, a fix changes those that are taken, and leaves the others as somebody wrote them."""

from __future__ import annotations

import pytest

from iac_imds_lint.edit import Applicability
from iac_imds_lint.engine import Options
from iac_imds_lint.fixer import repair
from iac_imds_lint.inputs import Inputs
from tests.support import linted

TEMPLATE = """\
Parameters: {{Env: {{Type: String}}, Size: {{Type: String}}}}
Conditions:
  P: !Equals [!Ref Env, prod]
  Q: !Equals [!Ref Size, big]
Resources:
  Web:
    Type: AWS::EC2::Instance
    Properties:
      MetadataOptions: {}
"""
SECURE = "{HttpEndpoint: enabled, HttpTokens: required}"
WEAK, NONE = "{HttpTokens: optional}", "!Ref AWS::NoValue"


@pytest.mark.parametrize(
    ("given", "before", "after", "why"),
    [
        ("dev", f"!If [P, {WEAK}, {NONE}]", f"!If [P, {WEAK}, {SECURE}]", "what sets nothing is taken"),
        ("prod", f"!If [P, {WEAK}, {NONE}]", f"!If [P, {SECURE}, {NONE}]", "what is written is taken"),
        ("", f"!If [P, {WEAK}, {NONE}]", f"!If [P, {SECURE}, {SECURE}]", "either may be taken"),
        ("dev", f"!If [P, {WEAK}, {{}}]", f"!If [P, {WEAK}, {SECURE}]", "an empty mapping is taken"),
        ("prod", f"!If [P, {WEAK}, {WEAK}]", f"!If [P, {SECURE}, {WEAK}]", "the first of two is taken"),
        ("dev", f"!If [P, {WEAK}, {WEAK}]", f"!If [P, {WEAK}, {SECURE}]", "the second of two is taken"),
        ("dev", f"!If [P, {WEAK}, {SECURE}]", f"!If [P, {WEAK}, {SECURE}]", "nothing is to be mended"),
        (
            "dev", f"!If [P, {WEAK}, !If [Q, {WEAK}, {NONE}]]", f"!If [P, {WEAK}, !If [Q, {SECURE}, {SECURE}]]",
            "of those inside either may be taken",
        ),
        (
            "dev", f"!If [P, {NONE}, !If [Q, {WEAK}, {WEAK}]]", f"!If [P, {NONE}, !If [Q, {SECURE}, {SECURE}]]",
            "nothing is set where nothing is taken",
        ),
    ],
)  # fmt: skip
def test_the_branch_that_is_taken(given: str, before: str, after: str, why: str) -> None:
    options = Options(inputs=Inputs(parameters={"Env": given} if given else {}))
    outcome = repair(linted({"t.yaml": TEMPLATE.format(before)}, options), options, Applicability.SAFE)
    texts = [source.text for _, source in outcome.changed] or [TEMPLATE.format(before)]
    assert texts == [TEMPLATE.format(after)], why
    assert outcome.report.findings == ()
