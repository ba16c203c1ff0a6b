"""Which name is declared at a place: of a variable; of a parameter, mapping or condition of a template."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from iac_imds_lint.source import Problem, SourceFile, Span
from iac_imds_lint.sources import Sources

_TERRAFORM = (".tf", ".tofu", ".tf.json", ".tofu.json")
_SECTIONS = ("Parameters", "Mappings", "Conditions")


class Declared(NamedTuple):
    """A name, the place of its declaration's head, and what mentions it; ``is_of_file`` says that only its own file
    can, else its directory.
    """

    span: Span
    mention: re.Pattern[str]
    is_of_file: bool


def declared(sources: Sources, source: SourceFile, offset: int) -> Declared | None:
    """What is declared at an offset, if it is on the head of a declaration."""
    heads = sources.alone(_heads, source.path)
    return next((one for one in heads if one.span.start <= offset < one.span.end), None)


def _heads(sources: Sources, path: str) -> tuple[Declared, ...]:
    source = sources.read(path)
    if not isinstance(source, SourceFile):
        return ()
    return tuple(_variables(source) if path.endswith(_TERRAFORM) else _named(source))


def _variables(source: SourceFile) -> Iterator[Declared]:
    from iac_imds_lint.terraform.configuration import ParsedFile

    if "variable" not in source.text:
        return
    for block in ParsedFile(source).blocks("variable", lambda labels: labels):
        yield Declared(block.head, re.compile(rf"\bvar\.{re.escape(block.labels[0])}\b(?!-)"), is_of_file=False)


def _named(source: SourceFile) -> Iterator[Declared]:
    from iac_imds_lint.cloudformation.template import looks_like_template, templates

    parsed = templates(source) if looks_like_template(source.utf8) else ()
    for template in () if isinstance(parsed, Problem) else parsed:
        for member in (member for section in _SECTIONS for member in template.section(section)):
            mention = re.compile(rf"(?<![\w.:]){re.escape(member.key)}(?![\w:])")
            yield Declared(member.key_span, mention, is_of_file=True)
