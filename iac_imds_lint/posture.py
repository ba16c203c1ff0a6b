"""The effective posture of resources, after precedence: decided here, once, for every dialect."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import NamedTuple, TypeAlias

from iac_imds_lint.catalog.images import public_image
from iac_imds_lint.catalog.schema import Fact, Option, Role, Silence
from iac_imds_lint.inert import exposed, inert_options, undecided_gate
from iac_imds_lint.model import (
    TEMPLATE_ROLES,
    AccountDefault,
    DecidedBy,
    Dormant,
    Posture,
    Reference,
    Releases,
    Resource,
    Sharing,
    Variant,
)
from iac_imds_lint.policy import declared_tokens
from iac_imds_lint.source import Span
from iac_imds_lint.value import (
    ABSENT,
    MOST_CHOICES,
    Absent,
    Branches,
    Handle,
    Known,
    Unknown,
    Value,
    combinations,
    handle_of,
    known_text,
    possibilities,
    quoted,
    shown,
    ways,
)
from iac_imds_lint.verdict import WORST_FIRST, Verdict, agreed_on, is_refused, one_of, unlike

# More combinations than this of undecided conditions on one resource are reported as unknown, not enumerated.
_MOST_COMBINATIONS = 64
# The provider's schema default, sent with any block: internal/service/ec2/ec2_instance.go since 5.3.0.
_SENT_WITH_THE_BLOCK = Known("enabled")
# What stands for a verdict that would take for ever: only what refers to itself, or on and on, ever meets it.
_ENDLESS = Verdict(Posture.UNKNOWN, DecidedBy.UNKNOWN, "what it takes its settings from leads back to it, or too far")
# Configuration templates may be copies of others; each step costs ten Python frames.
_LONGEST_CHAIN = 20


# What a resource launches from at once, and the labels of the conditions under which it does.
Launched: TypeAlias = "tuple[tuple[str, ...], list[Verdict]]"


class Use(NamedTuple):
    """A resource that launches from a template, and the version that it asks for.

    ``dormant`` says why the values of this run leave it out; empty where it is created.
    """

    resource: Resource
    reference: Reference
    dormant: str = ""


class World:
    """All that is known together: the resources of one root module with its children, or of one template.

    ``assumed`` is the account's default where the code does not set one. What is ``dormant`` has no posture and
    launches nothing, but other values would create it: what is changed here changes it as well. ``sharing`` tells what
    else takes a value. ``unread`` are the places of what cannot be read where it stands.
    """

    def __init__(
        self,
        resources: Iterable[Resource],
        assumed: AccountDefault | None = None,
        dormant: Iterable[Dormant] = (),
        sharing: Sharing | None = None,
        unread: Iterable[Span] = (),
    ) -> None:
        self.resources = tuple(resources)
        self.dormant = tuple(dormant)
        self.assumed = assumed
        self.sharing = sharing
        self.unread = tuple(unread)
        self._verdicts: dict[Resource, Verdict] = {}
        self._level = 0
        self._templates = [r for r in self.resources if r.entry.role in TEMPLATE_ROLES]
        self._defaults = [r for r in self.resources if r.entry.role is Role.ACCOUNT_DEFAULT]
        self._by_address = {r.address: r for r in self.resources}

    def assuming(self, account_default: AccountDefault | None) -> World:
        """The same resources in an account that has this default."""
        return (
            self
            if account_default is self.assumed
            else World(self.resources, account_default, self.dormant, self.sharing, self.unread)
        )

    def judged(self) -> Iterator[Resource]:
        """The resources that have a posture: those that launch, or decide what is launched."""
        return filter(_has_posture, self.resources)

    def policies(self) -> Iterator[Resource]:
        """The resources that hold policies."""
        return (resource for resource in self.resources if resource.policies)

    def verdict(self, resource: Resource) -> Verdict:
        """The effective posture of one resource, computed once."""
        if resource not in self._verdicts:
            if self._level >= _LONGEST_CHAIN:
                return _ENDLESS
            self._verdicts[resource] = _ENDLESS
            self._level += 1
            try:
                self._verdicts[resource] = verdict(resource, self)
            finally:
                self._level -= 1
        return self._verdicts[resource]

    @cached_property
    def _by_name(self) -> dict[tuple[str, str | None], list[Resource]]:
        """Names are unique in an account and Region only."""
        found: dict[tuple[str, str | None], list[Resource]] = {}
        for template in self._templates:
            found.setdefault((template.scope, known_text(template.name)), []).append(template)
        return found

    @cached_property
    def _by_spelling(self) -> dict[tuple[str, str], list[Resource]]:
        """The templates whose names are not known, but spelt in one way where they are one."""
        found: dict[tuple[str, str], list[Resource]] = {}
        for template in self._templates:
            found.setdefault((template.scope, template.name_spelling), []).append(template)
        return found

    def named(self, reference: Reference, scope: str) -> Value:
        """What a reference in a scope names: by its address, where only one template's name is spelt like that."""
        alike = self._by_spelling.get((scope, reference.spelling), []) if reference.spelling else []
        if len(alike) != 1 or alike[0].entry.role not in reference.roles:
            return reference.target
        return Unknown("its name is spelt so", reference.target.origins, Handle(alike[0].address, ""))

    def targets(self, reference: Reference, scope: str) -> tuple[tuple[Value, Resource | None], ...]:
        """What a reference in a scope may name, each with the template or configuration if that is among these."""
        named = self.named(reference, scope)
        found = [leaf for _, leaf in possibilities(named) if not isinstance(leaf, Absent)]
        leaves = [leaf for leaf in found if not is_refused(leaf)] or found
        return tuple((leaf, one) for leaf in leaves for one in self.candidates(leaf, scope, reference.roles) or (None,))

    def target(self, named: Value, scope: str, roles: tuple[Role, ...] = TEMPLATE_ROLES) -> Resource | None:
        """The template or configuration that a value in a scope names, if it is among these resources."""
        found = self.candidates(named, scope, roles)
        return found[0] if len(found) == 1 else None

    def candidates(self, named: Value, scope: str, roles: tuple[Role, ...]) -> tuple[Resource, ...]:
        """What a value in a scope may name: of several with one name only one is created, for names are unique."""
        handle = handle_of(named)
        if handle is None:
            name = known_text(named)
            alike = self._by_name.get((scope, name), []) if name is not None else []
            of_that_name = tuple(found for found in alike if found.entry.role in roles)
            return of_that_name if len(of_that_name) <= MOST_CHOICES else ()
        found = self._by_address.get(handle.address)
        return (found,) if found is not None and found.entry.role in roles else ()

    def left_out(self, named: Value) -> str:
        """Why the resource that a value names is not created in this run, in a clause; empty where it is."""
        handle = handle_of(named)
        why = next((one.why for one in self.dormant if handle and one.resource.address == handle.address), "")
        return f"{handle.address} is not created with these parameter values: {why}" if handle and why else ""

    @cached_property
    def _uses(self) -> dict[Resource, list[Use]]:
        uses: dict[Resource, list[Use]] = {}
        for use in self._referring():
            for template in dict.fromkeys(found for _, found in self.targets(use.reference, use.resource.scope)):
                if template is not None:
                    uses.setdefault(template, []).append(use)
        return uses

    @cached_property
    def _versioned(self) -> dict[Resource, list[Use]]:
        """Who asks for a version of a template, where what it launches from is not known at all."""
        uses: dict[Resource, list[Use]] = {}
        for use in self._referring():
            reference = use.reference
            template = self.target(reference.version, use.resource.scope, reference.roles)
            if template is not None and isinstance(reference.target, Unknown) and reference.target.handle is None:
                uses.setdefault(template, []).append(use)
        return uses

    def _referring(self) -> Iterator[Use]:
        """Every reference with the resource that it is of, what is dormant included."""
        for resource, why in (*((resource, "") for resource in self.resources), *self.dormant):
            yield from (Use(resource, reference, why) for reference in resource.references)

    def uses(self, template: Resource) -> tuple[Use, ...]:
        """Who launches from this template or configuration."""
        return tuple(use for use in self._uses.get(template, ()) if not use.dormant)

    def uses_ever(self, template: Resource) -> tuple[Use, ...]:
        """Who launches from this template or configuration, or may: what is dormant is included, and what asks for a
        version of it without saying of what.
        """
        return (*self._uses.get(template, ()), *self._versioned.get(template, ()))

    def account_default(self, resource: Resource) -> Resource | None:
        """The account default that applies where the resource is launched, if this code sets it."""
        return next((default for default in self._defaults if default.scope == resource.scope), None)

    def account_tokens(self, resource: Resource) -> str | None:
        """What the account's default says of tokens where the resource is launched, if that is known for certain."""
        account = self.account_default(resource)
        certain = account is None or account.certain
        return known_text(_account_tokens(account, self)) if certain else None

    def images(self, resource: Resource) -> tuple[Resource, ...]:
        """The machine images that the resource may launch, of those that this code registers."""
        named = (self.image(leaf) for _, leaf in possibilities(resource.image))
        return tuple(image for image in named if image is not None)

    def image(self, named: Value) -> Resource | None:
        """The machine image that a value names, if this code registers it."""
        handle = handle_of(named)
        found = self._by_address.get(handle.address) if handle else None
        return found if found is not None and found.entry.role is Role.IMAGE else None


def _has_posture(resource: Resource) -> bool:
    """Whether it launches, or decides what is launched. A policy does where it is known to speak of tokens."""
    if resource.entry.role is Role.DECLARATIVE_POLICY and not isinstance(_declared(resource), Known):
        return False
    return resource.silence is not Silence.NO_CAPACITY


def _declared(resource: Resource) -> Value:
    return declared_tokens(resource.fact(Fact.CONTENT))


def verdict(resource: Resource, world: World) -> Verdict:
    """The effective posture of one resource, by EC2's order of precedence.

    Launch parameters, then the launch template, the account's default, the AMI, the service's default; each option
    separately (EC2 User Guide, configuring-instance-metadata-options).
    """
    if resource.releases is not None:
        return _by_releases(resource.releases, world)
    if resource.entry.undecided:
        return Verdict(Posture.UNKNOWN, DecidedBy.UNKNOWN, resource.entry.undecided)
    if isinstance(resource.container, Unknown):
        return Verdict(Posture.UNKNOWN, DecidedBy.UNKNOWN, resource.container.reason, resource.container)
    if resource.entry.role is Role.DECLARATIVE_POLICY:
        tokens = _declared(resource)
        posture = Posture.V2_REQUIRED if known_text(tokens) == "required" else Posture.V1_ALLOWED
        return Verdict(posture, DecidedBy.RESOURCE, f"tokens are {known_text(tokens)}", tokens)
    return one_of(list(_combinations(resource, world)), resource)


def _by_releases(releases: Releases, world: World) -> Verdict:
    """The verdict on a call of a module: that of all admitted releases where they agree."""
    outcomes = [(variant, _most_open(variant.launches, world)) for variant in releases.variants]
    _, newest = outcomes[-1]
    if all(outcome.posture is newest.posture for _, outcome in outcomes):
        own = newest.decided_by in (DecidedBy.RESOURCE, DecidedBy.SERVICE_DEFAULT)
        by = DecidedBy.UNKNOWN if newest.posture is Posture.UNKNOWN else DecidedBy.MODULE
        return newest._replace(decided_by=by) if own else newest
    undecided = next((o for _, o in outcomes if o.posture is Posture.UNKNOWN), None)
    told = _releases_told([v for v, outcome in outcomes if outcome.posture is Posture.V1_ALLOWED])
    if not told:
        reason = undecided.reason if undecided else "it is another in each release that the call admits"
        return Verdict(Posture.UNKNOWN, DecidedBy.UNKNOWN, reason, undecided.value if undecided else ABSENT)
    reason = f"{releases.module} leaves IMDSv1 on {told}, and {releases.admitting}"
    return Verdict(Posture.UNKNOWN, DecidedBy.UNKNOWN, reason)


def _most_open(launches: Iterable[Resource], world: World) -> Verdict:
    verdicts = (verdict(launch, world) for launch in launches)
    return min(verdicts, key=lambda one: WORST_FIRST.index(one.posture))


def _releases_told(variants: list[Variant]) -> str:
    """Ranges of releases in words, those that follow each other as one."""
    ranges: list[tuple[str, str]] = []
    for variant in variants:
        if ranges and ranges[-1][1] == variant.since:
            ranges[-1] = (ranges[-1][0], variant.until)
        else:
            ranges.append((variant.since, variant.until))
    words = (" ".join(filter(None, (s and f"from {s}", u and f"before {u}"))) for s, u in ranges)
    return " and ".join(word or "in every version" for word in words)


def _combinations(resource: Resource, world: World) -> Iterator[tuple[tuple[str, ...], Verdict]]:
    values = (resource.container, resource.option(Option.ENDPOINT), resource.option(Option.TOKENS))
    if combinations(values) > _MOST_COMBINATIONS:
        yield (), Verdict(Posture.UNKNOWN, DecidedBy.UNKNOWN, "it depends on too many undecided conditions")
        return
    found = [(labels, _written(leaves)) for labels, leaves in ways(values)]
    for labels, leaves in [way for way in found if not any(map(is_refused, way[1]))] or found:
        yield labels, _settled(resource, world, *leaves)
    if not found:
        condition = next(value.condition for value in values if isinstance(value, Branches))
        reason = f"its options have no values together, whatever {condition} is"
        yield (), Verdict(Posture.UNKNOWN, DecidedBy.UNKNOWN, reason)


def _written(leaves: Sequence[Value]) -> tuple[Value, Value, Value]:
    """A container with what is written in it for the endpoint and for tokens: nothing where it is not there."""
    container, endpoint, token = leaves
    return (container, ABSENT, ABSENT) if isinstance(container, Absent) else (container, endpoint, token)


def _settled(resource: Resource, world: World, container: Value, endpoint: Value, token: Value) -> Verdict:
    if isinstance(container, Unknown):
        return Verdict(Posture.UNKNOWN, DecidedBy.UNKNOWN, container.reason, container)
    if inert_options(resource):
        return _fallen_through(resource, world, ABSENT)
    if isinstance(container, Known) and (undecided := undecided_gate(resource)) is not None:
        reason = f"its options count for some kinds only ({undecided[1]}), and which it is, is not decided here"
        return Verdict(Posture.UNKNOWN, DecidedBy.UNKNOWN, reason, undecided[0])
    if isinstance(container, Known) and exposed(resource, refused=True):
        return Verdict(Posture.UNKNOWN, DecidedBy.RESOURCE, "the API refuses what the provider sends", container)
    if _turned_off(resource, endpoint):
        return Verdict(Posture.IMDS_DISABLED, DecidedBy.RESOURCE, "IMDS is turned off", endpoint)
    key = resource.entry.control.key(Option.TOKENS) if resource.entry.control else None
    match token:
        case Absent():
            return _fallen_through(resource, world, container, endpoint)
        case Unknown(reason):
            return Verdict(Posture.UNKNOWN, DecidedBy.UNKNOWN, reason, token)
        case _ if key and known_text(token) == key.secure:
            return _required(resource, endpoint, token)
        case _ if key and key.option is Option.TOKENS and known_text(token) not in key.allowed:
            return Verdict(Posture.UNKNOWN, DecidedBy.RESOURCE, "the API refuses the value", token)
        case _ if known_text(token) == "no-preference":
            return _fallen_through(resource, world, ABSENT)
        case _ if isinstance(endpoint, Unknown):
            return Verdict(Posture.UNKNOWN, DecidedBy.UNKNOWN, endpoint.reason, endpoint)
        case _:
            return Verdict(Posture.V1_ALLOWED, DecidedBy.RESOURCE, "tokens are optional", token)


def _turned_off(resource: Resource, endpoint: Value) -> bool:
    key = resource.entry.control.key(Option.ENDPOINT) if resource.entry.control else None
    return key is not None and key.turns_off(known_text(endpoint))


def _required(resource: Resource, endpoint: Value, token: Value) -> Verdict:
    if resource.entry.type == "aws_launch_configuration" and isinstance(endpoint, Unknown):
        return Verdict(Posture.UNKNOWN, DecidedBy.UNKNOWN, endpoint.reason, endpoint)
    return Verdict(Posture.V2_REQUIRED, DecidedBy.RESOURCE, "tokens are required", token)


def _fallen_through(resource: Resource, world: World, container: Value, endpoint: Value = ABSENT) -> Verdict:
    """The verdict where the resource itself says nothing about tokens."""
    if isinstance(container, Known):
        if resource.entry.role is Role.LAUNCH_CONFIGURATION:
            reason = "tokens are optional where other options are set without them"
            return Verdict(Posture.V1_ALLOWED, DecidedBy.SERVICE_DEFAULT, reason)
        if isinstance(endpoint, Absent) and resource.entry.type == "aws_instance":
            endpoint = _SENT_WITH_THE_BLOCK
    return one_of(
        [(way, _settled_by(parts)) for way, parts in _launched(resource, world, container, endpoint)], resource
    )


def _settled_by(parts: Sequence[Verdict]) -> Verdict:
    """One verdict for all that something launches from at once: that of the most open."""
    return min(parts, key=lambda verdict: WORST_FIRST.index(verdict.posture))


def _launched(resource: Resource, world: World, container: Value, endpoint: Value) -> list[Launched]:
    """What it launches from in each way in which conditions may turn out; all together if these are not too many."""
    references = _launching(resource)
    named = [(reference, world.named(reference, resource.scope)) for reference in references]
    together = combinations((resource.inline, *(value for _, value in named))) <= _MOST_COMBINATIONS
    found = []
    for group in [named] if together or not named else [[one] for one in named]:
        for labels, leaves in ways((resource.inline, *(value for _, value in group))):
            there = [(reference, leaf) for (reference, _), leaf in zip(group, leaves[1:], strict=True)]
            found.append((labels, leaves, _on_one_way(resource, world, leaves[0], there, container, endpoint)))
    likely = [way for way in found if not any(map(is_refused, way[1])) and _is_possible(resource, way[1])] or found
    return [(labels, parts) for labels, _, parts in likely]


def _is_possible(resource: Resource, leaves: Sequence[Value]) -> bool:
    return resource.silence is not Silence.NOT_POSSIBLE or any(not isinstance(leaf, Absent) for leaf in leaves)


def _on_one_way(
    resource: Resource,
    world: World,
    inline: Value,
    named: Sequence[tuple[Reference, Value]],
    container: Value,
    endpoint: Value,
) -> list[Verdict]:
    """What all comes to that it launches from: launch specifications, templates and configurations, or nothing named.

    Nothing in a launch specification can ask for tokens, so that it does not matter what is written there.
    """
    there = [] if isinstance(inline, Known) else [one for one in named if not isinstance(one[1], Absent)]
    if there and isinstance(inline, Unknown):
        return [Verdict(Posture.UNKNOWN, DecidedBy.UNKNOWN, inline.reason, inline)]
    if there:
        return [_by_named(resource, world, reference, leaf, container, endpoint) for reference, leaf in there]
    if isinstance(endpoint, Unknown):
        return [Verdict(Posture.UNKNOWN, DecidedBy.UNKNOWN, endpoint.reason, endpoint)]
    return [_silent(resource, world)]


def _silent(resource: Resource, world: World) -> Verdict:
    """The verdict where neither the resource nor a template says anything about tokens."""
    match resource.silence:
        case Silence.OPTIONAL:
            by = "service's" if resource.entry.silence is Silence.OPTIONAL else f"{resource.entry.kind}'s"
            return Verdict(Posture.V1_ALLOWED, DecidedBy.SERVICE_DEFAULT, f"the {by} default leaves IMDSv1 on")
        case Silence.REQUIRED:
            return Verdict(Posture.V2_REQUIRED, DecidedBy.SERVICE_DEFAULT, "the service requires tokens for its kind")
        case Silence.BY_KIND:
            return _by_kind(resource)
        case Silence.UNDOCUMENTED if resource.entry.role is Role.CONSUMER:
            entry = resource.entry
            reason = f"it names no {entry.names}, and what its {entry.kind} gets without one is not documented"
            return Verdict(Posture.UNKNOWN, DecidedBy.UNKNOWN, reason, resource.fact(Fact.KIND))
        case Silence.UNDOCUMENTED:
            return Verdict(Posture.UNKNOWN, DecidedBy.UNKNOWN, "AWS does not document what happens when it is not set")
        case Silence.NOT_POSSIBLE:
            return Verdict(Posture.UNKNOWN, DecidedBy.UNKNOWN, "what it launches from is not written here")
        case Silence.NO_CAPACITY:
            return Verdict(Posture.UNKNOWN, DecidedBy.SERVICE_DEFAULT, "it launches nothing")
        case Silence.EC2_DEFAULT | Silence.PICKED_AMI:
            return _by_default(resource, world)


def _by_kind(resource: Resource) -> Verdict:
    """The verdict where a default of the resource's kind decides, and the kind is none whose default is known."""
    control, kind = resource.entry.control, resource.fact(Fact.KIND)
    option = control.name if control else "that"
    match kind:
        case Absent():
            reason = f"{option} is not set, and no {resource.entry.kind} is named here whose default would count"
        case Unknown(why):
            reason = f"{option} is not set, and its {resource.entry.kind} is not known, whose default counts: {why}"
        case Branches(condition):
            reason = f"{option} is not set, and its {resource.entry.kind}, whose default counts, depends on {condition}"
        case Known():
            reason = f"{option} is not set, and its default is not known for the {resource.entry.kind} that is named"
    return Verdict(Posture.UNKNOWN, DecidedBy.UNKNOWN, reason, kind)


def undecided_part(resource: Resource, world: World) -> Verdict | None:
    """The verdict that the code leaves open: the resource's own, or one of several templates' that it launches from."""
    own = world.verdict(resource)
    by_template = own.decided_by is DecidedBy.LAUNCH_TEMPLATE
    launched = _launched(resource, world, ABSENT, ABSENT) if by_template else []
    parts = [part for _, way in launched for part in way]
    open_ones = (part for part in (own, *parts) if part.decided_by is DecidedBy.UNKNOWN)
    refused = own if resource.is_foreign and own.posture is Posture.UNKNOWN else None
    return next(open_ones, refused)


def _launching(resource: Resource) -> tuple[Reference, ...]:
    """The templates that the resource's own launches take their parameters from."""
    return () if resource.entry.role is Role.SPOT_REQUEST else resource.references


def _by_named(
    resource: Resource, world: World, reference: Reference, target: Value, container: Value, endpoint: Value
) -> Verdict:
    """What a reference comes to that is divided no further."""
    candidates = world.candidates(target, resource.scope, reference.roles)
    if len(candidates) < 2:
        return _by_template(resource, world, target, next(iter(candidates), None), container, endpoint)
    outcomes = [_by_template(resource, world, target, one, container, endpoint) for one in candidates]
    agreed = agreed_on(outcomes)
    if agreed is not None and agreed.decided_by is DecidedBy.LAUNCH_TEMPLATE:
        return agreed._replace(reason=f"as {' or '.join(one.address for one in candidates)} says")
    return agreed or unlike(outcomes, target)


def _by_template(
    resource: Resource, world: World, target: Value, template: Resource | None, container: Value, endpoint: Value
) -> Verdict:
    if template is None:
        consumer = resource.entry.role is Role.CONSUMER
        named_so = resource.entry.names
        unnamed = consumer and named_so == "launch template"
        reason = f"{'what it launches from' if unnamed else f'its {named_so}'} is not in this code"
        if left_out := world.left_out(target):
            reason += f" ({left_out})"
        elif isinstance(target, Unknown) and target.handle is None:
            reason += f" ({target.reason})"
        elif shown(target, ""):
            reason += f" ({quoted(target)})"
        return Verdict(Posture.UNKNOWN, DecidedBy.UNKNOWN, reason, target)
    inherited = world.verdict(template)
    if inherited is _ENDLESS:
        return inherited
    if _is_by_image(inherited) and not isinstance(resource.image, Absent):
        own = _by_default(resource, world)
        if own.posture is not inherited.posture:
            return own
    if inherited.posture is Posture.IMDS_DISABLED and known_text(endpoint) == "enabled":
        inherited = _settled(template, world, template.container, endpoint, template.option(Option.TOKENS))
        if inherited.posture is Posture.V1_ALLOWED:
            reason = f"it turns on what {template.address} turns off, and does not require tokens"
            return Verdict(Posture.V1_ALLOWED, DecidedBy.RESOURCE, reason, endpoint)
    if inherited.posture is Posture.V2_REQUIRED and isinstance(container, Known):
        reason = (
            f"it has options of its own without tokens, and AWS does not document whether those of "
            f"{template.address} are kept then"
        )
        return Verdict(Posture.UNKNOWN, DecidedBy.UNKNOWN, reason, container)
    return Verdict(inherited.posture, DecidedBy.LAUNCH_TEMPLATE, f"as {template.address} says", inherited.value)


def _by_default(resource: Resource, world: World) -> Verdict:
    if resource.entry.role in (Role.ACCOUNT_DEFAULT, Role.IMAGE):
        return Verdict(Posture.V1_ALLOWED, DecidedBy.SERVICE_DEFAULT, "nothing here asks for IMDSv2")
    account = world.account_default(resource)
    token = _account_tokens(account, world)
    if account is not None and not account.certain and not isinstance(token, Absent):
        return Verdict(Posture.UNKNOWN, DecidedBy.UNKNOWN, f"whether {account.address} is created is not decided")
    if isinstance(token, Unknown | Branches):
        return Verdict(Posture.UNKNOWN, DecidedBy.UNKNOWN, "the account default is not decided", token)
    said = known_text(token)
    if said in ("required", "optional"):
        posture = Posture.V2_REQUIRED if said == "required" else Posture.V1_ALLOWED
        by = account.address if account else f'the setting account-default = "{said}"'
        return Verdict(posture, DecidedBy.ACCOUNT_DEFAULT, f"by {by}", token)
    left_to_the_image = account.certain if account else said is not None
    return _by_image(resource, world, left_to_the_image)


def _account_tokens(account: Resource | None, world: World) -> Value:
    """What the account's default says of tokens: as the code sets it, else as the user says that it is."""
    if account is not None:
        return account.option(Option.TOKENS)
    return Known(world.assumed.value) if world.assumed else ABSENT


def _is_by_image(inherited: Verdict) -> bool:
    """Whether a template leaves tokens to the image that it names, in whose place another may be named."""
    by_default = inherited.decided_by in (DecidedBy.AMI, DecidedBy.SERVICE_DEFAULT)
    return by_default or inherited.left_to_image


def _by_image(resource: Resource, world: World, left_to_it: bool) -> Verdict:
    """The verdict where no level above the machine image decides, or none that this code shows."""
    ways = list(possibilities(resource.image))
    outcomes = [(labels, _by_one_image(leaf, resource, world, left_to_it)) for labels, leaf in ways]
    possible = [outcome for way, outcome in zip(ways, outcomes, strict=True) if not is_refused(way[1])]
    return one_of(possible or outcomes, resource)


def _by_one_image(named: Value, resource: Resource, world: World, left_to_it: bool) -> Verdict:
    image = world.image(named)
    public = public_image(_published(named))
    if image is not None and known_text(image.option(Option.TOKENS)) == "v2.0":
        told, asking, certain = image.address, image.option(Option.TOKENS), image.certain
    elif public is not None:
        told, asking, certain = f"its AMI ({public.title}, by {_published(named)})", named, True
    elif resource.silence is Silence.PICKED_AMI:
        return Verdict(Posture.UNKNOWN, DecidedBy.UNKNOWN, "its AMI decides, and nothing here says what that asks for")
    else:
        return Verdict(Posture.V1_ALLOWED, DecidedBy.SERVICE_DEFAULT, "nothing at any level asks for IMDSv2")
    if left_to_it and certain:
        return Verdict(Posture.V2_REQUIRED, DecidedBy.AMI, f"by {told}", asking)
    reason = f"{told} asks for IMDSv2, and an account default of optional, which is not here, overrides it"
    return Verdict(Posture.UNKNOWN, DecidedBy.UNKNOWN, reason, asking, left_to_image=True)


def _published(named: Value) -> str:
    """The public path or name of an image of AWS's; EC2 takes a path for an id as well (EC2 API, RunInstances)."""
    handle = handle_of(named)
    text = known_text(named) or ""
    path = text.removeprefix("resolve:ssm:") if text.startswith("resolve:ssm:/") else ""
    return handle.published if handle is not None else path
