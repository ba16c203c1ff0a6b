"""A launch configuration in HCL, made a launch template where it stands."""

from __future__ import annotations

from collections.abc import Sequence

import tree_sitter

from iac_imds_lint.catalog.schema import Fact
from iac_imds_lint.edit import Edit, Refusal, Step, apply
from iac_imds_lint.source import SourceFile, Span
from iac_imds_lint.terraform import edit, hcl
from iac_imds_lint.terraform.migration import blocks, decisions, devices, groups, ignoring, leftovers, rows
from iac_imds_lint.terraform.migration.blocks import Layout, Moved
from iac_imds_lint.terraform.migration.changes import Changes, Job
from iac_imds_lint.terraform.migration.decisions import Presence, Script
from iac_imds_lint.terraform.migration.mapping import (
    FATES,
    MONITORED,
    NETWORK,
    ORDER,
    Devices,
    Dropped,
    Encoded,
    Inside,
    Kept,
    Options,
)
from iac_imds_lint.terraform.migration.rows import Body, Kind, Row
from iac_imds_lint.terraform.migration.values import Reader
from iac_imds_lint.terraform.syntax import Conditional, Expression
from iac_imds_lint.value import Absent

# The root device of images of Amazon's; others have others.
_LIKELY_ROOT = '"/dev/xvda"'


def migrated(job: Job, source: SourceFile) -> Changes | Refusal:
    """The edits that make a template of the configuration."""
    node = rows.node_at(source, job.resource.body)
    if node is None or node.has_error:
        return Refusal(f"{job.old} is written in a way that is not certain to change")
    labels = _labels(job, source, node)
    if "\n" not in source.slice(job.resource.body):
        return _on_one_line(job, source, node, labels)
    body = rows.read(source, node)
    if body is None:
        return Refusal(f"{job.old} is written in a way that is not certain to change")
    options = _options(job)
    splices = () if isinstance(options, Refusal) else options
    done = _Migration(job, body, [*splices, *ignoring.edits(source, node, ignoring.names(job))]).changes()
    told = (Step(job.resource.head, options.reason),) if isinstance(options, Refusal) else ()
    return Changes((*labels, *done.edits), (*done.by_hand, *told), done.notes)


def _on_one_line(job: Job, source: SourceFile, node: tree_sitter.Node, labels: Sequence[Edit]) -> Changes | Refusal:
    """A block that gets lines of its own first."""
    start, end = job.resource.body.start, job.resource.body.end
    opened = rows.opened(source, node)
    inside = rows.node_at(opened, Span(source.path, start, end + len(opened.text) - len(source.text)))
    body = rows.read(opened, inside) if inside is not None else None
    if body is None:
        return Refusal(f"{job.old} is written in a way that is not certain to change")
    done = _Migration(job, body, []).changes()
    after = apply(opened, done.edits).text
    brace = body.open
    whole = Edit(Span(source.path, brace, end), after[brace : len(after) - (len(source.text) - end)])
    return Changes((*labels, whole), done.by_hand, done.notes)


def _labels(job: Job, source: SourceFile, node: tree_sitter.Node) -> tuple[Edit, ...]:
    """The type, and the name where that is taken, in the head of the block."""
    reader = hcl.Reader(source)
    type, name = (reader.span(child) for child in node.children[1:3])
    pairs = ((type, job.old.type, job.new.type), (name, job.old.name, job.new.name))
    return tuple(Edit(span, source.slice(span).replace(old, new)) for span, old, new in pairs if old != new)


def _options(job: Job) -> tuple[Edit, ...] | Refusal:
    """The edits of the options where there are some; where there are none, they come with the blocks."""
    if not job.migration.options or isinstance(job.resource.container, Absent):
        return ()
    return edit.write(job.sources, job.resource, dict(job.migration.options))


class _Migration:
    """The rows of one configuration, and what becomes of them."""

    def __init__(self, job: Job, body: Body, splices: Sequence[Edit]) -> None:
        self._job = job
        self._body = body
        self._rows = rows.spliced(body, splices)
        self._layout = Layout(body.indent, body.step, body.source.newline)
        self._reader = hcl.Reader(body.source)
        self._gone: set[int] = set()
        self._apart = 0
        self._either = ""
        self._moved: dict[str, Moved] = {}
        self._blocks: dict[str, list[Row]] = {}
        self._instead: dict[int, Row] = {}
        self._by_hand: list[Step] = []
        self._notes: list[str] = []

    def changes(self) -> Changes:
        """The edits of the body, and what they leave to do."""
        self._network()
        self._scripts()
        after = [self._row(number, row) for number, row in enumerate(self._rows)]
        self._unwritten()
        kept = rows.without(after, self._gone)
        added = [self._blocks[name] for name in ORDER if name in self._blocks]
        final = rows.with_blocks(kept, added, rows.before_closing(kept)) if added else kept
        edits = tuple(rows.edits(self._body, final))
        return Changes(edits, tuple(self._by_hand), tuple(self._notes))

    def _expression(self, row: Row) -> Expression | None:
        return self._reader.expression(row.node.children[-1]) if row.node is not None and row.argument else None

    def _step(self, row: Row, message: str) -> None:
        if row.node is not None:
            self._by_hand.append(Step(self._reader.span(row.node), message))

    def _row(self, number: int, row: Row) -> Row:
        """What stands in place of a row; those that are gone stand among ``_gone``."""
        if row.node is None:
            return row
        name = rows.generated(row, self._body.source)
        match FATES.get(name):
            case Kept(new):
                return self._kept(row, new)
            case Encoded():
                return self._encoded(row)
            case Inside() as fate:
                self._inside(number, row, fate)
            case Devices() as fate:
                return self._devices(row, fate)
            case Options():
                if row.kind is not Kind.BLOCK:
                    self._step(row, f"{row.name} {leftovers.NO_MAPPING}")
            case Dropped(why):
                self._unsaid(number, row)
                self._notes.append(f"{row.name} is left out: it speaks of {why}")
            case None:
                self._step(row, f"{name} {leftovers.NO_MAPPING}")
        return self._instead.get(row.start, row)

    def _kept(self, row: Row, name: str) -> Row:
        expression = self._expression(row)
        if row.name in ("name", "name_prefix") and expression is not None:
            told = decisions.refused_name(self._job, row.name, expression)
            if told:
                self._step(row, told)
        if row.name == "security_groups" and expression is not None:
            told_of = groups.told(self._job, expression)
            self._notes += told_of.notes
            for step in told_of.by_hand:
                self._step(row, step)
        if row.argument is None or row.start in (*self._gone, self._apart) or name == row.name:
            return row
        return row._replace(argument=row.argument._replace(name=name))

    def _encoded(self, row: Row) -> Row:
        expression = self._expression(row)
        if expression is None or row.argument is None:
            return row
        decision = decisions.script(self._job, expression)
        self._notes += decision.notes
        if decision.by_hand:
            self._step(row, decision.by_hand)
        value = self._either + self._script(decision.script, expression, row.argument.value)
        return row._replace(argument=row.argument._replace(value=value))

    def _script(self, script: Script, expression: Expression, value: str) -> str:
        match script, expression:
            case Script.AS_IT_IS, _:
                return value
            case Script.ENCODED, _:
                return self._call(value)
            case Script.YES_ENCODED, Conditional(_, _, _, yes, _):
                return self._arm(value, expression, yes)
            case Script.NO_ENCODED, Conditional(_, _, _, _, no):
                return self._arm(value, expression, no)
            case _:
                tested = value if decisions.is_one_term(expression) else f"({value})"
                return f"{tested} == null ? null : {self._call(value)}"

    def _call(self, value: str) -> str:
        """A heredoc's last line holds nothing else."""
        last = f"{self._layout.newline}{self._layout.indent}" if value.startswith("<<") else ""
        return f"base64encode({value}{last})"

    def _arm(self, value: str, whole: Expression, arm: Expression) -> str:
        first, last = arm.span.start - whole.span.start, arm.span.end - whole.span.start
        return f"{value[:first]}{self._call(value[first:last])}{value[last:]}"

    def _leaves(self, number: int, row: Row) -> Moved | None:
        """Take a row away, with the comments above it."""
        above = rows.comments_above(self._rows, number)
        self._gone |= {row.start, *(one.start for one in above)}
        new = tuple(one._replace(start=0, end=0) for one in above)
        return Moved(row.argument, new) if row.argument is not None else None

    def _unsaid(self, number: int, row: Row) -> None:
        """Take an argument away that nothing takes up, but not what somebody wrote about it."""
        self._gone -= {one.start for one in rows.comments_above(self._rows, number)}
        comment = row.argument.comment if row.argument is not None else ""
        if comment and row.argument is not None:
            text = f"{row.argument.indent}{comment}"
            self._instead[row.start] = row._replace(kind=Kind.COMMENT, text=text, argument=None)
            self._gone.discard(row.start)
        else:
            self._gone.add(row.start)

    def _network(self) -> None:
        """The network interface, which takes the security groups with it, where an address is spoken of."""
        numbers = {row.name: number for number, row in enumerate(self._rows) if row.argument is not None}
        address = numbers.get("associate_public_ip_address")
        expression = self._expression(self._rows[address]) if address is not None else None
        if address is None or expression is None:
            return
        moved = self._leaves(address, self._rows[address])
        if moved is None:
            return
        if decisions.is_null(self._job, expression):
            self._unsaid(address, self._rows[address])
            return
        held = numbers.get("security_groups")
        taken = self._leaves(held, self._rows[held]) if held is not None else None
        self._blocks[NETWORK] = blocks.network(self._layout, moved, taken)

    def _scripts(self) -> None:
        """Two boot scripts, of which at most one is not null: a template has one argument for both."""
        numbers = {row.name: number for number, row in enumerate(self._rows) if row.argument is not None}
        plain, encoded = numbers.get("user_data"), numbers.get("user_data_base64")
        if plain is None or encoded is None:
            return
        row, argument = self._rows[encoded], self._rows[encoded].argument
        simple = argument is not None and not argument.comment and "\n" not in argument.value
        if argument is None or not simple or rows.comments_above(self._rows, encoded):
            self._step(row, leftovers.TWO_SCRIPTS)
            self._apart = row.start
            return
        self._gone.add(row.start)
        self._either = f"{argument.value} != null ? {argument.value} : "

    def _inside(self, number: int, row: Row, fate: Inside) -> None:
        expression = self._expression(row)
        if expression is None:
            self._step(row, f"{row.name} {leftovers.NO_MAPPING}")
            return
        if row.start in self._gone or row.start in self._instead:
            return
        moved = self._leaves(number, row)
        if moved is None:
            return
        if row.name == "enable_monitoring":
            self._blocks[fate.path[0]] = self._monitoring(moved, fate, expression)
            return
        decision = decisions.block(self._job, row.name, expression)
        self._notes += decision.notes
        if decision.by_hand:
            self._step(row, decision.by_hand)
        match decision.presence:
            case Presence.CERTAIN:
                self._blocks[fate.path[0]] = blocks.plain(self._layout, fate, moved, decision.name)
            case Presence.MAYBE:
                self._blocks[fate.path[0]] = blocks.maybe(self._layout, fate, moved, decision.name)
            case Presence.NEVER:
                self._unsaid(number, row)

    def _monitoring(self, moved: Moved, fate: Inside, expression: Expression) -> list[Row]:
        """Monitoring is detailed unless it is turned off, and where nothing is said as well."""
        given = moved.argument
        if decisions.is_null(self._job, expression):
            given = given._replace(value=MONITORED.pair[1])
        elif decisions.may_be_null(self._job, expression, Fact.MONITORED):
            given = given._replace(value=f"coalesce({given.value}, {MONITORED.pair[1]})")
        return blocks.plain(self._layout, fate, moved._replace(argument=given))

    def _devices(self, row: Row, fate: Devices) -> Row:
        name = rows.generated(row, self._body.source)
        if row.kind is not Kind.BLOCK:
            self._step(row, f"{name} {leftovers.NO_MAPPING}")
            return row
        device = self._root_device() if fate.is_root else ""
        mapped = devices.mapped(row.text, self._layout, fate, device or _LIKELY_ROOT, Reader(self._job.module))
        if mapped is None:
            self._step(row, f"{name} is written in a way that is not certain to change")
            return row
        if fate.is_root and not device:
            self._step(row, leftovers.UNKNOWN_ROOT)
        self._by_hand += (self._within(row, step) for step in mapped.by_hand)
        return row._replace(text=mapped.text)

    def _within(self, row: Row, step: devices.ByHand) -> Step:
        start = row.start + step.start
        return Step(Span(self._body.source.path, start, start + len(step.name)), step.message)

    def _root_device(self) -> str:
        image = next((row for row in self._rows if row.name == "image_id" and row.argument is not None), None)
        expression = self._expression(image) if image is not None else None
        if image is None or image.argument is None or expression is None:
            return ""
        return Reader(self._job.module).root_device(expression, self._body.source.slice(expression.span))

    def _unwritten(self) -> None:
        """What a configuration does by itself, and the options that are asked for."""
        if MONITORED.block not in self._blocks:
            self._blocks[MONITORED.block] = blocks.written(self._layout, MONITORED.block, [MONITORED.pair])
        control = self._job.resource.entry.control
        wanted = dict(self._job.migration.options)
        if control is None or not wanted or not isinstance(self._job.resource.container, Absent):
            return
        generated = next((r for r in self._rows if rows.generated(r, self._body.source) == control.name), None)
        if generated is not None:
            self._step(generated, f"{control.name} is generated by a dynamic block: see that it requires tokens")
            return
        pairs = [(key.key, key.literal(wanted[key.option])) for key in control.keys if key.option in wanted]
        self._blocks[control.name] = blocks.written(self._layout, control.name, pairs)
