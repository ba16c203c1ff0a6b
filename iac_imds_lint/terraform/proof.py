"""python-hcl2 as the reference: it words what does not parse, and proves what was patched. Imported only for that."""

from __future__ import annotations

from typing import NamedTuple

from iac_imds_lint.source import SourceFile


class Unread(NamedTuple):
    """Why the reference cannot read a text, and the offset where it stopped, if it says."""

    reason: str
    offset: int | None = None


def diagnosis(source: SourceFile, start: int, reason: str) -> tuple[int, str]:
    """Where and why an HCL file does not parse, in python-hcl2's words where it agrees that it does not."""
    read = reference(source)
    if isinstance(read, Unread):
        return (start if read.offset is None else read.offset), read.reason
    return start, reason


def reference(source: SourceFile) -> object:
    """The file as python-hcl2 reads it (plain data), or Unread.

    It raises lark's exceptions, RuntimeError for a block and an attribute of one name and RecursionError for deep
    nesting; each means that it cannot read the file.
    """
    import hcl2
    from lark.exceptions import LarkError, UnexpectedInput

    try:
        return hcl2.loads(source.text if source.text.endswith("\n") else source.text + "\n")
    except UnexpectedInput as error:
        reason = str(error).strip().splitlines()[0].rstrip(".:")
        return Unread(reason, source.offset(error.line, error.column) if error.line > 0 else None)
    except (LarkError, RuntimeError, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        return Unread(f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else 'no reason given'}")
