"""The options are written where the provider or the service drops them.

## What it does

Reports metadata options that never reach EC2: on `aws_launch_configuration` without `http_endpoint` (the provider
sends none of the options then), on `aws_launch_template` without `http_endpoint` where the code holds the provider at a
release from 4.22 to 4.60 (which did the same), on `aws_spot_instance_request` (RequestSpotInstances takes neither the
options nor a launch template), in the launch specifications of a spot fleet (which have no such property), and in the
overrides of an EC2 fleet that is not of type `instant`.

## Why it matters

The code says that IMDSv2 is required, reviewers and other scanners believe it, and the instances answer IMDSv1.

## Example

```hcl bad
resource "aws_launch_configuration" "web" {
  image_id      = "ami-0123456789abcdef0"
  instance_type = "t3.micro"

  metadata_options {
    http_tokens = "required"
  }
}
```

```hcl good
resource "aws_launch_configuration" "web" {
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
  Fleet:
    Type: AWS::EC2::SpotFleet
    Properties:
      SpotFleetRequestConfigData:
        IamFleetRole: arn:aws:iam::123456789012:role/fleet
        TargetCapacity: 1
        LaunchSpecifications:
          - ImageId: ami-0123456789abcdef0
            InstanceType: t3.micro
            MetadataOptions:
              HttpTokens: required
```

```yaml good
Resources:
  Template:
    Type: AWS::EC2::LaunchTemplate
    Properties:
      LaunchTemplateData:
        ImageId: ami-0123456789abcdef0
        InstanceType: t3.micro
        MetadataOptions:
          HttpEndpoint: enabled
          HttpTokens: required
  Fleet:
    Type: AWS::EC2::SpotFleet
    Properties:
      SpotFleetRequestConfigData:
        IamFleetRole: arn:aws:iam::123456789012:role/fleet
        TargetCapacity: 1
        LaunchTemplateConfigs:
          - LaunchTemplateSpecification:
              LaunchTemplateId: !Ref Template
              Version: !GetAtt Template.LatestVersionNumber
```

## Fix

Launch configurations and templates get `http_endpoint = "enabled"`. For the others a draft is shown of what they have
to become: `aws_instance` with `instance_market_options` in the place of a spot instance request, with every reference
to it, and a launch template in the place of each launch specification of a spot fleet. It is never applied, and says
what is left to do by hand. EC2 fleets need a launch template; the finding says so.

## Fix safety

Unsafe for launch configurations: the provider replaces one to change it. For launch templates as in IMDS001.

## Equivalents

None known: Checkov, Trivy and KICS read these options as if they were sent.

## References

- [aws_launch_configuration](https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/launch_configuration)
- [RequestSpotLaunchSpecification](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RequestSpotLaunchSpecification.html)
- [FleetLaunchTemplateOverridesRequest](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_FleetLaunchTemplateOverridesRequest.html)
- [SpotFleetLaunchSpecification](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_SpotFleetLaunchSpecification.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from iac_imds_lint.catalog.schema import Option, Role
from iac_imds_lint.finding import Finding, Related, Rule, Severity
from iac_imds_lint.inert import exposed, inert_options
from iac_imds_lint.model import Posture, Resource
from iac_imds_lint.posture import World
from iac_imds_lint.rules.places import called_from, consumers, written_at
from iac_imds_lint.rules.spot import require_tokens_elsewhere
from iac_imds_lint.source import Span
from iac_imds_lint.value import Absent, known_text

RULE = Rule("IMDS004", "inert-metadata-options", Severity.ERROR)

# Here the options have an effect once they are complete, and IMDS002 speaks of tokens that are optional.
_WRITABLE = (Role.LAUNCH_CONFIGURATION, Role.LAUNCH_TEMPLATE, Role.CAPACITY)


def check(resource: Resource, world: World) -> Iterator[Finding]:
    """The finding, if what the resource writes never reaches EC2."""
    found = _inert(resource)
    verdict = world.verdict(resource)
    if found is None:
        return
    reason, what, span = found
    effect = "answers IMDSv1" if verdict.posture is Posture.V1_ALLOWED else "ignores what it says about IMDS"
    yield Finding(
        rule=RULE,
        message=f"{resource.title} {effect}: its {what} has no effect, {reason}",
        span=span,
        label="dropped before it reaches EC2",
        related=(*_release(resource), *called_from(resource)),
        resource=resource,
        posture=verdict.posture,
        consumers=consumers(resource, world),
        repair=require_tokens_elsewhere(resource, world),
    )


def _release(resource: Resource) -> tuple[Related, ...]:
    """The place that holds the provider at a release which drops the options."""
    exposure = exposed(resource, refused=False)
    return (Related(exposure.by.span, exposure.by.what),) if exposure else ()


def _inert(resource: Resource) -> tuple[str, str, Span] | None:
    """Why, what and where, of what is written in vain."""
    role = resource.entry.role
    reason = inert_options(resource)
    if role in _WRITABLE and known_text(resource.option(Option.TOKENS)) != "required":
        return None
    control = resource.entry.control
    if reason and control is not None:
        return reason, control.path[-1], written_at(resource.container, resource.head)
    if role is Role.SPOT_REQUEST and resource.references and isinstance(resource.container, Absent):
        return "RequestSpotInstances takes no launch template", "launch_template", resource.references[0].span
    return None
