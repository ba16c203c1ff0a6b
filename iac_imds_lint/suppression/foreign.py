"""Comments and metadata that other tools honour, read as directives for our rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

from iac_imds_lint.directive import Directive
from iac_imds_lint.source import SourceFile

# What one form of a tool's exceptions in a file asks to be ignored: each directive has the name of the tool, and codes
# of ours. It is called for files in which something is found, and looks for the tool's own word first.
Reader: TypeAlias = Callable[[SourceFile], Iterator[Directive]]


def read(source: SourceFile, honour: tuple[str, ...]) -> Iterator[Directive]:
    """The directives in a file that were written for the tools in ``honour``."""
    if not honour:
        return
    readers = _readers()
    for tool in dict.fromkeys(honour):
        for reader in readers.get(tool, ()):
            yield from reader(source)


def _readers() -> Mapping[str, tuple[Reader, ...]]:
    from iac_imds_lint.suppression.tools import checkov, kics, metadata, semgrep, terrascan, trivy

    return {
        "checkov": (checkov.read, metadata.checkov),
        "trivy": (trivy.read,),
        "tfsec": (trivy.read_tfsec,),
        "kics": (kics.read,),
        "semgrep": (semgrep.read,),
        "terrascan": (terrascan.read, metadata.terrascan),
        "cfn-lint": (metadata.cfn_lint,),
        "cdk-nag": (metadata.cdk_nag,),
    }
