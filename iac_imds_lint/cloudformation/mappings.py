"""``Fn::FindInMap``: the entry of a mapping, or all that it may be where a key is not known.

AWS CloudFormation Template Reference, "Fn::FindInMap": keys are texts, entries are texts or lists; ``DefaultValue`` is
given where the mapping or a key is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from collections.abc import Mapping as Names
from typing import NamedTuple

from iac_imds_lint.cloudformation.conditions import spelt
from iac_imds_lint.cloudformation.template import open_reason
from iac_imds_lint.documents.node import Mapping, Member, Node
from iac_imds_lint.value import (
    MOST_CHOICES,
    OTHERWISE,
    Answers,
    Asked,
    Branches,
    Unknown,
    Value,
    bounded,
    known_text,
    shown,
)

# More rows are not tried one by one.
_MOST_ROWS = 256


class Key(NamedTuple):
    """A key as it is asked for: its value, how it is called where that is not known, and where it is written: two that
    are spelt alike in one template are one.
    """

    value: Value
    name: str
    node: Node


class Entry(NamedTuple):
    """What stands in a mapping, and how it is called there."""

    node: Node
    what: str
    aliased: bool


def found(
    mappings: Names[str, Node], keys: tuple[Value, Key, Key], default: Value | None, read: Callable[[Entry], Value]
) -> Value:
    """The entry under three keys, of which none is a choice; ``read`` evaluates it, ``default`` stands for a missing
    one.
    """
    name = known_text(keys[0])
    if name is None:
        return _stopped(keys[0])
    told = shown(keys[0], "(sensitive value)")
    table = mappings.get(name)
    reason = open_reason(table) if table is not None else None
    if reason is not None:
        return Unknown(reason)
    if not isinstance(table, Mapping):
        return default if default is not None else Unknown(f"mapping {told} is not defined", invalid=True)
    return _Search(told, default, read).rows(table, keys[1], keys[2])


class _Search(NamedTuple):
    mapping: str
    default: Value | None
    read: Callable[[Entry], Value]

    def rows(self, table: Mapping, first: Key, second: Key) -> Value:
        """The entry in the row of a key, or in each row."""

        def entry(row: Member, label: str) -> Value:
            return self.entries(row, label, second)

        return self._each(table, first, f"mapping {self.mapping}", entry)

    def entries(self, row: Member, path: str, second: Key) -> Value:
        """The entry in one row."""
        if not isinstance(row.value, Mapping):
            return Unknown(f"{path} of mapping {self.mapping} is no mapping", invalid=True)

        def entry(member: Member, key: str) -> Value:
            what = f"the entry {path}.{key} of mapping {self.mapping}"
            return self.read(Entry(member.value, what, row.aliased or member.aliased))

        return self._each(row.value, second, f"{path} of mapping {self.mapping}", entry)

    def _each(self, table: Mapping, key: Key, where: str, entry: Callable[[Member, str], Value]) -> Value:
        members = {member.key: member for member in table.members}
        text = known_text(key.value)
        if text is not None and text in members:
            return entry(members[text], shown(key.value, f"({key.name})"))
        macro = next((name for name in members if name.startswith("Fn::")), None)
        if macro is not None:
            return Unknown(f"{macro} may add keys to {where} at deployment")
        if text is not None:
            return self._missing(f"{where} has no key {shown(key.value, f'that {key.name} gives')}")
        if not isinstance(key.value, Unknown) or key.value.invalid or len(members) > _MOST_ROWS:
            return _stopped(key.value)
        return self._any(key, [(name, entry(member, name)) for name, member in members.items()])

    def _any(self, key: Key, entries: list[tuple[str, Value]]) -> Value:
        """One of the entries; those whose keys would be refused are left out where others would not."""
        usable = [each for each in entries if not (isinstance(each[1], Unknown) and each[1].invalid)] or entries
        rows = [_Row(f"{key.name} is {name}", Answers(frozenset({name})), value) for name, value in usable]
        if self.default is not None:
            named = Answers(frozenset(name for name, _ in entries), others=True)
            rows.append(_Row(f"{key.name} {OTHERWISE}", named, self.default))
        if not rows:
            return _stopped(key.value)
        texts = {known_text(row.value) for row in rows}
        if len(texts) == 1 and None not in texts:
            return _same([row.value for row in rows])
        if len(rows) > MOST_CHOICES and None not in texts:
            rows = list(_grouped(rows))
        asked = Asked(spelt(key.node), tuple((row.label, row.answers) for row in rows))
        return bounded(Branches(key.name, tuple((row.label, row.value) for row in rows), asked=asked))

    def _missing(self, reason: str) -> Value:
        return self.default if self.default is not None else Unknown(reason, invalid=True)


class _Row(NamedTuple):
    """A choice between entries, with the keys that lead to it."""

    label: str
    answers: Answers
    value: Value


def _grouped(rows: list[_Row]) -> Iterator[_Row]:
    """Rows of which those with the same value are one; what stands for all other keys stays alone."""
    groups: dict[tuple[str | None, bool], list[_Row]] = {}
    for row in rows:
        groups.setdefault((known_text(row.value), row.answers.others), []).append(row)
    for first, *others in groups.values():
        texts = first.answers.texts.union(*(row.answers.texts for row in others))
        label = f"{first.label} or one of {len(others)} others"
        yield _Row(label, Answers(texts), _same([row.value for row in (first, *others)])) if others else first


def _same(values: Sequence[Value]) -> Value:
    """One value that stands in several places: it becomes another where each of them can be changed, and is."""
    first, ends = values[0], [value.origins[-1] for value in values if value.origins]
    if len(ends) == len(values) and all(end.literal for end in ends):
        alike = tuple(one for end in ends for one in (end._replace(alike=()), *end.alike))
        return first._replace(origins=(*first.origins[:-1], ends[0]._replace(alike=alike[1:])))
    return first._replace(origins=tuple(step._replace(literal=False) for step in first.origins))


def _stopped(key: Value) -> Value:
    return key if isinstance(key, Unknown) else Unknown("a key of Fn::FindInMap is no text", invalid=True)
