"""What a run gives back: findings, the inventory, and what could not be read."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import NamedTuple

from iac_imds_lint.finding import Finding, Severity, Suppressed
from iac_imds_lint.model import DecidedBy, Posture
from iac_imds_lint.rules import UNJUDGED
from iac_imds_lint.source import Problem, Span, Uncreated, Unfollowed
from iac_imds_lint.sources import Sources


class Exit(IntEnum):
    """The exit status of the command."""

    CLEAN = 0
    FINDINGS = 1
    USAGE = 2
    UNREADABLE = 3


class BootState(Enum):
    """What is known of a boot script."""

    NONE = "none"
    FREE = "free-of-imdsv1"
    CALLS_V1 = "calls-imdsv1"
    UNSEEN = "not-visible"


class Boot(NamedTuple):
    """The boot script of a resource: what is known of it, why in a clause, and where it calls IMDSv1."""

    state: BootState = BootState.NONE
    reason: str = ""
    calls: tuple[Span, ...] = ()


class Row(NamedTuple):
    """One resource in the inventory."""

    resource: str
    resource_type: str
    span: Span
    posture: Posture
    decided_by: DecidedBy
    reason: str
    consumers: tuple[str, ...]
    calls: tuple[Span, ...] = ()
    boot: Boot = Boot()

    @property
    def root(self) -> str:
        """The file of the template or module from which calls lead to it, or its own where none does."""
        return self.calls[0].path if self.calls else self.span.path


@dataclass(frozen=True)
class Report:
    """The outcome of one run over some files.

    ``relevant`` are the paths that can hold anything of interest: another run over them alone, with the same
    ``callers`` beside them, says the same. ``undeclared`` are names that were given values on the command line and that
    no root module declares, ``undeclared_parameters`` the same of templates. ``unfollowed`` are calls of modules that
    nothing is known of, and stacks, modules and includes of templates that are not here; ``uncreated`` are resources of
    templates that their conditions leave out.
    """

    findings: tuple[Finding, ...]
    inventory: tuple[Row, ...]
    problems: tuple[Problem, ...]
    files: int
    relevant: tuple[str, ...]
    sources: Sources
    suppressed: tuple[Suppressed, ...] = ()
    fail_on: Severity = Severity.WARNING
    callers: tuple[str, ...] = ()
    undeclared: tuple[str, ...] = ()
    undeclared_parameters: tuple[str, ...] = ()
    unfollowed: tuple[Unfollowed, ...] = ()
    uncreated: tuple[Uncreated, ...] = ()

    @property
    def unreadable(self) -> bool:
        """Whether something was not judged because it could not be read, or by a defect."""
        return bool(self.problems) or any(f.rule.code in UNJUDGED for f in self.findings)

    @property
    def failing(self) -> bool:
        """Whether a finding fails the run."""
        return any(self.fails(finding) for finding in self.findings)

    def fails(self, finding: Finding) -> bool:
        """Whether a finding is of a severity that fails the run."""
        failing = (Severity.ERROR,) if self.fail_on is Severity.ERROR else (Severity.ERROR, Severity.WARNING)
        return finding.rule.severity in failing

    @property
    def exit(self) -> Exit:
        """The exit status that the report stands for."""
        if self.unreadable:
            return Exit.UNREADABLE
        return Exit.FINDINGS if self.failing else Exit.CLEAN
