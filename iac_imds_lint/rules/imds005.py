"""Whether IMDSv1 answers cannot be decided from the code.

## What it does

Reports resources whose posture depends on something that the code does not say: a variable or parameter without a
value, a function or data source that is not evaluated, a launch template from elsewhere, a condition with branches that
differ, an AMI that asks for IMDSv2 (of this code, or one that AWS documents to, such as Amazon Linux 2023) where the
account's default, which overrides it, is not here: the setting `account-default` says what that is. Groups, node
groups, fleets and the like that launch from a template are answered for by it: they are reported only where it is not
in the code, or where they have none and an AMI decides. The message names what is missing.

## Why it matters

Silence would read as "safe". What cannot be decided is reported as just that, so that it can be decided: by a default,
by a literal, or by an ignore comment with a reason.

## Example

```hcl bad
variable "http_tokens" {
  type = string
}

resource "aws_instance" "web" {
  ami           = "ami-0123456789abcdef0"
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

resource "aws_instance" "web" {
  ami           = "ami-0123456789abcdef0"
  instance_type = "t3.micro"

  metadata_options {
    http_endpoint = "enabled"
    http_tokens   = var.http_tokens
  }
}
```

```yaml bad
Parameters:
  HttpTokens:
    Type: String
Resources:
  Web:
    Type: AWS::EC2::Instance
    Properties:
      ImageId: ami-0123456789abcdef0
      MetadataOptions:
        HttpTokens: !Ref HttpTokens
```

```yaml good
Parameters:
  HttpTokens:
    Type: String
    Default: required
    AllowedValues: [required]
Resources:
  Web:
    Type: AWS::EC2::Instance
    Properties:
      ImageId: ami-0123456789abcdef0
      MetadataOptions:
        HttpTokens: !Ref HttpTokens
```

## Fix

For a call of a registry module that admits versions which differ, the argument that asks for tokens. Where an AMI asks
for IMDSv2, or an instance launches from one thing or another by a condition, the options on the resource, which nothing
overrides. Where only the endpoint is open, `http_tokens`. Else none: only whoever decides the value can.

## Fix safety

As in IMDS012 for calls of modules, and as in IMDS001 for options.

## Equivalents

None: other scanners pass or fail what they cannot evaluate.

## References

- [Configure the instance metadata options](https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-options.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from iac_imds_lint.catalog.schema import Dialect, Option, Role
from iac_imds_lint.edit import Refusal
from iac_imds_lint.finding import Finding, Repair, Rule, Severity
from iac_imds_lint.inert import inert_options
from iac_imds_lint.model import Resource
from iac_imds_lint.posture import World, undecided_part
from iac_imds_lint.rules.places import called_from, consumers, steps, written_at
from iac_imds_lint.rules.repair import require_tokens
from iac_imds_lint.value import Absent, Branches, Known
from iac_imds_lint.verdict import Verdict

RULE = Rule("IMDS005", "unverifiable-http-tokens", Severity.WARNING)

_NOT_HERE = (Role.ACCOUNT_DEFAULT, Role.DECLARATIVE_POLICY, Role.IMAGE)
_BY_VALUE = {
    Dialect.TERRAFORM: "decide it in the code: by a literal, a default or a variable file",
    Dialect.CLOUDFORMATION: "decide it: by a literal, a default or a parameter file (--parameter-file)",
}
_BY_TEMPLATE = "name a {} of this code{}, or say in an ignore comment why it is safe"


def check(resource: Resource, world: World) -> Iterator[Finding]:
    """The finding, if the posture is unknown and no launch template in this code is to answer for it."""
    verdict = undecided_part(resource, world)
    if verdict is None or resource.entry.role in _NOT_HERE:
        return
    if verdict.left_to_image and inert_options(resource):
        return  # the options that were meant to decide it are reported already
    yield Finding(
        rule=RULE,
        message=f"whether {resource.title} answers IMDSv1 is not decided here: {verdict.reason}",
        span=resource.downloaded.head if resource.downloaded else written_at(verdict.value, resource.head),
        label="not decided here",
        related=(*steps(verdict.value), *called_from(resource)),
        resource=resource,
        posture=world.verdict(resource).posture,
        consumers=consumers(resource, world),
        repair=_repair(resource, world, verdict),
    )


def _repair(resource: Resource, world: World, verdict: Verdict) -> Repair | Refusal:
    """What decides it: at the call of a module its argument, whichever version it is; before an image, or where it
    launches from one thing or another, options; tokens where all that is open is whether IMDS is on.
    """
    beside = _may_say_itself(resource, verdict) or _has_open_endpoint(resource, verdict)
    if resource.releases is not None or verdict.left_to_image or beside:
        repair = require_tokens(resource, world)
        if isinstance(repair, Repair) and (repair.options or repair.literals):
            return repair
        if isinstance(repair, Refusal) and not beside:
            return repair
    return Refusal(to_do(resource, verdict))


def _has_open_endpoint(resource: Resource, verdict: Verdict) -> bool:
    """Whether tokens are not required, and nothing but the endpoint is open."""
    by_endpoint = not isinstance(verdict.value, Absent) and verdict.value == resource.option(Option.ENDPOINT)
    return by_endpoint and isinstance(resource.option(Option.TOKENS), Known | Absent)


def _may_say_itself(resource: Resource, verdict: Verdict) -> bool:
    """Whether what it launches from depends on conditions, and options of its own would decide it in place of these."""
    named = isinstance(verdict.value, Branches) and any(one.target == verdict.value for one in resource.references)
    return named and resource.entry.role is Role.CAPACITY and isinstance(resource.container, Absent)


def to_do(resource: Resource, verdict: Verdict) -> str:
    """What a user would write to have it decided."""
    if not isinstance(resource.inline, Absent):
        return resource.entry.unfixable
    if resource.entry.role is Role.CONSUMER:
        always = f" whatever {verdict.value.condition} is" if isinstance(verdict.value, Branches) else ""
        return _BY_TEMPLATE.format(resource.entry.names, always)
    return _BY_VALUE[resource.entry.dialect]
