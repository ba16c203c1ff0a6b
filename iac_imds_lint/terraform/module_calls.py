"""Calls of registry and git modules whose code is not here: what the catalog knows that they launch.

A call becomes one resource for each thing that it launches, with what it sends to EC2 in each release of the module
that the call admits. How silence, null, and what an object leaves out are read is the catalog's to say
(:class:`iac_imds_lint.catalog.module_schema.Launch`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from iac_imds_lint.catalog import Control, Dialect, Entry, Option, OptionKey, Role
from iac_imds_lint.catalog.aws import EC2_KEYS
from iac_imds_lint.catalog.module_schema import Effect, Era, Launch, ModuleRow, Sent, Switch
from iac_imds_lint.model import Reference, Releases, Resource, Variant
from iac_imds_lint.script import Script, Unseen
from iac_imds_lint.source import Span
from iac_imds_lint.terraform import versions
from iac_imds_lint.terraform.expansion import Expansion, Instance
from iac_imds_lint.terraform.places import Arguments, Place, member_of, without_null, written_key
from iac_imds_lint.terraform.remote_source import RemoteSource
from iac_imds_lint.terraform.scope import Scope
from iac_imds_lint.terraform.switches import Switches
from iac_imds_lint.terraform.syntax import Block, Object, Tuple
from iac_imds_lint.terraform.types import Partly
from iac_imds_lint.value import ABSENT, Absent, Branches, Known, Origin, Unknown, Value, distributed, known_text

# How modules call the argument that names a template from elsewhere, at the top or in an element of a group.
_TEMPLATES = ("launch_template_id", "launch_template", "launch_template_name", "existing_launch_configuration")
_ELSEWHERE = "a launch template from outside of the module decides, or the service's own"
_RECYCLED = "the module makes another version of its launch template, and what runs is replaced by and by"


class Asked(NamedTuple):
    """The releases that a call asks for: a constraint, why it admits what it does, in a clause, and how it is written,
    if it is.
    """

    constraint: str
    admitting: str
    written: str = ""

    def of(self, module: str) -> str:
        """The releases of a module, in words."""
        return f"{self.written} of {module}" if self.written else module


class ModuleCall(NamedTuple):
    """A call of a module that the catalog has a row for."""

    row: ModuleRow
    block: Block
    scope: Scope
    asked: Asked


def asked(source: RemoteSource, block: Block, scope: Scope) -> Asked:
    """The releases that a call asks for, by its ``version`` or by what its git source refers to."""
    if not source.provider:
        return _referred(source)
    attribute = block.body.attribute("version")
    match scope.attribute(attribute) if attribute else ABSENT:
        case Absent() | Known(None):
            return Asked("", "no version is asked for")
        case Known(str() as text) if versions.is_constraint(text):
            return Asked(text, f'version "{text}" admits them', f'version "{text}"')
        case Unknown(reason):
            return Asked("", f"which version is asked for is not known: {reason}")
        case _:
            return Asked("", "what is asked for is no version")


def _referred(source: RemoteSource) -> Asked:
    if source.version:
        return Asked(source.version, f'ref "{source.ref}" admits them', f"version {source.version}")
    if source.ref:
        return Asked("", f'which version the ref "{source.ref}" is, is not known')
    return Asked("", "no ref is asked for")


def resources_of(call: ModuleCall) -> Iterator[Resource]:
    """What a call launches, for each instance of it."""
    for instance in call.scope.expansion(call.block).instances():
        yield from launched(call, instance)


def launched(call: ModuleCall, instance: Instance) -> Iterator[Resource]:
    """What one instance of a call launches."""
    eras = _admitted(call)
    reader = _CallReader(call, instance)
    found: dict[str, list[tuple[Era, list[_Launched]]]] = {}
    named = _are_told_apart(eras)
    for era in eras:
        for one in _deciding_launches([one for launch in era.launches for one in reader.launched(launch)]):
            what = one.launch.what.removeprefix("the ")
            key = f" ({what})" if named and _is_plain(one.launch) else one.element.suffix
            parts = found.setdefault(key, [])
            if not parts or parts[-1][0] is not era:
                parts.append((era, []))
            parts[-1][1].append(one)
    for suffix, parts in found.items():
        yield reader.joined(suffix, parts)


def _deciding_launches(launches: list[_Launched]) -> list[_Launched]:
    """Without those that are left to something outside of the module while another one of it is launched instead."""
    here = [one for one in launches if one.sent.entry.undecided != _ELSEWHERE or not _is_plain(one.launch)]
    return here or launches[:1]


def _admitted(call: ModuleCall) -> tuple[Era, ...]:
    """The eras that the constraint admits, but those in which Terraform would refuse what is written."""
    eras = versions.admitted(call.asked.constraint, call.row.eras)
    admitted = () if isinstance(eras, versions.Malformed) else eras
    known = {name for era in call.row.eras for name in _deciding(era)}
    written = {name for name in known if call.block.body.attribute(name) is not None}
    possible = tuple(era for era in admitted if written <= _deciding(era) and not _is_too_early(call, era))
    return possible or admitted


def _deciding(era: Era) -> set[str]:
    """The arguments of an era that decide, and that no other purpose explains."""
    controls = [launch.control for launch in era.launches if launch.control and "*" not in launch.control.path]
    return {name for control in controls for name in control.path[:1] or [key.key for key in control.keys]}


def _is_too_early(call: ModuleCall, era: Era) -> bool:
    arrived = [since for name, since in call.row.arrivals if call.block.body.attribute(name) is not None]
    return any(versions.is_before(era.since, since) for since in arrived)


def _is_plain(launch: Launch) -> bool:
    return launch.control is None or "*" not in launch.control.path


def _are_told_apart(eras: Sequence[Era]) -> bool:
    """Whether a call launches several things, the same ones in every release that it admits."""
    kinds = {tuple(launch.what for launch in era.launches if _is_plain(launch)) for era in eras}
    return len(kinds) == 1 and len(kinds.pop()) > 1


class _Element(NamedTuple):
    """Where arguments of one launch stand: the call itself, or an element of a group; ``rest`` leads to its options.

    ``within`` is where what is missing would be written. ``keys`` lead from the call to the element.
    """

    suffix: str
    arguments: Arguments
    place: Place
    rest: tuple[str, ...]
    within: Span | None
    keys: tuple[str | int, ...] = ()


class _Launched(NamedTuple):
    """One launch of one era: what it sends, and what the call writes about it."""

    element: _Element
    launch: Launch
    sent: Resource
    written: Resource


class _CallReader:
    """Reads one instance of a call by the launches of an era."""

    def __init__(self, call: ModuleCall, instance: Instance) -> None:
        self._call = call
        self._scope = call.scope
        self._instance = instance
        self._arguments = Arguments(call.scope, instance)
        self._top = self._arguments.top(call.block)

    def joined(self, suffix: str, parts: list[tuple[Era, list[_Launched]]]) -> Resource:
        """One resource of what is launched at one address in each era; what the newest one takes is what is written."""
        call = self._call
        bounds = {era.since: after.since for era, after in zip(call.row.eras, call.row.eras[1:], strict=False)}
        told = [Variant(e.since, bounds.get(e.since, ""), tuple(one.sent for one in found)) for e, found in parts]
        newest, found = parts[-1]
        one = next((one for one in found if one.launch.control and one.launch.control.keys), found[0])
        entry = one.written.entry
        if entry.control is None and not entry.unfixable:
            entry = entry._replace(unfixable=_advice(call.row, newest))
        return replace(
            one.written,
            entry=entry,
            address=f"{one.written.address}{suffix}",
            references=_distinct(r for variant in told for sent in variant.launches for r in sent.references),
            releases=Releases(call.row.title, call.asked.of(call.row.title), call.asked.admitting, tuple(told)),
        )

    def launched(self, launch: Launch) -> Iterator[_Launched]:
        """What a launch of an era comes to: nothing, once, or for each element of its group."""
        path = launch.control.path if launch.control else ()
        for element in self._elements(path) if "*" in path else (self._itself(path),):
            switches = Switches(element.arguments, self._top, element.place)
            off = [switches.state(switch) for switch in launch.switches if switch.effect is Effect.NOTHING_LAUNCHED]
            if True not in off:
                yield self._read(launch, element, switches, certain=None not in off)

    def _itself(self, path: tuple[str, ...]) -> _Element:
        return _Element("", self._arguments, self._top, path, None)

    def _elements(self, path: tuple[str, ...]) -> Iterator[_Element]:
        """The elements of a group, by the keys of a map or the numbers of a list."""
        group, attribute = path[0], self._call.block.body.attribute(path[0])
        value = self._arguments.at(self._top, group)
        if attribute is None or isinstance(value, Absent):
            return
        written, listed = attribute.read(), _is_list(value)
        for one in Expansion(_by_key(value), counted=False).instances():
            key = f"[{one.key}]" if listed and one.suffix else one.suffix
            arguments = Arguments(self._scope, _both(self._instance, one))
            head, inner = attribute.name_span, None
            if isinstance(written, Object) and (found := written_key(written, one.key)) is not None:
                head, inner = found
            elif isinstance(written, Tuple) and one.key.isdigit() and len(written.items) > int(one.key):
                inner = written.items[int(one.key)]
                head = inner.span
            here = Origin(head, "here")
            place = Place(head, Known(True, (here,)), value=_element(one), written=inner)
            keys = (group, int(one.key) if listed and one.key.isdigit() else one.key)
            yield _Element(f".{group}{key}", arguments, place, path[path.index("*") + 1 :], head, keys)

    def _read(self, launch: Launch, element: _Element, switches: Switches, *, certain: bool) -> _Launched:
        base = self._base(launch, element, certain=certain)
        control = launch.control if launch.control and launch.control.keys else None
        container, written = self._written(launch, control, element) if control else (ABSENT, {})
        effects = {switches.state(s): s for s in launch.switches if s.effect is not Effect.NOTHING_LAUNCHED}
        inert = effects.get(True)
        entry = self._entry(launch, control, written)
        if inert is not None and inert.effect is Effect.INERT:
            why = f"{inert.path[-1]} = {inert.value} keeps the module from sending its options"
            entry = entry._replace(control=None, unfixable=why)
        elif inert is not None:
            entry = entry._replace(unfixable="a launch template from outside of the module decides: set it there")
        own = replace(base, entry=entry, container=container, options=written)
        return _Launched(element, launch, self._sent(launch, control, element, base, effects), own)

    def _sent(
        self,
        launch: Launch,
        control: Control | None,
        element: _Element,
        base: Resource,
        effects: Mapping[bool | None, Switch],
    ) -> Resource:
        """What reaches EC2, as a resource of its own."""
        entry = self._entry(launch, None, {})._replace(control=Control((), EC2_KEYS), unfixable="")
        effect = effects[True].effect if True in effects else None
        if effect is Effect.TEMPLATE_ELSEWHERE:
            return self._elsewhere(element, base, entry)
        if None in effects:
            return replace(base, entry=entry._replace(undecided=f"what {effects[None].path[-1]} is, is not known"))
        if effect is Effect.INERT:
            return replace(base, entry=entry, container=Known(True), options={})
        if control is None:
            options = {key.option: _spelt(launch.silence, key) for key in EC2_KEYS}
            return replace(base, entry=entry, container=Known(True), options=options)
        entry = entry._replace(control=Control((), control.keys))
        options = self._reaching(launch, control, element)
        return replace(base, entry=entry, container=Known(True), options=options)

    def _elsewhere(self, element: _Element, base: Resource, entry: Entry) -> Resource:
        for name in _TEMPLATES:
            value = element.arguments.at(element.place, name)
            if isinstance(value, Known) and isinstance(value.content, tuple) and len(value.content) == 1:
                value = value.content[0]
            if not isinstance(value, Absent) and known_text(value) != "":
                named = Reference(value, ABSENT, element.place.span(name))
                return replace(base, entry=entry, container=ABSENT, options={}, references=(named,))
        return replace(base, entry=entry._replace(undecided=_ELSEWHERE))

    def _base(self, launch: Launch, element: _Element, *, certain: bool) -> Resource:
        scope, block = self._scope, self._call.block
        instance = element.arguments.instance
        address = f"{scope.address}module.{block.labels[0]}{self._instance.suffix}"
        provider = scope.handed(block.body, "aws") or f"{address}.aws"
        return Resource(
            entry=self._entry(launch, None, {}),
            address=address,
            head=element.within or block.head,
            body=block.span,
            calls=scope.calls,
            leading=scope.leading,
            deciding=scope.deciding,
            scope=f"{provider}|",
            boot=tuple(self._boot(launch, element)),
            certain=certain and instance.certain and scope.certain,
            within=element.within,
            downloaded=scope.downloaded,
        )

    def _boot(self, launch: Launch, element: _Element) -> Iterator[Script | Unseen]:
        from iac_imds_lint.terraform import module_scripts

        defaults = tuple(default.path[:1] for default in launch.defaults) if element.keys else ()
        yield from module_scripts.scripts(
            self._call.row.title, self._call.block, element.arguments, element.keys, defaults
        )

    def _entry(self, launch: Launch, control: Control | None, written: Mapping[Option, Value]) -> Entry:
        row = self._call.row
        if control is not None:
            path = control.path
            rest = path[path.index("*") + 1 :] if "*" in path else path
            control = Control(rest, tuple(_needed(launch, key, written) for key in control.keys))
        disruption = "" if launch.changes_in_place else _RECYCLED
        entry = Entry(Dialect.TERRAFORM, row.title, Role.MODULE, control, row.read_at, row.docs)
        return entry._replace(nested="attribute", disruption=disruption)

    def _written(self, launch: Launch, control: Control, element: _Element) -> tuple[Value, dict[Option, Value]]:
        """What the call writes of the options, in the element or in the defaults of its group."""
        if launch.flat:
            exists: Value = Known(True, element.place.exists.origins if element.within else ())
            options = {key.option: self._flat(launch, control, element, key.key) for key in control.keys}
        else:
            held, head = self._object(launch, control, element)
            exists = _existing(held, head)
            options = {key.option: distributed([held], partial(_own, key.key)) for key in control.keys}
        return exists, {option: value for option, value in options.items() if value != ABSENT}

    def _reaching(self, launch: Launch, control: Control, element: _Element) -> dict[Option, Value]:
        """What reaches EC2 of each option."""
        if launch.flat:
            return {
                key.option: distributed([self._flat(launch, control, element, key.key)], partial(_of_flat, launch, key))
                for key in control.keys
            }
        held, _ = self._object(launch, control, element)
        return {key.option: distributed([held], partial(_of_object, launch, key)) for key in control.keys}

    def _flat(self, launch: Launch, control: Control, element: _Element, key: str) -> Value:
        """An argument or member of its own, else what the defaults of the call say of it."""
        places = [(element.place, element.rest), *((self._top, default.path) for default in launch.defaults)]
        found = (self._walked(element.arguments, place, path) for place, path in places)
        values = [element.arguments.at(place, key) for place in found if place is not None]
        return distributed(values, _first) if values else ABSENT

    def _object(self, launch: Launch, control: Control, element: _Element) -> tuple[Value, Span]:
        """The object that holds the options, and where it is written: in the element, else in the defaults."""
        places = [(element.place, element.rest), *((self._top, default.path) for default in launch.defaults)]
        found: list[tuple[Value, Span]] = []
        for place, path in places:
            around = self._walked(element.arguments, place, path[:-1])
            if around is not None:
                found.append((element.arguments.at(around, path[-1]), around.name_span(path[-1])))
        if not found:
            return ABSENT, element.place.head
        head = next((head for value, head in found if value != ABSENT), found[0][1])
        return distributed([value for value, _ in found], _first), head

    def _walked(self, arguments: Arguments, place: Place, path: Sequence[str]) -> Place | None:
        """Where a path of objects leads, or None where it ends before."""
        found: Place | None = place
        for name in path:
            found = arguments.inside(found, name) if found is not None else None
        return found


def _distinct(references: Iterable[Reference]) -> tuple[Reference, ...]:
    """Each once; what one holds may have no hash."""
    found: list[Reference] = []
    for reference in references:
        found += [] if reference in found else [reference]
    return tuple(found)


def _needed(launch: Launch, key: OptionKey, written: Mapping[Option, Value]) -> OptionKey:
    """The key as a repair has to write it.

    An argument of its own for the endpoint stays unwritten where the module turns IMDS on by itself. An object that
    Terraform wants with all its members gets the module's own hop limit, too.
    """
    if launch.flat and key.option is Option.ENDPOINT and launch.silence.endpoint == "enabled":
        return key._replace(secure="")
    whole = not launch.flat and launch.partial is None
    if whole and key.option is Option.HOP_LIMIT and key.option not in written and launch.silence.hop_limit:
        return key._replace(secure=str(launch.silence.hop_limit))
    return key


def _spelt(sent: Sent, key: OptionKey) -> Value:
    """What a module sends of an option by itself, in the words of its arguments."""
    match key.option:
        case Option.TOKENS if sent.tokens:
            others = [value for value in key.allowed if value != key.secure] if isinstance(key.allowed, tuple) else []
            return Known(key.secure if sent.tokens == "required" else others[0])
        case Option.ENDPOINT if sent.endpoint:
            return Known(key.secure)
        case Option.HOP_LIMIT if sent.hop_limit:
            return Known(sent.hop_limit)
        case _:
            return ABSENT


def _or_refused(sent: Sent | None, key: OptionKey, refused: str) -> Value:
    return Unknown(f"Terraform refuses {refused}") if sent is None else _spelt(sent, key)


def _of_flat(launch: Launch, key: OptionKey, values: Sequence[Value]) -> Value:
    """What reaches EC2 of an argument of its own, not divided."""
    match values[0]:
        case Absent(()):
            return _spelt(launch.silence, key)
        case Absent(origins):
            return _led(_or_refused(launch.null, key, f"null for {key.key}"), origins)
        case value:
            return value


def _of_object(launch: Launch, key: OptionKey, values: Sequence[Value]) -> Value:
    """What reaches EC2 of a member of an object that is not divided."""
    name = launch.control.path[-1] if launch.control else ""
    match values[0]:
        case Absent(()):
            return _spelt(launch.silence, key)
        case Absent(origins):
            return _led(_or_refused(launch.null, key, f"null for {name}"), origins)
        case Known(Mapping() as members, origins) if not members and not isinstance(members, Partly):
            return _led(_or_refused(launch.empty, key, f"an empty {name}"), origins)
        case Known(Mapping()) as value:
            return distributed([without_null(member_of(value, key.key))], partial(_of_member, launch, key))
        case Unknown() as value:
            return value
        case value:
            return Unknown(f"{name} is no object", value.origins)


def _of_member(launch: Launch, key: OptionKey, values: Sequence[Value]) -> Value:
    match values[0]:
        case Absent(()):
            return _or_refused(launch.partial, key, f"an object without {key.key}")
        case Absent(origins):
            return _led(_or_refused(launch.member_null, key, f"null for {key.key}"), origins)
        case value:
            return value


def _led(value: Value, origins: tuple[Origin, ...]) -> Value:
    """A value that the module makes of what the call writes: no literal there is the value."""
    return value._replace(origins=tuple(origin._replace(literal=False) for origin in origins))


def _own(name: str, values: Sequence[Value]) -> Value:
    return without_null(member_of(values[0], name)) if isinstance(values[0], Known) else ABSENT


def _first(values: Sequence[Value]) -> Value:
    """The first value that is written; none of them is divided."""
    return next((value for value in values if value != ABSENT), ABSENT)


def _existing(value: Value, head: Span) -> Value:
    """Whether an object is written, and where."""
    here = Origin(head, "here")
    match value:
        case Known(Mapping(), origins):
            return Known(True, (here, *origins))
        case Known(_, origins):
            return Unknown("it is no object", (here, *origins))
        case Branches(condition, choices, origins):
            return Branches(condition, tuple((label, _existing(choice, head)) for label, choice in choices), origins)
        case Absent() | Unknown():
            return value


def _is_list(value: Value) -> bool:
    match value:
        case Known(tuple()):
            return True
        case Branches(_, choices):
            return any(_is_list(choice) for _, choice in choices)
        case _:
            return False


def _by_key(value: Value) -> Value:
    """A group as a map: a list by its numbers, nothing as none."""
    match value:
        case Absent() | Known(None):
            return Known({})
        case Known(tuple() as items, origins):
            return Known({str(number): item for number, item in enumerate(items)}, origins)
        case Branches(condition, choices, origins):
            return Branches(condition, tuple((label, _by_key(choice)) for label, choice in choices), origins)
        case _:
            return value


def _element(instance: Instance) -> Value:
    each = instance.bindings["each"]
    return each.content["value"] if isinstance(each, Known) and isinstance(each.content, Mapping) else ABSENT


def _both(call: Instance, element: Instance) -> Instance:
    """The instance of the call with what is assumed of an element of a group in it."""
    certain = call.certain and element.certain
    return call._replace(certain=certain, assumptions=(*call.assumptions, *element.assumptions))


def _advice(row: ModuleRow, era: Era) -> str:
    """What helps where no argument of a release decides."""
    later = row.eras[row.eras.index(era) + 1 :]
    required = next(
        (e.since for e in later if e.launches and all(one.silence.tokens == "required" for one in e.launches)), ""
    )
    takes = next((e.since for e in later if any(one.control and one.control.keys for one in e.launches)), "")
    helps = [f"{takes} or later, which takes an argument for it"] if takes else []
    helps += [f"{required} or later, which requires tokens"] if required else []
    if helps:
        return f"this version of the module has no argument for it: raise the version to {', or to '.join(helps)}"
    return "no version of the module has an argument for it: set it in a fork, or in a launch template of your own"
