"""Comments and metadata that other tools honour, read as directives for our rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

from iac_imds_lint.directive import Directive
from iac_imds_lint.source import SourceFile

# What one tool's comments and metadata in a file ask to be ignored, each directive with the name of the tool, and codes
# of ours. It is called for files in which something is found, and looks for the tool's own word first.
Reader: TypeAlias = Callable[[SourceFile], Iterator[Directive]]

READERS: Mapping[str, Reader] = {}


def read(source: SourceFile, honour: tuple[str, ...]) -> Iterator[Directive]:
    """The directives in a file that were written for the tools in ``honour``."""
    for tool in honour:
        if tool in READERS:
            yield from READERS[tool](source)
