"""A broken template read without what is broken in it."""

from __future__ import annotations

from functools import lru_cache

from iac_imds_lint.cloudformation.template import Parsed, held_in
from iac_imds_lint.documents.tolerated import Tolerated
from iac_imds_lint.source import Problem, SourceFile


@lru_cache(maxsize=4)
def rest(source: SourceFile, problem: Problem) -> tuple[Parsed, ...]:
    """What is left of the templates in a file that cannot be read for a problem; each has the problem as its own."""
    if problem.position is None:
        return ()
    found = _tolerated(source, problem)
    if found is None:
        return ()
    return tuple(parsed._replace(problem=found.told) for parsed in held_in(source, found.documents))


def _tolerated(source: SourceFile, problem: Problem) -> Tolerated | None:
    if source.text.lstrip()[:1] == "{":
        from iac_imds_lint.documents import tolerant_json

        return tolerant_json.read(source, problem)
    from iac_imds_lint.documents import tolerant

    return tolerant.read(source)
