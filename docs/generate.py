"""Write the generated documents: ``python docs/generate.py``. A test fails where one is not up to date."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from iac_imds_lint import rules
from iac_imds_lint.output import catalog_page, configuration_page, modules_page, rule_pages

DOCUMENTS: dict[str, Callable[[], str]] = {
    "rules.md": rule_pages.contents,
    **{f"rules/{code}.md": partial(rule_pages.document, code) for code in rules.CODES},
    "configuration.md": configuration_page.document,
    "resources.md": catalog_page.document,
    "modules.md": modules_page.document,
}


def main() -> int:
    """Write each document beside this script."""
    for name, document in DOCUMENTS.items():
        (Path(__file__).parent / name).write_text(document(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
