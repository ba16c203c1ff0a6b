"""From the words of an exception to our codes."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TypeAlias

from iac_imds_lint.catalog import controls
from iac_imds_lint.directive import Code
from iac_imds_lint.source import Span

# Whether an exception names a control by an id.
Names: TypeAlias = Callable[[str], bool]


def codes(tool: str, type: str, span: Span, names: Names) -> tuple[Code, ...]:
    """The codes that an exception stands for on a resource of a type: those of the controls of the tool of which
    ``names`` takes an id.
    """
    found = (one.codes for one in _of(tool, type) if any(map(names, one.ids)))
    return tuple(Code(code, span) for code in dict.fromkeys(code for some in found for code in some))


@lru_cache(maxsize=64)
def _of(tool: str, type: str) -> tuple[controls.ToolControl, ...]:
    return tuple(one for one in controls.of(tool) if not one.types or type in one.types)
