"""The Reviewdog Diagnostic Format as a JSON schema of our own: its messages and fields, of which no others are allowed.

https://github.com/reviewdog/reviewdog/tree/master/proto/rdf; older releases of reviewdog refuse a field that they do not
know. Rows and columns begin with 1.
"""

from __future__ import annotations

from typing import Any

TEXT = {"type": "string"}
SEVERITY = {"enum": ["UNKNOWN_SEVERITY", "ERROR", "WARNING", "INFO"]}


def _message(required: tuple[str, ...] = (), **fields: Any) -> dict[str, Any]:
    return {"type": "object", "properties": fields, "required": list(required), "additionalProperties": False}


def _several(item: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": item}


NUMBER = {"type": "integer", "minimum": 1}
POSITION = _message(("line",), line=NUMBER, column=NUMBER)
RANGE = _message(("start",), start=POSITION, end=POSITION)
LOCATION = _message(("path",), path=TEXT, range=RANGE)
SOURCE = _message(("name",), name=TEXT, url=TEXT)
DIAGNOSTIC = _message(
    ("message", "location"),
    message=TEXT,
    location=LOCATION,
    severity=SEVERITY,
    source=SOURCE,
    code=_message(("value",), value=TEXT, url=TEXT),
    suggestions=_several(_message(("range", "text"), range=RANGE, text=TEXT)),
    original_output=TEXT,
    related_locations=_several(_message(("location",), message=TEXT, location=LOCATION)),
)
SCHEMA = _message(("diagnostics",), source=SOURCE, severity=SEVERITY, diagnostics=_several(DIAGNOSTIC))
