"""Resources of every dialect: what is known of one, before anything is decided of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple, Protocol

from iac_imds_lint.catalog.schema import Defect, Dialect, Entry, Fact, Option, Role, Silence
from iac_imds_lint.script import Script, Unseen
from iac_imds_lint.source import Span
from iac_imds_lint.statements import Document
from iac_imds_lint.value import ABSENT, Absent, Branches, Origin, Unknown, Value, known_text, possibilities

# What others launch from, or take their settings from.
TEMPLATE_ROLES = (
    Role.LAUNCH_TEMPLATE,
    Role.LAUNCH_CONFIGURATION,
    Role.CONFIGURATION_TEMPLATE,
    Role.SECURITY_CONFIGURATION,
)


class Posture(Enum):
    """What IMDS answers in effect."""

    V2_REQUIRED = "v2-required"
    V1_ALLOWED = "v1-allowed"
    IMDS_DISABLED = "imds-disabled"
    UNKNOWN = "unknown"


# So many places that share a value are looked for.
MOST_USERS = 16
# What answers no IMDSv1.
CLOSED = (Posture.V2_REQUIRED, Posture.IMDS_DISABLED)


class DecidedBy(Enum):
    """The level of precedence that decided (EC2 User Guide, configuring-instance-metadata-options)."""

    RESOURCE = "resource"
    LAUNCH_TEMPLATE = "launch-template"
    ACCOUNT_DEFAULT = "account-default"
    AMI = "ami"
    SERVICE_DEFAULT = "service-default"
    MODULE = "module"
    UNKNOWN = "unknown"


class AccountDefault(Enum):
    """What the account's defaults say of tokens (EC2 API, ModifyInstanceMetadataDefaults)."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    NO_PREFERENCE = "no-preference"


class Reference(NamedTuple):
    """A launch template or configuration that a resource names, by id or by name; ``roles`` are what it may be.

    ``spelling`` is of what a name is made that is known at deployment only: names spelt alike are one.
    """

    target: Value
    version: Value
    span: Span
    roles: tuple[Role, ...] = TEMPLATE_ROLES
    spelling: str = ""


class Exposure(NamedTuple):
    """A defect of the release of the provider that is used, and the place that says which one that is."""

    defect: Defect
    by: Origin


class Variant(NamedTuple):
    """What a call of a module launches in its releases from ``since`` on and before ``until``; "" is no bound."""

    since: str
    until: str
    launches: tuple[Resource, ...]


class Releases(NamedTuple):
    """The releases of a module that a call admits: ``asked`` is what it asks for, in words, and ``admitting`` a clause
    that says why it admits them.
    """

    module: str
    asked: str
    admitting: str
    variants: tuple[Variant, ...]


class Downloaded(NamedTuple):
    """The call in the user's own code that leads to a resource in a copy of somebody else's.

    ``module`` is its source, ``remedies`` are what the catalog knows that the call launches.
    """

    address: str
    module: str
    head: Span
    body: Span
    remedies: tuple[Resource, ...]


class Construct(NamedTuple):
    """What a program made a resource of, by its path there, and what to change in that. ``is_output`` says that the
    program writes the file again, and else that it only wrote it once.
    """

    path: str
    remedy: str
    is_output: bool = True


@dataclass(frozen=True, eq=False)
class Resource:
    """One resource, its options evaluated.

    ``address`` is Terraform's own or the logical ID; ``head`` is where to point when nothing else is written, ``body``
    the whole declaration. ``container`` is Known where the options' container is written (its origin is the place),
    Absent where it is not. ``inline`` is the same for launch specifications that have no IMDS option. ``calls`` are the
    module calls, or the nested stacks, that lead here, outermost first, and ``leading`` all that declares these;
    ``included`` says that the last of them includes the file. ``deciding`` are the places that decided whether there is
    any of it, and how many. ``scope`` tells apart the provider configurations that account defaults apply to. ``boot``
    is what it runs when it boots, all that it may be; ``renews`` says that what runs is replaced when what it launches
    from changes, ``ignores_changes`` that changes of its options are not applied to what runs. ``certain`` is False
    where it may not be created at all. ``name_spelling`` is as
    in references. ``facts`` are what the paths of the entry's facts hold. ``exposures`` are the entry's defects that
    the newest release of the provider has which the code admits, or the one that it locks; none where it says nothing.
    ``releases`` make it a call of a module, judged by what it launches in each; its own options are what the call
    writes, and ``within`` is where the rest of the path to them begins, if that is not its body. ``downloaded`` is the
    call that is answerable for a resource which stands in no code of the user's. ``generator`` is set where the
    container is left to what generates none. ``construct`` is set where a program wrote the code. ``policies`` are
    those that it holds, each with all that it may be.
    """

    entry: Entry
    address: str
    head: Span
    body: Span
    container: Value = ABSENT
    options: Mapping[Option, Value] = field(default_factory=dict)
    references: tuple[Reference, ...] = ()
    inline: Value = ABSENT
    name: Value = ABSENT
    name_spelling: str = ""
    image: Value = ABSENT
    calls: tuple[Span, ...] = ()
    leading: tuple[Span, ...] = ()
    deciding: tuple[Span, ...] = ()
    included: bool = False
    scope: str = ""
    boot: tuple[Script | Unseen, ...] = ()
    renews: bool = False
    ignores_changes: bool = False
    certain: bool = True
    facts: Mapping[Fact, Value] = field(default_factory=dict)
    exposures: tuple[Exposure, ...] = ()
    releases: Releases | None = None
    within: Span | None = None
    downloaded: Downloaded | None = None
    generator: Generator | None = None
    construct: Construct | None = None
    policies: tuple[tuple[Document, ...], ...] = ()

    @property
    def is_foreign(self) -> bool:
        """Whether it is what a call of somebody else's module launches: only the call is to be changed."""
        return self.releases is not None or self.downloaded is not None

    @property
    def title(self) -> str:
        """The address with the type, which an address of Terraform's says already, and with what it was made of."""
        named = self.entry.dialect is Dialect.TERRAFORM
        made_of = f" ({self.construct.path})" if self.construct else ""
        return (self.address if named else f"{self.entry.type} {self.address}") + made_of

    def option(self, option: Option) -> Value:
        """The option's own value on this resource; Absent where it is not written."""
        return self.options.get(option, ABSENT)

    def fact(self, fact: Fact) -> Value:
        """What the resource says about something else that bears on IMDS; Absent where it says nothing."""
        return self.facts.get(fact, ABSENT)

    @property
    def silence(self) -> Silence:
        """What it means for a resource of this kind that nothing is said about tokens."""
        found = {self._silence_of(leaf) for _, leaf in possibilities(self.fact(Fact.KIND))}
        return found.pop() if len(found) == 1 else self.entry.silence

    def _silence_of(self, kind: Value) -> Silence:
        text = None if isinstance(kind, Absent) else known_text(kind) or ""
        return next((row.silence for row in self.entry.kinds if _begins(text, row.pattern)), self.entry.silence)


class Dormant(NamedTuple):
    """A resource that the values of this run leave out, and the clause that says what decides it."""

    resource: Resource
    why: str


class Generator(NamedTuple):
    """What would generate the container of the options, and generates none: ``over`` is what it goes through, in words.

    ``always`` says that it never generates one: nothing outside of the code that is read has a say. ``by`` is the
    literal by which the condition was decided, if one did and what is generated would require tokens.
    """

    over: str
    always: bool
    by: Origin | None = None


class User(NamedTuple):
    """A place that takes a value which is decided elsewhere, and what it is: "aws_instance.b's tags in main.tf:12".

    ``call`` is the address of a call of a module that leaves an argument out, where it is one.
    """

    span: Span
    what: str
    call: str = ""


class Silent(NamedTuple):
    """Calls of a module that leave out an argument, and lead to a resource; ``others`` is how many calls pass it."""

    argument: str
    calls: tuple[User, ...]
    others: int


class Shared(NamedTuple):
    """What takes a value besides a resource: ``users`` are those that were read, the first
    :data:`MOST_USERS`, and ``is_open`` says that others may.

    ``name`` is what the place is called in which the value stands. ``silent`` is set where that is the whole of what
    stands in for an argument that calls leave out.
    """

    name: str
    users: tuple[User, ...] = ()
    is_open: bool = False
    silent: Silent | None = None


class Sharing(Protocol):
    """What a dialect knows of the uses of what is written."""

    def shared(self, place: Span, resource: Resource) -> Shared | None:
        """What takes the literal at a place besides the resource; None where that is not known."""


def _begins(text: str | None, pattern: str | None) -> bool:
    return text is pattern is None or (text is not None and pattern is not None and bool(re.match(pattern, text)))


def openness(container: Value, options: Mapping[Option, Value], secure: str) -> int:
    """How open a launch with these options is, from 0 for one that requires tokens.

    One that says nothing is as open as its launch template, which may require them where something else is undecided.
    """
    tokens = options.get(Option.TOKENS, ABSENT)
    if isinstance(container, Unknown | Branches) or isinstance(tokens, Unknown | Branches):
        return 2
    if isinstance(container, Absent):
        return 1
    return 0 if known_text(tokens) == secure else 3
