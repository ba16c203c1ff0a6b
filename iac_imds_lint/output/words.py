"""The words that a configuration may use in this version."""

from __future__ import annotations

from iac_imds_lint import config, rules
from iac_imds_lint.catalog.controls import TOOLS
from iac_imds_lint.model import AccountDefault
from iac_imds_lint.output import FORMATS


def known() -> config.Known:
    """The codes, formats and the like that mean something."""
    return config.Known(rules.CODES, FORMATS, [default.value for default in AccountDefault], TOOLS)
