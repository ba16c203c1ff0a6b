"""What refers to a launch configuration from HCL: groups that launch from it, and everything else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

import tree_sitter

from iac_imds_lint.edit import Edit, Step
from iac_imds_lint.source import SourceFile, Span
from iac_imds_lint.terraform import hcl, tree
from iac_imds_lint.terraform.migration import ignoring, leftovers, rows, shapes
from iac_imds_lint.terraform.migration.changes import Changes, Job, joined
from iac_imds_lint.terraform.migration.mapping import GROUP, POLICIES
from iac_imds_lint.terraform.migration.references import Address, Kind, Mention, mentions, renamed
from iac_imds_lint.terraform.migration.rows import Argument, Body, Row
from iac_imds_lint.terraform.syntax import Block
from iac_imds_lint.value import Known

_ARGUMENT = re.compile(r"""(?:"?\w+"?\s*[=:]\s*)?(?:"\$\{)?(.*?)(?:\}")?""", re.DOTALL)
OTHERWISE = ("launch_template", "mixed_instances_policy")


def rewritten(job: Job, source: SourceFile) -> Changes:
    """The edits of the references in a file, and what they leave to do."""
    found = list(mentions(source, job.old))
    simple, by_hand = _simple(job, source, found)
    launching = [mention for mention in found if mention.kind is Kind.LAUNCHES]
    parts = [_group(job, source, mention, simple) for mention in launching]
    taken = [_block_of(source, mention) for mention in launching]
    free = [edit for edit in simple if not any(within(edit.span, block) for block in taken)]
    return joined((Changes(tuple(free), tuple(by_hand)), *parts))


def _simple(job: Job, source: SourceFile, found: Sequence[Mention]) -> tuple[list[Edit], list[Step]]:
    """What is renamed where it stands, and what is not."""
    edits: list[Edit] = []
    by_hand: list[Step] = []
    for mention in found:
        match mention.kind:
            case Kind.ORDERS:
                edits.append(Edit(mention.whole, ordered(mention, job.new)))
            case Kind.ALIKE | Kind.COUNTED:
                edits.append(Edit(mention.whole, renamed(mention, job.new)))
            case Kind.LOOKS_UP if job.module.data(job.new.type, mention.block[2]) is not None:
                by_hand.append(Step(mention.whole, leftovers.LOOKED_UP_ALREADY))
            case Kind.LOOKS_UP:
                edits += _looking_up(source, mention, job.new)
            case Kind.OTHER if iterates_over_keys(job, source, mention):
                edits.append(Edit(mention.whole, renamed(mention, job.new)))
            case Kind.OTHER:
                edits += drafted(mention, job.new)
                by_hand.append(leftovers.step(source, mention))
            case Kind.LAUNCHES:
                pass
    return edits, by_hand


def drafted(mention: Mention, new: Address) -> Iterator[Edit]:
    """A reference that is to be looked at, by the address that is there afterwards."""
    if not leftovers.is_refactoring(mention):
        yield Edit(mention.whole, renamed(mention, new))


def iterates_over_keys(job: Job, source: SourceFile, mention: Mention) -> bool:
    """Whether a block is made for each instance, of which it takes nothing but the key."""
    if mention.path != ("for_each",) or mention.rest or mention.value != mention.whole:
        return False
    around = _around(job, source, mention)
    return around is not None and "each.value" not in "".join(job.module.text(around.span).split())


def _around(job: Job, source: SourceFile, mention: Mention) -> Block | None:
    """The top-level block that a reference stands in, in either syntax."""
    labels = mention.block[1:]
    found = job.module.parsed(source).blocks(mention.block[0], labels.__eq__)
    return next((one for one in found if within(mention.whole, one.span)), None)


def ordered(mention: Mention, new: Address) -> str:
    """What something is made or replaced after: a template's new version is what a new configuration was."""
    changes = mention.names and not mention.is_alike
    return renamed(mention, new, "latest_version" if changes else "")


def _looking_up(source: SourceFile, mention: Mention, new: Address) -> Iterator[Edit]:
    """A data source that looks the template up; what refers to it is renamed from :func:`data_sources`."""
    block = _node(source, mention)
    yield Edit(mention.whole, renamed(mention, new, "name"))
    if block is not None:
        label = hcl.Reader(source).span(block.children[1])
        yield Edit(label, source.slice(label).replace(mention.block[1], new.type))


def data_sources(job: Job, files: Iterable[SourceFile]) -> Iterator[tuple[Address, Address]]:
    """The data sources that look the configuration up, and what they become."""
    for source in files:
        for mention in mentions(source, job.old):
            name = mention.block[2] if mention.kind is Kind.LOOKS_UP and len(mention.block) == 3 else ""
            if name and job.module.data(job.new.type, name) is None:
                yield Address(f"data.{job.old.type}", name), Address(f"data.{job.new.type}", name)


def of_data(source: SourceFile, old: Address, new: Address) -> Changes:
    """The edits of the references to a data source in a file, in either syntax."""
    found = list(mentions(source, old))
    edits = tuple(edit for mention in found for edit in drafted(mention, new))
    kinds = (Kind.ORDERS, Kind.ALIKE, Kind.COUNTED)
    kept = [m for m in found if m.kind not in kinds and m.names != ("user_data",)]
    return Changes(edits, tuple(leftovers.looked_up(source, mention, new) for mention in kept))


def unwritten(job: Job, files: Sequence[SourceFile]) -> Iterator[Step]:
    """The groups that launch from the configuration and do not name it themselves."""
    found = [(source, mention) for source in files for mention in mentions(source, job.old)]
    named = [mention.argument for _, mention in found if mention.kind is Kind.LAUNCHES]
    iterating = [m.whole for _, m in found if m.path == ("for_each",) and not m.rest and m.value == m.whole]
    for use in job.migration.uses:
        span = use.reference.span
        if isinstance(use.reference.target, Known):
            yield Step(span, leftovers.BY_NAME)
        elif use.resource.entry.type == GROUP and not any(within(span, argument) for argument in named):
            iterated = any(within(place, use.resource.body) for place in iterating)
            yield Step(span, leftovers.taken(_value(job, span), iterated))


def ignoring_it(job: Job, files: Iterable[SourceFile]) -> Iterator[Step]:
    """The groups that would keep the configuration, for they ignore changes of what they launch from."""
    for source in files:
        groups = {Address(*m.block[1:3]) for m in mentions(source, job.old) if m.kind is Kind.LAUNCHES}
        for span in (span for group in sorted(groups) for span in ignoring.kept(job.module, source, group)):
            yield Step(span, leftovers.IGNORES)


def _value(job: Job, argument: Span) -> str:
    """The expression of an argument, in either syntax."""
    source = job.sources.read(argument.path)
    text = source.slice(argument) if isinstance(source, SourceFile) else ""
    found = _ARGUMENT.fullmatch(text)
    return " ".join((found[1] if found else text).split())


def within(span: Span, block: Span | None) -> bool:
    """Whether a place is inside of another."""
    return block is not None and block.start <= span.start and span.end <= block.end


def _block_of(source: SourceFile, mention: Mention) -> Span | None:
    node = _node(source, mention)
    return hcl.Reader(source).span(node) if node is not None else None


def _node(source: SourceFile, mention: Mention) -> tree_sitter.Node | None:
    """The top-level block that a reference stands in."""
    byte = source.byte_of_offset(mention.address.start)
    node = tree.parse(source).descendant_for_byte_range(byte, byte)
    found = None
    while node is not None:
        found = node if node.type == "block" else found
        node = node.parent
    return found


def _group(job: Job, source: SourceFile, mention: Mention, simple: Sequence[Edit]) -> Changes:
    """A group that launches from the configuration."""
    node = _node(source, mention)
    body = rows.read(source, node) if node is not None else None
    value = tree.parse(source).descendant_for_byte_range(
        source.byte_of_offset(mention.value.start), source.byte_of_offset(mention.value.end)
    )
    inside = [edit for edit in simple if within(edit.span, _block_of(source, mention))]
    told = _not_written(job, source, body, value)
    if told or node is None or body is None:
        edits = (*inside, *drafted(mention, job.new))
        return Changes(edits, (Step(mention.argument, told or leftovers.CHOOSES),))
    splices = [*inside, *_policies(source, node), *ignoring.edits(source, node, _ignored)]
    after = _launching(job, source, body, splices, mention)
    return Changes(tuple(rows.edits(body, after)), notes=tuple(_policies_elsewhere(job, body)))


def _not_written(job: Job, source: SourceFile, body: Body | None, value: tree_sitter.Node | None) -> str:
    """What to do by hand about a group; empty where all of it is written."""
    expression = hcl.Reader(source).expression(value) if value is not None else None
    if body is None or expression is None or not shapes.is_one(expression, job.old):
        return leftovers.CHOOSES
    return leftovers.LAUNCHES_OTHERWISE if any(_is_otherwise(body, row) for row in body.rows) else ""


def _is_otherwise(body: Body, row: Row) -> bool:
    return row.kind is rows.Kind.BLOCK and rows.generated(row, body.source) in OTHERWISE


def _launching(job: Job, source: SourceFile, body: Body, splices: Sequence[Edit], mention: Mention) -> list[Row]:
    """The rows of a group with a block for the template in place of the argument."""
    found = rows.spliced(body, splices)
    number = next(number for number, row in enumerate(found) if row.name == "launch_configuration")
    row, above = found[number], rows.comments_above(found, number)
    kept = rows.without(found, {row.start, *(one.start for one in above)})
    head, tail = mention.value.start, mention.whole.start - mention.value.start
    text = source.slice(mention.value)
    behind = text[mention.whole.end - head :]
    indent, comment = body.indent + body.step, row.argument.comment if row.argument else ""
    inner = [
        rows.argument(
            Argument(indent, name, f"{text[:tail]}{renamed(mention, job.new, attribute)}{behind}", comment=told)
        )
        for name, attribute, told in (("id", "id", comment), ("version", "latest_version", ""))
    ]
    lines = (f"{body.indent}launch_template {{", *rows.laid_out((), inner), f"{body.indent}}}")
    block = rows.block("launch_template", source.newline.join(lines))
    new = [*(one._replace(start=0, end=0) for one in above), block]
    return rows.with_blocks(kept, [new], _place(kept))


def _place(found: Sequence[Row]) -> int:
    """Before the blocks of a group, else where blocks go."""
    first = next((number for number, row in enumerate(found) if row.kind is rows.Kind.BLOCK), None)
    if first is None:
        return rows.before_closing(found)
    before = [n for n in range(first) if found[n].kind is rows.Kind.ARGUMENT]
    while before and found[before[-1]].name in rows.CLOSING:
        before.pop()
    return before[-1] + 1 if before else 0


def _policies(source: SourceFile, block: tree_sitter.Node) -> Iterator[Edit]:
    """The orders in which instances end that speak of launch configurations."""
    reader = hcl.Reader(source)
    waiting = [child for child in block.children if child.type == "body"]
    while waiting:
        node = waiting.pop()
        if node.type == "attribute" and reader.text(node.children[0]) != "termination_policies":
            continue
        if node.type == "string_lit" and reader.text(node)[1:-1] in POLICIES:
            yield Edit(reader.span(node), f'"{POLICIES[reader.text(node)[1:-1]]}"')
        elif node.type != "block":
            waiting += node.children


def _policies_elsewhere(job: Job, body: Body) -> Iterator[str]:
    """What is to be said of an order that a variable or a local holds, and other groups may have."""
    for row in body.rows:
        if row.name == "termination_policies" and row.argument is not None:
            for kind, name in re.findall(r"\b(var|local)\.([\w-]+)", row.argument.value):
                local = job.module.local(name) if kind == "local" else None
                variable = job.module.variable(name) if kind == "var" else None
                span = local.span if local else variable.span if variable else None
                for old, new in POLICIES.items():
                    if span is not None and old in job.module.text(span):
                        yield f"{kind}.{name} says {old}, which is {new} of what launches from a template"


def _ignored(name: str) -> str | None:
    return "launch_template" if name == "launch_configuration" else None
