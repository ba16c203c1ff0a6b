"""Policies in the properties of a resource: as mappings of the template, or as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from iac_imds_lint import statements
from iac_imds_lint.catalog import Entry
from iac_imds_lint.cloudformation import json_text
from iac_imds_lint.cloudformation.evaluate import Scope
from iac_imds_lint.cloudformation.places import Reached
from iac_imds_lint.documents.key_places import key_before
from iac_imds_lint.source import SourceFile, Span
from iac_imds_lint.statements import Document
from iac_imds_lint.value import Value, possibilities


def held(source: SourceFile, scope: Scope, properties: Reached, entry: Entry) -> Iterator[tuple[Document, ...]]:
    """The policies that a resource holds, each with all that it may be."""
    key_place = partial(_key_place, source)
    for path in entry.policies:
        for place in scope.at(properties, path[:-1]):
            opened = json_text.opened(source, scope, scope.member(place, path[-1]), path[-1])
            leaves = possibilities(scope.value(opened))
            yield tuple(statements.read(leaf, key_place) for _, leaf in leaves)


def _key_place(source: SourceFile, key: str, value: Value) -> Span | None:
    for origin in value.origins:
        found = key_before(source, origin.span, key) if origin.span.path == source.path else None
        if found is not None:
            return found
    return None
