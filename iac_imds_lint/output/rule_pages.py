"""The rules' own documentation, as text: each rule's page is the docstring of its module."""

from __future__ import annotations

from inspect import cleandoc
from types import ModuleType

from iac_imds_lint import rules
from iac_imds_lint.finding import Rule
from iac_imds_lint.output.table import aligned


def page(code: str) -> str:
    """The page of one rule, in Markdown."""
    return _page(next(module for module in rules.MODULES if module.RULE.code == code), level=1)


def index() -> str:
    """Every rule in a line: code, name, severity and what it says."""
    rows = [(rule.code, rule.name, rule.severity.value, _first_line(module)) for module, rule in _rules()]
    return "".join(f"{line}\n" for line in aligned(rows))


def document() -> str:
    """All pages as one document: docs/rules.md."""
    rows = [
        f"| [{rule.code}](#{rule.code.lower()}-{rule.name}) | {rule.name} | {rule.severity.value} | {says} |"
        for says, rule in ((_first_line(module), rule) for module, rule in _rules())
    ]
    head = ["# Rules", "", "| code | name | severity | what it says |", "|---|---|---|---|", *rows, ""]
    return "\n".join([*head, *(_page(module, level=2) for module, _ in _rules())])


def says(module: ModuleType) -> str:
    """What a rule says and what it does, as one paragraph."""
    first, _, rest = cleandoc(module.__doc__ or "").partition("\n")
    does = rest.partition("## What it does")[2].partition("\n## ")[0]
    return " ".join(f"{first} {does}".split())


def _rules() -> list[tuple[ModuleType, Rule]]:
    return [(module, module.RULE) for module in rules.MODULES]


def _first_line(module: ModuleType) -> str:
    return (module.__doc__ or "").split("\n", 1)[0]


def _page(module: ModuleType, level: int) -> str:
    rule: Rule = module.RULE
    text = cleandoc(module.__doc__ or "").replace("\n## ", f"\n{'#' * (level + 1)} ")
    text = text.replace("```hcl bad", "Bad:\n\n```hcl").replace("```hcl good", "Good:\n\n```hcl")
    text = text.replace("```yaml bad", "Bad:\n\n```yaml").replace("```yaml good", "Good:\n\n```yaml")
    return f"{'#' * level} {rule.code} {rule.name}\n\nSeverity: {rule.severity.value}.\n\n{text}\n"
