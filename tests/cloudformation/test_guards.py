"""Which parameters a condition keeps from being empty, where a Spot price may be."""

from __future__ import annotations

import pytest

from iac_imds_lint.edit import Applicability
from tests.support import linted

TEMPLATE = """Parameters:
  Price: {{Type: String, Default: ''}}
  Other: {{Type: String, Default: ''}}
Conditions:
  Asked: {condition}
Resources:
  Old:
    Type: AWS::AutoScaling::LaunchConfiguration
    Properties:
      ImageId: ami-0123456789abcdef0
      InstanceType: t3.micro
      SpotPrice: !If [Asked, {then}, {otherwise}]
"""
NOTHING = "!Ref AWS::NoValue"
PRICE = "!Ref Price"

CERTAIN = [
    ("!Not [!Equals [!Ref Price, '']]", PRICE, NOTHING, "it is not empty"),
    ("!Not [!Equals ['', !Ref Price]]", PRICE, NOTHING, "the other way round"),
    ("!Equals [!Ref Price, '']", NOTHING, PRICE, "in the other branch"),
    ("!Equals [!Ref Price, '0.1']", PRICE, NOTHING, "it is this one"),
    ("!And [!Equals [!Ref Other, a], !Not [!Equals [!Ref Price, '']]]", PRICE, NOTHING, "one of those that all hold"),
    ("!Or [!Equals [!Ref Other, a], !Equals [!Ref Price, '']]", NOTHING, PRICE, "one of those of which none holds"),
]
UNCERTAIN = [
    ("!Not [!Equals [!Ref Other, '']]", PRICE, NOTHING, "another parameter is not empty"),
    ("!Not [!Equals [!Ref Price, '']]", NOTHING, PRICE, "the other branch is taken where it is empty"),
    ("!Or [!Equals [!Ref Other, a], !Not [!Equals [!Ref Price, '']]]", PRICE, NOTHING, "the other one may hold"),
    ("!And [!Equals [!Ref Other, a], !Equals [!Ref Price, '']]", NOTHING, PRICE, "the other one may not hold"),
    ("!Not [!Equals [!Ref Price, '0.1']]", PRICE, NOTHING, "what is not this one may be empty"),
    ("!Not [!Condition Asked]", PRICE, NOTHING, "a condition that names itself"),
]


@pytest.mark.parametrize(("condition", "then", "otherwise", "why"), CERTAIN)
def test_a_price_that_is_never_empty_is_migrated(condition: str, then: str, otherwise: str, why: str) -> None:
    assert steps(condition, then, otherwise) == [], why


@pytest.mark.parametrize(("condition", "then", "otherwise", "why"), UNCERTAIN)
def test_a_price_that_may_be_empty_is_left_by_hand(condition: str, then: str, otherwise: str, why: str) -> None:
    assert steps(condition, then, otherwise) == [
        "ask for Spot Instances only where Price is not empty, by a condition"
    ], why


def steps(condition: str, then: str, otherwise: str) -> list[str]:
    text = TEMPLATE.format(condition=condition, then=then, otherwise=otherwise)
    (fix,) = [finding.fix for finding in linted({"t.yaml": text}).findings if finding.rule.code == "IMDS003"]
    assert fix is not None
    assert (fix.applicability is Applicability.DISPLAY_ONLY) is bool(fix.by_hand)
    return [step.message for step in fix.by_hand]
