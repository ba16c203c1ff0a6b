"""A call of a registry module leaves IMDSv1 on: by its version, its arguments, or both.

## What it does

Reports calls of modules that are known here ([modules.md](modules.md)) where what the module sends in the versions that
the call admits, with the arguments that it is given, leaves tokens optional. A call of another module is reported where
`terraform init` has downloaded its code: what stands in `.terraform/modules` is judged, and answered for by the
outermost call in your own code.

## Why it matters

The instances are in nobody's sight: the code that launches them is in another repository, and its default is often the
one of years ago. Only the call says which version is taken, and with which options.

## Example

```hcl bad
module "web" {
  source  = "terraform-aws-modules/ec2-instance/aws"
  version = "~> 5.6.0"

  name          = "web"
  instance_type = "t3.micro"
}
```

```hcl good
module "web" {
  source  = "terraform-aws-modules/ec2-instance/aws"
  version = "~> 5.6.0"

  name          = "web"
  instance_type = "t3.micro"

  metadata_options = {
    http_endpoint = "enabled"
    http_tokens   = "required"
  }
}
```

## Fix

Writes the argument at the call that asks for tokens, as the module spells it. Where that version has none, the finding
says which version has.

## Fix safety

Safe where the module launches an instance, which changes in place. Unsafe where it makes another version of a launch
template, on which nodes are recycled, where other code may use the value, or where a boot script visibly calls IMDS
without a token.

## Equivalents

KICS and Datadog look at calls of two modules, whatever their version is; Checkov and Trivy at what they download.

## References

- [Modules that are known](modules.md)
- [Terraform Registry, terraform-aws-modules/ec2-instance](https://registry.terraform.io/modules/terraform-aws-modules/ec2-instance/aws/latest)
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from iac_imds_lint.catalog.schema import Option, Role
from iac_imds_lint.edit import Refusal
from iac_imds_lint.finding import Finding, Related, Repair, Rule, Severity
from iac_imds_lint.model import CLOSED, DecidedBy, Downloaded, Posture, Resource
from iac_imds_lint.posture import World
from iac_imds_lint.rules.places import called_from, consumers, spelt, steps, written_at
from iac_imds_lint.rules.repair import require_tokens
from iac_imds_lint.source import Span
from iac_imds_lint.value import ABSENT, Absent, Known, Value
from iac_imds_lint.verdict import Verdict

RULE = Rule("IMDS012", "module-allows-imdsv1", Severity.ERROR)

_NOT_HERE = (Role.ACCOUNT_DEFAULT, Role.DECLARATIVE_POLICY, Role.IMAGE)
_VARIABLE = re.compile(r"the default of var\.([\w-]+)")


def check(resource: Resource, world: World) -> Iterator[Finding]:
    """The findings, if what a call launches answers IMDSv1."""
    verdict = world.verdict(resource)
    if verdict.posture is not Posture.V1_ALLOWED or verdict.decided_by is DecidedBy.LAUNCH_TEMPLATE:
        return
    if resource.downloaded is not None and resource.entry.role not in _NOT_HERE:
        yield from _in_a_copy(resource, resource.downloaded, verdict, world)
    elif resource.releases is not None:
        yield _at_the_call(resource, resource.releases.asked, verdict, world)


def _at_the_call(resource: Resource, module: str, verdict: Verdict, world: World) -> Finding:
    value = resource.option(Option.TOKENS)
    return Finding(
        rule=RULE,
        message=f"{resource.title} answers IMDSv1: {_why(resource, module)}",
        span=_place(resource),
        label=verdict.reason if value == ABSENT else f"{spelt(value)} here",
        related=(*steps(value), *called_from(resource)),
        resource=resource,
        posture=verdict.posture,
        consumers=consumers(resource, world),
        repair=require_tokens(resource, world),
    )


def _place(resource: Resource) -> Span:
    return written_at(resource.option(Option.TOKENS), written_at(resource.container, resource.head))


def _why(resource: Resource, module: str) -> str:
    control, value = resource.entry.control, resource.option(Option.TOKENS)
    key = control.key(Option.TOKENS) if control else None
    if control is None or key is None:
        return f"{module} leaves it on"
    if value != ABSENT:
        return f"{key.key} is {spelt(value)}"
    if control.path and isinstance(resource.container, Absent):
        return f"{control.path[-1]} is {spelt(resource.container)}, and {module} leaves it on then"
    return f"{key.key} is not set, and {module} leaves it on then"


def _in_a_copy(resource: Resource, call: Downloaded, verdict: Verdict, world: World) -> Iterator[Finding]:
    """One finding for each place in the user's code that mends it; one without a fix where there is none."""
    for span, repair in _remedies(resource, call, world):
        yield Finding(
            rule=RULE,
            message=f"{call.address} answers IMDSv1: {call.module} leaves it on with these arguments",
            span=span,
            label=verdict.reason,
            related=(Related(resource.head, f"{resource.title} is launched here"), *_decided(resource)),
            resource=resource,
            posture=verdict.posture,
            consumers=consumers(resource, world),
            repair=repair,
        )


def _decided(resource: Resource) -> tuple[Related, ...]:
    return (*steps(resource.option(Option.TOKENS)), *called_from(resource))


def _remedies(resource: Resource, call: Downloaded, world: World) -> list[tuple[Span, Repair | Refusal]]:
    own = _by_argument(resource, world)
    if own is not None:
        return [(own.literals[0].span, own)]
    weak = [remedy for remedy in call.remedies if world.verdict(remedy).posture not in CLOSED]
    found = [(_place(remedy), require_tokens(remedy, world)) for remedy in weak]
    written = [(span, repair) for span, repair in found if isinstance(repair, Repair)]
    return [*written] or found[:1] or [(call.head, Refusal(_advice(resource, call)))]


def _by_argument(resource: Resource, world: World) -> Repair | None:
    """The repair that changes literals which the user's own code passes to the module, if that is all it takes."""
    repair = require_tokens(resource, world)
    if (
        isinstance(repair, Refusal)
        or not repair.literals
        or any(option is Option.TOKENS for option, _ in repair.options)
    ):
        return None
    own = {span.path for span in resource.calls[:1]}
    inside = resource.head.path
    if any(_is_copy(literal.span.path, own, inside) for literal in repair.literals):
        return None
    return repair._replace(options=())


def _is_copy(path: str, own: set[str], inside: str) -> bool:
    """Whether a path is in downloaded code: it has to stand in a directory of ``.terraform``."""
    return path not in own and (path == inside or ".terraform" in path.split("/"))


def _advice(resource: Resource, call: Downloaded) -> str:
    """Which argument of the call to write, as far as the module shows it."""
    values: tuple[Value, ...] = (resource.option(Option.TOKENS), resource.option(Option.ENDPOINT), resource.container)
    for value in values:
        origins = value.origins if isinstance(value, Known | Absent) else ()
        for origin in origins:
            match = _VARIABLE.search(origin.what)
            if match is not None and len(resource.calls) == 1:
                return f"ask for tokens by the argument {match[1]} of {call.address}"
    return f"{call.module} decides it: use a version that asks for tokens, or a launch template of your own"
