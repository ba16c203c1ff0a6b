"""Repairing: what may share a cause, what cannot be mended beside what can, and what a fix would disturb."""

from __future__ import annotations

from dataclasses import replace

import pytest

from iac_imds_lint.edit import Applicability, Edit, joined
from iac_imds_lint.model import Posture
from iac_imds_lint.objections import objections
from iac_imds_lint.report import Exit
from iac_imds_lint.source import Span
from tests.support import codes, linted, repaired, texts_after

SHARED = """variable "tok" {
  default = "optional"
}

resource "aws_instance" "x" {
  metadata_options {
    http_endpoint = "enabled"
    http_tokens   = var.tok
  }
}
"""
CALL = 'module "m" {\n  source = "../m"\n  tok    = "optional"\n}\n'
OPEN_CALL = 'variable "x" {\n  default = false\n}\n\nmodule "m" {\n  source = "../m"\n  tok    = var.x ? "required" : "optional"\n}\n'


def test_roots_of_equal_addresses_are_mended_each_where_they_decide() -> None:
    files = {"m/main.tf": SHARED, "a/main.tf": CALL, "b/main.tf": OPEN_CALL, "c/main.tf": CALL}
    outcome = repaired(files)
    assert {after.path: after.text for _, after in outcome.changed} == {
        "a/main.tf": CALL.replace('"optional"', '"required"'),
        "b/main.tf": OPEN_CALL.replace('var.x ? "required" : "optional"', '"required"'),
        "c/main.tf": CALL.replace('"optional"', '"required"'),
    }
    assert outcome.report.findings == ()


def test_the_inventory_keeps_equal_addresses_of_several_roots_apart() -> None:
    files = {"m/main.tf": SHARED, "a/main.tf": CALL, "b/main.tf": CALL.replace("optional", "required")}
    rows = linted(files).inventory
    assert [(row.resource, row.posture.value) for row in rows] == [
        ("module.m.aws_instance.x", "v1-allowed"),
        ("module.m.aws_instance.x", "v2-required"),
    ]


WRONG = """resource "aws_instance" "h" {
  metadata_options {
    http_tokens                 = "Required"
    http_endpoint               = "Enabled"
    http_put_response_hop_limit = 65
  }
}
"""


def test_what_cannot_be_mended_does_not_keep_the_rest_from_it() -> None:
    files = {"main.tf": WRONG}
    after = texts_after(files, Applicability.SAFE)["main.tf"]
    assert after == WRONG.replace('"Required"', '"required"').replace('"Enabled"', '"enabled"')
    assert codes({"main.tf": after}) == ["IMDS011"], "a hop limit of 65 is left: what was meant is not known"


@pytest.mark.parametrize("name", ["terraform.tfvars", "x.auto.tfvars"])
def test_a_variable_file_is_mended_where_it_decides(name: str) -> None:
    files = {"main.tf": SHARED.replace('  default = "optional"\n', ""), name: '# why\ntok = "optional" # legacy\n'}
    assert texts_after(files)[name] == '# why\ntok = "required" # legacy\n'


def test_a_variable_file_in_json_is_mended_where_it_decides() -> None:
    files = {"main.tf": SHARED, "terraform.tfvars.json": '{"tok": "optional"}'}
    assert texts_after(files)["terraform.tfvars.json"] == '{"tok": "required"}'


@pytest.mark.parametrize(
    ("ignored", "expected", "why"),
    [
        ("[tags]", Applicability.SAFE, "tags are not the options"),
        ("[metadata_options]", Applicability.UNSAFE, "what runs would keep answering"),
        ("[metadata_options[0].http_tokens]", Applicability.UNSAFE, "what runs would keep answering"),
        ("all", Applicability.UNSAFE, "what runs would keep answering"),
    ],
)
def test_changes_that_are_ignored(ignored: str, expected: Applicability, why: str) -> None:
    text = f'resource "aws_instance" "x" {{\n  ami = "a"\n  lifecycle {{\n    ignore_changes = {ignored}\n  }}\n}}\n'
    fix = linted({"main.tf": text}).findings[0].fix
    assert fix is not None
    assert fix.applicability is expected, why


V1_CALL = "curl http://169.254.169.254/latest/meta-data/instance-id"


@pytest.mark.parametrize(
    ("user_data", "rest", "why"),
    [
        ("local.script", f'locals {{\n  script = "{V1_CALL}"\n}}\n', "a local"),
        ("base64encode(local.a)", f'locals {{\n  a = local.b\n  b = "{V1_CALL}"\n}}\n', "a local of a local"),
        (
            "data.template_file.t.rendered",
            f'data "template_file" "t" {{\n  template = "{V1_CALL}"\n}}\n',
            "a data source",
        ),
        (
            "data.cloudinit_config.c.rendered",
            'data "cloudinit_config" "c" {\n  part {\n    content = file("${path.module}/boot.sh")\n  }\n}\n',
            "a file that a data source reads",
        ),
    ],
)
def test_a_boot_script_is_followed_to_where_it_is_written(user_data: str, rest: str, why: str) -> None:
    text = f'resource "aws_instance" "x" {{\n  ami = "a"\n  user_data = {user_data}\n}}\n{rest}'
    findings = linted({"main.tf": text, "boot.sh": V1_CALL}, paths=("main.tf",)).findings
    fix = next(finding.fix for finding in findings if finding.rule.code == "IMDS001")
    assert fix is not None
    assert fix.applicability is Applicability.UNSAFE, why
    assert fix.note == "its boot script calls IMDS without a token (IMDS007), and fails once tokens are required"


def test_fixing_again_changes_nothing() -> None:
    files = {"m/main.tf": SHARED, "a/main.tf": CALL, "main.tf": WRONG}
    once = texts_after(files)
    assert texts_after(once) == once


COMMENTED = {
    "empty block": "metadata_options { /* keep */ }",
    "before the argument": 'metadata_options { /* keep */ http_tokens = "optional" }',
    "after the argument": 'metadata_options { http_endpoint = "enabled" /* keep */ }',
    "after the name": 'metadata_options {\n    http_endpoint /* keep */ = "enabled"\n    http_put_response_hop_limit = 2\n  }',
    "before the brace": 'metadata_options {\n    http_endpoint = "enabled" /* keep */ }',
    "over the end of the line": 'metadata_options {\n    http_endpoint = "enabled" /* keep\n    */\n  }',
    "at the end": 'metadata_options {\n    http_endpoint = "enabled" # keep\n  }',
    "above": 'metadata_options {\n    # keep\n    http_tokens = "optional"\n  }',
    "below": 'metadata_options {\n    http_tokens = "optional"\n    # keep\n  }',
}


@pytest.mark.parametrize("place", COMMENTED)
def test_no_comment_is_lost(place: str) -> None:
    files = {"main.tf": f'resource "aws_instance" "x" {{\n  ami = "a" /* keep */\n  {COMMENTED[place]}\n}}\n'}
    after = texts_after(files)["main.tf"]
    assert after.count("keep") == 2
    outcome = repaired(files)
    if after == files["main.tf"]:
        assert [f.fix_unavailable for f in outcome.report.findings] in (
            ["a comment stands where the change would go"],
            ["a comment reaches over where the change would go"],
        )
    else:
        assert outcome.report.findings == ()


def test_a_comment_over_the_end_of_the_last_line_is_not_written_into() -> None:
    files = {"main.tf": 'resource "aws_instance" "x" {\n  ami = "a" /* note\n  more */\n}\n'}
    assert texts_after(files) == files


@pytest.mark.parametrize("inside", ['http_endpoint : "enabled"', '\n    http_endpoint : "enabled"\n  '])
def test_colons_of_an_object_are_left_as_they_are(inside: str) -> None:
    files = {"main.tf": f'resource "awscc_ec2_instance" "x" {{\n  metadata_options = {{ {inside} }}\n  tags = []\n}}\n'}
    after = texts_after(files)["main.tf"]
    assert 'http_endpoint : "enabled"' in after
    assert codes({"main.tf": after}) == []


def test_a_defect_while_applying_is_a_reason_not_a_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*arguments: object) -> object:
        raise ValueError("overlapping edits")

    monkeypatch.setattr("iac_imds_lint.fixer.apply", broken)
    outcome = repaired({"main.tf": 'resource "aws_instance" "x" {\n  ami = "a"\n}\n'})
    assert outcome.changed == ()
    (finding,) = outcome.report.findings
    assert finding.fix_unavailable.startswith("the changed main.tf could not be proven: ValueError: overlapping edits")


def test_a_file_that_cannot_be_read_is_still_reported_when_all_is_repaired() -> None:
    """It declares nothing of interest and is read for a name alone: another run over the repaired files needs it too."""
    files = {"main.tf": 'resource "aws_instance" "x" {\n  count = local.n\n}\n', "n.tf": "locals {\n  n = 1\n}\nx {\n"}
    outcome = repaired(files)
    assert [finding.rule.code for finding in outcome.report.findings] == ["IMDS900"]
    assert outcome.report.exit is Exit.UNREADABLE


def test_a_fix_that_would_bring_up_resources_is_refused() -> None:
    files = {
        "main.tf": 'variable "tokens" {\n  default = "optional"\n}\nresource "aws_launch_template" "t" {\n'
        '  metadata_options {\n    http_endpoint = "enabled"\n    http_tokens   = var.tokens\n  }\n}\n'
        'resource "aws_instance" "x" {\n  count = var.tokens == "required" ? 3 : 0\n'
        '  metadata_options {\n    http_tokens = "required"\n  }\n}\n'
    }
    outcome = repaired(files)
    assert outcome.changed == ()
    assert [finding.fix_unavailable for finding in outcome.report.findings] == ["it would bring up aws_instance.x[0]"]


def test_an_element_of_a_set_is_no_literal_to_change() -> None:
    files = {
        "main.tf": 'resource "aws_instance" "x" {\n  for_each = toset(["optional", "required"])\n'
        '  metadata_options {\n    http_endpoint = "enabled"\n    http_tokens   = each.value\n  }\n}\n'
    }
    assert [finding.fix for finding in linted(files).findings] == [None]


def test_a_literal_in_the_branch_that_is_taken_is_changed() -> None:
    text = (
        'locals {\n  o = true ? { t = "optional" } : { t = "required" }\n}\nresource "aws_instance" "x" {\n'
        '  metadata_options {\n    http_endpoint = "enabled"\n    http_tokens   = local.o.t\n  }\n}\n'
    )
    assert texts_after({"main.tf": text}) == {"main.tf": text.replace('"optional"', '"required"')}


FLEET = """\
Resources:
  Lt:
    Type: AWS::EC2::LaunchTemplate
    Properties:
      LaunchTemplateData:
        InstanceType: t3.micro
  Fleet:
    Type: AWS::EC2::EC2Fleet
    Properties:
      LaunchTemplateConfigs:
        - LaunchTemplateSpecification: {LaunchTemplateId: !Ref Lt, Version: !GetAtt Lt.LatestVersionNumber}
          Overrides:
            - InstanceType: m5.large
              MetadataOptions: {HttpTokens: required}
"""


def test_a_finding_that_stays_may_say_something_else_after_a_fix() -> None:
    files = {"t.yaml": FLEET}
    (template, before) = linted(files).findings
    assert (template.rule.code, before.rule.code) == ("IMDS001", "IMDS004")
    assert before.message.startswith("AWS::EC2::EC2Fleet Fleet answers IMDSv1: its MetadataOptions has no effect")
    options = "        MetadataOptions:\n          HttpEndpoint: enabled\n          HttpTokens: required\n"
    mended = FLEET.replace("t3.micro\n", f"t3.micro\n{options}")
    assert texts_after(files) == {"t.yaml": mended}
    (after,) = linted({"t.yaml": mended}).findings
    assert after.message.startswith("AWS::EC2::EC2Fleet Fleet ignores what it says about IMDS: its MetadataOptions")


@pytest.mark.parametrize(
    ("code", "address", "path", "objection"),
    [
        ("IMDS004", "Fleet", "t.yaml", ""),
        ("IMDS002", "Fleet", "t.yaml", "it would bring a new finding: Fleet: after"),
        ("IMDS004", "Other", "t.yaml", "it would bring a new finding: Other: after"),
        ("IMDS004", "Fleet", "u.yaml", "it would bring a new finding: Fleet: after"),
        ("IMDS001", "Lt", "t.yaml", "it would bring a new finding: Lt: after"),
    ],
    ids=["other words", "another rule", "another resource", "another file", "the mended one in other words"],
)
def test_what_a_fix_brings_is_told_by_rule_resource_and_file(
    code: str, address: str, path: str, objection: str
) -> None:
    report = linted({"t.yaml": FLEET})
    template, fleet = report.findings

    changed = replace(
        fleet,
        rule=fleet.rule._replace(code=code),
        affected=(address,),
        span=fleet.span._replace(path=path),
        message=f"{address}: after",
    )
    against = objections(report, replace(report, findings=(changed,)), [template])
    assert [(one.reason, one.path) for one in against] == ([(objection, path)] if objection else [])


def edit(start: int, end: int, content: str) -> Edit:
    return Edit(Span("main.tf", start, end), content)


@pytest.mark.parametrize(
    ("edits", "one", "why"),
    [
        ([edit(3, 3, "b"), edit(3, 3, "a")], [edit(3, 3, "ba")], "two insertions at one place, in the order given"),
        ([edit(5, 9, ""), edit(3, 5, "x")], [edit(3, 9, "x")], "what ends where another begins"),
        ([edit(3, 5, "x"), edit(5, 5, "y")], [edit(3, 5, "xy")], "an insertion behind what is replaced"),
        ([edit(1, 2, "x"), edit(1, 2, "x")], [edit(1, 2, "x")], "the same twice"),
        ([edit(4, 6, "y"), edit(1, 3, "x")], [edit(1, 3, "x"), edit(4, 6, "y")], "what does not meet stays apart"),
    ],
)
def test_edits_that_meet_are_one(edits: list[Edit], one: list[Edit], why: str) -> None:
    assert joined(edits) == tuple(one), why


OPTIONS = '  metadata_options {\n    http_endpoint = "enabled"\n    http_tokens   = "required"\n  }\n'


@pytest.mark.parametrize("other", ["web-b", "a-web", "web_b", "webb"])
def test_what_is_migrated_is_told_from_what_is_called_alike(other: str) -> None:
    """The other stays: its root device makes its migration a draft. It must not be taken for gone."""
    draft = f'resource "aws_launch_configuration" "{other}" {{\n  root_block_device {{\n    volume_size = 8\n  }}\n{OPTIONS}}}\n'
    files = {"main.tf": f'resource "aws_launch_configuration" "web" {{\n  image_id = "a"\n{OPTIONS}}}\n{draft}'}
    outcome = repaired(files)
    assert [row.resource for row in outcome.report.inventory] == [
        "aws_launch_template.web",
        f"aws_launch_configuration.{other}",
    ]
    assert outcome.refused == ()


def test_equal_addresses_of_several_roots_are_compared_each_with_itself() -> None:
    files = {"m/main.tf": SHARED, "a/main.tf": CALL, "b/main.tf": CALL.replace("optional", "required")}
    report = linted(files)
    turned = replace(report, inventory=tuple(reversed(report.inventory)))
    assert objections(report, turned, []) == [], "in whatever order they are told"
    worse = replace(report, inventory=tuple(row._replace(posture=Posture.V1_ALLOWED) for row in report.inventory))
    assert [one.reason for one in objections(report, worse, [])] == [
        "module.m.aws_instance.x would be v1-allowed afterwards"
    ]
