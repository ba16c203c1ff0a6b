"""What a run is asked for, of the configuration and of what a user gives beside it: the same for every shell."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from iac_imds_lint import config
from iac_imds_lint.engine import Options
from iac_imds_lint.finding import Severity
from iac_imds_lint.inputs import ENVIRONMENT_PREFIX, Inputs
from iac_imds_lint.model import AccountDefault
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
