"""What an instance of a template runs when it boots: its user data, and what cfn-init runs of its metadata."""

from __future__ import annotations

from collections.abc import Iterator

from iac_imds_lint import texts
from iac_imds_lint.catalog import Entry
from iac_imds_lint.cloudformation.evaluate import Scope
from iac_imds_lint.cloudformation.places import Fork, Place, Reached
from iac_imds_lint.script import Script, Unseen
from iac_imds_lint.source import SourceFile


def scripts(source: SourceFile, scope: Scope, whole: Reached, entry: Entry) -> Iterator[Script | Unseen]:
    """Every script that a resource may run, with its places; ``whole`` is the resource."""
    properties = scope.member(whole, "Properties")
    for path in entry.scripts:
        for reached in scope.at(properties, path):
            yield from _scripts(source, reached)


def _scripts(source: SourceFile, reached: Reached) -> Iterator[Script]:
    match reached:
        case Fork(_, choices):
            for _, choice in choices:
                yield from _scripts(source, choice)
        case Place(node):
            yield Script(texts.placed(source.slice(node.span), node.span), "UserData")
        case _:
            return
