"""A defect of this linter, with what to report.

## What it does

Reports that a rule failed on a resource. The other rules and resources are still judged.

## Why it matters

A rule that failed has not judged. The run ends with exit status 3, so that nobody takes it for a clean one.

## Example

There is none that we know of: an example would be a defect to mend.

## Fix

None: please report it, with the resource and the line of the message.

## Fix safety

No fix is offered.

## Equivalents

None.

## References

- [Issues](https://github.com/iac-imds-lint/iac-imds-lint/issues)
"""

from __future__ import annotations

from dataclasses import replace

from iac_imds_lint.edit import Refusal
from iac_imds_lint.finding import Finding, Rule, Severity
from iac_imds_lint.model import Resource
from iac_imds_lint.source import Span

RULE = Rule("IMDS999", "internal-error", Severity.ERROR)


def finding(resource: Resource, code: str, error: Exception) -> Finding:
    """The finding for a rule that raised ``error`` on ``resource``; names the raising line."""
    told = finding_at(resource.head, f"{code} on {resource.address}", error)
    return replace(told, resource=resource)


def finding_at(span: Span, doing: str, error: Exception) -> Finding:
    """The finding for an ``error`` while ``doing`` something that concerns the place at ``span``."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f" at {trace.tb_frame.f_code.co_name}:{trace.tb_lineno}" if trace is not None else ""
    message = (
        f"{doing} failed ({type(error).__name__}: {error}{where}): a defect of iac-imds-lint, "
        "please report it with this message and the code that is meant"
    )
    return Finding(RULE, message, span, repair=Refusal("the check did not finish"))
