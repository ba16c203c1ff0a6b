"""Our rules inside cfn-lint: ``cfn-lint --append-rules iac_imds_lint.cfn_lint_rules template.yaml``.

cfn-lint takes every class of this module that is a rule of its own kind. They are made from our rules, one each, and
ask the engine: a template is judged once, whatever the number of rules.

An ID is the severity's letter, ``95`` (cfn-lint's documentation, "Rules", keeps 9xxx for rules of users; its own custom
rules are numbered from 9001 by line) and two digits of our code: IMDS001 is E9501, IMDS901 is W9591.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any
from weakref import WeakKeyDictionary

from cfnlint.rules import (  # type: ignore[import-not-found,import-untyped,unused-ignore]
    CloudFormationLintRule,
    RuleMatch,
)

from iac_imds_lint import rules
from iac_imds_lint.cfn_lint_rules import judging
from iac_imds_lint.cfn_lint_rules.matches import Hit
from iac_imds_lint.finding import Rule, Severity
from iac_imds_lint.output import rule_pages
from iac_imds_lint.rules import imds001, imds012

_LETTERS = {Severity.ERROR: "E", Severity.WARNING: "W", Severity.INFO: "I"}
_ENGINE = 900  # from here on codes are of the engine's own rules

# Calls of registry modules are Terraform's.
HOSTED: tuple[ModuleType, ...] = tuple(module for module in rules.MODULES if module is not imds012)

# What was found in the templates that cfn-lint is at. It makes one Template for each reading of a file.
_FOUND: WeakKeyDictionary[Any, tuple[Hit, ...]] = WeakKeyDictionary()


def id_of(rule: Rule) -> str:
    """The ID that a rule of ours has in cfn-lint."""
    number = int(rule.code.removeprefix("IMDS"))
    return f"{_LETTERS[rule.severity]}95{90 + number % 10 if number >= _ENGINE else number:02}"


# The rule whose configuration says what the account's default is, for all of them.
_SETTLING = id_of(imds001.RULE)


class _Hosted:
    """What all rules here share. It is none of cfn-lint's rules itself: cfn-lint would make one of it."""

    id: str
    code: str
    config: dict[str, Any]

    def __init__(self) -> None:
        super().__init__()
        self.child_rules: dict[str, Any] = {_SETTLING: None}  # cfn-lint fills in the rule
        self.config_definition = {"account_default": {"default": "", "type": "string"}} if self.id == _SETTLING else {}

    def match(self, cfn: Any) -> list[Any]:
        """What cfn-lint calls with a template: the matches of this rule."""
        return [_rule_match(hit) for hit in _found(cfn, self.child_rules[_SETTLING]) if hit.code == self.code]


def _found(cfn: Any, settling: Any) -> tuple[Hit, ...]:
    if cfn not in _FOUND:
        _FOUND[cfn] = judging.judge(cfn, settling.config.get("account_default", "") if settling else "")
    return _FOUND[cfn]


def _rule_match(hit: Hit) -> Any:
    """A hit as cfn-lint takes it: it finds the place of a path by itself, unless it is told."""
    place = {"location": hit.location} if hit.location is not None else {}
    return RuleMatch(list(hit.path), hit.message, **place)


def _class_of(module: ModuleType) -> type:
    rule: Rule = module.RULE
    names = {
        "__module__": __name__,
        "__doc__": f"{rule.code} in cfn-lint.",
        "id": id_of(rule),
        "code": rule.code,
        "shortdesc": f"{rule.code} {rule.name}",
        "description": rule_pages.says(module),
        "source_url": rule.url,
        "tags": ["security", "ec2", "imds", rule.code],
        "experimental": False,
    }
    return type(id_of(rule), (_Hosted, CloudFormationLintRule), names)


globals().update({id_of(module.RULE): _class_of(module) for module in HOSTED})
