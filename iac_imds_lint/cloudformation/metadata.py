"""What a template says of itself beside its resources: suppressions in metadata, keys that are written twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from iac_imds_lint.cloudformation.template import Parsed
from iac_imds_lint.documents.node import Mapping, Member, Node, Scalar, Sequence, Tagged
from iac_imds_lint.source import Problem, SourceFile, Span

_METADATA_KEY = "iac-imds-lint"

# Sections whose entries decide values, down to the last key.
_READ_WHOLE = ("Parameters", "Conditions", "Mappings")


class Ignore(NamedTuple):
    """A code that metadata of the template ignores: where it is written, and in which ``body`` it counts."""

    code: str
    span: Span
    body: Span


def suppressed(ignores: Iterable[Ignore], resource: Member) -> tuple[str, ...]:
    """The codes that are ignored in the place of a resource."""
    at = resource.key_span
    return tuple(dict.fromkeys(one.code for one in ignores if _holds(one.body, at)))


def _holds(body: Span, at: Span) -> bool:
    return body.path == at.path and body.start <= at.start < body.end


def ignores(parsed: Parsed, resources: Iterable[Member]) -> tuple[tuple[Ignore, ...], list[Problem]]:
    """The suppressions of the template's metadata and of the resources', and those that cannot be read.

    The resources are those that are written in the template's own file.
    """
    source = parsed.source
    holders: list[tuple[Node, Span]] = [(parsed.root, parsed.root.span)]
    holders += [(m.value, Span(source.path, m.key_span.start, m.value.span.end)) for m in resources]
    found: list[Ignore] = []
    problems: list[Problem] = []
    for holder, body in holders:
        settings = _under(_under(holder, "Metadata"), _METADATA_KEY)
        if settings is None:
            continue
        codes = _codes(_under(settings, "ignore"))
        if codes is None:
            words = f"Metadata {_METADATA_KEY} takes ignore with a list of codes, such as {{ignore: [IMDS002]}}"
            problems.append(Problem(source.path, words, source.position(settings.span.start), is_whole=False))
        else:
            found += [Ignore(str(code.content), code.span, body) for code in codes]
    return tuple(found), problems


def construct(resource: Member) -> str:
    """The path of the CDK construct that a resource was made of; empty where it was not."""
    path = _under(_under(resource.value, "Metadata"), "aws:cdk:path")
    return path.content if isinstance(path, Scalar) and isinstance(path.content, str) else ""


def asset(resource: Member) -> str:
    """The local file that the CDK made for a nested stack, relative to the template; empty where there is none."""
    path = _under(_under(resource.value, "Metadata"), "aws:asset:path")
    return path.content if isinstance(path, Scalar) and isinstance(path.content, str) else ""


def _under(node: Node | None, key: str) -> Node | None:
    return node.get(key) if isinstance(node, Mapping) else None


def _codes(node: Node | None) -> list[Scalar] | None:
    items = node.items if isinstance(node, Sequence) else ()
    codes = [item for item in items if isinstance(item, Scalar) and isinstance(item.content, str)]
    return codes if codes and len(codes) == len(items) else None


def duplicates(parsed: Parsed, ours: Iterable[Member]) -> Iterator[Problem]:
    """Keys that are written twice where this reading depends on which one counts."""
    yield from _twice(parsed.source, parsed.root.members)
    whole = (member for name in _READ_WHOLE for member in parsed.root.members if member.key == name)
    for member in whole:
        yield from _twice_inside(parsed.source, member.value)
    for name in ("Resources", "Outputs"):
        yield from _twice(parsed.source, parsed.section(name))
    for member in ours:
        yield from _twice_inside(parsed.source, member.value)


def _twice(source: SourceFile, members: tuple[Member, ...]) -> Iterator[Problem]:
    if len({member.key for member in members}) == len(members):
        return
    seen: set[str] = set()
    for member in members:
        if member.key in seen:
            where = source.position(member.key_span.start)
            words = f"the key {member.key} is written twice; the last one counts"
            yield Problem(source.path, words, where, is_whole=False)
        seen.add(member.key)


def _twice_inside(source: SourceFile, node: Node) -> Iterator[Problem]:
    match node:
        case Mapping(_, members):
            yield from _twice(source, members)
            for member in members:
                if not member.aliased:
                    yield from _twice_inside(source, member.value)
        case Sequence(_, items):
            for item in items:
                yield from _twice_inside(source, item)
        case Tagged(_, _, inner):
            yield from _twice_inside(source, inner)
        case _:
            pass
