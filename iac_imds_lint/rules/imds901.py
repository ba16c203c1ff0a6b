"""A suppression that ignores nothing, or is not what it was meant to be.

## What it does

Reports ignore comments and metadata, and codes in them, that match no finding; that name no code or one that does not
exist, which would otherwise ignore less, or more, than their author meant; whose last day is no day, or is over; and
those without a reason, where the configuration requires one.

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

Remove the code, or the whole comment or metadata where it ignores nothing else; the line with it, where it had one for
itself. Text before it and comments of other tools stay. What was meant otherwise, has no reason, or is over while its
finding is still there is left to you.

## Fix safety

Safe: nothing but comments and metadata of ours changes, which is proven by reading the file again. Unsafe where values
were given on the command line or in the environment: with others it may be of use. A comment in a script has no fix:
what boots with a changed script may be restarted or replaced.

## Equivalents

None.

## References

- The project's documentation, "Ignoring findings".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from iac_imds_lint.directive import Code, Directive, Until
from iac_imds_lint.edit import Refusal
from iac_imds_lint.finding import Finding, Hiding, Removal, Rule, Severity
from iac_imds_lint.source import Span

RULE = Rule("IMDS901", "unused-suppression", Severity.WARNING)

_ASSUMED = "it may be of use with other values than those of this run"


def finding(span: Span, message: str) -> Finding:
    """The finding for a comment or metadata that does not mean what it was meant to, or a code in it, at ``span``."""
    return Finding(RULE, message, span, repair=Refusal("delete the comment, or correct it"))


def unused(directive: Directive, vain: Sequence[Code], *, assumes: bool) -> Iterator[Finding]:
    """A finding for each code of a directive that ignores nothing; all of them have one repair.

    ``assumes`` says that the run judges with values which another run may not have.
    """
    what = "this comment" if directive.hiding is Hiding.COMMENT else "this"
    names = {code.code for code in vain}
    places = tuple(code.span for code in directive.codes if code.code in names)
    is_whole = len(places) == len(directive.codes)
    removal = Removal(directive.span, directive.hiding, places, is_whole, _ASSUMED if assumes else "")
    for code in vain:
        yield Finding(RULE, f"{what} ignores {code.code}, which is not found here", code.span, repair=removal)


def expired(until: Until) -> Finding:
    """The finding for a directive that is past its last day and that something would be ignored by."""
    refusal = Refusal("give it another last day, or mend what it ignored and delete it")
    message = f"expired on {until.day.isoformat()}, and ignores nothing any more"
    return Finding(RULE, message, until.span, repair=refusal)


def unreasoned(directive: Directive) -> Finding:
    """The finding for a directive that gives no reason, where one is required."""
    refusal = Refusal("only you know the reason")
    how = "write it behind the codes" if directive.hiding is Hiding.COMMENT else "add the key reason"
    return Finding(RULE, f"this ignores findings and gives no reason: {how}", directive.span, repair=refusal)
