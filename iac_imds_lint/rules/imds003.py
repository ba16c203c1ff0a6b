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

A launch template in its place, with every argument where a template has it, and the groups that use the configuration
launch from the template. Defaults that differ are written out: detailed monitoring, and volumes that are deleted with
the instance. The template requires tokens, unless the configuration turns IMDS off. What has no mapping, or means
something else afterwards, is listed, one line each, and makes the fix a draft. `docs/migration.md` has the tables.

## Fix safety

Unsafe: the launch configuration is destroyed and a template created. Groups launch from the template what they launch
from then on; what runs stays until it is replaced, which an `instance_refresh` or an `UpdatePolicy` does at once. A
draft is shown and never applied.

## Equivalents

Security Hub AutoScaling.9; AWS Config autoscaling-launch-template.

## References

- [Launch configurations](https://docs.aws.amazon.com/autoscaling/ec2/userguide/launch-configurations.html)
- [Migrate to launch templates](https://docs.aws.amazon.com/autoscaling/ec2/userguide/migrate-to-launch-templates.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from iac_imds_lint.catalog.schema import Option, Role
from iac_imds_lint.edit import Applicability
from iac_imds_lint.finding import Finding, Migration, Related, Repair, Rule, Severity
from iac_imds_lint.model import Posture, Resource
from iac_imds_lint.posture import World
from iac_imds_lint.rules.places import called_from, consumers
from iac_imds_lint.rules.repair import disruptions, require_tokens

RULE = Rule("IMDS003", "launch-configuration", Severity.ERROR)

_DESTROYED = "the launch configuration is destroyed and a template created; what runs stays until it is replaced"


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
        repair=_migration(resource, world),
    )


def _migration(resource: Resource, world: World) -> Migration:
    """A launch template in its place, which requires tokens unless the configuration turns IMDS off."""
    # Of the configuration's own replacement: a template of that name may stand beside it.
    own = (resource.entry.disruption, resource.entry.collision)
    disturbed = (told for told in disruptions(resource, world) if told not in own)
    return Migration(
        resources=(resource,),
        uses=world.uses_ever(resource),
        message="migrate it to a launch template, with what launches from it",
        applicability=Applicability.UNSAFE,
        options=_options(resource, world),
        note="; ".join((_DESTROYED, *disturbed)),
        dormant=world.dormant,
    )


def _options(resource: Resource, world: World) -> tuple[tuple[Option, str], ...]:
    if world.verdict(resource).posture is Posture.IMDS_DISABLED:
        return ()
    repair = require_tokens(resource, world)
    return repair.options if isinstance(repair, Repair) else ()
