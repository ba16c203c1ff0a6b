"""Terraform's resource blocks as the model has them, one resource for each instance."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from iac_imds_lint.bootscript import reads_imds
from iac_imds_lint.catalog import Entry, Option, OptionKey, Role, TemplateKeys
from iac_imds_lint.model import Exposure, Reference, Resource
from iac_imds_lint.source import Span
from iac_imds_lint.terraform import providers
from iac_imds_lint.terraform.expansion import Instance
from iac_imds_lint.terraform.places import Arguments, Place, held, member, written_member
from iac_imds_lint.terraform.scope import Scope
from iac_imds_lint.terraform.steps import spread
from iac_imds_lint.terraform.syntax import Block
from iac_imds_lint.value import (
    ABSENT,
    Absent,
    Branches,
    Known,
    Origin,
    Unknown,
    Value,
    known_text,
)

# What tells instances of one block apart.
_INSTANCE = re.compile(r"\b(?:each|count)\s*\.")
_SCRIPTS = ("user_data", "user_data_base64")


def instances_of(entry: Entry, block: Block, scope: Scope) -> Iterator[Resource]:
    """The resources that a block of the catalog's type expands to, each with its options evaluated."""
    alike: Resource | None = None
    differ = _INSTANCE.search(scope.module.text(block.span)) is not None
    for instance in scope.expansion(block).instances():
        if alike is None or differ or instance.assumptions:
            alike = _ResourceReader(entry, block, scope, instance).read()
        yield replace(
            alike,
            address=scope.address + ".".join(block.labels) + instance.suffix,
            certain=instance.certain and scope.certain,
        )


class _ResourceReader:
    """Reads one resource block by its catalog row."""

    def __init__(self, entry: Entry, block: Block, scope: Scope, instance: Instance) -> None:
        self._entry = entry
        self._block = block
        self._scope = scope
        self._arguments = Arguments(scope, instance)

    def read(self) -> Resource:
        """The resource with its options evaluated."""
        entry, block, scope = self._entry, self._block, self._scope
        container, options = self._options()
        return Resource(
            entry=entry,
            address=scope.address + ".".join(block.labels),
            head=block.head,
            body=block.span,
            container=container,
            options=options,
            references=tuple(self._references()),
            inline=self._inline(),
            name=self._value(entry.name_key),
            image=self._value(entry.image_key),
            calls=scope.calls,
            scope=self._provider(),
            reads_imds=reads_imds(scope.module.text(block.span)) or any(map(reads_imds, self._scripts())),
            ignores_changes=self._ignores_changes(),
            renews=bool(entry.renewal) and (not entry.renewal_key or bool(self._places(entry.renewal_key))),
            facts={fact: self._value(path) for fact, path in entry.facts},
            exposures=self._exposures(container, options),
            downloaded=scope.downloaded,
        )

    def _exposures(self, container: Value, options: Mapping[Option, Value]) -> tuple[Exposure, ...]:
        """The provider's defects. They bear on options without an endpoint: for others nothing is looked up."""
        if not self._entry.defects or isinstance(container, Absent):
            return ()
        endpoint = options.get(Option.ENDPOINT, ABSENT)
        return providers.exposures(self._entry, self._scope) if isinstance(endpoint, Absent) else ()

    def _scripts(self) -> Iterator[str]:
        for name in _SCRIPTS:
            attribute = self._block.body.attribute(name)
            if attribute is not None:
                yield from self._scope.module.texts(attribute.span)

    def _ignores_changes(self) -> bool:
        """Whether ``lifecycle`` ignores changes of all arguments, or of the options' container."""
        lists = (block.body.attribute("ignore_changes") for block in self._block.body.blocks("lifecycle"))
        texts = [self._scope.module.text(found.span).partition("=")[2].strip() for found in lists if found]
        path = self._entry.control.path if self._entry.control else ()
        return any(text == "all" or (path and re.search(rf"\b{path[0]}\b", text)) for text in texts)

    def _provider(self) -> str:
        found = (self._block.body.attribute(name) for name in ("provider", "region"))
        texts = (self._scope.module.text(attribute.span) if attribute else "" for attribute in found)
        return "|".join((self._scope.provider_prefix(), *("".join(text.split()) for text in texts)))

    def _options(self) -> tuple[Value, dict[Option, Value]]:
        control = self._entry.control
        if control is None:
            return ABSENT, {}
        places = self._places(control.path)
        if "*" in control.path:
            return self._several(places, control.key(Option.TOKENS))
        if not places:
            return ABSENT, {}
        if len(places) > 1:
            return _one_too_many(places), {}
        return self._options_at(places[0])

    def _options_at(self, place: Place) -> tuple[Value, dict[Option, Value]]:
        keys = self._entry.control.keys if self._entry.control else ()
        options = {key.option: self._arguments.at(place, key.key) for key in keys}
        return place.exists, {option: value for option, value in options.items() if not _unwritten(value)}

    def _several(self, places: list[Place], tokens: OptionKey | None) -> tuple[Value, dict[Option, Value]]:
        """Of several containers, each of which launches, the most open one; launch specifications have no options."""
        if not places:
            return ABSENT, {}
        if self._entry.role is Role.SPOT_FLEET or tokens is None:
            return places[0].exists, {}
        return max(map(self._options_at, places), key=lambda one: _openness(one[0], one[1], tokens.secure))

    def _inline(self) -> Value:
        places = self._places(self._entry.inline) if self._entry.inline else []
        return places[0].exists if places else ABSENT

    def _value(self, path: tuple[str, ...]) -> Value:
        if not path:
            return ABSENT
        for place in self._places(path[:-1]):
            return self._arguments.at(place, path[-1])
        return ABSENT

    def _references(self) -> Iterator[Reference]:
        for keys in self._entry.templates:
            for place in self._places(keys.path):
                yield from self._reference(keys, place)

    def _reference(self, keys: TemplateKeys, place: Place) -> Iterator[Reference]:
        for key in filter(None, (keys.id, keys.name)):
            value = self._arguments.at(place, key)
            if not isinstance(value, Absent):
                version = self._arguments.at(place, keys.version) if keys.version else ABSENT
                yield Reference(value, version, place.span(key))
                return

    def _places(self, path: tuple[str, ...]) -> list[Place]:
        """Where a path of nested blocks, or of attributes that hold objects, leads. ``*`` passes a list's elements."""
        places = [self._arguments.top(self._block)]
        for name in path:
            if name != "*":
                places = [inner for place in places for inner in self._inside(place, name)]
        return places

    def _inside(self, place: Place, name: str) -> Iterator[Place]:
        if place.body is None:
            found = written_member(place.written, name)
            yield from held(member(place, name), found[1] if found else None, place.span(name))
            return
        blocks = place.body.blocks(name)
        for block in blocks:
            yield from self._generated(block, place) if block.dynamic else (self._static(block, place),)
        if not blocks and (attribute := place.body.attribute(name)) is not None:
            yield from held(self._arguments.evaluated(attribute, place), attribute.read(), attribute.name_span)

    def _static(self, block: Block, place: Place) -> Place:
        return Place(block.head, _both(place.exists, block.head), block.body, place.bindings)

    def _generated(self, block: Block, place: Place) -> Iterator[Place]:
        """What a dynamic block generates: its content once for each element, if the elements are known."""
        contents = block.body.blocks("content")
        each = block.body.attribute("for_each")
        if not contents or each is None:
            return
        elements = self._arguments.evaluated(each, place)
        iterator = _iterator_name(block)
        for exists, bound in _iterations(elements, block):
            bindings = {**place.bindings, iterator: bound}
            yield Place(block.head, exists, contents[0].body, bindings)


def _iterator_name(block: Block) -> str:
    attribute = block.body.attribute("iterator")
    named = attribute.read() if attribute else None
    return getattr(named, "root", None) or str(getattr(named, "content", None) or block.type)


def _iterations(elements: Value, block: Block) -> Iterator[tuple[Value, Value]]:
    """For each generated block: whether it exists, and what its iterator is bound to."""
    head = Origin(block.head, "here")
    if isinstance(elements, Branches):
        yield from _conditional_iterations(elements.condition, elements.choices, block)
        return
    found = spread(elements)
    if isinstance(found, Unknown):
        why = f"what its dynamic block iterates over is not known: {found.reason}"
        yield Unknown(why, (head, *found.origins)), Unknown(found.reason, found.origins)
        return
    for key, item in found:
        yield Known(True, (head,)), Known({"key": key, "value": item})


def _conditional_iterations(
    condition: str, choices: tuple[tuple[str, Value], ...], block: Block
) -> Iterator[tuple[Value, Value]]:
    """``for_each = cond ? [1] : []``: at most one block, that exists in some of the branches."""
    head = Origin(block.head, "here")
    generated = [(label, list(_iterations(choice, block))) for label, choice in choices]
    if any(len(inner) > 1 for _, inner in generated):
        yield Unknown(f"how many blocks there are depends on {condition}", (head,)), Unknown("it is not known")
        return
    exists = tuple((label, inner[0][0] if inner else ABSENT) for label, inner in generated)
    bound = tuple((label, inner[0][1] if inner else ABSENT) for label, inner in generated)
    if any(not isinstance(value, Absent) for _, value in exists):
        yield Branches(condition, exists, (head,)), Branches(condition, bound, (head,))


def _both(outer: Value, head: Span) -> Value:
    """The existence of a static block: that of what it stands in, seen at its own head."""
    return Known(True, (Origin(head, "here"),)) if isinstance(outer, Known) else outer


def _openness(container: Value, options: Mapping[Option, Value], secure: str) -> int:
    """How open a launch with these options is, from 0 for one that requires tokens."""
    tokens = options.get(Option.TOKENS, ABSENT)
    if isinstance(container, Unknown | Branches) or isinstance(tokens, Unknown | Branches):
        return 1
    return 0 if known_text(tokens) == secure else 2


def _one_too_many(places: list[Place]) -> Value:
    """Several containers: which of them are generated may be undecided, else Terraform refuses them."""
    for place in places:
        match place.exists:
            case Unknown():
                return place.exists
            case Branches(condition, _, origins):
                return Unknown(f"which of its blocks is generated depends on {condition}", origins)
            case Known() | Absent():
                continue
    return Unknown("its options are written more than once", _origins_of(places[0]))


def _unwritten(value: Value) -> bool:
    return isinstance(value, Absent) and not value.origins


def _origins_of(place: Place) -> tuple[Origin, ...]:
    return (Origin(place.head, "here"),)
