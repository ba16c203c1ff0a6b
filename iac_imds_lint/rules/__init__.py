"""The rules: one module a rule, and one explicit tuple of them, in the order of their codes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iac_imds_lint.finding import Rule
from iac_imds_lint.rules import (
    imds001,
    imds002,
    imds003,
    imds004,
    imds005,
    imds006,
    imds007,
    imds010,
    imds011,
    imds012,
    imds013,
    imds900,
    imds901,
    imds999,
)

if TYPE_CHECKING:
    from types import ModuleType

    from iac_imds_lint.finding import RuleModule

# Rules that look at one resource at a time.
CHECKS: tuple[RuleModule, ...] = (
    imds001,
    imds002,
    imds003,
    imds004,
    imds005,
    imds006,
    imds007,
    imds010,
    imds011,
    imds012,
)

# Rules that look at one resource which holds policies.
POLICY_CHECKS: tuple[RuleModule, ...] = (imds013,)

# The rules for what calls of somebody else's modules launch: only the call is the user's to change.
FOREIGN_CHECKS: tuple[RuleModule, ...] = (imds005, imds007, imds012)

# Every rule; the last ones are reported by the engine itself.
MODULES: tuple[ModuleType, ...] = (
    imds001,
    imds002,
    imds003,
    imds004,
    imds005,
    imds006,
    imds007,
    imds010,
    imds011,
    imds012,
    imds013,
    imds900,
    imds901,
    imds999,
)

RULES: tuple[Rule, ...] = tuple(module.RULE for module in MODULES)

# What these codes say was not judged: they are reported whatever is selected, and end in exit status 3.
UNJUDGED: tuple[str, ...] = (imds900.RULE.code, imds999.RULE.code)
# What these say is found in scripts, whose own comments may ignore it.
IN_SCRIPTS: tuple[str, ...] = (imds007.RULE.code,)
CODES: tuple[str, ...] = tuple(rule.code for rule in RULES)
# The name of the rule that each code stands for.
NAMES: dict[str, str] = {rule.code: rule.name for rule in RULES}
