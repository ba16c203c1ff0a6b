"""Aligned tables for people: the inventory, and how many findings of each rule there are."""

from __future__ import annotations

from collections.abc import Sequence

from iac_imds_lint.output.excerpt import on_one_line
from iac_imds_lint.output.style import Style
from iac_imds_lint.report import Boot, BootState, Report
from iac_imds_lint.source import SourceFile


def inventory(report: Report, style: Style) -> str:
    """Every resource: posture, what decided it and why, where it is, who uses it."""
    if not report.inventory:
        return ""
    header = ("POSTURE", "RESOURCE", "DECIDED BY", "WHERE", "WHY", "BOOT SCRIPT", "USED BY")
    rows = []
    for row in report.inventory:
        source = report.sources.read(row.span.path)
        line = source.position(row.span.start).row if isinstance(source, SourceFile) else 1
        where = f"{row.span.path}:{line}"
        decided = row.decided_by.value
        users = ", ".join(row.consumers)
        cells = (row.posture.value, row.resource, decided, where, row.reason, _boot(row.boot), users)
        rows.append(tuple(map(on_one_line, cells)))
    lines = aligned([header, *rows])
    coloured = [style.bold(lines[0])]
    for shown, text in zip(report.inventory, lines[1:], strict=True):
        name = shown.posture.value
        coloured.append(style.posture(name, shown.posture) + text[len(name) :])
    return "".join(f"{line}\n" for line in coloured)


def _boot(boot: Boot) -> str:
    """What a cell says of a boot script."""
    match boot.state:
        case BootState.NONE:
            return "-"
        case BootState.CALLS_V1:
            return f"{len(boot.calls)} IMDSv1 call{'s' if len(boot.calls) > 1 else ''}"
        case BootState.UNSEEN:
            return f"not visible: {boot.reason}"
        case BootState.FREE:
            return "no IMDSv1 call"


def statistics(report: Report) -> str:
    """How many findings each rule has, most first."""
    counts: dict[tuple[str, str], int] = {}
    for finding in report.findings:
        key = finding.rule.code, finding.rule.name
        counts[key] = counts.get(key, 0) + 1
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return "".join(f"{line}\n" for line in aligned([(str(number), code, name) for (code, name), number in ordered]))


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows with every column but the last padded to its widest cell; no trailing blanks."""
    if not rows:
        return []
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
