"""Checkov's comments: ``#checkov:skip=CKV_AWS_79:reason`` in a resource, on any line between its first and its last.

Checkov searches lines, whatever stands there; a list of ids is read as one in Terraform only (checkov:
``common/comment/enum.py``, ``terraform/context_parsers/base_parser.py``, ``common/util/suppression.py``). In a template
the line of the logical ID counts as well. What Checkov takes from below a resource of a template, up to the next one,
is not taken here: it was not written for that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from iac_imds_lint.directive import Directive, Inside
from iac_imds_lint.source import SourceFile, Span
from iac_imds_lint.suppression.tools import excepting, lines, outline

_TOOL = "checkov"
_WORD = re.compile(r"(?:checkov|bridgecrew|cortex):skip=")
_SKIP = re.compile(_WORD.pattern + r" *([A-Za-z_\d-]+(?:,[A-Za-z_\d-]+)*)?(?::([^\n]*))?")


def read(source: SourceFile) -> Iterator[Directive]:
    """Checkov's comments in a file."""
    in_hcl = outline.is_hcl(source)
    for line in lines.holding(source, _WORD):
        match = _SKIP.search(line.text)
        resource = outline.of(source).at(line.row)
        if match is None or match[1] is None or resource is None:
            continue
        if in_hcl and line.row in (resource.first, resource.last):
            continue
        ids = match[1].split(",") if in_hcl else [match[1]]
        span = Span(source.path, line.start + match.start(), line.start + match.end())
        codes = excepting.codes(_TOOL, resource.type, span, ids.__contains__)
        if codes:
            yield Directive(span, codes, Inside(resource.span), reason=(match[2] or "").strip(), tool=_TOOL)
