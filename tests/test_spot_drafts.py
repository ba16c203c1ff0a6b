"""What spot requests and spot fleets have to become, as drafts: their whole texts, and that these are valid and closed."""

from __future__ import annotations

from pathlib import Path

import pytest

from iac_imds_lint.edit import Applicability, apply
from iac_imds_lint.source import SourceFile
from tests.fixing import FIXTURES, Fixture
from tests.shell import tree
from tests.support import linted, texts_after
from tests.test_fixed_is_valid import CANNOT, _validate, needs_terraform

REQUEST = """\
resource "aws_spot_instance_request" "web" {
  ami                  = "ami-0123456789abcdef0"
  instance_type        = "t3.micro"
  wait_for_fulfillment = true
  spot_price           = "0.03" # per hour

  lifecycle {
    ignore_changes = [ami]
  }
}

output "instance" {
  value = aws_spot_instance_request.web.spot_instance_id
}
"""
INSTANCE = """\
resource "aws_instance" "web" {
  ami           = "ami-0123456789abcdef0"
  instance_type = "t3.micro"

  instance_market_options {
    market_type = "spot"

    spot_options {
      max_price = "0.03" # per hour
    }
  }

  metadata_options {
    http_endpoint = "enabled"
    http_tokens   = "required"
  }

  lifecycle {
    ignore_changes = [ami]
  }
}

output "instance" {
  value = aws_instance.web.id
}
"""
OPTIONS = """\
resource "aws_spot_instance_request" "web" {
  ami           = "ami-0123456789abcdef0"
  instance_type = "t3.micro"

  metadata_options {
    http_tokens                 = "optional"
    http_put_response_hop_limit = 2
  }
}
"""
OPTIONS_AFTER = """\
resource "aws_instance" "web" {
  ami           = "ami-0123456789abcdef0"
  instance_type = "t3.micro"

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 2
  }

  instance_market_options {
    market_type = "spot"
  }
}
"""
FLEET = """\
resource "aws_spot_fleet_request" "jobs" {
  iam_fleet_role  = "arn:aws:iam::123456789012:role/fleet"
  target_capacity = 1

  launch_specification {
    ami                    = "ami-0123456789abcdef0"
    instance_type          = "t3.micro"
    iam_instance_profile   = "jobs"
    vpc_security_group_ids = ["sg-0123456789abcdef0"]
    subnet_id              = "subnet-0123456789abcdef0"
    monitoring             = true
  }
}
"""
FLEET_AFTER = """\
resource "aws_launch_template" "jobs" {
  image_id               = "ami-0123456789abcdef0"
  instance_type          = "t3.micro"
  vpc_security_group_ids = ["sg-0123456789abcdef0"]

  iam_instance_profile {
    name = "jobs"
  }

  monitoring {
    enabled = true
  }

  metadata_options {
    http_endpoint = "enabled"
    http_tokens   = "required"
  }
}

resource "aws_spot_fleet_request" "jobs" {
  iam_fleet_role  = "arn:aws:iam::123456789012:role/fleet"
  target_capacity = 1

  launch_template_config {
    launch_template_specification {
      id      = aws_launch_template.jobs.id
      version = aws_launch_template.jobs.latest_version
    }

    overrides {
      instance_type = "t3.micro"
      subnet_id     = "subnet-0123456789abcdef0"
    }
  }
}
"""
YAML = """\
Resources:
  # the fleet
  Fleet:
    Type: AWS::EC2::SpotFleet
    Condition: IsProd
    Properties:
      SpotFleetRequestConfigData:
        IamFleetRole: arn:aws:iam::123456789012:role/fleet
        LaunchSpecifications:
        - ImageId: ami-0123456789abcdef0  # pinned
          SecurityGroups: [{GroupId: !Ref Group}]
          WeightedCapacity: 2
          UserData: !Base64 |
            echo hi
        TargetCapacity: 1
"""
YAML_AFTER = """\
Resources:
  FleetTemplate:
    Type: AWS::EC2::LaunchTemplate
    Condition: IsProd
    Properties:
      LaunchTemplateData:
        ImageId: ami-0123456789abcdef0  # pinned
        SecurityGroupIds: [!Ref Group]
        MetadataOptions:
          HttpEndpoint: enabled
          HttpTokens: required
        UserData: !Base64 |
          echo hi
  # the fleet
  Fleet:
    Type: AWS::EC2::SpotFleet
    Condition: IsProd
    Properties:
      SpotFleetRequestConfigData:
        IamFleetRole: arn:aws:iam::123456789012:role/fleet
        LaunchTemplateConfigs:
          - LaunchTemplateSpecification:
              LaunchTemplateId: !Ref FleetTemplate
              Version: !GetAtt FleetTemplate.LatestVersionNumber
            Overrides:
              - WeightedCapacity: 2
        TargetCapacity: 1
"""
JSON = '{"Resources": {"Fleet": {"Type": "AWS::EC2::SpotFleet", "Properties": {"SpotFleetRequestConfigData": {"LaunchSpecifications": [{"ImageId": "ami-1"}], "TargetCapacity": 1}}}}}\n'
JSON_AFTER = (
    '{"Resources": {"FleetTemplate": {"Type": "AWS::EC2::LaunchTemplate", "Properties": {"LaunchTemplateData": '
    '{"ImageId": "ami-1", "MetadataOptions": {"HttpEndpoint": "enabled", "HttpTokens": "required"}}}}, '
    '"Fleet": {"Type": "AWS::EC2::SpotFleet", "Properties": {"SpotFleetRequestConfigData": {"LaunchTemplateConfigs": '
    '[{"LaunchTemplateSpecification": {"LaunchTemplateId": {"Ref": "FleetTemplate"}, "Version": '
    '{"Fn::GetAtt": ["FleetTemplate", "LatestVersionNumber"]}}}], "TargetCapacity": 1}}}}}\n'
)


def drafted(files: dict[str, str]) -> dict[str, str]:
    """The files with every draft of a finding about them."""
    report = linted(files)
    fixes = [finding.fix for finding in report.findings if finding.fix]
    assert {fix.applicability for fix in fixes} == {Applicability.DISPLAY_ONLY}
    edits = {edit for fix in fixes for edit in fix.edits}
    return {path: apply(SourceFile(path, text), edits).text for path, text in files.items()}


@pytest.mark.parametrize(
    ("path", "before", "after", "why"),
    [
        ("main.tf", REQUEST, INSTANCE, "what only a request has goes, the price moves, and so does its comment"),
        ("main.tf", OPTIONS, OPTIONS_AFTER, "options that had no effect have one now, and are completed"),
        ("main.tf", REQUEST.replace("\n", "\r\n"), INSTANCE.replace("\n", "\r\n"), "newlines stay"),
        ("main.tf", FLEET, FLEET_AFTER, "a template in the place of the specification"),
        ("t.yaml", YAML, YAML_AFTER, "text is moved as it stands, under the condition of the fleet"),
        ("t.json", JSON, JSON_AFTER, "on one line"),
    ],
)  # fmt: skip
def test_a_draft(path: str, before: str, after: str, why: str) -> None:
    assert drafted({path: before})[path] == after, why


@pytest.mark.parametrize("text", [REQUEST, FLEET])
def test_a_draft_is_never_applied(text: str) -> None:
    assert texts_after({"main.tf": text}) == {"main.tf": text}


SPOT = [fixture for fixture in FIXTURES if fixture.name.startswith("stays-spot")]
DRAFTED = [one for one in SPOT if not one.name.endswith(("generated", "in-json", "name-taken", "shared", "styles"))]


def texts(fixture: Fixture) -> dict[str, str]:
    return {path: data.decode() for path, data in tree(fixture.before).items()}


@pytest.mark.parametrize("fixture", DRAFTED, ids=str)
def test_what_a_draft_comes_to_is_closed(fixture: Fixture) -> None:
    report = linted(drafted(texts(fixture)))
    assert [finding.message for finding in report.findings] == []
    assert {row.posture.value for row in report.inventory} == {"v2-required"}


@needs_terraform
def test_drafts_are_valid_to_the_provider(tmp_path: Path) -> None:
    calls = []
    for fixture in DRAFTED:
        # An attribute that only a request has is left to the user.
        if fixture.dialect == "terraform" and fixture.name != "stays-spot-persistent":
            (tmp_path / fixture.name).mkdir()
            for path, text in drafted(texts(fixture)).items():
                (tmp_path / fixture.name / path).write_text(text, "utf-8")
            calls.append(f'module "{fixture.name}" {{\n  source = "./{fixture.name}"\n}}\n')
    (tmp_path / "main.tf").write_text("\n".join(calls), "utf-8")
    validated = _validate(tmp_path)
    if validated.returncode == CANNOT:
        pytest.skip(validated.stdout.strip() or "the command cannot validate here")
    assert validated.returncode == 0, validated.stdout + validated.stderr
    assert len(calls) == 3


HCL_WITHOUT = (
    'resource "aws_launch_configuration" "web" {{\n  metadata_options {{\n{}    http_tokens{} = "required"\n  }}\n}}\n'
)
TF_JSON_WITHOUT = '{{"resource": {{"aws_launch_configuration": {{"web": {{"metadata_options": {{{}"http_tokens": "required"}}}}}}}}}}\n'
YAML_WITHOUT = "Resources:\n  Web:\n    Type: AWS::AutoScaling::LaunchConfiguration\n    Properties:\n      MetadataOptions:\n{}        HttpTokens: optional\n"
JSON_WITHOUT = '{{"Resources": {{"Web": {{"Type": "AWS::AutoScaling::LaunchConfiguration", "Properties": {{"MetadataOptions": {{{}"HttpTokens": "{}"}}}}}}}}}}\n'


@pytest.mark.parametrize(
    ("path", "code", "before", "after"),
    [
        ("main.tf", "IMDS004", HCL_WITHOUT.format("", ""), HCL_WITHOUT.format('    http_endpoint = "enabled"\n', "  ")),
        ("main.tf.json", "IMDS004", TF_JSON_WITHOUT.format(""), TF_JSON_WITHOUT.format("").replace("}", ', "http_endpoint": "enabled"}', 1)),
        ("t.yaml", "IMDS002", YAML_WITHOUT.format(""), YAML_WITHOUT.format("        HttpEndpoint: enabled\n").replace("optional", "required")),
        ("t.json", "IMDS002", JSON_WITHOUT.format("", "optional"), JSON_WITHOUT.format('"HttpEndpoint": "enabled", ', "required")),
    ],
)  # fmt: skip
def test_a_launch_configuration_gets_its_endpoint(path: str, code: str, before: str, after: str) -> None:
    """The provider drops all options without it (facts of aws_launch_configuration); CloudFormation does not."""
    fix = next(finding.fix for finding in linted({path: before}).findings if finding.rule.code == code)
    assert fix is not None
    assert apply(SourceFile(path, before), fix.edits).text == after
