"""What a file says of ours to have findings ignored, by itself: comments, and metadata of templates."""

from __future__ import annotations

from collections.abc import Iterator

from iac_imds_lint.directive import Code, Directive, Said
from iac_imds_lint.source import Problem, SourceFile
from iac_imds_lint.suppression import marks
from iac_imds_lint.suppression.words import MARKER

_HCL = (".tf", ".tofu", ".tfvars")
_METADATA = "iac-imds-lint"


def comments(source: SourceFile) -> Iterator[Said]:
    """Our comments, in the language of the file."""
    if MARKER not in source.text:
        return iter(())
    if not marks.is_json(source.path):
        from iac_imds_lint.suppression import comments

        return comments.read(source)
    from iac_imds_lint.suppression import json_comments

    return json_comments.read(source)


def codes(source: SourceFile) -> Iterator[Code]:
    """The codes in comments and metadata of ours, whether or not there are such rules."""
    for said in (*comments(source), *_metadata(source)):
        yield from said.codes if isinstance(said, Directive) else ()


def _metadata(source: SourceFile) -> Iterator[Said]:
    if source.path.endswith(_HCL) or marks.is_json(source.path) or _METADATA not in source.text:
        return
    from iac_imds_lint.cloudformation import metadata
    from iac_imds_lint.cloudformation.template import all_edited

    parsed = all_edited(source)
    for template in () if isinstance(parsed, Problem) else parsed:
        yield from metadata.said(template, template.resources())
