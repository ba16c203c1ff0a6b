"""One resource of a template as the model has it: every field filled from the catalog's row."""

from __future__ import annotations

from iac_imds_lint.catalog import Entry, Fact
from iac_imds_lint.cloudformation.evaluate import Scope
from iac_imds_lint.cloudformation.options import read as read_options
from iac_imds_lint.cloudformation.places import Fork, Place, Reached
from iac_imds_lint.cloudformation.references import name_spelling, references
from iac_imds_lint.documents.node import Member, Sequence
from iac_imds_lint.model import Resource
from iac_imds_lint.source import SourceFile, Span
from iac_imds_lint.statements import Document
from iac_imds_lint.value import ABSENT, Absent, Branches, Known, Origin, Value, kept, known_text


def resource(source: SourceFile, scope: Scope, member: Member, entry: Entry) -> Resource:
    """The resource that a member of ``Resources`` declares. What it boots with is not looked at here."""
    whole = scope.settle(scope.start(member))
    properties = scope.member(whole, "Properties")
    container, options = read_options(source, scope, properties, entry, member.key_span)
    return Resource(
        entry=entry,
        address=scope.prefix + member.key,
        head=member.key_span,
        body=body(member),
        container=kept(container),
        options={option: kept(value) for option, value in options.items()},
        references=references(scope, properties, entry),
        inline=_inline(scope, properties, entry),
        name=_single(scope, properties, entry.name_key),
        name_spelling=name_spelling(scope, scope.at(properties, entry.name_key)[0]) if entry.name_key else "",
        image=_single(scope, properties, entry.image_key),
        renews=bool(entry.renewal) and _renews(scope, whole, entry),
        facts=_facts(scope, properties, entry),
        policies=_policies(source, scope, properties, entry) if entry.policies else (),
    )


def body(member: Member) -> Span:
    """All that declares a member of ``Resources``."""
    return Span(member.key_span.path, member.key_span.start, max(member.value.span.end, member.key_span.end))


def _policies(source: SourceFile, scope: Scope, properties: Reached, entry: Entry) -> tuple[tuple[Document, ...], ...]:
    from iac_imds_lint.cloudformation import policies

    return tuple(policies.held(source, scope, properties, entry))


def _facts(scope: Scope, properties: Reached, entry: Entry) -> dict[Fact, Value]:
    """What the entry's facts are, each at the first of its paths where anything is written."""
    found: dict[Fact, Value] = {}
    for fact, path in entry.facts:
        if isinstance(found.get(fact, ABSENT), Absent):
            found[fact] = _single(scope, properties, path)
    return found


def _inline(scope: Scope, properties: Reached, entry: Entry) -> Value:
    """Whether launch specifications are written that have no IMDS option."""
    if not entry.inline:
        return ABSENT
    return _listed(scope, scope.at(properties, entry.inline)[0])


def _listed(scope: Scope, reached: Reached) -> Value:
    match reached:
        case Fork(condition, choices, way, asked):
            return Branches(condition, tuple((label, _listed(scope, one)) for label, one in choices), way, asked)
        case Place(Sequence(_, ())):
            return ABSENT
        case Place(Sequence(), span):
            return Known(True, (Origin(span, "here"),))
        case _:
            return scope.value(reached)


def _single(scope: Scope, properties: Reached, path: tuple[str, ...]) -> Value:
    return scope.value(scope.at(properties, path)[0]) if path else ABSENT


def _renews(scope: Scope, whole: Reached, entry: Entry) -> bool:
    written = (scope.at(whole, path)[0] for path in entry.renewal_keys)
    return not entry.renewal_keys or any(
        not isinstance(place, Absent) and known_text(scope.value(place)) != "false" for place in written
    )
