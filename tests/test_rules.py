"""Every rule: its registration, its documentation, and its examples, bad and good in each dialect."""

from __future__ import annotations

import re
from types import ModuleType
from typing import NamedTuple

import pytest

from iac_imds_lint import rules
from iac_imds_lint.edit import Applicability
from iac_imds_lint.engine import Options
from iac_imds_lint.fixer import repair
from tests.support import codes, linted

HEADINGS = [
    "What it does",
    "Why it matters",
    "Example",
    "Fix",
    "Fix safety",
    "Equivalents",
    "References",
]
FILE = {"hcl": "main.tf", "yaml": "template.yaml"}


class Example(NamedTuple):
    module: ModuleType
    language: str
    good: bool
    text: str

    @property
    def name(self) -> str:
        return f"{self.module.RULE.code}-{self.language}-{'good' if self.good else 'bad'}"

    @property
    def files(self) -> dict[str, str]:
        return {FILE[self.language]: self.text}


EXAMPLES = [
    Example(module, language, kind == "good", text)
    for module in rules.MODULES
    for language, kind, text in re.findall(
        r"^```(hcl|yaml) (bad|good)\n(.*?)^```$", module.__doc__ or "", re.MULTILINE | re.DOTALL
    )
]
DOCUMENTED = [module for module in rules.MODULES if module.RULE.code != "IMDS999"]


def test_codes_are_unique_and_in_order() -> None:
    assert list(rules.CODES) == sorted(set(rules.CODES))


@pytest.mark.parametrize("module", rules.MODULES, ids=lambda module: module.RULE.code)
def test_a_rule_has_its_headings(module: ModuleType) -> None:
    assert re.findall(r"^## (.*)$", module.__doc__ or "", re.MULTILINE) == HEADINGS
    assert module.__name__.rpartition(".")[2] == module.RULE.code.lower(), "the module is named for its code"
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", module.RULE.name), "reads well after 'allow'"


# CloudFormation's modules are expanded before anyone sees them.
TERRAFORM_ONLY = ("IMDS012",)


@pytest.mark.parametrize("module", DOCUMENTED, ids=lambda module: module.RULE.code)
def test_a_rule_has_examples_in_each_dialect(module: ModuleType) -> None:
    found = {(example.language, example.good) for example in EXAMPLES if example.module is module}
    dialects = ("hcl",) if module.RULE.code in TERRAFORM_ONLY else ("hcl", "yaml")
    assert found == {(dialect, good) for dialect in dialects for good in (False, True)}


@pytest.mark.parametrize("example", [e for e in EXAMPLES if not e.good], ids=lambda example: example.name)
def test_a_bad_example_is_found(example: Example) -> None:
    assert example.module.RULE.code in codes(example.files)


@pytest.mark.parametrize("example", [e for e in EXAMPLES if e.good], ids=lambda example: example.name)
def test_a_good_example_is_clean(example: Example) -> None:
    # The provider drops options of launch configurations only, so a good one is still a launch configuration.
    allowed = ["IMDS003"] if example.name == "IMDS004-hcl-good" else []
    assert codes(example.files) == allowed


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_a_fixed_example_is_linted_again(example: Example) -> None:
    before = linted(example.files)
    fixable = {f.rule.code for f in before.findings if f.fix and f.fix.applicability >= Applicability.UNSAFE}
    outcome = repair(before, Options(), Applicability.UNSAFE)
    assert {finding.rule.code for finding in (*outcome.mended, *outcome.along)} == fixable, "what can be fixed is"
    assert not fixable & {finding.rule.code for finding in outcome.report.findings}, "and is gone"
    after = {example_file.path: example_file.text for _, example_file in outcome.changed}
    assert codes({**example.files, **after}) == [finding.rule.code for finding in outcome.report.findings]
