"""A baseline: the findings that a team knows of and keeps out of the report.

An entry stands for one finding about one resource; a finding that several resources share is known if each of them has
its entry. It is known again by rule, root, address and posture, never by its line or its message. The root is the
directory of the root module, or the file of a template. Findings and entries are paired one to one, in passes:

1. the same rule, root, address and posture, and the same marked text but for blanks: what is untouched, wherever it
   stands now in its root;
2. the same without the text: what was edited. Of several alike, such as the calls in one boot script, the pass before
   has taken the old ones that are untouched, so one that was added is left over;
3. the same rule, posture and last part of the address, and the same text of the whole resource but for blanks, in
   another directory: code that was moved. Only what is no longer in its old place can have been, so a copy is new,
   whatever became of the finding there: it may be mended, or suppressed.

A finding about no resource is known by its rule, its file and the marked text; it is moved with its whole file. What
has another posture than before, a renamed resource and another call of a module are new.
"""

from __future__ import annotations

import hashlib
import json
import posixpath
import re
from collections import deque
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from iac_imds_lint import rules
from iac_imds_lint.errors import UsageError
from iac_imds_lint.finding import Finding
from iac_imds_lint.source import SourceFile, Span
from iac_imds_lint.sources import Sources
from iac_imds_lint.terraform.scan import SUFFIXES

TOOL = "iac-imds-lint"
VERSION = 1

# What tells a file of another tool, by a key at its top.
_FOREIGN = {
    "failed_checks": "checkov",
    "plugins_used": "detect-secrets",
    "runs": "a tool that writes SARIF",
    "generated_at": "bandit",
    "Results": "trivy",
}

# The modules of a Terraform address, and the stacks of a template's, before the resource's own: names and keys.
_OUTER = re.compile(r'(?:module\.[^.\[\]/]+(?:\["(?:[^"\\]|\\.)*"\]|\[\d+\])?\.|[^/"]+/)*')

_WHOLE = -1
_NOTHING = object()


class Entry(NamedTuple):
    """A finding about one resource, as a baseline knows it. Paths are relative to the baseline, with slashes.

    ``resource`` is the address, and empty where the finding is about none; so is ``posture``. ``root`` is the directory
    of the root module or the file of the template, ``marked`` and ``declared`` are digests of the marked text and of
    the whole resource, or file.
    """

    filename: str
    resource: str
    code: str
    posture: str
    root: str
    marked: str
    declared: str

    @property
    def title(self) -> str:
        """The entry for a reader."""
        return (
            f"{self.code} of {self.resource} in {self.filename}" if self.resource else f"{self.code} in {self.filename}"
        )


class Matching(NamedTuple):
    """Which entries are found again, by their position among the current ones, and the known ones that are not."""

    found: frozenset[int]
    left: tuple[Entry, ...]


class Describing:
    """Makes entries of the findings of runs over the same sources. ``name`` gives a path as the baseline has it."""

    def __init__(self, sources: Sources, name: Callable[[str], str]) -> None:
        self._sources = sources
        self._name = name
        self._names: dict[str, str] = {}
        self._digests: dict[Span, tuple[object, str]] = {}

    def entries(self, finding: Finding) -> tuple[Entry, ...]:
        """An entry for each resource that the finding is about, and one where it is about none."""
        if not finding.instances:
            path = finding.span.path
            return (self._entry(finding, self._named(path), "", Span(path, 0, _WHOLE)),)
        return tuple(self._entry(finding, self._root(one.root), one.address, one.body) for one in finding.instances)

    def places(self, judged: Iterable[tuple[str, str]], found: Iterable[Finding]) -> frozenset[tuple[str, str]]:
        """The root and the address of resources, which are given by file and address, and of what findings are about:
        what is in its place was not moved.
        """
        entries = (entry for finding in found for entry in self.entries(finding))
        here = ((self._root(path), address) for path, address in judged)
        return frozenset((*here, *((entry.root, entry.resource) for entry in entries)))

    def _entry(self, finding: Finding, root: str, resource: str, body: Span) -> Entry:
        posture = finding.posture.value if finding.posture is not None else ""
        marked, declared = self._digest(finding.span), self._digest(body)
        return Entry(self._named(finding.span.path), resource, finding.rule.code, posture, root, marked, declared)

    def _root(self, path: str) -> str:
        path = self._named(path)
        return (posixpath.dirname(path) or ".") if path.endswith(SUFFIXES) else path

    def _named(self, path: str) -> str:
        if path not in self._names:
            self._names[path] = self._name(path)
        return self._names[path]

    def _digest(self, span: Span) -> str:
        """A digest of a text without its blanks, empty where there is none; _WHOLE stands for the end of the file."""
        source = self._sources.read(span.path)
        made_of, digest = self._digests.get(span, (_NOTHING, ""))
        if made_of is not source:
            text = source.text if isinstance(source, SourceFile) else ""
            marked = "".join(text[span.start : None if span.end == _WHOLE else span.end].split())
            digest = hashlib.sha256(marked.encode()).hexdigest()[:16] if marked else ""
            self._digests[span] = source, digest
        return digest


def matched(current: Sequence[Entry], known: Sequence[Entry], has_left: Callable[[Entry], bool]) -> Matching:
    """Which of the current entries are known. ``has_left`` says of a known one that is not found whether what it stood
    for is no longer in its place, as far as that can be told.
    """
    new, left = list(range(len(current))), list(known)
    for key in (_exact, _edited):
        new, left = _paired(current, new, left, key)
    new, left = _moved(current, new, left, has_left)
    return Matching(frozenset(range(len(current))).difference(new), tuple(left))


def _exact(entry: Entry) -> Hashable:
    return entry.code, entry.root, entry.resource, entry.posture, entry.marked


def _edited(entry: Entry) -> Hashable | None:
    return (entry.code, entry.root, entry.resource, entry.posture) if entry.resource else None


def _verbatim(entry: Entry) -> Hashable | None:
    if not entry.declared:
        return None
    return entry.code, _OUTER.sub("", entry.resource, count=1), entry.posture, entry.declared


def _directory(entry: Entry) -> tuple[str, str]:
    """The places that are not the same once code was moved to another directory."""
    return entry.root, posixpath.dirname(entry.filename)


def _paired(
    current: Sequence[Entry], new: Sequence[int], left: Sequence[Entry], key: Callable[[Entry], Hashable | None]
) -> tuple[list[int], list[Entry]]:
    """What is left of both when those of one key are paired in order."""
    waiting: dict[Hashable, deque[int]] = {}
    for index, entry in enumerate(left):
        waiting.setdefault(key(entry), deque()).append(index)
    waiting.pop(None, None)
    taken, still_new = set(), []
    for index in new:
        candidates = waiting.get(key(current[index]))
        if candidates:
            taken.add(candidates.popleft())
        else:
            still_new.append(index)
    return still_new, [entry for index, entry in enumerate(left) if index not in taken]


def _moved(
    current: Sequence[Entry], new: Sequence[int], left: Sequence[Entry], has_left: Callable[[Entry], bool]
) -> tuple[list[int], list[Entry]]:
    """What is left of both when what was moved to another directory is paired."""
    wanted = {_verbatim(current[index]) for index in new} - {None}
    waiting: dict[Hashable, dict[tuple[str, str], deque[int]]] = {}
    for index, entry in enumerate(left):
        key = _verbatim(entry) if wanted else None
        if key in wanted and has_left(entry):
            waiting.setdefault(key, {}).setdefault(_directory(entry), deque()).append(index)
    taken, still_new = set(), []
    for index in new:
        places = waiting.get(_verbatim(current[index]), {})
        place = next((place for place in places if place != _directory(current[index])), None)
        if place is None:
            still_new.append(index)
            continue
        taken.add(places[place].popleft())
        if not places[place]:
            del places[place]
    return still_new, [entry for index, entry in enumerate(left) if index not in taken]


def render(entries: Iterable[Entry]) -> bytes:
    """The text of a baseline, sorted: the same entries are the same bytes."""
    shown = ",\n".join(map(_shown, sorted(entries)))
    listed = f"[\n{shown}\n  ]" if shown else "[]"
    return f'{{\n  "tool": "{TOOL}",\n  "version": {VERSION},\n  "findings": {listed}\n}}\n'.encode()


def _shown(entry: Entry) -> str:
    """An entry in a few lines: what is wrong, where it is, and the digests, of which a reader has nothing."""
    lines = (
        (("code", entry.code), ("name", rules.NAMES.get(entry.code, "")), ("posture", entry.posture or None)),
        (("resource", entry.resource or None), ("filename", entry.filename), ("root", entry.root)),
        (("marked", entry.marked), ("declared", entry.declared)),
    )
    text = ",\n".join(f"      {', '.join(f'{_json(key)}: {_json(value)}' for key, value in line)}" for line in lines)
    return f"    {{\n{text}\n    }}"


def _json(value: str | None) -> str:
    # Names of files that are not UTF-8 reach us as lone surrogates, which no file can hold as they are.
    is_text = value is None or not any("\ud800" <= char <= "\udfff" for char in value)
    return json.dumps(value, ensure_ascii=not is_text)


def read(path: str, data: bytes) -> tuple[Entry, ...]:
    """The entries of a baseline. Raises UsageError, which names ``path`` and says why it is none."""
    try:
        content = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is no baseline: not UTF-8: byte {error.start} is 0x{data[error.start]:02x}") from None
    except json.JSONDecodeError as error:
        raise UsageError(f"{path} is no baseline: {_not_json(error)}") from None
    except (RecursionError, ValueError) as error:
        raise UsageError(f"{path} is no baseline: {error}") from None
    return tuple(_entries(path, _ours(path, content)))


def _not_json(error: json.JSONDecodeError) -> str:
    for number, line in enumerate(error.doc.splitlines(), 1):
        if line.startswith("<<<<<<< "):
            return f"git left a conflict at line {number}: take one side, then --write-baseline"
    return f"not JSON: line {error.lineno}: {error.msg}"


def _ours(path: str, content: object) -> list[object]:
    """The findings of a baseline that is one of ours, and of this version."""
    if not isinstance(content, dict) or content.get("tool") != TOOL:
        raise UsageError(f"{path} is no baseline of {TOOL}{_whose(content)}: name another file, or remove it")
    version = content.get("version")
    if version != VERSION or isinstance(version, bool):
        later = isinstance(version, int) and version > VERSION
        why = "a later release wrote it; upgrade, or remove it and write it again" if later else "remove it"
        raise UsageError(
            f"{path}: a baseline of version {json.dumps(version)}, and {VERSION} is what is read here: {why}"
        )
    findings = content.get("findings")
    if not isinstance(findings, list):
        raise UsageError(f"{path}: a baseline has a list of findings")
    return findings


def _whose(content: object) -> str:
    if isinstance(content, list):
        return " but a list, as a report is"
    if not isinstance(content, dict):
        return ""
    if isinstance(content.get("tool"), str):
        return f" but of {content['tool']}"
    return next((f" but of {tool}" for key, tool in _FOREIGN.items() if key in content), "")


def _entries(path: str, findings: Sequence[object]) -> Iterator[Entry]:
    for number, found in enumerate(findings, 1):
        where = f"{path}: entry {number} of the findings"
        if not isinstance(found, dict):
            raise UsageError(f"{where} must be an object")
        for key in found:
            if key not in Entry._fields and key != "name":
                raise UsageError(f"{where} has a key {key!r} that means nothing")
        yield Entry(**{field: _text(where, found, field) for field in Entry._fields})


def _text(where: str, found: dict[str, Any], field: str) -> str:
    value = found.get(field)
    if value is None and field in ("resource", "posture"):
        return ""
    if not isinstance(value, str):
        raise UsageError(f"{where}: {field} must be a string")
    return value
