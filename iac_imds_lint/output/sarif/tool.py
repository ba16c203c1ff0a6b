"""The linter and its rules, as SARIF describes them (sections 3.19 and 3.49), with the properties that GitHub reads.

All rules are named, whatever was found: GitHub wants them the same from run to run.
"""

from __future__ import annotations

from inspect import cleandoc
from types import ModuleType
from typing import Any

from iac_imds_lint import rules
from iac_imds_lint.finding import Rule, Severity
from iac_imds_lint.output import rule_pages
from iac_imds_lint.version import HOME, __version__

LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
# Scores that GitHub shows as high, medium and low.
_SCORES = {Severity.ERROR: "7.5", Severity.WARNING: "5.0", Severity.INFO: "2.0"}
_PROBLEMS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "recommendation"}
# What these say does not leave IMDSv1 on: it breaks a script or a deployment, or is about the files as such.
_NOT_OF_SECURITY = frozenset({"IMDS007", "IMDS009", "IMDS011", "IMDS900", "IMDS901", "IMDS999"})
# GitHub takes no more characters of a description.
_LONGEST = 1024


def driver() -> dict[str, Any]:
    """The toolComponent."""
    return {
        "name": "iac-imds-lint",
        "semanticVersion": __version__,
        "informationUri": HOME,
        "rules": [_rule(module) for module in rules.MODULES],
    }


def _rule(module: ModuleType) -> dict[str, Any]:
    rule: Rule = module.RULE
    full = _cut(rule_pages.says(module))
    return {
        "id": rule.code,
        "name": "".join(word.capitalize() for word in rule.name.split("-")),
        "shortDescription": {"text": cleandoc(module.__doc__ or "").partition("\n")[0]},
        "fullDescription": {"text": full},
        "help": {"text": f"{full}\n\n{rule.url}", "markdown": rule_pages.page(rule.code)},
        "helpUri": rule.url,
        "defaultConfiguration": {"level": LEVELS[rule.severity]},
        "properties": _properties(rule),
    }


def _properties(rule: Rule) -> dict[str, Any]:
    precision = "very-high" if rule.severity is Severity.ERROR else "high"
    if rule.code in _NOT_OF_SECURITY:
        return {"tags": ["aws", "imds"], "precision": precision, "problem.severity": _PROBLEMS[rule.severity]}
    return {"tags": ["aws", "imds", "security"], "precision": precision, "security-severity": _SCORES[rule.severity]}


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
