"""A launch configuration's own text as that of a launch template."""

from __future__ import annotations

from collections.abc import Mapping as Map

from iac_imds_lint.catalog.schema import Option
from iac_imds_lint.cloudformation import edit
from iac_imds_lint.cloudformation.migration.layout import Chunks, Item, Look, chunks, look_of, written
from iac_imds_lint.cloudformation.migration.ledger import Ledger
from iac_imds_lint.cloudformation.migration.mentions import Index
from iac_imds_lint.cloudformation.migration.properties import DATA, Mapped, Properties
from iac_imds_lint.cloudformation.migration.together import Part
from iac_imds_lint.cloudformation.migration.values import Meanings
from iac_imds_lint.cloudformation.migration.wrapping import Writing
from iac_imds_lint.cloudformation.template import SHARED, Parsed
from iac_imds_lint.documents.insertion import step_between
from iac_imds_lint.documents.node import Mapping, Node, Scalar
from iac_imds_lint.edit import Edit, Refusal
from iac_imds_lint.finding import Migration
from iac_imds_lint.sources import Sources

TEMPLATE = "AWS::EC2::LaunchTemplate"
_OPTIONS = "MetadataOptions"
# What stays last: it is long.
_LATE = "UserData"


def edits(sources: Sources, parsed: Parsed, found: Index, part: Part, ledger: Ledger) -> tuple[Edit, ...] | Refusal:
    """The edits of the resource itself: its ID, its type and its properties."""
    member, migration = part.member, part.migration
    if member.aliased or not isinstance(member.value, Mapping):
        return Refusal(f"{member.key} is not migrated: {SHARED}")
    by_key = {inner.key: inner for inner in member.value.members}
    kind, properties = by_key["Type"], by_key.get("Properties")
    if kind.aliased or (properties and properties.aliased) or any(inner.merged for inner in member.value.members):
        return Refusal(f"{member.key} is not migrated: {SHARED}")
    if properties is None or not isinstance(properties.value, Mapping) or not properties.value.members:
        return Refusal(f"{member.key} has no properties that could be read: migrate it by hand")
    source, mapping = parsed.source, properties.value
    loop = next((inner.key for inner in mapping.members if inner.key.startswith("Fn::")), None)
    if loop:
        return Refusal(f"{loop} may add properties that are not seen here: migrate it by hand")
    step = step_between(source, properties.key_span.start, mapping.members[0].key_span.start)
    writing = Writing(source, source.text.lstrip()[:1] == "{", step)
    inside = _properties(sources, writing, mapping, Meanings(found, ledger), migration, ledger)
    if isinstance(inside, Refusal):
        return inside
    renamed = _replaced(source.slice(member.key_span), member.key, found.ids[member.key])
    typed = _replaced(source.slice(kind.value.span), str(_content(kind.value)), TEMPLATE)
    return (Edit(member.key_span, renamed), Edit(kind.value.span, typed), inside)


def _content(node: Node) -> object:
    return node.content if isinstance(node, Scalar) else ""


def _replaced(text: str, old: str, new: str) -> str:
    return text.replace(old, new, 1)


def _properties(
    sources: Sources, writing: Writing, mapping: Mapping, meanings: Meanings, migration: Migration, ledger: Ledger
) -> Edit | Refusal:
    source = writing.source
    properties = Properties(writing, mapping, meanings, ledger)
    options = _options(sources, mapping, migration, ledger)
    held = chunks(source, mapping, (*properties.edits(), *options))
    if isinstance(held, Refusal):
        return held
    look = look_of(source, mapping, writing.step)
    return Edit(held.span, _text(properties.mapped(held), held, look, migration))


def _options(sources: Sources, mapping: Mapping, migration: Migration, ledger: Ledger) -> tuple[Edit, ...]:
    """The edits inside of the options that are written."""
    member = next((member for member in mapping.members if member.key == _OPTIONS), None)
    wanted = dict(migration.options)
    if member is None or not wanted:
        return ()
    done = edit.write(sources, migration.resources[0], wanted)
    if not isinstance(done, Refusal):
        return done
    ledger.by_hand(member.key_span, f"set {' and '.join(_said(migration, wanted))}: {done.reason}")
    return ()


def _said(migration: Migration, wanted: Map[Option, str]) -> list[str]:
    return [f"{key} to {value}" for key, value in _spelt(migration, wanted)]


def _spelt(migration: Migration, wanted: Map[Option, str]) -> list[tuple[str, str]]:
    """Options as CloudFormation spells them."""
    control = migration.resources[0].entry.control
    keys = control.keys if control else ()
    return [(key.key, wanted[key.option]) for key in keys if key.option in wanted]


def _text(mapped: Mapped, held: Chunks, look: Look, migration: Migration) -> str:
    data = _with_defaults(mapped.data, migration)
    items = (*mapped.named, Item(DATA, data))
    text = written(items, look)
    if len(held.tail) < 2:
        return text
    return text + "".join(" " * len(look.step) + line if line.strip() else line for line in held.tail)


def _with_defaults(data: tuple[Item, ...], migration: Migration) -> tuple[Item, ...]:
    """What has to be written because the defaults differ, or is asked for; before the user data at the end."""
    added = []
    keys = {item.key for item in data}
    if "Monitoring" not in keys:
        added.append(Item("Monitoring", (Item("Enabled", True),)))
    wanted = _ordered(_spelt(migration, dict(migration.options)), migration)
    if _OPTIONS not in keys and wanted:
        added.append(Item(_OPTIONS, tuple(Item(key, value) for key, value in wanted)))
    if len(data) > 1 and data[-1].key == _LATE:
        return (*data[:-1], *added, data[-1])
    return (*data, *added)


def _ordered(spelt: list[tuple[str, str]], migration: Migration) -> list[tuple[str, str]]:
    """Options in the order in which they are asked for."""
    order = [option for option, _ in migration.options]
    control = migration.resources[0].entry.control
    by_key = {key.key: order.index(key.option) for key in control.keys if key.option in order} if control else {}
    return sorted(spelt, key=lambda pair: by_key[pair[0]])
