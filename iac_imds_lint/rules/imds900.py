"""The file cannot be read as what it is.

## What it does

Reports Terraform files and CloudFormation templates that do not parse, in the parser's own words. Files that cannot
hold anything of interest are not parsed, and templates of templates (Jinja, Helm) are not CloudFormation.

## Why it matters

What is not read is not judged. The run ends with exit status 3, so that nobody takes it for a clean one.

## Example

```hcl bad
resource "aws_instance" "web" {
  ami = "ami-0123456789abcdef0
}
```

```hcl good
resource "aws_instance" "web" {
  ami = "ami-0123456789abcdef0"

  metadata_options {
    http_endpoint = "enabled"
    http_tokens   = "required"
  }
}
```

```yaml bad
AWSTemplateFormatVersion: "2010-09-09"
Resources:
  Web:
    Type: AWS::EC2::Instance
    Properties: {ImageId: ami-0123456789abcdef0
```

```yaml good
AWSTemplateFormatVersion: "2010-09-09"
Resources:
  Web:
    Type: AWS::EC2::Instance
    Properties: {ImageId: ami-0123456789abcdef0, MetadataOptions: {HttpTokens: required}}
```

## Fix

None: what was meant is not known.

## Fix safety

No fix is offered.

## Equivalents

cfn-lint E0000; `terraform validate`.

## References

- [HCL native syntax specification](https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md)
"""

from __future__ import annotations

from iac_imds_lint.edit import Refusal
from iac_imds_lint.finding import Finding, Rule, Severity
from iac_imds_lint.source import Span

RULE = Rule("IMDS900", "syntax-error", Severity.ERROR)
_UNMEANT = Refusal("what was meant is not known")


def finding(span: Span, reason: str, *, is_whole: bool = True) -> Finding:
    """The finding for a file that does not parse at ``span``, in the parser's words; or for something in it that
    Terraform or CloudFormation would refuse, where the rest is judged.
    """
    if is_whole:
        return Finding(RULE, f"this file cannot be read: {reason}", span, repair=_UNMEANT, is_unread=True)
    return Finding(RULE, reason, span, label="here", repair=_UNMEANT)
