"""From findings and what is to be ignored to the findings that are left, and those about what ignores nothing."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from typing import NamedTuple

from iac_imds_lint.directive import Code, Directive, Exactly, Inside, Mistake, Reach, Rows, Said, WholeFile
from iac_imds_lint.finding import Finding, Suppressed, Suppression
from iac_imds_lint.rules import NAMES, UNJUDGED, imds900, imds901
from iac_imds_lint.source import SourceFile, Span
from iac_imds_lint.sources import Sources
from iac_imds_lint.suppression import configured, written
from iac_imds_lint.suppression.configured import PerPath
from iac_imds_lint.suppression.covering import Covering
from iac_imds_lint.suppression.words import no_rule

_ABOUT = imds901.RULE.code


class Policy(NamedTuple):
    """What the user wants: which codes are reported, which are left out by the path of a file, whether suppressions
    need a reason, whose count besides our own, and which day it is.

    ``assumes`` says that the run judges with values which another run may not have, ``root`` where paths begin.
    """

    wants: Callable[[str], bool]
    per_path: Sequence[PerPath] = ()
    require_reason: bool = False
    honour: tuple[str, ...] = ()
    today: date | None = None
    assumes: bool = False
    root: str = ""


class Ground(NamedTuple):
    """What the run looked at. ``commented`` are the files whose comments count, and ``said`` is what the metadata of
    templates asks for. Whether a directive is of use is known in the ``checked`` files, and not at what is
    ``left_out``: it is not created with the values of this run.
    """

    sources: Sources
    commented: Sequence[str]
    said: Sequence[Said]
    checked: frozenset[str]
    left_out: Sequence[Span]


class Applied(NamedTuple):
    """The findings that stay, with those about directives, and the ones that something covers."""

    kept: list[Finding]
    suppressed: list[Suppressed]


def apply(findings: Sequence[Finding], ground: Ground, policy: Policy) -> Applied:
    """Take out what is to be ignored: first all but IMDS901, then of what is found of that."""
    said = list(_said(findings, ground, policy))
    if not said and not policy.per_path:
        return Applied(list(findings), [])
    unread = frozenset(finding.span.path for finding in findings if finding.rule is imds900.RULE)
    first = _Run(findings, ground, policy, unread)
    first.tell(one for one in said if isinstance(one, Mistake))
    directives = [one for one in said if isinstance(one, Directive)]
    first.cover((one, [code for code in one.codes if code.code != _ABOUT]) for one in directives)
    second = _Run(first.told, ground, policy, unread)
    second.cover((one, [code for code in one.codes if code.code == _ABOUT]) for one in directives)
    return Applied(
        [*first.kept, *second.kept, *second.told],
        [*first.suppressed, *second.suppressed],
    )


def _said(findings: Sequence[Finding], ground: Ground, policy: Policy) -> Iterator[Said]:
    """All that is said, our own first: what covers a finding first is told of it."""
    yield from dict.fromkeys(ground.said)
    found_in = frozenset(finding.span.path for finding in findings) if policy.honour else frozenset()
    for path in ground.commented:
        yield from ground.sources.alone(_ours, path)
        yield from ground.sources.once(_theirs, (path, policy.honour)) if path in found_in else ()


def _ours(sources: Sources, path: str) -> tuple[Said, ...]:
    """What our own comments in a file say."""
    source = sources.read(path)
    return tuple(written.comments(source)) if isinstance(source, SourceFile) else ()


def _theirs(sources: Sources, of: tuple[str, tuple[str, ...]]) -> tuple[Said, ...]:
    """What the comments in a file say that were written for other tools, of those that count."""
    from iac_imds_lint.suppression import foreign

    path, honour = of
    source = sources.read(path)
    return tuple(foreign.read(source, honour)) if isinstance(source, SourceFile) else ()


class _Run:
    """Directives applied to findings, one after the other."""

    def __init__(self, findings: Sequence[Finding], ground: Ground, policy: Policy, unread: frozenset[str]) -> None:
        self._findings, self._ground, self._policy, self._unread = findings, ground, policy, unread
        self._covering = Covering(findings, ground.sources)
        self._left_out = _LeftOut(ground.left_out, ground.sources)
        self._covered: dict[Finding, Suppression] = {}
        self._hit: dict[object, bool] = {}
        self.told: list[Finding] = []

    def tell(self, mistakes: Iterable[Mistake]) -> None:
        """Findings about what means nothing."""
        self.told += [imds901.finding(*mistake) for mistake in mistakes]

    def cover(self, asked: Iterable[tuple[Directive, Sequence[Code]]]) -> None:
        """Apply directives, each with those of its codes that are asked for; then what the configuration ignores."""
        for directive, codes in asked:
            self.told += self._applied(directive, codes) if codes else ()
        for finding, by in configured.hidden(self._findings, self._policy.per_path, self._policy.root):
            self._covered.setdefault(finding, by)

    @property
    def kept(self) -> list[Finding]:
        """What nothing covers."""
        return [finding for finding in self._findings if finding not in self._covered]

    @property
    def suppressed(self) -> list[Suppressed]:
        """What something covers."""
        return [Suppressed(finding, by) for finding, by in self._covered.items()]

    def _applied(self, directive: Directive, codes: Sequence[Code]) -> Iterator[Finding]:
        """Cover what it covers, and tell what is wrong with it."""
        real = list({code.code: code for code in reversed(codes) if code.code in NAMES}.values())[::-1]
        used = [code for code in real if self._is_used(directive, code)]
        if directive.tool:
            return
        yield from () if directive.in_script else _meaningless(directive, codes)
        vain = [code for code in real if code not in used] if self._is_known(directive) else []
        vain = [code for code in vain if self._policy.wants(code.code) and not _is_too_wide(directive, code)]
        yield from imds901.unused(directive, vain, assumes=self._policy.assumes)
        if directive.until is not None and used and not directive.counts(self._policy.today):
            yield imds901.expired(directive.until)
        elif self._lacks_reason(directive, used) and len(vain) < len(real):
            yield imds901.unreasoned(directive)

    def _lacks_reason(self, directive: Directive, used: Sequence[Code]) -> bool:
        asked = self._policy.require_reason and not directive.reason
        return asked and directive.span.path in self._ground.checked and bool(used or not directive.in_script)

    def _is_used(self, directive: Directive, code: Code) -> bool:
        """Whether a code covers anything, or would if the directive had not expired. What it covers is noted, once for
        all directives that cover the same.
        """
        counts = directive.counts(self._policy.today)
        place = (code.code, directive.span.path, directive.reach, directive.in_script, counts)
        if place not in self._hit:
            hits = list(self._covering.hits(directive, code))
            self._hit[place] = bool(hits)
            for finding in hits if counts else ():
                self._covered.setdefault(finding, directive.suppression)
        return self._hit[place]

    def _is_known(self, directive: Directive) -> bool:
        """Whether it is known whether the directive is of use."""
        path = directive.span.path
        judged = path in self._ground.checked and path not in self._unread and not directive.in_script
        return judged and not self._left_out.meets(path, directive.reach)


def _meaningless(directive: Directive, codes: Iterable[Code]) -> Iterator[Finding]:
    """Words that are no code, and codes that cannot be ignored for a whole file."""
    for code in codes:
        if code.code not in NAMES:
            yield imds901.finding(code.span, no_rule(code.code))
        elif _is_too_wide(directive, code):
            words = f"{code.code} says that something was not judged: it can be ignored where it stands only"
            yield imds901.finding(code.span, words)


def _is_too_wide(directive: Directive, code: Code) -> bool:
    """Whether a whole file is asked to be ignored for what was not judged."""
    return code.code in UNJUDGED and isinstance(directive.reach, WholeFile)


class _LeftOut:
    """The places that hold what is not created."""

    def __init__(self, bodies: Sequence[Span], sources: Sources) -> None:
        self._bodies: dict[str, list[Span]] = {}
        self._sources = sources
        self._rows: dict[str, frozenset[int]] = {}
        for body in bodies:
            self._bodies.setdefault(body.path, []).append(body)
        self._starts = {path: sorted(body.start for body in held) for path, held in self._bodies.items()}

    def meets(self, path: str, reach: Reach) -> bool:
        """Whether a reach takes in any of them."""
        match reach:
            case Rows(rows):
                return path in self._bodies and not rows.isdisjoint(self._rows_of(path))
            case Exactly(first, last):
                return path in self._bodies and not self._rows_of(path).isdisjoint(range(first, last + 1))
            case Inside(body):
                starts = self._starts.get(path, [])
                return bisect_left(starts, body.start) < bisect_left(starts, body.end)
            case WholeFile():
                return path in self._bodies

    def _rows_of(self, path: str) -> frozenset[int]:
        if path not in self._rows:
            source = self._sources.read(path)
            rows = _rows_of(self._bodies[path], source) if isinstance(source, SourceFile) else ()
            self._rows[path] = frozenset(rows)
        return self._rows[path]


def _rows_of(bodies: Iterable[Span], source: SourceFile) -> Iterator[int]:
    for body in bodies:
        end = body.start + len(source.slice(body).rstrip())
        yield from range(source.position(body.start).row, source.position(end).row + 1)
