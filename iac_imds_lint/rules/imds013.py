"""A policy that means to enforce IMDSv2 does not.

## What it does

Reports statements of IAM policies, service control policies and resource control policies that compare
`ec2:MetadataHttpTokens`, `ec2:Attribute/HttpTokens` or `ec2:RoleDelivery`, and that either let through what leads to
IMDSv1, or deny every launch. It works out which requests a statement matches, by IAM's own rules, and tells only what
is certain:

- `StringEquals "required"` under `Deny`, which denies the good ones; a statement copied with `Allow`;
- a value in another case (`"Required"`), a condition key that does not exist (`ec2:HttpTokens`);
- `ec2:RoleDelivery` compared with what is no version below 2.0;
- conditions that all have to hold, where each was meant by itself: `ec2:MetadataHttpTokens` beside a hop limit;
- actions whose requests have no such key (`ec2:CreateLaunchTemplate`), and resources that are no instances;
- `Resource: "*"` with `StringNotEquals`: a launch is authorised for its AMI, subnet and volumes as well, which have no
  such key, and an absent key is none that equals;
- an exception for `aws:PrincipalArn` that is like `*`.

What another statement of the same policy denies is not reported. Of values that are not known nothing is said, and a
policy that covers launches and no changes is fine: another one may cover these. Declarative policies are for IMDS010.

## Why it matters

Such a policy passes every review: it names the right key. Nobody sees that it denies nothing until instances with
IMDSv1 are found in an account that was taken to be closed to them; or it denies every launch, and is detached for good.

## Example

```hcl bad
data "aws_iam_policy_document" "imds" {
  statement {
    sid       = "RequireImdsV2"
    effect    = "Deny"
    actions   = ["ec2:RunInstances"]
    resources = ["arn:aws:ec2:*:*:instance/*"]

    condition {
      test     = "StringEquals"
      variable = "ec2:MetadataHttpTokens"
      values   = ["required"]
    }
  }
}
```

```hcl good
data "aws_iam_policy_document" "imds" {
  statement {
    sid       = "RequireImdsV2"
    effect    = "Deny"
    actions   = ["ec2:RunInstances"]
    resources = ["arn:aws:ec2:*:*:instance/*"]

    condition {
      test     = "StringNotEquals"
      variable = "ec2:MetadataHttpTokens"
      values   = ["required"]
    }
  }
}
```

```yaml bad
Resources:
  RequireImdsV2:
    Type: AWS::Organizations::Policy
    Properties:
      Name: require-imdsv2
      Type: SERVICE_CONTROL_POLICY
      Content:
        Version: "2012-10-17"
        Statement:
          - Sid: RequireImdsV2
            Effect: Deny
            Action: ec2:RunInstances
            Resource: arn:aws:ec2:*:*:instance/*
            Condition:
              StringNotEquals:
                ec2:MetadataHttpTokens: Required
```

```yaml good
Resources:
  RequireImdsV2:
    Type: AWS::Organizations::Policy
    Properties:
      Name: require-imdsv2
      Type: SERVICE_CONTROL_POLICY
      Content:
        Version: "2012-10-17"
        Statement:
          - Sid: RequireImdsV2
            Effect: Deny
            Action: ec2:RunInstances
            Resource: arn:aws:ec2:*:*:instance/*
            Condition:
              StringNotEquals:
                ec2:MetadataHttpTokens: required
```

## Fix

Where one literal is wrong, and it stands by itself, that is replaced: the case of a value, `StringEquals` in
`aws_iam_policy_document`, `"*"` as the resource of `ec2:RunInstances`. For all else the message says what to write.

## Fix safety

Unsafe: a policy that begins to work denies what it did not deny before, to all that it is attached to.

## Equivalents

None known.

## References

- [Example policies for instance metadata](https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ExamplePolicies_EC2.html#iam-example-instance-metadata)
- [Actions, resources and condition keys of EC2](https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html)
- [Condition operators](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html)
- [Conditions with several keys or values](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-logic-multiple-context-keys-or-values.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from iac_imds_lint.edit import Applicability, Refusal
from iac_imds_lint.finding import Finding, NewLiteral, Repair, Rule, Severity
from iac_imds_lint.model import Resource
from iac_imds_lint.posture import World
from iac_imds_lint.rules.enforcing import Weakness, weaknesses
from iac_imds_lint.rules.places import called_from
from iac_imds_lint.statements import Document

RULE = Rule("IMDS013", "weak-imds-policy", Severity.WARNING)


def check(resource: Resource, _: World) -> Iterator[Finding]:
    """A finding for each statement that means to enforce IMDSv2 and does not, whatever conditions come to."""
    for documents in resource.policies:
        if documents and all(any(weaknesses(document)) for document in documents):
            yield from (_finding(resource, weakness) for weakness in _first(documents))


def _first(documents: tuple[Document, ...]) -> Iterator[Weakness]:
    """What is wrong with the first of those that a policy may be: the others are as weak."""
    yield from weaknesses(documents[0])


def _finding(resource: Resource, weakness: Weakness) -> Finding:
    named = f'its statement "{weakness.sid}"' if weakness.sid else "one of its statements"
    told = f"{named} {weakness.effect}, because {weakness.cause}"
    return Finding(
        rule=RULE,
        message=f"{resource.title} does not enforce IMDSv2 as meant: {told}",
        span=weakness.span or resource.head,
        label=weakness.cause,
        related=tuple(called_from(resource)),
        resource=resource,
        repair=_repair(resource, weakness),
    )


def _repair(resource: Resource, weakness: Weakness) -> Repair | Refusal:
    """The one literal in place of the wrong one, where the policy has it for itself."""
    if weakness.new is None:
        return Refusal(weakness.remedy)
    origin, text = weakness.new
    body = resource.body
    own = origin.what == "here" and origin.span.path == body.path and body.start <= origin.span.start < body.end
    if not own or origin.refusal(text):
        return Refusal(weakness.remedy)
    return Repair(
        resource=resource,
        message=f'write "{text}"',
        applicability=Applicability.UNSAFE,
        literals=(NewLiteral(origin.span, text, "the value in the policy"),),
        note="it denies what it did not deny before",
    )
