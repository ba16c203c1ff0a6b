"""A boot script asks IMDS without a token, and fails once tokens are required.

## What it does

Reads what an instance runs when it boots, and reports each call of the instance metadata service that carries no
session token. The script may stand in the code or in a file beside it, in any of the formats of user data: shell,
cloud-config, MIME, PowerShell. A script that no resource runs is not judged, unless `--scripts` asks for it. What
requests a token first, and falls back to asking without one where it gets none, is not reported.

## Why it matters

With `http_tokens = "required"` such a call gets the status 401. Without `curl --fail` its HTML body ends up in the
variable that was to hold an instance ID, and the instance boots into a state that nobody tested. It is what stops teams
from requiring tokens.

## Example

```hcl bad
resource "aws_instance" "web" {
  ami           = "ami-0123456789abcdef0"
  instance_type = "t3.micro"

  user_data = <<-EOF
    #!/bin/bash
    id=$(curl -fsS http://169.254.169.254/latest/meta-data/instance-id)
    hostnamectl set-hostname "web-$id"
  EOF

  metadata_options {
    http_endpoint = "enabled"
    http_tokens   = "required"
  }
}
```

```hcl good
resource "aws_instance" "web" {
  ami           = "ami-0123456789abcdef0"
  instance_type = "t3.micro"

  user_data = <<-EOF
    #!/bin/bash
    token=$(curl -fsS -X PUT -H "X-aws-ec2-metadata-token-ttl-seconds: 21600" http://169.254.169.254/latest/api/token)
    id=$(curl -fsS -H "X-aws-ec2-metadata-token: $token" http://169.254.169.254/latest/meta-data/instance-id)
    hostnamectl set-hostname "web-$id"
  EOF

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
      MetadataOptions: {HttpEndpoint: enabled, HttpTokens: required}
      UserData:
        Fn::Base64: |
          #!/bin/bash
          id=$(curl -fsS http://169.254.169.254/latest/meta-data/instance-id)
          hostnamectl set-hostname "web-$id"
```

```yaml good
Resources:
  Web:
    Type: AWS::EC2::Instance
    Properties:
      MetadataOptions: {HttpEndpoint: enabled, HttpTokens: required}
      UserData:
        Fn::Base64: |
          #!/bin/bash
          token=$(curl -fsS -X PUT -H "X-aws-ec2-metadata-token-ttl-seconds: 21600" http://169.254.169.254/latest/api/token)
          id=$(curl -fsS -H "X-aws-ec2-metadata-token: $token" http://169.254.169.254/latest/meta-data/instance-id)
          hostnamectl set-hostname "web-$id"
```

## Fix

Requests one token per script, before its first use, and adds the header to every call, in the manner of the script.

## Fix safety

Unsafe: changed user data restarts or replaces instances. Where it is not certain that the script does the same
afterwards, what to write is only shown.

## Equivalents

None known.

## References

- [Use the Instance Metadata Service](https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html)
- [Transition to using IMDSv2](https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-metadata-transition-to-version-2.html)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from iac_imds_lint import bootscript
from iac_imds_lint.edit import Refusal
from iac_imds_lint.finding import Finding, Related, Rewriting, Rule, Severity
from iac_imds_lint.model import Downloaded, Posture, Resource
from iac_imds_lint.posture import World
from iac_imds_lint.rules.places import called_from
from iac_imds_lint.script import Call, Found, Harm, Part, Script

RULE = Rule("IMDS007", "imdsv1-boot-script", Severity.ERROR)
_OLD = RULE._replace(severity=Severity.WARNING)


def check(resource: Resource, world: World) -> Iterator[Finding]:
    """A finding for each call in what the resource runs when it boots."""
    found = bootscript.calls(resource.boot)
    posture = world.verdict(resource).posture if found else None
    rewritings = _rewritings(found)
    for one in found:
        runs = Related(resource.head, f"{resource.address} runs it{_STATES.get(posture, '') if posture else ''}")
        told = _finding(one, rewritings[one.part], (runs, *called_from(resource)))
        finding = replace(told, resource=resource, posture=posture)
        downloaded = resource.downloaded if ".terraform" in one.span.path.split("/") else None
        yield _at_the_call(finding, downloaded) if downloaded is not None else finding


def of_script(script: Script) -> Iterator[Finding]:
    """The same for a script that is judged by itself: no resource that was read runs it."""
    found = bootscript.read(script).found
    rewritings = _rewritings(found)
    for one in found:
        yield _finding(one, rewritings[one.part])


_STATES = {
    Posture.V2_REQUIRED: ", and requires tokens: it fails",
    Posture.IMDS_DISABLED: ", and has IMDS turned off: it fails",
}


def _finding(one: Found, rewriting: Rewriting, related: tuple[Related, ...] = ()) -> Finding:
    too_old = one.call.harm is Harm.TOO_OLD
    return Finding(
        rule=_OLD if too_old else RULE,
        message=_too_old(one) if too_old else _message(one),
        span=one.span,
        label="knows IMDSv1 only" if too_old else "no token",
        related=related,
        repair=Refusal(f"use {one.call.note}") if too_old else rewriting,
    )


def _at_the_call(finding: Finding, downloaded: Downloaded) -> Finding:
    """What stands in a copy of somebody else's module, told at the call that leads there: that is the user's."""
    there = Related(finding.span, "the call of IMDS, in the copy that was downloaded")
    label = f"{downloaded.module} boots with it"
    return replace(finding, span=downloaded.head, label=label, related=(there, *finding.related))


def _message(one: Found) -> str:
    call = one.call
    asked = f" for {call.asked}" if call.asked else ""
    note = f" ({call.note})" if call.note else ""
    does = f"{call.program} asks IMDS{asked} without a token in {one.part.what}{note}"
    return f"{does}, and fails once tokens are required"


def _too_old(one: Found) -> str:
    return f"{one.call.program} in {one.part.what} knows IMDSv1 only, and fails once tokens are required"


def _rewritings(found: Iterable[Found]) -> dict[Part, Rewriting]:
    """All calls of a part are rewritten together: they share a token."""
    calls: dict[Part, list[Call]] = {}
    for one in found:
        calls.setdefault(one.part, []).extend([one.call] if one.call.harm is Harm.NO_TOKEN else [])
    return {part: Rewriting(part, tuple(asking)) for part, asking in calls.items()}
