"""Our comments: in HCL, in YAML, and in scripts.

A comment at the end of a line covers that line; a comment of its own covers the next line of code, and the head of the
block that it opens; ``ignore-file``, on a line of its own, covers the file. A finding is covered at its own line, at
the head of its options and at the head of its resource. A comment in a text, such as a heredoc, is one of a script at
most: it covers what is found in scripts, and is not asked for its use.
"""

from __future__ import annotations

from collections.abc import Iterator

from iac_imds_lint.directive import Directive, Mistake, Rows, Said, WholeFile
from iac_imds_lint.source import SourceFile, Span
from iac_imds_lint.suppression import marks, rows, words
from iac_imds_lint.suppression.marks import Mark
from iac_imds_lint.suppression.words import MARKER, Words

_NOTHING = "this comment ignores nothing: write ignore[CODE] with the codes to ignore"
_NOT_ALONE = "ignore-file stands on a line of its own, for it is for the whole file"


def read(source: SourceFile) -> Iterator[Said]:
    """The ignore comments of a file in order, and the comments that were meant to be some."""
    for mark in marks.read(source) if MARKER in source.text else ():
        written = words.read(source, mark.start, mark.end)
        if written is None:
            yield from () if mark.in_text else (Mistake(Span(source.path, mark.sign, mark.end), _NOTHING),)
        else:
            yield from _said(source, mark, written)


def _said(source: SourceFile, mark: Mark, written: Words) -> Iterator[Said]:
    span = Span(source.path, mark.sign, written.end)
    is_alone = not rows.of(source).is_code(source.position(mark.sign).row)
    if not mark.in_text:
        yield from written.mistakes
        if written.is_file and not is_alone:
            yield Mistake(span, _NOT_ALONE)
    if not written.is_dated or (written.is_file and (mark.in_text or not is_alone)):
        return
    reach = WholeFile() if written.is_file else Rows(rows.of(source).covered(mark.sign))
    yield Directive(span, written.codes, reach, reason=written.reason, until=written.until, in_script=mark.in_text)
