"""What a place in a file has to do with resources: as what of which one it stands there.

A place is the head of a resource, of its options or of a call that leads to it, an option, or any step on the way from
one to what decided its value. Nothing is read but the values of the resources: what decided nothing is no such place.
"""

from __future__ import annotations

import os.path
import re
from collections.abc import Iterable, Iterator
from enum import IntEnum
from typing import NamedTuple

from iac_imds_lint.catalog.schema import Option
from iac_imds_lint.declared import Declared, declared
from iac_imds_lint.model import Reference, Resource
from iac_imds_lint.posture import World
from iac_imds_lint.source import SourceFile, Span
from iac_imds_lint.sources import Sources
from iac_imds_lint.value import Branches, Origin, Value

# The key that a value stands behind, in HCL, JSON and YAML, with what may stand around it. No key is longer.
_KEY = re.compile(
    r"""(?:^|[{,(\[]|-[ \t])\s*(?:"(?P<quoted>[\w.:/-]+)"|(?P<bare>[\w.:/-]+))[ \t]*[=:]\s*\Z""", re.MULTILINE
)
# What stands behind a key.
_BEHIND = re.compile(r"[ \t]*(?::|=(?!=))")
_LONGEST_KEY = 160


class Part(IntEnum):
    """What of a resource a place is: of several that it is at once, the first of these."""

    HEAD = 0
    OPTION = 1
    OPTIONS = 2
    TEMPLATE = 3
    VERSION = 4
    CALL = 5


class Standing(NamedTuple):
    """A resource that a place has to do with. ``option`` is set where it is one, ``reference`` where it is of one."""

    resource: Resource
    world: World
    part: Part
    option: Option | None = None
    reference: Reference | None = None


class Stood(NamedTuple):
    """What stands at an offset: the place, on one line, and the resources that it has to do with."""

    place: Span
    standings: tuple[Standing, ...]


class _At(NamedTuple):
    span: Span
    standing: Standing


def at(offset: int, source: SourceFile, worlds: Iterable[World], sources: Sources) -> Stood | None:
    """The innermost place at an offset of a file that has to do with a resource; None where there is none."""
    worlds = tuple(worlds)
    places = (one for world in worlds for one in _places(offset, source, world))
    here = [one for one in places if _holds(_shown(one.span, source), offset)]
    if here:
        size = min(one.span.end - one.span.start for one in here)
        smallest = [one for one in here if one.span.end - one.span.start == size]
        return Stood(_shown(smallest[0].span, source), _distinct(one.standing for one in smallest))
    name = declared(sources, source, offset)
    if name is None:
        return None
    standings = _distinct(one for world in worlds for one in _mentioning(name, world, sources))
    return Stood(name.span, standings) if standings else None


def _holds(span: Span, offset: int) -> bool:
    return span.start <= offset < span.end


def _shown(span: Span, source: SourceFile) -> Span:
    """A place as far as it stands on the line on which it begins."""
    return span._replace(end=min(span.end, source.line_end(span.start)))


def _distinct(standings: Iterable[Standing]) -> tuple[Standing, ...]:
    """Each resource once, as what comes first of all that the place is to it."""
    found: dict[Resource, Standing] = {}
    for one in sorted(standings, key=lambda standing: standing.part):
        found.setdefault(one.resource, one)
    return tuple(found.values())


def _places(offset: int, source: SourceFile, world: World) -> Iterator[_At]:
    """The places in one file that have to do with the resources of a world, of those that may hold an offset."""
    for resource in world.judged():
        yield from (_At(span, Standing(resource, world, part)) for span, part in _heads(resource, source.path))
        for standing, value in _values(resource, world):
            for origin in _origins(value):
                path, start, end = origin.span
                if path == source.path and start - _LONGEST_KEY <= offset < end:
                    yield from (_At(span, standing) for span in _with_key(origin.span, source))


def _heads(resource: Resource, path: str) -> Iterator[tuple[Span, Part]]:
    """The heads of a resource and of the calls that lead to it, as far as they are here."""
    heads = [(resource.head, Part.HEAD)] if resource.downloaded is None else []
    heads += [(call, Part.CALL) for call in resource.calls]
    yield from ((span, part) for span, part in heads if span.path == path)


def _values(resource: Resource, world: World) -> Iterator[tuple[Standing, Value]]:
    """The values of a resource that bear on its posture, each with what it is to it."""
    yield Standing(resource, world, Part.OPTIONS), resource.container
    for option, value in resource.options.items():
        yield Standing(resource, world, Part.OPTION, option), value
    for reference in resource.references:
        yield Standing(resource, world, Part.TEMPLATE, reference=reference), reference.target
        yield Standing(resource, world, Part.VERSION, reference=reference), reference.version


def _origins(value: Value) -> Iterator[Origin]:
    """Every step on the way to what decided a value, or any of those that it may be."""
    for origin in value.origins:
        yield from (origin, *origin.alike)
    for _, choice in value.choices if isinstance(value, Branches) else ():
        yield from _origins(choice)


def _with_key(span: Span, source: SourceFile) -> Iterator[Span]:
    """A value's place, and that of the key that it stands behind, if it is no key itself."""
    yield span
    shift = max(0, span.start - _LONGEST_KEY)
    found = _KEY.search(source.text[shift : span.start])
    if found is not None and not _BEHIND.match(source.text, span.end):
        start, end = found.span(found.lastgroup or 0)
        yield Span(span.path, shift + start, shift + end)


def _mentioning(name: Declared, world: World, sources: Sources) -> Iterator[Standing]:
    """What takes a value through a name that is declared: an expression on its way mentions it."""
    for resource in world.judged():
        for standing, value in _values(resource, world):
            is_whole = standing.part is Part.OPTIONS
            if any(_mentions(origin.span, name, sources, is_whole=is_whole) for origin in _origins(value)):
                yield standing


def _mentions(span: Span, name: Declared, sources: Sources, *, is_whole: bool) -> bool:
    """Whether an expression mentions a name; where it is all options together, only if they are not written out."""
    own, other = name.span.path, span.path
    source = sources.read(other)
    if not isinstance(source, SourceFile) or os.path.dirname(own) != os.path.dirname(other):
        return False
    if (name.is_of_file and own != other) or (is_whole and "\n" in source.slice(span)):
        return False
    return name.mention.search(source.text, span.start, span.end) is not None
