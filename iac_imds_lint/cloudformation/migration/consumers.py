"""Auto Scaling groups that launch from a template instead of a configuration."""

from __future__ import annotations

import re
from collections.abc import Iterator

from iac_imds_lint.cloudformation.migration.ledger import Ledger
from iac_imds_lint.cloudformation.migration.values import branches
from iac_imds_lint.cloudformation.migration.wrapping import Writing
from iac_imds_lint.cloudformation.template import SHARED, Call, call_of, is_no_value, type_of
from iac_imds_lint.documents.insertion import step_between
from iac_imds_lint.documents.node import Mapping, Member, Node, Scalar, Sequence, Tagged
from iac_imds_lint.edit import Edit
from iac_imds_lint.source import SourceFile, Span

GROUP = "AWS::AutoScaling::AutoScalingGroup"
_KEY, _NEW_KEY = "LaunchConfigurationName", "LaunchTemplate"
_OLDEST, _NEW_OLDEST = "OldestLaunchConfiguration", "OldestLaunchTemplate"


def edits(source: SourceFile, group: Member, old_id: str, new_id: str, ledger: Ledger) -> tuple[Edit, ...]:
    """The edits of a group that names the configuration ``old_id``."""
    properties = group.value.get("Properties") if isinstance(group.value, Mapping) else None
    owner = _properties_of(group)
    if type_of(group) != GROUP or not isinstance(properties, Mapping) or owner is None:
        return ()
    member = next((one for one in properties.members if one.key == _KEY), None)
    if member is None:
        return ()
    step = step_between(source, owner.key_span.start, member.key_span.start)
    reason = _obstacle(group, properties, member, old_id)
    if reason:
        ledger.by_hand(member.key_span, f"let {group.key} launch from {new_id}: {reason}")
        return ()
    write = _Write(Writing(source, source.text.lstrip()[:1] == "{", step), properties, old_id, new_id)
    return (*write.launching(member), *_policies(source, properties, ledger))


def _properties_of(group: Member) -> Member | None:
    members = group.value.members if isinstance(group.value, Mapping) else ()
    return next((member for member in members if member.key == "Properties"), None)


def _obstacle(group: Member, properties: Mapping, member: Member, old_id: str) -> str:
    owner = _properties_of(group)
    if group.aliased or (owner and owner.aliased) or member.aliased:
        return SHARED
    beside = next((one.key for one in properties.members if one.key in (_NEW_KEY, "MixedInstancesPolicy")), "")
    if beside:
        return f"it has a {beside} as well"
    for end in branches(member.value):
        if not _names(end, old_id) and not is_no_value(end):
            return "what it launches from in another case has to be a launch template as well"
    return ""


def _names(node: Node, old_id: str) -> bool:
    match call_of(node):
        case Call("Ref", Scalar(_, name, _)):
            return name == old_id
        case _:
            return False


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
    def __init__(self, writing: Writing, properties: Mapping, old_id: str, new_id: str) -> None:
        self._writing = writing
        self._properties = properties
        self._old_id, self._new_id = old_id, new_id

    def launching(self, member: Member) -> tuple[Edit, ...]:
        """The edits that make of a name a specification of a template, in each case of an ``Fn::If``."""
        source = self._writing.source
        renamed = Edit(member.key_span, source.slice(member.key_span).replace(_KEY, _NEW_KEY, 1))
        return (renamed, *self._value(member))

    def _value(self, member: Member) -> tuple[Edit, ...]:
        source = self._writing.source
        if not _names(member.value, self._old_id):
            return tuple(self._ends(member.value, flow=self._writing.json))
        if self._properties.flow or self._writing.json:
            on_lines = not source.text[source.line_start(member.key_span.start) : member.key_span.start].strip()
            indent = source.indentation(member.key_span.start) if on_lines and self._writing.json else None
            return (Edit(member.value.span, self._braces(member.value, indent)),)
        return self._block(member)

    def _ends(self, node: Node, *, flow: bool) -> list[Edit]:
        match node, call_of(node):
            case _, Call("Fn::If", Sequence(_, (_, then, otherwise), in_brackets)):
                return [*self._ends(then, flow=in_brackets), *self._ends(otherwise, flow=in_brackets)]
            case _ if not _names(node, self._old_id):
                return []
            case _ if flow or self._writing.json:
                return [Edit(node.span, self._braces(node, None))]
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
            f"{step}Fn::GetAtt: [{self._new_id}, LatestVersionNumber]",
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
        return re.sub(
            rf"(?<![A-Za-z0-9]){self._old_id}(?![A-Za-z0-9])", self._new_id, self._writing.source.slice(node.span)
        )

    def _one_line(self, node: Node) -> str:
        return " ".join(self._reference(node).split()) if isinstance(node, Mapping) else self._reference(node)

    def _version(self, node: Node) -> str:
        """The newest version, in the spelling that the reference has."""
        if isinstance(node, Tagged):
            return f"!GetAtt {self._new_id}.LatestVersionNumber"
        quote = '"' if self._quoted(node) else ""
        pad = " " if self._one_line(node).startswith("{ ") else ""
        between = self._colon(node)
        names = f"[{quote}{self._new_id}{quote}{_comma(between)}{quote}LatestVersionNumber{quote}]"
        return f"{{{pad}{quote}Fn::GetAtt{quote}{between}{names}{pad}}}"


def _comma(colon: str) -> str:
    return ", " if colon.endswith(" ") else ","
