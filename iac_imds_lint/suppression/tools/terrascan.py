"""Terrascan's comments: ``#ts:skip=AC_AWS_0479 reason`` in the body of a resource of Terraform's (terrascan:
``pkg/utils/skip_rules.go``). Nothing may stand between its parts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from iac_imds_lint.directive import Directive, Inside
from iac_imds_lint.source import SourceFile, Span
from iac_imds_lint.suppression.tools import excepting, lines, outline

_TOOL = "terrascan"
_WORD = re.compile(r"#ts:skip=")
_SKIP = re.compile(r"#ts:skip=([\w.-]+)(?:[ \t]+([^\r\n]*))?")


def read(source: SourceFile) -> Iterator[Directive]:
    """Terrascan's comments in a file of HCL."""
    for line in lines.holding(source, _WORD) if outline.is_hcl(source) else ():
        resource = outline.of(source).at(line.row)
        if resource is None:
            continue
        for match in _SKIP.finditer(line.text):
            span = Span(source.path, line.start + match.start(), line.start + match.end())
            body = source.text.find("{", resource.span.start)
            codes = excepting.codes(_TOOL, resource.type, span, match[1].__eq__)
            if codes and body < span.start < resource.span.end:
                yield Directive(span, codes, Inside(resource.span), reason=(match[2] or "").strip(), tool=_TOOL)
