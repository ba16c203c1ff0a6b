"""A value that the API refuses: wrong case, wrong type, out of range.

## What it does

Reports metadata options whose known value is none that the service accepts, such as `Required` or a hop limit of 0 or
65. Values are case-sensitive. Also options without `http_endpoint` where the code holds Terraform's provider at an
early release, which sent an empty one then (before 4.22 for launch templates, before 5.3.0 for instances).

## Why it matters

The deployment fails, or worse: someone makes it pass by removing the block.

## Example

```hcl bad
resource "aws_instance" "web" {
  ami           = "ami-0123456789abcdef0"
  instance_type = "t3.micro"

  metadata_options {
    http_endpoint = "enabled"
    http_tokens   = "Required"
  }
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
      MetadataOptions:
        HttpTokens: Required
```

```yaml good
Resources:
  Web:
    Type: AWS::EC2::Instance
    Properties:
      ImageId: ami-0123456789abcdef0
      MetadataOptions:
        HttpTokens: required
```

## Fix

Tokens become `required`, with `http_endpoint`. Elsewhere, where only the case is wrong, the accepted spelling is
written; nothing is guessed.

## Fix safety

Safe: what was refused is accepted. Unsafe where the literal stands elsewhere and other code may use it, or where
requiring tokens would be (see IMDS001).

## Equivalents

cfn-lint E3030, in templates only.

## References

- [InstanceMetadataOptionsRequest](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_InstanceMetadataOptionsRequest.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from iac_imds_lint.catalog.schema import Option, OptionKey
from iac_imds_lint.edit import Applicability, Refusal
from iac_imds_lint.finding import Finding, NewLiteral, Related, Repair, Rule, Severity
from iac_imds_lint.inert import exposed
from iac_imds_lint.model import Exposure, Resource
from iac_imds_lint.posture import World
from iac_imds_lint.rules.places import called_from, consumers, spelt, steps, written_at
from iac_imds_lint.rules.repair import require_tokens
from iac_imds_lint.value import Known, Value, known_text, possibilities

RULE = Rule("IMDS011", "invalid-metadata-option", Severity.ERROR)


def check(resource: Resource, world: World) -> Iterator[Finding]:
    """A finding for every option whose known value is refused."""
    for key in resource.entry.control.keys if resource.entry.control else ():
        for _, value in possibilities(resource.option(key.option)):
            if isinstance(value, Known) and not _accepted(key, value):
                yield _finding(resource, world, key, value)
    exposure = exposed(resource, refused=True)
    if exposure is not None:
        yield _refused(resource, world, exposure)


def _refused(resource: Resource, world: World, exposure: Exposure) -> Finding:
    """What the release of the provider that is used makes of options that another release would send well."""
    return Finding(
        rule=RULE,
        message=f"{resource.title} will be refused: {exposure.defect.effect}",
        span=written_at(resource.container, resource.head),
        label=f"without {exposure.defect.without.value} here",
        related=(Related(exposure.by.span, exposure.by.what), *called_from(resource)),
        resource=resource,
        posture=world.verdict(resource).posture,
        consumers=consumers(resource, world),
        repair=require_tokens(resource, world),
    )


def _finding(resource: Resource, world: World, key: OptionKey, value: Known) -> Finding:
    return Finding(
        rule=RULE,
        message=f"{resource.title} will be refused: {key.key} is {spelt(value)}, not {_choices(key)}",
        span=written_at(value, resource.head),
        label=f"{spelt(value)} here",
        related=(*steps(value), *called_from(resource)),
        resource=resource,
        posture=world.verdict(resource).posture,
        consumers=consumers(resource, world),
        repair=_respelt(resource, world, key, value),
    )


def _accepted(key: OptionKey, value: Known) -> bool:
    text = known_text(value)
    if text is None:
        return False
    if isinstance(key.allowed, range):
        return (text.isdigit() and int(text) in key.allowed) or (text == "-1" and -1 in key.allowed)
    return text in key.allowed


def _choices(key: OptionKey) -> str:
    if isinstance(key.allowed, range):
        return f"{key.allowed.start} to {key.allowed.stop - 1}"
    return " or ".join(f'"{choice}"' for choice in key.allowed)


def _respelt(resource: Resource, world: World, key: OptionKey, value: Value) -> Repair | Refusal:
    """The accepted spelling in place of another case of it; tokens are required, whatever was misspelt."""
    if key.option is Option.TOKENS:
        return require_tokens(resource, world)
    text = known_text(value) or ""
    choices = key.allowed if isinstance(key.allowed, tuple) else ()
    right = next((choice for choice in choices if choice == text.lower().strip()), None)
    origins = value.origins if isinstance(value, Known) else ()
    if right is None or not origins or not origins[-1].literal:
        return Refusal(f"what was meant is not known: {_choices(key)} is accepted")
    place = origins[-1]
    if refused := place.refusal(right):
        return Refusal(refused)
    notes = [f"other code may use {place.what}"] if len(origins) > 1 else []
    return Repair(
        resource=resource,
        message=f'write {key.key} as "{right}"',
        applicability=Applicability.UNSAFE if notes else Applicability.SAFE,
        literals=(NewLiteral(place.span, right, place.what),),
        note="; ".join(notes),
    )
