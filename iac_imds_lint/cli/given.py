"""What the command line and the environment give for variables and parameters."""

from __future__ import annotations

import os
from collections.abc import Sequence

from iac_imds_lint import asked
from iac_imds_lint.errors import UsageError
from iac_imds_lint.inputs import Inputs


def inputs(
    variables: Sequence[str], files: Sequence[str], parameters: Sequence[str], parameter_files: Sequence[str]
) -> Inputs:
    """The values that options give, each of the form that it must have."""
    for path in files:
        asked.verify_values(path)
    for path in parameter_files:
        asked.verify_parameters(path)
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
