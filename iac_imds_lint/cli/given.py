"""What the command line and the environment give for variables and parameters."""

from __future__ import annotations

import os
from collections.abc import Sequence

from iac_imds_lint import asked
from iac_imds_lint.errors import UsageError
from iac_imds_lint.files import FileSystem
from iac_imds_lint.inputs import Inputs
from iac_imds_lint.nearest import no_such
from iac_imds_lint.source import Problem, SourceFile


def inputs(
    variables: Sequence[str], files: Sequence[str], parameters: Sequence[str], parameter_files: Sequence[str]
) -> Inputs:
    """The values that options give, each of the form that it must have."""
    for path in (*files, *parameter_files):
        if not os.path.isfile(path):
            raise UsageError(no_such("file", path))
    for path in parameter_files:
        _verify(path)
    return Inputs(
        variables=_pairs("--var", variables),
        variable_files=tuple(map(os.path.normpath, files)),
        environment=asked.environment(),
        parameters=_pairs("--parameter", parameters),
        parameter_files=tuple(map(os.path.normpath, parameter_files)),
    )


def _pairs(option: str, texts: Sequence[str]) -> dict[str, str]:
    """Values by name; the last one of a name counts."""
    pairs = [text.partition("=") for text in texts]
    for name, sign, _ in pairs:
        if not name or not sign:
            raise UsageError(f"{option} takes NAME=VALUE, not {name!r}")
    return {name.strip(): value for name, _, value in pairs}


def _verify(path: str) -> None:
    """Refuse what is no parameter file."""
    from iac_imds_lint.cloudformation import parameter_files

    data = FileSystem().data(path)
    source = SourceFile.decode(path, data) if isinstance(data, bytes) else data
    read = parameter_files.read(source) if isinstance(source, SourceFile) else source
    if isinstance(read, Problem):
        where = f":{read.position.row}:{read.position.column}" if read.position else ""
        raise UsageError(f"{path}{where}: {read.reason}")
