"""The account's defaults, a declarative policy or an AMI leave IMDSv1 on.

## What it does

Reports `aws_ec2_instance_metadata_defaults` and declarative policies for EC2 that do not set tokens to `required`, and
AMIs that are registered without `imds_support = "v2.0"`. An AMI is not reported where the account's default is known to
decide, or where every launch of it in the code asks for IMDSv2 itself.

## Why it matters

These decide for every launch that says nothing of its own: the account's default first, then the AMI. `optional` as the
account's default also overrules AMIs that ask for IMDSv2. One line here covers what nobody remembered to write.

## Example

```hcl bad
resource "aws_ec2_instance_metadata_defaults" "this" {
  http_tokens = "optional"
}
```

```hcl good
resource "aws_ec2_instance_metadata_defaults" "this" {
  http_tokens = "required"
}
```

```yaml bad
Resources:
  Defaults:
    Type: AWS::Organizations::Policy
    Properties:
      Name: metadata-defaults
      Type: DECLARATIVE_POLICY_EC2
      Content:
        ec2_attributes:
          instance_metadata_defaults:
            http_tokens:
              "@@assign": optional
```

```yaml good
Resources:
  Defaults:
    Type: AWS::Organizations::Policy
    Properties:
      Name: metadata-defaults
      Type: DECLARATIVE_POLICY_EC2
      Content:
        ec2_attributes:
          instance_metadata_defaults:
            http_tokens:
              "@@assign": required
```

## Fix

Sets `http_tokens` to `required`, for an AMI `imds_support` to `v2.0`. Policies are changed by hand.

## Fix safety

Unsafe: a default counts for launches that are not in this code, and an AMI is registered anew.

## Equivalents

Prowler ec2_instance_account_imdsv2_enabled.

## References

- [Order of precedence](https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-options.html#instance-metadata-options-order-of-precedence)
- [Declarative policies](https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_declarative_syntax.html)
- [aws_ec2_instance_metadata_defaults](https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/ec2_instance_metadata_defaults)
"""

from __future__ import annotations

from collections.abc import Iterator

from iac_imds_lint.catalog.schema import Option, Role
from iac_imds_lint.finding import Finding, Rule, Severity
from iac_imds_lint.model import CLOSED, Posture, Resource
from iac_imds_lint.posture import World
from iac_imds_lint.rules.places import called_from, spelt, steps, written_at
from iac_imds_lint.rules.repair import require_tokens
from iac_imds_lint.value import Value, known_text

RULE = Rule("IMDS010", "optional-account-default", Severity.WARNING)


def check(resource: Resource, world: World) -> Iterator[Finding]:
    """The finding, if the resource decides for others and leaves IMDSv1 on for them."""
    verdict = world.verdict(resource)
    if verdict.posture is not Posture.V1_ALLOWED:
        return
    match resource.entry.role:
        case Role.ACCOUNT_DEFAULT:
            value = resource.option(Option.TOKENS)
            yield _finding(resource, world, value, f"leaves IMDSv1 on for {_SILENT}: http_tokens is {_told(value)}")
        case Role.DECLARATIVE_POLICY:
            where = "in the accounts that it is attached to"
            told = f"leaves IMDSv1 on for {_SILENT} {where}: http_tokens is {_told(verdict.value)}"
            yield _finding(resource, world, verdict.value, told)
        case Role.IMAGE if _decides(resource, world):
            value = resource.option(Option.TOKENS)
            yield _finding(resource, world, value, f"leaves IMDSv1 on for {_SILENT}: imds_support is {spelt(value)}")
        case _:
            return


_SILENT = "launches that say nothing of their own"


def _finding(resource: Resource, world: World, value: Value, told: str) -> Finding:
    return Finding(
        rule=RULE,
        message=f"{resource.title} {told}",
        span=written_at(value, resource.head),
        label=f"{spelt(value)} here",
        related=(*steps(value), *called_from(resource)),
        resource=resource,
        posture=world.verdict(resource).posture,
        repair=require_tokens(resource, world),
    )


def _told(value: Value) -> str:
    """The value, and that ``optional`` does more than leave things as they are."""
    overrules = known_text(value) == "optional"
    return f"{spelt(value)}, which also overrules AMIs that ask for IMDSv2" if overrules else spelt(value)


def _decides(image: Resource, world: World) -> bool:
    """Whether a launch may come to what the image says: no level above it is known to decide first."""
    if world.account_tokens(image) in ("required", "optional"):
        return False
    launches = [resource for resource in world.judged() if image in world.images(resource)]
    return not launches or any(world.verdict(launch).posture not in CLOSED for launch in launches)
