"""A template as the engine reads it: what it declares, what is wrong with it, what its metadata ignores."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from iac_imds_lint.catalog import Dialect, entries
from iac_imds_lint.cloudformation.evaluate import Scope
from iac_imds_lint.cloudformation.parameters import given_parameters
from iac_imds_lint.cloudformation.resources import resource
from iac_imds_lint.cloudformation.template import Parsed, parse, type_of
from iac_imds_lint.documents.node import Mapping, Member, Node, Scalar, Sequence, Tagged
from iac_imds_lint.inputs import Inputs
from iac_imds_lint.model import Resource
from iac_imds_lint.source import Problem, SourceFile, Span
from iac_imds_lint.sources import Sources

_METADATA_KEY = "iac-imds-lint"


class Ignore(NamedTuple):
    """A code that metadata of the template ignores: where it is written, and in which ``body`` it counts."""

    code: str
    span: Span
    body: Span


@dataclass(frozen=True)
class Template:
    """What a template declares.

    ``problems`` are what is wrong with it without keeping it from being read; ``ignores`` the suppressions in its
    metadata, each also among ``suppressed`` of the resources that it counts for. ``parameters`` are those that it
    declares, of those that the user gave values for on the command line.
    """

    source: SourceFile
    resources: tuple[Resource, ...]
    problems: tuple[Problem, ...] = ()
    ignores: tuple[Ignore, ...] = ()
    parameters: frozenset[str] = frozenset()


def load(source: SourceFile, sources: Sources, inputs: Inputs) -> Template | Problem | None:
    """The template that a file holds; None where it holds none, a Problem where it plainly means to and is broken."""
    parsed = parse(source)
    if not isinstance(parsed, Parsed):
        return parsed
    catalog = entries(Dialect.CLOUDFORMATION)
    ours = [member for member in _counting(parsed.resources()) if type_of(member) in catalog]
    ignores, problems = _ignores(parsed, ours)
    scope = Scope(parsed, given_parameters(parsed, inputs, sources))
    resources = tuple(
        resource(source, scope, member, catalog[type_of(member)], _suppressed(ignores, member)) for member in ours
    )
    parameters = frozenset(inputs.parameters) & {member.key for member in parsed.section("Parameters")}
    return Template(source, resources, (*problems, *_duplicates(parsed, ours)), ignores, parameters)


def _counting(members: tuple[Member, ...]) -> tuple[Member, ...]:
    """The members that a decoder keeps: of those with one key, the last."""
    return tuple({member.key: member for member in members}.values())


def _suppressed(ignores: tuple[Ignore, ...], member: Member) -> tuple[str, ...]:
    return tuple(dict.fromkeys(i.code for i in ignores if i.body.start <= member.key_span.start < i.body.end))


def _ignores(parsed: Parsed, ours: list[Member]) -> tuple[tuple[Ignore, ...], list[Problem]]:
    """The suppressions of the template's metadata and of each resource's, and those that cannot be read."""
    holders: list[tuple[Node, Span]] = [(parsed.root, Span(parsed.source.path, 0, len(parsed.source.text)))]
    holders += [(m.value, Span(parsed.source.path, m.key_span.start, m.value.span.end)) for m in ours]
    ignores: list[Ignore] = []
    problems: list[Problem] = []
    for holder, body in holders:
        settings = _under(_under(holder, "Metadata"), _METADATA_KEY)
        if settings is None:
            continue
        codes = _codes(_under(settings, "ignore"))
        if codes is None:
            words = f"Metadata {_METADATA_KEY} takes ignore with a list of codes, such as {{ignore: [IMDS002]}}"
            problems.append(Problem(parsed.source.path, words, parsed.source.position(settings.span.start)))
        else:
            ignores += [Ignore(str(code.content), code.span, body) for code in codes]
    return tuple(ignores), problems


def _under(node: Node | None, key: str) -> Node | None:
    return node.get(key) if isinstance(node, Mapping) else None


def _codes(node: Node | None) -> list[Scalar] | None:
    items = node.items if isinstance(node, Sequence) else ()
    codes = [item for item in items if isinstance(item, Scalar) and isinstance(item.content, str)]
    return codes if codes and len(codes) == len(items) else None


def _duplicates(parsed: Parsed, ours: list[Member]) -> Iterator[Problem]:
    """Keys that are written twice where this reading depends on which one counts."""
    yield from _twice(parsed, parsed.root.members)
    for name in ("Parameters", "Conditions", "Resources"):
        yield from _twice(parsed, parsed.section(name))
    for member in ours:
        yield from _twice_inside(parsed, member.value)


def _twice(parsed: Parsed, members: tuple[Member, ...]) -> Iterator[Problem]:
    counts = Counter(member.key for member in members)
    seen: set[str] = set()
    for member in members:
        if counts[member.key] > 1 and member.key in seen:
            where = parsed.source.position(member.key_span.start)
            yield Problem(parsed.source.path, f"the key {member.key} is written twice; the last one counts", where)
        seen.add(member.key)


def _twice_inside(parsed: Parsed, node: Node) -> Iterator[Problem]:
    match node:
        case Mapping(_, members):
            yield from _twice(parsed, members)
            for member in members:
                if not member.aliased:
                    yield from _twice_inside(parsed, member.value)
        case Sequence(_, items):
            for item in items:
                yield from _twice_inside(parsed, item)
        case Tagged(_, _, inner):
            yield from _twice_inside(parsed, inner)
        case _:
            pass
