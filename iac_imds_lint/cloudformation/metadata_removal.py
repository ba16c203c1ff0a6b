"""What ignores nothing taken out of a template's metadata: codes, else the entry with the keys that would be empty."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from iac_imds_lint.cloudformation.metadata import KEY
from iac_imds_lint.cloudformation.template import SHARED, all_edited
from iac_imds_lint.documents.deletion import delete
from iac_imds_lint.documents.node import Mapping, Member, Node, Sequence
from iac_imds_lint.edit import Edit, Refusal
from iac_imds_lint.finding import Removal
from iac_imds_lint.source import Problem, SourceFile


class _Place(NamedTuple):
    """An entry of ours: what has the metadata, the metadata, and the entry in it."""

    holder: Mapping
    metadata: Member
    entry: Member


def edits(source: SourceFile, removal: Removal) -> tuple[Edit, ...] | Refusal:
    """The edits that take codes out of the entry that begins where the removal's span does."""
    place = _places(source).get(removal.span.start)
    if place is None or not isinstance(place.metadata.value, Mapping) or not isinstance(place.entry.value, Mapping):
        return Refusal("it cannot be read again")
    if place.metadata.aliased or place.entry.aliased:
        return Refusal(SHARED)
    listed = place.entry.value.get("ignore")
    if isinstance(listed, Sequence) and not removal.is_whole:
        removed = frozenset(removal.codes)
        return delete(source, listed, [index for index, code in enumerate(listed.items) if code.span in removed])
    if len(place.metadata.value.members) > 1:
        return delete(source, place.metadata.value, [place.metadata.value.members.index(place.entry)])
    return delete(source, place.holder, [place.holder.members.index(place.metadata)])


@lru_cache(maxsize=2)
def _places(source: SourceFile) -> dict[int, _Place]:
    """The entries in the metadata of templates and their resources, by where they begin."""
    held = all_edited(source)
    roots = [] if isinstance(held, Problem) else [(parsed.root, parsed.resources()) for parsed in held]
    holders = (node for root, resources in roots for node in (root, *(member.value for member in resources)))
    return {place.entry.key_span.start: place for holder in holders for place in _in(holder)}


def _in(holder: Node) -> Iterator[_Place]:
    if not isinstance(holder, Mapping):
        return
    for metadata in holder.members:
        if metadata.key == "Metadata" and isinstance(metadata.value, Mapping):
            yield from (_Place(holder, metadata, one) for one in metadata.value.members if one.key == KEY)
