"""What else takes a value: the references of modules to variables, locals, calls and outputs, by file and name.

A file is looked through once, when a value is asked for whose name it holds.
"""

from __future__ import annotations

import os.path
import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from iac_imds_lint.model import MOST_USERS, Resource, Shared, Silent, User
from iac_imds_lint.source import Problem, SourceFile, Span
from iac_imds_lint.terraform.configuration import ParsedFile, variable_file
from iac_imds_lint.terraform.syntax import (
    Attribute,
    Block,
    Call,
    Expression,
    Index,
    Literal,
    Object,
    Opaque,
    Step,
    Traversal,
)
from iac_imds_lint.terraform.walking import expressions

if TYPE_CHECKING:
    from iac_imds_lint.terraform.project import Project

_ROOTS = ("var", "local", "module")
_REFERENCE = re.compile(r"\b(var|local|module)\.([A-Za-z_][\w-]*)")
_WHICH = ("for_each", "count")


class _Place(NamedTuple):
    """A declaration by what it is called, and its place. ``block`` is what it stands in, ``value`` what it holds."""

    span: Span
    kind: str
    name: str
    block: Block | None
    value: Attribute | None = None


class _Reference(NamedTuple):
    """A reference, with the static steps that follow the name, and the top-level block and the item that hold it."""

    span: Span
    steps: tuple[str, ...]
    block: Block
    item: str


class _Name(NamedTuple):
    """``var.name``, ``local.name`` or the output of that name, of the module in a directory."""

    directory: str
    root: str
    name: str
    path: tuple[str, ...] = ()


class _Search(NamedTuple):
    """What is asked: whose value it is; what is still to be followed, and what was."""

    resource: Resource
    waiting: list[_Name]
    seen: set[_Name]

    def follow(self, name: _Name) -> None:
        """Look for the uses of a name, too."""
        if name not in self.seen:
            self.seen.add(name)
            self.waiting.append(name)


class References:
    """The references of the modules that one root reaches."""

    def __init__(self, project: Project, root: str) -> None:
        self._project = project
        self._root = root
        self._by_file: dict[str, Mapping[tuple[str, str], list[_Reference]]] = {}
        self._places: dict[str, list[_Place]] = {}
        self._silent_calls: dict[tuple[str, str], Sequence[User]] = {}
        self._written: dict[Span, Expression] = {}
        self._holding: dict[tuple[str, str], Sequence[ParsedFile]] = {}

    def shared(self, place: Span, resource: Resource) -> Shared | None:
        """What takes the literal at a place besides the resource; None where that is not known."""
        found = self._declaration(place)
        search = _Search(resource, [], set())
        if found is None or not self._begin(found, place, search):
            return None
        users: list[User] = []
        silent = self._silent(found, place, resource)
        if silent is not None:
            users += islice((call for call in self._left_out(found) if call not in silent.calls), MOST_USERS)
        while search.waiting and len(users) < MOST_USERS:
            users += islice(self._users(search.waiting.pop(), search), MOST_USERS)
        whole = not any(self._is_unread(name) for name in search.seen)
        ordered = tuple({user.what: user for user in sorted(users, reverse=True)}.values())[::-1][:MOST_USERS]
        return Shared(_called(found), ordered, found.kind == "var", silent) if whole else None

    def _begin(self, found: _Place, place: Span, search: _Search) -> bool:
        """Whether it is known where the value of a declaration is taken."""
        path = self._path(found, place)
        directory = os.path.dirname(place.path)
        match found.kind:
            case "var":
                search.follow(_Name(directory if found.block else self._root, "var", found.name, path))
            case "local" | "output":
                search.follow(_Name(directory, found.kind, found.name, path))
            case "argument" if found.block is not None:
                called = self._project.called_by(found.block.head)
                for module in called:
                    search.follow(_Name(module, "var", found.name, path))
                return bool(called)
            case _:
                return False
        return True

    def _path(self, found: _Place, place: Span) -> tuple[str, ...]:
        """The members that lead to a place in a value, or in the type of a variable."""
        type = found.block.body.attribute("type") if found.kind == "var" and found.block is not None else None
        if type is not None and _holds(type.span, place):
            return _path_in_type(self._read(type), place)
        return _path_to(self._read(found.value), place) if found.value else ()

    def _read(self, value: Attribute) -> Expression:
        """The expression of an argument, read once: many instances may be decided in one."""
        if value.span not in self._written:
            self._written[value.span] = value.read()
        return self._written[value.span]

    def _silent(self, found: _Place, place: Span, resource: Resource) -> Silent | None:
        """The calls that lead to the resource and leave out the argument in whose place the default stands."""
        if not _is_default(found, place) or found.value is None or not isinstance(self._read(found.value), Literal):
            return None
        silent = self._left_out(found)
        leading = tuple(call for call in silent if call.span in resource.calls) if len(silent) <= MOST_USERS else ()
        calls = self._project.calls_of(os.path.dirname(found.span.path))
        return Silent(found.name, leading, len(calls) - len(silent))

    def _left_out(self, found: _Place) -> Sequence[User]:
        """The calls of a module that leave out an argument."""
        directory = os.path.dirname(found.span.path)
        key = (directory, found.name)
        if key not in self._silent_calls:
            calls = self._project.calls_of(directory)
            heads = [(call.address, call.block.head) for call in calls if call.block.body.attribute(found.name) is None]
            self._silent_calls[key] = [User(head, f"{name} in {self._row(head)}", name) for name, head in heads]
        return self._silent_calls[key]

    def _users(self, name: _Name, search: _Search) -> Iterator[User]:
        """What takes the value of a name, other than the resource; what only hands it on is followed."""
        if name.root == "output":
            yield from self._taken(name, search)
            return
        for reference in self._references(name.directory, name.root, name.name):
            if _diverge(reference.steps, name.path):
                continue
            yield from self._user(reference, name, search)

    def _taken(self, name: _Name, search: _Search) -> Iterator[User]:
        """What takes an output: of the root module, whoever runs it; else the modules that call it."""
        for call in self._project.calls_of(name.directory):
            for reference in self._references(call.directory, "module", call.block.labels[0]):
                if name.name in reference.steps or not reference.steps:
                    yield from self._user(reference, name, search)

    def _user(self, reference: _Reference, name: _Name, search: _Search) -> Iterator[User]:
        block, item, resource = reference.block, reference.item, search.resource
        directory = os.path.dirname(reference.span.path)
        if block.span == resource.body and item in (*_control(resource), *_WHICH):
            return
        match block.type:
            case "variable" if block.labels == (name.name,):
                return
            case "locals":
                search.follow(_Name(directory, "local", item))
            case "output" if self._project.calls_of(directory):
                search.follow(_Name(directory, "output", block.labels[0]))
            case "module" if block.head in resource.calls:
                for called in self._project.called_by(block.head):
                    search.follow(_Name(called, "var", item))
            case str():
                yield User(reference.span, f"{_spelt(block, item)} in {self._row(reference.span)}")

    def _row(self, span: Span) -> str:
        source = self._project.module(os.path.dirname(span.path)).file(span.path)
        return f"{span.path}:{source.position(span.start).row}" if source else span.path

    def _is_unread(self, name: _Name) -> bool:
        """Whether a file of a module that may refer to something has a syntax error."""
        return any(parsed.problem for parsed in self._files(name.directory, name.name))

    def _files(self, directory: str, name: str) -> Sequence[ParsedFile]:
        """The files of a module that hold a name."""
        key = (directory, name)
        if key not in self._holding:
            self._holding[key] = list(self._project.module(directory).holding(name))
        return self._holding[key]

    def _references(self, directory: str, root: str, name: str) -> Iterator[_Reference]:
        for parsed in self._files(directory, name):
            path = parsed.source.path
            if path not in self._by_file:
                self._by_file[path] = _indexed(parsed)
            yield from self._by_file[path].get((root, name), ())

    def _declaration(self, place: Span) -> _Place | None:
        """The variable, local, argument, output or line of a variable file that holds a place."""
        if place.path not in self._places:
            self._places[place.path] = sorted(self._declared(place.path), key=lambda one: one.span.start)
        places = self._places[place.path]
        number = bisect_right(places, place.start, key=lambda one: one.span.start) - 1
        found = places[number] if number >= 0 else None
        return found if found is not None and place.start < found.span.end else None

    def _declared(self, path: str) -> Iterator[_Place]:
        if path.endswith((".tfvars", ".tfvars.json")):
            yield from self._lines(path)
            return
        module = self._project.module(os.path.dirname(path))
        source = module.file(path)
        for block in module.parsed(source).every() if source else ():
            yield from _places_in(block)

    def _lines(self, path: str) -> Iterator[_Place]:
        source = self._project.text(path)
        body = variable_file(source) if source else None
        if body is None or isinstance(body, Problem):
            return
        for item in body.items():
            if isinstance(item, Attribute):
                yield _Place(item.span, "var", item.name, None, item)


def _places_in(block: Block) -> Iterator[_Place]:
    match block.type:
        case "variable" | "output":
            kind, name = ("var", "default") if block.type == "variable" else ("output", "value")
            yield _Place(block.span, kind, block.labels[0], block, block.body.attribute(name))
        case "locals" | "module":
            kind = "local" if block.type == "locals" else "argument"
            for item in block.body.items():
                if isinstance(item, Attribute):
                    yield _Place(item.span, kind, item.name, block, item)
        case _:
            pass


def _called(found: _Place) -> str:
    match found.kind:
        case "var" if found.block is None:
            return f"var.{found.name} in {os.path.basename(found.span.path)}"
        case "var":
            return f"the default of var.{found.name}"
        case "local":
            return f"local.{found.name}"
        case "argument" if found.block is not None:
            return f"the argument {found.name} of module.{found.block.labels[0]}"
        case _:
            return f"the output {found.name}"


def _is_default(found: _Place, place: Span) -> bool:
    """Whether a place is in a variable's default, and not in its type: that counts whatever a call gives."""
    value = found.value.span if found.value else found.span
    return found.kind == "var" and found.block is not None and value.start <= place.start < value.end


def _path_to(value: Expression, place: Span) -> tuple[str, ...]:
    """The keys that lead to a place in a value that is written out, as far as it is."""
    path: list[str] = []
    inner = value
    while isinstance(inner, Object):
        found = next((one for one in inner.items if one[1].span.start <= place.start < one[1].span.end), None)
        key = found[0] if found else None
        if found is None or not isinstance(key, Literal) or not isinstance(key.content, str):
            break
        path.append(key.content)
        inner = found[1]
    return tuple(path)


def _path_in_type(type: Expression, place: Span) -> tuple[str, ...]:
    """The members that lead to an optional() default in a type; ``*`` is any element of a collection."""
    path: list[str] = []
    inner = type
    while isinstance(inner, Call) and (held := next((one for one in inner.arguments if _holds(one.span, place)), None)):
        if inner.name == "optional" and held is not inner.arguments[0]:
            return (*path, *_path_to(held, place))
        if isinstance(held, Object):
            member = next((one for one in held.items if _holds(one[1].span, place)), None)
            if member is None or not isinstance(member[0], Literal) or not isinstance(member[0].content, str):
                break
            path.append(member[0].content)
            held = member[1]
        elif inner.name != "optional":
            path.append("*")
        inner = held
    return tuple(path)


def _holds(span: Span, place: Span) -> bool:
    return span.start <= place.start < span.end


def _diverge(steps: tuple[str, ...], path: tuple[str, ...]) -> bool:
    """Whether a reference leads to another member than that at a path."""
    return any(other not in (one, "*") for one, other in zip(steps, path, strict=False))


def _control(resource: Resource) -> tuple[str, ...]:
    """The argument or block of a resource in which its options stand."""
    return resource.entry.control.path[:1] if resource.entry.control else ()


def _spelt(block: Block, item: str) -> str:
    """A top-level block's item as a user knows it."""
    match block.type:
        case "resource":
            return f"{'.'.join(block.labels)}'s {item}"
        case "output":
            return f"the output {block.labels[0]}"
        case other:
            return f"{'.'.join((other, *block.labels))}'s {item}"


def _indexed(parsed: ParsedFile) -> Mapping[tuple[str, str], list[_Reference]]:
    """The references of a file by what they refer to."""
    found: dict[tuple[str, str], list[_Reference]] = {}
    for block in parsed.every():
        for item in block.body.items():
            name = item.name if isinstance(item, Attribute) else item.type
            for span, root, label, steps in _referred(item, parsed.source):
                found.setdefault((root, label), []).append(_Reference(span, steps, block, name))
    return found


def _referred(item: Attribute | Block, source: SourceFile) -> Iterator[tuple[Span, str, str, tuple[str, ...]]]:
    for expression in _expressions(item):
        match expression:
            case Traversal(span, root, (str() as name, *steps)) if root in _ROOTS:
                yield span, root, name, tuple(_static(steps))
            case Opaque(span, _):
                for match in _REFERENCE.finditer(source.slice(span)):
                    yield span, match[1], match[2], ()
            case _:
                pass


def _static(steps: Sequence[Step]) -> Iterator[str]:
    """The steps up to the first that only a value tells."""
    for step in steps:
        match step:
            case str():
                yield step
            case Index(Literal(_, str() as key)):
                yield key
            case _:
                return


def _expressions(item: Attribute | Block) -> Iterator[Expression]:
    """All expressions in an argument or a block, at any depth."""
    items: list[Attribute | Block] = [item]
    while items:
        match items.pop():
            case Attribute() as attribute:
                yield from expressions(attribute.read())
            case Block() as block:
                items.extend(block.body.items())
