"""The rules' own documentation, as text: each rule's page is the docstring of its module."""

from __future__ import annotations

from inspect import cleandoc

from iac_imds_lint import rules
from iac_imds_lint.output.table import aligned


def page(code: str) -> str:
    """The page of one rule, in Markdown."""
    module = next(module for module in rules.MODULES if module.RULE.code == code)
    rule = module.RULE
    return f"# {rule.code} {rule.name} ({rule.severity.value})\n\n{cleandoc(module.__doc__ or '')}\n"


def index() -> str:
    """Every rule in a line: code, name, severity and what it says."""
    rows = []
    for module in rules.MODULES:
        rule = module.RULE
        rows.append((rule.code, rule.name, rule.severity.value, (module.__doc__ or "").split("\n", 1)[0]))
    return "".join(f"{line}\n" for line in aligned(rows))
