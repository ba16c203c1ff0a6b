"""Terraform's resources as the model has them, for a root module and the local modules that it calls."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from functools import partial
from typing import NamedTuple

from iac_imds_lint.bootscript import reads_imds
from iac_imds_lint.catalog import Dialect, Entry, Option, Role, TemplateKeys, entries
from iac_imds_lint.model import Reference, Resource
from iac_imds_lint.source import Problem, Span
from iac_imds_lint.sources import Sources
from iac_imds_lint.terraform.configuration import Module
from iac_imds_lint.terraform.evaluate import Bindings, ModuleCall, Scope, local_directory
from iac_imds_lint.terraform.syntax import Access, Attribute, Block, Body, Expression, Object, Tuple
from iac_imds_lint.value import ABSENT, Absent, Branches, Known, Origin, Unknown, Value, led_through

_SCRIPTS = ("user_data", "user_data_base64")

# More calls of modules than these under one root are not followed: no one has so many, but a small text can.
_MOST_CALLS = 5_000


class Place(NamedTuple):
    """A body, the bindings around it, and where it is headed; ``condition`` is Known where it certainly exists."""

    body: Body
    bindings: Bindings
    head: Span
    exists: Value


class Project:
    """The modules that one root reaches, each directory loaded once; ``reached`` collects those that are called."""

    def __init__(self, sources: Sources, reached: set[str]) -> None:
        self._sources = sources
        self._modules: dict[str, Module] = {}
        self._reached = reached
        self._scopes = 0

    def module(self, directory: str) -> Module:
        """The module in a directory."""
        if directory not in self._modules:
            self._modules[directory] = Module(self._sources, directory)
        return self._modules[directory]

    def problems(self) -> Iterator[Problem]:
        """What could not be read so far."""
        for module in self._modules.values():
            yield from module.problems.values()

    def root(self, directory: str) -> Scope:
        """A directory as the root module."""
        return Scope(self.module(directory), self._child)

    def _child(self, scope: Scope, name: str) -> Scope | None:
        block = scope.module.call(name)
        source = block.body.attribute("source") if block else None
        directory = local_directory(scope, scope.attribute(source)) if source else None
        if block is None or directory is None or not self._sources.names(directory):
            return None
        if directory in scope.path():
            scope.module.note(block.head, f'the call of module "{name}" leads back to a module that it is called from')
            return None
        self._scopes += 1
        if self._scopes > _MOST_CALLS:
            scope.module.note(block.head, f"more than {_MOST_CALLS} module calls: the rest is not judged")
            return None
        return Scope(
            module=self.module(directory),
            children=self._child,
            address=f"{scope.address}module.{name}.",
            called=ModuleCall(block.body, scope, block.head),
            certain=scope.certain and _launched(block.body, scope) is Launched.CERTAINLY,
        )

    def resources(self, scope: Scope) -> Iterator[Resource]:
        """The resources of a module and of the local modules that it calls, depth first."""
        catalog = entries(Dialect.TERRAFORM)
        for block in scope.module.resources(catalog):
            entry = catalog.get(block.labels[0])
            launched = _launched(block.body, scope)
            if entry is not None and launched is not Launched.NOT:
                yield _ResourceReader(entry, block, scope).read(launched is Launched.CERTAINLY)
        for block in scope.module.calls():
            child = scope.child(block.labels[0])
            if child is not None:
                self._reached.add(child.module.directory)
                if _launched(block.body, scope) is not Launched.NOT:
                    yield from self.resources(child)


class Launched(Enum):
    """Whether a resource or call exists, by its ``count`` or ``for_each``."""

    CERTAINLY = "certainly"
    PERHAPS = "perhaps"
    NOT = "not"


def _launched(body: Body, scope: Scope) -> Launched:
    """NOT where ``count`` is known to be 0, or ``for_each`` to be empty."""
    for name in ("count", "for_each"):
        attribute = body.attribute(name)
        if attribute is None:
            continue
        match scope.attribute(attribute):
            case Known(content):
                none = content in (0, "0", (), {}) and content is not False
                return Launched.NOT if none else Launched.CERTAINLY
            case _:
                return Launched.PERHAPS
    return Launched.CERTAINLY


class _ResourceReader:
    """Reads one resource block by its catalog row."""

    def __init__(self, entry: Entry, block: Block, scope: Scope) -> None:
        self._entry = entry
        self._block = block
        self._scope = scope

    def read(self, certain: bool) -> Resource:
        """The resource with its options evaluated; ``certain`` says that it is certainly created."""
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
            certain=certain and scope.certain,
            renews=bool(entry.renewal) and (not entry.renewal_key or bool(self._places(entry.renewal_key))),
            facts={fact: self._value(path) for fact, path in entry.facts},
        )

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

    def _top(self) -> Place:
        return Place(self._block.body, {}, self._block.head, Known(True, (Origin(self._block.head, "here"),)))

    def _provider(self) -> str:
        found = (self._block.body.attribute(name) for name in ("provider", "region"))
        texts = (self._scope.module.text(attribute.span) if attribute else "" for attribute in found)
        prefix = self._scope.address if self._passes_providers() else ""
        return "|".join((prefix, *("".join(text.split()) for text in texts)))

    def _passes_providers(self) -> bool:
        arguments = self._scope.arguments
        return arguments is not None and arguments.attribute("providers") is not None

    def _options(self) -> tuple[Value, dict[Option, Value]]:
        control = self._entry.control
        if control is None:
            return ABSENT, {}
        places = self._places(control.path)
        if "*" in control.path:
            return self._several(places), {}
        if not places:
            return ABSENT, {}
        if len(places) > 1:
            return _one_too_many(places), {}
        place = places[0]
        options = {key.option: self._argument(place, key.key) for key in control.keys}
        return place.exists, {option: value for option, value in options.items() if not _unwritten(value)}

    def _several(self, places: list[Place]) -> Value:
        if not places:
            return ABSENT
        if self._entry.role is Role.SPOT_FLEET:
            return places[0].exists
        return Unknown("each of its overrides sets options of its own, which are not read yet", _origins_of(places[0]))

    def _inline(self) -> Value:
        places = self._places(self._entry.inline) if self._entry.inline else []
        return places[0].exists if places else ABSENT

    def _value(self, path: tuple[str, ...]) -> Value:
        if not path:
            return ABSENT
        for place in self._places(path[:-1]):
            return self._argument(place, path[-1])
        return ABSENT

    def _references(self) -> Iterator[Reference]:
        for keys in self._entry.templates:
            for place in self._places(keys.path):
                yield from self._reference(keys, place)

    def _reference(self, keys: TemplateKeys, place: Place) -> Iterator[Reference]:
        for key in filter(None, (keys.id, keys.name)):
            attribute = place.body.attribute(key)
            value = self._argument(place, key)
            if attribute is not None and not isinstance(value, Absent):
                version = self._argument(place, keys.version) if keys.version else ABSENT
                yield Reference(value, version, attribute.span)
                return

    def _argument(self, place: Place, name: str) -> Value:
        attribute = place.body.attribute(name)
        if attribute is None:
            return ABSENT
        return _without_null(self._scope.attribute(attribute, 0, place.bindings))

    def _places(self, path: tuple[str, ...]) -> list[Place]:
        """Where a path of nested blocks, or of attributes that hold objects, leads. ``*`` passes a list's elements."""
        places = [self._top()]
        for name in path:
            into = _elements if name == "*" else partial(self._inside, name=name)
            places = [inner for place in places for inner in into(place)]
        return places

    def _inside(self, place: Place, name: str) -> Iterator[Place]:
        blocks = place.body.blocks(name)
        for block in blocks:
            yield from self._generated(block, place) if block.dynamic else (self._static(block, place),)
        if not blocks and (attribute := place.body.attribute(name)) is not None:
            yield from self._assigned(attribute, place)

    def _static(self, block: Block, place: Place) -> Place:
        return Place(block.body, place.bindings, block.head, _both(place.exists, block.head))

    def _generated(self, block: Block, place: Place) -> Iterator[Place]:
        """What a dynamic block generates: its content once for each element, if the elements are known."""
        contents = block.body.blocks("content")
        each = block.body.attribute("for_each")
        if not contents or each is None:
            return
        elements = self._scope.attribute(each, 0, place.bindings)
        iterator = _iterator_name(block)
        for exists, bound in _iterations(elements, block):
            bindings = {**place.bindings, iterator: bound}
            yield Place(contents[0].body, bindings, block.head, exists)

    def _assigned(self, attribute: Attribute, place: Place) -> Iterator[Place]:
        """An attribute that holds an object: the nested attributes of ``awscc``, and JSON."""
        value = self._scope.attribute(attribute, 0, place.bindings)
        exists = led_through(_existence(value), Origin(attribute.name_span, "here"))
        if not isinstance(exists, Absent):
            yield Place(_ObjectBody(attribute, value), place.bindings, attribute.name_span, exists)


def _iterator_name(block: Block) -> str:
    attribute = block.body.attribute("iterator")
    named = attribute.read() if attribute else None
    return getattr(named, "root", None) or str(getattr(named, "content", None) or block.type)


def _iterations(elements: Value, block: Block) -> Iterator[tuple[Value, Value]]:
    """For each generated block: whether it exists, and what its iterator is bound to."""
    head = Origin(block.head, "here")
    match elements:
        case Known(tuple() as items):
            for number, item in enumerate(items):
                yield Known(True, (head,)), Known({"key": Known(number), "value": item})
        case Known(dict() as members):
            for key, item in members.items():
                yield Known(True, (head,)), Known({"key": Known(key), "value": item})
        case Branches(condition, choices, _):
            yield from _conditional_iterations(condition, choices, block)
        case Unknown(reason, origins):
            why = f"what its dynamic block iterates over is not known: {reason}"
            yield Unknown(why, (head, *origins)), Unknown(reason, origins)
        case _:
            yield Unknown("what its dynamic block iterates over is not known", (head,)), Unknown("it is not known")


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


def _existence(value: Value) -> Value:
    """Whether an attribute that should hold an object does."""
    match value:
        case Known(None, origins):
            return Absent(origins)
        case Known(()):
            return ABSENT
        case Known(_, origins):
            return Known(True, origins)
        case Branches(condition, choices, origins):
            return Branches(condition, tuple((label, _existence(choice)) for label, choice in choices), origins)
        case Unknown() | Absent():
            return value


def _both(outer: Value, head: Span) -> Value:
    """The existence of a static block: that of what it stands in, seen at its own head."""
    return Known(True, (Origin(head, "here"),)) if isinstance(outer, Known) else outer


class _ObjectBody:
    """The value of an attribute as a body. Members of an object in the source keep their places."""

    __slots__ = ("_attribute", "_value")

    def __init__(self, attribute: Attribute, value: Value) -> None:
        self._attribute = attribute
        self._value = value

    def attribute(self, name: str) -> Attribute | None:
        """A member of the object, where it is written out; any other way of giving it is not told apart."""
        written = self._attribute.read()
        if isinstance(written, Object):
            for key, item in written.items:
                if getattr(key, "content", None) == name:
                    span = Span(key.span.path, key.span.start, item.span.end)
                    return Attribute(name, key.span, span, partial(_itself, item))
            return None
        return Attribute(
            name, self._attribute.name_span, self._attribute.span, lambda: Access(written.span, written, (name,))
        )

    def elements(self) -> Iterator[_ObjectBody]:
        """The members of a list, where it is written out; else what is there, as one."""
        written = self._attribute.read()
        if not isinstance(written, Tuple):
            yield self
            return
        for item in written.items:
            member = Attribute(self._attribute.name, item.span, item.span, partial(_itself, item))
            yield _ObjectBody(member, self._value)

    def blocks(self, type: str) -> tuple[Block, ...]:
        """None: an object holds no blocks."""
        return ()


def _elements(place: Place) -> Iterator[Place]:
    """The elements of a list that an attribute holds, where it is written out; blocks are elements already."""
    if not isinstance(place.body, _ObjectBody):
        yield place
        return
    for item in place.body.elements():
        yield place._replace(body=item)


def _itself(expression: Expression) -> Expression:
    return expression


def _without_null(value: Value) -> Value:
    """Null is as good as not written (Terraform language, "Types and Values")."""
    match value:
        case Known(None, origins):
            return Absent(origins)
        case Branches(condition, choices, origins):
            return Branches(condition, tuple((label, _without_null(choice)) for label, choice in choices), origins)
        case _:
            return value


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
