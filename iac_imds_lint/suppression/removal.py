"""What ignores nothing taken out of its file again: codes out of their list, or the whole comment or metadata."""

from __future__ import annotations

from iac_imds_lint.documents.deletion import whole_lines
from iac_imds_lint.edit import Applicability, Edit, Fix, Refusal
from iac_imds_lint.finding import Hiding, Removal
from iac_imds_lint.source import SourceFile, Span
from iac_imds_lint.sources import Sources
from iac_imds_lint.suppression import marks, words
from iac_imds_lint.suppression.words import MARKER

_IN_A_SCRIPT = "delete it by hand: what boots with a script that changes may be restarted or replaced"
_GONE = "it cannot be read again"


def written(removal: Removal, sources: Sources) -> Fix | Refusal:
    """The fix that takes out what ignores nothing, or why there is none."""
    source = sources.read(removal.span.path)
    if not isinstance(source, SourceFile):
        return Refusal(_GONE)
    edits = _edits(source, removal)
    if isinstance(edits, Refusal):
        return edits
    what = "comment" if removal.hiding is Hiding.COMMENT else "metadata"
    codes = ", ".join(dict.fromkeys(source.slice(code) for code in removal.codes))
    return Fix(
        message=f"remove the {what}" if removal.is_whole else f"remove {codes} from the {what}",
        applicability=Applicability.UNSAFE if removal.note else Applicability.SAFE,
        edits=edits,
        note=removal.note,
    )


def _edits(source: SourceFile, removal: Removal) -> tuple[Edit, ...] | Refusal:
    if removal.hiding is Hiding.METADATA:
        from iac_imds_lint.cloudformation import metadata_removal

        return metadata_removal.edits(source, removal)
    if marks.is_json(source.path):
        from iac_imds_lint.suppression import json_comments

        return json_comments.edits(source, removal)
    if not marks.is_hcl(source.path):
        from iac_imds_lint.cloudformation import template

        if not template.is_edited(source):
            return Refusal(_IN_A_SCRIPT)
    start = source.text.find(MARKER, removal.span.start) + len(MARKER)
    said = words.read(source, start, removal.span.end)
    if said is None:
        return Refusal(_GONE)
    if not removal.is_whole:
        return words.without(source, said.codes, removal.codes)
    return (_comment_out(source, removal.span, start),)


def _comment_out(source: SourceFile, ours: Span, words_at: int) -> Edit:
    """The edit that takes out what is ours of a comment: all of it with its line or the blanks before it, where nothing
    else is said there.
    """
    text, begin, last = source.text, source.line_start(ours.start), source.line_end(ours.end)
    start, end, sign = ours.start, ours.end, _sign(text, ours.start)
    rest = text[end:last]
    if sign == "/*" and rest.lstrip().startswith("*/"):
        end += rest.index("*/") + 2
        rest = text[end:last]
    elif sign == "/*" or (sign and rest.strip() and not rest.lstrip().startswith(sign)):
        # What follows in the comment is not ours, and needs the sign before it.
        start = words_at - len(MARKER) if rest.strip() else ours.start + len(sign)
        return Edit(Span(ours.path, start, end + len(rest) - len(rest.lstrip())), "")
    elif not sign and rest.strip() not in ("", "*/"):
        return Edit(Span(ours.path, start, end + len(rest) - len(rest.lstrip())), "")
    if not text[begin:start].strip() and not rest.strip():
        return Edit(whole_lines(source, begin, last), "")
    if not rest.strip():
        blanks = len(text[begin:start]) - len(text[begin:start].rstrip())
        return Edit(Span(ours.path, start - blanks, last), "")
    return Edit(Span(ours.path, start, end + len(rest) - len(rest.lstrip())), "")


def _sign(text: str, start: int) -> str:
    """The sign of a comment at an offset; empty where the marker stands there."""
    return next((sign for sign in marks.SIGNS if text.startswith(sign, start)), "")
