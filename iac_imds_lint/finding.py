"""What a rule reports: the finding, and a repair in words that no dialect owns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from functools import cached_property
from typing import NamedTuple, Protocol, TypeAlias

from iac_imds_lint.catalog.schema import Option
from iac_imds_lint.edit import Applicability, Edit, Fix, Refusal, Renamed, Step
from iac_imds_lint.model import Dormant, Posture, Resource, Shared
from iac_imds_lint.posture import Use, World
from iac_imds_lint.script import Call, Part
from iac_imds_lint.source import Span
from iac_imds_lint.version import HOME

_PAGES = f"{HOME}/blob/main/docs/rules"


class Severity(Enum):
    """Errors and warnings fail a run (warnings unless the user says otherwise), information never does."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Rule(NamedTuple):
    """The identity of a rule, declared once; pages, links and reports derive from it."""

    code: str
    name: str
    severity: Severity

    @property
    def url(self) -> str:
        """The page that explains the rule."""
        return f"{_PAGES}/{self.code}.md"


class Related(NamedTuple):
    """Another place that belongs to a finding, and what it is. ``by_fix`` says that it is known by the fix alone."""

    span: Span
    message: str
    by_fix: bool = False


class NewLiteral(NamedTuple):
    """Write ``value`` in place of the literal at ``span``, which is ``what`` and which other code may use.

    ``is_expression`` says that it may be any expression, which is the whole of an argument.
    """

    span: Span
    value: str
    what: str
    is_expression: bool = False

    @property
    def shown(self) -> str:
        """The value as a message shows it."""
        return self.value if self.value in ("true", "false") else f'"{self.value}"'


class NewArgument(NamedTuple):
    """Write an argument into the call of a module whose head is at ``span``."""

    span: Span
    name: str
    value: str


class Repair(NamedTuple):
    """What would mend a finding, before a dialect writes it: options to set on a resource, literals to change.

    Repairs of one resource are merged before they are written, so two rules never both insert a block. ``shared`` says
    what else the literals decide.
    """

    resource: Resource
    message: str
    applicability: Applicability
    options: tuple[tuple[Option, str], ...] = ()
    literals: tuple[NewLiteral, ...] = ()
    note: str = ""
    alternatives: tuple[Repair, ...] = ()
    shared: tuple[Shared, ...] = ()
    arguments: tuple[NewArgument, ...] = ()


class Migration(NamedTuple):
    """Make a resource of another kind of one, with all that refers to it, before a dialect writes it.

    ``resources`` are the instances of the one, ``uses`` what launches from them, also where the values of this run
    leave it out. ``options`` are to be set on what it becomes. ``dormant`` is all that these values leave out, and
    ``beside`` are the other migrations in its file, by the heads of their resources: what chooses from several
    resources has to have all of them migrated.
    """

    resources: tuple[Resource, ...]
    uses: tuple[Use, ...]
    message: str
    applicability: Applicability
    options: tuple[tuple[Option, str], ...] = ()
    note: str = ""
    dormant: tuple[Dormant, ...] = ()
    beside: Mapping[Span, Migration] | None = None


class Migrated(NamedTuple):
    """A migration as a dialect writes it. ``by_hand`` is what it leaves to do, ``notes`` say what it takes for granted,
    a clause each.
    """

    edits: tuple[Edit, ...]
    by_hand: tuple[Step, ...] = ()
    notes: tuple[str, ...] = ()
    renamed: tuple[Renamed, ...] = ()


class Rewriting(NamedTuple):
    """Have calls in a part of a boot script ask with a token, before it is written for its language.

    ``beside`` are those of other parts that have calls in common with it, ``ignored`` is how many of the part's calls
    stay as they are, for a comment says so.
    """

    part: Part
    calls: tuple[Call, ...]
    beside: tuple[Rewriting, ...] = ()
    ignored: int = 0


class Rewritten(NamedTuple):
    """Calls in a boot script as they are with a token. ``by_hand`` is what that leaves to write, ``notes`` say what it
    takes for granted, a clause each.
    """

    edits: tuple[Edit, ...]
    by_hand: tuple[Step, ...] = ()
    notes: tuple[str, ...] = ()


class Instance(NamedTuple):
    """A resource as a root module, or a template, has it: by its address there. ``root`` is the file from which calls
    lead to it, or its own where none does, and ``body`` its declaration.
    """

    root: str
    address: str
    body: Span


class Hiding(Enum):
    """What keeps a finding out of the report. It is told where another run of the same hook reports it."""

    COMMENT = "comment"
    METADATA = "metadata"
    CONFIGURATION = "configuration"
    BASELINE = "baseline"
    UNCHANGED = "unchanged"
    TOLD = "told"


class Removal(NamedTuple):
    """Take codes out of the comment or the metadata at ``span``, or the whole of it where no code is left.

    ``codes`` are the places of the codes, ``is_whole`` says that they are all; ``note`` why that is not safe, where it
    is not.
    """

    span: Span
    hiding: Hiding
    codes: tuple[Span, ...]
    is_whole: bool
    note: str = ""


AnyRepair: TypeAlias = Repair | Migration | Rewriting | Removal | Refusal
_NO_REPAIR = Refusal("")


@dataclass(frozen=True, eq=False)
class Finding:
    """One finding. ``label`` stands under the marked text. ``affected`` are all addresses that share its cause.
    ``instances`` are the resources of these addresses in each root module, ``cause`` is what several would have to have
    in common to be one finding. ``is_unread`` says that the file as a whole could not be read. ``rests_on`` are all
    places on which it rests beside its own and the related ones: a change of any of them may have made it what it is.
    """

    rule: Rule
    message: str
    span: Span
    label: str = ""
    related: tuple[Related, ...] = ()
    resource: Resource | None = None
    posture: Posture | None = None
    affected: tuple[str, ...] = ()
    instances: tuple[Instance, ...] = ()
    consumers: tuple[str, ...] = ()
    repair: AnyRepair = _NO_REPAIR
    fix: Fix | None = None
    fix_unavailable: str = ""
    is_unread: bool = False
    rests_on: tuple[Span, ...] = ()
    cause: tuple[object, ...] = ()

    @property
    def places(self) -> tuple[Span, ...]:
        """All places that it has to do with, its own first."""
        return tuple(dict.fromkeys((self.span, *(related.span for related in self.related), *self.rests_on)))

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """The files of these places, its own first."""
        return tuple(dict.fromkeys(place.path for place in self.places))


class Key(NamedTuple):
    """What makes a finding the same before and after an edit elsewhere, and before and after its fix is written: all
    but its offsets.
    """

    code: str
    path: str
    affected: tuple[str, ...]
    message: str
    related: tuple[str, ...]


def order(finding: Finding) -> tuple[str, int, str, str]:
    """By places; what stands at one, by its code and its words."""
    return finding.span.path, finding.span.start, finding.rule.code, finding.message


def key(finding: Finding) -> Key:
    """The finding's key. Several findings may share one: compare how many there are."""
    related = tuple(related.span.path for related in finding.related if not related.by_fix)
    return Key(finding.rule.code, finding.span.path, finding.affected, finding.message, related)


class Suppression(NamedTuple):
    """Why a finding is not reported. ``span`` is the comment or metadata that says so, ``reason`` what it gives as its
    reason, ``until`` the last day on which it counts, ``tool`` the other tool that it was written for.
    """

    hiding: Hiding
    span: Span | None = None
    reason: str = ""
    until: date | None = None
    tool: str = ""


class Suppressed(NamedTuple):
    """A finding that is not reported, and why."""

    finding: Finding
    by: Suppression


class RuleModule(Protocol):
    """What each module of :mod:`iac_imds_lint.rules` offers."""

    RULE: Rule

    def check(self, resource: Resource, world: World) -> Iterator[Finding]:
        """The findings of this rule about one resource."""
