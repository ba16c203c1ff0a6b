"""The options are set, and tokens are optional, unset or null in effect.

## What it does

Reports resources whose metadata options are written, but do not require a token: `optional`, nothing or `null`, by a
literal or through a variable, a local or a parameter. The finding shows where the value was decided.

## Why it matters

The block looks like hardening and is none: with optional tokens IMDSv1 answers any request that reaches it. A block
that sets only the hop limit or the endpoint leaves tokens to the account's default, the AMI's, then `optional`.

## Example

```hcl bad
variable "http_tokens" {
  type    = string
  default = "optional"
}

resource "aws_launch_template" "web" {
  image_id      = "ami-0123456789abcdef0"
  instance_type = "t3.micro"

  metadata_options {
    http_endpoint = "enabled"
    http_tokens   = var.http_tokens
  }
}
```

```hcl good
variable "http_tokens" {
  type    = string
  default = "required"
}

resource "aws_launch_template" "web" {
  image_id      = "ami-0123456789abcdef0"
  instance_type = "t3.micro"

  metadata_options {
    http_endpoint = "enabled"
    http_tokens   = var.http_tokens
  }
}
```

```yaml bad
Resources:
  Web:
    Type: AWS::EC2::LaunchTemplate
    Properties:
      LaunchTemplateData:
        ImageId: ami-0123456789abcdef0
        MetadataOptions:
          HttpTokens: optional
```

```yaml good
Resources:
  Web:
    Type: AWS::EC2::LaunchTemplate
    Properties:
      LaunchTemplateData:
        ImageId: ami-0123456789abcdef0
        MetadataOptions:
          HttpEndpoint: enabled
          HttpTokens: required
```

## Fix

Sets `http_tokens` to `required`, and `http_endpoint` to `enabled` where it is not set. Where the value comes from a
variable's default, a local or a parameter, the literal there is changed.

## Fix safety

Safe where the literal stands on the resource and the change takes effect in place. Unsafe where other code may use the
value, where a resource is replaced or nodes are recycled, or where the boot script visibly calls IMDS without a token.

## Equivalents

Security Hub EC2.8, EC2.170, AutoScaling.3; CIS AWS Foundations 5.6 (v2, v3), 5.7 (v4, v5), 6.7 (v6, v7); Checkov
CKV_AWS_79, CKV_AWS_371; Trivy AWS-0028, AWS-0130; KICS c306ac53-ee5b-41d3-86a9-0fd2722b4e67 (Terraform),
a4f5f706-80fd-4c96-9a24-6ab317d33d24 (CloudFormation); Semgrep ec2-imdsv1-optional,
aws-ec2-launch-template-metadata-service-v1-enabled; Terrascan AC_AWS_0479, AC_AWS_0487; cdk-nag EC2IMDSv2Enabled.

## References

- [Configure the instance metadata options](https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-options.html)
- [aws_launch_template, metadata_options](https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/launch_template#metadata-options)
"""

from __future__ import annotations

from collections.abc import Iterator

from iac_imds_lint.catalog.schema import Option, Role
from iac_imds_lint.finding import Finding, Rule, Severity
from iac_imds_lint.inert import inert_options
from iac_imds_lint.model import DecidedBy, Posture, Resource
from iac_imds_lint.posture import World
from iac_imds_lint.rules.places import called_from, consumers, spelt, steps, written_at
from iac_imds_lint.rules.repair import require_tokens
from iac_imds_lint.value import Absent, Branches, Known, Value, known_text, possibilities

RULE = Rule("IMDS002", "optional-http-tokens", Severity.ERROR)

# More cases than these are not told one by one.
_MOST_CASES = 3
_NOT_HERE = (Role.ACCOUNT_DEFAULT, Role.IMAGE, Role.SPOT_REQUEST, Role.SPOT_FLEET)


def check(resource: Resource, world: World) -> Iterator[Finding]:
    """The finding, if the resource answers IMDSv1 though its options are written."""
    verdict = world.verdict(resource)
    if verdict.posture is not Posture.V1_ALLOWED or verdict.decided_by is DecidedBy.LAUNCH_TEMPLATE:
        return
    if resource.entry.role in _NOT_HERE or resource.entry.control is None or _asks_in_vain(resource):
        return
    container = resource.container
    if isinstance(container, Absent) and not container.origins:
        return
    key = resource.entry.control.key(Option.TOKENS)
    value = container if isinstance(container, Absent) else resource.option(Option.TOKENS)
    name = resource.entry.control.name if isinstance(container, Absent) else key.key if key else ""
    yield Finding(
        rule=RULE,
        message=f"{resource.title} answers IMDSv1: {name} is {_sides(value)}",
        span=written_at(value, written_at(container, resource.head)),
        label=_label(value),
        related=(*steps(value), *called_from(resource)),
        resource=resource,
        posture=verdict.posture,
        consumers=consumers(resource, world),
        repair=require_tokens(resource, world),
    )


def _asks_in_vain(resource: Resource) -> bool:
    """Tokens are required, and the provider drops it: IMDS004 says that."""
    return bool(inert_options(resource)) and known_text(resource.option(Option.TOKENS)) == "required"


def _sides(value: Value) -> str:
    """What it is, in each case where there are a few."""
    if not isinstance(value, Branches):
        return spelt(value)
    told: dict[str, list[str]] = {}
    for labels, leaf in possibilities(value):
        said = "not set" if isinstance(leaf, Absent) else spelt(leaf)
        told.setdefault(said, []).append(" and ".join(labels))
    if len(told) == 1:
        return next(iter(told))
    cases = [f"{text} if {labels}" for text, ways in told.items() for labels in ways]
    return " and ".join(cases) if len(cases) <= _MOST_CASES else spelt(value)


def _label(value: Value) -> str:
    match value:
        case Absent(()):
            return "tokens are not set here"
        case Absent():
            return "null here, so tokens are not set"
        case Known(_, (origin, *_)):
            return f"{spelt(value)} {origin.what if origin.what.startswith('here') else 'here'}"
        case _:
            return f"{spelt(value)} here"
