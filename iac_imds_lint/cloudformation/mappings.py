"""``Fn::FindInMap``: the entry of a mapping, or all that it may be where a key is not known.

AWS CloudFormation Template Reference, "Fn::FindInMap": keys are texts, entries are texts or lists; ``DefaultValue`` is
given where the mapping or a key is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from collections.abc import Mapping as Names
from typing import NamedTuple

from iac_imds_lint.cloudformation.template import open_reason
from iac_imds_lint.documents.node import Mapping, Member, Node
from iac_imds_lint.value import Branches, Unknown, Value, bounded, known_text

# More rows are not tried one by one.
_MOST_ROWS = 256
# More choices than these are told by their values.
_MOST_CHOICES = 16


class Key(NamedTuple):
    """A key as it is asked for: its value, and how it is called where that is not known."""

    value: Value
    name: str


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
    table = mappings.get(name)
    reason = open_reason(table) if table is not None else None
    if reason is not None:
        return Unknown(reason)
    if not isinstance(table, Mapping):
        return default if default is not None else Unknown(f"mapping {name} is not defined", invalid=True)
    return _Search(name, default, read).rows(table, keys[1], keys[2])


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
            return entry(members[text], text)
        macro = next((name for name in members if name.startswith("Fn::")), None)
        if macro is not None:
            return Unknown(f"{macro} may add keys to {where} at deployment")
        if text is not None:
            return self._missing(f"{where} has no key {text}")
        if not isinstance(key.value, Unknown) or key.value.invalid or len(members) > _MOST_ROWS:
            return _stopped(key.value)
        return self._any(key, [(name, entry(member, name)) for name, member in members.items()])

    def _any(self, key: Key, entries: list[tuple[str, Value]]) -> Value:
        """One of the entries; those whose keys would be refused are left out where others would not."""
        usable = [each for each in entries if not (isinstance(each[1], Unknown) and each[1].invalid)] or entries
        choices = [(f"{key.name} is {name}", value) for name, value in usable]
        if self.default is not None:
            choices.append((f"{key.name} is another", self.default))
        if not choices:
            return _stopped(key.value)
        texts = {known_text(value) for _, value in choices}
        if len(texts) == 1 and None not in texts:
            return _same(choices[0][1])
        if len(choices) > _MOST_CHOICES and None not in texts:
            return bounded(Branches(f"{key.name} in mapping {self.mapping}", tuple(_grouped(choices))))
        return bounded(Branches(key.name, tuple(choices)))

    def _missing(self, reason: str) -> Value:
        return self.default if self.default is not None else Unknown(reason, invalid=True)


def _grouped(choices: list[tuple[str, Value]]) -> Iterator[tuple[str, Value]]:
    """Choices of which those with the same value are one."""
    groups: dict[str | None, list[tuple[str, Value]]] = {}
    for choice in choices:
        groups.setdefault(known_text(choice[1]), []).append(choice)
    for (label, value), *others in groups.values():
        yield (f"{label} or one of {len(others)} others", _same(value)) if others else (label, value)


def _same(value: Value) -> Value:
    """A value that stands in several places: no single one of them can be changed to change it."""
    return value._replace(origins=tuple(step._replace(literal=False) for step in value.origins))


def _stopped(key: Value) -> Value:
    return key if isinstance(key, Unknown) else Unknown("a key of Fn::FindInMap is no text", invalid=True)
