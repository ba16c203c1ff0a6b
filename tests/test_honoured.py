"""Other tools' exceptions that the configuration says to honour: where the tool honours one, so do we; nowhere else."""

from __future__ import annotations

import json
from datetime import date
from typing import NamedTuple

import pytest

from iac_imds_lint.catalog import controls
from iac_imds_lint.engine import Options
from iac_imds_lint.finding import Hiding
from iac_imds_lint.rules import NAMES
from tests.support import linted

AMI = '  ami = "ami-0123456789abcdef0"\n'
OPTIONAL = '  metadata_options {\n    http_tokens = "optional"\n  }\n'
UNSET = "  metadata_options {\n    http_put_response_hop_limit = 1\n  }\n"
YAML = (
    "Resources:\n  X:\n    Type: AWS::EC2::LaunchTemplate\n    Properties:\n      LaunchTemplateData:\n"
    "        ImageId: ami-0123456789abcdef0\n"
)
INSTANCE = "Resources:\n  X:\n    Type: AWS::EC2::Instance\n    Properties:\n      ImageId: ami-0123456789abcdef0\n"
SKIP = "checkov:skip=CKV_AWS_79:legacy agent"
TODAY = date(2027, 1, 15)


def tf(inside: str = "", *, above: str = "", head: str = "", body: str = AMI, kind: str = "aws_instance") -> str:
    return f'{above}resource "{kind}" "x" {{{head}\n{inside}{body}}}\n'


class Case(NamedTuple):
    name: str
    why: str
    text: str
    honoured: bool
    path: str = "main.tf"


def left(tool: str, path: str, text: str) -> list[str]:
    """The codes that are found, launch configurations as such left out."""
    report = linted({path: text}, Options(honour=(tool,), today=TODAY, ignore=("IMDS003",)))
    return [finding.rule.code for finding in report.findings]


# What Checkov 3 says of CKV_AWS_79 for these very files, found out by running it over them.
CHECKOV = [
    Case("first-inside", "in the resource", tf(f"  # {SKIP}\n"), True),
    Case("no-space", "it looks for the words alone", tf(f"  #{SKIP}\n"), True),
    Case("slashes", "of whatever comment", tf(f"  // {SKIP}\n"), True),
    Case("block-comment", "of whatever comment", tf(f"  /* {SKIP} */\n"), True),
    Case("no-reason", "which is optional", tf("  # checkov:skip=CKV_AWS_79\n"), True),
    Case("space-after-equals", "blanks may follow the sign", tf("  # checkov:skip= CKV_AWS_79\n"), True),
    Case("space-after-colon", "its words are one", tf("  # checkov: skip=CKV_AWS_79\n"), False),
    Case("last-inside", "anywhere in the resource", tf(body=f"{AMI}  # {SKIP}\n"), True),
    Case("in-the-options", "at any depth", tf(body=OPTIONAL.replace("    http", f"    # {SKIP}\n    http")), True),
    Case("at-the-value", "at the end of a line", tf(body=OPTIONAL.replace('"optional"', f'"optional" # {SKIP}')), True),
    Case("above", "is not inside", tf(above=f"# {SKIP}\n"), False),
    Case("at-the-head", "the first line is not inside", tf(head=f" # {SKIP}"), False),
    Case("at-the-end", "nor is the last", f"{tf().rstrip()} # {SKIP}\n", False),
    Case("below", "nor what follows", f"{tf()}# {SKIP}\n", False),
    Case("other-id", "another control", tf("  # checkov:skip=CKV_AWS_8:why\n"), False),
    Case("list", "several ids", tf("  # checkov:skip=CKV_AWS_8,CKV_AWS_79:why\n"), True),
    Case("list-with-space", "a list ends at a blank", tf("  # checkov:skip=CKV_AWS_8, CKV_AWS_79:why\n"), False),
    Case("two-on-a-line", "the first counts", tf("  # checkov:skip=CKV_AWS_8:a checkov:skip=CKV_AWS_79:b\n"), False),
    Case("lower-case", "ids have capitals", tf("  # checkov:skip=ckv_aws_79:why\n"), False),
    Case("prefix", "ids are whole", tf("  # checkov:skip=CKV_AWS_7:why\n"), False),
    Case("former-name", "its former name counts", tf("  # bridgecrew:skip=CKV_AWS_79:why\n"), True),
    Case("in-a-string", "lines are searched", tf(body=f'{AMI}  key_name = "{SKIP}"\n'), True),
    Case("in-a-heredoc", "lines are searched", tf(body=f"{AMI}  user_data = <<-EOT\n    # {SKIP}\n  EOT\n"), True),
    Case("other-resource", "is for that", f'{tf()}resource "aws_eip" "y" {{\n  # {SKIP}\n}}\n', False),
    Case("other-word", "means nothing", tf("  # checkov:ignore=CKV_AWS_79:why\n"), False),
    Case("launch-template", "is looked at", tf(f"  # {SKIP}\n", kind="aws_launch_template"), True),
    Case("launch-configuration", "is looked at", tf(f"  # {SKIP}\n", kind="aws_launch_configuration"), True),
    Case("yaml", "in the resource", YAML.replace("    Type", f"    # {SKIP}\n    Type"), True, "t.yaml"),
    Case("yaml-at-the-id", "its line counts", YAML.replace("  X:", f"  X: # {SKIP}"), True, "t.yaml"),
    Case("yaml-above", "is not inside", YAML.replace("  X:", f"  # {SKIP}\n  X:"), False, "t.yaml"),
    Case("yaml-deep", "at any depth", YAML.replace("        Im", f"        # {SKIP}\n        Im"), True, "t.yaml"),
    Case("yaml-last", "past the last value", f"{YAML}        # {SKIP}\n", False, "t.yaml"),
    Case(
        "yaml-list",
        "in templates a list is one id",
        YAML.replace("    Type", "    # checkov:skip=CKV_AWS_8,CKV_AWS_79:why\n    Type"),
        False,
        "t.yaml",
    ),
    Case(
        "metadata",
        "of the resource",
        YAML
        + "    Metadata:\n      checkov:\n        skip:\n          - id: CKV_AWS_79\n            comment: legacy\n",
        True,
        "t.yaml",
    ),
    Case("former-metadata", "too", YAML + "    Metadata: {bridgecrew: {skip: [{id: CKV_AWS_79}]}}\n", True, "t.yaml"),
    Case(
        "other-metadata", "another id", YAML + "    Metadata: {checkov: {skip: [{id: CKV_AWS_8}]}}\n", False, "t.yaml"
    ),
    Case(
        "template-metadata",
        "is not looked at",
        "Metadata: {checkov: {skip: [{id: CKV_AWS_79}]}}\n" + YAML,
        False,
        "t.yaml",
    ),
    Case("none", "nothing is said", tf(), False),
]


@pytest.mark.parametrize("case", CHECKOV, ids=[case.name for case in CHECKOV])
def test_what_checkov_skips_is_skipped(case: Case) -> None:
    assert (left("checkov", case.path, case.text) == []) is case.honoured, case.why


def test_what_checkov_does_not_look_at_is_not_covered() -> None:
    text = tf(f"  # {SKIP}\n", kind="aws_spot_instance_request")
    assert left("checkov", "main.tf", text) == ["IMDS001"]
    assert left("checkov", "t.yaml", INSTANCE.replace("    Type", f"    # {SKIP}\n    Type")) == ["IMDS001"]


def test_a_json_template_has_metadata() -> None:
    held = {"Type": "AWS::EC2::LaunchTemplate", "Properties": {"LaunchTemplateData": {"ImageId": "ami-1"}}}
    excepted = {**held, "Metadata": {"checkov": {"skip": [{"id": "CKV_AWS_79", "comment": "legacy"}]}}}
    assert left("checkov", "t.json", json.dumps({"Resources": {"X": held}})) == ["IMDS001"]
    assert left("checkov", "t.json", json.dumps({"Resources": {"X": excepted}})) == []


ID = "trivy:ignore:AVD-AWS-0028"
TRIVY = [
    Case("above", "the line above", tf(above=f"#{ID}\n"), True),
    Case("with-space", "after the mark", tf(above=f"# {ID}\n"), True),
    Case("slashes", "another mark", tf(above=f"// {ID}\n"), True),
    Case("at-the-head", "the line itself", tf(head=f" # {ID}"), True),
    Case("first-inside", "the options begin below it", tf(f"  # {ID}\n", body=OPTIONAL), True),
    Case("at-the-value", "the line of the value", tf(body=OPTIONAL.replace('"optional"', f'"optional" #{ID}')), True),
    Case("elsewhere-inside", "nothing of it begins there", tf(body=f"{AMI}\n  # {ID}\n  tags = {{}}\n"), False),
    Case("two-above", "a blank line between", tf(above=f"# {ID}\n\n"), False),
    Case("comment-between", "a comment between that ignores nothing", tf(above=f"# {ID}\n# more\n"), False),
    Case("run", "lines that follow each other", tf(above=f"# {ID}\n# trivy:ignore:AWS-0131\n"), True),
    Case("several", "on one line", tf(above=f"# trivy:ignore:AWS-0131 {ID}\n"), True),
    Case("new-id", "the id without its prefix", tf(above="# trivy:ignore:AWS-0028\n"), True),
    Case("long-id", "the name", tf(above="# trivy:ignore:aws-ec2-enforce-http-token-imds\n"), True),
    Case("case", "ids in any case", tf(above="# trivy:ignore:avd-aws-0028\n"), True),
    Case("all", "a wildcard", tf(above="# trivy:ignore:*\n"), True),
    Case("some", "a wildcard in the middle", tf(above="# trivy:ignore:AVD-*-0028\n"), True),
    Case("others", "a wildcard for others", tf(above="# trivy:ignore:AVD-GCP-*\n"), False),
    Case("templates", "is the id of templates", tf(above="# trivy:ignore:AVD-AWS-0130\n"), False),
    Case("of-templates", "and counts there", tf(above="# trivy:ignore:AWS-0130\n", kind="aws_launch_template"), True),
    Case("former", "tfsec's are honoured", tf(above="# tfsec:ignore:aws-ec2-enforce-http-token-imds\n"), True),
    Case("not-yet", "it expires later", tf(above=f"# {ID}:exp:2027-01-16\n"), True),
    Case("expired", "on the day itself it counts no more", tf(above=f"# {ID}:exp:2027-01-15\n"), False),
    Case("no-date", "which counts as expired", tf(above=f"# {ID}:exp:soon\n"), False),
    Case("workspace", "which one is used is not known", tf(above=f"# {ID}:ws:dev\n"), False),
    Case("parameter", "values are not compared", tf(above=f"# {ID}[ami=ami-1]\n"), False),
    Case("empty", "names nothing", tf(above="# trivy:ignore:\n"), False),
    Case("yaml", "templates have comments", INSTANCE.replace("  X:", f"  # {ID}\n  X:"), True, "t.yaml"),
]


@pytest.mark.parametrize("case", TRIVY, ids=[case.name for case in TRIVY])
def test_what_trivy_ignores_is_ignored(case: Case) -> None:
    assert (left("trivy", case.path, case.text) == []) is case.honoured, case.why


TFSEC = [
    Case("legacy", "the first ids", tf(above="#tfsec:ignore:AWS079\n"), True),
    Case("name", "the later ones", tf(above="# tfsec:ignore:aws-ec2-enforce-http-token-imds\n"), True),
    Case("trivy", "is not tfsec's", tf(above=f"# {ID}\n"), False),
    Case(
        "launch-configuration",
        "has an id of its own",
        tf(above="# tfsec:ignore:aws-autoscaling-enforce-http-token-imds\n", kind="aws_launch_configuration"),
        True,
    ),
    Case("yaml", "is not read", INSTANCE.replace("  X:", "  # tfsec:ignore:AWS079\n  X:"), False, "t.yaml"),
]


@pytest.mark.parametrize("case", TFSEC, ids=[case.name for case in TFSEC])
def test_what_tfsec_ignores_is_ignored(case: Case) -> None:
    assert (left("tfsec", case.path, case.text) == []) is case.honoured, case.why


QUERY = "c306ac53-ee5b-41d3-86a9-0fd2722b4e67"
KICS = [
    Case("line", "the line below", tf(above="# kics-scan ignore-line\n"), True),
    Case("gap", "a line between", tf(above="# kics-scan ignore-line\n\n"), True),
    Case("gaps", "two lines between", tf(above="# kics-scan ignore-line\n\n\n"), False),
    Case("trailing", "a comment at the end of a line is none", tf(head=" # kics-scan ignore-line"), False),
    Case("head", "the result is at another line", tf(above="# kics-scan ignore-line\n", body=OPTIONAL), False),
    Case("value", "its own line", tf(body=OPTIONAL.replace("    http", "    # kics-scan ignore-line\n    http")), True),
    Case("block", "all of its lines", tf(above="# kics-scan ignore-block\n", body=OPTIONAL), True),
    Case("block-gap", "has to follow", tf(above="# kics-scan ignore-block\n\n", body=OPTIONAL), False),
    Case("inner-block", "that of the options", tf("  # kics-scan ignore-block\n", body=OPTIONAL), True),
    Case("other-block", "another one", tf("  # kics-scan ignore-block\n  ebs_block_device {\n  }\n"), False),
    Case("file", "begins it", tf(above="# kics-scan ignore\n"), True),
    Case("not-first", "does not begin it", tf("# kics-scan ignore\n"), False),
    Case("disable", "this query", tf(above=f"# kics-scan disable=0,{QUERY}\n"), True),
    Case("disable-other", "another query", tf(above="# kics-scan disable=0\n"), False),
    Case("enable", "this query", tf(above=f"# kics-scan enable={QUERY}\n"), False),
    Case("enable-other", "all but another query", tf(above="# kics-scan enable=0\n"), True),
    Case("yaml", "the key below", INSTANCE.replace("  X:", "  # kics-scan ignore-line\n  X:"), True, "t.yaml"),
    Case("yaml-block", "its block", INSTANCE.replace("  X:", "  # kics-scan ignore-block\n  X:"), True, "t.yaml"),
    Case(
        "yaml-other",
        "another key",
        INSTANCE.replace("    Pro", "    # kics-scan ignore-block\n    Pro"),
        False,
        "t.yaml",
    ),
]


@pytest.mark.parametrize("case", KICS, ids=[case.name for case in KICS])
def test_what_kics_ignores_is_ignored(case: Case) -> None:
    assert (left("kics", case.path, case.text) == []) is case.honoured, case.why


RULE = "ec2-imdsv1-optional"
SEMGREP = [
    Case("above", "alone on the line above", tf(above="# nosemgrep\n"), True),
    Case("at-the-head", "on the line", tf(head=" # nosemgrep"), True),
    Case("id", "the end of the rule's", tf(above=f"# nosemgrep: {RULE}\n"), True),
    Case("longer-id", "more of it", tf(above=f"# nosemgrep: terraform.lang.security.{RULE}.{RULE}\n"), True),
    Case("part-of-an-id", "parts are whole", tf(above="# nosemgrep: optional\n"), False),
    Case("other-id", "another rule", tf(above="# nosemgrep: other\n"), False),
    Case("list", "several rules", tf(above=f"# nosemgrep: other, {RULE}\n"), True),
    Case("not-alone", "code before it is its line", tf(above="locals {} # nosemgrep\n"), False),
    Case("gap", "the line above, no other", tf(above="# nosemgrep\n\n"), False),
    Case("inside", "no match begins there", tf("  # nosemgrep\n"), False),
    Case("value", "a match of its own", tf(body=OPTIONAL.replace('"optional"', '"optional" # nosemgrep')), True),
    Case("value-at-the-head", "is no match of the whole", tf(above="# nosemgrep\n", body=OPTIONAL), False),
    Case("unset-at-the-head", "is one of the whole", tf(above="# nosemgrep\n", body=UNSET), True),
    Case("template", "has a rule of its own", tf(above=f"# nosemgrep: {RULE}\n", kind="aws_launch_template"), False),
    Case(
        "template-id",
        "which matches the whole",
        tf(
            above="# nosemgrep: aws-ec2-launch-template-metadata-service-v1-enabled\n",
            body=OPTIONAL,
            kind="aws_launch_template",
        ),
        True,
    ),
    Case("yaml", "its rules are for HCL", INSTANCE.replace("  X:", "  # nosemgrep\n  X:"), False, "t.yaml"),
]


@pytest.mark.parametrize("case", SEMGREP, ids=[case.name for case in SEMGREP])
def test_what_semgrep_ignores_is_ignored(case: Case) -> None:
    assert (left("semgrep", case.path, case.text) == []) is case.honoured, case.why


TERRASCAN = [
    Case("inside", "in the body", tf("  #ts:skip=AC_AWS_0479 legacy\n"), True),
    Case("reference", "its other id", tf("  #ts:skip=AC-AWS-NS-IN-M-1172\n"), True),
    Case("space", "its words are one", tf("  # ts:skip=AC_AWS_0479\n"), False),
    Case("above", "is not in the body", tf(above="#ts:skip=AC_AWS_0479\n"), False),
    Case("other", "is the launch configurations'", tf("  #ts:skip=AC_AWS_0487\n"), False),
    Case(
        "metadata",
        "a text of JSON",
        INSTANCE + '    Metadata:\n      runterrascan.io/skip: \'[{"rule": "AC_AWS_0479", "comment": "legacy"}]\'\n',
        True,
        "t.yaml",
    ),
    Case("no-json", "is none", INSTANCE + "    Metadata:\n      runterrascan.io/skip: AC_AWS_0479\n", False, "t.yaml"),
]


@pytest.mark.parametrize("case", TERRASCAN, ids=[case.name for case in TERRASCAN])
def test_what_terrascan_skips_is_skipped(case: Case) -> None:
    assert (left("terrascan", case.path, case.text) == []) is case.honoured, case.why


def cfn_lint(ids: str) -> str:
    return f"    Metadata: {{cfn-lint: {{config: {{ignore_checks: [{ids}]}}}}}}\n"


CFN_LINT = [
    Case("resource", "our rule's id", INSTANCE + cfn_lint("E9501"), True, "t.yaml"),
    Case("beginning", "ids are whole at a resource", INSTANCE + cfn_lint("E95"), False, "t.yaml"),
    Case("other", "another rule", INSTANCE + cfn_lint("E9502"), False, "t.yaml"),
    Case("template", "the whole template", cfn_lint("E9501")[4:] + INSTANCE, True, "t.yaml"),
    Case("template-beginning", "beginnings there", cfn_lint("E95")[4:] + INSTANCE, True, "t.yaml"),
    Case("template-other", "others' beginning", cfn_lint("E3")[4:] + INSTANCE, False, "t.yaml"),
]


@pytest.mark.parametrize("case", CFN_LINT, ids=[case.name for case in CFN_LINT])
def test_what_cfn_lint_ignores_is_ignored(case: Case) -> None:
    assert (left("cfn-lint", case.path, case.text) == []) is case.honoured, case.why


def nag(rule: str) -> str:
    return f"    Metadata: {{cdk_nag: {{rules_to_suppress: [{{id: {rule}, reason: legacy}}]}}}}\n"


CDK_NAG = [
    Case("hipaa", "a pack", INSTANCE + nag("HIPAA.Security-EC2IMDSv2Enabled"), True, "t.yaml"),
    Case("nist", "another pack", YAML + nag("NIST.800.53.R5-EC2IMDSv2Enabled"), True, "t.yaml"),
    Case("other", "another rule", INSTANCE + nag("AwsSolutions-EC26"), False, "t.yaml"),
]


@pytest.mark.parametrize("case", CDK_NAG, ids=[case.name for case in CDK_NAG])
def test_what_cdk_nag_suppresses_is_suppressed(case: Case) -> None:
    assert (left("cdk-nag", case.path, case.text) == []) is case.honoured, case.why


def test_nothing_is_honoured_unasked() -> None:
    cases = [*CHECKOV, *TRIVY, *TFSEC, *KICS, *SEMGREP, *TERRASCAN, *CFN_LINT, *CDK_NAG]
    for case in cases:
        report = linted({case.path: case.text})
        assert [one for one in report.suppressed if one.by.tool] == []
        assert [finding.rule.code for finding in report.findings if finding.rule.code == "IMDS901"] == []


class Told(NamedTuple):
    name: str
    tool: str
    path: str
    text: str
    hiding: Hiding
    said: str
    reason: str
    until: date | None = None


TOLD = [
    Told("checkov", "checkov", "main.tf", tf(f"  # {SKIP}\n"), Hiding.COMMENT, SKIP, "legacy agent"),
    Told(
        "trivy",
        "trivy",
        "main.tf",
        tf(above=f"# {ID}:exp:2027-02-01 legacy agent\n"),
        Hiding.COMMENT,
        f"{ID}:exp:2027-02-01",
        "legacy agent",
        date(2027, 1, 31),
    ),
    Told(
        "cdk-nag",
        "cdk-nag",
        "t.yaml",
        INSTANCE + nag("HIPAA.Security-EC2IMDSv2Enabled").replace("legacy", "bGVnYWN5, is_reason_encoded: true"),
        Hiding.METADATA,
        "HIPAA.Security-EC2IMDSv2Enabled",
        "legacy",
    ),
]


@pytest.mark.parametrize("case", TOLD, ids=[case.name for case in TOLD])
def test_the_reason_is_carried(case: Told) -> None:
    report = linted({case.path: case.text}, Options(honour=(case.tool,), today=TODAY))
    (one,) = report.suppressed
    span = one.by.span
    assert span is not None
    assert case.text[span.start : span.end] == case.said
    assert (one.by.hiding, one.by.reason, one.by.until, one.by.tool) == (
        case.hiding,
        case.reason,
        case.until,
        case.tool,
    )


def test_each_control_is_of_a_tool_and_stands_for_rules_with_a_source() -> None:
    for control in controls.CONTROLS:
        assert control.tool in controls.TOOLS
        assert set(control.codes) <= set(NAMES)
        assert {"IMDS900", "IMDS901", "IMDS999"}.isdisjoint(control.codes)
        assert control.source
    assert {control.tool for control in controls.CONTROLS} == set(controls.TOOLS)


def test_our_ids_in_cfn_lint_are_those_that_it_has() -> None:
    hosted = pytest.importorskip("iac_imds_lint.cfn_lint_rules")
    ids = {control.ids[0]: control.codes[0] for control in controls.of("cfn-lint")}
    judged = [module.RULE for module in hosted.HOSTED if module.RULE.code < "IMDS900"]
    assert ids == {hosted.id_of(rule): rule.code for rule in judged}
