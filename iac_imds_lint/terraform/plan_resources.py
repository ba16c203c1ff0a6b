"""Resources of a plan as the model has them: what will exist after apply, with the values that it will have.

What the configuration leaves to the service is computed in a plan, so "known after apply" is only taken for unknown
where the configuration says something. What exists already and is not replaced has the values that the API answered: an
option is in force there whoever set it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

from iac_imds_lint.catalog import Control, Dialect, Entry, Option, Role, TemplateKeys, entries
from iac_imds_lint.catalog.schema import Fact
from iac_imds_lint.model import Reference, Resource, openness
from iac_imds_lint.posture import World
from iac_imds_lint.script import Script, Unseen
from iac_imds_lint.source import Problem, SourceFile, Span
from iac_imds_lint.sources import Sources
from iac_imds_lint.terraform import plan as plans
from iac_imds_lint.terraform.plan import Plan, Planned, member
from iac_imds_lint.terraform.plan_references import References, Target
from iac_imds_lint.terraform.plan_source import Configuration, Declared
from iac_imds_lint.terraform.plan_values import AFTER_APPLY, Cell, Place, places
from iac_imds_lint.value import ABSENT, Absent, Handle, Known, Origin, Unknown, Value, known_text

_TEMPLATES = (Role.LAUNCH_TEMPLATE, Role.LAUNCH_CONFIGURATION)
_MOST_NAMED = 3
_NOWHERE = Span("", 0, 0)


class Loaded(NamedTuple):
    """What exists after apply, what could not be read, and the files of the configuration where it is placed."""

    world: World
    problems: tuple[Problem, ...]
    placed: frozenset[str]


def load(source: SourceFile, sources: Sources, directory: str | None) -> Loaded | Problem | None:
    """What a plan says; None where the file holds none. Placed in the configuration, if its ``directory`` is given."""
    plan = plans.read(source)
    if not isinstance(plan, Plan):
        return plan
    reader = _Reader(plan, Configuration(plan, sources, directory) if directory is not None else None)
    resources = [reader.read(resource) for resource in plan.resources]
    placed = frozenset(resource.head.path for resource in resources) - {source.path}
    return Loaded(World(resources), tuple(plan.problems), placed)


class _Reader:
    """Reads the resources of one plan by their catalog rows."""

    def __init__(self, plan: Plan, configuration: Configuration | None) -> None:
        self._plan = plan
        self._configuration = configuration
        self._catalog = entries(Dialect.TERRAFORM)
        self._references = References(plan)
        self._heads: dict[str, Span] = {}

    def read(self, planned: Planned) -> Resource:
        """One resource. Instances of one block that are the same stand where the first of them does."""
        declared = self._configuration.declared(planned) if self._configuration else None
        if declared is not None:
            return self._resource(planned, declared)
        place = self._plan.place(planned.address)
        nowhere = self._resource(planned, Declared(_NOWHERE, _NOWHERE))
        names = tuple(step.name for step in planned.steps)
        alike = (names, planned.named, nowhere.container, nowhere.options, nowhere.references, nowhere.inline)
        if planned.key or any(step.key for step in planned.steps):
            place = self._heads.setdefault(repr((alike, nowhere.scope, nowhere.image)), place)
        return self._resource(planned, Declared(place, place))

    def _resource(self, planned: Planned, place: Declared) -> Resource:
        entry = self._catalog[planned.type]
        configured = self._plan.configured(planned)
        expressions = member(configured, "expressions")
        top = Cell(planned.after, planned.unknown, planned.sensitive, expressions, bool(configured))
        return _ResourceReader(planned, entry, top, place, self).read(self._scope(planned))

    def _scope(self, planned: Planned) -> str:
        """The provider configuration, and the Region where a resource names one (provider v6).

        Where the plan does not say which it is, every resource is alone in its scope: no account default is guessed.
        """
        provider = self._plan.configured(planned).get("provider_config_key")
        region = known_text(Cell(planned.after, {}, {}, None).member("region").value(_NOWHERE))
        if not isinstance(provider, str):
            return f"{region or planned.address}"
        return f"{self._provider(provider)}|{region or ''}"

    def _provider(self, key: str) -> str:
        """The provider configuration that a key stands for.

        Terraform leaves open which one a module inherits from several levels above (hashicorp/terraform issue 30513):
        that is decided where there is only one.
        """
        if key in self._providers:
            return key
        name = key.rpartition(":")[2].partition(".")[0]
        named = [other for other, provider in self._providers.items() if provider == name]
        return named[0] if len(named) == 1 else key

    @cached_property
    def _providers(self) -> dict[str, str]:
        """The name of each provider that is configured; what a module inherits is listed too, without expressions."""
        listed = member(self._plan.root, "configuration", "provider_config")
        return {
            key: str(member(provider, "name"))
            for key, provider in (listed.items() if isinstance(listed, dict) else ())
            if member(provider, "module_address") is None or member(provider, "expressions") is not None
        }

    def referred(self, cell: Cell, key: str, planned: Planned, roles: tuple[Role, ...], head: Span) -> Value:
        """A value that names another resource: by an id that both have, or by what the expression refers to."""
        value = cell.value(head)
        match value:
            case Known(str() as text, origins) if text in self._by_id:
                address = self._by_id[text]
                return Unknown(f"it is the id of {address}", origins, Handle(address, "id"))
            case Unknown(_, origins):
                types = {type for type, entry in self._catalog.items() if entry.role in roles}
                targets = self._references.targets(cell.expression, planned, types)
                return _one_of(targets, key, origins)
            case _:
                return value

    @cached_property
    def _by_id(self) -> dict[str, str]:
        """The address of what already exists, by its id; not what only has a name of its own, as every launch
        configuration does.
        """
        found: dict[str, str] = {}
        for resource in self._plan.resources:
            number = member(resource.after, "id")
            role = self._catalog[resource.type].role
            if isinstance(number, str) and number and role in (Role.LAUNCH_TEMPLATE, Role.IMAGE):
                found[number] = resource.address
        return found


def _one_of(targets: list[Target], key: str, origins: tuple[Origin, ...]) -> Value:
    if len(targets) == 1:
        return Unknown(AFTER_APPLY, origins, Handle(targets[0].resource.address, targets[0].attribute or key))
    if not targets:
        return Unknown(AFTER_APPLY, origins)
    named = ", ".join(target.resource.address for target in targets[:_MOST_NAMED])
    more = f" and {len(targets) - _MOST_NAMED} more" if len(targets) > _MOST_NAMED else ""
    return Unknown(f"{AFTER_APPLY}: one of {named}{more}", origins)


class _ResourceReader:
    """Reads one resource by its catalog row."""

    def __init__(self, planned: Planned, entry: Entry, top: Cell, place: Declared, reader: _Reader) -> None:
        self._planned = planned
        self._entry = entry
        self._top = top
        self._place = place
        self._reader = reader

    def read(self, scope: str) -> Resource:
        """The resource, in the scope of a provider configuration."""
        entry, place = self._entry, self._place
        container, options = self._options()
        return Resource(
            entry=entry,
            address=self._planned.address,
            head=place.head,
            body=place.body,
            container=container,
            options=options,
            references=tuple(self._references()),
            inline=self._existence(entry.inline) if entry.inline else ABSENT,
            name=self._leaf(entry.name_key),
            image=self._image(),
            calls=place.calls,
            leading=place.leading,
            scope=scope,
            boot=tuple(self._boot()),
            renews=bool(entry.renewal) and (not entry.renewal_keys or any(map(self._places, entry.renewal_keys))),
            facts={fact: self._fact(fact, path) for fact, path in entry.facts},
        )

    def _boot(self) -> Iterator[Script | Unseen]:
        for path in self._entry.scripts:
            for place in self._places(path[:-1]):
                cell = place.cell.member(path[-1])
                if cell.after or cell.waits:
                    from iac_imds_lint.terraform import plan_scripts

                    yield from plan_scripts.scripts(cell, path[-1], self._place.head)

    def _places(self, path: tuple[str, ...]) -> list[Place]:
        return places(self._top, path, self._place.head)

    def _existence(self, path: tuple[str, ...]) -> Value:
        found = self._places(path)
        return found[0].exists if found else ABSENT

    def _options(self) -> tuple[Value, dict[Option, Value]]:
        control = self._entry.control
        if control is None:
            return ABSENT, {}
        # A plan has no expressions for what a dynamic block generates: it does not tell that from nothing.
        told = self._top.told and not any(map(self._place.generates, control.path[:1]))
        found = places(self._top._replace(told=told), control.path, self._place.head)
        if not found:
            return ABSENT, {}
        if self._entry.role is Role.SPOT_FLEET:
            return found[0].exists, {}
        key = control.key(Option.TOKENS)
        read = (self._options_at(place, control) for place in found)
        return max(read, key=lambda one: openness(one[0], one[1], key.secure if key else ""))

    def _options_at(self, place: Place, control: Control) -> tuple[Value, dict[Option, Value]]:
        options = {key.option: self._option(place.cell, key.option, key.key) for key in control.keys}
        return place.exists, {option: value for option, value in options.items() if not isinstance(value, Absent)}

    def _option(self, cell: Cell, option: Option, key: str) -> Value:
        """An option's value. Where the plan does not say whether it is set, tokens are unknown, and others are not set:
        both lead to a finding rather than to none.
        """
        found = cell.member(key)
        value = found.value(self._place.head)
        untold = found.waits and found.expression is None
        return ABSENT if untold and option is not Option.TOKENS else value

    def _leaf(self, path: tuple[str, ...]) -> Value:
        for place in self._places(path[:-1]) if path else ():
            return place.cell.member(path[-1]).value(self._place.head)
        return ABSENT

    def _fact(self, fact: Fact, path: tuple[str, ...]) -> Value:
        """What a fact's path holds. Each template has a default version: only one that is written pins it."""
        found = self._places(path[:-1])
        cell = found[0].cell.member(path[-1]) if found else None
        if cell is None or (fact is Fact.DEFAULT_VERSION and cell.told and cell.expression is None):
            return ABSENT
        return cell.value(self._place.head)

    def _image(self) -> Value:
        path = self._entry.image_key
        for place in self._places(path[:-1]) if path else ():
            return self._referred(place.cell, path[-1], (Role.IMAGE,))
        return ABSENT

    def _referred(self, cell: Cell, key: str, roles: tuple[Role, ...]) -> Value:
        return self._reader.referred(cell.member(key), key, self._planned, roles, self._place.head)

    def _references(self) -> Iterator[Reference]:
        for keys in self._entry.templates:
            for place in self._places(keys.path):
                yield from self._reference(keys, place)

    def _reference(self, keys: TemplateKeys, place: Place) -> Iterator[Reference]:
        for key in filter(None, (keys.id, keys.name)):
            value = self._referred(place.cell, key, _TEMPLATES)
            if not isinstance(value, Absent):
                version = self._referred(place.cell, keys.version, _TEMPLATES) if keys.version else ABSENT
                yield Reference(value, version, self._place.head)
                return
