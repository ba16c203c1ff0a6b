"""Terraform's resource blocks as the model has them, one resource for each instance."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TypeAlias

from iac_imds_lint.catalog import Control, Entry, Fact, Listed, Option, OptionKey, Role, TemplateKeys
from iac_imds_lint.model import Exposure, Generator, Reference, Resource, openness
from iac_imds_lint.script import Script, Unseen
from iac_imds_lint.settings import Setting, as_documented, chosen
from iac_imds_lint.source import Span
from iac_imds_lint.statements import Document
from iac_imds_lint.terraform import boot
from iac_imds_lint.terraform.expansion import Assumption, Instance
from iac_imds_lint.terraform.places import Arguments, Place, held, member, written_member
from iac_imds_lint.terraform.scope import Scope, dotted
from iac_imds_lint.terraform.steps import spread
from iac_imds_lint.terraform.syntax import Attribute, Block
from iac_imds_lint.value import (
    ABSENT,
    Absent,
    Branches,
    Known,
    Origin,
    Unknown,
    Value,
    assumed,
    known_text,
)

# Whether the container of the options is there, and the options in it.
_Options: TypeAlias = "tuple[Value, dict[Option, Value]]"


def instances_of(entry: Entry, block: Block, scope: Scope) -> Iterator[Resource]:
    """The resources that a block of the catalog's type expands to, each with its options evaluated.

    Instances that exist under the same conditions are read once, unless what tells them apart was asked for.
    """
    alike: dict[tuple[Assumption, ...], Resource] = {}
    expansion = scope.expansion(block)
    deciding = (*scope.deciding, *expansion.deciding)
    for instance in expansion.instances():
        read = alike.get(instance.assumptions)
        if read is None:
            scope.budget.told_apart = False
            read = _ResourceReader(entry, block, scope, instance).read()
            if not scope.budget.told_apart:
                alike[instance.assumptions] = read
        yield replace(
            read,
            address=scope.address + _name(block) + instance.suffix,
            certain=instance.certain and scope.certain,
            deciding=deciding,
        )


def _name(block: Block) -> str:
    """What the block is called in its module."""
    return ".".join(block.labels if block.type == "resource" else (block.type, *block.labels))


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
            address=scope.address + _name(block),
            head=block.head,
            body=block.span,
            container=container,
            options=options,
            references=tuple(self._references()),
            inline=self._inline(),
            name=self._value(entry.name_key),
            image=self._value(entry.image_key),
            calls=scope.calls,
            leading=scope.leading,
            scope=self._provider(),
            boot=tuple(self._boot()),
            ignores_changes=self._ignores_changes(),
            renews=bool(entry.renewal) and (not entry.renewal_keys or any(map(self._places, entry.renewal_keys))),
            facts=self._facts(),
            exposures=self._exposures(container, options),
            downloaded=scope.downloaded,
            generator=self._generator() if isinstance(container, Absent) else None,
            policies=tuple(self._policies()) if entry.policies else (),
        )

    def _policies(self) -> Iterator[tuple[Document, ...]]:
        from iac_imds_lint.terraform import policies

        if self._block.type == "data":
            top = self._arguments.top(self._block)
            yield (policies.by_blocks(self._arguments, top, self._places(("statement",)), self._inside),)
            return
        for path in self._entry.policies:
            for place in self._places(path[:-1]):
                yield policies.held(self._arguments, place, path[-1])

    def _generator(self) -> Generator | None:
        """The dynamic block that would generate the options' container, and does not."""
        control = self._entry.control
        if control is None or len(control.path) != 1:
            return None
        block = next((one for one in self._block.body.blocks(control.path[0]) if one.dynamic), None)
        if block is None:
            return None
        from iac_imds_lint.terraform.generated import generator

        return generator(block, control, self._arguments, self._arguments.top(self._block))

    def _facts(self) -> dict[Fact, Value]:
        found: dict[Fact, Value] = {}
        for fact, path in self._entry.facts:
            if isinstance(found.get(fact, ABSENT), Absent):
                found[fact] = self._value(path)
        return found

    def _exposures(self, container: Value, options: Mapping[Option, Value]) -> tuple[Exposure, ...]:
        """The provider's defects. They bear on options without an endpoint: for others nothing is looked up."""
        if not self._entry.defects or isinstance(container, Absent):
            return ()
        if not isinstance(options.get(Option.ENDPOINT, ABSENT), Absent):
            return ()
        from iac_imds_lint.terraform import providers

        return providers.exposures(self._entry, self._scope)

    def _boot(self) -> Iterator[Script | Unseen]:
        for path in self._entry.scripts:
            for place in self._places(path[:-1]):
                yield from boot.scripts(self._arguments, place, path[-1], self._block)

    def _ignores_changes(self) -> bool:
        """Whether ``lifecycle`` ignores changes of all arguments, or of the options' container."""
        lists = (block.body.attribute("ignore_changes") for block in self._block.body.blocks("lifecycle"))
        texts = [self._scope.module.text(found.span).partition("=")[2].strip() for found in lists if found]
        path = self._entry.control.path if self._entry.control else ()
        return any(text == "all" or (path and re.search(rf"\b{path[0]}\b", text)) for text in texts)

    def _provider(self) -> str:
        """The provider configuration and the Region that the resource is in, as one word."""
        provider, region = (self._block.body.attribute(name) for name in ("provider", "region"))
        name = self._entry.type.partition("_")[0] if provider is None else dotted(provider.read())
        configured = self._scope.provider(name)
        if region is None:
            return f"{configured}|"
        place = known_text(self._arguments.evaluated(region, self._arguments.top(self._block))) or self._text(region)
        return f"{configured}|{'' if place == self._scope.region_of(configured) else place}"

    def _text(self, attribute: Attribute) -> str:
        return self._scope.address + "".join(self._scope.module.text(attribute.span).split())

    def _options(self) -> _Options:
        control = self._entry.control
        if control is None:
            return ABSENT, {}
        if control.listed is not None:
            return self._listed(control, control.listed)
        if "*" in control.path:
            return self._several(control)
        places = self._places(control.path)
        if not places:
            return ABSENT, {}
        if len(places) > 1:
            return _one_of(places, [self._options_at(place) for place in places])
        return self._options_at(places[0])

    def _options_at(self, place: Place) -> _Options:
        keys = self._entry.control.keys if self._entry.control else ()
        options = {key.option: as_documented(self._arguments.at(place, key.key), key) for key in keys}
        return place.exists, {option: value for option, value in options.items() if not _unwritten(value)}

    def _several(self, control: Control) -> _Options:
        """Of several containers, each of which launches, the most open one; launch specifications have no options.

        An element without one is as open as the launch template that it goes with: no container stands for it.
        """
        tokens = control.key(Option.TOKENS)
        places = self._places(control.path)
        if not places:
            return ABSENT, {}
        if self._entry.role is Role.SPOT_FLEET or tokens is None:
            return places[0].exists, {}
        found = [*map(self._options_at, places), *([(ABSENT, {})] if self._lacks(control.path) else [])]
        return max(found, key=lambda one: openness(one[0], one[1], tokens.secure))

    def _lacks(self, path: tuple[str, ...]) -> bool:
        """Whether an element of one of the path's lists leads no further along it."""
        places = [self._arguments.top(self._block)]
        for depth, step in enumerate(path):
            if step != "*":
                inner = [list(self._inside(place, step)) for place in places]
                if depth and not all(inner):
                    return True
                places = [place for some in inner for place in some]
        return False

    def _listed(self, control: Control, listed: Listed) -> tuple[Value, dict[Option, Value]]:
        """The setting that is the option for tokens."""
        key = control.keys[0]
        return chosen((self._setting(place, listed, key) for place in self._places(control.path)), key)

    def _setting(self, place: Place, listed: Listed, key: OptionKey) -> Setting:
        wanted = ((listed.name, key.key), *listed.beside)
        names = tuple((self._arguments.at(place, name), text) for name, text in wanted)
        return Setting(place.exists, names, self._arguments.at(place, listed.value))

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
                yield Reference(value, version, place.span(key), keys.roles)
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
            control = self._entry.control
            if control is not None and control.document and name == control.path[0]:
                yield from self._in_document(attribute, place)
                return
            yield from held(self._arguments.evaluated(attribute, place), attribute.read(), attribute.name_span)

    def _in_document(self, attribute: Attribute, place: Place) -> Iterator[Place]:
        """The object that the JSON in an argument holds."""
        from iac_imds_lint.documents.held_json import decoded

        attribute = self._document(attribute)
        value = decoded(self._arguments.evaluated(attribute, place), attribute.name)
        yield from held(value, attribute.read(), attribute.span)

    def _document(self, attribute: Attribute) -> Attribute:
        """An argument that holds JSON, as what that holds, if it is written out."""
        from iac_imds_lint.terraform.embedded import written_out

        source = self._scope.module.file(attribute.span.path)
        inner = written_out(attribute.read(), source) if source else None
        return attribute if inner is None else attribute._replace(read=lambda: inner)

    def _static(self, block: Block, place: Place) -> Place:
        return Place(block.head, _both(place.exists, block.head), block.body, place.bindings)

    def _generated(self, block: Block, place: Place) -> Iterator[Place]:
        """What a dynamic block generates: its content once for each element, if the elements are known."""
        contents = block.body.blocks("content")
        each = block.body.attribute("for_each")
        if not contents or each is None:
            return
        elements = self._arguments.evaluated(each, place)
        iterator = iterator_name(block)
        for exists, bound in _iterations(elements, block):
            bindings = {**place.bindings, iterator: bound}
            yield Place(block.head, exists, contents[0].body, bindings)


def iterator_name(block: Block) -> str:
    """What the element is called in the content of a dynamic block."""
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
    """``for_each = cond ? [1] : []``: for each place in the lists a block, that exists in some of the branches."""
    head = Origin(block.head, "here")
    generated = [(label, list(_iterations(choice, block))) for label, choice in choices]
    for number in range(max((len(inner) for _, inner in generated), default=0)):
        found = [(label, inner[number] if number < len(inner) else (ABSENT, ABSENT)) for label, inner in generated]
        exists = tuple((label, one[0]) for label, one in found)
        bound = tuple((label, one[1]) for label, one in found)
        yield Branches(condition, exists, (head,)), Branches(condition, bound, (head,))


def _both(outer: Value, head: Span) -> Value:
    """The existence of a static block: that of what it stands in, seen at its own head."""
    return Known(True, (Origin(head, "here"),)) if isinstance(outer, Known) else outer


def _one_of(places: list[Place], read: list[_Options]) -> _Options:
    """Of several containers, the one that exists whichever way a condition turns out; Terraform refuses more."""
    divided = next((place.exists for place in places if isinstance(place.exists, Branches)), None)
    if divided is None:
        open_one = next((place.exists for place in places if isinstance(place.exists, Unknown)), None)
        twice = Unknown("its options are written more than once", _origins_of(places[0]))
        return twice if open_one is None else open_one, {}
    ways = [(label, _those_there(read, divided.condition, label)) for label, _ in divided.choices]
    if any(len(there) > 1 for _, there in ways):
        return Unknown(f"which of its blocks is generated depends on {divided.condition}", divided.origins), {}
    taken = [(label, there[0] if there else (ABSENT, {})) for label, there in ways]
    container = Branches(divided.condition, tuple((label, one[0]) for label, one in taken), divided.origins)
    options = dict.fromkeys(option for _, one in taken for option in one[1])
    return container, {
        option: Branches(divided.condition, tuple((label, one[1].get(option, ABSENT)) for label, one in taken))
        for option in options
    }


def _those_there(read: list[_Options], condition: str, label: str) -> list[_Options]:
    """The containers, with their options, that exist where a condition turns out so."""
    supposed = (
        (assumed(exists, condition, label), {key: assumed(value, condition, label) for key, value in options.items()})
        for exists, options in read
    )
    return [one for one in supposed if not isinstance(one[0], Absent)]


def _unwritten(value: Value) -> bool:
    return isinstance(value, Absent) and not value.origins


def _origins_of(place: Place) -> tuple[Origin, ...]:
    return (Origin(place.head, "here"),)
