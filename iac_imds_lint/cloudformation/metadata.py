"""What a template says of itself beside its resources: suppressions in metadata, keys that are written twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from iac_imds_lint.cloudformation.template import Parsed
from iac_imds_lint.directive import Code, Directive, Inside, Mistake, Said, Until, day_of
from iac_imds_lint.documents.node import Mapping, Member, Node, Scalar, Sequence, Tagged
from iac_imds_lint.finding import Hiding
from iac_imds_lint.nearest import nearest
from iac_imds_lint.source import Problem, SourceFile, Span

# The key of our entry in the metadata of a template, or of a resource.
KEY = "iac-imds-lint"

# Sections whose entries decide values, down to the last key.
_READ_WHOLE = ("Parameters", "Conditions", "Mappings")


_HOW = "such as {ignore: [IMDS002], reason: legacy agent, until: 2027-01-31}"
_TAKES = f"Metadata {KEY} takes ignore with a list of codes, {_HOW}"
_KEYS = ("ignore", "reason", "until")


def said(parsed: Parsed, resources: Iterable[Member]) -> tuple[Said, ...]:
    """What the template's metadata and the resources' ask to be ignored, and what of it means nothing.

    The resources are those that are written in the template's own file.
    """
    source = parsed.source
    holders: list[tuple[Node, Span]] = [(parsed.root, parsed.root.span)]
    holders += [(m.value, Span(source.path, m.key_span.start, m.value.span.end)) for m in resources]
    found: list[Said] = []
    for holder, body in holders:
        settings = _member(_under(holder, "Metadata"), KEY)
        if settings is not None:
            found += _read(settings, body)
    return tuple(found)


def _read(settings: Member, body: Span) -> Iterator[Said]:
    """What one entry says; ``body`` is where it counts."""
    codes = _codes(_under(settings.value, "ignore"))
    if codes is None:
        place = settings.value.span if settings.value.span.end > settings.value.span.start else settings.key_span
        yield Mistake(place, _TAKES)
        return
    for member in settings.value.members if isinstance(settings.value, Mapping) else ():
        if member.key not in _KEYS:
            meant = nearest(member.key, _KEYS)
            yield Mistake(member.key_span, f"{member.key} is no key of Metadata {KEY}; did you mean {meant}?")
    until = _until(_under(settings.value, "until"))
    if isinstance(until, Mistake):
        yield until
        return
    span = Span(body.path, settings.key_span.start, max(settings.key_span.end, settings.value.span.end))
    listed = tuple(Code(str(code.content), code.span) for code in codes)
    yield Directive(span, listed, Inside(body), Hiding.METADATA, _text(_under(settings.value, "reason")), until)


def _text(node: Node | None) -> str:
    return " ".join(str(node.content).split()) if isinstance(node, Scalar) and node.content is not None else ""


def _until(node: Node | None) -> Until | Mistake | None:
    """The last day; a mistake where what is written is none."""
    match node:
        case None:
            return None
        case Scalar(span, content) if (day := day_of(str(content))) is not None:
            return Until(day, span)
        case Scalar(span, content):
            return Mistake(span, f"{content} is no day: write until: YYYY-MM-DD, such as until: 2027-01-31")
        case _:
            return Mistake(node.span, "until takes a day: YYYY-MM-DD, such as 2027-01-31")


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


def _member(node: Node | None, key: str) -> Member | None:
    """The member of a key that counts: the last one."""
    members = node.members if isinstance(node, Mapping) else ()
    return next((member for member in reversed(members) if member.key == key), None)


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
