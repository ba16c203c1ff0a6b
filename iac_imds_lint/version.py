"""The version of this package and where it is at home, the only place that says them."""

from __future__ import annotations

__version__ = "0.1.0"

HOME = "https://github.com/iac-imds-lint/iac-imds-lint"
