"""The rules' own documentation, as text: each rule's page is the docstring of its module."""

from __future__ import annotations

import re
from inspect import cleandoc
from types import ModuleType

from iac_imds_lint import rules
from iac_imds_lint.finding import Rule
from iac_imds_lint.output.table import aligned

_EXAMPLE = re.compile(r"^```(hcl|yaml) (bad|good)$", re.MULTILINE)
_PAGE_LINK = re.compile(r"\]\((?=[\w-]+\.md)")
_HEAD = (
    "# Rules",
    "",
    "Errors fail a run, and so do warnings unless `--fail-on error` says otherwise. Codes never change meaning.",
    "`iac-imds-lint rule CODE` prints a rule's page.",
    "",
    "| code | name | severity | what it says |",
    "|---|---|---|---|",
)


def page(code: str) -> str:
    """The page of one rule, in Markdown."""
    module = next(module for module in rules.MODULES if module.RULE.code == code)
    rule: Rule = module.RULE
    text = _EXAMPLE.sub(_titled, cleandoc(module.__doc__ or ""))
    return f"# {rule.code} {rule.name}\n\nSeverity: {rule.severity.value}.\n\n{text}\n"


def document(code: str) -> str:
    """The page of one rule as docs/rules/CODE.md, from where the links of the rule lead one directory up."""
    return _PAGE_LINK.sub("](../", page(code))


def index() -> str:
    """Every rule in a line: code, name, severity and what it says."""
    rows = [(rule.code, rule.name, rule.severity.value, _first_line(module)) for module, rule in _rules()]
    return "".join(f"{line}\n" for line in aligned(rows))


def contents() -> str:
    """docs/rules.md: every rule with its page."""
    rows = [
        f"| [{rule.code}](rules/{rule.code}.md) | {rule.name} | {rule.severity.value} | {_first_line(module)} |"
        for module, rule in _rules()
    ]
    return "\n".join([*_HEAD, *rows, ""])


def says(module: ModuleType) -> str:
    """What a rule says and what it does, as one paragraph."""
    first, _, rest = cleandoc(module.__doc__ or "").partition("\n")
    does = rest.partition("## What it does")[2].partition("\n## ")[0]
    return " ".join(f"{first} {does}".split())


def _rules() -> list[tuple[ModuleType, Rule]]:
    return [(module, module.RULE) for module in rules.MODULES]


def _first_line(module: ModuleType) -> str:
    return (module.__doc__ or "").split("\n", 1)[0]


def _titled(fence: re.Match[str]) -> str:
    language, kind = fence.groups()
    return f"{kind.capitalize()}:\n\n```{language}"
