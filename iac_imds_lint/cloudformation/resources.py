"""One resource of a template as the model has it: every field filled from the catalog's row."""

from __future__ import annotations

from collections.abc import Iterator

from iac_imds_lint.bootscript import reads_imds
from iac_imds_lint.catalog import Control, Entry, Option, Role, TemplateKeys
from iac_imds_lint.cloudformation.evaluate import Fork, Place, Reached, Scope
from iac_imds_lint.cloudformation.template import call_of
from iac_imds_lint.documents.node import Mapping, Member, Node, Sequence
from iac_imds_lint.model import Reference, Resource
from iac_imds_lint.source import SourceFile, Span
from iac_imds_lint.value import ABSENT, Absent, Branches, Known, Origin, Unknown, Value

_SCRIPTS = (("Properties", "UserData"), ("Properties", "LaunchTemplateData", "UserData"), ("Metadata",))


def resource(source: SourceFile, scope: Scope, member: Member, entry: Entry, suppressed: tuple[str, ...]) -> Resource:
    """The resource that a member of ``Resources`` declares; ``suppressed`` are codes that its metadata ignores."""
    whole = scope.settle(Place(member.value, member.key_span, shared=member.aliased))
    properties = scope.member(whole, "Properties")
    body = Span(source.path, member.key_span.start, max(member.value.span.end, member.key_span.end))
    container, options = _options(scope, properties, entry, member.key_span)
    return Resource(
        entry=entry,
        address=scope.prefix + member.key,
        head=member.key_span,
        body=body,
        container=container,
        options=options,
        references=tuple(one for keys in entry.templates for one in _references(scope, properties, keys)),
        inline=_inline(scope, properties, entry),
        name=_single(scope, properties, entry.name_key),
        image=_single(scope, properties, entry.image_key),
        reads_imds=any(reads_imds(source.slice(span)) for span in _scripts(member.value)),
        renews=bool(entry.renewal) and _renews(scope, whole, entry),
        facts={fact: _single(scope, properties, path) for fact, path in entry.facts},
        suppressed=suppressed,
    )


def _options(scope: Scope, properties: Reached, entry: Entry, head: Span) -> tuple[Value, dict[Option, Value]]:
    """The container of a resource's options, and those that are written in it."""
    control = entry.control
    if control is None:
        return ABSENT, {}
    if "*" in control.path:
        return _several(scope, properties, entry.role, control), {}
    (reached,) = scope.at(properties, control.path)
    found = {key.option: scope.value(scope.member(reached, key.key)) for key in control.keys}
    options = {option: value for option, value in found.items() if value != ABSENT}
    if control.path:
        return _written(scope, reached), options
    # The options stand among the other properties: they are "written" where one of them is.
    return (Known(True, (Origin(head, "here"),)) if options else ABSENT), options


def _several(scope: Scope, properties: Reached, role: Role, control: Control) -> Value:
    """The containers of a type that has one in each element of a list."""
    written = [value for reached in scope.at(properties, control.path) if (value := _written(scope, reached)) != ABSENT]
    if not written:
        return ABSENT
    origins = tuple(origin for value in written for origin in value.origins)
    if role is Role.SPOT_FLEET:
        return Known(True, origins)
    lists = [key for key, following in zip(control.path, control.path[1:], strict=False) if following == "*"]
    return Unknown(f"each of its {lists[-1]} may set options of its own, which is not read yet", origins)


def _written(scope: Scope, reached: Reached) -> Value:
    """Whether a container is written, and where: Known, with its key as the place, or Absent."""
    match reached:
        case Fork(condition, choices, way):
            values = [(label, _written(scope, choice)) for label, choice in choices]
            if all(isinstance(value, Known) for _, value in values):
                return values[0][1]
            return Branches(condition, tuple(values), way)
        case Place(Mapping() as node, span) if call_of(node) is None:
            return Known(True, (Origin(span, "here", literal=not reached.shared),))
        case Place():
            value = scope.value(reached)
            return (
                value
                if isinstance(value, Unknown)
                else Unknown("what should hold its options is no mapping", value.origins)
            )
        case _:
            return reached


def _references(scope: Scope, properties: Reached, keys: TemplateKeys) -> Iterator[Reference]:
    """The launch templates, or configurations, that a resource names under one path."""
    for container in scope.at(properties, keys.path):
        if isinstance(container, Absent):
            continue
        target: Value = ABSENT
        for key in (keys.id, keys.name):
            if key and isinstance(target, Absent):
                target = scope.value(scope.member(container, key))
        version = scope.value(scope.member(container, keys.version)) if keys.version else ABSENT
        if isinstance(target, Absent):
            if not keys.path:
                continue
            target = Unknown(f"{keys.path[-1]} names no launch template")
        yield Reference(target, version, _place_of(target, container))


def _place_of(target: Value, container: Reached) -> Span:
    if target.origins:
        return target.origins[0].span
    match container:
        case Place(_, span):
            return span
        case Fork(_, _, way):
            return way[0].span
        case other:
            return other.origins[0].span


def _inline(scope: Scope, properties: Reached, entry: Entry) -> Value:
    """Whether launch specifications are written that have no IMDS option."""
    if not entry.inline:
        return ABSENT
    (reached,) = scope.at(properties, entry.inline)
    match reached:
        case Place(Sequence(_, ())):
            return ABSENT
        case Place(Sequence(), span):
            return Known(True, (Origin(span, "here"),))
        case _:
            return scope.value(reached)


def _single(scope: Scope, properties: Reached, path: tuple[str, ...]) -> Value:
    return scope.value(scope.at(properties, path)[0]) if path else ABSENT


def _renews(scope: Scope, whole: Reached, entry: Entry) -> bool:
    return not entry.renewal_key or not isinstance(scope.at(whole, entry.renewal_key)[0], Absent)


def _scripts(resource: Node) -> Iterator[Span]:
    """The places of the texts that an instance may run when it boots."""
    for path in _SCRIPTS:
        node: Node | None = resource
        for key in path:
            node = node.get(key) if isinstance(node, Mapping) else None
        if node is not None:
            yield node.span
