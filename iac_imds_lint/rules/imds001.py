"""Nothing at any level asks for IMDSv2, and the options are not set at all.

## What it does

Reports instances, launch templates, launch configurations and the like that leave the instance metadata options
unset, where no launch template and no account default in the same code asks for IMDSv2 either.

## Why it matters

Without options EC2 falls back to the account's default, then the AMI's, then `optional`: IMDSv1 answers any request
that reaches it, so one server-side request forgery hands out the instance's credentials.

## Example

```hcl bad
resource "aws_instance" "web" {
  ami           = "ami-0123456789abcdef0"
  instance_type = "t3.micro"
}
```

```hcl good
resource "aws_instance" "web" {
  ami           = "ami-0123456789abcdef0"
  instance_type = "t3.micro"

  metadata_options {
    http_endpoint = "enabled"
    http_tokens   = "required"
  }
}
```

```yaml bad
Resources:
  Web:
    Type: AWS::EC2::Instance
    Properties:
      ImageId: ami-0123456789abcdef0
      InstanceType: t3.micro
```

```yaml good
Resources:
  Web:
    Type: AWS::EC2::Instance
    Properties:
      ImageId: ami-0123456789abcdef0
      InstanceType: t3.micro
      MetadataOptions:
        HttpEndpoint: enabled
        HttpTokens: required
```

## Fix

Writes the options with `http_endpoint = "enabled"` and `http_tokens = "required"`. The hop limit is left alone. Elastic
Beanstalk gets the setting `DisableIMDSv1`, and the JSON of an EMR security configuration the two members that it needs.

## Fix safety

Safe where the change takes effect in place. Unsafe where a resource or its instances are replaced (launch
configurations, Elastic Beanstalk, EMR), where nodes are recycled on a new template version, or where the boot script
visibly calls IMDS without a token.

## Equivalents

Security Hub EC2.8, EC2.170, AutoScaling.3; CIS AWS Foundations 5.6 (v2, v3), 5.7 (v4, v5), 6.7 (v6, v7); Checkov
CKV_AWS_79, CKV_AWS_371; Trivy AWS-0028, AWS-0130; KICS c306ac53-ee5b-41d3-86a9-0fd2722b4e67 (Terraform),
a4f5f706-80fd-4c96-9a24-6ab317d33d24 (CloudFormation); Semgrep ec2-imdsv1-optional,
aws-ec2-launch-template-metadata-service-v1-enabled; Terrascan AC_AWS_0479, AC_AWS_0487; cdk-nag EC2IMDSv2Enabled.

## References

- [Configure the instance metadata options](https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-options.html)
- [Configure options for new instances](https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-IMDS-new-instances.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from iac_imds_lint.catalog.schema import Role
from iac_imds_lint.finding import Finding, Rule, Severity
from iac_imds_lint.model import DecidedBy, Posture, Resource
from iac_imds_lint.posture import World
from iac_imds_lint.rules.places import called_from, consumers
from iac_imds_lint.rules.spot import require_tokens_elsewhere
from iac_imds_lint.value import Absent

RULE = Rule("IMDS001", "missing-metadata-options", Severity.ERROR)

_ROLES = (
    Role.CAPACITY,
    Role.CONSUMER,
    Role.LAUNCH_TEMPLATE,
    Role.LAUNCH_CONFIGURATION,
    Role.CONFIGURATION_TEMPLATE,
    Role.SECURITY_CONFIGURATION,
    Role.SPOT_REQUEST,
    Role.SPOT_FLEET,
)
_LEVELS = (DecidedBy.SERVICE_DEFAULT, DecidedBy.ACCOUNT_DEFAULT)


def check(resource: Resource, world: World) -> Iterator[Finding]:
    """The finding, if the resource answers IMDSv1 because nothing is set on it."""
    verdict = world.verdict(resource)
    if verdict.posture is not Posture.V1_ALLOWED or verdict.decided_by not in _LEVELS:
        return
    if resource.entry.role not in _ROLES or not isinstance(resource.container, Absent) or resource.container.origins:
        return
    if resource.entry.role is Role.SPOT_REQUEST and resource.references:
        return
    yield Finding(
        rule=RULE,
        message=f"{resource.title} answers IMDSv1: {_missing(resource)}",
        span=resource.head,
        label=verdict.reason,
        related=called_from(resource),
        resource=resource,
        posture=verdict.posture,
        consumers=consumers(resource, world),
        repair=require_tokens_elsewhere(resource, world),
    )


def _missing(resource: Resource) -> str:
    control = resource.entry.control
    match resource.entry.role:
        case Role.SPOT_FLEET:
            return "its launch specifications have no IMDS options"
        case Role.CONSUMER:
            always = " in every case" if resource.references else ""
            return f"it names no {resource.entry.names}{always}"
        case Role.SPOT_REQUEST:
            return "a spot instance request has no IMDS options"
        case _:
            return f"{(control.name if control else '') or 'IMDSv2'} is not set"
