"""A broken template read without what is broken in it."""

from __future__ import annotations

from functools import lru_cache

from iac_imds_lint.cloudformation.template import Parsed, held_in
from iac_imds_lint.source import Problem, SourceFile


@lru_cache(maxsize=4)
def rest(source: SourceFile, problem: Problem) -> tuple[Parsed, ...]:
    """What is left of the templates in a file that cannot be read for a problem; each has the problem as its own."""
    if problem.position is None:
        return ()
    if source.text.lstrip()[:1] == "{":
        from iac_imds_lint.documents import tolerant_json

        found = tolerant_json.read(source, problem)
        documents = (found.root,) if found is not None else ()
    else:
        from iac_imds_lint.documents import tolerant

        found = tolerant.read(source)
        documents = found.documents if found is not None else ()
    if found is None:
        return ()
    told = found.problem._replace(left_out=found.left_out)
    return tuple(parsed._replace(problem=told) for parsed in held_in(source, documents))
