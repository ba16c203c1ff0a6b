"""What the names and expressions of a Python script hold, what carries a token, and what falls back from one."""

from __future__ import annotations

import ast
import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import NamedTuple, TypeAlias

from iac_imds_lint.bootscript.asking import asked, is_of_token, names_token
from iac_imds_lint.texts import STAND_IN

Position: TypeAlias = tuple[int, int]
Place: TypeAlias = tuple[Position, Position]

_DEEPEST = 12
_LONGEST = 2000
_ROUNDS = 4
# How many branches and functions that begin before a call are looked at for those around it.
_OUTWARDS = 200
_PLACEHOLDER = re.compile(r"%(?:\((?P<key>\w+)\))?[sdr]|\{(?P<number>\d*)\}|\{(?P<name>\w+)\}")


class Function(NamedTuple):
    """A function: its name, its parameters, and where it stands."""

    name: str
    parameters: frozenset[str]
    place: Place


class Assigned(NamedTuple):
    """What is assigned to a name, and where that begins; None for what is not read: what a loop yields."""

    at: Position
    value: ast.expr | None


class Module:
    """A script that was parsed. ``is_request`` says what requests a URL."""

    def __init__(self, tree: ast.Module, text: str, is_request: Callable[[ast.Call], bool]) -> None:
        self.text = text
        self._is_request = is_request
        self._lines = [0, *(found.end() for found in re.finditer(r"\r\n?|\n", text))]
        self._nodes = list(ast.walk(tree))
        self.calls = [node for node in self._nodes if isinstance(node, ast.Call)]
        self.strings = [
            one.value for one in self._nodes if isinstance(one, ast.Constant) and isinstance(one.value, str)
        ]
        self.names = frozenset(self._all_names())
        self.functions = sorted(self._functions(), key=lambda one: one.place)
        self._assigned = self._assignments()
        self._kept: dict[int, str] = {}
        self.carrying: frozenset[str] = frozenset()
        self._mentions = self._mentioning()
        self._carry()
        self._aware = self._knowing()
        self._branches = self._branching()

    def offsets(self, node: ast.expr) -> tuple[int, int]:
        """The code points between which an expression stands."""
        begin, end = self.place(node)
        return self._offset(begin), self._offset(end)

    def _offset(self, position: Position) -> int:
        line, column = position
        start = self._lines[line - 1] if line <= len(self._lines) else len(self.text)
        near = self.text[start : start + column]
        if near.isascii():
            return start + column
        return start + len(near.encode("utf-8", "surrogatepass")[:column].decode("utf-8", "ignore"))

    @staticmethod
    def place(node: ast.expr | ast.stmt | ast.excepthandler) -> Place:
        """Where something begins and ends, in lines and bytes."""
        return (node.lineno, node.col_offset), (node.end_lineno or 0, node.end_col_offset or 0)

    def imports(self, package: str) -> bool:
        """Whether a package, or something of it, is imported."""
        return any(name == package or name.startswith(f"{package}.") for name in self._imported)

    @cached_property
    def _imported(self) -> frozenset[str]:
        found: set[str] = set()
        for node in self._nodes:
            if isinstance(node, ast.Import):
                found |= {one.name for one in node.names}
            elif isinstance(node, ast.ImportFrom):
                found.add(node.module or "")
        return frozenset(found)

    def function_at(self, place: Place) -> Function | None:
        """The innermost function around a place."""
        last = bisect_right(self.functions, place[0], key=lambda one: one.place[0])
        near = reversed(self.functions[max(last - _OUTWARDS, 0) : last])
        return next((one for one in near if place[1] <= one.place[1]), None)

    def is_assigned(self, name: str, place: Place) -> bool:
        """Whether anything is known of a name: an assignment, or a default that is not None."""
        one = self._assignment(name, place[0])
        if one is None:
            return False
        within = self.function_at(place)
        empty = isinstance(one.value, ast.Constant) and one.value.value is None
        return not (empty and within is not None and name in within.parameters)

    def resolved(self, node: ast.expr) -> ast.expr:
        """An expression, or the one that the name that it is holds."""
        for _ in range(_DEEPEST):
            one = (
                self._assignment(dotted(node), self.place(node)[0])
                if isinstance(node, ast.Name | ast.Attribute)
                else None
            )
            if one is None or one.value is None:
                return node
            node = one.value
        return node

    def value(self, node: ast.expr, depth: int = 0) -> str:
        """What an expression says, with a stand-in for what is not known."""
        if depth > _DEEPEST:
            return STAND_IN
        match node:
            case ast.Constant(str() as text):
                return text[:_LONGEST]
            case ast.Constant(int() as number) if not isinstance(number, bool):
                return str(number) if number < 10**18 else STAND_IN
            case ast.JoinedStr(values):
                return "".join(self.value(one, depth + 1) for one in values[:50])[:_LONGEST]
            case ast.FormattedValue(inner):
                return self.value(inner, depth + 1)
            case ast.BinOp(left, ast.Add(), right):
                return (self.value(left, depth + 1) + self.value(right, depth + 1))[:_LONGEST]
            case ast.BinOp(ast.expr() as form, ast.Mod(), given):
                given_all = given.elts if isinstance(given, ast.Tuple) else [given]
                return self._filled(self.value(form, depth + 1), given_all, {}, depth)
            case ast.Call():
                return self._of_call(node, depth)
            case ast.Name() | ast.Attribute():
                return self._held(dotted(node), self.place(node)[0], depth)
            case _:
                return STAND_IN

    def _of_call(self, node: ast.Call, depth: int) -> str:
        name = dotted(node.func).rpartition(".")[2]
        if isinstance(node.func, ast.Attribute) and name == "format":
            named = {one.arg: one.value for one in node.keywords if one.arg}
            return self._filled(self.value(node.func.value, depth + 1), node.args, named, depth)
        if isinstance(node.func, ast.Attribute) and name == "join" and dotted(node.func) != "os.path.join":
            listed = node.args[0] if node.args else None
            if isinstance(listed, ast.List | ast.Tuple):
                joined = (self.value(one, depth + 1) for one in listed.elts[:50])
                return self.value(node.func.value, depth + 1).join(joined)[:_LONGEST]
        if name in ("join", "urljoin"):
            words = [self.value(one, depth + 1) for one in node.args[:20]]
            return "/".join(word.strip("/") for word in words)[:_LONGEST]
        if name in ("encode", "strip", "rstrip", "decode") and isinstance(node.func, ast.Attribute):
            return self.value(node.func.value, depth + 1)
        return STAND_IN

    def _filled(self, form: str, given: list[ast.expr], named: dict[str, ast.expr], depth: int) -> str:
        rest = iter(given)

        def fill(found: re.Match[str]) -> str:
            number, key = found["number"], found["name"] or found["key"]
            if number:
                node = given[int(number)] if int(number) < len(given) else None
            else:
                node = named.get(key) if key else next(rest, None)
            return self.value(node, depth + 1) if node is not None else STAND_IN

        return _PLACEHOLDER.sub(fill, form[:_LONGEST])[:_LONGEST]

    def _held(self, name: str, at: Position, depth: int) -> str:
        one = self._assignment(name, at)
        if one is None or one.value is None:
            return STAND_IN
        if id(one.value) not in self._kept:
            self._kept[id(one.value)] = STAND_IN
            self._kept[id(one.value)] = self.value(one.value, depth + 1)
        return self._kept[id(one.value)]

    def _assignment(self, name: str, at: Position) -> Assigned | None:
        """The last assignment to a name before a place; the first after it, where there is none: in a function."""
        found = self._assigned.get(name) or self._assigned.get(re.sub(r"\A(?:self|cls)\.", "", name), [])
        return found[max(bisect_left(found, at, key=lambda one: one.at) - 1, 0)] if found else None

    def _assignments(self) -> dict[str, list[Assigned]]:
        found: dict[str, list[Assigned]] = defaultdict(list)
        for node in self._nodes:
            for target, value in _targets(node):
                if dotted(target):
                    found[dotted(target)].append(Assigned(self.place(target)[0], value))
        return {name: sorted(some, key=lambda one: one.at) for name, some in found.items()}

    def _all_names(self) -> Iterator[str]:
        for node in self._nodes:
            if isinstance(node, ast.Name):
                yield node.id
            elif isinstance(node, ast.Attribute):
                yield node.attr

    def _functions(self) -> Iterator[Function]:
        for node in self._nodes:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                every = (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
                yield Function(node.name, frozenset(one.arg for one in every), self.place(node))

    def carries(self, place: Place) -> bool:
        """Whether a place names the header, or something that has it."""
        return _within(self._mentions, place)

    def _mentioning(self) -> list[Position]:
        """Where the header is named, or what has it."""
        found = []
        for node in self._nodes:
            direct = isinstance(node, ast.Constant) and isinstance(node.value, str) and names_token(node.value)
            held = isinstance(node, ast.Name | ast.Attribute) and dotted(node) in self.carrying
            if (direct or held) and isinstance(node, ast.expr):
                found.append(self.place(node)[0])
        return sorted(found)

    def _carry(self) -> None:
        """Finds the names that have the header: of tables, of requests, of sessions, of parameters for them."""
        requests = sorted(self.place(node)[0] for node in self.calls if self._is_request(node))
        for _ in range(_ROUNDS):
            more = {
                name
                for name, node in self._touches()
                if self.carries(self.place(node)) and not _within(requests, self.place(node))
            }
            more |= set(self._handed())
            if more <= self.carrying:
                return
            self.carrying |= more
            self._mentions = self._mentioning()

    def _touches(self) -> Iterator[tuple[str, ast.expr]]:
        """Names, and the expressions that make them what they are."""
        for node in self._nodes:
            for target, value in _targets(node):
                if isinstance(target, ast.Subscript):
                    yield _owner(target.value), target
                elif value is not None and dotted(target):
                    yield _owner(target) if _is_of_headers(target) else dotted(target), value
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and not self._is_request(node):
                for argument in (*node.args, *(one.value for one in node.keywords)):
                    yield _owner(node.func.value), argument

    def _handed(self) -> Iterator[str]:
        """Parameters for headers of functions that are called with headers that carry a token."""
        parameters = {one.name: one.parameters for one in self.functions}
        for node in self.calls:
            names = parameters.get(dotted(node.func).rpartition(".")[2], frozenset())
            if names and self.carries(self.place(node)):
                yield from (name for name in names if "header" in name.lower())

    def falls_back(self, place: Place) -> bool:
        """Whether a place is in a branch whose other branches, or whose condition, know of tokens."""
        if self._in_fallback(place):
            return True
        within = self.function_at(place)
        uses = self._uses.get(within.name, []) if within else []
        return bool(uses) and all(self._in_fallback(use) for use in uses[:50])

    def _in_fallback(self, place: Place) -> bool:
        last = bisect_right(self._branches, place[0], key=lambda one: one[0][0])
        for branch, others in reversed(self._branches[max(last - _OUTWARDS, 0) : last]):
            if place[1] <= branch[1] and any(_within(self._aware, other) for other in others):
                return True
        return False

    def _branching(self) -> list[tuple[Place, tuple[Place, ...]]]:
        """Each branch of ``try`` and ``if``, with the others of the same and its condition."""
        found: list[tuple[Place, tuple[Place, ...]]] = []
        for node in self._nodes:
            places: list[Place] = []
            condition: tuple[Place, ...] = ()
            if isinstance(node, ast.Try):
                bodies = [node.body, *(handler.body for handler in node.handlers), node.orelse]
                places = [_spread(self.place, body) for body in bodies if body]
            elif isinstance(node, ast.If):
                places = [_spread(self.place, body) for body in (node.body, node.orelse) if body]
                condition = (self.place(node.test),)
            if len(places) < 20:
                found += ((one, (*condition, *(other for other in places if other != one))) for one in places)
        return sorted(found)

    def _knowing(self) -> list[Position]:
        """Where it shows that the author knows of tokens: their words, what holds one, functions that do."""
        direct = [
            self.place(node)[0]
            for node in self._nodes
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and is_of_token(node.value)
        ]
        aware = sorted([*direct, *self._mentions])
        knowing = {one.name for one in self.functions if _within(aware, one.place)}
        calls = [self.place(node)[0] for node in self.calls if dotted(node.func).rpartition(".")[2] in knowing]
        aware = sorted([*aware, *calls])
        informed = {
            dotted(target)
            for node in self._nodes
            for target, value in _targets(node)
            if value is not None and dotted(target) and _within(aware, self.place(value))
        }
        conditions = (node.test for node in self._nodes if isinstance(node, ast.If))
        return sorted([*aware, *self._informed(conditions, informed)])

    def _informed(self, conditions: Iterable[ast.expr], names: set[str]) -> Iterator[Position]:
        """Conditions that only ask whether there is a token."""
        for condition in conditions:
            few = [one for _, one in zip(range(12), ast.walk(condition), strict=False)]
            plain = not any(isinstance(one, ast.Constant) and isinstance(one.value, str) for one in few)
            if plain and any(isinstance(one, ast.Name | ast.Attribute) and dotted(one) in names for one in few):
                yield self.place(condition)[0]

    @cached_property
    def _uses(self) -> dict[str, list[Place]]:
        found: dict[str, list[Place]] = defaultdict(list)
        for node in self.calls:
            found[dotted(node.func).rpartition(".")[2]].append(self.place(node))
        return found


def dotted(node: ast.expr) -> str:
    """A name with its dots, as far as it is one; what is before a call is left out. Empty for what has no name."""
    names: list[str] = []
    while isinstance(node, ast.Attribute) and len(names) < _DEEPEST:
        names.append(node.attr)
        node = node.value
    if isinstance(node, ast.Name):
        return ".".join([node.id, *reversed(names)])
    return ".".join([STAND_IN, *reversed(names)]) if names else ""


def _owner(node: ast.expr) -> str:
    """The name whose headers something sets: "session" for ``session.headers``."""
    return dotted(node.value) if isinstance(node, ast.Attribute) and _is_of_headers(node) else dotted(node)


def _is_of_headers(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr in ("headers", "addheaders") and dotted(node.value) != "self"


def _targets(node: ast.AST) -> Iterator[tuple[ast.expr, ast.expr | None]]:
    """What a statement assigns, and to what."""
    match node:
        case ast.Assign(targets, value):
            yield from ((target, value) for target in targets)
        case ast.AnnAssign(target, _, value) | ast.NamedExpr(target, value):
            yield target, value
        case ast.withitem(value, ast.expr() as target):
            yield target, value
        case ast.For(target, ast.List(elements) | ast.Tuple(elements)):
            yield target, next((one for one in elements[:50] if _is_url(one)), None)
        case ast.arguments():
            every = (*node.posonlyargs, *node.args)
            for argument, default in zip(every[len(every) - len(node.defaults) :], node.defaults, strict=True):
                yield _name_of(argument), default
            for argument, given in zip(node.kwonlyargs, node.kw_defaults, strict=True):
                if given is not None:
                    yield _name_of(argument), given
        case _:
            pass


def _is_url(node: ast.expr) -> bool:
    """Whether an element of a list is a URL of IMDS: a loop asks that one too."""
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and asked(node.value) is not None


def _name_of(argument: ast.arg) -> ast.Name:
    return ast.Name(
        argument.arg,
        lineno=argument.lineno,
        col_offset=argument.col_offset,
        end_lineno=argument.end_lineno,
        end_col_offset=argument.end_col_offset,
    )


def _spread(place: Callable[[ast.stmt], Place], body: list[ast.stmt]) -> Place:
    return place(body[0])[0], place(body[-1])[1]


def _within(positions: list[Position], place: Place) -> bool:
    at = bisect_left(positions, place[0])
    return at < len(positions) and positions[at] < place[1]
