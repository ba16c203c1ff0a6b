"""What the configuration ignores by the path of a file."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import NamedTuple

from iac_imds_lint import ignoring
from iac_imds_lint.finding import Finding, Hiding, Suppressed, Suppression
from iac_imds_lint.ignoring import Rule
from iac_imds_lint.rules import UNJUDGED


class PerPath(NamedTuple):
    """Codes that are ignored in the files that a pattern matches, as one of a ``.gitignore`` in ``root`` does."""

    pattern: str
    codes: tuple[str, ...]
    root: str


def hidden(findings: Iterable[Finding], per_path: Sequence[PerPath], root: str = "") -> Iterator[Suppressed]:
    """The findings whose own place is in a file where their code is ignored; none of what could not be judged. Paths
    begin in the directory ``root``, or in the working directory where that is empty.
    """
    patterns = [_Pattern.of(one) for one in per_path]
    if not patterns:
        return
    matching = cache(lambda path: [one for one in patterns if one.matches(os.path.join(root, path))])
    for finding in findings:
        code = finding.rule.code
        by = next((one for one in matching(finding.span.path) if code in one.codes), None)
        if by is not None and code not in UNJUDGED:
            yield Suppressed(finding, Suppression(Hiding.CONFIGURATION, reason=f'per-path-ignores "{by.pattern}"'))


class _Pattern(NamedTuple):
    """A pattern as Git reads it."""

    pattern: str
    codes: tuple[str, ...]
    root: str
    rules: tuple[Rule, ...]

    @classmethod
    def of(cls, one: PerPath) -> _Pattern:
        """The pattern of one entry."""
        return cls(one.pattern, one.codes, os.path.realpath(one.root), ignoring.rules([one.pattern]))

    def matches(self, path: str) -> bool:
        """Whether the file, or a directory on the way to it, matches."""
        below = os.path.join(os.path.realpath(os.path.dirname(path) or os.curdir), os.path.basename(path))
        if not ignoring.holds(self.root, below):
            return False
        scope = self.rules
        for _, name in list(ignoring.steps(self.root, below))[:-1]:
            if any(rule.decision(f"{name}/") for rule in scope):
                return True
            scope = tuple(rule.below(name) for rule in scope)
        return any(rule.decision(os.path.basename(below)) for rule in scope)
