"""An ignore comment that ignores nothing.

## What it does

Reports ignore comments, and codes in them, that match no finding; and comments that name no code or one that does not
exist, which would otherwise ignore less, or more, than their author meant.

## Why it matters

A stale ignore hides the next real finding in its place. A comment without codes is an error, not a blanket.

## Example

```hcl bad
resource "aws_instance" "web" { # iac-imds-lint: ignore[IMDS001] reason: legacy agent
  ami           = "ami-0123456789abcdef0"
  instance_type = "t3.micro"

  metadata_options {
    http_endpoint = "enabled"
    http_tokens   = "required"
  }
}
```

```hcl good
resource "aws_instance" "web" { # iac-imds-lint: ignore[IMDS001] reason: legacy agent
  ami           = "ami-0123456789abcdef0"
  instance_type = "t3.micro"
}
```

```yaml bad
Resources:
  Web: # iac-imds-lint: ignore[IMDS001] reason: legacy agent
    Type: AWS::EC2::Instance
    Properties:
      ImageId: ami-0123456789abcdef0
      MetadataOptions:
        HttpTokens: required
```

```yaml good
Resources:
  Web: # iac-imds-lint: ignore[IMDS001] reason: legacy agent
    Type: AWS::EC2::Instance
    Properties:
      ImageId: ami-0123456789abcdef0
```

## Fix

None yet: delete the comment, or the code in it.

## Fix safety

No fix is offered.

## Equivalents

None.

## References

- The project's documentation, "Ignoring a finding".
"""

from __future__ import annotations

from iac_imds_lint.edit import Refusal
from iac_imds_lint.finding import Finding, Rule, Severity
from iac_imds_lint.source import Span

RULE = Rule("IMDS901", "unused-suppression", Severity.WARNING)


def finding(span: Span, message: str) -> Finding:
    """The finding for a comment, or a code in it, at ``span``."""
    return Finding(RULE, message, span, repair=Refusal("delete the comment, or correct it"))
