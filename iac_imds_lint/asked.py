"""What a run is asked for, of the configuration and of what a user gives beside it, and which files may call what is
asked about: the same for every shell.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from iac_imds_lint import config, scanning
from iac_imds_lint.engine import Options
from iac_imds_lint.errors import UsageError
from iac_imds_lint.files import FileSystem
from iac_imds_lint.finding import Severity
from iac_imds_lint.inputs import ENVIRONMENT_PREFIX, Inputs
from iac_imds_lint.model import AccountDefault
from iac_imds_lint.nearest import no_such
from iac_imds_lint.source import Problem, SourceFile
from iac_imds_lint.suppression.configured import PerPath


def options(settings: config.Settings, inputs: Inputs, given: Mapping[str, Any], configuration: str | None) -> Options:
    """What is asked for: what is ``given`` (``select``, ``ignore``, ``fail_on``, ``scripts``) stands before what the
    settings say. ``configuration`` is the directory that plans were made of.
    """
    return Options(
        select=given.get("select") or settings.select,
        ignore=given.get("ignore") or settings.ignore,
        fail_on=Severity(given.get("fail_on") or settings.fail_on),
        inputs=inputs,
        configuration=configuration,
        account_default=AccountDefault(settings.account_default) if settings.account_default else None,
        scripts=given.get("scripts") or settings.scripts,
        per_path=tuple(PerPath(*one, settings.root) for one in settings.per_path_ignores),
        require_reason=settings.require_reason,
        honour=settings.honour,
        today=datetime.now(timezone.utc).date(),
    )


def environment() -> dict[str, str]:
    """The values that the environment gives to variables, by their names, as Terraform reads them."""
    return {
        name.removeprefix(ENVIRONMENT_PREFIX): value
        for name, value in os.environ.items()
        if name.startswith(ENVIRONMENT_PREFIX)
    }


def verify_values(path: str) -> None:
    """Raises UsageError where there is no file of values for variables."""
    if not os.path.isfile(path):
        raise UsageError(no_such("file", path))


def verify_parameters(path: str) -> None:
    """Raises UsageError where there is no file of values for parameters, or it is none."""
    from iac_imds_lint.cloudformation import parameter_files

    verify_values(path)
    data = FileSystem().data(path)
    source = SourceFile.decode(path, data) if isinstance(data, bytes) else data
    read = parameter_files.read(source) if isinstance(source, SourceFile) else source
    if isinstance(read, Problem):
        where = f":{read.position.row}:{read.position.column}" if read.position else ""
        raise UsageError(f"{path}{where}: {read.reason}")


def callers(files: Sequence[str], every: Iterable[str]) -> Sequence[str]:
    """The files, of ``every`` one of a repository, that may call a module or nest a template of those asked about."""
    named = set(files)
    # A module nests no template: where only Terraform is named, only Terraform calls it.
    only_native = all(map(scanning.is_native, named))
    return [path for path in every if path not in named and (scanning.is_native(path) or not only_native)]
