"""What a user gives for the variables of root modules and the parameters of templates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

# How Terraform calls the environment variables that it takes values from.
ENVIRONMENT_PREFIX = "TF_VAR_"


class Inputs(NamedTuple):
    """Values by the names of variables, as texts: ``variables`` of the command line, and ``environment``;
    ``variable_files`` of values. The command line wins over files, later files over earlier ones, and both over the
    environment (Terraform language, "Variable Definition Precedence"). ``parameters`` and ``parameter_files`` are the
    same for templates.
    """

    variables: Mapping[str, str] = {}  # a tuple's default; no one writes into it
    variable_files: tuple[str, ...] = ()
    environment: Mapping[str, str] = {}
    parameters: Mapping[str, str] = {}
    parameter_files: tuple[str, ...] = ()

    def __hash__(self) -> int:
        return hash((tuple(self.variables.items()), self.variable_files, tuple(self.parameters.items())))
