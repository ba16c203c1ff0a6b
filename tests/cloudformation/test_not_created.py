"""What the values of a run leave out: it has no posture and no findings, and still counts for what a fix disturbs."""

from __future__ import annotations

import pytest

from iac_imds_lint.edit import Applicability
from iac_imds_lint.engine import Options
from iac_imds_lint.inputs import Inputs
from tests.support import linted

HEAD = """Parameters:
  Subnet: {Type: String, Default: ''}
Conditions:
  Has: !Not [!Equals [!Ref Subnet, '']]
  Not: !Not [!Condition Has]
Resources:
"""
WEAK = "  Lt:\n    Type: AWS::EC2::LaunchTemplate\n    Properties: {LaunchTemplateData: {InstanceType: t3.micro}}\n"
SCRIPT = "UserData: !Base64 'curl http://169.254.169.254/latest/meta-data/'"


def web(version: str = "!GetAtt Lt.LatestVersionNumber", condition: str = "Has", more: str = SCRIPT) -> str:
    launch = f"LaunchTemplate: {{LaunchTemplateId: !Ref Lt, Version: {version}}}"
    return f"  Web:\n    Type: AWS::EC2::Instance\n    Condition: {condition}\n    Properties:\n      {launch}\n      {more}\n"


STACK = "  Net:\n    Type: AWS::CloudFormation::Stack\n    Condition: Has\n    Properties: {TemplateURL: c.yaml, Parameters: {T: !Ref Lt, V: !GetAtt Lt.LatestVersionNumber}}\n"
CHILD = """Parameters: {T: {Type: String}, V: {Type: String}}
Resources:
  Web:
    Type: AWS::EC2::Instance
    Properties: {LaunchTemplate: {LaunchTemplateId: !Ref T, Version: !Ref V}}
"""
LEFT_OUT = "which is not created with these parameter values (Has is false),"
REPLACED = f"Web, {LEFT_OUT} is replaced when what it launches from changes"
CALLS = f"the boot script of Web, {LEFT_OUT} calls IMDS without a token (IMDS007)"


@pytest.mark.parametrize(
    ("resources", "noted", "why"),
    [
        (web(), f"{REPLACED}; {CALLS}", "an instance that other values would create"),
        (web("'1'"), CALLS, "one that stays on its version is not replaced"),
        (web(more="SubnetId: !Ref Subnet"), REPLACED, "one without a boot script"),
        (STACK, f"Net/{REPLACED}", "one in a stack that is not created"),
        ("", "", "nobody"),
        (web("'1'", more="").replace("!Ref Lt", "!Ref Other"), "", "one that launches from something else"),
        (web("'1'", more=""), "", "one that the change does not reach, and that runs nothing"),
    ],
)
def test_what_other_values_would_create_counts_for_what_a_fix_disturbs(resources: str, noted: str, why: str) -> None:
    report = linted({"t.yaml": HEAD + WEAK + resources, "c.yaml": CHILD}, paths=("t.yaml",))
    (found,) = report.findings
    assert [row.resource for row in report.inventory] == ["Lt"], why
    assert found.consumers == (), why
    assert found.fix is not None, why
    assert found.fix.applicability is (Applicability.UNSAFE if noted else Applicability.SAFE), why
    assert found.fix.note == noted, why


def test_what_is_created_is_no_longer_told_so() -> None:
    report = linted({"t.yaml": HEAD + WEAK + web()}, Options(inputs=Inputs(parameters={"Subnet": "x"})))
    found, call = report.findings
    assert call.rule.code == "IMDS007"
    assert found.fix is not None
    assert found.fix.note == (
        "Web is replaced when what it launches from changes; the boot script of Web calls IMDS without a token (IMDS007)"
    )


def instance(comment: str = "", metadata: str = "", condition: str = "Has") -> str:
    """An instance without options."""
    return f"  Db:{comment}\n    Type: AWS::EC2::Instance\n    Condition: {condition}\n{metadata}    Properties: {{ImageId: ami-1}}\n"


COMMENT = " # iac-imds-lint: ignore[IMDS001] legacy"
METADATA = "    Metadata: {iac-imds-lint: {ignore: [IMDS001]}}\n"
FOUND = "IMDS901"


@pytest.mark.parametrize(
    ("text", "expected", "why"),
    [
        (HEAD + instance(COMMENT), [], "a comment at what is not created"),
        (HEAD + instance(metadata=METADATA), [], "metadata of it"),
        ("Metadata: {iac-imds-lint: {ignore: [IMDS001]}}\n" + HEAD + instance(), [], "the template's metadata"),
        (HEAD + instance().replace("ImageId", f"\n      {COMMENT.strip()}\n      ImageId"), [], "a comment inside"),
        (HEAD + STACK.replace("  Net:", f"  Net:{COMMENT}"), [], "a stack that is not created"),
        (HEAD + instance(COMMENT, condition="Not"), [], "what is created, where it ignores something"),
        (HEAD + instance(COMMENT.replace("1]", "2]"), condition="Not"), ["IMDS001", FOUND], "where it ignores nothing"),
        (HEAD + instance(metadata=METADATA.replace("1]", "2]"), condition="Not"), ["IMDS001", FOUND], "by metadata"),
        (
            HEAD + instance() + f"  Q:{COMMENT}\n    Type: AWS::SQS::Queue\n",
            [FOUND],
            "the next resource, which is nothing of ours",
        ),
        (HEAD + instance(COMMENT.replace("IMDS001", "IMDS0001")), [FOUND], "no rule, wherever it is written"),
    ],
)
def test_an_ignore_at_what_is_not_created_is_not_in_vain(text: str, expected: list[str], why: str) -> None:
    assert sorted(found.rule.code for found in linted({"t.yaml": text}).findings) == expected, why


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("IMDS0001", "IMDS0001 is not a rule; did you mean IMDS001?"),
        ("missing-metadata-options", "missing-metadata-options is not a rule; did you mean IMDS001?"),
        ("Optional-HTTP-Tokens", "Optional-HTTP-Tokens is not a rule; did you mean IMDS002?"),
        ("IMDS003", "this ignores IMDS003, which is not found here"),
    ],
)
def test_metadata_that_ignores_no_rule_says_which_is_meant(written: str, told: str) -> None:
    metadata = METADATA.replace("IMDS001", written)
    found = linted({"t.yaml": HEAD + instance(metadata=metadata, condition="Not")}).findings
    assert [one.message for one in found if one.rule.code == FOUND] == [told]


def test_a_comment_that_names_a_rule_says_its_code() -> None:
    found = linted({"t.yaml": HEAD + instance(COMMENT.replace("IMDS001", "missing-metadata-options"))}).findings
    assert [one.message for one in found] == ["missing-metadata-options is not a rule; did you mean IMDS001?"]


HIDDEN = "!Select [0, !Split [',', !Join [',', [!Ref Lt, !ImportValue y]]]]"


@pytest.mark.parametrize(
    ("target", "version", "safe", "why"),
    [
        (HIDDEN, "!GetAtt Lt.LatestVersionNumber", False, "it asks for a version of the template"),
        (HIDDEN, "'1'", True, "nothing says that it launches from the template"),
        ("!Ref Lt", "!GetAtt Lt.LatestVersionNumber", False, "it launches from the template"),
    ],
)
def test_who_asks_for_a_version_is_disturbed(target: str, version: str, safe: bool, why: str) -> None:
    launch = f"{{Type: AWS::EC2::Instance, Properties: {{LaunchTemplate: {{LaunchTemplateId: {target}, Version: {version}}}}}}}"
    text = f"Resources:\n  Lt: {{Type: AWS::EC2::LaunchTemplate, Properties: {{LaunchTemplateData: {{}}}}}}\n  V: {launch}\n"
    found = next(one for one in linted({"t.yaml": text}).findings if one.rule.code == "IMDS001")
    assert found.fix is not None
    assert (found.fix.applicability.label == "safe") is safe, why


def test_a_template_that_is_not_created_is_named() -> None:
    text = (
        "Conditions: {C: !Equals [a, b]}\nResources:\n"
        "  Lt: {Type: AWS::EC2::LaunchTemplate, Condition: C, Properties: {LaunchTemplateData: {}}}\n"
        "  G: {Type: AWS::AutoScaling::AutoScalingGroup, Properties: {LaunchTemplate: {LaunchTemplateId: !Ref Lt}}}\n"
    )
    (finding,) = linted({"t.yaml": text}).findings
    assert finding.message.endswith("(Lt is not created with these parameter values: C is false)")
