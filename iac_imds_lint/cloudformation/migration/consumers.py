"""Auto Scaling groups that launch from a template instead of a configuration."""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Mapping as Map

from iac_imds_lint.cloudformation.migration.ledger import Ledger
from iac_imds_lint.cloudformation.migration.mentions import LAUNCHED
from iac_imds_lint.cloudformation.migration.values import branches
from iac_imds_lint.cloudformation.migration.wrapping import Writing
from iac_imds_lint.cloudformation.template import SHARED, Call, call_of, is_no_value
from iac_imds_lint.documents.insertion import step_between
from iac_imds_lint.documents.node import Mapping, Member, Node, Scalar, Sequence, Tagged
from iac_imds_lint.edit import Edit
from iac_imds_lint.source import SourceFile, Span

_NEW_KEY = "LaunchTemplate"
_OLDEST, _NEW_OLDEST = "OldestLaunchConfiguration", "OldestLaunchTemplate"


def edits(source: SourceFile, group: Member, new_ids: Map[str, str], ledger: Ledger) -> tuple[Edit, ...]:
    """The edits of a group that names configurations, of which ``new_ids`` has those that become templates."""
    properties = group.value.get("Properties") if isinstance(group.value, Mapping) else None
    owner = _properties_of(group)
    if not isinstance(properties, Mapping) or owner is None:
        return ()
    member = next((one for one in properties.members if one.key == LAUNCHED), None)
    if member is None:
        return ()
    step = step_between(source, owner.key_span.start, member.key_span.start)
    reason = _obstacle(group, properties, member, new_ids)
    if reason:
        new = dict.fromkeys(new_ids[name] for name in launched(group) if name in new_ids)
        ledger.by_hand(member.key_span, f"let {group.key} launch from {' and '.join(new)}: {reason}")
        return ()
    write = _Write(Writing(source, source.text.lstrip()[:1] == "{", step), properties, new_ids)
    return (*write.launching(member), *_policies(source, properties, ledger))


def _properties_of(group: Member) -> Member | None:
    members = group.value.members if isinstance(group.value, Mapping) else ()
    return next((member for member in members if member.key == "Properties"), None)


def _obstacle(group: Member, properties: Mapping, member: Member, new_ids: Map[str, str]) -> str:
    owner = _properties_of(group)
    if group.aliased or (owner and owner.aliased) or member.aliased:
        return SHARED
    beside = next((one.key for one in properties.members if one.key in (_NEW_KEY, "MixedInstancesPolicy")), "")
    if beside:
        return f"it has a {beside} as well"
    for end in branches(member.value):
        if _named(end) not in new_ids and not is_no_value(end):
            return "what it launches from in another case has to be a launch template as well"
    return ""


def launched(group: Member) -> tuple[str, ...]:
    """The logical IDs that a group may launch from."""
    properties = group.value.get("Properties") if isinstance(group.value, Mapping) else None
    value = properties.get(LAUNCHED) if isinstance(properties, Mapping) else None
    return () if value is None else tuple(filter(None, map(_named, branches(value))))


def _named(end: Node) -> str:
    """The logical ID that a reference names; empty where it is no reference."""
    match call_of(end):
        case Call("Ref", Scalar(_, str(name), _)):
            return name
        case _:
            return ""


def _policies(source: SourceFile, properties: Mapping, ledger: Ledger) -> Iterator[Edit]:
    """The group's termination policies that speak of launch configurations."""
    member = next((one for one in properties.members if one.key == "TerminationPolicies"), None)
    value = member.value if member else None
    items, shared = (value.items, value.aliased) if isinstance(value, Sequence) else ((value,), ())
    for number, item in enumerate(items):
        if not isinstance(item, Scalar) or item.content != _OLDEST:
            continue
        if number in shared or (member and member.aliased):
            ledger.by_hand(item.span, f"write {_NEW_OLDEST} for {_OLDEST}")
        else:
            yield Edit(item.span, source.slice(item.span).replace(_OLDEST, _NEW_OLDEST))


class _Write:
    def __init__(self, writing: Writing, properties: Mapping, new_ids: Map[str, str]) -> None:
        self._writing = writing
        self._properties = properties
        self._new_ids = new_ids

    def launching(self, member: Member) -> tuple[Edit, ...]:
        """The edits that make of a name a specification of a template, in each case of an ``Fn::If``."""
        source = self._writing.source
        renamed = Edit(member.key_span, source.slice(member.key_span).replace(LAUNCHED, _NEW_KEY, 1))
        return (renamed, *self._value(member))

    def _value(self, member: Member) -> tuple[Edit, ...]:
        if not _named(member.value):
            return tuple(self._ends(member.value, flow=self._writing.json))
        if self._properties.flow or self._writing.json:
            return (Edit(member.value.span, self._braces(member.value, self._indent(member))),)
        return self._block(member)

    def _indent(self, found: Member | Node) -> str | None:
        """The indentation of what begins a line in JSON; None elsewhere."""
        source = self._writing.source
        start = found.key_span.start if isinstance(found, Member) else found.span.start
        on_lines = self._writing.json and not source.text[source.line_start(start) : start].strip()
        return source.indentation(start) if on_lines else None

    def _ends(self, node: Node, *, flow: bool) -> list[Edit]:
        match node, call_of(node):
            case _, Call("Fn::If", Sequence(_, (_, then, otherwise), in_brackets)):
                return [*self._ends(then, flow=in_brackets), *self._ends(otherwise, flow=in_brackets)]
            case _ if _named(node) not in self._new_ids:
                return []
            case _ if flow or self._writing.json:
                return [Edit(node.span, self._braces(node, self._indent(node)))]
            case _:
                return [self._dashed(node)]

    def _dashed(self, node: Node) -> Edit:
        source = self._writing.source
        blanks = " " * (node.span.start - source.line_start(node.span.start))
        lines = self._lines(node)
        return Edit(node.span, (source.newline + blanks).join(lines))

    def _block(self, member: Member) -> tuple[Edit, ...]:
        """On lines of their own below the key, whose comment stays on its line."""
        source, value = self._writing.source, member.value
        column = member.key_span.start - source.line_start(member.key_span.start)
        lead = source.newline + " " * column + self._writing.step
        lines = self._lines(value)
        first, *others = lines
        gap = source.text[member.key_span.end : value.span.start]
        if "\n" in gap:
            inner = source.newline + " " * (value.span.start - source.line_start(value.span.start))
            half, at = len(lines) // 2, source.line_end(value.span.end)
            named = Edit(value.span, inner.join(lines[:half]))
            return (named, Edit(Span(source.path, at, at), inner + inner.join(lines[half:])))
        colon = member.key_span.end + gap.index(":") + 1
        at = source.line_end(value.span.end)
        return (
            Edit(Span(source.path, colon, value.span.end), ""),
            Edit(Span(source.path, at, at), lead + lead.join((first, *others))),
        )

    def _lines(self, node: Node) -> list[str]:
        """The members of a specification, relative to where they begin."""
        step = self._writing.step
        if not isinstance(node, Mapping) or node.flow:
            return [f"LaunchTemplateId: {self._reference(node)}", f"Version: {self._version(node)}"]
        return [
            "LaunchTemplateId:",
            f"{step}{self._reference(node)}",
            "Version:",
            f"{step}Fn::GetAtt: [{self._new_id(node)}, LatestVersionNumber]",
        ]

    def _braces(self, node: Node, indent: str | None) -> str:
        quote = '"' if self._quoted(node) else ""
        reference, between = self._one_line(node), self._colon(node)
        pad = " " if reference.startswith("{ ") else ""
        members = [
            f"{quote}LaunchTemplateId{quote}{between}{reference}",
            f"{quote}Version{quote}{between}{self._version(node)}",
        ]
        if indent is None:
            return "{" + pad + _comma(between).join(members) + pad + "}"
        newline = self._writing.source.newline
        inner = newline + indent + self._writing.step
        return "{" + inner + ("," + inner).join(members) + newline + indent + "}"

    def _colon(self, node: Node) -> str:
        """What stands between a key and its value in the reference."""
        found = re.search(r"Ref\"( ?: ?)", self._writing.source.slice(node.span))
        return found[1] if found else ": "

    def _quoted(self, node: Node) -> bool:
        return self._writing.json or self._writing.source.slice(node.span).startswith(('{"', '{ "'))

    def _reference(self, node: Node) -> str:
        text = self._writing.source.slice(node.span)
        return re.sub(rf"(?<![A-Za-z0-9]){_named(node)}(?![A-Za-z0-9])", self._new_id(node), text)

    def _new_id(self, node: Node) -> str:
        return self._new_ids[_named(node)]

    def _one_line(self, node: Node) -> str:
        return " ".join(self._reference(node).split()) if isinstance(node, Mapping) else self._reference(node)

    def _version(self, node: Node) -> str:
        """The newest version, in the spelling that the reference has."""
        if isinstance(node, Tagged):
            return f"!GetAtt {self._new_id(node)}.LatestVersionNumber"
        quote = '"' if self._quoted(node) else ""
        pad = " " if self._one_line(node).startswith("{ ") else ""
        between = self._colon(node)
        names = f"[{quote}{self._new_id(node)}{quote}{_comma(between)}{quote}LatestVersionNumber{quote}]"
        return f"{{{pad}{quote}Fn::GetAtt{quote}{between}{names}{pad}}}"


def _comma(colon: str) -> str:
    return ", " if colon.endswith(" ") else ","
