"""A consumer pins, or defaults to, a version that a change of its launch template does not reach.

## What it does

Reports groups, node groups, fleets and instances that launch from a template of the same code by a version number, or
by the default version (`$Default`, or no version at all) where nothing moves that: in Terraform neither
`update_default_version = true` nor a `default_version` that is decided elsewhere, in CloudFormation always. What says
`$Latest` or takes the template's `latest_version` is not reported, nor is a version that is not decided by the code.

## Why it matters

A launch template never changes: what is written becomes another version. Requiring IMDSv2 in it changes nothing for
what launches from an older one, and the code looks as if it did. When template and consumer are created together they
agree; the first change parts them.

## Example

```hcl bad
resource "aws_launch_template" "web" {
  image_id      = "ami-0123456789abcdef0"
  instance_type = "t3.micro"

  metadata_options {
    http_endpoint = "enabled"
    http_tokens   = "required"
  }
}

resource "aws_autoscaling_group" "web" {
  max_size = 1
  min_size = 1

  launch_template {
    id      = aws_launch_template.web.id
    version = "$Default"
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

resource "aws_autoscaling_group" "web" {
  max_size = 1
  min_size = 1

  launch_template {
    id      = aws_launch_template.web.id
    version = aws_launch_template.web.latest_version
  }
}
```

```yaml bad
Resources:
  Template:
    Type: AWS::EC2::LaunchTemplate
    Properties:
      LaunchTemplateData:
        MetadataOptions:
          HttpEndpoint: enabled
          HttpTokens: required
  Group:
    Type: AWS::AutoScaling::AutoScalingGroup
    Properties:
      MaxSize: "1"
      MinSize: "1"
      LaunchTemplate:
        LaunchTemplateId: !Ref Template
        Version: "1"
```

```yaml good
Resources:
  Template:
    Type: AWS::EC2::LaunchTemplate
    Properties:
      LaunchTemplateData:
        MetadataOptions:
          HttpEndpoint: enabled
          HttpTokens: required
  Group:
    Type: AWS::AutoScaling::AutoScalingGroup
    Properties:
      MaxSize: "1"
      MinSize: "1"
      LaunchTemplate:
        LaunchTemplateId: !Ref Template
        Version: !GetAtt Template.LatestVersionNumber
```

## Fix

None: the finding says what to write. Another version replaces instances and recycles nodes, which has its time.

## Fix safety

No fix is offered.

## Equivalents

None known. AWS Config ec2-launch-template-imdsv2-check looks at the default version of what is deployed.

## References

- [Launch template versions](https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/manage-launch-template-versions.html)
- [aws_launch_template, update_default_version](https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/launch_template#update_default_version)
- [AWS::EC2::LaunchTemplate, return values](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-launchtemplate.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from iac_imds_lint.catalog.schema import Dialect, Fact, Role
from iac_imds_lint.edit import Refusal
from iac_imds_lint.finding import Finding, Related, Rule, Severity
from iac_imds_lint.model import DecidedBy, Reference, Resource
from iac_imds_lint.posture import World
from iac_imds_lint.rules.places import called_from, steps, written_at
from iac_imds_lint.rules.versions import DEFAULT, kept
from iac_imds_lint.value import Absent

RULE = Rule("IMDS006", "stale-launch-template-version", Severity.WARNING)


def check(resource: Resource, world: World) -> Iterator[Finding]:
    """A finding for each template of which the resource launches a version that stays as it is."""
    by_templates = world.verdict(resource).decided_by is DecidedBy.LAUNCH_TEMPLATE
    if resource.entry.role is not Role.CONSUMER and not by_templates:
        return
    stale: dict[tuple[Resource, str], list[Reference]] = {}
    for reference in resource.references:
        for _, template in world.targets(reference, resource.scope):
            version = kept(reference, template, world, resource.scope) if template is not None else ""
            if template is not None and version:
                stale.setdefault((template, version), []).append(reference)
    for (template, version), references in stale.items():
        yield _finding(resource, world, template, version, references)


def _finding(
    resource: Resource, world: World, template: Resource, version: str, references: list[Reference]
) -> Finding:
    places = [written_at(reference.version, reference.span) for reference in references]
    also = tuple(Related(place, f"{version} here as well") for place in dict.fromkeys(places[1:]) if place != places[0])
    newest = Related(template.head, "what is written here is the newest version")
    return Finding(
        rule=RULE,
        message=f"{resource.title} launches {version} of {template.address}: a change of the template makes a newer "
        "version, which does not reach it",
        span=places[0],
        label=_label(version, references[0]),
        related=(*also, *steps(references[0].version), newest, *called_from(resource)),
        resource=resource,
        posture=world.verdict(resource).posture,
        repair=Refusal(_to_do(resource, template, version)),
    )


def _label(version: str, reference: Reference) -> str:
    if version != DEFAULT:
        return "pinned here"
    named = "no version is named: the default one" if isinstance(reference.version, Absent) else "the default version"
    return f"{named}, which nothing moves"


def _to_do(resource: Resource, template: Resource, version: str) -> str:
    """What to write, and what doing so sets off."""
    told = _latest(resource, template)
    if version == DEFAULT and any(fact is Fact.FOLLOWS_LATEST for fact, _ in template.entry.facts):
        told += f", or update_default_version = true on {template.address}"
    control = resource.entry.control
    if resource.entry.role is Role.CAPACITY and control and "*" not in control.path and resource.renews:
        container = control.path[-1]
        return f"{told}; that replaces the instance, where {container} written on it would change it in place"
    return f"{told}; it {resource.entry.renewal}" if resource.renews else told


def _latest(resource: Resource, template: Resource) -> str:
    if template.entry.dialect is Dialect.CLOUDFORMATION:
        stack, _, name = template.address.rpartition("/")
        own = resource.address.rpartition("/")[0]
        if stack != own:
            told = f"set Version to the LatestVersionNumber of {template.address}"
            return f"{told}, which {_carriers(stack, own)} to pass on"
        return f"set Version to !GetAtt {name}.LatestVersionNumber"
    attribute = "latest_version" if template.entry.nested == "block" else "latest_version_number"
    return f"set version to the {attribute} of {template.address}"


def _carriers(giving: str, taking: str) -> str:
    """What hands an attribute of one stack to another; a stack is told by its path, of which the outermost has none."""
    if _is_around(giving, taking):
        return "a parameter has"
    return "an output has" if _is_around(taking, giving) else "an output and a parameter have"


def _is_around(outer: str, inner: str) -> bool:
    return not outer or inner.startswith(f"{outer}/")
