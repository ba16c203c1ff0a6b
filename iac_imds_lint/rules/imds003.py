"""A launch configuration: unsupported for new accounts and instance types.

## What it does

Reports every launch configuration, with the Auto Scaling groups that use it.

## Why it matters

Launch configurations get no instance types released after 2022, cannot be created in accounts opened since October
2024, cannot be changed in place, and know only some of the metadata options. AWS's guidance is to migrate to launch
templates.

## Example

```hcl bad
resource "aws_launch_configuration" "web" {
  image_id      = "ami-0123456789abcdef0"
  instance_type = "t3.micro"

  metadata_options {
    http_endpoint = "enabled"
    http_tokens   = "required"
  }
}
```

```hcl good
resource "aws_launch_template" "web" {
  image_id      = "ami-0123456789abcdef0"
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
    Type: AWS::AutoScaling::LaunchConfiguration
    Properties:
      ImageId: ami-0123456789abcdef0
      InstanceType: t3.micro
      MetadataOptions:
        HttpEndpoint: enabled
        HttpTokens: required
```

```yaml good
Resources:
  Web:
    Type: AWS::EC2::LaunchTemplate
    Properties:
      LaunchTemplateData:
        ImageId: ami-0123456789abcdef0
        InstanceType: t3.micro
        MetadataOptions:
          HttpEndpoint: enabled
          HttpTokens: required
```

## Fix

None yet: a migration changes the resource and every group that uses it, and is done by hand for now.

## Fix safety

No fix is offered.

## Equivalents

Security Hub AutoScaling.9; AWS Config autoscaling-launch-template.

## References

- [Launch configurations](https://docs.aws.amazon.com/autoscaling/ec2/userguide/launch-configurations.html)
- [Migrate to launch templates](https://docs.aws.amazon.com/autoscaling/ec2/userguide/migrate-to-launch-templates.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from iac_imds_lint.catalog.schema import Role
from iac_imds_lint.edit import Refusal
from iac_imds_lint.finding import Finding, Related, Rule, Severity
from iac_imds_lint.model import Resource
from iac_imds_lint.posture import World
from iac_imds_lint.rules.places import called_from, consumers

RULE = Rule("IMDS003", "launch-configuration", Severity.ERROR)

_BY_HAND = "migrate it to a launch template, with every group that uses it, by hand"


def check(resource: Resource, world: World) -> Iterator[Finding]:
    """The finding, if the resource is a launch configuration."""
    if resource.entry.role is not Role.LAUNCH_CONFIGURATION:
        return
    uses = tuple(Related(use.reference.span, f"{use.resource.address} uses it") for use in world.uses(resource))
    yield Finding(
        rule=RULE,
        message=f"{resource.title} is a launch configuration, which new accounts and instance types cannot use",
        span=resource.head,
        label="AWS advises to migrate to a launch template",
        related=(*uses, *called_from(resource)),
        resource=resource,
        posture=world.verdict(resource).posture,
        consumers=consumers(resource, world),
        repair=Refusal(_BY_HAND),
    )
