"""What is said and done where conditions leave some of the options open."""

from __future__ import annotations

import pytest

from iac_imds_lint.edit import Applicability
from iac_imds_lint.finding import Finding
from tests.cloudformation.answers import WEAK, resource, template, web
from tests.support import linted, texts_after

OPEN = "Parameters: {P: {Type: String}}\nConditions: {C: !Equals [!Ref P, x]}\n"
EITHER = "!If [C, enabled, disabled]"


def only(options: str) -> Finding:
    (finding,) = linted({"t.yaml": web(f"MetadataOptions: {options}", OPEN)}).findings
    return finding


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        (f"{{HttpTokens: optional, HttpEndpoint: {EITHER}}}", f"{{HttpTokens: required, HttpEndpoint: {EITHER}}}", "the endpoint stays as it is"),
        ("{HttpTokens: optional, HttpEndpoint: !Ref P}", "{HttpTokens: required, HttpEndpoint: !Ref P}", "whoever deploys it says whether IMDS is on"),
    ],
)  # fmt: skip
def test_tokens_are_required_whether_or_not_it_is_on(before: str, after: str, why: str) -> None:
    finding = only(before)
    assert (finding.rule.code, finding.posture and finding.posture.value) == ("IMDS005", "unknown"), why
    text = web(f"MetadataOptions: {before}", OPEN)
    assert texts_after({"t.yaml": text}, Applicability.SAFE)["t.yaml"] == text.replace(before, after), why


@pytest.mark.parametrize("tokens", ["!Ref P", "!If [C, optional, required]"])
def test_tokens_that_are_open_are_not_decided_for_the_user(tokens: str) -> None:
    finding = only(f"{{HttpTokens: {tokens}, HttpEndpoint: {EITHER}}}")
    assert finding.fix_unavailable == "decide it: by a literal, a default or a parameter file (--parameter-file)"


WEAK_SIDES = [
    ("{HttpTokens: !If [C, optional, !Ref AWS::NoValue]}", '"optional" if C is true and not set if C is false', "require tokens whatever C is", "a value and none"),
    ("!If [C, {HttpTokens: optional}, !Ref AWS::NoValue]", '"optional" if C is true and not set if C is false', "require tokens whatever C is", "options and none"),
    ("{HttpTokens: !If [C, optional, optional]}", '"optional"', "require tokens whatever C is", "the same in both"),
    ("{HttpTokens: optional}", '"optional"', 'set HttpEndpoint to "enabled" and HttpTokens to "required"', "no condition"),
]  # fmt: skip


@pytest.mark.parametrize(("options", "told", "fix", "why"), WEAK_SIDES)
def test_each_weak_side_is_told(options: str, told: str, fix: str, why: str) -> None:
    finding = only(options)
    assert finding.message == f"AWS::EC2::Instance Web answers IMDSv1: HttpTokens is {told}", why
    assert getattr(finding.repair, "message", None) == fix, why


USES = [
    ("MixedInstancesPolicy: {LaunchTemplate: {LaunchTemplateSpecification: {LaunchTemplateId: !Ref Weak, Version: !GetAtt Weak.LatestVersionNumber}, Overrides: [{LaunchTemplateSpecification: {LaunchTemplateId: !Ref Weak, Version: $Latest}}]}}", 'Web (version "$Latest")', "one of two versions is written out"),
    ("MixedInstancesPolicy: {LaunchTemplate: {LaunchTemplateSpecification: {LaunchTemplateId: !Ref Weak, Version: '1'}, Overrides: [{LaunchTemplateSpecification: {LaunchTemplateId: !Ref Weak, Version: $Latest}}]}}", 'Web (versions "1" and "$Latest")', "both are"),
    ("LaunchTemplate: {LaunchTemplateId: !Ref Weak, Version: !GetAtt Weak.LatestVersionNumber}", "Web", "none is"),
]  # fmt: skip


@pytest.mark.parametrize(("properties", "told", "why"), USES)
def test_who_launches_is_named_once(properties: str, told: str, why: str) -> None:
    text = template(resource("Web", "AWS::AutoScaling::AutoScalingGroup", properties), WEAK)
    weak = next(row for row in linted({"t.yaml": text}).inventory if row.resource == "Weak")
    assert weak.consumers == (told,), why
