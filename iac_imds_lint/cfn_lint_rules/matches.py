"""From a report to what cfn-lint shows: one line for each finding, its path in the template, its place in the file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypeAlias

from iac_imds_lint.cloudformation.conditions import CIRCULAR
from iac_imds_lint.cloudformation.stacks import AS_IF_CREATED
from iac_imds_lint.cloudformation.template import Parsed, call_of, parse
from iac_imds_lint.documents import node
from iac_imds_lint.documents.node import Node
from iac_imds_lint.edit import Applicability, Fix
from iac_imds_lint.finding import Finding, Rule
from iac_imds_lint.report import Report
from iac_imds_lint.rules import imds900
from iac_imds_lint.source import Problem, SourceFile, Span

_MOST_NAMES = 8
_MOST_PLACES = 3

# Rows and columns from 0, in code points: where a match begins, then where it ends.
Location: TypeAlias = tuple[int, int, int, int]
_START: Location = (0, 0, 0, 0)


class Hit(NamedTuple):
    """A match of the rule ``code``. Without a location it stands where its path leads."""

    code: str
    message: str
    path: tuple[str | int, ...] = ()
    location: Location | None = None


class _Shown(NamedTuple):
    """The template that cfn-lint shows matches in; ``is_read`` says that the report's places are places of its file."""

    report: Report
    path: str
    is_read: bool


def whole(rule: Rule, message: str) -> Hit:
    """A match about a template as a whole."""
    return Hit(rule.code, _in_one_line(message), location=_START)


def hits(report: Report, path: str, *, is_read: bool) -> Iterator[Hit]:
    """The matches in the template at ``path``: what was found, and what could not be read.

    cfn-lint shows matches of one file. What stands in another, such as a nested stack's template, is shown at the
    resource that leads there.
    """
    shown = _Shown(report, path, is_read)
    for finding in report.findings:
        if not _is_told_by_cfn_lint(finding, shown):
            yield _hit(finding, shown)
    for problem in report.problems:
        yield _unread(problem, shown)


def _is_told_by_cfn_lint(finding: Finding, shown: _Shown) -> bool:
    """Whether cfn-lint's own rules say so: of a condition that cannot be evaluated (E3015, E8003 to E8007), unless it
    goes in a circle, which they do not see.
    """
    is_condition = finding.rule is imds900.RULE and finding.message.endswith(AS_IF_CREATED)
    return is_condition and CIRCULAR not in finding.message and finding.span.path == shown.path


def _hit(finding: Finding, shown: _Shown) -> Hit:
    is_here = shown.is_read and finding.span.path == shown.path
    return Hit(
        finding.rule.code,
        _in_one_line("; ".join(_clauses(finding, shown))),
        _path(finding, shown),
        _location(finding.span, shown) if is_here else None,
    )


def _unread(problem: Problem, shown: _Shown) -> Hit:
    reason = problem.reason if problem.path == shown.path else f"{problem.path}: {problem.reason}"
    return whole(imds900.RULE, f"not everything is judged: {reason}")


def _location(span: Span, shown: _Shown) -> Location:
    source = shown.report.sources.read(span.path)
    if not isinstance(source, SourceFile):
        return _START
    start, end = source.position(span.start), source.position(span.end)
    return start.row - 1, start.column - 1, end.row - 1, end.column - 1


def _path(finding: Finding, shown: _Shown) -> tuple[str | int, ...]:
    """The path to what is marked. It begins with the resource, for cfn-lint asks that one what it ignores."""
    steps = _path_to(finding.span, shown)
    if finding.resource is None:
        return steps
    head = ("Resources", finding.resource.address.partition("/")[0])
    return steps if steps[:2] == head else head


def _path_to(span: Span, shown: _Shown) -> tuple[str | int, ...]:
    source = shown.report.sources.read(shown.path)
    parsed = parse(source) if isinstance(source, SourceFile) else None
    return tuple(_steps(parsed.root, span)) if isinstance(parsed, Parsed) else ()


def _steps(tree: Node, span: Span) -> Iterator[str | int]:
    """Keys and indices down to the innermost member or item that holds a span; functions in the long spelling."""
    match tree:
        case node.Tagged(_, _, inner) if _holds(inner.span, span):
            call = call_of(tree)
            yield call.function if call else ""
            yield from _steps(inner, span)
        case node.Mapping(_, members):
            for member in members:
                if _holds(_from(member), span):
                    yield member.key
                    yield from _steps(member.value, span) if _holds(member.value.span, span) else ()
                    return
        case node.Sequence(_, items):
            for index, item in enumerate(items):
                if _holds(item.span, span):
                    yield index
                    yield from _steps(item, span)
                    return
        case _:
            return


def _from(member: node.Member) -> Span:
    """A member from its key to its end; the key alone where the value stands elsewhere."""
    return member.key_span._replace(end=max(member.key_span.end, member.value.span.end))


def _holds(outer: Span, inner: Span) -> bool:
    return outer.path == inner.path and outer.start <= inner.start and inner.end <= outer.end


def _clauses(finding: Finding, shown: _Shown) -> Iterator[str]:
    """What is wrong, where it was decided, who is affected, what to do."""
    yield finding.message
    if finding.span.path != shown.path:
        yield f"it stands at {_place(finding.span, shown)}"
    for related in finding.related[:_MOST_PLACES]:
        yield f"{_place(related.span, shown)}: {related.message}"
    if len(finding.affected) > 1:
        yield f"affects {_names(finding.affected)}"
    if finding.consumers:
        yield f"used by {_names(finding.consumers)}"
    if finding.fix is not None:
        yield _remedy(finding.fix)
    elif finding.fix_unavailable:
        yield f"no fix: {finding.fix_unavailable}"


def _place(span: Span, shown: _Shown) -> str:
    source = shown.report.sources.read(span.path)
    row, column = source.position(span.start) if isinstance(source, SourceFile) else (1, 1)
    if span.path != shown.path:
        return f"{span.path}:{row}:{column}"
    return f"line {row}" if shown.is_read else "/".join(map(str, _path_to(span, shown)))


def _remedy(fix: Fix) -> str:
    why = f": {fix.note}" if fix.note else ""
    match fix.applicability:
        case Applicability.SAFE:
            return f"iac-imds-lint check --fix would {fix.message}"
        case Applicability.UNSAFE:
            return f"iac-imds-lint check --fix --unsafe-fixes would {fix.message} (unsafe{why})"
        case Applicability.DISPLAY_ONLY:
            return f"to mend it, {fix.message}{why}"


def _names(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_MOST_NAMES])
    return f"{shown} and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else shown


def _in_one_line(text: str) -> str:
    return " ".join(text.split())
